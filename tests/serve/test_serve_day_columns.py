"""Files of months give what the files of days give; a day written since is read as it is now."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from kentongan.cities.pack import load, packaged
from kentongan.demo.history import write_history
from kentongan.measure.clocks import Clock
from kentongan.measure.day_tables import KINDS, Day, from_bytes, to_bytes
from kentongan.measure.joining import joined, octets_of
from kentongan.measure.screens.frame import AskedError
from kentongan.measure.tables import Table
from kentongan.serve import insight as insight_module
from kentongan.serve.day_columns import DayColumns, month_path
from kentongan.serve.day_files import DayFiles
from kentongan.serve.insight import Insight
from kentongan.serve.kept import Kept
from kentongan.store.open import open_store

NOW = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
START, END = date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[date, bytes]:
    """Nine days as files."""
    folder = tmp_path_factory.mktemp("past")
    pack = load(packaged())
    store = open_store(f"sqlite:{folder / 'past.db'}")
    write_history(store, pack, 9, NOW)
    files = DayFiles(folder / "evaluation", ZoneInfo("Asia/Jakarta"))
    files.refresh(store, pack)
    assert month_path(files.path(START, training=True)).is_file()
    store.close()
    return {day: files.path(day, training=True).read_bytes() for day in files.days(training=True)}


@pytest.fixture
def files(tmp_path: Path, made: dict[date, bytes]) -> DayFiles:
    """A folder of one's own with the days and their month."""
    files = DayFiles(tmp_path / "evaluation", ZoneInfo("Asia/Jakarta"))
    for day, content in made.items():
        _put(files, day, content)
    assert files.renew_months() == 1
    assert files.renew_months() == 0
    return files


