"""Another centre's records as a table of stamps, with a report of what was dropped and why.

No figure is silent: a row without any moment, one that stands there twice, one with too many
columns, one of a kind that does not count, and every moment that cannot be read or cannot be, is
in the report with its number. What is negative, missing or rounded stays in and is marked later.

A file is read twice, once to find what stands in it twice: so memory depends neither on its rows
nor on how many of them are alike. A short one is held and read once.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Interval, Subject
from kentongan.measure.observations import NEVER
from kentongan.measure.records.amounts import read_numbers
from kentongan.measure.records.building import Building, Moments
from kentongan.measure.records.columns import Columns
from kentongan.measure.records.date_order import DateOrder
from kentongan.measure.records.defect_file import DefectFile
from kentongan.measure.records.defects import (
    Checked,
    CheckResult,
    ImportReport,
    Tally,
)
from kentongan.measure.records.growing import TEXT_OCTETS_MAX, Growing, GrowingTexts
from kentongan.measure.records.mapping import Check, Mapping
from kentongan.measure.records.moments import DAY, MICRO
from kentongan.measure.records.places import Places
from kentongan.measure.records.points import parted, read_point
from kentongan.measure.records.reading import Chunk, ReadError, chunks
from kentongan.measure.records.repeats import Repeats, flags_of
from kentongan.measure.statistics.arrays import Flags, Whole
from kentongan.measure.tables import Table

LONG_DAYS: Final = 7
"""From the first stamp to the last of one row; longer is told as a defect."""

HELD_ROWS: Final = 100_000
"""A file of so many rows at most is held in memory and read once."""

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

DOUBTFUL: Final[dict[Clock, tuple[str, Clock, int | None]]] = {
    Clock.DEPARTED: ("no_turnout", Clock.ASSIGNED, None),
    Clock.ASSIGNED: ("waited_over_an_hour", Clock.NOTIFIED, 3_600 * MICRO),
}
"""What may be meant and still makes a figure mean something else: departed in the moment of the
assignment (None: it took no time at all), assigned more than so long after the notification."""


class Imported(Struct, frozen=True):
    """The table, the report, and the mapping with the one order of dates that the file has."""

    table: Table
    report: ImportReport
    mapping: Mapping


def read_file(path: Path, mapping: Mapping, told: DefectFile | None = None) -> Imported:
    """Import a file; `ReadError` when it is none, `MappingError` when no clock is found in it.

    Every row that is dropped or doubted goes into `told`.
    """
    return import_chunks(lambda: chunks(path, mapping.delimiter), mapping, told)


def import_chunks(
    read: Callable[[], Iterable[Chunk]], mapping: Mapping, told: DefectFile | None = None
) -> Imported:
    """Import the rows that `read` gives, which is asked twice when they are many."""
    order = DateOrder(mapping)
    repeats, rows, held = _first_reading(read(), order)
    reading = _Import(order.mapping(), flags_of(repeats.rows(), rows), told)
    return reading.of(held or read(), order)


def _first_reading(pieces: Iterable[Chunk], order: DateOrder) -> tuple[Repeats, int, list[Chunk]]:
    """What stands there twice, the number of the last row, and all rows unless they are many."""
    repeats, last, held, is_held = Repeats(), 1, list[Chunk](), True
    for piece in pieces:
        order.add(piece)
        repeats.add(piece.said(), piece.numbers)
        last = max([last, *piece.numbers[-1:], *piece.ragged[-1:], *piece.empty[-1:]])
        held.append(piece)
        is_held = is_held and last <= HELD_ROWS
        if not is_held:
            held.clear()
    return repeats, last, held


class _Import:
    """One import: pieces of a file in, table and report out."""

    def __init__(self, mapping: Mapping, is_repeat: Flags, told: DefectFile | None) -> None:
        self._mapping, self._is_repeat, self._told = mapping, is_repeat, told
        self._building = Building(mapping)
        self._dropped = Tally(fate="dropped", told=told)
        self._defects = Tally(fate="marked", told=told)
        self._checked = {check.column: Checked() for check in mapping.check}
        self._shared = Repeats()
        self._keys, self._numbers = GrowingTexts(), Growing(np.int32)
        self._rows = self._kept = 0

    def of(self, pieces: Iterable[Chunk], order: DateOrder) -> Imported:
        """The whole file."""
        missing: tuple[str, ...] = ()
        order.tell(self._defects)
        for count, piece in enumerate(pieces):
            places = Places(piece.header, self._mapping)
            missing = places.missing
            for name in () if count else places.twice:
                self._defects.notes("column_twice", name, [1])
            self._take(piece, places)
        self._tell_keys()
        report = ImportReport(
            mapping=self._mapping.id,
            rows=self._rows,
            kept=self._kept,
            dropped=self._dropped.listed(),
            defects=self._defects.listed(),
            checks=tuple(self._results()),
            precision_s=self._building.precision_s,
            missing_columns=missing,
        )
        return Imported(self._building.table(), report, self._mapping)

    def _take(self, piece: Chunk, places: Places) -> None:
        self._rows += len(piece.rows) + len(piece.ragged) + len(piece.empty)
        self._dropped.notes("columns", "", piece.ragged)
        self._dropped.notes("empty", "", piece.empty)
        self._defects.notes("quotation_open", "", piece.unclosed)
        self._defects.notes("several_lines", "", piece.joined)
        self._defects.add("not_utf8", "", len(piece.other_lines), piece.other_lines)
        rows, numbers, counts = self._wanted(piece, places)
        if not rows:
            return
        at = Columns(rows, numbers.tolist(), places, self._mapping, self._defects).moments()
        some = np.any([moments != NEVER for moments in at.values()], axis=0)
        self._dropped.notes("no_time", "", numbers[~some & counts])
        if not some.any():
            return
        at = {clock: moments[some] for clock, moments in at.items()}
        kept = [rows[place] for place in np.flatnonzero(some)]
        self._add(at, kept, numbers[some], counts[some], places)

    def _wanted(self, piece: Chunk, places: Places) -> tuple[list[list[str]], Whole, Flags]:
        """Rows that are not there already word for word, and which of them no rule drops.

        A dropped row is looked at for defects like any other; it only enters no figure.
        """
        given = np.array(piece.numbers, dtype=np.int64)
        if len(given) and given[-1] >= len(self._is_repeat):
            raise ReadError("the file grew while it was read")
        again = self._is_repeat[given]
        self._dropped.notes("duplicate", "", given[again])
        numbers = given[~again]
        rows = [piece.rows[place] for place in np.flatnonzero(~again).tolist()]
        counts = np.ones(len(rows), dtype=np.bool_)
        for rule in self._mapping.drop:
            place = places.of((rule.column,))
            if place is None:
                continue
            values = {value.casefold() for value in rule.values}
            says = [row[place].strip().casefold() in values for row in rows]
            by_rule = np.array(says, dtype=np.bool_) & counts
            said = self._raw(rows, place, by_rule)
            self._dropped.notes(rule.reason, rule.column, numbers[by_rule], said)
            counts &= ~by_rule
        return rows, numbers, counts

    def _add(
        self, at: Moments, rows: list[list[str]], numbers: Whole, counts: Flags, places: Places
    ) -> None:
        """Rows with a moment: into the table what counts, into the report what is wrong."""
        lasted = self._building.add_moments(at, counts)
        self._defects.notes("longer_than_7_days", "", numbers[lasted > LONG_DAYS * DAY])
        self._tell_order(at, rows, numbers, places)
        for check in self._mapping.check:
            place = places.of((check.column,))
            if place is not None:
                said = [row[place].strip() for row in rows]
                nothing = self._mapping.missing
                self._check(check, ["" if t in nothing else t for t in said], at, numbers)
        self._describe(rows, numbers, counts, places)
        self._kept += int(counts.sum())

    def _describe(
        self, rows: list[list[str]], numbers: Whole, counts: Flags, places: Places
    ) -> None:
        """Labels and key of the rows, and who telephoned."""
        mapping, counted = self._mapping, np.flatnonzero(counts).tolist()
        for label, given in mapping.labels.items():
            place = places.of((given,) if isinstance(given, str) else given)
            if place is not None:
                ours = mapping.values.get(label, {})
                said = [rows[row][place].strip() for row in counted]
                self._building.add_label(label, [ours.get(word, word) for word in said])
        self._locate(rows, numbers, counts, places)
        names = (mapping.key,) if isinstance(mapping.key, str) else mapping.key
        place = places.of([name for name in names if name])
        keys = [""] * len(rows) if place is None else [row[place].strip() for row in rows]
        named = [row for row, key in enumerate(keys) if key]
        self._shared.add((keys[row] for row in named), numbers[named])
        self._keys.add([keys[row] for row in named])
        self._numbers.add(numbers[named])
        place = places.of((mapping.by_call,)) if mapping.by_call else None
        called = {value.casefold() for value in mapping.call_values}
        by_call = [place is None or row[place].strip().casefold() in called for row in rows]
        self._building.add_keys(
            [keys[row] for row in counted], np.array(by_call, dtype=np.bool_)[counts]
        )
        long = [row for row in named if len(keys[row].encode()) > TEXT_OCTETS_MAX]
        self._defects.notes("key_cut_off", "", numbers[long], [keys[row] for row in long])

    def _locate(self, rows: list[list[str]], numbers: Whole, counts: Flags, places: Places) -> None:
        """Where each row was, as a cell of about 110 m; what is wrong with it goes into the report
        as it was written."""
        if not places.point:
            return
        nothing = self._mapping.missing
        written = [
            ["" if (text := row[place].strip()) in nothing else text for place in places.point]
            for row in rows
        ]
        halves = [parted(said[0]) if len(said) == 1 else (said[0], said[1]) for said in written]
        found = [read_point(*one) for one in halves]
        counted = np.flatnonzero(counts).tolist()
        self._building.add_label("cell", [found[row].cell for row in counted])
        for mark in sorted({mark for point in found for mark in point.marks}):
            marked = [row for row, point in enumerate(found) if mark in point.marks]
            said = [" ".join(filter(None, written[row])) for row in marked[: self._defects.most]]
            self._defects.notes(mark, "place", numbers[marked], said)

    def _check(self, check: Check, texts: list[str], at: Moments, numbers: Whole) -> None:
        said, _ = read_numbers(texts)
        interval = Interval(
            check.column, Subject(self._mapping.row), Clock(check.start), Clock(check.end)
        )
        nothing = np.full(len(numbers), NEVER)
        start, end = at.get(interval.start, nothing), at.get(interval.end, nothing)
        known = (start != NEVER) & (end != NEVER) & ~np.isnan(said)
        micros = np.where(known, end, 0) - np.where(known, start, 0)
        ours = (micros // MICRO) if check.floored else np.round(micros / MICRO)
        self._checked[check.column].add(said, ours, known, numbers)
        if self._told is not None:
            differs = np.flatnonzero(known & (ours != said))
            written = [texts[row] for row in differs]
            self._told.put("marked", "differs", check.column, numbers[differs], written)

    def _tell_order(
        self, at: Moments, rows: list[list[str]], numbers: Whole, places: Places
    ) -> None:
        """Each stamp that precedes the step it follows from, and which clocks have none."""
        for clock, befores in FOLLOWS.items():
            before = next((one for one in befores if one in at), None)
            if clock in at and before is not None:
                wrong = _sooner(at, clock, before)
                said = self._raw(rows, places.clocks[clock], wrong)
                self._defects.notes("before_the_step_before", str(clock), numbers[wrong], said)
        for clock, moments in at.items():
            none = moments == NEVER
            self._defects.add("not_written", str(clock), int(none.sum()), numbers[none])
        for clock, (reason, before, longest) in DOUBTFUL.items():
            if clock in at and before in at:
                took = np.where(at[before] == NEVER, -1, at[clock] - at[before])
                is_so = (took == 0) if longest is None else (took > longest)
                is_so &= at[clock] != NEVER
                said = self._raw(rows, places.clocks[clock], is_so)
                self._defects.notes(reason, str(clock), numbers[is_so], said)
        for clock in (Clock.CLEAR, Clock.RELEASED):
            if clock in at and Clock.ARRIVED in at:
                other = _sooner(at, clock, Clock.ARRIVED)
                said = self._raw(rows, places.clocks[clock], other)
                self._defects.notes("clear_of_another_unit", str(clock), numbers[other], said)

    def _raw(self, rows: list[list[str]], place: int | None, where: Flags) -> list[str]:
        """What stands there, for the file of every row; the report lists these without it."""
        if self._told is None or place is None:
            return []
        return [rows[row][place] for row in np.flatnonzero(where)]

    def _results(self) -> Iterator[CheckResult]:
        for check in self._mapping.check:
            checked = self._checked[check.column]
            if checked.is_there:
                yield checked.result(check.column, check.start, check.end)

    def _tell_keys(self) -> None:
        """Keys that several different rows share: an id that is none."""
        shared = self._shared.rows()
        numbers, keys = self._numbers.whole(), self._keys.texts()
        places = np.searchsorted(numbers, shared[: self._defects.most])
        listed = [keys[int(place)] for place in places]
        self._defects.notes("key_shared", "", shared, listed)


def _sooner(at: Moments, clock: Clock, other: Clock) -> Flags:
    both = (at[clock] != NEVER) & (at[other] != NEVER)
    return both & (at[clock] < at[other])
