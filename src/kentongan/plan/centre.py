"""Where P facilities should be so that nobody is far from the nearest one (p-centre).

    minimise  the largest, over cells, of the cost to the nearest open site

Exact: only the costs that occur can be the answer, and whether one of them is enough is a set
covering problem (Minieka's reduction). The costs between a greedy plan and its half are halved
until one is left; HiGHS says of each whether P sites reach everybody. Costs are whatever is given,
usually seconds.
"""

from typing import Final

import numpy as np
from msgspec import Struct
from scipy.sparse import csr_array

from kentongan.plan.arrays import Flags, Floats, Whole
from kentongan.plan.median import SITES_MAX
from kentongan.plan.whole_numbers import Rows, solve

SECONDS: Final = 30.0
"""For one question to HiGHS."""


class Centre(Struct, frozen=True, eq=False, kw_only=True):
    """Open sites in order, at most P of them, and the largest cost to the nearest. No plan comes
    below `bound`: the same where the plan is proved to be the best."""

    sites: Whole
    cost: float
    bound: float


def p_centre(cost: Floats, open_count: int, seconds: float = SECONDS) -> Centre:
    """The best plan for `cost[site, cell]`; `ValueError` for what is no problem."""
    sites = cost.shape[0]
    if not 1 <= open_count <= sites <= SITES_MAX or not cost.size or not np.isfinite(cost).all():
        raise ValueError(f"{open_count} of {sites} sites for costs {cost.shape}, all finite")
    best = _farthest_first(cost, open_count)
    value = _farthest(cost, best)
    known = np.unique(cost)
    known = known[(known <= value) & (known >= cost.min(axis=0).max())]
    low, high, bound = 0, len(known) - 1, float(known[0])
    while low < high:
        middle = (low + high) // 2
        found, is_sure = _cover(cost <= known[middle], open_count, seconds)
        if found is not None:
            best, high = found, middle
            continue
        low = middle + 1
        if is_sure:
            bound = float(known[low])
    value = _farthest(cost, best)
    return Centre(sites=np.sort(best), cost=value, bound=min(bound, value))


def _farthest(cost: Floats, chosen: Whole) -> float:
    return float(cost[chosen].min(axis=0).max())


def _farthest_first(cost: Floats, open_count: int) -> Whole:
    """Each time the site that is nearest to the cell that is worst off."""
    chosen = [int(cost.max(axis=1).argmin())]
    while len(chosen) < open_count:
        worst = int(cost[chosen].min(axis=0).argmax())
        chosen.append(int(cost[:, worst].argmin()))
    return np.array(chosen, dtype=np.int64)


def _cover(reached: Flags, open_count: int, seconds: float) -> tuple[Whole | None, bool]:
    """So many sites that reach every cell, or None and whether there certainly are none."""
    sites = int(reached.shape[0])
    each: Floats = np.ones(sites)
    every = csr_array(reached.T.astype(np.float64))
    found = solve(each, each, each, (Rows(every, 1, np.inf),), seconds, 0.0)
    if found.values is not None and round(found.cost) <= open_count:
        return np.flatnonzero(found.values[:sites] > 0.5), True
    return None, found.bound is not None and found.bound > open_count + 1e-6
