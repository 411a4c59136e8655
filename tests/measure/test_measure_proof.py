"""Proof: what was published is worked out anew on another machine, and any change is found."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from measure_month import months, write

from kentongan.cities.pack import CityPack, load, packaged
from kentongan.main import main
from kentongan.measure.archive import Archive, ArchiveError
from kentongan.measure.histograms import CELL, Histogram, Histograms, merge
from kentongan.measure.publishing import differences
from kentongan.published import (
    CASES,
    DAYS,
    DAYS_OF_30,
    Published,
    PublishedError,
    read_published,
    write_published,
)
from kentongan.serve.nightly import count_months
from kentongan.serve.publishing import MonthPlan, figures_at, prove, publish
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

ZONE = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 6, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def pack() -> CityPack:
    """The city's own."""
    return load(packaged())


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a centre with two months on record."""
    folder = tmp_path_factory.mktemp("centre")
    store = open_store(f"sqlite:{folder / 'kentongan.db'}")
    write(store, months("2026-08-29", 68, 3.0))
    store.close()
    return folder


@pytest.fixture
def store(centre: Path) -> WholeStore:
    """Its record."""
    return open_store(f"sqlite:{centre / 'kentongan.db'}")


def test_the_whole_loop(
    centre: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Night, export, another machine: the same P90. A changed line, a changed figure and a cut file
    are each found."""
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(centre))
    published = centre / "published.json"
    own = open_store(f"sqlite:{centre / 'kentongan.db'}")
    publish(own, load(packaged()), published, NOW)  # the night of 6 November
    own.close()
    assert main(["nightly"]) == 0
    export = tmp_path / "journal.gz"
    assert main(["export-journal", str(export)]) == 0
    assert "for an auditor" in capsys.readouterr().out
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path / "another machine"))
    assert main(["verify", str(export), "--published", str(published)]) == 0
    proof = json.loads(capsys.readouterr().out)
    said = read_published(published)
    assert said is not None
    september = next(one for one in said.months if one.month == "2026-09")
    assert september.n > 60
    assert september.p90_s is not None
    assert (september.days, said.months[0].month, said.months[0].days) == (30, "2026-08", 2)
    again = next(one for one in proof["months"] if one["month"] == "2026-09")
    assert again["p90_s"] == september.p90_s
    assert proof["differing"] == []
    assert proof["journal"]["findings_total"] == 0

    better = msgspec.structs.replace(september, p90_s=september.p90_s - 60)
    months_then = tuple(better if one.month == "2026-09" else one for one in said.months)
    write_published(msgspec.structs.replace(said, months=months_then), tmp_path / "better.json")
    assert main(["verify", str(export), "--published", str(tmp_path / "better.json")]) == 1
    assert "2026-09: p90_s was published as" in capsys.readouterr().err

    lines = gzip.decompress(export.read_bytes()).split(b"\n")
    lines[400] = lines[400].replace(b'"desk_1"', b'"desk_2"').replace(b"MED-22", b"MED-01")
    lines[500] = lines[500].replace(b'"Rina"', b'"Tono"').replace(b"dinkes", b"damkar")
    forged = tmp_path / "forged.gz"
    forged.write_bytes(gzip.compress(b"\n".join(lines)))
    assert main(["verify", str(forged), "--published", str(published)]) == 1
    assert "chain" in capsys.readouterr().err
    lines[450] = lines[450].replace(b"type", b"typo")
    unknown = tmp_path / "unknown.gz"
    unknown.write_bytes(gzip.compress(b"\n".join(lines)))
    assert main(["verify", str(unknown), "--published", str(published)]) == 1
    assert "unknown.gz, line 451: " in capsys.readouterr().err
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(b"\n".join(lines[:300]) + b"\n"))
    assert main(["verify", str(cut), "--published", str(published)]) == 1
    half = tmp_path / "half.gz"
    half.write_bytes(export.read_bytes()[:-2_000])
    assert main(["verify", str(half), "--published", str(published)]) == 1


