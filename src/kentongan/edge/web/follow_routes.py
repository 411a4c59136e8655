"""The link by which whoever reported follows the help, and the page behind it.

As with the link for a position, the secret is in nobody's memory but the reporter's: the journal
keeps its digest. It is the fragment of the link, which no browser sends, and comes back in bodies
only. The page learns a range, a share of the way and the result; an expired link and a guessed one
get the same answer.
"""

import hashlib
import secrets
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import structs

from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Unavailable
from kentongan.app.system import SYSTEM
from kentongan.core.commands import AnswerFollow, Envelope, GiveFollowLink, SettleSlip
from kentongan.core.follow import Followed, followed, is_over, may_be_followed
from kentongan.core.rows import Assignment, IncidentRow, ReportRow, UnitRow
from kentongan.core.untold import since_when
from kentongan.core.words import Agent, CommandId, Refused, ReportId, UnitId
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.caller_bodies import LinkText
from kentongan.edge.web.caller_guesses import Guesses
from kentongan.edge.web.caller_routes import LETTERS, own_url
from kentongan.edge.web.follow_bodies import (
    FollowMade,
    FollowShown,
    decode_answer,
    decode_asked,
    decode_opened,
)
from kentongan.edge.web.follow_way import Ways
from kentongan.edge.web.lanes import Overfull
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of
from kentongan.edge.web.visible import find_visible
from kentongan.store.whole import WholeStore

FOLLOW: Final = "/api/citizen/follow"
"""The page's addresses, below those of the citizens' page: no session."""

PAGE: Final = "/lacak"

SECRET_LETTERS: Final = 16
"""31 to the power of 16, or 79 bits: not to be found from its digest, either."""

