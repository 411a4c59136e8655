"""The handover of a shift: made from the live state, signed by who leaves and by who comes.

              no handover        written, not signed              signed
    write     written            written anew                     written
    sign      refused            signed / refused handover_own    nothing
    unsign    refused            nothing                          written, not signed / refused

Theory: what is handed over orally is half of it. `situation_of` is the board at that moment, not
what somebody remembers; the person who leaves adds a note and signs by writing it, the one who
comes signs by reading it. Nobody signs for themselves. What was written stays in the journal, also
when a newer one takes its place before anybody has read it. A signature is never erased: who gave
it by mistake takes it back within minutes, and the journal has both (decision 43). Pure.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from kentongan.core.alarm_rows import GRADES
from kentongan.core.call_rows import CallRow, DeskRow
from kentongan.core.callbacks import is_listed
from kentongan.core.checks import check_label, cut_note
from kentongan.core.commands.desk import SignHandover, UnsignHandover, WriteHandover
from kentongan.core.context import Context
from kentongan.core.events.desk import HandoverSigned, HandoverUnsigned, HandoverWritten
from kentongan.core.handover_rows import (
    DeskTaken,
    Handover,
    LeftAlarm,
    LeftCall,
    LeftIncident,
    LeftPest,
    RoadShut,
    Situation,
    UnitOut,
)
from kentongan.core.rows import AlarmRow, AnyRow, ClosureRow, IncidentRow, UnitRow
from kentongan.core.words import Disposition, Meta, Refused, TaskState

INCIDENTS_MAX: Final = 100
"""Incidents in one handover, the most urgent first; nobody reads more before the first call."""

LINES_MAX: Final = 60
"""Lines of every other kind."""

PEST_TIMES: Final = 3
"""So many pranks or silent calls of one number within `PEST_WITHIN` are worth telling."""

PEST_WITHIN: Final = timedelta(hours=12)
"""A shift and a half: who rang all night still does in the morning."""

UNSIGNED_WITHIN: Final = timedelta(minutes=10)
"""A slip is noticed at once; later the shift has begun on the strength of the signature."""

_UNANSWERED: Final = (TaskState.TASKED, TaskState.NOTIFIED)
_IN_HAND: Final = ("answered", "held", "calling")
_FOR_NOTHING: Final = (Disposition.GHOST, Disposition.PRANK)
_NO_PRIORITY: Final = "P9"

Rows = Callable[[str], Iterable[AnyRow]]
"""The board's rows of a kind."""


def situation_of(rows: Rows, at: datetime) -> Situation:
    """What is open now and who has it; training is no part of it."""
    incidents = [row for row in rows("incident") if isinstance(row, IncidentRow) and _is_open(row)]
    incidents.sort(key=lambda row: (row.priority or _NO_PRIORITY, row.opened_at))
    alarms = [row for row in rows("alarm") if isinstance(row, AlarmRow) and not row.training]
    calls = [row for row in rows("call") if isinstance(row, CallRow) and not row.training]
    in_hand = [row for row in calls if row.state in _IN_HAND]
    to_ring = [row for row in calls if is_listed(row) and row.disposition is None]
    units = [
        row for row in rows("unit") if isinstance(row, UnitRow) and row.state == "out_of_service"
    ]
    roads = [row for row in rows("closure") if isinstance(row, ClosureRow) and not row.lifted_at]
    desks = [row for row in rows("desk") if isinstance(row, DeskRow) and row.agent is not None]
    lists = (alarms, in_hand, to_ring, units, roads)
    left_out = max(0, len(incidents) - INCIDENTS_MAX)
    left_out += sum(max(0, len(one) - LINES_MAX) for one in lists)
    return Situation(
        incidents=tuple(_incident(row) for row in incidents[:INCIDENTS_MAX]),
        alarms=tuple(_alarm(row) for row in sorted(alarms, key=_weight)[:LINES_MAX]),
        calls=tuple(_in_hand(row) for row in in_hand[:LINES_MAX]),
        callbacks=tuple(_to_ring(row) for row in to_ring[:LINES_MAX]),
        units=tuple(_unit(row) for row in units[:LINES_MAX]),
        roads=tuple(
            RoadShut(closure=row.key, reason=row.reason, until_at=row.until_at)
            for row in roads[:LINES_MAX]
        ),
        pests=_pests(calls, at)[:LINES_MAX],
        desks=tuple(
            DeskTaken(desk=row.key, agent_name=row.agent_name or "", state=row.state)
            for row in sorted(desks, key=lambda one: one.key)
        ),
        left_out=left_out,
    )


def _is_open(row: IncidentRow) -> bool:
    return row.state != "closed" and not row.training


