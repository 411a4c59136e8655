"""One piece of a file: each clock's column read in the form it is written in, to UTC.

What cannot be read, or cannot be, is noted with its row and becomes a stamp that is missing.
"""

from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from kentongan.measure.clocks import Clock
from kentongan.measure.observations import NEVER
from kentongan.measure.records.amounts import read_durations, read_numbers
from kentongan.measure.records.defects import Tally
from kentongan.measure.records.mapping import ClockColumn, Form, Mapping, MappingError
from kentongan.measure.records.moments import (
    DAY,
    EARLIEST,
    EXCEL_DAYS_MAX,
    EXCEL_ORIGIN,
    LATEST,
    MICRO,
    SECONDS_OF_DAY_MAX,
    ambiguous,
    offsets_of,
    read_stamps,
    read_times,
    roll,
    to_utc,
)
from kentongan.measure.records.places import Places
from kentongan.measure.statistics.arrays import Flags, Floats, Whole

UTC: Final = ZoneInfo("UTC")


class Columns:
    """The clocks of some rows, in the order in which the mapping names them."""

    def __init__(
        self,
        rows: list[list[str]],
        numbers: list[int],
        places: Places,
        mapping: Mapping,
        defects: Tally,
    ) -> None:
        self._rows, self._numbers, self._places = rows, numbers, places
        self._mapping, self._defects = mapping, defects
        self._found: dict[Clock, Whole] = {}
        self._before: Whole | None = None

    def moments(self) -> dict[Clock, Whole]:
        """Each clock's moments, microseconds since 1970 (UTC)."""
        for key, column in self._mapping.clocks.items():
            place = self._places.clocks[key]
            if place is None:
                continue
            nothing = self._mapping.missing
            texts = ["" if (t := row[place].strip()) in nothing else t for row in self._rows]
            moments = self._read(key, column, texts)
            impossible = (moments != NEVER) & ((moments < EARLIEST) | (moments > LATEST))
            self._tell("impossible", key, impossible, texts)
            moments[impossible] = NEVER
            self._found[Clock(key)] = moments
            if column.form in {Form.TIME, Form.STAMP, Form.SECONDS}:
                before = self._before
                known = moments != NEVER
                self._before = moments if before is None else np.where(known, moments, before)
        return self._found

    def _read(self, key: str, column: ClockColumn, texts: list[str]) -> Whole:
        match column.form:
            case Form.STAMP:
                return self._stamps(key, texts)
            case Form.TIME:
                times, bad = read_times(texts)
                self._tell("unreadable", key, bad, texts)
                return self._utc(roll(self._days(key, column), times, self._local()))
            case Form.SECONDS:
                return self._seconds(key, column, texts)
            case Form.EXCEL:
                return self._days_or_stamps(key, texts)
            case Form.EPOCH:
                numbers = self._numbers_of(key, texts)
                known = np.abs(numbers) <= LATEST
                at = np.full(len(texts), NEVER)
                at[known] = _micros(numbers[known])
                return at
            case Form.AFTER:
                return self._after(key, column, texts)

    def _days_or_stamps(self, key: str, texts: list[str]) -> Whole:
        """Numbers of days; a workbook whose cells have the style of a date gives ISO 8601."""
        is_stamp = [text[4:5] == "-" for text in texts]
        at = self._stamps(key, [t if w else "" for t, w in zip(texts, is_stamp, strict=True)])
        plain = ["" if w else t for t, w in zip(texts, is_stamp, strict=True)]
        numbers = self._numbers_of(key, plain)
        known = np.abs(numbers) < EXCEL_DAYS_MAX
        local = np.full(len(texts), NEVER)
        local[known] = EXCEL_ORIGIN + _micros(np.round(numbers[known] * 86_400))
        return np.where(known, self._utc(local), at)

    def _seconds(self, key: str, column: ClockColumn, texts: list[str]) -> Whole:
        numbers = self._numbers_of(key, texts)
        wrong = (numbers < 0) | (numbers > SECONDS_OF_DAY_MAX)
        self._tell("impossible", key, wrong, texts)
        day = self._days(key, column)
        times = np.full(len(texts), NEVER)
        known = ~np.isnan(numbers) & ~wrong
        times[known] = _micros(numbers[known])
        return self._utc(roll(day, times, self._local()))

    def _stamps(self, key: str, texts: list[str]) -> Whole:
        read = read_stamps(texts, self._mapping.formats, self._mapping.zone)
        self._tell("unreadable", key, read.unreadable, texts)
        self._tell("leap_second", key, read.leap & (read.at != NEVER), texts)
        self._tell("ambiguous_hour", key, ambiguous(read.at, self._mapping.zone), texts)
        return read.at

    def _after(self, key: str, column: ClockColumn, texts: list[str]) -> Whole:
        durations, bad = read_durations(texts)
        self._tell("unreadable", key, bad, texts)
        start = self._found.get(Clock(column.of))
        at = np.full(len(texts), NEVER)
        if start is None:
            return at
        known = (start != NEVER) & (np.abs(durations) < LATEST // MICRO)
        at[known] = start[known] + _micros(durations[known])
        return at

    def _numbers_of(self, key: str, texts: list[str]) -> Floats:
        numbers, bad = read_numbers(texts)
        self._tell("unreadable", key, bad, texts)
        return numbers

    def _days(self, key: str, column: ClockColumn) -> Whole:
        place = self._places.of(column.dates)
        if place is None:
            raise MappingError(f"{self._mapping.id}: {key}: no column {' or '.join(column.dates)}")
        texts = [row[place].strip() for row in self._rows]
        read = read_stamps(texts, self._mapping.formats, UTC)
        self._tell("unreadable", key, read.unreadable, texts)
        return np.where(read.at == NEVER, NEVER, read.at // DAY * DAY)

    def _local(self) -> Whole | None:
        """The step before as the wall clock showed it."""
        if self._before is None:
            return None
        ahead = offsets_of(self._before, self._mapping.zone) * MICRO
        return np.where(self._before == NEVER, NEVER, self._before + ahead)

    def _utc(self, local: Whole) -> Whole:
        known = local != NEVER
        at = local.copy()
        at[known] = to_utc(local[known], self._mapping.zone)
        return at

    def _tell(self, reason: str, key: str, where: Flags, texts: list[str]) -> None:
        found = np.flatnonzero(where).tolist()
        listed = [texts[index] for index in found[: self._defects.most]]
        self._defects.notes(reason, key, [self._numbers[index] for index in found], listed)


def _micros(seconds: Floats) -> Whole:
    return np.round(seconds * MICRO).astype(np.int64)
