"""Taking back: what was just sent, asked, answered or released.

    command                 from              leads to           refused
    incident.unsend         sent              a draft            closed, too late, units at work
    task.withdraw           asked, accepted   withdrawn          closed, too late, over,
                                                                 its units at work
    task.take_back accept   acknowledged      tasked, notified   closed, too late, over
    .. refuse, complete     so                as before it       another answer since
    .. hand over            handed over       as before it       the other's units at work
    assignment.restore      released          as it was          closed, too late, cleared,
                                                                 the unit is elsewhere (claim)

Asked again, or of what is so already, nothing happens. Theory: taking back is a fact
like any other, with who and when; what was done before it stays on record, and whoever was told of
that is told that it does not count. So it must come soon: later the world has moved on, and what is
then no longer right is ended (closed, assigned anew), not undone. A person is offered it for ten
seconds; the rules here allow a minute, for a slow network. Pure.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.assignment import find_assignment, working
from kentongan.core.commands.undo import (
    RestoreUnit,
    TakeBackAnswer,
    UndoCommand,
    UnsendIncident,
    WithdrawTask,
)
from kentongan.core.context import Context
from kentongan.core.events.undo import (
    AnswerTakenBack,
    IncidentUnsent,
    TaskWithdrawn,
    UndoEvent,
    UnitRestored,
)
from kentongan.core.lifecycle import Incident, must_not_be_closed
from kentongan.core.lifecycle_facts import row_of
from kentongan.core.rows import IncidentRow, Task
from kentongan.core.tasking import find_task, is_active
from kentongan.core.words import Meta, Refused, Role, TaskState

WITHIN: Final = timedelta(seconds=60)
"""How long after it a sending, a question to an agency or a release may be taken back."""

ANSWERS: Final = (
    TaskState.ACKNOWLEDGED,
    TaskState.REFUSED,
    TaskState.HANDED_OVER,
    TaskState.COMPLETED,
)
"""States that an agency's answer leads to."""


