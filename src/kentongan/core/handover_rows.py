"""What one shift hands to the next: keys, numbers and times of what is open, and who has it.

It is a value of the desk's row (`core.call_rows.DeskRow`) and of the journal, and holds no personal
text: names and numbers of callers stand in the rows it points to. Times are UTC.
"""

from datetime import datetime

from msgspec import Struct

from kentongan.core.words import (
    AgencyKey,
    CallId,
    ClosureId,
    DeskKey,
    IncidentId,
    NatureCode,
    Personal,
    Priority,
    UnitId,
)


class LeftIncident(Struct, frozen=True, kw_only=True):
    """An incident that is not over: its units, and who has not answered yet."""

    incident: IncidentId
    number: int
    state: str
    nature: NatureCode | None
    priority: Priority | None
    kelurahan: str | None
    opened_at: datetime
    units: tuple[UnitId, ...] = ()
    unanswered: tuple[AgencyKey, ...] = ()
    from_at: datetime | None = None  # of an appointment


class LeftAlarm(Struct, frozen=True, kw_only=True):
    """An alarm that stands, and who has taken it."""

    alarm_kind: str
    code: str
    number: int | None
    unit: UnitId | None
    since: datetime
    owner_name: str = ""
    agency: AgencyKey | None = None
    desk: DeskKey | None = None


class LeftCall(Struct, frozen=True, kw_only=True):
    """A call in somebody's hand, or one to be rung back and whose it is."""

    call: CallId
    state: str
    since: datetime
    desk: DeskKey | None = None
    who: str = ""


class UnitOut(Struct, frozen=True, kw_only=True):
    """A unit that cannot be sent. `reason` is a key of ours; typed words are on the unit's row."""

    unit: UnitId
    reason: str
    since: datetime


class RoadShut(Struct, frozen=True, kw_only=True):
    """Roads that are shut or slow; where they are is drawn on the map."""

    closure: ClosureId
    reason: str
    until_at: datetime | None = None


class LeftPest(Struct, frozen=True, kw_only=True):
    """A number that keeps the room from its work; it stands in the row of its last call."""

    call: CallId
    times: int


class DeskTaken(Struct, frozen=True, kw_only=True):
    """Who sits where."""

    desk: DeskKey
    agent_name: str
    state: str


class Situation(Struct, frozen=True, kw_only=True):
    """The room at one moment. `left_out` is how many lines there were beyond the limits."""

    incidents: tuple[LeftIncident, ...] = ()
    alarms: tuple[LeftAlarm, ...] = ()
    calls: tuple[LeftCall, ...] = ()
    callbacks: tuple[LeftCall, ...] = ()
    units: tuple[UnitOut, ...] = ()
    roads: tuple[RoadShut, ...] = ()
    pests: tuple[LeftPest, ...] = ()
    desks: tuple[DeskTaken, ...] = ()
    left_out: int = 0


class Handover(Struct, frozen=True, kw_only=True):
    """A handover: who wrote it when, and who has read it.

    On the board `situation` is there until it is signed; afterwards the journal has it.
    """

    id: str
    written_at: datetime
    by: str
    by_name: str
    situation: Situation | None = None
    note: Personal | None = None
    signed_at: datetime | None = None
    signed_by: str | None = None
    signed_by_name: str = ""


__all__ = [
    "DeskTaken",
    "Handover",
    "LeftAlarm",
    "LeftCall",
    "LeftIncident",
    "LeftPest",
    "RoadShut",
    "Situation",
    "UnitOut",
]
