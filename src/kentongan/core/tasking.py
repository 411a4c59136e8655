"""An agency's task within an incident, and which agencies the plans ask.

    from            tasked     notified      acknowledged   refused    handed_over   completed
    task            nothing    nothing       nothing        tasked     tasked        tasked
    notify          notified   nothing       nothing        nothing    nothing       nothing
    acknowledge     acknowl.   acknowl.      nothing        acknowl.   refused       refused
    refuse          refused    refused       refused        nothing    refused(*)    refused(*)
    hand over       handed     handed        handed         handed     nothing       refused(*)
    complete        completed  completed     completed      refused(*) refused(*)    nothing
    escalate        level + 1  level + 1     nothing        nothing    nothing       nothing
    note ringing    rung       rung          outcome        outcome    outcome       outcome

(*) the command is refused with `task_over`. Theory: each agency has its own clock, from being asked
to a person saying yes. A notification that arrives late never takes back an acknowledgement. An
agency that refused may still change its mind; one that handed the task over or finished has to be
asked again, as one has whose task was withdrawn (`core.undo`). Silence escalates at most twice:
first to the supervisor, then to the agency's head.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, NamedTuple, assert_never

from msgspec import Struct, structs

from kentongan.cities.taxonomy import Nature
from kentongan.core.checks import check_label, split_reason
from kentongan.core.commands.incident import (
    AcknowledgeTask,
    CompleteTask,
    EscalateTask,
    HandOverTask,
    NoteRinging,
    NotifyAgency,
    RefuseTask,
    TaskAgency,
    TaskCommand,
)
from kentongan.core.context import Context
from kentongan.core.events.incident import (
    AgencyNotified,
    AgencyTasked,
    TaskAcknowledged,
    TaskCompleted,
    TaskEscalated,
    TaskEvent,
    TaskHandedOver,
    TaskRefused,
    TaskRung,
)
from kentongan.core.plans import Plans
from kentongan.core.rows import Ringing, Task
from kentongan.core.words import AgencyKey, Meta, Refused, TaskRole, TaskState

ESCALATIONS_MAX: Final = 2
"""The supervisor, then the head of the agency; after that people talk to each other."""

_WAITING: Final = (TaskState.TASKED, TaskState.NOTIFIED)
_OVER: Final = (TaskState.HANDED_OVER, TaskState.COMPLETED, TaskState.WITHDRAWN)
_ENDED: Final = (*_OVER, TaskState.REFUSED)
_UNWILLING: Final = (TaskState.HANDED_OVER, TaskState.REFUSED, TaskState.WITHDRAWN)


class Planned(NamedTuple):
    """An agency the plans ask, and why."""

    agency: AgencyKey
    role: TaskRole


def plan(nature: Nature | None, plans: Plans, also: Sequence[str] = ()) -> tuple[Planned, ...]:
    """The agencies to ask: the lead, its supporters, the office of a ticket, and `also`.

    Keys the city's plans do not know are left out: a plan with a slip must not stop the rest.
    """
    supporting = [] if nature is None else [*nature.support, nature.assign or ""]
    lead = "" if nature is None else nature.lead
    planned = {lead: TaskRole.LEAD}
    for agency in (*supporting, *also):
        planned.setdefault(agency, TaskRole.SUPPORT)
    return tuple(
        Planned(AgencyKey(agency), role)
        for agency, role in planned.items()
        if agency in plans.agencies
    )


def role_of(agency: str, nature: Nature | None) -> TaskRole:
    """Whether that agency leads this kind of incident."""
    leads = nature is not None and nature.lead == agency
    return TaskRole.LEAD if leads else TaskRole.SUPPORT


def find_task(tasks: Sequence[Task], agency: str) -> Task | None:
    """The agency's task, ended or not."""
    return next((task for task in tasks if task.agency == agency), None)


def is_waiting(task: Task | None) -> bool:
    """Whether the agency has been asked and nobody there has answered."""
    return task is not None and task.state in _WAITING


