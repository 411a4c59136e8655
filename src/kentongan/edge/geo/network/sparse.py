"""The graph algorithms of scipy that are used, with types: the only place that names csgraph.

`strong_parts` finds what is connected there and back, `weak_parts` what is at all, `reached_from`
where one gets; `distances` is the search for machines without a compiler. All are plain functions
of arrays.
"""
# scipy carries no types:
# pyright: reportUnknownMemberType=false

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csgraph, csr_array

_Nodes = NDArray[np.int64] | NDArray[np.int32]


def strong_parts(nodes: int, origin: _Nodes, goal: _Nodes) -> NDArray[np.int32]:
    """The number of the strongly connected part that each node belongs to."""
    ones = np.ones(len(origin), dtype=np.int8)
    graph = coo_array((ones, (origin, goal)), shape=(nodes, nodes)).tocsr()
    found = cast(
        "tuple[int, NDArray[np.int32]]",
        csgraph.connected_components(graph, directed=True, connection="strong"),
    )
    return found[1]


def weak_parts(nodes: int, origin: NDArray[np.int64], goal: NDArray[np.int64]) -> NDArray[np.int32]:
    """The number of the part that each node belongs to, whatever the directions."""
    ones = np.ones(len(origin), dtype=np.int8)
    graph = coo_array((ones, (origin, goal)), shape=(nodes, nodes)).tocsr()
    found = cast(
        "tuple[int, NDArray[np.int32]]", csgraph.connected_components(graph, directed=False)
    )
    return found[1]


def reached_from(nodes: int, origin: _Nodes, goal: _Nodes, start: int) -> NDArray[np.bool_]:
    """Whether one gets to each node from `start`, which is among them."""
    ones = np.ones(len(origin), dtype=np.int8)
    graph = coo_array((ones, (origin, goal)), shape=(nodes, nodes)).tocsr()
    order = cast(
        "NDArray[np.int32]",
        csgraph.breadth_first_order(graph, start, return_predecessors=False),
    )
    is_reached = np.zeros(nodes, dtype=np.bool_)
    is_reached[order] = True
    return is_reached


def distances(
    matrix: tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]],
    start: int,
    limit: float,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Distance from `start` and predecessor of every node of a CSR matrix (data, columns, rows).

    Beyond `limit` the distance is infinite; the predecessor is negative where there is none.
    """
    nodes = len(matrix[2]) - 1
    graph = csr_array(matrix, shape=(nodes, nodes))
    return cast(
        "tuple[NDArray[np.float64], NDArray[np.int32]]",
        csgraph.dijkstra(graph, indices=start, limit=limit, return_predecessors=True),
    )
