"""The lanes beside the siren queue: by appointment, handed on as a ticket, taken apart again.

    command     draft              open               closed
    schedule    by appointment     by appointment     refused incident_closed
    hand on     closed, handed on  if no unit works   nothing, or refused
    unmerge     nothing            nothing            as it was before, if it was merged

Theory: a third of what the city is asked for is care at home, a hearse, a nest of wasps: it is
served, but never from the queue of those who may die. An appointment is a window, not a point, and
only for kinds that the city marks so; what has become urgent has none. A complaint goes to the
office that answers complaints, which is told like any agency, and its number is told to the caller.
What happened beyond the border stays ours until the neighbouring centre has said that it takes it,
under a word or number of its own: without it nobody could ask there what became of it. Pure.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, assert_never

from msgspec import structs

from kentongan.cities.facts import AgencyKind
from kentongan.core.assignment import working
from kentongan.core.checks import check_label, split_reason
from kentongan.core.commands.incident_lane import HandOn, ScheduleIncident, UnmergeIncident
from kentongan.core.context import Context
from kentongan.core.events.incident import AgencyTasked, IncidentClosed, TaskAcknowledged
from kentongan.core.events.incident_lane import (
    IncidentHandedOn,
    IncidentScheduled,
    IncidentUnmerged,
)
from kentongan.core.lifecycle import Incident, must_not_be_closed
from kentongan.core.rows import Appointment, IncidentRow, Ticket
from kentongan.core.tasking import find_task, is_active
from kentongan.core.words import Meta, Outcome, Priority, Refused, TaskRole, TaskState

AHEAD_MAX: Final = timedelta(days=90)
"""Farthest appointment; a later one is a mistyped date."""

WINDOW_MAX: Final = timedelta(hours=24)
"""Longest window; "some day this week" is no appointment."""

LEAD: Final = timedelta(minutes=30)
"""How long before the window a unit must be found: the drive, and a change of plans."""

TICKETS: Final = "tickets"
"""Mode of an office that gets complaints, never emergencies."""

URGENT: Final = (Priority.P1, Priority.P2)


def decide(
    command: UnmergeIncident | ScheduleIncident | HandOn,
    incident: Incident,
    row: IncidentRow,
    context: Context,
) -> tuple[
    IncidentUnmerged
    | IncidentScheduled
    | IncidentHandedOn
    | AgencyTasked
    | TaskAcknowledged
    | IncidentClosed,
    ...,
]:
    """What the command leads to; nothing when it repeats what is already so."""
    match command:
        case UnmergeIncident():
            if row.merged_into is None:
                return ()
            return (IncidentUnmerged(into=row.merged_into, reports=incident.moved),)
        case ScheduleIncident():
            must_not_be_closed(row)
            return _schedule(command, row, context)
        case HandOn():
            return _hand_on(command, row, context)
        case _:
            assert_never(command)


def _schedule(
    command: ScheduleIncident, row: IncidentRow, context: Context
) -> tuple[IncidentScheduled, ...]:
    if command.from_at is None or command.until_at is None:
        return () if row.appointment is None else (IncidentScheduled(),)
    nature = context.plans.natures.get(row.nature) if row.nature is not None else None
    if nature is None or not nature.appointment:
        raise Refused("not_by_appointment")
    if row.priority in URGENT:
        raise Refused("appointment_too_urgent", priority=row.priority or "")
    from_at, until_at = _window(command.from_at, command.until_at, context.at)
    before = row.appointment
    if before is not None and (before.from_at, before.until_at) == (from_at, until_at):
        return ()
    key, words = split_reason(command.reason)
    return (IncidentScheduled(from_at=from_at, until_at=until_at, reason=key, reason_text=words),)


def _window(from_at: datetime, until_at: datetime, now: datetime) -> tuple[datetime, datetime]:
    if from_at.tzinfo is None or until_at.tzinfo is None:
        raise Refused("time_unreadable")
    if not now <= until_at <= now + AHEAD_MAX:
        raise Refused("appointment_over", days_max=str(AHEAD_MAX.days))
    if not timedelta() < until_at - from_at <= WINDOW_MAX:
        raise Refused("appointment_window", hours_max=str(int(WINDOW_MAX.total_seconds() // 3600)))
    return from_at.astimezone(UTC), until_at.astimezone(UTC)


def _hand_on(
    command: HandOn, row: IncidentRow, context: Context
) -> tuple[AgencyTasked | TaskAcknowledged | IncidentHandedOn | IncidentClosed, ...]:
    ticket = command.ticket.strip() or row.long_id
    check_label(ticket, "ticket")
    is_there = row.ticket is not None and (row.ticket.agency, row.ticket.number) == (
        command.agency,
        ticket,
    )
    if is_there and row.state == "closed":
        return ()
    must_not_be_closed(row)
    if row.nature is None:
        raise Refused("not_enough_to_send", missing="nature")
    asked = _told(command, row, context)
    units = [one.unit for one in working(row.assignments)]
    if units:
        raise Refused(
            "units_still_working", units=", ".join(units), incident_number=str(row.number)
        )
    return (
        *asked,
        IncidentHandedOn(agency=command.agency, ticket=ticket),
        IncidentClosed(outcome=Outcome.HANDED_OVER),
    )


def _told(
    command: HandOn, row: IncidentRow, context: Context
) -> tuple[AgencyTasked | TaskAcknowledged, ...]:
    """An office of tickets is asked; a neighbouring centre has answered, and said its word."""
    task = find_task(row.tasks, command.agency)
    is_asked = is_active(task)
    asked = () if is_asked else (AgencyTasked(agency=command.agency, role=TaskRole.LEAD),)
    if context.plans.agency_kinds.get(command.agency) == AgencyKind.NEIGHBOUR:
        if not command.ticket.strip():
            raise Refused("neighbour_word_missing", agency=command.agency)
        has_said = is_asked and task is not None and task.state is TaskState.ACKNOWLEDGED
        return asked if has_said else (*asked, TaskAcknowledged(agency=command.agency))
    if context.plans.agency_modes.get(command.agency) != TICKETS:
        raise Refused("no_ticket_channel", agency=command.agency[:100])
    return asked


def wanted_since(row: IncidentRow, at: datetime) -> datetime:
    """Since when somebody is waited for: at once, or shortly before the appointment."""
    return at if row.appointment is None else max(at, row.appointment.from_at - LEAD)


# --- what the events mean ------------------------------------------------------------------------


def unmerged(incident: Incident, event: IncidentUnmerged, meta: Meta) -> Incident:  # noqa: ARG001
    """As it was before it was merged; its reports come back by themselves (`core.policy`)."""
    before = _row(incident)
    row = structs.replace(
        before,
        state="draft" if before.sent_at is None else "open",
        closed_at=None,
        outcome=None,
        merged_into=None,
    )
    return structs.replace(incident, row=row, moved=())


def scheduled(incident: Incident, event: IncidentScheduled, meta: Meta) -> Incident:
    """A window, and how often it was moved."""
    before = _row(incident)
    appointment = None
    if event.from_at is not None and event.until_at is not None:
        earlier = before.appointment
        appointment = Appointment(
            from_at=event.from_at,
            until_at=event.until_at,
            set_at=meta.at,
            set_by=meta.agent_name,
            moved=0 if earlier is None else earlier.moved + 1,
        )
    return structs.replace(incident, row=structs.replace(before, appointment=appointment))


def handed_on(incident: Incident, event: IncidentHandedOn, meta: Meta) -> Incident:
    """Where it went, and under which number."""
    ticket = Ticket(agency=event.agency, number=event.ticket, at=meta.at, by=meta.agent_name)
    return structs.replace(incident, row=structs.replace(_row(incident), ticket=ticket))


def _row(incident: Incident) -> IncidentRow:
    assert incident.row is not None, f"{incident.key} has an event before it was opened"  # noqa: S101
    return incident.row
