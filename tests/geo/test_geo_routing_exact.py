"""The router against the textbook: no query may differ, by a tenth of a second or by a unit.

A run of the suite tries some hundred queries. With EXPLORE=1 it is, on the whole of Porto Alegre,
of the synthetic Semarang and of Heidelberg and for each share of closed roads, a thousand against
the textbook and a thousand of every profile against scipy's Dijkstra.
"""

import os
import random
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import NamedTuple

import numpy as np
import pytest
from geo_textbook import Standing, Textbook, built, lattice, shut, with_turns
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kentongan.cities.pack import load, packaged
from kentongan.core.words import WayDirection
from kentongan.edge.geo.network.profiles import CLOSED, Profile, weights
from kentongan.edge.geo.network.road_network import NetworkBroken, RoadNetwork
from kentongan.edge.geo.routing.layer import Goal, Layer
from kentongan.edge.geo.routing.ranking import Kernel
from kentongan.edge.geo.routing.router import Router
from kentongan.edge.geo.routing.ways import Stretch, stretches
from kentongan.edge.geo.synthetic.network import synthetic_network

EXPLORES = bool(os.environ.get("EXPLORE"))
QUERIES = 1_000 if EXPLORES else 50
SHARES = (0.0, 0.02, 0.10)
TURNS = 600
MASK = 3
FACTORS = (1.1, 1.7, 2.3, 3.1, 4.7, 6.0, 9.0)

Slowed = tuple[WayDirection, float]


def scattered(
    router: Router, chance: random.Random, units: int, profile: Profile, prefix: str = "U"
) -> None:
    """Units near roads, some with a heading, with random abilities."""
    network = router.network
    for number in range(units):
        point = chance.randrange(len(network.shape_lat))
        router.place_unit(
            f"{prefix}{number}",
            float(network.shape_lat[point]) + chance.gauss(0, 0.0004),
            float(network.shape_lon[point]) + chance.gauss(0, 0.0004),
            profile,
            heading=chance.choice((None, chance.uniform(0, 360))),
            can=chance.randrange(MASK + 1),
        )


def disturb(router: Router, chance: random.Random, share: float) -> None:
    """Close so many edges, slow others, close one direction of others; what is slow lies under two
    closures, one for each direction."""
    edges: dict[Slowed, list[int]] = {}
    for edge in range(router.network.edges):
        draw = chance.random()
        if draw < share:
            edges.setdefault(("both", 0.0), []).append(edge)
        elif draw < 1.5 * share:
            edges.setdefault(("forward", 0.0), []).append(edge)
        elif draw < 3 * share:
            for direction in ("forward", "backward"):
                edges.setdefault((direction, chance.choice(FACTORS)), []).append(edge)
    for slowed, members in edges.items():
        shut(router, members, *slowed)


def layer_of(router: Router, profile: Profile) -> Layer:
    return router._roads.layer(profile)


def textbook_of(router: Router, profile: Profile) -> Textbook:
    """The reference with weights worked out here from those without closures, and the worst of
    what the closures say of each direction."""
    base = weights(router.network, profile, router._roads.hour)
    longest = max(int(w[w < CLOSED].max()) for w in base)
    live: list[list[int]] = [w.tolist() for w in base]
    slower: dict[tuple[int, int], set[float]] = {}
    for closure in router.closures():
        for edge in router._roads.book.edges_of(closure.id):
            for direction, name in enumerate(("forward", "backward")):
                if closure.direction in ("both", name):
                    slower.setdefault((direction, edge), set()).add(closure.factors[profile])
    for (direction, edge), factors in slower.items():
        weight = live[direction][edge]
        if 0.0 in factors:
            live[direction][edge] = CLOSED
        elif weight < CLOSED:
            live[direction][edge] = min(max(1, round(weight * max(factors))), 4 * longest)
    return Textbook(router.network, live[0], live[1], profile)


def standings(layer: Layer) -> list[Standing]:
    """The units of a layer that stand on an edge, as the reference wants them."""
    return [
        Standing(number, int(u[0]), int(u[1]), int(u[5]), int(u[6]), int(u[4]))
        for number, u in enumerate(layer.units[: layer.count])
        if int(u[0]) >= 0
    ]


