"""The facts of a city: its names, lines, agencies, units, areas and places.

These are values read from the YAML of a city pack and never changed afterwards. They are not the
live state: which unit is free, who is on duty and which hospital has a bed belong to the board.
Every fact says where it comes from and how far it can be trusted, because nobody should send an
ambulance to a point that was only guessed without being told so.
"""

from enum import StrEnum

from msgspec import Struct


class Confidence(StrEnum):
    """How far a fact can be trusted."""

    HIGH = "high"  # two agreeing sources, or an authoritative one
    MEDIUM = "medium"  # one source that passed a plausibility test
    LOW = "low"  # unverified, a stand-in point, or contradicting sources


class Text(Struct, frozen=True):
    """Words for people: Indonesian, English and, where a reviewer gave it, Javanese."""

    id: str
    en: str
    jv: str | None = None


class Point(Struct, frozen=True, gc=False):
    """WGS 84 decimal degrees."""

    lat: float
    lon: float


class Fact(Struct, frozen=True, kw_only=True):
    """What every fact carries. `verify` is true until the city has confirmed it."""

    source: tuple[str, ...]
    confidence: Confidence
    verify: bool = True
    note: str = ""


class Source(Struct, frozen=True):
    """Where facts come from: the key used in `source`, and its description and licence."""

    key: str
    text: str
    licence: str = ""


class Box(Struct, frozen=True):
    """A bounding box in decimal degrees."""

    lat_min: float
    lat_max: float
    lon_min: float
    lon_max: float

    def holds(self, point: Point) -> bool:
        """Whether the point lies in the box, borders included."""
        return (
            self.lat_min <= point.lat <= self.lat_max and self.lon_min <= point.lon <= self.lon_max
        )


class Side(StrEnum):
    """On which side of the city a neighbour lies."""

    NORTH = "north"
    EAST = "east"
    SOUTH = "south"
    WEST = "west"


class Town(Struct, frozen=True):
    """A place beyond the border, used to recognise that a point is outside the city."""

    name: str
    point: Point


class Neighbour(Fact, frozen=True, kw_only=True):
    """An adjoining jurisdiction. `own_112` says whether it runs a 112 centre of its own."""

    key: str
    name: Text
    side: Side
    own_112: bool = False
    towns: tuple[Town, ...] = ()


class City(Fact, frozen=True, kw_only=True):
    """The city itself. `code` is the Kemendagri code, `timezone` an IANA name; `short` begins an
    incident's long number (SMG), empty the key's first letters. So many seconds (`own_first_s`) a
    leading agency's unit may be later and still goes first: 0 sends the nearest, whoever's it is.
    """

    key: str
    name: Text
    province: str
    code: str
    timezone: str
    area_code: str
    bbox: Box
    centre: Point
    area_km2: float
    neighbours: tuple[Neighbour, ...]
    short: str = ""
    own_first_s: int = 180


class Line(Fact, frozen=True, kw_only=True):
    """A number people dial. A legacy number stays a line of its own, so that it is counted.

    `dialled` holds the digit strings that reach this line (`*` matches any rest); `nature` is
    the sub-category a call on this line starts with; `announcement` is the key of a sound.
    `announcements` holds sounds for other languages (`id`, `jv`, `en`), and `languages` those a
    caller of this line is greeted in, in that order; desks that speak the first are rung first, and
    among them those with the line's `skills`. `priority` orders waiting calls: 1 is answered first.
    """

    key: str
    label: Text
    dialled: tuple[str, ...]
    announcement: str
    priority: int
    legacy: bool = False
    nature: str | None = None
    announcements: dict[str, str] = {}
    languages: tuple[str, ...] = ("id",)
    skills: tuple[str, ...] = ()

    def announcement_in(self, language: str | None) -> str:
        """The sound for that language; the line's own when there is none."""
        return self.announcements.get(language or "", self.announcement)


LANGUAGES = ("id", "jv", "en")
"""Languages a caller may be greeted in: Indonesian, Javanese, English."""


class Desk(Struct, frozen=True):
    """A workplace in the room. `phone` is the number or SIP address of the telephone that stands on
    it, for when the browser's sound fails."""

    key: str
    label: Text
    role: str
    phone: str = ""


class ChannelKind(StrEnum):
    """How an agency is reached."""

    PHONE = "phone"
    SHORT_NUMBER = "short_number"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    RADIO = "radio"
    WEB = "web"
    CONSOLE = "console"


class Channel(Struct, frozen=True):
    """One way to reach an agency. `verified` only after somebody called it."""

    kind: ChannelKind
    value: str
    verified: bool = False


