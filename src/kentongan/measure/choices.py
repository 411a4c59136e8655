"""What was known when a unit was chosen, and who carried the patient: for the ledger of lost time.

The list a dispatcher chose from is in the record, each line with its arrival as a range. The unit
that would have been there soonest *by that list* is the best available then; what the chosen one
was expected to take longer is the regret of the choice, whatever the roads made of it afterwards.
"""

from datetime import timedelta
from typing import Final

from kentongan.core.commands import ListedUnit
from kentongan.measure.clocks import Clock
from kentongan.measure.stamps import Stamp, Stamps
from kentongan.measure.subjects import IncidentCase, PartCase

TOGETHER_S: Final = 60.0
"""Who was given the incident before the chosen one or so soon after was sent as well, seconds."""

CARRYING: Final = (Clock.LEFT, Clock.DIVERTED, Clock.HOSPITAL, Clock.HANDOVER, Clock.CLEAR)
"""The way to the hospital and what it took there: all of one unit or none."""


def regret_s(case: IncidentCase, work: PartCase) -> float | None:
    """By how much later the unit was expected than the best of the list that was not sent; 0 for
    the best, None where the list or the unit's own time is not in the record.

    Only who could do as much and could drive there counts. The middle of each range is compared.
    """
    own = next((one for one in work.offered if one.unit == work.unit), None)
    expected = None if own is None else _middle(own)
    if own is None or expected is None:
        return None
    sent = _sent_with(case, work)
    others = [
        middle
        for one in work.offered
        if one.unit not in sent
        and not one.cut_off
        and (one.fits or not own.fits)
        and (middle := _middle(one)) is not None
    ]
    return max(expected - min(others, default=expected), 0.0)


def was_followed(case: IncidentCase, work: PartCase) -> bool | None:
    """Whether nobody before this unit in the list was passed over; whoever was sent as well was
    not. None where neither the list nor the unit's place in it is in the record."""
    ahead: list[str] = []
    for one in work.offered:
        if one.unit == work.unit:
            return set(ahead) <= _sent_with(case, work)
        if not one.cut_off:
            ahead.append(one.unit)
    return None if work.rank is None else work.rank == 1


def sooner(case: IncidentCase, work: PartCase) -> Stamps:
    """When the best available then would have been there, had it gone; the arrival itself for the
    best. Empty where nobody knows."""
    arrived, regret = work.stamps.get(Clock.ARRIVED), regret_s(case, work)
    if arrived is None or regret is None:
        return {}
    return {Clock.SOONER: Stamp(arrived.at - timedelta(seconds=regret), arrived.source)}


def with_carrier(stamps: Stamps, case: IncidentCase, first: PartCase) -> Stamps:
    """The first unit's stamps, with the way to the hospital of the unit that carried somebody."""
    carried = (Clock.LEFT, Clock.HOSPITAL)
    carriers = [work for work in case.works if any(clock in work.stamps for clock in carried)]
    if not carriers:
        return stamps
    work = first if first in carriers else carriers[0]
    kept = {clock: stamp for clock, stamp in stamps.items() if clock not in CARRYING}
    return kept | {clock: work.stamps[clock] for clock in CARRYING if clock in work.stamps}


def reason_given(case: IncidentCase) -> str:
    """Why the first of the list was not taken; empty where it was, or nobody said."""
    work = case.first_arriving()
    return (work.why_not or "") if work is not None else ""


def _middle(one: ListedUnit) -> float | None:
    if one.eta_s_low is None or one.eta_s_high is None:
        return None
    return (one.eta_s_low + one.eta_s_high) / 2


def _sent_with(case: IncidentCase, work: PartCase) -> set[str]:
    """Units that were sent as well: not passed over, whoever was chosen for what."""
    chosen_at = work.at(Clock.ASSIGNED)
    if chosen_at is None:
        return set()
    until = chosen_at + timedelta(seconds=TOGETHER_S)
    return {unit for unit, at in case.sent if at <= until and unit != work.unit}
