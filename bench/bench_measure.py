"""How fast response times are worked out: histograms, exact quantiles, imports.

    python bench/bench_measure.py [MILLION ROWS [each]]

Made-up responses of 144 groups (6 agencies, 24 hours) and 6 intervals, in all as many rows as asked
for: of the 10 million that are the default each interval has 1.67 million, 18 years at 254 a day.
With `each` every interval has as many rows, so that 10 are 60 million; then nothing else is done.
Beside it plain Polars in the same run over the same Parquet files, where `BENCH_PEERS` names a
folder that has it. Then: five years of daily histograms of one interval by agency merged in memory
(as they are kept and asked: `bench_histograms.py`), and an import.
"""

import importlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benched import tell
from kentongan.measure.histograms import Histograms, histograms_of, merge
from kentongan.measure.intervals import QUALITIES
from kentongan.measure.observations import Column, Observations, time_labels
from kentongan.measure.records.importing import read_file
from kentongan.measure.records.mapping import preset
from kentongan.measure.warehouse import quantiles, write

if os.environ.get("BENCH_PEERS"):
    sys.path.append(os.environ["BENCH_PEERS"])

SHARES = (0.5, 0.75, 0.9, 0.95, 0.99)
INTERVALS = 6
AGENCIES = tuple(f"agency{i}" for i in range(6))
DAY_S = 86_400
BAR_ROWS, QUANTILES_S, MEMORY_GB, MERGE_S = 10_000_000, 4.0, 4.0, 0.05
"""Of ten million rows by the clock, of their memory, and of the merge by the processor."""
BEGIN = 20_000 * DAY_S
ALEXANDRIA = (
    Path(__file__).parents[2] / "shared" / "vectors" / "cad"
    / "alexandria_va_911_incidents_2025w35_48.csv.gz"
)  # fmt: skip


def timed(
    name: str, work: Callable[[], Any], bar: float | None = None, used: float | None = None
) -> Any:
    """Run it once; wall and processor time, which differ on a shared machine. `bar` is the most
    that the clock may say, `used` the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    tell(name, time.perf_counter() - wall, "s wall", bar=bar)
    tell(f"{name}, processor", time.process_time() - cpu, "s", bar=used)
    return found


def memory_gb() -> float:
    """The most that this process held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def responses(n: int, days: int, interval: str, chance: np.random.Generator) -> Observations:
    """Made-up responses over so many days."""
    started = BEGIN + np.sort(chance.integers(0, days * DAY_S, n))
    seconds = chance.lognormal(6, 0.5, n).round(3)
    return Observations(
        interval=interval,
        subject="incident",
        seconds=seconds,
        waited=np.full(n, np.nan),
        quality=np.zeros(n, dtype=np.uint8),
        started=started,
        labels={
            **time_labels(started, 25_200),
            "agency": Column(chance.integers(0, 6, n).astype(np.int32), AGENCIES),
        },
        keys=np.arange(n),
        offset_s=25_200,
    )


def bench_quantiles(folder: Path, rows: int) -> None:
    """Five exact quantiles of six intervals by 144 groups, through DuckDB and plain Polars."""
    tell("rows of all intervals", float(rows), "rows")
    chance = np.random.default_rng(6)
    paths: list[Path] = []
    wall = time.perf_counter()
    for i in range(INTERVALS):
        paths.append(folder / f"{i}.parquet")
        write(responses(rows // INTERVALS, 6_570, f"interval{i}", chance), paths[-1])
    tell("rows written as Parquet", rows / (time.perf_counter() - wall), "rows/s")
    tell("Parquet", sum(path.stat().st_size for path in paths) / 1e6, "MB")
    found = timed(
        "5 quantiles x 6 intervals x 144 groups",
        lambda: quantiles(paths, SHARES, ("agency", "hour")),
        bar=QUANTILES_S if rows <= BAR_ROWS else None,
    )
    tell("groups", float(len(found)), "groups")
    memory_bar = MEMORY_GB if rows <= BAR_ROWS else None
    tell("memory at most, rows made, written and asked", memory_gb(), "GB", bar=memory_bar)
    try:
        pl: Any = importlib.import_module("polars")
    except ImportError:
        print('{"name": "plain Polars", "value": null, "unit": "not installed"}')
        return
    by = ["interval", "agency", "hour"]
    asked: list[Any] = [pl.col("seconds").quantile(q, "linear").alias(str(q)) for q in SHARES]
    timed(
        "the same in plain Polars",
        lambda: pl.scan_parquet(paths).group_by(by).agg(asked).collect(),
    )


def bench_merge() -> None:
    """Five years of daily histograms at Semarang's volume, as one."""
    chance = np.random.default_rng(7)
    found = responses(36 * 1_826, 1_826, "response", chance)
    days: list[Histograms] = [histograms_of(part) for _, part in found.split(["day"])]
    whole: Histograms = timed(
        f"{len(days)} daily histograms merged", lambda: merge(days), used=MERGE_S
    )
    timed("P90 of five years", lambda: whole.merged(interval="response").quantile(0.9))


def main() -> None:
    """Everything, one line a figure."""
    rows = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 10_000_000
    assert len(QUALITIES) < 256
    with tempfile.TemporaryDirectory() as folder:
        is_each = sys.argv[2:] == ["each"]
        bench_quantiles(Path(folder), rows * (INTERVALS if is_each else 1))
    if is_each:
        return
    bench_merge()
    if ALEXANDRIA.is_file():
        timed("22,147 incidents imported", lambda: read_file(ALEXANDRIA, preset("alexandria")))
    tell("memory at most", memory_gb(), "GB")


if __name__ == "__main__":
    main()
