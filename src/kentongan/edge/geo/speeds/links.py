"""The roads near a position, and the ways between two places on them, whatever the arrows say.

What the matching of a track asks of the network, again and again, within some hundred metres. Plane
geometry in the grid's metres; pure.
"""

import heapq
import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kentongan.edge.geo.network.profiles import Profile, may_drive
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.network.snapping import Grid

REACH_M: Final = 40.0
"""A road farther than this from a position is not the one that was driven, metres."""

CANDIDATES_MAX: Final = 4
"""Roads considered for one position, the nearest."""

Way = list[tuple[int, float]]
"""Edges and how many metres of each."""


class Candidate(NamedTuple):
    """A place on a road: the edge, how far along it (0 to 1), and how far from the position."""

    edge: int
    fraction: float
    gap_m: float


class Links:
    """The roads that a profile may drive, in both directions."""

    def __init__(self, network: RoadNetwork, grid: Grid, profile: Profile) -> None:
        self._network = network
        self._grid = grid
        self._allowed = may_drive(network, profile)
        self._tails: list[int] = network.tail.tolist()
        self._heads: list[int] = network.head.tolist()
        self._start, self._links = self._linked()
        self.lengths: list[float] = network.length_m.astype(np.float64).tolist()

    def near(self, x: float, y: float) -> list[Candidate]:
        """The roads within reach of a position, the nearest first."""
        left, bottom, cell, columns, rows = self._grid.plan.tolist()
        numbers: list[NDArray[np.int32]] = []
        low = max(0, int((x - REACH_M - left) // cell))
        high = min(int(columns) - 1, int((x + REACH_M - left) // cell))
        first = max(0, int((y - REACH_M - bottom) // cell))
        last = min(int(rows) - 1, int((y + REACH_M - bottom) // cell))
        for row in range(first, last + 1):
            if low <= high:
                start = self._grid.cell_start[row * int(columns) + low]
                end = self._grid.cell_start[row * int(columns) + high + 1]
                numbers.append(self._grid.cell_segment[start:end])
        if not numbers:
            return []
        segments = self._grid.segments[np.unique(np.concatenate(numbers))]
        segments = segments[self._allowed[segments[:, 6].astype(np.int64)]]
        return _nearest_edges(segments, x, y)

    def _linked(self) -> tuple[list[int], list[tuple[int, int]]]:
        """For each junction, from where in the list its edges and the junctions beyond stand."""
        edges = np.flatnonzero(self._allowed)
        ends = np.concatenate((self._network.tail[edges], self._network.head[edges]))
        beyond = np.concatenate((self._network.head[edges], self._network.tail[edges]))
        order = np.argsort(ends, kind="stable")
        counts = np.bincount(ends, minlength=self._network.nodes)
        start = np.concatenate(([0], np.cumsum(counts)))
        both = np.concatenate((edges, edges))[order]
        links = list(zip(both.tolist(), beyond[order].tolist(), strict=True))
        return start.tolist(), links

    def reached(
        self, one: Candidate, limit: float
    ) -> tuple[dict[int, float], dict[int, tuple[int, int]]]:
        """Metres to the junctions within the limit, and the edge and junction each comes from."""
        length = self.lengths[one.edge]
        tail, head = self._tails[one.edge], self._heads[one.edge]
        heap = [(one.fraction * length, tail), ((1 - one.fraction) * length, head)]
        heapq.heapify(heap)
        metres = {node: at for at, node in sorted(heap, reverse=True)}
        before: dict[int, tuple[int, int]] = {}
        while heap:
            at, node = heapq.heappop(heap)
            if at > limit:
                break
            if at > metres[node]:
                continue
            for edge, other in self._links[self._start[node] : self._start[node + 1]]:
                total = at + self.lengths[edge]
                if total < metres.get(other, limit + 1.0):
                    metres[other] = total
                    before[other] = (edge, node)
                    heapq.heappush(heap, (total, other))
        return metres, before

    def metres(self, one: Candidate, other: Candidate, reached: dict[int, float]) -> float:
        """From one to the other over the junctions reached, or along their common edge."""
        if one.edge == other.edge:
            return abs(one.fraction - other.fraction) * self.lengths[one.edge]
        return min(metres for metres, _node in self._arrivals(other, reached))

    def _arrivals(
        self, other: Candidate, reached: dict[int, float]
    ) -> tuple[tuple[float, int], tuple[float, int]]:
        length = self.lengths[other.edge]
        tail, head = self._tails[other.edge], self._heads[other.edge]
        return (
            (reached.get(tail, math.inf) + other.fraction * length, tail),
            (reached.get(head, math.inf) + (1 - other.fraction) * length, head),
        )

    def way(self, one: Candidate, other: Candidate, limit: float) -> Way | None:
        """The edges between two candidates, and metres driven of each; None beyond the limit."""
        if one.edge == other.edge:
            return [(one.edge, abs(one.fraction - other.fraction) * self.lengths[one.edge])]
        reached, before = self.reached(one, limit)
        metres, node = min(self._arrivals(other, reached))
        if metres > limit:
            return None
        own = other.fraction if node == self._tails[other.edge] else 1 - other.fraction
        way: Way = [(other.edge, own * self.lengths[other.edge])]
        while node in before:
            edge, node = before[node]
            way.append((edge, self.lengths[edge]))
        share = one.fraction if node == self._tails[one.edge] else 1 - one.fraction
        way.append((one.edge, share * self.lengths[one.edge]))
        return way


def _nearest_edges(segments: NDArray[np.float64], x: float, y: float) -> list[Candidate]:
    """The nearest point of each edge within reach, the nearest edges first."""
    dx, dy = segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1]
    length2 = dx * dx + dy * dy
    along = (x - segments[:, 0]) * dx + (y - segments[:, 1]) * dy
    share = np.clip(np.divide(along, length2, out=np.zeros_like(along), where=length2 > 0), 0, 1)
    off_x, off_y = segments[:, 0] + share * dx - x, segments[:, 1] + share * dy - y
    gaps = np.hypot(off_x, off_y)
    found: dict[int, Candidate] = {}
    for at in np.argsort(gaps, kind="stable").tolist():
        if gaps[at] > REACH_M or len(found) == CANDIDATES_MAX:
            break
        edge = int(segments[at, 6])
        start, end = float(segments[at, 4]), float(segments[at, 5])
        fraction = start + float(share[at]) * (end - start)
        found.setdefault(edge, Candidate(edge, fraction, float(gaps[at])))
    return list(found.values())
