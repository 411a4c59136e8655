"""Files of other centres with everything wrong in them: a report by row, never a silent figure."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from kentongan.measure import standards
from kentongan.measure.analysis_sheet import import_lines
from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Interval, Subject
from kentongan.measure.judging import Verdict, judge
from kentongan.measure.observations import NEVER
from kentongan.measure.records import reading
from kentongan.measure.records.amounts import read_durations
from kentongan.measure.records.date_order import Order, ordered
from kentongan.measure.records.defects import LISTED_MAX
from kentongan.measure.records.importing import Imported, read_file
from kentongan.measure.records.mapping import (
    Mapping,
    MappingError,
    load,
    parse,
    preset,
    preset_names,
)
from kentongan.measure.records.moments import read_stamps, read_times
from kentongan.measure.records.reading import ReadError, chunks
from kentongan.measure.records.wizard import look
from kentongan.measure.tables import MICRO, observe
from kentongan.measure.warehouse import WarehouseError, quantiles, write
from kentongan.serve.evaluating import mapping_of

MAPPING = """
id = "other"
name = "Another centre"
row = "incident"
timezone = "Asia/Jakarta"
key = "no"
formats = ["%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M"]
[clocks]
ring = {column = ["received", "diterima"]}
arrived = {column = "on scene"}
[labels]
agency = "opd"
[[drop]]
column = "kind"
values = ["homecare"]
reason = "scheduled"
"""


def _import(folder: Path, text: str | bytes, mapping: str = MAPPING) -> Imported:
    path = folder / "records.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(path, parse(mapping, "other"))


def _reasons(imported: Imported) -> dict[tuple[str, str], list[int]]:
    report = imported.report
    return {
        (one.reason, one.column): [row.number for row in one.rows]
        for one in (*report.dropped, *report.defects)
    }


def _at(imported: Imported, clock: Clock) -> list[str]:
    return [
        "" if at == NEVER else datetime.fromtimestamp(int(at) / MICRO, UTC).strftime("%d %H:%M:%S")
        for at in imported.table.moments(clock)
    ]


def test_everything_that_can_be_wrong_is_told_by_row(tmp_path: Path) -> None:
    """Reordered columns, mixed encodings and formats, doubles, impossible times, a leap second."""
    rows = [
        b"ON_SCENE;No;Diterima;kind;opd",
        b"2026-10-01 08:10:00;1;2026-10-01 08:00:00;;Damkar",
        b"01/10/2026 08:20;2;01/10/2026 08:00:30;;Dinkes",
        b"2026-10-01 08:10:00;1;2026-10-01 08:00:00;;Damkar",  # word for word
        b"2026-10-01 08:40:00;1;2026-10-01 08:30:00;;Polisi",  # another with its id
        b"2026-10-01 09:00:00;4;2026-10-01 08:50:00;homecare;Dinkes",
        b"0001-01-01 00:00:00;5;2026-10-01 09:00:00;;Dinkes",
        b"soon;6;2026-10-01 09:10:00;;Pol\xe9si",
        b";7;;;Dinkes",
        b"2026-10-01 10:00:00;8;2026-10-01 09:59;too;many;columns",
        b"2026-10-01 11:00:10;9;2026-10-01 10:59:60;;Dinkes",
        b"2026-10-01 11:00:00;10;2026-10-01 11:05:00;;Dinkes",
        b"2026-10-01T05:00:00Z;11;2026-10-01T11:50:00+07:00;;Dinkes",
        b"NULL;12;-;;Dinkes",
    ]
    found = _import(
        tmp_path, b"\n".join(rows), MAPPING.replace("[clocks]", 'delimiter = ";"\n[clocks]')
    )
    reasons = _reasons(found)
    assert (found.report.rows, found.report.kept) == (13, 8)
    assert reasons["duplicate", ""] == [4]
    assert reasons["scheduled", "kind"] == [6]
    assert reasons["columns", ""] == [10]
    assert reasons["no_time", ""] == [9, 14]
    assert reasons["key_shared", ""] == [5]
    assert reasons["impossible", "arrived"] == [7]
    assert reasons["unreadable", "arrived"] == [8]
    assert reasons["leap_second", "ring"] == [11]
    assert reasons["before_the_step_before", "arrived"] == [12]
    assert ("not_utf8", "") in reasons
    assert _at(found, Clock.RING)[:3] == ["01 01:00:00", "01 01:00:30", "01 01:30:00"]
    assert _at(found, Clock.RING)[5] == "01 04:00:00"  # 10:59:60 is 11:00:00
    assert _at(found, Clock.ARRIVED)[-1] == "01 05:00:00"
    assert "Polési" in found.table.labels["agency"].names


def test_rows_with_a_mark_that_is_not_closed_are_kept_and_told(tmp_path: Path) -> None:
    """And those that properly run over several lines."""
    rows = [f'2026-10-01 08:{n:02d}:00,2026-10-01 09:00:00,"{n}' for n in range(50)]
    rows[30] = '2026-10-01 08:30:00,2026-10-01 09:00:00,"a\nb"'
    found = _import(tmp_path, "\n".join(["received,on scene,kind", *rows]))
    reasons = _reasons(found)
    assert (found.report.rows, found.report.kept) == (50, 50)
    assert reasons["quotation_open", ""] == [n for n in range(2, 52) if n != 32]
    assert reasons["several_lines", ""] == [32]


@pytest.mark.parametrize("word", ["x", '"x"'])
def test_a_row_of_delimiters_only_is_counted(tmp_path: Path, word: str) -> None:
    """With and without a quotation mark before it; a blank line is no row."""
    rows = ["received,on scene,kind", f"2026-10-01 08:00:00,,{word}", ",,", "", ",,,", "2026,,"]
    found = _import(tmp_path, "\n".join([*rows, "2026-10-01 09:00:00,,", ""]))
    reasons = _reasons(found)
    assert (found.report.rows, found.report.kept) == (5, 2)
    assert reasons["empty", ""] == [3, 5]
    assert reasons["no_time", ""] == [6]


def test_a_column_named_twice_is_told_and_the_first_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for the file, however it is spelt; not one that nothing is read of."""
    monkeypatch.setattr(reading, "CHUNK_ROWS", 1)
    rows = ["received,on scene,note,On_Scene,note,kind,kind,,"]
    rows += [
        f"2026-10-01 08:0{n}:00,2026-10-01 08:10:00,a,2026-10-01 09:00:00,b,,,," for n in range(3)
    ]
    found = _import(tmp_path, "\n".join(rows))
    told = {key: rows for key, rows in _reasons(found).items() if key[0] == "column_twice"}
    assert told == {("column_twice", "on scene"): [1], ("column_twice", "kind"): [1]}
    assert _at(found, Clock.ARRIVED) == ["01 01:10:00"] * 3


