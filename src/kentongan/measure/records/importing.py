"""Another centre's records as a table of stamps, with a report of what was dropped and why.

No figure is silent: a row without any moment, one that stands there twice, one with too many
columns, one of a kind that does not count, and every moment that cannot be read or cannot be, is
in the report with its number. What is negative, missing or rounded stays in and is marked later.
"""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct, field

from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Interval, Subject
from kentongan.measure.observations import NEVER, Column, column_of, time_labels
from kentongan.measure.records.columns import Columns
from kentongan.measure.records.defects import CheckResult, ImportReport, Row, Tally
from kentongan.measure.records.mapping import Mapping
from kentongan.measure.records.moments import DAY, MICRO, grid_of, offsets_of, read_numbers
from kentongan.measure.records.places import Places
from kentongan.measure.records.reading import Chunk, chunks
from kentongan.measure.stamps import TRUST, Source
from kentongan.measure.statistics.arrays import Whole
from kentongan.measure.tables import Table
from kentongan.measure.texts import Texts

LONG_DAYS: Final = 7
"""From the first stamp to the last of one row; longer is told as a defect."""

IMPORT: Final = TRUST[Source.IMPORT]


FOLLOWS: Final[dict[Clock, tuple[Clock, ...]]] = {
    Clock.ANSWER: (Clock.RING,),
    Clock.NOTIFIED: (Clock.ANSWER, Clock.RING),
    Clock.ASSIGNED: (Clock.NOTIFIED, Clock.ANSWER, Clock.RING),
    Clock.ACCEPTED: (Clock.ASSIGNED,),
    Clock.DEPARTED: (Clock.ASSIGNED,),
    Clock.ARRIVED: (Clock.DEPARTED, Clock.ASSIGNED, Clock.NOTIFIED, Clock.ANSWER, Clock.RING),
    Clock.HOSPITAL: (Clock.LEFT, Clock.ARRIVED),
    Clock.CLOSED: (Clock.ARRIVED, Clock.ASSIGNED, Clock.RING),
}
"""The step each follows from, the nearest one that a file has."""


class Imported(Struct, frozen=True):
    """The table and the report."""

    table: Table
    report: ImportReport


class _Built(Struct, kw_only=True):
    """What chunks have added so far."""

    at: dict[Clock, list[Whole]] = field(default_factory=dict[Clock, list[Whole]])
    labels: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    checks: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    keys: list[str] = field(default_factory=list[str])
    by_call: list[bool] = field(default_factory=list[bool])
    numbers: list[int] = field(default_factory=list[int])
    counts: list[bool] = field(default_factory=list[bool])
    seen: set[bytes] = field(default_factory=set[bytes])
    dropped: Tally = field(default_factory=Tally)
    defects: Tally = field(default_factory=Tally)
    rows: int = 0


def read_file(path: Path, mapping: Mapping) -> Imported:
    """Import a file; `ReadError` when it is none, `MappingError` when no clock is found in it."""
    return import_chunks(chunks(path, mapping.delimiter), mapping)


def import_chunks(pieces: Iterable[Chunk], mapping: Mapping) -> Imported:
    """Import rows that were read already."""
    built, missing = _Built(), ()
    for piece in pieces:
        places = Places(piece.header, mapping)
        missing = places.missing
        _take(piece, places, mapping, built)
    return _finish(built, mapping, missing)


def _take(piece: Chunk, places: Places, mapping: Mapping, built: _Built) -> None:
    built.rows += len(piece.rows) + len(piece.ragged)
    for number in piece.ragged:
        built.dropped.note("columns", "", number)
    built.defects.add("not_utf8", "", piece.other_encoding)
    rows, numbers, counts = _wanted(piece, places, mapping, built)
    if not rows:
        return
    at = Columns(rows, numbers, places, mapping, built.defects).moments()
    some = np.zeros(len(rows), dtype=np.bool_)
    for moments in at.values():
        some |= moments != NEVER
    for index in np.flatnonzero(~some & np.array(counts)):
        built.dropped.note("no_time", "", numbers[int(index)])
    built.counts.extend(np.array(counts)[some].tolist())
    keep = [int(i) for i in np.flatnonzero(some)]
    for clock, moments in at.items():
        built.at.setdefault(clock, []).append(moments[some])
    _describe([rows[i] for i in keep], [numbers[i] for i in keep], places, mapping, built)


def _wanted(
    piece: Chunk, places: Places, mapping: Mapping, built: _Built
) -> tuple[list[list[str]], list[int], list[bool]]:
    """Rows that are not there already word for word, and which of them no rule drops.

    A dropped row is looked at for defects like any other; it only enters no figure.
    """
    rules = [
        (place, {value.casefold() for value in rule.values}, rule)
        for rule in mapping.drop
        if (place := places.of((rule.column,))) is not None
    ]
    rows: list[list[str]] = []
    numbers: list[int] = []
    counts: list[bool] = []
    for row, number in zip(piece.rows, piece.numbers, strict=True):
        digest = blake2b("\x1f".join(row).encode(), digest_size=12).digest()
        if digest in built.seen:
            built.dropped.note("duplicate", "", number)
            continue
        built.seen.add(digest)
        rule = next((r for place, v, r in rules if row[place].strip().casefold() in v), None)
        if rule is not None:
            built.dropped.note(rule.reason, rule.column, number)
        counts.append(rule is None)
        rows.append(row)
        numbers.append(number)
    return rows, numbers, counts


