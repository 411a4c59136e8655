"""F8: did it get better? F10: who differs from all by more than their numbers explain."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.case_mix import Named, mix_between, paradox_between
from kentongan.measure.comparing import Series, interrupted
from kentongan.measure.observations import Observations
from kentongan.measure.screens.elsewhere import Elsewhere, elsewhere
from kentongan.measure.screens.first import SEED
from kentongan.measure.screens.frame import Frame, whole_days
from kentongan.measure.screens.resampling import change_of
from kentongan.measure.statistics.by_days import quantile_effect, visible_share
from kentongan.measure.statistics.change import (
    Difference,
    Interruption,
    Side,
    hits_difference,
)
from kentongan.measure.statistics.funnel import Place, funnel
from kentongan.measure.statistics.mix import SameMix
from kentongan.measure.statistics.quantiles import (
    ENOUGH,
    detectable_change,
)

EPOCH: Final = date(1970, 1, 1).toordinal()

FUNNELS: Final = ("kecamatan", "kelurahan", "category", "agency")
"""What is compared in a funnel; agencies only where several may be seen."""


class Measure(Struct, frozen=True, kw_only=True):
    """A figure before and after; `detectable` is the smallest change these numbers can show."""

    what: str
    difference: Difference | None
    detectable: float | None


class Compared(Struct, frozen=True, kw_only=True):
    """F8. `changed` is the first day after, `before_from` the first day before it with
    a case; shares are raw and for the mix of both together; `elsewhere` is None when no kecamatan
    was asked for."""

    changed: date
    before_from: date
    after_to: date
    n_before: int
    n_after: int
    limit_s: float
    measures: tuple[Measure, ...]
    mix: SameMix | None
    paradox: Named | None
    series: Interruption | None
    gaps: int
    weeks_before: int
    weeks_after: int
    elsewhere: Elsewhere | None


class Funnels(Struct, frozen=True, kw_only=True):
    """F10; `overall` is the share of all within the limit."""

    limit_s: float
    n: int
    overall: float | None
    places: Mapping[str, tuple[Place, ...]]


def compared(frame: Frame) -> Compared:
    """At a day within the time asked for; else against the time of equal length before it."""
    asked = frame.asked
    within_now = asked.changed is not None and asked.start < asked.changed < asked.end
    now = frame.observed()
    if within_now and asked.changed is not None:
        changed, begin = asked.changed, asked.start
        after_it = now.days >= changed.toordinal() - EPOCH
        before, after = now.where(~after_it), now.where(after_it)
    else:
        changed, begin = asked.start, asked.before
        before, after = frame.observed(frame.before), now
    limit_s = frame.limit_s
    series = _series(before, after, changed.toordinal() - EPOCH, limit_s)
    return Compared(
        changed=changed,
        before_from=_first_day(before, begin),
        after_to=asked.end,
        n_before=int(before.valued.sum()),
        n_after=int(after.valued.sum()),
        limit_s=limit_s,
        measures=_measures(before, after, limit_s),
        mix=mix_between(before, after, limit_s),
        paradox=paradox_between(before, after, limit_s) if "category" in now.labels else None,
        series=series.found,
        gaps=series.gaps,
        weeks_before=series.weeks_before,
        weeks_after=series.weeks_after,
        elsewhere=elsewhere(before, after, asked.treated, limit_s),
    )


def _first_day(before: Observations, begin: date) -> date:
    """The first day on record of the time before; where it begins, when nothing is."""
    return date.fromordinal(int(before.days.min()) + EPOCH) if len(before) else begin


def _measures(before: Observations, after: Observations, limit_s: float) -> tuple[Measure, ...]:
    sides = [Side(one.seconds[one.valued], whole_days(one)) for one in (before, after)]
    sizes = [len(side.values) for side in sides]
    if min(sizes) < ENOUGH:
        return tuple(
            Measure(what=what, difference=None, detectable=None)
            for what in ("median", "p90", "share")
        )
    whole = np.concatenate([side.values for side in sides])
    days = np.concatenate([side.blocks for side in sides])
    every, kept = np.sort(whole), whole <= limit_s
    found = [
        _measure(
            what,
            change_of(sides[0], sides[1], share, np.random.default_rng(SEED)),
            detectable_change(every, share, *sizes, effect=quantile_effect(whole, days, share)),
        )
        for what, share in (("median", 0.5), ("p90", 0.9))
    ]
    hits = [Side((side.values <= limit_s).astype(np.float64), side.blocks) for side in sides]
    found.append(
        _measure(
            "share",
            hits_difference(hits[0], hits[1], np.random.default_rng(SEED)),
            visible_share(kept, days, *sizes),
        )
    )
    return tuple(found)


def _measure(what: str, difference: Difference | None, detectable: float | None) -> Measure:
    """Days too few for an interval cannot show any change, however large."""
    is_sure = difference is not None and difference.low is not None
    return Measure(what=what, difference=difference, detectable=detectable if is_sure else None)


def _series(before: Observations, after: Observations, changed: int, limit_s: float) -> Series:
    """The weekly medians of both as one series."""
    seconds = np.concatenate([one.seconds[one.valued] for one in (before, after)])
    started = np.concatenate([one.started[one.valued] for one in (before, after)])
    n = len(seconds)
    both = Observations(
        interval=after.interval,
        subject=after.subject,
        seconds=seconds,
        waited=np.full(n, np.nan),
        quality=np.zeros(n, dtype=np.uint8),
        started=started,
        labels={},
        keys=np.arange(n),
        offset_s=after.offset_s,
    )
    return interrupted(both, changed, limit_s, ENOUGH)[0]


def funnels(frame: Frame) -> Funnels:
    """The only league table: by place, kind and agency, each against the share of all."""
    found, limit_s = frame.observed(), frame.limit_s
    seen = found.where(found.valued)
    hits = seen.seconds <= limit_s
    places: dict[str, tuple[Place, ...]] = {}
    for label in FUNNELS:
        column = seen.labels.get(label)
        if column is None or (label == "agency" and frame.asked.agency):
            continue
        size = len(column.names)
        n = np.bincount(column.codes, minlength=size)
        k = np.bincount(column.codes, weights=hits, minlength=size)
        counts = [
            (name, int(n[code]), int(k[code]))
            for code, name in enumerate(column.names)
            if name and n[code]
        ]
        places[label] = funnel(counts)
    return Funnels(
        limit_s=limit_s,
        n=len(seen),
        overall=float(hits.mean()) if len(seen) else None,
        places=places,
    )
