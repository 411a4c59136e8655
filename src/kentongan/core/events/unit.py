"""What can happen to units and agencies."""

from datetime import datetime

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.words import AgencyKey, Fix, IncidentId, Personal


class UnitRegistered(Struct, frozen=True, kw_only=True, tag="unit.registered"):
    """The unit and what it can do."""

    agency: AgencyKey
    kind: str
    label: str
    capabilities: tuple[str, ...]
    post: str
    home: Point
    crew_size: int = 0
    demo: bool = False


class UnitDutyStarted(Struct, frozen=True, kw_only=True, tag="unit.duty_started"):
    """A crew is on board."""


class UnitDutyEnded(Struct, frozen=True, kw_only=True, tag="unit.duty_ended"):
    """The crew went home."""


class UnitTakenOutOfService(Struct, frozen=True, kw_only=True, tag="unit.taken_out_of_service"):
    """Not to be assigned, and why."""

    reason: str
    reason_text: Personal | None = None


class UnitReturnedToService(Struct, frozen=True, kw_only=True, tag="unit.returned_to_service"):
    """To be assigned again."""


class CrewEmergencyRaised(Struct, frozen=True, kw_only=True, tag="unit.emergency_raised"):
    """The crew is in danger."""

    fix: Fix | None = None


class CrewEmergencyCleared(Struct, frozen=True, kw_only=True, tag="unit.emergency_cleared"):
    """The crew is safe."""

    note: str = ""
    note_text: Personal | None = None


class UnitPreAlerted(Struct, frozen=True, kw_only=True, tag="unit.pre_alerted"):
    """Told to get ready for an incident, until then."""

    incident: IncidentId
    number: int
    until: datetime


class PreAlertLifted(Struct, frozen=True, kw_only=True, tag="unit.pre_alert_lifted"):
    """Assigned, expired, or no longer needed."""

    reason: str = ""
    reason_text: Personal | None = None


class UnitMessaged(Struct, frozen=True, kw_only=True, tag="unit.messaged"):
    """Words for the crew."""

    text: Personal
    cut: bool = False


class AgencyRegistered(Struct, frozen=True, kw_only=True, tag="agency.registered"):
    """The agency and what it does."""

    name: str
    short: str
    kind: str
    mode: str


class AgencyDutyStarted(Struct, frozen=True, kw_only=True, tag="agency.duty_started"):
    """An officer watches the inbox."""

    agent: str
    agent_name: str


class AgencyDutyEnded(Struct, frozen=True, kw_only=True, tag="agency.duty_ended"):
    """Nobody watches it any more."""

    agent: str


UnitEvent = (
    UnitRegistered
    | UnitDutyStarted
    | UnitDutyEnded
    | UnitTakenOutOfService
    | UnitReturnedToService
    | CrewEmergencyRaised
    | CrewEmergencyCleared
    | UnitPreAlerted
    | PreAlertLifted
    | UnitMessaged
)
AgencyEvent = AgencyRegistered | AgencyDutyStarted | AgencyDutyEnded
