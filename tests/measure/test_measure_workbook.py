"""Workbooks: which sheet, which row, and which numbers are moments."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Interval, Subject
from kentongan.measure.records import workbook
from kentongan.measure.records.importing import read_file
from kentongan.measure.records.mapping import parse, preset
from kentongan.measure.records.places import fits
from kentongan.measure.records.reading import ReadError, chunks
from kentongan.measure.records.wizard import look
from kentongan.measure.records.workbook import moment_of
from kentongan.measure.tables import MICRO, observe


def test_surabayas_workbook(tmp_path: Path) -> None:
    """A workbook with shared and inline texts, as the dashboard gives it; pranks do not count."""
    path = tmp_path / "surabaya.xlsx"
    head = ["WAKTU LAPOR", "TIPE LAPORAN", "KATEGORI", "KECAMATAN", "KELURAHAN", "LAT", "LON"]
    rows = [
        [*head, "DURASI PENGERJAAN"],
        ["05/03/2026 08:00:00", "Emergency", "Kebakaran", "Gubeng", "Airlangga", "-7.27", "112.75",
         "0 Hari : 0 Jam : 11 Menit : 3 Detik"],
        ["05/03/2026 09:00:00", "Prank", "", "", "", "", "", "0 Hari : 0 Jam : 0 Menit : 9 Detik"],
    ]  # fmt: skip
    _workbook(path, rows)
    header = next(iter(chunks(path))).header
    assert fits(header, preset("surabaya")) == 1.0
    found = read_file(path, preset("surabaya"))
    assert (found.report.rows, found.report.kept) == (2, 1)
    lasted = observe(Interval("x", Subject.INCIDENT, Clock.RING, Clock.CLOSED), found.table)
    assert lasted.values().tolist() == [663]
    assert found.table.labels["kecamatan"].used == ("Gubeng",)
    (tmp_path / "no.xlsx").write_bytes(b"PK nonsense")
    with pytest.raises(ReadError, match="no workbook"):
        read_file(tmp_path / "no.xlsx", preset("surabaya"))


def _workbook(path: Path, rows: list[list[str]]) -> None:
    shared = rows[0]
    lines: list[str] = []
    for number, row in enumerate(rows, 1):
        cells: list[str] = []
        for column, text in enumerate(row):
            place = f"{chr(65 + column)}{number}"
            if number == 1:
                cells.append(f'<c r="{place}" t="s"><v>{column}</v></c>')
            elif text:
                cells.append(f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    strings = "".join(f"<si><t>{text}</t></si>" for text in shared)
    _packed(path, {
        "sharedStrings.xml": f"<sst {SPACE}>{strings}</sst>",
        "worksheets/sheet1.xml": _sheet("".join(lines)),
    })  # fmt: skip


SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _sheet(rows: str) -> str:
    return f"<worksheet {SPACE}><sheetData>{rows}</sheetData></worksheet>"


def _packed(path: Path, parts: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(f"xl/{name}", content)


def _texts(row: int, *texts: str) -> str:
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    return f'<row r="{row}">{cells}</row>'


STYLES = f"""<styleSheet {SPACE}><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy\\ hh:mm"/>
<numFmt numFmtId="165" formatCode="[h]:mm:ss"/>
<numFmt numFmtId="166" formatCode="[$-421]0.00&quot;day&quot;"/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/>
<xf numFmtId="165"/><xf numFmtId="14"/><xf numFmtId="20"/><xf numFmtId="166"/></cellXfs>
</styleSheet>"""


def _main(*sheets: str, properties: str = "") -> dict[str, str]:
    """The workbook's own order: the part of each sheet, the first to be seen first."""
    shown = "".join(
        f'<sheet name="{at}" sheetId="{at}" r:id="r{at}" '
        f'state="{"hidden" if name.startswith("-") else "visible"}"/>'
        for at, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{at}" Type="{OFFICE}/worksheet" Target="{name.removeprefix("-")}"/>'
        for at, name in enumerate(sheets, 1)
    )
    return {
        "workbook.xml": f'<workbook {SPACE} xmlns:r="{OFFICE}"><workbookPr {properties}/>'
        f"<sheets>{shown}</sheets></workbook>",
        "_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
    }


