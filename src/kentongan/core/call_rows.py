"""The rows of the telephone room: a call with everybody in it, and a desk.

What `core.rows` says of rows is true of these; they stand apart because the switch, which knows no
incident, needs them and no other.
"""

from datetime import datetime

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.handover_rows import Handover
from kentongan.core.words import (
    AgencyKey,
    CallbackOutcome,
    CallId,
    DeskKey,
    Direction,
    Disposition,
    DutyOutcome,
    IncidentId,
    PartyKey,
    PartyKind,
    PartyState,
    Personal,
    Place,
    PlaceSource,
    RawFact,
    RingStage,
    Sector,
    SupervisionMode,
    UnitId,
)


class Party(Struct, frozen=True, kw_only=True):
    """Somebody brought into a call. `reason` is why they did not come, or who ended their place;
    `referred_by` the party whose exchange put them in its place."""

    party: PartyKey
    kind: PartyKind
    state: PartyState
    invited_at: datetime
    contact: str | None = None
    number: Personal | None = None
    desk: DeskKey | None = None
    agent: str | None = None  # at a desk that joined
    agent_name: str | None = None
    joined_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    referred_by: PartyKey | None = None


class CallerPosition(Struct, frozen=True, kw_only=True):
    """Where something said the caller is. `radius_m` is its own doubt, None without one, `sector`
    the part of that circle that a cell serves; `at` is when it was measured, `heard_at` when we
    heard of it."""

    source: PlaceSource
    point: Point
    at: datetime
    heard_at: datetime
    radius_m: float | None = None
    sector: Sector | None = None
    cautions: tuple[str, ...] = ()


class LocationLink(Struct, frozen=True, kw_only=True):
    """A page that the caller may open to say where they are. Of its secret only the digest."""

    digest: str
    made_at: datetime
    expires_at: datetime


class Supervisor(Struct, frozen=True, kw_only=True):
    """Somebody who hears another's call."""

    desk: DeskKey
    agent: str
    agent_name: str
    mode: SupervisionMode
    since: datetime
    tone: bool = False


class CallBackTry(Struct, frozen=True, kw_only=True):
    """One attempt to ring back: the call that tried, and what came of it."""

    by: CallId
    outcome: CallbackOutcome
    at: datetime
    agent_name: str = ""


class DutyCall(Struct, frozen=True, kw_only=True):
    """Whom the centre itself rings about a task; `delivery` is the row of the ledger of what people
    are told, without an incident a trial. `outcome` is None while it lasts."""

    delivery: str
    contact: str
    label: str
    incident: IncidentId | None = None
    agency: AgencyKey | None = None
    unit: UnitId | None = None
    outcome: DutyOutcome | None = None


class CallRow(Struct, frozen=True, kw_only=True, tag="call", tag_field="kind"):
    """A call. `state`: offered, queued, calling, answered, held, transferred, ended, abandoned.

    `agent` is who has the call, `desk` where; a call that was transferred has no desk and keeps
    the agent who did it. `owner` is who settles it when it was abandoned or dropped.
    """

    key: CallId
    state: str
    line: str
    ring_at: datetime
    number: Personal | None = None
    number_withheld: bool = False
    place: Place | None = None
    training: bool = False
    remarks: tuple[str, ...] = ()
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    desk: DeskKey | None = None
    agent: str | None = None
    agent_name: str | None = None
    requeued: int = 0
    keys: str = ""
    disposition: Disposition | None = None
    recordings: int = 0
    open: bool = True  # on somebody's list: not over, or abandoned or dropped and not disposed of
    line_priority: int = 1
    language: str | None = None
    direction: Direction = "in"
    rung: tuple[DeskKey, ...] = ()  # where it rings now
    rung_stage: RingStage | None = None
    rung_at: datetime | None = None
    rung_out: tuple[DeskKey, ...] = ()  # where it rang in vain
    declined: tuple[DeskKey, ...] = ()
    prompt: str | None = None  # asked, and no key pressed since
    prompt_cut: str | None = None  # why the last question is not heard and not asked by itself
    silent_test_at: datetime | None = None  # since when the caller hears whether they can speak
    unheard_since: datetime | None = None  # no sound comes from the caller with whom we speak
    parties: tuple[Party, ...] = ()
    supervisors: tuple[Supervisor, ...] = ()
    text_lines: int = 0
    has_written: bool = False  # the caller, beside the voice
    dropped: bool = False
    risk: tuple[str, ...] = ()  # why it should be rung back first: `core.callbacks`
    of: CallId | None = None  # the call this one rings back
    owner: str | None = None
    owner_name: str | None = None
    owner_at: datetime | None = None
    callback_desk: DeskKey | None = None  # to whom ringing back is offered until it is due
    callback_due_at: datetime | None = None
    silent_only: bool = False  # never by voice: somebody may listen at the other end
    callbacks: tuple[CallBackTry, ...] = ()
    recordings_erased: int = 0
    recordings_played: int = 0
    hold_recording: bool = False
    mos: float | None = None  # of the worst leg, 1 to 4.5
    mos_cut: bool = False  # a process that measured died: its last seconds are not in it
    raw_facts: tuple[RawFact, ...] = ()  # what came with the call and nobody has read
    positions: tuple[CallerPosition, ...] = ()  # the one to believe first, first
    location_links: tuple[LocationLink, ...] = ()  # the newest last
    duty: DutyCall | None = None  # no desk: the centre rings somebody on duty


class DeskRow(Struct, frozen=True, kw_only=True, tag="desk", tag_field="kind"):
    """A desk. `state`: free, on_duty, paused, wrap_up.

    `forced_out` is who was there when a supervisor ended the duty, until somebody starts another.
    `page` is the one window that has the desk's sound; "" where none has said so.
    """

    key: DeskKey
    state: str
    agent: str | None = None
    agent_name: str | None = None
    roles: tuple[str, ...] = ()
    since: datetime | None = None
    reason: str | None = None
    reason_text: Personal | None = None
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    protected: bool = False
    wrap_up_until: datetime | None = None
    wrap_up_call: CallId | None = None
    forced_out: str | None = None
    page: str = ""
    handover: Handover | None = None  # the last one written here, whoever works here now
