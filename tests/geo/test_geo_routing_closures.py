"""Closures and floods: which roads a drawing means, whom it stops, when; it lifts exactly."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from geo_textbook import lattice
from msgspec import structs

from kentongan.edge.geo.network.assemble import Piece, assemble
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.network.road_network import KIND_OF, EdgeFlag, RoadNetwork
from kentongan.edge.geo.routing.closures import Closure, ClosureBroken, Slowing, check, slowing
from kentongan.edge.geo.routing.router import Router

STEP = 0.002
NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
NETWORK = lattice(7)


def at(row: float, column: float) -> list[float]:
    """GeoJSON position of a place of the lattice."""
    return [110 + column * STEP, row * STEP]


def drawn(kind: str, *places: tuple[float, float]) -> Mapping[str, Any]:
    """A drawing over places of the lattice (row, column)."""
    points = [at(*place) for place in places]
    if kind == "Point":
        return {"type": kind, "coordinates": points[0]}
    return {"type": kind, "coordinates": [[*points, points[0]]] if kind == "Polygon" else points}


def meant(router: Router, closure: Closure) -> set[tuple[float, float]]:
    """The middles (row, column) of the edges that a closure means."""
    router.close(closure)
    edges = router._roads.book.edges_of(closure.id)
    router.lift(closure.id)
    return {middle(router.network, edge) for edge in edges}


def middle(network: RoadNetwork, edge: int) -> tuple[float, float]:
    lat, lon = network.shape(edge)[1]
    return round(lat / STEP, 2), round((lon - 110) / STEP, 2)


def ranking(router: Router, moment: datetime | None = None) -> list[tuple[str, float]]:
    """Who is there when, in the middle of the lattice."""
    found = router.nearest(3 * STEP, 110 + 3.2 * STEP, 9, at=moment).found
    return [(drive.unit, drive.seconds) for drive in found]


def staffed(**profiles: Profile) -> Router:
    """A router with units at the western edge of the lattice."""
    router = Router(NETWORK)
    chosen = profiles or {"A": Profile.AMBULANCE, "B": Profile.AMBULANCE}
    for number, (name, profile) in enumerate(chosen.items()):
        router.place_unit(name, (1 + 2 * number) * STEP, 110 + 0.1 * STEP, profile)
    return router


def test_a_polygon_means_what_it_touches() -> None:
    """Edges inside and edges that only dip into it."""
    square = Closure(
        id="c", geometry=drawn("Polygon", (2.4, 2.4), (2.4, 3.6), (3.6, 3.6), (3.6, 2.4))
    )
    around = {(3.0, 2.5), (3.0, 3.5), (2.5, 3.0), (3.5, 3.0)}
    assert meant(staffed(), square) == around


def test_an_area_that_crosses_itself_is_refused_with_the_place() -> None:
    """Nobody knows what is inside; latitude first. A hole outside leaves no doubt."""
    bow = Closure(id="c", geometry=drawn("Polygon", (2.4, 2.4), (3.6, 3.6), (2.4, 3.6), (3.6, 2.4)))
    with pytest.raises(ClosureBroken, match=r"crosses itself at 0\.006, 110\.006"):
        Router(NETWORK).close(bow)
    outer, hole = (
        drawn("Polygon", *corners)["coordinates"][0]
        for corners in (
            ((2.4, 2.4), (2.4, 3.6), (3.6, 3.6), (3.6, 2.4)),
            ((5.1, 5.1), (5.1, 5.2), (5.2, 5.2)),
        )
    )
    geometry = {"type": "Polygon", "coordinates": [outer, hole]}
    assert meant(staffed(), Closure(id="c", geometry=geometry)) >= AROUND


def bridged(flags: EdgeFlag = EdgeFlag.BRIDGE) -> RoadNetwork:
    """The lattice with a bridge (way 77) at (3.0, 2.5) and a tunnel at (3.0, 3.5)."""
    marked, ways = NETWORK.flags.copy(), NETWORK.way.copy()
    for edge in range(NETWORK.edges):
        if middle(NETWORK, edge) == (3.0, 2.5):
            marked[edge] |= flags
            ways[edge] = 77
        if middle(NETWORK, edge) == (3.0, 3.5):
            marked[edge] |= EdgeFlag.TUNNEL
    return structs.replace(NETWORK, flags=marked, way=ways)


AROUND = {(3.0, 2.5), (3.0, 3.5), (2.5, 3.0), (3.5, 3.0)}
BRIDGE = {(3.0, 2.5)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"depth_cm": 80}, AROUND - BRIDGE),
        ({"reason": "flood"}, AROUND - BRIDGE),
        ({"reason": "tidal_flood", "factors": {Profile.PLAIN: 2.0}}, AROUND - BRIDGE),
        ({"depth_cm": 80, "way": 77}, BRIDGE),
        ({"depth_cm": 80, "way": -99}, AROUND - BRIDGE),
        ({"reason": "fire"}, AROUND),
        ({}, AROUND),
    ],
)
def test_water_below_leaves_the_bridge_open(
    changes: dict[str, Any], expected: set[tuple[float, float]]
) -> None:
    """An area under water shuts what lies in it but the bridges; any other area shuts them, too."""
    square = drawn("Polygon", (2.4, 2.4), (2.4, 3.6), (3.6, 3.6), (3.6, 2.4))
    assert meant(Router(bridged()), Closure(id="c", geometry=square, **changes)) == expected


@pytest.mark.parametrize(
    "drawing", [drawn("Point", (3.0, 2.5)), drawn("LineString", (3, 2.1), (3, 2.9))]
)
def test_a_bridge_under_water_is_named(drawing: Mapping[str, Any]) -> None:
    """Who draws on the bridge means it."""
    assert meant(Router(bridged()), Closure(id="c", geometry=drawing, depth_cm=80)) == BRIDGE


def test_help_comes_over_the_bridge() -> None:
    """All streets of a column are under water, one has a bridge: over it one gets through."""
    router = Router(bridged())
    router.place_unit("A", 3 * STEP, 110 + 0.1 * STEP, Profile.AMBULANCE)
    before = ranking(router)
    water = drawn("Polygon", (-0.5, 2.4), (6.5, 2.4), (6.5, 2.6), (-0.5, 2.6))
    router.close(Closure(id="c", geometry=water, depth_cm=80))
    assert ranking(router) == before
    router.close(Closure(id="c", geometry=water))
    assert ranking(router) == []


def test_a_line_means_the_road_it_follows() -> None:
    """Not the streets that end at it; a short line across a road means that road."""
    along = Closure(id="c", geometry=drawn("LineString", (3, 1.1), (3, 3.9)))
    assert meant(staffed(), along) == {(3.0, 1.5), (3.0, 2.5), (3.0, 3.5)}
    across = Closure(id="c", geometry=drawn("LineString", (2.95, 2.5), (3.05, 2.5)))
    assert meant(staffed(), across) == {(3.0, 2.5)}


def test_a_point_means_the_nearest_road() -> None:
    """Within reach one edge; out in the fields none, and that is said."""
    router = staffed()
    assert meant(router, Closure(id="c", geometry=drawn("Point", (3.05, 2.5)))) == {(3.0, 2.5)}
    assert router.close(Closure(id="c", geometry=drawn("Point", (2.5, 2.5)))) == 0
    assert router.close(Closure(id="d", geometry={"type": "Point", "coordinates": [0, 0]})) == 0


OLD, NEW = 3.0, 3.15


def divided(*, flags: int = 8, name: str = "Jalan Raya", turned: bool = False) -> RoadNetwork:
    """A road of two one-way carriageways 33 m apart, in pieces, with crossings, and a way back.
    `turned`: both are driven east; `flags` and `name` are the second carriageway's."""
    kind = KIND_OF["primary"]
    pieces: list[Piece] = []
    for column in range(3):
        ends = tuple(110 + (column + side) * STEP for side in (0, 0.5, 1))
        for first, row, says, bits in ((1, OLD, "Jalan Raya", 8), (11, NEW, name, flags)):
            way = EdgeFlag.FORWARD if row == OLD or turned else EdgeFlag.BACKWARD
            lats, tail = (row * STEP,) * 3, first + column
            pieces.append(Piece(tail, tail + 1, lats, ends, first, kind, int(way) | bits, says))
    for column in range(4):
        across = (OLD * STEP, NEW * STEP), (110 + column * STEP,) * 2
        pieces.append(Piece(1 + column, 11 + column, *across, 21, kind, 3, "Jalan Raya"))
    back = (OLD * STEP, 0.0, 0.0, OLD * STEP), tuple(110 + n * STEP for n in (0, 0, 3, 3))
    pieces.append(Piece(1, 4, *back, 22, kind, 3))
    return assemble(pieces, source="osm", label="divided", version="1").network


