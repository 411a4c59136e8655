"""The keys of recordings: kept once, found by call and age, and erased for ever, on every store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from kentongan.store.open import open_store
from kentongan.store.tables import KeyLine
from kentongan.store.whole import WholeStore

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def key(name: str, call: str = "c1", *, days: int = 0, sealed: bytes = b"\0sealed\xff") -> KeyLine:
    """A key made so many days before noon."""
    return KeyLine(name, call, f"{call}-{name}.rec", NOON - timedelta(days=days), sealed)


def test_a_key_is_kept_as_it_was_given(store: WholeStore) -> None:
    """Octets and time come back exactly; what is not there is None."""
    store.recording_keys.keep([key("a1")])
    assert store.recording_keys.find("a1") == key("a1")
    assert store.recording_keys.find("a2") is None
    assert store.recording_keys.find("a\0") is None


def test_a_repeated_delivery_changes_nothing(store: WholeStore) -> None:
    """The switch may deliver twice; the first one counts, and an erased key stays erased."""
    store.recording_keys.keep([key("a1"), key("a1", sealed=b"other")])
    store.recording_keys.keep([key("a1", sealed=b"third"), key("a2")])
    assert store.recording_keys.find("a1") == key("a1")
    assert store.recording_keys.erase(["a1", "nobody"]) == 1
    store.recording_keys.keep([key("a1")])
    found = store.recording_keys.find("a1")
    assert found is not None
    assert found.sealed is None
    assert store.recording_keys.erase(["a1"]) == 0


def test_keys_of_a_call_in_the_order_of_its_segments(store: WholeStore) -> None:
    """Oldest first, erased ones included, no other call's."""
    store.recording_keys.keep([key("b1", days=1), key("a1", days=2), key("c1", "c2")])
    store.recording_keys.erase(["a1"])
    assert [one.id for one in store.recording_keys.of_call("c1")] == ["a1", "b1"]
    assert store.recording_keys.of_call("nobody") == []


def test_old_living_keys_page_by_page(store: WholeStore) -> None:
    """Made before a time and not erased, oldest first; each page goes on after the last key."""
    keys = store.recording_keys
    keys.keep([key(f"k{number}", days=number) for number in range(6)])
    keys.keep([key("j5", days=5)])
    keys.erase(["k4"])
    before = NOON - timedelta(days=1)
    first = keys.living(before, None, 2)
    assert [one.id for one in first] == ["j5", "k5"]
    assert [one.id for one in keys.living(before, first[0], 2)] == ["k5", "k3"]
    assert [one.id for one in keys.living(before, first[-1], 9)] == ["k3", "k2"]


def test_an_erased_key_leaves_the_database_file(tmp_path: Path) -> None:
    """Not only unlinked: its octets are in no file of the database any more."""
    store = open_store(f"sqlite:{tmp_path / 'store.db'}")
    store.recording_keys.keep([key("a1", sealed=b"a very recognisable sealed key")])
    assert any(b"very recognisable" in file.read_bytes() for file in tmp_path.iterdir())
    store.recording_keys.erase(["a1"])
    assert not any(b"very recognisable" in file.read_bytes() for file in tmp_path.iterdir())
    store.close()
