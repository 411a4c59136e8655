"""The report of an import: which rows were dropped, what is wrong with others, and why.

Counts are exact. Single rows are listed up to `LISTED_MAX` for each reason, by their number in the
file, so that the other centre can look at them.
"""

from collections import Counter
from typing import Final

from msgspec import Struct, field

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
    """A vendor's column against its own stamps. `agree` of `compared` rows are the same."""

    column: str
    start: str
    end: str
    compared: int
    agree: int
    differ: tuple[Row, ...]

    @property
    def share(self) -> float:
        """Of the rows in which both stand."""
        return self.agree / self.compared if self.compared else 0.0


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


class Tally(Struct, kw_only=True):
    """Counts while a file is read."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    rows: dict[tuple[str, str], list[Row]] = field(default_factory=dict[tuple[str, str], list[Row]])

    def note(self, reason: str, column: str, number: int, value: str = "") -> None:
        """One row."""
        key = (reason, column)
        self.counts[key] += 1
        listed = self.rows.setdefault(key, [])
        if len(listed) < LISTED_MAX:
            listed.append(Row(number, value[:VALUE_CHARACTERS_MAX]))

    def add(self, reason: str, column: str, count: int) -> None:
        """Rows that have no number of their own."""
        if count:
            self.counts[reason, column] += count
            self.rows.setdefault((reason, column), [])

    def listed(self) -> tuple[Listed, ...]:
        """Everything, the most frequent first."""
        return tuple(
            Listed(reason=reason, column=column, count=n, rows=tuple(self.rows[reason, column]))
            for (reason, column), n in sorted(
                self.counts.items(), key=lambda one: (-one[1], one[0])
            )
        )
