"""Histograms of many years on disk, by month, laid out so that a long range opens at once.

A month is one file: its entries sorted by interval and day, each in twelve octets, with the place
where every interval begins. A range reads only the entries of its interval, through the page cache,
and adds them up: exact, whatever was asked before. A late correction writes its month anew, whole.
Derived from the journal: the folder may be deleted at any time.
"""

import contextlib
import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.measure.histograms import (
    CELL,
    OVERFLOW,
    SECONDS_MAX,
    UNVALUED,
    Histogram,
    Histograms,
    merge,
)
from kentongan.measure.intervals import QUALITIES

MAGIC: Final = b"KTGHIST1"

ENTRY: Final = np.dtype([("cell", "<u4"), ("count", "<u4"), ("second", "<u2"), ("day", "<u2")])
"""One entry: which cell of the file, how many, which second (or quality), which day of the file."""

LABELS: Final = tuple(part for part in CELL if part not in {"day", "interval"})

HEAD_MAX: Final = 50_000_000
"""Octets of a head: a city of a million cells in a month is none."""

SUFFIX: Final = ".hist"

Entries = NDArray[np.void]


class ArchiveError(ValueError):
    """A file of the folder is not what was written."""


class _Head(Struct, frozen=True, kw_only=True):
    """What stands before the entries. `spans` are [begin, end) of an interval, `cells` codes into
    `names` (one column for each of `LABELS`), `over` the seconds of the overflow by entry."""

    days: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[int, ...], ...]
    spans: dict[str, tuple[int, int]]
    over: dict[str, dict[int, float]] = {}


class _Month(Struct, frozen=True):
    head: _Head
    entries: Entries


class Archive:
    """The folder. Files are read when they are first needed, and again when they were written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[tuple[int, int], _Month]] = {}

    def months(self) -> tuple[str, ...]:
        """The months there are, `2026-10`, in their order."""
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(path.stem for path in self._folder.glob(f"*{SUFFIX}")))

    def put(self, month: str, histograms: Histograms) -> None:
        """Write a month whole; what was there is replaced. `OSError` when it cannot be."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{month}{SUFFIX}"
        part = path.with_name(f".{path.name}.part")
        try:
            with part.open("wb") as out:
                out.write(_octets(histograms))
                out.flush()
                os.fsync(out.fileno())
            part.replace(path)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def between(self, first_day: str, last_day: str, interval: str, **wanted: str) -> Histogram:
        """One interval over days, both included, of the cells with these names; `KeyError` for
        what is no part of a cell, `ArchiveError` for a damaged file."""
        for part in wanted:
            if part not in LABELS:
                raise KeyError(part)
        parts: list[Entries] = []
        over_s = 0.0
        for month in self._within(first_day, last_day):
            entries, begin = _of_interval(month, interval)
            kept = _kept(month, entries, first_day, last_day, wanted)
            parts.append(entries if kept is None else entries[kept])
            over = month.head.over.get(interval, {})
            over_s += sum(sum_s for at, sum_s in over.items() if kept is None or kept[at - begin])
        chosen = np.concatenate(parts) if parts else np.empty(0, dtype=ENTRY)
        total = np.bincount(
            chosen["second"], weights=chosen["count"], minlength=UNVALUED + len(QUALITIES)
        ).astype(np.int64)
        return Histogram(
            counts=total[:SECONDS_MAX],
            overflow=int(total[OVERFLOW]),
            overflow_s=over_s,
            qualities={
                str(q): int(n) for q, n in zip(QUALITIES, total[UNVALUED:], strict=True) if n
            },
        )

    def load(self, month: str) -> Histograms:
        """A month as it was put, for merging and for the making of it anew; `KeyError` if none."""
        if month not in self.months():
            raise KeyError(month)
        return _histograms(self._month(month))

    def _within(self, first_day: str, last_day: str) -> Iterator[_Month]:
        """Files that can have such days: what rang just before midnight of a month's last day was
        opened in the next month, and stands in its file."""
        for month in self.months():
            if first_day[:7] <= month <= _month_after(last_day[:7]):
                yield self._month(month)

    def _month(self, month: str) -> _Month:
        path = self._folder / f"{month}{SUFFIX}"
        state = path.stat()
        stamp = (state.st_mtime_ns, state.st_size)
        known = self._known.get(month)
        if known is None or known[0] != stamp:
            known = (stamp, _read(path))
            self._known[month] = known
        return known[1]


