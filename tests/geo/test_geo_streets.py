"""A street by its name becomes its line: all of it that is near, and nothing else is shut."""

import itertools

import pytest
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core.shapes import POSITIONS_MAX, LineShape, MultiLineShape
from kentongan.edge.geo.network.assemble import Piece, assemble
from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, RoadNetwork
from kentongan.edge.geo.network.snapping import grid_of
from kentongan.edge.geo.routing.closures import Closure
from kentongan.edge.geo.routing.matching import edges_of
from kentongan.edge.geo.served.streets import Streets
from kentongan.geography import StreetShown

STEP = 0.002  # 222 m
METRES = 111_195.0


def street(name: str, *corners: tuple[int, float, float]) -> list[Piece]:
    """Pieces from corner to corner: number, steps north, steps east."""
    return [
        Piece(
            one[0],
            other[0],
            (one[1] * STEP, (one[1] + other[1]) / 2 * STEP, other[1] * STEP),
            tuple(110 + east * STEP for east in (one[2], (one[2] + other[2]) / 2, other[2])),
            1,
            KIND_OF["secondary"],
            int(BOTH),
            name,
        )
        for one, other in itertools.pairwise(corners)
    ]


def town() -> RoadNetwork:
    """Jalan Pandanaran of two carriageways, cut by a square of another name; streets across it; a
    street of the same name three kilometres away."""
    north = [(10 + n, 0.05, n) for n in range(5)]
    south = [(20 + n, 0.0, n) for n in range(5)]
    beyond = [(30, 0.05, 5), (31, 0.05, 6)]
    pieces = street("Jalan Pandanaran", *north) + street("Jln. Pandanaran", *south)
    pieces += street("Bundaran", north[-1], beyond[0]) + street("Jalan Pandanaran", *beyond)
    for n in range(5):
        pieces += street(f"Jalan Mawar {n}", (40 + n, 2, n), north[n], south[n], (50 + n, -2, n))
    pieces += street("Jalan Pandanaran", (60, 15, 0), (61, 15, 1))
    pieces += street("Jalan Jauh", (40, 2, 0), (60, 15, 0)) + street("", (61, 15, 1), (41, 2, 1))
    return assemble(pieces, source="osm", label="", version="1").network


NEAR = Point(0.0, 110 + 2 * STEP)
STREETS = Streets(town())


def found(label: str, near: Point = NEAR, key: str = "pack:1") -> StreetShown:
    """The street, which is there."""
    street = STREETS.find(key, label, near)
    assert street is not None
    return street


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("pack:1", "Jalan Pandanaran"),
        ("pack:1", "jl. pandanaran"),
        ("street:jalan pandanaran#0:Pekunden, Semarang Tengah", "Jalan Pandanaran, Pekunden"),
    ],
)
def test_a_street_is_all_of_its_pieces_near_the_place(key: str, label: str) -> None:
    """Both carriageways and what is beyond the square, however it is written; not its namesake."""
    street = found(label, key=key)
    assert street.name in {"Jalan Pandanaran", "Jln. Pandanaran"}
    assert street.length_m == pytest.approx((4 + 4 + 1) * STEP * METRES, rel=0.01)
    assert len(street.lines) == 3
    assert max(lat for line in street.lines for lat, _ in line) < STEP


def test_the_namesake_is_found_where_it_is() -> None:
    """The place asked about decides."""
    street = found("Jalan Pandanaran", Point(15 * STEP, 110.0))
    assert len(street.lines) == 1
    assert street.lines[0][0][0] == pytest.approx(15 * STEP)


@pytest.mark.parametrize(
    ("label", "near"),
    [
        ("Jalan Melati", NEAR),
        ("", NEAR),
        ("Jalan Pandanaran", Point(0.05, 110.05)),
        ("Jalan Pandanaran", Point(8 * STEP, 110.0)),
    ],
)
def test_what_is_no_street_there_is_none(label: str, near: Point) -> None:
    """An unknown name, none at all, or one of that name that is not near."""
    assert STREETS.find("pack:1", label, near) is None


def test_what_is_drawn_shuts_that_street_alone() -> None:
    """The line as the record keeps it means the street's own pieces and no street across it."""
    network = town()
    lines = tuple(
        tuple((lon, lat) for lat, lon in line) for line in found("Jalan Pandanaran").lines
    )
    shape = MultiLineShape(coordinates=lines)
    geometry = {"type": "MultiLineString", "coordinates": shape.coordinates}
    edges = edges_of(network, grid_of(network), Closure(id="c", geometry=geometry))
    names = [network.name_of(edge) for edge in edges]
    assert len(names) == 9
    assert set(names) == {"Jalan Pandanaran", "Jln. Pandanaran"}


def test_a_street_of_many_corners_is_simplified_to_what_the_record_takes() -> None:
    """No more positions than a shape may have, and hardly another length."""
    chance = [((n * 7_919) % 13 - 6) / 1_000 for n in range(1_500)]
    lats = tuple(one * STEP * 3 for one in chance)
    lons = tuple(110 + n * STEP / 125 for n in range(1_500))
    piece = Piece(1, 2, lats, lons, 1, KIND_OF["secondary"], int(BOTH), "Jalan Berliku")
    network = assemble([piece], source="osm", label="", version="1").network
    street = Streets(network).find("", "Jalan Berliku", Point(0.0, 110.01))
    assert street is not None
    (line,) = street.lines
    assert 2 <= len(line) <= POSITIONS_MAX
    assert LineShape(coordinates=line)
    assert structs.asdict(street)["length_m"] >= 1_499 * STEP / 125 * METRES * 0.99