def test_a_training_room_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its night counts histograms and writes no file that could be shown."""
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("KENTONGAN_TRAINING", "true")
    own = open_store(f"sqlite:{tmp_path / 'kentongan.db'}")
    write(own, months("2026-09-01", 40, 3.0))
    own.close()
    assert main(["nightly"]) == 0
    assert "0 days published" in capsys.readouterr().out
    assert not (tmp_path / "published.json").exists()


@pytest.mark.parametrize("each_day", [12.0, 2.5])
def test_a_month_published_by_cases_comes_out_as_it_was(tmp_path: Path, each_day: float) -> None:
    """An interval by days is another one; the percentile and the shares are the same. Of under 100
    cases those who came next did not look at their days."""
    own = open_store(f"sqlite:{tmp_path / 'kentongan.db'}")
    write(own, months("2026-09-01", 30, each_day))
    events = own.tail(0, 100_000)
    plans = [MonthPlan(month="2026-09", position=len(events), scheduled=(), blocks=blocks)
             for blocks in (CASES, DAYS, DAYS_OF_30)]  # fmt: skip
    old, later, new = figures_at(events, plans, ZONE)
    own.close()
    assert (old.n > 300) == (each_day == 12.0)
    assert (old.blocks, later.blocks, new.blocks) == (CASES, DAYS, DAYS_OF_30)
    assert (old.p90_s, old.within_of_all) == (new.p90_s, new.within_of_all)
    assert next(one.what for one in differences(old, new)).startswith("p90_")
    assert not differences(later, new if each_day == 12.0 else old)


def test_each_day_is_published_once_and_nothing_is_left_out(
    store: WholeStore, pack: CityPack, tmp_path: Path
) -> None:
    """A night later there is a day more; the others stay; a day without an event stands there."""
    path = tmp_path / "published.json"
    first = publish(store, pack, path, NOW)
    assert first.days[0].day == "2026-08-29"
    assert first.days[-1].day == "2026-11-05"
    assert sum(one.events for one in first.days) == first.days[-1].position
    days = [datetime.fromisoformat(one.day) for one in first.days]
    assert all(b - a == timedelta(days=1) for a, b in pairwise(days))
    assert [one.month for one in first.months] == ["2026-08", "2026-09", "2026-10"]
    assert publish(store, pack, path, NOW) == first
    later = publish(store, pack, path, NOW + timedelta(days=3))
    assert later.days[: len(first.days)] == first.days
    assert [one.events for one in later.days[-3:]] == [0, 0, 0]
    assert later.days[-1].chain == first.days[-1].chain
    assert prove(f"sqlite:{tmp_path / 'none.db'}", None).journal.events == 0


def test_a_file_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a journal nor what was published: one sentence, code 1."""
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"city": 3}')
    with pytest.raises(PublishedError):
        read_published(wrong)
    assert read_published(tmp_path / "gone.json") is None
    assert main(["verify", str(tmp_path / "gone.gz")]) == 1
    assert main(["verify", "--published", str(tmp_path / "gone.json")]) == 1
    assert capsys.readouterr().err.count("no such file") == 2


