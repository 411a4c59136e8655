"""How many calls each hour will bring: a Poisson regression, and the plain mean for a new city.

    log(mean) = hour of the week (168) + trend + what else is known

What else (`plan.regressors`): season, holidays, rain, flood, as columns of numbers; `plan.ahead`
says which of them help. Hours that are absent are not hours without calls. When calls vary more
than Poisson's (prank waves, floods) the quantiles are those of the negative binomial. Staff for P80
to P90, never for the mean.

Fitted by iteratively reweighted least squares. The 168 hours never meet in one row, so their block
of the normal equations is diagonal and a fit over ten years takes a fraction of a second.
"""

import math
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

HOURS_OF_WEEK: Final = 168
MIN_HOURS: Final = 8 * HOURS_OF_WEEK
"""Eight weeks before a regression is fitted; the mean of what there is serves until then."""

ITERATIONS_MAX: Final = 50
CONVERGED: Final = 1e-8
RIDGE: Final = 1e-6
"""Keeps an hour that never saw a call from running away; in units of one call."""

PENALTY: Final = 10.0
"""On what else is known: as if each were seen to do nothing in so many calls. What has a hundred
calls behind it is shrunk by a tenth, a night of flood with eight by more than half."""

COUNT_MAX: Final = 100_000


class NotEnoughError(ValueError):
    """Too little history for what was asked."""


class Hours(Struct, frozen=True):
    """Hours as whole hours since 1970 in the city's clock, and their counts. Extra columns are
    known regressors, one row for each hour."""

    hour: Whole
    counts: Whole
    extra: Floats | None = None


class Fit(Struct, frozen=True, kw_only=True):
    """A fitted regression. `dispersion` is the variance beyond the mean, per squared mean; 0 is
    Poisson."""

    week: Floats
    others: Floats
    origin: int
    span_h: float
    dispersion: float
    iterations: int


class Forecast(Struct, frozen=True, kw_only=True):
    """Expected calls by hour, with the spread around them."""

    hour: Whole
    mean: Floats
    dispersion: float

    def quantile(self, share: float) -> Whole:
        """The number of calls that is not exceeded with that probability, hour by hour."""
        return count_quantile(self.mean, self.dispersion, share)


def fit(history: Hours) -> Fit:
    """Fit the regression; `NotEnoughError` under eight weeks, `ValueError` for wrong counts."""
    _check(history)
    if len(history.hour) < MIN_HOURS:
        raise NotEnoughError(f"{len(history.hour)} hours; a regression needs {MIN_HOURS}")
    origin, span_h = int(history.hour[0]), float(max(history.hour[-1] - history.hour[0], 1))
    x = _others(history.hour, origin, span_h, history.extra)
    week = _week(history.hour)
    y = history.counts.astype(np.float64)
    mean = np.maximum(np.bincount(week, y, HOURS_OF_WEEK), 0.5) / np.maximum(
        np.bincount(week, minlength=HOURS_OF_WEEK), 1
    )
    a, b = np.log(mean), np.zeros(x.shape[1])
    done, previous = 0, math.inf
    while done < ITERATIONS_MAX:
        done += 1
        eta = a[week] + x @ b
        mu = np.exp(np.clip(eta, -30, 20))
        deviance = float(2 * np.sum(mu - y * np.log(np.maximum(mu, 1e-300))))
        if abs(previous - deviance) <= CONVERGED * (abs(deviance) + 1):
            break
        previous = deviance
        a, b = _step(week, x, mu, eta + (y - mu) / mu)
    mu = np.exp(np.clip(a[week] + x @ b, -30, 20))
    freedom = max(len(y) - HOURS_OF_WEEK - x.shape[1], 1)
    excess = float(np.sum((y - mu) ** 2 - mu) / np.sum(mu**2)) * len(y) / freedom
    return Fit(
        week=a,
        others=b,
        origin=origin,
        span_h=span_h,
        dispersion=max(excess, 0.0),
        iterations=done,
    )


def predict(fitted: Fit, hour: Whole, extra: Floats | None = None) -> Forecast:
    """Expected calls of these hours; `ValueError` when the regressors are not those of the fit."""
    x = _others(hour, fitted.origin, fitted.span_h, extra)
    if x.shape[1] != len(fitted.others):
        raise ValueError(f"{x.shape[1]} columns for a fit of {len(fitted.others)}")
    mean = np.exp(np.clip(fitted.week[_week(hour)] + x @ fitted.others, -30, 20))
    return Forecast(hour=hour, mean=mean, dispersion=fitted.dispersion)


