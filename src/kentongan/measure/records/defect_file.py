"""Every row that an import dropped or doubted, as CSV: one line each, written as it is found.

Nothing is kept in memory. Lines come in the order in which pieces of the file are read, of one
piece by reason; a row with three defects has three lines. What a spreadsheet would take for a
formula is written with an apostrophe before it.
"""

import csv
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np
from numpy.typing import NDArray

from kentongan.measure.records.bins import LineAnswers

HEADER: Final = ("row", "fate", "reason", "column", "value")

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What begins a formula in a spreadsheet."""

LINES_EACH: Final = 50_000
"""Lines made at a time."""


class DefectFile:
    """The file; `lines` are written so far. `OSError` when it cannot be."""

    def __init__(self, file: TextIO, lines_max: int | None = None) -> None:
        """Beyond `lines_max` one more line says that there are more."""
        self._csv = csv.writer(file, lineterminator="\r\n")
        self._csv.writerow(HEADER)
        self._max = lines_max
        self.lines = 0

    def put(
        self,
        fate: str,
        reason: str,
        column: str,
        numbers: Sequence[int] | NDArray[np.integer[Any]],
        values: Sequence[str],
    ) -> None:
        """Some rows; `values` are what stands in the first of them, as it was written."""
        for begin in range(0, len(numbers), LINES_EACH):
            if self._max is not None and self.lines >= self._max:
                return
            some = [int(number) for number in numbers[begin : begin + LINES_EACH]]
            if self._max is not None:
                some = some[: self._max - self.lines]
            said = [*values[begin : begin + len(some)]]
            said += [""] * (len(some) - len(said))
            self._csv.writerows(
                (number, fate, reason, column, _plain(value))
                for number, value in zip(some, said, strict=True)
            )
            self.lines += len(some)
            if self.lines == self._max:
                self._csv.writerow(("", "", "more", "", ""))


@contextmanager
def defect_file(path: Path | None, lines_max: int | None = None) -> Generator[DefectFile | None]:
    """The file there, or none where nobody wants one; what was there is replaced."""
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        yield DefectFile(file, lines_max)


def tell_lines(lines: Iterable[LineAnswers], told: DefectFile | None) -> None:
    """Hours of answer times that cannot be read, or whose counts do not add up."""
    if told is None:
        return
    for one in lines:
        told.put("dropped", "unreadable", one.line, one.unreadable, ())
        told.put("marked", "unbalanced", one.line, one.unbalanced, ())


def _plain(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value
