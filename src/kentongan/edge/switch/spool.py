"""The spool: what the switch must still know after it was killed, in one SQLite file.

Write-ahead log and `synchronous=FULL`: what `commit` returned from is on the disk, and only then
may SIP say it. Calls, dialogs and the outbox change in one transaction. This is not the journal:
calls that are over and delivered are forgotten. The outbox has no limit but the disk: a fact about
a call is never thrown away. Used by one process, from one thread.
"""

import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kentongan.core.commands import Envelope
from kentongan.core.words import CallId
from kentongan.edge.switch.record import SpooledCall
from kentongan.store.tables import KeyLine

SCHEMA = """
create table if not exists call (id text primary key, is_over integer not null, data blob not null);
create table if not exists dialog (
    key text primary key, call text not null, data blob not null);
create index if not exists dialog_of_call on dialog (call);
create table if not exists recording_key (
    id text primary key, call text not null, data blob not null) without rowid;
create table if not exists outbox (
    seq integer primary key autoincrement, at text not null, call text not null,
    envelope blob not null, acknowledged text not null default '');
create index if not exists outbox_waiting on outbox (seq) where acknowledged = '';
create index if not exists outbox_of_call on outbox (call);
"""

DELIVERED = "delivered"
SET_ASIDE = "set_aside"
"""The door refused it: a bug, kept for an engineer, in nobody's way."""

SET_ASIDE_MAX = 1_000
"""Refused commands kept; enough to find the bug, older ones go."""


class SpoolError(Exception):
    """The disk does not take what must be remembered: full, read-only or broken."""


class SavedDialog(Struct, frozen=True, kw_only=True):
    """A SIP dialog of a call; `data` is what the stack gave to be kept, None when it is over."""

    key: str
    call: CallId
    data: bytes | None


class Posted(Struct, frozen=True, kw_only=True):
    """A command for the door, with its place in the queue and when it was decided (UTC)."""

    seq: int
    at: datetime
    call: CallId
    envelope: Envelope


class Change(Struct, frozen=True, kw_only=True):
    """What changed since the last commit: all of it becomes durable, or none."""

    calls: tuple[SpooledCall, ...] = ()
    dialogs: tuple[SavedDialog, ...] = ()
    posts: tuple[tuple[datetime, CallId, Envelope], ...] = ()
    keys: tuple[KeyLine, ...] = ()


_encode = msgspec.json.Encoder().encode
_decode_call = msgspec.json.Decoder(SpooledCall).decode
_decode_key = msgspec.json.Decoder(KeyLine).decode
_decode_envelope = msgspec.json.Decoder(Envelope).decode


