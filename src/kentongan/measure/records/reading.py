"""Rows of a file: CSV (also gzipped) in mixed encodings, workbooks, Parquet.

Whatever the file holds, a row is a list of texts under the header's names. A line that is not UTF-8
is read as Windows-1252 and counted. Rows with more or fewer columns than the header are told apart:
they cannot be trusted to stand under the right names.
"""

import csv
import gzip
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from msgspec import Struct

CHUNK_ROWS: Final = 20_000
CHUNK_CHARACTERS: Final = 32_000_000
"""Rows read at a time; fewer when they are that long."""

ROWS_MAX: Final = 60_000_000
"""Rows of one file; more is refused, in parts it may be read."""

COLUMNS_MAX: Final = 2_000
FIELD_CHARACTERS_MAX: Final = 1_000_000

WORKBOOK_BYTES_MAX: Final = 500_000_000
"""A workbook's unpacked parts together; a small file that unpacks to more is refused."""

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class ReadError(ValueError):
    """A file that cannot be read, and why."""


class Chunk(Struct, frozen=True, kw_only=True):
    """Some rows. `numbers` are their places in the file, the header's own being 1."""

    header: tuple[str, ...]
    rows: list[list[str]]
    numbers: list[int]
    ragged: list[int]
    other_encoding: int = 0


def chunks(path: Path, delimiter: str = ",") -> Iterator[Chunk]:
    """The rows of a file in pieces; `ReadError` for one that is none of the kinds."""
    if not path.is_file():
        raise ReadError(f"{path}: no such file")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".xlsx"]:
        yield from _pieces(_workbook(path))
    elif suffixes[-1:] == [".parquet"]:
        yield from _pieces(_parquet(path))
    else:
        opened = _Lines(path)
        csv.field_size_limit(FIELD_CHARACTERS_MAX)
        try:
            for piece in _pieces(csv.reader(opened.lines(), delimiter=delimiter)):
                yield _with_encoding(piece, opened)
        except csv.Error as error:
            raise ReadError(f"{path.name}: {error}") from None
        except (OSError, EOFError) as error:
            raise ReadError(f"{path.name}: cannot be unpacked: {error}") from None


class _Lines:
    """Lines of text, each by the encoding it is in; nulls and a byte-order mark are left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.other = 0

    def lines(self) -> Iterator[str]:
        if self._path.suffix == ".gz":
            with gzip.open(self._path, "rb") as file:
                yield from map(self._text, file)
        else:
            with self._path.open("rb") as file:
                yield from map(self._text, file)

    def _text(self, raw: bytes) -> str:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            self.other += 1
            text = raw.decode("cp1252", errors="replace")
        return text.removeprefix("\ufeff").replace("\x00", "")


def _with_encoding(piece: Chunk, opened: _Lines) -> Chunk:
    other, opened.other = opened.other, 0
    return Chunk(
        header=piece.header,
        rows=piece.rows,
        numbers=piece.numbers,
        ragged=piece.ragged,
        other_encoding=other,
    )


def _pieces(rows: Iterable[list[str]]) -> Iterator[Chunk]:
    reading = iter(rows)
    header = tuple(name.strip() for name in next(reading, list[str]()))
    if not header:
        raise ReadError("the file is empty")
    if len(header) > COLUMNS_MAX:
        raise ReadError(f"more than {COLUMNS_MAX} columns")
    kept: list[list[str]] = []
    numbers: list[int] = []
    ragged: list[int] = []
    characters = 0
    for number, row in enumerate(reading, 2):
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


def _workbook(path: Path) -> Iterator[list[str]]:
    """The first sheet of a workbook; short rows are filled up, as a workbook leaves out blanks."""
    try:
        with zipfile.ZipFile(path) as book:
            if sum(one.file_size for one in book.infolist()) > WORKBOOK_BYTES_MAX:
                raise ReadError(f"{path.name}: unpacks to more than {WORKBOOK_BYTES_MAX:,} bytes")
            shared = _shared(book)
            sheets = sorted(n for n in book.namelist() if n.startswith("xl/worksheets/sheet"))
            if not sheets:
                raise ReadError(f"{path.name}: a workbook without a sheet")
            with book.open(sheets[0]) as sheet:
                yield from _sheet_rows(sheet, shared)
    except (zipfile.BadZipFile, ET.ParseError, KeyError, IndexError) as error:
        raise ReadError(f"{path.name}: no workbook: {error}") from None


def _shared(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    with book.open("xl/sharedStrings.xml") as file:
        root = ET.parse(file).getroot()  # noqa: S314 - no entities are expanded from outside
    return ["".join(t.text or "" for t in item.iter(f"{_SHEET}t")) for item in root]


def _sheet_rows(sheet: Any, shared: list[str]) -> Iterator[list[str]]:
    width = 0
    for _, element in ET.iterparse(sheet):  # noqa: S314
        if element.tag != f"{_SHEET}row":
            continue
        cells: dict[int, str] = {}
        for cell in element.iter(f"{_SHEET}c"):
            cells[_column(cell.get("r") or "A1", len(cells))] = _cell(cell, shared)
        width = width or (max(cells, default=-1) + 1)
        if width > COLUMNS_MAX:
            raise ReadError(f"more than {COLUMNS_MAX} columns")
        yield [cells.get(i, "") for i in range(max(width, max(cells, default=-1) + 1))]
        element.clear()


def _column(reference: str, default: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return default
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _cell(cell: ET.Element, shared: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return "".join(t.text or "" for t in cell.iter(f"{_SHEET}t"))
    value = cell.find(f"{_SHEET}v")
    text = value.text if value is not None and value.text else ""
    return shared[int(text)] if kind == "s" and text else text


def _parquet(path: Path) -> Iterator[list[str]]:
    """Rows of a Parquet file; needs the optional extra `evaluation`."""
    from kentongan.measure.warehouse import WarehouseError, parquet_rows

    try:
        yield from parquet_rows(path)
    except WarehouseError as error:
        raise ReadError(str(error)) from None
