"""What scipy does for a synthetic city, with types: nearest places, neighbours, shortest ways."""
# scipy carries no types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportAttributeAccessIssue=false, reportUnknownArgumentType=false

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csgraph, csr_array
from scipy.spatial import Delaunay, cKDTree

from kentongan.edge.geo.synthetic.plane import Places

Pairs = NDArray[np.int64]
"""n rows of two numbers, the smaller first."""


class Near:
    """Places that are asked which of them is nearest."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self._tree = cKDTree(places)

    def nearest(
        self, places: Places, within_m: float = np.inf
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """For each place how far the nearest is, and its number; infinite beyond the limit."""
        away, found = self._tree.query(places, distance_upper_bound=within_m)
        return np.asarray(away, np.float64), np.asarray(found, np.int64)

    def some(
        self, place: Places, count: int, within_m: float = np.inf
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The nearest of one place, at most `count` and nearest first."""
        away, found = self._tree.query(place, k=count, distance_upper_bound=within_m)
        away, found = np.atleast_1d(away), np.atleast_1d(found)
        known = np.isfinite(away)
        return np.asarray(away[known], np.float64), np.asarray(found[known], np.int64)


def touching(places: Places) -> Pairs:
    """Pairs of places that share a side in the Delaunay triangulation."""
    triangles = np.asarray(Delaunay(places).simplices)
    sides = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    return np.unique(np.sort(sides, axis=1), axis=0).astype(np.int64)


def holding_together(pairs: Pairs, lengths: NDArray[np.float64], size: int) -> Pairs:
    """The pairs of the shortest tree that connects all."""
    tree = csgraph.minimum_spanning_tree(_graph(pairs, lengths, size))
    rows, columns = tree.nonzero()
    return np.sort(np.stack([rows, columns], axis=1), axis=1).astype(np.int64)


def ways_from(
    starts: list[int], pairs: Pairs, lengths: NDArray[np.float64], size: int
) -> NDArray[np.int32]:
    """For each start a row with the place before each on the shortest way, negative for none."""
    found = csgraph.dijkstra(_graph(pairs, lengths, size), indices=starts, return_predecessors=True)
    return cast("NDArray[np.int32]", found[1])


def _graph(pairs: Pairs, lengths: NDArray[np.float64], size: int) -> csr_array:
    both = np.vstack([pairs, pairs[:, ::-1]])
    return csr_array((np.tile(lengths, 2), (both[:, 0], both[:, 1])), shape=(size, size))
