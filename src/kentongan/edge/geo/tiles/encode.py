"""One tile as bytes: Mapbox Vector Tile 2.1, gzip, the same bytes for the same features.

Geometry comes in tile units (0 to `EXTENT`, y to the south) and is rounded here; what rounds away
to nothing is left out. Outer rings turn clockwise on the screen, inner ones the other way (MVT
4.3.3.3).
"""

import gzip
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, cast

import mapbox_vector_tile.Mapbox.vector_tile_pb2 as _messages  # pyright: ignore[reportMissingTypeStubs]
import shapely
from shapely.geometry.base import BaseGeometry

from kentongan.edge.geo.tiles.layers import Layer, Properties

EXTENT: Final = 4096
"""Units along a tile's side."""

GZIP_LEVEL: Final = 6

_MOVE, _DRAW, _CLOSE = 1, 2, 7
_POINT, _LINE, _AREA = 1, 2, 3
_VERSION: Final = 2

Pair = tuple[int, int]
_Tile: Any = cast(Any, _messages).tile


class Piece(NamedTuple):
    """A feature's part in one tile, in tile units."""

    layer: Layer
    geometry: BaseGeometry
    properties: Properties
    number: int


def encode(pieces: Sequence[Piece]) -> bytes:
    """The tile, compressed; empty bytes when nothing of it is left."""
    tile = _Tile()
    for layer in Layer:
        inside = [piece for piece in pieces if piece.layer is layer]
        if inside:
            _add_layer(tile, layer, inside)
    raw = tile.SerializeToString(deterministic=True)
    return gzip.compress(raw, GZIP_LEVEL, mtime=0) if raw else b""


def _add_layer(tile: Any, name: Layer, pieces: list[Piece]) -> None:
    layer: Any = None
    keys: dict[str, int] = {}
    values: dict[str | int, int] = {}
    for piece in pieces:
        kind, commands = commands_of(piece.geometry)
        if not commands:
            continue
        if layer is None:
            layer = tile.layers.add()
            layer.name, layer.version, layer.extent = name.value, _VERSION, EXTENT
        feature = layer.features.add()
        if piece.number > 0:
            feature.id = piece.number
        feature.type = kind
        feature.geometry.extend(commands)
        for key, value in piece.properties.items():
            feature.tags.append(keys.setdefault(key, len(keys)))
            feature.tags.append(values.setdefault(value, len(values)))
    if layer is not None:
        layer.keys.extend(keys)
        for value in values:
            entry = layer.values.add()
            if isinstance(value, str):
                entry.string_value = value
            else:
                entry.sint_value = value


def commands_of(geometry: BaseGeometry) -> tuple[int, list[int]]:
    """The geometry's kind and its drawing commands (MVT 4.3); none when it rounds away."""
    pen = _Pen()
    kind = _POINT
    for part in _parts(geometry):
        if isinstance(part, shapely.Point):
            pen.point(_rounded(part)[0])
        elif isinstance(part, shapely.LineString):
            kind = _LINE
            pen.line(_without_stops(_rounded(part)))
        elif isinstance(part, shapely.Polygon):
            kind = _AREA
            if pen.ring(_rounded(part.exterior), outer=True):
                for hole in part.interiors:
                    pen.ring(_rounded(hole), outer=False)
    return kind, pen.commands


class _Pen:
    """Writes commands; every position is relative to the one before."""

    def __init__(self) -> None:
        self.commands: list[int] = []
        self._x = 0
        self._y = 0

    def point(self, place: Pair) -> None:
        self._to(_MOVE, (place,))

    def line(self, points: list[Pair]) -> None:
        if len(points) >= 2:
            self._to(_MOVE, points[:1])
            self._to(_DRAW, points[1:])

    def ring(self, points: list[Pair], *, outer: bool) -> bool:
        """Whether anything of the ring is left."""
        ring = _without_stops(points)[:-1]
        doubled = _doubled_area(ring)
        if len(ring) < 3 or doubled == 0:
            return False
        if (doubled > 0) is not outer:
            ring.reverse()
        self._to(_MOVE, ring[:1])
        self._to(_DRAW, ring[1:])
        self.commands.append(_CLOSE | 1 << 3)
        return True

    def _to(self, command: int, points: Sequence[Pair]) -> None:
        self.commands.append(command | len(points) << 3)
        for x, y in points:
            self.commands.append(_zigzag(x - self._x))
            self.commands.append(_zigzag(y - self._y))
            self._x, self._y = x, y


def _parts(geometry: BaseGeometry) -> Iterable[BaseGeometry]:
    """Single geometries; of a mixed bag only those of its highest dimension."""
    if not hasattr(geometry, "geoms"):
        return () if geometry.is_empty else (geometry,)
    parts = [part for part in cast(Any, shapely.get_parts(geometry)) if not part.is_empty]
    flat = [inner for part in parts for inner in _parts(part)] if _is_mixed(geometry) else parts
    highest = max((_dimension(part) for part in flat), default=0)
    return [part for part in flat if _dimension(part) == highest]


def _is_mixed(geometry: BaseGeometry) -> bool:
    return isinstance(geometry, shapely.GeometryCollection)


def _dimension(part: BaseGeometry) -> int:
    return int(cast(Any, shapely).get_dimensions(part))


def _rounded(part: BaseGeometry) -> list[Pair]:
    points = cast(Any, shapely.get_coordinates(part)).round().astype(int).tolist()
    return [(x, y) for x, y in points]


def _without_stops(points: list[Pair]) -> list[Pair]:
    """Without a point that equals the one before it."""
    return [here for here, before in zip(points, (None, *points), strict=False) if here != before]


def _doubled_area(ring: list[Pair]) -> int:
    """Twice the area; positive when the ring turns clockwise on the screen."""
    return sum(
        x * next_y - next_x * y
        for (x, y), (next_x, next_y) in zip(ring, (*ring[1:], *ring[:1]), strict=True)
    )


def _zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 31)
