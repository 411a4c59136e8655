"""What the monthly report says, as data: the same for the pages, for JSON and for a test.

Whoever reads it may be a sceptic, so each figure has its interval and both denominators, what was
left out is counted, and a month without data says so instead of showing zeros. No person is in it:
no name, number, address or recording, and not who did what.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct, structs

from kentongan.cities.taxonomy import Nature
from kentongan.measure.alarms import AlarmMonth, Alarms, month_of
from kentongan.measure.alarms import report as alarm_report
from kentongan.measure.case_tables import incident_table, response_table, seen_by, tables_of
from kentongan.measure.cases import Cases
from kentongan.measure.clock_offsets import ClockOffset, clock_offsets
from kentongan.measure.exclusions import Excluded, Selection, discreet, select
from kentongan.measure.findings import Finding, cancelled_late, heaped, paradox_of, skewed_clocks
from kentongan.measure.intervals import INTERVAL_BY_KEY, Subject
from kentongan.measure.judging import Judgement, judge
from kentongan.measure.ledger import REFERENCE, Ledger, ledger
from kentongan.measure.monthly.headlines import Headline, headline, judged_together
from kentongan.measure.monthly.parts import (
    FractileCurve,
    QualityLine,
    fractile_curve,
    quality_lines,
)
from kentongan.measure.monthly.worst import Worst, worst_of
from kentongan.measure.observations import Observations
from kentongan.measure.promises import PromiseLedger, promise_ledger
from kentongan.measure.ratios import CallRatios, call_ratios
from kentongan.measure.report import LineCount, line_counts
from kentongan.measure.standards import Standard
from kentongan.measure.statistics.funnel import Place, funnel
from kentongan.measure.subjects import IncidentCase
from kentongan.measure.tables import Table, observe
from kentongan.measure.unit_hours import UnitHours, unit_hours
from kentongan.measure.weeks import Weeks, weeks_of

SEED: Final = 112
"""Resampling begins here, so that the same month has the same report, octet for octet."""

LIMIT_S: Final = 600.0
"""What a response is held against in plots and lists: the mayor's ten minutes."""

BEFORE: Final = REFERENCE
"""What the month is compared with (EVALUATION section 6.2)."""

WEEKS: Final = 26
"""Weeks of the control charts, up to the month's end."""

REACH: Final = timedelta(weeks=WEEKS)
"""How far before the month's beginning a case may lie and still be in the report: the charts end
with the month, so that there are four weeks more than they need, for what was linked late."""

RESPONSE: Final = INTERVAL_BY_KEY["citizen_response"]


class Asked(Struct, frozen=True, kw_only=True):
    """Which report: a month of the city's calendar, of one agency or (empty) of all; `public` the
    form that may stand beside open data (`measure.monthly.public`)."""

    month: str
    agency: str = ""
    training: bool = False
    limit_s: float = LIMIT_S
    public: bool = False


