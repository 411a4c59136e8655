"""A promise that will not be kept is told anew: when, how often, from what, beside the first."""

from datetime import datetime, timedelta

import pytest
from core_world import AMB, DINKES, INCIDENT, START, SYSTEM, World
from msgspec import structs
from test_core_assignment import ASSIGN, sent
from test_core_recommend import NOON, candidate

from kentongan.cities.facts import Point
from kentongan.core import commands as c
from kentongan.core.candidates import STRAIGHT_LINE, TURNOUT_S, Candidate, Travel
from kentongan.core.follow import followed
from kentongan.core.rows import Assignment
from kentongan.core.slips import (
    EVERY,
    MOVED,
    REVISIONS_MAX,
    Around,
    Slip,
    is_borne_out,
    is_there,
    revised,
)
from kentongan.core.words import Fix, Place, Progress, Promise

FAR = Point(-7.03, 110.45)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def promise(first: float, last: float, source: str = "road_network") -> Promise:
    return Promise(
        depart_by=after(120),
        arrive_from=after(first),
        arrive_to=after(last),
        travel_source=source,
    )


def drives(seconds: float, at: datetime, *marks: str, source: str = "road_network") -> Candidate:
    """An ambulance with so long a way to go still, heard of just now."""
    fix = Fix(point=FAR, at=at)
    travel = Travel(
        seconds_low=seconds, seconds_high=seconds * 1.5, distance_m=seconds * 9, source=source
    )
    return structs.replace(candidate("AMB01"), travel=travel, marks=marks, fix=fix)


WORK = Assignment(
    unit=AMB,
    agency=DINKES,
    progress=Progress.DEPARTED,
    progress_at={Progress.ASSIGNED: NOON, Progress.DEPARTED: after(60)},
    promise=promise(300, 480),
)
LEAVES = structs.replace(WORK, progress=Progress.ACCEPTED, progress_at={Progress.ASSIGNED: NOON})


def test_a_minute_later_than_promised_is_told_and_less_is_not() -> None:
    """The upper end counts: from one minute past it on the range is another one."""
    now = after(200)
    assert revised(WORK, drives(226, now), now) is None  # until 539 s: 59 s past it
    again = revised(WORK, drives(227, now), now)  # until 540.5 s
    assert again is not None
    assert again.arrive_to == now + timedelta(seconds=340.5)
    assert again.arrive_from == now + timedelta(seconds=227)
    assert again.depart_by == after(60), "it has departed: that is known"


def test_sooner_than_all_that_was_promised_is_told_too() -> None:
    """Somebody must be at the gate; a range that only ends sooner holds what was said."""
    now = after(130)
    assert revised(WORK, drives(75, now), now) is None  # from 205 s, but until 242.5 s
    again = revised(WORK, drives(73, now), now)
    assert again is not None
    assert again.arrive_to < WORK.promise.arrive_from - MOVED if WORK.promise else False


def test_a_crew_that_does_not_leave_slips_and_is_given_its_turnout_anew() -> None:
    """Within its turnout nothing has changed; after it the departure is told anew as well."""
    turnout_s = drives(200, NOON).turnout_s
    made_at = NOON - EVERY  # long enough ago to be told anew at all
    told_at = {Progress.ASSIGNED: made_at}
    kept = structs.replace(LEAVES, promise=promise(turnout_s + 200, turnout_s + 300))
    slow = structs.replace(drives(200, NOON), turnout_s=EVERY.total_seconds() + 30)
    within = structs.replace(kept, progress_at=told_at)  # 30 s of its turnout are left
    assert revised(within, slow, NOON) is None
    now = after(130)
    again = revised(kept, drives(200, now), now)
    assert again is not None
    assert again.depart_by == now + timedelta(seconds=turnout_s)
    assert again.depart_by <= again.arrive_from <= again.arrive_to


