"""Control charts: is this week out of the ordinary, or is it the ordinary week?

p      share within the standard, limits by the binomial itself while the subgroups are small
p'     Laney's, when shares vary more than chance between weeks (floods, staffing)
XmR    a weekly median or P90: individuals and moving range
g      cases between two rare events, limits by the geometric distribution itself

Runs are those of Western Electric, rules 1 to 4. A limit has a known rate of false alarms, which
the tests measure; more rules find more and alarm more often in vain, so the rule is always named.
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.statistics.arrays import NORMAL, Flags, Floats, Whole, binomial_cdf

THREE_SIGMA: Final = 0.0027
"""False alarms of a chart on ordinary points: both tails of the normal beyond three sigma."""

EXACT_SUBGROUP_MAX: Final = 2_000
"""Up to so many cases a week, limits come from the binomial; beyond, three sigma is the same."""

MOVING_RANGE: Final = 1.128
"""Mean range of two normal values in sigmas (d2 for n = 2)."""

OVERDISPERSED: Final = 1.25
"""Laney's sigma_z from which limits are widened; below, chance alone explains it."""


class Rule(StrEnum):
    """Western Electric: a run that chance seldom makes."""

    BEYOND_3 = "beyond_3_sigma"
    TWO_OF_3 = "two_of_three_beyond_2_sigma"
    FOUR_OF_5 = "four_of_five_beyond_1_sigma"
    EIGHT_SIDE = "eight_on_one_side"


class Signal(Struct, frozen=True):
    """The point (from 0) at which a run was complete; `high` when it lies above the middle."""

    index: int
    rule: Rule
    high: bool


class Chart(Struct, frozen=True, kw_only=True):
    """Points with their middle and limits, and what stands out."""

    kind: str
    points: Floats
    middle: Floats
    lower: Floats
    upper: Floats
    signals: tuple[Signal, ...]
    spread: float = 1.0


def p_chart(hits: Whole, counts: Whole, baseline: int | None = None) -> Chart:
    """Share within the standard by week. The first `baseline` weeks set the middle; None is all.

    Over-dispersed shares get Laney's limits and the chart says so (`spread` is his sigma_z).
    """
    first = baseline or len(hits)
    middle = float(hits[:first].sum() / max(int(counts[:first].sum()), 1))
    shares = np.divide(hits, counts, out=np.full(len(hits), middle), where=counts > 0)
    sigma = np.sqrt(middle * (1 - middle) / np.maximum(counts, 1))
    z = np.divide(shares - middle, sigma, out=np.zeros(len(hits)), where=sigma > 0)
    spread = float(np.abs(np.diff(z[:first])).mean() / MOVING_RANGE) if first > 2 else 1.0
    if spread >= OVERDISPERSED:
        lower, upper = middle - 3 * sigma * spread, middle + 3 * sigma * spread
        kind, z = "p_laney", z / spread
    else:
        kind, spread = "p", 1.0
        lower, upper = _binomial_limits(middle, counts, sigma)
    centre = np.full(len(hits), middle)
    beyond = ((shares < lower) | (shares > upper)) & (counts > 0)
    return Chart(
        kind=kind,
        points=shares,
        middle=centre,
        lower=np.clip(lower, 0.0, 1.0),
        upper=np.clip(upper, 0.0, 1.0),
        signals=runs(z, beyond),
        spread=spread,
    )


def xmr_chart(values: Floats, baseline: int | None = None) -> Chart:
    """Individual values (a weekly median or P90) with limits from their moving range."""
    first = values[: baseline or len(values)]
    middle = float(first.mean()) if len(first) else math.nan
    sigma = float(np.abs(np.diff(first)).mean() / MOVING_RANGE) if len(first) > 1 else 0.0
    z = (values - middle) / sigma if sigma > 0 else np.zeros(len(values))
    ones = np.ones(len(values))
    return Chart(
        kind="xmr",
        points=values,
        middle=ones * middle,
        lower=ones * (middle - 3 * sigma),
        upper=ones * (middle + 3 * sigma),
        signals=runs(z, np.abs(z) > 3),
    )


