"""Commands to an incident that goes another way than by siren, or was written down on paper first.

By appointment, handed on as a ticket, entered late, taken apart from another one, asked by radio.
"""

from datetime import datetime

from msgspec import Struct

from kentongan.core.words import (
    AgencyKey,
    IncidentId,
    NatureCode,
    Outcome,
    Personal,
    Place,
    Priority,
    Progress,
    ReportId,
    UnitId,
)


class UnmergeIncident(Struct, frozen=True, kw_only=True, tag="incident.unmerge"):
    """It was not the same as the other one: it stands alone again, with its own reports."""

    incident: IncidentId


class ScheduleIncident(Struct, frozen=True, kw_only=True, tag="incident.schedule"):
    """Somebody comes between these times, not at once. Both None: no appointment any more."""

    incident: IncidentId
    from_at: datetime | None = None
    until_at: datetime | None = None
    reason: str = ""  # why it was moved: a key of ours, or typed


class HandOn(Struct, frozen=True, kw_only=True, tag="incident.hand_on"):
    """It is another's: a complaint for an office that answers in days, or the neighbour's case.

    Without a `ticket` of the office's own the incident's long id is the number told to the caller.
    A neighbouring centre has to say its own: that is how it accepts.
    """

    incident: IncidentId
    agency: AgencyKey
    ticket: str = ""


class LateTask(Struct, frozen=True, kw_only=True):
    """An agency that was told by telephone or radio, as the form says."""

    agency: AgencyKey
    told_at: datetime
    answered_at: datetime | None = None


class LateUnit(Struct, frozen=True, kw_only=True):
    """A unit that went, with the times that were written down; a step nobody wrote is missing."""

    unit: UnitId
    agency: AgencyKey
    progress_at: dict[Progress, datetime]
    destination: str | None = None


class RecordLate(Struct, frozen=True, kw_only=True, tag="incident.record_late"):
    """What was written on a paper form while the centre was away, whole, with its true times.

    Nobody is told, rung or sent by it: that was done by voice. `form` is the number on the paper.
    `training` is never the asker's word, as for `OpenIncident`.
    """

    incident: IncidentId
    form: str
    called_at: datetime
    nature: NatureCode
    report: ReportId | None = None
    priority: Priority | None = None
    place: Place | None = None
    sent_at: datetime | None = None
    tasks: tuple[LateTask, ...] = ()
    units: tuple[LateUnit, ...] = ()
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    note: Personal | None = None
    training: bool = False


class CheckByRadio(Struct, frozen=True, kw_only=True, tag="assignment.radio_check"):
    """The crew was asked by radio whether it is well; `answered` when it said so."""

    incident: IncidentId
    unit: UnitId
    answered: bool


LaneCommand = UnmergeIncident | ScheduleIncident | HandOn | RecordLate | CheckByRadio

__all__ = [
    "CheckByRadio",
    "HandOn",
    "LaneCommand",
    "LateTask",
    "LateUnit",
    "RecordLate",
    "ScheduleIncident",
    "UnmergeIncident",
]
