"""Findings: what would make the figures lie, looked for and named.

skew             a unit's clock is off: its departures precede what sent it
cancelled_late   cases are given up once they are late, so that the late ones vanish
paradox          the total went one way and every kind of case the other
heaping          more arrivals just under the limit than a smooth curve has
"""

from enum import StrEnum
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.case_mix import paradox_between
from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Quality
from kentongan.measure.observations import CODE, NEVER, Observations
from kentongan.measure.statistics.arrays import two_sided
from kentongan.measure.statistics.funnel import heaping
from kentongan.measure.tables import MICRO, Table

UNIT_MIN: Final = 20
"""Works of a unit before its clock is judged."""

SKEWED_SHARE: Final = 0.05
"""Of a unit's departures that precede its assignment before its clock is called wrong."""

CERTAIN: Final = 0.001
"""Probability by chance under which something is named; few things are looked for."""

HEAP_WIDTH_S: Final = 30.0


class Kind(StrEnum):
    """What was found."""

    SKEW = "skew"
    CANCELLED_LATE = "cancelled_late"
    PARADOX = "paradox"
    HEAPING = "heaping"


class Finding(Struct, frozen=True, kw_only=True):
    """One of them. `size` is seconds for a clock, else a share; `of` how many cases say so. Not
    `is_clear`: what it says may be chance, and the words say so."""

    kind: Kind
    where: str
    size: float
    n: int
    of: int
    detail: str
    is_clear: bool = True


def skewed_clocks(works: Table) -> tuple[Finding, ...]:
    """Units whose devices' clocks are behind or ahead of the centre's.

    Behind: departures precede assignments, which no crew can do. Ahead: what is tapped as clear
    lies after the incident was closed. The size is the shift of the median against all others.
    """
    found: list[Finding] = []
    unit = works.labels.get("unit")
    if unit is None:
        return ()
    for first, second, word in (
        (Clock.ASSIGNED, Clock.DEPARTED, "behind"),
        (Clock.CLEAR, Clock.CLOSED, "ahead"),
    ):
        start = works.moments(first)
        end = works.closed if second is Clock.CLOSED else works.moments(second)
        both = (start != NEVER) & (end != NEVER)
        if second is Clock.CLOSED:  # who was called off is clear after that
            both &= works.moments(Clock.ARRIVED) != NEVER
        seconds = (end[both] - start[both]) / MICRO
        codes, size = unit.codes[both], len(unit.names)
        counts = np.bincount(codes, minlength=size).tolist()
        wrongs = np.bincount(codes[seconds < 0], minlength=size).tolist()
        for code, (n, wrong) in enumerate(zip(counts, wrongs, strict=True)):
            if n < UNIT_MIN or wrong < SKEWED_SHARE * n or n == len(codes):
                continue
            own = codes == code
            shift = float(np.median(seconds[~own]) - np.median(seconds[own]))
            where = unit.names[code]
            found.append(
                Finding(kind=Kind.SKEW, where=where, size=shift, n=wrong, of=n, detail=word)
            )
    return tuple(sorted(found, key=lambda one: -one.n / one.of))


def cancelled_late(found: Observations, limit_s: float) -> Finding | None:
    """Whether cases are given up more often once they wait beyond the limit than before it.

    Rates are per hour waited, so that long waits do not count as many cancellations by themselves.
    """
    given_up = found.quality == CODE[Quality.CANCELLED]
    ended = np.where(found.valued, found.seconds, found.waited)
    known = ~np.isnan(ended)
    before_h = float(np.minimum(ended[known], limit_s).sum()) / 3_600
    after_h = float(np.maximum(ended[known] - limit_s, 0).sum()) / 3_600
    early = int((given_up & known & (ended <= limit_s)).sum())
    late = int((given_up & known & (ended > limit_s)).sum())
    if early + late == 0 or before_h <= 0 or after_h <= 0:
        return None
    expected = after_h / (before_h + after_h)
    n = early + late
    z = (late - n * expected) / max((n * expected * (1 - expected)) ** 0.5, 1e-9)
    if z <= 0 or two_sided(z) > CERTAIN:
        return None
    waiting = int((ended[known] > limit_s).sum())
    return Finding(
        kind=Kind.CANCELLED_LATE,
        where=found.interval,
        size=late / waiting,
        n=late,
        of=waiting,
        detail=f"{late / after_h:.2f} an hour beyond {limit_s:g} s, {early / before_h:.2f} before",
    )


def paradox_of(before: Observations, after: Observations, limit_s: float) -> Finding | None:
    """Simpson's paradox between two periods, over one label or two of the case mix."""
    named = paradox_between(before, after, limit_s)
    if named is None:
        return None
    found = named.found
    return Finding(
        kind=Kind.PARADOX,
        where=", ".join(named.by),
        size=found.raw_change,
        n=len(after),
        of=len(before) + len(after),
        detail=f"total {found.total}, strata {found.strata}: "
        f"{found.standardised_change:+.1%} standardised; moved: {', '.join(found.moved)}",
        is_clear=found.is_clear,
    )


def heaped(found: Observations, limit_s: float) -> Finding | None:
    """Arrivals crowded just under the limit."""
    values = found.values()
    p_value = heaping(values, limit_s, HEAP_WIDTH_S)
    if p_value > CERTAIN:
        return None
    under = int(((values > limit_s - HEAP_WIDTH_S) & (values <= limit_s)).sum())
    over = int(((values > limit_s) & (values <= limit_s + HEAP_WIDTH_S)).sum())
    return Finding(
        kind=Kind.HEAPING,
        where=found.interval,
        size=under / (under + over),
        n=under,
        of=under + over,
        detail=f"within {HEAP_WIDTH_S:g} s of {limit_s:g} s",
    )
