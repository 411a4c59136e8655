"""The board is a fold of the journal, and a backup holds all that cannot be folded."""

import stat
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from store_drafts import NOON, append, draft
from store_kinds import KINDS, address_of
from store_story import tell_a_night

from kentongan.app.ports import Timer
from kentongan.core.words import AgentId, CommandId, Role
from kentongan.store.accounts import Access, Account
from kentongan.store.backup import FORMAT, backup, check_backup, read_manifest, restore
from kentongan.store.deliveries import Contact, Delivery
from kentongan.store.devices import Device
from kentongan.store.errors import BackupDamaged, StoreNotEmpty
from kentongan.store.memory import MemoryStore
from kentongan.store.open import open_store, random_salt
from kentongan.store.rebuild import rebuild
from kentongan.store.tables import (
    BOARD,
    CLAIMS,
    DERIVED,
    KEPT,
    RECORDING_KEYS,
    BoardLine,
    ClaimLine,
    KeyLine,
    Table,
)
from kentongan.store.verify import verify
from kentongan.store.whole import Tables, WholeStore, every


def content(
    store: WholeStore, tables: tuple[Table, ...] = (*KEPT, *DERIVED)
) -> dict[str, list[object]]:
    """Everything in these tables."""
    with store.tables() as whole:
        return {table.name: list(every(whole, table)) for table in tables}


def test_the_board_is_the_fold_of_the_journal(store: WholeStore) -> None:
    """Every row with its position, every gravestone, every claim; also after an erasure."""
    for night in (1, 2):
        tell_a_night(store, night)
    result = rebuild(store)
    assert result.differences == ()
    assert result.events == store.last_position() > 40
    assert result.rows == len(content(store, (BOARD,))["board"])
    assert any(row.row is None for row in store.rows(after=1))
    refs = [f"call:n1#{n}.1" for n in (1, 2)]
    assert store.erase_texts(refs) == 1
    assert rebuild(store).differences == ()


def test_a_row_nobody_decided_is_found_and_put_right(store: WholeStore) -> None:
    """A changed, a missing and an invented row, and a claim; then the board is as before."""
    tell_a_night(store)
    before = content(store, DERIVED)
    with store.tables(writing=True) as tables:
        rows = [row for row in every(tables, BOARD) if isinstance(row, BoardLine)]
        wrong = BoardLine(rows[0].kind, rows[0].key, rows[0].stream, 1, "{}")
        tables.clear(BOARD)
        tables.add(BOARD, [wrong, *rows[2:], BoardLine("call", "invented", "call:x", 1, "{}")])
        tables.add(CLAIMS, [ClaimLine("unit", "AMB99", "incident:x")])
    result = rebuild(store)
    assert result.differences_total == 4
    assert {(d.table, d.kind, d.key) for d in result.differences} == {
        ("board", rows[0].kind, rows[0].key),
        ("board", rows[1].kind, rows[1].key),
        ("board", "call", "invented"),
        ("claims", "unit", "AMB99"),
    }
    assert content(store, DERIVED) != before  # checking changes nothing
    assert rebuild(store, check=False).differences_total == 4
    assert content(store, DERIVED) == before
    assert rebuild(store).differences_total == 0


