"""A month of day tables as one file of columns, of which only those that are asked for are read.

Day files are what the journal is folded into, a few of them each hour; a year of them takes seconds
to read and join. A month's file is made of them once it has settled. It knows of which version of
each day it was made, so that a day that was written since is read from its own file.

Layout: magic, length of the head, head (MessagePack), then columns one after the other, each for
all rows in the order of the days.
"""

import os
import struct
import weakref
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.measure.clocks import Clock
from kentongan.measure.day_tables import KINDS, Day
from kentongan.measure.exclusions import Excluded
from kentongan.measure.intervals import Subject
from kentongan.measure.joining import joined
from kentongan.measure.lazy import Lazy
from kentongan.measure.observations import Column
from kentongan.measure.tables import Table
from kentongan.measure.texts import Texts

MAGIC: Final = b"KTGMONTH2"

HEAD_MAX: Final = 20_000_000
"""Octets of a head: names of units and kelurahan, not of cases."""

Array = NDArray[Any]


class _Place(Struct, frozen=True, array_like=True):
    """Where a column stands: NumPy's name of its type, its first octet after the head, its size."""

    dtype: str
    begin: int
    size: int


class _Table(Struct, frozen=True, array_like=True):
    """One kind's table. `begins`: the first row of each day, and the end; `untils` of each day.

    `names` are those of a label's codes, None where they are a column of texts.
    """

    subject: Subject
    begins: tuple[int, ...]
    untils: tuple[int, ...]
    offset_s: int
    columns: dict[str, _Place]
    clocks: tuple[Clock, ...]
    lasts: tuple[Clock, ...]
    names: dict[str, tuple[str, ...] | None]


class _Head(Struct, frozen=True, array_like=True):
    """`days` in order, each with the version that it was made of."""

    days: tuple[tuple[str, int], ...]
    excluded: tuple[tuple[Excluded, ...], ...]
    tables: dict[str, _Table]