def _incident(row: IncidentRow) -> LeftIncident:
    appointment = row.appointment
    return LeftIncident(
        incident=row.key,
        number=row.number,
        state=row.state,
        nature=row.nature,
        priority=row.priority,
        kelurahan=None if row.place is None else row.place.kelurahan,
        opened_at=row.opened_at,
        units=tuple(one.unit for one in row.assignments if one.open),
        unanswered=tuple(one.agency for one in row.tasks if one.state in _UNANSWERED),
        from_at=None if appointment is None else appointment.from_at,
    )


def _weight(row: AlarmRow) -> tuple[bool, int, str, datetime]:
    """What nobody has comes first, then the gravest, the oldest of its kind before the others."""
    return row.owner is not None, GRADES.index(row.grade), row.code, row.since


def _alarm(row: AlarmRow) -> LeftAlarm:
    return LeftAlarm(
        alarm_kind=row.alarm_kind,
        code=row.code,
        number=row.number,
        unit=row.unit,
        since=row.since,
        owner_name=row.owner_name,
        agency=row.agency,
        desk=row.desk,
    )


def _in_hand(row: CallRow) -> LeftCall:
    since = row.answered_at or row.ring_at
    return LeftCall(
        call=row.key, state=row.state, since=since, desk=row.desk, who=row.agent_name or ""
    )


def _to_ring(row: CallRow) -> LeftCall:
    since = row.ended_at or row.ring_at
    return LeftCall(call=row.key, state=row.state, since=since, who=row.owner_name or "")


def rang_for_nothing(row: CallRow, at: datetime) -> bool:
    """Whether it was a prank or nobody spoke, a short while ago."""
    return row.disposition in _FOR_NOTHING and at - row.ring_at <= PEST_WITHIN


def _pests(calls: Iterable[CallRow], at: datetime) -> tuple[LeftPest, ...]:
    """Numbers that rang for nothing again and again, the worst first."""
    rang: dict[str, list[CallRow]] = {}
    for row in calls:
        number = row.number.text if row.number is not None else None
        if number and rang_for_nothing(row, at):
            rang.setdefault(number, []).append(row)
    often = [found for found in rang.values() if len(found) >= PEST_TIMES]
    often.sort(key=lambda found: (-len(found), found[0].key))
    return tuple(
        LeftPest(call=max(found, key=lambda row: row.ring_at).key, times=len(found))
        for found in often
    )


def _unit(row: UnitRow) -> UnitOut:
    return UnitOut(unit=row.key, reason=row.reason or "", since=row.since)


# --- writing and signing -------------------------------------------------------------------------


def write(
    command: WriteHandover, before: Handover | None, context: Context
) -> tuple[HandoverWritten, ...]:
    """The handover of this moment; nothing when this one was written already."""
    check_label(command.handover, "handover")
    if before is not None and before.id == command.handover:
        return ()
    if context.situation is None:
        raise ValueError("the door must fill in the situation of a handover")
    note, is_cut = cut_note(command.note)
    return (
        HandoverWritten(
            handover=command.handover, situation=context.situation, note=note, cut=is_cut
        ),
    )


def sign(
    command: SignHandover, before: Handover | None, context: Context
) -> tuple[HandoverSigned, ...]:
    """That somebody else has read it."""
    if before is None or before.id != command.handover:
        raise Refused("handover_replaced")
    if before.signed_at is not None:
        return ()
    if before.by == context.agent.id:
        raise Refused("handover_own")
    return (HandoverSigned(handover=command.handover),)


def unsign(
    command: UnsignHandover, before: Handover | None, context: Context
) -> tuple[HandoverUnsigned, ...]:
    """That who signed has not read it after all.

    Refuses with `handover_replaced`, `handover_not_yours` and `handover_signed_long_ago`.
    """
    if before is None or before.id != command.handover:
        raise Refused("handover_replaced")
    if before.signed_at is None:
        return ()
    if before.signed_by != context.agent.id:
        raise Refused("handover_not_yours", by=before.signed_by_name)
    if context.at - before.signed_at > UNSIGNED_WITHIN:
        minutes = UNSIGNED_WITHIN // timedelta(minutes=1)
        raise Refused("handover_signed_long_ago", minutes=str(minutes))
    return (HandoverUnsigned(handover=command.handover),)


def written(event: HandoverWritten, meta: Meta) -> Handover:
    """As the next shift finds it."""
    return Handover(
        id=event.handover,
        written_at=meta.at,
        by=meta.agent,
        by_name=meta.agent_name,
        situation=event.situation,
        note=event.note,
    )


def signed(before: Handover | None, meta: Meta) -> Handover | None:
    """Read: the board keeps who and when."""
    if before is None:
        return None
    return structs.replace(
        before,
        situation=None,
        signed_at=meta.at,
        signed_by=meta.agent,
        signed_by_name=meta.agent_name,
    )


def unsigned(before: Handover | None, situation: Situation | None) -> Handover | None:
    """To be read again, with what was open when it was written."""
    if before is None:
        return None
    return structs.replace(
        before, situation=situation, signed_at=None, signed_by=None, signed_by_name=""
    )
