"""A way to draw: the polylines of the edges that a search chose, cut at both ends.

It also proves the search: the tenths of its pieces add up to what was reported.
"""

import itertools
from typing import NamedTuple

from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.network.snapping import ONE, Grid
from kentongan.edge.geo.routing.layer import Goal, Layer


class Stretch(NamedTuple):
    """A part of a course, driven from one fraction of its edge to the other (0…ONE)."""

    course: int
    start: int
    end: int

    @property
    def edge(self) -> int:
        """The edge."""
        return self.course >> 1


def stretches(layer: Layer, goal: Goal, unit: int, entry: int) -> list[Stretch]:
    """What a unit found by the last search drives, in order."""
    edge, fraction = int(layer.units[unit, 0]), int(layer.units[unit, 1])
    own = 2 * edge + (entry & 1)  # entries end in 1 backward, also -1 on the goal's own edge
    if entry < 0:
        return [Stretch(own, fraction, goal.fraction)]
    ways = [Stretch(own, fraction, _end(own))]
    node = int(layer.entries[entry, 2])
    while int(layer.nodes[node, 2]) >= 0:
        course = int(layer.nodes[node, 3])
        ways.append(Stretch(course, ONE - _end(course), _end(course)))
        node = int(layer.nodes[node, 2])
    course = int(layer.nodes[node, 3])
    ways.append(Stretch(course, ONE - _end(course), goal.fraction))
    return ways


def _end(course: int) -> int:
    """The fraction at which a course ends."""
    return 0 if course & 1 else ONE


def points(network: RoadNetwork, grid: Grid, ways: list[Stretch]) -> list[tuple[float, float]]:
    """The positions (lat, lon) along the stretches, without repetitions."""
    line: list[tuple[float, float]] = []
    for stretch in ways:
        for point in _part(network, grid, stretch):
            if not line or line[-1] != point:
                line.append(point)
    return line


def _part(network: RoadNetwork, grid: Grid, stretch: Stretch) -> list[tuple[float, float]]:
    """The polyline of a stretch, in its direction."""
    shape = network.shape(stretch.edge)
    low, high = sorted((stretch.start / ONE, stretch.end / ONE))
    steps = [0.0]
    for (lat, lon), (next_lat, next_lon) in itertools.pairwise(shape):
        east, north = (next_lon - lon) * grid.kx, (next_lat - lat) * grid.ky
        steps.append(steps[-1] + (east * east + north * north) ** 0.5)
    total = steps[-1] or 1.0
    at = [step / total for step in steps]
    inner = [point for point, share in zip(shape, at, strict=True) if low < share < high]
    line = [_between(shape, at, low), *inner, _between(shape, at, high)]
    return line if stretch.start <= stretch.end else line[::-1]


def _between(
    shape: list[tuple[float, float]], at: list[float], share: float
) -> tuple[float, float]:
    """The point of a polyline at that share of its length."""
    for number in range(1, len(at)):
        if share <= at[number]:
            width = at[number] - at[number - 1]
            along = (share - at[number - 1]) / width if width > 0 else 0.0
            (lat, lon), (next_lat, next_lon) = shape[number - 1], shape[number]
            if along >= 1.0:
                return shape[number]
            return lat + along * (next_lat - lat), lon + along * (next_lon - lon)
    return shape[-1]
