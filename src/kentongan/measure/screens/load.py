"""F13: how busy units are. Unit-hour utilisation (UHU): hours bound of hours on duty.

Every incident that binds a unit counts, also one that no figure of response counts; so only the
filter for an agency reaches this. Hours bound of a unit that nobody had signed on are told apart.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.clocks import Clock
from kentongan.measure.observations import NEVER
from kentongan.measure.screens.first import SEED
from kentongan.measure.screens.frame import Frame, filtered
from kentongan.measure.statistics.arrays import LEVEL, Flags, Floats, Whole, numbered
from kentongan.measure.statistics.change import Side, figure_of
from kentongan.measure.statistics.quantiles import (
    ENOUGH,
    RESAMPLES,
    Estimate,
    drawn_blocks,
)
from kentongan.measure.tables import MICRO, Table
from kentongan.measure.unit_hours import BOUND_MAX
from kentongan.measure.unit_spans import THERE

HOUR_S: Final = 3_600
DAY_S: Final = 86_400
BOUND_MAX_S: Final = int(BOUND_MAX.total_seconds())
WEEK_HOURS: Final = 168
THURSDAY: Final = 72
"""Hours from Monday, 0.00, to 1970-01-01, 0.00."""

UNITS_MAX: Final = 400
"""Units that are listed, the busiest; more no city has on one page."""


class UnitLoad(Struct, frozen=True, kw_only=True):
    """Of a unit, an agency (`unit` empty) or all (both empty). `works` is how often it was sent;
    `utilisation` has its interval by whole days, None under `ENOUGH` works or without duty."""

    agency: str
    unit: str
    units: int
    works: int
    bound_h: float
    on_duty_h: float
    unsigned_h: float
    utilisation: Estimate | None


class Load(Struct, frozen=True, kw_only=True):
    """F13: all first, then agencies and units, each list the busiest first. `unsure` is how many of
    them have too few works for a ratio."""

    groups: tuple[UnitLoad, ...]
    units: tuple[UnitLoad, ...]
    unsure: int


class Pieces(Struct, frozen=True, eq=False):
    """Unit-hours in pieces of at most an hour: whose (an index of `names`), in which hour of the
    city's clock counted from 1970, seconds, and whether the unit was there and was bound."""

    names: tuple[tuple[str, str], ...]
    unit: Whole
    hour: Whole
    seconds: Floats
    there: Flags
    bound: Flags
    works: Whole


def load(frame: Frame) -> Load:
    """The load of the time asked for."""
    found = pieces(frame)
    seen = np.bincount(found.unit, minlength=len(found.names)) > 0
    every = np.arange(len(found.names))
    agencies = sorted({agency for agency, _ in found.names})
    of_agency = {
        name: np.array([agency == name for agency, _ in found.names], dtype=np.bool_) & seen
        for name in agencies
    }
    groups = [] if frame.asked.agency else [_load(found, ("", ""), seen)]
    groups += [
        _load(found, (name, ""), of_agency[name])
        for name in agencies
        if name and of_agency[name].any()
    ]
    units = [_load(found, name, every == at) for at, name in enumerate(found.names) if seen[at]]
    shown = sorted(units, key=_busiest)[:UNITS_MAX]
    return Load(
        groups=tuple(groups[:1] + sorted(groups[1:], key=_busiest)),
        units=tuple(shown),
        unsure=sum(one.utilisation is None for one in units),
    )


def utilisation_of_week(frame: Frame) -> Sequence[float | None]:
    """The share by hour of the week; None where fewer than `ENOUGH` unit-hours were on duty."""
    found = pieces(frame)
    of = (found.hour + THURSDAY) % WEEK_HOURS
    on_duty, busy = (
        np.bincount(of, weights=found.seconds * kind, minlength=WEEK_HOURS) / HOUR_S
        for kind in (found.there, found.there & found.bound)
    )
    return [
        float(part / whole) if whole >= ENOUGH else None
        for part, whole in zip(busy, on_duty, strict=True)
    ]


def pieces(frame: Frame) -> Pieces:
    """All unit-hours of the time asked for, also of what was begun in the time before it."""
    tables = [filtered(one.tables["hours"], frame.asked) for one in (frame.before, frame.now)]
    names, codes = _names(tables)
    first, last = (_day_number(day) * DAY_S for day in (frame.asked.start, frame.asked.end))
    begin, end, there = (
        np.concatenate(column) for column in zip(*map(_spans, tables), strict=True)
    )
    inside = (end > first) & (begin < last)
    unit, there = np.concatenate(codes)[inside], there[inside] == 1
    begin, end = np.maximum(begin[inside], first), np.minimum(end[inside], last)
    works = np.bincount(unit[~there], minlength=len(names))
    return _hourly(names, _segments(unit, begin, end, there), works)


def _day_number(day: date) -> int:
    return int(np.datetime64(day.isoformat(), "D").astype(np.int64))


