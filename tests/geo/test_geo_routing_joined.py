"""Open pieces of road that are cut off: who is helped beside one is driven to as near as one gets,
and walked to from there, not left to straight lines."""

from typing import Any

import numpy as np
import pytest
from geo_textbook import lattice, shut
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core.travel_times import WALK_M_S, WALK_PROMISED_M
from kentongan.edge.geo.network.assemble import Piece, assemble
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, EdgeFlag, RoadNetwork
from kentongan.edge.geo.routing.closures import Closure
from kentongan.edge.geo.routing.ranking import Kernel
from kentongan.edge.geo.routing.router import Router

KERNELS: tuple[Kernel, ...] = ("numba", "scipy")
STEP = 0.002
STEP_M = STEP * 111_195
UNITS = {"A": (1.0, 0.1), "B": (5.0, 0.2)}
WATER = ((2.4, 1.4), (2.4, 3.6), (3.6, 3.6), (3.6, 1.4))
"""Rows and columns: both ends of the bridge and all that meets them; row 4 stays dry."""

BESIDE = (3.1, 2.5)
"""In the water, 22 m beside the bridge and 200 m from the nearest dry street."""


def place(row: float, column: float) -> Point:
    """A place of the lattice."""
    return Point(row * STEP, 110 + column * STEP)


def bridged() -> RoadNetwork:
    """Seven by seven streets, one of them a bridge: from (3, 2) to (3, 3)."""
    network = lattice(7)
    flags = network.flags.copy()
    middles = [network.shape(edge)[1] for edge in range(network.edges)]
    (bridge,) = (
        at for at, (lat, lon) in enumerate(middles)
        if (round(lat / STEP, 2), round((lon - 110) / STEP, 2)) == (3.0, 2.5)
    )  # fmt: skip
    flags[bridge] |= EdgeFlag.BRIDGE
    return structs.replace(network, flags=flags)


def flooded(kernel: Kernel = "numba") -> Router:
    """The bridge stands above the water, and no road leads onto it."""
    router = Router(bridged(), kernel=kernel)
    ring = [[110 + column * STEP, row * STEP] for row, column in (*WATER, WATER[0])]
    area: dict[str, Any] = {"type": "Polygon", "coordinates": [ring]}
    router.close(Closure(id="water", geometry=area, depth_cm=150))
    for unit, at in UNITS.items():
        router.place_unit(unit, place(*at).lat, place(*at).lon, Profile.AMBULANCE)
    return router


def dead_end(kernel: Kernel) -> Router:
    """A street of two pieces into the fields; the first, 222 m, is shut, the second is open."""
    rows = lattice(4)
    pieces = [
        Piece(
            tail + 1, head + 1,
            tuple(lat for lat, _ in rows.shape(at)), tuple(lon for _, lon in rows.shape(at)),
            at + 1, KIND_OF["residential"], int(BOTH),
        )
        for at, (tail, head) in enumerate(
            zip(rows.tail.tolist(), rows.head.tolist(), strict=True)
        )
    ]  # fmt: skip
    corner = int(np.argmax(rows.node_lat + rows.node_lon)) + 1
    for at, (start, end) in enumerate(((3, 4), (4, 6))):
        lats, lons = (3 * STEP, 3 * STEP), (110 + start * STEP, 110 + end * STEP)
        tail, head = (corner, 98) if not at else (98, 99)
        pieces.append(Piece(tail, head, lats, lons, 500 + at, KIND_OF["residential"], int(BOTH)))
    network = assemble(pieces, source="osm", label="dead end", version="1").network
    router = Router(network, kernel=kernel)
    shut(router, [network.way.tolist().index(500)])
    for unit, at in {"A": (1.0, 0.1), "B": (0.0, 2.2)}.items():
        router.place_unit(unit, place(*at).lat, place(*at).lon, Profile.AMBULANCE)
    return router