def _month_after(month: str) -> str:
    year, number = (int(part) for part in month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def _octets(histograms: Histograms) -> bytes:
    """The file's content: magic, length of the head, head, entries."""
    interval = CELL.index("interval")
    day = CELL.index("day")
    order = np.lexsort(
        (histograms.seconds, histograms.cells[:, day], histograms.cells[:, interval])
    )
    cells, codes = np.unique(
        histograms.cells[order][:, [CELL.index(part) for part in LABELS]],
        axis=0,
        return_inverse=True,
    )
    entries = np.empty(len(order), dtype=ENTRY)
    entries["cell"], entries["count"] = codes.ravel(), histograms.counts[order]
    entries["second"], entries["day"] = histograms.seconds[order], histograms.cells[order, day]
    of = histograms.cells[order, interval]
    sums = histograms.sums[order]
    spans: dict[str, tuple[int, int]] = {}
    over: dict[str, dict[int, float]] = {}
    for code, name in enumerate(histograms.names[interval]):
        begin, end = (int(one) for one in np.searchsorted(of, (code, code + 1)))
        spans[name] = (begin, end)
        at = begin + np.flatnonzero(histograms.seconds[order][begin:end] == OVERFLOW)
        if len(at):
            over[name] = {int(one): float(sums[one]) for one in at}
    head = msgspec.msgpack.encode(
        _Head(
            days=histograms.names[day],
            names=tuple(histograms.names[CELL.index(part)] for part in LABELS),
            cells=tuple(tuple(int(one) for one in cell) for cell in cells),
            spans=spans,
            over=over,
        )
    )
    return MAGIC + struct.pack("<I", len(head)) + head + entries.tobytes()


def _read(path: Path) -> _Month:
    content = np.memmap(path, dtype=np.uint8, mode="r")
    start = len(MAGIC) + 4
    if len(content) < start or bytes(content[: len(MAGIC)]) != MAGIC:
        raise ArchiveError(f"{path.name} is no archive of histograms")
    (length,) = struct.unpack("<I", bytes(content[len(MAGIC) : start]))
    rest = len(content) - start - length
    if length > HEAD_MAX or rest < 0 or rest % ENTRY.itemsize:
        raise ArchiveError(f"{path.name} is not whole")
    try:
        head = msgspec.msgpack.decode(bytes(content[start : start + length]), type=_Head)
    except msgspec.MsgspecError as error:
        raise ArchiveError(f"{path.name}: {error}") from None
    return _Month(head, content[start + length :].view(ENTRY))


def _of_interval(month: _Month, interval: str) -> tuple[Entries, int]:
    begin, end = month.head.spans.get(interval, (0, 0))
    return month.entries[begin:end], begin


def _kept(
    month: _Month, entries: Entries, first_day: str, last_day: str, wanted: Mapping[str, str]
) -> NDArray[np.bool_] | None:
    """Which entries are of these days and cells; None for all, seen without looking at each."""
    inside = np.array([first_day <= day <= last_day for day in month.head.days], dtype=np.bool_)
    of_days = None if bool(inside.all()) else inside[entries["day"]]
    cells = _cells(month.head, wanted)
    if cells is None:
        return of_days
    of_cells = cells[entries["cell"]]
    return of_cells if of_days is None else of_cells & of_days


def _cells(head: _Head, wanted: Mapping[str, str]) -> NDArray[np.bool_] | None:
    """Which cells carry these names; None when every one does."""
    if not wanted:
        return None
    cells = np.array(head.cells, dtype=np.int64).reshape(-1, len(LABELS))
    chosen = np.ones(len(cells), dtype=np.bool_)
    for part, name in wanted.items():
        column = LABELS.index(part)
        names = head.names[column]
        chosen &= cells[:, column] == (names.index(name) if name in names else -1)
    return chosen


def _histograms(month: _Month) -> Histograms:
    """Every interval of a month together, in the shape that merges."""
    head = month.head
    cells = np.array(head.cells, dtype=np.int64).reshape(-1, len(LABELS))
    parts: list[Histograms] = []
    for interval, (begin, end) in head.spans.items():
        entries = month.entries[begin:end]
        codes = np.zeros((len(entries), len(CELL)), dtype=np.int64)
        codes[:, CELL.index("day")] = entries["day"]
        for column, part in enumerate(LABELS):
            codes[:, CELL.index(part)] = cells[entries["cell"], column]
        sums = np.zeros(len(entries))
        for at, sum_s in head.over.get(interval, {}).items():
            sums[at - begin] = sum_s
        names = {"day": head.days, "interval": (interval,)}
        names |= dict(zip(LABELS, head.names, strict=True))
        parts.append(
            Histograms(
                names=tuple(names[part] for part in CELL),
                cells=codes,
                seconds=entries["second"].astype(np.int64),
                counts=entries["count"].astype(np.int64),
                sums=sums,
            )
        )
    return merge(parts)
