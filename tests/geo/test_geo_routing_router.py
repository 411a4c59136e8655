"""The router as the centre meets it: units that move and turn, marks, walks, hours, threads."""

import math
import random
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from geo_textbook import built, lattice, shut

from kentongan.cities.facts import Point
from kentongan.edge.geo.network.assemble import Piece, assemble
from kentongan.edge.geo.network.profiles import Profile, SirenRules
from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, EdgeFlag, RoadNetwork
from kentongan.edge.geo.routing.question import PositionBroken
from kentongan.edge.geo.routing.ranking import Kernel, Mark
from kentongan.edge.geo.routing.roads import RouterSettings, TimeBroken
from kentongan.edge.geo.routing.router import Move, Router
from kentongan.edge.geo.served.driving import travel_of

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)  # 12.00 WIB
PEAK = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # 17.00 WIB
KERNELS: tuple[Kernel, ...] = ("numba", "scipy")


def line_of(*pieces: Piece) -> RoadNetwork:
    """A network of these pieces."""
    return assemble(pieces, source="osm", label="line", version="7").network


def street(
    tail: int,
    head: int,
    start: float,
    end: float,
    kind: str = "residential",
    flags: int = int(BOTH),
) -> Piece:
    """A piece along the equator, from longitude 110 + start to 110 + end."""
    middle = 110 + (start + end) / 2
    lons = (110 + start, middle, 110 + end)
    return Piece(tail, head, (0.0, 0.0, 0.0), lons, tail, KIND_OF[kind], flags)


LINE = line_of(street(1, 2, 0.0, 0.01), street(2, 3, 0.01, 0.02), street(3, 4, 0.02, 0.03))


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_answer_names_its_origin(kernel: Kernel) -> None:
    """Kernel, source, label and version of the roads are in every answer."""
    router = Router(LINE, kernel=kernel)
    router.place_unit("A", 0, 110.001, Profile.AMBULANCE)
    ranking = router.nearest(0, 110.02, 3)
    assert (ranking.kernel, ranking.network_label, ranking.network_version) == (kernel, "line", "7")
    assert ranking.source == ("road_network" if kernel == "numba" else "road_network_scipy")
    drive = ranking.found[0]
    assert drive.seconds_low < drive.seconds < drive.seconds_high
    assert drive.distance_m == pytest.approx(0.019 * 111_195, rel=1e-3)
    reserve = "" if kernel == "numba" else "_scipy"
    assert Router(lattice(3), kernel=kernel).source == f"road_network_synthetic{reserve}"


def test_a_unit_that_moves_is_found_where_it_is_now() -> None:
    """Nearer, farther, changed to another profile, removed: always the last word."""
    router = Router(LINE)
    for name, lon in (("A", 110.001), ("B", 110.012)):
        router.place_unit(name, 0, lon, Profile.AMBULANCE)

    def order() -> list[str]:
        return [drive.unit for drive in router.nearest(0, 110.02, 5).found]

    assert order() == ["B", "A"]
    router.place_unit("A", 0, 110.019, Profile.AMBULANCE)
    assert order() == ["A", "B"]
    router.place_unit("A", 0, 110.001, Profile.MOTORCYCLE)
    assert order() == ["B", "A"]
    assert router.remove_unit("B")
    assert not router.remove_unit("B")
    assert order() == ["A"]
    router.place_unit("C", 0, 110.02, Profile.AMBULANCE)
    assert order() == ["C", "A"]
    assert len(router) == 2


def test_only_who_can_is_offered() -> None:
    """Every bit that is needed must be there; changing a mask counts at once."""
    router = Router(LINE)
    for can in range(4):
        router.place_unit(f"U{can}", 0, 110.001 + can / 1000, Profile.AMBULANCE, can=can)
    assert {drive.unit for drive in router.nearest(0, 110.02, 9, need=2).found} == {"U2", "U3"}
    assert {drive.unit for drive in router.nearest(0, 110.02, 9, need=3).found} == {"U3"}
    assert router.set_mask("U3", 0)
    assert not router.set_mask("nobody", 1)
    assert not router.nearest(0, 110.02, 9, need=3).found


def test_heading_costs_a_turn_round() -> None:
    """Who drives away from the incident turns first; who drives towards it, or stands, does not."""
    router = Router(LINE, settings=RouterSettings(u_turn_s=40.0))
    for name, heading in (("away", 270.0), ("towards", 90.0), ("stands", None), ("odd", math.nan)):
        router.place_unit(name, 0, 110.005, Profile.AMBULANCE, heading=heading)
    for lon in (110.02, 110.008):  # over a junction, and on the unit's own edge
        seconds = {drive.unit: drive.seconds for drive in router.nearest(0, lon, 9).found}
        assert seconds["towards"] == seconds["stands"] == seconds["odd"]
        assert seconds["away"] == pytest.approx(seconds["towards"] + 40.0)


