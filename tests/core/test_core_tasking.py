"""An agency's task within an incident: what each command leads to."""

from datetime import timedelta

import pytest
from core_world import (
    AMB,
    ARREST,
    DAMKAR,
    DINKES,
    HERE,
    INCIDENT,
    POLISI,
    REPORT,
    START,
    SYSTEM,
    World,
    tags,
)

from kentongan.core import commands as c
from kentongan.core.events import TaskEscalated
from kentongan.core.rows import Task
from kentongan.core.words import (
    AgencyKey,
    Outcome,
    Progress,
    Promise,
    Refused,
    personal,
)

OPEN = c.OpenIncident(incident=INCIDENT, report=REPORT)
LOCATE = c.LocateIncident(incident=INCIDENT, place=HERE)
CLASSIFY = c.ClassifyIncident(incident=INCIDENT, nature=ARREST)
SEND = c.SendIncident(incident=INCIDENT)
ASSIGN = c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES)
CLOSE = c.CloseIncident(incident=INCIDENT, outcome=Outcome.RESOLVED)
PROMISE = Promise(
    depart_by=START,
    arrive_from=START,
    arrive_to=START + timedelta(minutes=3),
    travel_source="straight_line",
)


def sent() -> World:
    """An incident on which help was ordered."""
    return World().run(OPEN, LOCATE, CLASSIFY, SEND)


def progress(step: Progress, *, correction: bool = False, to: str | None = None) -> c.ProgressUnit:
    """A tap of the crew."""
    return c.ProgressUnit(
        incident=INCIDENT, unit=AMB, progress=step, correction=correction, destination=to
    )


def _reason(world: World, command: c.AnyCommand) -> tuple[str, dict[str, str]]:
    with pytest.raises(Refused) as refused:
        world.do(command)
    return refused.value.reason, dict(refused.value.details)


def _task(world: World, agency: str = "dinkes") -> Task:
    return next(task for task in world.incident().tasks if task.agency == agency)


# --- tasks ---------------------------------------------------------------------------------------


def test_an_agency_is_asked_notified_acknowledges_and_completes() -> None:
    """Each step once, each with its own time."""
    world = sent().run(c.TaskAgency(incident=INCIDENT, agency=DINKES, lead=True))
    steps: list[c.AnyCommand] = [
        c.NotifyAgency(incident=INCIDENT, agency=DINKES, channel="console"),
        c.AcknowledgeTask(incident=INCIDENT, agency=DINKES),
        c.CompleteTask(incident=INCIDENT, agency=DINKES),
    ]
    for command in steps:
        world.later(10)
        assert len(world.do(command)) == 1
        assert world.do(command) == ()
    task = _task(world)
    seconds = [
        (at - START).total_seconds()
        for at in (task.tasked_at, task.notified_at, task.acknowledged_at, task.ended_at)
        if at is not None
    ]
    assert seconds == [0, 10, 20, 30]
    assert task.role == "lead"


def test_a_late_notification_does_not_take_back_an_acknowledgement() -> None:
    """Delivery is reported after the officer already said yes on the telephone."""
    world = sent().run(
        c.TaskAgency(incident=INCIDENT, agency=DINKES),
        c.AcknowledgeTask(incident=INCIDENT, agency=DINKES),
    )
    assert world.do(c.NotifyAgency(incident=INCIDENT, agency=DINKES, channel="sms")) == ()
    assert _task(world).state == "acknowledged"


def test_a_refusing_agency_is_seen_by_the_supervisor_and_may_change_its_mind() -> None:
    """Refused is open business, never silently gone; asked again it starts anew."""
    world = sent().run(c.TaskAgency(incident=INCIDENT, agency=DINKES))
    world.run(c.RefuseTask(incident=INCIDENT, agency=DINKES, reason="semua keluar"))
    assert (world.incident().supervisor, _task(world).reason) == (True, "text")
    assert _task(world).reason_text == personal("semua keluar")
    world.run(c.AcknowledgeTask(incident=INCIDENT, agency=DINKES))
    assert (_task(world).state, _task(world).reason) == ("acknowledged", None)
    assert _task(world).reason_text is None
    world.run(c.RefuseTask(incident=INCIDENT, agency=DINKES, reason="x"))
    assert _reason(world, c.CompleteTask(incident=INCIDENT, agency=DINKES))[0] == "task_over"
    assert tags(world.do(c.TaskAgency(incident=INCIDENT, agency=DINKES))) == ["task.tasked"]


def test_a_task_handed_over_is_somebody_elses() -> None:
    """The other agency is asked in the same transaction, unless it already is."""
    world = sent().run(c.TaskAgency(incident=INCIDENT, agency=DINKES, lead=True))
    hand = c.HandOverTask(incident=INCIDENT, agency=DINKES, to=DAMKAR)
    assert tags(world.do(hand)) == ["task.handed_over", "task.tasked"]
    assert world.do(hand) == ()
    assert (_task(world).to, _task(world, "damkar").role) == (DAMKAR, "lead")
    late = c.AcknowledgeTask(incident=INCIDENT, agency=DINKES)
    assert _reason(world, late) == ("task_over", {"agency": "dinkes", "state": "handed_over"})
    world.run(c.TaskAgency(incident=INCIDENT, agency=POLISI))
    again = c.HandOverTask(incident=INCIDENT, agency=POLISI, to=DAMKAR)
    assert tags(world.do(again)) == ["task.handed_over"]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (c.TaskAgency(incident=INCIDENT, agency=AgencyKey("nasa")), "unknown_agency"),
        (c.AcknowledgeTask(incident=INCIDENT, agency=POLISI), "agency_not_tasked"),
        (c.HandOverTask(incident=INCIDENT, agency=DINKES, to=DINKES), "handed_over_to_itself"),
        (
            c.HandOverTask(incident=INCIDENT, agency=DINKES, to=AgencyKey("nasa")),
            "unknown_agency",
        ),
        (c.RefuseTask(incident=INCIDENT, agency=DINKES, reason="r" * 301), "text_too_long"),
    ],
)
def test_impossible_tasks_are_refused(command: c.AnyCommand, reason: str) -> None:
    """With a key that has words in every language."""
    world = sent().run(c.TaskAgency(incident=INCIDENT, agency=DINKES))
    assert _reason(world, command)[0] == reason


def test_silence_of_an_agency_escalates_twice_and_only_when_it_is_due() -> None:
    """A timer from an earlier task that fires too soon does nothing; an answer stops it."""
    world = sent().run(c.TaskAgency(incident=INCIDENT, agency=DINKES))
    escalate = c.EscalateTask(incident=INCIDENT, agency=DINKES)
    assert world.later(59).do(escalate, SYSTEM) == ()
    for level in (1, 2):
        (event,) = world.later(60).do(escalate, SYSTEM)
        assert isinstance(event, TaskEscalated)
        assert event.level == level
    assert world.later(60).do(escalate, SYSTEM) == ()
    assert world.incident().supervisor
    world.run(c.AcknowledgeTask(incident=INCIDENT, agency=DINKES))
    assert world.do(escalate, SYSTEM) == ()


def test_what_the_world_reports_late_is_kept_after_closing() -> None:
    """Delivery and answers are facts; an escalation has lost its reason."""
    world = sent().run(c.TaskAgency(incident=INCIDENT, agency=DINKES), CLOSE).later(600)
    assert world.do(c.EscalateTask(incident=INCIDENT, agency=DINKES), SYSTEM) == ()
    notify = c.NotifyAgency(incident=INCIDENT, agency=DINKES, channel="sms")
    assert tags(world.do(notify, SYSTEM)) == ["task.notified"]
