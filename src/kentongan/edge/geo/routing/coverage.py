"""How far help reaches in so many seconds: times at every junction and along long edges.

Counted as an arrival is: turnout, the drive from where a start is (not from its road alone), and
the last metres on foot, so that who is told to be within eight minutes gets help within eight
minutes. The search runs with the traffic, from all starts at once. Junctions alone would leave
holes along long edges, so points are sampled along them; those that the profile cannot drive to (a
gang for an engine, a road under water) are walked to from the nearest road that it drives, as far
as an arrival is promised on foot. Who stands nearer to such a point than the road does walks there
straight, as in an arrival (`question`). Colours, cells and polygons are the screens' affair.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.core.travel_times import WALK_M_S, WALK_PROMISED_M
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.network.snapping import ONE, Grid
from kentongan.edge.geo.routing.graph import Graph
from kentongan.edge.geo.routing.kernels import CLOSED, Ints, Longs
from kentongan.edge.geo.routing.layer import Layer

SAMPLE_M: Final = 100.0
"""Points along an edge are at most this far apart, metres."""


class Walks(NamedTuple):
    """Points that a profile does not drive to, by their number among junctions and samples, and
    from where on the roads they are walked to: edge, fraction, tenths of a second. A point that
    some roads lead near to and most do not is there twice. `apart` are points that are on no open
    road, each with where it is (`apart_x`, `apart_y`) and how far off the nearest one, metres."""

    point: Longs
    edge: Longs
    fraction: Longs
    tenths: Longs
    apart: Longs
    apart_x: NDArray[np.float64]
    apart_y: NDArray[np.float64]
    apart_m: NDArray[np.float64]


class Source(NamedTuple):
    """A start: edge, fraction, and tenths until it is on the road (turnout, the way to it); where
    one whose own road is open stands, in the grid's metres, and tenths of turnout alone."""

    edge: int
    fraction: int
    tenths: int
    x: float = math.inf
    y: float = math.inf
    turnout: int = 0


class Samples(Struct, frozen=True, kw_only=True, eq=False):
    """Points along the edges of a network: where they are, on which edge, how far along."""

    edge: Longs
    fraction: Longs
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]


