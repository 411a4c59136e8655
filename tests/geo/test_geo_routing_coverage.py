"""How far help reaches: the same times as single questions, no holes along long roads."""

import random

import numpy as np
import pytest
from geo_textbook import built, lattice, shut

from kentongan.cities.facts import Point
from kentongan.core.candidates import TURNOUT_S
from kentongan.core.travel_times import WALK_M_S, WALK_PROMISED_M
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.network.snapping import ONE
from kentongan.edge.geo.routing.coverage import SAMPLE_M, Source, starts_from
from kentongan.edge.geo.routing.kernels import CLOSED
from kentongan.edge.geo.routing.ranking import Kernel
from kentongan.edge.geo.routing.router import Router

KERNELS: tuple[Kernel, ...] = ("numba", "scipy")


@pytest.mark.parametrize("kernel", KERNELS)
def test_coverage_is_what_journeys_take(kernel: Kernel) -> None:
    """At junctions and along roads the time is that of the quickest journey from any start."""
    network = lattice(8, 2, oneway_share=0.2, step=0.004)
    router = Router(network, kernel=kernel)
    starts = [Point(0.0011, 110.0052), Point(0.021, 110.024)]
    router.place_unit("A", starts[0].lat, starts[0].lon, Profile.AMBULANCE)
    found = router.coverage(Profile.AMBULANCE, 900, points=starts[1:], units=("A", "nobody"))
    assert len(found.node_s) == network.nodes
    assert len(found.point_s) == len(found.lat) > network.nodes
    chance = random.Random(1)
    for at in chance.sample(range(len(found.lat)), 60):
        goal = Point(float(found.lat[at]), float(found.lon[at]))
        ways = [router.journey(Profile.AMBULANCE, start, goal) for start in starts]
        quickest = min((way.seconds for way in ways if way is not None), default=np.inf)
        assert found.point_s[at] == pytest.approx(quickest, abs=0.3) or quickest > 900


def test_coverage_begins_where_the_start_is() -> None:
    """A kilometre from any road nothing is reached in the time that it takes to get to one."""
    network = lattice(8, 2, step=0.004)
    router = Router(network)
    far = Point(-0.009, 110.012)
    router.place_unit("A", far.lat, far.lon, Profile.AMBULANCE)
    for found in (
        router.coverage(Profile.AMBULANCE, 480, points=[far]),
        router.coverage(Profile.AMBULANCE, 480, units=["A"]),
    ):
        assert np.isinf(found.point_s).all()
    later = router.coverage(Profile.AMBULANCE, 1_200, points=[far]).point_s
    near = Point(0.0, far.lon)
    soon = router.coverage(Profile.AMBULANCE, 1_200, points=[near]).point_s
    reached = np.isfinite(later)
    way = router.journey(Profile.AMBULANCE, far, near)
    assert way is not None
    assert reached.sum() > 100
    assert (later - soon)[reached] == pytest.approx(way.seconds, abs=0.3)


