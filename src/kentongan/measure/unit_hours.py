"""Unit-hour utilisation (UHU): the hours that units were bound by the hours that they were there.

Bound is a unit from its assignment until it is clear or was taken off, by whatever incident, and
once however many there were; there it is while a crew is on duty and the unit not taken out of
service. Only hours on duty count: work of a unit that nobody had signed on is told beside it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, field

from kentongan.core.events import (
    AnyEvent,
    UnitDutyEnded,
    UnitDutyStarted,
    UnitRegistered,
    UnitReturnedToService,
    UnitTakenOutOfService,
)
from kentongan.measure.clocks import Clock
from kentongan.measure.subjects import IncidentCase, PartCase

DUTY_EVENTS: Final = (
    UnitDutyStarted, UnitDutyEnded, UnitTakenOutOfService, UnitReturnedToService,
)  # fmt: skip
"""What tells that a unit is there, or is not any more."""

BOUND_MAX: Final = timedelta(hours=24)
"""Longer than this a unit was not bound: somebody forgot to say that it was clear."""

Span = tuple[datetime, datetime]


class UnitDuty(Struct, kw_only=True):
    """When a unit was there. `begun` is since when it is; None while it is not."""

    agency: str = ""
    signed_on: bool = False
    out: bool = False
    begun: datetime | None = None
    spans: list[Span] = field(default_factory=list[Span])

    def add(self, event: AnyEvent, at: datetime) -> None:
        """Take one event of the unit into account, in the order of the journal."""
        match event:
            case UnitRegistered(agency=agency):
                self.agency = agency
            case UnitDutyStarted() | UnitDutyEnded():
                self.signed_on = isinstance(event, UnitDutyStarted)
            case UnitTakenOutOfService() | UnitReturnedToService():
                self.out = isinstance(event, UnitTakenOutOfService)
            case _:
                return
        is_there = self.signed_on and not self.out
        if is_there and self.begun is None:
            self.begun = at
        elif not is_there and self.begun is not None:
            self.spans.append((self.begun, at))
            self.begun = None


class UnitHours(Struct, frozen=True, kw_only=True):
    """Of an agency (empty: all): hours bound while on duty, hours on duty, and their ratio, None
    while nobody was on duty. `unsigned_h` are hours bound of units that nobody had signed on."""

    agency: str
    units: int
    bound_h: float
    on_duty_h: float
    utilisation: float | None
    unsigned_h: float


def unit_hours(
    duty: Mapping[str, UnitDuty],
    incidents: Iterable[IncidentCase],
    start_at: datetime,
    end_at: datetime,
    until: datetime,
) -> tuple[UnitHours, ...]:
    """All together first, then each agency; nothing when no unit was on duty or bound.

    `incidents` are all, whatever a report leaves out: an appointment binds a unit as well.
    """
    whole = (start_at, min(end_at, until))
    works: dict[str, list[Span]] = {}
    agencies = {key: one.agency for key, one in duty.items() if one.agency}
    for case in incidents:
        for work in case.works:
            if work.unit is not None and (span := bound_span(work, until)) is not None:
                begin, end = span
                works.setdefault(work.unit, []).append((begin, end or until))
                agencies.setdefault(work.unit, work.agency)
    sums: dict[str, list[float]] = {}
    for unit in sorted({*works, *duty}):
        there = _spans(duty[unit], until) if unit in duty else []
        bound = _joined(works.get(unit, []))
        on_duty_h = _hours(there, whole)
        bound_h = sum(_hours(there, _clipped(one, whole)) for one in bound)
        unsigned_h = sum(_hours([one], whole) for one in bound) - bound_h
        if on_duty_h or unsigned_h:
            for agency in ("", agencies.get(unit, "")):
                kept = sums.setdefault(agency, [0.0] * 4)
                for place, value in enumerate((1.0, bound_h, on_duty_h, unsigned_h)):
                    kept[place] += value
    return tuple(
        UnitHours(
            agency=agency,
            units=int(units),
            bound_h=bound_h,
            on_duty_h=on_duty_h,
            utilisation=bound_h / on_duty_h if on_duty_h else None,
            unsigned_h=unsigned_h,
        )
        for agency, (units, bound_h, on_duty_h, unsigned_h) in sorted(sums.items())
    )


def bound_span(work: PartCase, until: datetime | None) -> tuple[datetime, datetime | None] | None:
    """From when to when a unit was bound by it, `BOUND_MAX` at most; None when that is not known.

    Of what goes on still the end is `until`, or None when that is left open.
    """
    begin = work.at(Clock.ASSIGNED)
    end = work.at(Clock.CLEAR) or work.gave_up_at
    if begin is None or (end is None and work.over) or (end is not None and end <= begin):
        return None
    if end is None and (until is None or until <= begin):
        return None if until is not None else (begin, None)
    return begin, min(end or until or begin, begin + BOUND_MAX)


def _spans(duty: UnitDuty, until: datetime) -> list[Span]:
    return [*duty.spans, *([(duty.begun, until)] if duty.begun is not None else [])]


def _joined(spans: list[Span]) -> list[Span]:
    """Spans that overlap as one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def _clipped(span: Span, within: Span) -> Span:
    begin = max(span[0], within[0])
    return begin, max(min(span[1], within[1]), begin)


def _hours(spans: Iterable[Span], within: Span) -> float:
    """Hours of these spans that lie within another."""
    clipped = [_clipped(one, within) for one in spans if one[1] > within[0] and one[0] < within[1]]
    return sum((end - begin).total_seconds() for begin, end in clipped) / 3_600
