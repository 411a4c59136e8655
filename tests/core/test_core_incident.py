"""Incidents, their tasks and their assignments: what each command leads to."""

from datetime import timedelta

import pytest
from core_world import (
    AMB,
    AMB_2,
    ARREST,
    BUDI,
    DAMKAR,
    DINKES,
    FIRE_HOUSE,
    HERE,
    INCIDENT,
    OTHER,
    POLISI,
    REPORT,
    SIMPANG_LIMA,
    START,
    SYSTEM,
    ClaimTakenError,
    World,
    tags,
)

from kentongan.cities.facts import Point
from kentongan.core import commands as c
from kentongan.core.context import Claim
from kentongan.core.lifecycle import NOTES_MAX
from kentongan.core.rows import Assignment, EngagementRow, Task
from kentongan.core.streams import claims_of
from kentongan.core.words import (
    TEXT_CHARACTERS_MAX,
    AgencyKey,
    Fix,
    NatureCode,
    Outcome,
    Personal,
    Place,
    Priority,
    Progress,
    Promise,
    Refused,
    ReportId,
    UnitId,
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


def _assignment(world: World) -> Assignment:
    return world.incident().assignments[-1]


def _task(world: World, agency: str = "dinkes") -> Task:
    return next(task for task in world.incident().tasks if task.agency == agency)


# --- its own life --------------------------------------------------------------------------------


def test_a_draft_gets_its_numbers_and_its_report_once() -> None:
    """The day is the city's, not UTC's; the same command again is nothing."""
    world = World().later(11 * 3600)  # 18.00 UTC is past midnight in Semarang
    assert tags(world.do(OPEN)) == ["incident.opened", "incident.report_linked"]
    row = world.incident()
    assert (row.number, row.long_id, row.code) == (1, "SMG-20261124-0001", "S-0001")
    assert (row.state, row.opened_by, row.reports) == ("draft", "Rina", (REPORT,))
    assert world.do(OPEN) == ()


def test_nothing_happens_to_an_incident_that_is_not_there() -> None:
    """Every command but opening it is refused."""
    assert _reason(World(), SEND)[0] == "unknown_incident"


@pytest.mark.parametrize(
    ("command", "tag"),
    [
        (LOCATE, "incident.located"),
        (CLASSIFY, "incident.classified"),
        (c.SetPriority(incident=INCIDENT, priority=Priority.P2), "incident.priority_set"),
        (c.LinkReport(incident=INCIDENT, report=ReportId("r2")), "incident.report_linked"),
        (c.UnlinkReport(incident=INCIDENT, report=REPORT), "incident.report_unlinked"),
        (c.TaskAgency(incident=INCIDENT, agency=POLISI), "task.tasked"),
        (CLOSE, "incident.closed"),
    ],
)
def test_each_fact_of_a_draft_is_written_once(command: c.AnyCommand, tag: str) -> None:
    """Done, then repeated: one event, then none."""
    world = World().run(OPEN)
    assert tags(world.do(command)) == [tag]
    assert world.do(command) == ()
    assert world.refold("incident:i1") == world.state("incident:i1")


def test_what_is_missing_to_send_is_named() -> None:
    """A nature, and a point or an uncertain kelurahan; then it is sent, once."""
    world = World().run(OPEN)
    assert _reason(world, SEND) == ("not_enough_to_send", {"missing": "nature,place"})
    world.run(CLASSIFY, c.LocateIncident(incident=INCIDENT, place=Place(words=personal("gang"))))
    assert _reason(world, SEND) == ("not_enough_to_send", {"missing": "place"})
    uncertain = Place(kelurahan="33.74.01.1001", uncertain=True)
    world.run(c.LocateIncident(incident=INCIDENT, place=uncertain))
    assert tags(world.do(SEND)) == ["incident.sent"]
    assert world.do(SEND) == ()
    assert (world.incident().state, world.incident().sent_at) == ("open", START)


@pytest.mark.parametrize(
    "point",
    [
        Point(0.0, 0.0),
        Point(float("nan"), 110.0),
        Point(-6.9, float("inf")),
        Point(91.0, 110.0),
        Point(-6.9, -181.0),
    ],
)
def test_a_place_no_map_can_show_is_refused(point: Point) -> None:
    """0/0, not a number and beyond the poles are what broken receivers send."""
    place = Place(point=point)
    world = World().run(OPEN)
    located = c.LocateIncident(incident=INCIDENT, place=place)
    assert _reason(world, located)[0] == "place_unreadable"


def test_a_place_is_accepted_as_spoken() -> None:
    """Outside the city is a caution, words alone are a place, nothing at all is none."""
    world = World().run(OPEN)
    far = Place(point=Point(-7.5, 110.8), label=personal("Solo"))
    world.run(c.LocateIncident(incident=INCIDENT, place=far))
    place = world.incident().place
    assert place is not None
    assert place.cautions == ("outside_city",)
    assert world.incident().located
    same = c.LocateIncident(incident=INCIDENT, place=far)
    assert world.do(same) == ()
    empty = c.LocateIncident(incident=INCIDENT, place=Place())
    assert _reason(world, empty)[0] == "place_empty"
    endless = Place(point=SIMPANG_LIMA, words=Personal(text="w" * (TEXT_CHARACTERS_MAX + 9)))
    world.run(c.LocateIncident(incident=INCIDENT, place=endless))
    place = world.incident().place
    assert place is not None
    assert place.cautions == ("words_cut",)
    radius = Place(point=SIMPANG_LIMA, radius_m=-1)
    located = c.LocateIncident(incident=INCIDENT, place=radius)
    assert _reason(world, located)[0] == "place_unreadable"
    label = Place(point=SIMPANG_LIMA, label=personal("x" * 301))
    located = c.LocateIncident(incident=INCIDENT, place=label)
    assert _reason(world, located) == (
        "text_too_long",
        {"field": "label", "characters_max": "300"},
    )


def test_sealed_words_of_a_place_are_the_same_place() -> None:
    """The store seals text under a reference; repeating the place is still no second fact."""
    world = World().run(OPEN)
    sealed = Place(point=SIMPANG_LIMA, words=Personal(text="masjid", ref="x", digest="y"))
    world.run(c.LocateIncident(incident=INCIDENT, place=sealed))
    again = Place(point=SIMPANG_LIMA, words=personal("masjid"))
    assert world.do(c.LocateIncident(incident=INCIDENT, place=again)) == ()


def test_a_nature_brings_its_urgency_and_flags_unless_a_person_says_otherwise() -> None:
    """MED-01 is P1 and sensitive; an explicit priority wins; an unknown code is refused."""
    world = World().run(OPEN, CLASSIFY)
    row = world.incident()
    assert (row.priority, row.sensitive, "PAI" in row.flags) == (Priority.P1, True, True)
    lower = c.ClassifyIncident(incident=INCIDENT, nature=ARREST, priority=Priority.P3)
    world.run(lower)
    assert world.incident().priority is Priority.P3
    assert world.do(lower) == ()
    bad = c.ClassifyIncident(incident=INCIDENT, nature=NatureCode("XXX-99"))
    assert _reason(world, bad) == ("unknown_nature", {"nature": "XXX-99"})


def test_closed_is_closed_until_it_is_reopened() -> None:
    """Nothing is asked of a closed incident but notes, reports and what arrives late."""
    world = sent().run(CLOSE)
    refused: list[c.AnyCommand] = [
        LOCATE,
        CLASSIFY,
        SEND,
        ASSIGN,
        c.SetPriority(incident=INCIDENT, priority=Priority.P4),
        c.AnswerTriage(incident=INCIDENT, question="awake", answer="no"),
        c.TaskAgency(incident=INCIDENT, agency=POLISI),
        c.MergeIncident(incident=INCIDENT, into=OTHER),
        c.CloseIncident(incident=INCIDENT, outcome=Outcome.NOT_FOUND),
    ]
    for command in refused:
        assert _reason(world, command) == ("incident_closed", {"incident_number": "1"})
    world.run(c.AddNote(incident=INCIDENT, text=Personal(text="sudah")))
    assert world.do(CLOSE) == ()
    reopen = c.ReopenIncident(incident=INCIDENT, reason="belum selesai")
    assert tags(world.do(reopen)) == ["incident.reopened"]
    assert world.do(reopen) == ()
    assert (world.incident().state, world.incident().outcome) == ("open", None)


def test_an_incident_with_units_at_work_is_not_closed_nor_merged() -> None:
    """The refusal lists them; when they are clear it closes."""
    world = sent().run(ASSIGN, c.AssignUnit(incident=INCIDENT, unit=AMB_2, agency=DINKES))
    working = ("units_still_working", {"units": "AMB01, AMB02", "incident_number": "1"})
    assert _reason(world, CLOSE) == working
    assert _reason(world, c.MergeIncident(incident=INCIDENT, into=OTHER)) == working
    for unit in (AMB, AMB_2):
        world.do(c.ReleaseUnit(incident=INCIDENT, unit=unit, reason="tidak perlu"))
    assert tags(world.do(CLOSE)) == ["incident.closed"]


def test_a_merged_incident_lets_its_reports_go_and_closes_as_duplicate() -> None:
    """The reports are free to be linked elsewhere in the next moment; nobody links here."""
    world = World().run(OPEN, c.OpenIncident(incident=OTHER))
    assert _reason(world, c.MergeIncident(incident=INCIDENT, into=INCIDENT))[0] == (
        "merged_into_itself"
    )
    with pytest.raises(ClaimTakenError):
        world.do(c.LinkReport(incident=OTHER, report=REPORT))
    merge = c.MergeIncident(incident=INCIDENT, into=OTHER)
    assert tags(world.do(merge)) == ["incident.merged", "incident.closed"]
    assert world.do(merge) == ()
    row = world.incident()
    assert (row.merged_into, row.outcome, row.reports) == (OTHER, Outcome.DUPLICATE, ())
    link = c.LinkReport(incident=OTHER, report=REPORT)
    assert tags(world.do(link)) == ["incident.report_linked"]
    late = c.LinkReport(incident=INCIDENT, report=ReportId("r9"))
    assert _reason(world, late) == ("incident_merged", {"into": "i2"})
    assert tags(world.do(late, SYSTEM)) == ["incident.report_linked"]


def test_notes_are_verbatim_cut_at_the_limit_and_not_endless() -> None:
    """A note is written each time it is said; two thousand are enough."""
    world = World().run(OPEN)
    note = c.AddNote(incident=INCIDENT, text=Personal(text="n" * (TEXT_CHARACTERS_MAX + 1)))
    (event,) = world.do(note)
    assert event.cut  # pyright: ignore[reportAttributeAccessIssue]
    assert world.incident().notes[0].agent_name == "Rina"
    short = c.AddNote(incident=INCIDENT, text=Personal(text="ok"))
    for _ in range(NOTES_MAX - 1):
        world.do(short)
    assert _reason(world, short)[0] == "too_many_notes"


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
    assert (world.incident().supervisor, _task(world).reason) == (True, "semua keluar")
    world.run(c.AcknowledgeTask(incident=INCIDENT, agency=DINKES))
    assert (_task(world).state, _task(world).reason) == ("acknowledged", None)
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
        assert event.level == level  # pyright: ignore[reportAttributeAccessIssue]
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


# --- assignments ---------------------------------------------------------------------------------


def test_a_unit_is_assigned_only_where_help_can_go() -> None:
    """A draft without a place refuses; with place and nature it is allowed before sending."""
    world = World().run(OPEN, CLASSIFY)
    assert _reason(world, ASSIGN) == ("not_sent", {"incident_number": "1"})
    world.run(LOCATE)
    assert tags(world.do(ASSIGN, BUDI)) == ["task.tasked", "assignment.assigned"]
    assert _task(world).role == "lead"
    assert world.do(ASSIGN) == ()
    assert claims_of(world.state("incident:i1")) == {Claim("unit", AMB), Claim("report", REPORT)}
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
    """One promise a time; the same again is nothing; a unit that is clear promises nothing."""
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
    assert tags(world.do(revise)) == ["assignment.arrival_promised"]
    assert world.do(revise) == ()
    world.run(progress(Progress.CLEAR))
    assert _reason(world, revise) == ("assignment_over", {"unit": "AMB01"})


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


def _hospitals() -> frozenset[str]:
    from core_world import PLANS

    return PLANS.hospitals


def test_a_tap_is_kept_when_its_position_is_not() -> None:
    """A receiver that says 0/0 or an infinite speed does not lose the arrival."""
    world = sent().run(ASSIGN)
    fix = Fix(point=Point(0.0, 0.0), at=START)
    tap = c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.ON_SCENE, fix=fix)
    (event,) = world.do(tap)
    assert event.fix is None  # pyright: ignore[reportAttributeAccessIssue]
    wild = Fix(point=SIMPANG_LIMA, at=START, speed_m_s=float("inf"))
    tap = c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.AT_PATIENT, fix=wild)
    (event,) = world.do(tap)
    assert event.fix == Fix(point=SIMPANG_LIMA, at=START)  # pyright: ignore[reportAttributeAccessIssue]


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
