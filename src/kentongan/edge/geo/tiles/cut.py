"""From shapes to tiles: which tiles each touches, and what of it lies in each.

A tile's content reaches a little beyond it, so that lines drawn with a width meet at its border.
Whatever is smaller than a pixel is left out, except at the last zoom.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pmtiles.tile import zxy_to_tileid

from kentongan.edge.geo.tiles.arrays import (
    Box,
    Geometries,
    are_empty,
    boxes_of,
    clipped,
    dimensions_of,
    moved,
    simplified,
)
from kentongan.edge.geo.tiles.encode import EXTENT, Piece, encode
from kentongan.edge.geo.tiles.layers import ZOOM_MAX
from kentongan.edge.geo.tiles.spool import NEAR_FROM, TOLERANCE, Entry, Square

EDGE: Final = 64 / 4096
"""How far a tile's content reaches beyond it, as part of its side."""

SMALLEST: Final = 6 / 4096
"""Lines and areas smaller than this part of a tile's side are left out, except at the last zoom."""

Flags = NDArray[np.bool_]
Range = tuple[Square, Square]
"""The first and the last tile of a rectangle of tiles."""


def tiles_of_zoom(
    entries: Sequence[Entry], shapes: Geometries, zoom: int, tiles: Range
) -> Iterator[tuple[int, bytes]]:
    """Numbers and bytes of the tiles of one zoom in that range."""
    chosen = [i for i, entry in enumerate(entries) if entry.min_zoom <= zoom]
    if not chosen:
        return
    side = 1 << zoom
    drawn: Geometries = shapes[chosen]
    if zoom < ZOOM_MAX:
        drawn = simplified(drawn, TOLERANCE / side)
    for (x, y), inside in sorted(_by_tile(drawn, zoom, tiles).items()):
        pieces = _pieces(entries, chosen, drawn, inside, (zoom, x, y))
        data = encode(pieces)
        if data:
            yield zxy_to_tileid(zoom, x, y), data


def _by_tile(drawn: Geometries, zoom: int, tiles: Range) -> dict[tuple[int, int], list[int]]:
    """Which of them touch each tile, by their boxes."""
    boxes = boxes_of(drawn) * (1 << zoom)
    (first_x, first_y), (last_x, last_y) = tiles
    touching: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, (x_min, y_min, x_max, y_max) in enumerate(boxes.tolist()):
        if math.isnan(x_min):  # simplified away: an empty shape has no box
            continue
        for x in range(max(int(x_min - EDGE), first_x), min(int(x_max + EDGE), last_x) + 1):
            for y in range(max(int(y_min - EDGE), first_y), min(int(y_max + EDGE), last_y) + 1):
                touching[x, y].append(i)
    return touching


def tile_range(extent: Box, zoom: int) -> Range:
    """First and last tile that the extent touches."""
    side = 1 << zoom
    x_min, y_min, x_max, y_max = (min(int(value * side), side - 1) for value in extent)
    return Square(x_min, y_min), Square(x_max, y_max)


def narrowed(tiles: Range, square: Square, zoom: int) -> Range:
    """The part of a range that lies in a square."""
    scale = 1 << (zoom - NEAR_FROM)
    low, high = tiles
    return (
        Square(max(low.x, square.x * scale), max(low.y, square.y * scale)),
        Square(
            min(high.x, square.x * scale + scale - 1), min(high.y, square.y * scale + scale - 1)
        ),
    )


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