def test_a_crew_that_left_in_time_and_has_not_tapped_is_not_late() -> None:
    """Its position says so: it moves, or waits at a crossing well away from where it was."""
    now = after(130)
    assert now - NOON > timedelta(seconds=TURNOUT_S)
    kept = structs.replace(LEAVES, promise=promise(TURNOUT_S + 200, TURNOUT_S + 300))
    way = structs.replace(drives(180, now), turnout_s=TURNOUT_S)  # until 400 s, and 390 s are told
    late = revised(kept, way, now, Around(began=FAR))
    assert late is not None, "it stands where it stood"
    assert late.arrive_to == now + timedelta(seconds=TURNOUT_S + 270)
    assert way.fix is not None
    moves = structs.replace(way, fix=structs.replace(way.fix, speed_m_s=8.0))
    assert revised(kept, moves, now) is None
    assert revised(kept, way, now, Around(began=Point(FAR.lat + 0.003, FAR.lon))) is None
    assert revised(kept, way, now, Around(began=Point(FAR.lat + 0.001, FAR.lon))), "noise"
    slow = structs.replace(moves, travel=drives(300, now).travel)
    again = revised(kept, slow, now)
    assert again is not None
    assert again.arrive_to == now + timedelta(seconds=450), "late by the road, without a turnout"


def test_a_unit_at_the_place_is_not_late_whatever_the_road_round_the_block_is() -> None:
    """400 m by one-way streets, 50 m as the crow flies; accuracy and the place's own count."""
    now = after(600)
    way, metre = drives(400, now), 1 / 111_195

    def told(metres: float, accuracy_m: float, radius_m: float | None = None) -> bool:
        place = Place(point=Point(FAR.lat + metres * metre, FAR.lon), radius_m=radius_m)
        fix = Fix(point=FAR, at=now, accuracy_m=accuracy_m)
        return revised(WORK, structs.replace(way, fix=fix), now, Around(place)) is not None

    assert not told(50, 10)
    assert not told(159, 10)
    assert told(162, 10)
    assert not told(162, 10, radius_m=30)
    coarse = Place(point=FAR, radius_m=3_000)
    assert not is_there(Fix(point=Point(FAR.lat + 500 * metre, FAR.lon), at=now), coarse), "none"
    assert not told(500, 10, radius_m=3_000), "a place known so badly is promised nothing"
    assert told(500, 10, radius_m=250)


def test_one_look_is_no_slip_and_two_from_one_position_are_not_either() -> None:
    """Two in a row, from different positions, of the same promise and the same way off."""
    first = Slip(WORK.promise, True, after(10))
    assert not is_borne_out(None, first)
    assert not is_borne_out(first, first)
    assert is_borne_out(first, Slip(WORK.promise, True, after(12)))
    assert not is_borne_out(first, Slip(WORK.promise, False, after(12)))
    assert not is_borne_out(first, Slip(promise(1, 2), True, after(12)))
    silent = Slip(WORK.promise, True, None)
    assert is_borne_out(silent, silent), "at its post without a receiver: no position errs"


@pytest.mark.parametrize(
    "one",
    [
        drives(900, after(200), "not_reached", source=STRAIGHT_LINE),  # cut off
        drives(900, after(200), source=STRAIGHT_LINE),  # the roads did not answer in time
        drives(900, after(0)),  # last heard of 200 s ago
        structs.replace(drives(900, after(200)), fix=None),
        structs.replace(drives(900, after(200)), travel=None),
        structs.replace(drives(900, after(200)), walk_m=400.0),
        drives(10, after(200)),  # at the place, and nobody has tapped
    ],
)
def test_nothing_is_told_anew_from_a_guess(one: Candidate) -> None:
    """What is not known by road and from a fresh position changes no promise."""
    late = structs.replace(WORK, promise=promise(10, 20))
    assert revised(late, one, after(200)) is None
    assert revised(late, drives(900, after(200)), after(200)) is not None


def test_straight_lines_go_on_as_straight_lines_unless_a_road_is_shut() -> None:
    """A city without a map has late units as well; a line knows of no flood."""
    line = structs.replace(WORK, promise=promise(10, 20, STRAIGHT_LINE))
    one = drives(900, after(200), source=STRAIGHT_LINE)
    assert revised(line, one, after(200)) is not None
    assert revised(line, one, after(200), Around(is_shut=True)) is None


def test_of_a_unit_without_a_receiver_only_its_leaving_is_known() -> None:
    """Taken to be at its post it can leave late; on its way nobody knows where it is."""
    said = promise(100, 200)
    at_post = structs.replace(said, at_post=True)
    silent = structs.replace(drives(900, after(200)), fix=None)
    assert revised(structs.replace(LEAVES, promise=at_post), silent, after(200)) is not None
    assert revised(structs.replace(WORK, promise=at_post), silent, after(200)) is None


