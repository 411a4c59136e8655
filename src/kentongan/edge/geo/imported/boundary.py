"""The city's outline as somebody drew it: a GeoJSON file, read with great distrust.

Accepts a Polygon or MultiPolygon, alone, in a Feature or in a FeatureCollection; several are
joined. Everything else is an `ImportRefused` with line and field: no JSON, another shape, a ring
that is not closed or crosses itself, latitude where longitude belongs.
"""

import bisect
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import msgspec
import shapely
from shapely import LineString, MultiPolygon, Polygon, STRtree

from kentongan.core.shapes import place_said
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.edge.geo.osm.raw import Bounds

FILE_BYTES_MAX: Final = 20_000_000
"""A country's outline in full detail is smaller."""

POINTS_MAX: Final = 200_000
"""Points of the whole outline; a province with its islands has fewer."""

DEPTH_MAX: Final = 20
"""How deep a GeoJSON may nest collections; more is nobody's outline."""

Position = tuple[float, float]


class Boundary(NamedTuple):
    """The outline in (lon, lat), and the file's name."""

    shape: MultiPolygon
    file: str

    @property
    def bounds(self) -> Bounds:
        """The box around it."""
        west, south, east, north = self.shape.bounds
        return Bounds(south, west, north, east)

    @property
    def swapped_bounds(self) -> Bounds | None:
        """The box if latitude and longitude were exchanged, where that is a place on earth."""
        west, south, east, north = self.shape.bounds
        return Bounds(west, south, east, north) if west >= -90 and east <= 90 else None


def read_boundary(path: Path) -> Boundary:
    """The outline in that file. Raises `ImportRefused`."""
    file = _File(path)
    polygons = [
        _polygon(file, rings, field) for rings, field in _polygons(file, file.content, "", 0)
    ]
    if not polygons:
        raise file.refused("no Polygon or MultiPolygon in it", "type")
    if sum(len(one.exterior.coords) for one in polygons) > POINTS_MAX:
        raise file.refused(f"more than {POINTS_MAX:,} points; simplify the outline first")
    joined = shapely.union_all(polygons)
    parts = [part for part in cast(Any, shapely.get_parts(joined)) if isinstance(part, Polygon)]
    return Boundary(MultiPolygon(parts), path.name)


