"""The slowest responses of a month, each with the step that lost most of it and why.

They are found by their number in the record; nobody's name, telephone or address is told. What was
given up while it waited beyond the limit stands among them: it waited, whatever became of it.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import QUALITIES, Quality
from kentongan.measure.ledger import ALLOWANCE_S, CAUSES, chain_of
from kentongan.measure.observations import NEVER, Observations
from kentongan.measure.shortage import NO_FREE_UNIT, waited_for, waits_of
from kentongan.measure.statistics.arrays import Floats
from kentongan.measure.subjects import IncidentCase
from kentongan.measure.tables import Table

WORST_MAX: Final = 15
"""Lines of the list; the slow decile of a month at Semarang's volume has about a hundred."""


class Worst(Struct, frozen=True, kw_only=True):
    """One incident. `local` is seconds since 1970 on the city's clock at the first ring; `cause`
    the step with most time beyond its allowance (the road: beyond its median), `lost_s` how much.
    `quality` as of the interval: `cancelled` and `open` have waited, not arrived.
    """

    number: int
    local: int
    category: str
    priority: str
    kecamatan: str
    agency: str
    seconds: float
    quality: str
    cause: str
    lost_s: float | None


def worst_of(
    incidents: Mapping[str, IncidentCase], chains: Table, responses: Observations, limit_s: float
) -> tuple[Worst, ...]:
    """The longest waits beyond the limit, the longest first."""
    waits = np.where(np.isnan(responses.seconds), responses.waited, responses.seconds)
    waits = np.nan_to_num(waits)
    order = np.argsort(-waits, kind="stable")[:WORST_MAX]
    keys = tuple(incidents)
    causes = _causes(chains)
    return tuple(
        _line(incidents[keys[int(responses.keys[row])]], responses, int(row), waits, causes)
        for row in order
        if waits[row] > limit_s
    )


def _line(
    case: IncidentCase,
    responses: Observations,
    row: int,
    waits: Floats,
    causes: Mapping[str, tuple[str, float]],
) -> Worst:
    quality = QUALITIES[int(responses.quality[row])]
    cause, lost_s = causes.get(case.incident, ("", None))
    if quality in {Quality.CANCELLED, Quality.OPEN}:
        none = NO_FREE_UNIT if Clock.SHORTAGE in case.own else "no_unit"
        cause, lost_s = none if not case.works else "", None
    elif quality is Quality.MANUAL_LATE:
        cause = "late_stamp"
    started = int(responses.started[row])
    agency = responses.labels.get("agency")
    return Worst(
        number=case.number,
        local=started + responses.offset_s if started != NEVER else 0,
        category=(case.nature or "").partition("-")[0],
        priority=case.priority or "",
        kecamatan=case.kecamatan or "",
        agency=agency.names[int(agency.codes[row])] if agency else "",
        seconds=float(waits[row]),
        quality=quality,
        cause=cause,
        lost_s=lost_s,
    )


def _causes(chains: Table) -> dict[str, tuple[str, float]]:
    """For each response the step that took most beyond what it may take."""
    chain = chain_of(chains)
    if not len(chain.totals):
        return {}
    medians = np.median(chain.steps, axis=0)
    allowed = [
        float(medians[column]) if clock is Clock.ARRIVED else ALLOWANCE_S[clock]
        for column, clock in enumerate(chain.clocks)
    ]
    lost = np.maximum(chain.steps - np.array(allowed), 0.0)
    most = lost.argmax(axis=1)
    keys = [key for key, is_in in zip(chains.keys, chain.rows.tolist(), strict=True) if is_in]
    dispatch = chain.step(Clock.ASSIGNED)
    waits = waits_of(chains, chain.rows, dispatch)

    def named(row: int, clock: Clock) -> str:
        if clock is not Clock.ASSIGNED:
            return CAUSES[clock]
        return waited_for(float(dispatch[row]), [float(wait[row]) for wait in waits])

    return {
        key: (named(row, chain.clocks[int(column)]), float(lost[row, column]))
        for row, (key, column) in enumerate(zip(keys, most, strict=True))
    }
