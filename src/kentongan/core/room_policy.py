"""What follows from an event for whoever knows the room: who sits where, who rang, what is open.

    event                               follows
    call abandoned, line broken         it is offered to be rung back, at once
    incident found to be dangerous      its abandoned and dropped calls are for no voice any more
    a call of ours answered, or failed  noted at the call it rings back
    a caller answered who was lost      noted at each call that was lost: spoken with
    life-saving script begins, ends     the desk of whoever asks the questions is protected, or not
    call answered, passed on, taken     its script goes on: the desk that has it now is protected
    call over, passed on, taken over    the desk it was at is protected no more
    call over, handed on                its desk has a moment to finish writing
    unit assigned                       it need not stand ready any longer, if it did

The other half of `core.policy`: there an event and its stream are enough, here the board is asked,
too. A reaction that comes twice or too late changes nothing, as everywhere.
"""

from datetime import timedelta
from itertools import islice
from typing import Final

from kentongan.cities.taxonomy import FlagCode
from kentongan.core.call import Call
from kentongan.core.callbacks import Known, forbids_voice, is_listed, offer, same_number
from kentongan.core.commands import (
    LiftPreAlert,
    NoteCallback,
    OfferCallback,
    ProtectDesk,
    StartWrapUp,
    UnprotectDesk,
)
from kentongan.core.events import (
    AnyEvent,
    CallAbandoned,
    CallAnswered,
    CallConnected,
    CallEnded,
    CallPassed,
    CallRequeued,
    CallTakenOver,
    CallTransferred,
    IncidentClassified,
    ReportLinked,
    TriageAnswered,
    UnitAssigned,
)
from kentongan.core.incident import Incident
from kentongan.core.plans import Plans
from kentongan.core.policy import Reaction
from kentongan.core.pre_alert import ASSIGNED
from kentongan.core.rows import CallRow
from kentongan.core.streams import AnyState
from kentongan.core.words import CallbackOutcome, DeskKey, Meta

ASKS_THE_ROOM: Final = (
    CallAbandoned,
    CallAnswered,
    CallEnded,
    CallConnected,
    CallPassed,
    CallRequeued,
    CallTakenOver,
    CallTransferred,
    IncidentClassified,
    ReportLinked,
    TriageAnswered,
    UnitAssigned,
)
"""Events for which the room has to be known at all."""

SCRIPT: Final = "script"
"""Why a desk is protected while instructions are read to a caller."""

WRAP_UP: Final = timedelta(seconds=20)
"""Time to finish writing after a call (CONSOLE.md, section 7.4); the desk may end it at once."""

RANG_AGAIN_MAX: Final = 20
"""Lost calls of one number that are noted as reached when it is answered; the rest stay."""

_FAILURES: Final[dict[str, CallbackOutcome]] = {
    "busy": "busy",
    "no_answer": "no_answer",
    "unreachable": "unreachable",
    "voicemail": "voicemail",
}


def room_reactions(
    event: AnyEvent, meta: Meta, state: AnyState, plans: Plans, known: Known
) -> tuple[Reaction, ...]:
    """Commands that follow at once; `state` is the stream up to and including the event."""
    if isinstance(state, Call) and state.row is not None:
        return _of_call(event, meta, state.row, plans, known)
    if isinstance(state, Incident) and state.row is not None:
        if isinstance(event, TriageAnswered):
            return _script(event, meta, known)
        if isinstance(event, UnitAssigned) and event.unit in known.ready:
            lift = LiftPreAlert(unit=event.unit, reason=ASSIGNED)
            return (Reaction("lift_pre_alert", lift),)
        if isinstance(event, IncidentClassified | ReportLinked):
            return _silenced(state, plans, known)
    return ()


def _of_call(
    event: AnyEvent, meta: Meta, row: CallRow, plans: Plans, known: Known
) -> tuple[Reaction, ...]:
    match event:
        case CallEnded(reason=reason):
            outcome = "reached" if row.connected_at else _FAILURES.get(reason, "not_called")
            noted = _noted(row, outcome)
            return (
                *_offer(row, meta, plans, known),
                *noted,
                *_released(known, row.desk),
                *_wrap_up(row, meta, known),
            )
        case CallAbandoned():
            return (*_offer(row, meta, plans, known), *_released(known, row.desk))
        case CallAnswered(desk=desk):
            return (*_rang_again(row, known), *_script_goes_on(row, desk, known))
        case CallConnected():
            return _noted(row, "reached")
        case CallTakenOver(desk=new, from_desk=old):
            return (*_released(known, old), *_script_goes_on(row, new, known))
        case CallTransferred():
            return (*_released(known), *_wrap_up(row, meta, known))
        case CallPassed(desk=desk):
            return (*_released(known), *_script_goes_on(row, desk, known))
        case CallRequeued():
            return _released(known)
        case _:
            return ()


