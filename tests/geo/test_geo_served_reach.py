"""How far help reaches by road: each start as its own kind of unit drives, the soonest of all."""

import math
from datetime import timedelta

import pytest
from geo_served_room import NOW, PACK
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core.candidates import TURNOUT_S
from kentongan.edge.geo.network.assemble import Piece, assemble
from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, EdgeFlag
from kentongan.edge.geo.routing.router import Router, RouterSettings
from kentongan.edge.geo.served.reach import Reach
from kentongan.geography import CoverageAsked, CoverageShown, Start

WIB = timedelta(hours=7)
HUB, DEEP = PACK.kelurahan[0], PACK.kelurahan[1]
"""Where the streets meet, and the end of a gang of 770 m that leads out of them. The last 250 m
count as its middle: on four wheels one is there after 190 s."""

KINDS = ("fire_engine", "fire_ladder", "ambulance_als", "police_car", "police_motorcycle")


def _reach() -> Reach:
    """A square of streets with the hub as a corner, and the gang."""
    lat, lon = HUB.point.lat, HUB.point.lon
    far_lat, far_lon = lat + 0.01, lon - 0.01
    street, gang = KIND_OF["residential"], int(BOTH | EdgeFlag.NARROW)
    corners = ((lat, lon), (far_lat, lon), (far_lat, far_lon), (lat, far_lon))
    pieces = [
        Piece(
            at + 1, (at + 1) % 4 + 1,
            (corners[at][0], corners[(at + 1) % 4][0]), (corners[at][1], corners[(at + 1) % 4][1]),
            at + 1, street, int(BOTH), "Jalan",
        )
        for at in range(4)
    ]  # fmt: skip
    end = DEEP.point
    pieces.append(Piece(1, 5, (lat, end.lat), (lon, end.lon), 5, street, gang, "Gang"))
    network = assemble(pieces, source="osm", label="", version="1").network
    return Reach(Router(network, settings=RouterSettings(offset=WIB)), PACK)


REACH = _reach()


def at_hub(*kinds: str) -> tuple[Start, ...]:
    """Units of these kinds where the streets meet, named by their kind."""
    return tuple(Start(unit=kind, unit_kind=kind, point=HUB.point) for kind in kinds)


def covered(
    *starts: Start, limit_s: float = 3_600.0, without: tuple[str, ...] = ()
) -> CoverageShown:
    """What these reach."""
    return REACH.cover(CoverageAsked(starts=starts, limits_s=(limit_s,), without=without), NOW)


def deep_s(*starts: Start) -> float:
    """Seconds to the end of the gang."""
    found = {one.code: one.seconds for one in covered(*starts).areas}
    seconds = found[DEEP.code]
    return math.inf if seconds is None else seconds


def test_an_engine_reaches_no_gang_and_an_ambulance_does() -> None:
    """Whatever else is on duty; what nobody can drive to is not covered."""
    assert deep_s(*at_hub("fire_engine", "fire_tanker", "public_order_truck")) == math.inf
    assert TURNOUT_S + 180 < deep_s(*at_hub("ambulance_bls")) < math.inf
    both = deep_s(*at_hub("fire_engine", "ambulance_bls"))
    assert (
        both == deep_s(*at_hub("ambulance_bls", "fire_engine")) == deep_s(*at_hub("ambulance_bls"))
    )


def test_of_one_sort_each_drives_as_its_own_kind() -> None:
    """The motorcycle is the soonest in a gang, and alone it leaves it uncovered, whoever of the
    police is named first."""
    ride, drive = deep_s(*at_hub("police_motorcycle")), deep_s(*at_hub("police_car"))
    assert ride < drive < math.inf
    between = (ride + drive) / 2
    for order in (("police_car", "police_motorcycle"), ("police_motorcycle", "police_car")):
        assert deep_s(*at_hub(*order)) == ride
        found = covered(*at_hub(*order), limit_s=between, without=order)
        lost = {one.unit: one.kelurahan for one in found.uncovered}
        assert DEEP.code in lost["police_motorcycle"]
        assert lost["police_car"] == ()


STARTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 10)), max_size=5).map(
    lambda drawn: tuple(
        Start(
            unit=f"U{n}",
            unit_kind=kind,
            point=structs.replace(HUB.point, lat=HUB.point.lat + step / 1_000),
        )
        for n, (kind, step) in enumerate(drawn)
    )
)


@settings(max_examples=30, deadline=None)
@given(STARTS, st.integers(0, 5), st.sampled_from([150.0, 200.0, 300.0, 480.0]))
def test_what_one_less_uncovers_is_what_the_others_do_not_reach(
    starts: tuple[Start, ...], left_out: int, limit_s: float
) -> None:
    """Of a mixed fleet, too; and everybody together reaches what the soonest of them does alone."""
    gone = f"U{left_out}"
    rest = tuple(one for one in starts if one.unit != gone)
    whole, less = (
        covered(*starts, limit_s=limit_s, without=(gone,)),
        covered(*rest, limit_s=limit_s),
    )
    (lost,) = whole.uncovered
    before, after = _seconds(whole), _seconds(less)
    assert set(lost.kelurahan) == {
        code for code, s in before.items() if s < after[code] == math.inf
    }
    assert lost.road_share == pytest.approx(whole.road_shares[0] - less.road_shares[0], abs=1e-9)
    alone = [_seconds(covered(one, limit_s=limit_s)) for one in starts]
    for code, seconds in before.items():
        assert seconds == min((found[code] for found in alone), default=math.inf)


def _seconds(shown: CoverageShown) -> dict[str, float]:
    return {one.code: math.inf if one.seconds is None else one.seconds for one in shown.areas}


def test_nobody_covers_nothing() -> None:
    """No start, and one that is nowhere on earth."""
    lost = Start(unit="X", unit_kind="fire_engine", point=Point(95.0, 400.0))
    for starts in ((), (lost,)):
        assert {one.seconds for one in covered(*starts).areas} == {None}
        assert covered(*starts).road_shares == (0.0,)
