"""What is looked at: the question, the cases that it is about, and those of the time before.

Every plot is made of a `Frame`. An interval is counted per call, incident, task or work; with an
agency named, an incident is what that agency saw of it and did. Calls carry no agency, category,
priority or kelurahan: those filters do not reach them, and `unfiltered` says so.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
from msgspec import Struct, field

from kentongan.measure.day_tables import Day
from kentongan.measure.intervals import INTERVALS, Interval, Subject, interval_of
from kentongan.measure.observations import UNKNOWN, Observations
from kentongan.measure.standards import Standard
from kentongan.measure.statistics.arrays import Flags, Whole
from kentongan.measure.tables import Table, observe

DAYS_MAX: Final = 3_660
"""Longest span that is looked at: ten years."""

FILTERS: Final = ("agency", "category", "priority", "kelurahan")

PLACE: Final = "kecamatan"
"""What is held against everywhere else, by its code."""

KINDLESS_MIN: Final = 5
"""Incidents without a category of which the share is told, as many as share a row of open data."""

OWN_SUBJECTS: Final = frozenset({Subject.INCIDENT, Subject.TASK, Subject.WORK})
"""What has an agency; an officer is shown nothing else."""

DEFAULT_INTERVAL: Final = "citizen_response"
DEFAULT_STANDARD: Final = "id-semarang-10-ring"

NAME: Final = re.compile(r"[\w.:-]{0,80}")


class AskedError(ValueError):
    """A question that cannot be meant; says what is known instead."""


class Asked(Struct, frozen=True, kw_only=True):
    """The question, as it stands in the address. An empty filter leaves nothing out; `treated`, the
    kecamatan that is held against all others before and after, filters nothing."""

    start: date
    days: int = 90
    agency: str = ""
    category: str = ""
    priority: str = ""
    kelurahan: str = ""
    interval: str = DEFAULT_INTERVAL
    standard: str = DEFAULT_STANDARD
    changed: date | None = None
    treated: str = ""

    @property
    def end(self) -> date:
        """The first day that is not looked at any more."""
        return self.start + timedelta(days=self.days)

    @property
    def before(self) -> date:
        """Where the time of equal length before it begins."""
        return self.start - timedelta(days=self.days)


class Frame(Struct, frozen=True, kw_only=True):
    """The question with its cases; `before` is the time of equal length before it, `reference` what
    the ledger's medians are of."""

    asked: Asked
    now: Day
    before: Day
    reference: Day
    interval: Interval
    standard: Standard | None
    standards: Mapping[str, Standard]
    seen: dict[str, Observations] = field(default_factory=dict[str, Observations])

    @property
    def unfiltered(self) -> bool:
        """Whether a filter was asked for that does not reach this interval's cases."""
        wanted = any(getattr(self.asked, name) for name in FILTERS)
        return wanted and self.interval.subject is Subject.CALL

    def table(self, subject: Subject, day: Day | None = None, *, chain: bool = False) -> Table:
        """The cases of that kind that the filters leave; `chain` is the first unit's own steps."""
        found = (day or self.now).tables[self._kind(subject, chain=chain)]
        return filtered(found, self.asked)

    def _kind(self, subject: Subject, *, chain: bool) -> str:
        if subject is not Subject.INCIDENT:
            return str(subject)
        own = bool(self.asked.agency)
        if chain:
            return "own_response" if own else "response"
        return "own" if own else "incident"

    def observed(self, day: Day | None = None) -> Observations:
        """The interval asked for, which several plots are about: worked out once."""
        span = "before" if day is self.before else "now"
        if span not in self.seen:
            table = self.table(self.interval.subject, day)
            self.seen[span] = observe(self.interval, table)
        return self.seen[span]

    @property
    def limit_s(self) -> float:
        """What is held against: the standard's threshold, else the mayor's ten minutes."""
        return self.standard.threshold_s if self.standard is not None else 600.0


def frame(
    asked: Asked, now: Day, before: Day, standards: Sequence[Standard], reference: Day | None = None
) -> Frame:
    """The question with its cases; `AskedError` for an interval or a standard that is unknown.

    Without a `reference` that is the time before.
    """
    if not 1 <= asked.days <= DAYS_MAX:
        raise AskedError(f"days: 1 to {DAYS_MAX}")
    known = {one.id: one for one in standards}
    if asked.standard and asked.standard not in known:
        raise AskedError(f"no standard {asked.standard!r}; known are {', '.join(known)}")
    try:
        interval = interval_of(asked.interval)
    except ValueError as error:
        raise AskedError(str(error)) from None
    for name in (*FILTERS, "treated"):
        if not NAME.fullmatch(getattr(asked, name)):
            raise AskedError(f"{name}: not a name")
    return Frame(
        asked=asked,
        now=now,
        before=before,
        reference=before if reference is None else reference,
        interval=interval,
        standard=known.get(asked.standard),
        standards=known,
    )


def filtered(table: Table, asked: Asked) -> Table:
    """The rows that the filters leave; a label that these rows do not carry filters nothing."""
    keep: Flags | None = None
    for name in FILTERS:
        wanted, column = getattr(asked, name), table.labels.get(name)
        if not wanted or column is None:
            continue
        code = column.names.index(wanted) if wanted in column.names else -1
        here = column.codes == code
        keep = here if keep is None else keep & here
    return table if keep is None else table.where(keep)


def kindless(found: Frame) -> float | None:
    """The share of the incidents that no category is told of: it is not known yet, or would give a
    sensitive nature away. None where fewer than `KINDLESS_MIN` are, who would be pointed at."""
    table = found.table(Subject.INCIDENT)
    column = table.labels.get("category")
    if column is None or not table.size:
        return None
    named = np.array([name != UNKNOWN for name in column.names], dtype=np.bool_)
    count = table.size - int(named[column.codes].sum())
    return count / table.size if count >= KINDLESS_MIN else None


def named_agencies(day: Day) -> tuple[str, ...]:
    """Agencies that were asked for help, by key."""
    return tuple(name for name in day.tables["own"].labels["agency"].used if name)


def by_agency(frame: Frame, day: Day, agency: str) -> Table:
    """Incidents as one agency saw them, after the other filters."""
    own = day.tables["own"]
    column = own.labels["agency"]
    code = column.names.index(agency) if agency in column.names else -1
    return filtered(own.where(column.codes == code), frame.asked)


def choices(day: Day, *, with_calls: bool) -> dict[str, tuple[str, ...]]:
    """What can be chosen here: the labels that occur, and the intervals that can be counted."""
    own = day.tables["own"].labels
    found = {
        name: tuple(one for one in own[name].used if one) if name in own else ()
        for name in (*FILTERS, PLACE)
    }
    kinds = {*OWN_SUBJECTS, *((Subject.CALL,) if with_calls else ())}
    found["interval"] = tuple(
        one.key
        for one in INTERVALS
        if one.subject in kinds and one.start in day.tables[str(one.subject)].at
    )
    return found


def whole_days(found: Observations) -> Whole:
    """The city's day of each with a value: what is resampled as one."""
    return found.days[found.valued]
