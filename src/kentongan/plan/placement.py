"""Where units should wait so that help is near although some of them are busy (MEXCLP).

    maximise  sum over cells of demand x (1 - q^(units that cover the cell)),  N units in all

`q` is the share of its time a unit is busy: the k-th unit in reach helps when the k-1 before it are
away. Sites are columns to choose from, several units may wait at one. Covering is by road time,
worked out elsewhere; the cells of several hours may stand side by side, each with its own reach.

Greedy, then exchanges of one unit until none helps, then a few rounds that shake the plan and keep
what is better: an answer within the request. How much better the best plan could be at most is
proved by `plan.certificate`. Source: Daskin 1983.
"""

from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.plan.arrays import Flags, Floats, Whole

UNITS_MAX: Final = 500
SITES_MAX: Final = 2_000
CELLS_MAX: Final = 200_000

SHAKES: Final = 8
"""Rounds that move a fifth of the units at random and exchange again."""

SHAKEN: Final = 0.2
BETTER: Final = 1e-12
"""A gain smaller than this is rounding."""


class Reach(Struct, frozen=True, eq=False):
    """What is covered from where: `covers[site, cell]`, and the weight of each cell.

    Weights are shares of the demand; they need not sum to 1.
    """

    covers: Flags
    demand: Floats


class Placed(Struct, frozen=True, eq=False, kw_only=True):
    """Units at each site, and the share of demand they cover although they are busy at times."""

    units: Whole
    objective: float


def checked(reach: Reach, units: int, busy: float) -> Reach:
    """The same with cells merged that the same sites cover; `ValueError` for what is no problem."""
    sites, cells = reach.covers.shape if reach.covers.ndim == 2 else (0, 0)
    if not 1 <= sites <= SITES_MAX or not 1 <= cells <= CELLS_MAX or cells != len(reach.demand):
        raise ValueError(f"{sites} sites and {cells} cells with {len(reach.demand)} weights")
    if not 1 <= units <= UNITS_MAX:
        raise ValueError(f"{units} units: 1 to {UNITS_MAX}")
    if not 0 <= busy < 1:
        raise ValueError(f"a unit that is busy {busy:.2f} of its time: 0 to below 1")
    if not np.isfinite(reach.demand).all() or bool((reach.demand < 0).any()):
        raise ValueError("weights are finite and not below 0")
    kinds, which = np.unique(np.packbits(reach.covers, axis=0), axis=1, return_inverse=True)
    demand = np.bincount(which.ravel(), reach.demand, kinds.shape[1]).astype(np.float64)
    covers = np.unpackbits(kinds, axis=0, count=sites).astype(np.bool_)
    return Reach(covers, demand)


def objective(reach: Reach, units: Whole, busy: float) -> float:
    """The share of demand covered by a plan, units by site."""
    return float(reach.demand @ (1 - busy ** (units @ reach.covers.astype(np.float64))))


def in_reach(reach: Reach, units: Whole) -> float:
    """The share of demand that at least one unit of the plan covers when all are free."""
    return float(reach.demand @ ((units @ reach.covers.astype(np.int64)) > 0))


def place(
    reach: Reach, units: int, busy: float, chance: np.random.Generator, fixed: Whole | None = None
) -> Placed:
    """The best plan found. `fixed` units by site stay where they are and are added to `units`."""
    merged = checked(reach, units, busy)
    search = _Search(merged, busy, fixed)
    for _ in range(units):
        search.add(search.best_site())
    search.exchange()
    best, value = search.units.copy(), search.value()
    for _ in range(SHAKES if merged.covers.shape[0] > 1 else 0):
        search.reset(best)
        search.shake(chance)
        search.exchange()
        if search.value() > value + BETTER:
            best, value = search.units.copy(), search.value()
    return Placed(units=best + search.fixed, objective=value)


class _Search:
    """A plan in the making: units by site, and how many cover each cell."""

    def __init__(self, reach: Reach, busy: float, fixed: Whole | None) -> None:
        self.covers = reach.covers.astype(np.float64)
        self.demand = reach.demand
        self.busy = busy
        sites = self.covers.shape[0]
        self.fixed = np.zeros(sites, dtype=np.int64) if fixed is None else fixed
        self.units = np.zeros(sites, dtype=np.int64)
        self.count = self.fixed @ self.covers

    def value(self) -> float:
        return float(self.demand @ (1 - self.busy**self.count))

    def reset(self, units: Whole) -> None:
        self.units = units.copy()
        self.count = (units + self.fixed) @ self.covers

    def gains(self, count: Floats) -> Floats:
        """What one more unit at each site would add."""
        return self.covers @ (self.demand * (1 - self.busy) * self.busy**count)

    def best_site(self) -> int:
        return int(np.argmax(self.gains(self.count)))

    def add(self, site: int) -> None:
        self.units[site] += 1
        self.count += self.covers[site]

    def take(self, site: int) -> None:
        self.units[site] -= 1
        self.count -= self.covers[site]

    def exchange(self) -> None:
        """Move one unit at a time to where it adds most, until no move helps."""
        moved = True
        while moved:
            moved = False
            for site in np.flatnonzero(self.units).tolist():
                self.take(site)
                gains = self.gains(self.count)
                best = int(np.argmax(gains))
                is_better = gains[best] > gains[site] + BETTER
                self.add(best if is_better else site)
                moved = moved or bool(is_better)

    def shake(self, chance: np.random.Generator) -> None:
        """Take a part of the units away and put them anywhere."""
        standing = np.repeat(np.arange(len(self.units)), self.units)
        many = max(1, round(len(standing) * SHAKEN))
        for site in chance.choice(standing, size=many, replace=False).tolist():
            self.take(site)
        for site in chance.integers(0, len(self.units), size=many).tolist():
            self.add(site)
