"""Catch-up entry ("Susulan"): a paper form becomes a record, with the times that stand on it.

One command, one event: while the centre was away people were told by voice, so nothing that follows
from an incident (asking an agency, ringing a crew) may follow from this. The event's own time is
that of the entry, the true times stand inside, so that the record always shows both and nobody can
take what was written by hand for a stamp of the centre. A unit that is still out is claimed like
any other; one that is back is not. Pure.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import structs

from kentongan.core.assignment import ORDER, working
from kentongan.core.checks import check_label, check_place, cut_note
from kentongan.core.commands.incident_lane import LateTask, LateUnit, RecordLate
from kentongan.core.context import Context
from kentongan.core.describing import SENSITIVE, nature_of
from kentongan.core.events.incident import NoteAdded, ReportLinked
from kentongan.core.events.incident_lane import LateRecorded
from kentongan.core.intake import is_usable
from kentongan.core.lifecycle import Incident, numbers_of
from kentongan.core.rows import Assignment, IncidentRow, LateEntry, Task
from kentongan.core.words import (
    Meta,
    NatureCode,
    Priority,
    Progress,
    Refused,
    TaskRole,
    TaskState,
)

LATE_MAX: Final = timedelta(days=14)
"""Oldest form that is entered; the longest known outage of a centre was nine days."""

LATE_PARTS_MAX: Final = 60
"""Agencies, and units, of one form; the city's whole fleet has 48."""

CLOCKS_MAY_DIFFER: Final = timedelta(minutes=2)
"""How far ahead of the server's clock a wall clock may be without being refused."""


def record(
    command: RecordLate, context: Context
) -> tuple[LateRecorded | ReportLinked | NoteAdded, ...]:
    """The record of the form.

    Refuses with `form_missing`, `late_time_unreadable`, `late_time_order`, `late_not_ended`,
    `late_too_many` and what a nature, a place or an agency is refused with.
    """
    check_label(command.form, "form")
    if not command.form.strip():
        raise Refused("form_missing")
    if max(len(command.tasks), len(command.units)) > LATE_PARTS_MAX:
        raise Refused("late_too_many", parts_max=str(LATE_PARTS_MAX))
    if (command.closed_at is None) != (command.outcome is None):
        raise Refused("late_not_ended")
    _check_times(command, context.at)
    _check_names(command, context)
    nature = nature_of(command.nature, context.plans)
    flags = tuple(flag.value for flag in nature.flags)
    place = None if command.place is None else check_place(command.place, context.plans.box)
    number, long_id, code = numbers_of(context)
    recorded = LateRecorded(
        number=number,
        long_id=long_id,
        code=code,
        form=command.form.strip(),
        called_at=command.called_at.astimezone(UTC),
        nature=NatureCode(nature.code),
        priority=command.priority or Priority(nature.priority.value),
        flags=flags,
        sensitive=SENSITIVE in flags,
        place=place,
        usable=is_usable(place),
        sent_at=_utc(command.sent_at),
        tasks=tuple(map(_task_in_utc, command.tasks)),
        units=tuple(map(_unit_in_utc, command.units)),
        closed_at=_utc(command.closed_at),
        outcome=command.outcome,
        training=command.training,
    )
    note, is_cut = cut_note(command.note)
    return (
        recorded,
        *(() if command.report is None else (ReportLinked(report=command.report),)),
        *(() if note is None else (NoteAdded(text=note, cut=is_cut),)),
    )


def _check_times(command: RecordLate, now: datetime) -> None:
    """Every time is one that can be true, and they follow each other as things do."""
    for time in _times(command):
        if time.tzinfo is None or not now - LATE_MAX <= time <= now + CLOCKS_MAY_DIFFER:
            raise Refused("late_time_unreadable", days_max=str(LATE_MAX.days))
    latest = command.closed_at or now + CLOCKS_MAY_DIFFER
    for time in _times(command):
        if not command.called_at <= time <= latest:
            raise Refused("late_time_order", what="closed")
    for task in command.tasks:
        if task.answered_at is not None and task.answered_at < task.told_at:
            raise Refused("late_time_order", what=task.agency)
    for unit in command.units:
        steps = [at for _, at in sorted(unit.progress_at.items(), key=lambda one: ORDER[one[0]])]
        if not steps or steps != sorted(steps):
            raise Refused("late_time_order", what=unit.unit)
        if command.closed_at is not None and Progress.CLEAR not in unit.progress_at:
            raise Refused("late_not_ended")


