"""The nearest point of the road network to a position, exactly, by a uniform grid.

Segments of the edges' polylines are entered in every cell that their bounding box touches; the
search looks at rings of cells around the position until no unseen cell can hold anything nearer.
It is plane geometry in metres about the middle of the network: well under 0.1 % off in a city.
Which edges count is the asker's: a column of weights, in which `CLOSED` does not count.
"""

import math
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.cities.distance import EARTH_M
from kentongan.edge.geo.network.compiled import kernel
from kentongan.edge.geo.network.road_network import RoadNetwork

CELL_M: Final = 100.0
"""Edge of a cell, metres: a few dozen segments in a dense quarter."""

REACH_M: Final = 2_000.0
"""Farther than this from every road a position is off the network."""

ONE: Final = 1 << 20
"""Fractions along an edge are whole numbers of 0…ONE: a millimetre on a kilometre."""

CLOSED: Final = 1 << 30
"""The weight of what does not count; the same number as in `profiles`."""

_CELLS_MAX: Final = 4_000_000
"""Above this the cells grow: a huge, empty extract must not fill the memory."""


class Grid(Struct, frozen=True, kw_only=True, eq=False):
    """Segments in cells. A segment is x1, y1, x2, y2 (metres), fraction at both ends, edge."""

    kx: float
    ky: float
    plan: NDArray[np.float64]  # left, bottom, cell, columns, rows
    cell_start: NDArray[np.int32]
    cell_segment: NDArray[np.int32]
    segments: NDArray[np.float64]

    def metres(self, lat: float, lon: float) -> tuple[float, float]:
        """The position in the grid's plane."""
        return lon * self.kx, lat * self.ky

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Latitude and longitude of a point of the plane."""
        return y / self.ky, x / self.kx


def grid_of(network: RoadNetwork) -> Grid:
    """The grid over all edges."""
    ky = math.radians(EARTH_M)
    kx = ky * math.cos(math.radians(float(network.node_lat.mean())))
    segments = _segments(network, kx, ky)
    left = float(min(segments[:, 0].min(), segments[:, 2].min()))
    bottom = float(min(segments[:, 1].min(), segments[:, 3].min()))
    width = float(max(segments[:, 0].max(), segments[:, 2].max())) - left
    height = float(max(segments[:, 1].max(), segments[:, 3].max())) - bottom
    cell = max(CELL_M, math.sqrt(max(width, 1.0) * max(height, 1.0) / _CELLS_MAX))
    columns, rows = int(width / cell) + 1, int(height / cell) + 1
    cell_of, which = _entered(segments, (left, bottom, cell), columns)
    order = np.argsort(cell_of, kind="stable")
    counts = np.bincount(cell_of, minlength=columns * rows)
    return Grid(
        kx=kx,
        ky=ky,
        plan=np.array([left, bottom, cell, columns, rows], dtype=np.float64),
        cell_start=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        cell_segment=which[order].astype(np.int32),
        segments=segments,
    )


def _segments(network: RoadNetwork, kx: float, ky: float) -> NDArray[np.float64]:
    """One row per segment: x1, y1, x2, y2, fraction at start and end, edge, unused."""
    counts = np.diff(network.shape_start)
    edge = np.repeat(np.arange(network.edges), counts)
    x, y = network.shape_lon * kx, network.shape_lat * ky
    steps = np.hypot(np.diff(x), np.diff(y))
    is_within = edge[1:] == edge[:-1]
    steps = np.where(is_within, steps, 0.0)
    along = np.concatenate(([0.0], np.cumsum(steps)))
    along -= along[network.shape_start[:-1]][edge]
    total = along[network.shape_start[1:] - 1][edge]
    fraction = np.divide(along, total, out=np.zeros_like(along), where=total > 0)
    first = np.flatnonzero(is_within)
    rows = np.zeros((len(first), 8))
    rows[:, 0], rows[:, 1] = x[first], y[first]
    rows[:, 2], rows[:, 3] = x[first + 1], y[first + 1]
    rows[:, 4], rows[:, 5] = fraction[first], fraction[first + 1]
    rows[:, 6] = edge[first]
    return rows


def _entered(
    segments: NDArray[np.float64], origin: tuple[float, float, float], columns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every pair of a cell and a segment whose bounding box touches it."""
    left, bottom, cell = origin
    x = ((segments[:, [0, 2]] - left) / cell).astype(np.int64)
    y = ((segments[:, [1, 3]] - bottom) / cell).astype(np.int64)
    wide, high = np.ptp(x, axis=1) + 1, np.ptp(y, axis=1) + 1
    count = wide * high
    which = np.repeat(np.arange(len(segments)), count)
    place = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    column = x.min(axis=1)[which] + place % wide[which]
    row = y.min(axis=1)[which] + place // wide[which]
    return row * columns + column, which


