"""What follows from events: agencies asked, reports attached, silence escalated. Never a unit."""

from datetime import timedelta

import pytest
from core_world import (
    AMB,
    ARREST,
    BUDI,
    DINKES,
    HERE,
    INCIDENT,
    OTHER,
    PLANS,
    REPORT,
    START,
    SYSTEM,
    World,
)
from msgspec import structs

from kentongan.core import commands as c
from kentongan.core.policy import (
    AlertCrewEffect,
    NotifyAgencyEffect,
    Reaction,
    effects,
    reactions,
    timers,
)
from kentongan.core.streams import stream_of
from kentongan.core.tasking import plan
from kentongan.core.words import AgencyKey, Meta, NatureCode, ReportId, TaskRole

OPEN = c.OpenIncident(incident=INCIDENT, report=REPORT)
LOCATE = c.LocateIncident(incident=INCIDENT, place=HERE)
CLASSIFY = c.ClassifyIncident(incident=INCIDENT, nature=ARREST)
SEND = c.SendIncident(incident=INCIDENT)


def follow(world: World, command: c.AnyCommand) -> list[Reaction]:
    """Do it, and what follows from each of its events; nothing is carried out."""
    events = world.do(command)
    state = world.state(stream_of(command))
    return [one for event in events for one in reactions(event, _meta(world), state, PLANS)]


def _meta(world: World) -> Meta:
    return structs.replace(world.history["incident:i1"][-1][1], at=world.now)


def test_sending_asks_the_lead_and_the_supporting_agencies_of_the_plan() -> None:
    """MED-01: Dinkes leads; its supporters are asked in the same breath."""
    world = World().run(OPEN, LOCATE, CLASSIFY)
    found = follow(world, SEND)
    nature = PLANS.natures[ARREST]
    assert [one.name for one in found] == [
        f"task_{agency}" for agency in (nature.lead, *nature.support)
    ]
    assert found[0].command == c.TaskAgency(incident=INCIDENT, agency=DINKES, lead=True)
    for one in found:
        world.do(one.command, SYSTEM)
        assert world.do(one.command, SYSTEM) == ()


def test_a_draft_asks_nobody_and_what_its_answers_asked_for_is_not_forgotten() -> None:
    """An answer before sending adds an agency; it is asked when help is sent."""
    world = World().run(OPEN, LOCATE, c.ClassifyIncident(incident=INCIDENT, nature=_FIRE))
    answer = c.AnswerTriage(incident=INCIDENT, question="inside", answer="yes")
    assert follow(world, answer) == []
    assert "task_dinkes" in [one.name for one in follow(world, SEND)]


_FIRE = NatureCode("KBK-01")


def test_later_knowledge_asks_further_agencies_but_nobody_twice() -> None:
    """A new nature or answer after sending; an agency that refused is not asked by itself."""
    world = World().run(OPEN, LOCATE, CLASSIFY)
    for one in follow(world, SEND):
        world.do(one.command, SYSTEM)
    world.run(c.RefuseTask(incident=INCIDENT, agency=DINKES, reason="r"))
    crash = c.ClassifyIncident(incident=INCIDENT, nature=NatureCode("LAK-01"))
    names = [one.name for one in follow(world, crash)]
    assert "task_satlantas" in names
    assert "task_dinkes" not in names
    trapped = c.AnswerTriage(incident=INCIDENT, question="blocked", answer="yes")
    assert "task_dishub" in [one.name for one in follow(world, trapped)]


def test_a_linked_report_is_attached_and_a_merge_moves_every_report() -> None:
    """Each report by its own command, so that one refusal does not hold the others up."""
    world = World()
    (attach,) = follow(world, OPEN)
    assert attach.command == c.AttachReport(report=REPORT, incident=INCIDENT)
    world.run(
        c.LinkReport(incident=INCIDENT, report=ReportId("r2")), c.OpenIncident(incident=OTHER)
    )
    found = follow(world, c.MergeIncident(incident=INCIDENT, into=OTHER))
    assert [one.command for one in found] == [
        c.LinkReport(incident=OTHER, report=REPORT),
        c.LinkReport(incident=OTHER, report=ReportId("r2")),
    ]
    assert len({one.name for one in found}) == 2


