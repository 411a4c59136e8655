"""Large files of other centres: bounded memory, every duplicate found, nothing counted twice."""

import csv
import random
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from kentongan.measure import warehouse
from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Interval, Subject
from kentongan.measure.records import defects, growing, importing, reading, repeats
from kentongan.measure.records.defect_file import defect_file
from kentongan.measure.records.importing import Imported, import_chunks, read_file
from kentongan.measure.records.mapping import Mapping, MappingError, parse
from kentongan.measure.records.moments import read_stamps
from kentongan.measure.records.reading import Chunk, ReadError
from kentongan.measure.tables import observe

MAPPING = """
id = "large"
name = "A large centre"
row = "incident"
timezone = "Asia/Jakarta"
key = "no"
[clocks]
ring = {column = "ring"}
arrived = {column = "arrived"}
closed = {column = "lasted", form = "duration_after", of = "ring"}
[labels]
agency = "opd"
[[drop]]
column = "kind"
values = ["homecare"]
reason = "scheduled"
[[check]]
column = "vendor"
start = "ring"
end = "arrived"
"""

HEADER = ("no", "ring", "arrived", "lasted", "opd", "kind", "vendor")

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def _rows(many: int, chance: np.random.Generator) -> Iterator[list[str]]:
    """Incidents in three zones, some with another's id, some scheduled; 30 % stand there again."""
    before: list[list[str]] = []
    for number in range(many):
        if before and chance.random() < 0.3:
            yield list(before[int(chance.integers(len(before)))])
            continue
        hours = int(chance.integers(7, 10))
        ring = BEGIN + timedelta(seconds=int(chance.integers(86_400 * 365)))
        took = int(chance.integers(60, 3_000))
        row = [
            str(number if chance.random() < 0.99 else number // 2),
            _written(ring, hours),
            _written(ring + timedelta(seconds=took), hours),
            f"0 Hari : 1 Jam : 0 Menit : {took % 60} Detik",
            ("Damkar", "Dinkes", "Polisi")[number % 3],
            "homecare" if chance.random() < 0.05 else "",
            str(took if chance.random() < 0.9 else took + 1),
        ]
        before.append(row)
        yield row


def _written(moment: datetime, hours: int) -> str:
    local = moment + timedelta(hours=hours)
    return local.strftime("%Y-%m-%dT%H:%M:%S") + f"+{hours:02d}:00"


def _file(folder: Path, many: int) -> Path:
    path = folder / "large.csv"
    with path.open("w") as file:
        file.write(",".join(HEADER) + "\n")
        file.writelines(",".join(row) + "\n" for row in _rows(many, np.random.default_rng(6)))
    return path


def _same(one: Imported, other: Imported) -> None:
    assert one.report == other.report
    assert one.table.size == other.table.size
    for clock, moments in other.table.at.items():
        assert np.array_equal(one.table.at[clock], moments)
    for label, column in other.table.labels.items():
        assert one.table.labels[label].names == column.names
        assert np.array_equal(one.table.labels[label].codes, column.codes)
    assert [*one.table.keys] == [*other.table.keys]
    assert np.array_equal(one.table.by_call, other.table.by_call)
    assert (one.table.until, one.table.offset_s) == (other.table.until, other.table.offset_s)


def test_a_file_that_goes_to_disk_says_what_one_in_memory_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns, duplicates and keys in files or in memory, read once or twice: one result."""
    path, mapping = _file(tmp_path, 6_000), parse(MAPPING, "large")
    in_memory = read_file(path, mapping)
    monkeypatch.setattr(importing, "HELD_ROWS", 100)
    monkeypatch.setattr(repeats, "HELD", 700)
    monkeypatch.setattr(growing, "HELD_OCTETS", 4_000)
    monkeypatch.setattr(reading, "CHUNK_ROWS", 333)
    _same(read_file(path, mapping), in_memory)


def test_every_duplicate_is_found_and_every_figure_is_a_plain_calculations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set of texts in a loop finds the same rows, ids, and response times."""
    monkeypatch.setattr(importing, "HELD_ROWS", 0)
    monkeypatch.setattr(repeats, "HELD", 1_000)
    monkeypatch.setattr(reading, "CHUNK_ROWS", 500)
    path = _file(tmp_path, 6_000)
    found = read_file(path, parse(MAPPING, "large"))
    seen, again, ids, shared, took = set[str](), 0, set[str](), 0, list[int]()
    for line in path.read_text().splitlines()[1:]:
        if line in seen:
            again += 1
            continue
        seen.add(line)
        no, ring, arrived, _, _, kind, _ = line.split(",")
        shared += no in ids
        ids.add(no)
        if kind != "homecare":
            span = datetime.fromisoformat(arrived) - datetime.fromisoformat(ring)
            took.append(int(span.total_seconds()))
    counts = {one.reason: one.count for one in (*found.report.dropped, *found.report.defects)}
    assert (found.report.rows, counts["duplicate"]) == (6_000, again)
    assert again > 1_500
    assert counts["key_shared"] == shared
    assert (found.report.kept, found.table.size) == (len(took), len(took))
    response = observe(Interval("x", Subject.INCIDENT, Clock.RING, Clock.ARRIVED), found.table)
    assert response.seconds.tolist() == took
    check = found.report.checks[0]
    assert 0.85 < check.share < 0.95
    assert check.compared == len(seen)


def test_repeats_are_those_that_a_set_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one piece or dealt out to files: the first of equal texts is none."""
    chance = np.random.default_rng(2)
    texts = [str(number) for number in chance.integers(0, 3_000, 10_000).tolist()]
    seen, wanted = set[str](), list[int]()
    for row, text in enumerate(texts, 2):
        if text in seen:
            wanted.append(row)
        seen.add(text)
    for held in (1_000_000, 64):
        monkeypatch.setattr(repeats, "HELD", held)
        found = repeats.Repeats()
        for begin in range(0, len(texts), 97):
            some = texts[begin : begin + 97]
            found.add(some, range(begin + 2, begin + 2 + len(some)))
        assert found.rows().tolist() == wanted
    assert repeats.Repeats().rows().tolist() == []


def test_memory_does_not_grow_with_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times the rows take no more memory; only a flag for each row is left."""
    monkeypatch.setattr(importing, "HELD_ROWS", 0)
    monkeypatch.setattr(repeats, "HELD", 20_000)
    monkeypatch.setattr(growing, "HELD_OCTETS", 100_000)
    mapping = parse(MAPPING, "large")
    small, large = (_most_memory(pieces, mapping) for pieces in (15, 60))
    assert large < small * 1.25


def _most_memory(pieces: int, mapping: Mapping) -> int:
    tracemalloc.start()
    found = import_chunks(lambda: _pieces(pieces), mapping)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.report.rows == pieces * 2_000
    return most


def _pieces(many: int) -> Iterator[Chunk]:
    """Pieces of 2,000 different rows."""
    for piece in range(many):
        numbers = list(range(piece * 2_000 + 2, piece * 2_000 + 2_002))
        moments = [_written(BEGIN + timedelta(seconds=7 * number), 7) for number in numbers]
        rows = [
            [str(number), at, at, "", "Damkar", "", "0"]
            for number, at in zip(numbers, moments, strict=True)
        ]
        yield Chunk(header=HEADER, rows=rows, numbers=numbers, ragged=[])


def test_what_cannot_be_held_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A label with a name for each row, a key as long as a letter, a file that grows."""
    mapping = parse(MAPPING, "large")
    monkeypatch.setattr(growing, "NAMES_MAX", 2)
    with pytest.raises(MappingError, match="large: agency: more than 2 different names"):
        read_file(_file(tmp_path, 50), mapping)
    monkeypatch.undo()
    path = tmp_path / "long.csv"
    path.write_text("no,ring\n" + "é" * 40 + ",2026-10-01 08:00:00\n2,2026-10-01 09:00:00\n")
    found = read_file(path, mapping)
    assert [*found.table.keys] == ["é" * 32, "2"]
    cut = next(one for one in found.report.defects if one.reason == "key_cut_off")
    assert [row.number for row in cut.rows] == [2]
    monkeypatch.setattr(importing, "HELD_ROWS", 0)
    sizes = iter((1, 2))
    with pytest.raises(ReadError, match="grew while it was read"):
        import_chunks(lambda: _pieces(next(sizes)), mapping)


def test_a_piece_of_long_rows_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of many characters are read fewer at a time."""
    monkeypatch.setattr(reading, "CHUNK_CHARACTERS", 1_000)
    path = tmp_path / "wide.csv"
    path.write_text("note\n" + ("x" * 400 + "\n") * 7)
    assert [len(piece.rows) for piece in reading.chunks(path)] == [3, 3, 1]


def test_stamps_read_together_are_those_read_alone() -> None:
    """Whatever stands beside it: zones, fractions, leap seconds, and what is no date at all."""
    written = [
        "2026-10-01 08:00:00", "2026-10-01", "2026-10-01T08:00:60", "2026-10-01 08:00:00,5", "",
        "2026-10-01T08:00:00.123456Z", "2026-10-01T08:00+0700", "2026-10-01T08:00:00 -03:30",
        "2026-02-30 10:00", "2026-10-01T25:00:00", "2026-10-01Z", "0000-01-01", "01/10/2026 08:00",
        "2026-10-01T08:00:00+25:00", "2026-10-01 23:59:60+07:00", "soon", "9999-12-31 23:59:59",
    ]  # fmt: skip
    texts = random.Random(4).choices(written, k=2_000)
    zone, formats = ZoneInfo("Asia/Jakarta"), ("%d/%m/%Y %H:%M",)
    together = read_stamps(texts, formats, zone)
    alone = {text: read_stamps([text], formats, zone) for text in written}
    for place, text in enumerate(texts):
        one = alone[text]
        assert together.at[place] == one.at[0], text
        assert together.unreadable[place] == one.unreadable[0], text
        assert together.leap[place] == one.leap[0], text
    unreadable = [text for text in written if alone[text].unreadable[0]]
    assert len(unreadable) == 6
    assert "0000-01-01" in unreadable


def test_every_row_that_is_dropped_or_doubted_is_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report lists a few of each reason; the file has as many lines as the report counts."""
    for module, name, value in (
        (defects, "LISTED_MAX", 3), (importing, "HELD_ROWS", 100), (reading, "CHUNK_ROWS", 700),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    path, every = _file(tmp_path, 4_000), tmp_path / "every.csv"
    with path.open("a") as file:
        file.write("x1,soon,2026-01-01T08:00:00+07:00,,Damkar,,1\n=1+1,,,,,,\nshort,row\n")
        file.write("=2,-,2026-01-01T08:00:00+07:00,@SUM(A1),Damkar,,=9\n")
    with defect_file(every) as told:
        found = read_file(path, parse(MAPPING, "large"), told)
    with every.open(newline="") as file:
        lines = list(csv.DictReader(file))
    counted = Counter((one["fate"], one["reason"], one["column"]) for one in lines)
    report = found.report
    wanted = {("dropped", one.reason, one.column): one.count for one in report.dropped}
    wanted |= {("marked", one.reason, one.column): one.count for one in report.defects}
    check = report.checks[0]
    wanted["marked", "differs", "vendor"] = check.compared - check.agree
    assert counted == wanted
    assert all(len(one.rows) <= 3 for one in (*report.dropped, *report.defects))
    assert counted["dropped", "duplicate", ""] > 1_000
    said = {(one["reason"], one["column"], one["value"]) for one in lines}
    assert {("unreadable", "ring", "soon"), ("scheduled", "kind", "homecare")} <= said
    assert ("unreadable", "closed", "'@SUM(A1)") in said
    written = path.read_text().splitlines()
    differs = [one for one in lines if one["reason"] == "differs"]
    assert all(written[int(one["row"]) - 1].split(",")[6] == one["value"] for one in differs)
    with defect_file(every, 1_000) as told:
        read_file(path, parse(MAPPING, "large"), told)
    with every.open(newline="") as file:
        short = list(csv.DictReader(file))
    assert (len(short), short[-1]["reason"]) == (1_001, "more")
    assert short[:-1] == lines[:1_000]


def test_a_parquet_file_is_read_in_one_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One question whatever the number of rows, which come in their order."""
    duckdb: Any = pytest.importorskip("duckdb")
    path = tmp_path / "many.parquet"
    rows = "SELECT i AS n, NULL AS nothing FROM range(50000) AS r(i)"
    duckdb.sql(rows).write_parquet(str(path), row_group_size=5_000)
    asked: list[str] = []

    class Spy:
        """A connection that notes what it is asked."""

        def __init__(self, real: Any) -> None:
            self._real = real

        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return getattr(self._real, name)

    connect = duckdb.connect

    def spied(*given: Any, **named: Any) -> Spy:
        return Spy(connect(*given, **named))

    monkeypatch.setattr(duckdb, "connect", spied)
    found = list(warehouse.parquet_rows(path))
    assert found == [["n", "nothing"], *([str(n), ""] for n in range(50_000))]
    assert asked == ["execute", "read_parquet", "close"]