def goals(network: RoadNetwork, chance: random.Random) -> Iterator[tuple[float, float]]:
    """Places near roads."""
    while True:
        point = chance.randrange(len(network.shape_lat))
        yield (
            float(network.shape_lat[point]) + chance.gauss(0, 0.0005),
            float(network.shape_lon[point]) + chance.gauss(0, 0.0005),
        )


def goals_reached(
    router: Router, profile: Profile, chance: random.Random
) -> Iterator[tuple[float, float]]:
    """Places near roads, every other one near a unit that can drive on: where a tenth of the roads
    is closed a city falls into pieces, and hardly anybody reaches any other."""
    anywhere = goals(router.network, chance)
    fleet = router._fleet
    units = [fleet.at(profile, number) for number in layer_of(router, profile).hung(0)]
    while True:
        yield next(anywhere)
        if units:
            unit = chance.choice(units)
            yield unit.lat + chance.gauss(0, 0.0005), unit.lon + chance.gauss(0, 0.0005)


class Compared(NamedTuple):
    """Queries: that were asked, that found a unit, and that differ."""

    asked: int = 0
    answered: int = 0
    wrong: int = 0

    def and_also(self, other: "Compared") -> "Compared":
        """Both together."""
        return Compared(*(one + more for one, more in zip(self, other, strict=True)))


def goal_near(router: Router, layer: Layer, places: Iterator[tuple[float, float]]) -> Goal | None:
    """The next of the places that has a road of this layer; None if of a hundred none has."""
    for lat, lon in islice(places, 100):
        goal = layer.goal_at(*router._roads.grid.metres(lat, lon))
        if goal is not None:
            return goal
    return None


def compared(router: Router, profile: Profile, chance: random.Random, queries: int) -> Compared:
    """Random queries beside the textbook; one that costs another sum differs, too."""
    layer, reference = layer_of(router, profile), textbook_of(router, profile)
    units = standings(layer)
    asked = answered = wrong = 0
    places = goals_reached(router, profile, chance)
    for _ in range(queries):
        k, need = chance.choice((1, 3, 10)), chance.choice((0, 0, 1, 2, 3))
        limit = chance.choice((600, 6_000, 36_000))
        goal = goal_near(router, layer, places)
        if goal is None:
            continue
        found = layer.search(goal, k, need, -1, limit)
        got = [(int(row[1]), int(row[0])) for row in found]
        wanted = reference.nearest(goal.edge, goal.fraction, units, k, need, limit)
        ways = [stretches(layer, goal, int(row[0]), int(row[2])) for row in found]
        sums = [
            cost_of(reference, layer, int(row[0]), way)
            for row, way in zip(found, ways, strict=True)
        ]
        asked, answered = asked + 1, answered + bool(wanted)
        wrong += got != wanted or sums != [cost for cost, _ in got]
    return Compared(asked, answered, wrong)


def are_exact(all_of_them: Compared, queries: int) -> None:
    """Every query was asked and none differs; a fifth at least has an answer that could differ."""
    print(all_of_them)
    assert all_of_them.asked == queries > 0
    assert all_of_them.answered * 5 >= queries
    assert all_of_them.wrong == 0


def cost_of(reference: Textbook, layer: Layer, unit: int, way: list[Stretch]) -> int:
    """What a way costs, stretch by stretch, with the turn that the unit may have to make first."""
    total = 0
    for at, (course, start, end) in enumerate(way):
        assert reference.weight[course] < CLOSED
        assert (end <= start) if course & 1 else (end >= start)
        assert at == 0 or reference.may_turn(way[at - 1].course, course)
        assert at == 0 or reference.end[way[at - 1].course] == reference.begin[course]
        turn = int(layer.units[unit, 5 + (course & 1)]) if at == 0 else 0
        total += (abs(end - start) * reference.weight[course] >> 20) + turn
    return total


CITIES = ("porto_alegre", "semarang", "heidelberg")


