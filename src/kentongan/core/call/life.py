"""A call's own life: it rings, is answered, held, requeued, ended and disposed of."""

from datetime import timedelta
from typing import Final, assert_never

from kentongan.core.call.locating import credible, readable_place
from kentongan.core.call.silent import must_be_silent
from kentongan.core.call.state import (
    WITH_DESK,
    Call,
    CallState,
    is_over,
    is_waiting,
    must_be_with_desk,
    must_run,
    must_take_part,
)
from kentongan.core.call_rows import CallRow
from kentongan.core.checks import (
    clean_number,
    cut_label,
    cut_note,
    cut_text,
    keep_raw_facts,
)
from kentongan.core.commands.call import (
    AnswerCall,
    ConnectCall,
    DisposeCall,
    EndCall,
    HoldCall,
    LifeCommand,
    OfferCall,
    QueueCall,
    RequeueCall,
    ResumeCall,
    SignalCall,
    TextCall,
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
    CallPositioned,
    CallQueued,
    CallRequeued,
    CallResumed,
    CallSignalled,
    CallTexted,
)
from kentongan.core.words import Agent, Disposition, Refused, Role

TEXTS_MAX: Final = 2_000
"""Lines beside one call: an hour of real-time text, a line every two seconds."""

HUNG_UP: Final = frozenset({"", "bye", "hung_up", "cancelled"})
"""How a caller ends a call on purpose; with every other word of the switch the line broke."""

UNHEARD: Final = "unheard"
"""How the switch ends a call in which the caller and we could not hear each other, whoever hung
up."""

HANDED_ON: Final = frozenset({"referred"})
"""How the switch ends a call whose caller goes on speaking, out of our hands."""

RANG_LONG_AFTER: Final = timedelta(seconds=20)
"""Whoever waited longer than the 20 s within which 95 % are answered (NENA-STA-020.1) meant it."""

RISKS: Final = (
    "open_incident",
    "breathing",
    "cut_in_interview",
    "rang_long",
    "repeat",
    "silent",
)
"""Why a caller should be rung back before others, the weightiest first."""


def offer(command: OfferCall, context: Context) -> tuple[CallEvent, ...]:
    """It rings: never refused."""
    place, remarks = readable_place(command.place, context.plans), command.remarks
    if command.place is not None and place is None:
        remarks = (*remarks, "place_unreadable")
    number, is_cut = clean_number(command.number)
    remarks = (*remarks, "number_cut") if is_cut else remarks
    raw_facts, is_cut = keep_raw_facts(command.raw_facts)
    remarks = (*remarks, "raw_facts_cut") if is_cut else remarks
    offered = CallOffered(
        line=cut_label(command.line),
        dialled=cut_label(command.dialled),
        trunk=cut_label(command.trunk),
        number=number,
        number_withheld=command.number_withheld,
        place=place,
        training=command.training,
        remarks=tuple(cut_label(remark) for remark in remarks),
        line_priority=command.line_priority,
        language=command.language and cut_label(command.language),
        raw_facts=raw_facts,
    )
    if place is None or place.point is None:
        return (offered,)
    measured_at = credible(command.measured_at, context.at)
    return (offered, CallPositioned(place=place, measured_at=measured_at))


def decide(
    command: LifeCommand, call: Call, row: CallRow, context: Context
) -> tuple[CallEvent, ...]:
    """What follows for a call that has rung."""
    match command:
        case OfferCall():
            return ()
        case QueueCall(announcement=announcement, language=language):
            queued = CallQueued(announcement=announcement, language=language)
            return (queued,) if row.state == CallState.OFFERED else ()
        case AnswerCall():
            return _answer(command, row, context)
        case ConnectCall():
            if row.state != CallState.CALLING:
                must_be_with_desk(row)
            return () if call.connected else (CallConnected(),)
        case HoldCall():
            must_be_with_desk(row)
            return () if row.state == CallState.HELD else (CallHeld(),)
        case ResumeCall():
            must_be_with_desk(row)
            return (CallResumed(),) if row.state == CallState.HELD else ()
        case RequeueCall(reason=reason):
            is_with_somebody = row.state in (*WITH_DESK, CallState.TRANSFERRED)
            return (CallRequeued(reason=cut_label(reason)),) if is_with_somebody else ()
        case SignalCall(keys=keys):
            return () if is_over(row) or not keys else (CallSignalled(keys=cut_label(keys)),)
        case TextCall():
            return _text(command, row, context.agent)
        case EndCall():
            return _end(command, row, context)
        case DisposeCall():
            return _dispose(command, row, context)
        case _:
            assert_never(command)


