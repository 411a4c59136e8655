"""A city as one file of tiles: it opens, holds what was put in, and is the same each time."""

import gzip
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import mapbox_vector_tile
import pmtiles.reader as pmtiles_reader
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from osm_files import SOUTH, WEST, third_party, write_town
from pmtiles.tile import tileid_to_zxy, zxy_to_tileid
from shapely import LineString, Point, Polygon

from kentongan.edge.geo.osm.coastline import sea_polygons
from kentongan.edge.geo.osm.gather import Form, Geometry
from kentongan.edge.geo.osm.read import read_extract
from kentongan.edge.geo.tiles.build import NothingToDraw, build_tiles
from kentongan.edge.geo.tiles.encode import EXTENT, Piece, encode
from kentongan.edge.geo.tiles.layers import Layer, TileFeature, place, road
from kentongan.edge.geo.tiles.mercator import to_degrees
from kentongan.edge.geo.tiles.osm_features import features_of, sea_features

Tile = dict[str, Any]


def opened(path: Path) -> tuple[dict[str, Any], dict[str, Any], dict[tuple[int, int, int], Tile]]:
    """Header, metadata and every tile, decoded."""
    data = path.read_bytes()

    def part(offset: int, length: int) -> bytes:
        return data[offset : offset + length]

    reader = cast(Any, pmtiles_reader).Reader(part)
    tiles = {
        zxy: cast(Any, mapbox_vector_tile).decode(gzip.decompress(tile))
        for zxy, tile in cast(Any, pmtiles_reader).all_tiles(part)
    }
    return reader.header(), reader.metadata(), tiles


def town_features(path: Path) -> list[TileFeature]:
    """A town as drawn, with its sea."""
    found: list[TileFeature] = []

    def draw(form: Form, osm: str, tags: Mapping[str, str], shape: Callable[[], Geometry]) -> None:
        found.extend(features_of(form, osm, tags, shape))

    extract = read_extract(path, shapes=draw)
    return [*found, *sea_features(sea_polygons(extract.coastline, extract.bounds))]


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> list[TileFeature]:
    """The features of the written town."""
    return town_features(write_town(tmp_path_factory.mktemp("town") / "town.osm.pbf"))


def test_a_town_holds_its_layers(features: list[TileFeature], tmp_path: Path) -> None:
    """Every layer that was mapped is found again, from its zoom on and not before."""
    report = build_tiles(features, tmp_path / "town.pmtiles", name="town")
    header, words, tiles = opened(tmp_path / "town.pmtiles")
    zooms: dict[str, set[int]] = {}
    for (zoom, _, _), tile in tiles.items():
        for layer in tile:
            zooms.setdefault(layer, set()).add(zoom)
    assert min(zooms["road"]) == 8
    assert zooms["building"] == {14}
    assert min(zooms["poi"]) == 12
    assert min(zooms["sea"]) <= 9
    assert max(zoom for zoom, _, _ in tiles) == 14
    assert report.tiles == len(tiles) == header["addressed_tiles_count"]
    assert {one["id"] for one in words["vector_layers"]} == {layer.value for layer in Layer}


def test_header_and_words_tell_where_and_whose(features: list[TileFeature], tmp_path: Path) -> None:
    """Bounds, attribution, zooms, and tiles in the order in which a browser asks for ranges."""
    build_tiles(features, tmp_path / "town.pmtiles", name="town")
    header, words, _ = opened(tmp_path / "town.pmtiles")
    assert words["attribution"] == "© OpenStreetMap contributors"
    assert header["clustered"]
    assert header["min_lon_e7"] / 1e7 <= WEST
    assert header["min_lat_e7"] / 1e7 == pytest.approx(SOUTH, abs=0.01)
    assert header["max_zoom"] == 14


