"""Rows of a file: CSV (also gzipped) in mixed encodings, workbooks, Parquet.

Whatever the file holds, a row is a list of texts under the header's names. A line that is not UTF-8
is read as Windows-1252 and counted. Rows with more or fewer columns than the header are told apart:
they cannot be trusted to stand under the right names. A quotation mark that nobody closed costs no
row: `measure.records.quoted`.
"""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import Final

from msgspec import Struct, structs

from kentongan.measure.records.lines import PARTED, Lines, Rows, plain_lines
from kentongan.measure.records.quoted import Quoted

CHUNK_ROWS: Final = 20_000
CHUNK_CHARACTERS: Final = 32_000_000
"""Rows read at a time; fewer when they are that long."""

ROWS_MAX: Final = 60_000_000
"""Rows of one file; more is refused, in parts it may be read."""

COLUMNS_MAX: Final = 2_000
FIELD_CHARACTERS_MAX: Final = 1_000_000
LINE_BYTES_MAX: Final = 65_536

DELIMITERS: Final = (",", ";", "\t", "|")


class ReadError(ValueError):
    """A file that cannot be read, and why."""


class Chunk(Struct, frozen=True, kw_only=True):
    """Some rows. `numbers` are their places in the file, the header's own being 1; a sheet has its
    own numbers. `other_lines` are lines that are no UTF-8. Of the rows, `unclosed` have a quotation
    mark that is not closed, `joined` run over several lines. `empty` are rows of a text file in
    which only delimiters stand; a blank line is no row."""

    header: tuple[str, ...]
    rows: Sequence[list[str]]
    numbers: list[int]
    ragged: list[int]
    other_lines: list[int] = []
    unclosed: list[int] = []
    joined: list[int] = []
    empty: list[int] = []

    def said(self) -> Iterator[str]:
        """Each row as one text: the same for the same words, however they are written."""
        if isinstance(self.rows, Rows):
            return self.rows.said()
        return (PARTED.join(row) for row in self.rows)


def chunks(path: Path, delimiter: str = "") -> Iterator[Chunk]:
    """The rows of a file in pieces; `ReadError` for one that is none of the kinds. Without a
    delimiter its header says which."""
    if not path.is_file():
        raise ReadError(f"{path}: no such file")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".xlsx"]:
        from kentongan.measure.records.workbook import workbook_rows

        yield from _pieces(workbook_rows(path))
    elif suffixes[-1:] == [".parquet"]:
        yield from _pieces(enumerate(_parquet(path), 1))
    else:
        csv.field_size_limit(FIELD_CHARACTERS_MAX)
        try:
            yield from _of_lines(Lines(path), delimiter or delimiter_of(path))
        except csv.Error as error:
            raise ReadError(f"{path.name}: {error}") from None
        except (OSError, EOFError, zlib.error) as error:
            raise ReadError(f"{path.name}: cannot be unpacked: {error}") from None


def delimiter_of(path: Path) -> str:
    """What parts the columns of a text file: the sign that its header has most of."""
    if path.suffix.lower() in {".xlsx", ".parquet"}:
        return ","
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            header = file.readline(LINE_BYTES_MAX).decode("cp1252", errors="replace")
    except (OSError, EOFError, zlib.error) as error:
        raise ReadError(f"{path.name}: {getattr(error, 'strerror', None) or error}") from None
    return max(DELIMITERS, key=header.count)


def _of_lines(opened: Lines, sign: str) -> Iterator[Chunk]:
    """The rows of a text file: its lines, and from the first quotation mark on those of `csv`."""
    texts = opened.texts()
    filling: _Filling | None = None
    for text in texts:
        lines = plain_lines(text)
        if lines is None:
            rest = chain.from_iterable(StringIO(one, newline="\n") for one in chain((text,), texts))
            if filling is not None:
                yield filling.taken(opened)
            header = () if filling is None else filling.header
            quoted = Quoted(
                rest, sign, len(header) or None, 1 if filling is None else filling.number
            )
            for piece in _pieces(quoted.rows(), header, tells_empty=True):
                yield _with_marks(piece, opened, quoted)
            return
        if filling is None:
            first = lines.pop(0)
            filling = _Filling(_header(first.split(sign) if first else []), sign)
        while lines:
            lines = filling.add(lines)
            if filling.is_full:
                yield filling.taken(opened)
    yield (filling or _Filling(_header([]), sign)).taken(opened)


