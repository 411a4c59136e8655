"""Features of a city into one .pmtiles file: simplified, cut, encoded, in Hilbert order.

The same features in the same order give the same bytes. Memory holds one square of about ten
kilometres at a time (`spool`). The file is written where the caller says, plainly: making it
durable and giving it its name is the caller's.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, cast

import numpy as np
from pmtiles.tile import Compression, TileType
from pmtiles.writer import Writer

from kentongan.edge.geo.tiles.arrays import Box, from_wkb
from kentongan.edge.geo.tiles.cut import narrowed, tile_range, tiles_of_zoom
from kentongan.edge.geo.tiles.layers import ZOOM_MAX, ZOOM_MIN, Layer, TileFeature
from kentongan.edge.geo.tiles.mercator import to_degrees, to_square
from kentongan.edge.geo.tiles.spool import NEAR_FROM, Spool

CENTRE_ZOOM: Final = 12
OSM_ATTRIBUTION: Final = "© OpenStreetMap contributors"


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
    """Write the file. Tiles outside `bounds` (west, south, east, north, degrees) are left out.

    `progress` gets the squares done and all squares. Raises `NothingToDraw`, `OSError`.
    """
    with tempfile.TemporaryDirectory(prefix="tiles-", dir=path.parent) as folder:
        spool = Spool(Path(folder))
        spool.take(features)
        return write_tiles(
            spool, path, name=name, attribution=attribution, bounds=bounds, progress=progress
        )


def write_tiles(
    spool: Spool,
    path: Path,
    *,
    name: str,
    attribution: str = OSM_ATTRIBUTION,
    bounds: Box | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TileReport:
    """The same from a spool that was filled while the features came in."""
    spool.settle()
    extent = _within(spool.extent, _squared(bounds) if bounds else None)
    if extent is None:
        raise NothingToDraw("nothing to draw inside the bounds")
    with tempfile.TemporaryFile(dir=path.parent) as made:
        index = _make(spool, extent, cast(BinaryIO, made), progress)
        seen = _degrees(extent)
        with path.open("wb") as file:
            words = _words(name, attribution)
            _write(file, cast(BinaryIO, made), sorted(index), (_header(seen), words))
    return TileReport(len(index), path.stat().st_size, dict(sorted(spool.counts.items())), seen)


def _within(extent: Box | None, bounds: Box | None) -> Box | None:
    """Where both are, or `None` where that is nowhere."""
    if extent is None or bounds is None:
        return extent
    west, north = max(extent[0], bounds[0]), max(extent[1], bounds[1])
    east, south = min(extent[2], bounds[2]), min(extent[3], bounds[3])
    return (west, north, east, south) if west <= east and north <= south else None


def _make(
    spool: Spool, extent: Box, made: BinaryIO, progress: Callable[[int, int], None] | None
) -> list[_Made]:
    """Encode every tile into the file `made`, in whatever order; where each one stands in it."""
    index: list[_Made] = []

    def keep(tiles: Iterator[tuple[int, bytes]]) -> None:
        for number, data in tiles:
            index.append(_Made(number, made.tell(), len(data)))
            made.write(data)

    low, high = tile_range(extent, NEAR_FROM)
    squares = [
        one for one in spool.squares() if low.x <= one.x <= high.x and low.y <= one.y <= high.y
    ]
    far = spool.far()
    shapes = from_wkb([entry.wkb for entry in far])
    for zoom in range(ZOOM_MIN, NEAR_FROM):
        keep(tiles_of_zoom(far, shapes, zoom, tile_range(extent, zoom)))
    del far, shapes
    for done, square in enumerate(squares, 1):
        entries = spool.near(square)
        shapes = from_wkb([entry.wkb for entry in entries])
        for zoom in range(NEAR_FROM, ZOOM_MAX + 1):
            keep(
                tiles_of_zoom(
                    entries, shapes, zoom, narrowed(tile_range(extent, zoom), square, zoom)
                )
            )
        if progress:
            progress(done, len(squares))
    return index


def _write(
    file: BinaryIO,
    made: BinaryIO,
    index: list[_Made],
    about: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    writer = cast(Any, Writer)(file)
    for number, offset, length in index:
        made.seek(offset)
        writer.write_tile(number, made.read(length))
    writer.finalize(*about)


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
