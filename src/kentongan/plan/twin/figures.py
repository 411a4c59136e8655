"""What a run showed, and the difference between two runs of the same incidents.

Runs are paired: both had the same calls, the same luck. The interval of a difference is Student's
over replications; of a single trace it resamples whole days of pairs.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from scipy.special import ndtri, stdtrit

from kentongan.plan.arrays import Floats, Whole
from kentongan.plan.twin.city import City, Trace
from kentongan.plan.twin.engine import Outcome
from kentongan.plan.twin.rows import HOUR_S, HOURS_OF_WEEK

DAY_S: Final = 86_400.0
DAY_H: Final = 24
LEVEL: Final = 0.95
RESAMPLES: Final = 1_000

DAYS_MIN: Final = 14
"""Days that a trace needs before its resamples say how sure a difference is: two whole weeks."""


class Figures(Struct, frozen=True, kw_only=True):
    """One run. Seconds count from the citizen's clock; percentiles and shares are of all incidents,
    those included to whom nobody came (they wait for ever: infinity from there on); the mean is of
    those that somebody came to, `nobody` the share of the others; `waited` is the share for which
    nobody was free at once."""

    incidents: float
    mean_s: float
    p50_s: float
    p90_s: float
    within: float
    waited: float
    nobody: float
    kilometres: float
    busy: float


class Difference(Struct, frozen=True, kw_only=True):
    """Of one figure: before, after, and the difference with its interval; the limits are NaN, and
    nothing is clear, where a percentile is never reached or the days are too few."""

    name: str
    before: float
    after: float
    change: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out no change."""
        return self.low > 0 or self.high < 0


def figures(city: City, trace: Trace, outcome: Outcome, limit_s: float) -> Figures:
    """The figures of a run; who never got anybody is late by any limit."""
    response = outcome.first_arrival() - trace.called
    known = response[~np.isnan(response)]
    empty = len(known) == 0
    waits = np.zeros(len(trace), dtype=np.bool_)
    waits[outcome.incident[outcome.decided > trace.ready[outcome.incident]]] = True
    return Figures(
        incidents=float(len(trace)),
        mean_s=float("nan") if empty else float(known.mean()),
        p50_s=waited_quantile(response, 0.5),
        p90_s=waited_quantile(response, 0.9),
        within=float((known <= limit_s).sum()) / max(len(trace), 1),
        waited=float(waits.mean()) if len(trace) else 0.0,
        nobody=1 - len(known) / max(len(trace), 1),
        kilometres=float(outcome.kilometres().mean()) if len(trace) else 0.0,
        busy=float(utilisation(city, trace, outcome).mean()),
    )


def waited_quantile(response: Floats, share: float) -> float:
    """A percentile of responses, infinite from the first that nobody came to on (NaN or infinite);
    NaN of none."""
    came = response[np.isfinite(response)]
    place = share * (len(response) - 1)
    if not len(response):
        return float("nan")
    if np.ceil(place) >= len(came):
        return float("inf")
    return float(np.quantile(np.where(np.isfinite(response), response, came.max()), share))


def utilisation(city: City, trace: Trace, outcome: Outcome) -> Floats:
    """Busy time over time on duty, by hour of the day."""
    sent = ~np.isnan(outcome.clear)
    end_s = max(float(trace.ready[-1]) if len(trace) else 0.0, DAY_S)
    busy = by_hour(outcome.decided[sent], np.minimum(outcome.clear[sent], end_s), trace.first_hour)
    duty = np.zeros(HOURS_OF_WEEK)
    for unit in city.units:
        duty += np.ones(HOURS_OF_WEEK) if unit.duty is None else unit.duty
    hours = np.arange(int(np.ceil(end_s / HOUR_S)))
    week = (hours + trace.first_hour) % HOURS_OF_WEEK
    on_duty = np.bincount(week % DAY_H, duty[week], DAY_H) * HOUR_S
    return busy / np.maximum(on_duty, 1.0)


def by_hour(begin: Floats, end: Floats, first_hour: int) -> Floats:
    """Seconds of all spans by hour of the day."""
    found = np.zeros(DAY_H)
    start = np.floor(begin / HOUR_S)
    left = np.maximum(end - begin, 0.0)
    at = begin
    while bool((left > 0).any()):
        part = np.minimum((start + 1) * HOUR_S - at, left)
        hour = (start.astype(np.int64) + first_hour) % DAY_H
        found += np.bincount(hour, np.maximum(part, 0.0), DAY_H)
        left, at, start = left - part, at + part, start + 1
    return found


def differences(before: Sequence[Figures], after: Sequence[Figures]) -> tuple[Difference, ...]:
    """Paired over replications, at least two; in the order of `Figures`."""
    if len(before) != len(after) or len(before) < 2:
        raise ValueError("as many runs before as after, at least two")
    found: list[Difference] = []
    for name in Figures.__struct_fields__:
        old = np.array([getattr(one, name) for one in before])
        new = np.array([getattr(one, name) for one in after])
        with np.errstate(invalid="ignore"):
            change = np.where(np.isinf(old) & np.isinf(new), 0.0, new - old)
        spread = float(change.std(ddof=1)) if bool(np.isfinite(change).all()) else float("nan")
        half = float(stdtrit(len(old) - 1, (1 + LEVEL) / 2)) * spread
        half /= len(old) ** 0.5
        middle = float(change.mean())
        found.append(
            Difference(
                name=name,
                before=float(old.mean()),
                after=float(new.mean()),
                change=middle,
                low=middle - half,
                high=middle + half,
            )
        )
    return tuple(found)


def by_days(
    name: str,
    statistic: Callable[[Floats], float],
    before: Floats,
    after: Floats,
    day: Whole,
    chance: np.random.Generator,
) -> Difference:
    """The difference of a statistic on one trace: whole days of pairs are resampled.

    Under `DAYS_MIN` days the limits are NaN. Resamples of k days vary too little by (k - 1) / k,
    and their spread is itself uncertain: they are widened by that and by Student's t.
    """
    days, which = np.unique(day, return_inverse=True)
    rows = [np.flatnonzero(which == n) for n in range(len(days))]
    old, new = statistic(before), statistic(after)
    change = _minus(new, old)
    low = high = float("nan")
    if len(days) < DAYS_MIN:
        return Difference(name=name, before=old, after=new, change=change, low=low, high=high)
    drawn: list[float] = []
    picks: list[list[int]] = chance.integers(0, len(rows), (RESAMPLES, len(rows))).tolist()
    for days_drawn in picks:
        picked = np.concatenate([rows[n] for n in days_drawn])
        drawn.append(_minus(statistic(after[picked]), statistic(before[picked])))
    if np.isfinite(drawn).all() and np.isfinite(change):
        tail, few = (1 + LEVEL) / 2, len(days) / (len(days) - 1)
        wider = float(stdtrit(len(days) - 1, tail) / ndtri(tail)) * few**0.5
        limits = change + (np.quantile(drawn, [1 - tail, tail]) - change) * wider
        low, high = limits.tolist()
    return Difference(name=name, before=old, after=new, change=change, low=low, high=high)


def _minus(new: float, old: float) -> float:
    """Two percentiles that are never reached differ by nothing that is known."""
    return 0.0 if np.isinf(new) and np.isinf(old) else new - old