class Spool:
    """The file, open. Every method raises `SpoolError` when the disk fails."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=True)  # it holds callers' numbers
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            self._db.execute("pragma secure_delete = on")  # of keys that the store erases later
            self._db.executescript(SCHEMA)
        except sqlite3.Error as error:
            raise SpoolError(str(error)) from error

    def commit(self, change: Change) -> None:
        """Make a change durable; on return it survives a power cut."""
        with self._transaction():
            self._db.executemany(
                "insert or replace into call values (?, ?, ?)",
                [(call.id, call.is_over, _encode(call)) for call in change.calls],
            )
            for dialog in change.dialogs:
                self._put_dialog(dialog)
            self._db.executemany(
                "insert into outbox (at, call, envelope) values (?, ?, ?)",
                [(at.isoformat(), call, _encode(post)) for at, call, post in change.posts],
            )

            self._db.executemany(
                "insert or ignore into recording_key values (?, ?, ?)",
                [(key.id, key.call, _encode(key)) for key in change.keys],
            )

    def _put_dialog(self, dialog: SavedDialog) -> None:
        if dialog.data is None:
            self._db.execute("delete from dialog where key = ?", (dialog.key,))
        else:
            self._db.execute(
                "insert or replace into dialog values (?, ?, ?)",
                (dialog.key, dialog.call, dialog.data),
            )

    def load_calls(self) -> tuple[SpooledCall, ...]:
        """All remembered calls, oldest first."""
        rows = self._select("select data from call order by rowid")
        return tuple(_decode_call(data) for (data,) in rows)

    def load_dialogs(self) -> tuple[SavedDialog, ...]:
        """All dialogs that were not over."""
        rows = self._select("select key, call, data from dialog")
        return tuple(SavedDialog(key=key, call=CallId(call), data=data) for key, call, data in rows)

    def waiting(self, limit: int) -> Sequence[Posted]:
        """The oldest commands that the door has not taken yet."""
        rows = self._select(
            "select seq, at, call, envelope from outbox where acknowledged = ''"
            " order by seq limit ?",
            limit,
        )
        return [
            Posted(
                seq=seq,
                at=datetime.fromisoformat(at),
                call=CallId(call),
                envelope=_decode_envelope(envelope),
            )
            for seq, at, call, envelope in rows
        ]

    def waiting_keys(self, limit: int) -> Sequence[KeyLine]:
        """Sealed keys of recordings that the store has not got yet."""
        rows = self._select("select data from recording_key order by id limit ?", limit)
        return [_decode_key(data) for (data,) in rows]

    def drop_keys(self, keys: Iterable[str]) -> None:
        """The store has them."""
        with self._transaction():
            self._db.executemany("delete from recording_key where id = ?", [(key,) for key in keys])

    def count_waiting(self) -> int:
        """How many commands the door has not taken yet."""
        return self._select("select count(*) from outbox where acknowledged = ''")[0][0]

    def count_set_aside(self) -> int:
        """How many commands the door refused."""
        return self._select("select count(*) from outbox where acknowledged = ?", SET_ASIDE)[0][0]

    def oldest_waiting_at(self) -> datetime | None:
        """When the oldest waiting command was decided."""
        rows = self._select("select at from outbox where acknowledged = '' order by seq limit 1")
        return datetime.fromisoformat(rows[0][0]) if rows else None

    def has_waiting(self, call: CallId) -> bool:
        """Whether the door has not taken everything of that call."""
        return bool(
            self._select(
                "select 1 from outbox where call = ? and acknowledged = ''"
                " union all select 1 from recording_key where call = ? limit 1",
                call,
                call,
            )
        )

    def acknowledge(self, outcomes: Iterable[tuple[int, str]]) -> None:
        """Note what became of commands: (seq, `DELIVERED` or `SET_ASIDE`)."""
        with self._transaction():
            self._db.executemany(
                "update outbox set acknowledged = ? where seq = ?",
                [(outcome, seq) for seq, outcome in outcomes],
            )

    def retry_set_aside(self) -> None:
        """Let what was refused be tried again, as by a process that was put right."""
        with self._transaction():
            self._db.execute(
                "update outbox set acknowledged = '' where acknowledged = ?", (SET_ASIDE,)
            )

    def forget(self, calls: Iterable[CallId]) -> None:
        """Drop calls that are over, with their dialogs and delivered commands."""
        with self._transaction():
            for call in calls:
                self._db.execute("delete from call where id = ?", (call,))
                self._db.execute("delete from dialog where call = ?", (call,))
                self._db.execute(
                    "delete from outbox where call = ? and acknowledged = ?", (call, DELIVERED)
                )
            self._db.execute(
                "delete from outbox where acknowledged = ? and seq not in"
                " (select seq from outbox where acknowledged = ? order by seq desc limit ?)",
                (SET_ASIDE, SET_ASIDE, SET_ASIDE_MAX),
            )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _select(self, sql: str, *values: Any) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise SpoolError(str(error)) from error

    @contextmanager
    def _transaction(self) -> Generator[None]:
        try:
            self._db.execute("begin immediate")
            yield
            self._db.execute("commit")
        except sqlite3.Error as error:
            raise SpoolError(str(error)) from error
        finally:
            with suppress(sqlite3.Error):  # the first error is the one that counts
                if self._db.in_transaction:
                    self._db.execute("rollback")
