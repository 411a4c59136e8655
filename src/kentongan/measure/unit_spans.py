"""When units were there and when bound, a row a span: what a screen sums, years at a time.

The same rules as `measure.unit_hours`, by which every incident binds, also one that no figure of
response counts. A span's ends stand as the clocks *assigned* and *clear*, so that days of them join
as everything else does. Presence is cut at midnight: a shift whose end is not known yet must not
reach into days that are written later.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from kentongan.measure.case_tables import Row, table_of
from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.stamps import Stamp
from kentongan.measure.subjects import IncidentCase
from kentongan.measure.tables import Table
from kentongan.measure.unit_hours import UnitDuty, bound_span

THERE, BOUND = "there", "bound"
"""What a row tells of, under the label `span`."""

DAY = timedelta(days=1)


class Presence(Struct, frozen=True):
    """A unit that was on duty and not out of service; `end` is None while nobody knows it."""

    unit: str
    agency: str
    begin: datetime
    end: datetime | None


def presence_by_day(
    duty: Mapping[str, UnitDuty], until: datetime, day_of: Callable[[datetime], date]
) -> dict[date, list[Presence]]:
    """Every span under each day that it touches, as it is known now."""
    found: dict[date, list[Presence]] = defaultdict(list)
    for unit, one in duty.items():
        for begin, end in one.spans:
            _spread(found, Presence(unit, one.agency, begin, end), end, day_of)
        if one.begun is not None:
            _spread(found, Presence(unit, one.agency, one.begun, None), until, day_of)
    return found


def _spread(
    found: dict[date, list[Presence]],
    presence: Presence,
    end: datetime,
    day_of: Callable[[datetime], date],
) -> None:
    first, last = day_of(presence.begin), day_of(max(end, presence.begin))
    for number in range((last - first).days + 1):
        found[first + timedelta(days=number)].append(presence)


def unit_spans(
    incidents: Iterable[IncidentCase],
    presence: Sequence[Presence],
    day: tuple[datetime, datetime],
    until: datetime,
    zone: ZoneInfo,
) -> Table:
    """The rows of one day [start, end): presence within it, and what its incidents bound."""
    rows = [
        _row(f"{work.unit}/{case.incident}", work.unit, work.agency, span, BOUND)
        for case in incidents
        for work in case.works
        if work.unit is not None and (span := bound_span(work, None)) is not None
    ]
    start, end = day
    for one in presence:
        begin = max(one.begin, start)
        known = one.end if one.end is not None else (end if end <= until else None)
        finish = None if known is None else min(known, end)
        if begin < end and (finish is None or begin < finish):
            rows.append(_row(one.unit, one.unit, one.agency, (begin, finish), THERE))
    return table_of(Subject.WORK, rows, until, zone)


def _row(
    key: str, unit: str, agency: str, span: tuple[datetime, datetime | None], kind: str
) -> Row:
    begin, end = span
    stamps = {Clock.ASSIGNED: Stamp(begin)} | ({Clock.CLEAR: Stamp(end)} if end else {})
    labels = {"unit": unit, "agency": agency, "span": kind}
    return Row(key=key, stamps=stamps, over=end is not None, labels=labels)
