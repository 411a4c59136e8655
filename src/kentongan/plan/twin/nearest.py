"""Which node is nearest, by a grid: for each of its cells the few nodes that can be.

A node can be nearest to some point of a cell when no other is nearer even to the cell's farthest
corner. So the answer is that of looking at every node, in a twentieth of the steps.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.plan.arrays import Floats, Whole

CELLS: Final = 32
"""Cells on each side."""

SLACK: Final = 1e-6
"""Share by which a cell is made larger: a point on its edge may fall to either side."""

SMALLEST: Final = 1e-9
"""Width of a town whose nodes stand above one another, in the units of its coordinates."""

KEPT: Final = 4
"""Cities whose grids are kept: a what-if compares two."""


class Grid(Struct, frozen=True, eq=False, kw_only=True):
    """The nodes of cell `c` are `nodes[first[c] : first[c + 1]]`, rising; rows from the bottom."""

    first: Whole
    nodes: Whole
    left: float
    bottom: float
    per_x: float  # cells per unit of length
    per_y: float


def grid_of(x: Floats, y: Floats) -> Grid:
    """The grid of these nodes; made once for each city."""
    return _made(x.tobytes(), y.tobytes())


@lru_cache(KEPT)
def _made(x_octets: bytes, y_octets: bytes) -> Grid:
    x, y = np.frombuffer(x_octets), np.frombuffer(y_octets)
    left, bottom = float(x.min()), float(y.min())
    width = max(float(x.max()) - left, SMALLEST) / CELLS
    height = max(float(y.max()) - bottom, SMALLEST) / CELLS
    found: list[Whole] = []
    for row in range(CELLS):
        middle_y = bottom + (row + 0.5) * height
        for column in range(CELLS):
            apart_x = np.abs(x - (left + (column + 0.5) * width))
            apart_y = np.abs(y - middle_y)
            half_x, half_y = width / 2 * (1 + SLACK), height / 2 * (1 + SLACK)
            nearest = np.maximum(apart_x - half_x, 0) ** 2 + np.maximum(apart_y - half_y, 0) ** 2
            farthest = (apart_x + half_x) ** 2 + (apart_y + half_y) ** 2
            found.append(np.flatnonzero(nearest <= farthest.min()))
    return Grid(
        first=np.cumsum([0, *map(len, found)]),
        nodes=np.concatenate(found),
        left=left,
        bottom=bottom,
        per_x=1 / width,
        per_y=1 / height,
    )