@pytest.mark.parametrize("kernel", KERNELS)
def test_coverage_counts_turnout_and_the_last_metres_on_foot(kernel: Kernel) -> None:
    """Where roads are shut it is what an arrival there would be told: turnout, the drive to the
    nearest open road, and the walk from it; farther on foot than is promised nobody is reached."""
    network = lattice(8, 2, step=0.004)
    router = Router(network, kernel=kernel)
    chance = random.Random(2)
    shut(router, sorted(chance.sample(range(network.edges), network.edges // 3)))
    starts = [Point(0.0011, 110.0052), Point(0.021, 110.024)]
    for unit, start in zip("AB", starts, strict=True):
        router.place_unit(unit, start.lat, start.lon, Profile.AMBULANCE)
    found = router.coverage(Profile.AMBULANCE, 600, points=starts, turnout_s=TURNOUT_S)
    walked = 0
    for at in range(len(found.lat)):
        goal = Point(float(found.lat[at]), float(found.lon[at]))
        told = [_told(router, unit, goal) for unit in "AB"]
        walked += any(WALK_M_S < walk_m <= WALK_PROMISED_M for _, walk_m in told)
        soonest = min(
            (seconds for seconds, walk_m in told if walk_m <= WALK_PROMISED_M), default=np.inf
        )
        if soonest < 599:
            assert found.point_s[at] == pytest.approx(soonest, abs=0.5)
        elif soonest > 601:
            assert found.point_s[at] == np.inf
    assert walked > 100


@pytest.mark.parametrize("kernel", KERNELS)
def test_who_stands_nearer_than_the_road_is_counted_as_going_straight(kernel: Kernel) -> None:
    """The four roads of a crossing are shut, and a unit stands in a field beside it, nearer than
    any open road: coverage says what an arrival there is told, not that nobody gets there."""
    network = lattice(8, 2, step=0.003)
    router = Router(network, kernel=kernel)
    crossing = int(np.argmin(np.hypot(network.node_lat - 0.012, network.node_lon - 110.012)))
    shut(router, np.flatnonzero((network.tail == crossing) | (network.head == crossing)).tolist())
    lat, lon = float(network.node_lat[crossing]), float(network.node_lon[crossing])
    start = Point(lat + 170 / 111_195, lon + 170 / 111_195)
    router.place_unit("A", start.lat, start.lon, Profile.AMBULANCE)
    seconds, walk_m = _told(router, "A", Point(lat, lon))
    assert WALK_M_S < walk_m < WALK_PROMISED_M
    for found in (
        router.coverage(Profile.AMBULANCE, 480, points=[start], turnout_s=TURNOUT_S),
        router.coverage(Profile.AMBULANCE, 480, units=["A"], turnout_s=TURNOUT_S),
    ):
        assert found.node_s[crossing] == pytest.approx(seconds, abs=0.5)


def _told(router: Router, unit: str, goal: Point) -> tuple[float, float]:
    """Seconds of one arrival, and metres of them on foot."""
    way = router.path(unit, goal.lat, goal.lon)
    if way is None:
        return np.inf, np.inf
    return TURNOUT_S + way.seconds + way.walk_m / WALK_M_S, way.walk_m


def test_both_kernels_cover_the_same() -> None:
    """numba and scipy agree on every point of a real city, with closures and turns."""
    network = built("monaco").network
    times: list[np.ndarray] = []
    for kernel in KERNELS:
        router = Router(network, kernel=kernel)
        shut(router, range(0, network.edges, 17))
        starts = [
            Point(float(network.node_lat[at]), float(network.node_lon[at]))
            for at in (100, 700, 1500)
        ]
        times.append(router.coverage(Profile.POLICE_CAR, 480, points=starts).point_s)
    assert np.array_equal(times[0], times[1])
    assert np.isfinite(times[0]).sum() > 100


def test_no_holes_along_long_roads() -> None:
    """Points along an edge are at most a hundred metres apart."""
    network = lattice(3, step=0.03)
    router = Router(network)
    samples = router._roads.samples
    for edge in range(network.edges):
        shares = np.sort(samples.fraction[samples.edge == edge]) / ONE
        gaps = np.diff(np.concatenate(([0.0], shares, [1.0]))) * network.length_m[edge]
        assert gaps.max() <= SAMPLE_M + 1


def test_starts_far_apart_in_time_all_count() -> None:
    """A unit that gets rolling after more than the longest edge takes still covers its corner."""
    router = Router(lattice(3))
    layer = router._layer(Profile.AMBULANCE)
    layer.arcs[:, 1] = CLOSED
    for late in (len(layer.buckets), 3 * len(layer.buckets) + 7):
        starts = np.array([[0, 0, 0], [8, late, 0]], dtype=np.int32)
        reached = layer.spread(starts, CLOSED - 1)
        assert (reached[0], reached[8]) == (0, late)
        assert np.count_nonzero(reached < CLOSED) == 2


def test_nowhere_to_start() -> None:
    """No start, or one off the network: nothing is covered, and that is no error."""
    router = Router(lattice(3))
    for points in ([], [Point(50, 0)]):
        found = router.coverage(Profile.AMBULANCE, 480, points=points)
        assert np.isinf(found.point_s).all()


def test_more_starts_than_the_search_has_room_for() -> None:
    """A large fleet in a small place: each junction is begun from once, by its nearest start."""
    network = lattice(3, 5)
    router = Router(network)
    layer = router._layer(Profile.AMBULANCE)
    sources = [Source(at % network.edges, at % ONE, 0) for at in range(0, 5_000 * 7919, 7919)]
    starts = starts_from(layer, sources)
    assert len(sources) > len(layer.pool)
    assert len({node for node, _, _ in starts.tolist()}) == len(starts) <= router._roads.graph.nodes
    for node, tenths, _ in starts.tolist():
        alone = [starts_from(layer, [one]).tolist() for one in sources[:200]]
        assert tenths <= min(
            (row[1] for rows in alone for row in rows if row[0] == node), default=tenths
        )