@cache
def city(name: str) -> RoadNetwork:
    """All of it. Heidelberg has restricted turns; of the others none has, so some are made up."""
    if name != "porto_alegre" and not EXPLORES:
        pytest.skip("one more large city: with EXPLORE=1")
    if name == "semarang":
        return with_turns(synthetic_network(load(packaged())).network, TURNS, 1)
    network = built(name).network
    return network if len(network.restricted) else with_turns(network, TURNS, 1)


@pytest.mark.parametrize("name", CITIES)
@pytest.mark.parametrize("kernel", ["numba", "scipy"])
@pytest.mark.parametrize("share", SHARES)
def test_a_city_as_in_the_textbook(share: float, kernel: Kernel, name: str) -> None:
    """Open, with 2 % and with 10 % closed, others slowed or closed one way, every profile, masks,
    after moves: the nearest units and their ways are exactly those of Dijkstra."""
    network = city(name)
    chance = random.Random(f"{share}")
    router = Router(network, kernel=kernel)
    per_profile = QUERIES // (len(Profile) if EXPLORES else 15)
    queries = per_profile if kernel == "numba" else max(1, QUERIES // 60)
    total = Compared()
    for profile in Profile:
        scattered(router, chance, chance.choice((40, 300)), profile, prefix=profile)
    disturb(router, chance, share)
    for profile in Profile:
        scattered(router, chance, 30, profile, prefix=profile)  # they have moved since
        total = total.and_also(compared(router, profile, chance, queries))
    are_exact(total, queries * len(Profile))


@pytest.mark.parametrize("name", CITIES)
@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("share", SHARES)
def test_a_city_as_scipy_has_it(share: float, profile: Profile, name: str) -> None:
    """The same with scipy's Dijkstra for the textbook: it is quick enough for a thousand queries of
    every profile and share."""
    network = city(name)
    routers: list[Router] = []
    for kernel in ("numba", "scipy"):
        chance = random.Random(f"{share} {profile}")
        router = Router(network, kernel=kernel)
        scattered(router, chance, chance.choice((12, 40, 300)), profile)
        disturb(router, chance, share)
        scattered(router, chance, 10, profile)
        routers.append(router)
    layers = [layer_of(router, profile) for router in routers]
    places, total = goals_reached(routers[0], profile, chance), Compared()
    queries = QUERIES if EXPLORES else 4
    for _ in range(queries):
        k, need = chance.choice((1, 3, 10)), chance.choice((0, 0, 1, 2, 3))
        limit = chance.choice((600, 6_000, 36_000))
        goal = goal_near(routers[0], layers[0], places)
        if goal is None:
            continue
        ours, theirs = (one.search(goal, k, need, -1, limit)[:, :2].tolist() for one in layers)
        total = total.and_also(Compared(1, bool(theirs), ours != theirs))
    are_exact(total, queries)


@pytest.mark.parametrize("name", ["monaco", "heidelberg"])
def test_restrictions_of_a_city_as_in_the_textbook(name: str) -> None:
    """Real turn restrictions, barriers and one-ways, with 5 % closed: no query differs."""
    if name == "heidelberg" and not EXPLORES:
        pytest.skip("a large city: with EXPLORE=1")
    network = built(name).network
    assert len(network.restricted) > 20
    chance = random.Random(name)
    router = Router(network)
    queries = QUERIES // 5 if name == "monaco" else QUERIES // 20
    total = Compared()
    disturb(router, chance, 0.05)
    for profile in Profile:
        scattered(router, chance, 60, profile, prefix=profile)
        total = total.and_also(compared(router, profile, chance, max(2, queries)))
    are_exact(total, max(2, queries) * len(Profile))


@settings(max_examples=400 if EXPLORES else 50)
@given(
    seed=st.integers(0, 10_000),
    size=st.integers(2, 5),
    oneway=st.sampled_from([0.0, 0.3]),
    turns=st.integers(0, 12),
    share=st.sampled_from([0.0, 0.1, 0.3]),
)
def test_small_networks_as_in_the_textbook(
    seed: int, size: int, oneway: float, turns: int, share: float
) -> None:
    """Little networks full of restrictions, closures and units on the goal's own edge: compiled
    search, scipy and textbook agree, and ways cost what is said."""
    try:
        network = lattice(size, seed, oneway_share=oneway, turns=turns)
    except NetworkBroken:  # so many one-ways that nowhere is a way back
        return
    for kernel in ("numba", "scipy"):
        chance = random.Random(seed)
        router = Router(network, kernel=kernel)
        scattered(router, chance, 6, Profile.AMBULANCE)
        disturb(router, chance, share)
        scattered(router, chance, 2, Profile.AMBULANCE)
        assert compared(router, Profile.AMBULANCE, chance, 4).wrong == 0


MAY_PASS = {  # flag that stops it, decimetres, half tonnes
    Profile.AMBULANCE: (0, 28, 7),
    Profile.FIRE_ENGINE: (512, 35, 32),
    Profile.MOTORCYCLE: (256, 20, 1),
    Profile.POLICE_CAR: (0, 22, 5),
    Profile.PLAIN: (0, 20, 5),
}


@settings(max_examples=200 if EXPLORES else 20)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.0, 0.1]))
def test_signs_and_limits_as_in_the_textbook(seed: int, share: float) -> None:
    """Every profile on streets full of signs, low and weak bridges: no query differs, and no way
    leads past what stops its sort."""
    network = lattice(5, seed, oneway_share=0.2, turns=4, signs_share=0.3)
    for profile in Profile:
        chance = random.Random(seed)
        router = Router(network)
        scattered(router, chance, 8, profile)
        disturb(router, chance, share)
        assert compared(router, profile, chance, 2).wrong == 0
        flag, height, weight = MAY_PASS[profile]
        stopped = (network.flags & flag) != 0
        stopped |= (network.maxheight > 0) & (network.maxheight < height)
        stopped |= (network.maxweight > 0) & (network.maxweight < weight)
        open_ones = weights(network, profile, router._roads.hour)
        assert not any((one[stopped] < CLOSED).any() for one in open_ones)


