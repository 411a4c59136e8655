"""Features of a city into one .pmtiles file: simplified, cut, encoded, in Hilbert order.

The same features in the same order give the same bytes. Memory holds one square of about ten
kilometres at a time (`spool`). The file is written where the caller says, plainly: making it
durable and giving it its name is the caller's.
"""

import math
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from kentongan.edge.geo.tiles.arrays import (
    Box,
    Geometries,
    are_empty,
    boxes_of,
    clipped,
    dimensions_of,
    from_wkb,
    moved,
    simplified,
)
from kentongan.edge.geo.tiles.encode import EXTENT, Piece, encode
from kentongan.edge.geo.tiles.layers import ZOOM_MAX, ZOOM_MIN, Layer, TileFeature
from kentongan.edge.geo.tiles.mercator import to_degrees, to_square
from kentongan.edge.geo.tiles.spool import NEAR_FROM, TOLERANCE, Entry, Spool, Square

EDGE: Final = 64 / 4096
"""How far a tile's content reaches beyond it, as part of its side."""

SMALLEST: Final = 6 / 4096
"""Lines and areas smaller than this part of a tile's side are left out, except at the last zoom."""

CENTRE_ZOOM: Final = 12
OSM_ATTRIBUTION: Final = "© OpenStreetMap contributors"


Flags = NDArray[np.bool_]


class TileReport(NamedTuple):
    """What was written. `features` counts what each layer took in and what lay outside."""

    tiles: int
    size_bytes: int
    features: dict[str, int]
    bounds: Box  # west, south, east, north in degrees


class NothingToDraw(ValueError):  # noqa: N818 - a state of the input, not a fault in it
    """There was not one feature inside the bounds."""


class _Made(NamedTuple):
    number: int
    offset: int
    length: int


