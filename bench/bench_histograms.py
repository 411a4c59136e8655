"""Five years of daily histograms as the product keeps them, and the questions that a screen asks.

    python bench/bench_histograms.py

28 days of the demo's history (about 36 incidents and 83 calls a day) go through the journal, the
cases and every interval with all seven labels, and stand there again and again until 1,826 days are
full, each time with every value a little other. They are written as months, as each night writes
them, and asked from the disk: once with nothing open, and again. Every answer is held against the
same counted from the cases themselves.
"""

import gc
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import structs

from benched import tell
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.demo.history import write_history
from kentongan.measure.archive import Archive
from kentongan.measure.case_tables import tables_of
from kentongan.measure.cases import Cases
from kentongan.measure.exclusions import Selection, select
from kentongan.measure.histograms import CELL, Histogram, histograms_of, merge
from kentongan.measure.intervals import INTERVALS
from kentongan.measure.observations import Column, Observations, time_labels
from kentongan.measure.tables import observe
from kentongan.store.open import open_store

SEED_DAYS, DAYS = 28, 1_826
DAY_S = 86_400
NOW = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
EVERY_DAY = ("2000-01-01", "2100-01-01")
BAR = 50.0
"""Milliseconds."""

ASKED = "citizen_response"
CHAIN = (
    "answer", "locate", "process", "acknowledge", "assign", "turnout", "travel", "citizen_response",
)  # fmt: skip
BY = ("agency", "category", "priority", "kelurahan")
TURNS = 9


def seed(folder: Path, pack: CityPack) -> list[Observations]:
    """Every interval of some days, out of a journal."""
    store = open_store(f"sqlite:{folder / 'seed.db'}")
    write_history(store, pack, SEED_DAYS, NOW)
    cases, position = Cases(), 0
    while page := list(store.tail(position, 10_000)):
        for recorded in page:
            cases.add(recorded.event, recorded.meta)
        position = page[-1].meta.position
    store.close()
    cases.finish()
    span = Selection(NOW - timedelta(days=SEED_DAYS), NOW, training=True)
    tables = tables_of(select(cases, pack.nature_by_code, span).cases, ZoneInfo(pack.city.timezone))
    return [observe(one, tables.of(one.subject)) for one in INTERVALS]


def years(found: Observations, chance: np.random.Generator) -> Observations:
    """The same days again and again, until five years are full."""
    size = len(found)
    times = -(-DAYS // SEED_DAYS)
    back = np.repeat(np.arange(times), size) * SEED_DAYS * DAY_S
    every = structs.replace(
        found,
        seconds=np.round(np.tile(found.seconds, times) * chance.uniform(0.95, 1.05, size * times)),
        waited=np.tile(found.waited, times),
        quality=np.tile(found.quality, times),
        started=np.tile(found.started, times) - back,
        labels={
            name: Column(np.tile(column.codes, times), column.names)
            for name, column in found.labels.items()
            if name in CELL
        },
        keys=np.arange(size * times),
    )
    within = every.where(every.started >= int(NOW.timestamp()) - DAYS * DAY_S)
    labels = {**within.labels, **time_labels(within.started, within.offset_s)}
    return structs.replace(within, labels=labels)


def timed(name: str, work: Callable[[], Any], turns: int = TURNS, bar: float | None = BAR) -> Any:
    """The first time, and the middle of some more; by the clock, and by the processor, which is
    what a machine without other work takes: one thread does it all. The bar is held against that.
    """
    walls, used = list[float](), list[float]()
    found: Any = None
    for _ in range(1 + turns):
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        found = work()
        walls.append((time.perf_counter() - wall) * 1_000)
        used.append((time.process_time() - cpu) * 1_000)
    for what, taken, its_bar in (("clock", walls, None), ("processor", used, bar)):
        tell(f"{name}: first, {what}", taken[0], "ms", bar=its_bar)
        tell(f"{name}: again, {what}", float(np.median(taken[1:])), "ms", bar=its_bar)
    return found


def counted(found: Observations) -> Histogram:
    """The same without any file or day."""
    return histograms_of(found).merged()


def same(one: Histogram, other: Histogram) -> bool:
    """Count by count."""
    return (
        np.array_equal(one.counts, other.counts)
        and one.overflow == other.overflow
        and abs(one.overflow_s - other.overflow_s) < 1e-3
        and dict(one.qualities) == dict(other.qualities)
    )


def write(archive: Archive, every: list[Observations]) -> None:
    """A file a month, and what they hold."""
    months: dict[str, list[Observations]] = {}
    for found in every:
        for (month,), part in found.split(["month"]):
            labels = {**part.labels, **time_labels(part.started, part.offset_s)}
            months.setdefault(month, []).append(structs.replace(part, labels=labels))
    entries = octets = 0
    for month, parts in months.items():
        histograms = merge(histograms_of(part) for part in parts)
        entries += len(histograms)
        archive.put(month, histograms)
        octets += (archive._folder / f"{month}.hist").stat().st_size
    tell("histograms: days", float(DAYS), "days")
    tell("histograms: months", float(len(months)), "files")
    tell("histograms: intervals with cases", float(sum(bool(len(one)) for one in every)), "")
    tell("histograms: intervals asked of each day", float(len(every)), "")
    tell("histograms: cases counted", float(sum(map(len, every))), "cases")
    tell("histograms: entries (cell, second, count)", float(entries), "entries")
    tell("histograms: on disk", octets / 1e6, "MB")


def ask(folder: Path, every: list[Observations]) -> None:
    """What a screen asks, of all five years."""
    by_key = {found.interval: found for found in every}
    archive = Archive(folder)
    one = timed("five years, one interval", lambda: archive.between(*EVERY_DAY, ASKED))
    assert same(one, counted(by_key[ASKED]))
    timed("its P90", lambda: one.quantile(0.9))
    for label in BY:
        archive = Archive(folder)
        split = timed(
            f"five years, one interval by {label}",
            lambda label=label, archive=archive: archive.by(*EVERY_DAY, ASKED, label),
        )
        tell(f"five years, one interval by {label}: groups", float(len(split)), "groups")
        for (name,), part in by_key[ASKED].split([label]):
            assert same(split[name], counted(part)), name
    fresh = Archive(folder)
    told = timed(
        f"five years, headline of {len(CHAIN)} intervals: counts, P50, P90 and their intervals",
        lambda: [
            (found.n, found.quantile(0.5), found.quantile(0.9))
            for found in (fresh.between(*EVERY_DAY, one) for one in CHAIN)
        ],
    )
    assert [n for n, _, _ in told] == [int(by_key[one].valued.sum()) for one in CHAIN]
    agency = timed(
        "five years, one interval of one agency",
        lambda: fresh.between(*EVERY_DAY, ASKED, agency="damkar"),
    )
    assert agency.n == int(by_key[ASKED].valued[by_key[ASKED].mask("agency", ["damkar"])].sum())


def whole(every: list[Observations]) -> None:
    """What nobody asks: every entry of every interval as one, no label given up."""
    parts = [
        histograms_of(part) for found in every if len(found) for _, part in found.split(["month"])
    ]
    merged = timed(
        "five years, every interval and label merged in memory", lambda: merge(parts), 1, None
    )
    tell("of it entries", float(len(merged)), "entries")


def main() -> None:
    """Everything, one line a figure."""
    chance = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        every = [years(one, chance) for one in seed(folder, load(packaged()))]
        archive = Archive(folder / "figures")
        write(archive, every)
        ask(archive._folder, every)
    whole(every)


if __name__ == "__main__":
    main()
