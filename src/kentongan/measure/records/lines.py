"""A text file block by block, and rows that stay lines until somebody asks for their columns.

A large file is read twice and most of it stands there without a quotation mark. Then a line is a
row: whether another one says the same is seen without parting it, and a row that stands there
twice is never parted. From the first block with a quotation mark on the file is for `csv`.
"""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import IO, Final, overload

BLOCK_OCTETS: Final = 500_000
"""Octets decoded at a time, and the rest of the line that they end in."""

PLAIN_CHARACTERS_MAX: Final = 1_000_000
"""A longer block has a line that only `csv` may judge: its limit of a field is as long."""

PARTED: Final = "\x1f"
"""What parts the columns of a row where rows are held against each other."""

MARK: Final = "\ufeff"


class Lines:
    """A file's text, each line by the encoding it is in; nulls and byte-order marks are left out.

    `other` are the lines that are no UTF-8, as far as was read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._line = 0
        self.other: list[int] = []

    def texts(self) -> Iterator[str]:
        """Whole lines, many at a time."""
        with gzip.open(self._path) if self._path.suffix == ".gz" else self._path.open("rb") as file:
            for block in _blocks(file):
                yield self._decoded(block)

    def _decoded(self, block: bytes) -> str:
        if b"\x00" not in block and MARK.encode() not in block:
            with suppress(UnicodeDecodeError):
                text = block.decode()
                self._line += block.count(b"\n")
                return text
        return "".join(self._text(line) for line in BytesIO(block))

    def _text(self, raw: bytes) -> str:
        self._line += 1
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            self.other.append(self._line)
            text = raw.decode("cp1252", errors="replace")
        return text.removeprefix(MARK).replace("\x00", "")


class Rows(Sequence[list[str]]):
    """Rows as the lines they are."""

    __slots__ = ("_lines", "_sign")

    def __init__(self, lines: list[str], sign: str) -> None:
        """`sign` parts the columns."""
        self._lines, self._sign = lines, sign

    def said(self) -> Iterator[str]:
        """Each row as one text, whatever sign parts its columns."""
        return (line.replace(self._sign, PARTED) for line in self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[list[str]]:
        return (line.split(self._sign) for line in self._lines)

    @overload
    def __getitem__(self, place: int) -> list[str]: ...
    @overload
    def __getitem__(self, place: slice) -> "Rows": ...
    def __getitem__(self, place: int | slice) -> "list[str] | Rows":
        if isinstance(place, slice):
            return Rows(self._lines[place], self._sign)
        return self._lines[place].split(self._sign)


def plain_lines(text: str) -> list[str] | None:
    """The lines of a text in which every line is a row; None where `csv` has to look."""
    if '"' in text or len(text) > PLAIN_CHARACTERS_MAX:
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        if "\r" in text:
            return None
    lines = text.split("\n")
    if not lines[-1]:  # behind the last line's end
        lines.pop()
    return lines


def _blocks(file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    while block := file.read(BLOCK_OCTETS):
        yield block + file.readline()
