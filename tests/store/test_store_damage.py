"""What is wrong with a store is found and said: tampering, foreign and newer files, lost text."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_drafts import ring

from kentongan.store.errors import SchemaTooNew, StoreDamaged, StoreError
from kentongan.store.open import open_store
from kentongan.store.verify import Verdict, verify
from kentongan.store.whole import WholeStore

NEWER = "INSERT INTO schema_version VALUES (9999, 'from the future', '2036-01-01 00:00:00+00')"

HANDS = {
    "chain": "UPDATE journal SET agent_name = 'Somebody else' WHERE position = 3",
    "gap": "DELETE FROM journal WHERE position = 3",
    "version": "UPDATE journal SET version = 9 WHERE position = 4",
    "unreadable": 'UPDATE journal SET data = \'{"type":"call.unheard_of"}\' WHERE position = 2',
    "text_lost": "DELETE FROM personal WHERE ref = 'call:c1#1.1'",
    "text_changed": "UPDATE personal SET digest = 'x' WHERE ref = 'call:c1#1.1'",
    "command_lost": "DELETE FROM commands WHERE command_id = 'ring 2'",
}


def execute(address: str, *statements: str) -> None:
    """A hand in the database, past the application."""
    if address.startswith("sqlite:"):
        with closing(sqlite3.connect(address.removeprefix("sqlite:"))) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return
    with psycopg.connect(address) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def unguard(address: str) -> None:
    """Take the triggers away, as an attacker with the owner's rights can."""
    if address.startswith("sqlite:"):
        names = ("journal_is_not_changed", "journal_is_not_shortened")
        execute(address, *(f"DROP TRIGGER {name}" for name in names))
    else:
        execute(address, "ALTER TABLE journal DISABLE TRIGGER ALL")


def verdict_of(address: str) -> Verdict:
    """Open, verify, close."""
    store = open_store(address)
    try:
        return verify(store)
    finally:
        store.close()


def filled(address: str) -> None:
    """A store with three calls."""
    store = open_store(address)
    for number in range(3):
        ring(store, number)
    store.close()


def test_an_untouched_journal_holds(store: WholeStore) -> None:
    """In every store; also after a lawful erasure, which is counted."""
    for number in range(3):
        ring(store, number)
    before = verify(store)
    assert before.holds
    assert (before.events, before.last_position, before.texts, before.texts_erased) == (6, 6, 3, 0)
    store.erase_texts(["call:c1#1.1"])
    after = verify(store, published={6: before.chain})
    assert after.holds
    assert (after.chain, after.texts, after.texts_erased) == (before.chain, 3, 1)


def test_the_chain_is_the_same_in_every_store(tmp_path: Path, postgres_url: str) -> None:
    """Same facts and salts, same chain: a backup can move between engines and still be proven."""
    chains: set[str] = set()
    for address in ("memory:", f"sqlite:{tmp_path / 'store.db'}", postgres_url):
        store = open_store(address, salt=lambda: bytes(16))
        for number in range(3):
            ring(store, number)
        chains.add(verify(store).chain)
        store.close()
    assert len(chains) == 1


@pytest.mark.parametrize("what", HANDS)
def test_a_hand_in_the_database_is_found(durable_address: str, what: str) -> None:
    """Each kind of change is named, at its place."""
    filled(durable_address)
    unguard(durable_address)
    execute(durable_address, HANDS[what])
    verdict = verdict_of(durable_address)
    assert not verdict.holds
    assert what in {finding.what for finding in verdict.findings}


def test_a_journal_rewritten_whole_differs_from_what_was_published(store: WholeStore) -> None:
    """Recomputing every hash does not help against one value kept outside."""
    ring(store, 1)
    assert verify(store, published={2: verify(store).chain}).holds
    for published in ({2: "00" * 32}, {9: verify(store).chain}):
        findings = verify(store, published=published).findings
        assert [finding.what for finding in findings] == ["published"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET agent = 'x'",
        "DELETE FROM journal",
        "UPDATE access_log SET what = 'x'",
        "DELETE FROM access_log",
    ],
)
def test_the_journal_is_append_only(durable_address: str, statement: str) -> None:
    """The database itself refuses a change, whoever asks."""
    filled(durable_address)
    execute(
        durable_address,
        "INSERT INTO access_log VALUES (1, 'a', 'b', 'c', '2026-01-01 00:00:00+00')",
    )
    with pytest.raises(
        (sqlite3.IntegrityError, psycopg.errors.RaiseException), match="append-only"
    ):
        execute(durable_address, statement)
    assert verdict_of(durable_address).holds


def test_erased_text_leaves_the_file(tmp_path: Path) -> None:
    """Not only the row: its octets are overwritten, also in the write-ahead log."""
    path = tmp_path / "store.db"
    store = open_store(f"sqlite:{path}")
    for number in range(30):
        ring(store, number)
    assert any(b"0813000007" in file.read_bytes() for file in tmp_path.iterdir())
    store.erase_texts(["call:c7#1.1"])
    assert not any(b"0813000007" in file.read_bytes() for file in tmp_path.iterdir())
    store.close()
    assert b"0813000008" in path.read_bytes()


def test_a_store_of_a_later_release_is_refused(durable_address: str) -> None:
    """By number, with what to do; and it is left as it is."""
    filled(durable_address)
    execute(durable_address, NEWER)
    with pytest.raises(SchemaTooNew, match="schema 9999") as caught:
        open_store(durable_address)
    assert caught.value.found == 9999


def _garbage(path: Path) -> None:
    path.write_bytes(b"not a database at all, and long enough to be read as a header" * 40)


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE places (name TEXT)")


def _truncated(path: Path) -> None:
    filled(f"sqlite:{path}")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("make", [_garbage, _foreign, _truncated])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """With the file's name in the message, and without changing it."""
    path = tmp_path / "store.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match=r"store\.db"):
        open_store(f"sqlite:{path}").tail(0, 100)
    assert path.read_bytes() == before


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """It holds names and numbers of people in need."""
    store = open_store(f"sqlite:{tmp_path / 'deep' / 'store.db'}")
    ring(store, 1)
    for file in (tmp_path / "deep").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    store.close()


@pytest.mark.parametrize("address", ["", "sqlite:", "mysql://x", "store.db"])
def test_an_unknown_address_is_refused(address: str) -> None:
    """With the kinds there are."""
    with pytest.raises(StoreError):
        open_store(address)


@given(st.integers(0, 2**70), st.text(max_size=10))
def test_any_change_of_a_line_changes_its_chain(number: int, text: str) -> None:
    """Every column is covered, and nothing can move from one column to its neighbour."""
    from datetime import UTC, datetime

    from kentongan.store.chain import START, canonical, link

    at = datetime(2026, 11, 23, tzinfo=UTC)
    line = [1, "call:a", 1, "call.queued", at, at, "switch", "Switch", None, "c1", '{"a":1}']
    chain = link(START, canonical(line))
    for column, value in enumerate(line):
        changed = list(line)
        if isinstance(value, int):
            changed[column] = number if number != value else number + 1
        elif isinstance(value, datetime):
            changed[column] = value.replace(microsecond=1 + number % 999_999)
        elif column == 10:
            changed[column] = f'{{"a":{number + 2}}}'
        else:
            changed[column] = f"{value}{text}x"
        assert link(START, canonical(changed)) != chain
        assert link(START[1:] + b"\1", canonical(line)) != chain