class _Columns:
    """Columns on their way into a file."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._end = 0

    def put(self, column: Array) -> _Place:
        """Where it will stand."""
        octets, place = column.tobytes(), _Place(column.dtype.str, self._end, len(column))
        self.parts.append(octets)
        self._end += len(octets)
        return place


def month_octets(days: Sequence[tuple[str, int, Day]]) -> bytes:
    """The file of these days, in order: each with its name and the version of its own file."""
    whole = joined([day for _, _, day in days])
    columns = _Columns()
    head = msgspec.msgpack.encode(
        _Head(
            days=tuple((name, version) for name, version, _ in days),
            excluded=tuple(day.excluded for _, _, day in days),
            tables={
                kind: _packed(whole.tables[kind], [one.tables[kind] for _, _, one in days], columns)
                for kind in KINDS
            },
        )
    )
    return b"".join((MAGIC, struct.pack("<I", len(head)), head, *columns.parts))


def _packed(table: Table, of_days: Sequence[Table], columns: _Columns) -> _Table:
    given: dict[str, Array] = {
        "over": table.over,
        "by_call": table.by_call,
        "gave_up": table.gave_up,
        "closed": table.closed,
        "key": table.keys.octets,
        **{f"last {clock}": column for clock, column in table.last.items()},
    }
    for clock in table.at:
        given[f"at {clock}"] = table.moments(clock)
        given[f"source {clock}"] = table.source(clock)
        given[f"late {clock}"] = table.is_late(clock)
    names: dict[str, tuple[str, ...] | None] = {}
    for label, column in table.labels.items():
        given[f"code {label}"] = column.codes
        names[label] = None if isinstance(column.names, Texts) else tuple(column.names)
        if isinstance(column.names, Texts):
            given[f"name {label}"] = column.names.octets
    return _Table(
        subject=table.subject,
        begins=tuple(np.cumsum([0, *(one.size for one in of_days)]).tolist()),
        untils=tuple(one.until for one in of_days),
        offset_s=table.offset_s,
        columns={name: columns.put(column) for name, column in given.items()},
        clocks=tuple(table.at),
        lasts=tuple(table.last),
        names=names,
    )


class MonthFile:
    """An open file; it stays readable when another takes its place."""

    def __init__(self, path: Path) -> None:
        """`ValueError` when it is none of ours or of an older build, `OSError` when unreadable."""
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._file)
        start = len(MAGIC) + 4
        begin = os.pread(self._file, start, 0)
        if len(begin) < start or begin[: len(MAGIC)] != MAGIC:
            raise ValueError(f"{path.name} is no month of cases")
        (length,) = struct.unpack("<I", begin[len(MAGIC) :])
        try:
            head = msgspec.msgpack.decode(
                os.pread(self._file, min(length, HEAD_MAX), start), type=_Head
            )
        except msgspec.MsgspecError as error:
            raise ValueError(f"{path.name} is no month of cases: {error}") from None
        if missing := set(KINDS) - set(head.tables):
            raise ValueError(f"{path.name} was made before there was: {', '.join(sorted(missing))}")
        self._head = head
        self._begin = start + length
        if os.fstat(self._file).st_size < self._begin + _end(head):
            raise ValueError(f"{path.name} is not whole")
        self.versions = dict(head.days)
        self.order = {name: at for at, (name, _) in enumerate(head.days)}

    def days(self, first: str, last: str) -> Day:
        """Its days from one to another, both included; `KeyError` for one that it has not."""
        begin, end = self.order[first], self.order[last] + 1
        counted: dict[str, int] = {}
        for one in (one for day in self._head.excluded[begin:end] for one in day):
            counted[one.reason] = counted.get(one.reason, 0) + one.count
        return Day(
            tables=Lazy(
                {kind: partial(self._table, self._head.tables[kind], begin, end) for kind in KINDS}
            ),
            excluded=tuple(Excluded(reason, n) for reason, n in sorted(counted.items())),
        )

    def _table(self, packed: _Table, begin: int, end: int) -> Table:
        rows = slice(packed.begins[begin], packed.begins[end])
        sizes = np.diff(packed.begins[begin : end + 1])
        untils = np.array(packed.untils[begin:end], dtype=np.int64)
        read = partial(self._rows, packed.columns, rows)

        def columns(kind: str, clocks: Sequence[Clock]) -> Mapping[Clock, Array]:
            return Lazy({one: partial(read, f"{kind} {one}") for one in clocks}, is_kept=False)

        return Table(
            subject=packed.subject,
            size=rows.stop - rows.start,
            at=columns("at", packed.clocks),
            last=columns("last", packed.lasts),
            sources=columns("source", packed.clocks),
            late=columns("late", packed.clocks),
            over=read("over"),
            gave_up=read("gave_up"),
            closed=read("closed"),
            by_call=read("by_call"),
            keys=Texts(partial(read, "key"), rows.stop - rows.start),
            labels=Lazy(
                {label: partial(self._label, packed, rows, label) for label in packed.names},
                is_kept=False,
            ),
            offset_s=packed.offset_s,
            until=int((untils[sizes > 0] if (sizes > 0).any() else untils).max()),
        )

    def _label(self, packed: _Table, rows: slice, label: str) -> Column:
        names = packed.names[label]
        codes = self._rows(packed.columns, rows, f"code {label}")
        return Column(
            codes, Texts(self._read(packed.columns[f"name {label}"])) if names is None else names
        )

    def _rows(self, columns: Mapping[str, _Place], rows: slice, name: str) -> Array:
        place = columns[name]
        width = np.dtype(place.dtype).itemsize
        begin = place.begin + rows.start * width
        return self._read(_Place(place.dtype, begin, rows.stop - rows.start))

    def _read(self, place: _Place) -> Array:
        octets = place.size * np.dtype(place.dtype).itemsize
        found = os.pread(self._file, octets, self._begin + place.begin)
        if len(found) < octets:
            raise OSError("a month of cases is not whole")
        return np.frombuffer(found, place.dtype)


def _end(head: _Head) -> int:
    """Where the last column ends, octets after the head."""
    return max(
        place.begin + place.size * np.dtype(place.dtype).itemsize
        for table in head.tables.values()
        for place in table.columns.values()
    )
