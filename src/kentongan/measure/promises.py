"""The ledger of promises: what was told to callers against what came.

A promise is three times: departs by, arrives from, arrives to. Kept means there by the upper end.
A unit that never came has not kept it; one that was stood down while it could still have kept it
(`is_stood_down`) counts on its own; one still on its way is undecided until its upper end has
passed. Ranges are calibrated when about as many come late as was said, in every
band of lead time: `bands` is the plot.

What counts is the **first** promise: one that is told anew makes no delay look like none. How many
were told anew, whether the last one was kept, and whether the caller heard it, is said beside it.
"""

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.core.assignment import BREAKDOWNS
from kentongan.core.words import Promise
from kentongan.measure.clocks import Clock
from kentongan.measure.statistics.arrays import Whole
from kentongan.measure.statistics.by_days import quantile_effect, share_by_days
from kentongan.measure.statistics.quantiles import Estimate
from kentongan.measure.subjects import IncidentCase, PartCase

WANTED: Final = 0.9
"""Share of promises that should be kept (EVALUATION section 3)."""

LEADS_S: Final = (300, 600, 900, 1_800)
"""Bands of the time from promise to its upper end, seconds."""


EPOCH: Final = date(1970, 1, 1).toordinal()

FAILED: Final = frozenset({*BREAKDOWNS, "no_answer", "no_crew"})
"""Reasons of a release that are the unit's own: it would not have come."""


class Kept(Struct, frozen=True, kw_only=True):
    """One promise. `error_s` is the arrival against the middle of the range, late is positive.

    `day` is when it was made, counted from 1970 by the city's calendar: the promises of one day are
    kept or broken together. `revised` when it was told anew; then `kept_last` and `told_last` are
    of the last one.
    """

    incident: str
    unit: str
    agency: str
    day: int
    lead_s: float
    width_s: float
    departed_in_time: bool | None
    arrived: bool
    error_s: float | None
    early: bool
    late: bool
    told: bool
    revised: bool = False
    kept_last: bool = False
    told_last: bool = False
    stood_down: bool = False


class Band(Struct, frozen=True, kw_only=True):
    """Promises of about the same lead time."""

    upto_s: float
    n: int
    kept: Estimate | None
    early: int
    late: int
    median_error_s: float | None


class PromiseLedger(Struct, frozen=True, kw_only=True):
    """All promises. `undecided` are still within their range; `stood_down` were taken off before
    their time was over and stand in no other figure. `kept_last` is the share kept by the
    last promise of each; of the `revised`, `told_last` were read to the caller."""

    n: int
    undecided: int
    kept: Estimate | None
    departed: Estimate | None
    early: int
    late: int
    never_came: int
    bands: tuple[Band, ...]
    promises: tuple[Kept, ...]
    revised: int = 0
    kept_last: Estimate | None = None
    told_last: int = 0
    stood_down: int = 0


def is_stood_down(work: PartCase) -> bool:
    """Whether a promised unit was taken off while it could still have kept its first promise.

    Not when it was late already: past the upper end or, still standing, past its departure; not
    when a later arrival had been told of it; and not when it failed itself (`FAILED`).
    """
    promise, gone = work.promise, work.gave_up_at
    if promise is None or gone is None or work.at(Clock.ARRIVED) or work.reason in FAILED:
        return False
    last = work.last_promise or promise
    departed = work.at(Clock.DEPARTED) or gone
    return (
        gone <= promise.arrive_to
        and last.arrive_to <= promise.arrive_to
        and departed <= promise.depart_by
    )


def promise_ledger(cases: Iterable[IncidentCase], now: datetime, zone: tzinfo) -> PromiseLedger:
    """Every unit that a promise was made for; days are those of the zone."""
    found: list[Kept] = []
    undecided = 0
    for case in cases:
        for work in case.works:
            if work.promise is None:
                continue
            one = _kept(case, work, work.promise, now, zone)
            if one is None:
                undecided += 1
            else:
                found.append(one)
    return ledger_from(found, undecided)


def ledger_from(found: list[Kept], undecided: int) -> PromiseLedger:
    """The figures of promises that were decided."""
    every, found = found, [one for one in found if not one.stood_down]
    came = [one for one in found if one.arrived]
    departed = [one for one in found if one.departed_in_time is not None]
    return PromiseLedger(
        n=len(found),
        undecided=undecided,
        kept=_share_kept(found),
        departed=_share([bool(one.departed_in_time) for one in departed], departed),
        early=sum(one.early for one in came),
        late=sum(one.late for one in came),
        never_came=len(found) - len(came),
        bands=tuple(_bands(found)),
        promises=tuple(every),
        revised=sum(one.revised for one in found),
        kept_last=_share([one.kept_last for one in found], found),
        told_last=sum(one.revised and one.told_last for one in found),
        stood_down=len(every) - len(found),
    )


def _share_kept(found: list[Kept]) -> Estimate | None:
    """Of few that are broken the slowest tenth says how alike the promises of a day are."""
    over_s = [np.inf if one.error_s is None else one.error_s - one.width_s / 2 for one in found]
    effect = quantile_effect(np.array(over_s), _days(found), 0.9)
    return _share([one.arrived and not one.late for one in found], found, effect)


def _share(hits: list[bool], of: list[Kept], rare_effect: float = 1.0) -> Estimate | None:
    return share_by_days(np.array(hits, dtype=np.bool_), _days(of), rare_effect=rare_effect)


def _days(found: list[Kept]) -> Whole:
    return np.array([one.day for one in found], dtype=np.int64)


def _kept(
    case: IncidentCase, work: PartCase, promise: Promise, now: datetime, zone: tzinfo
) -> Kept | None:
    arrived, departed = work.at(Clock.ARRIVED), work.at(Clock.DEPARTED)
    promised = work.at(Clock.PROMISED) or work.at(Clock.ASSIGNED) or promise.depart_by
    is_over = work.over or case.is_over
    if arrived is None and not is_over and now <= promise.arrive_to:
        return None
    middle = promise.arrive_from + (promise.arrive_to - promise.arrive_from) / 2
    in_time: bool | None = None
    if departed is not None or now > promise.depart_by:
        in_time = departed is not None and departed <= promise.depart_by
    last = work.last_promise or promise
    return Kept(
        incident=case.incident,
        unit=work.unit or "",
        agency=work.agency,
        day=promised.astimezone(zone).toordinal() - EPOCH,
        lead_s=(promise.arrive_to - promised).total_seconds(),
        width_s=(promise.arrive_to - promise.arrive_from).total_seconds(),
        departed_in_time=in_time,
        arrived=arrived is not None,
        error_s=(arrived - middle).total_seconds() if arrived else None,
        early=arrived is not None and arrived < promise.arrive_from,
        late=arrived is not None and arrived > promise.arrive_to,
        told=any(unit == work.unit for unit, _ in case.told),
        revised=last != promise,
        kept_last=arrived is not None and arrived <= last.arrive_to,
        told_last=(work.unit, last) in case.told,
        stood_down=is_stood_down(work),
    )


def _bands(found: list[Kept]) -> Iterable[Band]:
    lower = -np.inf
    for upper in (*LEADS_S, np.inf):
        here = [one for one in found if lower < one.lead_s <= upper]
        lower = upper
        if not here:
            continue
        errors = [one.error_s for one in here if one.error_s is not None]
        yield Band(
            upto_s=float(upper),
            n=len(here),
            kept=_share_kept(here),
            early=sum(one.early for one in here),
            late=sum(one.late for one in here),
            median_error_s=float(np.median(errors)) if errors else None,
        )
