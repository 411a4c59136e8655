"""Calls by the hour, for the wall: a day, the day before it, and what is usual at each hour.

Counts alone, of all lines together: nobody can be found in them. Training and duty are never mixed.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.clocks import Clock
from kentongan.measure.statistics.arrays import Whole
from kentongan.measure.subjects import CallCase

DAY: Final = timedelta(days=1)
HOUR_S: Final = 3_600
HOURS: Final = 24
QUARTER_S: Final = 900
QUARTERS: Final = 192
"""Quarter hours of two days: the last hours before midnight belong to those after it."""

USUAL_DAYS: Final = 28
"""Days before that the usual band is made of: four of each weekday."""

USUAL_DAYS_MIN: Final = 14
"""With fewer a band would be the noise of single days."""

LOW, HIGH = 0.1, 0.9
"""The band holds four of five days."""


class DayHours(Struct, frozen=True, kw_only=True):
    """Calls that rang in each of 24 hours from the day's start; `before` a day earlier. `low` and
    `high` are P10 and P90 of the same hours of earlier days, empty while too few are known.
    `quarters` are the quarter hours of both days, the day before first."""

    calls: tuple[int, ...]
    before: tuple[int, ...]
    quarters: tuple[int, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    usual_days: int = 0


def day_hours(calls: Iterable[CallCase], start_at: datetime, *, training: bool) -> DayHours:
    """The hours of the day that begins at `start_at` and of those before it."""
    rings = [
        (call.stamps[Clock.RING].at - start_at).total_seconds()
        for call in calls
        if call.training == training and Clock.RING in call.stamps
    ]
    counts = np.zeros((USUAL_DAYS + 1, HOURS), dtype=np.int64)
    for seconds in rings:
        back, hour = divmod(int(seconds // HOUR_S), HOURS)
        if -USUAL_DAYS <= back <= 0:
            counts[-back, hour] += 1
    quarters = _quarters(rings)
    known = min(int(-min(rings, default=0.0) // DAY.total_seconds()), USUAL_DAYS)
    if known < USUAL_DAYS_MIN:
        return DayHours(calls=_whole(counts[0]), before=_whole(counts[1]), quarters=quarters)
    low, high = np.quantile(counts[1 : known + 1], [LOW, HIGH], axis=0)
    return DayHours(
        calls=_whole(counts[0]),
        before=_whole(counts[1]),
        quarters=quarters,
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        usual_days=known,
    )


def _quarters(rings: Iterable[float]) -> tuple[int, ...]:
    counts = np.zeros(QUARTERS, dtype=np.int64)
    for seconds in rings:
        at = int(seconds // QUARTER_S) + QUARTERS // 2
        if 0 <= at < QUARTERS:
            counts[at] += 1
    return _whole(counts)


def _whole(counts: Whole) -> tuple[int, ...]:
    return tuple(counts.tolist())
