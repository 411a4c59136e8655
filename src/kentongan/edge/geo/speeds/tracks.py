"""A unit's track put on the roads: which pieces it drove, and how long each stretch took.

Hidden Markov matching after Newson and Krumm (2009): each position may lie on any road near it, and
of all ways the likeliest is taken, in which the roads between two positions are about as long as
the straight line. Whoever drives with a siren obeys no arrow, so directions do not count here. What
fits no road is left out and counted, never guessed. Plane geometry in the grid's metres; pure.
"""

import heapq
import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kentongan.edge.geo.network.profiles import (
    PASSING_S,
    Profile,
    Speeds,
    may_drive,
    seconds_of,
)
from kentongan.edge.geo.network.road_network import KIND_OF, RoadNetwork
from kentongan.edge.geo.network.snapping import Grid

REACH_M: Final = 40.0
"""A road farther than this from a position is not the one that was driven, metres."""

CANDIDATES_MAX: Final = 4
"""Roads considered for one position, the nearest."""

SIGMA_M: Final = 8.0
"""Standard deviation of a receiver's error across the road, metres."""

BETA_M: Final = 12.0
"""How much the road between two positions is usually longer than the straight line, metres."""

APART_M: Final = 40.0
"""Positions nearer to the one before are left out: what moves there is the receiver's noise."""

STEP_M_MAX: Final = 1_500.0
"""Nobody knows the road between two positions that are farther apart, metres."""

STEP_S_MAX: Final = 180.0
"""Longer between two positions is a pause, or a receiver that was off, seconds."""

DETOUR_M: Final = 150.0
DETOUR: Final = 1.6
"""A way longer than so much times the straight line and so many metres is none that was driven."""

_NOT_ROADS: Final = frozenset(KIND_OF[kind] for kind in PASSING_S)  # a barrier has no speed


class TrackPoint(NamedTuple):
    """Where a unit was: seconds of any clock, latitude, longitude."""

    at_s: float
    lat: float
    lon: float


class Stretch(NamedTuple):
    """What was driven of one kind of road in one step: metres, seconds, when it began, and the
    seconds that the table reckons."""

    kind: int
    metres: float
    seconds: float
    at_s: float
    reckoned_s: float


class Drove(NamedTuple):
    """A track on the roads: its stretches, and the metres that no road was found for."""

    stretches: list[Stretch]
    lost_m: float


class _Candidate(NamedTuple):
    edge: int
    fraction: float
    gap_m: float


class _Point(NamedTuple):
    at_s: float
    x: float
    y: float


Way = list[tuple[int, float]]
"""Edges and how many metres of each."""


def driving_part(track: Sequence[TrackPoint]) -> list[TrackPoint]:
    """The track without standing at both ends: from the last position near the first one to the
    first one near the last. Empty when it never left."""
    if len(track) < 2:
        return []
    first, last = track[0], track[-1]
    begin = next((n for n, one in enumerate(track) if _apart_m(first, one) > APART_M), None)
    if begin is None:
        return []
    near_last = (n for n in range(begin, len(track)) if _apart_m(track[n], last) <= APART_M)
    end = next(near_last, len(track) - 1)
    return list(track[begin - 1 : end + 1])


