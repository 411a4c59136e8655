"""The cases of a span of days: out of the files of months, and of the days written since.

A month's file is made by the process that writes the days, once so many days of it are not in it;
whoever reads takes each day from there when it is of the same version, else from its own file.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final

from kentongan.measure.day_tables import Day, from_bytes
from kentongan.measure.joining import joined, octets_of
from kentongan.measure.month_file import MonthFile, month_octets
from kentongan.serve.kept import Kept

DAYS_OCTETS: Final = 64_000_000
"""Days kept in memory that are in no month's file: those of some weeks of a large city."""

STALE_DAYS: Final = 5
"""A month's file is made anew when more days than this are not in it as they are."""

Versions = Mapping[date, int]


class DayColumns:
    """Reads spans of one folder of days; used on one thread."""

    def __init__(self, path_of: Callable[[date], Path]) -> None:
        """`path_of` names a day's own file."""
        self._path_of = path_of
        self._days: Kept[Day] = Kept(DAYS_OCTETS, octets_of)
        self._months: dict[Path, tuple[int, MonthFile | None]] = {}

    def between(self, versions: Versions, start: date, end: date) -> Day:
        """The cases of [start, end) of the days that there are, columns made when asked for."""
        parts: list[Day] = []
        wanted = sorted(day for day in versions if start <= day < end)
        for _, days in groupby(wanted, key=lambda day: (day.year, day.month)):
            parts.extend(self._of_month(list(days), versions))
        self._days.shrink()
        return joined(parts)

    def _of_month(self, days: Sequence[date], versions: Versions) -> list[Day]:
        month = self._month(month_path(self._path_of(days[0])))
        parts: list[Day] = []
        for place, run in groupby(enumerate(days), lambda one: _place(month, *one, versions)):
            found = [day for _, day in run]
            if place is not None and month is not None:
                parts.append(month.days(str(found[0]), str(found[-1])))
            else:
                loaded = (self._day(day, versions[day]) for day in found)
                parts.extend(day for day in loaded if day is not None)
        return parts

    def _month(self, path: Path) -> MonthFile | None:
        try:
            version = path.stat().st_mtime_ns
        except OSError:
            self._months.pop(path, None)
            return None
        if self._months.get(path, (0, None))[0] != version:
            self._months[path] = (version, _opened(path))
        return self._months[path][1]

    def _day(self, day: date, version: int) -> Day | None:
        found = self._days.get((day, version))
        if found is not None:
            return found
        try:
            return self._days.put((day, version), from_bytes(self._path_of(day).read_bytes()))
        except (OSError, ValueError):
            return None  # made anew at this moment, or of another version: the next look has it


def _place(month: MonthFile | None, number: int, day: date, versions: Versions) -> int | None:
    """The same for days that stand side by side in the month's file; None for one that is not."""
    if month is None or month.versions.get(str(day)) != versions[day]:
        return None
    return month.order[str(day)] - number


def month_path(day_path: Path) -> Path:
    """The file of the month of a day's file: `2026/11-03.bin` is in `2026/11.month`."""
    return day_path.with_name(f"{day_path.name[:2]}.month")


def renew_months(
    path_of: Callable[[date], Path], versions: Versions, write: Callable[[Path, bytes], None]
) -> int:
    """Make the files of the months of which too many days are not in theirs; how many were."""
    count = 0
    for _, group in groupby(sorted(versions), key=lambda day: (day.year, day.month)):
        days = list(group)
        path = month_path(path_of(days[0]))
        opened = _opened(path)
        known: Mapping[str, int] = {} if opened is None else opened.versions
        if sum(known.get(str(day)) != versions[day] for day in days) > STALE_DAYS:
            write(path, month_octets(list(_loaded(path_of, days, versions))))
            count += 1
    return count


def _loaded(
    path_of: Callable[[date], Path], days: Sequence[date], versions: Versions
) -> list[tuple[str, int, Day]]:
    found: list[tuple[str, int, Day]] = []
    for day in days:
        try:
            found.append((str(day), versions[day], from_bytes(path_of(day).read_bytes())))
        except (OSError, ValueError):
            continue  # of another version: it is made anew with the journal
    return found


def _opened(path: Path) -> MonthFile | None:
    try:
        return MonthFile(path)
    except (OSError, ValueError):
        return None
