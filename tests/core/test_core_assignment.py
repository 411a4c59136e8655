"""A unit's work on an incident: what each command leads to."""

from datetime import timedelta

import pytest
from core_world import (
    AMB,
    AMB_2,
    ARREST,
    BUDI,
    DINKES,
    FIRE_HOUSE,
    HERE,
    INCIDENT,
    OTHER,
    REPORT,
    SIMPANG_LIMA,
    START,
    ClaimTakenError,
    World,
    tags,
)
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core import commands as c
from kentongan.core.context import Claim
from kentongan.core.events import UnitAssigned, UnitProgressed
from kentongan.core.rows import Assignment, EngagementRow, Task
from kentongan.core.streams import claims_of
from kentongan.core.words import (
    AgencyKey,
    Fix,
    Outcome,
    Progress,
    Promise,
    Refused,
    UnitId,
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


def _assignment(world: World) -> Assignment:
    return world.incident().assignments[-1]


def _task(world: World, agency: str = "dinkes") -> Task:
    return next(task for task in world.incident().tasks if task.agency == agency)


# --- assignments ---------------------------------------------------------------------------------


def test_a_unit_is_assigned_only_where_help_can_go() -> None:
    """A draft without a place refuses; with place and nature it is allowed before sending."""
    world = World().run(OPEN, CLASSIFY)
    assert _reason(world, ASSIGN) == ("not_sent", {"incident_number": "1"})
    world.run(LOCATE)
    assert tags(world.do(ASSIGN, BUDI)) == ["task.tasked", "assignment.assigned"]
    assert _task(world).role == "lead"
    assert world.do(ASSIGN) == ()
    held = {Claim("unit", AMB), Claim("report", REPORT), Claim("number", "1")}
    assert claims_of(world.state("incident:i1")) == held
    engaged = world.find("engagement", AMB)
    assert isinstance(engaged, EngagementRow)
    assert (engaged.number, engaged.progress, engaged.since) == (1, Progress.ASSIGNED, START)


def test_a_unit_is_never_on_two_incidents() -> None:
    """The second incident cannot take the claim; after a release it can."""
    world = sent().run(ASSIGN)
    world.run(
        c.OpenIncident(incident=OTHER),
        c.LocateIncident(incident=OTHER, place=HERE),
        c.ClassifyIncident(incident=OTHER, nature=FIRE_HOUSE),
    )
    elsewhere = c.AssignUnit(incident=OTHER, unit=AMB, agency=DINKES)
    with pytest.raises(ClaimTakenError):
        world.do(elsewhere)
    world.do(c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason="lebih gawat"))
    assert tags(world.do(elsewhere)) == ["task.tasked", "assignment.assigned"]
    assert world.incident("i2").tasks[0].role == "support"


def test_a_promise_comes_with_the_assignment_and_may_be_revised() -> None:
    """One promise a time, and not before two minutes are over; the same again is nothing; a unit
    that is clear promises nothing."""
    world = sent()
    with_promise = c.AssignUnit(
        incident=INCIDENT,
        unit=AMB,
        agency=DINKES,
        promise=PROMISE,
        rank=2,
        reasons=("dekat",),
        passed_over=(c.PassedOver(unit=AMB_2, reason="awak lelah"),),
    )
    assert tags(world.do(with_promise))[1:] == [
        "assignment.assigned",
        "assignment.arrival_promised",
    ]
    later = Promise(
        depart_by=START,
        arrive_from=START,
        arrive_to=START + timedelta(minutes=9),
        travel_source="x",
    )
    revise = c.RevisePromise(incident=INCIDENT, unit=AMB, promise=later)
    assert world.later(119).do(revise) == ()
    world.later(1)
    assert tags(world.do(revise)) == ["assignment.arrival_promised"]
    assert world.do(revise) == ()
    world.run(progress(Progress.CLEAR))
    assert _reason(world, revise) == ("assignment_over", {"unit": "AMB01"})


def test_the_list_that_was_shown_is_kept_with_the_choice() -> None:
    """Each line with its time; a time that no road takes is none, and the list has a limit."""
    good = c.ListedUnit(unit=AMB, eta_s_low=200, eta_s_high=300.5)
    bad = (
        c.ListedUnit(unit=AMB_2, eta_s_low=-1, eta_s_high=300),
        c.ListedUnit(unit=AMB_2, eta_s_low=400, eta_s_high=300),
        c.ListedUnit(unit=AMB_2, eta_s_low=400, eta_s_high=90_000),
        c.ListedUnit(unit=AMB_2, eta_s_high=300, fits=False, cut_off=True),
    )
    world = sent()
    over = c.PassedOver(unit=AMB_2, reason="wrong_position")
    assign = c.AssignUnit(
        incident=INCIDENT, unit=AMB, agency=DINKES, offered=(good, *bad), passed_over=(over,)
    )
    assigned = next(one for one in world.do(assign) if isinstance(one, UnitAssigned))
    none = c.ListedUnit(unit=AMB_2)
    assert assigned.offered[:4] == (good, none, none, none)
    assert assigned.offered[4] == c.ListedUnit(unit=AMB_2, fits=False, cut_off=True)
    assert assigned.passed_over[0].reason == "wrong_position"
    many = structs.replace(assign, offered=(good,) * 51)
    assert _reason(sent(), many) == ("too_many_reasons", {"reasons_max": "50"})


