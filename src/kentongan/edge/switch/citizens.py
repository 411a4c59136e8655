"""Calls from a citizen's browser (`/112`): no telephone, the caller's leg is a page.

Everything else is like any call: it rings, waits, is recorded and answered. A page that vanishes is
waited for; it may offer again under the same key. Who holds the key is the caller: the switch keeps
its digest only, so that any web process can carry the next request, also after a restart.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from kentongan.core.call import CallState
from kentongan.core.commands import ConnectCall, LocateCall, OfferCall, SignalCall, TextCall
from kentongan.core.events import CallTexted
from kentongan.core.words import CallId, Refused, personal
from kentongan.edge.switch import admission
from kentongan.edge.switch.announcements import greetings
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.control import (
    CallerPlace,
    CitizenCall,
    CitizenOffer,
    CitizenPlace,
    CitizenText,
)
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import CITIZEN, CitizenPage, SpooledCall
from kentongan.edge.switch.sounding import TALK
from kentongan.media import protocol

TRUNK: Final = "web"
"""What stands in the record as the way these calls came."""

OPEN_MAX: Final = 100
"""Calls from pages at once, also those that only type; beyond it the page offers the telephone. How
many of them may sound is `lines`' affair: telephones must never find all lines taken by pages."""

LOST: Final = timedelta(seconds=30)
"""A page that is neither heard nor asks how its call stands for so long has gone (VOICE.md, section
5.7)."""

MUTE: Final = timedelta(seconds=8)
"""A page that asks but brings no sound for so long waits in the queue nevertheless: its caller can
be written to, and is offered the telephone at the same moment."""

LINES_WITHIN: Final = timedelta(seconds=10)
LINES_MAX: Final = 10
"""Lines of one page within that time: a line a second is faster than anybody types, and than any
call-taker reads. The page keeps what was refused and may send it again."""

YES: Final = "5"
"""What a caller who cannot speak is asked to press."""

NO_MEDIA: Final = "no_media"


def open_call(board: Board, asked: CitizenCall, moment: Moment) -> SpooledCall:
    """A page rings. Raises `Refused` when too many pages do.

    The name of a call that was forgotten is refused as over: there is a record of it already, which
    would take no second call of that name. The page rings again under another.
    """
    is_known = board.ledger.find(asked.call) is not None
    if is_known:
        return own_call(board, asked.call, asked.key)
    if board.is_spent(asked.call):
        raise Refused("call_over")
    pages = sum(1 for call in board.ledger.in_hand() if call.page is not None)
    if pages >= OPEN_MAX or not (asked.only_types or admission.may_page_sound(board, moment)):
        raise Refused("lines_full")
    greeted = greetings(board.city.emergency, asked.language)
    call = SpooledCall(
        id=asked.call,
        trunk=TRUNK,
        announcements=tuple(one.key for one in greeted),
        languages=tuple(one.language for one in greeted),
        training=asked.training,
        shard=board.choose_shard(),
        page=CitizenPage(
            key=digest(asked.key),
            only_types=asked.only_types,
            seen_at=moment.at,
            lost_at=None if asked.only_types else moment.at,
        ),
    )
    board.ledger.open(call)
    board.counts.calls += 1
    board.act("offer", _offer(board, asked), moment)
    if asked.only_types:
        board.queue(call, moment)
    return board.ledger.get(call.id)


def own_call(board: Board, call: CallId, key: str) -> SpooledCall:
    """The call, for whoever has its key; nobody else learns whether there is one."""
    known = board.ledger.find(call)
    if known is None or known.page is None or not hmac.compare_digest(known.page.key, digest(key)):
        raise Refused("unknown_call")
    return known


def prepare_offer(board: Board, asked: CitizenOffer, moment: Moment) -> protocol.Web:
    """The page offers its audio: what the media process is told. Raises `Refused`.

    One that only typed speaks from now on, where the pages' share has a line for it.
    """
    known = own_call(board, asked.call, asked.key)
    if known.is_over or known.page is None:
        raise Refused("call_over")
    if known.page.only_types:
        if not admission.may_page_sound(board, moment):
            raise Refused("lines_full")
        page = replace(known.page, only_types=False, lost_at=moment.at)
        known = replace(known, page=page)
        board.put(known)
    assert known.page is not None  # noqa: S101
    if not asked.restart:
        page = replace(known.page, is_connected=False, lost_at=known.page.lost_at or moment.at)
        board.put(replace(known, page=page))
    wanted = board.wanted(asked.call)
    leg = wanted.find(CITIZEN) if wanted is not None else None
    return protocol.Web(
        bridge=asked.call,
        leg=CITIZEN,
        role=CITIZEN,
        mode=leg.mode if leg is not None else TALK,
        sdp=asked.sdp,
        codec="opus",
        restart=asked.restart,
    )


def seen(board: Board, call: CallId, key: str, moment: Moment) -> None:
    """The page is there. Raises `Refused`."""
    known = own_call(board, call, key)
    if known.page is not None and not known.is_over:
        board.ledger.put(replace(known, page=replace(known.page, seen_at=moment.at)))


def shown(board: Board, call: CallId, since: int = 0) -> dict[str, object]:
    """What a caller may know of the own call: how it stands, the place in the queue, the lines.

    Of the lines of text only those after the first `since`.
    """
    row, known = board.ledger.row(call), board.ledger.get(call)
    lines = [
        {"by": fact.event.by, "text": fact.event.text.text or ""}
        for fact in known.facts
        if isinstance(fact.event, CallTexted)
    ]
    return {
        "state": row.state,
        "position": board.positions.get(call) if row.state == "queued" else None,
        "is_connected": any(leg.is_connected for leg in known.desks),
        "is_heard": known.page is not None and known.page.is_connected,
        "must_offer": known.page is not None and known.page.must_offer,
        "prompt": row.prompt,
        "lines": lines[since:],
        "count": len(lines),
    }