class AgencyKind(StrEnum):
    """What an agency does."""

    OPERATOR = "operator"
    MEDICAL = "medical"
    FIRE = "fire"
    POLICE = "police"
    TRAFFIC = "traffic"
    RESCUE = "rescue"
    DISASTER = "disaster"
    PUBLIC_ORDER = "public_order"
    SOCIAL = "social"
    UTILITY = "utility"
    WORKS = "works"
    ENVIRONMENT = "environment"
    TRANSPORT = "transport"
    MILITARY = "military"
    VOLUNTEER = "volunteer"
    COMPLAINTS = "complaints"
    NEIGHBOUR = "neighbour"
    INTERPRETER = "interpreter"
    OFFICE = "office"


class AgencyMode(StrEnum):
    """What 112 does with an agency."""

    UNITS = "units"  # its units are assigned by the dispatcher
    DESK = "desk"  # it is notified and sends its own people
    TICKETS = "tickets"  # it only gets complaint tickets, never an emergency


class Agency(Fact, frozen=True, kw_only=True):
    """An agency. `leads` is filled in on loading: the sub-categories it leads."""

    key: str
    name: Text
    short: str
    kind: AgencyKind
    mode: AgencyMode
    role: Text
    channels: tuple[Channel, ...] = ()
    address: str | None = None
    point: Point | None = None
    leads: tuple[str, ...] = ()


class Hazard(StrEnum):
    """What a kelurahan is prone to."""

    FLOOD = "flood"
    TIDAL_FLOOD = "tidal_flood"
    LANDSLIDE = "landslide"


class Kelurahan(Struct, frozen=True):
    """A kelurahan. `kecamatan` is the code of its kecamatan, filled in on loading.

    Its confidence is that of the kecamatan that lists it; `point` is the centroid.
    """

    code: str
    name: str
    point: Point
    hazards: tuple[Hazard, ...] = ()
    aliases: tuple[str, ...] = ()
    kecamatan: str = ""


class Kecamatan(Fact, frozen=True, kw_only=True):
    """A kecamatan with its kelurahan; `point` is its centroid."""

    code: str
    name: str
    point: Point
    area_km2: float
    kelurahan: tuple[Kelurahan, ...]


class Facility(Fact, frozen=True, kw_only=True):
    """A building at a known point. `kelurahan` is the code of the kelurahan it stands in."""

    key: str
    name: str
    point: Point
    kelurahan: str
    address: str | None = None
    phones: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class Hospital(Facility, frozen=True, kw_only=True):
    """A hospital. An assumed emergency department is not a confirmed one."""

    grade: str
    emergency_department: bool
    emergency_confirmed: bool = False
    special: str | None = None


class Puskesmas(Facility, frozen=True, kw_only=True):
    """A community health centre; `kecamatan` is the one it serves."""

    kecamatan: str
    inpatient_24h: bool = False
    emergency_24h: bool = False


class Post(Facility, frozen=True, kw_only=True):
    """Where an agency's units wait. `covers` are the kecamatan it serves; empty means all."""

    agency: str
    covers: tuple[str, ...] = ()
    demo: bool = False


class UnitKind(StrEnum):
    """What is sent."""

    AMBULANCE_ALS = "ambulance_als"
    AMBULANCE_BLS = "ambulance_bls"
    AMBULANCE_MOTORCYCLE = "ambulance_motorcycle"
    FIRE_ENGINE = "fire_engine"
    FIRE_TANKER = "fire_tanker"
    FIRE_LADDER = "fire_ladder"
    RESCUE_TRUCK = "rescue_truck"
    RESCUE_BOAT = "rescue_boat"
    POLICE_CAR = "police_car"
    POLICE_MOTORCYCLE = "police_motorcycle"
    TRAFFIC_CAR = "traffic_car"
    PUBLIC_ORDER_TRUCK = "public_order_truck"
    TRANSPORT_CAR = "transport_car"
    POWER_TEAM = "power_team"
    WORKS_TEAM = "works_team"
    SOCIAL_TEAM = "social_team"


class Capability(StrEnum):
    """What a unit can do; a sub-category's `needs` name what it asks for."""

    ALS = "als"
    BLS = "bls"
    TRANSPORT = "transport"
    HOMECARE = "homecare"
    ALLEY = "alley"
    PUMP = "pump"
    WATER = "water"
    LADDER = "ladder"
    EXTRICATION = "extrication"
    WATER_RESCUE = "water_rescue"
    ANIMAL = "animal"
    HAZMAT = "hazmat"
    PATROL = "patrol"
    CROWD = "crowd"
    TRAFFIC = "traffic"
    ELECTRICITY = "electricity"
    EVACUATION = "evacuation"
    DRAINAGE = "drainage"
    WELFARE = "welfare"


class Unit(Fact, frozen=True, kw_only=True):
    """A unit at its home post. `demo` marks a fleet that is not the city's real one."""

    call_sign: str
    label: Text
    agency: str
    kind: UnitKind
    capabilities: tuple[Capability, ...]
    post: str
    crew: int
    demo: bool = False
    home: Point | None = None