def test_the_crew_goes_forward_may_skip_and_ends_clear() -> None:
    """Each step has its time; a step back is refused; clear frees the unit."""
    world = sent().run(ASSIGN)
    for step in (Progress.ACCEPTED, Progress.DEPARTED, Progress.AT_PATIENT):
        assert len(world.later(30).do(progress(step))) == 1
        assert world.do(progress(step)) == ()
    assert _reason(world, progress(Progress.ON_SCENE)) == (
        "progress_backward",
        {"unit": "AMB01", "now": "at_patient"},
    )
    assert list(_assignment(world).progress_at) == [
        "assigned",
        "accepted",
        "departed",
        "at_patient",
    ]
    world.run(progress(Progress.CLEAR))
    assert (_assignment(world).open, world.find("engagement", AMB)) == (False, None)
    assert Claim("unit", AMB) not in claims_of(world.state("incident:i1"))
    assert world.do(progress(Progress.CLEAR)) == ()


def test_a_correction_goes_back_and_forgets_the_later_steps() -> None:
    """A wrong tap is cheap; a unit cleared by mistake takes its claim again."""
    world = sent().run(ASSIGN, progress(Progress.ON_SCENE)).later(5)
    world.run(progress(Progress.DEPARTED, correction=True))
    assert list(_assignment(world).progress_at) == ["assigned", "departed"]
    world.run(progress(Progress.CLEAR), progress(Progress.ON_SCENE, correction=True))
    assert _assignment(world).open
    assert Claim("unit", AMB) in claims_of(world.state("incident:i1"))
    world.run(progress(Progress.CLEAR), CLOSE)
    back = progress(Progress.ON_SCENE, correction=True)
    assert _reason(world, back)[0] == "incident_closed"


def test_a_transport_may_change_its_hospital_and_goes_only_to_a_known_one() -> None:
    """The same step with another destination is a fact, and keeps the time of the step."""
    first, second = sorted(_hospitals())[:2]
    world = sent().run(ASSIGN, progress(Progress.TRANSPORTING, to=first)).later(60)
    assert len(world.do(progress(Progress.TRANSPORTING, to=second))) == 1
    assert _assignment(world).destination == second
    assert _assignment(world).progress_at[Progress.TRANSPORTING] == START
    assert _reason(world, progress(Progress.AT_HOSPITAL, to="moon"))[0] == "unknown_hospital"


def test_a_transport_that_is_taken_back_leaves_no_hospital() -> None:
    """What the crew reads is where it goes; a step taken back on the way keeps it."""
    first = min(_hospitals())
    world = sent().run(ASSIGN, progress(Progress.AT_PATIENT))
    world.run(progress(Progress.TRANSPORTING, to=first), progress(Progress.AT_HOSPITAL))
    world.run(progress(Progress.TRANSPORTING, correction=True))
    assert _assignment(world).destination == first
    world.run(progress(Progress.AT_PATIENT, correction=True))
    assert _assignment(world).destination is None


def _hospitals() -> frozenset[str]:
    from core_world import PLANS

    return PLANS.hospitals


def test_a_tap_is_kept_when_its_position_is_not() -> None:
    """A receiver that says 0/0 or an infinite speed does not lose the arrival."""
    world = sent().run(ASSIGN)
    fix = Fix(point=Point(0.0, 0.0), at=START)
    tap = c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.ON_SCENE, fix=fix)
    (event,) = world.do(tap)
    assert isinstance(event, UnitProgressed)
    assert event.fix is None
    wild = Fix(point=SIMPANG_LIMA, at=START, speed_m_s=float("inf"))
    tap = c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.AT_PATIENT, fix=wild)
    (event,) = world.do(tap)
    assert isinstance(event, UnitProgressed)
    assert event.fix == Fix(point=SIMPANG_LIMA, at=START)


def test_the_alert_is_delivered_once_and_silence_escalates_once() -> None:
    """Too early, answered or over: nothing."""
    world = sent().run(ASSIGN)
    deliver = c.DeliverAlert(incident=INCIDENT, unit=AMB, channel="push")
    assert tags(world.do(deliver)) == ["assignment.alert_delivered"]
    assert world.do(deliver) == ()
    escalate = c.EscalateAlert(incident=INCIDENT, unit=AMB, after_s=30)
    assert world.later(29).do(escalate) == ()
    assert tags(world.later(1).do(escalate)) == ["assignment.alert_escalated"]
    assert world.do(escalate) == ()
    answered = sent().run(ASSIGN, progress(Progress.ACCEPTED)).later(99)
    assert answered.do(escalate) == ()


def test_after_a_release_a_late_clear_is_nothing_and_another_tap_is_refused() -> None:
    """The crew's telephone was offline when it was taken off; assigned again it starts anew."""
    release = c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason="ganti")
    world = sent().run(ASSIGN, release)
    assert world.do(release) == ()
    assert world.do(progress(Progress.CLEAR)) == ()
    assert _reason(world, progress(Progress.ON_SCENE))[0] == "unit_released"
    assert tags(world.do(ASSIGN)) == ["assignment.assigned"]
    assert [one.open for one in world.incident().assignments] == [False, True]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (progress(Progress.ON_SCENE), "unit_not_assigned"),
        (
            c.AssignUnit(incident=INCIDENT, unit=UnitId("X"), agency=AgencyKey("nasa")),
            "unknown_agency",
        ),
        (
            c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES, reasons=("x",) * 51),
            "too_many_reasons",
        ),
        (
            c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES, reasons=("x" * 301,)),
            "text_too_long",
        ),
    ],
)
def test_impossible_assignments_are_refused(command: c.AnyCommand, reason: str) -> None:
    """With a key that has words in every language."""
    assert _reason(sent(), command)[0] == reason
