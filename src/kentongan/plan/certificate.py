"""How much better a placement could be at most: HiGHS on the whole problem (MEXCLP).

`y[cell, k]` is continuous: the k-th cover of a cell counts (1-q) q^(k-1), which falls with k, so
that the first is taken before the second by itself. Only units at sites are whole numbers. Cells
must be merged before (`placement.checked`). The bound holds whatever time it was given; with more
time it is lower.

With one open site a cell and costs it is the p-median's (`median_bound`).
"""

# scipy carries no types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from typing import Any, Final, cast

import numpy as np
from msgspec import Struct
from scipy.sparse import coo_array, csr_array, hstack

from kentongan.plan.arrays import Floats, Whole
from kentongan.plan.placement import Reach
from kentongan.plan.whole_numbers import Rows, Solved, solve

SMALLEST: Final = 1e-7
"""Covers that count less than this share of a cell are left out of the model; the bound adds what
they could count at most."""

SCALE: Final = 1e5
"""What all demand is worth in the model: weights of a city's cells would otherwise be smaller than
the solver's tolerance, and it would call a plan optimal that is not quite."""

SECONDS: Final = 20.0
GAP: Final = 1e-9


class Proof(Struct, frozen=True, eq=False, kw_only=True):
    """`bound` is a value that no plan exceeds (or, for a cost, none goes below); `objective` and
    `units` are of the best plan HiGHS found, if any; `is_optimal` that it proved it."""

    bound: float
    objective: float | None
    units: Whole | None
    is_optimal: bool


def gap(bound: float, objective: float) -> float:
    """By what share of `objective` the best plan could be better at most."""
    return max(bound - objective, 0.0) / objective if objective > 0 else float("inf")


def prove(reach: Reach, units: int, busy: float, seconds: float = SECONDS) -> Proof:
    """A bound for N units of which none is fixed, by HiGHS within so many seconds."""
    sites, cells = (int(size) for size in reach.covers.shape)
    depth = _depth(units, busy)
    worth = (1 - busy) * busy ** np.arange(depth)
    scale = SCALE / max(float(reach.demand.sum()), 1e-300)
    cost = np.concatenate((np.zeros(sites), -np.outer(worth, reach.demand * scale).ravel()))
    cell: Whole = np.tile(np.arange(cells), depth)
    every = len(cell)
    counted = coo_array((np.ones(every), (cell, np.arange(every))), (cells, every))
    covered = csr_array(-reach.covers.T.astype(np.float64))
    is_site = np.concatenate((np.ones(sites), np.zeros(every)))
    found = solve(
        cost,
        is_site,
        np.where(is_site > 0, float(units), 1.0),
        (
            Rows(cast("Any", hstack)([covered, counted]).tocsr(), -np.inf, 0),
            Rows(is_site[None], units, units),
        ),
        seconds,
        GAP,
    )
    beyond = float(reach.demand.sum()) * (busy**depth - busy**units if units > depth else 0.0)
    return Proof(
        bound=np.inf if found.bound is None else -found.bound / scale + beyond,
        objective=None if found.values is None else -found.cost / scale,
        units=_units(found, sites),
        is_optimal=found.is_optimal,
    )


def _depth(units: int, busy: float) -> int:
    depth = units
    while depth > 1 and busy ** (depth - 1) < SMALLEST:
        depth -= 1
    return depth


def _units(found: Solved, sites: int) -> Whole | None:
    return None if found.values is None else np.rint(found.values[:sites]).astype(np.int64)


def median_bound(cost: Floats, demand: Floats, open_count: int, seconds: float = SECONDS) -> Proof:
    """A cost that no plan of the p-median goes below, by HiGHS within so many seconds."""
    sites, cells = (int(size) for size in cost.shape)
    weight = np.concatenate((np.zeros(sites), (cost * demand).ravel()))
    site: Whole = np.repeat(np.arange(sites), cells)
    cell: Whole = np.tile(np.arange(cells), sites)
    many = sites * cells
    pairs: Whole = np.arange(many)
    served = coo_array((np.ones(many), (cell, sites + pairs)), (cells, sites + many))
    values = np.concatenate((np.ones(many), -np.ones(many)))
    at = (np.tile(pairs, 2), np.concatenate((sites + pairs, site)))
    is_open = coo_array((values, at), (many, sites + many))
    is_site = np.concatenate((np.ones(sites), np.zeros(many)))
    found = solve(
        weight,
        is_site,
        np.ones(sites + many),
        (
            Rows(served.tocsr(), 1, 1),
            Rows(is_open.tocsr(), -np.inf, 0),
            Rows(is_site[None], open_count, open_count),
        ),
        seconds,
        GAP,
    )
    return Proof(
        bound=-np.inf if found.bound is None else found.bound,
        objective=None if found.values is None else found.cost,
        units=_units(found, sites),
        is_optimal=found.is_optimal,
    )
