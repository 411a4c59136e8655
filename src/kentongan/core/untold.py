"""Who waits for help at a time that is not so any more, and has not heard of it. Pure.

A reporter knows the last range that was read to them, that they saw behind their link, or that
somebody decided not to tell them (`rows.Settled`). Whoever was told no time of a unit waits for
none. Later than known by a minute is to be told: one slip once, and not at all when the unit is
there, was taken off, or nobody may see that they called.

Who was told of a unit that was taken off before it came waits for it all the same. What they know
is compared with whoever comes first in its place: the same kind of help, or anybody when none of
that kind is sent. It is told of the one that comes; nothing is while nobody's arrival is known
(A-03 and the first promise speak), and what was said after the unit was taken off counts instead.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from kentongan.core.follow import help_of, may_be_followed
from kentongan.core.rows import Assignment, IncidentRow, ReportRow, Settled, Told
from kentongan.core.slips import MOVED, ON_THE_WAY
from kentongan.core.words import Progress, Promise, UnitId

Kinds = Mapping[str, str]
"""The units' kinds by call sign."""


class Untold(NamedTuple):
    """A unit that comes later than somebody knows, and since when that is so."""

    work: Assignment
    since: datetime


def _heard(report: ReportRow) -> tuple[Told | Settled, ...]:
    return (*report.told, *report.settled)


def last_heard(report: ReportRow, unit: UnitId) -> Told | Settled | None:
    """What the reporter knows of that unit, whichever incident it was sent to when they were told:
    people wait for a vehicle, and a report may be moved to another incident. None when nothing
    was told."""
    known = [one for one in _heard(report) if one.unit == unit]
    return max(known, key=lambda one: one.at, default=None)


def is_untold(report: ReportRow, one: Assignment) -> bool:
    """Whether the reporter still waits for that unit at an earlier time."""
    known = last_heard(report, one.unit)
    return known is not None and _is_later(one, known.promise)


def _is_later(one: Assignment, known: Promise) -> bool:
    if not one.open or one.promise is None or one.progress not in ON_THE_WAY:
        return False
    return one.promise.arrive_to >= known.arrive_to + MOVED


def since_when(
    report: ReportRow, row: IncidentRow, one: Assignment, kinds: Kinds
) -> datetime | None:
    """Since when the reporter has waited for that unit, or for one in whose place it comes, at an
    earlier time than it comes; None when they do not."""
    promised_at = one.revised_at or one.progress_at.get(Progress.ASSIGNED) or row.opened_at
    if is_untold(report, one):
        return promised_at
    found = [
        max(promised_at, gone_at)
        for unit in {heard.unit for heard in _heard(report)}
        if (gone_at := _replaced_at(report, row, one, unit, kinds)) is not None
    ]
    return min(found, default=None)


def _replaced_at(
    report: ReportRow, row: IncidentRow, one: Assignment, unit: UnitId, kinds: Kinds
) -> datetime | None:
    """When that unit was taken off, if the reporter has heard of nobody since, and this one comes
    first in its place and later."""
    known = last_heard(report, unit)
    works = [work for work in row.assignments if work.unit == unit]
    if known is None or any(not _is_taken_off(work) for work in works):
        return None
    gone_at = works[-1].ended_at if works else None  # another incident's: since it was told
    since = gone_at or known.at
    alike = help_of(kinds.get(unit, ""))
    is_superseded = any(
        heard is not known
        and heard.at >= since
        and (heard.unit == one.unit or help_of(kinds.get(heard.unit, "")) == alike)
        for heard in _heard(report)
    )
    if is_superseded or not _is_later(one, known.promise):
        return None
    return since if _first_instead(row, alike, kinds) == one else None


def _is_taken_off(work: Assignment) -> bool:
    return work.released and not work.open and Progress.ON_SCENE not in work.progress_at


def _first_instead(row: IncidentRow, alike: str, kinds: Kinds) -> Assignment | None:
    """Who comes first of that help, or of any when none of it is sent; None when one is there."""
    works = [one for one in row.assignments if one.open]
    works = [one for one in works if help_of(kinds.get(one.unit, "")) == alike] or works
    if any(one.progress not in ON_THE_WAY for one in works):
        return None
    arrivals = [(one.promise.arrive_to, one.unit, one) for one in works if one.promise is not None]
    return min(arrivals)[2] if arrivals else None


def untold_works(row: IncidentRow, reports: Iterable[ReportRow], kinds: Kinds) -> Iterator[Untold]:
    """The units of an incident of whose delay somebody who reported it has not heard."""
    if row.state == "closed" or not may_be_followed(row):
        return
    known = [report for report in reports if report.told]
    if not known:
        return
    for one in row.assignments:
        times = [since_when(report, row, one, kinds) for report in known]
        found = [since for since in times if since is not None]
        if found:
            yield Untold(one, min(found))
