"""Places in other centres' files: read however they are written, marked where they were mended."""

from pathlib import Path

import pytest
from msgspec import structs

from kentongan.measure.records.importing import Imported, read_file
from kentongan.measure.records.mapping import parse, preset
from kentongan.measure.records.mapping_text import to_toml
from kentongan.measure.records.points import parted, read_point
from kentongan.measure.records.wizard import preview

MAPPING = structs.replace(preset("surabaya"), delimiter=";")

SURABAYA = "WAKTU LAPOR;TIPE LAPORAN;KATEGORI;KECAMATAN;KELURAHAN;{};DURASI PENGERJAAN"

ROWS = (
    ("-7.25753", "112.75209"),
    ("-7,25753", "112,75209"),
    ("112.75209", "-7.25753"),
    ("0", "0"),
    ("", ""),
    ("-7.2", "1127.52"),
    ("-7.2575", "512.75"),
    ("Jl. Tunjungan", "112.7"),
)


def _file(path: Path, columns: str, places: list[str]) -> Path:
    line = "01/10/2025 08:{:02d}:00;Emergency;Laka;Genteng;Ketabang;{};0 Hari : 0 Jam : 9 Menit"
    rows = [line.format(number, place) for number, place in enumerate(places)]
    path.write_text("\n".join([SURABAYA.format(columns), *rows]) + "\n")
    return path


def _read(path: Path) -> Imported:
    return read_file(path, MAPPING)


def _marked(found: Imported) -> dict[str, tuple[tuple[int, str], ...]]:
    return {
        one.reason: tuple((row.number, row.value) for row in one.rows)
        for one in found.report.defects
        if one.column == "place"
    }


def test_surabayas_columns_are_the_place(tmp_path: Path) -> None:
    """A decimal comma and a turned pair are mended and marked; what is nowhere is marked; each is
    in the report as it was written."""
    path = _file(tmp_path / "s.csv", "LAT;LON", [";".join(pair) for pair in ROWS])
    found = _read(path)
    cells = found.table.labels["cell"]
    names = [cells.names[code] for code in cells.codes.tolist()]
    assert names == ["-7.258,112.752"] * 3 + [""] * 5
    assert _marked(found) == {
        "place_comma": ((3, "-7,25753 112,75209"),),
        "place_swapped": ((4, "112.75209 -7.25753"),),
        "place_zero": ((5, "0 0"),),
        "place_unreadable": ((7, "-7.2 1127.52"), (9, "Jl. Tunjungan 112.7")),
        "place_impossible": ((8, "-7.2575 512.75"),),
    }
    shown = preview(path, MAPPING, found.report)
    assert shown.labels[-1] == "cell"
    assert shown.rows[0].said[-1] == "-7.258,112.752"
    assert {why.reason for why in shown.rows[3].why} == {"place_zero"}


def test_both_in_one_column(tmp_path: Path) -> None:
    """The layout of the dashboard: LAT/LON; and a file without a place has none."""
    places = ["-7.25753, 112.75209", "-7,25753 / 112,75209", "(112.75209,-7.25753)", "-"]
    found = _read(_file(tmp_path / "s.csv", "LAT/LON", places))
    cells = found.table.labels["cell"]
    assert [cells.names[code] for code in cells.codes.tolist()] == ["-7.258,112.752"] * 3 + [""]
    assert set(_marked(found)) == {"place_comma", "place_swapped"}
    assert parse(to_toml(MAPPING), "x.toml").place == MAPPING.place
    without = _read(_file(tmp_path / "n.csv", "CATATAN", ["x"]))
    assert "cell" not in without.table.labels


@pytest.mark.parametrize(
    ("both", "halves"),
    [
        ("-7.25,112.75", ("-7.25", "112.75")),
        ("-7,2575,112,7521", ("-7,2575", "112,7521")),
        ("-7,2575; 112,7521", ("-7,2575", "112,7521")),
        ("-7.25 112.75", ("-7.25", "112.75")),
        ("Jl. Pemuda 12", ("Jl. Pemuda 12", "")),
        ("7,25", ("7", "25")),
        ("", ("", "")),
    ],
)
def test_one_column_is_parted(both: str, halves: tuple[str, str]) -> None:
    """At a comma, a semicolon, a slash or a space; each half may have a decimal comma."""
    assert parted(both) == halves


def test_half_a_place_is_none() -> None:
    """Marked, since something was written."""
    assert read_point("-7.25", "").marks == ("place_unreadable",)
    assert read_point(" ", "").marks == ()
    assert read_point("95", "0").marks == ("place_swapped",)
    assert read_point("0.001", "-0.001").marks == ("place_zero",)
