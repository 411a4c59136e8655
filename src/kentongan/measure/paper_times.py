"""What a paper form tells of an incident that was entered afterwards, as stamps.

While the centre was away people wrote times down by the clock on the wall. They are true times and
are measured like others, but each is by hand and late: no figure takes them for what the centre
itself saw. A step that nobody wrote down, like the category and the place, is missing.
"""

from datetime import datetime

from kentongan.core.events import LateRecorded
from kentongan.measure.clocks import STEP_CLOCKS, Clock
from kentongan.measure.stamps import Source, Stamp
from kentongan.measure.subjects import IncidentCase, PartCase


def enter_late(event: LateRecorded, case: IncidentCase) -> None:
    """Give the case what the form says: what it is, its agencies, its units, and their times."""
    case.number, case.training = event.number, event.training
    case.nature, case.priority, case.outcome = event.nature, event.priority, event.outcome
    for clock, at in (
        (Clock.RING, event.called_at),
        (Clock.OPENED, event.called_at),
        (Clock.SENT, event.sent_at),
        (Clock.CLOSED, event.closed_at),
    ):
        if at is not None:
            case.own.setdefault(clock, _written(at))
    for one in event.tasks:
        task = case.tasks.setdefault(one.agency, PartCase(agency=one.agency))
        task.stamps[Clock.TASKED] = task.stamps[Clock.NOTIFIED] = _written(one.told_at)
        if one.answered_at is not None:
            task.stamps[Clock.ACK] = _written(one.answered_at)
        task.over = one.answered_at is not None or event.closed_at is not None
    for unit in event.units:
        work = PartCase(agency=unit.agency, unit=unit.unit)
        for step, at in unit.progress_at.items():
            work.stamps[STEP_CLOCKS[step]] = _written(at)
        work.over = Clock.CLEAR in work.stamps
        case.works.append(work)


def _written(at: datetime) -> Stamp:
    return Stamp(at, Source.HAND, is_late=True)