def test_a_list_that_is_cut_says_so(tmp_path: Path) -> None:
    """The count is of all rows; how many of them are shown, and are in JSON, stands beside it."""
    rows = ["received,on scene", "2026-10-01 08:00:00,"]
    rows += [f"never {n},2026-10-01 08:00:00" for n in range(1_200)]
    report = _import(tmp_path, "\n".join(rows)).report
    listed = next(one for one in report.defects if one.reason == "unreadable")
    assert (listed.count, len(listed.rows)) == (1_200, LISTED_MAX)
    told = next(line for line in import_lines(report) if "unreadable" in line)
    assert told.endswith("(5 of 1,200 shown; --json lists 1,000)")


def test_missing_columns_are_told_and_no_column_at_all_is_an_error(tmp_path: Path) -> None:
    """What is not in the file is missing for every row; a file of something else is none."""
    found = _import(tmp_path, "received\n2026-10-01 08:00:00\n")
    assert found.report.missing_columns == ("on scene", "kind")
    response = observe(Interval("x", Subject.INCIDENT, Clock.RING, Clock.ARRIVED), found.table)
    assert response.seconds.size == 1
    assert np.isnan(response.seconds[0])
    with pytest.raises(MappingError, match="none of its columns is in this file"):
        _import(tmp_path, "name,colour\nx,red\n")
    with pytest.raises(ReadError, match="the file is empty"):
        _import(tmp_path, "")
    with pytest.raises(ReadError, match="no such file"):
        read_file(tmp_path / "gone.csv", parse(MAPPING, "other"))
    (tmp_path / "torn.csv.gz").write_bytes(gzip.compress(b"received\n2026-10-01\n")[:-9])
    with pytest.raises(ReadError, match="cannot be unpacked"):
        read_file(tmp_path / "torn.csv.gz", parse(MAPPING, "other"))
    only = _import(tmp_path, "received,on scene\n")
    assert (only.report.rows, only.table.size) == (0, 0)


