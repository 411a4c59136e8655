"""Shapes drawn on the city: GeoJSON geometries (RFC 7946) as values, and what makes one unusable.

Positions are longitude before latitude, WGS 84 degrees, as the standard has them and as people do
not: a shape that lies in the city only when the two are exchanged is recognised and told so. A
polygon that crosses itself has no inside, so it is refused; a line may cross itself. Nothing here
knows roads. Pure.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import isfinite
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.cities.facts import Box, Point
from kentongan.core.checks import is_near
from kentongan.core.words import Refused

Position = tuple[float, ...]
"""Longitude, latitude; a third number (height) is left out."""

Ring = tuple[Position, ...]

POSITIONS_MAX: Final = 500
"""Positions of one shape; by hand nobody draws so many, and a river's bank needs no more."""

RING_MIN: Final = 4
"""Positions of a ring, the first repeated at the end (RFC 7946, section 3.1.6)."""


class PointShape(Struct, frozen=True, tag="Point", tag_field="type"):
    """A single place."""

    coordinates: Position


class MultiPointShape(Struct, frozen=True, tag="MultiPoint", tag_field="type"):
    """Several places."""

    coordinates: tuple[Position, ...]


class LineShape(Struct, frozen=True, tag="LineString", tag_field="type"):
    """A way along its corners."""

    coordinates: tuple[Position, ...]


class MultiLineShape(Struct, frozen=True, tag="MultiLineString", tag_field="type"):
    """Several ways."""

    coordinates: tuple[tuple[Position, ...], ...]


class PolygonShape(Struct, frozen=True, tag="Polygon", tag_field="type"):
    """An area: its border, then its holes, each a closed ring."""

    coordinates: tuple[Ring, ...]


class MultiPolygonShape(Struct, frozen=True, tag="MultiPolygon", tag_field="type"):
    """Several areas."""

    coordinates: tuple[tuple[Ring, ...], ...]


Shape = PointShape | MultiPointShape | LineShape | MultiLineShape | PolygonShape | MultiPolygonShape


def check_shape(shape: Shape, box: Box) -> Shape:
    """The shape, ready to be kept: two numbers a position.

    Refuses with `shape_empty`, `shape_too_long`, `shape_unreadable`, `shape_swapped` (latitude
    before longitude), `shape_outside_city`, `line_too_short`, `ring_open`, `ring_flat` and
    `shape_crosses_itself`, with the place, latitude first as people say it. `box` is the city's.
    """
    positions = list(positions_of(shape))
    if not positions:
        raise Refused("shape_empty")
    if len(positions) > POSITIONS_MAX:
        raise Refused("shape_too_long", positions_max=str(POSITIONS_MAX))
    for position in positions:
        _check_readable(position)
    _check_inside(positions, box)
    for line in _lines_of(shape):
        if len(_moving(line)) < 2:
            raise Refused("line_too_short")
    for polygon in _polygons_of(shape):
        _check_polygon(polygon)
    return _flat(shape)


def positions_of(shape: Shape) -> Iterator[Position]:
    """Every position of the shape, in order."""
    match shape:
        case PointShape(coordinates=position):
            yield position
        case MultiPointShape(coordinates=positions) | LineShape(coordinates=positions):
            yield from positions
        case MultiLineShape(coordinates=lines) | PolygonShape(coordinates=lines):
            for line in lines:
                yield from line
        case MultiPolygonShape(coordinates=polygons):
            for polygon in polygons:
                for ring in polygon:
                    yield from ring
        case _:
            assert_never(shape)


def _lines_of(shape: Shape) -> Sequence[tuple[Position, ...]]:
    match shape:
        case LineShape(coordinates=line):
            return (line,)
        case MultiLineShape(coordinates=lines):
            return lines
        case _:
            return ()


def _polygons_of(shape: Shape) -> Sequence[tuple[Ring, ...]]:
    match shape:
        case PolygonShape(coordinates=polygon):
            return (polygon,)
        case MultiPolygonShape(coordinates=polygons):
            return polygons
        case _:
            return ()


def _check_readable(position: Position) -> None:
    is_position = len(position) in (2, 3) and all(isfinite(number) for number in position)
    if not is_position or abs(position[0]) > 180 or abs(position[1]) > 180:
        raise Refused("shape_unreadable", position=", ".join(f"{one:g}" for one in position[:3]))


def _check_inside(positions: Sequence[Position], box: Box) -> None:
    outside = [one for one in positions if not is_near(Point(lat=one[1], lon=one[0]), box)]
    if not outside:
        return
    if all(is_near(Point(lat=one[0], lon=one[1]), box) for one in positions):
        lat, lon = positions[0][:2]
        raise Refused("shape_swapped", position=place_said(lat, lon))
    lon, lat = outside[0][:2]
    raise Refused("shape_outside_city", position=place_said(lat, lon))


