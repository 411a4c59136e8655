"""The network as the search sees it: directed edges as arcs, junctions with restricted turns split.

A *course* is an edge in one direction: 2·edge forward, 2·edge + 1 backward. Where a turn out of an
edge is restricted, that edge ends in a copy of the junction of its own; the copy has all ways out
of the junction, and those that are not allowed carry the bits of the profiles that they bind. Only
restricted junctions are split, so the graph stays as small as the city.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.edge.geo.network.road_network import EdgeFlag, RoadNetwork


class Graph(Struct, frozen=True, kw_only=True, eq=False):
    """Arcs in the order of the junction they lead *to*; the search runs against the traffic.

    Arc a leads from `origin[a]` along `course[a]`; those into junction x are
    `start[x]:start[x + 1]`. `binds[a]` are the profiles that may not take it. `ends[c]` is where
    course c ends. The arcs of course c are `course_arcs[course_start[c]:course_start[c + 1]]`.
    `by_origin` sorts the arcs by where they begin, for searches with the traffic; `node` is the
    junction of the network that each node is, or is a copy of.
    """

    nodes: int
    start: NDArray[np.int32]
    origin: NDArray[np.int32]
    course: NDArray[np.int32]
    binds: NDArray[np.uint8]
    ends: NDArray[np.int32]
    course_start: NDArray[np.int32]
    course_arcs: NDArray[np.int32]
    by_origin: NDArray[np.int32]
    origin_start: NDArray[np.int32]
    node: NDArray[np.int32]

    @property
    def arcs(self) -> int:
        """How many arcs."""
        return len(self.origin)


class _Copy(NamedTuple):
    """A copy of a junction for who comes out of one edge; what is restricted there, for whom."""

    node: int
    number: int
    binds: Mapping[int, int]


def graph_of(network: RoadNetwork) -> Graph:
    """Build it, with every direction that some profile may drive in some setting."""
    copies = _copies(network)
    ends = np.empty(2 * network.edges, dtype=np.int32)
    ends[0::2], ends[1::2] = network.head, network.tail
    for (edge, node), copy in copies.items():
        ends[2 * edge + (0 if int(network.head[edge]) == node else 1)] = copy.number
    against = (network.flags & EdgeFlag.CONTRAFLOW_OK) != 0
    used = np.empty(2 * network.edges, dtype=np.bool_)
    used[0::2] = ((network.flags & EdgeFlag.FORWARD) != 0) | against
    used[1::2] = ((network.flags & EdgeFlag.BACKWARD) != 0) | against
    begins = np.empty(2 * network.edges, dtype=np.int32)
    begins[0::2], begins[1::2] = network.tail, network.head
    course = np.flatnonzero(used).astype(np.int32)
    more = _from_copies(copies, begins, course)
    origin = np.concatenate((begins[course], more[:, 0])).astype(np.int32)
    binds = np.concatenate((np.zeros(len(course)), more[:, 2])).astype(np.uint8)
    course = np.concatenate((course, more[:, 1])).astype(np.int32)
    order = np.lexsort((course, origin, ends[course]))
    nodes = network.nodes + len(copies)
    numbers = np.arange(nodes, dtype=np.int32)
    numbers[network.nodes :] = [copy.node for copy in copies.values()]
    return _sorted(nodes, origin[order], course[order], binds[order], ends, numbers)


def _sorted(
    nodes: int,
    origin: NDArray[np.int32],
    course: NDArray[np.int32],
    binds: NDArray[np.uint8],
    ends: NDArray[np.int32],
    numbers: NDArray[np.int32],
) -> Graph:
    """The indexes over arcs that are already in order."""
    return Graph(
        nodes=nodes,
        start=_starts(ends[course], nodes),
        origin=origin,
        course=course,
        binds=binds,
        ends=ends,
        course_start=_starts(course, len(ends)),
        course_arcs=np.argsort(course, kind="stable").astype(np.int32),
        by_origin=np.argsort(origin, kind="stable").astype(np.int32),
        origin_start=_starts(origin, nodes),
        node=numbers,
    )


def _copies(network: RoadNetwork) -> dict[tuple[int, int], _Copy]:
    """One copy of the junction for each edge into it that has a restricted turn."""
    binding: defaultdict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    rows: list[list[int]] = network.restricted.tolist()
    for (into, node, out), binds in zip(rows, network.restricted_for.tolist(), strict=True):
        binding[into, node][out] = binds
    return {
        (edge, node): _Copy(node, network.nodes + number, outs)
        for number, ((edge, node), outs) in enumerate(binding.items())
    }


def _from_copies(
    copies: Mapping[tuple[int, int], _Copy],
    begins: NDArray[np.int32],
    courses: NDArray[np.int32],
) -> NDArray[np.int64]:
    """The arcs out of copies: origin, course, whom it binds."""
    wanted = {copy.node for copy in copies.values()}
    leaving: defaultdict[int, list[int]] = defaultdict(list)
    for course in courses[np.isin(begins[courses], list(wanted))].tolist():
        leaving[int(begins[course])].append(course)
    rows = [
        (copy.number, course, copy.binds.get(course >> 1, 0))
        for copy in copies.values()
        for course in leaving[copy.node]
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _starts(values: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """Where the run of each value begins in the sorted values."""
    counts = np.bincount(values, minlength=size)
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
