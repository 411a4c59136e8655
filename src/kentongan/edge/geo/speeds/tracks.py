"""A unit's track put on the roads: which pieces it drove, and how long each stretch took.

Hidden Markov matching after Newson and Krumm (2009): each position may lie on any road near it, and
of all ways the likeliest is taken, in which the roads between two positions are about as long as
the straight line. Whoever drives with a siren obeys no arrow, so directions do not count here. What
fits no road is left out and counted, never guessed. Plane geometry in the grid's metres; pure.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from kentongan.edge.geo.network.profiles import (
    PASSING_S,
    Profile,
    Speeds,
    seconds_of,
)
from kentongan.edge.geo.network.road_network import KIND_OF, RoadNetwork
from kentongan.edge.geo.network.snapping import Grid
from kentongan.edge.geo.speeds.links import Candidate, Links, Way

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


class _Point(NamedTuple):
    at_s: float
    x: float
    y: float


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
        self._links = Links(network, grid, profile)
        self._profile = profile
        self._table = table
        self._kinds: list[int] = network.kind.tolist()
        self._reckoned: dict[bytes, list[float]] = {}

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
        """What the table reckons for each edge; kept once for all hours of the same speeds."""
        speeds = self._table.at(self._profile, hour).tobytes()
        known = self._reckoned.get(speeds)
        if known is None:
            seconds = seconds_of(self._network, self._profile, hour, self._table)
            known = self._reckoned[speeds] = seconds.tolist()
        return known

    def _shared(
        self, before: _Point, after: _Point, way: Way, reckoned: Sequence[float]
    ) -> list[Stretch]:
        """A step's seconds shared among its edges as the table has it."""
        took_s = after.at_s - before.at_s
        parts = [
            (
                self._kinds[edge],
                metres,
                reckoned[edge] * metres / max(self._links.lengths[edge], 0.1),
            )
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
        chosen: list[Candidate | None] = []
        scores: list[float] = []
        rows: list[list[Candidate]] = []
        backs: list[list[int]] = []
        for number, point in enumerate(points):
            row = self._links.near(point.x, point.y)
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
                way = self._links.way(one, other, _limit_m(before, after))
            found.append((before, after, way))
        return found

    def _step(
        self,
        before: _Point,
        after: _Point,
        row: Sequence[Candidate],
        next_row: Sequence[Candidate],
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
            reached = self._links.reached(one, limit)[0]
            for to, other in enumerate(next_row):
                metres = self._links.metres(one, other, reached)
                if metres > limit:
                    continue
                score = scores[at] - abs(metres - straight) / BETA_M
                score -= 0.5 * (other.gap_m / SIGMA_M) ** 2
                if score > best[to]:
                    best[to], back[to] = score, at
        return None if max(best) == -math.inf else (best, back)


def _traced(
    rows: Sequence[Sequence[Candidate]], backs: Sequence[Sequence[int]], scores: Sequence[float]
) -> list[Candidate | None]:
    """The likeliest candidate of each point of a chain; None where it had none."""
    if not rows:
        return []
    if not scores:
        return [None]
    at = max(range(len(scores)), key=scores.__getitem__)
    chosen: list[Candidate | None] = []
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
