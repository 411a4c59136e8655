"""Clock offset per source (F9): how far a unit's stamps lie from those of its agency's others.

What the centre sees itself has one clock. A crew's device, or another centre's file, may have its
own: its departures then lie as much earlier or later after the assignment as that clock is off. A
crew that is slow by itself looks the same (a fire engine's turnout is longer than an ambulance's,
hence only its own agency), so that this is an estimate with an interval and no
verdict; a clock is called wrong (`findings.skewed_clocks`) only by what no crew can do.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.measure.clocks import Clock
from kentongan.measure.findings import UNIT_MIN
from kentongan.measure.observations import NEVER
from kentongan.measure.stamps import TRUST, Source
from kentongan.measure.statistics.arrays import Flags, Floats, Whole
from kentongan.measure.statistics.by_days import quantile_by_days, quantile_effect
from kentongan.measure.statistics.quantiles import Estimate, quantile_estimate
from kentongan.measure.tables import MICRO, Table

UNITS_MAX: Final = 30
"""Units that are listed, those farthest off first."""

DAY_S: Final = 86_400


class ClockOffset(Struct, frozen=True, kw_only=True):
    """One unit. `offset` in seconds, behind (its stamps are too early) below 0; `n` are departures,
    `source` is how most of them are known: a crew's device (`hand`), or another centre's file
    (`import`)."""

    unit: str
    source: str
    n: int
    offset: Estimate


def clock_offsets(works: Table) -> tuple[ClockOffset, ...]:
    """Units with `UNIT_MIN` departures or more, the farthest off first; none of an agency with one
    unit. Whose agency is not known are held against each other."""
    unit, agency = works.labels.get("unit"), works.labels.get("agency")
    start, end = works.moments(Clock.ASSIGNED), works.moments(Clock.DEPARTED)
    both = (start != NEVER) & (end != NEVER)
    if unit is None or not both.any():
        return ()
    seconds = (end[both] - start[both]) / MICRO
    days = (start[both] // MICRO + works.offset_s) // DAY_S
    codes = unit.codes[both]
    imported = works.source(Clock.DEPARTED)[both] == TRUST[Source.IMPORT]
    whose = np.zeros(len(codes), dtype=np.int32) if agency is None else agency.codes[both]
    found: list[ClockOffset] = []
    for code in np.flatnonzero(np.bincount(whose)).tolist():
        of = whose == code
        found += _of_agency(unit.names, codes[of], seconds[of], days[of], imported[of])
    return tuple(sorted(found, key=lambda one: -abs(one.offset.value))[:UNITS_MAX])


def _of_agency(
    names: Sequence[str], codes: NDArray[np.int32], seconds: Floats, days: Whole, imported: Flags
) -> Iterator[ClockOffset]:
    counts = np.bincount(codes, minlength=len(names))
    order = np.argsort(seconds)
    ordered, wider = seconds[order], math.sqrt(quantile_effect(seconds, days, 0.5))
    for code in np.flatnonzero(counts >= UNIT_MIN).tolist():
        own = codes == code
        n = int(counts[code])
        if not names[code] or n == len(codes):
            continue
        mine = quantile_by_days(seconds[own], days[own], ordered[own[order]], 0.5)
        others = quantile_estimate(ordered[~own[order]], 0.5)
        if mine is None or others is None:
            continue
        source = Source.IMPORT if imported[own].mean() > 1 / 2 else Source.HAND
        offset = _apart(mine, others, wider)
        yield ClockOffset(unit=names[code], source=source, n=n, offset=offset)


def _apart(own: Estimate, others: Estimate, wider: float) -> Estimate:
    """One median less the other; each side put together out of those that reach that way. That of
    the others is `wider` as their days make it."""
    value = own.value - others.value
    low = high = None
    if own.low is not None and others.high is not None:
        low = value - math.hypot(own.value - own.low, (others.high - others.value) * wider)
    if own.high is not None and others.low is not None:
        high = value + math.hypot(own.high - own.value, (others.value - others.low) * wider)
    return Estimate(value=value, low=low, high=high, n=own.n)
