"""The p-median instances of the OR-Library, read from beside the project; absent elsewhere."""

# scipy carries no types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csgraph, csr_array

from kentongan.plan.arrays import Floats

PMED = Path(__file__).parents[3] / "shared" / "vectors" / "or" / "orlib_pmed"
orlib = pytest.mark.skipif(not PMED.is_dir(), reason=f"no published instances: {PMED}")


def pmed_costs(path: Path) -> tuple[Floats, int]:
    """Shortest ways between all nodes, and how many are to be chosen. Of an edge that is listed
    twice the last one counts."""
    words = [int(word) for word in path.read_text().split()]
    nodes, edges, many = words[:3]
    length: dict[tuple[int, int], float] = {}
    for n in range(edges):
        i, j, cost = words[3 + 3 * n : 6 + 3 * n]
        length[min(i, j) - 1, max(i, j) - 1] = float(cost)
    ends = np.array(list(length))
    graph = csr_array((np.array(list(length.values())), (ends[:, 0], ends[:, 1])), (nodes, nodes))
    return np.asarray(csgraph.dijkstra(graph, directed=False), dtype=np.float64), many


def pmed_optimum(name: str, of: str = "p_median") -> float:
    """The published optimum of that problem."""
    return float(json.loads((PMED / "expected.json").read_text())[name][of])