@pytest.mark.parametrize("kernel", KERNELS)
def test_beside_a_bridge_in_the_water(kernel: Kernel) -> None:
    """Everybody drives to the nearest dry street and walks: exactly as to a place a little farther
    from the bridge, where that street is the nearest open one."""
    router, goal, dry = flooded(kernel), place(*BESIDE), place(4.0, 2.5)
    ranking = router.nearest(goal.lat, goal.lon, 2)
    assert not ranking.off_road
    told = {drive.unit: drive for drive in ranking.found}
    expected = {drive.unit: drive for drive in router.nearest(dry.lat, dry.lon, 2).found}
    assert set(told) == set(UNITS)
    for unit, drive in told.items():
        assert drive.walk_m == pytest.approx(0.9 * STEP_M, rel=0.01)
        assert drive.walk_m <= WALK_PROMISED_M
        assert drive.seconds == pytest.approx(expected[unit].seconds, abs=0.2)
        way = router.path(unit, goal.lat, goal.lon)
        assert way is not None
        assert (way.seconds, way.walk_m) == (drive.seconds, drive.walk_m)
    arrivals = router.etas(goal.lat, goal.lon)
    times = dict(zip(arrivals.units, arrivals.seconds.tolist(), strict=True))
    assert times == {unit: drive.seconds for unit, drive in told.items()}


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_street_behind_its_only_access(kernel: Kernel) -> None:
    """The street is open and nobody gets into it: they walk from where the access begins. The one
    that stands in it drives."""
    router, goal = dead_end(kernel), place(3.0, 4.5)
    ranking = router.nearest(goal.lat, goal.lon, 5)
    assert [drive.unit for drive in ranking.found] == ["B", "A"]
    assert not ranking.off_road
    assert {round(drive.walk_m / STEP_M, 2) for drive in ranking.found} == {1.5}
    inside = place(3.0, 5.8)
    router.place_unit("IN", inside.lat, inside.lon, Profile.AMBULANCE)
    for wanted in (1, 3):
        found = router.nearest(goal.lat, goal.lon, wanted).found
        assert [drive.unit for drive in found] == ["IN", "B", "A"][:wanted]
        assert found[0].walk_m < 1
    router.place_unit("OUT", place(3.0, 2.9).lat, place(3.0, 2.9).lon, Profile.AMBULANCE)
    near = place(3.0, 4.01)
    assert len(router.nearest(near.lat, near.lon, 9).found) == 4


@pytest.mark.parametrize("kernel", KERNELS)
def test_who_stands_on_the_bridge_drives(kernel: Kernel) -> None:
    """The others walk; who is there soonest is first."""
    router = flooded(kernel)
    on = place(3.0, 2.05)
    router.place_unit("ON", on.lat, on.lon, Profile.AMBULANCE)
    goal = place(*BESIDE)
    found = router.nearest(goal.lat, goal.lon, 3).found
    assert {drive.unit: drive.walk_m > 100 for drive in found} == {
        "ON": False, "A": True, "B": True,
    }  # fmt: skip
    assert [drive.there_s for drive in found] == sorted(drive.there_s for drive in found)


@pytest.mark.parametrize("kernel", KERNELS)
def test_coverage_walks_onto_the_bridge(kernel: Kernel) -> None:
    """As an arrival there is told: every point of the roads, the bridge's among them."""
    router = flooded(kernel)
    start = place(*UNITS["A"])
    found = router.coverage(Profile.AMBULANCE, 900, points=[start])
    walked = 0
    for lat, lon, seconds in zip(found.lat, found.lon, found.point_s, strict=True):
        way = router.journey(Profile.AMBULANCE, start, Point(float(lat), float(lon)))
        assert way is not None
        is_promised = way.walk_m <= WALK_PROMISED_M
        walked += is_promised and way.walk_m > 1
        there_s = way.seconds + way.walk_m / WALK_M_S if is_promised else np.inf
        assert seconds == pytest.approx(there_s, abs=0.3)
    assert walked > 10


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_post_whose_street_is_in_the_water_starts_from_a_dry_one(kernel: Kernel) -> None:
    """The bridge is nearer, and leads nowhere. A post at the bridge reaches the bridge alone."""
    router = flooded(kernel)
    for at, is_out in (((3.3, 2.0), True), (BESIDE, False)):
        found = router.coverage(Profile.AMBULANCE, 900, points=[place(*at)])
        assert bool(np.isfinite(found.node_s).mean() > 0.8) is is_out


def test_lifted_it_is_as_before() -> None:
    """When the water is gone one drives over the bridge."""
    router, goal = flooded(), place(*BESIDE)
    assert router.nearest(goal.lat, goal.lon, 1).found[0].walk_m > 100
    router.lift("water")
    assert router.nearest(goal.lat, goal.lon, 1).found[0].walk_m < 30
