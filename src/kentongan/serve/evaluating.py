"""`kentongan evaluate` beyond the plain report: groups, standards, ledgers, others' files."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from kentongan.app.ports import Store, Unavailable
from kentongan.cities.pack import CityPack
from kentongan.measure.advice import advice_of
from kentongan.measure.advice_table import advice_table
from kentongan.measure.analysis import Analysis, Request, analyse
from kentongan.measure.analysis_sheet import analysis_json, analysis_table, import_lines
from kentongan.measure.case_tables import (
    incident_table,
    response_table,
    seen_by,
    tables_of,
)
from kentongan.measure.cases import Cases
from kentongan.measure.exclusions import Selection, select
from kentongan.measure.intervals import Subject, interval_of
from kentongan.measure.ledger import REFERENCE
from kentongan.measure.promises import promise_ledger
from kentongan.measure.records.bins import answers
from kentongan.measure.records.date_order import Order, ordered
from kentongan.measure.records.defect_file import defect_file, tell_lines
from kentongan.measure.records.importing import read_file
from kentongan.measure.records.mapping import Mapping, load, preset, preset_names
from kentongan.measure.records.places import fits, lacking
from kentongan.measure.records.reading import chunks
from kentongan.measure.records.wizard import RECOGNISED
from kentongan.measure.standards import Standard, chosen
from kentongan.measure.tables import Table
from kentongan.serve.evaluation import EVENTS_EACH, span_of
from kentongan.serve.insight_parts import profiles_of
from kentongan.serve.standards import standards_of
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store

EVER = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
"""Everything that a record can hold."""

LACKING_SHOWN = 6
"""So many columns are named that a file lacks."""


class Question(Struct, frozen=True, kw_only=True):
    """What was asked at the terminal, as it was typed."""

    source: str = ""
    start: str | None = None
    days: int | None = None
    training: bool = False
    mapping: str | None = None
    dates: str = ""
    intervals: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    standards_file: Path | None = None
    limit_s: float | None = None
    ledger: bool = False
    as_json: bool = False


def run_analysis(settings: Settings, question: Question) -> int:
    """Print the answer; 1 when the source cannot be read, 2 when the question cannot be meant."""
    try:
        request = _request(settings, question)
        if question.source and not is_store(question.source):
            found = _of_file(Path(question.source), question, request)
        else:
            pack = load_pack(settings)
            store = open_store(address_of(question.source) or settings.store_url)
            training = question.training or settings.training
            start_at, end_at = _span(question, ZoneInfo(pack.city.timezone))
            selection = Selection(start_at, end_at, training=training)
            found = of_journal(store, pack, selection, request)
    except (StoreError, Unavailable, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(analysis_json(found) if question.as_json else analysis_table(found))
    return 0


def run_import(
    path: Path, mapping: str | None, defects: Path | None, dates: str, *, as_json: bool
) -> int:
    """Print what of a file was taken, dropped and marked, and why; each such row into `defects`."""
    if defects is not None and defects.exists() and path.exists() and defects.samefile(path):
        print(f"{defects}: is the file itself", file=sys.stderr)
        return 2
    try:
        known = mapping_of(path, mapping, dates)
        if known.lines:
            found = answers(chunks(path, known.delimiter), known)
            with defect_file(defects) as told:
                tell_lines(found, told)
            analysis = Analysis(source=str(path), by=(), intervals=(), standards=(), lines=found)
            print(analysis_json(analysis) if as_json else analysis_table(analysis))
            return 0
        with defect_file(defects) as told:
            report = read_file(path, known, told).report
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(msgspec.json.encode(report).decode() if as_json else "\n".join(import_lines(report)))
    return 0


def of_journal(store: Store, pack: CityPack, selection: Selection, request: Request) -> Analysis:
    """The answer out of a centre's own journal."""
    zone = ZoneInfo(pack.city.timezone)
    every = journal_cases(store)
    selected = select(every, pack.nature_by_code, selection)
    chosen_cases = selected.cases
    incidents = list(chosen_cases.incidents.values())
    tables = tables_of(chosen_cases, zone)
    answer = analyse(
        "journal, " + ("training" if selection.training else "duty"),
        [tables.call, tables.incident, tables.task, tables.work],
        request,
        table_of=lambda standard: _judged(standard, chosen_cases, zone),
        responses=response_table(incidents, chosen_cases.until, zone),
        reference=_before(every, pack, selection) if request.with_ledger else None,
    )
    return msgspec.structs.replace(
        answer,
        excluded=selected.excluded,
        promises=promise_ledger(incidents, chosen_cases.until, zone)
        if request.with_ledger
        else None,
        advice=advice_of(advice_table(incidents, chosen_cases.until, zone), profiles_of(pack))
        if request.with_ledger
        else None,
    )


def _before(cases: Cases, pack: CityPack, selection: Selection) -> Table:
    """The responses of the `REFERENCE` before, which the ledger's medians are of."""
    span = Selection(selection.start_at - REFERENCE, selection.start_at, selection.training)
    chosen_cases = select(cases, pack.nature_by_code, span).cases
    incidents = list(chosen_cases.incidents.values())
    return response_table(incidents, chosen_cases.until, ZoneInfo(pack.city.timezone))


