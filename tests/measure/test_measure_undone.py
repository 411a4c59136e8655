"""What was taken back is measured as if nobody had done it; what stands keeps its times."""

from datetime import UTC, datetime, timedelta

from kentongan.core.events import (
    AgencyTasked,
    AnyEvent,
    IncidentSent,
    TaskAcknowledged,
    TaskCompleted,
    UnitAssigned,
    UnitProgressed,
    UnitReleased,
)
from kentongan.core.events.undo import (
    AnswerTakenBack,
    IncidentUnsent,
    TaskWithdrawn,
    UnitRestored,
)
from kentongan.core.words import (
    AgencyKey,
    AgentId,
    EventId,
    IncidentId,
    Meta,
    Progress,
    TaskRole,
    TaskState,
    UnitId,
)
from kentongan.measure.case_facts import take_part
from kentongan.measure.clocks import Clock
from kentongan.measure.subjects import IncidentCase

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
DINKES, AMB = AgencyKey("dinkes"), UnitId("AMB01")
ASKED = AgencyTasked(agency=DINKES, role=TaskRole.LEAD)


def case_of(*events: AnyEvent) -> IncidentCase:
    """One event each ten seconds."""
    case = IncidentCase(incident=IncidentId("i1"))
    for place, event in enumerate(events, start=1):
        at = NOON + timedelta(seconds=10 * place)
        meta = Meta(
            event_id=EventId(f"incident:i1#{place}"),
            stream="incident:i1",
            version=place,
            position=place,
            at=at,
            recorded_at=at,
            agent=AgentId("a"),
            agent_name="A",
        )
        take_part(event, meta, case)
    return case


def test_measure_a_sending_that_was_taken_back_is_none() -> None:
    """Nor is an agency waited for that was not asked after all; the next sending counts."""
    gone = case_of(IncidentSent(), ASKED, TaskWithdrawn(agency=DINKES), IncidentUnsent())
    assert (Clock.SENT in gone.own, gone.tasks) == (False, {})
    again = case_of(
        IncidentSent(), ASKED, TaskWithdrawn(agency=DINKES), IncidentUnsent(), IncidentSent(), ASKED
    )
    assert again.own[Clock.SENT].at == NOON + timedelta(seconds=50)
    assert again.tasks[DINKES].stamps[Clock.TASKED].at == NOON + timedelta(seconds=60)


def test_measure_an_answer_that_was_taken_back_is_none() -> None:
    """Done by mistake it is still accepted; accepted by mistake nobody has answered."""
    done = AnswerTakenBack(agency=DINKES, answer=TaskState.COMPLETED, state=TaskState.ACKNOWLEDGED)
    acknowledged = AnswerTakenBack(
        agency=DINKES, answer=TaskState.ACKNOWLEDGED, state=TaskState.TASKED
    )
    steps = (ASKED, TaskAcknowledged(agency=DINKES), TaskCompleted(agency=DINKES), done)
    task = case_of(*steps).tasks[DINKES]
    assert (task.over, set(task.stamps)) == (True, {Clock.TASKED, Clock.ACK})
    task = case_of(*steps, acknowledged).tasks[DINKES]
    assert (task.over, set(task.stamps)) == (False, {Clock.TASKED})


def test_measure_a_unit_that_goes_on_was_not_released() -> None:
    """It is waited for, and its arrival counts from when it was sent first."""
    case = case_of(
        UnitAssigned(unit=AMB, agency=DINKES),
        UnitReleased(unit=AMB, reason="swapped"),
        UnitRestored(unit=AMB),
        UnitProgressed(unit=AMB, progress=Progress.ON_SCENE),
    )
    (work,) = case.works
    assert (work.over, work.gave_up_at, set(work.stamps)) == (
        False,
        None,
        {Clock.ASSIGNED, Clock.ARRIVED},
    )