TIMES = """
id = "t"
name = "t"
row = "work"
timezone = "Asia/Jayapura"
[clocks]
assigned = {column = "sent", form = "time", date = "day"}
departed = {column = "left", form = "time", date = "day"}
arrived = {column = "there", form = "seconds_of_day", date = "day"}
closed = {column = "lasted", form = "duration_after", of = "assigned"}
"""


def test_clocks_that_roll_over_midnight_and_seconds_beyond_a_day(tmp_path: Path) -> None:
    """A time of day that would lie half a day before the step before it was after midnight."""
    rows = [
        "day,sent,left,there,lasted",
        "2026-10-01,23:58:30,00:01:10,86700,0 Hari : 0 Jam : 11 Menit : 3 Detik",
        "2026-10-01,08:00,08.02.30,29100,1 Hari : 2 Jam : 0 Menit : 0 Detik",
        "2026-10-01,23:59:00,00:00:10,120,00:10:00",
        "2026-10-01,25:00,08:00,-5,soon",
    ]
    found = _import(tmp_path, "\n".join(rows), TIMES)
    assert _at(found, Clock.ASSIGNED) == ["01 14:58:30", "30 23:00:00", "01 14:59:00", ""]
    assert _at(found, Clock.DEPARTED)[:3] == ["01 15:01:10", "30 23:02:30", "01 15:00:10"]
    assert _at(found, Clock.ARRIVED)[:3] == ["01 15:05:00", "30 23:05:00", "01 15:02:00"]
    assert _at(found, Clock.CLOSED)[:3] == ["01 15:09:33", "02 01:00:00", "01 15:09:00"]
    reasons = _reasons(found)
    assert reasons["unreadable", "assigned"] == [5]
    assert reasons["impossible", "arrived"] == [5]
    assert reasons["unreadable", "closed"] == [5]


def test_three_time_zones_and_an_hour_that_comes_twice(tmp_path: Path) -> None:
    """The same wall time is three moments; where clocks are put back it is told."""
    text = "received,on scene\n2025-11-02 01:30:00,2025-11-02 02:10:00\n"
    moments: list[str] = []
    for zone in ("Asia/Jakarta", "Asia/Jayapura", "America/New_York"):
        found = _import(tmp_path, text, MAPPING.replace("Asia/Jakarta", zone))
        moments.append(_at(found, Clock.RING)[0])
        response = observe(Interval("x", Subject.INCIDENT, Clock.RING, Clock.ARRIVED), found.table)
        assert response.seconds[0] == (2_400 if zone.startswith("Asia") else 6_000)
        assert (("ambiguous_hour", "ring") in _reasons(found)) == (zone == "America/New_York")
    assert moments == ["01 18:30:00", "01 16:30:00", "02 05:30:00"]


def test_a_grid_of_minutes_is_found_and_kept_as_the_precision(tmp_path: Path) -> None:
    """Forty stamps at full minutes are no chance; half of it widens every interval."""
    rows = [f"2026-10-01 08:{i:02d}:00,2026-10-01 09:{i:02d}:00" for i in range(40)]
    found = _import(tmp_path, "\n".join(["received,on scene", *rows]))
    assert found.report.precision_s == 60
    assert found.table.precision_s == 60
    few = _import(tmp_path, "\n".join(["received,on scene", *rows[:10]]))
    assert few.report.precision_s == 1


