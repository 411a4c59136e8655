"""`kentongan evaluate --before`, `--detectable`, `--chart`, `--funnel`: of a record or a file."""

import sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from msgspec import Struct, structs

from kentongan.app.ports import Unavailable
from kentongan.measure.analysis import LIMIT_S, SEED
from kentongan.measure.case_tables import tables_of
from kentongan.measure.comparing import (
    Comparison,
    Series,
    beyond,
    compare,
    interrupted,
    within_days,
)
from kentongan.measure.comparing_sheet import (
    chart_lines,
    comparison_lines,
    detectable_lines,
    funnel_lines,
)
from kentongan.measure.detecting import Detectable, detectable
from kentongan.measure.exclusions import Selection, select
from kentongan.measure.intervals import interval_of
from kentongan.measure.observations import NEVER, Observations
from kentongan.measure.records.importing import read_file
from kentongan.measure.statistics.change import Difference
from kentongan.measure.statistics.funnel import Place, funnel
from kentongan.measure.tables import observe
from kentongan.measure.weeks import PlainChart, Weeks, late_gaps, weeks_between
from kentongan.serve.evaluating import EVER, address_of, is_store, journal_cases, mapping_of
from kentongan.serve.evaluation import DAYS_MAX, span_of
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store

INTERVAL = "citizen_response"
"""What is looked at when nothing else is said."""


class Wanted(Struct, frozen=True, kw_only=True):
    """What was asked at the terminal, as it was typed. Spans are `2026-08-01..2026-09-30`."""

    source: str = ""
    mapping: str | None = None
    dates: str = ""
    interval: str = INTERVAL
    limit_s: float = LIMIT_S
    training: bool = False
    by: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    treated: str = ""
    detectable: int | None = None
    chart: bool = False
    funnel: str = ""
    start: str | None = None
    days: int | None = None
    as_json: bool = False


class Answer(Struct, frozen=True, kw_only=True):
    """What is printed as JSON; what was not asked for is empty."""

    interval: str
    limit_s: float
    compared: tuple[Comparison, ...] = ()
    series: tuple[Series, ...] = ()
    beyond: Difference | None = None
    detectable: tuple[Detectable, ...] = ()
    weeks: Weeks | None = None
    gaps: PlainChart | None = None
    funnel: tuple[Place, ...] = ()


