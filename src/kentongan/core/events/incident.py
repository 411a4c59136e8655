"""What can happen to an incident, to its agency tasks and to its assignments."""

from msgspec import Struct

from kentongan.core.commands.incident import ListedUnit, PassedOver
from kentongan.core.events.help_wanted import HelpEvent
from kentongan.core.events.incident_lane import CrewAskedByRadio, LaneEvent
from kentongan.core.events.scene import SceneEvent
from kentongan.core.events.undo import UndoEvent
from kentongan.core.events.variant import VariantKept, VariantSettled
from kentongan.core.words import (
    AgencyKey,
    AliasDoubt,
    CallId,
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
    UnitId,
)

# --- incident ------------------------------------------------------------------------------------


class IncidentOpened(Struct, frozen=True, kw_only=True, tag="incident.opened"):
    """A draft exists. `number` is the short one of the day, `long_id` the one on paper."""

    number: int
    long_id: str
    code: str  # the report code a citizen is given, for example S-1207
    training: bool = False


class IncidentLocated(Struct, frozen=True, kw_only=True, tag="incident.located"):
    """Where it is. `usable` when a unit can be sent there."""

    place: Place
    usable: bool


class IncidentClassified(Struct, frozen=True, kw_only=True, tag="incident.classified"):
    """What kind it is and how urgent that makes it."""

    nature: NatureCode
    priority: Priority
    flags: tuple[str, ...] = ()
    sensitive: bool = False


class PrioritySet(Struct, frozen=True, kw_only=True, tag="incident.priority_set"):
    """How urgent it is now; `by_triage` when a rule of a protocol raised it."""

    priority: Priority
    reason: str = ""  # a key of ours; "text" when a person typed why
    by_triage: bool = False
    reason_text: Personal | None = None


class TriageAnswered(Struct, frozen=True, kw_only=True, tag="incident.triage_answered"):
    """An answer, the protocol and version it was asked from, and what follows from all answers.

    `flags`, `instructions` and the rest are what holds after this answer for the whole protocol,
    not only for this question: a changed answer takes back what an earlier one had led to.
    `protocol_signed` says whether its authority had signed this version (None: nobody noted it);
    `withheld` that nobody was shown the instructions, because the city withholds unsigned ones.
    An answer in words is `answer="text"`, and the words are sealed. `safety` when the question is
    one about danger for those who come.
    """

    question: str
    answer: str
    answer_text: Personal | None = None
    safety: bool = False
    protocol: str | None = None
    protocol_version: int | None = None
    protocol_signed: bool | None = None
    withheld: bool = False
    flags: tuple[str, ...] = ()
    instructions: str | None = None
    add_agencies: tuple[str, ...] = ()
    supervisor: bool = False
    shield_desk: bool = False
    cut: bool = False


class IncidentSent(Struct, frozen=True, kw_only=True, tag="incident.sent"):
    """Help was ordered: the agencies of the plan are tasked from here on."""

    complete: bool = False


class NoteAdded(Struct, frozen=True, kw_only=True, tag="incident.note_added"):
    """A remark."""

    text: Personal
    cut: bool = False


class ReportLinked(Struct, frozen=True, kw_only=True, tag="incident.report_linked"):
    """A report tells of this incident; the first one opened it."""

    report: ReportId


class ReportUnlinked(Struct, frozen=True, kw_only=True, tag="incident.report_unlinked"):
    """It does not, after all."""

    report: ReportId


class IncidentMerged(Struct, frozen=True, kw_only=True, tag="incident.merged"):
    """It is the same as another one; its reports go there."""

    into: IncidentId
    reports: tuple[ReportId, ...]


class IncidentClosed(Struct, frozen=True, kw_only=True, tag="incident.closed"):
    """Over."""

    outcome: Outcome
    note: Personal | None = None
    cut: bool = False


class IncidentReopened(Struct, frozen=True, kw_only=True, tag="incident.reopened"):
    """Not over after all."""

    reason: str
    reason_text: Personal | None = None


# --- agency task ---------------------------------------------------------------------------------


class AgencyTasked(Struct, frozen=True, kw_only=True, tag="task.tasked"):
    """An agency is asked."""

    agency: AgencyKey
    role: TaskRole


class AgencyNotified(Struct, frozen=True, kw_only=True, tag="task.notified"):
    """The task reached it: its clock runs."""

    agency: AgencyKey
    channel: str


