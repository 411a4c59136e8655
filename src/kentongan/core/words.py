"""The small values everything else is made of: ids, agents, places, personal text, refusals.

Nothing here decides. A value that leaves the process is a frozen msgspec Struct; its JSON is part
of the journal for ever, so a field is only ever added, with a default (decision 0003).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, NewType

from msgspec import Struct

from kentongan.cities.facts import Point

CallId = NewType("CallId", str)
ReportId = NewType("ReportId", str)
IncidentId = NewType("IncidentId", str)
UnitId = NewType("UnitId", str)
AgencyKey = NewType("AgencyKey", str)
DeskKey = NewType("DeskKey", str)
AgentId = NewType("AgentId", str)
CommandId = NewType("CommandId", str)
EventId = NewType("EventId", str)
NatureCode = NewType("NatureCode", str)
PartyKey = NewType("PartyKey", str)
"""Somebody more on a call, beside the caller and the desk; unique within the call."""
ClosureId = NewType("ClosureId", str)
AliasId = NewType("AliasId", str)
ChangeId = NewType("ChangeId", str)
AlarmKey = NewType("AlarmKey", str)
PackKey = NewType("PackKey", str)

TEXT_CHARACTERS_MAX = 20_000
"""Longest free text kept whole in one fact; a 1 MB complaint is cut here and marked as cut."""

LABEL_CHARACTERS_MAX = 300
"""Longest name, label or reason; more is refused with `text_too_long`."""


class Role(StrEnum):
    """What an agent may do; one agent may hold several."""

    CALL_TAKER = "call_taker"
    DISPATCHER = "dispatcher"
    SUPERVISOR = "supervisor"
    AGENCY_OFFICER = "agency_officer"
    CREW = "crew"
    EVALUATOR = "evaluator"
    ADMIN = "admin"
    APPROVER = "approver"  # signs protocols: the medical director, the head of the fire service
    SYSTEM = "system"  # the switch, a reaction, a timer


class Agent(Struct, frozen=True, kw_only=True):
    """A person or automaton acting for an agency (the word of NENA EIDO).

    `agency` is set for officers and crew, `unit` for crew, `desk` for whoever sits at one.
    """

    id: AgentId
    name: str
    roles: tuple[Role, ...]
    agency: AgencyKey | None = None
    unit: UnitId | None = None
    desk: DeskKey | None = None

    def has(self, *roles: Role) -> bool:
        """Whether the agent holds one of these roles."""
        return any(role in self.roles for role in roles)


class Personal(Struct, frozen=True, kw_only=True):
    """Text about a person. In the journal only `ref` and `digest` are kept, never `text`.

    The store seals it on writing (text to the side table under `ref`, salted SHA-256 into the
    journal) and opens it on reading; an erased text reads as None, and the chain still holds.
    """

    sealed: Literal["personal"] = "personal"
    text: str | None = None
    ref: str | None = None
    digest: str | None = None


class PlaceSource(StrEnum):
    """How a place came to be known."""

    TYPED = "typed"  # the words as spoken, not matched to anything
    GAZETTEER = "gazetteer"  # a proposal that an operator accepted
    COORDINATES = "coordinates"
    PIN = "pin"  # a click on the map
    NETWORK = "network"  # location by value in the INVITE
    DEVICE = "device"  # the caller's own phone
    CELL = "cell"  # the sector of the cell
    AML = "aml"  # sent by the phone beside the call (ETSI TS 103 625)
    LINK = "link"  # the page behind a link that the caller was given


NOT_FOR_OTHERS: Final = "not_for_others"
"""Caution of a place whose sender lets nobody have it but who handles the emergency (RFC 4119
section 2.2.2): it stays on record with its call and incident, as the law wants the record of an
emergency kept, and goes to whoever is sent there, and to nobody else."""


class Sector(Struct, frozen=True, kw_only=True):
    """A part of a ring around a point, as the antenna of a cell serves it: between two radii,
    metres, from a direction (degrees from north, clockwise) on over an opening of degrees."""

    inner_m: float
    outer_m: float
    start_deg: float
    opening_deg: float


class Place(Struct, frozen=True, kw_only=True):
    """Where it is said to be. Without `point` it is known in words only, never placed at 0/0.

    `sector` is the part of the circle of `radius_m` that is meant, where a cell said so.
    `words` are what the caller said, verbatim; `label` what the operator accepted; `kelurahan`
    a Kemendagri code. `cautions` are keys such as `name_twice`, `outside_city`, `area_centre`.
    """

    words: Personal | None = None
    label: Personal | None = None
    landmark: Personal | None = None
    point: Point | None = None
    radius_m: float | None = None
    sector: Sector | None = None
    kelurahan: str | None = None
    kecamatan: str | None = None
    source: PlaceSource = PlaceSource.TYPED
    uncertain: bool = False
    cautions: tuple[str, ...] = ()


class RawKind(StrEnum):
    """What something said about a caller, kept as it came, is about."""

    LOCATION_REFERENCE = "location_reference"  # where to ask for the place
    LOCATION_ANSWER = "location_answer"  # what a server said that was asked for it
    LOCATION_READ = "location_read"  # the document of a place that came with the call
    LOCATION_UNREADABLE = "location_unreadable"
    LOCATION_WITH_DEFECTS = "location_with_defects"
    ACCESS_NETWORK = "access_network"  # the cell, or the access point
    ADDITIONAL = "additional"  # from device or carrier, `label` says which block
    HEADER = "header"  # a line that was left out of the message


class RawFact(Struct, frozen=True, kw_only=True):
    """Something that came with a call, as it came. `cut`: not all of it."""

    kind: RawKind
    content: Personal
    label: str = ""
    cut: bool = False


class Fix(Struct, frozen=True, kw_only=True, gc=False):
    """A measured position: WGS 84, accuracy in metres, heading in degrees from north."""

    point: Point
    at: datetime
    accuracy_m: float | None = None
    heading_deg: float | None = None
    speed_m_s: float | None = None


class Promise(Struct, frozen=True, kw_only=True):
    """What may be told to the caller: two verbs, three times (UTC). Never one number alone.

    `position_age_s` is set when the range was widened because the unit was last heard of so long
    before, seconds; `at_post` when it was not heard of at all and is taken to stand at its post.
    """

    depart_by: datetime
    arrive_from: datetime
    arrive_to: datetime
    travel_source: str  # for example "straight_line"; the reason shown beside the range
    position_age_s: float | None = None
    at_post: bool = False


class Channel(StrEnum):
    """How a report reached us."""

    CALL = "call"
    COUNTER = "counter"  # entered without a call: radio, in person, paper catch-up
    TEXT = "text"


class Priority(StrEnum):
    """How urgent: P1 most, P5 least, P0 no incident. The colours are in the city pack."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    P5 = "P5"


