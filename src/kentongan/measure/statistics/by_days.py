"""What a figure is worth when the cases of one day resemble each other.

A flood, a short crew or a jam makes a whole day slow: a thousand cases of thirty days say less than
a thousand cases of as many days. How much less is measured (the design effect: how far the days'
own counts differ, against what chance alone would make of them), and the exact interval of that
many fewer cases is taken: Woodruff's for a percentile, Wilson's for a share. Nothing is drawn by
chance, so that a published figure comes out the same to the last digit on every machine.
"""

import math
from typing import Final

import numpy as np

from kentongan.measure.statistics.arrays import LEVEL, Flags, Floats, Whole, numbered, t_of, z_of
from kentongan.measure.statistics.quantiles import (
    ENOUGH,
    Estimate,
    detectable_share,
    quantile,
    quantile_estimate,
    ranks,
    share_estimate,
)

RARE: Final = 10
"""Of fewer cases on the rarer side of a limit their days tell too little: of none, nothing."""

DAYS_MIN: Final = 7
"""Fewer days tell nothing of other days; the interval is about these days alone."""


def design_effect(hits: Flags, days: Whole, level: float = LEVEL) -> float:
    """How many cases are worth one, for a share of hits; 1 for few cases (under `ENOUGH`) or days,
    never less.

    The variance is that of a ratio over days; few days know it badly, hence Student's t.
    """
    of, count = numbered(days)
    return _effect(
        np.bincount(of, weights=hits, minlength=count), np.bincount(of, minlength=count), level
    )


def _effect(hits: Floats | Whole, cases: Whole, level: float) -> float:
    """The same of each day's hits and cases."""
    n, count = int(cases.sum()), len(cases)
    if n < ENOUGH or count < DAYS_MIN:
        return 1.0
    p = float(hits.sum()) / n
    if not 0 < p < 1:
        return 1.0
    apart = hits - p * cases
    variance = count / (count - 1) * float(apart @ apart) / n**2
    student = (t_of(level, count - 1) / z_of(level)) ** 2
    return max(variance * n / (p * (1 - p)) * student, 1.0)


def quantile_effect(values: Floats, days: Whole, share: float, level: float = LEVEL) -> float:
    """The design effect of a percentile: that of the share up to it."""
    if len(values) < ENOUGH:
        return 1.0
    place = min(math.floor(share * len(values)), len(values) - 1)
    return design_effect(values <= np.partition(values, place)[place], days, level)


def quantile_by_days(
    values: Floats, days: Whole, ordered: Floats, share: float, level: float = LEVEL
) -> Estimate | None:
    """The percentile of `values` with the day of each, `ordered` being the same sorted.

    None without values. The ranks are those of so many fewer cases, at their place among all.
    """
    n = len(values)
    worth = math.floor(n / quantile_effect(values, days, share, level))
    if worth == n:
        return quantile_estimate(ordered, share, level)
    low, high = ranks(worth, share, level)
    scale = (n + 1) / (worth + 1)
    return Estimate(
        value=quantile(ordered, share),
        low=None if low is None else float(ordered[max(math.floor((low + 1) * scale) - 1, 0)]),
        high=None if high is None else float(ordered[min(math.ceil((high + 1) * scale), n) - 1]),
        n=n,
    )


def share_by_days(
    hits: Flags, days: Whole, level: float = LEVEL, rare_effect: float = 1.0
) -> Estimate | None:
    """The share of hits with the day of each case; None without cases.

    `rare_effect` is the least design effect where fewer than `RARE` cases lie on one side: that of
    the slowest tenth, say, which is more of the same.
    """
    n, kept = len(hits), int(hits.sum())
    effect = design_effect(hits, days, level)
    if min(kept, n - kept) < RARE:
        effect = max(effect, rare_effect)
    return share_estimate(kept, n, level, effect=effect)


def share_of_days(
    hits: Whole, cases: Whole, rare_effect: float = 1.0, level: float = LEVEL
) -> Estimate | None:
    """The share of hits where only each day's hits and cases are known; None without cases, or with
    more hits than those. `rare_effect` as in `share_by_days`."""
    kept, n = int(hits.sum()), int(cases.sum())
    if kept > n:
        return None
    there = cases > 0
    effect = _effect(hits[there], cases[there], level)
    if min(kept, n - kept) < RARE:
        effect = max(effect, rare_effect)
    return share_estimate(kept, n, level, effect=effect)


def common_effect(hits: Whole, cases: Whole, level: float = LEVEL) -> float:
    """The design effect of each day's hits and cases, 1 where fewer than `RARE` are on a side."""
    kept, n, there = int(hits.sum()), int(cases.sum()), cases > 0
    return _effect(hits[there], cases[there], level) if min(kept, n - kept) >= RARE else 1.0


def visible_share(hits: Flags, days: Whole, n_before: int, n_after: int) -> float | None:
    """The smallest worsening of a share that two periods would show, its days being as alike as
    those of `hits`; None where all or none are hits, which tells nothing of how it varies."""
    share = float(hits.mean()) if len(hits) else 0.0
    if not 0 < share < 1:
        return None
    effect = design_effect(hits, days)
    return detectable_share(share, n_before, n_after, effect=effect)