def test_one_row_for_each_unit_of_a_generic_export(tmp_path: Path) -> None:
    """Column names that most systems use, in any case; several units of one incident."""
    path = tmp_path / "cad.csv"
    path.write_text(
        "Incident_ID,Unit_ID,Priority,Received,Dispatched,EnRoute,On_Scene,Cleared\n"
        "7,E1,1,2026-01-05 10:00:00,2026-01-05 10:01:00,2026-01-05 10:02:00,"
        "2026-01-05 10:08:00,2026-01-05 10:40:00\n"
        "7,A1,1,2026-01-05 10:00:00,2026-01-05 10:01:30,,,2026-01-05 10:05:00\n"
    )
    mapping = preset("generic-cad")
    found = read_file(path, mapping)
    assert found.table.subject is Subject.WORK
    travel = observe(Interval("t", Subject.WORK, Clock.DEPARTED, Clock.ARRIVED), found.table)
    assert travel.values().tolist() == [360]
    assert found.table.labels["unit"].names == ("A1", "E1")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Asia/Jakarta", "Asia/Semarang", "no time zone 'Asia/Semarang'"),
        ("arrived =", "landed =", "no clock 'landed'; known are ring"),
        ("agency =", "colour =", "no label 'colour'"),
        ('"on scene"}', '"on scene", form = "time"}', "a time needs a column for its date"),
        ('"on scene"}', '"on scene", form = "duration_after", of = "moon"}', "after 'moon'"),
        ('id = "other"', 'id = "other"\nsize = 3', "unknown field `size`"),
        ('"incident"', '"accident"', "Invalid enum value 'accident'"),
    ],
)
def test_a_mapping_that_cannot_be_meant_names_its_field(old: str, new: str, told: str) -> None:
    """As for standards: an error with its place."""
    with pytest.raises(MappingError) as error:
        parse(MAPPING.replace(old, new), "other.toml")
    assert "other.toml" in str(error.value)
    assert told in str(error.value)


def test_presets_load_and_an_unknown_one_is_told(tmp_path: Path) -> None:
    """By name or as a file."""
    assert all(isinstance(preset(name), Mapping) for name in preset_names())
    assert {"alexandria", "generic-cad", "sumenep", "surabaya"} <= set(preset_names())
    with pytest.raises(MappingError, match="no preset 'moon'; known are alexandria"):
        load("moon")
    with pytest.raises(MappingError, match="no such file"):
        load(str(tmp_path / "x.toml"))
    own = tmp_path / "own.toml"
    own.write_text(MAPPING)
    assert load(str(own)).id == "other"


def test_durations_and_times_in_many_forms() -> None:
    """What cannot be read is told apart from what is not there."""
    said = ["0 Hari : 1 Jam : 2 Menit : 3 Detik", "1 day 2 hours", "01:02:03", "90", "", "later"]
    seconds, bad = read_durations(said)
    assert seconds[:4].tolist() == [3_723, 93_600, 3_723, 90]
    assert bad.tolist() == [False] * 5 + [True]
    times, bad = read_times(["7.05", "07:05:09,250", "24:00", "7:61", ""])
    assert times[1] == (7 * 3_600 + 5 * 60 + 9) * MICRO + 250_000
    assert bad.tolist() == [False, False, False, True, False]
    zone = preset("sumenep").zone
    read = read_stamps(["2026-02-30 10:00", "2026-02-28 10:00", "31/12/2026"], ["%d/%m/%Y"], zone)
    assert read.unreadable.tolist() == [True, False, False]


def test_parquet_keeps_the_figures_exactly(tmp_path: Path) -> None:
    """Written, read again by DuckDB and as another centre's file: the same percentiles."""
    pytest.importorskip("duckdb", reason="the extra `evaluation` is not installed")
    chance = np.random.default_rng(6)
    begin = datetime(2026, 10, 1, tzinfo=UTC).timestamp()
    stamps = [begin + 600 * i for i in range(500)]
    took = chance.lognormal(6, 0.5, 500).round(3)
    rows = [
        f"{datetime.fromtimestamp(a, UTC):%Y-%m-%d %H:%M:%S},"
        f"{datetime.fromtimestamp(a + s, UTC):%Y-%m-%d %H:%M:%S.%f},{'Damkar' if i % 3 else ''}"
        for i, (a, s) in enumerate(zip(stamps, took, strict=True))
    ]
    found = _import(tmp_path, "\n".join(["received,on scene,opd", *rows]))
    response = observe(Interval("x", Subject.INCIDENT, Clock.RING, Clock.ARRIVED), found.table)
    path = tmp_path / "x.parquet"
    assert write(response, path) == 500
    whole = quantiles([path], [0.5, 0.9])
    assert whole[0][:2] == (("x",), 500)
    assert whole[0][2] == pytest.approx(np.quantile(response.values(), [0.5, 0.9]).tolist())
    assert [row[1] for row in quantiles([path], [0.9], by=["agency"])] == [167, 333]
    with pytest.raises(KeyError):
        quantiles([path], [0.9], by=["colour"])
    with pytest.raises(WarehouseError, match="IO Error"):
        quantiles([tmp_path / "gone.parquet"], [0.9])
    piece = next(iter(chunks(path)))
    assert piece.header[0] == "interval"
    assert len(piece.rows) == 500


