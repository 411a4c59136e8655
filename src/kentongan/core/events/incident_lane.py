"""What can happen to an incident beside the siren: appointment, ticket, late entry, radio check."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.commands.incident_lane import LateTask, LateUnit
from kentongan.core.words import (
    AgencyKey,
    IncidentId,
    NatureCode,
    Outcome,
    Personal,
    Place,
    Priority,
    ReportId,
    UnitId,
)


class IncidentUnmerged(Struct, frozen=True, kw_only=True, tag="incident.unmerged"):
    """It stands alone again; `reports` are those that had gone to the other one with it."""

    into: IncidentId
    reports: tuple[ReportId, ...] = ()


class IncidentScheduled(Struct, frozen=True, kw_only=True, tag="incident.scheduled"):
    """Somebody comes between these times; without them there is no appointment any more."""

    from_at: datetime | None = None
    until_at: datetime | None = None
    reason: str = ""
    reason_text: Personal | None = None


class IncidentHandedOn(Struct, frozen=True, kw_only=True, tag="incident.handed_on"):
    """Another office has it, under this number."""

    agency: AgencyKey
    ticket: str


class LateRecorded(Struct, frozen=True, kw_only=True, tag="incident.recorded_late"):
    """What a paper form says. The event's own time is that of the entry, these are the true ones.

    Written by hand: `measure` counts such times as manual, never as stamps of the centre.
    """

    number: int
    long_id: str
    code: str
    form: str
    called_at: datetime
    nature: NatureCode
    priority: Priority
    flags: tuple[str, ...] = ()
    sensitive: bool = False
    place: Place | None = None
    usable: bool = False
    sent_at: datetime | None = None
    tasks: tuple[LateTask, ...] = ()
    units: tuple[LateUnit, ...] = ()
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    training: bool = False


class CrewAskedByRadio(Struct, frozen=True, kw_only=True, tag="assignment.radio_checked"):
    """The crew was asked whether it is well, and answered or did not."""

    unit: UnitId
    answered: bool


LaneEvent = IncidentUnmerged | IncidentScheduled | IncidentHandedOn | LateRecorded

__all__ = [
    "CrewAskedByRadio",
    "IncidentHandedOn",
    "IncidentScheduled",
    "IncidentUnmerged",
    "LaneEvent",
    "LateRecorded",
]