def journal_cases(store: Store) -> Cases:
    """Every case of a journal."""
    cases, position = Cases(), 0
    while found := store.tail(position, EVENTS_EACH):
        for recorded in found:
            cases.add(recorded.event, recorded.meta)
        position = found[-1].meta.position
    cases.finish()
    return cases


def _judged(standard: Standard, cases: Cases, zone: ZoneInfo) -> Table:
    """The subjects of a standard, incidents as its agencies saw them."""
    if standard.subject is Subject.CALL:
        return tables_of(cases, zone).call
    incidents = [
        seen_by(case, standard.agencies) if standard.agencies else case
        for case in cases.incidents.values()
        if not standard.agencies
        or any(part.agency in standard.agencies for part in (*case.tasks.values(), *case.works))
    ]
    return incident_table(incidents, cases.until, zone)


def _of_file(path: Path, question: Question, request: Request) -> Analysis:
    mapping = mapping_of(path, question.mapping, question.dates)
    if mapping.lines:
        _refuse_of_counts(question)
        found = answers(chunks(path, mapping.delimiter), mapping)
        return Analysis(source=str(path), by=(), intervals=(), standards=(), lines=found)
    imported = read_file(path, mapping)
    answer = analyse(f"{path} ({mapping.name})", [imported.table], _per_row(request, mapping))
    return msgspec.structs.replace(answer, imported=imported.report)


def _refuse_of_counts(question: Question) -> None:
    """`ValueError` for what counts by the hour cannot answer: they have no single calls."""
    asked = {
        "--by": question.by,
        "--interval": question.intervals,
        "--standard": question.standards,
        "--limit": question.limit_s is not None,
        "--ledger": question.ledger,
    }
    if given := [name for name, value in asked.items() if value]:
        raise ValueError(
            f"{', '.join(given)}: this file counts calls by the hour and has no single calls; "
            "shares within its own bins are told without"
        )


def _per_row(request: Request, mapping: Mapping) -> Request:
    """A row holds everything there is, so every interval is counted per row."""
    return msgspec.structs.replace(
        request,
        intervals=tuple(
            msgspec.structs.replace(interval, subject=mapping.row, last=False)
            for interval in request.intervals
        ),
    )


def mapping_of(path: Path, given: str | None, dates: str = "") -> Mapping:
    """The mapping that was named, or the preset whose columns the file has; with the order of day
    and month that was said."""
    found = _recognised(path) if given is None else load(given)
    return ordered(found, Order(dates)) if dates else found


def _recognised(path: Path) -> Mapping:
    header = next(iter(chunks(path))).header
    fitting = sorted(
        ((fits(header, mapping), mapping.id) for mapping in map(preset, preset_names())),
        reverse=True,
    )
    nearest = preset(fitting[0][1])
    if fitting[0][0] < RECOGNISED:
        lacks = lacking(header, nearest)
        more = f" and {len(lacks) - LACKING_SHOWN} more" if len(lacks) > LACKING_SHOWN else ""
        raise ValueError(
            f"{path}: no preset fits its columns (for {nearest.id} it lacks "
            f"{', '.join(lacks[:LACKING_SHOWN])}{more}); use --map with "
            f"{', '.join(preset_names())}, or a file of your own"
        )
    return nearest


def _request(settings: Settings, question: Question) -> Request:
    if question.limit_s is not None and not question.limit_s > 0:
        raise ValueError(f"--limit: seconds, more than 0, not {question.limit_s:g}")
    file = question.standards_file
    known = {one.id: one for one in standards_of(settings, *((file,) if file else ()))}
    return Request(
        intervals=tuple(interval_of(text) for text in question.intervals),
        by=question.by,
        standards=_standards(known, question.standards),
        limit_s=question.limit_s,
        with_ledger=question.ledger,
    )


def _standards(known: dict[str, Standard], asked: Sequence[str]) -> tuple[Standard, ...]:
    """The ones asked for; `all` is every one, `active` those in force, none is none."""
    if not asked:
        return ()
    if tuple(asked) == ("all",):
        return tuple(known.values())
    if tuple(asked) == ("active",):
        today = datetime.now(UTC).date()
        return tuple(one for one in chosen(known, ()) if one.holds_on(today))
    return chosen(known, tuple(asked))


def _span(question: Question, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The days asked for; of another store everything, when nothing is said."""
    if question.source and question.start is None and question.days is None:
        return EVER
    return span_of(question.start, 1 if question.days is None else question.days, zone)


def is_store(source: str) -> bool:
    """Whether that is a store, and not a file of records."""
    return bool(address_of(source))


def address_of(source: str) -> str:
    """The address of a store, also for the plain path of its file; empty for anything else."""
    if source.startswith(("sqlite:", "postgresql://", "postgres://")):
        return source
    return f"sqlite:{source}" if Path(source).suffix in {".db", ".sqlite"} else ""
