"""Did it get better? Before and after, an interrupted series, and a comparison with elsewhere.

Cases of one day share its weather, crews and floods; so differences are resampled by whole blocks
(days, or hours of the week). What few days say is not resampled: under `DAYS_MIN` on a side there
is the bare change and no interval. A bad month is followed by a better one whatever was done: the
same weeks of last year, or another area, belong beside every such figure.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np
from msgspec import Struct, structs

from kentongan.measure.statistics.arrays import (
    LEVEL,
    Floats,
    Whole,
    numbered,
    t_of,
    two_sided_t,
    z_of,
)
from kentongan.measure.statistics.by_days import share_by_days
from kentongan.measure.statistics.funnel import q_values
from kentongan.measure.statistics.quantiles import (
    RESAMPLES,
    Estimate,
    drawn_blocks,
    quantile_of,
    resampled_quantiles,
)

DAYS_MIN: Final = 14
"""Blocks that a side needs before its resamples say how sure a change is: two whole weeks."""

SERIES_MIN: Final = 8
"""Points that an interrupted series needs on each side of the change."""


FITS: Final = 3
"""Rounds of fitting the series and the correlation of its errors in turn."""

CORRELATION_MAX: Final = 0.95


class Difference(Struct, frozen=True, kw_only=True):
    """After minus before, with its interval. Negative seconds are faster.

    Without `DAYS_MIN` blocks (`days_...`) on each side both limits are None and nothing is clear.
    """

    before: float
    after: float
    change: float
    low: float | None
    high: float | None
    n_before: int
    n_after: int
    days_before: int
    days_after: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out no change at all."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high

    @property
    def p_value(self) -> float | None:
        """How likely no change looks like this: the limit towards 0 read as a normal one, so that
        it is under 0.05 just when the interval of 95 % leaves out 0. None without limits."""
        limit = self.low if self.change > 0 else self.high
        if limit is None:
            return None
        reach = abs(self.change - limit)
        z = z_of(LEVEL) * abs(self.change) / reach if reach > 0 else math.inf
        return 1.0 if self.change == 0 else math.erfc(z / math.sqrt(2))


def q_of(changes: Sequence[Difference | None]) -> list[float | None]:
    """The false-discovery rate at which each of these would be called changed; None without limits.

    Of twenty groups one is outside of its own interval although nothing changed anywhere.
    """
    p_values = [None if one is None else one.p_value for one in changes]
    known = iter(q_values([one for one in p_values if one is not None]).tolist())
    return [None if one is None else next(known) for one in p_values]


class Side(Struct, frozen=True):
    """Values of one period with the block (a day number, say) each belongs to."""

    values: Floats
    blocks: Whole


def quantile_difference(
    before: Side, after: Side, share: float, chance: np.random.Generator, level: float = LEVEL
) -> Difference:
    """Change of a percentile, seconds."""
    return difference_of(
        quantile_figure(before, share, chance), quantile_figure(after, share, chance), level
    )


def share_difference(
    before: Side, after: Side, limit: float, chance: np.random.Generator, level: float = LEVEL
) -> Difference:
    """Change of the share within a limit."""
    return hits_difference(
        Side((before.values <= limit).astype(np.float64), before.blocks),
        Side((after.values <= limit).astype(np.float64), after.blocks),
        chance,
        level,
    )


def hits_difference(
    before: Side, after: Side, chance: np.random.Generator, level: float = LEVEL
) -> Difference:
    """Change of a share; values are 1 and 0.

    Of few late no resample has many more, and of none none at all: the limits are at least those of
    the two shares' own intervals (Newcombe's hybrid of Wilson's, by days). Few cases tell those
    nothing of how days differ, and then the resamples are the wider ones.
    """
    found = mean_difference(before, after, chance, level)
    one, other = (share_by_days(side.values > 0, side.blocks, level) for side in (before, after))
    if found.low is None or found.high is None or one is None or other is None:
        return found
    down, up = _reach(other, one), _reach(one, other)
    return structs.replace(
        found, low=min(found.low, found.change - down), high=max(found.high, found.change + up)
    )


def _reach(down: Estimate, up: Estimate) -> float:
    """How far a difference reaches where one share is less and the other more than was seen."""
    low, high = (0.0 if down.low is None else down.low), (1.0 if up.high is None else up.high)
    return math.hypot(down.value - low, high - up.value)


def beyond_elsewhere(here: Difference, there: Difference) -> Difference:
    """What a share changed here beyond what it changed there, each change with its own interval.

    Those of few late are wider than their resamples, and lopsided: each side of the interval is
    put together out of the sides that reach that way (Newcombe's way, as in `hits_difference`).
    `before` and `after` are the two changes. Without an interval of either there is none.
    """
    change = here.change - there.change
    low = high = None
    if not (here.low is None or here.high is None or there.low is None or there.high is None):
        low = change - math.hypot(here.change - here.low, there.high - there.change)
        high = change + math.hypot(here.high - here.change, there.change - there.low)
    return Difference(
        before=there.change,
        after=here.change,
        change=change,
        low=low,
        high=high,
        n_before=there.n_before + there.n_after,
        n_after=here.n_before + here.n_after,
        days_before=min(there.days_before, there.days_after),
        days_after=min(here.days_before, here.days_after),
    )


def mean_difference(
    before: Side, after: Side, chance: np.random.Generator, level: float = LEVEL
) -> Difference:
    """Change of the mean."""
    return difference_of(mean_figure(before, chance), mean_figure(after, chance), level)


def mean_figure(side: Side, chance: np.random.Generator) -> "Figure":
    """The mean of a side with its resamples."""
    return figure_of(side, float(side.values.mean()), partial(resampled_means, side, chance))


def quantile_figure(side: Side, share: float, chance: np.random.Generator) -> "Figure":
    """A percentile of a side with its resamples."""
    drawn = partial(resampled_quantiles, side.values, side.blocks, share, chance)
    return figure_of(side, quantile_of(side.values, share), drawn)


class Figure(Struct, frozen=True, kw_only=True):
    """A figure of one side and what it comes to in resamples; None under `DAYS_MIN` blocks."""

    value: float
    drawn: Floats | None
    n: int
    days: int


def figure_of(side: Side, value: float, resampled: Callable[[], Floats]) -> Figure:
    """The figure with its resamples, moved away from it as so few blocks need.

    Resamples of k blocks vary too little by (k - 1) / k, and their spread is itself uncertain:
    Student's t with k - 1 degrees instead of the normal.
    """
    days = numbered(side.blocks)[1]
    drawn: Floats | None = None
    if days >= DAYS_MIN:
        wider = t_of(LEVEL, days - 1) / z_of(LEVEL) * math.sqrt(days / (days - 1))
        drawn = value + (resampled() - value) * wider
    return Figure(value=value, drawn=drawn, n=len(side.values), days=days)


def difference_of(before: Figure, after: Figure, level: float = LEVEL) -> Difference:
    """After minus before."""
    low = high = None
    if before.drawn is not None and after.drawn is not None:
        apart = after.drawn - before.drawn
        low, high = np.quantile(apart, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return Difference(
        before=before.value,
        after=after.value,
        change=after.value - before.value,
        low=low,
        high=high,
        n_before=before.n,
        n_after=after.n,
        days_before=before.days,
        days_after=after.days,
    )


def resampled_means(side: Side, chance: np.random.Generator, resamples: int = RESAMPLES) -> Floats:
    """The mean in each of many resamples of whole blocks."""
    of, count = numbered(side.blocks)
    sums = np.bincount(of, weights=side.values, minlength=count)
    sizes = np.bincount(of, minlength=count)
    drawn = drawn_blocks(count, resamples, chance)
    return (drawn @ sums) / np.maximum(drawn @ sizes, 1)


def difference_in_differences(
    treated: tuple[Side, Side],
    control: tuple[Side, Side],
    chance: np.random.Generator,
    share: float | None = None,
    level: float = LEVEL,
) -> Difference:
    """What changed where something was done, beyond what changed where nothing was.

    Of the mean, or of a percentile when `share` is given. `before` and `after` are the two changes.
    It holds when both would have gone the same way: look at the curves before the change first.
    """

    def change(before: Side, after: Side) -> Figure:
        if share is None:
            return apart(mean_figure(before, chance), mean_figure(after, chance))
        return apart(quantile_figure(before, share, chance), quantile_figure(after, share, chance))

    return difference_of(change(*control), change(*treated), level)


def apart(before: Figure, after: Figure) -> Figure:
    """The change of one area as a figure of its own."""
    drawn: Floats | None = None
    if before.drawn is not None and after.drawn is not None:
        drawn = after.drawn - before.drawn
    return Figure(
        value=after.value - before.value,
        drawn=drawn,
        n=before.n + after.n,
        days=min(before.days, after.days),
    )


class Interruption(Struct, frozen=True, kw_only=True):
    """The step at a known date, with its 95 % interval, and the change of slope after it."""

    level: float
    level_se: float
    level_low: float
    level_high: float
    slope: float
    slope_se: float
    level_p: float
    slope_p: float


def interrupted_series(values: Floats, changed: int, skipped: int = 0) -> Interruption:
    """Segmented regression of an evenly spaced series, changed at the point `changed` (from 0),
    before which so many points were left out.

    One week resembles the last: errors are autoregressive of order 1, fitted by Prais and Winsten's
    transformation (their correlation corrected for the bias that the fitted terms cause). Few weeks
    know that correlation badly: variances grow by n / (n - 4) and limits are Student's.
    `ValueError` with fewer than `SERIES_MIN` points on a side.
    """
    n = len(values)
    if changed < SERIES_MIN or n - changed < SERIES_MIN:
        raise ValueError(f"an interrupted series needs {SERIES_MIN} points on each side")
    t = np.arange(n, dtype=np.float64)
    after = (t >= changed).astype(np.float64)
    x = np.column_stack((np.ones(n), t + skipped * after, after, after * (t - changed)))
    rho, beta = 0.0, np.linalg.lstsq(x, values, rcond=None)[0]
    inverse, variance = np.eye(x.shape[1]), 0.0
    for _ in range(FITS):
        rho = _correlation(values - x @ beta, x.shape[1])
        whitened, target = _whitened(x, rho), _whitened(values[:, None], rho)[:, 0]
        inverse = np.linalg.inv(whitened.T @ whitened)
        beta = inverse @ whitened.T @ target
        left = target - whitened @ beta
        variance = float(left @ left) / (n - x.shape[1]) * n / (n - x.shape[1])
    level_se, slope_se = (math.sqrt(max(float(inverse[i, i]) * variance, 0.0)) for i in (2, 3))
    degrees = n - x.shape[1]
    half = t_of(LEVEL, degrees) * level_se
    return Interruption(
        level=float(beta[2]),
        level_low=float(beta[2]) - half,
        level_high=float(beta[2]) + half,
        level_se=level_se,
        slope=float(beta[3]),
        slope_se=slope_se,
        level_p=two_sided_t(float(beta[2]) / level_se, degrees) if level_se else 1.0,
        slope_p=two_sided_t(float(beta[3]) / slope_se, degrees) if slope_se else 1.0,
    )


def _correlation(left: Floats, terms: int) -> float:
    """Correlation of neighbouring residuals, 0 to `CORRELATION_MAX`; a fit of so many terms makes
    it too small by about `terms / n`."""
    whole = float(left @ left)
    if whole <= 0:
        return 0.0
    raw = float(left[1:] @ left[:-1]) / whole
    n = len(left)
    return min(max((raw * n + terms) / (n - terms), 0.0), CORRELATION_MAX)


def _whitened(columns: Floats, rho: float) -> Floats:
    found = columns.copy()
    found[1:] -= rho * columns[:-1]
    found[0] *= math.sqrt(1 - rho * rho)
    return found