class Coverage(Struct, frozen=True, kw_only=True, eq=False):
    """Seconds from the nearest start, infinite beyond the limit: at the network's junctions
    (`node_s`, in their order) and at points of the roads (`lat`, `lon`, `point_s`)."""

    limit_s: float
    node_s: NDArray[np.float64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    point_s: NDArray[np.float64]
    network_label: str


def samples_of(network: RoadNetwork, grid: Grid) -> Samples:
    """Points along every edge that is longer than two steps."""
    counts = np.maximum(np.ceil(network.length_m / SAMPLE_M).astype(np.int64) - 1, 0)
    edge = np.repeat(np.arange(network.edges), counts)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = (number + 1) / (counts[edge] + 1)
    rows = grid.segments
    at = np.searchsorted(rows[:, 6] + rows[:, 4], edge + share, side="right") - 1
    width = rows[at, 5] - rows[at, 4]
    along = np.divide(share - rows[at, 4], width, out=np.zeros_like(share), where=width > 0)
    x = rows[at, 0] + along * (rows[at, 2] - rows[at, 0])
    y = rows[at, 1] + along * (rows[at, 3] - rows[at, 1])
    return Samples(
        edge=edge, fraction=np.rint(share * ONE).astype(np.int64), lat=y / grid.ky, lon=x / grid.kx
    )


def walks_of(network: RoadNetwork, grid: Grid, layer: Layer, samples: Samples) -> Walks:
    """The points that this layer's profile has to walk to as the roads are shut now: from the
    nearest open road, and where most of the roads do not lead to that, from one that they do."""
    is_open = (layer.edges[:, 2] < CLOSED) | (layer.edges[:, 3] < CLOSED)
    is_joined = layer.joined[:, 0] < CLOSED
    lat = np.concatenate((network.node_lat, samples.lat))
    lon = np.concatenate((network.node_lon, samples.lon))
    places = np.stack((lon * grid.kx, lat * grid.ky), axis=1)
    point = np.flatnonzero(~_on(network, samples, is_open))
    first = layer.goals_at(places[point], are_joined=False)
    has_road = first[0] >= 0
    apart, apart_m = point[has_road], np.asarray(first[2], dtype=np.float64)[has_road]
    is_met = _on(network, samples, is_joined)
    is_met[point] = (first[0] >= 0) & is_joined[first[0]]
    unmet = np.flatnonzero(~is_met)
    second = layer.goals_at(places[unmet], are_joined=True)
    point = np.concatenate((point, unmet))
    edge = np.concatenate((first[0], second[0]))
    fraction = np.concatenate((first[1], second[1]))
    gap_m = np.concatenate((first[2], second[2]))
    is_near = (edge >= 0) & (gap_m <= WALK_PROMISED_M)
    tenths = np.ceil(gap_m[is_near] * 10 / WALK_M_S).astype(np.int64)
    x, y = places[apart].T
    return Walks(point[is_near], edge[is_near], fraction[is_near], tenths, apart, x, y, apart_m)


def _on(network: RoadNetwork, samples: Samples, is_meant: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which junctions and samples lie on edges that are meant."""
    nodes = np.zeros(network.nodes, dtype=np.bool_)
    for ends in (network.tail, network.head):
        nodes[ends[is_meant]] = True
    return np.concatenate((nodes, is_meant[samples.edge]))


def starts_from(layer: Layer, sources: Sequence[Source]) -> Ints:
    """The nodes that one comes to first from those places: node, tenths, course.

    Each node once, by its cheapest start: the search has room for as many starts as nodes, however
    many places there are.
    """
    cheapest: dict[int, tuple[int, int]] = {}
    for edge, fraction, before, *_ in sources:
        ends_f, ends_b, forward, backward = layer.edges[edge, :4].tolist()
        if forward < CLOSED:
            start = (before + ((ONE - fraction) * forward >> 20), 2 * edge)
            cheapest[ends_f] = min(cheapest.get(ends_f, start), start)
        if backward < CLOSED:
            start = (before + (fraction * backward >> 20), 2 * edge + 1)
            cheapest[ends_b] = min(cheapest.get(ends_b, start), start)
    rows = [(node, *start) for node, start in cheapest.items()]
    return np.array(rows, dtype=np.int32).reshape(-1, 3)


def cover(
    network: RoadNetwork,
    graph: Graph,
    layer: Layer,
    sources: Sequence[Source],
    limit: int,
    samples: Samples,
    walks: Walks,
) -> Coverage:
    """Times from places on edges, tenths up to the limit."""
    starts = starts_from(layer, sources)
    tenths = np.full(network.nodes, CLOSED, dtype=np.int64)
    if len(starts):
        np.minimum.at(tenths, graph.node, layer.spread(starts, limit))
    points = _along(network, layer, tenths, samples.edge, samples.fraction)
    ends = _along(network, layer, tenths, walks.edge, walks.fraction)
    for edge, fraction, before, *_ in sources:
        first, last = np.searchsorted(samples.edge, (edge, edge + 1)).tolist()
        own = slice(first, last)
        direct = before + _direct(layer, edge, samples.fraction[own] - fraction)
        points[own] = np.minimum(points[own], direct)
        beside = np.flatnonzero(walks.edge == edge)
        direct = before + _direct(layer, edge, walks.fraction[beside] - fraction)
        ends[beside] = np.minimum(ends[beside], direct)
    every = np.concatenate((tenths, points))
    np.minimum.at(every, walks.point, ends + walks.tenths)
    _go_straight(every, sources, walks)
    return Coverage(
        limit_s=limit / 10,
        node_s=_seconds(every[: network.nodes], limit),
        lat=np.concatenate((network.node_lat, samples.lat)),
        lon=np.concatenate((network.node_lon, samples.lon)),
        point_s=_seconds(every, limit),
        network_label=network.label,
    )


def _go_straight(every: Longs, sources: Sequence[Source], walks: Walks) -> None:
    """Whoever stands nearer to a point than the road does is not sent to that road and back."""
    for one in sources:
        near = np.flatnonzero(
            (np.abs(walks.apart_x - one.x) <= WALK_PROMISED_M)
            & (np.abs(walks.apart_y - one.y) <= WALK_PROMISED_M)
        )
        metres = np.hypot(walks.apart_x[near] - one.x, walks.apart_y[near] - one.y)
        is_nearer = (metres < walks.apart_m[near]) & (metres <= WALK_PROMISED_M)
        tenths = one.turnout + np.ceil(metres[is_nearer] * 10 / WALK_M_S).astype(np.int64)
        np.minimum.at(every, walks.apart[near[is_nearer]], tenths)


def _along(
    network: RoadNetwork, layer: Layer, tenths: Longs, edge: Longs, fraction: Longs
) -> Longs:
    """The times of points along edges, driven to from either end."""
    forward = layer.edges[edge, 2].astype(np.int64)
    backward = layer.edges[edge, 3].astype(np.int64)
    there = tenths[network.tail[edge]] + (fraction * forward >> 20)
    back = tenths[network.head[edge]] + ((ONE - fraction) * backward >> 20)
    there[forward >= CLOSED] = CLOSED
    back[backward >= CLOSED] = CLOSED
    return np.minimum(np.minimum(there, back), CLOSED)


def _direct(layer: Layer, edge: int, ahead: Longs) -> Longs:
    """Along the edge of a start, so much of it ahead or behind: nearer than over its junctions."""
    forward, backward = int(layer.edges[edge, 2]), int(layer.edges[edge, 3])
    weights = np.where(ahead >= 0, np.int64(forward), np.int64(backward))
    return np.where(weights < CLOSED, np.abs(ahead) * weights >> 20, CLOSED)


def _seconds(tenths: Longs, limit: int) -> NDArray[np.float64]:
    return np.where(tenths <= limit, tenths / 10, np.inf)