def test_same_piece_of_road() -> None:
    """On the incident's own edge nobody drives to a junction first, unless a one-way makes him."""
    router = Router(LINE)
    router.place_unit("A", 0, 110.004, Profile.AMBULANCE)
    drive = router.nearest(0, 110.006, 1).found[0]
    assert Mark.SAME_EDGE in drive.marks
    assert drive.distance_m == pytest.approx(0.002 * 111_195, rel=1e-3)
    ring = line_of(
        street(1, 2, 0.0, 0.01, flags=int(EdgeFlag.FORWARD)),
        Piece(2, 1, (0.0, 0.01, 0.0), (110.01, 110.005, 110.0), 9, 11, int(EdgeFlag.FORWARD)),
    )
    router = Router(ring)
    router.place_unit("A", 0, 110.006, Profile.AMBULANCE)
    drive = router.nearest(0, 110.004, 1).found[0]
    assert drive.marks == ()
    assert drive.distance_m > 3_000  # once round


@pytest.mark.parametrize("kernel", KERNELS)
def test_nobody_is_dropped(kernel: Kernel) -> None:
    """Off the network, on a closed edge, cut off: each is listed, marked, in a straight line."""
    router = Router(LINE, kernel=kernel)
    places = {"near": 110.011, "shut": 110.025, "far": 110.05, "aside": 110.012}
    for name, lon in places.items():
        lat = 0.003 if name == "aside" else 0
        router.place_unit(name, lat, lon, Profile.AMBULANCE)
    edge = int(LINE.way.tolist().index(3))
    shut(router, [edge])
    ranking = router.nearest(0, 110.015, 10)
    assert [drive.unit for drive in ranking.found] == ["near", "aside"]
    assert ranking.found[1].marks == (Mark.SAME_EDGE, Mark.FAR_SNAP)
    assert {off.unit: off.mark for off in ranking.off_road} == {
        "shut": Mark.ON_CLOSED,
        "far": Mark.OFF_NETWORK,
    }
    assert all(off.seconds_low < off.seconds < off.seconds_high for off in ranking.off_road)
    cut_off = router.nearest(0, 110.005, 10, limit_s=1)
    assert {off.mark for off in cut_off.off_road} >= {Mark.NOT_REACHED}
    nowhere = router.nearest(1.0, 110.0, 10)
    assert not nowhere.found
    assert {off.unit for off in nowhere.off_road} == set(places)
    assert Mark.PLACE_OFF_NETWORK in {off.mark for off in nowhere.off_road}
    travel = travel_of(ranking.off_road[0], ranking.source)
    assert travel.source == "straight_line"
    assert travel_of(ranking.found[0], ranking.source).source == ranking.source


def test_last_metres_on_foot() -> None:
    """Into a gang the engine's crew walks, the motorcycle rides: each profile has its own end."""
    gang = Piece(
        2, 9, (0.0, 0.002), (110.01, 110.01), 5, KIND_OF["path"], int(BOTH | EdgeFlag.NARROW)
    )
    router = Router(line_of(street(1, 2, 0.0, 0.01), street(2, 3, 0.01, 0.02), gang))
    for profile in (Profile.FIRE_ENGINE, Profile.MOTORCYCLE):
        router.place_unit(profile, 0, 110.001, profile)
    walks = {d.profile: d.walk_m for d in router.nearest(0.0018, 110.01, 2).found}
    assert walks[Profile.MOTORCYCLE] < 1
    assert walks[Profile.FIRE_ENGINE] == pytest.approx(0.0018 * 111_195, rel=0.01)
    seconds = {d.profile: d.walk_s for d in router.nearest(0.0018, 110.01, 2).found}
    assert seconds[Profile.FIRE_ENGINE] == pytest.approx(walks[Profile.FIRE_ENGINE] / 1.2)


