"""What a centre publishes of its record, and proving it: on this machine or on another one.

Published once, never changed: the chain's value of each day, and each month's response. Both are
worked out from the journal up to a position that stands beside them, so that whoever has the
journal comes to the same octets (`kentongan verify FILE --published FILE`).
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, structs

from kentongan.app.ports import Recorded, Store
from kentongan.cities.pack import CityPack
from kentongan.measure.alarms import month_of
from kentongan.measure.cases import Cases
from kentongan.measure.monthly.content import REACH
from kentongan.measure.publishing import Differing, differences, month_figure
from kentongan.published import (
    DAYS_OF_30,
    DayChain,
    MonthFigure,
    Published,
    PublishedError,
    read_published,
    write_published,
)
from kentongan.serve.evaluation import EVENTS_EACH
from kentongan.serve.wiring import load_pack, utc_now
from kentongan.settings import Settings
from kentongan.store.errors import StoreDamaged, StoreError
from kentongan.store.journal import columns, read
from kentongan.store.journal_file import JournalHead, is_journal_file, read_journal, write_journal
from kentongan.store.open import open_store
from kentongan.store.tables import JOURNAL, Line
from kentongan.store.verify import LineProof, Verdict, verify
from kentongan.store.whole import PAGE_ROWS, WholeStore

SETTLES: Final = timedelta(days=3)
"""A month is published when so many days of the next one are over: units come back, cases are
closed, and what was corrected at once is in it."""

GRACE: Final = timedelta(minutes=10)
"""After midnight: a transaction that began before it is in the journal by then."""

SHOWN_MAX: Final = 50
"""Findings printed; the JSON line says how many there are."""


class Proof(Struct, frozen=True, kw_only=True):
    """What `kentongan verify` found. `months` are those that were worked out anew."""

    journal: Verdict
    months: tuple[MonthFigure, ...] = ()
    differing: tuple[Differing, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the journal is as it was written, and says what was published."""
        return self.journal.holds and not self.differing


def publish(store: WholeStore, pack: CityPack, path: Path, now: datetime) -> Published:
    """Add the days and months that are over to what was published; the file as it is then."""
    zone = ZoneInfo(pack.city.timezone)
    known = read_published(path) or Published(
        city=pack.city.key, name=pack.city.name.id, timezone=pack.city.timezone
    )
    days = (*known.days, *new_days(store, known.days[-1] if known.days else None, now, zone))
    wanted = _months_due(days, {one.month for one in known.months}, zone)
    scheduled = _scheduled(pack)
    planned = [
        MonthPlan(month=month, position=position, scheduled=scheduled) for month, position in wanted
    ]
    begins = [(month_of(month, zone)[0] - REACH).astimezone(zone).date() for month, _ in wanted]
    first = min(begins).isoformat() if begins else ""
    position = structs.replace(known, days=days).position_before(first)
    months = (*known.months, *figures_at(_tail(store, position), planned, zone))
    found = structs.replace(known, days=days, months=months)
    if found != known:
        write_published(found, path)
    return found


def new_days(
    store: WholeStore, last: DayChain | None, now: datetime, zone: ZoneInfo
) -> list[DayChain]:
    """The days that are over since the last one published, in their order; none is left out, also
    one on which nothing was recorded."""
    position, value = (last.position, last.chain) if last else (0, "")
    day = date.fromisoformat(last.day) + timedelta(days=1) if last else None
    found: list[DayChain] = []
    counted = 0
    for line in _lines_after(store, position):
        local = line.recorded_at.astimezone(zone).date()
        day = day or local
        while local > day and _is_over(day, now, zone):
            found.append(_day(day, position, counted, value))
            day, counted = day + timedelta(days=1), 0
        if not _is_over(day, now, zone):
            return found
        position, value, counted = line.position, line.chain.hex(), counted + 1
    while day is not None and _is_over(day, now, zone):
        found.append(_day(day, position, counted, value))
        day, counted = day + timedelta(days=1), 0
    return found


def _day(day: date, position: int, events: int, chain: str) -> DayChain:
    return DayChain(day=day.isoformat(), position=position, events=events, chain=chain)


def _is_over(day: date, now: datetime, zone: ZoneInfo) -> bool:
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
    return now.astimezone(zone) >= midnight + GRACE


def _lines_after(store: WholeStore, position: int) -> Iterator[Line]:
    """Lines of the journal page by page, each page its own transaction: readers wait for nobody."""
    after: tuple[object, ...] | None = (position,) if position else None
    while True:
        with store.tables() as tables:
            page = tables.page(JOURNAL, after)
        for line in page:
            yield cast("Line", line)
        if len(page) < PAGE_ROWS:
            return
        after = (cast("Line", page[-1]).position,)


def _months_due(days: Sequence[DayChain], known: set[str], zone: ZoneInfo) -> list[tuple[str, int]]:
    """Months that have settled, with the position up to which the journal is read for each."""
    due: list[tuple[str, int]] = []
    months = sorted({one.day[:7] for one in days})
    at = {one.day: one.position for one in days}
    for month in months:
        _, end = month_of(month, zone)
        settled = (end.astimezone(zone) + SETTLES - timedelta(days=1)).date().isoformat()
        if month not in known and settled in at:
            due.append((month, at[settled]))
    return due


