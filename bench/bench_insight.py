"""The first plots of *Evaluasi* on 100,000 incidents: day files read, joined, computed, encoded.

Nothing is kept in memory beforehand: this is the first look after a start. Beside each, the seconds
of processor, which a machine that does other things does not lengthen.
"""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import structs

from benched import tell
from kentongan.cities.pack import load, packaged
from kentongan.demo.history import write_history
from kentongan.measure.day_tables import Day, from_bytes, to_bytes
from kentongan.measure.joining import joined
from kentongan.measure.tables import MICRO, Table
from kentongan.serve.day_files import STATE, DayFiles
from kentongan.serve.insight import Insight
from kentongan.serve.insight_parts import PARTS
from kentongan.store.open import open_store

INCIDENTS = 100_000
SEED_DAYS = 14
SPAN = 365
FIRST_S = 1.0
"""The first plot, by the clock."""
NOW = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


def _moved(day: Day, days: int) -> Day:
    """The same day so many days earlier."""
    shift = np.int64(days * 86_400 * MICRO)

    def moved(table: Table) -> Table:
        never = np.iinfo(np.int64).min
        at = {
            clock: np.where(moments == never, never, moments - shift)
            for clock, moments in table.at.items()
        }
        names = table.labels["day"].names
        earlier = tuple(
            str(np.datetime64(name, "D") - np.timedelta64(days, "D")) if name else ""
            for name in names
        )
        labels = {**table.labels, "day": structs.replace(table.labels["day"], names=earlier)}
        keys = tuple(f"{key}-{days}" for key in table.keys)
        return structs.replace(table, at=at, keys=keys, labels=labels)

    return structs.replace(day, tables={kind: moved(table) for kind, table in day.tables.items()})


def main() -> None:
    """Two years of day files, of which the newer one holds `INCIDENTS`, and the first look."""
    pack = load(packaged())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(f"sqlite:{folder / 'seed.db'}")
        began = time.perf_counter()
        count = write_history(store, pack, SEED_DAYS, NOW)
        tell("insight_history", count / (time.perf_counter() - began), "events/s")
        files = DayFiles(folder / "evaluation", ZoneInfo(pack.city.timezone))
        began = time.perf_counter()
        files.refresh(store, pack)
        tell("insight_refresh", count / (time.perf_counter() - began), "events/s")
        store.close()
        _fill(files)
        insight = Insight(files, pack, lambda: False)
        for part in PARTS:
            began, used = time.perf_counter(), time.process_time()
            insight.answer({"days": str(SPAN), "part": part}, None, NOW, True)
            wall, cpu = time.perf_counter() - began, time.process_time() - used
            tell(f"insight_{part}", wall, "s", bar=FIRST_S if part == "first" else None)
            tell(f"insight_{part}, processor", cpu, "s")
        tell("insight_held", sum(insight.octets) / 1e6, "MB")
        tell("insight_memory_at_most", getrusage(RUSAGE_SELF).ru_maxrss / 1e3, "MB")


def _fill(files: DayFiles) -> None:
    """The seed's days again and again, several in one, until the year is full."""
    seeds = [
        from_bytes(files.path(day, training=True).read_bytes()) for day in files.days(training=True)
    ]
    today = NOW.date()
    each = round(INCIDENTS / SPAN / (sum(s.tables["incident"].size for s in seeds) / len(seeds)))
    for back in range(1, 2 * SPAN + 1):
        seed = _moved(seeds[-1 - back % len(seeds)], back - back % len(seeds) - 1)
        path = files.path(today - timedelta(days=back), training=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_bytes(joined([seed] * each)))
    (files.folder / STATE).touch()
    files.renew_months()


if __name__ == "__main__":
    main()
