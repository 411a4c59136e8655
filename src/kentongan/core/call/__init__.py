"""A call: one attempt to reach us or to reach somebody, until somebody has said how it ended.

States and what may become of them. *Over* is ended or abandoned; nothing leaves it.

    from         offered   queued    calling   answered  held      transferred  over
    offer        (new)     -         -         -         -         -            -
    ring duty    -         -         (new)     -         -         -            -
    call back    -         -         (new)     -         -         -            -
    queue        queued    nothing   nothing   nothing   nothing   nothing      nothing
    answer       answered  answered  taken     taken     taken     see below    refused
    connect      refused   refused   answered  nothing   nothing   refused      refused
    hold         refused   refused   refused   held      nothing   refused      refused
    resume       refused   refused   refused   nothing   answered  refused      refused
    transfer     refused   refused   refused   transferred         nothing      refused
    take over    refused   refused   refused   answered  answered  answered     refused
    requeue      nothing   nothing   nothing   queued    queued    queued       nothing
    end          over      over      over      over      over      over         nothing

Theory: the first desk that answers has the call; the same desk again changes nothing, another one
is told who has it. One desk at most has a call; who else hears it is a *party* (`parties`) or a
*supervisor* (`supervision`), and each has a state machine of its own. A transferred call is with
its party; while that party is still being rung nobody speaks with the caller, so any desk may
answer; when the last party is gone the caller is back at the head of the queue, never alone on a
line. Who rings while a call waits is `waiting`.

The caller who hangs up while nobody speaks with them has *abandoned* the call, also after a desk
was lost and the call went back to the queue. A caller whose line broke while we spoke was
*dropped*, and so was one who waited and for whom we had no line. Both stay open until they were
disposed of (`ringing_back`), because no call may ever be lost; everything after that is *ended*.
What was recorded is `recording`, where the caller may be `locating`, whom the centre itself rings
`duty`, whether the caller's sound comes `unheard`.

A person ends only the call in hand at the own desk, a supervisor any; who ended it is not theirs to
say: for everybody but the switch it is the desk. What rings is never refused: an unreadable place
is dropped and remarked, a long label is cut.
"""

from collections.abc import Callable
from typing import Final, assert_never

from msgspec import Struct

from kentongan.core.call import (
    duty,
    life,
    life_facts,
    locating,
    parties,
    parties_facts,
    recording,
    ringing_back,
    supervision,
    unheard,
    waiting,
)
from kentongan.core.call.recording import RECORDINGS_MAX
from kentongan.core.call.state import Call, CallState
from kentongan.core.call_rows import CallRow
from kentongan.core.commands.call import CallCommand, LifeCommand, LocationCommand, OfferCall
from kentongan.core.commands.call_backs import CallBack, CallbackCommand
from kentongan.core.commands.call_duty import RingDuty
from kentongan.core.commands.call_parties import PartyCommand
from kentongan.core.commands.call_queue import WaitingCommand
from kentongan.core.commands.call_recording import RecordingCommand
from kentongan.core.commands.call_supervision import SupervisionCommand
from kentongan.core.commands.call_unheard import HearingCommand
from kentongan.core.context import Context
from kentongan.core.events.call import CallEvent
from kentongan.core.words import Meta, Refused

__all__ = ["EVOLVE", "RECORDINGS_MAX", "Call", "CallState", "decide", "evolve", "rows"]


def decide(command: CallCommand, call: Call, context: Context) -> tuple[CallEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    if isinstance(command, OfferCall):
        return () if call.row else life.offer(command, context)
    if isinstance(command, CallBack):
        return ringing_back.place(command, call.row, context)
    if isinstance(command, RingDuty):
        return duty.place(command, call.row)
    if call.row is None:
        raise Refused("unknown_call")
    duty.must_allow(command, call.row)
    events = _decide(command, call, call.row, context)
    return (*events, *waiting.withdrawn(call.row, events))


def _decide(
    command: CallCommand, call: Call, row: CallRow, context: Context
) -> tuple[CallEvent, ...]:
    if isinstance(command, LifeCommand):
        return life.decide(command, call, row, context)
    if isinstance(command, LocationCommand):
        return locating.decide(command, call, row, context)
    if isinstance(command, WaitingCommand):
        return waiting.decide(command, row, context)
    if isinstance(command, PartyCommand):
        return parties.decide(command, row, context)
    if isinstance(command, SupervisionCommand):
        return supervision.decide(command, row, context)
    if isinstance(command, CallbackCommand):
        return ringing_back.decide(command, row, context)
    if isinstance(command, RingDuty):
        return duty.place(command, row)
    if isinstance(command, RecordingCommand):
        return recording.decide(command, call, row, context)
    if isinstance(command, HearingCommand):  # pyright: ignore[reportUnnecessaryIsInstance]
        return unheard.decide(command, call, row, context)
    assert_never(command)


EVOLVE: Final[dict[type[Struct], Callable[..., Call]]] = {
    **life_facts.EVOLVE,
    **locating.EVOLVE,
    **waiting.EVOLVE,
    **parties_facts.EVOLVE,
    **supervision.EVOLVE,
    **ringing_back.EVOLVE,
    **duty.EVOLVE,
    **recording.EVOLVE,
    **unheard.EVOLVE,
}


def evolve(call: Call, event: CallEvent, meta: Meta) -> Call:
    """The call after the event."""
    return EVOLVE[type(event)](call, event, meta)


def rows(call: Call) -> tuple[CallRow, ...]:
    """What the board shows of it."""
    return () if call.row is None else (call.row,)