class _File:
    """The file's text and content, and where in the text something stands."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._line_ends: list[int] = []
        self._text = b""
        try:
            size = path.stat().st_size
            if size > FILE_BYTES_MAX:
                raise self.refused(f"{size:,} bytes, more than {FILE_BYTES_MAX:,}; simplify it")
            self._text = path.read_bytes().removeprefix(BOM_UTF8)  # some tools write it
        except OSError as error:
            raise self.refused(error.strerror or str(error)) from error
        self._line_ends = [at for at, byte in enumerate(self._text) if byte == 0x0A]
        self.content = self._decoded()

    def refused(self, text: str, field: str = "", *, near: Position | None = None) -> ImportRefused:
        """The refusal, with the line of a position where it can be found in the text."""
        line = self._line_of(near) if near else None
        return ImportRefused(text, file=self.name, line=line, field=field)

    def _decoded(self) -> Any:
        try:
            return msgspec.json.decode(self._text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            said = str(error)
            digits = said.rpartition("byte ")[2].rstrip(")")
            line = self._line_at(int(digits)) if digits.isdecimal() else 1
            raise ImportRefused(f"not GeoJSON: {said}", file=self.name, line=line) from error

    def _line_at(self, byte: int) -> int:
        return bisect.bisect_left(self._line_ends, byte) + 1

    def _line_of(self, near: Position) -> int | None:
        """The line where these two numbers follow each other."""
        first, second = (repr(value).removesuffix(".0").encode() for value in near)
        at = self._text.find(first)
        while at >= 0:
            if second in self._text[at : at + 200]:
                return self._line_at(at)
            at = self._text.find(first, at + 1)
        return None


def _polygons(
    file: _File, value: Any, field: str, depth: int
) -> Iterator[tuple[list[list[Position]], str]]:
    """Rings of every polygon, with the field they stand in."""
    if not isinstance(value, dict) or depth > DEPTH_MAX:
        raise file.refused("a GeoJSON object belongs here", field or "(top)")
    content = cast(dict[str, Any], value)
    match content.get("type"):
        case "FeatureCollection":
            for number, one in enumerate(_list(file, content, "features", field)):
                yield from _polygons(file, one, f"{_dot(field)}features[{number}]", depth + 1)
        case "Feature":
            yield from _polygons(file, content.get("geometry"), f"{_dot(field)}geometry", depth + 1)
        case "GeometryCollection":
            for number, one in enumerate(_list(file, content, "geometries", field)):
                yield from _polygons(file, one, f"{_dot(field)}geometries[{number}]", depth + 1)
        case "Polygon":
            place = f"{_dot(field)}coordinates"
            yield _rings(file, _list(file, content, "coordinates", field), place), place
        case "MultiPolygon":
            for number, one in enumerate(_list(file, content, "coordinates", field)):
                place = f"{_dot(field)}coordinates[{number}]"
                yield _rings(file, one, place), place
        case other:
            raise file.refused(
                f"{other!r} is no outline: a Polygon or MultiPolygon is needed",
                f"{_dot(field)}type",
            )


def _list(file: _File, content: dict[str, Any], key: str, field: str) -> list[Any]:
    value = content.get(key)
    if not isinstance(value, list):
        raise file.refused("a list belongs here", f"{_dot(field)}{key}")
    return cast(list[Any], value)


def _rings(file: _File, value: Any, field: str) -> list[list[Position]]:
    if not isinstance(value, list) or not value:
        raise file.refused("a list of rings belongs here", field)
    rings = cast(list[Any], value)
    return [_ring(file, ring, f"{field}[{number}]") for number, ring in enumerate(rings)]


def _ring(file: _File, value: Any, field: str) -> list[Position]:
    if not isinstance(value, list) or len(cast(list[Any], value)) < 4:
        raise file.refused("a ring needs four points or more, the last equal to the first", field)
    points = [
        _position(file, point, f"{field}[{number}]")
        for number, point in enumerate(cast(list[Any], value))
    ]
    if points[0] != points[-1]:
        raise file.refused(
            "the ring is not closed: its last point differs from its first", field, near=points[-1]
        )
    return points


def _position(file: _File, value: Any, field: str) -> Position:
    numbers = cast(list[Any], value) if isinstance(value, list) else []
    if len(numbers) < 2 or any(
        isinstance(one, bool) or not isinstance(one, int | float) for one in numbers[:2]
    ):
        raise file.refused("a position belongs here: [longitude, latitude]", field)
    lon, lat = (float(max(-1e9, min(1e9, one))) for one in numbers[:2])
    if abs(lat) > 90 and abs(lon) <= 90:
        raise file.refused(
            f"[{lon:g}, {lat:g}]: latitude {lat:g} is beyond 90: coordinates swapped?"
            " GeoJSON has [longitude, latitude]",
            field,
            near=(lon, lat),
        )
    if abs(lat) > 90 or abs(lon) > 180:
        raise file.refused(
            f"[{lon:g}, {lat:g}] is no place on earth in degrees", field, near=(lon, lat)
        )
    return lon, lat


def _polygon(file: _File, rings: list[list[Position]], field: str) -> Polygon:
    polygon = Polygon(rings[0], rings[1:])
    if polygon.is_valid and polygon.area > 0:
        return polygon
    for number, ring in enumerate(rings):
        if crossing := _crossing(ring):
            raise _crosses(file, ring, crossing, f"{field}[{number}]")
    raise file.refused(f"not a valid outline: {shapely.is_valid_reason(polygon)}", field)


def _crosses(
    file: _File, ring: list[Position], crossing: tuple[int, int], field: str
) -> ImportRefused:
    first, second = crossing
    sides = [LineString(ring[at : at + 2]) for at in crossing]
    place = sides[0].intersection(sides[1]).representative_point()
    return file.refused(
        f"the outline crosses itself at {place_said(place.y, place.x)}:"
        f" between points {first} and {first + 1}"
        f" ([{ring[first][0]:g}, {ring[first][1]:g}]) and points {second} and {second + 1}"
        f" ([{ring[second][0]:g}, {ring[second][1]:g}])",
        field,
        near=ring[first],
    )


def _crossing(ring: Sequence[Position]) -> tuple[int, int] | None:
    """The first two sides that cross or touch, by the number of their first point."""
    sides = [LineString(pair) for pair in pairwise(ring)]
    tree = STRtree(sides)
    last = len(sides) - 1
    for first, side in enumerate(sides):
        if side.length == 0:
            continue
        for found in sorted(int(one) for one in tree.query(side, "intersects")):
            other = sides[found]
            if found <= first or other.length == 0:
                continue
            is_next = found - first == 1 or (first == 0 and found == last)
            if not is_next or side.intersection(other).length > 0:
                return first, found
    return None


def _dot(field: str) -> str:
    return f"{field}." if field else ""
