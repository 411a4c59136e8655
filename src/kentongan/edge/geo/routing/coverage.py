"""How far help reaches in so many seconds: times at every junction and along long edges.

The search runs with the traffic, from all starts at once. Junctions alone would leave holes along
long edges, so points are sampled along them. Colours, cells and polygons are the screens' affair.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.network.snapping import ONE, Grid
from kentongan.edge.geo.routing.graph import Graph
from kentongan.edge.geo.routing.kernels import CLOSED, Ints, Longs
from kentongan.edge.geo.routing.layer import Layer

SAMPLE_M: Final = 100.0
"""Points along an edge are at most this far apart, metres."""


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


def starts_from(layer: Layer, sources: Sequence[tuple[int, int]]) -> Ints:
    """The nodes that one comes to first from places (edge, fraction): node, tenths, course.

    Each node once, by its cheapest start: the search has room for as many starts as nodes, however
    many places there are.
    """
    cheapest: dict[int, tuple[int, int]] = {}
    for edge, fraction in sources:
        ends_f, ends_b, forward, backward = layer.edges[edge, :4].tolist()
        if forward < CLOSED:
            start = ((ONE - fraction) * forward >> 20, 2 * edge)
            cheapest[ends_f] = min(cheapest.get(ends_f, start), start)
        if backward < CLOSED:
            start = (fraction * backward >> 20, 2 * edge + 1)
            cheapest[ends_b] = min(cheapest.get(ends_b, start), start)
    rows = [(node, *start) for node, start in cheapest.items()]
    return np.array(rows, dtype=np.int32).reshape(-1, 3)


def cover(
    network: RoadNetwork,
    graph: Graph,
    layer: Layer,
    sources: Sequence[tuple[int, int]],
    limit: int,
    samples: Samples,
) -> Coverage:
    """Times from places on edges (edge, fraction), tenths up to the limit."""
    starts = starts_from(layer, sources)
    tenths = np.full(network.nodes, CLOSED, dtype=np.int64)
    if len(starts):
        np.minimum.at(tenths, graph.node, layer.spread(starts, limit))
    points = _along(network, layer, tenths, samples)
    for edge, fraction in sources:
        _on_own_edge(layer, edge, fraction, samples, points)
    return Coverage(
        limit_s=limit / 10,
        node_s=_seconds(tenths, limit),
        lat=np.concatenate((network.node_lat, samples.lat)),
        lon=np.concatenate((network.node_lon, samples.lon)),
        point_s=_seconds(np.concatenate((tenths, points)), limit),
        network_label=network.label,
    )


def _along(network: RoadNetwork, layer: Layer, tenths: Longs, samples: Samples) -> Longs:
    """The times of the points along edges, driven to from either end."""
    forward = layer.edges[samples.edge, 2].astype(np.int64)
    backward = layer.edges[samples.edge, 3].astype(np.int64)
    there = tenths[network.tail[samples.edge]] + (samples.fraction * forward >> 20)
    back = tenths[network.head[samples.edge]] + ((ONE - samples.fraction) * backward >> 20)
    there[forward >= CLOSED] = CLOSED
    back[backward >= CLOSED] = CLOSED
    return np.minimum(np.minimum(there, back), CLOSED)


def _on_own_edge(layer: Layer, edge: int, fraction: int, samples: Samples, points: Longs) -> None:
    """Points on the edge of a start are nearer than over its junctions."""
    first, last = np.searchsorted(samples.edge, (edge, edge + 1)).tolist()
    ahead = samples.fraction[first:last] - fraction
    forward, backward = int(layer.edges[edge, 2]), int(layer.edges[edge, 3])
    weights = np.where(ahead >= 0, np.int64(forward), np.int64(backward))
    direct = np.where(weights < CLOSED, np.abs(ahead) * weights >> 20, CLOSED)
    points[first:last] = np.minimum(points[first:last], direct)


def _seconds(tenths: Longs, limit: int) -> NDArray[np.float64]:
    return np.where(tenths <= limit, tenths / 10, np.inf)
