"""Telephones on the wall: plain SIP telephones that ring for a caller when no desk answers.

Rung by the last stage of the queue, each in a leg of the caller's bridge. Whoever lifts first has
the call, like a desk would; the others stop ringing. There is no page: hanging up ends the call.
Which telephone it was stands in the record; who held it, nobody knows.
"""

from typing import Final

from msgspec.structs import replace

from kentongan.core.commands import AnswerCall, ConnectCall, Envelope
from kentongan.core.words import (
    Agent,
    AgentId,
    CallId,
    CommandId,
    DeskKey,
    PartyKey,
    Refused,
    Role,
)
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.descriptions import first_leg
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import PartyLeg

PREFIX: Final = "wall:"
"""Of the names of such legs among the parties; no party of a call has one."""


def begin(board: Board, call_id: CallId, desk: DeskKey, moment: Moment) -> None:
    """A telephone is to ring for a caller who waits."""
    call = board.ledger.find(call_id)
    if call is None or call.is_over or any(leg.wall == desk for leg in call.parties):
        return
    number = call.parties_asked + 1
    leg = PartyLeg(
        party=PartyKey(f"{PREFIX}{desk}"),
        name=f"party-{number}",
        trunk="",
        target="",
        asked_at=moment.at,
        wall=desk,
        has_failed=True,
    )
    route = board.route_to(board.settings.wall_telephones.get(desk, ""), "")
    if route is not None:
        leg = replace(
            leg,
            trunk=route.trunk.key,
            target=route.target,
            leg=first_leg(route.trunk, int(moment.at.timestamp()), board.new_key),
            has_failed=False,
        )
    board.put(replace(call, parties=(*call.parties, leg), parties_asked=number))


def answered(board: Board, call_id: CallId, leg: PartyLeg, moment: Moment) -> None:
    """Somebody lifted it; where a desk was faster, that desk's answer lets it go."""
    desk = leg.wall
    if desk is None:
        return
    agent = Agent(
        id=AgentId(f"telephone:{desk}"), name=str(desk), roles=(Role.CALL_TAKER,), desk=desk
    )
    envelope = Envelope(
        id=CommandId(f"{call_id}/{leg.name}/answer"),
        agent=agent,
        command=AnswerCall(call=call_id, desk=desk),
    )
    try:
        board.obey(call_id, envelope, moment.at)
    except Refused:
        failed(board, call_id, leg)
        return
    board.act("connect", ConnectCall(call=call_id), moment)


def failed(board: Board, call_id: CallId, leg: PartyLeg) -> None:
    """It did not answer, or cannot be rung: it stays silent for this caller."""
    call = board.ledger.find(call_id)
    if call is None:
        return
    silent = replace(leg, has_failed=True, calling="", dialog="")
    legs = tuple(silent if one.party == leg.party else one for one in call.parties)
    board.put(replace(call, parties=legs))
    if leg.dialog or leg.calling:
        board.to_part.append((call_id, leg))


def gone(board: Board, call_id: CallId, leg: PartyLeg, moment: Moment, *, hung_up: bool) -> None:
    """It was put down, or is lost: an end of the call, or a caller in front of the queue again."""
    if not leg.is_joined:
        failed(board, call_id, leg)
    elif hung_up:
        board.end(call_id, "desk", "hung_up", moment)
    else:
        board.requeue(call_id, "desk_lost", moment)
