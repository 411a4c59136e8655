"""How much of a row a viewer gets: the whole row, part of it, or None for not a byte. Pure.

    viewer                              sees
    call-taker, dispatcher, supervisor  everything of the room, sensitive incidents included
    officer of an agency                incidents for which the agency has a task now, and 24 hours
                                        after it was completed; their reports with masked numbers;
                                        own units, engagements and inbox. Of a sensitive incident
                                        that another agency leads: where, what, how urgent, what is
                                        dangerous and the own units; not who reported, nor notes
    crew                                the incident the own unit works on, and two hours more; its
                                        reports with masked numbers; the own unit and engagement
                                        and alarms that are shown to officers and concern the agency
    officers and crews                  besides, closed roads, without who closed them, and how
                                        hospitals stand, without who said so
    evaluator                           calls and incidents without any personal text or name, a
                                        sensitive one without its kind and point; desks without
                                        names, units, engagements without their incident; closed
                                        roads without names and typed words, aliases without their
                                        words and incident, and about where; no alarms, but their
                                        monthly report
    admin                               agencies, units, desks, and alarms about the centre itself
    admin, approver, supervisor         the versions of the city pack; everybody else which one is
                                        in use
    system                              everything

An agency that refused a task, or handed it over, has no more to do with the incident and gets
nothing new of it. Personal text in a row that the viewer may read stays a reference; whoever opens
it logs that, and masks numbers where `masks_numbers` says so.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, assert_never

from msgspec import structs

from kentongan.core.pack_rows import UnsignedRule
from kentongan.core.redaction_figures import by_nobody, for_evaluator, status_of
from kentongan.core.rows import (
    AgencyRow,
    AlarmRow,
    AliasRow,
    AnyRow,
    CallRow,
    ChangeRow,
    ClosureRow,
    DeskRow,
    EngagementRow,
    HospitalRow,
    IncidentRow,
    PackRow,
    ReportRow,
    Task,
    UnitRow,
)
from kentongan.core.scene_rows import Mass
from kentongan.core.tasking import find_task, is_active
from kentongan.core.words import Agent, Role, TaskRole, TaskState

CREW_SEES_AFTER: Final = timedelta(hours=2)
"""How long a crew may still read the incident it has left, for its own report."""

AGENCY_SEES_AFTER: Final = timedelta(hours=24)
"""How long an agency may still read an incident after its task or the incident is over."""

WITHDRAWN_SEEN: Final = timedelta(minutes=15)
"""How long an agency whose task was withdrawn may read that it was, and of what."""

Find = Callable[[str, str], AnyRow | None]

_ROOM: Final = (Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR)
_SHOWN: Final = 4  # digits at either end of a masked number
_MASKABLE_MIN: Final = 9  # a shorter number would be given away by its ends


def redact(row: AnyRow, agent: Agent, find: Find, now: datetime | None = None) -> AnyRow | None:
    """What the agent gets of the row: all, some, or None for not a byte.

    Of several roles the one that sees most counts. Without `now` what is over is over: a crew and
    an agency see only what they work on at this moment.
    """
    if isinstance(row, PackRow):
        is_whole = agent.has(Role.ADMIN, Role.APPROVER, Role.SUPERVISOR, Role.SYSTEM)
        unsigned = UnsignedRule(use=row.unsigned.use)
        return (
            row if is_whole else structs.replace(row, versions=(), signatures=(), unsigned=unsigned)
        )
    if agent.has(*_ROOM, Role.SYSTEM):
        return row
    seen = None
    if agent.has(Role.AGENCY_OFFICER) and agent.agency is not None:
        seen = _for_officer(row, agent.agency, find, now)
    if seen is None and agent.has(Role.CREW) and agent.unit is not None:
        seen = _for_crew(row, agent.unit, find, now)
    if seen is None and agent.has(Role.ADMIN) and isinstance(row, AgencyRow | UnitRow | DeskRow):
        seen = structs.replace(row, messages=()) if isinstance(row, UnitRow) else row
        seen = structs.replace(seen, handover=None) if isinstance(seen, DeskRow) else seen
    if seen is None and agent.has(Role.ADMIN) and isinstance(row, AlarmRow):
        seen = row if row.alarm_kind == "system" else None
    if seen is None and agent.has(Role.EVALUATOR):
        seen = for_evaluator(row)
    return seen


def as_participant(agent: Agent) -> Agent:
    """The same person without the evaluator's role: what they see as one who takes part."""
    roles = tuple(role for role in agent.roles if role is not Role.EVALUATOR)
    return structs.replace(agent, roles=roles)


