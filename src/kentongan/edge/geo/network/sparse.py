"""The graph algorithms of scipy that are used, with types: the only place that names csgraph.

`strong_parts` finds what is connected there and back, `weak_parts` what is at all, `reached_from`
where one gets; `distances` is the search for machines without a compiler. All are plain functions
of arrays. scipy is loaded by the first call: a quarter of a second that processes save which only
want to know what a vehicle may drive.
"""
# scipy carries no types:
# pyright: reportUnknownMemberType=false

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_Nodes = NDArray[np.int64] | NDArray[np.int32]


def strong_parts(nodes: int, origin: _Nodes, goal: _Nodes) -> NDArray[np.int32]:
    """The number of the strongly connected part that each node belongs to."""
    from scipy.sparse import csgraph

    graph = _graph(nodes, origin, goal)
    found = cast(
        "tuple[int, NDArray[np.int32]]",
        csgraph.connected_components(graph, directed=True, connection="strong"),
    )
    return found[1]


def weak_parts(nodes: int, origin: NDArray[np.int64], goal: NDArray[np.int64]) -> NDArray[np.int32]:
    """The number of the part that each node belongs to, whatever the directions."""
    from scipy.sparse import csgraph

    graph = _graph(nodes, origin, goal)
    found = cast(
        "tuple[int, NDArray[np.int32]]", csgraph.connected_components(graph, directed=False)
    )
    return found[1]


def reached_from(nodes: int, origin: _Nodes, goal: _Nodes, start: int) -> NDArray[np.bool_]:
    """Whether one gets to each node from `start`, which is among them."""
    from scipy.sparse import csgraph

    graph = _graph(nodes, origin, goal)
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
    from scipy.sparse import csgraph, csr_array

    nodes = len(matrix[2]) - 1
    graph = csr_array(matrix, shape=(nodes, nodes))
    return cast(
        "tuple[NDArray[np.float64], NDArray[np.int32]]",
        csgraph.dijkstra(graph, indices=start, limit=limit, return_predecessors=True),
    )


def _graph(nodes: int, origin: _Nodes, goal: _Nodes) -> "csr_array":
    from scipy.sparse import coo_array

    ones = np.ones(len(origin), dtype=np.int8)
    return coo_array((ones, (origin, goal)), shape=(nodes, nodes)).tocsr()