BOTH_SIDES = {(3.0, 1.5), (3.15, 1.5)}


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (divided(), BOTH_SIDES),
        (divided(turned=True), {(3.0, 1.5)}),
        (divided(name="Jalan Lain"), {(3.0, 1.5)}),
        (divided(flags=0), {(3.0, 1.5)}),
    ],
)
def test_a_point_on_a_divided_road_means_both_carriageways(
    network: RoadNetwork, expected: set[tuple[float, float]]
) -> None:
    """The piece across from the point and no other: not one driven the same way, of another name,
    nor a motorway's or a roundabout's. In one direction, or by its way, it is one carriageway."""
    router = Router(network)
    there = drawn("Point", (2.98, 1.6))
    assert meant(router, Closure(id="c", geometry=there)) == expected
    assert meant(router, Closure(id="c", geometry=there, direction="forward")) == {(3.0, 1.5)}
    assert meant(router, Closure(id="c", geometry=there, way=1)) == {(3.0, 1.5)}
    far = drawn("Point", (2.8, 1.6))
    assert len(meant(router, Closure(id="c", geometry=far))) == 1, "the other one is out of reach"


def test_a_way_keeps_a_closure_on_its_way() -> None:
    """Of two roads beside each other the way's number decides; an unknown one changes nothing."""
    router = staffed()
    corner = drawn("Point", (3.0, 2.97))
    [edge] = [e for e in range(NETWORK.edges) if middle(NETWORK, e) == (2.5, 3.0)]
    way = int(NETWORK.way[edge])
    on_way = meant(router, Closure(id="c", geometry=corner, way=way))
    assert (2.5, 3.0) in on_way
    assert meant(router, Closure(id="c", geometry=corner, way=-99)) == {(3.0, 2.5)}


