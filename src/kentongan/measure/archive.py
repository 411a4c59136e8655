"""Histograms of many years on disk, by month, laid out so that a long range opens at once.

A month is one file: its entries sorted by interval and day, each in twelve octets, with the place
where every interval begins. A range reads only the entries of its interval, through the page cache,
and adds them up, together or by a label: exact, whatever was asked before. A late correction writes
its month anew, whole. Derived from the journal: the folder may be deleted at any time.
"""

import contextlib
import mmap
import os
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.measure.histograms import (
    CELL,
    OVERFLOW,
    Histogram,
    Histograms,
    added,
    merge,
)

MAGIC: Final = b"KTGHIST2"

ENTRY: Final = np.dtype([("cell", "<u4"), ("count", "<u4"), ("second", "<u2"), ("day", "<u2")])
"""One entry: which cell of the file, how many, which second (or quality), which day of the file."""

LABELS: Final = tuple(part for part in CELL if part not in {"day", "interval"})

_CODE: Final = np.dtype("<i4")

HEAD_MAX: Final = 50_000_000
"""Octets of a head: a city of a million cells in a month is none."""

SUFFIX: Final = ".hist"

Entries = NDArray[np.void]


class ArchiveError(ValueError):
    """A file of the folder is not what was written."""


class _Head(Struct, frozen=True, kw_only=True):
    """What stands before the entries. `spans` are [begin, end) of an interval, `cells` codes into
    `names` (as `_CODE`, one column for each of `LABELS`), `over` the seconds of the overflow by
    entry."""

    days: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    cells: bytes
    spans: dict[str, tuple[int, int]]
    over: dict[str, dict[int, float]] = {}


class _Month(Struct, frozen=True):
    head: _Head
    cells: NDArray[np.int32]
    entries: Entries


class _Chosen(Struct, frozen=True):
    """Entries of one month, and the seconds of its overflow by their place among them."""

    month: _Month
    entries: Entries
    over: Mapping[int, float]


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

    def is_current(self) -> bool:
        """Whether there are months, each of them in the form of this version."""
        months = self.months()
        return bool(months) and all(self._form(month) == MAGIC for month in months)

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
        parts, over_s = list[Entries](), 0.0
        for one in self._chosen(first_day, last_day, interval, wanted):
            parts.append(one.entries)
            over_s += sum(one.over.values())
        chosen = np.concatenate(parts) if parts else np.empty(0, dtype=ENTRY)
        return added(chosen["second"], chosen["count"], over_s)

    def by(
        self, first_day: str, last_day: str, interval: str, label: str, **wanted: str
    ) -> dict[str, Histogram]:
        """The same for each name that a part of the cells has, in their order; those without one
        under ""."""
        _known(label)
        code: dict[str, int] = {}
        groups, seconds, counts = (list[NDArray[np.integer[Any]]]() for _ in range(3))
        over_s: Counter[int] = Counter()
        for one in self._chosen(first_day, last_day, interval, wanted):
            column = LABELS.index(label)
            names = one.month.head.names[column]
            ours = np.array([code.setdefault(name, len(code)) for name in names], dtype=np.uint16)
            group = ours[one.month.cells[one.entries["cell"], column]]
            groups.append(group)
            seconds.append(one.entries["second"])
            counts.append(one.entries["count"])
            for at, sum_s in one.over.items():
                over_s[int(group[at])] += sum_s  # type: ignore[assignment]
        if not groups:
            return {}
        of = np.concatenate(groups)
        order = np.argsort(of, kind="stable")
        second, count = np.concatenate(seconds)[order], np.concatenate(counts)[order]
        ends = np.searchsorted(of[order], np.arange(len(code) + 1)).tolist()
        found = {
            name: added(second[begin:end], count[begin:end], over_s[place])
            for (name, place), (begin, end) in zip(code.items(), pairwise(ends), strict=True)
            if end > begin
        }
        return dict(sorted(found.items()))

    def load(self, month: str) -> Histograms:
        """A month as it was put, for merging and for the making of it anew; `KeyError` if none."""
        if month not in self.months():
            raise KeyError(month)
        return _histograms(self._month(month))

    def _form(self, month: str) -> bytes:
        with (self._folder / f"{month}{SUFFIX}").open("rb") as file:
            return file.read(len(MAGIC))

    def _chosen(
        self, first_day: str, last_day: str, interval: str, wanted: Mapping[str, str]
    ) -> Iterator[_Chosen]:
        for part in wanted:
            _known(part)
        for month in self._within(first_day, last_day):
            begin, end = month.head.spans.get(interval, (0, 0))
            entries, over = month.entries[begin:end], month.head.over.get(interval, {})
            kept = _kept(month, entries, first_day, last_day, wanted)
            if kept is None:
                yield _Chosen(month, entries, {at - begin: s for at, s in over.items()})
            else:
                place = np.cumsum(kept) - 1
                inside = {int(place[at - begin]): s for at, s in over.items() if kept[at - begin]}
                yield _Chosen(month, entries[kept], inside)

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


def _known(label: str) -> None:
    if label not in LABELS:
        raise KeyError(label)


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
            cells=cells.astype(_CODE).tobytes(),
            spans=spans,
            over=over,
        )
    )
    return MAGIC + struct.pack("<I", len(head)) + head + entries.tobytes()


def _read(path: Path) -> _Month:
    content = _mapped(path)
    start = len(MAGIC) + 4
    if len(content) < start or content[: len(MAGIC)] != MAGIC:
        raise ArchiveError(f"{path.name} is no archive of histograms")
    (length,) = struct.unpack("<I", content[len(MAGIC) : start])
    rest = len(content) - start - length
    if length > HEAD_MAX or rest < 0 or rest % ENTRY.itemsize:
        raise ArchiveError(f"{path.name} is not whole")
    try:
        head = msgspec.msgpack.decode(content[start : start + length], type=_Head)
        cells = np.frombuffer(head.cells, dtype=_CODE).reshape(-1, len(LABELS))
    except (msgspec.MsgspecError, ValueError) as error:
        raise ArchiveError(f"{path.name}: {error}") from None
    return _Month(head, cells, np.frombuffer(content, dtype=ENTRY, offset=start + length))


def _mapped(path: Path) -> mmap.mmap | bytes:
    """The file's content as it is looked at; an empty file cannot be mapped."""
    with path.open("rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            return b""


def _kept(
    month: _Month, entries: Entries, first_day: str, last_day: str, wanted: Mapping[str, str]
) -> NDArray[np.bool_] | None:
    """Which entries are of these days and cells; None for all, seen without looking at each."""
    inside = [first_day <= day <= last_day for day in month.head.days]
    of_days = None if all(inside) else np.array(inside, dtype=np.bool_)[entries["day"]]
    cells = _cells(month, wanted)
    if cells is None:
        return of_days
    of_cells = cells[entries["cell"]]
    return of_cells if of_days is None else of_cells & of_days


def _cells(month: _Month, wanted: Mapping[str, str]) -> NDArray[np.bool_] | None:
    """Which cells carry these names; None when every one does."""
    if not wanted:
        return None
    chosen = np.ones(len(month.cells), dtype=np.bool_)
    for part, name in wanted.items():
        column = LABELS.index(part)
        names = month.head.names[column]
        chosen &= month.cells[:, column] == (names.index(name) if name in names else -1)
    return chosen


def _histograms(month: _Month) -> Histograms:
    """Every interval of a month together, in the shape that merges."""
    head, cells = month.head, month.cells
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