def _offer(row: CallRow, meta: Meta, plans: Plans, known: Known) -> tuple[Reaction, ...]:
    """The number is with the board's row; the stream's own may be sealed."""
    if not is_listed(row):
        return ()
    shown = next((one for one in known.calls if one.key == row.key), row)
    return (Reaction("offer_callback", offer(shown, known, plans.natures, meta.at)),)


def _noted(row: CallRow, outcome: CallbackOutcome) -> tuple[Reaction, ...]:
    """What came of a call that we placed, for the call it was for."""
    if row.direction != "out" or row.of is None:
        return ()
    note = NoteCallback(call=row.of, by=row.key, outcome=outcome)
    return (Reaction("note_callback", note),)


def _rang_again(row: CallRow, known: Known) -> tuple[Reaction, ...]:
    """Who was lost and is now spoken with by another call need not be rung back: noted there."""
    shown = next((one for one in known.calls if one.key == row.key), row)
    lost = (
        one
        for one in known.calls
        if is_listed(one)
        and (one.dropped or one.answered_at is None)
        and same_number(one.number, shown.number)
    )
    return tuple(
        Reaction(f"rang_again_{one.key}", NoteCallback(call=one.key, by=row.key, outcome="reached"))
        for one in islice(lost, RANG_AGAIN_MAX)
    )


def _silenced(state: Incident, plans: Plans, known: Known) -> tuple[Reaction, ...]:
    row = state.row
    if row is None or FlagCode.NOCALLBACK.value not in row.flags:
        return ()
    return tuple(
        Reaction(
            f"no_voice_{call.key}",
            OfferCallback(call=call.key, due_at=call.callback_due_at or call.ring_at, voice=False),
        )
        for call in known.calls
        if is_listed(call) and not call.silent_only and forbids_voice(call, known, plans.natures)
    )


def _script(event: TriageAnswered, meta: Meta, known: Known) -> tuple[Reaction, ...]:
    own = next((desk for desk in known.desks if desk.agent == meta.agent), None)
    if own is None or own.protected == event.shield_desk:
        return ()
    if event.shield_desk:
        return (Reaction("protect_desk", ProtectDesk(desk=own.key, reason=SCRIPT)),)
    return (Reaction("unprotect_desk", UnprotectDesk(desk=own.key)),)


def _script_goes_on(row: CallRow, desk: DeskKey, known: Known) -> tuple[Reaction, ...]:
    """The desk before lost its power or gave the call on: the next one reads the same card."""
    told = {one.incident for one in known.reports if one.call == row.key}
    runs = any(
        one.shield_desk and one.state != "closed" for one in known.incidents if one.key in told
    )
    own = next((one for one in known.desks if one.key == desk), None)
    if not runs or own is None or own.protected:
        return ()
    return (Reaction("protect_desk", ProtectDesk(desk=desk, reason=SCRIPT)),)


def _released(known: Known, desk: DeskKey | None = None) -> tuple[Reaction, ...]:
    """That desk, or any, when it is protected though no call is there any more."""
    busy = {row.desk for row in known.calls if row.state in ("answered", "held", "calling")}
    return tuple(
        Reaction(f"unprotect_{one.key}", UnprotectDesk(desk=one.key))
        for one in known.desks
        if one.protected and one.key not in busy and desk in (None, one.key)
    )


def _wrap_up(row: CallRow, meta: Meta, known: Known) -> tuple[Reaction, ...]:
    """The desk that spoke with the caller; a transferred call has none, its agent is known."""
    if row.answered_at is None:
        return ()
    return tuple(
        Reaction("wrap_up", StartWrapUp(desk=one.key, until=meta.at + WRAP_UP, call=row.key))
        for one in known.desks
        if one.agent is not None and one.agent == row.agent and one.state == "on_duty"
    )
