"""Percentiles with the interval they are known to.

A percentile is linear interpolation between order statistics (PostgreSQL's `percentile_cont`). Its
interval is that of the order statistics (binomial): exact for independent cases whatever their
distribution, and the limit that the ordinary bootstrap tends to. Cases that come in bunches (a
flood, a bad night) are not independent: `by_days` says how much fewer they are worth, and
`resampled_quantiles` draws whole blocks.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.statistics.arrays import (
    LEVEL,
    Floats,
    Whole,
    binomial_cdf,
    numbered,
    z_of,
)

ENOUGH: Final = 30
"""Fewer cases than this are listed one by one; a percentile of them is not shown."""

EXACT_MAX: Final = 5_000
"""Up to so many cases the binomial ranks are exact; beyond, the normal approximation is."""

RESAMPLES: Final = 1_000

CELLS_MAX: Final = 4_000_000
"""Weights held at once while resampling."""


class Estimate(Struct, frozen=True, kw_only=True):
    """A figure with its interval. A side that the cases cannot bound is None."""

    value: float
    low: float | None
    high: float | None
    n: int


def quantile(ordered: Floats | Sequence[float], share: float) -> float:
    """The percentile of sorted values by linear interpolation; NaN when there are none."""
    n = len(ordered)
    if n == 0:
        return math.nan
    position = share * (n - 1)
    below = math.floor(position)
    low = float(ordered[below])
    if below + 1 >= n:
        return low
    return low + (float(ordered[below + 1]) - low) * (position - below)


def quantile_of(values: Floats, share: float) -> float:
    """The percentile of values in any order, without sorting them all."""
    n = len(values)
    if n == 0:
        return math.nan
    below = math.floor(share * (n - 1))
    return quantile(np.partition(values, (below, min(below + 1, n - 1))), share)


def ranks(n: int, share: float, level: float = LEVEL) -> tuple[int | None, int | None]:
    """The order statistics (from 0) that enclose the percentile with at least this confidence.

    Each side leaves out at most half of the rest. A side is None when even the extreme value does
    not bound the percentile with that confidence: 36 cases are needed for the upper side of P90.
    """
    if n == 0:
        return None, None
    tail = (1 - level) / 2
    if n > EXACT_MAX:
        middle, half = n * share, z_of(level) * math.sqrt(n * share * (1 - share))
        return max(math.floor(middle - half) - 1, 0), min(math.ceil(middle + half), n - 1)
    cdf = binomial_cdf(n, share)
    low = int(np.searchsorted(cdf, tail, side="right")) - 1
    high = int(np.searchsorted(cdf, 1 - tail, side="left"))
    return (low if low >= 0 else None), (high if high < n else None)


def quantile_estimate(ordered: Floats, share: float, level: float = LEVEL) -> Estimate | None:
    """The percentile of sorted values with its order-statistic interval; None without values."""
    n = len(ordered)
    if n == 0:
        return None
    low, high = ranks(n, share, level)
    return Estimate(
        value=quantile(ordered, share),
        low=None if low is None else float(ordered[low]),
        high=None if high is None else float(ordered[high]),
        n=n,
    )


def with_rounding(estimate: Estimate, rounding_s: float) -> Estimate:
    """The same, with half of the grid the stamps were rounded to added to both sides."""
    half = rounding_s / 2
    if half <= 0:
        return estimate
    return Estimate(
        value=estimate.value,
        low=None if estimate.low is None else estimate.low - half,
        high=None if estimate.high is None else estimate.high + half,
        n=estimate.n,
    )


def share_estimate(hits: int, n: int, level: float = LEVEL, effect: float = 1.0) -> Estimate | None:
    """A share with Wilson's score interval, so many cases being worth one (the design effect); None
    without cases."""
    if n == 0:
        return None
    z, p, worth = z_of(level), hits / n, n / effect
    middle = (p + z * z / (2 * worth)) / (1 + z * z / worth)
    half = z / (1 + z * z / worth) * math.sqrt(p * (1 - p) / worth + z * z / (4 * worth * worth))
    return Estimate(value=p, low=max(middle - half, 0.0), high=min(middle + half, 1.0), n=n)


def resampled_quantiles(
    values: Floats,
    blocks: Whole,
    share: float,
    chance: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Floats:
    """The percentile in each of many resamples of whole blocks, drawn with replacement."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    of, count = numbered(blocks)
    of = of[order]
    found = np.empty(resamples)
    at_once = max(1, CELLS_MAX // len(values))
    for begin in range(0, resamples, at_once):
        rows = min(at_once, resamples - begin)
        drawn = drawn_blocks(count, rows, chance).astype(np.int32)
        weights = np.cumsum(drawn[:, of], axis=1, dtype=np.int32)
        wanted = share * weights[:, -1:]
        place = (weights < wanted).sum(axis=1)
        found[begin : begin + rows] = ordered[np.minimum(place, len(ordered) - 1)]
    return found


def drawn_blocks(count: int, resamples: int, chance: np.random.Generator) -> Whole:
    """How often each of `count` blocks was drawn, with replacement, in each resample."""
    drawn = chance.integers(0, count, (resamples, count))
    drawn += np.arange(resamples)[:, None] * count
    return np.bincount(drawn.ravel(), minlength=resamples * count).reshape(resamples, count)


def standard_error(ordered: Floats, share: float) -> float:
    """Standard error of the percentile, from the width of its order-statistic interval; NaN under
    `ENOUGH` cases or when a side is unbounded."""
    estimate = quantile_estimate(ordered, share) if len(ordered) >= ENOUGH else None
    if estimate is None or estimate.low is None or estimate.high is None:
        return math.nan
    return (estimate.high - estimate.low) / (2 * z_of(LEVEL))


ROUNDS: Final = 8
"""Of a change and the variance that it causes in turn; they settle after a few."""


def detectable_change(
    ordered: Floats,
    share: float,
    n_before: int,
    n_after: int,
    power: float = 0.8,
    effect: float = 1.0,
) -> float:
    """The smallest change of a percentile that two periods of that many cases would show, seconds.

    `ordered` is what is known of the distribution now (the more, the better), so many cases being
    worth one (the design effect). Two-sided at 5 %.
    """
    se_of_one = standard_error(ordered, share) * math.sqrt(len(ordered) * effect)
    both = math.sqrt(1 / n_before + 1 / n_after)
    return (z_of(LEVEL) + z_of(2 * power - 1)) * se_of_one * both


def detectable_share(
    share: float, n_before: int, n_after: int, power: float = 0.8, effect: float = 1.0
) -> float:
    """The smallest worsening of a share that two periods would show.

    A worse share varies more: its own variance is that of the second period.
    """
    sure, change = z_of(LEVEL) + z_of(2 * power - 1), 0.0
    for _ in range(ROUNDS):
        after = max(share - change, 0.5) if share > 0.5 else share
        variance = share * (1 - share) / n_before + after * (1 - after) / n_after
        change = sure * math.sqrt(variance * effect)
    return change
