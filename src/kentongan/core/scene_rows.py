"""What an incident's row says of a shortage of units, of many casualties, and of hospitals; and a
hospital's own row. Times are UTC."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.scene_words import EmergencyRoom, HelpKind, ShortageWay, Zone
from kentongan.core.words import AgencyKey, Personal, Place, UnitId


class ShortageDecision(Struct, frozen=True, kw_only=True):
    """What somebody decided while no fitting unit was free."""

    way: ShortageWay
    agency: AgencyKey | None = None
    unit: UnitId | None = None
    note: Personal | None = None
    at: datetime
    agent_name: str = ""


class Shortage(Struct, frozen=True, kw_only=True):
    """The clock of unmet demand: since when no fitting unit was free, and until when."""

    since: datetime
    reasons: tuple[str, ...] = ()
    decisions: tuple[ShortageDecision, ...] = ()
    ended_at: datetime | None = None


class UnitZone(Struct, frozen=True, kw_only=True):
    """In which zone a unit works, since when and by whose word."""

    unit: UnitId
    zone: Zone
    at: datetime
    agent_name: str = ""


class Mass(Struct, frozen=True, kw_only=True):
    """Many casualties. The counts are the last ones told, at `counted_at`."""

    since: datetime | None = None
    agent_name: str = ""
    ended_at: datetime | None = None
    red: int = 0
    yellow: int = 0
    green: int = 0
    black: int = 0
    counted_at: datetime | None = None
    counted_by: str = ""
    staging: Place | None = None
    zones: tuple[UnitZone, ...] = ()


class HospitalWarning(Struct, frozen=True, kw_only=True):
    """A hospital that was told of a patient, and what it answered; `accepted` None: nothing yet."""

    hospital: str
    at: datetime
    agent_name: str = ""
    unit: UnitId | None = None
    text: Personal | None = None
    accepted: bool | None = None
    answered_at: datetime | None = None
    said: Personal | None = None


class HelpWanted(Struct, frozen=True, kw_only=True):
    """What a unit, or an agency, asked for; `answered_at` None: nobody sees to it yet."""

    what: HelpKind
    unit: UnitId | None = None
    agency: AgencyKey | None = None
    words: Personal | None = None
    at: datetime
    agent_name: str = ""
    answered_at: datetime | None = None
    answered_by: str = ""


class Photo(Struct, frozen=True, kw_only=True):
    """A picture from the scene, by the id under which it is kept."""

    photo: str
    at: datetime
    agent_name: str = ""
    width: int = 0
    height: int = 0


class HospitalRow(Struct, frozen=True, kw_only=True, tag="hospital", tag_field="kind"):
    """How a hospital stands, as somebody said at `at`; it is as old as that, and no newer."""

    key: str
    emergency: EmergencyRoom
    beds: int | None = None
    note: Personal | None = None
    at: datetime
    agent_name: str = ""