def _cad(folder: Path, dates: list[str], parted: str = ",") -> Path:
    """One row a unit; it arrives ten minutes after the ring."""
    path = folder / "dates.csv"
    rows = [f"{number},{day} 10:00:00,{day} 10:10:00" for number, day in enumerate(dates)]
    text = "\n".join(["incident_id,received,arrived", *rows])
    path.write_text(text.replace(",", parted))
    return path


@pytest.mark.parametrize(
    ("form", "told"), [("%m/%d/%Y", "read_month_first"), ("%d/%m/%Y", "read_day_first")]
)
def test_day_and_month_have_one_order_in_a_file(form: str, told: str, tmp_path: Path) -> None:
    """What one date proves holds for all of them: October stays October, and it is told."""
    path = _cad(tmp_path, [datetime(2026, 10, day).strftime(form) for day in range(1, 32)])  # noqa: DTZ001
    found = read_file(path, preset("generic-cad"))
    assert set(found.table.labels["month"].names) == {"2026-10"}
    assert {(one.reason, one.count) for one in found.report.defects} >= {(told, 22)}
    assert not [one for one in found.report.defects if one.reason == "unreadable"]


def test_dates_that_both_orders_fit_are_not_guessed(tmp_path: Path) -> None:
    """Named with an example until somebody says the order; the same day both ways is no doubt."""
    path = _cad(tmp_path, ["02/02/2026", "03/04/2026", "05/06/2026"])
    with pytest.raises(MappingError, match=r"such as 03/04/2026.*--dates day-first or --dates mon"):
        read_file(path, preset("generic-cad"))
    for order, months in ((Order.DAY, {4, 6}), (Order.MONTH, {3, 5})):
        table = read_file(path, ordered(preset("generic-cad"), order)).table
        assert {int(name[-2:]) for name in table.labels["month"].names} == months | {2}
    assert look(path, "dates.csv", "Asia/Jakarta").guess.formats == (
        "%d/%m/%Y %H:%M:%S",
        "%m/%d/%Y %H:%M:%S",
    )
    assert read_file(_cad(tmp_path, ["02/02/2026"]), preset("generic-cad")).report.kept == 1
    both = _cad(tmp_path, ["13/04/2026", "04/13/2026", "03/04/2026"])
    with pytest.raises(MappingError, match="as many dates prove day before month"):
        read_file(both, preset("generic-cad"))


def test_without_a_delimiter_the_header_says_it(tmp_path: Path) -> None:
    """Semicolons, as a spreadsheet writes them in Indonesia."""
    path = _cad(tmp_path, ["2026-10-01"], ";")
    assert mapping_of(path, "generic-cad").delimiter == ""
    assert read_file(path, preset("generic-cad")).report.kept == 1


def test_a_file_that_no_preset_fits_says_what_the_nearest_lacks(tmp_path: Path) -> None:
    """Sumenep's log without its end."""
    path = tmp_path / "log.csv"
    path.write_text("no,diterima,kejadian,opd\n1,08:00,x,y\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"for sumenep it lacks \w+\)"):
        mapping_of(path, None)


def test_a_standard_whose_clock_has_no_column_is_not_judged(tmp_path: Path) -> None:
    """The clock is named; nought of all would be a figure about something else."""
    rows = [f"{n},01/10/2026 08:{n:02d}:00,01/10/2026 09:{n:02d}:00,Damkar," for n in range(40)]
    found = _import(tmp_path, "\n".join(["no,received,on scene,opd,kind", *rows]))
    standard = next(one for one in standards.presets() if one.id == "nfpa-1225-process")
    judged = judge(standard, found.table)
    assert judged.reason is not None
    assert (judged.reason.key, judged.reason.names) == ("no_clock", ("answer", "alerted"))
    assert (judged.value, judged.verdict) == (None, Verdict.UNANSWERABLE)
