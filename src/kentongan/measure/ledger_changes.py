"""What one change alone would have saved: a line of the ranked list, with its counterfactual."""

from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.clocks import Clock
from kentongan.measure.ledger_causes import CHOICE, Of, Part
from kentongan.measure.statistics.arrays import Flags, Floats, Whole, numbered
from kentongan.measure.statistics.change import DAYS_MIN
from kentongan.measure.statistics.means import mean_by_days
from kentongan.measure.statistics.quantiles import quantile_of
from kentongan.measure.tables import MICRO, Table

DAY_S: Final = 86_400

LOST_MIN: Final = 10
"""Fewer incidents that lost anything tell too little of what the next ones will."""


class Given(Struct, frozen=True, kw_only=True):
    """Why the best unit was passed over, as the dispatcher gave it; empty where nobody said."""

    reason: str
    incidents: int
    lost_s: float


class Missing(Struct, frozen=True, kw_only=True):
    """A cause of which nothing is concluded: known of `n` responses of the `due` that should tell
    of it, fewer than `ENOUGH`. Nothing known is never nothing lost."""

    cause: str
    n: int
    due: int


class Change(Struct, frozen=True, kw_only=True):
    """What one change alone would have saved. `where` is the agency with most of it.

    `of` is whose seconds they are, and `p90_s` that whole's P90 as it was; a unit's own time has no
    limit to be within. On fewer than `DAYS_MIN` `days`, or where fewer than `LOST_MIN` `incidents`
    lost anything, nothing says how sure the saving is: there is no interval ("belum cukup data").
    Known of `n` responses of the `due`: what the others lost is not in it.
    """

    cause: str
    clock: str
    of: Of
    n: int
    due: int
    where: str
    where_share: float
    allowance_s: float
    incidents: int
    lost_s: float
    saved_s: float
    saved_low_s: float | None
    saved_high_s: float | None
    days: int
    p90_s: float
    p90_then_s: float
    within_then: float | None
    reasons: tuple[Given, ...] = ()


def change_of(
    table: Table,
    rows: Flags,
    part: Part,
    allowance_s: float,
    limit_s: float,
) -> Change:
    """One cause's line: what was taken beyond the allowance, in seconds of each response."""
    lost = np.nan_to_num(np.maximum(part.seconds - allowance_s, 0.0))
    there = ~np.isnan(part.whole)
    whole, then = part.whole[there], (part.whole - lost)[there]
    days = days_of(table.moments(Clock.ARRIVED)[rows], table.offset_s)
    low_s, high_s = saved_between(lost, days)
    where, share = _where(table, rows, lost)
    return Change(
        cause=part.cause,
        clock=part.clock,
        of=part.of,
        n=int(part.known.sum()),
        due=int(part.due.sum()),
        where=where,
        where_share=share,
        allowance_s=allowance_s,
        incidents=int((lost > 0).sum()),
        lost_s=float(lost.sum()),
        saved_s=float(lost.mean()),
        saved_low_s=low_s,
        saved_high_s=high_s,
        days=numbered(days)[1],
        p90_s=quantile_of(whole, 0.9),
        p90_then_s=quantile_of(then, 0.9),
        within_then=None if part.of is Of.UNIT else float((then <= limit_s).mean()),
        reasons=_given(table, rows, lost) if part.cause == CHOICE else (),
    )


def days_of(moments: Whole, offset_s: int) -> Whole:
    """The city's day of each moment, counted from 1970."""
    return (moments // MICRO + offset_s) // DAY_S


def saved_between(lost: Floats, days: Whole) -> tuple[float | None, float | None]:
    """Between what the mean saving lies, by whole days; nothing on few days, nor where few lost
    anything (a choice, a gang, a hospital: of those it held 57 to 85 of 100). It is never under 0:
    most lose nothing and a few much, so that plain resamples are too narrow upwards."""
    if numbered(days)[1] < DAYS_MIN or int((lost > 0).sum()) < LOST_MIN:
        return None, None
    found = mean_by_days(lost, days)
    if found is None or found.low is None:
        return None, None
    return max(found.low, 0.0), found.high


def _given(table: Table, rows: Flags, lost: Floats) -> tuple[Given, ...]:
    """The reasons for which it was lost, the dearest first."""
    column = table.labels.get("passed_over")
    if column is None:
        return ()
    codes, hit = column.codes[rows], lost > 0
    found = [
        Given(
            reason=name,
            incidents=int((hit & (codes == code)).sum()),
            lost_s=float(lost[codes == code].sum()),
        )
        for code, name in enumerate(column.names)
    ]
    return tuple(sorted((one for one in found if one.incidents), key=lambda one: -one.lost_s))


def _where(table: Table, rows: Flags, lost: Floats) -> tuple[str, float]:
    agency = table.labels.get("agency")
    whole = float(lost.sum())
    if agency is None or whole <= 0:
        return "", 0.0
    sums = np.bincount(agency.codes[rows], weights=lost, minlength=len(agency.names))
    most = int(sums.argmax())
    return agency.names[most], float(sums[most]) / whole
