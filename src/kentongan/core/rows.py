"""The board's rows: what a screen shows of a stream, whole, as a value.

A row is a pure function of its stream's state (`core.streams.rows_of`), so the board can always be
rebuilt from the journal and compared. Rows hold personal text sealed; `core.redaction.redact`
decides what of a row a viewer gets. Times are UTC.
"""

from datetime import datetime

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.alarm_rows import AlarmRow
from kentongan.core.call_rows import CallRow, DeskRow
from kentongan.core.city_rows import AliasRow, ChangeRow, ClosureRow
from kentongan.core.pack_rows import PackRow
from kentongan.core.scene_rows import (
    HelpWanted,
    HospitalRow,
    HospitalWarning,
    Mass,
    Photo,
    Shortage,
)
from kentongan.core.scene_words import Danger
from kentongan.core.variant_rows import Edited, Variant
from kentongan.core.words import (
    AgencyKey,
    AliasDoubt,
    CallId,
    Channel,
    DutyOutcome,
    Fix,
    IncidentId,
    NatureCode,
    Outcome,
    Personal,
    Place,
    Priority,
    Progress,
    Promise,
    ReportId,
    TaskRole,
    TaskState,
    UnitId,
)


class ReportRow(Struct, frozen=True, kw_only=True, tag="report", tag_field="kind"):
    """What one person told us."""

    key: ReportId
    channel: Channel
    opened_at: datetime
    call: CallId | None = None
    incident: IncidentId | None = None
    name: Personal | None = None
    number: Personal | None = None
    number_confirmed: bool = False
    complaint: Personal | None = None
    complaint_at: datetime | None = None
    fast_lane: bool = False
    told: tuple["Told", ...] = ()
    settled: tuple["Settled", ...] = ()
    training: bool = False
    follow_links: tuple[str, ...] = ()  # digests of the links to see how far help is
    came: bool | None = None  # whether help has come, as the reporter says
    came_at: datetime | None = None
    variants: tuple[Variant, ...] = ()
    edited: tuple[Edited, ...] = ()


class Told(Struct, frozen=True, kw_only=True):
    """A promise that was read to the caller."""

    unit: UnitId
    promise: Promise
    at: datetime


class Ringing(Struct, frozen=True, kw_only=True):
    """Somebody of the agency is telephoned by the centre itself; `outcome` is None while it rings.

    `tries` counts such calls about this task, this one among them.
    """

    call: CallId
    label: str
    at: datetime
    outcome: DutyOutcome | None = None
    tries: int = 1


class Settled(Struct, frozen=True, kw_only=True):
    """A later promise that the caller need not be told of, and why (`events.SlipSettled`)."""

    unit: UnitId
    promise: Promise
    at: datetime
    reason: str
    reason_text: Personal | None = None
    by: str = ""


class Task(Struct, frozen=True, kw_only=True):
    """An agency's task within an incident, with its own clock."""

    agency: AgencyKey
    role: TaskRole
    state: TaskState
    tasked_at: datetime
    notified_at: datetime | None = None
    acknowledged_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    reason_text: Personal | None = None
    to: AgencyKey | None = None
    escalated: int = 0
    ringing: Ringing | None = None


class Assignment(Struct, frozen=True, kw_only=True):
    """A unit's work on an incident. `progress_at` maps each step to the time it happened.

    `promise` is the one that counts now; `first_promise` what was promised before any revision, and
    None while there was none. `revised_at` is when it was told last after the unit was sent: a
    revision, or the first promise of one that was sent without.
    """

    unit: UnitId
    agency: AgencyKey
    progress: Progress
    progress_at: dict[Progress, datetime]
    promise: Promise | None = None
    first_promise: Promise | None = None
    revised_at: datetime | None = None
    revisions: int = 0
    alert_delivered_at: datetime | None = None
    escalated_at: datetime | None = None
    destination: str | None = None
    released: bool = False
    release_reason: str | None = None
    release_reason_text: Personal | None = None
    open: bool = True
    ended_at: datetime | None = None
    heard_at: datetime | None = None  # it answered when it was asked by radio
    unheard_at: datetime | None = None  # it did not, since then
    restored_at: datetime | None = None  # its release was taken back


class Note(Struct, frozen=True, kw_only=True):
    """A remark with its author and time."""

    text: Personal
    at: datetime
    agent_name: str


class PlaceCorrection(Struct, frozen=True, kw_only=True):
    """Where a crew says the incident really is; `has_alias` when its words were passed on,
    `doubt` why they wait for review."""

    unit: UnitId
    point: Point
    accuracy_m: float | None = None
    words: Personal | None = None
    at: datetime
    agent_name: str = ""
    has_alias: bool = False
    doubt: AliasDoubt = ""