@kernel
def snap(
    x: float,
    y: float,
    plan: NDArray[np.float64],
    cell_start: NDArray[np.int32],
    cell_segment: NDArray[np.int32],
    segments: NDArray[np.float64],
    edges: NDArray[np.int32],
    column: int,
) -> tuple[int, float]:
    """Segment and distance in metres of the nearest road within reach; segment -1 for none.

    An edge counts when `edges[edge, column]` or the column after it is not `CLOSED`. Of equally
    near segments the one with the lowest number is taken.
    """
    cell, columns, rows = plan[2], int(plan[3]), int(plan[4])
    at_x, at_y = math.floor((x - plan[0]) / cell), math.floor((y - plan[1]) / cell)
    best, nearest = REACH_M * REACH_M, -1
    outside = max(0, -at_x, at_x - columns + 1, -at_y, at_y - rows + 1)
    ring = outside
    in_x, in_y = x - plan[0] - at_x * cell, y - plan[1] - at_y * cell
    inset = min(in_x, cell - in_x, in_y, cell - in_y) if outside == 0 else 0.0
    while ring <= columns + rows + outside:
        if ring > 0:
            clear = (ring - 1) * cell + inset  # to the nearest cell not seen yet
            if clear * clear > best:
                break
        for row in range(max(0, at_y - ring), min(rows, at_y + ring + 1)):
            is_border = abs(row - at_y) == ring
            step = 1 if is_border or ring == 0 else 2 * ring
            for col in range(at_x - ring, at_x + ring + 1, step):
                if col < 0 or col >= columns:
                    continue
                place = row * columns + col
                for entry in range(cell_start[place], cell_start[place + 1]):
                    number = int(cell_segment[entry])
                    edge = int(segments[number, 6])
                    if edges[edge, column] >= CLOSED and edges[edge, column + 1] >= CLOSED:
                        continue
                    dx = segments[number, 2] - segments[number, 0]
                    dy = segments[number, 3] - segments[number, 1]
                    length2 = dx * dx + dy * dy
                    t = 0.0
                    if length2 > 0.0:
                        t = (x - segments[number, 0]) * dx + (y - segments[number, 1]) * dy
                        t = min(1.0, max(0.0, t / length2))
                    off_x = segments[number, 0] + t * dx - x
                    off_y = segments[number, 1] + t * dy - y
                    gap = off_x * off_x + off_y * off_y
                    if gap < best or (gap == best and 0 <= number < nearest):
                        best, nearest = gap, number
        ring += 1
    return nearest, math.sqrt(best)


@kernel
def fraction_at(x: float, y: float, segments: NDArray[np.float64], number: int) -> int:
    """How far along its edge the nearest point of a segment lies, 0…ONE."""
    dx = segments[number, 2] - segments[number, 0]
    dy = segments[number, 3] - segments[number, 1]
    length2 = dx * dx + dy * dy
    t = 0.0
    if length2 > 0.0:
        t = (x - segments[number, 0]) * dx + (y - segments[number, 1]) * dy
        t = min(1.0, max(0.0, t / length2))
    along = segments[number, 4] + t * (segments[number, 5] - segments[number, 4])
    return int(along * ONE + 0.5)


@kernel
def snap_all(
    points: NDArray[np.float64],
    plan: NDArray[np.float64],
    cell_start: NDArray[np.int32],
    cell_segment: NDArray[np.int32],
    segments: NDArray[np.float64],
    edges: NDArray[np.int32],
    column: int,
    found: NDArray[np.float64],
) -> None:
    """The same for rows of x and y; into rows of segment (-1 for none), fraction, metres."""
    for at in range(len(points)):
        x, y = points[at, 0], points[at, 1]
        number, gap_m = snap(x, y, plan, cell_start, cell_segment, segments, edges, column)
        found[at, 0], found[at, 2] = number, gap_m
        found[at, 1] = 0.0 if number < 0 else fraction_at(x, y, segments, number)
