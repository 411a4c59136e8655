"""The audit trail: who did what, who read what, and either as a file.

Looking is on record like any other reading: what was looked for, and for a file what it is for.
"""

import csv
import io
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from kentongan.core.rows import IncidentRow
from kentongan.core.words import AgentId
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.journal_search import (
    EXPORT_MAX,
    EXPORT_SCANNED_MAX,
    PAGE_MAX,
    SCANNED_MAX,
    Asked,
    JournalPage,
    search,
)
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of
from kentongan.store.accounts import Access
from kentongan.store.whole import WholeStore

WORDS_MAX: Final = 200
"""Characters of one thing that is looked for."""

DIGITS_MAX: Final = 15
"""Of a position or a day's number."""

READINGS_MAX: Final = 500
"""Readings in one answer, the newest."""

SPAN_MAX: Final = timedelta(days=366)
"""Longest time of one exported file."""

COLUMNS: Final = ("position", "at", "recorded_at", "agent", "agent_name", "stream", "kind", "facts")

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet takes for a formula."""


class Reading(Struct, frozen=True, kw_only=True):
    """Somebody read something protected; `what` names it, `viewer_name` as the account has it."""

    viewer: AgentId
    viewer_name: str
    what: str
    reason: str
    at: datetime


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """Three addresses."""

    @get("/api/journal")
    async def journal(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/journal")
        find = _asked(request)
        page = await parts.lanes.figures.run(
            lambda store: search(store, find(store), limit=PAGE_MAX, scanned_max=SCANNED_MAX)
        )
        await parts.reads.log(agent.id, ["journal"], _said(request))
        return as_json(page)

    @get("/api/journal.csv")
    async def export(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/journal.csv")
        reason = request.query_params.get("reason", "").strip()[:WORDS_MAX]
        if not reason:
            raise Problem(400, "export_reason_missing")
        start, end = _time(request, "since"), _time(request, "until")
        if start is None or end is None or not timedelta() < end - start <= SPAN_MAX:
            raise Problem(400, "bad_span")
        find = _asked(request)
        await parts.reads.log(agent.id, ["journal_file"], f"{reason} · {_said(request)}")
        page = await parts.lanes.figures.run(
            lambda store: search(
                store, find(store), limit=EXPORT_MAX, scanned_max=EXPORT_SCANNED_MAX
            )
        )
        zone = ZoneInfo(parts.city.pack.city.timezone)
        name = f"jejak-{start.astimezone(zone):%Y%m%d}-{end.astimezone(zone):%Y%m%d}.csv"
        return Response(
            as_csv(page, zone).encode(),
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
                "X-More": "1" if page.before is not None else "0",
            },
        )

    @get("/api/accesses")
    async def accesses(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/accesses")
        viewer = request.query_params.get("agent", "")[:WORDS_MAX] or None
        what = request.query_params.get("what", "")[:WORDS_MAX] or None
        found = await parts.lanes.figures.run(lambda store: _readings(store, what, viewer))
        await parts.reads.log(agent.id, ["accesses"], _said(request))
        return as_json(found)

    return [journal, export, accesses]


def as_csv(page: JournalPage, zone: ZoneInfo) -> str:
    """One line an entry, the newest first, times in the city's zone."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in page.entries:
        facts = "; ".join(f"{name}={value}" for name, value in one.facts.items())
        writer.writerow(
            _harmless(
                (
                    one.position,
                    one.at.astimezone(zone).isoformat(timespec="seconds"),
                    one.recorded_at.astimezone(zone).isoformat(timespec="seconds"),
                    one.agent,
                    one.agent_name,
                    one.stream,
                    one.kind,
                    facts,
                )
            )
        )
    return "\ufeff" + out.getvalue()  # the mark by which spreadsheets know UTF-8


def _harmless(cells: Iterable[object]) -> list[str]:
    """What a person typed never becomes a formula of whoever opens the file."""
    texts = [str(cell) for cell in cells]
    return [f"'{text}" if text.startswith(DANGEROUS) else text for text in texts]


def _readings(store: WholeStore, what: str | None, viewer: str | None) -> list[Reading]:
    names = {one.id: one.label or one.name for one in store.accounts.list()}
    found = store.accounts.accesses(what=what, viewer=viewer, limit=READINGS_MAX)
    return [_reading(one, names) for one in found]


def _reading(access: Access, names: dict[AgentId, str]) -> Reading:
    return Reading(
        viewer=access.viewer,
        viewer_name=names.get(access.viewer, access.viewer),
        what=access.what,
        reason=access.reason,
        at=access.at,
    )


def _asked(request: AnyRequest) -> Callable[[WholeStore], Asked]:
    """What is looked for; an incident by its number is found when the store is at hand."""
    given = {name: text[:WORDS_MAX] for name, text in request.query_params.items() if text}
    since, until = _time(request, "since"), _time(request, "until")
    before = _whole(given.get("before", ""))
    incident = given.get("incident", "").strip().removeprefix("#")

    def find(store: WholeStore) -> Asked:
        return Asked(
            agent=AgentId(given["agent"]) if "agent" in given else None,
            stream=_stream(store, incident) if incident else given.get("stream"),
            noun=given.get("noun"),
            kind=given.get("kind"),
            since=since,
            until=until,
            before=before,
        )

    return find


def _stream(store: WholeStore, incident: str) -> str:
    """The stream of the newest incident of that number or id; 404 when there is none."""
    number = _whole(incident)
    newest = None
    for found in store.rows("incident"):
        row = found.row
        if isinstance(row, IncidentRow) and (
            incident in (row.key, row.long_id) or (number is not None and row.number == number)
        ):
            newest = row if newest is None or row.opened_at > newest.opened_at else newest
    if newest is None:
        raise Problem(404, "unknown_incident")
    return f"incident:{newest.key}"


def _time(request: AnyRequest, name: str) -> datetime | None:
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(400, "bad_span") from None
    if found.tzinfo is None:
        raise Problem(400, "bad_span")
    return found


def _whole(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    return int(text) if is_number else None


def _said(request: AnyRequest) -> str:
    """What was looked for, as it goes on record."""
    asked = {name: text for name, text in request.query_params.items() if text}
    asked.pop("reason", None)
    return " ".join(f"{name}={text}" for name, text in sorted(asked.items()))[:WORDS_MAX]
