"""Beside the siren queue: appointments, tickets, incidents taken apart, crews asked by radio."""

from datetime import timedelta

import pytest
from core_world import (
    AMB,
    BUDI,
    DINKES,
    FIRE,
    HERE,
    INCIDENT,
    OTHER,
    PLANS,
    REPORT,
    START,
    SYSTEM,
    World,
    tags,
)

from kentongan.core import commands as c
from kentongan.core import streams
from kentongan.core.alarm_rules import Situation, standing
from kentongan.core.incident import Incident
from kentongan.core.lanes import AHEAD_MAX, LEAD, WINDOW_MAX
from kentongan.core.policy import reactions, timers
from kentongan.core.rows import EngagementRow, IncidentRow
from kentongan.core.words import (
    AgencyKey,
    NatureCode,
    Outcome,
    Priority,
    Progress,
    Refused,
    ReportId,
    TaskState,
)

HOME_CARE, WASTE, BEYOND = NatureCode("MED-19"), NatureCode("PUB-01"), NatureCode("NON-09")
LAPOR, NEIGHBOUR = AgencyKey("lapor_semar"), AgencyKey("tetangga112")
TOMORROW = START + timedelta(hours=20)
ARRANGE = c.ScheduleIncident(
    incident=INCIDENT, from_at=TOMORROW, until_at=TOMORROW + timedelta(hours=4)
)


def opened(nature: NatureCode) -> World:
    """A draft of that kind with a place and a report."""
    return World().run(
        c.OpenReport(report=REPORT),
        c.OpenIncident(incident=INCIDENT, report=REPORT),
        c.LocateIncident(incident=INCIDENT, place=HERE),
        c.ClassifyIncident(incident=INCIDENT, nature=nature),
    )


def reason(world: World, command: c.AnyCommand) -> str:
    """Why it is refused."""
    with pytest.raises(Refused) as refused:
        world.do(command)
    return refused.value.reason


def kinds(world: World, seconds: float) -> set[str]:
    """The alarms that stand so many seconds after the beginning."""
    rows = world.rows()
    situation = Situation(
        incidents=[row for row in rows if isinstance(row, IncidentRow)],
        engagements=[row for row in rows if isinstance(row, EngagementRow)],
        fixes={AMB: START + timedelta(seconds=seconds)},
    )
    found = standing(situation, PLANS, START + timedelta(seconds=seconds))
    return {one.cause.kind for one in found}


# --- appointments --------------------------------------------------------------------------------


def test_care_at_home_is_a_window_that_may_be_moved_and_lifted() -> None:
    """Who arranged it, how often it was moved; the same window again is nothing."""
    world = opened(HOME_CARE)
    assert tags(world.do(ARRANGE)) == ["incident.scheduled"]
    assert world.do(ARRANGE) == ()
    later = c.ScheduleIncident(
        incident=INCIDENT,
        from_at=TOMORROW + timedelta(hours=4),
        until_at=TOMORROW + timedelta(hours=8),
        reason="P1 ambil kendaraan",
    )
    world.do(later)
    appointment = world.incident().appointment
    assert appointment is not None
    assert (appointment.set_by, appointment.moved) == ("Rina", 1)
    assert appointment.from_at == TOMORROW + timedelta(hours=4)
    lift = c.ScheduleIncident(incident=INCIDENT)
    assert tags(world.do(lift)) == ["incident.scheduled"]
    assert world.incident().appointment is None
    assert world.do(lift) == ()


def test_what_is_urgent_or_of_another_kind_has_no_appointment() -> None:
    """An arrest never waits, nor does home care that became P1."""
    assert reason(opened(NatureCode("MED-01")), ARRANGE) == "not_by_appointment"
    world = opened(HOME_CARE)
    world.do(c.SetPriority(incident=INCIDENT, priority=Priority.P1))
    assert reason(world, ARRANGE) == "appointment_too_urgent"
    world.run(c.CloseIncident(incident=INCIDENT, outcome=Outcome.NO_INCIDENT))
    assert reason(world, ARRANGE) == "incident_closed"


@pytest.mark.parametrize(
    ("from_h", "until_h", "why"),
    [
        (-5.0, -1.0, "appointment_over"),
        (24.0, 24.0, "appointment_window"),
        (24.0, 20.0, "appointment_window"),
        (1.0, 2.0 + WINDOW_MAX.total_seconds() / 3600, "appointment_window"),
        (AHEAD_MAX.days * 24.0, AHEAD_MAX.days * 24.0 + 1, "appointment_over"),
    ],
)
def test_a_window_is_one_that_can_be_kept(from_h: float, until_h: float, why: str) -> None:
    """Not over, not empty, not a day long, not next year."""
    wanted = c.ScheduleIncident(
        incident=INCIDENT,
        from_at=START + timedelta(hours=from_h),
        until_at=START + timedelta(hours=until_h),
    )
    assert reason(opened(HOME_CARE), wanted) == why
    naive = TOMORROW.replace(tzinfo=None)
    bare = c.ScheduleIncident(incident=INCIDENT, from_at=naive, until_at=naive)
    assert reason(opened(HOME_CARE), bare) == "time_unreadable"