class Disposition(StrEnum):
    """How a call without an incident ended (F9 and a digit)."""

    GHOST = "ghost"
    PRANK = "prank"
    INFORMATION = "information"
    WRONG_NUMBER = "wrong_number"
    TEST = "test"
    INCIDENT = "incident"  # the call led to an incident or joined one
    CALLED_BACK = "called_back"
    UNREACHABLE = "unreachable"  # abandoned, and the number does not answer or is unknown


RingStage = Literal["first", "second", "all", "supervisor", "telephones"]
"""How far the search for somebody to answer has come."""

PartyKind = Literal["agency", "interpreter", "hospital", "neighbour", "desk", "other"]
"""Whom a desk brings into a call."""

PartyState = Literal["invited", "joined", "held", "left", "failed"]
"""Where somebody brought into a call stands; left and failed are over."""

PartyFailure = Literal["busy", "no_answer", "refused", "unreachable", "cancelled"]
"""Why somebody did not come."""

DutyOutcome = Literal[
    "acknowledged", "not_taken", "no_key", "busy", "no_answer", "refused", "unreachable",
    "cancelled",
]  # fmt: skip
"""What came of ringing somebody on duty; `no_key`: somebody lifted and did not say yes;
`not_taken`: they did, and their yes is none (the task is no longer theirs to take)."""

PartyLeaver = Literal["desk", "party", "switch"]
"""Who ended a party's place in the call."""

TextWriter = Literal["caller", "desk"]
"""Who wrote a line beside the voice."""

SupervisionMode = Literal["listen", "whisper", "barge"]
"""Nobody hears the supervisor; the desk alone does; everybody does."""

CallbackOutcome = Literal["reached", "busy", "no_answer", "unreachable", "voicemail", "not_called"]
"""What came of ringing somebody back."""

Direction = Literal["in", "out"]
"""Who rang whom: the caller us, or we somebody."""


WayDirection = Literal["both", "forward", "backward"]
"""Which way along a road, as it was drawn."""

AliasState = Literal["new", "reviewed", "refused", "undone"]
"""How far words for a place have come; the first two are in effect."""

AliasDoubt = Literal["", "far", "coarse", "vague"]
"""Why new words wait for review: the point is far from where the place was, or hardly known."""


ChangeOf = Literal[
    "unit_added",
    "unit_removed",
    "post_opened",
    "post_closed",
    "rule_changed",
    "road_closed",
    "road_opened",
]
"""What a past change of the service was."""

DispatchRule = Literal["core", "closest"]
"""Who goes: weighed with what that leaves uncovered, or whoever is there first."""


class Outcome(StrEnum):
    """How an incident ended."""

    RESOLVED = "resolved"
    TRANSPORTED = "transported"
    REFUSED_HELP = "refused_help"
    NOT_FOUND = "not_found"
    FALSE_REPORT = "false_report"
    NO_UNIT = "no_unit"
    HANDED_OVER = "handed_over"
    DUPLICATE = "duplicate"
    NO_INCIDENT = "no_incident"


class TaskRole(StrEnum):
    """Why an agency is asked."""

    LEAD = "lead"
    SUPPORT = "support"


class TaskState(StrEnum):
    """Where an agency's task stands."""

    TASKED = "tasked"
    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    HANDED_OVER = "handed_over"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"  # the centre does not ask any more


class Progress(StrEnum):
    """How far a unit is with an incident, in the order in which it normally goes."""

    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    DEPARTED = "departed"
    ON_SCENE = "on_scene"
    AT_PATIENT = "at_patient"
    TRANSPORTING = "transporting"
    AT_HOSPITAL = "at_hospital"
    HANDED_OVER = "handed_over"
    CLEAR = "clear"


class Meta(Struct, frozen=True, kw_only=True):
    """What the journal knows about an event besides its content.

    `at` is when it happened (a device's own time, corrected), `recorded_at` when it was written.
    """

    event_id: EventId
    stream: str
    version: int
    position: int
    at: datetime
    recorded_at: datetime
    agent: AgentId
    agent_name: str = ""
    because: EventId | None = None


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """The domain says no. `reason` is a message key shown in the person's language.

    It is counted and shown, never logged as an error. `details` fill the message, for example
    who took the call and at which desk.
    """

    def __init__(self, reason: str, **details: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details: Mapping[str, str] = details


def personal(text: str | None) -> Personal | None:
    """Personal text, or None for nothing or only blanks."""
    return Personal(text=text) if text and text.strip() else None