def text(board: Board, asked: CitizenText, moment: Moment) -> None:
    """A line of text from the page; one that shows nothing is nothing. Raises `Refused`."""
    seen(board, asked.call, asked.key, moment)
    words = personal(asked.text.strip())
    if words is None or not any(map(_is_seen, asked.text)):
        return
    if _lines_of_late(board, asked.call, moment) >= LINES_MAX:
        raise Refused("too_many_lines", lines_max=str(LINES_MAX))
    if board.ledger.row(asked.call).prompt is not None and asked.text.strip().startswith(YES):
        board.act("key", SignalCall(call=asked.call, keys=YES), moment)
    board.act("text", TextCall(call=asked.call, by="caller", text=words), moment)


def _is_seen(sign: str) -> bool:
    """Whether it is neither blank nor, like a zero-width space, without a shape."""
    return sign.isprintable() and not sign.isspace()


def _lines_of_late(board: Board, call: CallId, moment: Moment) -> int:
    """From the facts, so that a restart changes nothing."""
    count = 0
    for fact in reversed(board.ledger.get(call).facts):
        if moment.at - fact.meta.at >= LINES_WITHIN:
            break
        count += isinstance(fact.event, CallTexted) and fact.event.by == "caller"
    return count


def locate(board: Board, asked: CitizenPlace, moment: Moment) -> None:
    """Where the device is. Raises `Refused`."""
    seen(board, asked.call, asked.key, moment)
    board.act("locate", LocateCall(call=asked.call, place=asked.place), moment)


def told_place(board: Board, asked: CallerPlace, moment: Moment) -> None:
    """Where something beside the line says the caller is. Raises `Refused` for no call of ours."""
    known = board.ledger.find(asked.call)
    if known is None or known.is_over:
        raise Refused("call_over")
    command = LocateCall(call=asked.call, place=asked.place, measured_at=asked.measured_at)
    board.act("locate", command, moment)


def end(board: Board, call: CallId, key: str, moment: Moment) -> None:
    """The caller hangs up. Raises `Refused`."""
    own_call(board, call, key)
    board.end(call, "caller", "hung_up", moment)


def page_heard(board: Board, call: SpooledCall, moment: Moment) -> None:
    """The page is connected: it waits in the queue from now on, or is heard again."""
    if call.page is None:
        return
    page = replace(call.page, is_connected=True, was_connected=True, must_offer=False, lost_at=None)
    board.put(replace(call, page=page))
    board.queue(board.ledger.get(call.id), moment)
    if any(leg.is_connected for leg in call.desks):
        board.act("connect", ConnectCall(call=call.id), moment)


def page_lost(board: Board, call: SpooledCall, moment: Moment, since_s: float = 0.0) -> None:
    """The page is not heard; it may come back."""
    if call.page is None:
        return
    lost_at = call.page.lost_at or moment.at - timedelta(seconds=since_s)
    board.put(replace(call, page=replace(call.page, is_connected=False, lost_at=lost_at)))
    board.tell(call.id)


def page_missing(board: Board, call: SpooledCall, moment: Moment) -> None:
    """The media process has nothing of the page, or is gone itself: it must offer again."""
    if call.page is None or not call.page.was_connected or call.page.only_types:
        return
    page_lost(board, call, moment)
    known = board.ledger.get(call.id)
    assert known.page is not None  # noqa: S101
    board.put(replace(known, page=replace(known.page, must_offer=True)))


def offered(board: Board, call: CallId) -> None:
    """The media process has taken the page's offer."""
    known = board.ledger.find(call)
    if known is not None and known.page is not None and known.page.must_offer:
        board.ledger.put(replace(known, page=replace(known.page, must_offer=False)))


def look(board: Board, call: SpooledCall, moment: Moment) -> None:
    """A page that stays away has lost its call; one that never came had no sound to begin with."""
    page = call.page
    if page is None:
        return
    away_since = page.seen_at if page.only_types else _away_since(page)
    if away_since is not None and moment.at - away_since >= LOST:
        is_dropped = page.only_types or page.was_connected
        board.end(call.id, "caller", "lost" if is_dropped else NO_MEDIA, moment)
    elif _is_mute(page, moment) and board.ledger.row(call.id).state == CallState.OFFERED:
        board.queue(call, moment)


def _is_mute(page: CitizenPage, moment: Moment) -> bool:
    """It asks how its call stands, and its sound does not come."""
    if page.lost_at is None or page.seen_at is None:
        return False
    return moment.at - page.lost_at >= MUTE > moment.at - page.seen_at


def _away_since(page: CitizenPage) -> datetime | None:
    """Since when nothing is known of a page that should sound; one that still asks is there."""
    if page.lost_at is None or page.seen_at is None:
        return page.lost_at
    return max(page.lost_at, page.seen_at)


def digest(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _offer(board: Board, asked: CitizenCall) -> OfferCall:
    line = board.city.emergency
    return OfferCall(
        call=asked.call,
        line=line.key,
        dialled=line.dialled[0],
        trunk=TRUNK,
        number=personal(asked.number or None),
        number_withheld=not asked.number.strip(),
        place=asked.place,
        training=asked.training,
        remarks=("web_call", f"language_{asked.language}"),
        line_priority=line.priority,
        language=asked.language,
    )
