"""Rows of a file: CSV (also gzipped) in mixed encodings, workbooks, Parquet.

Whatever the file holds, a row is a list of texts under the header's names. A line that is not UTF-8
is read as Windows-1252 and counted. Rows with more or fewer columns than the header are told apart:
they cannot be trusted to stand under the right names.
"""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

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
    own numbers. `other_lines` are lines that are no UTF-8."""

    header: tuple[str, ...]
    rows: list[list[str]]
    numbers: list[int]
    ragged: list[int]
    other_lines: list[int] = []


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
        opened = _Lines(path)
        csv.field_size_limit(FIELD_CHARACTERS_MAX)
        try:
            sign = delimiter or delimiter_of(path)
            for piece in _pieces(enumerate(csv.reader(opened.lines(), delimiter=sign), 1)):
                yield _with_encoding(piece, opened)
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


class _Lines:
    """Lines of text, each by the encoding it is in; nulls and a byte-order mark are left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._line = 0
        self.other: list[int] = []

    def lines(self) -> Iterator[str]:
        if self._path.suffix == ".gz":
            with gzip.open(self._path, "rb") as file:
                yield from map(self._text, file)
        else:
            with self._path.open("rb") as file:
                yield from map(self._text, file)

    def _text(self, raw: bytes) -> str:
        self._line += 1
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            self.other.append(self._line)
            text = raw.decode("cp1252", errors="replace")
        return text.removeprefix("\ufeff").replace("\x00", "")


def _with_encoding(piece: Chunk, opened: _Lines) -> Chunk:
    other, opened.other = opened.other, []
    return Chunk(
        header=piece.header,
        rows=piece.rows,
        numbers=piece.numbers,
        ragged=piece.ragged,
        other_lines=other,
    )


def _pieces(rows: Iterable[tuple[int, list[str]]]) -> Iterator[Chunk]:
    reading = iter(rows)
    header = tuple(name.strip() for name in next(reading, (0, list[str]()))[1])
    if not header:
        raise ReadError("the file is empty")
    if len(header) > COLUMNS_MAX:
        raise ReadError(f"more than {COLUMNS_MAX} columns")
    kept: list[list[str]] = []
    numbers: list[int] = []
    ragged: list[int] = []
    characters = 0
    for number, row in reading:
        if number > ROWS_MAX:
            raise ReadError(f"more than {ROWS_MAX:,} rows: split the file")
        if not any(row):
            continue
        if len(row) != len(header):
            ragged.append(number)
        else:
            kept.append(row)
            numbers.append(number)
            characters += sum(map(len, row))
        if len(kept) + len(ragged) >= CHUNK_ROWS or characters >= CHUNK_CHARACTERS:
            yield Chunk(header=header, rows=kept, numbers=numbers, ragged=ragged)
            kept, numbers, ragged, characters = [], [], [], 0
    yield Chunk(header=header, rows=kept, numbers=numbers, ragged=ragged)


def _parquet(path: Path) -> Iterator[list[str]]:
    """Rows of a Parquet file; needs the optional extra `evaluation`."""
    from kentongan.measure.warehouse import WarehouseError, parquet_rows

    try:
        yield from parquet_rows(path)
    except WarehouseError as error:
        raise ReadError(str(error)) from None