class MonthPlan(Struct, frozen=True, kw_only=True):
    """A month to be worked out from the journal up to a position."""

    month: str
    position: int
    scheduled: tuple[str, ...]
    blocks: str = DAYS_OF_30


def figures_at(
    events: Iterable[Recorded], plans: Sequence[MonthPlan], zone: ZoneInfo
) -> list[MonthFigure]:
    """The figures of these months, in one pass over the journal in its order."""
    waiting = sorted(plans, key=lambda one: one.position)
    cases, since = Cases(), 0
    found: list[MonthFigure] = []
    if not waiting:
        return []
    for recorded in events:
        while waiting and recorded.meta.position > waiting[0].position:
            found.append(_figure(cases, waiting.pop(0), zone))
        if not waiting:
            return found
        cases.add(recorded.event, recorded.meta)
        since += 1
        if since >= 40 * EVENTS_EACH:
            cases.forget(month_of(waiting[0].month, zone)[0] - REACH)
            since = 0
    found.extend(_figure(cases, plan, zone) for plan in waiting)
    return found


def _figure(cases: Cases, plan: MonthPlan, zone: ZoneInfo) -> MonthFigure:
    cases.finish()
    return month_figure(cases, plan.scheduled, plan.month, plan.position, zone, plan.blocks)


def _tail(store: Store, position: int) -> Iterator[Recorded]:
    while found := store.tail(position, EVENTS_EACH):
        yield from found
        position = found[-1].meta.position


def _scheduled(pack: CityPack) -> tuple[str, ...]:
    return tuple(sorted(nature.code for nature in pack.natures if nature.appointment))


def run_export_journal(settings: Settings, path: Path) -> int:
    """Write the journal alone, for an auditor."""
    pack = load_pack(settings)
    head = JournalHead(
        city=pack.city.key,
        timezone=pack.city.timezone,
        made_at=utc_now(),
        scheduled=_scheduled(pack),
    )
    try:
        count = write_journal(open_store(settings.store_url), path, head)
    except (StoreError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{path}: {count:,} lines; it names staff and places: for an auditor, not the public")
    return 0


def run_verify(settings: Settings, source: str, published: Path | None) -> int:
    """Prove this centre's journal or that of a file; 1 when something does not hold."""
    try:
        said = _published(published)
        proof = prove(source or settings.store_url, said)
    except (StoreError, OSError, PublishedError) as error:
        print(error, file=sys.stderr)
        return 1
    for finding in proof.journal.findings[:SHOWN_MAX]:
        print(finding, file=sys.stderr)
    for one in proof.differing[:SHOWN_MAX]:
        print(f"{one.month}: {one.what} was published as {one.published}, the journal gives "
              f"{one.found}", file=sys.stderr)  # fmt: skip
    print(msgspec.json.encode(proof.journal if said is None else proof).decode())
    return 0 if proof.holds else 1


def _published(path: Path | None) -> Published | None:
    if path is None:
        return None
    found = read_published(path)
    if found is None:
        raise PublishedError(f"{path}: no such file")
    return found


def prove(source: str, said: Published | None) -> Proof:
    """The journal of a store's address, a store's file or an exported journal."""
    path = Path(source)
    if "://" not in source and not source.startswith("sqlite:") and is_journal_file(path):
        return _prove_file(path, said)
    is_address = "://" in source or source.startswith("sqlite:")
    if not is_address and not path.is_file():
        raise FileNotFoundError(f"{source}: no such file")
    store = open_store(source if is_address else f"sqlite:{source}")
    verdict = verify(store, published=said.chains if said else None)
    return _with_months(verdict, _tail(store, 0), said)


def _prove_file(path: Path, said: Published | None) -> Proof:
    """Both in one pass: the chain line by line, and the months out of the same lines."""
    _, lines = read_journal(path)
    proof = LineProof(said.chains if said else {})

    def proved() -> Iterator[Recorded]:
        for number, line in enumerate(lines, 2):  # after the head
            proof.take(line)
            try:
                yield from read([columns(line)])
            except StoreDamaged as error:
                raise StoreDamaged(f"{path.name}, line {number}: {error}") from None

    events = proved()
    found = _with_months(None, events, said)
    for _ in events:  # what comes after the last published month is proved as well
        pass
    return structs.replace(found, journal=proof.verdict())


def _with_months(
    verdict: Verdict | None, events: Iterator[Recorded], said: Published | None
) -> Proof:
    empty = verdict or LineProof({}).verdict()
    if said is None:
        return Proof(journal=empty)
    plans = [
        MonthPlan(
            month=one.month, position=one.position, scheduled=one.scheduled, blocks=one.blocks
        )
        for one in said.months
    ]
    found = {one.month: one for one in figures_at(events, plans, ZoneInfo(said.timezone))}
    return Proof(
        journal=empty,
        months=tuple(found.values()),
        differing=tuple(each for one in said.months for each in differences(one, found[one.month])),
    )
