"""A percentile's change between two times, days resampled, fast enough for a screen.

Seconds are counted by day (a histogram of one second each), and a resample of days is a sum of
histograms: one matrix product for all resamples. The result lies within a second of the one that
`statistics.change.quantile_difference` gives; the tests hold them together.
"""

from typing import Final

import numpy as np

from kentongan.measure.statistics.arrays import LEVEL, Floats, Whole
from kentongan.measure.statistics.change import Difference, Side, quantile_difference
from kentongan.measure.statistics.quantiles import drawn_blocks, quantile

RESAMPLES: Final = 400

FEW: Final = 2_000
"""Up to so many cases each value is resampled itself."""

SECONDS_MAX: Final = 7_200
"""Longer is counted as this long: no percentile that is shown lies there."""


def change_of(
    before: Side, after: Side, share: float, chance: np.random.Generator
) -> Difference | None:
    """Change of a percentile with its interval; None when a side is empty."""
    if not len(before.values) or not len(after.values):
        return None
    if len(before.values) + len(after.values) <= FEW:
        return quantile_difference(before, after, share, chance)
    first, second = (quantile(np.sort(side.values), share) for side in (before, after))
    apart = _resampled(after, share, chance) - _resampled(before, share, chance)
    low, high = np.quantile(apart, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Difference(
        before=first,
        after=second,
        change=second - first,
        low=float(low),
        high=float(high),
        n_before=len(before.values),
        n_after=len(after.values),
    )


def _resampled(side: Side, share: float, chance: np.random.Generator) -> Floats:
    _, of = np.unique(side.blocks, return_inverse=True)
    whole: Whole = np.minimum(side.values, SECONDS_MAX).astype(np.int64)
    days, width = int(of.max()) + 1, int(whole.max()) + 1
    counts = np.bincount(of * width + whole, minlength=days * width).reshape(days, width)
    drawn = drawn_blocks(days, RESAMPLES, chance).astype(np.float32)
    summed = np.cumsum(drawn @ counts.astype(np.float32), axis=1)
    wanted = share * summed[:, -1:]
    return (summed < wanted).sum(axis=1).astype(np.float64)