def test_an_appointment_that_is_far_away_is_no_alarm_until_shortly_before() -> None:
    """Sent and without a unit: silent all day, an alarm when a unit should be found by now."""
    world = opened(HOME_CARE).run(ARRANGE, c.SendIncident(incident=INCIDENT))
    world.do(c.TaskAgency(incident=INCIDENT, agency=DINKES), SYSTEM)
    wanted_s = (TOMORROW - LEAD - START).total_seconds()
    limit_s = PLANS.limit_s("A-03", "P4") or 0
    assert kinds(world, wanted_s) == set()
    assert kinds(world, wanted_s + limit_s) == {"no_unit", "agency_silent"}
    unarranged = opened(HOME_CARE).run(c.SendIncident(incident=INCIDENT))
    assert "no_unit" in kinds(unarranged, limit_s)


def test_an_agency_is_not_hurried_for_an_appointment() -> None:
    """The timers of its silence begin shortly before the window."""
    world = opened(HOME_CARE).run(ARRANGE, c.SendIncident(incident=INCIDENT))
    (tasked,) = world.do(c.TaskAgency(incident=INCIDENT, agency=DINKES), SYSTEM)
    meta = world.history["incident:i1"][-1][1]
    due = [one.due_at for one in timers(tasked, meta, world.state("incident:i1"), PLANS)]
    assert due
    assert min(due) > TOMORROW - LEAD


# --- tickets -------------------------------------------------------------------------------------


def test_a_complaint_goes_to_its_office_under_a_number_and_is_closed_here() -> None:
    """The office is told like any agency; the number is its own, or the incident's."""
    world = opened(WASTE)
    hand_on = c.HandOn(incident=INCIDENT, agency=LAPOR, ticket=" LS-2026-4711 ")
    assert tags(world.do(hand_on)) == ["task.tasked", "incident.handed_on", "incident.closed"]
    row = world.incident()
    assert row.ticket is not None
    assert (row.ticket.number, row.ticket.by) == ("LS-2026-4711", "Rina")
    assert (row.state, row.outcome) == ("closed", Outcome.HANDED_OVER)
    assert world.do(hand_on) == ()
    other = opened(WASTE)
    other.do(c.HandOn(incident=INCIDENT, agency=LAPOR))
    ticket = other.incident().ticket
    assert ticket is not None
    assert ticket.number == other.incident().long_id


def test_an_emergency_is_not_handed_on_as_a_complaint() -> None:
    """Only to an office of tickets, only with a kind, never over a unit that works."""
    world = opened(WASTE)
    assert reason(world, c.HandOn(incident=INCIDENT, agency=DINKES)) == "no_ticket_channel"
    bare = World().run(c.OpenIncident(incident=INCIDENT))
    assert reason(bare, c.HandOn(incident=INCIDENT, agency=LAPOR)) == "not_enough_to_send"
    world.do(c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES), BUDI)
    assert reason(world, c.HandOn(incident=INCIDENT, agency=LAPOR)) == "units_still_working"
    too_long = c.HandOn(incident=INCIDENT, agency=LAPOR, ticket="9" * 301)
    assert reason(opened(WASTE), too_long) == "text_too_long"


def test_what_lies_beyond_the_border_stays_ours_until_the_neighbour_said_its_word() -> None:
    """Its word is its yes: on record as its answer and as the number to ask there by."""
    world = opened(BEYOND)
    assert reason(world, c.HandOn(incident=INCIDENT, agency=NEIGHBOUR)) == "neighbour_word_missing"
    hand_on = c.HandOn(incident=INCIDENT, agency=NEIGHBOUR, ticket="UNG-4711")
    assert tags(world.do(hand_on)) == [
        "task.tasked", "task.acknowledged", "incident.handed_on", "incident.closed",
    ]  # fmt: skip
    row = world.incident()
    assert row.ticket is not None
    assert (row.ticket.agency, row.ticket.number) == (NEIGHBOUR, "UNG-4711")
    assert (row.state, row.outcome) == ("closed", Outcome.HANDED_OVER)
    assert [(task.agency, task.state) for task in row.tasks] == [
        (NEIGHBOUR, TaskState.ACKNOWLEDGED)
    ]
    assert world.do(hand_on) == ()