def g_chart(between: Whole, baseline: int | None = None) -> Chart:
    """Cases between rare events (late P1 incidents, say). Only a short gap is bad news.

    Limits are quantiles of the geometric distribution, each tail half of `THREE_SIGMA`. The lower
    one may be impossible (no gap is that short by chance); then it is -1 and two short gaps in
    three, or eight in a row, still tell.
    """
    first = between[: baseline or len(between)]
    mean = float(first.mean()) if len(first) else math.nan
    p = 1 / (mean + 1)
    lower = _geometric_limit(p, THREE_SIGMA / 2, low=True)
    upper = _geometric_limit(p, THREE_SIGMA / 2, low=False)
    points = between.astype(np.float64)
    tail = 1 - (1 - p) ** (points + 0.5)
    z = np.array([_z(float(one)) for one in tail])
    ones = np.ones(len(points))
    return Chart(
        kind="g",
        points=points,
        middle=ones * mean,
        lower=ones * lower,
        upper=ones * upper,
        signals=runs(z, (points < lower + 0.5) | (points > upper)),
    )


def runs(z: Floats, beyond: Flags | Sequence[bool]) -> tuple[Signal, ...]:
    """Western Electric rules over standardised points, each told where it is first complete."""
    found = [
        Signal(int(i), Rule.BEYOND_3, bool(z[i] > 0)) for i in np.flatnonzero(np.asarray(beyond))
    ]
    for high in (True, False):
        side = z if high else -z
        for rule, width, wanted, limit in (
            (Rule.TWO_OF_3, 3, 2, 2.0),
            (Rule.FOUR_OF_5, 5, 4, 1.0),
            (Rule.EIGHT_SIDE, 8, 8, 0.0),
        ):
            found.extend(
                Signal(index, rule, high) for index in _complete(side > limit, width, wanted)
            )
    return tuple(sorted(found, key=lambda one: (one.index, one.rule)))


def _complete(over: Flags, width: int, wanted: int) -> list[int]:
    """Where a run of `wanted` in `width` becomes complete, its last point itself being one."""
    if len(over) < wanted:
        return []
    padded = np.concatenate((np.zeros(width - 1, dtype=np.int64), over.astype(np.int64)))
    window = np.convolve(padded, np.ones(width, dtype=np.int64), mode="valid")
    full = (window >= wanted) & over
    began = full & ~np.concatenate(([False], full[:-1]))
    return [int(index) for index in np.flatnonzero(began)]


def _binomial_limits(middle: float, counts: Whole, sigma: Floats) -> tuple[Floats, Floats]:
    lower, upper = middle - 3 * sigma, middle + 3 * sigma
    for n in np.unique(counts):
        if not 0 < n <= EXACT_SUBGROUP_MAX:
            continue
        cdf, here = binomial_cdf(int(n), middle), counts == n
        lower[here] = np.searchsorted(cdf, THREE_SIGMA / 2, side="right") / n - 0.5 / n
        upper[here] = np.searchsorted(cdf, 1 - THREE_SIGMA / 2, side="left") / n + 0.5 / n
    return lower, upper


def _geometric_limit(p: float, tail: float, *, low: bool) -> float:
    """The largest gap that is too short, or the largest that is not too long."""
    if not 0 < p < 1:
        return -1.0 if low else math.inf
    if low:  # P(gap <= g) = 1 - (1-p)^(g+1) <= tail
        return math.floor(math.log1p(-tail) / math.log1p(-p)) - 1.0
    return math.ceil(math.log(tail) / math.log1p(-p)) - 1.0


def _z(share: float) -> float:
    return NORMAL.inv_cdf(min(max(share, 1e-9), 1 - 1e-9))