def build_tiles(
    features: Iterable[TileFeature],
    path: Path,
    *,
    name: str,
    attribution: str = OSM_ATTRIBUTION,
    bounds: Box | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TileReport:
    """Write the file. `bounds` (west, south, east, north, degrees) cuts what reaches beyond.

    `progress` gets the squares done and all squares. Raises `NothingToDraw`, `OSError`.
    """
    with tempfile.TemporaryDirectory(prefix="tiles-", dir=path.parent) as folder:
        spool = Spool(Path(folder), _squared(bounds) if bounds else None)
        spool.take(features)
        if spool.extent is None:
            raise NothingToDraw("nothing to draw inside the bounds")
        with (Path(folder) / "made").open("w+b") as made:
            index = _make(spool, made, progress)
            extent = _degrees(spool.extent)
            with path.open("wb") as file:
                _write(file, made, sorted(index), _header(extent), _words(name, attribution))
    return TileReport(len(index), path.stat().st_size, dict(sorted(spool.counts.items())), extent)


def _make(spool: Spool, made: BinaryIO, progress: Callable[[int, int], None] | None) -> list[_Made]:
    """Encode every tile into the file `made`, in whatever order; where each one stands in it."""
    index: list[_Made] = []

    def keep(tiles: Iterator[tuple[int, bytes]]) -> None:
        for number, data in tiles:
            index.append(_Made(number, made.tell(), len(data)))
            made.write(data)

    squares = spool.squares()
    far = spool.far()
    shapes = from_wkb([entry.wkb for entry in far])
    for zoom in range(ZOOM_MIN, NEAR_FROM):
        keep(_tiles(far, shapes, zoom, None))
    del far, shapes
    for done, square in enumerate(squares, 1):
        entries = spool.near(square)
        shapes = from_wkb([entry.wkb for entry in entries])
        for zoom in range(NEAR_FROM, ZOOM_MAX + 1):
            keep(_tiles(entries, shapes, zoom, square))
        if progress:
            progress(done, len(squares))
    return index


def _tiles(
    entries: Sequence[Entry], shapes: Geometries, zoom: int, square: Square | None
) -> Iterator[tuple[int, bytes]]:
    """Numbers and bytes of the tiles of one zoom, of one square or of everything."""
    chosen = [i for i, entry in enumerate(entries) if entry.min_zoom <= zoom]
    if not chosen:
        return
    side = 1 << zoom
    drawn: Geometries = shapes[chosen]
    if zoom < ZOOM_MAX:
        drawn = simplified(drawn, TOLERANCE / side)
    for (x, y), inside in sorted(_by_tile(drawn, zoom, square).items()):
        pieces = _pieces(entries, chosen, drawn, inside, (zoom, x, y))
        data = encode(pieces)
        if data:
            yield zxy_to_tileid(zoom, x, y), data


def _by_tile(
    drawn: Geometries, zoom: int, square: Square | None
) -> dict[tuple[int, int], list[int]]:
    """Which of them touch each tile, by their boxes."""
    side = 1 << zoom
    boxes = boxes_of(drawn) * side
    tiles: dict[tuple[int, int], list[int]] = defaultdict(list)
    scale = side >> NEAR_FROM if square else side
    first_x, first_y = (square.x * scale, square.y * scale) if square else (0, 0)
    last_x, last_y = first_x + scale - 1, first_y + scale - 1
    for i, (x_min, y_min, x_max, y_max) in enumerate(boxes.tolist()):
        if math.isnan(x_min):  # simplified away: an empty shape has no box
            continue
        for x in range(max(int(x_min - EDGE), first_x), min(int(x_max + EDGE), last_x) + 1):
            for y in range(max(int(y_min - EDGE), first_y), min(int(y_max + EDGE), last_y) + 1):
                tiles[x, y].append(i)
    return tiles


def _pieces(
    entries: Sequence[Entry],
    chosen: list[int],
    drawn: Geometries,
    inside: list[int],
    tile: tuple[int, int, int],
) -> list[Piece]:
    zoom, x, y = tile
    side = 1 << zoom
    shapes: Geometries = drawn[inside]
    box = ((x - EDGE) / side, (y - EDGE) / side, (x + 1 + EDGE) / side, (y + 1 + EDGE) / side)
    flat = dimensions_of(shapes) > 0
    if flat.any():
        shapes[flat] = clipped(shapes[flat], box)
    kept = np.nonzero(_large_enough(shapes, flat, zoom))[0].tolist()
    scaled = moved(shapes[kept], lambda points: (points * side - (x, y)) * EXTENT)
    pieces: list[Piece] = []
    for position, geometry in zip(kept, scaled, strict=True):
        entry = entries[chosen[inside[position]]]
        pieces.append(Piece(entry.layer, geometry, entry.properties, entry.number))
    return pieces


def _large_enough(shapes: Geometries, flat: Flags, zoom: int) -> Flags:
    """Which are worth drawing: at the last zoom whatever is there."""
    if zoom == ZOOM_MAX:
        return ~are_empty(shapes)
    boxes = boxes_of(shapes) * (1 << zoom)
    size = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    return ~flat | (size > SMALLEST)


def _write(
    file: BinaryIO,
    made: BinaryIO,
    index: list[_Made],
    header: dict[str, Any],
    words: dict[str, Any],
) -> None:
    writer = cast(Any, Writer)(file)
    for number, offset, length in index:
        made.seek(offset)
        writer.write_tile(number, made.read(length))
    writer.finalize(header, words)


def _header(extent: Box) -> dict[str, Any]:
    west, south, east, north = (round(value * 10_000_000) for value in extent)
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": CENTRE_ZOOM,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }


def _words(name: str, attribution: str) -> dict[str, Any]:
    return {
        "name": name,
        "format": "pbf",
        "type": "baselayer",
        "attribution": attribution,
        "vector_layers": [{"id": layer.value, "fields": {}} for layer in Layer],
    }


def _squared(bounds: Box) -> Box:
    west, south, east, north = bounds
    (x_min, y_max), (x_max, y_min) = to_square(np.array([(west, south), (east, north)])).tolist()
    return x_min, y_min, x_max, y_max


def _degrees(extent: Box) -> Box:
    x_min, y_min, x_max, y_max = extent
    west, north = to_degrees(x_min, y_min)
    east, south = to_degrees(x_max, y_max)
    return west, south, east, north
