"""Who may ask what, and how much of a row a viewer gets. Permission has these two places only.

`may` answers for commands: a table of roles for every command, then rules about the object ("own
agency", "own unit"), which look at the board through `find`. `redact` answers for rows: the whole
row, part of it, or None, and then the viewer gets no byte of it. Both are pure.

    viewer                              sees
    call-taker, dispatcher, supervisor  everything of the room, sensitive incidents included
    officer of an agency                incidents in which the agency has a task, their reports with
                                        masked numbers, own units, engagements and inbox
    crew                                the incident the own unit works on, and two hours more; its
                                        reports with masked numbers; the own unit and engagement
    evaluator                           calls and incidents without any personal text
    admin                               agencies, units and desks
    system                              everything

Personal text in a row that the viewer may read stays a reference; whoever opens it logs that, and
masks numbers where `masks_numbers` says so.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, assert_never

from msgspec import structs

from kentongan.core.access_table import OWN_AGENCY, OWN_UNIT, ROLES
from kentongan.core.commands import (
    AddNote,
    AnswerCall,
    AnyCommand,
    CloseIncident,
    EndDuty,
    PauseDuty,
    ResumeDuty,
)
from kentongan.core.rows import (
    AgencyRow,
    AnyRow,
    Assignment,
    CallRow,
    DeskRow,
    EngagementRow,
    IncidentRow,
    ReportRow,
    UnitRow,
)
from kentongan.core.words import Agent, Place, Refused, Role

CREW_SEES_AFTER: Final = timedelta(hours=2)
"""How long a crew may still read the incident it has left, for its own report."""

Find = Callable[[str, str], AnyRow | None]

_ROOM: Final = (Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR)
_SHOWN: Final = 4  # digits at either end of a masked number
_MASKABLE_MIN: Final = 9  # a shorter number would be given away by its ends


def may(agent: Agent, command: AnyCommand, find: Find) -> None:
    """Return when the agent may ask this; raise `Refused("not_permitted", …)` when not."""
    allowed = ROLES[type(command)]
    if not any(_holds(role, agent, command, find) for role in agent.roles if role in allowed):
        tag = str(type(command).__struct_config__.tag)
        raise Refused("not_permitted", command=tag, roles=",".join(sorted(allowed)))


def _holds(role: Role, agent: Agent, command: AnyCommand, find: Find) -> bool:
    """Whether this role, which the table allows, is enough for this object."""
    match role:
        case Role.AGENCY_OFFICER:
            return agent.agency is not None and _is_of_agency(agent.agency, command, find)
        case Role.CREW:
            return agent.unit is not None and _is_of_unit(agent.unit, command, find)
        case Role.CALL_TAKER | Role.DISPATCHER:
            return _is_own_place(agent, command, find) and (
                role is Role.DISPATCHER or _is_draft_to_close(command, find)
            )
        case Role.SUPERVISOR:
            return not isinstance(command, AnswerCall) or _is_own_place(agent, command, find)
        case Role.ADMIN | Role.SYSTEM | Role.EVALUATOR:
            return True
        case _:
            assert_never(role)


def _is_own_place(agent: Agent, command: AnyCommand, find: Find) -> bool:
    """Calls are answered at the desk one is on duty at; it is left or paused by who works there."""
    match command:
        case AnswerCall(desk=desk):
            return agent.desk == desk
        case EndDuty(desk=desk) | PauseDuty(desk=desk) | ResumeDuty(desk=desk):
            row = find("desk", desk)
            return not isinstance(row, DeskRow) or row.agent in (None, agent.id)
        case _:
            return True


def _is_draft_to_close(command: AnyCommand, find: Find) -> bool:
    """A call-taker closes a draft; what was sent is closed by a dispatcher."""
    if not isinstance(command, CloseIncident):
        return True
    row = find("incident", command.incident)
    return not isinstance(row, IncidentRow) or row.state == "draft"


def _is_of_agency(agency: str, command: AnyCommand, find: Find) -> bool:
    if isinstance(command, AddNote):
        return _has_task(find("incident", command.incident), agency)
    if isinstance(command, OWN_AGENCY):
        return command.agency == agency
    if isinstance(command, OWN_UNIT):
        row = find("unit", command.unit)
        return isinstance(row, UnitRow) and row.agency == agency
    return False


def _is_of_unit(unit: str, command: AnyCommand, find: Find) -> bool:
    if isinstance(command, AddNote):
        return _works_on(find("incident", command.incident), unit, None)
    return isinstance(command, OWN_UNIT) and command.unit == unit


def _has_task(row: AnyRow | None, agency: str | None) -> bool:
    return isinstance(row, IncidentRow) and any(task.agency == agency for task in row.tasks)


def _works_on(row: AnyRow | None, unit: str | None, now: datetime | None) -> bool:
    """Whether the unit works on the incident, or did within the last two hours (given `now`)."""
    return isinstance(row, IncidentRow) and any(
        one.unit == unit and _is_recent(one, now) for one in row.assignments
    )


def _is_recent(one: Assignment, now: datetime | None) -> bool:
    if one.open:
        return True
    return now is not None and one.ended_at is not None and now - one.ended_at <= CREW_SEES_AFTER


# --- what a viewer sees --------------------------------------------------------------------------


def redact(row: AnyRow, agent: Agent, find: Find, now: datetime | None = None) -> AnyRow | None:
    """What the agent gets of the row: all, some, or None for not a byte.

    Of several roles the one that sees most counts. Without `now` a crew sees only what its unit
    works on at this moment.
    """
    if agent.has(*_ROOM, Role.SYSTEM):
        return row
    seen = None
    if agent.has(Role.AGENCY_OFFICER) and agent.agency is not None:
        seen = _for_officer(row, agent.agency, find)
    if seen is None and agent.has(Role.CREW) and agent.unit is not None:
        seen = _for_crew(row, agent.unit, find, now)
    if seen is None and agent.has(Role.EVALUATOR):
        seen = _for_evaluator(row)
    if seen is None and agent.has(Role.ADMIN) and isinstance(row, AgencyRow | UnitRow | DeskRow):
        seen = row
    return seen


def _for_officer(row: AnyRow, agency: str, find: Find) -> AnyRow | None:
    match row:
        case IncidentRow():
            return _without_links(row) if _has_task(row, agency) else None
        case ReportRow(incident=incident):
            known = None if incident is None else find("incident", incident)
            return _of_shared_incident(row) if _has_task(known, agency) else None
        case UnitRow():
            return row if row.agency == agency else None
        case EngagementRow(key=unit):
            own = find("unit", unit)
            return row if isinstance(own, UnitRow) and own.agency == agency else None
        case AgencyRow(key=key):
            return row if key == agency else None
        case CallRow() | DeskRow():
            return None
        case _:
            assert_never(row)


def _for_crew(row: AnyRow, unit: str, find: Find, now: datetime | None) -> AnyRow | None:
    match row:
        case IncidentRow():
            return _without_links(row) if _works_on(row, unit, now) else None
        case ReportRow(incident=incident):
            known = None if incident is None else find("incident", incident)
            return _of_shared_incident(row) if _works_on(known, unit, now) else None
        case UnitRow(key=key) | EngagementRow(key=key):
            return row if key == unit else None
        case AgencyRow() | CallRow() | DeskRow():
            return None
        case _:
            assert_never(row)


def _without_links(row: IncidentRow) -> IncidentRow:
    """An incident as another agency sees it: no id of an incident it may not see."""
    return structs.replace(row, merged_into=None)


def _of_shared_incident(row: ReportRow) -> ReportRow:
    """A report as another agency sees it: no call, which it could not open; a masked number."""
    number = row.number
    if number is not None and number.text is not None:
        number = structs.replace(number, text=mask_number(number.text))
    return structs.replace(row, call=None, number=number)


def _for_evaluator(row: AnyRow) -> AnyRow | None:
    match row:
        case IncidentRow():
            return structs.replace(
                row,
                place=_impersonal(row.place, is_sensitive=row.sensitive),
                notes=(),
                triage=(),
                opened_by="",
            )
        case CallRow():
            place = _impersonal(row.place, is_sensitive=True)
            return structs.replace(row, number=None, place=place, keys="", remarks=())
        case _:
            return None


def _impersonal(place: Place | None, *, is_sensitive: bool) -> Place | None:
    """A place without words; a sensitive one is known to its kelurahan only."""
    if place is None:
        return None
    bare = structs.replace(place, words=None, label=None, landmark=None)
    return structs.replace(bare, point=None, radius_m=None) if is_sensitive else bare


def masks_numbers(agent: Agent) -> bool:
    """Whether this viewer gets a reporter's number masked: everybody outside the room."""
    return not agent.has(*_ROOM, Role.SYSTEM)


def mask_number(number: str) -> str:
    """A number to recognise, not to dial: `0813-xxxx-1148`. A short one shows nothing."""
    digits = "".join(sign for sign in number if sign.isdigit())
    if len(digits) < _MASKABLE_MIN:
        return "xxxx"
    return f"{digits[:_SHOWN]}-xxxx-{digits[-_SHOWN:]}"
