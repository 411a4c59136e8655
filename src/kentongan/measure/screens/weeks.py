"""F4: is this week out of the ordinary? Weekly medians, P90s and shares on control charts."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.screens.frame import Frame
from kentongan.measure.statistics.arrays import Whole
from kentongan.measure.statistics.charts import Chart, g_chart, p_chart, xmr_chart
from kentongan.measure.statistics.quantiles import ENOUGH, quantile_of

WEEKS_MIN: Final = 8
"""Weeks before limits are drawn: of fewer they are a guess."""

RARE: Final = 0.05
"""Late cases are rare up to this share: then the cases between two of them are charted as well."""

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
    """F4. `weeks` is how many there are; with fewer than `WEEKS_MIN` there are no charts."""

    weeks: int
    limit_s: float
    charts: tuple[Charted, ...]


def weeks(frame: Frame) -> Weeks:
    """Charts of the time asked for and the one before it: limits need history."""
    whole = [frame.observed(frame.before), frame.observed()]
    seconds = np.concatenate([one.seconds[one.valued] for one in whole])
    days = np.concatenate([one.days[one.valued] for one in whole])
    started = np.concatenate([one.started[one.valued] for one in whole])
    limit_s = frame.limit_s
    if not len(seconds):
        return Weeks(weeks=0, limit_s=limit_s, charts=())
    week: Whole = (days - MONDAY) // 7
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
