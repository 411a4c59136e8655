"""The evaluation: P50, P90, share within target, n and missing, per interval and per target.

Percentiles are linear interpolation between order statistics, like PostgreSQL's `percentile_cont`
(decision 24). Appointments (home care, check-ups) never enter the response figures; training and
duty are never mixed; what is left out is counted by its reason. Missing is shown as missing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from kentongan.cities.taxonomy import Nature, Target
from kentongan.measure.case_tables import Tables, incident_table, seen_by, tables_of
from kentongan.measure.cases import Cases
from kentongan.measure.clocks import Clock
from kentongan.measure.day_hours import DAY, DayHours, day_hours
from kentongan.measure.exclusions import Excluded, Selection, select
from kentongan.measure.intervals import INTERVALS, Interval, Quality, Subject
from kentongan.measure.observations import Observations
from kentongan.measure.ratios import CallRatios, call_ratios
from kentongan.measure.statistics.quantiles import quantile
from kentongan.measure.subjects import CallCase, IncidentCase
from kentongan.measure.tables import observe
from kentongan.measure.unit_hours import UnitHours, unit_hours

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
    cancelled: int = 0
    doubtful: int = 0
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
    """The whole report for a span of time (UTC, half open); `hours` when that is one day. The
    ratios are there for a terminal; a wall asks for none."""

    start_at: datetime
    end_at: datetime
    training: bool
    calls: int
    incidents: int
    lines: tuple[LineCount, ...]
    intervals: tuple[Figure, ...]
    targets: tuple[Figure, ...]
    excluded: tuple[Excluded, ...] = ()
    hours: DayHours | None = None
    ratios: CallRatios | None = None
    units: tuple[UnitHours, ...] = ()


def with_ratios(found: Evaluation, cases: Cases, zone: ZoneInfo) -> Evaluation:
    """The same with the ratios of its calls and the hours of its units."""
    kept = {
        key: call
        for key, call in cases.calls.items()
        if (ring := call.stamps.get(Clock.RING)) is not None
        and found.start_at <= ring.at < found.end_at
        and call.training == found.training
    }
    calls = tables_of(structs.replace(cases, calls=kept, incidents={}), zone).call
    incidents = [one for one in cases.incidents.values() if one.training == found.training]
    return structs.replace(
        found,
        ratios=call_ratios(calls),
        units=unit_hours(cases.duty, incidents, found.start_at, found.end_at, cases.until),
    )


def evaluate(
    cases: Cases,
    targets: Sequence[Target],
    natures: Mapping[str, Nature],
    *,
    start_at: datetime,
    end_at: datetime,
    zone: ZoneInfo,
    training: bool = False,
) -> Evaluation:
    """Evaluate the calls that rang and the incidents that were opened in [start_at, end_at)."""
    hours = None
    if end_at - start_at == DAY:
        hours = day_hours(cases.calls.values(), start_at, training=training)
    selection = select(cases, natures, Selection(start_at, end_at, training=training))
    cases = selection.cases
    tables = tables_of(cases, zone)
    by_key = {target.key: target for target in targets}
    return Evaluation(
        start_at=start_at,
        end_at=end_at,
        training=training,
        calls=len(cases.calls),
        incidents=len(cases.incidents),
        lines=line_counts(cases.calls.values()),
        intervals=tuple(_figure(interval, tables, by_key) for interval in INTERVALS),
        targets=tuple(
            figure
            for target in targets
            if (figure := _target_figure(target, cases, tables, natures, zone)) is not None
        ),
        excluded=selection.excluded,
        hours=hours,
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """Percentile of sorted values by linear interpolation; None when there are none."""
    return quantile(values, share) if values else None


def _figure(interval: Interval, tables: Tables, targets: Mapping[str, Target]) -> Figure:
    target = targets.get(INTERVAL_TARGETS.get(interval.key, ""))
    found = observe(interval, tables.of(interval.subject))
    return _summary(interval, found, target, key=interval.key)


def _target_figure(
    target: Target,
    cases: Cases,
    tables: Tables,
    natures: Mapping[str, Nature],
    zone: ZoneInfo,
) -> Figure | None:
    try:
        start, end = Clock(target.start), Clock(target.end)
    except ValueError:
        return None  # a stamp this version does not take yet; the pack may be newer
    per_part = bool(target.agencies) and start is not Clock.RING
    interval = Interval(target.key, _target_subject(end, per_part=per_part), start, end)
    table = tables.of(interval.subject)
    if interval.subject is Subject.INCIDENT:
        chosen = [
            seen_by(case, target.agencies) if target.agencies else case
            for case in cases.incidents.values()
            if _applies(target, case, natures)
        ]
        table = incident_table(chosen, cases.until, zone)
    return _summary(interval, observe(interval, table), target, key=target.key)


def _target_subject(end: Clock, *, per_part: bool) -> Subject:
    if end in {Clock.ANSWER, Clock.CALLBACK}:
        return Subject.CALL
    return Subject.TASK if end is Clock.ACK and not per_part else Subject.INCIDENT


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


def _summary(interval: Interval, found: Observations, target: Target | None, *, key: str) -> Figure:
    values = found.values().tolist()
    within = sum(value <= target.limit_s for value in values) if target else 0
    return Figure(
        key=key,
        subject=interval.subject,
        start=interval.start,
        end=interval.end,
        n=len(values),
        missing=found.count(Quality.MISSING),
        open=found.count(Quality.OPEN),
        negative=found.count(Quality.NEGATIVE, Quality.SKEW),
        cancelled=found.count(Quality.CANCELLED),
        doubtful=found.count(Quality.MANUAL_LATE, Quality.OUTLIER, Quality.ROUNDED),
        p50_s=percentile(values, 0.5),
        p90_s=percentile(values, 0.9),
        limit_s=target.limit_s if target else None,
        share=within / len(values) if target and values else None,
        share_wanted=target.share if target else None,
        source=target.source if target else None,
    )


def line_counts(calls: Iterable[CallCase]) -> tuple[LineCount, ...]:
    """What became of the calls of each line."""
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
