"""An analysis as text for a terminal, and as JSON for everything else."""

import math
from collections.abc import Iterable, Sequence

import msgspec

from kentongan.measure.advice_sheet import advice_lines
from kentongan.measure.analysis import Analysis, IntervalFigures
from kentongan.measure.figures import Summary
from kentongan.measure.findings import Finding, Kind
from kentongan.measure.judging import Judgement, Verdict
from kentongan.measure.ledger import Ledger
from kentongan.measure.ledger_changes import LOST_MIN, Change
from kentongan.measure.records.bins import LineAnswers
from kentongan.measure.records.defects import CheckResult, ImportReport, Listed
from kentongan.measure.statistics.change import DAYS_MIN
from kentongan.measure.statistics.quantiles import ENOUGH, Estimate
from kentongan.measure.table import aligned, clock_of_seconds

LISTED_SHOWN = 5
"""Rows of each reason that the terminal shows; JSON has the first 1,000 of each."""

TOO_FEW = "belum cukup data"

VERDICTS = {
    Verdict.MET: "met",
    Verdict.NOT_MET: "NOT met",
    Verdict.UNCLEAR: "unclear: the interval reaches over the target",
    Verdict.TOO_FEW: TOO_FEW,
    Verdict.TOO_COARSE: "cannot be judged",
    Verdict.UNANSWERABLE: "cannot be judged",
}


def analysis_json(analysis: Analysis) -> str:
    """As one JSON object; what is not a number is null."""
    return msgspec.json.encode(analysis).decode()


def analysis_table(analysis: Analysis) -> str:
    """As aligned columns, a part after the other."""
    parts: list[list[str]] = [[analysis.source]]
    if analysis.imported is not None:
        parts.append(import_lines(analysis.imported))
    parts += [line_lines(line) for line in analysis.lines]
    parts += [_interval_lines(one, analysis.by) for one in analysis.intervals]
    if analysis.standards:
        parts.append(_standard_lines(analysis.standards))
    if analysis.ledger is not None:
        parts.append(_ledger_lines(analysis.ledger, is_file=analysis.imported is not None))
    if analysis.no_ledger:
        parts.append([f"lost seconds: {analysis.no_ledger}"])
    if analysis.advice is not None:
        parts.append(advice_lines(analysis.advice))
    if analysis.findings:
        parts.append(["found"] + [
            f"  {_finding(one)}" for one in analysis.findings
        ])  # fmt: skip
    if analysis.excluded:
        told = ", ".join(f"{one.count} {one.reason}" for one in analysis.excluded)
        parts.append([f"left out by rule: {told}"])
    if len(parts) == 1:
        parts.append(["no call and no incident is on record in this span"])
    return "\n\n".join("\n".join(part) for part in parts)


def import_lines(report: ImportReport) -> list[str]:
    """What became of a file, by reason."""
    lines = [
        (
            f"{report.kept:,} of {report.rows:,} rows kept (mapping {report.mapping}); "
            f"stamps on a grid of {report.precision_s:g} s"
        )
    ]
    if report.missing_columns:
        lines.append(f"columns that are not in this file: {', '.join(report.missing_columns)}")
    lines += _listed("dropped", report.dropped)
    lines += _listed("marked, also among the dropped", report.defects)
    for check in report.checks:
        lines.append(
            f"the vendor's {check.column} equals {check.start} to {check.end} in "
            f"{check.agree:,} of {check.compared:,} rows ({_floored(check.share)})"
            + _why(check)
            + _rows(f"{row.number} {row.value}" for row in check.differ[:LISTED_SHOWN])
        )
    return lines


def _floored(share: float) -> str:
    """Two places, cut and not rounded: what misses a bar by little is not shown as reaching it."""
    return f"{math.floor(share * 10_000) / 100:.2f}%"


def _why(check: CheckResult) -> str:
    """Why the others are not the same."""
    told = [
        f"{n:,} {word}"
        for n, word in (
            (check.near, "a second apart"),
            (check.turned, "with the end before the start"),
            (check.apart, "with other stamps than it reckoned with"),
            (check.no_value, "where the vendor has no value"),
        )
        if n
    ]
    return f": {', '.join(told)}" if told else ""


