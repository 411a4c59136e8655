"""Many days or months of cases as one, a column at a time and only those that are asked for."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kentongan.measure.clocks import Clock
from kentongan.measure.day_tables import KINDS, Day
from kentongan.measure.exclusions import Excluded
from kentongan.measure.intervals import Subject
from kentongan.measure.lazy import Lazy, held
from kentongan.measure.observations import NEVER, UNKNOWN, Column, column_of
from kentongan.measure.statistics.arrays import Flags, Whole
from kentongan.measure.tables import Codes, Table
from kentongan.measure.texts import Texts

PER_ROW: Final = frozenset({"number", "call", "cell"})
"""Labels with about as many names as rows: joined days do not make one list of names of them."""

LABELS: Final = (
    "day", "weekday", "hour", "agency", "unit", "category", "priority", "kelurahan", "span",
)  # fmt: skip
"""What a table without a row is known by."""


def joined(days: Sequence[Day]) -> Day:
    """Many days as one; the newest says until when it was looked at."""
    counted: dict[str, int] = {}
    for day in days:
        for one in day.excluded:
            counted[one.reason] = counted.get(one.reason, 0) + one.count
    return Day(
        tables=Lazy({kind: partial(_of_kind, days, kind) for kind in KINDS}),
        excluded=tuple(Excluded(reason, n) for reason, n in sorted(counted.items())),
    )


def octets_of(day: Day) -> int:
    """What a day holds in memory now, about: what nobody asked for is not there."""
    return sum(_octets(table) for table in held(day.tables).values())


def _of_kind(days: Sequence[Day], kind: str) -> Table:
    return _joined([day.tables[kind] for day in days], kind)


def _octets(table: Table) -> int:
    columns = [
        one for kind in (table.at, table.last, table.sources, table.late)
        for one in held(kind).values()
    ]  # fmt: skip
    labels = list(held(table.labels).values())
    columns += [table.over, table.gave_up, table.closed, table.by_call]
    texts = [table.keys, *(one.names for one in labels if isinstance(one.names, Texts))]
    octets = sum(one.nbytes for one in columns) + sum(one.codes.nbytes for one in labels)
    return octets + sum(one.held for one in texts)


def _joined(parts: Sequence[Table], kind: str) -> Table:
    given = [part for part in parts if part.size]
    if not given:
        return parts[-1] if parts else _nothing(kind)
    stamped = {clock for part in given for clock in part.at}
    stamped_last = {clock for part in given for clock in part.last}
    clocks = [clock for clock in Clock if clock in stamped]
    lasts = [clock for clock in Clock if clock in stamped_last]
    labels = sorted({label for part in given for label in part.labels})
    return Table(
        subject=given[0].subject,
        size=sum(part.size for part in given),
        at=Lazy({clock: partial(_moments, given, clock) for clock in clocks}),
        last=Lazy({clock: partial(_last, given, clock) for clock in lasts}),
        sources=Lazy({clock: partial(_sources, given, clock) for clock in clocks}),
        late=Lazy({clock: partial(_late, given, clock) for clock in clocks}),
        over=np.concatenate([part.over for part in given]),
        gave_up=np.concatenate([part.gave_up for part in given]),
        closed=np.concatenate([part.closed for part in given]),
        by_call=np.concatenate([part.by_call for part in given]),
        keys=Texts.together([part.keys for part in given]),
        labels=Lazy({label: partial(_label, given, label) for label in labels}),
        offset_s=given[-1].offset_s,
        until=max(part.until for part in given),
    )


def _moments(parts: Sequence[Table], clock: Clock) -> Whole:
    return np.concatenate([part.moments(clock) for part in parts])


def _last(parts: Sequence[Table], clock: Clock) -> Whole:
    return np.concatenate([part.moments(clock, last=True) for part in parts])


def _sources(parts: Sequence[Table], clock: Clock) -> Codes:
    return np.concatenate([part.source(clock) for part in parts])


def _late(parts: Sequence[Table], clock: Clock) -> Flags:
    return np.concatenate([part.is_late(clock) for part in parts])


def _label(parts: Sequence[Table], label: str) -> Column:
    columns = [part.labels.get(label) for part in parts]
    known = [column for column in columns if column is not None]
    if label in PER_ROW and len(known) == len(columns):
        return _side_by_side(known)
    every = {name for column in known for name in column.names}
    if len(known) < len(columns):
        every.add(UNKNOWN)
    names = tuple(sorted(every))
    place = {name: code for code, name in enumerate(names)}
    return Column(
        np.concatenate(
            [_codes(column, place, part.size) for column, part in zip(columns, parts, strict=True)]
        ),
        names,
    )


def _codes(column: Column | None, place: Mapping[str, int], size: int) -> NDArray[np.int32]:
    if column is None:
        return np.full(size, place[UNKNOWN], dtype=np.int32)
    return np.array([place[name] for name in column.names], dtype=np.int32)[column.codes]


def _side_by_side(columns: Sequence[Column]) -> Column:
    """Names of many days one after the other: looked up by row, never compared."""
    begins = np.cumsum([0, *(len(column.names) for column in columns)])
    return Column(
        np.concatenate(
            [column.codes + np.int32(b) for column, b in zip(columns, begins[:-1], strict=True)]
        ),
        Texts.together([column.names for column in columns]),
    )


def _nothing(kind: str) -> Table:
    kinds = {"call": Subject.CALL, "task": Subject.TASK, "work": Subject.WORK}
    subject = kinds.get(kind, Subject.WORK if kind in {"advice", "hours"} else Subject.INCIDENT)
    none = np.zeros(0, dtype=np.bool_)
    return Table(
        subject=subject,
        size=0,
        at={},
        over=none,
        gave_up=np.zeros(0, dtype=np.int64),
        closed=np.zeros(0, dtype=np.int64),
        by_call=none,
        labels={label: column_of(()) for label in LABELS},
        until=NEVER,
    )