def run_comparing(settings: Settings, wanted: Wanted) -> int:
    """Print the answer; 1 when the source cannot be read, 2 when the question cannot be meant."""
    try:
        found = _observed(settings, wanted)
        answer = answer_of(found, wanted)
    except (StoreError, Unavailable, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyError as error:
        print(f"no label {error.args[0]!r} to split by", file=sys.stderr)
        return 2
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if wanted.as_json:
        print(msgspec.json.encode(answer).decode())
        return 0
    lines: list[str] = [f"{wanted.interval}, {_began(found, wanted)}, limit {wanted.limit_s:g} s"]
    if wanted.before or wanted.after:
        by = ",".join(wanted.by)
        lines += ["", *comparison_lines(answer.compared, answer.series, answer.beyond, by)]
    if wanted.detectable is not None:
        lines += ["", *detectable_lines(answer.detectable, wanted.limit_s)]
    if answer.weeks is not None:
        lines += ["", *chart_lines(answer.weeks, answer.gaps)]
    if wanted.funnel:
        lines += ["", *funnel_lines(answer.funnel, wanted.funnel)]
    print("\n".join(lines))
    return 0


def answer_of(found: Observations, wanted: Wanted) -> Answer:
    """The answer over these observations; `ValueError` or `KeyError` for what cannot be meant."""
    answer = Answer(interval=wanted.interval, limit_s=wanted.limit_s)
    if wanted.before or wanted.after:
        answer = _compared(found, wanted, answer)
    if wanted.detectable is not None:
        if not 1 <= wanted.detectable <= DAYS_MAX:
            raise ValueError(f"--detectable: 1 to {DAYS_MAX} days")
        seen = detectable(_chosen(found, wanted), wanted.detectable, wanted.limit_s, wanted.by)
        answer = structs.replace(answer, detectable=seen)
    if wanted.chart or wanted.funnel:
        answer = _charted(_chosen(found, wanted), wanted, answer)
    return answer


def _compared(found: Observations, wanted: Wanted, answer: Answer) -> Answer:
    if not (wanted.before and wanted.after):
        raise ValueError("--before and --after belong together")
    first, second = days_of(wanted.before, "--before"), days_of(wanted.after, "--after")
    before, after = within_days(found, *first), within_days(found, *second)
    chance = np.random.default_rng(SEED)
    label, _, name = wanted.treated.partition("=")
    if wanted.treated and not name:
        raise ValueError(f"--treated: {wanted.treated!r} is not LABEL=NAME")
    both = within_days(found, min(first[0], second[0]), max(first[1], second[1]))
    return structs.replace(
        answer,
        compared=compare(before, after, wanted.limit_s, wanted.by, chance),
        beyond=beyond(before, after, label, name, chance) if name else None,
        series=interrupted(both, second[0], wanted.limit_s),
    )


def _began(found: Observations, wanted: Wanted) -> str:
    """How many began in the spans that are told of."""
    told: list[str] = []
    if wanted.before:
        spans = days_of(wanted.before, "--before"), days_of(wanted.after, "--after")
        n, m = (len(within_days(found, *span)) for span in spans)
        told.append(f"{n:,} began before and {m:,} after")
    if wanted.chart or wanted.funnel or wanted.detectable is not None:
        told.append(f"{len(_chosen(found, wanted)):,} began")
    return ", ".join(told)


def _charted(found: Observations, wanted: Wanted, answer: Answer) -> Answer:
    if wanted.chart:
        answer = structs.replace(
            answer,
            weeks=weeks_between(found, wanted.limit_s),
            gaps=late_gaps(found, wanted.limit_s),
        )
    if not wanted.funnel:
        return answer
    counts = [
        (name, len(values), int((values <= wanted.limit_s).sum()))
        for (name,), part in found.split([wanted.funnel])
        if len(values := part.values())
    ]
    return structs.replace(answer, funnel=funnel(counts))


def _chosen(found: Observations, wanted: Wanted) -> Observations:
    """The days of `--from` and `--days`; everything when neither is given."""
    if wanted.start is None and wanted.days is None:
        return found
    start, end = span_of(wanted.start, wanted.days or 1, ZoneInfo("UTC"))
    return within_days(found, _number(start.date()), _number(end.date()) - 1)


def days_of(text: str, option: str) -> tuple[int, int]:
    """Both days of a span, counted from 1970; `ValueError` names the option."""
    first, dots, last = text.partition("..")
    try:
        days = (_number(date.fromisoformat(first)), _number(date.fromisoformat(last)))
    except ValueError:
        days = (1, 0)
    if not dots or days[0] > days[1]:
        raise ValueError(f"{option}: {text!r} is not a span (YYYY-MM-DD..YYYY-MM-DD)")
    return days


def _number(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def _observed(settings: Settings, wanted: Wanted) -> Observations:
    """Everything that began, of the record or of the file."""
    interval = interval_of(wanted.interval)
    if wanted.source and not is_store(wanted.source):
        path = Path(wanted.source)
        mapping = mapping_of(path, wanted.mapping, wanted.dates)
        found = observe(
            structs.replace(interval, subject=mapping.row, last=False),
            read_file(path, mapping).table,
        )
    else:
        pack = load_pack(settings)
        store = open_store(address_of(wanted.source) or settings.store_url)
        selection = Selection(*EVER, training=wanted.training or settings.training)
        chosen = select(journal_cases(store), pack.nature_by_code, selection)
        tables = tables_of(chosen.cases, ZoneInfo(pack.city.timezone))
        found = observe(interval, tables.of(interval.subject))
    return found.where(found.started != NEVER)