class Monthly(Struct, frozen=True, kw_only=True):
    """The report. `until` is the newest fact it knows of; without data only the first lines hold.

    The alarms are the room's: an agency's own report has none. Unless it is `public` it is an
    internal document: it lists single cases.
    """

    month: str
    agency: str
    training: bool
    public: bool = False
    start_at: datetime
    end_at: datetime
    until: datetime
    limit_s: float
    has_data: bool
    calls: int = 0
    incidents: int = 0
    lines: tuple[LineCount, ...] = ()
    ratios: CallRatios | None = None
    units: tuple[UnitHours, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    headlines: tuple[Headline, ...] = ()
    standards: tuple[Judgement, ...] = ()
    curve: FractileCurve | None = None
    weeks: Weeks | None = None
    ledger: Ledger | None = None
    promises: PromiseLedger | None = None
    quality: tuple[QualityLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    offsets: tuple[ClockOffset, ...] = ()
    funnel: tuple[Place, ...] = ()
    worst: tuple[Worst, ...] = ()
    alarms: AlarmMonth | None = None


class _Spans(Struct, frozen=True):
    """The cases of the month, of the time before it, and of all weeks of the charts."""

    month: Cases
    before: Cases
    weeks: Cases


def monthly(
    cases: Cases,
    alarms: Alarms,
    natures: Mapping[str, Nature],
    standards: Sequence[Standard],
    asked: Asked,
    zone: ZoneInfo,
) -> Monthly:
    """The report of a month; `ValueError` when `asked.month` is none.

    `cases` reach `REACH` before the month; `standards` are those in force.
    """
    start, end = month_of(asked.month, zone)
    chosen = select(cases, natures, Selection(start, end, training=asked.training))
    own = _of_agency(chosen.cases, asked.agency)
    empty = Monthly(
        month=asked.month,
        agency=asked.agency,
        training=asked.training,
        start_at=start,
        end_at=end,
        until=cases.until,
        limit_s=asked.limit_s,
        has_data=bool(own.incidents or own.calls),
        excluded=_excluded(cases, natures, Selection(start, end, training=asked.training), asked),
    )
    if not empty.has_data:
        return empty

    def before(since: datetime, until: datetime) -> Cases:
        selection = Selection(since, until, training=asked.training)
        found = discreet(select(cases, natures, selection).cases, natures)
        return _of_agency(found, asked.agency)

    month = discreet(own, natures)
    charted = end - timedelta(weeks=WEEKS + 1)  # whole weeks end up to six days before the month
    spans = _Spans(month, before(start - BEFORE, start), before(charted, end))
    alarm_month = alarm_report(alarms, asked.month, zone, training=asked.training)
    units = unit_hours(cases.duty, _on(cases, asked), start, end, cases.until)
    return structs.replace(
        _with_figures(empty, spans, asked, zone),
        units=tuple(one for one in units if asked.agency in {"", one.agency}),
        standards=tuple(_judged(standards, own, zone)),
        alarms=None if asked.agency else alarm_month,
    )


def _on(cases: Cases, asked: Asked) -> list[IncidentCase]:
    """What binds units: every incident, also those that no figure of response counts."""
    return [case for case in cases.incidents.values() if case.training == asked.training]


def _of_agency(cases: Cases, agency: str) -> Cases:
    """The incidents that the agency had a part in, as it saw them, and no calls; all for none."""
    if not agency:
        return cases
    seen = {
        key: seen_by(case, [agency])
        for key, case in cases.incidents.items()
        if agency in _agencies(case)
    }
    return Cases(calls={}, incidents=seen, reports=cases.reports, until=cases.until)


def _excluded(
    cases: Cases, natures: Mapping[str, Nature], selection: Selection, asked: Asked
) -> tuple[Excluded, ...]:
    """What was left out; of an agency, among the incidents that it had a part in."""
    own = {
        key: case
        for key, case in cases.incidents.items()
        if not asked.agency or asked.agency in _agencies(case)
    }
    return select(structs.replace(cases, incidents=own), natures, selection).excluded


def _agencies(case: IncidentCase) -> set[str]:
    return {part.agency for part in (*case.tasks.values(), *case.works)}


def _with_figures(empty: Monthly, spans: _Spans, asked: Asked, zone: ZoneInfo) -> Monthly:
    """The sections that are about response times."""
    limit_s, chance = asked.limit_s, np.random.default_rng(SEED)
    tables, month = tables_of(spans.month, zone), list(spans.month.incidents.values())
    now, past = observe(RESPONSE, tables.incident), _responses(spans.before, zone)
    chains = response_table(month, spans.month.until, zone)
    reference = response_table(list(spans.before.incidents.values()), spans.before.until, zone)
    found_promises = promise_ledger(month, spans.month.until, zone)
    return structs.replace(
        empty,
        calls=len(spans.month.calls),
        incidents=len(spans.month.incidents),
        lines=line_counts(spans.month.calls.values()),
        ratios=call_ratios(tables.call),
        headlines=judged_together(_headlines(spans, asked, zone, chance)),
        curve=fractile_curve(now, past),
        weeks=weeks_of(_responses(spans.weeks, zone), empty.end_at, WEEKS, limit_s),
        ledger=ledger(chains, limit_s=limit_s, reference=reference),
        promises=structs.replace(found_promises, promises=()),
        quality=quality_lines(tables),
        offsets=clock_offsets(tables.work),
        findings=_findings(tables.work, now, past, limit_s),
        funnel=_funnel(now, limit_s),
        worst=worst_of(spans.month.incidents, chains, now, limit_s),
    )


def _headlines(
    spans: _Spans, asked: Asked, zone: ZoneInfo, chance: np.random.Generator
) -> list[Headline]:
    """One for all, and one for each agency that had a task; the agency's own alone for one."""
    agencies = sorted({key for case in spans.month.incidents.values() for key in _agencies(case)})
    wanted = [asked.agency] if asked.agency else ["", *agencies]
    return [
        headline(
            agency,
            _responses(_of_agency(spans.month, agency), zone),
            _responses(_of_agency(spans.before, agency), zone),
            asked.limit_s,
            chance,
        )
        for agency in wanted
    ]


def _responses(cases: Cases, zone: ZoneInfo) -> Observations:
    return observe(RESPONSE, incident_table(list(cases.incidents.values()), cases.until, zone))


def _judged(standards: Sequence[Standard], cases: Cases, zone: ZoneInfo) -> list[Judgement]:
    """Each standard on its own subjects, incidents as its agencies saw them."""
    calls = tables_of(cases, zone).call
    found: list[Judgement] = []
    for standard in standards:
        if standard.subject is Subject.CALL:
            table: Table = calls
        else:
            incidents = [
                seen_by(case, standard.agencies) if standard.agencies else case
                for case in cases.incidents.values()
                if not standard.agencies or _agencies(case) & set(standard.agencies)
            ]
            table = incident_table(incidents, cases.until, zone)
        if table.size:
            found.append(judge(standard, table))
    return found


def _findings(
    works: Table, responses: Observations, past: Observations, limit_s: float
) -> tuple[Finding, ...]:
    found = [
        *skewed_clocks(works),
        cancelled_late(responses, limit_s),
        heaped(responses, limit_s),
        paradox_of(past, responses, limit_s),
    ]
    return tuple(one for one in found if one is not None)


def _funnel(responses: Observations, limit_s: float) -> tuple[Place, ...]:
    """Kecamatan by the share within the limit; those without a place are left out."""
    counts: list[tuple[str, int, int]] = []
    for (name,), part in responses.split(["kecamatan"]) if len(responses) else []:
        values = part.values()
        if name and len(values):
            counts.append((name, len(values), int((values <= limit_s).sum())))
    return funnel(counts)