@settings(max_examples=200 if EXPLORES else 25)
@example(seed=115, share=0.1)  # as long along the edge as over a junction
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.0, 0.1]))
def test_both_kernels_give_the_same_answer(seed: int, share: float) -> None:
    """numba and scipy: the same units, seconds, distances and marks, for one and for all units."""
    network = lattice(7, seed, oneway_share=0.2, turns=10)
    answers: list[list[object]] = []
    for kernel in ("numba", "scipy"):
        chance = random.Random(seed)
        router = Router(network, kernel=kernel)
        for profile in Profile:
            scattered(router, chance, 4, profile, prefix=profile)
        disturb(router, chance, share)
        lat, lon = next(goals(network, chance))
        ranking = router.nearest(lat, lon, 6, need=1)
        arrivals = router.etas(lat, lon)
        assert ranking.kernel == kernel
        answers.append(
            [
                [(drive.unit, drive.seconds, drive.marks) for drive in ranking.found],
                [(off.unit, off.mark, off.seconds) for off in ranking.off_road],
                arrivals.units,
                np.nan_to_num(arrivals.seconds, nan=-1).tolist(),
            ]
        )
    assert answers[0] == answers[1]


def test_all_at_once_is_what_each_is_alone() -> None:
    """`etas` gives every unit the seconds that `nearest` gives it, in every profile."""
    network = built("monaco").network
    chance = random.Random(5)
    router = Router(network)
    for profile in Profile:
        scattered(router, chance, 40, profile, prefix=profile)
    disturb(router, chance, 0.05)
    for _ in range(10):
        lat, lon = next(goals(network, chance))
        arrivals = router.etas(lat, lon)
        ranking = router.nearest(lat, lon, 1_000)
        alone = {drive.unit: drive.seconds for drive in ranking.found}
        together = {
            unit: seconds
            for unit, seconds in zip(arrivals.units, arrivals.seconds.tolist(), strict=True)
            if seconds == seconds  # noqa: PLR0124 - not NaN
        }
        assert together == alone
        off = {line.unit: line.mark for line in ranking.off_road}
        assert off == {line.unit: line.mark for line in arrivals.off_road}
        assert set(off) | set(alone) == set(arrivals.units)
