"""The grid finds the node that looking at every one would find, ties and edges included."""

from collections.abc import Callable

import numpy as np
import pytest

from kentongan.plan.arrays import Floats, Whole
from kentongan.plan.twin.nearest import CELLS, grid_of

Nodes = Callable[[np.random.Generator], tuple[Floats, Floats]]


def _scattered(chance: np.random.Generator) -> tuple[Floats, Floats]:
    return chance.random(200) * 15_000, chance.random(200) * 9_000


def _crowded(chance: np.random.Generator) -> tuple[Floats, Floats]:
    """A dense middle, as of a city, and a few posts far out; some stand on one another."""
    x = np.concatenate((chance.normal(0, 50, 150), chance.normal(0, 9_000, 20), np.zeros(5)))
    return x, np.concatenate((chance.normal(0, 50, 150), chance.normal(0, 9_000, 20), np.zeros(5)))


def _lattice(_chance: np.random.Generator) -> tuple[Floats, Floats]:
    """Where many points are equally far from two or four."""
    x, y = np.meshgrid(np.arange(12.0), np.arange(12.0))
    return x.ravel(), y.ravel()


def _line(chance: np.random.Generator) -> tuple[Floats, Floats]:
    return chance.random(40), np.full(40, 3.0)


def _one(_chance: np.random.Generator) -> tuple[Floats, Floats]:
    return np.array([2.0]), np.array([5.0])


@pytest.mark.parametrize("nodes", [_scattered, _crowded, _lattice, _line, _one])
def test_the_grid_finds_what_looking_at_all_finds(nodes: Nodes) -> None:
    """Points between any two nodes, both ends included, and on the edges of cells."""
    chance = np.random.default_rng(7)
    x, y = nodes(chance)
    grid = grid_of(x, y)
    start, end = chance.integers(0, len(x), (2, 2_000))
    share = chance.choice([0.0, 0.25, 0.5, 1.0, 1 / 3, 0.7], 2_000)
    at_x, at_y = x[start] + share * (x[end] - x[start]), y[start] + share * (y[end] - y[start])
    for one_x, one_y in zip(at_x.tolist(), at_y.tolist(), strict=True):
        column = min(max(int((one_x - grid.left) * grid.per_x), 0), CELLS - 1)
        row = min(max(int((one_y - grid.bottom) * grid.per_y), 0), CELLS - 1)
        cell = row * CELLS + column
        few: Whole = grid.nodes[grid.first[cell] : grid.first[cell + 1]]
        far = (x - one_x) ** 2 + (y - one_y) ** 2
        assert int(few[np.argmin(far[few])]) == int(np.argmin(far))
    if len(x) > 100:
        assert len(grid.nodes) < 0.25 * CELLS * CELLS * len(x)
