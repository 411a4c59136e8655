"""The register of alarms, number by number: when it is raised, to whom, and when it is over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from core_world import (
    AMB,
    BUDI,
    CALL,
    CREW,
    DAMKAR,
    DESK,
    DINKES,
    HERE,
    INCIDENT,
    PACK,
    PLANS,
    POLISI,
    RINA,
    SIMPANG_LIMA,
    START,
    SYSTEM,
    World,
)
from msgspec import structs

from kentongan.app.city import plans_of
from kentongan.core import commands as c
from kentongan.core import streams
from kentongan.core.alarm_rows import AlarmRow
from kentongan.core.alarm_rules import (
    FLOOD_MAX,
    STANDING_MAX,
    Recent,
    Situation,
    Standing,
    Trouble,
    follow_up,
    standing,
)
from kentongan.core.rows import (
    AgencyRow,
    AnyRow,
    CallRow,
    DeskRow,
    EngagementRow,
    IncidentRow,
    UnitRow,
)
from kentongan.core.served import waits_for_unit
from kentongan.core.words import CallId, NatureCode, Priority, Progress, Promise, UnitId, personal

Row = TypeVar("Row", bound=AnyRow)

OFFER = c.OfferCall(call=CALL, line="112", dialled="112", trunk="t", number=personal("0811234567"))
SEND = (
    c.OpenIncident(incident=INCIDENT),
    c.LocateIncident(incident=INCIDENT, place=HERE),
    c.ClassifyIncident(incident=INCIDENT, nature=NatureCode("MED-01")),
    c.SendIncident(incident=INCIDENT),
)
ASSIGN = c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES)


def unit(key: UnitId, kind: str = "ambulance_als", post: str = "amb_pandanaran") -> c.RegisterUnit:
    """One of the city's, at Simpang Lima."""
    return c.RegisterUnit(
        unit=key, agency=DINKES, kind=kind, label=key, capabilities=(), post=post, home=SIMPANG_LIMA
    )


def of(rows: Sequence[AnyRow], kind: type[Row]) -> list[Row]:
    """The rows of one kind."""
    return [row for row in rows if isinstance(row, kind)]


def look(world: World, seconds: float, **more: object) -> list[Standing]:
    """What stands so many seconds after the beginning; positions are fresh unless told."""
    rows = world.rows()

    now = START + timedelta(seconds=seconds)
    fixes: Mapping[str, datetime] = {AMB: now}
    found = Situation(
        calls=of(rows, CallRow),
        incidents=of(rows, IncidentRow),
        units=of(rows, UnitRow),
        agencies=of(rows, AgencyRow),
        engagements=of(rows, EngagementRow),
        desks=of(rows, DeskRow),
        alarms=of(rows, AlarmRow),
        fixes=fixes,
    )
    return standing(structs.replace(found, **more), PLANS, now)


def said(found: Sequence[Standing]) -> list[str]:
    """Kind, grade and to whom, in one line each."""
    initials = {"call_taker": "o", "dispatcher": "d", "supervisor": "s", "agency_officer": "a"}
    return [
        f"{one.cause.kind} {one.grade} {''.join(initials.get(role, role) for role in one.to)}"
        for one in found
    ]


def working(
    *steps: Progress, priority: Priority | None = None, promise: Promise | None = None
) -> World:
    """AMB01 sent to an incident, ten seconds from step to step."""
    world = World().run(unit(AMB), c.StartUnitDuty(unit=AMB), *SEND)
    if priority is not None:
        world.do(c.SetPriority(incident=INCIDENT, priority=priority))
    world.run(structs.replace(ASSIGN, promise=promise), who=BUDI)
    for step in steps:
        world.later(10).do(c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=step), CREW)
    return world


def only(kind: str, found: Sequence[Standing]) -> list[str]:
    """Those of one kind."""
    return said([one for one in found if one.cause.kind == kind])


def test_crew_in_danger_at_once_and_to_everybody() -> None:
    """A-01: dispatchers, supervisor and the agency's officers, until it is cleared."""
    world = World().run(unit(AMB), c.RaiseCrewEmergency(unit=AMB), who=CREW)
    assert said(look(world, 0)) == ["crew_emergency panic dsa"]
    world.do(c.ClearCrewEmergency(unit=AMB), BUDI)
    assert look(world, 1) == []