class TaskAcknowledged(Struct, frozen=True, kw_only=True, tag="task.acknowledged"):
    """A person there accepted it."""

    agency: AgencyKey


class TaskRefused(Struct, frozen=True, kw_only=True, tag="task.refused"):
    """It refuses."""

    agency: AgencyKey
    reason: str
    reason_text: Personal | None = None


class TaskHandedOver(Struct, frozen=True, kw_only=True, tag="task.handed_over"):
    """It gave the task to another one."""

    agency: AgencyKey
    to: AgencyKey
    reason: str = ""
    reason_text: Personal | None = None


class TaskCompleted(Struct, frozen=True, kw_only=True, tag="task.completed"):
    """It is done."""

    agency: AgencyKey


class TaskEscalated(Struct, frozen=True, kw_only=True, tag="task.escalated"):
    """Nobody answered in time."""

    agency: AgencyKey
    level: int


class TaskRung(Struct, frozen=True, kw_only=True, tag="task.rung"):
    """The centre telephones somebody of the agency about it; with an outcome, what came of it."""

    agency: AgencyKey
    call: CallId
    label: str
    outcome: DutyOutcome | None = None


# --- assignment ----------------------------------------------------------------------------------


class UnitAssigned(Struct, frozen=True, kw_only=True, tag="assignment.assigned"):
    """The unit is given the incident."""

    unit: UnitId
    agency: AgencyKey
    rank: int | None = None
    reasons: tuple[str, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    offered: tuple[ListedUnit, ...] = ()


class AlertDelivered(Struct, frozen=True, kw_only=True, tag="assignment.alert_delivered"):
    """The alert reached the crew's device."""

    unit: UnitId
    channel: str


class AlertEscalated(Struct, frozen=True, kw_only=True, tag="assignment.alert_escalated"):
    """The crew did not answer in time."""

    unit: UnitId
    after_s: int


class UnitProgressed(Struct, frozen=True, kw_only=True, tag="assignment.progressed"):
    """The crew's next state; `correction` when an earlier tap was wrong."""

    unit: UnitId
    progress: Progress
    fix: Fix | None = None
    destination: str | None = None
    correction: bool = False


class UnitReleased(Struct, frozen=True, kw_only=True, tag="assignment.released"):
    """Taken off the incident."""

    unit: UnitId
    reason: str
    reason_text: Personal | None = None


class ArrivalPromised(Struct, frozen=True, kw_only=True, tag="assignment.arrival_promised"):
    """What may be told to the caller about this unit. `later`: it was sent without a promise, and
    this is the first one, made on its way."""

    unit: UnitId
    promise: Promise
    later: bool = False


class PlaceCorrected(Struct, frozen=True, kw_only=True, tag="assignment.place_corrected"):
    """The unit stands where it really is. `phrases` are the words it was said under, for others;
    `doubt` why they wait for somebody to look at them."""

    unit: UnitId
    fix: Fix
    words: Personal | None = None
    phrases: tuple[Personal, ...] = ()
    label: Personal | None = None
    doubt: AliasDoubt = ""


class MessageSent(Struct, frozen=True, kw_only=True, tag="incident.messaged"):
    """Words for one unit or one agency."""

    text: Personal
    unit: UnitId | None = None
    agency: AgencyKey | None = None
    cut: bool = False


LifecycleEvent = (
    IncidentOpened
    | IncidentLocated
    | IncidentClassified
    | PrioritySet
    | TriageAnswered
    | IncidentSent
    | NoteAdded
    | ReportLinked
    | ReportUnlinked
    | IncidentMerged
    | IncidentClosed
    | IncidentReopened
    | VariantKept
    | VariantSettled
)
TaskEvent = (
    AgencyTasked
    | AgencyNotified
    | TaskAcknowledged
    | TaskRefused
    | TaskHandedOver
    | TaskCompleted
    | TaskEscalated
    | TaskRung
)
AssignmentEvent = (
    UnitAssigned | AlertDelivered | AlertEscalated | UnitProgressed | UnitReleased | ArrivalPromised
)
IncidentEvent = (
    LifecycleEvent
    | TaskEvent
    | AssignmentEvent
    | PlaceCorrected
    | MessageSent
    | SceneEvent
    | HelpEvent
    | LaneEvent
    | CrewAskedByRadio
    | UndoEvent
)
