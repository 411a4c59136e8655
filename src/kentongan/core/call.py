"""A call: one attempt to reach us, from the first ring until somebody has said how it ended.

States and what may become of them. *Over* is ended or abandoned; nothing leaves it.

    from        offered    queued    answered  held      over
    offer       (new)      -         -         -         -
    queue       queued     nothing   nothing   nothing   nothing
    answer      answered   answered  taken     taken     refused
    hold        refused    refused   held      nothing   refused
    resume      refused    refused   nothing   answered  refused
    requeue     nothing    nothing   queued    queued    nothing
    end         over       over      over      over      nothing

Theory: the first desk that answers has the call; the same desk again changes nothing, another one
is told who has it. The caller who hangs up while nobody speaks with them has *abandoned* the call,
also after a desk was lost and the call went back to the queue; such a call stays open until it was
called back or disposed of, because no call may ever be lost. Everything after that is *ended*.
A person ends only the call in hand at the own desk, a supervisor any; who ended it is not theirs to
say: for everybody but the switch it is the desk.
What rings is never refused: an unreadable place is dropped and remarked, a long label is cut.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.checks import check_label, check_place, cut_label, cut_note
from kentongan.core.commands.call import (
    AnswerCall,
    CallCommand,
    ConnectCall,
    DisposeCall,
    EndCall,
    HoldCall,
    KeepRecording,
    OfferCall,
    QueueCall,
    RequeueCall,
    ResumeCall,
    SignalCall,
)
from kentongan.core.context import Context
from kentongan.core.events.call import (
    CallAbandoned,
    CallAnswered,
    CallConnected,
    CallDisposed,
    CallEnded,
    CallEvent,
    CallHeld,
    CallOffered,
    CallQueued,
    CallRequeued,
    CallResumed,
    CallSignalled,
    RecordingKept,
)
from kentongan.core.plans import Plans
from kentongan.core.rows import CallRow
from kentongan.core.words import (
    LABEL_CHARACTERS_MAX,
    Agent,
    CallId,
    Meta,
    Place,
    Refused,
    Role,
)

RECORDINGS_MAX: Final = 1_000
"""Segments of one call: a day of 90-second segments; more is a fault of the recorder."""


class CallState(StrEnum):
    """Where a call stands."""

    OFFERED = "offered"
    QUEUED = "queued"
    ANSWERED = "answered"
    HELD = "held"
    ENDED = "ended"
    ABANDONED = "abandoned"


_WAITING: Final = (CallState.OFFERED, CallState.QUEUED)
_OVER: Final = (CallState.ENDED, CallState.ABANDONED)


class Call(Struct, frozen=True, kw_only=True):
    """What the screens show (`row`, None before the first ring) and what only the rules need."""

    key: CallId
    row: CallRow | None = None
    connected: bool = False  # audio flows with the desk that has the call now
    segments: Mapping[str, str] = {}  # recorded segments and their SHA-256


def decide(command: CallCommand, call: Call, context: Context) -> tuple[CallEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    if isinstance(command, OfferCall):
        return () if call.row else (_offered_by(command, context.plans),)
    if call.row is None:
        raise Refused("unknown_call")
    return _decide_ringing(command, call, call.row, context)


def _offered_by(command: OfferCall, plans: Plans) -> CallOffered:
    place, remarks = _readable_place(command.place, plans), command.remarks
    if command.place is not None and place is None:
        remarks = (*remarks, "place_unreadable")
    return CallOffered(
        line=cut_label(command.line),
        dialled=cut_label(command.dialled),
        trunk=cut_label(command.trunk),
        number=command.number,
        number_withheld=command.number_withheld,
        place=place,
        training=command.training,
        remarks=tuple(cut_label(remark) for remark in remarks),
    )


def _readable_place(place: Place | None, plans: Plans) -> Place | None:
    try:
        return None if place is None else check_place(place, plans.box)
    except Refused:
        return None


def _decide_ringing(
    command: CallCommand, call: Call, row: CallRow, context: Context
) -> tuple[CallEvent, ...]:
    match command:
        case OfferCall():
            return ()
        case QueueCall(announcement=announcement):
            return (CallQueued(announcement=announcement),) if row.state == "offered" else ()
        case AnswerCall():
            return _answer(command, row, context)
        case ConnectCall():
            _must_be_answered(row)
            return () if call.connected else (CallConnected(),)
        case HoldCall():
            _must_be_answered(row)
            return () if row.state == CallState.HELD else (CallHeld(),)
        case ResumeCall():
            _must_be_answered(row)
            return (CallResumed(),) if row.state == CallState.HELD else ()
        case RequeueCall(reason=reason):
            is_with_desk = row.state in (CallState.ANSWERED, CallState.HELD)
            return (CallRequeued(reason=cut_label(reason)),) if is_with_desk else ()
        case SignalCall(keys=keys):
            return () if row.state in _OVER or not keys else (CallSignalled(keys=cut_label(keys)),)
        case EndCall():
            return _end(command, row, context.agent)
        case KeepRecording():
            return _keep(command, call)
        case DisposeCall():
            return _dispose(command, row)
        case _:
            assert_never(command)


def _must_be_answered(row: CallRow) -> None:
    if row.state in _OVER:
        raise Refused("call_over")
    if row.state in _WAITING:
        raise Refused("call_not_answered")


def _answer(command: AnswerCall, row: CallRow, context: Context) -> tuple[CallEvent, ...]:
    if row.state in _OVER:
        raise Refused("call_over")
    if row.state in _WAITING:
        if command.desk not in context.plans.desks:
            raise Refused("unknown_desk", desk=command.desk)
        agent = context.agent
        return (CallAnswered(desk=command.desk, agent=agent.id, agent_name=agent.name),)
    if row.desk == command.desk:
        return ()
    raise Refused("call_taken", by=row.agent_name or "", desk=row.desk or "")


def _end(command: EndCall, row: CallRow, agent: Agent) -> tuple[CallEvent, ...]:
    if row.state in _OVER:
        return ()
    reason = cut_label(command.reason)
    if not agent.has(Role.SYSTEM):
        _must_be_in_hand(row, agent)
        return (CallEnded(by="desk", reason=reason),)
    if command.by == "caller" and row.state in _WAITING:
        return (CallAbandoned(reason=reason),)
    return (CallEnded(by=cut_label(command.by), reason=reason),)


def _must_be_in_hand(row: CallRow, agent: Agent) -> None:
    """Nobody hangs up on a caller who waits, or on a colleague's; a supervisor may."""
    if agent.has(Role.SUPERVISOR):
        return
    if row.state in _WAITING:
        raise Refused("call_not_answered")
    is_at_desk = agent.desk is not None and agent.desk == row.desk
    if not (is_at_desk or row.agent == agent.id):
        raise Refused("call_taken", by=row.agent_name or "", desk=row.desk or "")


