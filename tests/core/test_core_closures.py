"""Closures: their machine, what is refused, and the timer that lifts them."""

from datetime import timedelta, timezone

import pytest
from core_city_world import (
    CLOSE,
    LIFT,
    change,
    closure_row,
    refusal,
)
from core_world import (
    BUDI,
    PLANS,
    SARI,
    START,
    SYSTEM,
    World,
    tags,
)
from msgspec import structs

from kentongan.core import closure
from kentongan.core.policy import timers
from kentongan.core.shapes import PointShape
from kentongan.core.words import (
    personal,
)
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.routing import closures

# --- closures ------------------------------------------------------------------------------------


def test_roads_are_closed_changed_and_lifted_each_once() -> None:
    """The same again is nothing; the row says who and when, and the position of the last word."""
    world = World()
    assert tags(world.do(CLOSE, BUDI)) == ["closure.closed"]
    assert world.do(CLOSE, SARI) == ()
    assert (closure_row(world).closed_by, closure_row(world).seq) == ("Budi", 1)
    deeper = change(depth_cm=70)
    assert tags(world.later(60).do(deeper, SARI)) == ["closure.changed"]
    assert world.do(deeper, SARI) == ()
    row = closure_row(world)
    assert (row.depth_cm, row.changed_by, row.closed_by, row.seq) == (70, "Sari", "Budi", 2)
    assert tags(world.do(LIFT, BUDI)) == ["closure.lifted"]
    assert world.do(LIFT, BUDI) == ()
    assert (closure_row(world).lifted_by, closure_row(world).seq) == ("Budi", 3)
    assert world.refold("closure:s1") == world.state("closure:s1")


def test_a_lifted_closure_stays_lifted() -> None:
    """The same roads shut again are a new closure: an old phone cannot close them by repeating."""
    world = World().run(CLOSE, LIFT, who=BUDI)
    assert refusal(world, structs.replace(CLOSE, depth_cm=1)) == "closure_lifted"
    assert refusal(world, CLOSE) == "closure_lifted"
    assert refusal(world, change(depth_cm=1)) == "closure_lifted"


def test_an_id_is_one_closure() -> None:
    """Other roads under the same id are a mistake; what is not there cannot be changed."""
    world = World()
    assert refusal(world, LIFT) == refusal(world, change()) == "unknown_closure"
    world.do(CLOSE)
    assert refusal(world, structs.replace(CLOSE, depth_cm=46)) == "closure_exists"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"reason": " "}, "closure_reason_missing"),
        ({"reason": "x" * 301}, "text_too_long"),
        ({"depth_cm": -1}, "depth_unreadable"),
        ({"depth_cm": 1001}, "depth_unreadable"),
        ({"factors": {"ambulance": 0.5}}, "factor_unreadable"),
        ({"factors": {"ambulance": float("nan")}}, "factor_unreadable"),
        ({"factors": {"ambulance": 101.0}}, "factor_unreadable"),
        ({"factors": {"becak": 2.0}}, "unknown_profile"),
        ({"way": 0}, "way_unreadable"),
        ({"way": 2**63}, "way_unreadable"),
        ({"until_at": START}, "closure_over"),
        ({"until_at": (START + timedelta(hours=1)).replace(tzinfo=None)}, "time_unreadable"),
        (
            {"from_at": START + timedelta(hours=2), "until_at": START + timedelta(hours=1)},
            "closure_ends_before_it_begins",
        ),
        ({"until_at": START + closure.LASTS_MAX + timedelta(seconds=1)}, "closure_too_long"),
        ({"geometry": PointShape((-6.97, 110.42))}, "shape_swapped"),
    ],
)
def test_what_no_road_could_be_given_is_refused(fields: dict[str, object], reason: str) -> None:
    """When closing and when changing, each in its own words; nothing is written."""
    world = World()
    assert refusal(world, structs.replace(CLOSE, **fields)) == reason
    world.do(CLOSE)
    assert refusal(world, change(**fields)) == reason
    assert closure_row(world).depth_cm == 45


@pytest.mark.parametrize("factor", [0.0, 1.0, 100.0])
def test_a_factor_closes_or_slows(factor: float) -> None:
    """0 and 1 to 100 are kept as they are."""
    world = World().run(structs.replace(CLOSE, factors={"ambulance": factor}))
    assert closure_row(world).factors == {"ambulance": factor}


def test_typed_reasons_are_sealed() -> None:
    """A key stays a key; what somebody typed is personal text."""
    world = World().run(structs.replace(CLOSE, reason="banjir depan rumah Pak Slamet"))
    assert (closure_row(world).reason, closure_row(world).reason_text) == (
        "text", personal("banjir depan rumah Pak Slamet"),
    )  # fmt: skip


def test_local_times_are_kept_as_utc() -> None:
    """19:00 WIB is 12:00 UTC, and the same closure."""
    wib = timezone(timedelta(hours=7))
    ends_at = START + timedelta(hours=5)
    world = World().run(structs.replace(CLOSE, until_at=ends_at.astimezone(wib)))
    assert str(closure_row(world).until_at) == str(ends_at)
    assert world.do(structs.replace(CLOSE, until_at=ends_at)) == ()


def test_the_timer_lifts_when_it_is_over_and_not_before() -> None:
    """An end that was moved outlives the timer of the first one; a person may lift at any time."""
    first, later = START + timedelta(hours=1), START + timedelta(hours=3)
    world = World()
    (closed,) = world.do(structs.replace(CLOSE, until_at=first))
    meta = world.history["closure:s1"][0][1]
    (timed,) = timers(closed, meta, world.state("closure:s1"), PLANS)
    assert timed.due_at == first
    (changed,) = world.do(change(until_at=later))
    world.now = first
    assert world.do(timed.command, SYSTEM) == ()
    (timed,) = timers(changed, meta, world.state("closure:s1"), PLANS)
    world.now = timed.due_at
    assert tags(world.do(timed.command, SYSTEM)) == ["closure.lifted"]
    assert closure_row(world).lift_reason == closure.EXPIRED
    assert world.do(timed.command, SYSTEM) == ()


def test_without_an_end_nothing_lifts_it() -> None:
    """It holds until somebody says otherwise."""
    world = World()
    (closed,) = world.do(CLOSE)
    meta = world.history["closure:s1"][0][1]
    assert timers(closed, meta, world.state("closure:s1"), PLANS) == ()
    lift = structs.replace(LIFT, reason=closure.EXPIRED)
    assert world.later(9e6).do(lift, SYSTEM) == ()


def test_the_record_and_the_roads_speak_of_the_same_vehicles() -> None:
    """Whatever the record lets in, the router takes: the same profiles and limits."""
    assert set(Profile) == closure.PROFILES
    assert (closures.FACTOR_MAX, closures.DEPTH_MAX_CM) == (
        closure.FACTOR_MAX,
        closure.DEPTH_MAX_CM,
    )
