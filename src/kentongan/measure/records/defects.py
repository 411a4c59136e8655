"""The report of an import: which rows were dropped, what is wrong with others, and why.

Counts are exact. Single rows are listed up to `LISTED_MAX` for each reason, by their number in the
file, so that the other centre can look at them; every one of them is in the file that may be
written beside (`measure.records.defect_file`).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from kentongan.measure.records.defect_file import DefectFile
from kentongan.measure.statistics.arrays import Flags, Floats, Whole

LISTED_MAX: Final = 1_000
"""Rows listed under one reason and column."""

VALUE_CHARACTERS_MAX: Final = 60
"""Of a value that cannot be read, so much is shown."""


class Row(Struct, frozen=True):
    """One row with what was written there."""

    number: int
    value: str = ""


class Listed(Struct, frozen=True, kw_only=True):
    """All rows of one reason and column."""

    reason: str
    column: str
    count: int
    rows: tuple[Row, ...]


class CheckResult(Struct, frozen=True, kw_only=True):
    """A vendor's column against its own stamps. `agree` of `compared` rows are the same.

    Why the others are not: `near`, a second apart (the vendor's own rounding); `no_value`, less
    than nothing stands there (a mark); `turned`, the end stands before its start and the vendor
    writes something else; the rest is `apart`: stamps that were changed after the column was
    worked out, or an hour that came twice.
    """

    column: str
    start: str
    end: str
    compared: int
    agree: int
    differ: tuple[Row, ...]
    near: int = 0
    turned: int = 0
    no_value: int = 0

    @property
    def share(self) -> float:
        """Of the rows in which both stand."""
        return self.agree / self.compared if self.compared else 0.0

    @property
    def apart(self) -> int:
        """Rows that differ by more than rounding, both stamps in their order."""
        return self.compared - self.agree - self.near - self.turned - self.no_value


class ImportReport(Struct, frozen=True, kw_only=True):
    """What became of a file."""

    mapping: str
    rows: int
    kept: int
    dropped: tuple[Listed, ...]
    defects: tuple[Listed, ...]
    checks: tuple[CheckResult, ...]
    precision_s: float
    missing_columns: tuple[str, ...]


class Checked(Struct, kw_only=True):
    """A check while a file is read."""

    compared: int = 0
    agree: int = 0
    near: int = 0
    turned: int = 0
    no_value: int = 0
    differ: list[Row] = field(default_factory=list[Row])
    is_there: bool = False

    def add(self, said: Floats, ours: Whole | Floats, known: Flags, numbers: Whole) -> None:
        """Some rows: what the vendor says, what its stamps say, and where both are known."""
        same = known & (ours == said)
        left = known & ~same
        for name, is_so in (
            ("no_value", said < 0), ("turned", ours < 0), ("near", np.abs(ours - said) <= 1),
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) + int((left & is_so).sum()))
            left = left & ~is_so
        self.is_there = True
        self.compared += int(known.sum())
        self.agree += int(same.sum())
        room = LISTED_MAX - len(self.differ)
        self.differ += [
            Row(int(numbers[i]), f"{said[i]:g} instead of {ours[i]:g}")
            for i in np.flatnonzero(known & ~same)[:room].tolist()
        ]

    def result(self, column: str, start: str, end: str) -> CheckResult:
        """What came of it."""
        return CheckResult(
            column=column,
            start=start,
            end=end,
            compared=self.compared,
            agree=self.agree,
            differ=tuple(self.differ),
            near=self.near,
            turned=self.turned,
            no_value=self.no_value,
        )


class Tally(Struct, kw_only=True):
    """Counts while a file is read. `told` takes every row, `fate` is what became of them there."""

    fate: str = ""
    told: DefectFile | None = None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    rows: dict[tuple[str, str], list[Row]] = field(default_factory=dict[tuple[str, str], list[Row]])

    @property
    def most(self) -> int | None:
        """Of how many rows values are wanted: of all where every row is written, None."""
        return LISTED_MAX if self.told is None else None

    def notes(
        self,
        reason: str,
        column: str,
        numbers: Sequence[int] | NDArray[np.integer[Any]],
        values: Sequence[str] = (),
    ) -> None:
        """Some rows; `values` are what is written in the first of them."""
        if not len(numbers):
            return
        key = (reason, column)
        self.counts[key] += len(numbers)
        if self.told is not None:
            self.told.put(self.fate, reason, column, numbers, values)
        listed = self.rows.setdefault(key, [])
        room = LISTED_MAX - len(listed)
        for place, number in enumerate(numbers[:room]):
            value = values[place] if place < len(values) else ""
            listed.append(Row(int(number), value[:VALUE_CHARACTERS_MAX]))

    def add(
        self, reason: str, column: str, count: int, numbers: Sequence[int] | Whole = ()
    ) -> None:
        """Rows that the report lists by their count alone; `numbers` are theirs where they have
        any, or lines of the file."""
        if count:
            self.counts[reason, column] += count
            self.rows.setdefault((reason, column), [])
            if self.told is not None:
                self.told.put(self.fate, reason, column, numbers, ())

    def listed(self) -> tuple[Listed, ...]:
        """Everything, the most frequent first."""
        return tuple(
            Listed(reason=reason, column=column, count=n, rows=tuple(self.rows[reason, column]))
            for (reason, column), n in sorted(
                self.counts.items(), key=lambda one: (-one[1], one[0])
            )
        )
