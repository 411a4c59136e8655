"""Ringing somebody on duty by itself: the rung `call` of the ladder of notifications.

    ring   calling ─► answered ─► key 5 ─► taken, or hung up ─► ended: acknowledged
              │           │          └─ the time is over ─► ended: not_taken
              │           └─ hung up, or the time is over ─► ended: no_key
              └─ busy, no answer, … ─► ended: busy, no_answer, …

Theory: no desk is in such a call, so nobody may answer, hold, join or take it over; what a
telephone does and how it ends is all that happens. That somebody lifted is no acknowledgement: a
voice mail lifts too, and presses no key. Nor is a key the last word: whoever climbs the ladder asks
for what it means, and lets the telephone go when that was taken. The outcome stands in the row,
where whoever climbs the ladder reads it; what follows from it for the task is not the call's to
say.
"""

from collections.abc import Callable, Mapping
from typing import Final, get_args

from msgspec import Struct, structs

from kentongan.core.call.state import Call, CallState
from kentongan.core.call_rows import CallRow, DutyCall
from kentongan.core.checks import check_labels, cut_label, same_words
from kentongan.core.commands.call import CallCommand, ConnectCall, EndCall, SignalCall
from kentongan.core.commands.call_duty import RingDuty
from kentongan.core.commands.call_recording import RecordingCommand
from kentongan.core.events.call_duty import DutyRung
from kentongan.core.words import DutyOutcome, Meta, PartyFailure, Refused

ACKNOWLEDGE_KEY: Final = "5"
"""The key that says: understood, we take it. The one that silent callers press, too."""

NOT_TAKEN: Final = "not_taken"
"""How a call ends whose key was pressed, and whose answer nobody took."""

_NOT_REACHED: Final[Mapping[str, DutyOutcome]] = {one: one for one in get_args(PartyFailure)}


def place(command: RingDuty, row: CallRow | None) -> tuple[DutyRung, ...]:
    """The centre rings; the call is new. The same wish again is the same call."""
    if row is not None:
        is_same = row.duty is not None and row.duty.delivery == command.delivery
        if is_same and same_words(row.number, command.number):
            return ()
        raise Refused("call_exists")
    if not (command.number.ref or (command.number.text or "").strip()):
        raise Refused("number_missing")
    check_labels(
        number=command.number,
        line=command.line,
        trunk=command.trunk,
        delivery=command.delivery,
        contact=command.contact,
        label=command.label,
    )
    return (
        DutyRung(
            number=command.number,
            line=command.line,
            trunk=command.trunk,
            delivery=command.delivery,
            contact=command.contact,
            label=command.label,
            incident=command.incident,
            agency=command.agency,
            unit=command.unit,
        ),
    )


def must_allow(command: CallCommand, row: CallRow) -> None:
    """Refuse what needs somebody of ours in the call: nobody of ours is."""
    if row.duty is None or isinstance(command, ConnectCall | SignalCall | RecordingCommand):
        return
    if not isinstance(command, EndCall | RingDuty):
        raise Refused("duty_call", label=row.duty.label)


def is_acknowledged(row: CallRow) -> bool:
    """Whether somebody lifted and pressed the key."""
    return row.connected_at is not None and ACKNOWLEDGE_KEY in row.keys


def with_outcome(row: CallRow, reason: str) -> CallRow:
    """The row of a call that is over, with what came of it; any other call as it is."""
    if row.duty is None:
        return row
    return structs.replace(row, duty=structs.replace(row.duty, outcome=_outcome(row, reason)))


def _outcome(row: CallRow, reason: str) -> DutyOutcome:
    if is_acknowledged(row):
        return NOT_TAKEN if reason == NOT_TAKEN else "acknowledged"
    if row.connected_at is not None:
        return "no_key"
    return _NOT_REACHED.get(reason, "unreachable")


def _rung(call: Call, event: DutyRung, meta: Meta) -> Call:
    row = CallRow(
        key=call.key,
        state=CallState.CALLING.value,
        line=cut_label(event.line),
        ring_at=meta.at,
        number=event.number,
        direction="out",
        duty=DutyCall(
            delivery=event.delivery,
            contact=event.contact,
            label=event.label,
            incident=event.incident,
            agency=event.agency,
            unit=event.unit,
        ),
    )
    return structs.replace(call, row=row)


EVOLVE: Final[dict[type[Struct], Callable[..., Call]]] = {DutyRung: _rung}
