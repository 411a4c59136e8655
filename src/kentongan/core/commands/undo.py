"""Commands that take back what was just ordered or answered (`core.undo`).

What else is taken back has a command of its own: a step by a correction of it, a closing by
`incident.reopen`, a merge by `incident.unmerge`, an assignment by its release as `undone`.
"""

from msgspec import Struct

from kentongan.core.words import AgencyKey, IncidentId, TaskState, UnitId


class UnsendIncident(Struct, frozen=True, kw_only=True, tag="incident.unsend"):
    """It was sent too early or by mistake: a draft again, and the agencies asked since are not."""

    incident: IncidentId


class WithdrawTask(Struct, frozen=True, kw_only=True, tag="task.withdraw"):
    """The agency is not asked any more. Whoever was told of it is told so."""

    incident: IncidentId
    agency: AgencyKey


class TakeBackAnswer(Struct, frozen=True, kw_only=True, tag="task.take_back"):
    """The agency's last answer was a slip: the task stands as before it. `answer` is the state
    that the answer led to, so that no other one is taken back."""

    incident: IncidentId
    agency: AgencyKey
    answer: TaskState


class RestoreUnit(Struct, frozen=True, kw_only=True, tag="assignment.restore"):
    """The unit was released by mistake: it goes on as far as it was, with the times it had."""

    incident: IncidentId
    unit: UnitId


UndoCommand = UnsendIncident | WithdrawTask | TakeBackAnswer | RestoreUnit
