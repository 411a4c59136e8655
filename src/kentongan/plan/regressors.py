"""What calls may depend on besides the hour of the week: season, holidays, rain and flood.

Each is a group of columns, one row for each hour. An hour of which nothing is known has zeros: no
holiday, and the mean of the weather on record. Hours are those of `plan.forecast`: whole hours
since 1970 in the city's clock.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.plan.arrays import Flags, Floats, Whole
from kentongan.plan.weather import Weather

YEAR_H: Final = 8_766.0
"""Hours of a mean year."""

HARMONICS: Final = 3
"""Waves of a year: whole, half and a third of it."""

OFF, FASTING, FEAST = "off", "fasting", "feast"
"""Kinds of days: nobody works; the fasting month; the feast with its journeys home."""

WET_MM: Final = 0.5
"""Of rain in an hour; less wets no road."""

RAIN_BEFORE_H: Final = 6
"""Hours whose rain still counts: roads stay wet, water comes down from the hills."""

FLOOD_AFTER_H: Final = 24
"""Hours after the water in which calls for it still come."""


class Days(Struct, frozen=True):
    """Days of one kind, both ends counted, as whole days since 1970."""

    first: int
    last: int
    kind: str


class Group(Struct, frozen=True):
    """One cause. `columns` of hours; `acts` says in which of them it is at work, `known` of which
    of them it is known whether it is."""

    name: str
    columns: Callable[[Whole], Floats]
    acts: Callable[[Whole], Flags]
    known: Callable[[Whole], Flags]


def season() -> Group:
    """Waves of the year, always there."""

    def columns(hour: Whole) -> Floats:
        angle = 2 * math.pi * hour / YEAR_H
        waves = [f(k * angle) for k in range(1, HARMONICS + 1) for f in (np.sin, np.cos)]
        return np.column_stack(waves).astype(np.float64)

    return Group("season", columns, _always, _always)


def holidays(days: Sequence[Days]) -> Group:
    """Each kind of day: how much more or less, and at which time of the day.

    A year is known when it has every kind that some year has: of one whose feast nobody listed,
    because the decree is not out yet, it is not known that there is none.
    """
    by_kind = {kind: _of_kind(days, kind) for kind in (OFF, FASTING, FEAST)}

    def columns(hour: Whole) -> Floats:
        found: list[Floats] = []
        angle = 2 * math.pi * (hour % 24) / 24
        for listed in by_kind.values():
            on = np.isin(hour // 24, listed).astype(np.float64)
            found += [on, on * np.sin(angle), on * np.cos(angle)]
        return np.column_stack(found)

    everything = np.concatenate(list(by_kind.values()))
    listed_in = [np.unique(_year(one)) for one in by_kind.values() if len(one)]
    years = np.unique(_year(everything))
    for one in listed_in:
        years = np.intersect1d(years, one)
    return Group(
        "holidays",
        columns,
        lambda hour: np.isin(hour // 24, everything),
        lambda hour: np.isin(_year(hour // 24), years),
    )


def rain(weather: Weather) -> Group:
    """Rain of the hour and of those before it; on a logarithm, as a cloudburst is not ten times
    the calls of a shower."""

    def raw(hour: Whole) -> Floats:
        before = np.zeros(len(hour))
        for lag in range(1, RAIN_BEFORE_H + 1):
            before = before + _value(weather, weather.mm, hour - lag)
        return np.log1p(np.column_stack((_value(weather, weather.mm, hour), before)))

    return _of_weather("rain", weather, weather.mm, raw, WET_MM)


def flood(weather: Weather) -> Group:
    """Water on the roads: in the hour, and within a day before it."""

    def raw(hour: Whole) -> Floats:
        after = np.zeros(len(hour))
        for lag in range(1, FLOOD_AFTER_H + 1):
            after = np.maximum(after, _value(weather, weather.flood, hour - lag))
        return np.column_stack((_value(weather, weather.flood, hour), after))

    return _of_weather("flood", weather, weather.flood, raw, 1.0)


def _of_weather(
    name: str, weather: Weather, values: Floats, raw: Callable[[Whole], Floats], least: float
) -> Group:
    """Columns about their mean on record, so that an hour without weather is one like most."""
    measured = weather.hour[~np.isnan(values)]
    mean = raw(measured).mean(axis=0) if len(measured) else np.zeros(2)

    def known(hour: Whole) -> Flags:
        return np.isin(hour, measured)

    return Group(
        name,
        lambda hour: np.where(known(hour)[:, None], raw(hour) - mean, 0.0),
        lambda hour: _value(weather, values, hour) >= least,
        known,
    )


def _always(hour: Whole) -> Flags:
    return np.ones(len(hour), dtype=np.bool_)


def _year(day: Whole) -> Whole:
    return day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)


def _of_kind(days: Sequence[Days], kind: str) -> Whole:
    found = [n for one in days if one.kind == kind for n in range(one.first, one.last + 1)]
    return np.array(sorted(set(found)), dtype=np.int64)


def _value(weather: Weather, values: Floats, hour: Whole) -> Floats:
    """The value of each hour; 0 where none is known."""
    if not len(weather.hour):
        return np.zeros(len(hour))
    at = np.minimum(np.searchsorted(weather.hour, hour), len(weather.hour) - 1)
    return np.where(weather.hour[at] == hour, np.nan_to_num(values[at]), 0.0)
