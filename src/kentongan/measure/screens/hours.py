"""F6: hour by weekday. How much comes, how long it takes, how many units are out."""

from typing import Final

import numpy as np
from msgspec import Struct, structs

from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.observations import NEVER, Observations
from kentongan.measure.screens.frame import Frame
from kentongan.measure.screens.load import utilisation_of_week
from kentongan.measure.statistics.arrays import Floats, Whole
from kentongan.measure.statistics.funnel import funnel
from kentongan.measure.statistics.quantiles import ENOUGH, Estimate, quantile, share_estimate
from kentongan.measure.tables import MICRO, Table

HOURS: Final = 168
HOUR_S: Final = 3_600
THURSDAY: Final = 72
"""Hours from Monday, 0.00, to 1970-01-01, 0.00."""

SHARE_MIN: Final = 10
"""Cases before a cell shows how many were late."""

OUT_MAX_S: Final = 24 * HOUR_S
"""Longer than this a unit was not out: somebody forgot to say that it was clear."""


class Cell(Struct, frozen=True, kw_only=True):
    """An hour of the week; `hour` 0 is Monday, 0.00 to 1.00, by the city's clock.

    Calls and units are means over all such hours, `utilisation` the share of the unit-hours on duty
    that was bound, None of fewer than `ENOUGH` of them; `desks` are those needed for the calls.
    `late_q` is the false-discovery rate at which the hour is later or earlier than all of them.
    """

    hour: int
    hours: int
    calls: float | None
    n: int
    late: int | None
    late_share: Estimate | None
    late_q: float | None
    p50_s: float | None
    p90_s: float | None
    units_out: float
    utilisation: float | None = None
    desks: int | None = None


class Hours(Struct, frozen=True, kw_only=True):
    """F6; `handling_s` is the mean conversation that desks are reckoned with, None without one."""

    limit_s: float
    handling_s: float | None
    cells: tuple[Cell, ...]


def hours(frame: Frame) -> Hours:
    """The matrix; calls are no agency's and are left out when one was asked for."""
    found = frame.observed()
    occurrences = _occurrences(frame)
    calls = None if frame.asked.agency else _calls(frame.now.tables["call"])
    out = _units_out(frame.table(Subject.WORK))
    values, of = found.seconds[found.valued], _hour_of(found)[found.valued]
    cells = [
        _cell(
            hour,
            max(int(occurrences[hour]), 1),
            values[of == hour],
            frame.limit_s,
            None if calls is None else float(calls[hour]),
            float(out[hour]),
        )
        for hour in range(HOURS)
    ]
    told = [(str(one.hour), one.n, one.late) for one in cells if one.late is not None]
    rates = {int(place.key): place.q_value for place in funnel(told)}
    bound = utilisation_of_week(frame)
    cells = [
        structs.replace(one, late_q=rates.get(one.hour), utilisation=bound[one.hour])
        for one in cells
    ]
    return Hours(
        limit_s=frame.limit_s,
        handling_s=None if calls is None else _handling_s(frame.now.tables["call"]),
        cells=tuple(cells),
    )


def _cell(
    hour: int, hours_seen: int, values: Floats, limit_s: float, calls: float | None, out: float
) -> Cell:
    n, late = len(values), int((values > limit_s).sum())
    ordered = np.sort(values)
    return Cell(
        hour=hour,
        hours=hours_seen,
        calls=None if calls is None else calls / hours_seen,
        n=n,
        late=late if n >= SHARE_MIN else None,
        late_share=share_estimate(late, n) if n >= SHARE_MIN else None,
        late_q=None,
        p50_s=quantile(ordered, 0.5) if n >= ENOUGH else None,
        p90_s=quantile(ordered, 0.9) if n >= ENOUGH else None,
        units_out=out / hours_seen,
    )


def _occurrences(frame: Frame) -> Whole:
    """How often each hour of the week came in the days asked for that are on record."""
    calls = frame.now.tables["call"].labels["day"].used
    days = sorted({*calls, *frame.now.tables["incident"].labels["day"].used} - {""})
    if not days:
        return np.zeros(HOURS, dtype=np.int64)
    first, last = (int(np.datetime64(one, "D").astype(np.int64)) for one in (days[0], days[-1]))
    weekdays = np.bincount((np.arange(first, last + 1) + 3) % 7, minlength=7)
    return np.repeat(weekdays, 24)


def _week_hour(seconds: Whole) -> Whole:
    return (seconds // HOUR_S + THURSDAY) % HOURS


def _hour_of(found: Observations) -> Whole:
    return _week_hour(found.started + found.offset_s)


def _calls(table: Table) -> Whole:
    ring = table.moments(Clock.RING)
    rang = ring[ring != NEVER] // MICRO + table.offset_s
    return np.bincount(_week_hour(rang), minlength=HOURS)


def _units_out(works: Table) -> Floats:
    """Unit-hours spent with an incident in each hour of the week."""
    begin, end = works.moments(Clock.ASSIGNED), works.moments(Clock.CLEAR)
    both = (begin != NEVER) & (end > begin)
    start = begin[both] / MICRO + works.offset_s
    stop = np.minimum(end[both] / MICRO + works.offset_s, start + OUT_MAX_S)
    found = np.zeros(HOURS)
    for shift in range(OUT_MAX_S // HOUR_S + 1):
        edge = (np.floor(start / HOUR_S) + shift) * HOUR_S
        inside = np.clip(np.minimum(stop, edge + HOUR_S) - np.maximum(start, edge), 0, HOUR_S)
        found += np.bincount(
            _week_hour(edge.astype(np.int64)), weights=inside / HOUR_S, minlength=HOURS
        )
    return found


def _handling_s(calls: Table) -> float | None:
    answer, ended = calls.moments(Clock.ANSWER), calls.moments(Clock.ENDED)
    both = (answer != NEVER) & (ended >= answer)
    if int(both.sum()) < ENOUGH:
        return None
    return float((ended[both] - answer[both]).mean() / MICRO)
