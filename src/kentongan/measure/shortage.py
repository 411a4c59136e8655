"""No unit was free: how long an incident waited for one, and how much of that a hospital held one.

The centre writes down when an urgent incident waits and no unit that can do everything is free
(decision 21); it lasts until the next assignment. While it lasts, a unit of the agency that came in
the end may stand at a hospital longer than a handover takes: that part is the hospital's. Both are
part of the chain's step up to the assignment.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from kentongan.measure.clocks import Clock
from kentongan.measure.observations import NEVER
from kentongan.measure.stamps import Stamp, Stamps
from kentongan.measure.statistics.arrays import Flags, Floats
from kentongan.measure.subjects import IncidentCase, PartCase
from kentongan.measure.tables import MICRO, Table

NO_FREE_UNIT, HOSPITAL_HOLD = "no_free_unit", "hospital_hold"

HANDOVER_S: Final = 1_200.0
"""At a hospital for longer than this a unit is held; what the twin takes for a handover too."""

Span = tuple[datetime, datetime]


def held_spans(incidents: Sequence[IncidentCase], until: datetime) -> dict[str, list[Span]]:
    """By agency, when a unit of it was held at a hospital."""
    found: dict[str, list[Span]] = {}
    for case in incidents:
        for work in case.works:
            there = work.at(Clock.HOSPITAL)
            if there is None:
                continue
            begin = there + timedelta(seconds=HANDOVER_S)
            end = work.at(Clock.CLEAR) or work.gave_up_at or until
            if end > begin:
                found.setdefault(work.agency, []).append((begin, end))
    return found


def with_shortage(
    stamps: Stamps, case: IncidentCase, first: PartCase, held: Mapping[str, list[Span]]
) -> Stamps:
    """The first unit's stamps with two moments that lie before its assignment by as much as the
    incident waited without a free unit (`SHORTAGE`), and by how much of that a unit of its agency
    was held (`HELD`). Neither, when it never waited so before that assignment."""
    stamps = {clock: stamp for clock, stamp in stamps.items() if clock is not Clock.SHORTAGE}
    began, assigned = case.own.get(Clock.SHORTAGE), first.at(Clock.ASSIGNED)
    if began is None or assigned is None or began.at >= assigned:
        return stamps
    end = min((at for _, at in case.sent if at >= began.at), default=assigned)
    waited = end - began.at
    return stamps | {
        Clock.SHORTAGE: Stamp(assigned - waited),
        Clock.HELD: Stamp(assigned - _within(held.get(first.agency, []), (began.at, end))),
    }


def _within(spans: Sequence[Span], wait: Span) -> timedelta:
    """How much of a wait lies in any of the spans; two at once count once."""
    found, reached = timedelta(), wait[0]
    for begin, end in sorted(spans):
        start, stop = max(begin, reached), min(end, wait[1])
        if stop > start:
            found, reached = found + (stop - start), stop
    return found


def waits_of(table: Table, rows: Flags, dispatch: Floats) -> tuple[Floats, Floats]:
    """Of the step up to the assignment (seconds each): what no unit was free, and what of it a
    hospital held one, which is not in the first. 0 where nobody noted that none was free."""
    assigned = table.moments(Clock.ASSIGNED)[rows]
    lasted: list[Floats] = []
    for clock in (Clock.SHORTAGE, Clock.HELD):
        begin = table.moments(clock)[rows]
        both = (begin != NEVER) & (assigned != NEVER)
        apart = (np.where(both, assigned, 0) - np.where(both, begin, 0)) / MICRO
        lasted.append(np.clip(apart, 0.0, dispatch))
    held = np.minimum(lasted[1], lasted[0])
    return lasted[0] - held, held


def waited_for(dispatch_s: float, waits_s: Sequence[float]) -> str:
    """What most of one step up to the assignment went to; `waits_s` as of `waits_of`."""
    parts = dict(zip((NO_FREE_UNIT, HOSPITAL_HOLD), waits_s, strict=True))
    return max({"dispatch": dispatch_s - sum(waits_s), **parts}.items(), key=lambda one: one[1])[0]