def test_a_neighbour_that_was_asked_or_has_answered_is_not_asked_again() -> None:
    """Sent first, it was asked by the plan; its word is all that is missing."""
    asked = opened(BEYOND)
    asked.do(c.TaskAgency(incident=INCIDENT, agency=NEIGHBOUR, lead=True))
    answered = opened(BEYOND)
    answered.do(c.TaskAgency(incident=INCIDENT, agency=NEIGHBOUR, lead=True))
    answered.do(c.AcknowledgeTask(incident=INCIDENT, agency=NEIGHBOUR), BUDI)
    hand_on = c.HandOn(incident=INCIDENT, agency=NEIGHBOUR, ticket="UNG-4711")
    closed = ["incident.handed_on", "incident.closed"]
    assert tags(asked.do(hand_on)) == ["task.acknowledged", *closed]
    assert tags(answered.do(hand_on)) == closed


# --- taken apart again ---------------------------------------------------------------------------


def test_what_was_merged_by_mistake_stands_alone_again_with_its_reports() -> None:
    """As it was before; the reports leave the other one first, because each is one's at a time."""
    world = opened(NatureCode("KBK-01"))
    world.do(c.OpenIncident(incident=OTHER))
    unmerge = c.UnmergeIncident(incident=INCIDENT)
    assert world.do(unmerge) == ()
    world.do(c.MergeIncident(incident=INCIDENT, into=OTHER))
    world.do(c.LinkReport(incident=OTHER, report=REPORT), SYSTEM)
    (event,) = world.do(unmerge)
    row = world.incident()
    assert (row.state, row.outcome, row.merged_into, row.closed_at) == ("draft", None, None, None)
    meta = world.history["incident:i1"][-1][1]
    follows = reactions(event, meta, world.state("incident:i1"), PLANS)
    assert [one.command for one in follows] == [
        c.UnlinkReport(incident=OTHER, report=REPORT),
        c.LinkReport(incident=INCIDENT, report=REPORT),
    ]
    for one in follows:
        world.do(one.command, SYSTEM)
    assert (world.incident().reports, world.incident("i2").reports) == ((REPORT,), ())
    assert world.do(unmerge) == ()
    assert world.refold("incident:i1") == world.state("incident:i1")


def test_only_the_reports_that_came_with_it_go_back() -> None:
    """The other incident keeps its own."""
    world = opened(NatureCode("KBK-01"))
    own = ReportId("r2")
    world.run(c.OpenReport(report=own), c.OpenIncident(incident=OTHER, report=own))
    world.do(c.MergeIncident(incident=INCIDENT, into=OTHER))
    state = world.state("incident:i1")
    assert isinstance(state, Incident)
    assert state.moved == (REPORT,)


# --- asked by radio ------------------------------------------------------------------------------


def at_work() -> World:
    """An ambulance on scene, ten seconds in."""
    world = opened(NatureCode("MED-01")).run(c.SendIncident(incident=INCIDENT))
    world.do(c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES), BUDI)
    world.do(c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.ON_SCENE), BUDI)
    return world


def test_an_answer_by_radio_begins_the_time_anew() -> None:
    """A-09 is over for as long again."""
    world = at_work()
    limit_s = PLANS.limit_s("A-09", None) or 0
    assert "long_on_scene" in kinds(world, limit_s)
    world.later(limit_s)
    world.do(c.CheckByRadio(incident=INCIDENT, unit=AMB, answered=True), BUDI)
    assert "long_on_scene" not in kinds(world, 2 * limit_s - 1)
    assert "long_on_scene" in kinds(world, 2 * limit_s)


def test_no_answer_is_an_emergency_at_once_until_a_sign_of_life() -> None:
    """A-01 stands from the first silence on; an answer or a tap ends it."""
    world = at_work().later(1_800)
    silent = c.CheckByRadio(incident=INCIDENT, unit=AMB, answered=False)
    world.do(silent, BUDI)
    assert "crew_emergency" in kinds(world, 1_800)
    since = world.incident().assignments[0].unheard_at
    world.later(60).do(silent, BUDI)
    assert world.incident().assignments[0].unheard_at == since
    answered = c.CheckByRadio(incident=INCIDENT, unit=AMB, answered=True)
    world.do(answered, BUDI)
    assert "crew_emergency" not in kinds(world, 1_860)
    world.do(silent, BUDI)
    world.do(c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.CLEAR), BUDI)
    assert "crew_emergency" not in kinds(world, 1_860)
    assert reason(world, answered) == "assignment_over"
    assert reason(world, c.CheckByRadio(incident=INCIDENT, unit=FIRE, answered=True)) == (
        "unit_not_assigned"
    )


def test_a_radio_check_survives_its_folding() -> None:
    """The board is the fold of the journal."""
    world = at_work()
    world.do(c.CheckByRadio(incident=INCIDENT, unit=AMB, answered=False), BUDI)
    assert streams.rows_of(world.refold("incident:i1")) == streams.rows_of(
        world.state("incident:i1")
    )
