"""Commands to an incident: its own life, its agency tasks and its assignments.

All three live in one stream, so that "never closed over working units" is one decision."""

from msgspec import Struct

from kentongan.core.commands.help_wanted import HelpCommand
from kentongan.core.commands.incident_lane import LaneCommand
from kentongan.core.commands.scene import SceneCommand
from kentongan.core.commands.undo import UndoCommand
from kentongan.core.commands.variant import SettleVariant
from kentongan.core.words import (
    AgencyKey,
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
    UnitId,
)

# --- incident ------------------------------------------------------------------------------------


class OpenIncident(Struct, frozen=True, kw_only=True, tag="incident.open"):
    """The incident exists from the first key, as a draft that the dispatcher already sees.

    `training` is never the asker's word: the edge sets it from its own settings and the call.
    """

    incident: IncidentId
    report: ReportId | None = None
    training: bool = False


class LocateIncident(Struct, frozen=True, kw_only=True, tag="incident.locate"):
    """Where it is. Accepted as spoken: a place in words alone is a place.

    Here and below `seen` is the position of the row when the asker looked: what somebody else
    wrote in the same field after that is not replaced (`core.variants`).
    """

    incident: IncidentId
    place: Place
    seen: int | None = None


class ClassifyIncident(Struct, frozen=True, kw_only=True, tag="incident.classify"):
    """What kind it is. Without a priority the sub-category's own applies."""

    incident: IncidentId
    nature: NatureCode
    priority: Priority | None = None
    seen: int | None = None


class SetPriority(Struct, frozen=True, kw_only=True, tag="incident.set_priority"):
    """A person changes the urgency."""

    incident: IncidentId
    priority: Priority
    reason: str = ""
    seen: int | None = None


class AnswerTriage(Struct, frozen=True, kw_only=True, tag="incident.answer_triage"):
    """An answer to a protocol's question: yes, no, unknown, an option, a number or words."""

    incident: IncidentId
    question: str
    answer: str
    protocol: str | None = None


class SendIncident(Struct, frozen=True, kw_only=True, tag="incident.send"):
    """Send now: agencies are tasked. Needs a nature, and a point or an uncertain kelurahan."""

    incident: IncidentId
    complete: bool = False  # F8 "complete and send"; Ctrl+Enter sends an unfinished one


class AddNote(Struct, frozen=True, kw_only=True, tag="incident.add_note"):
    """A remark, verbatim, with its author."""

    incident: IncidentId
    text: Personal


class LinkReport(Struct, frozen=True, kw_only=True, tag="incident.link_report"):
    """A further report tells of this incident."""

    incident: IncidentId
    report: ReportId


class UnlinkReport(Struct, frozen=True, kw_only=True, tag="incident.unlink_report"):
    """The report was linked by mistake."""

    incident: IncidentId
    report: ReportId


class MergeIncident(Struct, frozen=True, kw_only=True, tag="incident.merge"):
    """This incident is the same as another: its reports move there, and it closes as duplicate."""

    incident: IncidentId
    into: IncidentId


class CloseIncident(Struct, frozen=True, kw_only=True, tag="incident.close"):
    """The incident is over. Refused while a unit works on it."""

    incident: IncidentId
    outcome: Outcome
    note: Personal | None = None


class ReopenIncident(Struct, frozen=True, kw_only=True, tag="incident.reopen"):
    """It was not over."""

    incident: IncidentId
    reason: str


# --- agency task ---------------------------------------------------------------------------------


class TaskAgency(Struct, frozen=True, kw_only=True, tag="task.task"):
    """Ask an agency. `lead` when it leads the sub-category."""

    incident: IncidentId
    agency: AgencyKey
    lead: bool = False


class NotifyAgency(Struct, frozen=True, kw_only=True, tag="task.notify"):
    """The task reached the agency, on this channel. Recorded by the effect that delivered it."""

    incident: IncidentId
    agency: AgencyKey
    channel: str


class AcknowledgeTask(Struct, frozen=True, kw_only=True, tag="task.acknowledge"):
    """A person there accepted it."""

    incident: IncidentId
    agency: AgencyKey


class RefuseTask(Struct, frozen=True, kw_only=True, tag="task.refuse"):
    """The agency refuses, with a reason. The dispatcher sees it as an open action."""

    incident: IncidentId
    agency: AgencyKey
    reason: str


class HandOverTask(Struct, frozen=True, kw_only=True, tag="task.hand_over"):
    """The agency hands the task to another one, which is tasked in the same transaction."""

    incident: IncidentId
    agency: AgencyKey
    to: AgencyKey
    reason: str = ""


class CompleteTask(Struct, frozen=True, kw_only=True, tag="task.complete"):
    """The agency is done."""

    incident: IncidentId
    agency: AgencyKey