@pytest.fixture(params=[(a, b) for a in KINDS for b in KINDS if a != b or a == "sqlite"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[WholeStore, WholeStore]]:
    """A store to back up and an empty one to restore into."""
    opened: list[WholeStore] = []
    for number, kind in enumerate(request.param):
        opened.append(open_store(address_of(request, kind, tmp_path / str(number))))
    yield opened[0], opened[1]
    for store in opened:
        store.close()


def fill(store: WholeStore) -> None:
    """Something in every table that a backup keeps."""
    tell_a_night(store)
    store.erase_texts(["call:n1#1.1"])
    append(
        store, draft("call:n1", "a command that led to nothing", version=len(store.load("call:n1")))
    )
    with store.transaction() as transaction:
        transaction.next_number("2026-11-23")
        transaction.put_timers([Timer(id="t", due_at=NOON, envelope=b"\0\xff")])
        transaction.put_timers([Timer(id="u", due_at=NOON + timedelta(hours=1), envelope=b"{}")])
        transaction.finish_timer("t")
        transaction.set_cursor("reactions", 12)
    dewi = AgentId("dewi")
    roles = (Role.CALL_TAKER,)
    store.accounts.put(Account(id=dewi, name="Dewi", password_hash="$argon2id$x", roles=roles))
    store.accounts.log_access([Access(viewer=dewi, what="call:n1#1.1", reason="row", at=NOON)])
    store.recording_keys.keep(
        [
            KeyLine("0a", "n1", "n1-1.rec", NOON, b"sealed\0\xff"),
            KeyLine("0b", "n1", "n1-2.rec", NOON, b"erased"),
        ]
    )
    store.recording_keys.erase(["0b"])
    store.devices.put(
        Device(id="d1", label="Modem", digest="0f", created_at=NOON, created_by="administrator")
    )
    store.deliveries.put_contact(
        Contact(id="c1", label="Piket", phone="+62811", created_at=NOON, created_by="administrator")
    )
    store.deliveries.add(
        Delivery(
            id="n1/0/c1",
            way="sms",
            contact="c1",
            label="Piket",
            to="+62811",
            text="",
            made_at=NOON,
            expires_at=NOON,
            state="expired",
            about="task",
        )
    )


def test_a_backup_restores_everything_into_any_engine(
    pair: tuple[WholeStore, WholeStore], tmp_path: Path
) -> None:
    """Journal, chain, texts, erasures, commands, numbers, timers, cursors, accounts; the board."""
    source, target = pair
    fill(source)
    file = tmp_path / "night.kentongan"
    manifest = backup(source, file, made_at=NOON)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert manifest.events == source.last_position()
    assert read_manifest(file) == manifest == check_backup(file) == restore(file, target)
    assert all(content(source).values())  # no table was tried empty
    assert content(target) == content(source)
    assert verify(target) == verify(source)
    assert rebuild(target).differences == ()
    assert target.load("report:n1") == source.load("report:n1")
    with target.transaction() as transaction:
        assert transaction.find_outcome(CommandId("a command that led to nothing")) == ()
        assert transaction.next_number("2026-11-23") == 2
    tell_a_night(target, 2)
    assert verify(target).holds


def test_a_backup_of_the_release_before_is_restored(tmp_path: Path) -> None:
    """Format 1 knew no keys of recordings: the rest is there, and the table is empty."""
    source, target = open_store("memory:"), open_store("memory:")
    fill(source)
    file = tmp_path / "night.kentongan"
    backup(source, file, made_at=NOON)
    older = _rewrite("manifest.json", _without_keys)
    older(file)
    restore(file, target)
    assert content(target, (RECORDING_KEYS,)) == {"recording_keys": []}
    rest = tuple(table for table in KEPT if table is not RECORDING_KEYS)
    assert content(target, rest) == content(source, rest)


def _without_keys(manifest: bytes) -> bytes:
    """The manifest as format 1 had it."""
    found = msgspec.json.decode(manifest)
    del found["tables"]["recording_keys"]
    return msgspec.json.encode({**found, "format": 1})


def test_a_backup_is_never_restored_over_something(store: WholeStore, tmp_path: Path) -> None:
    """Not even over a store that only has an account; and what was there stays."""
    file = tmp_path / "night.kentongan"
    source = open_store("memory:")
    fill(source)
    backup(source, file, made_at=NOON)
    store.accounts.put(Account(id=AgentId("a"), name="a", password_hash="x", roles=()))
    before = content(store)
    with pytest.raises(StoreNotEmpty):
        restore(file, store)
    assert content(store) == before


def test_a_failed_backup_leaves_the_earlier_one(tmp_path: Path) -> None:
    """It is renamed into place when it is whole and on disk, not before."""
    store = open_store("memory:")
    fill(store)
    file = tmp_path / "night.kentongan"
    backup(store, file, made_at=NOON)
    before = file.read_bytes()
    with pytest.raises(ZeroDivisionError):
        backup(_Failing(), file, made_at=NOON)
    with pytest.raises(OSError, match="missing"):
        backup(store, tmp_path / "missing" / "night.kentongan", made_at=NOON)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["night.kentongan"]


class _Failing(MemoryStore):
    """A store whose database goes away while its tables are read."""

    def __init__(self) -> None:
        super().__init__(random_salt)

    @contextmanager
    def tables(self, *, writing: bool = False) -> Generator[Tables]:
        """Fails once the file is begun."""
        with super().tables(writing=writing):
            raise ZeroDivisionError
            yield


def _halve(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _flip(file: Path) -> None:
    octets = bytearray(file.read_bytes())
    octets[len(octets) // 3] ^= 0x55
    file.write_bytes(bytes(octets))


def _rewrite(member: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def rewrite(file: Path) -> None:
        with zipfile.ZipFile(file) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(file, "w") as archive:
            for name, octets in members.items():
                archive.writestr(name, change(octets) if name == member else octets)

    return rewrite


DAMAGE: dict[str, Callable[[Path], object]] = {
    "truncated": _halve,
    "a flipped octet": _flip,
    "empty": lambda file: file.write_text(""),
    "another agent": _rewrite("journal.jsonl", lambda octets: octets.replace(b"Switch", b"Swatch")),
    "a line less": _rewrite(
        "journal.jsonl", lambda octets: octets[: octets[:-1].rindex(b"\n") + 1]
    ),
    "another password": _rewrite(
        "accounts.jsonl", lambda octets: octets.replace(b"argon2id", b"none")
    ),
    "no JSON": _rewrite("personal.jsonl", lambda _: b"}\n"),
    "no manifest": _rewrite("manifest.json", lambda _: b""),
    "a later format": _rewrite(
        "manifest.json",
        lambda o: o.replace(f'"format": {FORMAT}'.encode(), f'"format": {FORMAT + 1}'.encode()),
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_backup_is_refused_before_anything_is_written(what: str, tmp_path: Path) -> None:
    """Whatever was done to the file; the empty store stays empty and usable."""
    source, target = open_store("memory:"), open_store(f"sqlite:{tmp_path / 'store.db'}")
    fill(source)
    file = tmp_path / "night.kentongan"
    backup(source, file, made_at=NOON)
    DAMAGE[what](file)
    with pytest.raises(BackupDamaged):
        restore(file, target)
    assert not any(content(target).values())
    tell_a_night(target)
    target.close()
