"""Telephones that we rang and that fell silent: an agency's, a neighbour's, one on the wall.

    heard -> silent -> asked -> answers (it is there, and silent) | says nothing: lost

Silence alone ends nothing: an exchange may send no packets while nobody speaks, or hold us. So a
silent one is asked at once, and again and again, whether it still has the call. Where the caller
has nobody else to speak to, one that neither is heard nor answers is lost as soon as a desk would
be, and the caller is in front of the queue again; else SIP's own 32 s decide.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from kentongan.edge.switch.board import Board
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import PartyLeg, SipLeg, SpooledCall
from kentongan.edge.switch.telephones import Telephones

ASKED_AFTER: Final = timedelta(seconds=10)
"""Between an answer and the next question: a caller alone with it waits so much longer at most."""

ANSWERS_WITHIN: Final = timedelta(seconds=4)
"""By then the question was sent four times over UDP (RFC 3261: T1 0.5 s, doubling)."""


def mark(board: Board, call: SpooledCall, name: str, since: datetime | None) -> bool:
    """The telephone of that leg is silent since then, or heard (None); whether it is one."""
    leg = next((leg for leg in call.parties if leg.name == name), None)
    if leg is None:
        return False
    changed = replace(marked(leg.leg, since), present_at=None)
    board.put(_with(call, replace(leg, leg=changed)))
    return True


def marked(leg: SipLeg, since: datetime | None) -> SipLeg:
    """Silent since then, or heard (None); as long as before, if it was silent in a media process
    that died and the next one has heard nothing either.
    """
    if since is not None and leg.moved_at is not None:
        since = leg.silent_since
    return replace(leg, silent_since=since, probed_at=None, moved_at=None)


def answered(board: Board, call: SpooledCall, leg: PartyLeg, moment: Moment) -> None:
    """It said something to a request of ours: it still has the call."""
    if leg.leg.silent_since is not None:
        present = replace(leg.leg, present_at=moment.at)
        board.ledger.put(_with(call, replace(leg, leg=present)))


def asked_anew(leg: PartyLeg) -> PartyLeg:
    """After a restart: an answer may have come while nobody was here to take it."""
    return replace(leg, leg=replace(leg.leg, probed_at=None, present_at=None))


def look(board: Board, phones: Telephones, call: SpooledCall, moment: Moment) -> tuple[str, ...]:
    """Ask who is silent; the dialogs of those who are lost."""
    gone: list[str] = []
    for leg in call.parties:
        if not (leg.is_joined and leg.dialog and leg.leg.silent_since is not None):
            continue
        if call.main_desk is None and _is_lost(board, leg, moment):
            gone.append(leg.dialog)
        elif _is_to_be_asked(leg, moment):
            phones.ask(leg.dialog, moment)
            asked = replace(leg.leg, probed_at=moment.at)
            board.ledger.put(_with(board.ledger.get(call.id), replace(leg, leg=asked)))
    return tuple(gone)


def _is_lost(board: Board, leg: PartyLeg, moment: Moment) -> bool:
    silent_since, probed_at = leg.leg.silent_since, leg.leg.probed_at
    if silent_since is None or probed_at is None or _has_answered(leg):
        return False
    limit = timedelta(seconds=board.settings.desk_lost_s)
    return moment.at - silent_since >= limit and moment.at - probed_at >= ANSWERS_WITHIN


def _is_to_be_asked(leg: PartyLeg, moment: Moment) -> bool:
    if leg.leg.probed_at is None:
        return True
    present_at = leg.leg.present_at
    return present_at is not None and _has_answered(leg) and moment.at - present_at >= ASKED_AFTER


def _has_answered(leg: PartyLeg) -> bool:
    probed_at, present_at = leg.leg.probed_at, leg.leg.present_at
    return present_at is not None and probed_at is not None and present_at >= probed_at


def _with(call: SpooledCall, leg: PartyLeg) -> SpooledCall:
    legs = tuple(leg if one.party == leg.party else one for one in call.parties)
    return replace(call, parties=legs)