BODY_BYTES_MAX: Final = 4_000


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The addresses."""
    guesses, ways = Guesses(), Ways(parts.fixes)

    @post("/api/reports/{report:str}/follow-link", status_code=200)
    async def link(request: AnyRequest, report: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/reports/{report}/follow-link")
        asked = decode_asked(await request.body() or b"{}")
        row = _may_be_followed(parts, agent, report)
        secret = "".join(secrets.choice(LETTERS) for _ in range(SECRET_LETTERS))
        command = GiveFollowLink(report=ReportId(report), digest=_digest(secret))
        await _through_door(
            parts, f"follow-{secrets.token_hex(12)}", parts.live.at_desk(agent), command
        )
        base = parts.given.public_url.rstrip("/") or own_url(request)
        url = f"{base}{PAGE}#{secret}"
        made = FollowMade(
            url=url,
            text=LinkText(
                id=f"112: lihat sampai di mana bantuan: {url}",
                en=f"112: see how far help is: {url}",
            ),
        )
        if asked.send:
            made = structs.replace(made, sent=await _send(parts, row, made.text.id))
        found = _of_incident(parts, row) if made.sent else None
        if found is not None:
            await _settle(parts, row, _read(parts, *found), "link_sent")
        return as_json(made)

    @post(f"{FOLLOW}/state", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def state(request: AnyRequest) -> Response[bytes]:
        opened = decode_opened(await request.body())
        found = _find(parts, guesses, request, opened.secret)
        if found is not None:
            await _settle(parts, found[0], _read(parts, *found), "seen")
        return as_json(_shown(parts, ways, found))

    @post(FOLLOW, request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def answer(request: AnyRequest) -> Response[bytes]:
        told = decode_answer(await request.body())
        found = _find(parts, guesses, request, told.secret)
        if found is None or not _may_answer(parts, found[1]):
            return as_json(_shown(parts, ways, None))
        report = structs.replace(found[0], came=told.came)
        command = AnswerFollow(report=report.key, came=told.came)
        await _through_door(parts, f"follow-{secrets.token_hex(12)}", SYSTEM, command)
        return as_json(_shown(parts, ways, (report, found[1])))

    return [link, state, answer]


def _may_be_followed(parts: Parts, agent: Agent, report: str) -> ReportRow:
    """The report, if a link to it does no harm: a telephone may lie before the wrong person."""
    row = find_visible(parts, agent, ReportRow, "report", report)
    if row is None:
        raise Problem(404, "not_found")
    incident = parts.live.held.find("incident", row.incident) if row.incident else None
    if isinstance(incident, IncidentRow) and not may_be_followed(incident):
        raise Problem(409, "follow_not_safe")
    return row


async def _through_door(
    parts: Parts, key: str, agent: Agent, command: GiveFollowLink | AnswerFollow | SettleSlip
) -> None:
    envelope = Envelope(id=CommandId(key), agent=agent, command=command)
    now = parts.given.clock()
    await parts.lanes.door.run(lambda store: handle(store, parts.city.plans, envelope, now))


def _read(parts: Parts, report: ReportRow, incident: IncidentRow) -> list[Assignment]:
    """Of these the one whose range the page shows."""
    leader = _followed(parts, incident).leader
    kinds = _kinds(parts, incident, (one.unit for one in (*report.told, *report.settled)))
    works = (one for one in incident.assignments if one.unit == leader)
    return [one for one in works if since_when(report, incident, one, kinds) is not None]


async def _settle(
    parts: Parts, report: ReportRow, works: Iterable[Assignment], reason: str
) -> None:
    """The room need not ring them; what cannot be written now is at the next look."""
    for one in works:
        if one.promise is None or report.incident is None:
            continue
        command = SettleSlip(
            report=report.key,
            incident=report.incident,
            unit=one.unit,
            promise=one.promise,
            reason=reason,
        )
        with suppress(Busy, Overfull, Refused, Unavailable):
            await _through_door(parts, f"slip-{secrets.token_hex(12)}", SYSTEM, command)


async def _send(parts: Parts, row: ReportRow, text: str) -> bool:
    """To the number that the reporter gave, through the gateway."""
    send, number = parts.given.text_out, row.number
    if send is None or number is None:
        return False
    ref, to = number.ref, number.text
    if to is None and ref is not None:

        def opened(store: WholeStore) -> str | None:
            return parts.texts.open(store, [ref]).get(ref)

        to = await parts.lanes.reading.run(opened)
    return bool(to) and await send(to or "", text)


def _digest(secret: str) -> str:
    """Of the letters alone: people write capitals, a space or a hyphen."""
    letters = "".join(sign for sign in secret.lower() if sign.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()


Found = tuple[ReportRow, IncidentRow]


def _find(parts: Parts, guesses: Guesses, request: AnyRequest, secret: str) -> Found | None:
    """The report whose link this is, and its incident, while the link says anything.

    Every look is counted before it is made; a link that exists was no guess.
    """
    address = request.client.host if request.client is not None else ""
    now, digest = parts.given.clock(), _digest(secret)
    if not guesses.may_look(address, digest, now):
        raise Problem(429, "too_many_looks")
    for held in parts.live.held.of_kind("report"):
        row = held.row
        if not isinstance(row, ReportRow) or digest not in row.follow_links:
            continue
        guesses.was_right(address, digest)
        return _of_incident(parts, row)
    return None


def _of_incident(parts: Parts, row: ReportRow) -> Found | None:
    """The incident; of one that was merged into another, the other."""
    held = parts.live.held
    incident = held.find("incident", row.incident) if row.incident else None
    if isinstance(incident, IncidentRow) and incident.merged_into is not None:
        incident = held.find("incident", incident.merged_into)
    if not isinstance(incident, IncidentRow) or is_over(incident, parts.given.clock()):
        return None
    return (row, incident) if may_be_followed(incident) else None


def _followed(parts: Parts, incident: IncidentRow) -> Followed:
    return followed(incident, _kinds(parts, incident), parts.given.clock())


def _kinds(parts: Parts, incident: IncidentRow, others: Iterable[UnitId] = ()) -> dict[str, str]:
    """The kinds of the incident's units, and of those others."""
    keys = {*others, *(one.unit for one in incident.assignments)}
    units = (parts.live.held.find("unit", key) for key in keys)
    return {str(row.key): row.unit_kind for row in units if isinstance(row, UnitRow)}


def _may_answer(parts: Parts, incident: IncidentRow) -> bool:
    """Asked once somebody says they are there, or says it is over."""
    return _followed(parts, incident).state in ("arrived", "closed")


def _shown(parts: Parts, ways: Ways, found: Found | None) -> FollowShown:
    city, now = parts.city.pack.city.name.id, parts.given.clock()
    if found is None:
        return FollowShown(state="over", city=city, at=now, training=parts.given.training)
    report, incident = found
    seen = _followed(parts, incident)
    place = incident.place.point if incident.place is not None else None
    way = None
    if seen.leader is not None and place is not None and seen.departed_at is not None:
        way = ways.share(seen.leader, incident.key, place, now)
    return FollowShown(
        state=seen.state,
        city=city,
        at=now,
        code=seen.code,
        help=seen.help,
        depart_by=seen.depart_by,
        departed_at=seen.departed_at,
        arrive_from=seen.arrive_from,
        arrive_to=seen.arrive_to,
        was_from=seen.was_from,
        was_to=seen.was_to,
        arrived_at=seen.arrived_at,
        is_changed=seen.is_changed,
        is_late=seen.is_late,
        outcome=seen.outcome,
        way=way,
        came=report.came,
        training=parts.given.training or incident.training,
    )
