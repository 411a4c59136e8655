"""What can happen to an incident that is more than one unit's work."""

from msgspec import Struct

from kentongan.core.scene_words import Danger, ShortageWay, Zone
from kentongan.core.words import AgencyKey, Personal, Place, UnitId


class ShortageBegan(Struct, frozen=True, kw_only=True, tag="incident.shortage_began"):
    """No fitting unit was free. It lasts until the next unit is assigned, or the end."""

    reasons: tuple[str, ...] = ()


class ShortageDecided(Struct, frozen=True, kw_only=True, tag="incident.shortage_decided"):
    """What is done about it."""

    way: ShortageWay
    agency: AgencyKey | None = None
    unit: UnitId | None = None
    note: Personal | None = None


class MassDeclared(Struct, frozen=True, kw_only=True, tag="incident.mass_declared"):
    """Many are hurt."""


class MassEnded(Struct, frozen=True, kw_only=True, tag="incident.mass_ended"):
    """An incident like others again."""


class CasualtiesCounted(Struct, frozen=True, kw_only=True, tag="incident.casualties_counted"):
    """How many of each triage tag."""

    red: int = 0
    yellow: int = 0
    green: int = 0
    black: int = 0


class CasualtiesTold(Struct, frozen=True, kw_only=True, tag="incident.casualties_told"):
    """How many people are hurt by a caller's word; None when that was taken back."""

    people: int | None = None


class DangerNoted(Struct, frozen=True, kw_only=True, tag="incident.danger_noted"):
    """A danger at the scene was told, or told to be gone."""

    danger: Danger
    present: bool = True


class StagingSet(Struct, frozen=True, kw_only=True, tag="incident.staging_set"):
    """Where further units wait; None when that was taken back."""

    place: Place | None = None


class ZoneSet(Struct, frozen=True, kw_only=True, tag="incident.zone_set"):
    """A unit works in that zone of a mass event; None when that was taken back."""

    unit: UnitId
    zone: Zone | None = None


class CompressionsBegun(Struct, frozen=True, kw_only=True, tag="incident.compressions_begun"):
    """The first compression of a resuscitation by telephone, as the call-taker's beat began."""


class HospitalWarned(Struct, frozen=True, kw_only=True, tag="incident.hospital_warned"):
    """A hospital was told that a patient is coming."""

    hospital: str
    unit: UnitId | None = None
    text: Personal | None = None


class HospitalAnswered(Struct, frozen=True, kw_only=True, tag="incident.hospital_answered"):
    """It takes the patient, or does not."""

    hospital: str
    accepted: bool
    said: Personal | None = None


class PhotoAttached(Struct, frozen=True, kw_only=True, tag="incident.photo_attached"):
    """A picture from the scene is kept; `sha256` is of the picture as it is shown."""

    photo: str
    sha256: str
    bytes: int
    width: int
    height: int


SceneEvent = (
    ShortageBegan
    | ShortageDecided
    | MassDeclared
    | MassEnded
    | CasualtiesCounted
    | CasualtiesTold
    | DangerNoted
    | StagingSet
    | ZoneSet
    | CompressionsBegun
    | HospitalWarned
    | HospitalAnswered
    | PhotoAttached
)