def test_cells_that_are_dates_are_read_as_moments(tmp_path: Path) -> None:
    """As numbers of days by their style, from 1900 and from 1904; other numbers stay numbers."""
    path = tmp_path / "surabaya.xlsx"
    head = _texts(1, "WAKTU LAPOR", "DURASI PENGERJAAN", "HARI", "JAM", "KATEGORI")

    def cells(days: float) -> str:
        values = (days + 1 / 3, 663 / 86_400, days, 0.75, days + 0.5)
        return "".join(f'<c s="{s}"><v>{v!r}</v></c>' for s, v in enumerate(values, 1))

    for properties, days in (("", 46_086), ('date1904="1"', 46_086 - 1_462)):
        row = f'<row r="2">{cells(days)}</row>'
        parts = {"worksheets/sheet1.xml": _sheet(head + row), "styles.xml": STYLES}
        _packed(path, parts | _main("worksheets/sheet1.xml", properties=properties))
        read = next(iter(chunks(path))).rows[0]
        assert read == [
            "2026-03-05 08:00:00", "00:11:03", "2026-03-05", "18:00:00", str(days + 0.5),
        ]  # fmt: skip
        found = read_file(path, preset("surabaya"))
        assert (found.report.kept, found.report.defects) == (1, ())
        ring = int(found.table.moments(Clock.RING)[0])
        assert ring == datetime(2026, 3, 5, 1, tzinfo=UTC).timestamp() * MICRO
        lasted = observe(Interval("x", Subject.INCIDENT, Clock.RING, Clock.CLOSED), found.table)
        assert lasted.values().tolist() == [663]
        assert list(look(path, "surabaya.xlsx", "Asia/Jakarta").guess.clocks) == ["ring"]
        own = 'id="o"\nname="o"\nrow="incident"\ntimezone="Asia/Jakarta"\n[clocks]\n'
        own += 'ring = {column = "WAKTU LAPOR", form = "excel"}\n'
        by_days = read_file(path, parse(own, "o"))
        assert (int(by_days.table.moments(Clock.RING)[0]), by_days.report.defects) == (ring, ())


@pytest.mark.parametrize(
    ("code", "moment"),
    [
        ("dd/mm/yyyy hh:mm", "date"), ("mmm", "date"), ("h:mm AM/PM", "time"), ("mm:ss.0", "time"),
        ("[mm]:ss", "duration"), ("[Red]0.00", None), ('0 "days"', None), ("General", None),
        ("0.00E+00", None), ("@", None), ("[$-409]d\\-mmm;@", "date"),
    ],
)  # fmt: skip
def test_a_number_format_says_whether_a_cell_is_a_moment(code: str, moment: str | None) -> None:
    """By the letters that stand for parts of a moment, not by those in quotes."""
    assert moment_of(code) == moment


def test_the_first_sheet_is_that_of_the_workbook_and_rows_have_their_own_numbers(
    tmp_path: Path,
) -> None:
    """Not the one with the lowest file name, none that is hidden; rows left out count."""
    path = tmp_path / "book.xlsx"
    first = _texts(3, "a", "b") + _texts(7, "1", "2") + _texts(8, "1") + _texts(12, "3", "4")
    parts = {f"worksheets/sheet{n}.xml": _sheet(_texts(1, "wrong")) for n in (1, 2)}
    parts["worksheets/sheet10.xml"] = _sheet(first)
    order = ("-worksheets/sheet2.xml", "/xl/worksheets/sheet10.xml", "worksheets/sheet1.xml")
    _packed(path, parts | _main(*order))
    piece = next(iter(chunks(path)))
    assert (piece.header, piece.numbers, piece.ragged) == (("a", "b"), [7, 8, 12], [])
    assert piece.rows[2] == ["3", "4"]
    _packed(path, {key: _sheet(first) for key in ("worksheets/sheet2.xml",)} | {
        "worksheets/sheet10.xml": _sheet(_texts(1, "wrong"))
    })  # fmt: skip
    assert next(iter(chunks(path))).header == ("a", "b"), "without an order the lowest number"


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything of it is unpacked, however small the file is."""
    monkeypatch.setattr(workbook, "BYTES_MAX", 1_000_000)
    path = tmp_path / "bomb.xlsx"
    _packed(path, {"worksheets/sheet1.xml": _sheet(_texts(1, "a") + " " * 1_000_000)})
    assert path.stat().st_size < 10_000
    with pytest.raises(ReadError, match="unpacks to more than 1,000,000 bytes"):
        read_file(path, preset("surabaya"))
