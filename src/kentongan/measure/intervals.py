"""Intervals: from one clock to another, for one kind of subject; each is one line of a table.

Every measurement says what it is worth: `ok`, `missing` (the subject is over and a stamp is not
there), `open` (it may still come), `overlap` (two steps ran side by side by design; counts as 0)
or `negative` (the clocks disagree; never counted). Source: EVALUATION of this project after EENA
and NENA-STA-020.1; departure and arrival are two intervals and are never merged into one.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from kentongan.measure.cases import Cases, PartCase, Stamps
from kentongan.measure.clocks import Clock


class Subject(StrEnum):
    """What an interval is counted per: three denominators that must not be mixed."""

    CALL = "call"
    INCIDENT = "incident"
    TASK = "task"
    WORK = "work"


class Quality(StrEnum):
    """What a measurement is worth."""

    OK = "ok"
    OVERLAP = "overlap"
    OPEN = "open"
    MISSING = "missing"
    NEGATIVE = "negative"


class Interval(Struct, frozen=True):
    """An interval's definition. `optional` when many subjects rightly never reach its end."""

    key: str
    subject: Subject
    start: Clock
    end: Clock
    may_overlap: bool = False
    optional: bool = False


INTERVALS: tuple[Interval, ...] = (
    Interval("answer", Subject.CALL, Clock.RING, Clock.ANSWER),
    Interval("locate", Subject.INCIDENT, Clock.ANSWER, Clock.LOCATION),
    Interval("notify", Subject.INCIDENT, Clock.LOCATION, Clock.NOTIFIED, may_overlap=True),
    Interval("acknowledge", Subject.TASK, Clock.NOTIFIED, Clock.ACK),
    Interval("assign", Subject.WORK, Clock.NOTIFIED, Clock.ASSIGNED, may_overlap=True),
    Interval("depart", Subject.WORK, Clock.ASSIGNED, Clock.DEPARTED),
    Interval("travel", Subject.WORK, Clock.DEPARTED, Clock.ARRIVED),
    Interval("to_hospital", Subject.WORK, Clock.ARRIVED, Clock.HOSPITAL, optional=True),
    Interval("turnaround", Subject.WORK, Clock.HOSPITAL, Clock.CLEAR, optional=True),
    Interval("committed", Subject.WORK, Clock.ASSIGNED, Clock.CLEAR),
    Interval("departure_promise", Subject.INCIDENT, Clock.ANSWER, Clock.DEPARTED),
    Interval("response", Subject.INCIDENT, Clock.NOTIFIED, Clock.ARRIVED),
    Interval("citizen_response", Subject.INCIDENT, Clock.RING, Clock.ARRIVED),
)


class Measurement(Struct, frozen=True, kw_only=True):
    """One interval of one subject. `seconds` is None unless `quality` is ok or overlap."""

    interval: str
    subject: str
    quality: Quality
    started_at: datetime | None
    seconds: float | None = None
    incident: str | None = None
    agency: str | None = None
    unit: str | None = None


def measure(interval: Interval, cases: Cases) -> Iterator[Measurement]:
    """The interval for every subject of its kind that has its start or its end."""
    match interval.subject:
        case Subject.CALL:
            for call in cases.calls.values():
                over = call.is_over
                found = _between(interval, call.stamps, over=over)
                if found and not (over and Clock.ANSWER not in call.stamps):
                    yield _measurement(interval, call.call, found)
        case Subject.INCIDENT:
            for incident in cases.incidents.values():
                if incident.merged:
                    continue
                found = _between(interval, incident.stamps, over=incident.is_over)
                if found:
                    yield _measurement(
                        interval, incident.incident, found, incident=incident.incident
                    )
        case Subject.TASK | Subject.WORK:
            yield from _parts(interval, cases)


def _parts(interval: Interval, cases: Cases) -> Iterator[Measurement]:
    for incident in cases.incidents.values():
        tasks = interval.subject is Subject.TASK
        parts: list[PartCase] = list(incident.tasks.values()) if tasks else incident.works
        for part in parts:
            found = _between(interval, part.stamps, over=part.over or incident.is_over)
            if found:
                yield _measurement(
                    interval,
                    f"{incident.incident}/{part.unit or part.agency}",
                    found,
                    incident=incident.incident,
                    part=part,
                )


class _Found(Struct, frozen=True):
    quality: Quality
    started_at: datetime | None
    seconds: float | None = None


def _between(interval: Interval, stamps: Stamps, *, over: bool) -> _Found | None:
    start, end = stamps.get(interval.start), stamps.get(interval.end)
    if start is None and end is None:
        return None
    if start is not None and end is not None:
        seconds = (end - start).total_seconds()
        if seconds >= 0:
            return _Found(Quality.OK, start, seconds)
        if interval.may_overlap:
            return _Found(Quality.OVERLAP, start, 0.0)
        return _Found(Quality.NEGATIVE, start)
    if end is None and not over:
        return _Found(Quality.OPEN, start)
    if end is None and interval.optional:
        return None
    return _Found(Quality.MISSING, start)


def _measurement(
    interval: Interval,
    subject: str,
    found: _Found,
    *,
    incident: str | None = None,
    part: PartCase | None = None,
) -> Measurement:
    return Measurement(
        interval=interval.key,
        subject=subject,
        quality=found.quality,
        started_at=found.started_at,
        seconds=found.seconds,
        incident=incident,
        agency=part.agency if part else None,
        unit=part.unit if part else None,
    )