def _keep(command: KeepRecording, call: Call) -> tuple[CallEvent, ...]:
    known = call.segments.get(command.segment)
    if known == command.sha256:
        return ()
    if known is not None:
        raise Refused("recording_differs", segment=cut_label(command.segment))
    if len(call.segments) >= RECORDINGS_MAX:
        raise Refused("too_many_recordings", recordings_max=str(RECORDINGS_MAX))
    check_label(command.segment, "segment")
    check_label(command.sha256, "sha256")
    return (
        RecordingKept(
            segment=command.segment,
            sha256=command.sha256,
            seconds=command.seconds,
            bytes=command.bytes,
        ),
    )


def _dispose(command: DisposeCall, row: CallRow) -> tuple[CallEvent, ...]:
    if row.disposition == command.disposition:
        return ()
    note, is_cut = cut_note(command.note)
    return (CallDisposed(disposition=command.disposition, note=note, cut=is_cut),)


# --- what the events mean ------------------------------------------------------------------------


def _row(call: Call) -> CallRow:
    assert call.row is not None, f"{call.key} has an event before it was offered"  # noqa: S101
    return call.row


def _offered(call: Call, event: CallOffered, meta: Meta) -> Call:
    row = CallRow(
        key=call.key,
        state=CallState.OFFERED.value,
        line=event.line,
        ring_at=meta.at,
        number=event.number,
        number_withheld=event.number_withheld,
        place=event.place,
        training=event.training,
        remarks=event.remarks,
    )
    return structs.replace(call, row=row)