# --- agencies and crews --------------------------------------------------------------------------


def works_for(row: AnyRow | None, agency: str) -> bool:
    """Whether the agency has a task of the incident that it has not ended, or a unit at work."""
    if not isinstance(row, IncidentRow):
        return False
    has_unit = any(one.open and one.agency == agency for one in row.assignments)
    return has_unit or is_active(find_task(row.tasks, agency))


def works_on(row: AnyRow | None, unit: str | None, now: datetime | None) -> bool:
    """Whether the unit works on the incident, or did within the last two hours (given `now`)."""
    return isinstance(row, IncidentRow) and any(
        one.unit == unit and (one.open or _is_recent(one.ended_at, now, CREW_SEES_AFTER))
        for one in row.assignments
    )


def _is_recent(ended_at: datetime | None, now: datetime | None, shown: timedelta) -> bool:
    return now is not None and ended_at is not None and now - ended_at <= shown


def _task_shared(row: AnyRow | None, agency: str, now: datetime | None) -> Task | None:
    """The task by which the agency may read the incident now, or None."""
    if not isinstance(row, IncidentRow):
        return None
    task = find_task(row.tasks, agency)
    if task is None or (row.closed_at is None and works_for(row, agency)):
        return task
    if task.state in (TaskState.REFUSED, TaskState.HANDED_OVER):
        return None
    ended_at = task.ended_at or row.closed_at
    shown = WITHDRAWN_SEEN if task.state is TaskState.WITHDRAWN else AGENCY_SEES_AFTER
    return task if _is_recent(ended_at, now, shown) else None


def _for_officer(row: AnyRow, agency: str, find: Find, now: datetime | None) -> AnyRow | None:
    match row:
        case IncidentRow():
            task = _task_shared(row, agency, now)
            if task is None:
                return None
            shown = _with_messages(
                row, {agency}, {one.unit for one in row.assignments if one.agency == agency}
            )
            shown = _with_ringing(shown, agency)
            return _needed(shown, agency) if _is_limited(row, task) else _without_links(shown)
        case ReportRow(incident=incident):
            known = None if incident is None else find("incident", incident)
            task = _task_shared(known, agency, now)
            if task is None or not isinstance(known, IncidentRow):
                return None
            return _unnamed(row) if _is_limited(known, task) else _of_shared_incident(row)
        case UnitRow():
            return _of_own_unit(row) if row.agency == agency else None
        case EngagementRow(key=unit):
            own = find("unit", unit)
            return row if isinstance(own, UnitRow) and own.agency == agency else None
        case AgencyRow(key=key):
            return row if key == agency else None
        case ClosureRow():
            return by_nobody(row)
        case HospitalRow():
            return status_of(row)
        case AlarmRow():
            return row if is_shown_to(row, agency) else None
        case CallRow() | DeskRow() | AliasRow() | ChangeRow() | PackRow():
            return None
        case _:
            assert_never(row)


def is_shown_to(row: AnyRow | None, agency: str) -> bool:
    """Whether an alarm is one that this agency's officers must act on."""
    if not isinstance(row, AlarmRow) or row.agency != agency:
        return False
    return row.alarm_kind == "agency_silent" or Role.AGENCY_OFFICER.value in row.to


def _is_limited(row: IncidentRow, task: Task) -> bool:
    """Sensitive and led by somebody else: what is needed to help, and no more."""
    return row.sensitive and task.role is not TaskRole.LEAD


def _needed(row: IncidentRow, agency: str) -> IncidentRow:
    """Where, what, how urgent, what is dangerous, the own units; no words about a person."""
    return structs.replace(
        row,
        merged_into=None,
        shortage=None,
        warned=(),
        photos=(),
        notes=(),
        corrections=(),
        variants=(),
        edited=(),
        triage=tuple(structs.replace(one, answer_text=None) for one in row.triage if one.safety),
        instructions=(),
        instructions_withheld=False,
        compressions_at=None,
        tasks=tuple(
            one if one.agency == agency else structs.replace(one, reason=None, reason_text=None)
            for one in row.tasks
        ),
        assignments=tuple(one for one in row.assignments if one.agency == agency),
        mass=_own_zones(row, agency),
    )


