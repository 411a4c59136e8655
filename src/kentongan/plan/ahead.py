"""Calls of the hours ahead, by what was seen to help: each cause is tried on the past first.

Season, holidays, rain and flood enter the regression one after the other, each only when forecasts
made as they would have been made then, of the newest spans of four weeks, come nearer with it than
without it. Rain and flood are tried with the weather that fell: a forecast of it is less certain.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct, structs

from kentongan.plan.arrays import Flags, Floats, Whole
from kentongan.plan.forecast import (
    MIN_HOURS,
    Forecast,
    Hours,
    fit,
    mean_of_weeks,
    predict,
)
from kentongan.plan.regressors import YEAR_H, Group, season

FORECAST_DAYS_MAX: Final = 120

SPAN_H: Final = 28 * 24
SPANS_MAX: Final = 13
"""Spans of four weeks on which a cause is tried: a year, so that each season speaks."""

KNOWN_H: Final = round(3 * YEAR_H)
"""Before each of them, the newest hours of which its forecast is made: older ones add little to
the choice and cost the most."""

ACTS_MIN: Final = 24
"""Hours in which a cause must be at work, before the tried spans and within them."""

GAIN_MIN: Final = 0.0005
"""A twentieth of a point of WAPE: less does not show in what is printed, and is no reason."""

USED, NO_GAIN, NO_DATA, TOO_SHORT, TOO_FEW = "used", "no_gain", "no_data", "too_short", "too_few"


class Judged(Struct, frozen=True, kw_only=True):
    """One cause: `used`, or why not. `without` and `with_it` are the WAPE over `spans` spans of
    four weeks, where it was tried; of the hours ahead it is `known` in so many, and `acts` in so
    many of them."""

    name: str
    state: str
    without: float | None = None
    with_it: float | None = None
    spans: int = 0
    acts: int = 0
    known: int = 0


class Ahead(Struct, frozen=True, kw_only=True):
    """The forecast, whether it is a regression, and what became of each cause."""

    forecast: Forecast
    is_regression: bool
    judged: tuple[Judged, ...]


def forecast(history: Hours, hour: Whole, causes: Sequence[Group] = ()) -> Ahead:
    """The regression with the causes that help when there is history enough for it, else the mean
    of what there is; `NotEnoughError` without any, `ValueError` for too far ahead."""
    if len(hour) > FORECAST_DAYS_MAX * 24:
        raise ValueError(f"at most {FORECAST_DAYS_MAX} days ahead")
    offered = (season(), *causes)
    if len(history.hour) < MIN_HOURS:
        judged = tuple(
            Judged(name=one.name, state=TOO_SHORT, known=int(one.known(hour).sum()))
            for one in offered
        )
        found = mean_of_weeks(history, hour)
        return Ahead(forecast=found, is_regression=False, judged=judged)
    judged, used = choose(history, hour, offered)
    fitted = fit(Hours(history.hour, history.counts, _columns(used, history.hour)))
    found = predict(fitted, hour, _columns(used, hour))
    return Ahead(forecast=found, is_regression=True, judged=judged)


def choose(
    history: Hours, hour: Whole, offered: Sequence[Group]
) -> tuple[tuple[Judged, ...], list[Group]]:
    """What became of each cause, in that order, and those that are used."""
    judged: list[Judged] = []
    used: list[Group] = []
    for one in offered:
        found = _judge(history, used, one)
        ahead = {"acts": int(one.acts(hour).sum()), "known": int(one.known(hour).sum())}
        judged.append(structs.replace(found, **ahead))
        if found.state == USED:
            used.append(one)
    return tuple(judged), used


def _judge(history: Hours, used: list[Group], one: Group) -> Judged:
    acts = one.acts(history.hour)
    needed = YEAR_H if one.name == "season" else MIN_HOURS
    begins = _begins(history, needed)
    if not begins:
        return Judged(name=one.name, state=TOO_SHORT)
    if not acts.any():
        return Judged(name=one.name, state=NO_DATA)
    first = history.hour < begins[-1]
    if min(int(acts[first].sum()), int(acts[~first].sum())) < ACTS_MIN:
        return Judged(name=one.name, state=TOO_FEW)
    without = _error(history, begins, _columns(used, history.hour))
    with_it = _error(history, begins, _columns([*used, one], history.hour))
    state = USED if with_it <= without - GAIN_MIN else NO_GAIN
    return Judged(name=one.name, state=state, without=without, with_it=with_it, spans=len(begins))


def _begins(history: Hours, needed: float) -> list[int]:
    """Where the newest spans begin that have enough before them, the newest first."""
    end, first = int(history.hour[-1]) + 1, int(history.hour[0])
    begins = [end - (n + 1) * SPAN_H for n in range(SPANS_MAX)]
    return [
        one
        for one in begins
        if one - first >= needed and int(_known(history, one).sum()) >= MIN_HOURS
    ]


def _known(history: Hours, begin: int) -> Flags:
    return (history.hour < begin) & (history.hour >= begin - KNOWN_H)


def _error(history: Hours, begins: list[int], columns: Floats | None) -> float:
    """WAPE of all spans together."""
    wrong, calls = 0.0, 0
    for begin in begins:
        known = _known(history, begin)
        asked = (history.hour >= begin) & (history.hour < begin + SPAN_H)
        past, ahead = (None, None) if columns is None else (columns[known], columns[asked])
        fitted = fit(Hours(history.hour[known], history.counts[known], past))
        mean = predict(fitted, history.hour[asked], ahead).mean
        wrong += float(np.abs(history.counts[asked] - mean).sum())
        calls += int(history.counts[asked].sum())
    return wrong / max(calls, 1)


def _columns(used: Sequence[Group], hour: Whole) -> Floats | None:
    return np.column_stack([one.columns(hour) for one in used]) if used else None
