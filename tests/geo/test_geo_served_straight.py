"""Coverage along straight lines: it agrees with itself, and each unit drives as its own kind."""

import asyncio

import pytest
from geo_served_room import NOW, OFFSET, PACK, SIMPANG_LIMA, starts
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from kentongan.cities.gazetteer import Notice
from kentongan.core.candidates import TURNOUT_S
from kentongan.edge.geo.served.straight import StraightGeography
from kentongan.geography import CoverageAsked, CoverageShown, Start

KINDS = st.lists(
    st.sampled_from(["ambulance_bls", "police_motorcycle", "fire_tanker"]), max_size=12
)


@given(KINDS, st.integers(0, 12))
def test_straight_coverage_agrees_with_itself(kinds: list[str], left_out: int) -> None:
    """What one unit less uncovers is what is covered with it and not without it."""
    straight = StraightGeography(PACK, OFFSET)
    units = tuple(
        structs.replace(one, unit_kind=kind)
        for one, kind in zip(starts(len(kinds)), kinds, strict=True)
    )
    asked = CoverageAsked(starts=units, limits_s=(600.0,), without=(f"U{left_out}",))
    rest = tuple(one for one in units if one.unit != f"U{left_out}")
    whole = asyncio.run(straight.coverage(asked, NOW))
    less = asyncio.run(straight.coverage(structs.replace(asked, starts=rest), NOW))
    reached = {one.code for one in whole.areas if one.seconds is not None}
    still = {one.code for one in less.areas if one.seconds is not None}
    assert set(whole.uncovered[0].kelurahan) == reached - still


def test_straight_coverage_counts_the_turnout_as_an_arrival_does() -> None:
    """The nearest kelurahan is reached after turnout and drive, and not within the drive alone."""
    straight = StraightGeography(PACK, OFFSET)
    (unit,) = starts(1)
    asked = CoverageAsked(starts=(unit,), limits_s=(3_600.0,))
    found = asyncio.run(straight.coverage(asked, NOW)).areas
    for area, one in zip(PACK.kelurahan, found, strict=True):
        (way,) = straight.journeys_now(area.point, [unit], NOW)
        drive_s = (way.travel.seconds_low + way.travel.seconds_high) / 2
        if one.seconds is not None:
            assert one.seconds == pytest.approx(TURNOUT_S + drive_s, abs=1)
    soonest = min(one.seconds for one in found if one.seconds is not None)
    short = structs.replace(asked, limits_s=(soonest - TURNOUT_S / 2,))
    assert all(one.seconds is None for one in asyncio.run(straight.coverage(short, NOW)).areas)


def test_straight_coverage_drives_each_start_as_its_own_kind() -> None:
    """The quicker one farther away covers where it is sooner, and what it leaves is its own."""
    straight = StraightGeography(PACK, OFFSET)
    near = Start(unit="slow", unit_kind="fire_tanker", point=SIMPANG_LIMA)
    away = structs.replace(SIMPANG_LIMA, lat=SIMPANG_LIMA.lat - 0.01)
    quick = Start(unit="quick", unit_kind="police_motorcycle", point=away)

    def covered(*units: Start, without: tuple[str, ...] = ()) -> CoverageShown:
        asked = CoverageAsked(starts=units, limits_s=(900.0,), without=without)
        return asyncio.run(straight.coverage(asked, NOW))

    both = covered(near, quick, without=("slow", "quick"))
    alone = {one.unit: covered(one).areas for one in (near, quick)}
    sooner = set[str]()
    for n, area in enumerate(both.areas):
        told = {unit: found[n].seconds for unit, found in alone.items()}
        known = {seconds: unit for unit, seconds in told.items() if seconds is not None}
        assert area.seconds == min(known, default=None)
        sooner |= {known[area.seconds]} if area.seconds is not None else set()
    assert sooner == {"slow", "quick"}
    for one in both.uncovered:
        (other,) = {"slow", "quick"} - {one.unit}
        own = {area.code for area in alone[one.unit] if area.seconds is not None}
        assert set(one.kelurahan) == own - {a.code for a in alone[other] if a.seconds is not None}


def test_a_place_that_nobody_knows_is_told_so() -> None:
    """Without a road network too: an empty list says what was not found."""
    found = asyncio.run(StraightGeography(PACK, OFFSET).places("qqxyzv", None))
    assert not found.proposals
    assert [(one.what, one.words) for one in found.notices] == [(Notice.NOT_FOUND, ("qqxyzv",))]
