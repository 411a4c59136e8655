"""An incident: something that happened; many reports may tell of it, many agencies answer it.

    draft  <--unsend, send-->  open  --close-->  closed  --reopen-->  draft or open, as it was
    draft  --close--> closed            (nothing had to be sent)
    any but closed --merge into another--> closed as a duplicate, its reports go there

    command                       draft        open         closed
    locate, classify, priority    yes          yes          refused incident_closed
    triage                        yes          yes          refused
    send                          if enough    nothing      refused
    task, hand over, refuse       yes          yes          refused (delivery, answers: kept)
    assign a unit                 if enough    yes          refused
    the place corrected by a crew kept, whatever the state
    message to a unit or agency   yes          yes          refused
    shortage, mass, hospitals     yes          yes          counts and answers kept, else refused
    note, link, unlink            yes          yes          yes (link: unless it was merged)
    close                         yes          if no unit   nothing, or refused
    appointment, ticket           see `core.lanes`
    asked by radio                while its unit works
    entered late                  only as the first fact: `core.late_entry`
    sent, asked, answered or released by mistake: taken back, see `core.undo`

Theory: the incident, its agency tasks (`core.tasking`) and its assignments (`core.assignment`) are
one stream, so that "never closed over a working unit" is one decision on one value. It holds the
claim on every unit that works on it and on every report linked to it; that these are unique among
all incidents is kept by the store, and the refusal names the holder.

Urgency has two sources: a person (or the sub-category's own) sets the *base*, rules of a protocol
raise it. What an answer raised goes back when the answer is taken back; what a person set stays
until the meaning of the answers changes.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

from kentongan.core import (
    assignment,
    help_wanted,
    lanes,
    late_entry,
    lifecycle,
    messages,
    place_correction,
    radio_check,
    scene,
    tasking,
    undo,
)
from kentongan.core.assignment import working
from kentongan.core.commands.help_wanted import HelpCommand, RequestHelp
from kentongan.core.commands.incident import (
    AcknowledgeTask,
    AssignmentCommand,
    AssignUnit,
    BreakDown,
    CompleteTask,
    CorrectPlace,
    DeliverAlert,
    EscalateAlert,
    EscalateTask,
    HandOverTask,
    IncidentCommand,
    NoteRinging,
    NotifyAgency,
    OpenIncident,
    ProgressUnit,
    RefuseTask,
    ReleaseUnit,
    RevisePromise,
    SendMessage,
    TaskAgency,
    TaskCommand,
)
from kentongan.core.commands.incident_lane import (
    CheckByRadio,
    HandOn,
    RecordLate,
    ScheduleIncident,
    UnmergeIncident,
)
from kentongan.core.commands.scene import (
    AnswerForHospital,
    AttachPhoto,
    CountCasualties,
    EndMass,
    RecordShortage,
    SceneCommand,
)
from kentongan.core.commands.undo import UndoCommand
from kentongan.core.context import Claim, Context, number_claim
from kentongan.core.events.help_wanted import HelpEvent
from kentongan.core.events.incident import (
    AgencyTasked,
    AssignmentEvent,
    IncidentEvent,
    MessageSent,
    PlaceCorrected,
    TaskEscalated,
    TaskEvent,
    TaskRefused,
    UnitAssigned,
)
from kentongan.core.events.incident_lane import (
    CrewAskedByRadio,
    IncidentHandedOn,
    IncidentScheduled,
    IncidentUnmerged,
    LateRecorded,
)
from kentongan.core.events.scene import MassDeclared, SceneEvent
from kentongan.core.events.undo import UndoEvent
from kentongan.core.intake import enough_to_send
from kentongan.core.lifecycle import Incident, LocalName, must_not_be_closed, open_incident
from kentongan.core.lifecycle_facts import EVOLVE as LIFE
from kentongan.core.lifecycle_facts import row_of
from kentongan.core.rows import EngagementRow, IncidentRow
from kentongan.core.words import Meta, Progress, Refused


def decide(
    command: IncidentCommand, incident: Incident, context: Context
) -> tuple[IncidentEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    if incident.row is None:
        if isinstance(command, OpenIncident):
            return open_incident(command, context)
        if isinstance(command, RecordLate):
            return late_entry.record(command, context)
        raise Refused("unknown_incident")
    if isinstance(command, SceneCommand | HelpCommand | UndoCommand):
        return _decide_beside(command, incident.row, context)
    match command:
        case (
            TaskAgency()
            | NotifyAgency()
            | AcknowledgeTask()
            | RefuseTask()
            | HandOverTask()
            | CompleteTask()
            | EscalateTask()
            | NoteRinging()
        ):
            return _decide_task(command, incident.row, context)
        case (
            AssignUnit()
            | DeliverAlert()
            | EscalateAlert()
            | ProgressUnit()
            | ReleaseUnit()
            | BreakDown()
            | RevisePromise()
        ):
            return _decide_assignment(command, incident.row, context)
        case CorrectPlace():
            return place_correction.decide(command, incident.row, context)
        case RecordLate():
            return ()
        case UnmergeIncident() | ScheduleIncident() | HandOn():
            return lanes.decide(command, incident, incident.row, context)
        case CheckByRadio():
            return radio_check.decide(command, incident.row)
        case SendMessage():
            must_not_be_closed(incident.row)
            return messages.decide(command, incident.row)
        case _:  # an incident's own life; a command of any other kind fails the type check here
            return lifecycle.decide(command, incident, incident.row, context)


_LATE = (RecordShortage, CountCasualties, AnswerForHospital, AttachPhoto, EndMass)
"""What may be said of an incident that is over."""


def _decide_beside(
    command: SceneCommand | HelpCommand | UndoCommand, row: IncidentRow, context: Context
) -> tuple[SceneEvent | HelpEvent | UndoEvent, ...]:
    """A count or an answer that comes late is kept; the centre itself is never refused."""
    if isinstance(command, UndoCommand):
        return undo.decide(command, row, context)
    if isinstance(command, HelpCommand):
        if isinstance(command, RequestHelp):
            must_not_be_closed(row)
        return help_wanted.decide(command, row)
    if not isinstance(command, _LATE):
        must_not_be_closed(row)
    return scene.decide(command, row, context)


def _decide_task(command: TaskCommand, row: IncidentRow, context: Context) -> tuple[TaskEvent, ...]:
    """That an incident is over is told only to whom it concerns."""
    if row.state == "closed":
        if isinstance(command, EscalateTask | NoteRinging):
            return ()
        is_known = tasking.find_task(row.tasks, command.agency) is not None
        if isinstance(command, TaskAgency) or (isinstance(command, HandOverTask) and is_known):
            must_not_be_closed(row)
    return tasking.decide(command, row.tasks, context, priority=row.priority)


def _decide_assignment(
    command: AssignmentCommand, row: IncidentRow, context: Context
) -> tuple[TaskEvent | AssignmentEvent, ...]:
    if isinstance(command, AssignUnit):
        return _assign(command, row, context)
    is_known = assignment.find_assignment(row.assignments, command.unit) is not None
    if isinstance(command, ProgressUnit) and command.correction and is_known:
        must_not_be_closed(row)
    return assignment.decide(command, row.assignments, context)


def _assign(
    command: AssignUnit, row: IncidentRow, context: Context
) -> tuple[TaskEvent | AssignmentEvent, ...]:
    """The assignment, and the task of an agency that had none: its officers must see it."""
    must_not_be_closed(row)
    if row.sent_at is None and not enough_to_send(row):
        raise Refused("not_sent", incident_number=str(row.number))
    events = assignment.decide(command, row.assignments, context)
    if not events or tasking.is_active(tasking.find_task(row.tasks, command.agency)):
        return events
    nature = context.plans.natures.get(row.nature) if row.nature is not None else None
    role = tasking.role_of(command.agency, nature)
    return (AgencyTasked(agency=command.agency, role=role), *events)


# --- what the events mean ------------------------------------------------------------------------


def _task_changed(incident: Incident, event: TaskEvent, meta: Meta) -> Incident:
    before = row_of(incident)
    tasks = tasking.EVOLVE[type(event)](before.tasks, event, meta)
    return structs.replace(incident, row=structs.replace(before, tasks=tasks))


def _task_troubled(incident: Incident, event: TaskEvent, meta: Meta) -> Incident:
    """An agency refused or is silent: the supervisor sees it from now on."""
    before = row_of(incident)
    tasks = tasking.EVOLVE[type(event)](before.tasks, event, meta)
    row = structs.replace(before, tasks=tasks, supervisor=True)
    return structs.replace(incident, row=row, alerted=True)


def _assignment_changed(incident: Incident, event: AssignmentEvent, meta: Meta) -> Incident:
    before = row_of(incident)
    assignments = assignment.EVOLVE[type(event)](before.assignments, event, meta)
    row = structs.replace(before, assignments=assignments)
    if isinstance(event, UnitAssigned):
        row = scene.met(row, meta)
    return structs.replace(incident, row=row)


def _radio_checked(incident: Incident, event: CrewAskedByRadio, meta: Meta) -> Incident:
    before = row_of(incident)
    assignments = radio_check.checked(before.assignments, event, meta)
    return structs.replace(incident, row=structs.replace(before, assignments=assignments))


def _place_corrected(incident: Incident, event: PlaceCorrected, meta: Meta) -> Incident:
    before = row_of(incident)
    corrections = place_correction.corrected(before, event, meta)
    learnt = incident.learnt
    if event.phrases and event.label is not None:
        alias = place_correction.alias_of(before.key, meta)
        learnt = (*learnt, LocalName(alias, event, meta.agent_name))
    row = structs.replace(before, corrections=corrections)
    return structs.replace(incident, row=row, learnt=learnt)


def _scene_changed(incident: Incident, event: SceneEvent, meta: Meta) -> Incident:
    row = scene.EVOLVE[type(event)](row_of(incident), event, meta)
    is_mass = isinstance(event, MassDeclared)
    return structs.replace(incident, row=row, alerted=incident.alerted or is_mass)


def _help_changed(incident: Incident, event: HelpEvent, meta: Meta) -> Incident:
    row = help_wanted.EVOLVE[type(event)](row_of(incident), event, meta)
    return structs.replace(incident, row=row)


def _messaged(incident: Incident, event: MessageSent, meta: Meta) -> Incident:
    before = row_of(incident)
    sent = messages.messaged(before, event, meta)
    return structs.replace(incident, row=structs.replace(before, messages=sent))


EVOLVE: Final[dict[type[Struct], Callable[..., Incident]]] = {
    **LIFE,
    **dict.fromkeys(tasking.EVOLVE, _task_changed),
    **dict.fromkeys((TaskRefused, TaskEscalated), _task_troubled),
    **dict.fromkeys(assignment.EVOLVE, _assignment_changed),
    **dict.fromkeys(scene.EVOLVE, _scene_changed),
    **dict.fromkeys(help_wanted.EVOLVE, _help_changed),
    CrewAskedByRadio: _radio_checked,
    LateRecorded: late_entry.recorded,
    IncidentUnmerged: lanes.unmerged,
    IncidentScheduled: lanes.scheduled,
    IncidentHandedOn: lanes.handed_on,
    PlaceCorrected: _place_corrected,
    MessageSent: _messaged,
    **undo.EVOLVE,
}


def evolve(incident: Incident, event: IncidentEvent, meta: Meta) -> Incident:
    """The incident after the event."""
    return EVOLVE[type(event)](incident, event, meta)


def rows(incident: Incident) -> tuple[IncidentRow | EngagementRow, ...]:
    """What the board shows: the incident, and one engagement for each unit at work on it."""
    row = incident.row
    if row is None:
        return ()
    engaged = tuple(
        EngagementRow(
            key=one.unit,
            incident=row.key,
            number=row.number,
            progress=one.progress,
            since=one.progress_at.get(one.progress, one.progress_at[Progress.ASSIGNED]),
            priority=row.priority,
        )
        for one in working(row.assignments)
    )
    return (row, *engaged)


def claims(incident: Incident) -> frozenset[Claim]:
    """Every unit at work here, every report linked here, and the number until it is closed."""
    row = incident.row
    if row is None:
        return frozenset()
    units = (Claim("unit", one.unit) for one in working(row.assignments))
    reports = (Claim("report", report) for report in row.reports)
    is_free = row.state == "closed" or incident.is_reopened
    number = () if is_free else (number_claim(row.number),)
    return frozenset((*units, *reports, *number))


__all__ = ["EVOLVE", "Incident", "claims", "decide", "evolve", "rows"]
