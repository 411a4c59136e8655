"""A call that waits: who is rung for it, who would not or did not answer, and where it goes then.

    from        offered, queued            transferred, party rings    else
    ring        rung / nothing             nothing                     nothing
    decline     declined / nothing         refused not_rung            refused
    ring out    rung out / nothing         nothing                     nothing
    overflow    transferred, invited       nothing                     nothing
    prompt      prompted / nothing while it is listened to; refused when over (`silent`)

Theory: which desk rings is decided elsewhere (`core.queue`); here it becomes a fact, so that every
offer, refusal and ring-out is in the journal. What the switch says is never refused: a desk that
answered in the meantime makes the word late, not wrong. Only a desk that rings can decline. An
overflow is a blind transfer to a neighbour: the caller stays ours until somebody there answers.
Whoever has the call here withdraws it: nobody there is rung for a caller who is spoken with.
"""

from collections.abc import Callable, Iterable
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.call import silent
from kentongan.core.call.parties_facts import invited
from kentongan.core.call.state import (
    COMPANY,
    Call,
    CallState,
    is_waiting,
    must_run,
    row_of,
)
from kentongan.core.call_rows import CallRow, Party
from kentongan.core.checks import cut_label, split_reason
from kentongan.core.commands.call_queue import (
    ConfirmPrompt,
    CutPrompt,
    DeclineOffer,
    OverflowCall,
    PromptCaller,
    RingDesks,
    RingOut,
    WaitingCommand,
)
from kentongan.core.context import Context
from kentongan.core.events.call import CallAnswered, CallEvent
from kentongan.core.events.call_parties import CallPassed, PartyFailed
from kentongan.core.events.call_queue import (
    CallOverflowed,
    CallRangOut,
    CallRung,
    OfferDeclined,
    WaitingEvent,
)
from kentongan.core.events.call_supervision import CallTakenOver
from kentongan.core.words import DeskKey, Meta, PartyKey, Refused

DESKS_RUNG_MAX: Final = 200
"""Desks and telephones that ring at once; the largest room we know of has 60."""

OVERFLOW: Final = "overflow_"
"""Of the names of neighbours that the queue has rung; a desk's own have other ones."""

_QUEUED: Final = (CallState.OFFERED, CallState.QUEUED)


def decide(command: WaitingCommand, row: CallRow, context: Context) -> tuple[WaitingEvent, ...]:
    """What follows; nothing when somebody answered in the meantime."""
    match command:
        case RingDesks():
            return _ring(command, row)
        case DeclineOffer():
            return _decline(command, row)
        case RingOut(desks=desks, waited_s=waited_s):
            ringing = tuple(desk for desk in desks if desk in row.rung)
            return (CallRangOut(desks=ringing, waited_s=waited_s),) if ringing else ()
        case OverflowCall():
            return _overflow(command, row)
        case PromptCaller() | ConfirmPrompt() | CutPrompt():
            return silent.decide(command, row, context)
        case _:
            assert_never(command)


def _ring(command: RingDesks, row: CallRow) -> tuple[WaitingEvent, ...]:
    desks = tuple(dict.fromkeys(command.desks))[:DESKS_RUNG_MAX]
    is_known = (desks, command.stage) == (row.rung, row.rung_stage)
    if row.state not in _QUEUED or is_known or not desks:
        return ()
    return (CallRung(desks=desks, stage=command.stage),)


def _decline(command: DeclineOffer, row: CallRow) -> tuple[WaitingEvent, ...]:
    must_run(row)
    if command.desk in row.declined:
        return ()
    if command.desk not in row.rung:
        if not is_waiting(row):
            raise Refused("call_taken", by=row.agent_name or "", desk=row.desk or "")
        raise Refused("not_rung", desk=command.desk[:100])
    reason, words = split_reason(command.reason)
    return (OfferDeclined(desk=command.desk, reason=reason, reason_text=words),)


def _overflow(command: OverflowCall, row: CallRow) -> tuple[WaitingEvent, ...]:
    if row.state not in _QUEUED:
        return ()
    party = command.party or PartyKey(f"{OVERFLOW}{len(row.parties) + 1}")
    return (
        CallOverflowed(
            to=cut_label(command.to),
            reason=cut_label(command.reason),
            party=PartyKey(cut_label(party)),
        ),
    )


def overflows(row: CallRow) -> tuple[Party, ...]:
    """The neighbours that the queue rings for it now."""
    return tuple(
        one
        for one in row.parties
        if one.kind == "neighbour" and one.state == "invited" and one.party.startswith(OVERFLOW)
    )


def is_overflowed(row: CallRow) -> bool:
    """Whether a neighbour that the queue has rung takes a line for it: it rings, or speaks."""
    return any(one.party.startswith(OVERFLOW) and one.state in COMPANY for one in row.parties)


def withdrawn(row: CallRow, events: Iterable[CallEvent]) -> tuple[PartyFailed, ...]:
    """Overflows that end because somebody here has the call by one of the events."""
    if not any(isinstance(one, CallAnswered | CallTakenOver | CallPassed) for one in events):
        return ()
    return tuple(PartyFailed(party=one.party, reason="cancelled") for one in overflows(row))


# --- what the events mean ------------------------------------------------------------------------


def _rung(call: Call, event: CallRung, meta: Meta) -> Call:
    row = structs.replace(row_of(call), rung=event.desks, rung_stage=event.stage, rung_at=meta.at)
    return structs.replace(call, row=row)


def _declined(call: Call, event: OfferDeclined, meta: Meta) -> Call:  # noqa: ARG001
    before = row_of(call)
    row = structs.replace(
        before,
        rung=_without(before.rung, (event.desk,)),
        declined=_with(before.declined, (event.desk,)),
    )
    return structs.replace(call, row=row)


def _rang_out(call: Call, event: CallRangOut, meta: Meta) -> Call:  # noqa: ARG001
    before = row_of(call)
    row = structs.replace(
        before,
        rung=_without(before.rung, event.desks),
        rung_out=_with(before.rung_out, event.desks),
    )
    return structs.replace(call, row=row)


def _without(desks: tuple[DeskKey, ...], gone: tuple[DeskKey, ...]) -> tuple[DeskKey, ...]:
    return tuple(desk for desk in desks if desk not in gone)


def _with(desks: tuple[DeskKey, ...], more: tuple[DeskKey, ...]) -> tuple[DeskKey, ...]:
    return tuple(dict.fromkeys((*desks, *more)))


def _overflowed(call: Call, event: CallOverflowed, meta: Meta) -> Call:
    row = structs.replace(
        row_of(call),
        state=CallState.TRANSFERRED.value,
        rung=(),
        rung_stage=None,
        rung_at=None,
    )
    row = invited(row, event.party, "neighbour", meta, contact=event.to)
    return structs.replace(call, row=row)


EVOLVE: Final[dict[type[Struct], Callable[..., Call]]] = {
    CallRung: _rung,
    OfferDeclined: _declined,
    CallRangOut: _rang_out,
    CallOverflowed: _overflowed,
    **silent.EVOLVE,
}
