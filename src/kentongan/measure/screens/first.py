"""The first page: a sentence for each agency (F1), where the time goes (F2), how long it takes
(F3), and what the figures are worth (F9)."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from msgspec import Struct, structs

from kentongan.measure.clock_offsets import ClockOffset, clock_offsets
from kentongan.measure.clocks import Clock
from kentongan.measure.exclusions import Excluded
from kentongan.measure.figures import Within, given_up, kept, percentile, within
from kentongan.measure.figures import fractiles as fractiles_of
from kentongan.measure.findings import Finding, cancelled_late, heaped, skewed_clocks
from kentongan.measure.intervals import INTERVALS, QUALITIES, Interval, Quality, Subject
from kentongan.measure.judging import Judgement, judge
from kentongan.measure.ledger import SLOWEST, Reference, chain_of, ledger
from kentongan.measure.ledger_changes import Change, Missing
from kentongan.measure.observations import CODE, NEVER, Observations
from kentongan.measure.ratios import CallRatios, call_ratios
from kentongan.measure.screens.frame import Frame, by_agency, named_agencies, whole_days
from kentongan.measure.screens.resampling import change_of
from kentongan.measure.stamps import TRUST
from kentongan.measure.standards import Standard
from kentongan.measure.statistics.change import Difference, Side, q_of
from kentongan.measure.statistics.quantiles import (
    ENOUGH,
    Estimate,
    quantile_of,
)
from kentongan.measure.tables import Table, observe, qualities

SEED: Final = 112
"""Resampling begins here, so that the same question has the same answer."""

CURVE_POINTS: Final = 200
"""Of a fractile curve: each half per cent."""

MARKS: Final = (0.5, 0.9, 0.95)


class Sentence(Struct, frozen=True, kw_only=True):
    """One agency (empty: all). `p90` is None under `ENOUGH` cases.

    `p90_kept` keeps open and cancelled cases. `change` is against the time of equal length before,
    `q` the false-discovery rate over all agencies at which this one is called changed (of all
    together the change's own p-value).
    """

    agency: str
    n: int
    all: int
    p50: Estimate | None
    p90: Estimate | None
    p90_kept: Estimate | None
    within: Within | None
    change: Difference | None
    q: float | None = None


class Step(Struct, frozen=True, kw_only=True):
    """A step of the chain; the means of all and of the slow decile each sum to the whole."""

    cause: str
    clock: str
    mean_s: float
    p50_s: float
    slow_s: float
    share_of_mean: float
    share_of_slow_excess: float
    p90_if_median_s: float


class Waterfall(Struct, frozen=True, kw_only=True):
    """F2; `changes` is what each improvement alone would have saved, `missing` what the record
    tells too little of."""

    n: int
    slow_n: int
    unmeasured: int
    early: int
    mean_s: float
    slow_mean_s: float
    p50_s: float
    p90_s: float
    steps: tuple[Step, ...]
    changes: tuple[Change, ...]
    missing: tuple[Missing, ...]
    reference: Reference | None


class Curve(Struct, frozen=True, kw_only=True):
    """Seconds at each half per cent, from 0 to 100, open and cancelled cases kept: it ends where no
    larger share came to the end. Empty under `ENOUGH` cases."""

    n: int
    all: int
    seconds: tuple[float, ...]
    marks: tuple[Estimate | None, ...]


class Fractiles(Struct, frozen=True, kw_only=True):
    """F3: now and before, by priority, and the standards that can be drawn into it."""

    now: Curve
    before: Curve
    by_priority: Mapping[str, Curve]
    within: Within | None
    standards: tuple[Judgement, ...]


class StampSource(Struct, frozen=True, kw_only=True):
    """How often a clock was stamped, by how it is known."""

    clock: str
    automatic: int
    geofence: int
    hand: int
    imported: int
    late: int


class Worth(Struct, frozen=True, kw_only=True):
    """How often an interval had which quality."""

    interval: str
    per: str
    n: int
    all: int
    counts: dict[str, int]


class Quality9(Struct, frozen=True, kw_only=True):
    """F9; `calls` only where no agency was asked for, whose they are not."""

    sources: tuple[StampSource, ...]
    intervals: tuple[Worth, ...]
    findings: tuple[Finding, ...]
    offsets: tuple[ClockOffset, ...]
    excluded: tuple[Excluded, ...]
    calls: CallRatios | None


class First(Struct, frozen=True, kw_only=True):
    """The first page."""

    sentences: tuple[Sentence, ...]
    waterfall: Waterfall | None
    fractiles: Fractiles
    quality: Quality9
    unfiltered: bool


def first(frame: Frame) -> First:
    """The first page of a question."""
    return First(
        sentences=sentences(frame),
        waterfall=waterfall(frame),
        fractiles=fractiles(frame),
        quality=quality(frame),
        unfiltered=frame.unfiltered,
    )


def sentences(frame: Frame) -> tuple[Sentence, ...]:
    """All together first, then each agency; of one that was asked for, that one alone."""
    if frame.asked.agency or frame.interval.subject is not Subject.INCIDENT:
        return (
            _sentence(frame, frame.asked.agency, frame.observed(), frame.observed(frame.before)),
        )
    found = [_sentence(frame, "", frame.observed(), frame.observed(frame.before))]
    for agency in named_agencies(frame.now):
        now, before = (
            observe(frame.interval, by_agency(frame, day, agency))
            for day in (frame.now, frame.before)
        )
        if len(now):
            found.append(_sentence(frame, agency, now, before))
    rates = [*q_of([found[0].change]), *q_of([one.change for one in found[1:]])]
    return tuple(structs.replace(one, q=q) for one, q in zip(found, rates, strict=True))


def _sentence(frame: Frame, agency: str, now: Observations, before: Observations) -> Sentence:
    values = now.values()
    enough = len(values) >= ENOUGH
    both = enough and int(before.valued.sum()) >= ENOUGH
    chance = np.random.default_rng(SEED)
    return Sentence(
        agency=agency,
        n=len(values),
        all=len(now),
        p50=percentile(now, 0.5, values),
        p90=percentile(now, 0.9, values),
        p90_kept=_kept(now) if enough else None,
        within=within(now, frame.limit_s),
        change=change_of(_side(before), _side(now), 0.9, chance) if both else None,
    )


def _side(found: Observations) -> Side:
    return Side(found.seconds[found.valued], whole_days(found))


def _kept(found: Observations, share: float = 0.9) -> Estimate | None:
    """A percentile with open and cancelled cases kept; the plain one where there are none."""
    return kept(found, share) if given_up(found) else percentile(found, share)


def waterfall(frame: Frame) -> Waterfall | None:
    """Means of all and of the slowest tenth, step by step; None under `ENOUGH` responses."""
    table = frame.table(Subject.INCIDENT, chain=True)
    start = Clock.RING if Clock.RING in table.at else Clock.NOTIFIED
    reference = frame.table(Subject.INCIDENT, frame.reference, chain=True)
    chain = chain_of(table, start)
    found = ledger(table, limit_s=frame.limit_s, reference=reference, start=start, chain=chain)
    if found is None:
        return None
    totals = chain.totals
    slow = totals >= quantile_of(totals, SLOWEST)
    return Waterfall(
        n=found.n,
        slow_n=int(slow.sum()),
        unmeasured=found.unmeasured,
        early=found.early,
        mean_s=float(totals.mean()),
        slow_mean_s=float(totals[slow].mean()),
        p50_s=found.p50_s,
        p90_s=found.p90_s,
        steps=tuple(
            Step(
                cause=one.cause,
                clock=one.clock,
                mean_s=one.mean_s,
                p50_s=one.p50_s,
                slow_s=one.slow_mean_s,
                share_of_mean=one.share_of_mean,
                share_of_slow_excess=one.share_of_slow_excess,
                p90_if_median_s=one.p90_if_median_s,
            )
            for one in found.steps
        ),
        changes=found.changes,
        missing=found.missing,
        reference=found.reference,
    )


def fractiles(frame: Frame) -> Fractiles:
    """F3; a standard is drawn where it holds the same two clocks, judged where it can be."""
    now, before = frame.observed(), frame.observed(frame.before)
    by_priority = {
        group[0]: curve(part)
        for group, part in (now.split(["priority"]) if "priority" in now.labels else [])
        if group[0]
    }
    return Fractiles(
        now=curve(now),
        before=curve(before),
        by_priority=by_priority,
        within=within(now, frame.limit_s),
        standards=tuple(_judged(frame, one) for one in _drawn(frame)),
    )


def curve(found: Observations) -> Curve:
    """The fractile curve of these cases."""
    values = found.values()
    enough = len(values) >= ENOUGH
    steps = np.linspace(0, 1, CURVE_POINTS + 1)
    return Curve(
        n=len(values),
        all=len(found),
        seconds=fractiles_of(found, steps.tolist()) if enough else (),
        marks=tuple(_kept(found, share) for share in MARKS) if enough else (),
    )


def _drawn(frame: Frame) -> list[Standard]:
    """Standards in force with this interval's own two clocks; the one asked for first."""
    own = (str(frame.interval.start), str(frame.interval.end))
    fitting = [
        one
        for one in frame.standards.values()
        if one.active
        and one.subject is frame.interval.subject
        and ([begin.event for begin in one.start], one.stop.event) == ([own[0]], own[1])
        and (not frame.asked.agency or not one.agencies or frame.asked.agency in one.agencies)
    ]
    first = frame.standard
    if first is None:
        return fitting
    return [first, *(one for one in fitting if one.id != first.id)]


def _judged(frame: Frame, standard: Standard) -> Judgement:
    if standard.subject is Subject.CALL:
        return judge(standard, frame.now.tables["call"])
    if standard.agencies and not frame.asked.agency:
        own = frame.now.tables["own"]
        column = own.labels["agency"]
        codes = [code for code, name in enumerate(column.names) if name in standard.agencies]
        return judge(standard, own.where(np.isin(column.codes, codes)))
    return judge(standard, frame.table(Subject.INCIDENT))


def quality(frame: Frame) -> Quality9:
    """F9; what the units' clocks are worth, and what would make the figures lie."""
    incidents, works = frame.table(Subject.INCIDENT), frame.table(Subject.WORK)
    tables = [incidents, frame.table(Subject.TASK), works]
    if not frame.asked.agency:
        tables.insert(0, frame.now.tables["call"])
    response = observe(_RESPONSE, incidents)
    found = [*skewed_clocks(works), cancelled_late(response, frame.limit_s)]
    found.append(heaped(response, frame.limit_s))
    return Quality9(
        sources=tuple(_sources(tables)),
        intervals=tuple(_worth(tables)),
        findings=tuple(one for one in found if one is not None),
        offsets=clock_offsets(works),
        excluded=frame.now.excluded if not _is_narrow(frame) else (),
        calls=None if frame.asked.agency else call_ratios(frame.now.tables["call"]),
    )


_RESPONSE: Final = Interval("citizen_response", Subject.INCIDENT, Clock.RING, Clock.ARRIVED)


def _is_narrow(frame: Frame) -> bool:
    asked = frame.asked
    return bool(asked.agency or asked.category or asked.priority or asked.kelurahan)


def _sources(tables: list[Table]) -> list[StampSource]:
    """Each clock where it is stamped first hand: a crew's taps of its work, and so on."""
    found: dict[Clock, StampSource] = {}
    for table in tables:
        for clock in table.at:
            there = table.moments(clock) != NEVER
            counts = np.bincount(table.source(clock)[there], minlength=len(TRUST)).tolist()
            found[clock] = StampSource(
                clock=clock,
                automatic=counts[0],
                geofence=counts[1],
                hand=counts[2],
                imported=counts[3],
                late=int((table.is_late(clock) & there).sum()),
            )
    return [found[clock] for clock in Clock if clock in found]


def _worth(tables: list[Table]) -> list[Worth]:
    found: list[Worth] = []
    for interval in INTERVALS:
        table = next((one for one in tables if one.subject is interval.subject), None)
        if table is None or interval.start not in table.at or not table.size:
            continue
        seen = qualities(interval, table)
        if not len(seen):
            continue
        counts = np.bincount(seen, minlength=len(QUALITIES)).tolist()
        found.append(
            Worth(
                interval=interval.key,
                per=str(interval.subject),
                n=sum(counts[: CODE[Quality.SKEW]]),
                all=len(seen),
                counts={str(q): counts[CODE[q]] for q in Quality if counts[CODE[q]]},
            )
        )
    return found
