"""What the room asks: answer, hold, resume, end, and the audio of a desk's page.

The rules are `core`'s; added here is what no single call can know: a desk talks to one caller at a
time, and only the desk that has a call, or a supervisor, may hold or end it. Commands that only a
telephone can cause are refused from the room.
"""

from datetime import timedelta
from typing import cast, get_args

from msgspec.structs import replace

from kentongan.core.access import may
from kentongan.core.commands import (
    AnswerCall,
    CallCommand,
    ConnectCall,
    EndCall,
    Envelope,
    HoldCall,
    KeepRecording,
    OfferCall,
    QueueCall,
    RequeueCall,
    ResumeCall,
    SignalCall,
)
from kentongan.core.events import CallEvent
from kentongan.core.words import Agent, AgentId, CallId, DeskKey, Refused, Role
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.bridge import TALK
from kentongan.edge.switch.ledger import Moment

AGE_S_MAX = 3600.0
"""Longest a command may have waited at a page; a call does not wait that long."""

_TELEPHONES_ONLY = (OfferCall, QueueCall, ConnectCall, SignalCall, KeepRecording)
_CALL_COMMANDS = get_args(CallCommand)


def call_of(envelope: Envelope) -> CallId | None:
    """The call a command goes to; None when it goes to no call at all."""
    asked = envelope.command
    return cast(CallCommand, asked).call if isinstance(asked, _CALL_COMMANDS) else None


def is_for_telephones(envelope: Envelope) -> bool:
    """Whether only a telephone can cause it."""
    return isinstance(envelope.command, _TELEPHONES_ONLY)


def command(
    board: Board, call: CallId, envelope: Envelope, moment: Moment
) -> tuple[CallEvent, ...]:
    """A command of an agent to a call in hand. Raises `Refused`."""
    asked = envelope.command
    if is_for_telephones(envelope):
        raise Refused("not_permitted")
    may(envelope.agent, asked, board.ledger.find_row)
    if isinstance(asked, HoldCall | ResumeCall | RequeueCall | EndCall):
        _must_be_with(board, call, envelope.agent)
    if isinstance(asked, AnswerCall):
        _must_be_free(board, asked.desk, asked.call)
    if isinstance(asked, ResumeCall):
        desk = board.ledger.row(asked.call).desk
        if desk is not None:
            _must_be_free(board, desk, asked.call)
    age = timedelta(seconds=min(max(envelope.age_s, 0.0), AGE_S_MAX))
    return board.obey(call, envelope, moment.at - age)


def prepare_offer(board: Board, call: CallId, desk: DeskKey, agent: AgentId, moment: Moment) -> str:
    """A page offers audio for a call: the mode it gets. Raises `Refused`."""
    known = board.ledger.find(call)
    leg = known.find_desk(desk) if known is not None else None
    if known is None or known.is_over:
        raise Refused("call_over")
    if leg is None or leg.agent != agent:
        row = board.ledger.row(call)
        raise Refused("call_taken", by=row.agent_name or "", desk=row.desk or "")
    renewed = replace(leg, is_connected=False, lost_at=leg.lost_at or moment.at)
    board.put(
        replace(known, desks=tuple(renewed if old.desk == desk else old for old in known.desks))
    )
    wanted = board.wanted(call)
    return wanted.modes.get(desk, TALK) if wanted is not None else TALK


def page_gone(board: Board, desk: DeskKey, moment: Moment) -> None:
    """A desk's page was closed for good: its caller goes back to the queue at once."""
    for call in board.ledger:
        if call.find_desk(desk) is not None:
            board.requeue(call.id, "desk_lost", moment)


def _must_be_with(board: Board, call: CallId, agent: Agent) -> None:
    """Whoever has the call at their desk decides about it; a supervisor may step in.

    A caller who waits has nobody yet, so only a supervisor may turn them away.
    """
    if agent.has(Role.SUPERVISOR, Role.SYSTEM):
        return
    row = board.ledger.row(call)
    is_at_own_desk = agent.desk is None or agent.desk == row.desk
    if (row.agent == agent.id and is_at_own_desk) or board.ledger.get(call).is_over:
        return
    if row.desk is None:
        raise Refused("call_not_answered")
    raise Refused("call_taken", by=row.agent_name or "", desk=row.desk)


def _must_be_free(board: Board, desk: DeskKey, wanted: CallId) -> None:
    for call in board.ledger:
        row = board.ledger.row(call.id)
        if call.id != wanted and row.desk == desk and row.state == "answered":
            raise Refused("desk_busy", call=call.id, desk=desk)