def line_lines(line: LineAnswers) -> list[str]:
    """Answer times of a line, both denominators."""
    head = ("answered within", "of answered", "", "of offered", "")
    rows = [
        (
            f"{one.within_s:g} s",
            *_share_cells(one.of_answered),
            *_share_cells(one.of_offered),
        )
        for one in line.shares
    ]
    wrong = len(line.unreadable) + len(line.unbalanced)
    return [
        f"line {line.line}: {line.offered:,} offered, {line.answered:,} answered, "
        f"{line.abandoned:,} abandoned in {line.rows:,} rows"
        + (f"; {wrong} rows do not add up" if wrong else ""),
        *aligned([head, *rows]),
    ]


def _finding(one: Finding) -> str:
    """A clock in seconds, where its median tells any; the others are shares."""
    if one.kind is not Kind.SKEW:
        return (
            f"{one.kind} {one.where or 'all'}: {one.size:.1%} ({one.n} of {one.of}), {one.detail}"
        )
    by = f", by about {one.size:.0f} s (medians)" if one.size >= 1 else ""
    return f"{one.kind} {one.where}: {one.n} of {one.of} stamps show a clock {one.detail}{by}"


def _listed(title: str, listed: Iterable[Listed]) -> list[str]:
    return [
        f"{title}: {one.count:,} {one.reason}"
        + (f" ({one.column})" if one.column else "")
        + _rows(f"{row.number} {row.value}".strip() for row in one.rows[:LISTED_SHOWN])
        + _left_out(one)
        for one in listed
    ]


def _left_out(one: Listed) -> str:
    """How many rows there are beyond those that stand here, and beyond those in JSON."""
    listed, shown = len(one.rows), min(len(one.rows), LISTED_SHOWN)
    if not shown or shown == one.count:
        return ""
    in_json = f"; --json lists {listed:,}" if listed < one.count else ""
    return f" ({shown} of {one.count:,} shown{in_json})"


def _rows(told: Iterable[str]) -> str:
    shown = "; ".join(told)
    return f" — row {shown}" if shown else ""


def _interval_lines(found: IntervalFigures, by: Sequence[str]) -> list[str]:
    limited = any(group.within for group in found.groups)
    head = [
        *(by or ("all",)), f"n ({found.per})", "all", "P50", "", "P90", "", "P95", "", "kept P90",
        *(("within", "", "of all", "") if limited else ()), "not ok",
    ]  # fmt: skip
    rows = [_summary_cells(group, by, limited=limited) for group in found.groups]
    title = f"{found.interval}: {found.start} to {found.end}, per {found.per}"
    if not rows:
        return [title, "  nothing to measure"]
    return [title, *aligned([tuple(head), *rows])]


def _summary_cells(group: Summary, by: Sequence[str], *, limited: bool) -> tuple[str, ...]:
    names = tuple(name or "–" for name in group.group) if by else ("",)
    if group.enough:
        figures = (
            *_second_cells(group.p50),
            *_second_cells(group.p90),
            *_second_cells(group.p95),
            clock_of_seconds(group.p90_kept.value if group.p90_kept else None),
        )
    else:
        figures = (f"{TOO_FEW} (<{ENOUGH})", "", "", "", "", "", "")
    shares: tuple[str, ...] = ()
    if limited:
        within = group.within
        shares = (
            *_share_cells(within.of_ended if within else None),
            *_share_cells(within.of_all if within else None),
        )
    marks = ", ".join(f"{n} {quality}" for quality, n in group.counts.items() if quality != "ok")
    return (*names, f"{group.n:,}", f"{group.all:,}", *figures, *shares, marks)


def _second_cells(estimate: Estimate | None) -> tuple[str, str]:
    if estimate is None:
        return "–", ""
    low, high = clock_of_seconds(estimate.low), clock_of_seconds(estimate.high)
    return clock_of_seconds(estimate.value), f"{low}…{high}"


def _share_cells(estimate: Estimate | None) -> tuple[str, str]:
    if estimate is None:
        return "–", ""
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.1%}", ""
    return f"{estimate.value:.1%}", f"{estimate.low:.1%}…{estimate.high:.1%}"


def _saved(one: Change) -> str:
    if one.saved_low_s is None or one.saved_high_s is None:
        if one.days < DAYS_MIN:
            return f"{TOO_FEW} ({one.days} of {DAYS_MIN} days)"
        return f"{TOO_FEW} ({one.incidents} of {LOST_MIN} incidents)"
    return f"{one.saved_low_s:.1f}…{one.saved_high_s:.1f}"


