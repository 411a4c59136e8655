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

CASES_MIN: Final = 100
"""Fewer cases tell too little of how days differ; the order statistics are wide enough by then."""

RARE: Final = 10
"""Of fewer cases on the rarer side of a limit their days tell too little: of none, nothing."""

DAYS_MIN: Final = 7
"""Fewer days tell nothing of other days; the interval is about these days alone."""


def design_effect(hits: Flags, days: Whole, level: float = LEVEL, least: int = CASES_MIN) -> float:
    """How many cases are worth one, for a share of hits; 1 for few cases (under `least`) or days,
    never less.

    The variance is that of a ratio over days; few days know it badly, hence Student's t.
    """
    n = len(hits)
    of, count = numbered(days)
    if n < least or count < DAYS_MIN:
        return 1.0
    p = float(hits.mean())
    if p in {0.0, 1.0}:
        return 1.0
    apart = np.bincount(of, weights=hits, minlength=count) - p * np.bincount(of, minlength=count)
    variance = count / (count - 1) * float(apart @ apart) / n**2
    student = (t_of(level, count - 1) / z_of(level)) ** 2
    return max(variance * n / (p * (1 - p)) * student, 1.0)


def quantile_effect(
    values: Floats, days: Whole, share: float, level: float = LEVEL, least: int = CASES_MIN
) -> float:
    """The design effect of a percentile: that of the share up to it."""
    if len(values) < least:
        return 1.0
    place = min(math.floor(share * len(values)), len(values) - 1)
    return design_effect(values <= np.partition(values, place)[place], days, level, least)


def planned_effect(values: Floats, days: Whole, share: float) -> float:
    """The design effect for what two periods would show, from `ENOUGH` cases on: a change goes by
    whole days however few the cases, and without it was found in half of the tries, not in 80."""
    return quantile_effect(values, days, share, least=ENOUGH)


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


def visible_share(hits: Flags, days: Whole, n_before: int, n_after: int) -> float | None:
    """The smallest worsening of a share that two periods would show, its days being as alike as
    those of `hits`; None where all or none are hits, which tells nothing of how it varies."""
    share = float(hits.mean()) if len(hits) else 0.0
    if not 0 < share < 1:
        return None
    effect = design_effect(hits, days, least=ENOUGH)
    return detectable_share(share, n_before, n_after, effect=effect)