@pytest.mark.parametrize("kernel", KERNELS)
def test_who_has_to_walk_is_there_later(kernel: Kernel) -> None:
    """An engine that stops at the mouth of the gang is not nearer than the motorcycle that comes
    from farther and rides in, whichever of the two is asked first and however few are wanted."""
    gang = Piece(
        2, 9, (0.0, 0.002), (110.01, 110.01), 5, KIND_OF["path"], int(BOTH | EdgeFlag.NARROW)
    )
    network = line_of(street(1, 2, 0.0, 0.01), street(2, 3, 0.01, 0.02), gang)
    for order in ((Profile.FIRE_ENGINE, Profile.MOTORCYCLE), (Profile.MOTORCYCLE, "fire_engine")):
        router = Router(network, kernel=kernel)
        for profile in order:
            lon = 110.0095 if profile == "fire_engine" else 110.005
            router.place_unit(profile, 0, lon, Profile(profile))
        engine, motorcycle = sorted(router.nearest(0.0018, 110.01, 2).found, key=lambda d: d.unit)
        assert engine.seconds < motorcycle.seconds
        assert motorcycle.there_s < engine.there_s == engine.seconds + engine.walk_s
        for wanted in (1, 2):
            found = router.nearest(0.0018, 110.01, wanted).found
            assert found[0].unit == Profile.MOTORCYCLE
            assert len(found) == wanted


def test_profiles_are_merged_in_order() -> None:
    """Units of every profile in one list, soonest first, as each alone is reckoned."""
    router = Router(lattice(8))
    for number, profile in enumerate(list(Profile) * 6):
        lat, lon = 0.0007 * number % 0.013, 110 + 0.0011 * number % 0.013
        router.place_unit(f"{profile}{number}", lat, lon, profile)
    whole = router.nearest(0.006, 110.006, 30).found
    assert len(whole) == 30
    assert [drive.seconds for drive in whole] == sorted(drive.seconds for drive in whole)
    few = router.nearest(0.006, 110.006, 4).found
    assert few == whole[:4]