class RoadMatcher:
    """Puts tracks of one profile on one network."""

    def __init__(self, network: RoadNetwork, grid: Grid, profile: Profile, table: Speeds) -> None:
        self._network = network
        self._grid = grid
        self._profile = profile
        self._table = table
        self._allowed = may_drive(network, profile)
        self._lengths: list[float] = network.length_m.astype(np.float64).tolist()
        self._tails: list[int] = network.tail.tolist()
        self._heads: list[int] = network.head.tolist()
        self._kinds: list[int] = network.kind.tolist()
        self._reckoned: dict[int, list[float]] = {}
        self._start, self._links = self._linked()

    def drove(self, track: Sequence[TrackPoint], hour: int) -> Drove:
        """The stretches of a track, which was driven in that hour of the week."""
        points = self._thinned(track)
        reckoned = self._seconds(hour)
        stretches: list[Stretch] = []
        lost_m = 0.0
        for before, after, way in self._ways(points):
            if way is None:
                lost_m += math.hypot(after.x - before.x, after.y - before.y)
            else:
                stretches += self._shared(before, after, way, reckoned)
        return Drove(stretches, lost_m)

    # --- time --------------------------------------------------------------------------------

    def _seconds(self, hour: int) -> list[float]:
        """What the table reckons for each edge."""
        known = self._reckoned.get(hour)
        if known is None:
            seconds = seconds_of(self._network, self._profile, hour, self._table)
            known = self._reckoned[hour] = seconds.tolist()
        return known

    def _shared(
        self, before: _Point, after: _Point, way: Way, reckoned: Sequence[float]
    ) -> list[Stretch]:
        """A step's seconds shared among its edges as the table has it."""
        took_s = after.at_s - before.at_s
        parts = [
            (self._kinds[edge], metres, reckoned[edge] * metres / max(self._lengths[edge], 0.1))
            for edge, metres in way
            if self._kinds[edge] not in _NOT_ROADS and metres > 0
        ]
        total_s = sum(part[2] for part in parts)
        if total_s <= 0 or not 0 < took_s <= STEP_S_MAX:
            return []
        return [
            Stretch(kind, metres, took_s * share_s / total_s, before.at_s, share_s)
            for kind, metres, share_s in parts
        ]

    # --- which roads -------------------------------------------------------------------------

    def _thinned(self, track: Sequence[TrackPoint]) -> list[_Point]:
        points: list[_Point] = []
        for one in track:
            x, y = self._grid.metres(one.lat, one.lon)
            is_last = one is track[-1]
            if not points or is_last or _gap_m(points[-1], x, y) >= APART_M:
                points.append(_Point(one.at_s, x, y))
        return points

    def _ways(self, points: Sequence[_Point]) -> list[tuple[_Point, _Point, Way | None]]:
        """Each step with its way, or None where no road fits."""
        chosen: list[_Candidate | None] = []
        scores: list[float] = []
        rows: list[list[_Candidate]] = []
        backs: list[list[int]] = []
        for number, point in enumerate(points):
            row = self._candidates(point)
            step = self._step(points[number - 1], point, rows[-1], row, scores) if rows else None
            if step is None:  # a new chain begins here
                chosen += _traced(rows, backs, scores)
                rows, backs = [row], [[-1] * len(row)]
                scores = [-0.5 * (one.gap_m / SIGMA_M) ** 2 for one in row]
                continue
            scores, back = step
            rows.append(row)
            backs.append(back)
        chosen += _traced(rows, backs, scores)
        found: list[tuple[_Point, _Point, Way | None]] = []
        for number in range(1, len(points)):
            before, after = points[number - 1], points[number]
            one, other = chosen[number - 1], chosen[number]
            is_far = _gap_m(before, after.x, after.y) > STEP_M_MAX
            way = None
            if one is not None and other is not None and not is_far:
                way = self._way(one, other, _limit_m(before, after))
            found.append((before, after, way))
        return found

    def _step(
        self,
        before: _Point,
        after: _Point,
        row: Sequence[_Candidate],
        next_row: Sequence[_Candidate],
        scores: Sequence[float],
    ) -> tuple[list[float], list[int]] | None:
        """The best score of each next candidate and whom it comes from; None where none does."""
        straight = _gap_m(before, after.x, after.y)
        if not row or not next_row or straight > STEP_M_MAX:
            return None
        limit = _limit_m(before, after)
        best = [-math.inf] * len(next_row)
        back = [-1] * len(next_row)
        for at, one in enumerate(row):
            if scores[at] == -math.inf:
                continue
            reached = self._reached(one, limit)[0]
            for to, other in enumerate(next_row):
                metres = self._metres(one, other, reached)
                if metres > limit:
                    continue
                score = scores[at] - abs(metres - straight) / BETA_M
                score -= 0.5 * (other.gap_m / SIGMA_M) ** 2
                if score > best[to]:
                    best[to], back[to] = score, at
        return None if max(best) == -math.inf else (best, back)

    def _candidates(self, point: _Point) -> list[_Candidate]:
        left, bottom, cell, columns, rows = self._grid.plan.tolist()
        numbers: list[NDArray[np.int32]] = []
        low = max(0, int((point.x - REACH_M - left) // cell))
        high = min(int(columns) - 1, int((point.x + REACH_M - left) // cell))
        first = max(0, int((point.y - REACH_M - bottom) // cell))
        last = min(int(rows) - 1, int((point.y + REACH_M - bottom) // cell))
        for row in range(first, last + 1):
            if low <= high:
                start = self._grid.cell_start[row * int(columns) + low]
                end = self._grid.cell_start[row * int(columns) + high + 1]
                numbers.append(self._grid.cell_segment[start:end])
        if not numbers:
            return []
        segments = self._grid.segments[np.unique(np.concatenate(numbers))]
        segments = segments[self._allowed[segments[:, 6].astype(np.int64)]]
        return _nearest_edges(segments, point)

    # --- ways between two candidates ---------------------------------------------------------

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

    def _reached(
        self, one: _Candidate, limit: float
    ) -> tuple[dict[int, float], dict[int, tuple[int, int]]]:
        """Metres to the junctions within the limit, and the edge and junction each comes from."""
        length = self._lengths[one.edge]
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
                total = at + self._lengths[edge]
                if total < metres.get(other, limit + 1.0):
                    metres[other] = total
                    before[other] = (edge, node)
                    heapq.heappush(heap, (total, other))
        return metres, before

    def _metres(self, one: _Candidate, other: _Candidate, reached: dict[int, float]) -> float:
        if one.edge == other.edge:
            return abs(one.fraction - other.fraction) * self._lengths[one.edge]
        return min(metres for metres, _node in self._arrivals(other, reached))

    def _arrivals(
        self, other: _Candidate, reached: dict[int, float]
    ) -> tuple[tuple[float, int], tuple[float, int]]:
        length = self._lengths[other.edge]
        tail, head = self._tails[other.edge], self._heads[other.edge]
        return (
            (reached.get(tail, math.inf) + other.fraction * length, tail),
            (reached.get(head, math.inf) + (1 - other.fraction) * length, head),
        )

    def _way(self, one: _Candidate, other: _Candidate, limit: float) -> Way | None:
        """The edges between two candidates, and metres driven of each; None beyond the limit."""
        if one.edge == other.edge:
            return [(one.edge, abs(one.fraction - other.fraction) * self._lengths[one.edge])]
        reached, before = self._reached(one, limit)
        metres, node = min(self._arrivals(other, reached))
        if metres > limit:
            return None
        own = other.fraction if node == self._tails[other.edge] else 1 - other.fraction
        way: Way = [(other.edge, own * self._lengths[other.edge])]
        while node in before:
            edge, node = before[node]
            way.append((edge, self._lengths[edge]))
        share = one.fraction if node == self._tails[one.edge] else 1 - one.fraction
        way.append((one.edge, share * self._lengths[one.edge]))
        return way


def _nearest_edges(segments: NDArray[np.float64], point: _Point) -> list[_Candidate]:
    """The nearest point of each edge within reach, the nearest edges first."""
    dx, dy = segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1]
    length2 = dx * dx + dy * dy
    along = (point.x - segments[:, 0]) * dx + (point.y - segments[:, 1]) * dy
    share = np.clip(np.divide(along, length2, out=np.zeros_like(along), where=length2 > 0), 0, 1)
    off_x, off_y = segments[:, 0] + share * dx - point.x, segments[:, 1] + share * dy - point.y
    gaps = np.hypot(off_x, off_y)
    found: dict[int, _Candidate] = {}
    for at in np.argsort(gaps, kind="stable").tolist():
        if gaps[at] > REACH_M or len(found) == CANDIDATES_MAX:
            break
        edge = int(segments[at, 6])
        start, end = float(segments[at, 4]), float(segments[at, 5])
        fraction = start + float(share[at]) * (end - start)
        found.setdefault(edge, _Candidate(edge, fraction, float(gaps[at])))
    return list(found.values())


def _traced(
    rows: Sequence[Sequence[_Candidate]], backs: Sequence[Sequence[int]], scores: Sequence[float]
) -> list[_Candidate | None]:
    """The likeliest candidate of each point of a chain; None where it had none."""
    if not rows:
        return []
    if not scores:
        return [None]
    at = max(range(len(scores)), key=scores.__getitem__)
    chosen: list[_Candidate | None] = []
    for row, back in zip(reversed(rows), reversed(backs), strict=True):
        chosen.append(row[at])
        at = back[at]
    return chosen[::-1]


def _limit_m(before: _Point, after: _Point) -> float:
    return DETOUR * _gap_m(before, after.x, after.y) + DETOUR_M


def _gap_m(one: _Point, x: float, y: float) -> float:
    return math.hypot(x - one.x, y - one.y)


def _apart_m(one: TrackPoint, other: TrackPoint) -> float:
    """Metres between two near positions."""
    north = (other.lat - one.lat) * 111_195.0
    east = (other.lon - one.lon) * 111_195.0 * math.cos(math.radians(one.lat))
    return math.hypot(north, east)
