"""The carriageway of a motorway that leads a given way: help on the other one is help not there.

A toll road's kilometre is known to some hundred metres and to no side. Where the roads are known,
its two carriageways are two one-way roads beside each other: the nearest one that leads the way
that was said is taken, and the units' way ends on it. Pure.
"""

from typing import Final, NamedTuple

import numpy as np

from kentongan.cities.facts import Point
from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, EdgeFlag, RoadNetwork
from kentongan.edge.geo.network.snapping import grid_of

BESIDE_M: Final = 300.0
"""How far a carriageway may be beyond the doubt of the point, metres."""

ALONG: Final = 0.3
"""Leads that way: the cosine between the carriageway and the way said is above this."""


class Ahead(NamedTuple):
    """A direction: metres to the north and to the east, of any length."""

    north: float
    east: float


class Carriageways:
    """The one-way motorways of a network."""

    def __init__(self, network: RoadNetwork) -> None:
        grid = grid_of(network)
        self._plane = (grid.kx, grid.ky)
        rows = grid.segments
        edge = rows[:, 6].astype(np.int64)
        flags = network.flags[edge] & int(BOTH)
        is_motorway = network.kind[edge] == KIND_OF["motorway"]
        is_one_way = (flags == EdgeFlag.FORWARD) | (flags == EdgeFlag.BACKWARD)
        self._rows = rows[is_motorway & is_one_way, :4].copy()
        is_turned = (flags == EdgeFlag.BACKWARD)[is_motorway & is_one_way]
        self._rows[is_turned] = self._rows[is_turned][:, [2, 3, 0, 1]]

    def find(self, point: Point, ahead: Ahead, doubt_m: float) -> Point | None:
        """The nearest point on one that leads there, or `None` where no such road is."""
        rows, (kx, ky) = self._rows, self._plane
        x, y = point.lon * kx, point.lat * ky
        dx, dy = rows[:, 2] - rows[:, 0], rows[:, 3] - rows[:, 1]
        length = np.hypot(dx, dy)
        far = np.hypot(ahead.north, ahead.east)
        is_there = (length > 0) & (dx * ahead.east + dy * ahead.north > ALONG * far * length)
        if not far or not is_there.any():
            return None
        rows, dx, dy, length = rows[is_there], dx[is_there], dy[is_there], length[is_there]
        share = ((x - rows[:, 0]) * dx + (y - rows[:, 1]) * dy) / length**2
        share = np.clip(share, 0.0, 1.0)
        on_x, on_y = rows[:, 0] + share * dx, rows[:, 1] + share * dy
        gaps = np.hypot(on_x - x, on_y - y)
        best = int(gaps.argmin())
        if gaps[best] > BESIDE_M + doubt_m:
            return None
        return Point(float(on_y[best]) / ky, float(on_x[best]) / kx)
