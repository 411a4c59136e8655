"""The evaluation: P50, P90, share within target, n and missing, per interval and per target.

Percentiles are order statistics (nearest rank: the smallest value with at least p of the values at
or below it), so that every figure is one that really happened. Appointments (home care, check-ups)
never enter the response figures; training and duty are never mixed. Missing is shown as missing.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from kentongan.cities.taxonomy import Nature, Target
from kentongan.measure.cases import CallCase, Cases, IncidentCase, PartCase
from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import INTERVALS, Interval, Measurement, Quality, Subject, measure

INTERVAL_TARGETS: Mapping[str, str] = {
    "answer": "answer",
    "locate": "locate",
    "notify": "notify",
    "acknowledge": "ack",
    "departure_promise": "depart",
}
"""Which target of the city pack an interval is shown against; all targets are listed besides."""


class Figure(Struct, frozen=True, kw_only=True):
    """One line of the report. Seconds; `share` of the measured within `limit_s`, or None."""

    key: str
    subject: str
    start: str
    end: str
    n: int
    missing: int
    open: int
    negative: int
    p50_s: float | None = None
    p90_s: float | None = None
    limit_s: int | None = None
    share: float | None = None
    share_wanted: float | None = None
    source: str | None = None


class LineCount(Struct, frozen=True, kw_only=True):
    """How many calls came on a line, and what became of them."""

    line: str
    offered: int
    answered: int
    abandoned: int
    waiting: int


class Evaluation(Struct, frozen=True, kw_only=True):
    """The whole report for a span of time (UTC, half open)."""

    start_at: datetime
    end_at: datetime
    training: bool
    calls: int
    incidents: int
    lines: tuple[LineCount, ...]
    intervals: tuple[Figure, ...]
    targets: tuple[Figure, ...]


def evaluate(
    cases: Cases,
    targets: Sequence[Target],
    natures: Mapping[str, Nature],
    *,
    start_at: datetime,
    end_at: datetime,
    training: bool = False,
) -> Evaluation:
    """Evaluate the calls that rang and the incidents that were opened in [start_at, end_at)."""
    cases = _selected(cases, natures, start_at, end_at, training=training)
    by_key = {target.key: target for target in targets}
    return Evaluation(
        start_at=start_at,
        end_at=end_at,
        training=training,
        calls=len(cases.calls),
        incidents=sum(not case.merged for case in cases.incidents.values()),
        lines=_lines(cases.calls.values()),
        intervals=tuple(_figure(interval, cases, by_key) for interval in INTERVALS),
        targets=tuple(
            figure
            for target in targets
            if (figure := _target_figure(target, cases, natures)) is not None
        ),
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest-rank percentile of sorted values; None when there are none."""
    if not values:
        return None
    return values[max(0, math.ceil(share * len(values)) - 1)]


def _selected(
    cases: Cases,
    natures: Mapping[str, Nature],
    start_at: datetime,
    end_at: datetime,
    *,
    training: bool,
) -> Cases:
    def within(at: datetime | None) -> bool:
        return at is not None and start_at <= at < end_at

    def is_response(case: IncidentCase) -> bool:
        nature = natures.get(case.nature or "")
        return not (nature and nature.appointment)

    return Cases(
        calls={
            key: case
            for key, case in cases.calls.items()
            if within(case.stamps.get(Clock.RING)) and case.training == training
        },
        incidents={
            key: case
            for key, case in cases.incidents.items()
            if within(case.own.get(Clock.OPENED))
            and case.training == training
            and is_response(case)
        },
    )


def _figure(interval: Interval, cases: Cases, targets: Mapping[str, Target]) -> Figure:
    measured = list(measure(interval, cases))
    target = targets.get(INTERVAL_TARGETS.get(interval.key, ""))
    return _summary(interval, measured, target, key=interval.key)


def _target_figure(target: Target, cases: Cases, natures: Mapping[str, Nature]) -> Figure | None:
    try:
        start, end = Clock(target.start), Clock(target.end)
    except ValueError:
        return None  # a stamp this version does not take yet; the pack may be newer
    per_part = bool(target.agencies) and start is not Clock.RING
    interval = Interval(target.key, _target_subject(end, per_part=per_part), start, end)
    narrowed = Cases(
        calls=cases.calls,
        incidents={
            key: _with_first_stamps(case, target)
            for key, case in cases.incidents.items()
            if _applies(target, case, natures)
        },
    )
    return _summary(interval, list(measure(interval, narrowed)), target, key=target.key)


def _target_subject(end: Clock, *, per_part: bool) -> Subject:
    if end in {Clock.ANSWER, Clock.CALLBACK}:
        return Subject.CALL
    return Subject.TASK if end is Clock.ACK and not per_part else Subject.INCIDENT


def _with_first_stamps(case: IncidentCase, target: Target) -> IncidentCase:
    """The incident as that target sees it: only the stamps of the agencies it names."""
    if not target.agencies:
        return case
    parts: list[PartCase] = [
        part for part in (*case.tasks.values(), *case.works) if part.agency in target.agencies
    ]
    own = {Clock.RING, Clock.ANSWER, Clock.LOCATION, Clock.CATEGORY, Clock.OPENED, Clock.CLOSED}
    stamps = {clock: at for clock, at in case.stamps.items() if clock in own}
    for part in parts:
        for clock, at in part.stamps.items():
            stamps[clock] = min(at, stamps.get(clock, at))
    return IncidentCase(incident=case.incident, merged=case.merged, stamps=stamps, tasks=case.tasks)


def _applies(target: Target, case: IncidentCase, natures: Mapping[str, Nature]) -> bool:
    nature = natures.get(case.nature or "")
    category = nature.category if nature else None
    involved = {part.agency for part in (*case.tasks.values(), *case.works)}
    return (
        (not target.agencies or not involved.isdisjoint(target.agencies))
        and (not target.categories or category in target.categories)
        and (not target.natures or case.nature in target.natures)
        and (not target.priorities or case.priority in target.priorities)
    )


def _summary(
    interval: Interval, measured: Sequence[Measurement], target: Target | None, *, key: str
) -> Figure:
    values = sorted(m.seconds for m in measured if m.seconds is not None)
    counts = {quality: sum(m.quality is quality for m in measured) for quality in Quality}
    within = sum(value <= target.limit_s for value in values) if target else 0
    return Figure(
        key=key,
        subject=interval.subject,
        start=interval.start,
        end=interval.end,
        n=len(values),
        missing=counts[Quality.MISSING],
        open=counts[Quality.OPEN],
        negative=counts[Quality.NEGATIVE],
        p50_s=percentile(values, 0.5),
        p90_s=percentile(values, 0.9),
        limit_s=target.limit_s if target else None,
        share=within / len(values) if target and values else None,
        share_wanted=target.share if target else None,
        source=target.source if target else None,
    )


def _lines(calls: Iterable[CallCase]) -> tuple[LineCount, ...]:
    by_line: dict[str, list[CallCase]] = {}
    for call in calls:
        by_line.setdefault(call.line, []).append(call)
    return tuple(
        LineCount(
            line=line,
            offered=len(found),
            answered=sum(Clock.ANSWER in call.stamps for call in found),
            abandoned=sum(Clock.ABANDONED in call.stamps for call in found),
            waiting=sum(Clock.ANSWER not in call.stamps and not call.is_over for call in found),
        )
        for line, found in sorted(by_line.items())
    )