def test_close_and_lift_give_the_old_answer_back() -> None:
    """The next question avoids the closed road; after lifting, everything is as it was, exactly."""
    router = staffed()
    before = ranking(router)
    wall = Closure(id="c", geometry=drawn("LineString", (-0.5, 1.5), (6.5, 1.5)), reason="banjir")
    fence = drawn("Polygon", (-0.5, 1.4), (6.5, 1.4), (6.5, 1.6), (-0.5, 1.6))
    router.close(Closure(id="fence", geometry=fence))
    assert ranking(router) == []
    router.close(wall)  # a long line across streets follows none of them
    assert router.lift("fence")
    assert ranking(router) == before
    router.close(Closure(id="slow", geometry=fence, factors={Profile.AMBULANCE: 2.0}))
    slower = ranking(router)
    assert [unit for unit, _ in slower] == [unit for unit, _ in before]
    assert all(a[1] > b[1] for a, b in zip(slower, before, strict=True))
    router.close(Closure(id="fence", geometry=fence))
    assert router.lift("fence")
    assert ranking(router) == slower
    assert router.lift("slow")
    assert not router.lift("slow")
    assert ranking(router) == before


def test_a_closure_survives_another_hour() -> None:
    """New weights at the peak keep what is closed closed, and a unit on it marked."""
    router = staffed()
    router.close(Closure(id="c", geometry=drawn("Point", (1, 0.1))), NOW)
    for moment in (NOW, NOW + timedelta(hours=5), NOW):
        marks = [off.unit for off in router.nearest(0, 110, 9, at=moment).off_road]
        assert marks == ["A"]
    router.lift("c")
    assert not router.nearest(0, 110, 9, at=NOW).off_road


