"""A month's report costs a month and what its charts need, however long the record is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from measure_month import months, write
from msgspec import structs

from kentongan.app.ports import Recorded, Store
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.measure.alarms import month_of
from kentongan.measure.monthly.content import REACH, Asked
from kentongan.published import DayChain, Published
from kentongan.serve.publishing import publish
from kentongan.serve.reporting import SETTLED, read_from, report_of
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

ZONE = ZoneInfo("Asia/Jakarta")
PAGE = 200
DAYS = 1_000
FIRST = "2024-02-06"
NOW = datetime(2026, 11, 6, 3, 0, tzinfo=UTC)


class Counted:
    """A record that counts the events read from it."""

    def __init__(self, store: WholeStore) -> None:
        self._store = store
        self.read: list[Recorded] = []

    def tail(self, after: int, limit: int) -> Sequence[Recorded]:
        found = self._store.tail(after, limit)
        self.read.extend(found)
        return found

    def last_position(self) -> int:
        return self._store.last_position()


@pytest.fixture(scope="module")
def pack() -> CityPack:
    """The city's own."""
    return load(packaged())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WholeStore:
    """Nearly three years on record."""
    store = open_store(f"sqlite:{tmp_path_factory.mktemp('years') / 'kentongan.db'}")
    write(store, months(FIRST, DAYS, 1.5))
    return store


@pytest.fixture(scope="module")
def published(
    store: WholeStore, pack: CityPack, tmp_path_factory: pytest.TempPathFactory
) -> Published:
    """What has been published of it."""
    return publish(store, pack, tmp_path_factory.mktemp("said") / "published.json", NOW)


@pytest.mark.parametrize("month", ["2024-02", "2025-03", "2026-07"])
def test_a_report_reads_what_it_is_about_and_says_the_same(
    store: WholeStore,
    pack: CityPack,
    published: Published,
    month: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of three years half of one, to the same report as from the beginning."""
    monkeypatch.setattr("kentongan.serve.reporting.EVENTS_EACH", PAGE)
    near, whole = Counted(store), Counted(store)
    found = report_of(cast("Store", near), pack, Asked(month=month), published)
    assert found == report_of(cast("Store", whole), pack, Asked(month=month))
    assert found.has_data
    start, end = month_of(month, ZONE)
    begin, late = start - REACH - timedelta(days=1), end + SETTLED
    needed = [one for one in whole.read if begin <= one.meta.recorded_at <= late]
    assert 0 < len(near.read) <= len(needed) + PAGE
    assert len(near.read) < 0.4 * store.last_position()


def test_a_month_is_published_from_near_its_beginning(
    store: WholeStore,
    pack: CityPack,
    published: Published,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each month anew costs the same, and its figures are those of one pass over everything."""
    path = tmp_path / "published.json"
    publish(store, pack, path, NOW - timedelta(days=30))
    counted: list[int] = []
    tail = type(store).tail

    def counting(self: WholeStore, after: int, limit: int) -> Sequence[Recorded]:
        found = tail(self, after, limit)
        counted.append(len(found))
        return found

    monkeypatch.setattr(type(store), "tail", counting)
    monkeypatch.setattr("kentongan.serve.publishing.EVENTS_EACH", PAGE)
    again = publish(store, pack, path, NOW)
    assert again.months == published.months
    assert [one.month for one in again.months][-1] == "2026-10"
    assert 0 < sum(counted) < 0.35 * store.last_position()


def test_without_what_is_published_or_with_anothers_everything_is_read(
    store: WholeStore, published: Published
) -> None:
    """Nothing published, or days of a longer journal than this one: from the beginning."""
    start, _ = month_of("2026-07", ZONE)
    counted = cast("Store", Counted(store))
    assert read_from(counted, None, start, ZONE) == 0
    assert read_from(counted, published, start, ZONE) > 0
    first = month_of("2024-02", ZONE)[0]
    assert read_from(counted, published, first, ZONE) == 0
    day = DayChain(day="2025-12-01", position=10**9, events=1, chain="00")
    other = structs.replace(published, days=(day,))
    assert read_from(counted, other, start, ZONE) == 0