class _Filling:
    """A piece of plain lines while it is filled. `number` is the next line's."""

    def __init__(self, header: tuple[str, ...], sign: str) -> None:
        self.header, self.number = header, 2
        self._sign = sign
        self._lines: list[str] = []
        self._numbers: list[int] = []
        self._ragged: list[int] = []
        self._empty: list[int] = []
        self._characters = 0

    @property
    def _rows(self) -> int:
        return len(self._lines) + len(self._ragged) + len(self._empty)

    @property
    def is_full(self) -> bool:
        return self._rows >= CHUNK_ROWS or self._characters >= CHUNK_CHARACTERS

    def add(self, lines: list[str]) -> list[str]:
        """Some lines, of which so many are taken as there is room; returns the others."""
        some = lines[: CHUNK_ROWS - self._rows]
        if self._characters + sum(map(len, some)) >= CHUNK_CHARACTERS:
            some = some[:1]
        _check_number(self.number + len(some) - 1)
        signs = len(self.header) - 1
        numbers = range(self.number, self.number + len(some))
        if min(map(len, some)) > signs and {line.count(self._sign) for line in some} == {signs}:
            self._lines += some
            self._numbers += numbers
        else:
            for number, line in zip(numbers, some, strict=True):
                if not line.strip(self._sign):
                    self._empty += [number] if line else []
                elif line.count(self._sign) == signs:
                    self._lines.append(line)
                    self._numbers.append(number)
                else:
                    self._ragged.append(number)
        self._characters += sum(map(len, some))
        self.number += len(some)
        return lines[len(some) :]

    def taken(self, opened: Lines) -> Chunk:
        """What there is, as a piece; the next one is empty."""
        other, opened.other = opened.other, []
        piece = Chunk(
            header=self.header,
            rows=Rows(self._lines, self._sign),
            numbers=self._numbers,
            ragged=self._ragged,
            other_lines=other,
            empty=self._empty,
        )
        self._lines, self._numbers, self._ragged, self._empty = [], [], [], []
        self._characters = 0
        return piece


def _with_marks(piece: Chunk, opened: Lines, quoted: Quoted) -> Chunk:
    other, opened.other = opened.other, []
    unclosed, quoted.unclosed = quoted.unclosed, []
    joined, quoted.joined = quoted.joined, []
    return structs.replace(piece, other_lines=other, unclosed=unclosed, joined=joined)


def _header(row: Sequence[str]) -> tuple[str, ...]:
    """The columns' names; `ReadError` for none or too many."""
    header = tuple(name.strip() for name in row)
    if not header:
        raise ReadError("the file is empty")
    if len(header) > COLUMNS_MAX:
        raise ReadError(f"more than {COLUMNS_MAX} columns")
    return header


def _check_number(number: int) -> None:
    if number > ROWS_MAX:
        raise ReadError(f"more than {ROWS_MAX:,} rows: split the file")


def _pieces(
    rows: Iterable[tuple[int, list[str]]],
    header: tuple[str, ...] = (),
    *,
    tells_empty: bool = False,
) -> Iterator[Chunk]:
    """Pieces of rows, of which the first is the header unless that is known. Of empty ones a sheet
    has as many as somebody formatted."""
    reading = iter(rows)
    header = header or _header(next(reading, (0, list[str]()))[1])
    kept: list[list[str]] = []
    numbers: list[int] = []
    ragged: list[int] = []
    empty: list[int] = []
    characters = 0
    for number, row in reading:
        _check_number(number)
        if not any(row):
            empty += [number] if row and tells_empty else []
        elif len(row) != len(header):
            ragged.append(number)
        else:
            kept.append(row)
            numbers.append(number)
            characters += sum(map(len, row))
        told = len(kept) + len(ragged) + len(empty)
        if told >= CHUNK_ROWS or characters >= CHUNK_CHARACTERS:
            yield Chunk(header=header, rows=kept, numbers=numbers, ragged=ragged, empty=empty)
            kept, numbers, ragged, empty, characters = [], [], [], [], 0
    yield Chunk(header=header, rows=kept, numbers=numbers, ragged=ragged, empty=empty)


def _parquet(path: Path) -> Iterator[list[str]]:
    """Rows of a Parquet file; needs the optional extra `evaluation`."""
    from kentongan.measure.warehouse import WarehouseError, parquet_rows

    try:
        yield from parquet_rows(path)
    except WarehouseError as error:
        raise ReadError(str(error)) from None