def _queued(call: Call, event: CallQueued, meta: Meta) -> Call:  # noqa: ARG001
    row = structs.replace(_row(call), state=CallState.QUEUED.value, queued_at=meta.at)
    return structs.replace(call, row=row)


def _answered(call: Call, event: CallAnswered, meta: Meta) -> Call:
    before = _row(call)
    row = structs.replace(
        before,
        state=CallState.ANSWERED.value,
        answered_at=before.answered_at or meta.at,
        desk=event.desk,
        agent=event.agent,
        agent_name=event.agent_name,
    )
    return structs.replace(call, row=row, connected=False)


def _connected(call: Call, event: CallConnected, meta: Meta) -> Call:  # noqa: ARG001
    before = _row(call)
    row = structs.replace(before, connected_at=before.connected_at or meta.at)
    return structs.replace(call, row=row, connected=True)


def _held(call: Call, event: CallHeld, meta: Meta) -> Call:  # noqa: ARG001
    return structs.replace(call, row=structs.replace(_row(call), state=CallState.HELD.value))


def _resumed(call: Call, event: CallResumed, meta: Meta) -> Call:  # noqa: ARG001
    return structs.replace(call, row=structs.replace(_row(call), state=CallState.ANSWERED.value))


def _requeued(call: Call, event: CallRequeued, meta: Meta) -> Call:  # noqa: ARG001
    before = _row(call)
    row = structs.replace(
        before,
        state=CallState.QUEUED.value,
        queued_at=meta.at,
        desk=None,
        agent=None,
        agent_name=None,
        requeued=before.requeued + 1,
    )
    return structs.replace(call, row=row, connected=False)


def _signalled(call: Call, event: CallSignalled, meta: Meta) -> Call:  # noqa: ARG001
    before = _row(call)
    keys = (before.keys + event.keys)[-LABEL_CHARACTERS_MAX:]
    return structs.replace(call, row=structs.replace(before, keys=keys))


def _ended(call: Call, event: CallEnded, meta: Meta) -> Call:
    row = structs.replace(
        _row(call), state=CallState.ENDED.value, ended_at=meta.at, ended_by=event.by, open=False
    )
    return structs.replace(call, row=row, connected=False)


def _abandoned(call: Call, event: CallAbandoned, meta: Meta) -> Call:  # noqa: ARG001
    before = _row(call)
    row = structs.replace(
        before,
        state=CallState.ABANDONED.value,
        ended_at=meta.at,
        ended_by="caller",
        open=before.disposition is None,
    )
    return structs.replace(call, row=row, connected=False)


def _kept(call: Call, event: RecordingKept, meta: Meta) -> Call:  # noqa: ARG001
    before = _row(call)
    segments = {**call.segments, event.segment: event.sha256}
    row = structs.replace(before, recordings=len(segments))
    return structs.replace(call, row=row, segments=segments)


def _disposed(call: Call, event: CallDisposed, meta: Meta) -> Call:  # noqa: ARG001
    before = _row(call)
    is_open = before.open and before.state not in _OVER
    row = structs.replace(before, disposition=event.disposition, open=is_open)
    return structs.replace(call, row=row)


EVOLVE: Final[dict[type[Struct], Callable[..., Call]]] = {
    CallOffered: _offered,
    CallQueued: _queued,
    CallAnswered: _answered,
    CallConnected: _connected,
    CallHeld: _held,
    CallResumed: _resumed,
    CallRequeued: _requeued,
    CallSignalled: _signalled,
    CallEnded: _ended,
    CallAbandoned: _abandoned,
    RecordingKept: _kept,
    CallDisposed: _disposed,
}


def evolve(call: Call, event: CallEvent, meta: Meta) -> Call:
    """The call after the event."""
    return EVOLVE[type(event)](call, event, meta)


def rows(call: Call) -> tuple[CallRow, ...]:
    """What the board shows of it."""
    return () if call.row is None else (call.row,)