def test_a_waiting_call_is_critical_for_all_after_twenty_seconds() -> None:
    """A-02: operators at 10 s; dispatchers and the supervisor, too, at 20 s."""
    world = World().run(OFFER, who=SYSTEM)
    assert look(world, 9) == []
    assert said(look(world, 10)) == ["call_waiting high o"]
    assert said(look(world, 20)) == ["call_waiting critical osd"]
    world.run(c.QueueCall(call=CALL), who=SYSTEM).run(c.StartDuty(desk=DESK))
    world.do(c.AnswerCall(call=CALL, desk=DESK))
    assert look(world, 60) == []


@pytest.mark.parametrize(
    ("priority", "limit_s"),
    [(Priority.P1, 60), (Priority.P2, 120), (Priority.P3, 300), (Priority.P4, 900)],
)
def test_an_incident_without_a_unit_by_priority(priority: Priority, limit_s: int) -> None:
    """A-03: the dispatcher at the limit, the supervisor at twice the limit."""
    world = World().run(*SEND).run(c.SetPriority(incident=INCIDENT, priority=priority))
    grade = "critical" if priority is Priority.P1 else "high"
    assert only("no_unit", look(world, limit_s - 1)) == []
    assert only("no_unit", look(world, limit_s)) == [f"no_unit {grade} d"]
    assert only("no_unit", look(world, 2 * limit_s)) == [f"no_unit {grade} ds"]


def test_a_draft_that_nobody_sends_is_not_forgotten() -> None:
    """A-03 for a draft: from a minute after its kind was known; without a kind it is silent."""
    opened, placed, classified, _ = SEND
    draft = World().run(opened, placed, classified)
    assert only("no_unit", look(draft, 119)) == []
    assert only("no_unit", look(draft, 120)) == ["no_unit critical d"]
    assert only("no_unit", look(World().run(opened, placed), 9_000)) == []


def test_the_wait_begins_again_when_the_last_unit_left_and_not_when_it_served() -> None:
    """A-03, second half."""
    left = working(Progress.CLEAR, priority=Priority.P1)
    assert only("no_unit", look(left, 69)) == []
    assert only("no_unit", look(left, 70)) == ["no_unit critical d"]
    served = working(Progress.ON_SCENE, Progress.CLEAR, priority=Priority.P1)
    assert only("no_unit", look(served, 900)) == []
    assert (
        look(World().run(*SEND).run(c.SetPriority(incident=INCIDENT, priority=Priority.P5)), 9e4)
        == []
    )


@pytest.mark.parametrize("answered", [False, True])
def test_a_fire_that_never_had_an_engine_waits_for_one(*, answered: bool) -> None:
    """A-03: the ambulance came and left; whose fire it is has not answered, or speaks for it."""
    world = World().run(unit(AMB), c.StartUnitDuty(unit=AMB), *SEND)
    world.do(c.TaskAgency(incident=INCIDENT, agency=DAMKAR, lead=True))
    world.run(ASSIGN, who=BUDI)
    for step in (Progress.ON_SCENE, Progress.CLEAR):
        world.later(10).do(c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=step), CREW)
    if answered:
        world.do(c.AcknowledgeTask(incident=INCIDENT, agency=DAMKAR), BUDI)
    found = only("no_unit", look(world, 900))
    assert bool(found) is not answered
    row = world.find("incident", INCIDENT)
    assert isinstance(row, IncidentRow)
    assert waits_for_unit(row) is not answered


def test_a_unit_that_does_not_accept_does_not_leave_is_late_or_silent() -> None:
    """A-04 (supervisor at twice), A-05 (an ambulance's 300 s, officer at twice), A-06, A-09."""
    assert only("not_accepted", look(working(priority=Priority.P1), 29)) == []
    assert only("not_accepted", look(working(priority=Priority.P1), 30)) == ["not_accepted high d"]
    assert only("not_accepted", look(working(priority=Priority.P1), 60)) == ["not_accepted high ds"]
    assert only("not_accepted", look(working(priority=Priority.P2), 60)) == ["not_accepted high d"]
    assert only("not_departed", look(working(Progress.ACCEPTED), 299)) == []
    assert only("not_departed", look(working(Progress.ACCEPTED), 300)) == ["not_departed high d"]
    assert only("not_departed", look(working(Progress.ACCEPTED), 600)) == ["not_departed high da"]
    until = START + timedelta(seconds=300)
    promise = Promise(depart_by=START, arrive_from=START, arrive_to=until, travel_source="x")
    late = working(Progress.DEPARTED, promise=promise)
    assert (only("late", look(late, 299)), only("late", look(late, 300))) == ([], ["late high do"])
    for moved_s in (200, -100):  # told anew it calms nobody; a sooner one counts sooner
        again = structs.replace(promise, arrive_to=until + timedelta(seconds=moved_s))
        late.later(120).do(c.RevisePromise(incident=INCIDENT, unit=AMB, promise=again), SYSTEM)
        due = 300 + min(moved_s, 0)
        assert only("late", look(late, due - 1)) == []
        assert only("late", look(late, due)) == ["late high do"]
    there = working(Progress.ON_SCENE)
    assert only("long_on_scene", look(there, 1809)) == []
    assert only("long_on_scene", look(there, 1810)) == ["long_on_scene medium d"]