def test_nothing_decides_by_itself_to_assign_release_or_close() -> None:
    """Whatever happens, what follows is asking, linking, attaching."""
    world = World().run(OPEN, LOCATE, CLASSIFY, SEND)
    commands: list[c.AnyCommand] = [
        c.TaskAgency(incident=INCIDENT, agency=DINKES),
        c.RefuseTask(incident=INCIDENT, agency=DINKES, reason="r"),
        c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES),
        c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason="r"),
    ]
    for command in commands:
        assert follow(world, command) == []


def test_a_silent_agency_and_a_silent_crew_have_their_clocks() -> None:
    """A-07 twice at 60 and 120 s; A-04 after 30 s for P1; both are messages as well."""
    world = World().run(OPEN, LOCATE, CLASSIFY, SEND)
    events = world.do(c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES), BUDI)
    state = world.state("incident:i1")
    timed = [one for event in events for one in timers(event, _meta(world), state, PLANS)]
    assert [(one.name, one.due_at - START) for one in timed] == [
        ("escalate_task_1", timedelta(seconds=60)),
        ("escalate_task_2", timedelta(seconds=120)),
        ("escalate_alert", timedelta(seconds=30)),
    ]
    sent = [one for event in events for one in effects(event, _meta(world), state, PLANS)]
    assert sent == [
        NotifyAgencyEffect(incident=INCIDENT, agency=DINKES),
        AlertCrewEffect(incident=INCIDENT, unit=AMB),
    ]
    for one in sorted(timed, key=lambda one: one.due_at):
        world.now = one.due_at
        assert len(world.do(one.command, SYSTEM)) == 1


def test_a_ticket_office_is_not_hurried_and_no_limit_means_no_clock() -> None:
    """Complaints are answered in days; a city without limits has no timers."""
    world = World().run(OPEN)
    office = next(key for key, mode in PLANS.agency_modes.items() if mode == "tickets")
    (event,) = world.do(c.TaskAgency(incident=INCIDENT, agency=AgencyKey(office)))
    state, meta = world.state("incident:i1"), _meta(world)
    assert timers(event, meta, state, PLANS) == ()
    assert len(effects(event, meta, state, PLANS)) == 1
    calm = structs.replace(PLANS, alarms={})
    world.run(LOCATE, CLASSIFY)
    for event in world.do(c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES)):
        assert timers(event, meta, world.state("incident:i1"), calm) == ()


def test_other_streams_lead_to_nothing() -> None:
    """A report's events have no followers."""
    world = World()
    (event,) = world.do(c.OpenReport(report=REPORT))
    state, meta = world.state("report:r1"), world.history["report:r1"][-1][1]
    assert reactions(event, meta, state, PLANS) == ()
    assert timers(event, meta, state, PLANS) == ()
    assert effects(event, meta, state, PLANS) == ()


@pytest.mark.parametrize("code", sorted(PLANS.natures))
def test_every_nature_asks_its_lead_first_and_nobody_twice(code: str) -> None:
    """All 147: a lead, known agencies only."""
    planned = plan(PLANS.natures[code], PLANS)
    assert planned[0] == (PLANS.natures[code].lead, TaskRole.LEAD)
    assert len({agency for agency, _ in planned}) == len(planned)
    assert {agency for agency, _ in planned} <= PLANS.agencies


def test_a_plan_without_a_nature_asks_only_who_was_added() -> None:
    """And leaves out what the city does not know."""
    assert plan(None, PLANS, ["pln", "nasa"]) == ((AgencyKey("pln"), TaskRole.SUPPORT),)