def mean_of_weeks(history: Hours, hour: Whole, weeks: int = 8) -> Forecast:
    """The mean of the last weeks by hour of the week: what a new city starts with."""
    _check(history)
    if not len(history.hour):
        raise NotEnoughError("no history at all")
    last = history.hour > history.hour[-1] - weeks * HOURS_OF_WEEK
    week, y = _week(history.hour[last]), history.counts[last].astype(np.float64)
    seen = np.bincount(week, minlength=HOURS_OF_WEEK)
    overall = float(y.mean())
    mean = np.where(seen > 0, np.bincount(week, y, HOURS_OF_WEEK) / np.maximum(seen, 1), overall)
    found = mean[week]
    excess = float(np.sum((y - found) ** 2 - found) / max(float(np.sum(found**2)), 1e-9))
    return Forecast(hour=hour, mean=mean[_week(hour)], dispersion=max(excess, 0.0))


def wape(actual: Whole, expected: Floats) -> float:
    """Absolute error of all hours together, as a share of all calls."""
    return float(np.abs(actual - expected).sum() / max(int(actual.sum()), 1))


def count_quantile(mean: Floats, dispersion: float, share: float) -> Whole:
    """Quantile of a Poisson, or of a negative binomial with this dispersion, for each mean."""
    if not 0 < share < 1:
        raise ValueError(f"a share of {share} has no quantile")
    found = np.zeros(len(mean), dtype=np.int64)
    if dispersion > 0:
        size = 1 / dispersion
        p = size / (size + mean)
        term = np.exp(size * np.log(p))
        ratio = 1 - p
    else:
        size, ratio = math.inf, mean
        term = np.exp(-mean)
    if bool((term <= 0).any()):  # beyond some 700 calls an hour the normal curve is the same
        return _large_quantile(mean, dispersion, share)
    below, open_ = term.copy(), term < share
    for k in range(1, COUNT_MAX):
        if not open_.any():
            break
        step = ratio / k if math.isinf(size) else ratio * (size + k - 1) / k
        term = term * step
        below = below + term
        found[open_] = k
        open_ &= below < share
    return found


def _large_quantile(mean: Floats, dispersion: float, share: float) -> Whole:
    from statistics import NormalDist

    spread = np.sqrt(mean + dispersion * mean**2)
    return np.ceil(mean + NormalDist().inv_cdf(share) * spread - 0.5).astype(np.int64)


def _step(week: Whole, x: Floats, weight: Floats, target: Floats) -> tuple[Floats, Floats]:
    """One weighted least squares by blocks: the diagonal of the hours is eliminated first."""
    b = np.bincount(week, weight, HOURS_OF_WEEK) + RIDGE
    wx = x * weight[:, None]
    c = np.empty((HOURS_OF_WEEK, x.shape[1]))
    for column in range(x.shape[1]):
        c[:, column] = np.bincount(week, wx[:, column], HOURS_OF_WEEK)
    top = np.bincount(week, weight * target, HOURS_OF_WEEK)
    scaled = c / b[:, None]
    left = x.T @ wx - c.T @ scaled
    left[np.diag_indices_from(left)] += np.array([RIDGE, *[PENALTY] * (x.shape[1] - 1)])
    right = wx.T @ target - scaled.T @ top
    others = np.linalg.solve(left, right).astype(np.float64)
    return (top - c @ others) / b, others


def _others(hour: Whole, origin: int, span_h: float, extra: Floats | None) -> Floats:
    trend = ((hour - origin) / span_h).astype(np.float64)[:, None]
    return trend if extra is None else np.column_stack((trend, extra))


def _week(hour: Whole) -> Whole:
    return (hour + 72) % HOURS_OF_WEEK  # 1970-01-01 was a Thursday; Monday 0 h is 0


def _check(history: Hours) -> None:
    if len(history.hour) != len(history.counts):
        raise ValueError("as many hours as counts are needed")
    if len(history.hour) and int(history.counts.min()) < 0:
        raise ValueError("a count below 0 is none")
    if len(history.hour) > 1 and bool((np.diff(history.hour) <= 0).any()):
        raise ValueError("hours must be in order, each once")