def test_not_more_often_than_every_two_minutes_and_not_for_ever() -> None:
    """Whoever asks: the rule, and the door when two ask at once."""
    one = drives(900, after(600))
    often = structs.replace(WORK, revised_at=after(600) - EVERY + timedelta(seconds=1))
    assert revised(often, one, after(600)) is None
    assert revised(structs.replace(often, revised_at=after(600) - EVERY), one, after(600))
    assert revised(structs.replace(WORK, revisions=REVISIONS_MAX), one, after(600)) is None


def told(minutes: float) -> Promise:
    end = START + timedelta(minutes=minutes)
    return Promise(
        depart_by=START,
        arrive_from=end - timedelta(minutes=2),
        arrive_to=end,
        travel_source="road_network",
    )


def work_of(world: World) -> Assignment:
    return world.incident().assignments[-1]


def test_the_record_keeps_the_first_promise_beside_the_last() -> None:
    """What is told in the link is the last one and says what it was; nobody revises by hand."""
    world = sent().run(structs.replace(ASSIGN, promise=told(6)))
    world.run(c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.DEPARTED))
    assert work_of(world).first_promise is None
    for minutes, expected in ((9, told(9)), (12, told(12))):
        world.later(EVERY.total_seconds())
        world.run(c.RevisePromise(incident=INCIDENT, unit=AMB, promise=told(minutes)), who=SYSTEM)
        assert work_of(world).promise == expected
    assert (work_of(world).first_promise, work_of(world).revisions) == (told(6), 2)
    seen = followed(world.incident(), {}, world.now)
    assert (seen.arrive_to, seen.was_to) == (told(12).arrive_to, told(6).arrive_to)
    assert seen.was_from == told(6).arrive_from


def test_who_was_sent_without_a_promise_gets_the_first_one_on_its_way() -> None:
    """By road from a fresh position of its own; with its turnout while it has not left."""
    bare, now = structs.replace(WORK, promise=None), after(200)
    first = revised(bare, drives(300, now), now)
    assert first is not None
    assert (first.depart_by, first.arrive_to) == (after(60), now + timedelta(seconds=450))
    waits = structs.replace(LEAVES, promise=None)
    first = revised(waits, drives(300, after(10)), after(10), Around(began=FAR))
    assert first is not None
    assert first.depart_by == after(drives(300, NOON).turnout_s)
    assert first.arrive_from >= first.depart_by
    for unknown in (
        drives(300, after(10)),  # an old position
        structs.replace(drives(300, now), fix=None),  # or none, whatever post it has
        drives(300, now, source=STRAIGHT_LINE),
        drives(300, now, "not_reached", source=STRAIGHT_LINE),
        structs.replace(drives(300, now), travel=None),
    ):
        assert revised(bare, unknown, now) is None
    near = Place(point=FAR)
    assert revised(bare, drives(300, now), now, Around(near)) is None
    there = structs.replace(bare, progress=Progress.ON_SCENE)
    assert revised(there, drives(300, now), now) is None


def test_the_first_promise_on_the_way_is_told_once_and_is_no_revision() -> None:
    """When two processes ask at once the door lets one in; the next waits and is a revision."""
    world = sent().run(ASSIGN)
    revise = c.RevisePromise(incident=INCIDENT, unit=AMB, promise=told(6))
    (event,) = world.later(20).do(revise, SYSTEM)
    assert getattr(event, "later", None) is True
    another = structs.replace(revise, promise=told(6.1))
    assert world.later(1).do(another, SYSTEM) == ()
    work = work_of(world)
    assert (work.promise, work.first_promise, work.revisions) == (told(6), None, 0)
    assert world.later(EVERY.total_seconds()).do(another, SYSTEM)
    work = work_of(world)
    assert (work.promise, work.first_promise, work.revisions) == (told(6.1), told(6), 1)


def test_no_single_position_makes_the_first_promise_either() -> None:
    """A receiver that errs by a kilometre would tell a time that nobody can keep."""
    first = Slip(None, is_later=False, fix_at=NOON)
    assert not is_borne_out(None, first)
    assert not is_borne_out(first, first)
    assert is_borne_out(first, Slip(None, is_later=False, fix_at=after(5)))
