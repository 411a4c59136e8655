"""The causes of lost time that are no step of the chain: no unit free, choice, alley, hospital.

Each is a part of another whole than the next: that no unit was free and the choice of what the
citizen waited for a unit, the alley of what the citizen waited for a person at the bedside, the
hospital of the time that a unit was bound. What the record does not say is unknown, never nothing.
"""

from enum import StrEnum
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.clocks import Clock
from kentongan.measure.observations import NEVER
from kentongan.measure.shortage import HANDOVER_S, HOSPITAL_HOLD, NO_FREE_UNIT, waits_of
from kentongan.measure.statistics.arrays import Flags, Floats, Whole
from kentongan.measure.statistics.quantiles import ENOUGH
from kentongan.measure.tables import MICRO, Table


class Of(StrEnum):
    """Whose seconds they are."""

    ARRIVAL = "arrival"
    PATIENT = "patient"
    UNIT = "unit"


CHOICE, GANG, HOSPITAL = "choice", "gang", "hospital"

BESIDE_S: Final = {
    NO_FREE_UNIT: 0.0,
    HOSPITAL_HOLD: 0.0,
    CHOICE: 60.0,  # units of one minute are as good: `core.recommend`
    GANG: 60.0,
    HOSPITAL: HANDOVER_S,
}
"""What each may take without anything being lost, seconds."""


class Part(Struct, frozen=True, kw_only=True):
    """One cause in every response. `seconds` it took, NaN where nobody knows or there was nothing
    to take; `due` where there should be a figure; `whole` what it is a part of, NaN without one."""

    cause: str
    clock: str
    of: Of
    seconds: Floats
    due: Flags
    whole: Floats

    @property
    def known(self) -> Flags:
        """Where there is a figure."""
        return ~np.isnan(self.seconds)


def parts_of(
    table: Table, rows: Flags, totals: Floats, road: Floats, dispatch: Floats
) -> tuple[Part, ...]:
    """All five, of the responses in these rows; `totals`, `road` and `dispatch` are those of their
    chain. That none was free is due where anybody noted it at all."""
    every: Flags = np.ones(len(totals), dtype=np.bool_)
    noted = every & (Clock.SHORTAGE in table.at)
    waits = waits_of(table, rows, dispatch)
    arrived = table.moments(Clock.ARRIVED)[rows]
    chosen = _between(table.moments(Clock.SOONER)[rows], arrived)
    gang = _gang(table, rows, arrived)
    hospital, carried = _hospital(table, rows)
    return (
        *(
            Part(
                cause=cause, clock=Clock.ASSIGNED, of=Of.ARRIVAL, due=noted, whole=totals,
                seconds=np.where(noted, seconds, np.nan),
            )
            for cause, seconds in zip((NO_FREE_UNIT, HOSPITAL_HOLD), waits, strict=True)
        ),
        Part(
            cause=CHOICE, clock=Clock.SOONER, of=Of.ARRIVAL, due=every, whole=totals,
            seconds=np.minimum(chosen, road),  # a choice cannot have cost more than the way took
        ),
        Part(
            cause=GANG, clock=Clock.PATIENT, of=Of.PATIENT, due=every, whole=totals + gang,
            seconds=gang,
        ),
        Part(
            cause=HOSPITAL, clock=Clock.HOSPITAL, of=Of.UNIT, due=carried, whole=hospital,
            seconds=hospital,
        ),
    )  # fmt: skip


def allowances_of(parts: tuple[Part, ...] | None) -> dict[str, float]:
    """What each may take: as named, or the median of a reference where that is shorter. Units of a
    minute are equally good whatever was chosen before."""
    found = dict(BESIDE_S)
    for one in parts or ():
        known = one.seconds[one.known]
        if len(known) >= ENOUGH and one.cause != CHOICE:
            found[one.cause] = min(found[one.cause], float(np.median(known)))
    return found


def _gang(table: Table, rows: Flags, arrived: Whole) -> Floats:
    """From the vehicle to the person, or to the place where it really was, whichever was later."""
    found = np.full(len(arrived), np.nan)
    for clock in (Clock.PATIENT, Clock.CORRECTED):
        late = table.is_late(clock)[rows] | table.is_late(Clock.ARRIVED)[rows]
        found = np.fmax(
            found, np.where(late, np.nan, _between(arrived, table.moments(clock)[rows]))
        )
    return found


def _hospital(table: Table, rows: Flags) -> tuple[Floats, Flags]:
    """At the hospital until free again, with the way towards one that did not take the patient;
    and where somebody was carried at all."""
    left, there = table.moments(Clock.LEFT)[rows], table.moments(Clock.HOSPITAL)[rows]
    waited = _between(there, table.moments(Clock.CLEAR)[rows])
    turned = _between(left, table.moments(Clock.DIVERTED)[rows])
    return waited + np.nan_to_num(turned), (left != NEVER) | (there != NEVER)


def _between(begin: Whole, end: Whole) -> Floats:
    """Seconds; NaN unless both are known and in their order."""
    known = (begin != NEVER) & (end != NEVER)
    seconds = (np.where(known, end, 0) - np.where(known, begin, 0)) / MICRO
    return np.where(known & (seconds >= 0), seconds, np.nan)
