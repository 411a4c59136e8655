"""One question about response times, answered: intervals by groups, standards, ledger, findings.

The same for a centre's own journal and for another centre's records.
"""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from kentongan.measure.advice import Advice
from kentongan.measure.clocks import Clock
from kentongan.measure.exclusions import Excluded
from kentongan.measure.figures import Summary, summaries
from kentongan.measure.findings import Finding, cancelled_late, heaped, skewed_clocks
from kentongan.measure.intervals import INTERVALS, Interval, Subject
from kentongan.measure.judging import Judgement, judge, of_other_subject
from kentongan.measure.ledger import Ledger, ledger
from kentongan.measure.observations import LABELS
from kentongan.measure.promises import PromiseLedger
from kentongan.measure.records.bins import LineAnswers
from kentongan.measure.records.defects import ImportReport
from kentongan.measure.standards import Standard
from kentongan.measure.statistics.quantiles import ENOUGH
from kentongan.measure.tables import Table, observe

SEED: Final = 112
"""Resampling begins here, so that the same question has the same answer."""

INTERVALS_MAX: Final = 60

LIMIT_S: Final = 600.0
"""What a response is held against where nothing else is said: the mayor's ten minutes."""


class Request(Struct, frozen=True, kw_only=True):
    """What is asked. No intervals: every one that can be computed."""

    intervals: tuple[Interval, ...] = ()
    by: tuple[str, ...] = ()
    standards: tuple[Standard, ...] = ()
    limit_s: float | None = None
    with_ledger: bool = False


class IntervalFigures(Struct, frozen=True, kw_only=True):
    """One interval: per whom it is counted, and a line for each group."""

    interval: str
    per: str
    start: str
    end: str
    groups: tuple[Summary, ...]


class Analysis(Struct, frozen=True, kw_only=True):
    """The answer. `imported` is there for records of another centre, `excluded` for one's own."""

    source: str
    by: tuple[str, ...]
    intervals: tuple[IntervalFigures, ...]
    standards: tuple[Judgement, ...]
    ledger: Ledger | None = None
    no_ledger: str = ""
    promises: PromiseLedger | None = None
    advice: Advice | None = None
    findings: tuple[Finding, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    imported: ImportReport | None = None
    lines: tuple[LineAnswers, ...] = ()


class UnknownLabelError(ValueError):
    """A label to split by that these subjects do not carry."""


TableOf = Callable[[Standard], Table | None]


def analyse(
    source: str,
    tables: Sequence[Table],
    request: Request,
    table_of: TableOf | None = None,
    responses: Table | None = None,
    reference: Table | None = None,
) -> Analysis:
    """Answer over these tables, one for each kind of subject there is.

    `table_of` gives the table a standard is judged on (the incidents as its agencies saw them),
    `responses` the chains of the first units; both default to the tables themselves. `reference`
    are the chains before the span, where there are any.
    `UnknownLabelError` names the labels there are.
    """
    by_subject = {table.subject: table for table in tables}
    asked = request.intervals or _computable(tables)
    figures = tuple(
        _figures(interval, table, request)
        for interval in asked[:INTERVALS_MAX]
        if (table := by_subject.get(interval.subject)) is not None
    )

    def given(standard: Standard) -> Table | None:
        return table_of(standard) if table_of else by_subject.get(standard.subject)

    judged = tuple(
        judge(standard, table)
        if (table := given(standard)) is not None
        else of_other_subject(standard)
        for standard in request.standards
    )
    chains = responses or by_subject.get(Subject.INCIDENT)
    lost = None
    if request.with_ledger and chains is not None:
        lost = _ledger(chains, reference, request)
    return Analysis(
        source=source,
        by=request.by,
        intervals=figures,
        standards=judged,
        ledger=lost,
        no_ledger=_no_ledger(chains) if request.with_ledger and lost is None else "",
        findings=_findings(by_subject, request) if request.with_ledger else (),
    )


def _computable(tables: Sequence[Table]) -> tuple[Interval, ...]:
    """Intervals of which both ends occur."""
    found: list[Interval] = []
    for table in tables:
        known = set(table.at)
        for interval in INTERVALS:
            ends = {interval.end, *([interval.or_end] if interval.or_end else [])}
            if interval.subject is table.subject and interval.start in known and ends & known:
                found.append(interval)
    if len(tables) == 1:
        found += _per_row(tables[0])
    return tuple(found)


def _per_row(table: Table) -> list[Interval]:
    """Intervals of other subjects, counted per row: a row of another centre's records holds them
    all. One row an incident holds the steps of its first unit, one a unit those of its incident."""
    known = set(table.at)
    own = {(o.start, o.end) for o in INTERVALS if o.subject is table.subject}
    others = {(o.start, o.end): o for o in reversed(INTERVALS) if (o.start, o.end) not in own}
    return [
        Interval(
            one.key, table.subject, one.start, one.end,
            may_overlap=one.may_overlap, optional=one.optional, common_end=one.common_end,
            plausible_s=one.plausible_s,
        )
        for one in reversed(others.values())
        if one.start in known and one.end in known
    ]  # fmt: skip


def _figures(interval: Interval, table: Table, request: Request) -> IntervalFigures:
    found = observe(interval, table)
    unknown = [label for label in request.by if label not in found.labels]
    is_empty = not len(found) and set(unknown) <= set(LABELS)  # of nobody no label is known
    if unknown and not is_empty:
        raise UnknownLabelError(
            f"cannot split {interval.key} by {', '.join(unknown)}; "
            f"known here are {', '.join(sorted(found.labels))}"
        )
    return IntervalFigures(
        interval=interval.key,
        per=interval.subject,
        start=interval.start,
        end=interval.end if interval.or_end is None else f"{interval.end}|{interval.or_end}",
        groups=() if unknown else summaries(found, request.by, request.limit_s),
    )


def _ledger(table: Table, reference: Table | None, request: Request) -> Ledger | None:
    start = Clock.RING if Clock.RING in table.at else Clock.ANSWER
    limit_s = request.limit_s or LIMIT_S
    return ledger(table, limit_s=limit_s, start=start, reference=reference)


def _no_ledger(chains: Table | None) -> str:
    """Why nothing is said of lost seconds."""
    if chains is None:
        return "they need one row an incident; this file has none (a mapping with another row may)"
    return f"fewer than {ENOUGH} responses have the first and the last stamp of their chain"


def _findings(by_subject: dict[Subject, Table], request: Request) -> tuple[Finding, ...]:
    limit_s = request.limit_s or LIMIT_S
    found: list[Finding | None] = []
    works, incidents = by_subject.get(Subject.WORK), by_subject.get(Subject.INCIDENT)
    of_units = works if works is not None else incidents  # a file's row holds its first unit
    if of_units is not None:
        found.extend(skewed_clocks(of_units))
    if incidents is not None:
        start = Clock.RING if Clock.RING in incidents.at else Clock.ANSWER
        response = observe(Interval("response", Subject.INCIDENT, start, Clock.ARRIVED), incidents)
        found += [cancelled_late(response, limit_s), heaped(response, limit_s)]
    return tuple(one for one in found if one is not None)
