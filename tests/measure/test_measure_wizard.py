"""The wizard for another centre's file: what it recognises, guesses, shows, and writes as TOML."""

import gzip
from pathlib import Path

import pytest

from kentongan.measure.records.importing import read_file
from kentongan.measure.records.mapping import MappingError, parse, preset, preset_names
from kentongan.measure.records.mapping_text import to_toml
from kentongan.measure.records.reading import ReadError, delimiter_of
from kentongan.measure.records.wizard import look, preview
from kentongan.measure.standards import presets
from kentongan.serve.importing import understood

FILE = """no;received;dispatched;arrived;district;type;"un known"
1;01/10/2026 08:00:00;01/10/2026 08:01:00;01/10/2026 08:11:00;Tugu;Fire;x
1;01/10/2026 08:00:00;01/10/2026 08:01:00;01/10/2026 08:11:00;Tugu;Fire;x
2;13/10/2026 08:00:00;13/10/2026 08:01:00;13/10/2026 07:11:00;Tugu;Fire;
3;13/10/2026 09:00:00;soon;;Tugu;Fire;
4;;
5;14/10/2026 09:00:00;14/10/2026 09:02:00;;Gunungpati;homecare;
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that no preset fits."""
    path = tmp_path / "records.csv"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_the_same_after_toml(name: str) -> None:
    """What is downloaded means what was on the screen."""
    assert parse(to_toml(preset(name)), name) == preset(name)


def test_toml_keeps_signs_that_mean_something_there() -> None:
    """Quotes, backslashes, brackets, and keys that are not bare."""
    text = 'id = "o"\nname = "a \\"b\\" \\\\ [c] é"\nrow = "incident"\ntimezone = "Asia/Jakarta"\n'
    text += '[clocks]\nring = {column = "x]\\t"}\n[values.priority]\n"very high" = "P1"\n'
    text += '[[drop]]\ncolumn = "k"\nvalues = ["#"]\nreason = "test"\n'
    assert parse(to_toml(parse(text, "o")), "o") == parse(text, "o")


def test_columns_are_recognised_and_moments_read_by_the_form_they_have(path: Path) -> None:
    """The day stands first, the separator is the header's; what nobody knows means nothing."""
    seen = look(path, "records.csv", "Asia/Jakarta")
    assert [one.name for one in seen.columns][:2] == ["no", "received"]
    assert seen.columns[0].samples == ("1", "2", "3")
    assert seen.recognised == ""
    guess = seen.guess
    assert (guess.delimiter, guess.key, guess.formats) == (";", "no", ("%d/%m/%Y %H:%M:%S",))
    assert {key: one.column for key, one in guess.clocks.items()} == {
        "ring": "received",
        "assigned": "dispatched",
        "arrived": "arrived",
    }
    assert guess.labels == {"kecamatan": "district", "nature": "type"}


def test_a_gzipped_file_is_split_as_it_is_without(path: Path, tmp_path: Path) -> None:
    """By its header, which is inside; one that cannot be unpacked says so."""
    packed = tmp_path / "records.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    seen = look(packed, "records.csv.gz", "Asia/Jakarta")
    assert seen.guess.delimiter == ";"
    assert [one.name for one in seen.columns][:2] == ["no", "received"]
    damaged = bytearray(packed.read_bytes())
    damaged[12:40] = b"\xff" * 28
    for content in (b"no gzip", packed.read_bytes()[:40], bytes(damaged)):
        packed.write_bytes(content)
        with pytest.raises(ReadError, match="records"):
            look(packed, "records.csv.gz", "Asia/Jakarta")


def test_a_program_that_is_called_a_table_is_told(tmp_path: Path) -> None:
    """A reason, not a failure."""
    program = tmp_path / "program.csv"
    program.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40)
    with pytest.raises(ReadError, match=r"^program\.csv: "):
        look(program, "program.csv", "Asia/Jakarta")
    with pytest.raises(ReadError, match=r"^program\.csv: "):
        read_file(program, preset("sumenep"))


def test_a_preset_is_recognised_by_its_columns(tmp_path: Path) -> None:
    """Sumenep's log, with its columns in another order."""
    path = tmp_path / "log.csv"
    path.write_text("opd,Selesai,diterima,kejadian,kecamatan,no\n", encoding="utf-8")
    assert look(path, "log.csv", "Asia/Jakarta").recognised == "sumenep"


def test_a_column_of_other_things_is_no_clock(tmp_path: Path) -> None:
    """Named like a clock, but most of it cannot be a moment."""
    path = tmp_path / "odd.csv"
    path.write_text("received,arrived\nyes,2026-10-01 08:00:00\nno,\nperhaps,\n", encoding="utf-8")
    assert list(look(path, "odd.csv", "Asia/Jakarta").guess.clocks) == ["arrived"]


def test_each_row_says_what_became_of_it(path: Path) -> None:
    """The first rows as they are understood, in the file's own zone, dropped ones, too."""
    mapping = look(path, "records.csv", "Asia/Jakarta").guess
    shown = preview(path, mapping, read_file(path, mapping).report)
    assert shown.clocks == ("ring", "assigned", "arrived")
    fates = [(row.number, row.kept, [why.reason for why in row.why]) for row in shown.rows]
    assert fates == [
        (2, True, []),
        (3, False, ["duplicate"]),
        (4, True, ["before_the_step_before"]),
        (5, True, ["unreadable"]),
        (6, False, ["columns"]),
        (7, True, []),
    ]
    assert shown.rows[1].at[0] == "2026-10-01 08:00:00"
    assert shown.rows[3].at == ("2026-10-13 09:00:00", "", "")
    assert shown.rows[3].why[0].value == "soon"


def test_the_answer_has_figures_standards_and_the_mapping_as_text(path: Path) -> None:
    """Everything of one reading; a mapping that came as JSON is the same as in TOML."""
    mapping = look(path, "records.csv", "Asia/Jakarta").guess
    found = understood(path, mapping, presets())
    assert found.report is not None
    assert (found.report.rows, found.report.kept) == (6, 4)
    assert parse(found.toml, "own") == mapping
    assert "id-semarang-10-ring" in [one.id for one in found.analysis.standards]
    assert any(one.groups[0].all == 4 for one in found.analysis.intervals)


def test_what_is_no_table_says_so(tmp_path: Path) -> None:
    """An empty file, a workbook that is none, a mapping of unknown clocks in JSON."""
    empty, book = tmp_path / "e.csv", tmp_path / "b.xlsx"
    empty.write_bytes(b"")
    book.write_bytes(b"PK nonsense")
    for path, said in ((empty, "empty"), (book, "no workbook")):
        with pytest.raises(ReadError, match=said):
            look(path, path.name, "Asia/Jakarta")
    wrong = '{"id":"o","name":"o","row":"incident","timezone":"Mars/X","clocks":{}}'
    with pytest.raises(MappingError, match="no time zone"):
        parse(wrong, "mapping.json")
    with pytest.raises(MappingError, match="`name`"):
        parse('{"id":"o"}', "mapping.json")
    assert delimiter_of(empty) == ","
