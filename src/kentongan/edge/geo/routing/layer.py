"""One profile on the graph: its weights, and its units hung where they arrive next.

A layer answers in edges, fractions and tenths of a second; keys, positions in degrees and times of
day are the router's. It is not safe for several threads: the router's lock is around it.
Unit 0 is nobody: the start of a journey that is only asked about.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kentongan.edge.geo.network.profiles import Profile, SirenRules, Weights, bit
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.network.snapping import Grid, fraction_at, snap, snap_all
from kentongan.edge.geo.routing import kernels, search_kernels
from kentongan.edge.geo.routing.graph import Graph
from kentongan.edge.geo.routing.joined import joined
from kentongan.edge.geo.routing.kernels import ABSENT, CLOSED, Ints, Longs

SLOWER_MAX: Final = 4
"""A slowed edge costs at most so many times the longest edge of the network: it bounds the
buckets."""

NOBODY: Final = 0
"""The unit that stands for a journey without one."""

_CAPACITY: Final = 64  # units at first; doubled when full


class Goal(NamedTuple):
    """Where one wants to go: edge, fraction (0…ONE), metres from the road."""

    edge: int
    fraction: int
    gap_m: float


class Layer:
    """The units of a profile, and the roads as it drives them."""

    def __init__(self, profile: Profile, network: RoadNetwork, graph: Graph, grid: Grid) -> None:
        self.profile = profile
        self.graph = graph
        self.version = 0
        self._grid = grid
        self.lengths = network.length_m.astype(np.float64)
        self.nodes = np.full((graph.nodes, 4), -1, dtype=np.int32)
        self.nodes[:, 1] = CLOSED
        self.edges = np.full((network.edges, 8), -1, dtype=np.int32)
        self.edges[:, 0], self.edges[:, 1] = graph.ends[0::2], graph.ends[1::2]
        self.arcs = np.zeros((graph.arcs, 4), dtype=np.int32)
        self.arcs[:, 0], self.arcs[:, 2] = graph.origin, graph.course
        self.entries = np.full((2 * _CAPACITY, 4), -1, dtype=np.int32)
        self.units = _absent(_CAPACITY)
        self.count = 1  # nobody
        self._off: set[int] | None = set()  # units that the search cannot meet; None: count anew
        self._joined = np.empty((0, 2), dtype=np.int32)
        self._joined_version = -1
        self.buckets = np.full(1, -1, dtype=np.int32)
        self._heaviest = 0
        self.pool = np.empty((2 * graph.arcs + 8, 2), dtype=np.int32)
        self._starts = np.empty((2 * graph.arcs + 8, 3), dtype=np.int32)

    # --- weights -----------------------------------------------------------------------------

    def rebase(self, weights: Weights, rules: SirenRules) -> None:
        """Set the weights without closures; all closures must be set anew after it."""
        self.edges[:, 4], self.edges[:, 5] = weights
        self.edges[:, 2], self.edges[:, 3] = weights
        is_free = rules.ignores_turns and self.profile is not Profile.PLAIN
        barred = np.zeros(self.graph.arcs, dtype=np.bool_)
        if not is_free:
            barred = (self.graph.binds & bit(self.profile)) != 0
        self.arcs[:, 3] = barred
        course = self.graph.course
        live = self.edges[course >> 1, 2 + (course & 1)]
        self.arcs[:, 1] = np.where(barred, CLOSED, live)
        self._heaviest = self.slowest
        self.buckets = np.full(1 << self._heaviest.bit_length(), -1, dtype=np.int32)
        self._off = None
        for unit in range(self.count):
            kernels.hang(unit, self.edges, self.nodes, self.entries, self.units)
        self.version += 1

    @property
    def slowest(self) -> int:
        """The highest live weight that is not closed."""
        base = self.edges[:, 4:6]
        open_ones = base[base < CLOSED]
        return SLOWER_MAX * int(open_ones.max()) if len(open_ones) else 1

    def slow(
        self, edges: Sequence[int], forward: Sequence[float], backward: Sequence[float]
    ) -> None:
        """Multiply the time of edges in each direction; 0 closes one, 1 is as without closures."""
        rest = (
            self._heaviest,
            self.arcs,
            self.graph.course_start,
            self.graph.course_arcs,
            self.edges,
            self.nodes,
            self.entries,
            self.units,
        )
        if len(edges) == 1:  # three arrays would take longer than all the rest
            are_peopled = kernels.slow(edges[0], float(forward[0]), float(backward[0]), *rest)
        else:
            numbers = np.array(edges, dtype=np.int64)
            factors = np.array((forward, backward), dtype=np.float64)
            are_peopled = kernels.slow_all(numbers, factors[0], factors[1], *rest)
        if are_peopled:
            self._off = None
        self.version += 1

    # --- units -------------------------------------------------------------------------------

    def add(self) -> int:
        """A new unit's number."""
        if self.count == len(self.units):
            entries = np.full((2 * self.count, 4), -1, dtype=np.int32)
            self.entries = np.concatenate((self.entries, entries))
            self.units = np.concatenate((self.units, _absent(self.count)))
        self.count += 1
        return self.count - 1

    def place(
        self, unit: int, x: float, y: float, heading: tuple[float, float], turn: int
    ) -> float:
        """Move a unit there; returns metres from the road."""
        grid = self._grid
        gap_m = kernels.place(
            unit,
            x,
            y,
            heading[0],
            heading[1],
            turn,
            grid.plan,
            grid.cell_start,
            grid.cell_segment,
            grid.segments,
            self.edges,
            self.nodes,
            self.entries,
            self.units,
        )
        if gap_m < 0:
            gap_m = -1.0 - gap_m
            if self._off is not None and unit != NOBODY:
                self._off.add(unit)
        elif self._off:
            self._off.discard(unit)
        return gap_m

    def place_all(
        self, numbers: Sequence[int], positions: Sequence[float], turn: int
    ) -> list[float]:
        """Move these units, one after another; four numbers for each: x, y, and the unit vector of
        its heading. Returns metres from the road."""
        grid, gaps_m = self._grid, np.empty(len(numbers))
        kernels.place_all(
            np.array(numbers, dtype=np.int64),
            np.array(positions).reshape(-1, 4),
            turn,
            grid.plan,
            grid.cell_start,
            grid.cell_segment,
            grid.segments,
            self.edges,
            self.nodes,
            self.entries,
            self.units,
            gaps_m,
        )
        if self._off or gaps_m.min(initial=0.0) < 0:
            self._off = None
        found: list[float] = np.where(gaps_m < 0, -1.0 - gaps_m, gaps_m).tolist()
        return found

    def remove(self, unit: int) -> None:
        """Take a unit away. Its number may be used again."""
        kernels.lift_off(unit, self.edges, self.nodes, self.entries, self.units)
        self.units[unit, 7] = ABSENT
        if self._off:
            self._off.discard(unit)

    def not_hung(self, need: int) -> list[int]:
        """Units that the search cannot meet: on a closed edge, or off the network."""
        if self._off is None:
            state = self.units[1 : self.count, 7]
            is_off = (state != kernels.HUNG) & (state != ABSENT)
            self._off = set((np.flatnonzero(is_off) + 1).tolist())
        masks = self.units[:, 4]
        return [unit for unit in sorted(self._off) if (int(masks[unit]) & need) == need]

    def hung(self, need: int) -> list[int]:
        """Units on open roads."""
        units = self.units[1 : self.count]
        is_meant = (units[:, 7] == kernels.HUNG) & ((units[:, 4] & need) == need)
        numbers: list[int] = (np.flatnonzero(is_meant) + 1).tolist()
        return numbers

    def beside(self, x: float, y: float, within_m: float, need: int) -> dict[int, float]:
        """Units on open roads that stand nearer to that point than so many metres, with theirs."""
        return {
            unit: metres
            for unit in self._near(x, y, within_m)
            if self.units[unit, 7] == kernels.HUNG
            and (int(self.units[unit, 4]) & need) == need
            and (metres := self.away_m(unit, x, y)) < within_m
        }

    def _near(self, x: float, y: float, within_m: float) -> list[int]:
        near = np.empty(self.count, dtype=np.int64)
        count = kernels.near(
            int(x * 1_000), int(y * 1_000), int(within_m * 1_000), self.units[: self.count], near
        )
        found: list[int] = near[:count].tolist()
        return found

    def away_m(self, unit: int, x: float, y: float) -> float:
        """Straight metres from a unit to a point."""
        east, north = self.units[unit, 8:10].tolist()
        return math.hypot(east / 1_000 - x, north / 1_000 - y)

    # --- questions ---------------------------------------------------------------------------

    def goal_at(self, x: float, y: float) -> Goal | None:
        """The nearest point of an open road; None when none is within reach."""
        return self.snapped(x, y, self.edges, 2)

    def goals_near(self, x: float, y: float) -> list[Goal]:
        """The nearest point of an open road and, where most of the open roads do not lead to that
        one, the nearest of a road that they lead to: who is cut off from the first drives to the
        second. Empty when no open road is within reach."""
        nearest = self.goal_at(x, y)
        if nearest is None:
            return []
        if self.joined[nearest.edge, 0] < CLOSED:
            return [nearest]
        second = self.snapped(x, y, self.joined, 0)
        return [nearest] if second is None else [nearest, second]

    def start_at(self, x: float, y: float) -> Goal | None:
        """Where somebody comes onto the open roads: the nearest one. Whose own road is shut does
        not come onto a piece that most roads do not lead to, but onto the nearest that they do."""
        goals = self.goals_near(x, y)
        own = self.snapped(x, y, self.edges, 4) if len(goals) > 1 else None
        if own is not None and own.edge != goals[0].edge:
            return goals[1]
        return goals[0] if goals else None

    @property
    def joined(self) -> Ints:
        """Which edges most of the open roads lead to (`joined.joined`), as they are shut now."""
        if self._joined_version != self.version:
            self._joined, self._joined_version = joined(self.graph, self.arcs), self.version
        return self._joined

    def snapped(self, x: float, y: float, weights: Ints, column: int) -> Goal | None:
        grid = self._grid
        number, gap_m = snap(
            x, y, grid.plan, grid.cell_start, grid.cell_segment, grid.segments, weights, column
        )
        if number < 0:
            return None
        edge = int(grid.segments[number, 6])
        return Goal(edge, fraction_at(x, y, grid.segments, number), gap_m)

    def goals_at(
        self, points: NDArray[np.float64], *, are_joined: bool
    ) -> tuple[Longs, Longs, NDArray[np.float64]]:
        """For rows of x and y the nearest open roads, or those that most of the roads lead to:
        edges (-1 for none within reach), fractions, metres."""
        grid, found = self._grid, np.empty((len(points), 3))
        snap_all(
            points,
            grid.plan,
            grid.cell_start,
            grid.cell_segment,
            grid.segments,
            self.joined if are_joined else self.edges,
            0 if are_joined else 2,
            found,
        )
        segments = found[:, 0].astype(np.int64)
        edges = np.where(segments < 0, -1, grid.segments[segments, 6]).astype(np.int64)
        return edges, found[:, 1].astype(np.int64), found[:, 2]

    def starts(self, goal: Goal) -> Ints:
        """The nodes from which the goal's edge is entered."""
        graph = self.graph
        count = kernels.starts_of(
            goal.edge,
            goal.fraction,
            graph.course_start,
            graph.course_arcs,
            self.arcs,
            self.edges,
            self._starts,
        )
        return self._starts[:count]

    def search(self, goal: Goal, wanted: int, need: int, only: int, limit: int) -> Longs:
        """The nearest units: rows of unit, tenths, entry (negative: on its edge)."""
        found = np.empty((wanted, 3), dtype=np.int64)
        count = search_kernels.on_the_edge(
            goal.edge, goal.fraction, need, only, limit, self.edges, self.units, found
        )
        count = self._explore(self.starts(goal), need, only, limit, found, count)
        return found[:count]

    def _explore(
        self,
        starts: Ints,
        need: int,
        only: int,
        limit: int,
        found: Longs,
        count: int,
        arc_start: Ints | None = None,
        arcs: Ints | None = None,
    ) -> int:
        return search_kernels.search(
            need,
            only,
            limit,
            starts,
            self.graph.start if arc_start is None else arc_start,
            self.arcs if arcs is None else arcs,
            self.nodes,
            self.entries,
            self.units,
            self.buckets,
            self.pool,
            found,
            count,
        )

    def costs(self, goal: Goal, limit: int) -> Ints:
        """Tenths that every unit needs, by number; `CLOSED` beyond the limit."""
        self._explore(self.starts(goal), 0, -1, limit, np.empty((0, 3), dtype=np.int64), 0)
        costs = np.empty(self.count, dtype=np.int32)
        search_kernels.costs_of_all(
            goal.edge,
            goal.fraction,
            limit,
            self.edges,
            self.nodes,
            self.entries,
            self.units,
            costs,
        )
        return costs

    def spread(self, starts: Ints, limit: int) -> Ints:
        """Tenths from the nearest start to every node, with the traffic; `CLOSED` beyond."""
        graph = self.graph
        arcs = self.arcs[graph.by_origin]
        arcs[:, 0] = graph.ends[arcs[:, 2]]
        self._make_room(starts)
        nothing = np.empty((0, 3), dtype=np.int64)
        self._explore(starts, 0, -1, limit, nothing, 0, graph.origin_start, arcs)
        reached = self.nodes[:, 1].copy()
        self.nodes[:, 1] = CLOSED
        reached[reached > limit] = CLOSED
        return reached

    def _make_room(self, starts: Ints) -> None:
        """Buckets for starts that lie further apart than the longest edge: a ring that is shorter
        than that takes the later ones for the first and loses them."""
        apart = int(np.ptp(starts[:, 1])) if len(starts) else 0
        if apart >= len(self.buckets):
            self.buckets = np.full(1 << apart.bit_length(), -1, dtype=np.int32)

    def metres(self, goal: Goal, found: Longs) -> NDArray[np.float64]:
        """How far each unit found drives, along the way of the last search."""
        metres = np.empty(len(found))
        search_kernels.metres_of(
            goal.edge,
            goal.fraction,
            found,
            self.lengths,
            self.nodes,
            self.entries,
            self.units,
            metres,
        )
        return metres


def _absent(count: int) -> Longs:
    units = np.zeros((count, 10), dtype=np.int64)
    units[:, 0], units[:, 2:4], units[:, 7] = -1, -1, ABSENT
    return units