class EscalateTask(Struct, frozen=True, kw_only=True, tag="task.escalate"):
    """Nobody answered within the limit: the next one is told."""

    incident: IncidentId
    agency: AgencyKey


class NoteRinging(Struct, frozen=True, kw_only=True, tag="task.note_ringing"):
    """The centre telephones somebody of the agency about it: begun (no outcome), or what came."""

    incident: IncidentId
    agency: AgencyKey
    call: CallId
    label: str
    outcome: DutyOutcome | None = None


# --- assignment ----------------------------------------------------------------------------------


class PassedOver(Struct, frozen=True, kw_only=True):
    """A unit that was ranked better and not chosen, and the dispatcher's reason.

    In the journal the words a person typed are in `reason_text`, sealed.
    """

    unit: UnitId
    reason: str
    reason_text: Personal | None = None


class ListedUnit(Struct, frozen=True, kw_only=True):
    """A line of the list that a unit was chosen from: what was known of it then.

    Seconds from then to the place, None where nobody knew. `fits` when it can do everything,
    `cut_off` when no road leads it there.
    """

    unit: UnitId
    eta_s_low: float | None = None
    eta_s_high: float | None = None
    fits: bool = True
    cut_off: bool = False


class AssignUnit(Struct, frozen=True, kw_only=True, tag="assignment.assign"):
    """Give a unit to the incident. A unit that works elsewhere is refused, naming who and what."""

    incident: IncidentId
    unit: UnitId
    agency: AgencyKey
    promise: Promise | None = None
    rank: int | None = None  # place in the list shown, 1 is best
    reasons: tuple[str, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    offered: tuple[ListedUnit, ...] = ()  # as it was shown, the best first


class DeliverAlert(Struct, frozen=True, kw_only=True, tag="assignment.deliver_alert"):
    """The alert reached the crew's device."""

    incident: IncidentId
    unit: UnitId
    channel: str


class EscalateAlert(Struct, frozen=True, kw_only=True, tag="assignment.escalate_alert"):
    """The crew has not answered within the limit: the dispatcher must act."""

    incident: IncidentId
    unit: UnitId
    after_s: int


class ProgressUnit(Struct, frozen=True, kw_only=True, tag="assignment.progress"):
    """The crew's next state. Steps may be skipped, never gone back, except by a correction."""

    incident: IncidentId
    unit: UnitId
    progress: Progress
    fix: Fix | None = None
    destination: str | None = None  # hospital key, when transporting
    correction: bool = False


class ReleaseUnit(Struct, frozen=True, kw_only=True, tag="assignment.release"):
    """Take the unit off the incident before it is clear, with a reason."""

    incident: IncidentId
    unit: UnitId
    reason: str


class CorrectPlace(Struct, frozen=True, kw_only=True, tag="assignment.correct_place"):
    """The crew stands where it really is; `words` are a few of its own about how to find it."""

    incident: IncidentId
    unit: UnitId
    fix: Fix
    words: Personal | None = None


class BreakDown(Struct, frozen=True, kw_only=True, tag="assignment.break_down"):
    """The unit cannot go on: it leaves the incident and is out of service. `reason` is one of
    `assignment.BREAKDOWNS`."""

    incident: IncidentId
    unit: UnitId
    reason: str = "broken_down"


class RevisePromise(Struct, frozen=True, kw_only=True, tag="assignment.revise_promise"):
    """A new range for the caller, by rule: the one promised will not be kept (`core.slips`)."""

    incident: IncidentId
    unit: UnitId
    promise: Promise


class SendMessage(Struct, frozen=True, kw_only=True, tag="incident.message"):
    """Words for one unit at work here, or for one agency that was asked."""

    incident: IncidentId
    text: Personal
    unit: UnitId | None = None
    agency: AgencyKey | None = None


LifecycleCommand = (
    OpenIncident
    | LocateIncident
    | ClassifyIncident
    | SetPriority
    | SettleVariant
    | AnswerTriage
    | SendIncident
    | AddNote
    | LinkReport
    | UnlinkReport
    | MergeIncident
    | CloseIncident
    | ReopenIncident
)
TaskCommand = (
    TaskAgency
    | NotifyAgency
    | AcknowledgeTask
    | RefuseTask
    | HandOverTask
    | CompleteTask
    | EscalateTask
    | NoteRinging
)
AssignmentCommand = (
    AssignUnit
    | DeliverAlert
    | EscalateAlert
    | ProgressUnit
    | ReleaseUnit
    | BreakDown
    | RevisePromise
)
IncidentCommand = (
    LifecycleCommand
    | TaskCommand
    | AssignmentCommand
    | CorrectPlace
    | SendMessage
    | SceneCommand
    | HelpCommand
    | LaneCommand
    | UndoCommand
)
