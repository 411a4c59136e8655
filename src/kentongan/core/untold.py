"""Who waits for a unit at a time that is not so any more, and has not heard of it. Pure.

A reporter knows the last range that was read to them, that they saw behind their link, or that
somebody decided not to tell them (`rows.Settled`). Whoever was told no time of a unit waits for
none. Later than known by a minute is to be told: one slip once, and not at all when the unit is
there, was taken off, or nobody may see that they called.
"""

from collections.abc import Iterable, Iterator

from kentongan.core.follow import may_be_followed
from kentongan.core.rows import Assignment, IncidentRow, ReportRow
from kentongan.core.slips import MOVED, ON_THE_WAY
from kentongan.core.words import Promise, UnitId


def last_heard(report: ReportRow, unit: UnitId) -> Promise | None:
    """What the reporter knows of that unit; None when nothing was told."""
    known = [one for one in (*report.told, *report.settled) if one.unit == unit]
    return max(known, key=lambda one: one.at).promise if known else None


def is_untold(report: ReportRow, one: Assignment) -> bool:
    """Whether the reporter still waits for that unit at an earlier time."""
    if not one.open or one.promise is None or one.progress not in ON_THE_WAY:
        return False
    known = last_heard(report, one.unit)
    return known is not None and one.promise.arrive_to >= known.arrive_to + MOVED


def slipped_works(row: IncidentRow, reports: Iterable[ReportRow]) -> Iterator[Assignment]:
    """The units of an incident of whose delay somebody who reported it has not heard."""
    if row.state == "closed" or not may_be_followed(row):
        return
    slipped = [one for one in row.assignments if one.first_promise is not None]
    if not slipped:
        return
    known = list(reports)
    yield from (one for one in slipped if any(is_untold(report, one) for report in known))
