"""Where P facilities should be so that the way to the nearest is short on average (p-median).

    minimise  sum over cells of demand x cost to the nearest open site

Interchange after Teitz and Bart with the bookkeeping of Whitaker and of Resende and Werneck: one
round over all pairs (close one, open another) costs as much as reading the matrix once. It starts
from the greedy plan and then from shaken ones. Costs are whatever is given, usually seconds.
"""

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.plan.arrays import Floats, Whole

SHAKES: Final = 24
"""Shaken restarts after the first descent."""

SHAKEN: Final = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Shares of the open sites that a restart moves, in turn: near plans first, then far ones."""

SITES_MAX: Final = 5_000
BETTER: Final = 1e-9


class Chosen(Struct, frozen=True, eq=False, kw_only=True):
    """Open sites in order, and the total cost."""

    sites: Whole
    cost: float


def p_median(
    cost: Floats, demand: Floats, open_count: int, chance: np.random.Generator, shakes: int = SHAKES
) -> Chosen:
    """The best plan found for `cost[site, cell]`; `ValueError` for what is no problem."""
    sites = cost.shape[0]
    if not 1 <= open_count <= sites <= SITES_MAX or cost.shape[1] != len(demand):
        raise ValueError(f"{open_count} of {sites} sites, {len(demand)} weights for {cost.shape}")
    if not np.isfinite(cost).all() or not np.isfinite(demand).all():
        raise ValueError("costs and weights are finite")
    weighted = cost * demand
    best = _descend(weighted, _greedy(weighted, open_count))
    value = _value(weighted, best)
    for turn in range(shakes if open_count < sites else 0):
        share = SHAKEN[turn % len(SHAKEN)]
        found = _descend(weighted, _shaken(best, sites, share, chance))
        other = _value(weighted, found)
        if other < value - BETTER:
            best, value = found, other
    return Chosen(sites=np.sort(best), cost=value)


def _value(cost: Floats, chosen: Whole) -> float:
    return float(cost[chosen].min(axis=0).sum())


def _greedy(cost: Floats, open_count: int) -> Whole:
    chosen: list[int] = []
    nearest = np.full(cost.shape[1], np.inf)
    for _ in range(open_count):
        left = np.minimum(cost, nearest).sum(axis=1)
        left[chosen] = np.inf
        chosen.append(int(np.argmin(left)))
        nearest = np.minimum(nearest, cost[chosen[-1]])
    return np.array(chosen)


def _shaken(chosen: Whole, sites: int, share: float, chance: np.random.Generator) -> Whole:
    found = chosen.copy()
    others = np.setdiff1d(np.arange(sites), chosen)
    many = min(max(1, round(len(chosen) * share)), len(others))
    places = chance.choice(len(chosen), size=many, replace=False)
    found[places] = chance.choice(others, size=many, replace=False)
    return found


def _descend(cost: Floats, chosen: Whole) -> Whole:
    """Exchange the best pair until none helps."""
    found = chosen.copy()
    while True:
        first, near, far = _two_nearest(cost[found])
        # opening a site saves where it is nearer; closing one costs the way to the second, but no
        # more than the way to the opened one
        saved = np.maximum(near - cost, 0).sum(axis=1)
        closing = np.bincount(first, far - near, len(found))
        kept = np.maximum(far - np.maximum(cost, near), 0)
        both = _by_group(kept, first, len(found))
        gain = saved[:, None] - closing[None, :] + both
        gain[found] = -np.inf
        at = np.unravel_index(int(np.argmax(gain)), gain.shape)
        if gain[at] <= BETTER:
            return found
        found[at[1]] = at[0]


def _two_nearest(costs: Floats) -> tuple[Whole, Floats, Floats]:
    """The nearest open site of each cell, its cost, and that of the second nearest."""
    cells: Whole = np.arange(int(costs.shape[1]))
    if costs.shape[0] == 1:
        nobody = np.zeros(costs.shape[1], dtype=np.int64)
        return nobody, costs[0], np.full(int(costs.shape[1]), float(costs.sum()) + 1)
    two = np.argpartition(costs, 1, axis=0)[:2]
    near: Floats = costs[two[0], cells]
    far: Floats = costs[two[1], cells]
    return two[0].astype(np.int64), near, far


def _by_group(values: Floats, group: NDArray[np.int64], groups: int) -> Floats:
    """Sums over the cells of each group, one row a site."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups))
    sums = np.concatenate(
        (np.zeros((values.shape[0], 1)), np.cumsum(values[:, order], axis=1)), axis=1
    )
    ends = np.append(starts[1:], len(group))
    return sums[:, ends] - sums[:, starts]
