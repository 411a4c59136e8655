"""Time to the end when some have not come to it: Kaplan and Meier's estimate.

Open and cancelled cases count for as long as they waited. Leaving them out would make a centre
that gives up on its late cases look fast.
"""

import math
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.statistics.arrays import LEVEL, Flags, Floats, z_of
from kentongan.measure.statistics.quantiles import Estimate

EDGE: Final = 1e-12
"""Less than any share of cases: sums of them are not exact."""


class Curve(Struct, frozen=True):
    """Share still waiting after each time, with Greenwood's variance of its logarithm."""

    times: Floats
    waiting: Floats
    variance: Floats
    n: int


def waiting_curve(times: Floats, observed: Flags) -> Curve:
    """The share still waiting; `observed` is False for who was open or cancelled at that time."""
    n = len(times)
    order = np.argsort(times, kind="stable")
    moments, first = np.unique(times[order], return_index=True)
    ended = np.add.reduceat(observed[order].astype(np.float64), first) if n else np.empty(0)
    at_risk = n - first
    keep = ended > 0
    moments, ended, at_risk = moments[keep], ended[keep], at_risk[keep]
    with np.errstate(divide="ignore"):
        variance = np.cumsum(ended / (at_risk * np.maximum(at_risk - ended, EDGE)))
    return Curve(moments, np.cumprod(1 - ended / at_risk, dtype=np.float64), variance, n)


def survival_quantile(
    curve: Curve, share: float, level: float = LEVEL, effect: float = 1.0
) -> Estimate | None:
    """When that share had come to the end; None while fewer have.

    The interval inverts the log-log limits of the curve (Brookmeyer and Crowley), so many cases
    being worth one (the design effect).
    """
    target = 1 - share
    value = _first(curve.times, curve.waiting <= target + EDGE)
    if value is None:
        return None
    inside = np.clip(curve.waiting, EDGE, 1 - EDGE)
    spread = z_of(level) * np.sqrt(effect * curve.variance) / np.abs(np.log(inside))
    lower = inside ** np.exp(np.minimum(spread, 50.0))
    upper = inside ** np.exp(-np.minimum(spread, 50.0))
    return Estimate(
        value=value,
        low=_first(curve.times, lower <= target + EDGE),
        high=_first(curve.times, upper <= target + EDGE),
        n=curve.n,
    )


def share_done(curve: Curve) -> Floats:
    """The share that had come to the end at each of the curve's times."""
    return 1 - curve.waiting


def share_by(curve: Curve, time: float) -> float:
    """The share that had come to the end by then; NaN for an empty curve."""
    if curve.n == 0:
        return math.nan
    place = int(np.searchsorted(curve.times, time, side="right"))
    return 0.0 if place == 0 else 1 - float(curve.waiting[place - 1])


def _first(times: Floats, holds: Flags) -> float | None:
    return float(times[int(np.argmax(holds))]) if bool(holds.any()) else None
