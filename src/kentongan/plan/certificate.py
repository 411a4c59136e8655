"""How much better a placement could be at most: HiGHS on the whole problem (MEXCLP).

`y[cell, k]` is continuous: the k-th cover of a cell counts (1-q) q^(k-1), which falls with k, so
that the first is taken before the second by itself. Only units at sites are whole numbers. Cells
must be merged before (`placement.checked`). The bound holds whatever time it was given; with more
time it is lower.

With one open site a cell and costs it is the p-median's (`median_bound`).
"""

from typing import Any, Final, cast

import numpy as np
from msgspec import Struct
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, hstack

from kentongan.plan.arrays import Floats, Whole
from kentongan.plan.placement import Reach

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
    sites, cells = reach.covers.shape
    depth = _depth(units, busy)
    worth = (1 - busy) * busy ** np.arange(depth)
    scale = SCALE / max(float(reach.demand.sum()), 1e-300)
    cost = np.concatenate((np.zeros(sites), -np.outer(worth, reach.demand * scale).ravel()))
    cell = np.tile(np.arange(cells), depth)
    counted = coo_array((np.ones(len(cell)), (cell, np.arange(len(cell)))), (cells, len(cell)))
    covered = csr_array(-reach.covers.T.astype(np.float64))
    rows = cast("Any", hstack)([covered, counted]).tocsr()
    whole = np.concatenate((np.ones(sites), np.zeros(len(cell))))
    found = milp(
        cost,
        integrality=whole,
        bounds=Bounds(0, np.concatenate((np.full(sites, units), np.ones(len(cell))))),
        constraints=[
            LinearConstraint(rows, -np.inf, 0),
            LinearConstraint(np.atleast_2d(np.where(whole > 0, 1.0, 0.0)), units, units),
        ],
        options={"time_limit": seconds, "mip_rel_gap": GAP},
    )
    beyond = float(reach.demand.sum()) * (busy**depth - busy**units if units > depth else 0.0)
    return _proof(found, sites, beyond, scale)


def _depth(units: int, busy: float) -> int:
    depth = units
    while depth > 1 and busy ** (depth - 1) < SMALLEST:
        depth -= 1
    return depth


def _proof(found: Any, sites: int, beyond: float, scale: float) -> Proof:
    bound = found.mip_dual_bound
    at = None if found.x is None else np.rint(found.x[:sites]).astype(np.int64)
    return Proof(
        bound=np.inf if bound is None else -float(bound) / scale + beyond,
        objective=None if found.x is None else -float(found.fun) / scale,
        units=at,
        is_optimal=found.status == 0,
    )


def median_bound(cost: Floats, demand: Floats, open_count: int, seconds: float = SECONDS) -> Proof:
    """A cost that no plan of the p-median goes below, by HiGHS within so many seconds."""
    sites, cells = cost.shape
    weight = np.concatenate((np.zeros(sites), (cost * demand).ravel()))
    site = np.repeat(np.arange(sites), cells)
    cell = np.tile(np.arange(cells), sites)
    pairs = np.arange(sites * cells)
    served = coo_array((np.ones(len(pairs)), (cell, sites + pairs)), (cells, sites + len(pairs)))
    is_open = coo_array(
        (
            np.concatenate((np.ones(len(pairs)), -np.ones(len(pairs)))),
            (np.tile(pairs, 2), np.concatenate((sites + pairs, site))),
        ),
        (len(pairs), sites + len(pairs)),
    )
    chosen = np.atleast_2d(np.concatenate((np.ones(sites), np.zeros(len(pairs)))))
    found = milp(
        weight,
        integrality=chosen[0],
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(served.tocsr(), 1, 1),
            LinearConstraint(is_open.tocsr(), -np.inf, 0),
            LinearConstraint(chosen, open_count, open_count),
        ],
        options={"time_limit": seconds, "mip_rel_gap": GAP},
    )
    proof = _proof(found, sites, 0.0, 1.0)
    return Proof(
        bound=-proof.bound,
        objective=None if proof.objective is None else -proof.objective,
        units=proof.units,
        is_optimal=proof.is_optimal,
    )
