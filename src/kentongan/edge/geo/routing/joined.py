"""Which open roads hang together with the rest: a road that nobody gets to is no place to drive to.

Water leaves the bridge over it open, and a street behind its only shut access is open itself: both
are cut off. What most of the roads lead to is worked out anew when the roads have changed, for a
profile, with its turns.
"""

import numpy as np

from kentongan.edge.geo.network.sparse import reached_from, strong_parts
from kentongan.edge.geo.routing.graph import Graph
from kentongan.edge.geo.routing.kernels import CLOSED, Ints


def joined(graph: Graph, arcs: Ints) -> Ints:
    """A row for each edge, as `snapping.snap` reads weights: twice 0 for what the largest part of
    the open roads leads to, twice `CLOSED` for the rest."""
    is_open = arcs[:, 1] < CLOSED
    origin, course = graph.origin[is_open], graph.course[is_open]
    ends = graph.ends[course]
    part = strong_parts(graph.nodes, origin, ends)
    largest = int(np.bincount(part).argmax())
    is_reached = reached_from(graph.nodes, origin, ends, int((part == largest).argmax()))
    found = np.full((len(graph.ends) // 2, 2), CLOSED, dtype=np.int32)
    found[course[is_reached[origin]] >> 1] = 0
    return found
