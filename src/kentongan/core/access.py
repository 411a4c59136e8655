"""Who may ask what. How much of a row a viewer gets is the other half: `core.redaction`.

`may` answers for commands: a table of roles for every command, then rules about the object ("own
agency", "own unit", "own desk"), which look at the board through `find`. What is not theirs and
what is not there are refused alike, so that asking tells nothing. Pure.
"""

from collections.abc import Callable, Container
from typing import Final, assert_never

from kentongan.core.access_table import AT_OWN_DESK, OF_OWN_DUTY, OWN_AGENCY, OWN_UNIT, ROLES
from kentongan.core.commands import (
    AddNote,
    AnyCommand,
    AttachPhoto,
    BreakDown,
    CloseIncident,
    CorrectPlace,
    CountCasualties,
    DeliverAlert,
    EndAgencyDuty,
    LeaveAlarm,
    PlayRecording,
    ProgressUnit,
    ReopenIncident,
    RequestHelp,
    ScheduleIncident,
    SetHospitalStatus,
    StartAgencyDuty,
    TakeAlarm,
    WithdrawHelp,
)
from kentongan.core.redaction import is_shown_to, works_for, works_on
from kentongan.core.rows import AgencyRow, AlarmRow, AnyRow, CallRow, DeskRow, IncidentRow, UnitRow
from kentongan.core.tasking import is_active
from kentongan.core.words import Agent, Refused, Role, TaskRole

Find = Callable[[str, str], AnyRow | None]

MEDICAL: Final = "medical"
"""The kind of agency whose officers say how hospitals stand."""


def may(agent: Agent, command: AnyCommand, find: Find) -> None:
    """Return when the agent may ask this; raise `Refused` when not: `not_permitted`, or what of
    one's own duty is in the way (`not_on_duty`, `on_duty_elsewhere`)."""
    allowed = ROLES[type(command)]
    if not any(_holds(role, agent, command, find) for role in agent.roles if role in allowed):
        _check_duty(agent, command, allowed)
        tag = str(type(command).__struct_config__.tag)
        raise Refused("not_permitted", command=tag, roles=",".join(sorted(allowed)))


def _check_duty(agent: Agent, command: AnyCommand, allowed: Container[Role]) -> None:
    """Whose role would do, and whose desk does not, is told so: it is their own desk."""
    if isinstance(command, AT_OWN_DESK) and any(role in allowed for role in agent.roles):
        if agent.desk is None:
            raise Refused("not_on_duty")
        raise Refused("on_duty_elsewhere", desk=agent.desk)


def _holds(role: Role, agent: Agent, command: AnyCommand, find: Find) -> bool:
    """Whether this role, which the table allows, is enough for this object."""
    match role:
        case Role.AGENCY_OFFICER:
            return agent.agency is not None and _is_of_agency(agent.agency, command, find)
        case Role.CREW:
            return agent.unit is not None and _is_of_unit(agent.unit, command, find)
        case Role.CALL_TAKER | Role.DISPATCHER:
            return _is_own_place(agent, command, find) and (
                role is Role.DISPATCHER or _is_never_sent(command, find)
            )
        case Role.SUPERVISOR:
            return not isinstance(command, AT_OWN_DESK) or agent.desk == command.desk
        case Role.ADMIN | Role.APPROVER | Role.SYSTEM | Role.EVALUATOR:
            return True
        case _:
            assert_never(role)


def _is_own_place(agent: Agent, command: AnyCommand, find: Find) -> bool:
    """Calls are taken at the desk one is on duty at; its duty is changed by who works there."""
    if isinstance(command, AT_OWN_DESK):
        return agent.desk == command.desk
    if isinstance(command, OF_OWN_DUTY):
        row = find("desk", command.desk)
        return not isinstance(row, DeskRow) or row.agent in (None, agent.id)
    if isinstance(command, PlayRecording):
        return _is_in_own_hand(agent, find("call", command.call))
    return True