def test_a_lone_unit_of_the_police_is_asked_sooner() -> None:
    """A-09: after ten minutes, unless somebody is with it."""
    world = World().run(
        c.RegisterAgency(agency=POLISI, name="p", short="p", kind="police", mode="units"),
        structs.replace(unit(AMB), agency=POLISI), c.StartUnitDuty(unit=AMB), *SEND,
        structs.replace(ASSIGN, agency=POLISI),
        c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.ON_SCENE),
    )  # fmt: skip
    assert only("long_on_scene", look(world, 599)) == []
    assert only("long_on_scene", look(world, 600)) == ["long_on_scene medium d"]
    second = structs.replace(ASSIGN, unit=UnitId("AMB02"), agency=POLISI)
    assert only("long_on_scene", look(world.run(second), 700)) == []


def test_an_agency_that_does_not_answer_then_its_head() -> None:
    """A-07: 60 s, and its officers at 120 s."""
    world = World().run(*SEND, c.TaskAgency(incident=INCIDENT, agency=DINKES))
    assert only("agency_silent", look(world, 59)) == []
    assert only("agency_silent", look(world, 60)) == ["agency_silent high d"]
    assert only("agency_silent", look(world, 120)) == ["agency_silent high da"]
    accepted = c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.ACCEPTED)
    crew = working().run(c.TaskAgency(incident=INCIDENT, agency=DINKES))
    assert only("agency_silent", look(crew, 60)) == ["agency_silent high d"]
    crew.do(accepted, CREW)
    assert only("agency_silent", look(crew, 60)) == []
    world.do(c.AcknowledgeTask(incident=INCIDENT, agency=DINKES), BUDI)
    assert only("agency_silent", look(world, 120)) == []


def test_a_number_that_was_cut_off_again_and_again_is_one_alarm() -> None:
    """A-08: from five seconds of ringing, since the first time; the supervisor after 180 s."""
    world = World().run(OFFER, structs.replace(OFFER, call=CallId("c2")), who=SYSTEM).later(4)
    short = World().run(OFFER, who=SYSTEM).later(4).run(c.EndCall(call=CALL, by="caller"))
    assert look(short, 9) == []
    end = c.EndCall(call=CallId("c2"), by="caller")
    world.later(2).run(c.EndCall(call=CALL, by="caller")).later(1).run(end)
    assert [one.cause.about for one in look(world, 8)] == [CALL]
    assert said(look(world, 185)) == ["call_dropped high o"]
    assert said(look(world, 186)) == ["call_dropped high os"]
    reached = c.NoteCallback(call=CALL, by=CallId("out"), outcome="reached")
    assert [one.cause.about for one in look(world.run(reached, who=RINA), 9)] == ["c2"]


def test_a_unit_at_work_that_nobody_can_see() -> None:
    """A-10: 120 s after its last position, or after it was sent when it never had one."""
    world = working(Progress.DEPARTED)
    assert only("stale_position", look(world, 200)) == []
    never: dict[str, dict[str, datetime]] = {"fixes": {}}
    assert only("stale_position", look(world, 129, **never)) == []
    assert only("stale_position", look(world, 130, **never)) == ["stale_position medium d"]
    seen = {"fixes": {AMB: START + timedelta(seconds=100)}}
    assert only("stale_position", look(world, 219, **seen)) == []
    assert only("stale_position", look(world, 220, **seen)) == ["stale_position medium d"]


