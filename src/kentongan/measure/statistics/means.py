"""A mean with the interval it is known to: the bootstrap-t over whole days.

Times are skewed and cases of one day resemble each other: the normal interval of independent cases
is too narrow, above all upwards. Days are drawn with replacement; each drawn mean is measured in
its own standard error, and the limits are read from those (Efron's bootstrap-t).
"""

from typing import Final

import numpy as np

from kentongan.measure.statistics.arrays import LEVEL, Floats, Whole, numbered, t_of, z_of
from kentongan.measure.statistics.by_days import DAYS_MIN
from kentongan.measure.statistics.quantiles import CELLS_MAX, Estimate, drawn_blocks

RESAMPLES: Final = 2_000

SEED: Final = 20_261_127
"""Always the same draws: a figure comes out the same on every machine."""

SKEW_MIN: Final = 5_000
"""From so many blocks on the skew is worth nothing any more and nothing is drawn."""


def mean_by_days(values: Floats, days: Whole, level: float = LEVEL) -> Estimate | None:
    """The mean of values with the day of each; None without values.

    Under `DAYS_MIN` days the cases themselves are drawn: the interval is about these days alone.
    A side that the draws cannot bound (one value, or all alike but one) is that of Student's t.
    """
    n = len(values)
    if n == 0:
        return None
    of, count = numbered(days)
    if count < DAYS_MIN:
        of, count = np.arange(n, dtype=np.int64), n
    sizes = np.bincount(of, minlength=count).astype(np.float64)
    sums: Floats = np.bincount(of, weights=values, minlength=count).astype(np.float64)
    mean = float(sums.sum() / n)
    if count < 2:
        return Estimate(value=mean, low=None, high=None, n=n)
    error = float(_errors(np.ones((1, count)), sums, sizes)[1][0])
    low, high = _limits(sums, sizes, mean, level)
    return Estimate(value=mean, low=mean - high * error, high=mean - low * error, n=n)


def _limits(sums: Floats, sizes: Floats, mean: float, level: float) -> tuple[float, float]:
    """Between which of its own standard errors a drawn mean lies off the mean.

    Wider by Student's t against the normal: few blocks know their own skew badly.
    """
    count = len(sums)
    student = t_of(level, count - 1)
    if count >= SKEW_MIN:
        return -student, student
    chance = np.random.default_rng(SEED)
    at_once = max(1, CELLS_MAX // count)
    found: list[Floats] = []
    for begin in range(0, RESAMPLES, at_once):
        drawn = drawn_blocks(count, min(at_once, RESAMPLES - begin), chance)
        means, errors = _errors(drawn.astype(np.float64), sums, sizes)
        known = errors > 0
        found.append((means[known] - mean) / errors[known])
    apart = np.concatenate(found)
    if not len(apart):
        return -student, student
    tail = (1 - level) / 2
    low, high = (np.quantile(apart, (tail, 1 - tail)) * student / z_of(level)).tolist()
    return low, high


def _errors(drawn: Floats, sums: Floats, sizes: Floats) -> tuple[Floats, Floats]:
    """Mean and standard error in each draw: that of a ratio over blocks."""
    count = len(sums)
    n = drawn @ sizes
    means = (drawn @ sums) / n
    apart = (
        drawn @ (sums * sums) - 2 * means * (drawn @ (sums * sizes)) + means**2 * (drawn @ sizes**2)
    )
    return means, np.sqrt(np.maximum(apart, 0.0) * count / (count - 1)) / n
