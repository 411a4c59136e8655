"""Years of observations in Parquet, asked through DuckDB.

For the analyst and for many years at once; daily figures come from the journal and the histograms.
DuckDB is the optional extra `evaluation`: a centre runs without it, and what needs it says so.
Quantiles are exact (`quantile_cont`), since an approximate sketch is slower here and not exact.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from kentongan.measure.intervals import QUALITIES
from kentongan.measure.observations import LABELS, NEVER, Observations

ROWS_EACH: Final = 20_000
"""Rows handed on at a time."""

MEMORY: Final = "2GB"
"""What a question may hold before DuckDB goes to disk."""

THREADS: Final = 2
"""A question of an analyst must not take the machine from the calls."""


class WarehouseError(RuntimeError):
    """DuckDB is not installed, or cannot read what it was given."""


def parquet_rows(path: Path) -> Iterator[list[str]]:
    """The rows of a Parquet file as texts, the header first: read once, from row group to row
    group, and never held whole."""
    with _connected(path.name) as connection:
        # Asked as a question its rows come as they are read; a relation is worked out whole first.
        found = connection.execute(connection.read_parquet(str(path)).sql_query())
        yield [str(column[0]) for column in found.description]
        while rows := found.fetchmany(ROWS_EACH):
            yield from (["" if value is None else str(value) for value in row] for row in rows)


def write(observations: Observations, path: Path) -> int:
    """Write one interval's observations as Parquet; returns the rows. An existing file is replaced.

    Columns: interval, per, started_at, seconds, waited_s, quality, and every label.
    """
    size = len(observations)
    known = observations.started != NEVER
    started = np.where(known, observations.started, 0).astype("datetime64[s]")
    started[~known] = np.datetime64("NaT")
    columns: dict[str, Any] = {
        "interval": np.full(size, observations.interval),
        "per": np.full(size, observations.subject),
        "started_at": started.astype("datetime64[us]"),
        "seconds": observations.seconds,
        "waited_s": observations.waited,
        "quality": np.array([str(quality) for quality in QUALITIES])[observations.quality],
    }
    for label in LABELS:
        column = observations.labels.get(label)
        if column is not None:
            columns[label] = np.array(column.names or ("",))[column.codes]
    with _connected(path.name) as connection:
        connection.register("given", columns)
        given = connection.view("given")
        given.project(", ".join(_selected(name) for name in columns)).write_parquet(
            str(path), compression="zstd", overwrite=True
        )
    return size


def quantiles(
    files: Sequence[Path], shares: Sequence[float], by: Sequence[str] = ()
) -> list[tuple[tuple[str, ...], int, list[float]]]:
    """Exact percentiles of `seconds` by interval and labels: group, n, a value for each share.

    `KeyError` for a label that there is not.
    """
    unknown = [label for label in by if label not in LABELS]
    if unknown:
        raise KeyError(unknown[0])
    groups = ", ".join(["interval", *by])
    wanted = ", ".join(f"{float(share)!r}" for share in shares)
    with _connected("Parquet") as connection:
        found = (
            connection.read_parquet([str(path) for path in files])
            .filter("seconds IS NOT NULL")
            .aggregate(f"{groups}, count(seconds), quantile_cont(seconds, [{wanted}])", groups)
            .order(groups)
            .fetchall()
        )
    width = 1 + len(by)
    return [
        (tuple(str(name) for name in row[:width]), int(row[width]), [float(v) for v in row[-1]])
        for row in found
    ]


def _selected(name: str) -> str:
    """A column; what is not a number in NumPy is nothing in Parquet."""
    if name in {"seconds", "waited_s"}:
        return f'CASE WHEN isnan("{name}") THEN NULL ELSE "{name}" END AS "{name}"'
    return f'"{name}"'


@contextmanager
def _connected(name: str) -> Generator[Any]:
    try:
        import duckdb
    except ImportError:
        raise WarehouseError("Parquet needs DuckDB: pip install 'kentongan[evaluation]'") from None
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "threads": THREADS,
    }
    connection: Any = duckdb.connect(":memory:", config=config)
    try:
        yield connection
    except duckdb.Error as error:
        raise WarehouseError(f"{name}: {error}") from None
    finally:
        connection.close()