def decide(command: UndoCommand, row: IncidentRow, context: Context) -> tuple[UndoEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    match command:
        case UnsendIncident():
            return _unsend(row, context.at)
        case WithdrawTask(agency=agency):
            return _withdraw(row, agency, context)
        case TakeBackAnswer():
            return _take_back(command, row, context.at)
        case RestoreUnit(unit=unit):
            return _restore(row, unit, context.at)
        case _:
            assert_never(command)


def _unsend(row: IncidentRow, now: datetime) -> tuple[UndoEvent, ...]:
    if row.sent_at is None:
        return ()
    must_not_be_closed(row)
    _must_be_soon(row.sent_at, now)
    _must_have_no_unit(row)
    asked = [one for one in row.tasks if is_active(one) and one.tasked_at >= row.sent_at]
    return (*(TaskWithdrawn(agency=one.agency) for one in asked), IncidentUnsent())


def _must_be_soon(at: datetime, now: datetime) -> None:
    if now - at > WITHIN:
        raise Refused("too_late_to_undo", seconds_max=str(round(WITHIN.total_seconds())))


def _must_have_no_unit(row: IncidentRow, agency: str | None = None) -> None:
    units = [one.unit for one in working(row.assignments) if agency in (None, one.agency)]
    if units:
        raise Refused("units_at_work", units=", ".join(units), incident_number=str(row.number))


def _withdraw(row: IncidentRow, agency: str, context: Context) -> tuple[UndoEvent, ...]:
    task = _task_of(row, agency)
    if task.state is TaskState.WITHDRAWN:
        return ()
    must_not_be_closed(row)
    if not is_active(task):
        raise Refused("task_over", agency=agency, state=task.state.value)
    if not context.agent.has(Role.SYSTEM):  # which only carries out what was in time
        _must_be_soon(task.tasked_at, context.at)
    _must_have_no_unit(row, agency)
    return (TaskWithdrawn(agency=task.agency),)


def _task_of(row: IncidentRow, agency: str) -> Task:
    task = find_task(row.tasks, agency)
    if task is None:
        raise Refused("agency_not_tasked", agency=agency[:100])
    return task


def _take_back(command: TakeBackAnswer, row: IncidentRow, now: datetime) -> tuple[UndoEvent, ...]:
    task = _task_of(row, command.agency)
    if command.answer not in ANSWERS:
        raise Refused("not_an_answer", state=command.answer.value)
    if task.state is not command.answer:
        if is_active(task):
            return ()
        raise Refused("task_over", agency=task.agency, state=task.state.value)
    must_not_be_closed(row)
    answered_at = task.acknowledged_at if is_active(task) else task.ended_at
    _must_be_soon(answered_at or task.tasked_at, now)
    back = AnswerTakenBack(
        agency=task.agency, answer=task.state, state=_state_before(task, command.answer)
    )
    other = find_task(row.tasks, task.to) if task.to is not None else None
    if other is None or not is_active(other) or other.tasked_at != task.ended_at:
        return (back,)
    _must_have_no_unit(row, other.agency)
    return (TaskWithdrawn(agency=other.agency), back)


def _state_before(task: Task, answer: TaskState) -> TaskState:
    if answer is not TaskState.ACKNOWLEDGED and task.acknowledged_at is not None:
        return TaskState.ACKNOWLEDGED
    return TaskState.TASKED if task.notified_at is None else TaskState.NOTIFIED


def _restore(row: IncidentRow, unit: str, now: datetime) -> tuple[UndoEvent, ...]:
    current = find_assignment(row.assignments, unit)
    if current is None:
        raise Refused("unit_not_assigned", unit=unit[:100])
    if current.open:
        return ()
    must_not_be_closed(row)
    if not current.released or current.ended_at is None:
        raise Refused("assignment_over", unit=unit)
    _must_be_soon(current.ended_at, now)
    return (UnitRestored(unit=current.unit),)


# --- what the events mean ------------------------------------------------------------------------


def _unsent(incident: Incident, event: IncidentUnsent, meta: Meta) -> Incident:  # noqa: ARG001
    return _with(incident, state="draft", sent_at=None)


def _withdrawn(incident: Incident, event: TaskWithdrawn, meta: Meta) -> Incident:
    return _with_task(incident, event.agency, state=TaskState.WITHDRAWN, ended_at=meta.at)


def _taken_back(incident: Incident, event: AnswerTakenBack, meta: Meta) -> Incident:  # noqa: ARG001
    was = {"state": event.state, "ended_at": None, "reason": None, "reason_text": None, "to": None}
    if event.answer is TaskState.ACKNOWLEDGED:
        was["acknowledged_at"] = None
    return _with_task(incident, event.agency, **was)


def _restored(incident: Incident, event: UnitRestored, meta: Meta) -> Incident:
    current = find_assignment(row_of(incident).assignments, event.unit)
    works = tuple(
        structs.replace(
            one,
            released=False,
            release_reason=None,
            release_reason_text=None,
            open=True,
            ended_at=None,
            restored_at=meta.at,
        )
        if one is current
        else one
        for one in row_of(incident).assignments
    )
    return _with(incident, assignments=works)


def _with_task(incident: Incident, agency: str, **fields: object) -> Incident:
    tasks = tuple(
        structs.replace(task, **fields) if task.agency == agency else task
        for task in row_of(incident).tasks
    )
    return _with(incident, tasks=tasks)


def _with(incident: Incident, **fields: object) -> Incident:
    return structs.replace(incident, row=structs.replace(row_of(incident), **fields))


EVOLVE: Final[dict[type[Struct], Callable[..., Incident]]] = {
    IncidentUnsent: _unsent,
    TaskWithdrawn: _withdrawn,
    AnswerTakenBack: _taken_back,
    UnitRestored: _restored,
}
