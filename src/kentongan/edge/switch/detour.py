"""When a trunk does not take a call of ours: the next one that leads there.

    INVITE -> 408, 500, 502-504 before it rang, or no sign of life -> the next usable trunk
           -> anything else, or no trunk left                       -> the outcome is said

What the person's telephone says (busy, refused, rang in vain) is no fault of the trunk and is not
tried again elsewhere. The place in the bridge stays, so that the next INVITE goes out at once;
a trunk of the other IP version gets one of its own first.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from kentongan.core.words import CallId
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.hops import hops_for
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import PartyLeg, SipLeg, SpooledCall
from kentongan.edge.switch.routes import Route
from kentongan.edge.switch.telephones import Telephones
from kentongan.edge.switch.telling_caller import told_of_caller
from kentongan.sip import events

TRUNK_FAULTS: Final = frozenset({408, 500, 502, 503, 504})
"""RFC 3261 sections 21.4.9 and 21.5: the way failed, not the person at its end."""

SILENT_FOR: Final = timedelta(seconds=4)
"""A trunk that has not even said 100 by then is taken to be away; four INVITEs went out (UDP)."""

TRUNKS_MAX: Final = 3
"""Trunks tried for one telephone: 8 s at most are lost to those that say nothing."""


def is_fault(event: events.Response | events.Timeout | events.Bye) -> bool:
    """Whether the trunk failed, and not whoever is rung."""
    match event:
        case events.Response(method="INVITE", status=status):
            return status in TRUNK_FAULTS
        case events.Timeout(method=method):
            return method == "INVITE"
        case _:
            return False


def for_party(
    board: Board, phones: Telephones, call: SpooledCall, leg: PartyLeg, moment: Moment
) -> bool:
    """Ring a party, or a telephone on the wall, by the next trunk; False where there is none."""
    if leg.is_joined or leg.is_ringing or leg.leg.local_port is None:
        return False
    if leg.referred_by is not None:  # its exchange named a telephone of its own
        return False
    tried = (*leg.tried, leg.trunk)
    route = _next(board, _whom(board, call.id, leg), _line(board, call.id, leg), tried)
    if route is None:
        return False
    phones.leave(call.id, "", leg.calling, moment)
    described = _moved(board, leg.leg, route, moment.at)
    calling = ""
    if described.has_place:
        hops = hops_for(board, call, leg)
        told = told_of_caller(board, call.id, leg, route)
        calling = phones.ring_out(call.id, described, route, moment, hops=hops, told=told)
    leg = replace(
        leg,
        trunk=route.trunk.key,
        target=route.target,
        tried=tried,
        leg=described,
        asked_at=moment.at,
        calling=calling,
    )
    legs = tuple(leg if one.party == leg.party else one for one in call.parties)
    board.put(replace(call, parties=legs))
    return True


def for_person(board: Board, phones: Telephones, call: SpooledCall, moment: Moment) -> bool:
    """Ring whom we call back by the next trunk; False where there is none."""
    if call.is_answered or call.is_ringing or call.citizen.local_port is None:
        return False
    row = board.ledger.row(call.id)
    whom = "" if row.number is None else row.number.text or ""
    tried = (*call.tried, call.trunk)
    route = _next(board, whom, row.line, tried)
    if route is None:
        return False
    phones.leave(call.id, "", call.calling, moment)
    described = _moved(board, call.citizen, route, moment.at)
    calling = ""
    if described.has_place:
        calling = phones.ring_out(call.id, described, route, moment)
    board.put(
        replace(
            call,
            trunk=route.trunk.key,
            target=route.target,
            tried=tried,
            citizen=described,
            invited_at=moment.at,
            calling=calling,
        )
    )
    return True


def look(board: Board, phones: Telephones, call_id: CallId, moment: Moment) -> None:
    """Whose trunk says nothing is rung by the next one; where there is none, it is waited for."""
    call = board.ledger.get(call_id)
    if call.is_placed_by_us and call.calling and not call.is_answered and not call.is_over:
        since = call.invited_at or moment.at
        if _is_mute(phones, call.calling, since, moment):
            for_person(board, phones, call, moment)
    for leg in board.ledger.get(call_id).parties:
        if (
            leg.calling
            and not leg.is_joined
            and _is_mute(phones, leg.calling, leg.asked_at, moment)
        ):
            for_party(board, phones, board.ledger.get(call_id), leg, moment)


def _is_mute(phones: Telephones, calling: str, since: datetime, moment: Moment) -> bool:
    return moment.at - since >= SILENT_FOR and phones.stack.is_unheard(calling)


def _next(board: Board, whom: str, line: str, tried: tuple[str, ...]) -> Route | None:
    return None if len(tried) >= TRUNKS_MAX else board.route_to(whom, line, without=tried)


def _whom(board: Board, call: CallId, leg: PartyLeg) -> str:
    if leg.wall is not None:
        return board.settings.wall_telephones.get(leg.wall, "")
    for party in board.ledger.row(call).parties:
        if party.party == leg.party:
            return board.address_of(party.contact, party.number)
    return ""


def _line(board: Board, call: CallId, leg: PartyLeg) -> str:
    return "" if leg.wall is not None else board.ledger.row(call).line


def _moved(board: Board, before: SipLeg, route: Route, at: datetime) -> SipLeg:
    """What the next trunk is offered, at the same place in the bridge; without a place where it
    speaks the other IP version: it is rung as soon as it has one (`dialling`).
    """
    leg = board.leg_to(route, at)
    if leg.family != before.family:
        return leg
    return replace(leg, local_ip=before.local_ip, local_port=before.local_port, epoch=before.epoch)