def _names(tables: Sequence[Table]) -> tuple[tuple[tuple[str, str], ...], list[Whole]]:
    """Each unit with its agency, and whose each row is. A unit lent out is its own agency's."""
    of: dict[str, int] = {}
    agency: list[str] = []
    codes: list[Whole] = []
    for table in tables:
        unit, whose = table.labels["unit"], table.labels["agency"]
        place = [of.setdefault(name, len(of)) for name in unit.names]
        agency += [""] * (len(of) - len(agency))
        for row in np.unique(unit.codes, return_index=True)[1].tolist():
            at = place[int(unit.codes[row])]
            agency[at] = agency[at] or whose.names[int(whose.codes[row])]
        codes.append(np.array(place, dtype=np.int64)[unit.codes])
    return tuple(zip(agency, of, strict=True)), codes


def _spans(table: Table) -> tuple[Whole, Whole, Whole]:
    """Begin and end of each row in seconds of the city's clock, and 1 where it is presence.

    What goes on still ends at the newest moment known: presence at its own midnight, which what is
    known of the next day begins with, and a work after a day.
    """
    begin = table.moments(Clock.ASSIGNED) // MICRO + table.offset_s
    end = table.moments(Clock.CLEAR)
    kind = table.labels["span"]
    presence = np.array([name == THERE for name in kind.names], dtype=np.int64)
    there = presence[kind.codes] if table.size else np.zeros(0, dtype=np.int64)
    longest = np.where(there == 1, (begin // DAY_S + 1) * DAY_S, begin + BOUND_MAX_S)
    now = table.until // MICRO + table.offset_s
    known = np.where(end == NEVER, now, end // MICRO + table.offset_s)
    return begin, np.minimum(known, longest), there


def _segments(
    unit: Whole, begin: Whole, end: Whole, there: Flags
) -> tuple[Whole, Whole, Whole, Flags, Flags]:
    """Stretches in which nothing changes for a unit: whose, from when, to when, there, bound."""
    who, at = np.concatenate((unit, unit)), np.concatenate((begin, end))
    came, sent = there.astype(np.int64), (~there).astype(np.int64)
    order = np.lexsort((at, who))
    who, at = who[order], at[order]
    present = np.cumsum(np.concatenate((came, -came))[order])[:-1] > 0
    bound = np.cumsum(np.concatenate((sent, -sent))[order])[:-1] > 0
    kept = (np.diff(who) == 0) & (np.diff(at) > 0) & (present | bound)
    return who[:-1][kept], at[:-1][kept], at[1:][kept], present[kept], bound[kept]


def _hourly(
    names: tuple[tuple[str, str], ...],
    segments: tuple[Whole, Whole, Whole, Flags, Flags],
    works: Whole,
) -> Pieces:
    unit, begin, end, there, bound = segments
    hours = (end - 1) // HOUR_S - begin // HOUR_S + 1
    of = np.repeat(np.arange(len(unit)), hours)
    number = np.arange(len(of)) - np.repeat(np.cumsum(hours) - hours, hours)
    hour = begin[of] // HOUR_S + number
    seconds = np.minimum(end[of], (hour + 1) * HOUR_S) - np.maximum(begin[of], hour * HOUR_S)
    return Pieces(names, unit[of], hour, seconds.astype(np.float64), there[of], bound[of], works)


def _load(found: Pieces, name: tuple[str, str], chosen: Flags) -> UnitLoad:
    mine = chosen[found.unit]
    seconds, there, bound = found.seconds[mine], found.there[mine], found.bound[mine]
    days = found.hour[mine] // 24
    works = int(found.works[chosen].sum())
    agency, unit = name
    return UnitLoad(
        agency=agency,
        unit=unit,
        units=int(chosen.sum()),
        works=works,
        bound_h=_hours(seconds[there & bound]),
        on_duty_h=_hours(seconds[there]),
        unsigned_h=_hours(seconds[bound & ~there]),
        utilisation=_utilisation(seconds[there], bound[there], days[there], works),
    )


def _hours(seconds: Floats) -> float:
    return float(seconds.sum()) / HOUR_S


def _utilisation(seconds: Floats, bound: Flags, days: Whole, works: int) -> Estimate | None:
    """The share of these seconds that was bound; days are resampled whole."""
    if works < ENOUGH or not len(seconds):
        return None
    of, count = numbered(days)
    whole = np.bincount(of, weights=seconds, minlength=count)
    busy = np.bincount(of, weights=seconds * bound, minlength=count)

    def resampled() -> Floats:
        drawn = drawn_blocks(count, RESAMPLES, np.random.default_rng(SEED))
        return (drawn @ busy) / (drawn @ whole)

    value = float(busy.sum() / whole.sum())
    figure = figure_of(Side(seconds, days), value, resampled)
    low = high = None
    if figure.drawn is not None:
        edges = np.quantile(figure.drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        low, high = np.clip(edges, 0.0, 1.0).tolist()
    return Estimate(value=value, low=low, high=high, n=works)


def _busiest(one: UnitLoad) -> tuple[float, float, str, str]:
    share = -1.0 if one.utilisation is None else one.utilisation.value
    return (-share, -one.bound_h, one.agency, one.unit)
