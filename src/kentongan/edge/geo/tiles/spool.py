"""Features on their way to the tiles: sorted into files by place, so that memory stays bounded.

What is drawn from far away goes into one file, already simplified for it. What is drawn from
near goes into the file of every square of zoom `NEAR_FROM` it touches, cut to that square. Only one
square is in memory at a time; its features keep the order in which they came.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import msgspec
import numpy as np
import shapely
from msgspec import Struct

from kentongan.edge.geo.tiles.arrays import (
    Box,
    Numbers,
    array_of,
    boxes_of,
    clipped_one,
    moved,
    simplified,
)
from kentongan.edge.geo.tiles.layers import Layer, TileFeature
from kentongan.edge.geo.tiles.mercator import to_square

NEAR_FROM: Final = 12
"""Zooms from here are made square by square; a square's side is about 10 km at the equator."""

TOGETHER: Final = 2_000
"""Features projected, and written, at a time."""

TOLERANCE: Final = 1.2 / 4096
"""What simplifying may move, as part of a tile's side: a third of a pixel."""

MARGIN: Final = 1 / 16
"""How far a feature is kept beyond its square, as part of its side: more than a tile's edge."""

FAR: Final = "far"
_SQUARES: Final = 1 << NEAR_FROM
_LENGTH_BYTES: Final = 4


class Entry(Struct, frozen=True, array_like=True):
    """A feature as it stands in a file; the geometry is WKB on the Mercator square."""

    layer: Layer
    min_zoom: int
    properties: dict[str, str | int]
    number: int
    wkb: bytes


class Square(NamedTuple):
    """A tile of zoom `NEAR_FROM`."""

    x: int
    y: int


class Spool:
    """Files in an empty folder that the caller removes.

    `extent` is what was taken in: x_min, y_min, x_max, y_max on the Mercator square.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, bytearray] = defaultdict(bytearray)
        self._waiting: list[TileFeature] = []
        self._encoder = msgspec.msgpack.Encoder()
        self._squares: set[Square] = set()
        self._bytes: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.extent: Box | None = None

    def take(self, features: Iterable[TileFeature]) -> None:
        """Take all of them in; may be called again and again, also with few at a time."""
        for feature in features:
            self._waiting.append(feature)
            if len(self._waiting) >= TOGETHER:
                self.settle()

    def settle(self) -> None:
        """Put what waits into its files."""
        if self._waiting:
            self._put_all(self._waiting)
            self._waiting = []
        for name, held in self._held.items():
            with (self._folder / name).open("ab") as file:
                file.write(held)
        self._held.clear()

    @property
    def fullest_bytes(self) -> int:
        """Bytes of the file that holds most: files are read whole, one after the other."""
        return max(self._bytes.values(), default=0)

    def squares(self) -> list[Square]:
        """Squares that hold anything, unordered."""
        self.settle()
        return sorted(self._squares)

    def far(self) -> list[Entry]:
        """What is drawn below `NEAR_FROM`."""
        self.settle()
        return list(self._read(FAR))

    def near(self, square: Square) -> list[Entry]:
        """What is drawn in that square from `NEAR_FROM` on."""
        self.settle()
        return list(self._read(_name(square)))

    def _put_all(self, features: list[TileFeature]) -> None:
        geometries = moved(array_of([one.geometry for one in features]), to_square)
        far = simplified(geometries, TOLERANCE / (_SQUARES >> 1))
        boxes = boxes_of(geometries)
        for feature, geometry, coarse, box in zip(features, geometries, far, boxes, strict=True):
            if geometry.is_empty:
                self.counts["dropped_empty"] += 1
                continue
            self.counts[feature.layer.value] += 1
            self._widen(box)
            if feature.min_zoom < NEAR_FROM and not coarse.is_empty:
                self._put(FAR, feature, coarse)
            self._put_near(feature, geometry, box)

    def _put_near(self, feature: TileFeature, geometry: Any, box: Numbers) -> None:
        x_first, y_first, x_last, y_last = (
            min(max(int(value), 0), _SQUARES - 1)
            for value in np.floor(
                box * _SQUARES + np.array((-MARGIN, -MARGIN, MARGIN, MARGIN))
            ).tolist()
        )
        squares = [
            Square(x, y) for x in range(x_first, x_last + 1) for y in range(y_first, y_last + 1)
        ]
        for square in squares:
            inside = _cut(geometry, square) if len(squares) > 1 else geometry
            if not inside.is_empty:
                self._squares.add(square)
                self._put(_name(square), feature, inside)

    def _put(self, name: str, feature: TileFeature, geometry: Any) -> None:
        entry = Entry(
            feature.layer,
            feature.min_zoom,
            dict(feature.properties),
            feature.number,
            cast(bytes, shapely.to_wkb(geometry)),
        )
        packed = self._encoder.encode(entry)
        self._bytes[name] += len(packed)
        self._held[name] += len(packed).to_bytes(_LENGTH_BYTES, "big") + packed

    def _read(self, name: str) -> Iterator[Entry]:
        path = self._folder / name
        if not path.exists():
            return
        decoder = msgspec.msgpack.Decoder(Entry)
        with path.open("rb") as file:
            while head := file.read(_LENGTH_BYTES):
                yield decoder.decode(file.read(int.from_bytes(head, "big")))

    def _widen(self, box: Numbers) -> None:
        x_min, y_min, x_max, y_max = box.tolist()
        if self.extent is not None:
            x_min, y_min = min(x_min, self.extent[0]), min(y_min, self.extent[1])
            x_max, y_max = max(x_max, self.extent[2]), max(y_max, self.extent[3])
        self.extent = (x_min, y_min, x_max, y_max)


def _cut(geometry: Any, square: Square) -> Any:
    box = (
        (square.x - MARGIN) / _SQUARES,
        (square.y - MARGIN) / _SQUARES,
        (square.x + 1 + MARGIN) / _SQUARES,
        (square.y + 1 + MARGIN) / _SQUARES,
    )
    return clipped_one(geometry, box)


def _name(square: Square) -> str:
    return f"{square.x}-{square.y}"
