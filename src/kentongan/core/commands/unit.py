"""Commands to units and agencies: what is there to be sent, and who watches."""

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.words import AgencyKey, Fix, IncidentId, Personal, UnitId


class RegisterUnit(Struct, frozen=True, kw_only=True, tag="unit.register"):
    """A unit of the city pack. Repeated with other facts it updates them."""

    unit: UnitId
    agency: AgencyKey
    kind: str
    label: str
    capabilities: tuple[str, ...]
    post: str
    home: Point
    crew_size: int = 0
    demo: bool = False


class StartUnitDuty(Struct, frozen=True, kw_only=True, tag="unit.start_duty"):
    """A crew is on board and the unit may be assigned."""

    unit: UnitId


class EndUnitDuty(Struct, frozen=True, kw_only=True, tag="unit.end_duty"):
    """The crew goes home. Refused while the unit works on an incident."""

    unit: UnitId


class TakeUnitOutOfService(Struct, frozen=True, kw_only=True, tag="unit.out_of_service"):
    """Broken, refuelling, cleaning. Refused while the unit works on an incident."""

    unit: UnitId
    reason: str


class ReturnUnitToService(Struct, frozen=True, kw_only=True, tag="unit.return_to_service"):
    """The unit may be assigned again."""

    unit: UnitId


class RaiseCrewEmergency(Struct, frozen=True, kw_only=True, tag="unit.raise_emergency"):
    """The crew is in danger."""

    unit: UnitId
    fix: Fix | None = None


class ClearCrewEmergency(Struct, frozen=True, kw_only=True, tag="unit.clear_emergency"):
    """The crew is safe."""

    unit: UnitId
    note: str = ""


class PreAlertUnit(Struct, frozen=True, kw_only=True, tag="unit.pre_alert"):
    """Get ready: it may be sent to this incident soon. Nothing is claimed, others may take it."""

    unit: UnitId
    incident: IncidentId
    number: int


class LiftPreAlert(Struct, frozen=True, kw_only=True, tag="unit.lift_pre_alert"):
    """It need not stand ready any longer."""

    unit: UnitId
    reason: str = ""


class MessageUnit(Struct, frozen=True, kw_only=True, tag="unit.message"):
    """Words for a crew that works on nothing; at work, they belong to its incident."""

    unit: UnitId
    text: Personal


class RegisterAgency(Struct, frozen=True, kw_only=True, tag="agency.register"):
    """An agency of the city pack. Repeated with other facts it updates them."""

    agency: AgencyKey
    name: str
    short: str
    kind: str
    mode: str


class StartAgencyDuty(Struct, frozen=True, kw_only=True, tag="agency.start_duty"):
    """An officer watches the agency's inbox."""

    agency: AgencyKey


class EndAgencyDuty(Struct, frozen=True, kw_only=True, tag="agency.end_duty"):
    """Nobody watches it any more."""

    agency: AgencyKey


UnitCommand = (
    RegisterUnit
    | StartUnitDuty
    | EndUnitDuty
    | TakeUnitOutOfService
    | ReturnUnitToService
    | RaiseCrewEmergency
    | ClearCrewEmergency
    | PreAlertUnit
    | LiftPreAlert
    | MessageUnit
)
AgencyCommand = RegisterAgency | StartAgencyDuty | EndAgencyDuty