def _answer(command: AnswerCall, row: CallRow, context: Context) -> tuple[CallEvent, ...]:
    must_run(row)
    if is_waiting(row):
        if command.desk not in context.plans.desks:
            raise Refused("unknown_desk", desk=command.desk)
        agent = context.agent
        return (CallAnswered(desk=command.desk, agent=agent.id, agent_name=agent.name),)
    if row.desk == command.desk:
        return ()
    if row.state == CallState.TRANSFERRED:
        raise Refused("call_transferred")
    raise Refused("call_taken", by=row.agent_name or "", desk=row.desk or "")


def _text(command: TextCall, row: CallRow, agent: Agent) -> tuple[CallEvent, ...]:
    must_run(row)
    if row.text_lines >= TEXTS_MAX:
        raise Refused("too_many_texts", texts_max=str(TEXTS_MAX))
    by = command.by
    if not agent.has(Role.SYSTEM):
        if is_waiting(row) and not agent.has(Role.SUPERVISOR):
            raise Refused("call_not_answered")
        must_take_part(row, agent)
        by = "desk"
    text, is_cut = cut_text(command.text)
    return (CallTexted(by=by, text=text, cut=is_cut),)


def _end(command: EndCall, row: CallRow, context: Context) -> tuple[CallEvent, ...]:
    if is_over(row):
        return ()
    reason, agent = cut_label(command.reason), context.agent
    if not agent.has(Role.SYSTEM):
        _must_be_in_hand(row, agent)
    by = command.by if agent.has(Role.SYSTEM) else "desk"
    if by == "caller" and is_waiting(row):
        return (CallAbandoned(reason=reason, risk=_risk(command.risk, _found(row, context))),)
    is_dropped = _is_dropped(by, reason, row)
    risk = _risk(command.risk, _found(row, context)) if is_dropped else ()
    ended = CallEnded(by=cut_label(by), reason=reason, dropped=is_dropped, risk=risk)
    return (ended,)


def _is_dropped(by: str, reason: str, row: CallRow) -> bool:
    """Somebody is owed a call: their line broke, or it was we who could not go on or be heard."""
    if row.state == CallState.CALLING or row.duty is not None:
        return False
    if by == "caller":
        return reason not in HUNG_UP
    if by == "desk":
        return reason == UNHEARD and not is_waiting(row)
    return by == "switch" and row.direction == "in" and reason not in HANDED_ON


def _found(row: CallRow, context: Context) -> dict[str, bool]:
    """What the call itself says about how much it matters."""
    has_spoken = row.state in WITH_DESK or row.state == CallState.TRANSFERRED
    waited = context.at - (row.queued_at or row.ring_at)
    return {
        "rang_long": is_waiting(row) and waited >= RANG_LONG_AFTER,
        "cut_in_interview": has_spoken or row.requeued > 0,
    }


def _risk(said: tuple[str, ...], found: dict[str, bool]) -> tuple[str, ...]:
    return tuple(key for key in RISKS if key in said or found.get(key, False))


def _must_be_in_hand(row: CallRow, agent: Agent) -> None:
    """Nobody hangs up on a caller who waits, or on a colleague's; a supervisor may."""
    if agent.has(Role.SUPERVISOR):
        return
    if row.state == CallState.TRANSFERRED:
        raise Refused("call_transferred")
    if is_waiting(row):
        raise Refused("call_not_answered")
    is_at_desk = agent.desk is not None and agent.desk == row.desk
    if not (is_at_desk or row.agent == agent.id):
        raise Refused("call_taken", by=row.agent_name or "", desk=row.desk or "")


def _dispose(command: DisposeCall, row: CallRow, context: Context) -> tuple[CallEvent, ...]:
    """What it was is for those who heard it; of a caller who still waits nobody knows."""
    if not is_over(row):
        if is_waiting(row):
            raise Refused("call_not_answered")
        must_take_part(row, context.agent)
    if row.disposition == command.disposition:
        return ()
    note, is_cut = cut_note(command.note)
    if command.disposition == Disposition.GHOST:
        must_be_silent(row, context.at, has_reason=bool(note and (note.text or "").strip()))
    return (CallDisposed(disposition=command.disposition, note=note, cut=is_cut),)