def test_the_same_features_give_the_same_bytes(features: list[TileFeature], tmp_path: Path) -> None:
    """No clock, no chance and no folder's name gets into the file."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        build_tiles(features, tmp_path / name / "town.pmtiles", name="town")
    one, two = (tmp_path / name / "town.pmtiles" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert list((tmp_path / "one").iterdir()) == [one]


def test_a_road_says_its_name_and_way(tmp_path: Path) -> None:
    """Properties and the OSM way id come through, on every tile the road passes."""
    drawn = road("primary", name="Jalan Pandanaran", ref="1", oneway=1)
    assert drawn is not None
    line = LineString([(110.40, -6.98), (110.45, -6.99)])
    feature = TileFeature(drawn.layer, drawn.min_zoom, line, drawn.properties, 4_712)
    build_tiles([feature], tmp_path / "road.pmtiles", name="road")
    _, _, tiles = opened(tmp_path / "road.pmtiles")
    roads = [one for tile in tiles.values() for one in tile["road"]["features"]]
    assert {one["id"] for one in roads} == {4_712}
    said = {"kind": "primary", "name": "Jalan Pandanaran", "ref": "1", "oneway": 1}
    assert all(one["properties"] == said for one in roads)
    assert {zoom for zoom, _, _ in tiles} == set(range(8, 15))
    assert sum(zoom == 14 for zoom, _, _ in tiles) >= 3


def test_a_long_road_is_whole_across_tiles(tmp_path: Path) -> None:
    """At the last zoom the pieces in the tiles, put together, are the road again."""
    points = [(110.0 + at * 0.013, -7.0 + (at % 2) * 0.002) for at in range(30)]
    line = LineString(points)
    drawn = road("motorway")
    assert drawn is not None
    feature = TileFeature(drawn.layer, drawn.min_zoom, line, drawn.properties)
    build_tiles([feature], tmp_path / "road.pmtiles", name="road")
    _, _, tiles = opened(tmp_path / "road.pmtiles")
    pieces = [
        in_degrees(zxy, one["geometry"]["coordinates"])
        for zxy, tile in tiles.items()
        if zxy[0] == 14
        for one in tile["road"]["features"]
    ]
    whole = shapely.union_all([piece.buffer(5e-6) for piece in pieces])
    assert whole.covers(line)


def in_degrees(zxy: tuple[int, int, int], points: list[list[int]]) -> LineString:
    """A line of a decoded tile (y upwards) in (lon, lat)."""
    zoom, x, y = zxy
    side = 1 << zoom
    return LineString(
        [to_degrees((x + px / EXTENT) / side, (y + 1 - py / EXTENT) / side) for px, py in points]
    )


def test_the_sea_covers_its_tiles(tmp_path: Path) -> None:
    """A large area fills tiles that lie wholly inside it."""
    sea = Polygon([(110.0, -7.0), (110.5, -7.0), (110.5, -6.5), (110.0, -6.5)])
    build_tiles(sea_features([sea]), tmp_path / "sea.pmtiles", name="sea")
    _, _, tiles = opened(tmp_path / "sea.pmtiles")
    filled = 0
    for (zoom, _, _), tile in tiles.items():
        (one,) = tile["sea"]["features"]
        rings = one["geometry"]["coordinates"]
        assert one["geometry"]["type"] == "Polygon"
        filled += zoom == 14 and Polygon(rings[0]).area >= EXTENT * EXTENT
    assert filled > 300


def test_tiles_outside_the_bounds_are_not_made(tmp_path: Path) -> None:
    """A river that leads far away brings no map of far away."""
    river = LineString([(110.0, -7.0), (112.0, -7.0)])
    feature = TileFeature(Layer.WATERWAY, 9, river, {"kind": "river"})
    bounds = (110.3, -7.1, 110.5, -6.9)
    report = build_tiles([feature], tmp_path / "river.pmtiles", name="river", bounds=bounds)
    assert report.bounds == pytest.approx((110.3, -7.0, 110.5, -7.0))
    _, _, tiles = opened(tmp_path / "river.pmtiles")
    assert len([zxy for zxy in tiles if zxy[0] == 14]) <= 12


def test_nothing_to_draw_is_said(tmp_path: Path) -> None:
    """No features, or none inside the bounds: an error of our own, and no file."""
    path = tmp_path / "none.pmtiles"
    with pytest.raises(NothingToDraw):
        build_tiles([], path, name="none")
    far = TileFeature(*place("city", "Solo")[:2], Point(110.8, -7.57), {"name": "Solo"})
    with pytest.raises(NothingToDraw):
        build_tiles([far], path, name="none", bounds=(0.0, 0.0, 1.0, 1.0))
    assert list(tmp_path.iterdir()) == []


def test_broken_shapes_do_not_stop_a_map(tmp_path: Path) -> None:
    """A polygon that crosses itself and an empty line: the rest is drawn."""
    bow = Polygon([(110.0, -7.0), (110.2, -6.8), (110.2, -7.0), (110.0, -6.8)])
    shapes: Iterable[shapely.Geometry] = (bow, LineString(), Point(110.1, -6.9))
    features = [
        TileFeature(Layer.LANDUSE, 9, cast(Any, shape), {"kind": "forest"}) for shape in shapes
    ]
    report = build_tiles(features, tmp_path / "odd.pmtiles", name="odd")
    assert report.features == {"dropped_empty": 1, "landuse": 2}
    assert opened(tmp_path / "odd.pmtiles")[2]


@given(seed=st.integers(0, 10_000))
def test_areas_turn_as_the_standard_says(seed: int) -> None:
    """Outer rings clockwise on the screen, holes against it: decoders find the same shape."""
    chance = random.Random(seed)
    corners = sorted(chance.sample(range(EXTENT), 4))
    outer = shapely.box(corners[0], corners[0], corners[3], corners[3])
    hole = shapely.box(corners[1], corners[1], corners[2], corners[2])
    shape = outer.difference(hole)
    if chance.random() < 0.5:
        shape = shapely.reverse(shape)
    tile = cast(Any, mapbox_vector_tile).decode(
        gzip.decompress(encode([Piece(Layer.WATER, shape, {}, 0)])),
        default_options={"y_coord_down": True},
    )
    (one,) = tile["water"]["features"]
    rings = one["geometry"]["coordinates"]
    assert one["geometry"]["type"] == "Polygon"
    assert Polygon(rings[0], rings[1:]).equals(shape)


@given(
    points=st.lists(st.tuples(st.floats(-64, 4160), st.floats(-64, 4160)), min_size=2, max_size=20)
)
def test_lines_come_back_rounded(points: list[tuple[float, float]]) -> None:
    """Any line decodes to its rounded points, stops left out; one that rounds away is no tile."""
    rounded = [(round(x), round(y)) for x, y in points]
    moves = [one for one, before in zip(rounded, [None, *rounded], strict=False) if one != before]
    data = encode([Piece(Layer.ROAD, LineString(points), {"kind": "road"}, 7)])
    if len(moves) < 2:
        assert data == b""
        return
    options = {"y_coord_down": True}
    tile = cast(Any, mapbox_vector_tile).decode(gzip.decompress(data), default_options=options)
    (one,) = tile["road"]["features"]
    assert [tuple(point) for point in one["geometry"]["coordinates"]] == moves


def test_tile_numbers_are_in_hilbert_order(features: list[TileFeature], tmp_path: Path) -> None:
    """Neighbours on the map are neighbours in the file: a browser's ranges are short."""
    build_tiles(features, tmp_path / "town.pmtiles", name="town")
    _, _, tiles = opened(tmp_path / "town.pmtiles")
    numbers = [zxy_to_tileid(*zxy) for zxy in tiles]
    assert numbers == sorted(numbers)
    assert [tileid_to_zxy(number) for number in numbers] == list(tiles)


def test_a_real_city(tmp_path: Path) -> None:
    """Monaco: its sea, quarters, buildings and roads are on the map."""
    build_tiles(town_features(third_party("monaco.osm.pbf")), tmp_path / "m.pmtiles", name="monaco")
    header, _, tiles = opened(tmp_path / "m.pmtiles")
    layers = {layer for tile in tiles.values() for layer in tile}
    assert {"sea", "road", "building", "poi", "place", "landuse", "water"} <= layers
    names = {
        one["properties"].get("name")
        for tile in tiles.values()
        for one in tile.get("place", {"features": []})["features"]
    }
    assert "Monte-Carlo" in names
    assert header["center_lon_e7"] / 1e7 == pytest.approx(7.42, abs=0.02)