def test_the_archive_gives_what_one_count_of_everything_would(
    store: WholeStore, pack: CityPack, tmp_path: Path
) -> None:
    """Any range, any cell, out of the files of months: the same histogram as all days merged; a
    second counting changes nothing."""
    archive = Archive(tmp_path / "figures")
    assert count_months(store, pack, archive) == ["2026-08", "2026-09", "2026-10", "2026-11"]
    whole = merge([archive.load(month) for month in archive.months()])
    for first, last in (("2026-08-01", "2026-12-31"), ("2026-09-13", "2026-10-02")):
        for interval in ("citizen_response", "answer", "acknowledge"):
            assert _same(
                archive.between(first, last, interval), whole.between(first, last, interval)
            )
            for label in ("agency", "kelurahan"):
                split = archive.by(first, last, interval, label)
                names = whole.names[CELL.index(label)]
                each = {name: _of(whole, first, last, interval, label, name) for name in names}
                assert split.keys() == {name for name, found in each.items() if _size(found)}
                assert all(_same(found, each[name]) for name, found in split.items())
    with pytest.raises(KeyError):
        archive.by("2026-09-01", "2026-09-30", "answer", "day")
    by_agency = archive.between("2026-09-01", "2026-09-30", "citizen_response", agency="damkar")
    assert 0 < by_agency.n < archive.between("2026-09-01", "2026-09-30", "citizen_response").n
    nobody = archive.between("2026-09-01", "2026-09-30", "citizen_response", agency="nasa")
    assert nobody.n == 0
    with pytest.raises(KeyError):
        archive.between("2026-09-01", "2026-09-30", "citizen_response", colour="red")
    with pytest.raises(KeyError):
        archive.load("2025-01")
    again = Archive(tmp_path / "figures")
    assert count_months(store, pack, again, since="2026-10")[-1] == "2026-11"
    assert _same(
        again.between("2026-08-01", "2026-12-31", "answer"),
        whole.between("2026-08-01", "2026-12-31", "answer"),
    )
    assert again.is_current()
    (tmp_path / "figures" / "2026-09.hist").write_bytes(b"PK")
    assert not again.is_current()
    with pytest.raises(ArchiveError):
        again.between("2026-09-01", "2026-09-30", "answer")


def test_an_overflow_keeps_its_sum_in_the_archive(tmp_path: Path) -> None:
    """What took longer than twelve hours is counted with its seconds, day by day."""
    names = (("2026-09-01", "2026-09-02"), *[("",)] * 5, ("answer",))
    cells = np.zeros((2, len(CELL)), dtype=np.int64)
    cells[1, 0] = 1
    given = Histograms(
        names=names, cells=cells, seconds=np.array([43_200, 43_200]), counts=np.array([2, 1]),
        sums=np.array([100_000.0, 50_000.0]),
    )  # fmt: skip
    archive = Archive(tmp_path)
    archive.put("2026-09", given)
    assert archive.between("2026-09-02", "2026-09-02", "answer").overflow_s == 50_000
    assert archive.between("2026-09-01", "2026-09-02", "answer").overflow_s == 150_000
    assert archive.between("2026-09-01", "2026-09-02", "answer").overflow == 3
    split = archive.by("2026-09-02", "2026-09-02", "answer", "agency")
    assert (split[""].overflow, split[""].overflow_s) == (1, 50_000)
    assert archive.by("2027-01-01", "2027-01-31", "answer", "agency") == {}


def test_what_is_published_is_written_whole(tmp_path: Path) -> None:
    """And read as it was written."""
    path = tmp_path / "deep" / "published.json"
    said = Published(city="semarang", name="Kota Semarang", timezone="Asia/Jakarta")
    write_published(said, path)
    assert read_published(path) == said
    assert [one.name for one in path.parent.iterdir()] == ["published.json"]


def _of(
    whole: Histograms, first: str, last: str, interval: str, label: str, name: str
) -> Histogram:
    """One name's part of everything, day by day and cell by cell."""
    column = CELL.index(label)
    mine = whole.cells[:, column] == whole.names[column].index(name)
    part = Histograms(
        names=whole.names, cells=whole.cells[mine], seconds=whole.seconds[mine],
        counts=whole.counts[mine], sums=whole.sums[mine],
    )  # fmt: skip
    return part.between(first, last, interval)


def _size(found: Histogram) -> int:
    return found.n + sum(found.qualities.values())


def _same(one: Histogram, other: Histogram) -> bool:
    return (
        bool(np.array_equal(one.counts, other.counts))
        and one.overflow == other.overflow
        and one.overflow_s == pytest.approx(other.overflow_s)
        and dict(one.qualities) == dict(other.qualities)
    )
