"""The sea cut out of a box along the coastline: land on the left, whatever the shore looks like."""

import pytest
from osm_files import third_party
from shapely import Point, Polygon

from kentongan.edge.geo.osm.coastline import sea_polygons
from kentongan.edge.geo.osm.raw import Bounds, CoastLine
from kentongan.edge.geo.osm.read import read_extract

BOX = Bounds(0.0, 0.0, 1.0, 1.0)


def line(*points: tuple[float, float]) -> CoastLine:
    """A coastline through (lat, lon)."""
    lats, lons = zip(*points, strict=True)
    return CoastLine(lats, lons)


def is_sea(polygons: list[Polygon], lat: float, lon: float) -> bool:
    """Whether the place is in one of them."""
    return any(polygon.covers(Point(lon, lat)) for polygon in polygons)


def area(polygons: list[Polygon]) -> float:
    """All of them together."""
    return sum(polygon.area for polygon in polygons)


def test_land_is_on_the_left() -> None:
    """A shore drawn to the east has its sea in the south; drawn to the west, in the north."""
    east = sea_polygons([line((0.5, -1.0), (0.5, 2.0))], BOX)
    west = sea_polygons([line((0.5, 2.0), (0.5, -1.0))], BOX)
    assert is_sea(east, 0.2, 0.5)
    assert not is_sea(east, 0.8, 0.5)
    assert is_sea(west, 0.8, 0.5)
    assert not is_sea(west, 0.2, 0.5)
    assert area(east) == pytest.approx(0.5)


def test_pieces_of_a_shore_are_one_shore() -> None:
    """Ways that follow each other, in any order, cut the box once."""
    pieces = [line((0.5, 0.6), (0.4, 0.8), (0.5, 1.5)), line((0.5, -0.5), (0.6, 0.3), (0.5, 0.6))]
    sea = sea_polygons(pieces, BOX)
    assert len(sea) == 1
    assert is_sea(sea, 0.1, 0.1)
    assert not is_sea(sea, 0.9, 0.9)


def test_an_island_is_land_in_the_sea() -> None:
    """A ring against the clock is an island; there is sea around it although no shore ends."""
    ring = ((0.4, 0.4), (0.4, 0.6), (0.6, 0.6), (0.6, 0.4), (0.4, 0.4))
    sea = sea_polygons([line(*ring)], BOX)
    assert not is_sea(sea, 0.5, 0.5)
    assert is_sea(sea, 0.1, 0.1)
    assert area(sea) == pytest.approx(1 - 0.04)


def test_a_harbour_is_sea_in_the_land() -> None:
    """A ring with the clock encloses water."""
    ring = ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4))
    assert area(sea_polygons([line(*ring)], BOX)) == pytest.approx(0.04)


def test_a_shore_that_hangs_in_the_box_reaches_its_border() -> None:
    """An extract cut by another outline leaves loose ends; the sea is still closed."""
    sea = sea_polygons([line((0.5, 0.1), (0.5, 0.9))], BOX)
    assert is_sea(sea, 0.2, 0.95)
    assert not is_sea(sea, 0.8, 0.05)


def test_one_piece_drawn_the_wrong_way_spoils_nothing() -> None:
    """The metres decide: a short stretch against the rest is outvoted."""
    pieces = [
        line((0.5, -0.5), (0.5, 0.6)),
        line((0.5, 0.7), (0.5, 0.6)),
        line((0.5, 0.7), (0.5, 1.5)),
    ]
    sea = sea_polygons(pieces, BOX)
    assert is_sea(sea, 0.2, 0.5)
    assert not is_sea(sea, 0.8, 0.5)


def test_two_seas() -> None:
    """A neck of land has sea on both sides."""
    shores = [line((0.3, -1.0), (0.3, 2.0)), line((0.7, 2.0), (0.7, -1.0))]
    sea = sea_polygons(shores, BOX)
    assert len(sea) == 2
    assert is_sea(sea, 0.1, 0.5)
    assert is_sea(sea, 0.9, 0.5)
    assert not is_sea(sea, 0.5, 0.5)


def test_without_a_shore_there_is_no_sea() -> None:
    """No coastline, or one that only passes outside: the box is land."""
    assert sea_polygons([], BOX) == []
    assert sea_polygons([line((5.0, 5.0), (6.0, 6.0))], BOX) == []


def test_a_real_shore() -> None:
    """Monaco: the open sea and the harbour are sea, the old town is not, and no road is in it."""
    extract = read_extract(third_party("monaco.osm.pbf"))
    sea = sea_polygons(extract.coastline, extract.bounds)
    assert is_sea(sea, 43.727, 7.437)
    assert is_sea(sea, 43.7347, 7.4256)
    assert not is_sea(sea, 43.731, 7.4197)
    south, west, north, east = extract.bounds
    assert 0.2 < area(sea) / ((north - south) * (east - west)) < 0.5
    drowned = sum(
        is_sea(sea, lat, lon)
        for road in extract.roads
        if "bridge" not in road.tags and "tunnel" not in road.tags
        for lat, lon in zip(road.lats[::5], road.lons[::5], strict=True)
    )
    assert drowned < 10