def _own_zones(row: IncidentRow, agency: str) -> Mass | None:
    """The zones of the agency's own units."""
    own = {one.unit for one in row.assignments if one.agency == agency}
    mass = row.mass
    return mass and structs.replace(mass, zones=tuple(one for one in mass.zones if one.unit in own))


def _unnamed(row: ReportRow) -> ReportRow:
    """That there is a report, and when; neither who told it nor what they said."""
    return structs.replace(
        row,
        call=None,
        name=None,
        number=None,
        complaint=None,
        complaint_at=None,
        told=(),
        settled=(),
        follow_links=(),
        variants=(),
        edited=(),
    )


def _for_crew(row: AnyRow, unit: str, find: Find, now: datetime | None) -> AnyRow | None:
    match row:
        case IncidentRow():
            if not works_on(row, unit, now):
                return None
            return _without_links(_with_ringing(_with_messages(row, set(), {unit}), None))
        case ReportRow(incident=incident):
            known = None if incident is None else find("incident", incident)
            return _of_shared_incident(row) if works_on(known, unit, now) else None
        case UnitRow(key=key):
            return _of_own_unit(row) if key == unit else None
        case EngagementRow(key=key):
            return row if key == unit else None
        case ClosureRow():
            return by_nobody(row)
        case HospitalRow():
            return status_of(row)
        case (
            AgencyRow() | CallRow() | DeskRow() | AliasRow() | AlarmRow() | PackRow() | ChangeRow()
        ):
            return None
        case _:
            assert_never(row)


def _of_own_unit(row: UnitRow) -> UnitRow:
    """A unit as its own people see it: ready for a number, not yet for an incident."""
    if row.pre_alert is None:
        return row
    return structs.replace(row, pre_alert=structs.replace(row.pre_alert, incident=None))


def _with_messages(row: IncidentRow, agencies: set[str], units: set[str]) -> IncidentRow:
    """The incident with those messages that are for one of these, and what they asked for."""
    if not row.messages and not row.help_wanted:
        return row
    own = (one for one in row.messages if one.unit in units or one.agency in agencies)
    wishes = (one for one in row.help_wanted if one.unit in units or one.agency in agencies)
    return structs.replace(row, messages=tuple(own), help_wanted=tuple(wishes))


def _with_ringing(row: IncidentRow, agency: str | None) -> IncidentRow:
    """The incident without whose telephone at another agency the centre rings."""
    if all(one.ringing is None for one in row.tasks):
        return row
    tasks = (
        one if one.agency == agency else structs.replace(one, ringing=None) for one in row.tasks
    )
    return structs.replace(row, tasks=tuple(tasks))


def _without_links(row: IncidentRow) -> IncidentRow:
    """An incident as another agency sees it: no id of an incident it may not see, and what the room
    has not agreed on yet stays there."""
    return structs.replace(row, merged_into=None, shortage=None, variants=(), edited=())


def _of_shared_incident(row: ReportRow) -> ReportRow:
    """A report as another agency sees it: no call, which it could not open; a masked number."""
    number = row.number
    if number is not None and number.text is not None:
        number = structs.replace(number, text=mask_number(number.text))
    own = structs.replace(row, call=None, number=number, follow_links=(), settled=())
    return structs.replace(own, variants=(), edited=())


# --- numbers -------------------------------------------------------------------------------------


def masks_numbers(agent: Agent) -> bool:
    """Whether this viewer gets a reporter's number masked: everybody outside the room."""
    return not agent.has(*_ROOM, Role.SYSTEM)


def mask_number(number: str) -> str:
    """A number to recognise, not to dial: `0813-xxxx-1148`. A short one shows nothing."""
    digits = "".join(sign for sign in number if sign.isdigit())
    if len(digits) < _MASKABLE_MIN:
        return "xxxx"
    return f"{digits[:_SHOWN]}-xxxx-{digits[-_SHOWN:]}"