def _put(files: DayFiles, day: date, content: bytes) -> None:
    path = files.path(day, training=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    newest = max(files.versions(training=True).values())
    os.utime(path, ns=(newest + 1_000, newest + 1_000))


def _read(files: DayFiles, start: date = START, end: date = END) -> Day:
    columns = DayColumns(partial(files.path, training=True))
    return columns.between(files.versions(training=True), start, end)


def _of_days(files: DayFiles, start: date = START, end: date = END) -> Day:
    return joined(
        [
            from_bytes(files.path(day, training=True).read_bytes())
            for day in files.days(training=True)
            if start <= day < end
        ]
    )


def _assert_same(found: Table, wanted: Table) -> None:
    assert (found.subject, found.size, found.until) == (wanted.subject, wanted.size, wanted.until)
    assert found.offset_s == wanted.offset_s
    assert found.keys == wanted.keys
    assert set(found.at) >= set(wanted.at)
    assert set(found.last) >= set(wanted.last)
    for clock in found.at:
        assert np.array_equal(found.moments(clock), wanted.moments(clock)), clock
        assert np.array_equal(found.source(clock), wanted.source(clock)), clock
        assert np.array_equal(found.is_late(clock), wanted.is_late(clock)), clock
    for clock in wanted.last:
        assert np.array_equal(found.moments(clock, last=True), wanted.moments(clock, last=True))
    for name in ("over", "gave_up", "closed", "by_call"):
        assert np.array_equal(getattr(found, name), getattr(wanted, name)), name
    assert set(found.labels) == set(wanted.labels)
    for label, column in wanted.labels.items():
        other = found.labels[label]
        assert [other.names[code] for code in other.codes.tolist()] == [
            column.names[code] for code in column.codes.tolist()
        ], label


@pytest.mark.parametrize("cut", [(START, END), (date(2026, 11, 13), date(2026, 11, 16))])
def test_a_month_is_its_days(files: DayFiles, cut: tuple[date, date]) -> None:
    """Whole or a part of it: every column, label, key and count."""
    found, wanted = _read(files, *cut), _of_days(files, *cut)
    assert wanted.tables["incident"].size > 50
    assert found.excluded == wanted.excluded
    for kind in KINDS:
        _assert_same(found.tables[kind], wanted.tables[kind])


def test_the_month_itself_is_read_and_only_what_is_asked_for(
    files: DayFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No day's own file is opened, and a column that nobody asked for is not in memory."""
    monkeypatch.setattr("kentongan.serve.day_columns.from_bytes", _never)
    day = _read(files)
    assert octets_of(day) == 0  # no kind was asked for
    table = day.tables["incident"]
    before = octets_of(day)
    _ = table.moments(Clock.ARRIVED)
    assert octets_of(day) == before + table.moments(Clock.ARRIVED).nbytes
    assert 0 < before < table.size * 100


def _never(_content: bytes) -> Day:
    raise AssertionError("a day's own file was read")


def _doubled(files: DayFiles, day: date) -> None:
    one = from_bytes(files.path(day, training=True).read_bytes())
    _put(files, day, to_bytes(joined([one, one])))


def _gone(files: DayFiles, day: date) -> None:
    files.path(day, training=True).unlink()


def _damaged(files: DayFiles, day: date) -> None:
    month_path(files.path(day, training=True)).write_bytes(b"KTGMONTH1\x00\x00\x00\x04none")


def _torn(files: DayFiles, day: date) -> None:
    path = month_path(files.path(day, training=True))
    path.write_bytes(path.read_bytes()[:-1])


def _lost(files: DayFiles, day: date) -> None:
    month_path(files.path(day, training=True)).unlink()


@pytest.mark.parametrize("change", [_doubled, _gone, _damaged, _torn, _lost])
def test_what_was_written_since_counts(
    files: DayFiles, change: Callable[[DayFiles, date], None]
) -> None:
    """A newer day, one that is gone in the middle, and a month's file that is none."""
    before = _read(files).tables["own"].size
    middle = files.days(training=True)[4]
    change(files, middle)
    found, wanted = _read(files), _of_days(files)
    for kind in KINDS:
        _assert_same(found.tables[kind], wanted.tables[kind])
    is_other = change in (_doubled, _gone)
    assert (found.tables["own"].size != before) == is_other


def test_a_month_is_made_anew_when_many_of_its_days_are_not_in_it(files: DayFiles) -> None:
    """A few newer days are read by themselves; six are a reason to write the month once more."""
    for count, day in enumerate(files.days(training=True)[:6], 1):
        _doubled(files, day)
        assert files.renew_months() == (count == 6)
    _assert_same(_read(files).tables["own"], _of_days(files).tables["own"])


def test_too_many_incidents_for_one_question_are_said(
    files: DayFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded: the answer says what is too much and what to do."""
    (files.folder / "state.bin").touch()
    insight = Insight(files, load(packaged()), lambda: False)
    monkeypatch.setattr(insight_module, "INCIDENTS_MAX", 100)
    with pytest.raises(AskedError, match=r"days: \d+ incidents .* at most 100: fewer days"):
        insight.answer({"from": "2026-11-10", "days": "10"}, None, NOW, True)


def test_what_is_kept_is_bounded_by_octets_and_the_greedy_pays() -> None:
    """The oldest of whoever holds most goes first; what grew is counted as it is now."""
    kept: Kept[bytearray] = Kept(100, len)
    kept.put("mine", bytearray(20), "eva")
    for number in range(50):
        kept.put(number, bytearray(30), "sari")
        kept.shrink()
    assert kept.octets <= 100
    assert kept.get("mine") is not None
    assert [number for number in range(50) if kept.get(number) is not None] == [48, 49]
    grown = kept.get("mine")
    assert grown is not None
    grown.extend(bytes(90))
    kept.shrink()
    assert kept.octets <= 100
    assert kept.get("mine") is None
    kept.put("whole", bytearray(101))
    kept.shrink()
    assert kept.get("whole") is None


def test_answers_and_spans_are_kept_by_octets(
    files: DayFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many questions are asked, no more is held than may be."""
    (files.folder / "state.bin").touch()
    monkeypatch.setattr(insight_module, "SPANS_OCTETS", 300_000)
    monkeypatch.setattr(insight_module, "ANSWERS_OCTETS", 100_000)
    insight = Insight(files, load(packaged()), lambda: False)
    answers = 0
    for days in range(1, 12):
        start = NOW - timedelta(days=days)
        asked = {"from": f"{start:%Y-%m-%d}", "days": str(days), "part": "first"}
        insight.answer(asked, None, NOW, True)
        spans, answers = insight.octets
        assert spans <= 300_000
        assert answers <= 100_000
    assert answers > 0


def test_a_month_of_an_older_build_is_made_anew(
    files: DayFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lacks a kind of case that there is now: its days are read one by one until then."""
    month = month_path(files.path(START, training=True))
    month.unlink()
    with monkeypatch.context() as older:
        older.setattr("kentongan.measure.month_file.KINDS", KINDS[:-1])
        assert files.renew_months() == 1
    _assert_same(_read(files).tables[KINDS[-1]], _of_days(files).tables[KINDS[-1]])
    assert files.renew_months() == 1
    assert files.renew_months() == 0
