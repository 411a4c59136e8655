"""The history of positions and the devices that report them: the same on every store."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.cities.facts import Point
from kentongan.core.positions import Judged, Verdict
from kentongan.core.words import Fix, UnitId
from kentongan.store.backup import backup, check_backup, restore
from kentongan.store.devices import Device, digest_of
from kentongan.store.errors import BackupDamaged, StoreDamaged
from kentongan.store.open import open_store
from kentongan.store.track_block import TrackFix, decoded, encoded
from kentongan.store.track_gathering import (
    BLOCK_FIXES,
    BLOCK_S,
    BLOCKS_WAITING_MAX,
    Gathering,
)
from kentongan.store.tracks import FIXES_READ_MAX, PAGE_BLOCKS, Block, block_of, each_block
from kentongan.store.verify import verify
from kentongan.store.whole import WholeStore

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
UNIT = UnitId("AMB01")


def kept(second: float, *, late_s: float = 0.0, lat: float = -6.98) -> TrackFix:
    """A fix measured so many seconds after noon."""
    at = NOON + timedelta(seconds=second)
    fix = Fix(point=Point(lat, 110.41), at=at, accuracy_m=6.0, heading_deg=270.0, speed_m_s=12.5)
    return TrackFix(fix=fix, received_at=at + timedelta(seconds=late_s))


def judged(second: float, verdict: Verdict = Verdict.DRAWN, unit: str = UNIT) -> Judged:
    """The same, as it comes from the judge."""
    one = kept(second)
    return Judged(unit=UnitId(unit), fix=one.fix, received_at=one.received_at, verdict=verdict)


times = st.datetimes(datetime(2000, 1, 1), datetime(2199, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda at: at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
)
tenths = st.none() | st.integers(0, 99_999).map(lambda value: value / 10)
track_fixes = st.builds(
    TrackFix,
    fix=st.builds(
        Fix,
        point=st.builds(
            Point,
            st.integers(-90_000_000, 90_000_000).map(lambda value: value / 1e6),
            st.integers(-180_000_000, 180_000_000).map(lambda value: value / 1e6),
        ),
        at=times,
        accuracy_m=tenths,
        heading_deg=st.none() | st.integers(0, 359).map(float),
        speed_m_s=tenths,
    ),
    received_at=times,
    verdict=st.sampled_from(Verdict),
    shift_s=st.integers(-(10**9), 10**9).map(lambda value: value / 1000),
)


@given(st.lists(track_fixes, min_size=1, max_size=40))
def test_a_block_gives_back_what_went_in(fixes: list[TrackFix]) -> None:
    """To the millisecond, the millionth of a degree, the tenth and the degree, in any order."""
    assert decoded(encoded(fixes)) == fixes


def test_a_block_is_small() -> None:
    """A car on a street, one fix a second for four minutes: under eight octets a fix."""
    fixes = [kept(n + 0.001 * (n % 7), lat=-6.98 + n * 1.1e-4 + n % 3 * 1e-6) for n in range(240)]
    assert len(encoded(fixes)) < 8 * len(fixes)


@given(st.binary(max_size=60))
def test_what_is_no_block_is_named_so(octets: bytes) -> None:
    """Damage is found as damage, whatever the octets are."""
    good = encoded([kept(0)])
    for damaged in (octets, good[:-2], b"\x01" + octets, good[:1] + octets):
        if damaged != good:
            with pytest.raises(StoreDamaged):
                decoded(damaged)


def test_a_span_of_a_unit(store: WholeStore) -> None:
    """Only that unit and [start, end), by time of measurement, across blocks, days and arrivals."""
    midnight = NOON + timedelta(hours=12)
    store.tracks.put([block_of(UNIT, [kept(n) for n in range(10)], "w", 1)])
    store.tracks.put([block_of(UNIT, [kept(4.5, late_s=86_400 * 3)], "w", 2)])
    store.tracks.put([block_of(UnitId("AMB02"), [kept(5)], "w", 3)])
    store.tracks.put([block_of(UNIT, [kept(12 * 3600 + 1)], "w", 4)])
    found = store.tracks.read(UNIT, NOON + timedelta(seconds=4), NOON + timedelta(seconds=6))
    assert [(one.fix.at - NOON).total_seconds() for one in found.fixes] == [4.0, 4.5, 5.0]
    assert not found.is_cut
    assert len(store.tracks.read(UNIT, NOON, midnight + timedelta(hours=1)).fixes) == 12
    assert store.tracks.read(UnitId("nobody"), NOON, midnight).fixes == ()


def test_the_same_block_twice_is_there_once(store: WholeStore) -> None:
    """A writing whose answer was lost is repeated without harm."""
    block = block_of(UNIT, [kept(1)], "w", 1)
    store.tracks.put([block, block])
    store.tracks.put([block])
    assert len(store.tracks.read(UNIT, NOON, NOON + timedelta(minutes=1)).fixes) == 1


def test_old_days_go_whole(store: WholeStore) -> None:
    """Forgetting drops every earlier partition and nothing else; a day can come again."""
    for days in range(4):
        store.tracks.put([block_of(UNIT, [kept(86_400 * days)], "w", days)])
    assert list(store.tracks.days()) == [date(2026, 11, 25 + days) for days in range(4)]
    assert store.tracks.forget(date(2026, 11, 27)) == [date(2026, 11, 25), date(2026, 11, 26)]
    assert store.tracks.forget(date(2026, 11, 27)) == []
    assert len(store.tracks.read(UNIT, NOON, NOON + timedelta(days=9)).fixes) == 2
    store.tracks.put([block_of(UNIT, [kept(0)], "w", 9)])
    assert len(store.tracks.read(UNIT, NOON, NOON + timedelta(days=9)).fixes) == 3


def test_a_reading_has_a_limit(store: WholeStore) -> None:
    """More than the limit is cut, and said to be."""
    for number in range(FIXES_READ_MAX // 25_000 + 1):
        fixes = [kept(number * 250 + n / 100) for n in range(25_000)]
        store.tracks.put([block_of(UNIT, fixes, "w", number)])
    found = store.tracks.read(UNIT, NOON, NOON + timedelta(days=1))
    assert len(found.fixes) == FIXES_READ_MAX
    assert found.is_cut


def test_every_block_is_found_page_by_page(store: WholeStore) -> None:
    """In order, none twice, none left out; a day that was dropped meanwhile has none."""
    blocks = [
        block_of(UnitId(f"AMB{n % 7}"), [kept(n + 86_400 * (n % 2))], "w", n)
        for n in range(2 * PAGE_BLOCKS + 3)
    ]
    store.tracks.put(blocks)
    found = list(each_block(store.tracks))
    assert sorted(found, key=lambda one: one.number) == blocks
    assert [one.key for one in found if one.day == NOON.date()] == sorted(
        one.key for one in blocks if one.day == NOON.date()
    )
    store.tracks.forget(NOON.date() + timedelta(days=1))
    assert store.tracks.page(NOON.date(), None) == []


@pytest.mark.parametrize("with_tracks", [True, False])
def test_tracks_are_in_a_backup_unless_they_are_left_out(
    store: WholeStore, tmp_path: Path, *, with_tracks: bool
) -> None:
    """The same blocks come back, in any engine; begun anew, nothing is there twice."""
    blocks = [block_of(UNIT, [kept(n), kept(n + 1)], "w", n) for n in range(PAGE_BLOCKS + 1)]
    store.tracks.put(blocks)
    file = tmp_path / "night.kentongan"
    manifest = backup(store, file, made_at=NOON, with_tracks=with_tracks)
    assert check_backup(file) == manifest
    target = open_store("memory:")
    target.tracks.put(blocks[:5])  # what a broken restoring left behind
    restore(file, target)
    expected = blocks if with_tracks else blocks[:5]
    assert list(each_block(target.tracks)) == expected
    other = open_store("memory:")
    restore(file, other, with_tracks=False)
    assert list(each_block(other.tracks)) == []


def test_a_changed_block_is_found(store: WholeStore, tmp_path: Path) -> None:
    """By `verify`, and by a backup before it is restored."""
    store.tracks.put([block_of(UNIT, [kept(0), kept(1)], "w", 1)])
    assert (verify(store).track_blocks, verify(store).findings) == (1, ())
    good = block_of(UNIT, [kept(2), kept(3)], "w", 2)
    octets = bytearray(good.octets)
    octets[-1] ^= 1  # the checksum
    store.tracks.put(
        [
            msgspec.structs.replace(good, octets=bytes(octets)),
            msgspec.structs.replace(good, number=3, fixes=3),
            msgspec.structs.replace(good, number=4, octets=b""),
        ]
    )
    verdict = verify(store)
    assert [one.what for one in verdict.findings] == ["track_damaged"] * 3
    assert verdict.track_blocks == 4
    file = tmp_path / "night.kentongan"
    backup(store, file, made_at=NOON)
    target = open_store("memory:")
    with pytest.raises(BackupDamaged):
        restore(file, target)
    assert list(each_block(target.tracks)) == []


def test_devices_are_found_by_their_changes(store: WholeStore) -> None:
    """Each change gets a higher number; a reader asks for what came after the last it knows."""
    first = Device(
        id="d1", label="One", unit=UNIT, digest=digest_of("t"), created_at=NOON, created_by="me"
    )
    second = Device(id="d2", label="Gateway", created_at=NOON, created_by="me")
    store.devices.put(first)
    store.devices.put(second)
    assert store.devices.find("d1") == first
    assert store.devices.find("d\0") is None
    known = store.devices.list()
    assert [one.device for one in known] == [first, second]
    revoked = Device(id="d1", label="One", created_at=NOON, created_by="me", revoked_at=NOON)
    store.devices.put(revoked)
    assert [one.device for one in store.devices.list(after=known[-1].version)] == [revoked]
    assert len(store.devices.list()) == 2


def test_gathered_fixes_become_blocks(store: WholeStore) -> None:
    """By age, by fullness and by day; duplicates are not kept twice; nothing is kept back."""
    gathering = Gathering("writer")
    for second in range(BLOCK_FIXES + 1):
        gathering.add(judged(second))
    gathering.add(judged(0, Verdict.DUPLICATE))
    gathering.add(judged(250, Verdict.TOO_FAST, "AMB02"))
    due = gathering.due(NOON + timedelta(seconds=260))
    assert [len(one.fixes) for one in due.gathered] == [BLOCK_FIXES]
    assert not gathering.due(NOON + timedelta(seconds=290))
    gathering.add(judged(12 * 3600))
    later = gathering.due(NOON + timedelta(seconds=311))
    store.tracks.put(gathering.encoded(due))
    store.tracks.put(gathering.encoded(later))
    store.tracks.put(gathering.encoded(gathering.due(NOON, everything=True)))
    found = store.tracks.read(UNIT, NOON, NOON + timedelta(days=2))
    assert len(found.fixes) == BLOCK_FIXES + 2
    other = store.tracks.read(UnitId("AMB02"), NOON, NOON + timedelta(days=1))
    assert [one.verdict for one in other.fixes] == [Verdict.TOO_FAST]


def test_a_fleet_that_begins_at_once_is_written_little_by_little() -> None:
    """Each second from half a minute on a few blocks more, none older than a minute, all fixes."""
    gathering = Gathering("writer")
    count, found, most = 640, 0, 0
    for second in range(121):
        for unit in range(count):
            gathering.add(judged(second, unit=f"U{unit}"))
        due = gathering.due(NOON + timedelta(seconds=second))
        most = max(most, len(due.gathered))
        found += sum(len(one.fixes) for one in due.gathered)
        for one in due.gathered:
            assert (one.fixes[-1].fix.at - one.fixes[0].fix.at).total_seconds() <= BLOCK_S
    assert most <= count // 20
    left = sum(len(one.fixes) for one in gathering.due(NOON, everything=True).gathered)
    assert found + left == 121 * count


def test_blocks_wait_for_the_store_up_to_a_limit() -> None:
    """What could not be written comes first again; beyond the limit the oldest go, counted."""
    gathering = Gathering("writer")
    blocks = [Block(unit=UNIT, day=NOON.date(), first_ms=0, last_ms=0, fixes=1, writer="w",
                    number=n, octets=b"") for n in range(BLOCKS_WAITING_MAX + 5)]  # fmt: skip
    gathering.put_back(blocks)
    assert gathering.dropped == 5
    assert gathering.due(NOON).waited[0].number == 5
