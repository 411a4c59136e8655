"""The nearest road by the grid is the nearest road of all, everywhere."""

import random

import numpy as np
import pytest
from geo_textbook import built, lattice

from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.network.snapping import ONE, REACH_M, Grid, fraction_at, grid_of, snap


def brute(grid: Grid, x: float, y: float, closed: np.ndarray) -> float:
    """The distance to the nearest segment of an open edge, over all of them."""
    rows = grid.segments[~closed[grid.segments[:, 6].astype(int)]]
    start, step = rows[:, :2], rows[:, 2:4] - rows[:, :2]
    long2 = np.maximum((step**2).sum(axis=1), 1e-12)
    t = np.clip((((x, y) - start) * step).sum(axis=1) / long2, 0, 1)
    return float(np.hypot(*(start + t[:, None] * step - (x, y)).T).min())


def wrong(network: RoadNetwork, queries: int, spread: float, closed_share: float) -> int:
    """How many of so many random positions are snapped elsewhere than by brute force."""
    chance, grid = random.Random(3), grid_of(network)
    closed = np.array([chance.random() < closed_share for _ in range(network.edges)])
    edges = np.zeros((network.edges, 8), dtype=np.int32)
    edges[closed, 2:4] = 1 << 30
    count = 0
    for _ in range(queries):
        at = chance.randrange(network.nodes)
        lat = float(network.node_lat[at]) + chance.gauss(0, spread)
        lon = float(network.node_lon[at]) + chance.gauss(0, spread)
        x, y = grid.metres(lat, lon)
        number, gap = snap(
            x, y, grid.plan, grid.cell_start, grid.cell_segment, grid.segments, edges, 2
        )
        nearest = brute(grid, x, y, closed)
        if nearest > REACH_M:
            count += number >= 0
        else:
            count += (
                number < 0 or abs(gap - nearest) > 1e-6 or closed[int(grid.segments[number, 6])]
            )
    return count


@pytest.mark.parametrize("spread", [0.0005, 0.01, 0.05])
@pytest.mark.parametrize("closed_share", [0.0, 0.5])
def test_snapping_is_exact(spread: float, closed_share: float) -> None:
    """Near roads, far from them and beyond reach, with half of them closed: as by brute force."""
    assert wrong(built("monaco").network, 150, spread, closed_share) == 0
    assert wrong(lattice(9, step=0.011), 100, spread, closed_share) == 0


def test_the_fraction_is_along_the_edge() -> None:
    """A position beside a known point of an edge comes to lie at that share of its length."""
    network = lattice(3)
    grid = grid_of(network)
    edges = np.zeros((network.edges, 8), dtype=np.int32)
    for edge in range(network.edges):
        (lat, lon), _, (end_lat, end_lon) = network.shape(edge)
        for share in (0.1, 0.5, 0.8):
            x, y = grid.metres(lat + share * (end_lat - lat), lon + share * (end_lon - lon))
            number, gap = snap(
                x, y, grid.plan, grid.cell_start, grid.cell_segment, grid.segments, edges, 2
            )
            assert int(grid.segments[number, 6]) == edge
            assert gap < 0.01
            assert fraction_at(x, y, grid.segments, number) == pytest.approx(share * ONE, abs=20)


def test_off_the_earth_of_the_network_there_is_nothing() -> None:
    """Far away, also by thousands of kilometres, the answer is none, at once."""
    network = lattice(3)
    grid = grid_of(network)
    edges = np.zeros((network.edges, 8), dtype=np.int32)
    for lat, lon in ((80.0, -170.0), (-6.9, 110.4), (0.05, 110.0)):
        x, y = grid.metres(lat, lon)
        number, _ = snap(
            x, y, grid.plan, grid.cell_start, grid.cell_segment, grid.segments, edges, 2
        )
        assert number == -1