def place_said(lat: float, lon: float) -> str:
    """A place in words: latitude first, to a metre."""
    return f"{round(lat, 5):.10g}, {round(lon, 5):.10g}"


# --- areas ---------------------------------------------------------------------------------------

Segment = tuple[Position, Position]


def _check_polygon(polygon: Sequence[Ring]) -> None:
    if not polygon:
        raise Refused("shape_empty")
    rings = [_moving(ring) for ring in polygon]
    for ring in rings:
        if len(ring) < RING_MIN or ring[0] != ring[-1]:
            raise Refused("ring_open")
        if all(_side(ring[0], ring[1], corner) == 0 for corner in ring):
            raise Refused("ring_flat")
    segments = [[(one, next_) for one, next_ in pairwise(ring)] for ring in rings]
    _check_simple(segments)


def _moving(line: Sequence[Position]) -> list[Position]:
    """The positions in the plane, without those that stay where the one before was."""
    plane = [(one[0], one[1]) for one in line]
    return [one for n, one in enumerate(plane) if n == 0 or one != plane[n - 1]]


def _check_simple(rings: Sequence[Sequence[Segment]]) -> None:
    """No border meets another, but where one ends and the next begins.

    Sorted by longitude, so that only what overlaps there is compared.
    """
    all_ = sorted(
        (min(one[0], end[0]), max(one[0], end[0]), ring, n)
        for ring, segments in enumerate(rings)
        for n, (one, end) in enumerate(segments)
    )
    for place, (_, east, ring, n) in enumerate(all_):
        for west, _, other_ring, other in all_[place + 1 :]:
            if west > east:
                break
            is_next = ring == other_ring and _are_neighbours(n, other, len(rings[ring]))
            if _meet(rings[ring][n], rings[other_ring][other], is_next=is_next):
                lon, lat = _crossing(rings[ring][n], rings[other_ring][other])
                raise Refused("shape_crosses_itself", position=place_said(lat, lon))


def _are_neighbours(one: int, other: int, count: int) -> bool:
    return (one - other) % count in (1, count - 1)


def _meet(one: Segment, other: Segment, *, is_next: bool) -> bool:
    """Whether two segments share a point; neighbours, whether they share more than their corner."""
    if is_next:
        return _turns_back(one, other)
    (a, b), (c, d) = one, other
    sides = (_side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b))
    if sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(side == 0 and _between(*end) for side, end in zip(sides, ends, strict=True))


def _crossing(one: Segment, other: Segment) -> tuple[float, float]:
    """Where two segments that share a point do so; of those that run along each other, an end."""
    (a, b), (c, d) = one, other
    turn = (b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0])
    if turn != 0:
        share = ((c[0] - a[0]) * (d[1] - c[1]) - (c[1] - a[1]) * (d[0] - c[0])) / turn
        return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
    end = next((end for end in (c, d) if _between(a, b, end)), a)
    return end[0], end[1]


def _turns_back(one: Segment, other: Segment) -> bool:
    """Whether the next side runs back along the one before."""
    if one[1] == other[0]:
        start, corner, end = one[0], one[1], other[1]
    else:
        start, corner, end = other[0], one[0], one[1]
    if _side(start, corner, end) != 0:
        return False
    ahead = (corner[0] - start[0]) * (end[0] - corner[0])
    return ahead + (corner[1] - start[1]) * (end[1] - corner[1]) < 0


def _side(a: Position, b: Position, c: Position) -> int:
    """On which side of the line from a to b the position c lies: -1, 0, 1."""
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (turn > 0) - (turn < 0)


def _between(a: Position, b: Position, c: Position) -> bool:
    """Whether c, which lies on the line, lies between a and b."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _flat(shape: Shape) -> Shape:
    """The shape without heights."""

    def plane(positions: Sequence[Position]) -> tuple[Position, ...]:
        return tuple((one[0], one[1]) for one in positions)

    match shape:
        case PointShape(coordinates=position):
            return structs.replace(shape, coordinates=(position[0], position[1]))
        case MultiPointShape(coordinates=positions) | LineShape(coordinates=positions):
            return structs.replace(shape, coordinates=plane(positions))
        case MultiLineShape(coordinates=lines) | PolygonShape(coordinates=lines):
            return structs.replace(shape, coordinates=tuple(plane(line) for line in lines))
        case MultiPolygonShape(coordinates=polygons):
            flat = tuple(tuple(plane(ring) for ring in polygon) for polygon in polygons)
            return structs.replace(shape, coordinates=flat)
        case _:
            assert_never(shape)
