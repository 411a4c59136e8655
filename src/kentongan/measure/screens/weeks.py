"""F4: is this week out of the ordinary? Weekly medians, P90s and shares on control charts."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.observations import Observations
from kentongan.measure.screens.frame import Frame
from kentongan.measure.statistics.arrays import Floats, Whole
from kentongan.measure.statistics.charts import Chart, g_chart, p_chart, xmr_chart
from kentongan.measure.statistics.quantiles import ENOUGH, quantile_of
from kentongan.measure.tables import MICRO
from kentongan.measure.weeks import DAY_S

WEEKS_MIN: Final = 8
"""Weeks before limits are drawn: of fewer they are a guess."""

RARE: Final = 0.05
"""Late cases are rare up to this share: then the cases between two of them are charted as well."""

EPOCH: Final = date(1970, 1, 1)

MONDAY: Final = 4
"""Days from 1970-01-01, a Thursday, to the first Monday."""


class Signalled(Struct, frozen=True):
    """A point at which a run of Western Electric's was complete."""

    index: int
    rule: str
    high: bool


class Charted(Struct, frozen=True, kw_only=True):
    """A chart for a screen: weeks (Mondays, as days since 1970) or cases, points and limits."""

    what: str
    kind: str
    at: tuple[int, ...]
    n: tuple[int, ...]
    points: tuple[float, ...]
    middle: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    signals: tuple[Signalled, ...]
    spread: float


class Weeks(Struct, frozen=True, kw_only=True):
    """F4. `weeks` is how many whole ones there are; no charts of fewer than `WEEKS_MIN`."""

    weeks: int
    limit_s: float
    charts: tuple[Charted, ...]


def weeks(frame: Frame) -> Weeks:
    """Charts of the time asked for and the one before it: limits need history.

    Only whole weeks are points: not the one that runs, nor those that the span or the record cuts.
    """
    limit_s = frame.limit_s
    started, days, seconds = _together(frame.observed(frame.before), frame.observed())
    week: Whole = (days - MONDAY) // 7
    is_whole = np.isin(week, _whole(frame, days)) if len(days) else np.empty(0, dtype=np.bool_)
    started, week, seconds = started[is_whole], week[is_whole], seconds[is_whole]
    if not len(seconds):
        return Weeks(weeks=0, limit_s=limit_s, charts=())
    at: Whole = np.arange(int(week.min()), int(week.max()) + 1, dtype=np.int64)
    counts = np.bincount(week - at[0], minlength=len(at))
    hits = np.bincount(week - at[0], weights=seconds <= limit_s, minlength=len(at))
    charts: list[Charted] = []
    full = counts > 0
    if int(full.sum()) >= WEEKS_MIN:
        chart = p_chart(hits[full].astype(np.int64), counts[full].astype(np.int64))
        charts.append(_charted("share", chart, _mondays(at[full]), counts[full]))
    enough = counts >= ENOUGH
    if int(enough.sum()) >= WEEKS_MIN:
        for what, share in (("median", 0.5), ("p90", 0.9)):
            values = [quantile_of(seconds[week == one], share) for one in at[enough].tolist()]
            chart = xmr_chart(np.array(values))
            charts.append(_charted(what, chart, _mondays(at[enough]), counts[enough]))
    late = seconds[np.argsort(started, kind="stable")] > limit_s
    where = np.flatnonzero(late)
    if WEEKS_MIN < len(where) <= RARE * len(late):
        between = np.diff(where) - 1
        order = np.arange(1, len(between) + 1)
        charts.append(_charted("between_late", g_chart(between), order, between))
    return Weeks(weeks=int(full.sum()), limit_s=limit_s, charts=tuple(charts))


def _together(*parts: Observations) -> tuple[Whole, Whole, Floats]:
    """When each case with a value began, its day, and the value."""
    return (
        np.concatenate([one.started[one.valued] for one in parts]),
        np.concatenate([one.days[one.valued] for one in parts]),
        np.concatenate([one.seconds[one.valued] for one in parts]),
    )


def _whole(frame: Frame, days: Whole) -> Whole:
    """Weeks, counted from the first Monday of 1970, that the record has from Monday to Sunday."""
    table = frame.table(frame.interval.subject)
    until = (table.until // MICRO + table.offset_s) // DAY_S
    stop = min((frame.asked.end - EPOCH).days, until)
    first = -(-(int(days.min()) - MONDAY) // 7)
    return np.arange(first, max((stop - MONDAY) // 7, first), dtype=np.int64)


def _mondays(weeks: Whole) -> Whole:
    return weeks * 7 + MONDAY


def _charted(what: str, chart: Chart, at: Whole, n: Whole) -> Charted:
    def whole(values: Sequence[float] | np.ndarray) -> tuple[float, ...]:
        return tuple(float(one) for one in values)

    return Charted(
        what=what,
        kind=chart.kind,
        at=tuple(int(one) for one in at),
        n=tuple(int(one) for one in n),
        points=whole(chart.points),
        middle=whole(chart.middle),
        lower=whole(np.maximum(chart.lower, 0.0)),
        upper=whole(chart.upper),
        signals=tuple(Signalled(one.index, str(one.rule), one.high) for one in chart.signals),
        spread=chart.spread,
    )