def test_ways_are_drawn_from_unit_to_place() -> None:
    """A way begins beside the unit, ends beside the place, is continuous, and as long as told."""
    network = built("monaco").network
    router = Router(network)
    at = [0, network.nodes // 3, network.nodes // 2]
    for number in at:
        lat, lon = float(network.node_lat[number]), float(network.node_lon[number])
        router.place_unit(f"U{number}", lat, lon, Profile.AMBULANCE)
    goal = float(network.node_lat[-5]), float(network.node_lon[-5])
    for drive in router.nearest(*goal, 3).found:
        way = router.path(drive.unit, *goal)
        assert way is not None
        assert (way.seconds, way.walk_m) == (drive.seconds, drive.walk_m)
        metres = sum(
            math.hypot(
                (b[0] - a[0]) * 111_195, (b[1] - a[1]) * 111_195 * math.cos(math.radians(a[0]))
            )
            for a, b in zip(way.points, way.points[1:], strict=False)
        )
        assert metres == pytest.approx(way.distance_m, rel=0.01, abs=2)
    assert router.path("nobody", *goal) is None


def test_journeys_of_nobody() -> None:
    """A journey without a unit takes what a unit there would take, and leaves no trace."""
    router = Router(LINE)
    way = router.journey(Profile.AMBULANCE, Point(0, 110.001), Point(0, 110.02))
    assert way is not None
    assert not router.nearest(0, 110.02, 5).found
    router.place_unit("A", 0, 110.001, Profile.AMBULANCE)
    assert router.nearest(0, 110.02, 5).found[0].seconds == way.seconds
    assert router.journey(Profile.AMBULANCE, Point(1, 110), Point(0, 110.02)) is None


def test_the_hour_counts() -> None:
    """At the peak the same way takes longer, and at noon as long as before."""
    router = Router(LINE)
    router.place_unit("A", 0, 110.001, Profile.AMBULANCE)
    noon = router.nearest(0, 110.02, 1, at=NOON).found[0].seconds
    peak = router.nearest(0, 110.02, 1, at=PEAK).found[0].seconds
    assert peak == pytest.approx(noon / 0.8, rel=0.01)
    assert router.nearest(0, 110.02, 1, at=NOON).found[0].seconds == noon


def test_any_zone_means_the_same_moment_and_none_is_refused() -> None:
    """17.00 in Semarang is the peak, however it is written; a time without a zone is refused and
    leaves the hour as it was."""
    router = Router(LINE)
    router.place_unit("A", 0, 110.001, Profile.AMBULANCE)
    peak = router.nearest(0, 110.02, 1, at=PEAK).found[0].seconds
    router.nearest(0, 110.02, 1, at=NOON)
    for hours in (-8, 7, 9):
        local = PEAK.astimezone(timezone(timedelta(hours=hours)))
        assert router.nearest(0, 110.02, 1, at=local).found[0].seconds == peak
        with pytest.raises(TimeBroken, match="without a zone"):
            router.nearest(0, 110.02, 1, at=NOON.replace(tzinfo=None))
        assert router.nearest(0, 110.02, 1).found[0].seconds == peak


@pytest.mark.parametrize("kernel", KERNELS)
def test_many_placed_at_once_stand_as_if_placed_one_by_one(kernel: Kernel) -> None:
    """Of every profile, some of them new, some turning, some far from roads and twice in the list;
    who is nowhere on earth is named and taken away."""
    chance = random.Random(7)
    network = lattice(6)
    alone, together = Router(network, kernel=kernel), Router(network, kernel=kernel)
    for _ in range(3):
        moves = [
            Move(
                f"U{chance.randrange(40)}",
                chance.uniform(-0.001, 0.011) + chance.choice((0, 0, 0, 1)),
                110 + chance.uniform(-0.001, 0.011),
                chance.choice(list(Profile)),
                chance.choice((None, chance.uniform(0, 360))),
                chance.randrange(4),
            )
            for _ in range(60)
        ]
        for move in moves:
            alone.place_unit(*move)
        assert together.place_units(iter(moves)) == []
        assert len(alone) == len(together)
        assert alone.nearest(0.004, 110.004, 99, need=1) == together.nearest(
            0.004, 110.004, 99, need=1
        )
    known = len(together)
    assert together.place_units([Move("U1", 91.0, 110.0, Profile.PLAIN)]) == ["U1"]
    assert len(together) == known - 1
    assert not together.remove_unit("U1")


def test_sirens_by_setting() -> None:
    """Against a one-way and over a forbidden turn only where the centre has said so."""
    one_way = line_of(
        street(1, 2, 0.0, 0.01, flags=int(EdgeFlag.FORWARD | EdgeFlag.CONTRAFLOW_OK)),
        Piece(2, 1, (0.0, 0.02, 0.0), (110.01, 110.005, 110.0), 9, 11, int(BOTH)),
    )
    seconds: list[float] = []
    for contraflow in (False, True):
        settings = RouterSettings(rules={Profile.AMBULANCE: SirenRules(contraflow=contraflow)})
        router = Router(one_way, settings=settings)
        router.place_unit("A", 0, 110.009, Profile.AMBULANCE)
        seconds.append(router.nearest(0, 110.001, 1).found[0].seconds)
    assert seconds[1] < seconds[0] / 2
    turns = lattice(4, 3, turns=40)
    totals: list[float] = []
    for free in (False, True):
        rules = {Profile.AMBULANCE: SirenRules(ignores_turns=free)}
        router = Router(turns, settings=RouterSettings(rules=rules))
        router.place_unit("A", 0.0001, 110.0001, Profile.AMBULANCE)
        ways = [router.path("A", 0.002 * row, 110.006) for row in range(4)]
        totals.append(sum(way.seconds for way in ways if way is not None))
    assert totals[1] < totals[0]


def test_bad_positions_are_refused() -> None:
    """Swapped, infinite or no numbers: a clear error, and the unit stays where it was."""
    router = Router(LINE)
    router.place_unit("A", 0, 110.001, Profile.AMBULANCE)
    for lat, lon in ((110.0, -7.0), (math.nan, 110.0), (0.0, math.inf)):
        with pytest.raises(PositionBroken):
            router.place_unit("A", lat, lon, Profile.AMBULANCE)
        with pytest.raises(PositionBroken):
            router.nearest(lat, lon, 1)
    assert router.nearest(0, 110.001, 1).found[0].seconds == 0


def test_many_threads_at_once() -> None:
    """Moves, closures and questions from several threads leave a router that answers as one that
    saw the same in one thread."""
    network = lattice(12)
    router = Router(network)

    def work(number: int) -> None:
        for step in range(60):
            lat, lon = 0.0004 * (step % 50), 110 + 0.0004 * ((step * 7 + number) % 50)
            router.place_unit(f"U{number}", lat, lon, Profile.AMBULANCE)
            closure = shut(router, [(number * 60 + step) % network.edges])
            router.nearest(lon - 110, 110 + lat, 3)
            router.lift(closure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fresh = Router(network)
    for number in range(4):
        lat, lon = 0.0004 * (59 % 50), 110 + 0.0004 * ((59 * 7 + number) % 50)
        fresh.place_unit(f"U{number}", lat, lon, Profile.AMBULANCE)
    for at in range(5):
        both = [one.nearest(0.004 * at, 110.01, 4) for one in (router, fresh)]
        assert both[0].off_road == both[1].off_road == ()
        first, second = ({d.unit: d.seconds for d in one.found} for one in both)
        assert first == second
