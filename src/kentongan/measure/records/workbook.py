"""Rows of a workbook (XLSX, ECMA-376): its first sheet, with moments as its reader sees them.

A workbook keeps a moment as a number of days and says in the cell's style that it is one. Such a
number becomes ISO 8601, a time of day or a duration `H:MM:SS`, to the second.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from msgspec import Struct

from kentongan.measure.records.reading import COLUMNS_MAX, ReadError

BYTES_MAX: Final = 500_000_000
"""A workbook's unpacked parts together; a small file that unpacks to more is refused."""

SERIAL_MAX: Final = 2_958_466
"""Days: the year 10000, where a workbook's calendar ends."""

DAY_S: Final = 86_400
ORIGIN, ORIGIN_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - local time

BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, ET.ParseError, KeyError, IndexError,
    RuntimeError,
)  # fmt: skip
"""What a damaged workbook, or one with a password, raises while it is read."""

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SHOWN_AS_IT_IS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]')


class Moment(StrEnum):
    """What a number of days is by its style."""

    DATE = "date"
    TIME = "time"
    DURATION = "duration"


BUILT_IN: Final = {
    **dict.fromkeys((*range(14, 18), 22, *range(27, 32), 36, *range(50, 59)), Moment.DATE),
    **dict.fromkeys((*range(18, 22), *range(32, 36), 45, 47), Moment.TIME),
    46: Moment.DURATION,
}
"""Number formats that no workbook writes out (ECMA-376 part 1, 18.8.30)."""


class Book(Struct, frozen=True):
    """What cells refer to: texts, the kind of moment of each style, and day 0."""

    shared: list[str]
    styles: list[Moment | None]
    origin: datetime


def workbook_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of the first visible sheet with their numbers there; short ones are filled up, as a
    workbook leaves out blanks. `ReadError` for what is none."""
    try:
        with zipfile.ZipFile(path) as file:
            if sum(one.file_size for one in file.infolist()) > BYTES_MAX:
                raise ReadError(f"{path.name}: unpacks to more than {BYTES_MAX:,} bytes")
            main = _part(file, "xl/workbook.xml")
            name = _first_sheet(file, main)
            if name is None:
                raise ReadError(f"{path.name}: a workbook without a sheet")
            book = Book(_shared(file), _styles(file), _origin(main))
            with file.open(name) as sheet:
                yield from _rows(sheet, book)
    except BROKEN as error:
        raise ReadError(f"{path.name}: no workbook: {error}") from None


def moment_of(code: str) -> Moment | None:
    """What a number format shows: `dd/mm/yyyy hh:mm` a date, `[h]:mm` a duration, `0.00` none."""
    shown = _SHOWN_AS_IT_IS.sub("", code.lower()).split(";")[0]
    if shown == "general":
        return None
    if "[" in shown:
        return Moment.DURATION
    if re.search("[yd]", shown):
        return Moment.DATE
    if re.search("[hs]", shown):
        return Moment.TIME
    return Moment.DATE if "m" in shown else None


def _part(file: zipfile.ZipFile, name: str) -> ET.Element | None:
    if name not in file.namelist():
        return None
    with file.open(name) as part:
        return ET.parse(part).getroot()  # noqa: S314 - no entities are expanded from outside


def _first_sheet(file: zipfile.ZipFile, main: ET.Element | None) -> str | None:
    """The part of the first sheet in the workbook's own order; by its name where that is lost."""
    links = _part(file, "xl/_rels/workbook.xml.rels")
    targets = {
        link.get("Id"): posixpath.normpath(posixpath.join("/xl", link.get("Target", ""))).strip("/")
        for link in (links if links is not None else ())
        if link.get("Type", "").endswith("/worksheet")
    }
    sheets = list(main.iter(f"{_SHEET}sheet")) if main is not None else []
    known = [one for one in sheets if targets.get(one.get(_LINK)) in file.namelist()]
    known.sort(key=lambda one: one.get("state", "visible") != "visible")
    if known:
        return targets[known[0].get(_LINK)]
    names = [name for name in file.namelist() if name.startswith("xl/worksheets/sheet")]
    return min(names, key=lambda name: (len(name), name), default=None)


def _shared(file: zipfile.ZipFile) -> list[str]:
    root = _part(file, "xl/sharedStrings.xml")
    if root is None:
        return []
    return ["".join(t.text or "" for t in item.iter(f"{_SHEET}t")) for item in root]


def _styles(file: zipfile.ZipFile) -> list[Moment | None]:
    root = _part(file, "xl/styles.xml")
    if root is None:
        return []
    formats: dict[str, Moment | None] = {str(key): moment for key, moment in BUILT_IN.items()}
    for one in root.iter(f"{_SHEET}numFmt"):
        formats[one.get("numFmtId", "")] = moment_of(one.get("formatCode", ""))
    given = root.find(f"{_SHEET}cellXfs")
    return [formats.get(one.get("numFmtId", "")) for one in (given if given is not None else ())]


def _origin(main: ET.Element | None) -> datetime:
    given = main.find(f"{_SHEET}workbookPr") if main is not None else None
    is_1904 = given is not None and given.get("date1904") in {"1", "true"}
    return ORIGIN_1904 if is_1904 else ORIGIN


def _rows(sheet: Any, book: Book) -> Iterator[tuple[int, list[str]]]:
    width = number = 0
    for _, element in ET.iterparse(sheet):  # noqa: S314
        if element.tag != f"{_SHEET}row":
            continue
        said = element.get("r", "")
        number = max(number + 1, int(said) if said.isdecimal() and len(said) < 8 else 0)
        cells: dict[int, str] = {}
        for cell in element.iter(f"{_SHEET}c"):
            cells[_column(cell.get("r") or "", len(cells))] = _cell(cell, book)
        width = width or (max(cells, default=-1) + 1)
        if width > COLUMNS_MAX:
            raise ReadError(f"more than {COLUMNS_MAX} columns")
        yield number, [cells.get(i, "") for i in range(max(width, max(cells, default=-1) + 1))]
        element.clear()


def _column(reference: str, default: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return default
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _cell(cell: ET.Element, book: Book) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(t.text or "" for t in cell.iter(f"{_SHEET}t"))
    value = cell.find(f"{_SHEET}v")
    text = value.text if value is not None and value.text else ""
    if kind == "s" and text:
        return book.shared[int(text)]
    style = cell.get("s", "0")
    if kind != "n" or not style.isdecimal() or int(style) >= len(book.styles):
        return text
    moment = book.styles[int(style)]
    return text if moment is None else _written(text, moment, book.origin)


def _written(text: str, moment: Moment, origin: datetime) -> str:
    """A number of days as text; what is none stays as it is."""
    try:
        days = float(text)
    except ValueError:
        return text
    if not 0 <= days < SERIAL_MAX:
        return text
    seconds = round(days * DAY_S)
    if moment is Moment.DURATION or (moment is Moment.TIME and seconds < DAY_S):
        return f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    at = origin + timedelta(seconds=seconds)
    is_day = moment is Moment.DATE and days.is_integer()
    return f"{at:%Y-%m-%d}" if is_day else f"{at:%Y-%m-%d %H:%M:%S}"
