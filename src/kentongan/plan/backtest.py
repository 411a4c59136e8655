"""Was the forecast any good? Made again as it would have been made then, beside what came.

Rolling origins: the newest spans of so many hours, one before the other. For each the forecast is
made of what was known at its beginning, the same by two simpler means, and all three are compared
with the calls that came. WAPE is the absolute error of all hours together over all calls; below the
noise of counting (`floor`) no model can come. Coverage is the share of hours whose calls did not
exceed the quantile: of whole numbers it is a little more than asked for.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.plan.ahead import forecast
from kentongan.plan.forecast import (
    MIN_HOURS,
    Floats,
    Forecast,
    Hours,
    NotEnoughError,
    Whole,
    mean_of_weeks,
    wape,
)
from kentongan.plan.regressors import Group

ORIGINS: Final = 5
AHEAD_H: Final = 28 * 24

Make = Callable[[Hours, Whole], Forecast]


def _models(causes: Sequence[Group]) -> dict[str, Make]:
    """The forecast in use, and what it must be better than. Which causes it uses is chosen anew
    for each origin, out of what was known then."""
    return {
        "regression": lambda past, hour: forecast(past, hour, causes).forecast,
        "mean of 8 weeks": mean_of_weeks,
        "last week": partial(mean_of_weeks, weeks=1),
    }


class Model(Struct, frozen=True, kw_only=True):
    """How one of them did: its error over all origins and at the worst of them, and the share of
    hours that did not exceed its P80 and its P90."""

    name: str
    wape: float
    worst: float
    within_p80: float
    within_p90: float


class BackTest(Struct, frozen=True, kw_only=True):
    """The outcome. `floor` is the error of somebody who knows each hour's mean, where calls come by
    chance around it (Poisson); `busy` and `counts` are each hour's P90 forecast and its calls."""

    origins: int
    ahead_h: int
    calls_an_hour: float
    floor: float
    models: tuple[Model, ...]
    busy: Whole
    counts: Whole

    def model(self, name: str) -> Model:
        """One of them."""
        return next(one for one in self.models if one.name == name)


def back_test(
    history: Hours,
    origins: int = ORIGINS,
    ahead_h: int = AHEAD_H,
    causes: Sequence[Group] = (),
) -> BackTest:
    """Try the forecast on the newest spans; fewer origins where the record is short, and
    `NotEnoughError` when not even one has eight weeks before it."""
    if not len(history.hour):
        raise NotEnoughError("no history at all")
    end = int(history.hour[-1]) + 1
    begins = [end - (n + 1) * ahead_h for n in range(origins)]
    begins = [one for one in begins if int((history.hour < one).sum()) >= MIN_HOURS]
    if not begins:
        raise NotEnoughError(
            f"{len(history.hour)} hours of calls; to try a forecast of {ahead_h} hours needs "
            f"{MIN_HOURS + ahead_h}"
        )
    tried = {name: [_tried(history, one, ahead_h, make) for one in begins]
             for name, make in _models(causes).items()}  # fmt: skip
    used = tried["regression"]
    return BackTest(
        origins=len(begins),
        ahead_h=ahead_h,
        calls_an_hour=float(np.concatenate([one.counts for one in used]).mean()),
        floor=float(np.mean([one.floor for one in used])),
        models=tuple(_model(name, found) for name, found in tried.items()),
        busy=np.concatenate([one.p90 for one in used]),
        counts=np.concatenate([one.counts for one in used]),
    )


class _Tried(Struct, frozen=True, eq=False, kw_only=True):
    counts: Whole
    p80: Whole
    p90: Whole
    wape: float
    floor: float


def _tried(history: Hours, begin: int, ahead_h: int, make: Make) -> _Tried:
    known = history.hour < begin
    asked = ~known & (history.hour < begin + ahead_h)
    counts = history.counts[asked]
    found = make(Hours(history.hour[known], history.counts[known]), history.hour[asked])
    return _Tried(
        counts=counts,
        p80=found.quantile(0.8),
        p90=found.quantile(0.9),
        wape=wape(counts, found.mean),
        floor=float(noise(found.mean).sum() / max(float(found.mean.sum()), 1e-9)),
    )


def _model(name: str, found: list[_Tried]) -> Model:
    counts = np.concatenate([one.counts for one in found])
    p80, p90 = (np.concatenate([getattr(one, q) for one in found]) for q in ("p80", "p90"))
    return Model(
        name=name,
        wape=float(np.mean([one.wape for one in found])),
        worst=max(one.wape for one in found),
        within_p80=float((counts <= p80).mean()),
        within_p90=float((counts <= p90).mean()),
    )


def noise(mean: Floats) -> Floats:
    """The mean absolute deviation of a Poisson count from its mean: 2 m^(k+1) e^-m / k! with k the
    whole part of m (De Moivre)."""
    whole = np.floor(mean)
    log_factorial = np.array([math.lgamma(k + 1) for k in whole.tolist()])
    log = np.log(np.maximum(mean, 1e-300)) * (whole + 1) - mean - log_factorial
    return np.asarray(2 * np.exp(log), dtype=np.float64)