def _describe(
    rows: list[list[str]],
    numbers: list[int],
    places: Places,
    mapping: Mapping,
    built: _Built,
) -> None:
    """Labels, key and the vendor's own columns of the rows that are kept."""
    built.numbers.extend(numbers)
    for label, given in mapping.labels.items():
        place = places.of((given,) if isinstance(given, str) else given)
        if place is not None:
            ours = mapping.values.get(label, {})
            said = [row[place].strip() for row in rows]
            built.labels.setdefault(label, []).extend(ours.get(word, word) for word in said)
    for check in mapping.check:
        place = places.of((check.column,))
        if place is not None:
            built.checks.setdefault(check.column, []).extend(row[place] for row in rows)
    names = (mapping.key,) if isinstance(mapping.key, str) else mapping.key
    place = places.of([name for name in names if name])
    built.keys.extend("" if place is None else row[place].strip() for row in rows)
    place = places.of((mapping.by_call,)) if mapping.by_call else None
    called = {value.casefold() for value in mapping.call_values}
    built.by_call.extend(place is None or row[place].strip().casefold() in called for row in rows)


def _finish(built: _Built, mapping: Mapping, missing: tuple[str, ...]) -> Imported:
    size = len(built.numbers)
    at = {clock: np.concatenate(parts) for clock, parts in built.at.items()}
    precision_s = mapping.precision_s or _precision(at)
    began = np.full(size, np.iinfo(np.int64).max)
    ended = np.full(size, NEVER)
    for moments in at.values():
        began = np.where(moments == NEVER, began, np.minimum(began, moments))
        ended = np.maximum(ended, moments)
    _tell_order(at, built)
    _tell_keys(built)
    for index in np.flatnonzero(ended - began > LONG_DAYS * DAY):
        built.defects.note("longer_than_7_days", "", built.numbers[int(index)])
    latest = np.iinfo(np.int64).max
    offsets = offsets_of(np.where(began == latest, NEVER, began), mapping.zone)
    offset_s = int(offsets[0]) if size else 0
    table = Table(
        subject=mapping.row,
        size=size,
        at=at,
        last={clock: at[clock] for clock in (Clock.ARRIVED, Clock.CLEAR) if clock in at},
        sources={clock: np.full(size, IMPORT, dtype=np.uint8) for clock in Clock},
        over=np.full(size, mapping.rows_are_over),
        gave_up=np.full(size, NEVER),
        closed=np.full(size, NEVER),
        by_call=np.array(built.by_call, dtype=np.bool_),
        keys=Texts.of(built.keys),
        labels=_labels(built, began // MICRO, offsets, size),
        precision_s=precision_s,
        offset_s=offset_s,
        until=int(ended.max()) if size else 0,
    )
    counts = np.array(built.counts, dtype=np.bool_)
    report = ImportReport(
        mapping=mapping.id,
        rows=built.rows,
        kept=int(counts.sum()),
        dropped=built.dropped.listed(),
        defects=built.defects.listed(),
        checks=tuple(_check(mapping, table, built)),
        precision_s=precision_s,
        missing_columns=missing,
    )
    return Imported(table.where(counts), report)


def _labels(built: _Built, began: Whole, offsets: Whole, size: int) -> dict[str, Column]:
    return {
        **time_labels(began, offsets),
        **{
            label: column_of(values)
            for label, values in built.labels.items()
            if len(values) == size
        },
    }


def _precision(at: dict[Clock, Whole]) -> float:
    """The grid of the coarsest column that starts or ends something; 1 s is as good as none."""
    return float(max((grid_of(moments) for moments in at.values()), default=1))


def _tell_order(at: dict[Clock, Whole], built: _Built) -> None:
    """Each stamp that precedes the step it follows from, and how often a clock has none."""
    for clock, befores in FOLLOWS.items():
        before = next((one for one in befores if one in at), None)
        if clock not in at or before is None:
            continue
        both = (at[before] != NEVER) & (at[clock] != NEVER)
        for index in np.flatnonzero(both & (at[clock] < at[before])):
            built.defects.note("before_the_step_before", str(clock), built.numbers[int(index)])
    for clock, moments in at.items():
        built.defects.add("not_written", str(clock), int((moments == NEVER).sum()))
    for clock in (Clock.CLEAR, Clock.RELEASED):
        if clock in at and Clock.ARRIVED in at:
            both = (at[clock] != NEVER) & (at[Clock.ARRIVED] != NEVER)
            for index in np.flatnonzero(both & (at[clock] < at[Clock.ARRIVED])):
                built.defects.note("clear_of_another_unit", str(clock), built.numbers[int(index)])


def _tell_keys(built: _Built) -> None:
    """Keys that several different rows share: an id that is none."""
    first: dict[str, int] = {}
    for index, key in enumerate(built.keys):
        if key and key in first:
            built.defects.note("key_shared", "", built.numbers[index], key)
        elif key:
            first[key] = index


def _check(mapping: Mapping, table: Table, built: _Built) -> Iterable[CheckResult]:
    for check in mapping.check:
        texts = built.checks.get(check.column)
        if texts is None:
            continue
        said, _ = read_numbers(["" if t.strip() in mapping.missing else t for t in texts])
        interval = Interval(
            check.column, Subject(mapping.row), Clock(check.start), Clock(check.end)
        )
        start, end = table.moments(interval.start), table.moments(interval.end)
        known = (start != NEVER) & (end != NEVER) & ~np.isnan(said)
        micros = np.where(known, end, 0) - np.where(known, start, 0)
        ours = (micros // MICRO) if check.floored else np.round(micros / MICRO)
        same = known & (ours == said)
        differ = [
            Row(built.numbers[int(i)], f"{said[i]:g} instead of {ours[i]:g}")
            for i in np.flatnonzero(known & ~same)[:1_000]
        ]
        yield CheckResult(
            column=check.column,
            start=check.start,
            end=check.end,
            compared=int(known.sum()),
            agree=int(same.sum()),
            differ=tuple(differ),
        )