def _standard_lines(standards: Sequence[Judgement]) -> list[str]:
    head = (
        "standard", "from → to", "n", "all", "limit", "wanted", "found", "", "of ended", "of all",
        "verdict",
    )  # fmt: skip
    rows = [_standard_cells(one) for one in standards]
    return ["standards, both denominators", *aligned([head, *rows])]


def _standard_cells(one: Judgement) -> tuple[str, ...]:
    share = one.statistic == "share"
    cells = _share_cells if share else _second_cells
    within = one.within
    verdict = VERDICTS[one.verdict] + (f": {one.why}" if one.why else "")
    if one.period:
        verdict += f"; its source counts by {one.period}, this is the whole span"
    if one.least:
        waiting = one.least.n - one.n
        least = clock_of_seconds(one.least.value)
        verdict += f"; at least {least} with {waiting} who gave up or still wait"
    return (
        one.id + ("" if one.status == "verified" else f" [{one.status.replace('_', ' ')}]"),
        f"{one.start} → {one.stop}",
        f"{one.n:,}",
        f"{one.all:,}",
        clock_of_seconds(one.threshold_s),
        one.statistic if one.target is None else f"{one.target:.0%}",
        *cells(one.value),
        _share_cells(within.of_ended if within else None)[0],
        _share_cells(within.of_all if within else None)[0],
        verdict,
    )


def _ledger_lines(found: Ledger, *, is_file: bool) -> list[str]:
    head = (
        "change",
        "of",
        "where",
        "allowance",
        "incidents",
        "saved each",
        "",
        "P90",
        "P90 then",
        "within then",
        "known of",
    )
    changes = [
        (
            one.cause,
            str(one.of),
            f"{one.where or '–'} {one.where_share:.0%}",
            clock_of_seconds(one.allowance_s),
            f"{one.incidents:,}",
            f"{one.saved_s:.1f} s",
            _saved(one),
            clock_of_seconds(one.p90_s),
            clock_of_seconds(one.p90_then_s),
            "–" if one.within_then is None else f"{one.within_then:.1%}",
            f"{one.n:,}/{one.due:,}",
        )
        for one in found.changes
    ]
    steps = [
        (
            one.cause,
            "",
            f"{one.mean_s:.1f} s",
            f"{one.share_of_mean:.0%}",
            "–" if math.isnan(one.share_of_slow_excess) else f"{one.share_of_slow_excess:.0%}",
            clock_of_seconds(one.p90_if_median_s),
        )
        for one in found.steps
    ]
    early = f"; {found.early:,} with a stamp before the start, left out" if found.early else ""
    title = (
        f"lost seconds of {found.n:,} responses ({found.unmeasured:,} cannot be measured{early}): "
        f"P50 {clock_of_seconds(found.p50_s)}, P90 {clock_of_seconds(found.p90_s)}, "
        f"{found.within:.1%} within {clock_of_seconds(found.limit_s)}"
    )
    return [
        title,
        _medians(found, is_file=is_file),
        *aligned([head, *changes]),
        *_untold(found),
        "",
        *aligned(
            [("step", "", "mean", "of the mean", "of the slow decile", "P90 at median"), *steps]
        ),
    ]


def _medians(found: Ledger, *, is_file: bool) -> str:
    """What the allowances are; a file is looked at whole, without days before."""
    past = found.reference
    if past is None:
        few = f"fewer than {ENOUGH} responses in the 90 days before"
        return f"allowances: named; {'a file has no days before it' if is_file else few}"
    return f"allowances: named, or the median of {past.n:,} responses of {past.days} days before"


def _untold(found: Ledger) -> list[str]:
    """Causes that the record tells too little of, and why the best unit was passed over."""
    missing = [
        f"{one.cause}: {'missing' if one.n == 0 else 'not enough data'} ({one.n:,}/{one.due:,})"
        for one in found.missing
    ]
    given = [
        f"passed over, {one.reason or 'no reason given'}: {one.incidents:,}, {one.lost_s:.0f} s"
        for change in found.changes
        for one in change.reasons
    ]
    return [*missing, *given]
