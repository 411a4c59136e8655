"""Case mix: the same figure for the same kinds of cases.

Direct standardisation: each stratum's share, weighted by how often the stratum occurs in the
reference. It is shown beside the raw share, never instead of it. A total that goes one way while
the strata go the other is Simpson's paradox: it is named, because either figure alone misleads.
"""

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kentongan.measure.statistics.arrays import LEVEL, z_of

CLEAR_MAJORITY: Final = 0.8
"""So much of the cases lies in strata that go one way before they are said to go it."""


class Stratum(Struct, frozen=True):
    """How many cases of a kind there were, and how many of them were within the standard."""

    n: int
    hits: int

    @property
    def share(self) -> float:
        """Within, of all; NaN for an empty stratum."""
        return self.hits / self.n if self.n else math.nan


Strata = Mapping[str, Stratum]


class Standardised(Struct, frozen=True, kw_only=True):
    """The raw share and the one for the reference's mix. `covered` is how much of the reference
    lies in strata that have cases here; the rest says nothing."""

    raw: float
    standardised: float
    low: float
    high: float
    covered: float


class Direction(StrEnum):
    """Which way a share went."""

    BETTER = "better"
    WORSE = "worse"
    MIXED = "mixed"


class Paradox(Struct, frozen=True, kw_only=True):
    """The total went one way and the strata the other; the mix of cases changed."""

    total: Direction
    strata: Direction
    raw_change: float
    standardised_change: float
    moved: tuple[str, ...]


def standardise(strata: Strata, reference: Strata, level: float = LEVEL) -> Standardised:
    """The share that these strata would have with the reference's mix of cases.

    The variance of a stratum uses Agresti and Coull's two added hits and misses, so that a small
    stratum without a miss does not claim to be certain.
    """
    n, hits = sum(one.n for one in strata.values()), sum(one.hits for one in strata.values())
    whole = sum(one.n for one in reference.values())
    known = {key: one for key, one in reference.items() if key in strata and strata[key].n}
    weight = sum(one.n for one in known.values())
    if not weight:
        return Standardised(
            raw=hits / n if n else math.nan,
            standardised=math.nan, low=math.nan, high=math.nan, covered=0.0,
        )  # fmt: skip
    mean, variance = 0.0, 0.0
    for key, one in known.items():
        share, part = strata[key], one.n / weight
        near = (share.hits + 2) / (share.n + 4)
        mean += part * share.share
        variance += part**2 * near * (1 - near) / (share.n + 4)
    half = z_of(level) * math.sqrt(variance)
    return Standardised(
        raw=hits / n,
        standardised=mean,
        low=max(mean - half, 0.0),
        high=min(mean + half, 1.0),
        covered=weight / whole,
    )


def paradox(before: Strata, after: Strata) -> Paradox | None:
    """Simpson's paradox between two periods, or None.

    The reference is both periods together. `moved` are the strata whose weight changed most, those
    that explain it.
    """
    pooled = {key: _sum(before.get(key), after.get(key)) for key in {*before, *after}}
    first, second = standardise(before, pooled), standardise(after, pooled)
    raw_change = second.raw - first.raw
    total, strata = _direction(raw_change), _direction_of_strata(before, after)
    change = second.standardised - first.standardised
    opposed = {total, strata} == {Direction.BETTER, Direction.WORSE}
    if not opposed or math.isnan(change) or _direction(change) is total:
        return None
    n, m = sum(s.n for s in before.values()), sum(s.n for s in after.values())
    shifts = {
        key: (after[key].n / m if key in after else 0) - (before[key].n / n if key in before else 0)
        for key in pooled
    }
    moved = sorted(shifts, key=lambda key: -abs(shifts[key]))[:3]
    return Paradox(
        total=total,
        strata=strata,
        raw_change=raw_change,
        standardised_change=change,
        moved=tuple(moved),
    )


def _sum(one: Stratum | None, other: Stratum | None) -> Stratum:
    one, other = one or Stratum(0, 0), other or Stratum(0, 0)
    return Stratum(one.n + other.n, one.hits + other.hits)


def _direction(change: float) -> Direction:
    if change == 0 or math.isnan(change):
        return Direction.MIXED
    return Direction.BETTER if change > 0 else Direction.WORSE


def _direction_of_strata(before: Strata, after: Strata) -> Direction:
    both = [key for key in before if key in after and before[key].n and after[key].n]
    weights = {key: before[key].n + after[key].n for key in both}
    whole = sum(weights.values())
    for wanted in (Direction.BETTER, Direction.WORSE):
        going = sum(
            weights[key]
            for key in both
            if _direction(after[key].share - before[key].share) is wanted
        )
        if whole and going / whole >= CLEAR_MAJORITY:
            return wanted
    return Direction.MIXED