def is_active(task: Task | None) -> bool:
    """Whether the agency has the task and has not ended it."""
    return task is not None and task.state not in _ENDED


def as_tasked(nature: Nature, tasks: Sequence[Task]) -> Nature:
    """The kind of incident with the agencies as they stand in this one: who it was handed over to
    leads; who refused or handed it on does not support."""
    lead = nature.lead
    for _ in tasks:  # as many steps as there are, in a circle, too
        task = find_task(tasks, lead)
        if task is None or task.state is not TaskState.HANDED_OVER or task.to is None:
            break
        lead = task.to
    away = {task.agency for task in tasks if task.state in _UNWILLING}
    support = tuple(one for one in nature.support if one not in away)
    return structs.replace(nature, lead=lead, support=support)


def decide(
    command: TaskCommand, tasks: Sequence[Task], context: Context, *, priority: str | None
) -> tuple[TaskEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    if command.agency not in context.plans.agencies:
        raise Refused("unknown_agency", agency=command.agency)
    task = find_task(tasks, command.agency)
    if isinstance(command, TaskAgency):
        role = TaskRole.LEAD if command.lead else TaskRole.SUPPORT
        return () if is_active(task) else (AgencyTasked(agency=command.agency, role=role),)
    if task is None:
        raise Refused("agency_not_tasked", agency=command.agency)
    match command:
        case NotifyAgency(agency=agency, channel=channel):
            check_label(channel, "channel")
            is_new = task.notified_at is None and task.state is TaskState.TASKED
            return (AgencyNotified(agency=agency, channel=channel),) if is_new else ()
        case AcknowledgeTask(agency=agency):
            _must_not_be_over(task)
            is_known = task.state is TaskState.ACKNOWLEDGED
            return () if is_known else (TaskAcknowledged(agency=agency),)
        case RefuseTask(agency=agency, reason=reason):
            _must_not_be_over(task)
            key, words = split_reason(reason)
            if task.state is TaskState.REFUSED:
                return ()
            return (TaskRefused(agency=agency, reason=key, reason_text=words),)
        case HandOverTask():
            return _hand_over(command, task, tasks, context.plans)
        case CompleteTask(agency=agency):
            return _complete(agency, task)
        case EscalateTask(agency=agency):
            return _escalate(agency, task, context, priority)
        case NoteRinging():
            return _rings(command, task)
        case _:
            assert_never(command)


def _must_not_be_over(task: Task) -> None:
    if task.state in _OVER:
        raise Refused("task_over", agency=task.agency, state=task.state.value)


def _hand_over(
    command: HandOverTask, task: Task, tasks: Sequence[Task], plans: Plans
) -> tuple[TaskEvent, ...]:
    if task.state is TaskState.HANDED_OVER and task.to == command.to:
        return ()
    _must_not_be_over(task)
    if command.to not in plans.agencies:
        raise Refused("unknown_agency", agency=command.to)
    if command.to == command.agency:
        raise Refused("handed_over_to_itself", agency=command.agency)
    key, words = split_reason(command.reason)
    handed = TaskHandedOver(agency=command.agency, to=command.to, reason=key, reason_text=words)
    if is_active(find_task(tasks, command.to)):
        return (handed,)
    return (handed, AgencyTasked(agency=command.to, role=task.role))


def _complete(agency: AgencyKey, task: Task) -> tuple[TaskEvent, ...]:
    if task.state is TaskState.COMPLETED:
        return ()
    if not is_active(task):
        raise Refused("task_over", agency=agency, state=task.state.value)
    return (TaskCompleted(agency=agency),)


def _escalate(
    agency: AgencyKey, task: Task, context: Context, priority: str | None
) -> tuple[TaskEvent, ...]:
    limit_s = context.plans.limit_s("A-07", priority) or 0
    level = task.escalated + 1
    is_due = context.at - task.tasked_at >= timedelta(seconds=limit_s)
    if task.state not in _WAITING or level > ESCALATIONS_MAX or not is_due:
        return ()
    return (TaskEscalated(agency=agency, level=level),)


def _rings(command: NoteRinging, task: Task) -> tuple[TaskEvent, ...]:
    """What comes too late is no mistake: a call begins again and again, and ends once."""
    check_label(command.label, "label")
    known = task.ringing
    if known is not None and known.call == command.call:
        if command.outcome is None or known.outcome is not None:
            return ()
    elif command.outcome is not None and known is not None:
        return ()  # of a call that another one has followed
    elif command.outcome is None and task.state not in _WAITING:
        return ()
    rung = TaskRung(
        agency=command.agency, call=command.call, label=command.label, outcome=command.outcome
    )
    return (rung,)


# --- what the events mean ------------------------------------------------------------------------


def _tasked(tasks: tuple[Task, ...], event: AgencyTasked, meta: Meta) -> tuple[Task, ...]:
    asked = Task(agency=event.agency, role=event.role, state=TaskState.TASKED, tasked_at=meta.at)
    others = tuple(task for task in tasks if task.agency != event.agency)
    return (*others, asked)


def _changed(tasks: tuple[Task, ...], agency: AgencyKey, **fields: object) -> tuple[Task, ...]:
    changed = [structs.replace(task, **fields) if task.agency == agency else task for task in tasks]
    return tuple(changed)


def _notified(tasks: tuple[Task, ...], event: AgencyNotified, meta: Meta) -> tuple[Task, ...]:
    return _changed(tasks, event.agency, state=TaskState.NOTIFIED, notified_at=meta.at)


def _acknowledged(tasks: tuple[Task, ...], event: TaskAcknowledged, meta: Meta) -> tuple[Task, ...]:
    return _changed(
        tasks,
        event.agency,
        state=TaskState.ACKNOWLEDGED,
        acknowledged_at=meta.at,
        ended_at=None,
        reason=None,
        reason_text=None,
    )


def _refused(tasks: tuple[Task, ...], event: TaskRefused, meta: Meta) -> tuple[Task, ...]:
    return _changed(
        tasks,
        event.agency,
        state=TaskState.REFUSED,
        ended_at=meta.at,
        reason=event.reason,
        reason_text=event.reason_text,
    )


def _handed_over(tasks: tuple[Task, ...], event: TaskHandedOver, meta: Meta) -> tuple[Task, ...]:
    return _changed(
        tasks,
        event.agency,
        state=TaskState.HANDED_OVER,
        ended_at=meta.at,
        reason=event.reason,
        reason_text=event.reason_text,
        to=event.to,
    )


def _completed(tasks: tuple[Task, ...], event: TaskCompleted, meta: Meta) -> tuple[Task, ...]:
    return _changed(tasks, event.agency, state=TaskState.COMPLETED, ended_at=meta.at)


def _escalated(tasks: tuple[Task, ...], event: TaskEscalated, meta: Meta) -> tuple[Task, ...]:  # noqa: ARG001
    return _changed(tasks, event.agency, escalated=event.level)


def _rung(tasks: tuple[Task, ...], event: TaskRung, meta: Meta) -> tuple[Task, ...]:
    task = find_task(tasks, event.agency)
    before = None if task is None else task.ringing
    if before is not None and before.call == event.call:
        ringing = structs.replace(before, outcome=event.outcome)
    else:
        ringing = Ringing(
            call=event.call,
            label=event.label,
            at=meta.at,
            outcome=event.outcome,
            tries=1 if before is None else before.tries + 1,
        )
    return _changed(tasks, event.agency, ringing=ringing)


EVOLVE: Final[dict[type[Struct], Callable[..., tuple[Task, ...]]]] = {
    AgencyTasked: _tasked,
    AgencyNotified: _notified,
    TaskAcknowledged: _acknowledged,
    TaskRefused: _refused,
    TaskHandedOver: _handed_over,
    TaskCompleted: _completed,
    TaskEscalated: _escalated,
    TaskRung: _rung,
}
