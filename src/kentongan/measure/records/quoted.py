"""Rows of text lines with quotation marks, as `csv` parts them, and marks that nobody closed.

To `csv` all that follows an open mark is one field, up to the next mark wherever that stands: two
stray marks would take thousands of rows along, and no column would be missing. So a row runs over
a few lines only where it is properly quoted. Elsewhere its first line is read as it stands, the
mark a character, and the next line begins a row.
"""

import csv
from collections import deque
from collections.abc import Iterator
from typing import Final

JOINED_LINES_MAX: Final = 200
JOINED_CHARACTERS_MAX: Final = 65_536
"""Over so much a quoted field may run; a longer one was never closed."""

TELLING_SIGNS: Final = 3
"""Lines with so many delimiters each, just as many as a row has, are rows: no text within quotation
marks looks so in most of its lines."""

TELLING_LINES: Final = 3
"""So many lines that all look like rows are rows, however few columns a row has."""


class _UnclosedError(Exception):
    """A quotation mark is open and nothing closes it soon."""


class Quoted:
    """The rows of lines. `unclosed` are the numbers of rows with a mark that is not closed,
    `joined` those of rows over several lines, as far as was read."""

    def __init__(self, lines: Iterator[str], sign: str, width: int | None, number: int) -> None:
        """`width` is the header's, or None where that is the first row; `number` the first's."""
        self._feed, self._sign, self._width = _Feed(lines), sign, width
        self._number = number
        self.unclosed: list[int] = []
        self.joined: list[int] = []

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row with its number. `csv.Error` for what `csv` refuses."""
        while True:
            try:
                yield from self._proper_rows()
            except _UnclosedError:
                self.unclosed.append(self._number)
                yield self._numbered(self._as_it_stands())
            else:
                return

    def _proper_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows up to one that is not properly quoted, of which the lines are still in hand."""
        held = self._feed.held
        for row in csv.reader(self._feed, delimiter=self._sign):
            if len(held) > 1:
                if not self._is_proper(row, held):
                    raise _UnclosedError
                self.joined.append(self._number)
            held.clear()
            yield self._numbered(row)

    def _numbered(self, row: list[str]) -> tuple[int, list[str]]:
        if self._width is None:
            self._width = len(row)
        self._number += 1
        return self._number - 1, row

    def _is_proper(self, row: list[str], lines: list[str]) -> bool:
        """Whether these lines are one row: as wide as the header, no letter behind a closing mark,
        and the lines are not rows themselves."""
        width = self._width
        if width is not None and (len(row) != width or self._are_rows(lines, width - 1)):
            return False
        try:
            return next(csv.reader(lines, delimiter=self._sign, strict=True)) == row
        except csv.Error:
            return False

    def _are_rows(self, lines: list[str], signs: int) -> bool:
        """Whether they have as many delimiters as a row: most of them where so many tell, else
        every one. The first and the last, in which the marks stand, may have another within the
        field, so that they tell only where there are no others."""
        told = lines[1:-1] or lines
        alike = sum(line.count(self._sign) == signs for line in told)
        if signs >= TELLING_SIGNS and len(lines) > 2:
            return 2 * alike > len(told)
        is_telling = signs >= TELLING_SIGNS or (signs > 0 and len(lines) - 2 >= TELLING_LINES)
        return is_telling and alike == len(told)

    def _as_it_stands(self) -> list[str]:
        """The first line in hand, its open mark a character; the other lines are given back."""
        line = self._feed.first().rstrip("\r\n")
        fields = next(csv.reader([line + '"'], delimiter=self._sign))
        return [*fields[:-1], *f'"{fields[-1]}'.split(self._sign)]


class _Feed:
    """Lines for `csv`; those of the row that it is at are `held`."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again = deque[str]()
        self.held: list[str] = []

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        held = self.held
        # Within a row `csv` asks for another line only while a mark is open.
        if held and (len(held) >= JOINED_LINES_MAX or sum(map(len, held)) >= JOINED_CHARACTERS_MAX):
            raise _UnclosedError
        line = self._again.popleft() if self._again else next(self._lines, None)
        if line is None:
            if held:
                raise _UnclosedError
            raise StopIteration
        held.append(line)
        return line

    def first(self) -> str:
        """The first line that is held; the others come once more."""
        first, *others = self.held
        self._again.extendleft(reversed(others))
        self.held.clear()
        return first
