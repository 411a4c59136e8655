"""Weeks of responses as control charts: the share within a limit, the median, gaps between late.

A week begins on a Monday of the city's calendar; only whole weeks are points.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.observations import Observations
from kentongan.measure.statistics.arrays import Floats
from kentongan.measure.statistics.charts import Chart, Signal, g_chart, p_chart, xmr_chart
from kentongan.measure.statistics.quantiles import quantile

DAY_S: Final = 86_400

WEEK_DAYS: Final = 7

MONDAY_OFFSET: Final = 3
"""1970-01-01 was a Thursday: three days after a Monday."""

WEEK_MIN: Final = 5
"""Cases of a week before its median is a point of the chart."""


class WeekLine(Struct, frozen=True, kw_only=True):
    """A week from its Monday (`2026-10-05`): cases with a value, how many kept the limit."""

    monday: str
    n: int
    within: int
    p50_s: float | None


class PlainChart(Struct, frozen=True, kw_only=True):
    """A control chart as plain numbers; `at` are the weeks that are its points."""

    kind: str
    at: tuple[int, ...]
    points: tuple[float, ...]
    middle: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    signals: tuple[Signal, ...]


class Weeks(Struct, frozen=True, kw_only=True):
    """Whole weeks up to the month's end, the share within the limit and the median by week."""

    lines: tuple[WeekLine, ...]
    share: PlainChart | None
    median: PlainChart | None


def weeks_of(found: Observations, end: datetime, count: int, limit_s: float) -> Weeks:
    """At most so many whole weeks of the city's calendar before `end`; a week that began and has
    not ended belongs to the next month's report, and one that the record begins in is no point."""
    end_day = (int(end.timestamp()) + found.offset_s) // DAY_S
    stop = (end_day + MONDAY_OFFSET) // WEEK_DAYS
    begin = max(stop - count, _first_whole(found)) if len(found) else stop
    return _weeks(found, range(begin, max(begin, stop)), limit_s)


def weeks_between(found: Observations, limit_s: float) -> Weeks:
    """Whole weeks from the first day that anything began on to the last."""
    if not len(found):
        return Weeks(lines=(), share=None, median=None)
    begin = _first_whole(found)
    stop = (int(found.days.max()) + 1 + MONDAY_OFFSET) // WEEK_DAYS
    return _weeks(found, range(begin, max(begin, stop)), limit_s)


def _first_whole(found: Observations) -> int:
    """The first week of which nothing lies before the first day that anything began on."""
    return -(-(int(found.days.min()) + MONDAY_OFFSET) // WEEK_DAYS)


def late_gaps(found: Observations, limit_s: float) -> PlainChart | None:
    """Responses between two late ones, in the order in which they began; `at` is the late one's
    place among them. None under two gaps."""
    valued = found.valued
    order = np.argsort(found.started[valued], kind="stable")
    late = np.flatnonzero(found.seconds[valued][order] > limit_s)
    if len(late) < 3:
        return None
    return _plain(g_chart((np.diff(late) - 1).astype(np.int64)), [int(one) for one in late[1:]])


def _weeks(found: Observations, wanted: range, limit_s: float) -> Weeks:
    valued = found.valued
    seconds = found.seconds[valued]
    week = (found.days[valued] + MONDAY_OFFSET) // WEEK_DAYS
    lines = tuple(_week(at, seconds[week == at], limit_s) for at in wanted)
    first = next((at for at, one in enumerate(lines) if one.n), len(lines))
    lines = lines[first:]  # weeks before the record began are no points
    return Weeks(lines=lines, share=_share_chart(lines), median=_median_chart(lines))


def _week(at: int, seconds: Floats, limit_s: float) -> WeekLine:
    monday = np.datetime64(at * WEEK_DAYS - MONDAY_OFFSET, "D")
    ordered = np.sort(seconds)
    return WeekLine(
        monday=str(monday),
        n=len(ordered),
        within=int((ordered <= limit_s).sum()),
        p50_s=quantile(ordered, 0.5) if len(ordered) >= WEEK_MIN else None,
    )


def _share_chart(lines: Sequence[WeekLine]) -> PlainChart | None:
    counted = [at for at, one in enumerate(lines) if one.n]
    if len(counted) < 2:
        return None
    hits = np.array([lines[at].within for at in counted], dtype=np.int64)
    return _plain(p_chart(hits, np.array([lines[at].n for at in counted], np.int64)), counted)


def _median_chart(lines: Sequence[WeekLine]) -> PlainChart | None:
    known = [(at, one.p50_s) for at, one in enumerate(lines) if one.p50_s is not None]
    if len(known) < 2:
        return None
    return _plain(xmr_chart(np.array([value for _, value in known])), [at for at, _ in known])


def _plain(chart: Chart, at: Sequence[int]) -> PlainChart:
    def numbers(column: Floats) -> tuple[float, ...]:
        return tuple(float(one) for one in column)

    return PlainChart(
        kind=chart.kind,
        at=tuple(at),
        points=numbers(chart.points),
        middle=numbers(chart.middle),
        lower=numbers(chart.lower),
        upper=numbers(chart.upper),
        signals=chart.signals,
    )
