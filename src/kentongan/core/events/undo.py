"""What was taken back. The facts before it stay on record."""

from msgspec import Struct

from kentongan.core.words import AgencyKey, TaskState, UnitId


class IncidentUnsent(Struct, frozen=True, kw_only=True, tag="incident.unsent"):
    """A draft again."""


class TaskWithdrawn(Struct, frozen=True, kw_only=True, tag="task.withdrawn"):
    """The agency is not asked any more."""

    agency: AgencyKey


class AnswerTakenBack(Struct, frozen=True, kw_only=True, tag="task.answer_taken_back"):
    """The task is again in the state it had before that answer."""

    agency: AgencyKey
    answer: TaskState
    state: TaskState


class UnitRestored(Struct, frozen=True, kw_only=True, tag="assignment.restored"):
    """The unit's release does not count: it is at work there as before."""

    unit: UnitId


UndoEvent = IncidentUnsent | TaskWithdrawn | AnswerTakenBack | UnitRestored