class Message(Struct, frozen=True, kw_only=True):
    """Words from the room for a unit or an agency."""

    text: Personal
    at: datetime
    agent_name: str = ""
    unit: UnitId | None = None
    agency: AgencyKey | None = None


class PreAlert(Struct, frozen=True, kw_only=True):
    """A unit was told to get ready. `incident` is None for who may not see it."""

    incident: IncidentId | None
    number: int
    at: datetime
    until: datetime
    by: str = ""


class TriageAnswer(Struct, frozen=True, kw_only=True):
    """An answer to a protocol's question; words are sealed, `answer` is then "text".

    `signed` says whether the authority had signed that `version` of the protocol.
    """

    question: str
    answer: str
    answer_text: Personal | None = None
    safety: bool = False
    protocol: str | None = None
    version: int | None = None
    signed: bool | None = None
    at: datetime


class Appointment(Struct, frozen=True, kw_only=True):
    """Between when somebody comes who was not called to come at once; `moved` so often."""

    from_at: datetime
    until_at: datetime
    set_at: datetime
    set_by: str = ""
    moved: int = 0


class Ticket(Struct, frozen=True, kw_only=True):
    """The number under which another office has it, as it is told to the caller."""

    agency: AgencyKey
    number: str
    at: datetime
    by: str = ""


class LateEntry(Struct, frozen=True, kw_only=True):
    """It was written on paper first: the number of the form, and who entered it when."""

    form: str
    entered_at: datetime
    entered_by: str = ""


class IncidentRow(Struct, frozen=True, kw_only=True, tag="incident", tag_field="kind"):
    """An incident. `state`: draft, open, closed. Open means sent."""

    key: IncidentId
    state: str
    number: int
    long_id: str
    code: str
    opened_at: datetime
    opened_by: str = ""
    nature: NatureCode | None = None
    priority: Priority | None = None
    flags: tuple[str, ...] = ()
    sensitive: bool = False
    place: Place | None = None
    located: bool = False
    located_at: datetime | None = None
    classified_at: datetime | None = None
    sent_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    merged_into: IncidentId | None = None
    reports: tuple[ReportId, ...] = ()
    tasks: tuple[Task, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    triage: tuple[TriageAnswer, ...] = ()
    instructions: tuple[str, ...] = ()
    instructions_withheld: bool = False
    compressions_at: datetime | None = None
    casualties: int | None = None  # people hurt, by a caller's word; `mass` has what was counted
    dangers: tuple[Danger, ...] = ()  # in the order they were told; empty while nobody asked
    supervisor: bool = False
    shield_desk: bool = False  # a life-saving script runs: no new call for this desk
    notes: tuple[Note, ...] = ()
    corrections: tuple[PlaceCorrection, ...] = ()
    messages: tuple[Message, ...] = ()
    shortage: Shortage | None = None
    mass: Mass | None = None
    warned: tuple[HospitalWarning, ...] = ()
    photos: tuple[Photo, ...] = ()
    help_wanted: tuple[HelpWanted, ...] = ()  # what was withdrawn is in the journal
    training: bool = False
    appointment: Appointment | None = None
    ticket: Ticket | None = None
    late: LateEntry | None = None
    variants: tuple[Variant, ...] = ()
    edited: tuple[Edited, ...] = ()


class EngagementRow(Struct, frozen=True, kw_only=True, tag="engagement", tag_field="kind"):
    """A unit works on an incident now; key is the unit. Gone when it is free again."""

    key: UnitId
    incident: IncidentId
    number: int
    progress: Progress
    since: datetime
    priority: Priority | None = None


class UnitRow(Struct, frozen=True, kw_only=True, tag="unit", tag_field="kind"):
    """A unit by itself. `state`: off_duty, available, out_of_service; engaged is EngagementRow."""

    key: UnitId
    state: str
    agency: AgencyKey
    unit_kind: str
    label: str
    capabilities: tuple[str, ...]
    post: str
    home: Point
    since: datetime
    crew_size: int = 0
    demo: bool = False
    reason: str | None = None
    reason_text: Personal | None = None
    emergency_at: datetime | None = None
    emergency_fix: Fix | None = None
    pre_alert: PreAlert | None = None
    messages: tuple[Message, ...] = ()


class AgencyRow(Struct, frozen=True, kw_only=True, tag="agency", tag_field="kind"):
    """An agency and who watches its inbox."""

    key: AgencyKey
    name: str
    short: str
    agency_kind: str
    mode: str
    on_duty: tuple[str, ...] = ()


AnyRow = (
    CallRow
    | DeskRow
    | ReportRow
    | IncidentRow
    | EngagementRow
    | UnitRow
    | AgencyRow
    | ClosureRow
    | AliasRow
    | ChangeRow
    | PackRow
    | AlarmRow
    | HospitalRow
)