def _is_in_own_hand(agent: Agent, row: AnyRow | None) -> bool:
    """Whoever has the call may hear again what was said, until it is disposed of.

    Who transferred it has it no more, though the row keeps their name: what others say in it since
    is not theirs to hear. Nor has the desk that a queue took it from, or a supervisor.
    """
    if not isinstance(row, CallRow) or row.desk is None:
        return False
    return row.agent == agent.id and row.disposition is None


def _is_never_sent(command: AnyCommand, find: Find) -> bool:
    """A call-taker closes a draft, and opens it again; what was sent is a dispatcher's."""
    if not isinstance(command, CloseIncident | ReopenIncident):
        return True
    row = find("incident", command.incident)
    if isinstance(command, CloseIncident):
        return not isinstance(row, IncidentRow) or row.state == "draft"
    return not isinstance(row, IncidentRow) or row.sent_at is None


def _is_of_agency(agency: str, command: AnyCommand, find: Find) -> bool:
    if isinstance(command, AddNote | AttachPhoto):
        return works_for(find("incident", command.incident), agency)
    if isinstance(command, RequestHelp | WithdrawHelp) and command.unit is None:
        is_own = command.agency == agency
        return is_own and works_for(find("incident", command.incident), agency)
    if isinstance(command, ScheduleIncident):
        return _leads(find("incident", command.incident), agency)
    if isinstance(command, StartAgencyDuty | EndAgencyDuty):
        return command.agency == agency
    if isinstance(command, TakeAlarm):
        return _may_take(find("alarm", command.alarm), agency)
    if isinstance(command, LeaveAlarm):
        return is_shown_to(find("alarm", command.alarm), agency)
    if isinstance(command, SetHospitalStatus):
        row = find("agency", agency)
        return isinstance(row, AgencyRow) and row.agency_kind == MEDICAL
    if isinstance(command, OWN_AGENCY):
        return command.agency == agency and _was_asked(find("incident", command.incident), agency)
    if isinstance(command, OWN_UNIT):
        row = find("unit", command.unit or "")
        is_own = isinstance(row, UnitRow) and row.agency == agency
        return is_own and _concerns_unit(command, find)
    return False


def _may_take(row: AnyRow | None, agency: str) -> bool:
    """What an officer takes makes no sound any more in the room: a crew in danger is the room's."""
    is_panic = isinstance(row, AlarmRow) and row.alarm_kind == "crew_emergency"
    return is_shown_to(row, agency) and not is_panic


def _is_of_unit(unit: str, command: AnyCommand, find: Find) -> bool:
    if isinstance(command, AttachPhoto):  # one taken without a network comes after the work
        return _was_given(find("incident", command.incident), unit)
    if isinstance(command, AddNote | CountCasualties):
        return works_on(find("incident", command.incident), unit, None)
    is_own = isinstance(command, OWN_UNIT) and command.unit == unit
    return is_own and _concerns_unit(command, find)


def _leads(row: AnyRow | None, agency: str) -> bool:
    """Whether the agency is the one that comes: it knows when its people can."""
    return isinstance(row, IncidentRow) and any(
        task.agency == agency and task.role == TaskRole.LEAD and is_active(task)
        for task in row.tasks
    )


def _was_asked(row: AnyRow | None, agency: str) -> bool:
    """Whether the agency was ever asked: it may still change its mind, or answer late."""
    return isinstance(row, IncidentRow) and any(task.agency == agency for task in row.tasks)


def _concerns_unit(command: AnyCommand, find: Find) -> bool:
    """Whether the incident named, if any, was ever given to the unit named."""
    if not isinstance(
        command,
        DeliverAlert | ProgressUnit | CorrectPlace | BreakDown | RequestHelp | WithdrawHelp,
    ):
        return True
    return _was_given(find("incident", command.incident), command.unit)


def _was_given(row: AnyRow | None, unit: str | None) -> bool:
    return isinstance(row, IncidentRow) and any(one.unit == unit for one in row.assignments)