def _times(command: RecordLate) -> Iterator[datetime]:
    yield command.called_at
    for time in (command.sent_at, command.closed_at):
        if time is not None:
            yield time
    for task in command.tasks:
        yield task.told_at
        if task.answered_at is not None:
            yield task.answered_at
    for unit in command.units:
        yield from unit.progress_at.values()


def _check_names(command: RecordLate, context: Context) -> None:
    """Whether the units are there is asked of the board (`core.references`)."""
    for agency in (one.agency for one in (*command.tasks, *command.units)):
        if agency not in context.plans.agencies:
            raise Refused("unknown_agency", agency=agency[:100])
    units = [str(one.unit) for one in command.units]
    asked = [str(one.agency) for one in command.tasks]
    for names in (units, asked):
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Refused("late_named_twice", what=twice[:100])
    for unit in command.units:
        if unit.destination is not None and unit.destination not in context.plans.hospitals:
            raise Refused("unknown_hospital", hospital=unit.destination[:100])


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC)


def _task_in_utc(task: LateTask) -> LateTask:
    told_at = task.told_at.astimezone(UTC)
    return structs.replace(task, told_at=told_at, answered_at=_utc(task.answered_at))


def _unit_in_utc(unit: LateUnit) -> LateUnit:
    times = {step: at.astimezone(UTC) for step, at in unit.progress_at.items()}
    return structs.replace(unit, progress_at=times)


# --- what the event means ------------------------------------------------------------------------


def recorded(incident: Incident, event: LateRecorded, meta: Meta) -> Incident:
    """The incident as the form tells it."""
    assignments = tuple(map(_assignment, event.units))
    row = IncidentRow(
        key=incident.key,
        state=_state(event, assignments),
        number=event.number,
        long_id=event.long_id,
        code=event.code,
        opened_at=event.called_at,
        opened_by=meta.agent_name,
        nature=event.nature,
        priority=event.priority,
        flags=event.flags,
        sensitive=event.sensitive,
        place=event.place,
        located=event.usable,
        sent_at=event.sent_at,
        closed_at=event.closed_at,
        outcome=event.outcome,
        classified_at=meta.at,
        tasks=tuple(_task(one, event.closed_at) for one in _told(event)),
        assignments=assignments,
        training=event.training,
        late=LateEntry(form=event.form, entered_at=meta.at, entered_by=meta.agent_name),
    )
    return structs.replace(
        incident, row=row, base=event.priority, by_person=True, nature_flags=event.flags
    )


def _state(event: LateRecorded, assignments: tuple[Assignment, ...]) -> str:
    if event.closed_at is not None:
        return "closed"
    return "open" if event.sent_at is not None or working(assignments) else "draft"


def _told(event: LateRecorded) -> tuple[LateTask, ...]:
    """The agencies of the form, and those whose units went: they had been told by then."""
    told = {one.agency: one for one in event.tasks}
    for unit in event.units:
        went_at = min(unit.progress_at.values())
        told.setdefault(
            unit.agency, LateTask(agency=unit.agency, told_at=went_at, answered_at=went_at)
        )
    return tuple(told.values())


def _task(one: LateTask, closed_at: datetime | None) -> Task:
    """An agency that was told and whose answer nobody wrote down still owes one, if it is open."""
    state = TaskState.NOTIFIED if one.answered_at is None else TaskState.ACKNOWLEDGED
    return Task(
        agency=one.agency,
        role=TaskRole.SUPPORT,
        state=state if closed_at is None else TaskState.COMPLETED,
        tasked_at=one.told_at,
        notified_at=one.told_at,
        acknowledged_at=one.answered_at,
        ended_at=closed_at,
    )


def _assignment(one: LateUnit) -> Assignment:
    progress = max(one.progress_at, key=lambda step: ORDER[step])
    is_clear = progress is Progress.CLEAR
    return Assignment(
        unit=one.unit,
        agency=one.agency,
        progress=progress,
        progress_at=one.progress_at,
        destination=one.destination,
        open=not is_clear,
        ended_at=one.progress_at[progress] if is_clear else None,
    )


__all__ = ["CLOCKS_MAY_DIFFER", "LATE_MAX", "LATE_PARTS_MAX", "record", "recorded"]