def test_a_part_of_the_centre_that_is_not_well() -> None:
    """A-11: the supervisor at once, who repairs it after five minutes."""
    disk = Trouble(part="disk", since=START, grade="critical", detail="2 %", node="b:7000")
    (one,) = look(World(), 1, troubles=(disk,))
    assert (said([one]), one.cause.about, one.cause.detail) == (
        ["system critical s"], "disk:b:7000", "2 %",
    )  # fmt: skip
    assert said(look(World(), 300, troubles=(disk,))) == ["system critical sadmin"]


def test_a_zone_whose_last_unit_was_sent_away() -> None:
    """A-12: after five minutes, unless another is free within reach; an empty zone is no gap."""
    world = working(Progress.DEPARTED)
    assert only("no_free_unit", look(world, 299)) == []
    (one,) = [one for one in look(world, 300) if one.cause.kind == "no_free_unit"]
    assert (said([one]), one.cause.about) == (["no_free_unit high ds"], "ambulance:33.74.07")
    assert one.cause.detail == "Semarang Selatan"
    neighbour = UnitId("AMB02")
    world.run(unit(neighbour, "ambulance_bls", "amb_halmahera"), c.StartUnitDuty(unit=neighbour))
    assert only("no_free_unit", look(world, 300)) == []
    off_duty = World().run(unit(AMB))
    assert only("no_free_unit", look(off_duty, 9_000)) == []
    assert plans_of(PACK).post_zones["amb_pandanaran"][1] == "Semarang Selatan"


def test_a_desk_that_is_flooded_tells_the_supervisor() -> None:
    """More than ten new ones in ten minutes that are shown to that desk's roles."""
    world = World().run(c.StartDuty(desk=DESK))
    recent = [Recent(at=START, to=("call_taker",)) for _ in range(FLOOD_MAX)]
    other = Recent(at=START, to=("dispatcher",))
    assert look(world, 1, recent=(*recent, other)) == []
    flood = (*recent, Recent(at=START, to=("call_taker", "dispatcher")))
    (one,) = look(world, 1, recent=flood)
    assert (said([one]), one.cause.desk) == (["alarm_flood high s"], DESK)
    assert look(world, 600, recent=flood) == []


def test_what_is_written_down_makes_the_board_say_the_same() -> None:
    """Raised once with the time of its limit, escalated, given back, cleared; then nothing."""
    world = World().run(OFFER, who=SYSTEM)
    budi = structs.replace(BUDI, desk=DESK)

    def follow(seconds: float, at_work: Sequence[str] = ("budi",)) -> list[str]:
        now = START + timedelta(seconds=seconds)
        world.now = now
        alarms = [row for row in world.rows() if isinstance(row, AlarmRow)]
        written = list(follow_up(alarms, look(world, seconds), at_work, now))
        for one in written:
            world.do(one.command, SYSTEM)
        return [
            f"{type(one.command).__name__} {(one.at - START).total_seconds():.0f}"
            for one in written
        ]

    assert follow(9) == []
    assert follow(25) == ["RaiseAlarm 10"]
    (row,) = [row for row in world.rows() if isinstance(row, AlarmRow)]
    assert (row.grade, row.level) == ("high", 0)
    assert follow(26) == ["EscalateAlarm 20"]
    assert follow(27) == []
    world.do(c.TakeAlarm(alarm=row.key), budi)
    assert follow(28) == []
    assert follow(29, at_work=()) == ["LeaveAlarm 29"]
    world.run(c.StartDuty(desk=DESK), c.QueueCall(call=CALL)).do(c.AnswerCall(call=CALL, desk=DESK))
    assert follow(30) == ["ClearAlarm 30"]
    assert follow(31) == []


def test_the_key_of_an_alarm_can_be_the_key_of_a_stream() -> None:
    """However long what it is about."""
    (one,) = look(World(), 1, troubles=(Trouble(part="p" * 300, since=START),))
    (first,) = follow_up((), [one], (), START)
    assert streams.stream_of(first.command).startswith("alarm:system:ppp")
    assert len(first.command.alarm) <= 150


def test_no_more_stand_than_anybody_can_read() -> None:
    """The loudest are kept."""
    troubles = [Trouble(part=f"p{n}", since=START) for n in range(STANDING_MAX + 5)]
    worst = Trouble(part="z", since=START, grade="critical")
    found = look(World(), 1, troubles=(*troubles, worst))
    assert (len(found), found[0].cause.about) == (STANDING_MAX, "z")
