"""The same layer for a machine without a compiler: the search is scipy's Dijkstra.

It gives the same answers to the tenth of a second, more slowly: the limit grows until enough units
are found, and arcs side by side are reduced to the cheapest, because a sparse matrix has one value
per pair of nodes.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.network.snapping import Grid
from kentongan.edge.geo.network.sparse import distances
from kentongan.edge.geo.routing.graph import Graph
from kentongan.edge.geo.routing.kernels import CLOSED, Ints, Longs
from kentongan.edge.geo.routing.layer import Goal, Layer

GROWTH: Final = (16, 4, 1)
"""The limit is tried in these parts: most answers are near."""


class SparseLayer(Layer):
    """A layer that searches with scipy."""

    def __init__(self, profile: Profile, network: RoadNetwork, graph: Graph, grid: Grid) -> None:
        super().__init__(profile, network, graph, grid)
        rows = np.repeat(np.arange(graph.nodes), np.diff(graph.start))
        is_new = np.ones(graph.arcs, dtype=np.bool_)
        is_new[1:] = (np.diff(rows) != 0) | (np.diff(graph.origin) != 0)
        self._group = np.flatnonzero(is_new)
        counts = np.bincount(rows[self._group], minlength=graph.nodes)
        self._rows = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        self._columns = graph.origin[self._group]
        self._data = np.empty(0)
        self._data_version = -1

    def search(self, goal: Goal, wanted: int, need: int, only: int, limit: int) -> Longs:
        """The nearest units: rows of unit, tenths, entry (negative: on its edge)."""
        starts = self.starts(goal)
        found = np.empty((0, 3), dtype=np.int64)
        for part in GROWTH:
            reached, before = self._distances(starts, limit // part)
            costs, entries = self._unit_costs(goal, reached, limit // part)
            found = self._cheapest(costs, entries, wanted, need, only)
            if len(found) == wanted or part == 1:
                self._remember(starts, found, before)
                break
        return found

    def costs(self, goal: Goal, limit: int) -> Ints:
        """Tenths that every unit needs, by number; `CLOSED` beyond the limit."""
        reached, _ = self._distances(self.starts(goal), limit)
        return self._unit_costs(goal, reached, limit)[0]

    def spread(self, starts: Ints, limit: int) -> Ints:
        """Tenths from the nearest start to every node, with the traffic; `CLOSED` beyond."""
        graph = self.graph
        ends = graph.ends[graph.course]
        order = np.lexsort((self.arcs[:, 1], ends, graph.origin))
        is_first = np.ones(len(order), dtype=np.bool_)
        is_first[1:] = (np.diff(graph.origin[order]) != 0) | (np.diff(ends[order]) != 0)
        cheapest = order[is_first]  # of arcs side by side
        weight = np.where(self.arcs[cheapest, 1] >= CLOSED, np.inf, self.arcs[cheapest, 1])
        counts = np.bincount(graph.origin[cheapest], minlength=graph.nodes)
        rows = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        reached, _ = multi_start(weight, ends[cheapest], rows, starts, limit)
        return reached

    def _near(self, x: float, y: float, within_m: float) -> list[int]:
        away = np.abs(self.units[1 : self.count, 8:10] - (x * 1_000, y * 1_000)).max(axis=1)
        found: list[int] = (np.flatnonzero(away <= within_m * 1_000) + 1).tolist()
        return found

    # --- scipy -------------------------------------------------------------------------------

    def _distances(self, starts: Ints, limit: int) -> tuple[Ints, Ints]:
        """Tenths to the goal of every node (`CLOSED` beyond the limit), and the next node."""
        if self._data_version != self.version:
            cheapest = np.minimum.reduceat(self.arcs[:, 1], self._group)
            self._data = np.where(cheapest >= CLOSED, np.inf, cheapest)
            self._data_version = self.version
        return multi_start(self._data, self._columns, self._rows, starts, limit)

    def _unit_costs(self, goal: Goal, reached: Ints, limit: int) -> tuple[Ints, Ints]:
        """Tenths and winning entry of every unit."""
        entries = self.entries[: 2 * self.count]
        hung = entries[:, 2] >= 0
        via = np.full(2 * self.count, CLOSED, dtype=np.int64)
        via[hung] = reached[entries[hung, 2]].astype(np.int64) + entries[hung, 3]
        numbers = np.arange(self.count)
        winner = 2 * numbers + (via[1::2] < via[0::2])
        best = via[winner]
        for unit in np.flatnonzero(self.units[: self.count, 0] == goal.edge).tolist():
            cost, entry = self._on_edge(unit, goal)
            if cost < CLOSED and cost <= best[unit]:  # as long over a junction: stay on the edge
                best[unit], winner[unit] = cost, entry
        best[best > limit] = CLOSED
        return best.astype(np.int32), winner.astype(np.int32)

    def _on_edge(self, unit: int, goal: Goal) -> tuple[int, int]:
        """Tenths along the goal's own edge without meeting a junction, and the kind of entry."""
        ahead = goal.fraction - int(self.units[unit, 1])
        best = (CLOSED, -2)
        forward, backward = int(self.edges[goal.edge, 2]), int(self.edges[goal.edge, 3])
        if ahead >= 0 and forward < CLOSED:
            best = ((ahead * forward >> 20) + int(self.units[unit, 5]), -2)
        if ahead <= 0 and backward < CLOSED:
            best = min(best, ((-ahead * backward >> 20) + int(self.units[unit, 6]), -1))
        return best

    def _cheapest(self, costs: Ints, entries: Ints, wanted: int, need: int, only: int) -> Longs:
        is_meant = (costs < CLOSED) & ((self.units[: self.count, 4] & need) == need)
        if only >= 0:
            is_meant &= np.arange(self.count) == only
        units = np.flatnonzero(is_meant)
        units = units[np.lexsort((units, costs[units]))][:wanted]
        return np.stack((units, costs[units], entries[units]), axis=1).astype(np.int64)

    def _remember(self, starts: Ints, found: Longs, before: Ints) -> None:
        """Leave the ways of those found in `nodes`, as the compiled search does."""
        first: dict[int, tuple[int, int]] = {}
        for node, cost, course in starts.tolist():
            first[node] = min(first.get(node, (CLOSED, 0)), (cost, course))
        for entry in found[:, 2].tolist():
            node = int(self.entries[entry, 2]) if entry >= 0 else -1
            while node >= 0:
                following = int(before[node])
                self.nodes[node, 2] = following
                if following < 0:
                    self.nodes[node, 3] = first[node][1]
                else:
                    self.nodes[node, 3] = self._course(node, following)
                node = following

    def _course(self, node: int, following: int) -> int:
        """The cheapest course from a node to the next one."""
        arcs = self.arcs[self.graph.start[following] : self.graph.start[following + 1]]
        arcs = arcs[arcs[:, 0] == node]
        return int(arcs[arcs[:, 1].argmin(), 2])


def multi_start(
    data: NDArray[np.float64], columns: Ints, rows: Ints, starts: Ints, limit: int
) -> tuple[Ints, Ints]:
    """Distances from several starts with costs of their own (node, cost, …) in a CSR matrix.

    One more node stands before all starts. Its arcs cost one more than they should, because
    nothing in a sparse matrix may cost nothing.
    """
    order = np.lexsort((starts[:, 1], starts[:, 0]))
    nodes, first = np.unique(starts[order, 0], return_index=True)
    costs = (starts[order, 1][first] + 1.0).astype(np.float64)
    size = len(rows)
    matrix = (
        np.concatenate((data, costs)),
        np.concatenate((columns, nodes)).astype(np.int32),
        np.append(rows, rows[-1] + len(nodes)).astype(np.int32),
    )
    found, before = distances(matrix, size - 1, limit + 1.0)
    reached = np.where(np.isinf(found), CLOSED, found - 1)[:-1].astype(np.int32)
    return reached, np.where(before[:-1] == size - 1, -1, before[:-1]).astype(np.int32)
