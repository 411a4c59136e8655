"""Figures: what a set of observations comes to, each with its interval and what it rests on.

Under `ENOUGH` cases there are no percentiles, only the count ("belum cukup data"). Both
denominators of a share are always there: of those that came to the end, and of all that began.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.intervals import QUALITIES, Quality
from kentongan.measure.observations import Observations
from kentongan.measure.statistics.arrays import Flags, Floats
from kentongan.measure.statistics.by_days import (
    design_effect,
    quantile_by_days,
    quantile_effect,
    share_by_days,
)
from kentongan.measure.statistics.quantiles import (
    ENOUGH,
    Estimate,
    quantile,
    with_rounding,
)
from kentongan.measure.statistics.survival import EDGE, share_done, survival_quantile, waiting_curve

SHARES: Final = (0.5, 0.9, 0.95)
"""Percentiles that are shown; never a mean alone."""

GROUPS_MAX: Final = 10_000
"""Groups of one report; more is refused, since nobody reads them."""

SHORT_LIMIT_S: Final = 15.0
"""Limits up to here are not judged by stamps that are rounded to more than a second."""


class Within(Struct, frozen=True, kw_only=True):
    """How many were within a limit, of those that came to the end and of all that began.

    What never came to its end within the limit is late for the second one; what is still running
    and has not waited that long is in neither. `late_s` is the mean lateness of the late.
    """

    limit_s: float
    of_ended: Estimate | None
    of_all: Estimate | None
    late: int
    late_s: float | None


class Summary(Struct, frozen=True, kw_only=True):
    """One group. `p90_kept` is the P90 with open and cancelled cases kept (Kaplan-Meier)."""

    group: tuple[str, ...]
    n: int
    all: int
    counts: dict[str, int]
    enough: bool
    p50: Estimate | None
    p90: Estimate | None
    p95: Estimate | None
    p90_kept: Estimate | None
    mean_s: float | None
    within: Within | None = None


class TooManyError(ValueError):
    """More groups than anybody can read; `ValueError` so that a command line says it."""


def summaries(
    observations: Observations, by: Sequence[str] = (), limit_s: float | None = None
) -> tuple[Summary, ...]:
    """One line for each group; `KeyError` for a label that is not there, `TooManyError`."""
    count = observations.groups(by)
    if count > GROUPS_MAX:
        raise TooManyError(f"{count} groups by {', '.join(by)}; at most {GROUPS_MAX}")
    return tuple(summary(part, group, limit_s) for group, part in observations.split(by))


def summary(
    observations: Observations, group: tuple[str, ...] = (), limit_s: float | None = None
) -> Summary:
    """What one group comes to."""
    values = observations.values()
    enough = len(values) >= ENOUGH
    p50, p90, p95 = (percentile(observations, share, values) for share in SHARES)
    return Summary(
        group=group,
        n=len(values),
        all=len(observations),
        counts={
            str(quality): count
            for quality in QUALITIES
            if (count := observations.count(quality)) > 0
        },
        enough=enough,
        p50=p50,
        p90=p90,
        p95=p95,
        p90_kept=kept(observations) if enough else None,
        mean_s=float(values.mean()) if enough else None,
        within=None if limit_s is None else within(observations, limit_s),
    )


def percentile(
    observations: Observations, share: float, ordered: Floats | None = None
) -> Estimate | None:
    """A percentile, its interval by whole days and the rounding of the stamps; None under `ENOUGH`.

    `ordered` are the same values sorted, by whoever has them already.
    """
    ordered = observations.values() if ordered is None else ordered
    if len(ordered) < ENOUGH:
        return None
    valued = observations.valued
    found = quantile_by_days(
        observations.seconds[valued], observations.days[valued], ordered, share
    )
    return with_rounding(found, observations.rounding_s) if found else None


def percentile_effect(observations: Observations, share: float) -> float:
    """How many cases are worth one for the change of a percentile of these."""
    valued = observations.valued
    return quantile_effect(observations.seconds[valued], observations.days[valued], share)


def within(observations: Observations, limit_s: float) -> Within | None:
    """How many kept a limit; None when the stamps are too coarse to tell."""
    if limit_s <= SHORT_LIMIT_S and observations.rounding_s > 1:
        return None
    valued = observations.valued
    values, days = observations.seconds[valued], observations.days
    hits = observations.seconds <= limit_s  # what has no value is no hit
    waited = observations.waited[~np.isnan(observations.waited)]
    late = values[values > limit_s]
    counted = valued | (observations.waited > limit_s)
    for quality in (Quality.CANCELLED, Quality.MISSING, Quality.NEGATIVE, Quality.SKEW):
        counted |= observations.quality == QUALITIES.index(quality)
    slowest = quantile_effect(values, days[valued], 0.9)
    return Within(
        limit_s=limit_s,
        of_ended=share_by_days(hits[valued], days[valued], rare_effect=slowest),
        of_all=share_by_days(hits[counted], days[counted], rare_effect=slowest),
        late=len(late) + int((waited > limit_s).sum()),
        late_s=float((late - limit_s).mean()) if len(late) else None,
    )


def kept(observations: Observations, share: float = 0.9) -> Estimate | None:
    """A percentile with open and cancelled cases kept (Kaplan-Meier); None when there are none, or
    when fewer than that share ever came to the end."""
    valued, waiting = observations.valued, ~np.isnan(observations.waited)
    if not waiting.any():
        return None
    times, ended = _waits(observations)
    curve = waiting_curve(times, ended)
    found = survival_quantile(curve, share)
    if found is None:
        return None
    days = np.concatenate((observations.days[valued], observations.days[waiting]))
    tells = ended | (times > found.value)  # who gave up before then says nothing of it
    effect = design_effect((times <= found.value)[tells], days[tells])
    return survival_quantile(curve, share, effect=effect)


def given_up(observations: Observations) -> int:
    """Cases that are open or were cancelled: they waited and have no end."""
    return int((~np.isnan(observations.waited)).sum())


def fractiles(observations: Observations, shares: Sequence[float]) -> tuple[float, ...]:
    """Seconds by which each share of all had come to the end, open and cancelled cases kept; it
    ends before `shares` do where fewer ever came."""
    if not given_up(observations):
        ordered = observations.values()
        return tuple(quantile(ordered, share) for share in shares)
    times, ended = _waits(observations)
    curve = waiting_curve(times, ended)
    places = [int(np.searchsorted(share_done(curve), share - EDGE)) for share in shares]
    return tuple(float(curve.times[place]) for place in places if place < len(curve.times))


def _waits(observations: Observations) -> tuple[Floats, Flags]:
    """How long each waited, and who came to the end."""
    valued = observations.valued
    waited = observations.waited[~np.isnan(observations.waited)]
    times = np.concatenate((observations.seconds[valued], waited))
    return times, np.arange(len(times)) < int(valued.sum())
