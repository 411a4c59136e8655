"""Commands to an incident that is more than one unit's work: nobody free to send, many people hurt,
a hospital that must know before the ambulance is there."""

from msgspec import Struct

from kentongan.core.scene_words import Danger, ShortageWay, Zone
from kentongan.core.words import AgencyKey, IncidentId, Personal, Place, UnitId


class RecordShortage(Struct, frozen=True, kw_only=True, tag="incident.record_shortage"):
    """No fitting unit is free. `reasons` say why each of the fleet is not, with how many."""

    incident: IncidentId
    reasons: tuple[str, ...] = ()


class DecideShortage(Struct, frozen=True, kw_only=True, tag="incident.decide_shortage"):
    """What is done about it."""

    incident: IncidentId
    way: ShortageWay
    agency: AgencyKey | None = None
    unit: UnitId | None = None
    note: Personal | None = None


class DeclareMass(Struct, frozen=True, kw_only=True, tag="incident.declare_mass"):
    """Many are hurt: one incident, counted, with a place to wait and hospitals to share it."""

    incident: IncidentId


class EndMass(Struct, frozen=True, kw_only=True, tag="incident.end_mass"):
    """It is an incident like others again."""

    incident: IncidentId


class CountCasualties(Struct, frozen=True, kw_only=True, tag="incident.count_casualties"):
    """How many of each triage tag there are now, as last counted at the scene."""

    incident: IncidentId
    red: int = 0
    yellow: int = 0
    green: int = 0
    black: int = 0


class TellCasualties(Struct, frozen=True, kw_only=True, tag="incident.tell_casualties"):
    """How many people are hurt, as a caller says; None takes it back. `CountCasualties` is what a
    crew counts at the scene."""

    incident: IncidentId
    people: int | None = None


class NoteDanger(Struct, frozen=True, kw_only=True, tag="incident.note_danger"):
    """One danger at the scene is said, or (`present` False) is said to be none any more.

    One at a time, so that two people who hear of two dangers never write over one another.
    """

    incident: IncidentId
    danger: Danger
    present: bool = True


class SetStaging(Struct, frozen=True, kw_only=True, tag="incident.set_staging"):
    """Where further units wait until they are called forward; None takes it back."""

    incident: IncidentId
    place: Place | None = None


class SetZone(Struct, frozen=True, kw_only=True, tag="incident.set_zone"):
    """In which zone of a mass event a unit works; None takes it back."""

    incident: IncidentId
    unit: UnitId
    zone: Zone | None = None


class BeginCompressions(Struct, frozen=True, kw_only=True, tag="incident.begin_compressions"):
    """The caller presses on the chest: the beat was started for the first time."""

    incident: IncidentId


class WarnHospital(Struct, frozen=True, kw_only=True, tag="incident.warn_hospital"):
    """A hospital is told that a patient is coming, in these words."""

    incident: IncidentId
    hospital: str
    unit: UnitId | None = None
    text: Personal | None = None


class AnswerForHospital(Struct, frozen=True, kw_only=True, tag="incident.answer_for_hospital"):
    """What it answered by telephone. `said` is who there said it, or why not."""

    incident: IncidentId
    hospital: str
    accepted: bool
    said: Personal | None = None


class AttachPhoto(Struct, frozen=True, kw_only=True, tag="incident.attach_photo"):
    """A picture from the scene, which the centre keeps sealed under that id.

    Asked by the centre's own address for pictures, in the name of who took it.
    """

    incident: IncidentId
    photo: str
    sha256: str
    bytes: int
    width: int
    height: int


SceneCommand = (
    RecordShortage
    | DecideShortage
    | DeclareMass
    | EndMass
    | CountCasualties
    | TellCasualties
    | NoteDanger
    | SetStaging
    | SetZone
    | BeginCompressions
    | WarnHospital
    | AnswerForHospital
    | AttachPhoto
)