def test_from_until() -> None:
    """In force from its beginning to its end, by the time of the question, also back again."""
    router = staffed()
    before = ranking(router, NOW)
    fence = drawn("Polygon", (-0.5, 1.4), (6.5, 1.4), (6.5, 1.6), (-0.5, 1.6))
    hour = timedelta(hours=1)
    closure = Closure(id="c", geometry=fence, from_at=NOW + hour, until_at=NOW + 2 * hour)
    router.close(closure, NOW)
    assert ranking(router, NOW) == before
    assert ranking(router, NOW + hour) == []
    assert ranking(router, NOW + 2 * hour) == before
    assert ranking(router, NOW + 1.5 * hour) == []
    assert router.closures() == [closure]


def test_a_flood_stops_each_at_its_depth() -> None:
    """At 25 cm the motorcycle and the ambulance are slow, at 35 the motorcycle is out, at 45 only
    the engine gets through, at 60 nobody."""
    fence = drawn("Polygon", (-0.5, 1.4), (6.5, 1.4), (6.5, 1.6), (-0.5, 1.6))
    profiles = {"A": Profile.AMBULANCE, "F": Profile.FIRE_ENGINE, "M": Profile.MOTORCYCLE}
    router = staffed(**profiles)
    dry = dict(ranking(router))
    through = {10: {"A", "F", "M"}, 25: {"A", "F", "M"}, 35: {"A", "F"}, 45: {"F"}, 60: set[str]()}
    for depth, units in through.items():
        router.close(Closure(id="c", geometry=fence, depth_cm=depth))
        wet = dict(ranking(router))
        assert set(wet) == units, depth
        assert all((seconds > dry[unit]) == (depth > 10) for unit, seconds in wet.items())
    router.lift("c")
    assert dict(ranking(router)) == dry


def test_one_direction() -> None:
    """A closure of one direction leaves the other open."""
    closure = Closure(id="c", geometry=drawn("Point", (3, 2.5)), direction="forward")
    assert slowing(closure, Profile.PLAIN) == Slowing(0.0, 1.0)
    router = staffed()
    router.place_unit("W", 3 * STEP, 110 + 2 * STEP, Profile.AMBULANCE)
    router.place_unit("E", 3 * STEP, 110 + 4 * STEP, Profile.AMBULANCE)

    def seconds(unit: str, column: float) -> float:
        way = router.path(unit, 3 * STEP, 110 + column * STEP)
        assert way is not None
        return way.seconds

    west, east = seconds("W", 4), seconds("E", 2)
    router.close(closure)
    assert seconds("W", 4) > west
    assert seconds("E", 2) == east


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"geometry": {"type": "Circle", "coordinates": []}}, "geometry.type"),
        ({"geometry": {}}, "geometry.type"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[1, 2]]]}}, "geometry.coordinates"),
        ({"geometry": {"type": "LineString", "coordinates": []}}, "geometry.coordinates"),
        ({"geometry": {"type": "Point", "coordinates": ["a", "b"]}}, "geometry.coordinates"),
        ({"geometry": {"type": "Point", "coordinates": [-7.0, 110.0]}}, "geometry.coordinates"),
        ({"factors": {Profile.PLAIN: 0.5}}, "factors.plain"),
        ({"factors": {Profile.PLAIN: -1.0}}, "factors.plain"),
        ({"depth_cm": -3}, "depth_cm"),
        ({"from_at": datetime(2026, 1, 1)}, "from_at"),  # noqa: DTZ001 - that is the mistake
        ({"from_at": NOW, "until_at": NOW}, "until_at"),
    ],
)
def test_bad_closures_are_refused(changes: dict[str, Any], field: str) -> None:
    """Each fault is named with its field, and nothing on the roads changes."""
    router = staffed()
    before = ranking(router)
    values: dict[str, Any] = {"id": "c", "geometry": drawn("Point", (3, 2.5)), **changes}
    with pytest.raises(ClosureBroken, match=field):
        router.close(Closure(**values))
    assert ranking(router) == before
    assert router.closures() == []
    check(Closure(id="c", geometry=drawn("Point", (3, 2.5))))
