"""The spool: what the switch must still know after it was killed, in one SQLite file.

Write-ahead log and `synchronous=FULL`: what `commit` returned from is on the disk, and only then
may SIP say it. Calls, dialogs and the outbox change in one transaction. This is not the journal:
calls that are over and delivered are forgotten. The outbox has no limit but the disk: a fact about
a call is never thrown away. Used by one process, from one thread.

Nothing in the file keeps 112 from starting. A row that cannot be read is set aside in a table of
its own; a file that is damaged is moved aside, whole, and a new one begun. Both are kept for
whoever finds out why, and told (`aside`, `count_unreadable`). While the disk takes nothing, memory
stands in for the file (`spool_database`).
"""

import logging
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from kentongan.core.commands import Envelope
from kentongan.core.words import CallId
from kentongan.edge.switch.faults import Caught, uncaught
from kentongan.edge.switch.record import SpooledCall
from kentongan.edge.switch.spool_database import SpoolDatabase
from kentongan.edge.switch.spool_file import PUT_BY, SpoolDamagedError, SpoolError
from kentongan.store.tables import KeyLine

__all__ = [
    "Change",
    "Posted",
    "SavedDialog",
    "Spool",
    "SpoolDamagedError",
    "SpoolError",
]

UNREADABLE_MAX: Final = 1_000
"""Rows kept that could not be read; enough to find out why, older ones go."""

DELIVERED = "delivered"
SET_ASIDE = "set_aside"
"""The door refused it: a bug, kept for an engineer, in nobody's way."""

AT_REST = 2
"""`is_over` of a call that is over and in nobody's memory: a restart does not read it."""

RESTED_MAX = 1_000
"""Calls at rest looked at in one go; a store takes fewer in a second."""

SPENT_MAX = 20_000
"""Names of citizens' calls remembered after these were forgotten; a page that comes back so late
has slept through a disaster."""

SET_ASIDE_MAX = 1_000
"""Refused commands kept; enough to find the bug, older ones go."""


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

_UNREADABLE = (msgspec.MsgspecError, TypeError, ValueError, RecursionError)
"""How decoding what is no row of ours may fail."""

Row = TypeVar("Row")
_log = logging.getLogger(__name__)


class Spool(SpoolDatabase):
    """The spool, open. Every method raises `SpoolError` when disk and memory fail.

    What cannot be written down at all goes to `caught`, and everything else is written.
    """

    def __init__(self, path: Path, caught: Caught = uncaught) -> None:
        super().__init__(path)
        self._caught = caught

    def commit(self, change: Change) -> None:
        """Make a change durable; on return it survives a power cut, unless `is_volatile`."""
        calls = self._encoded(
            "a call", change.calls, lambda call: (call.id, call.is_over, _encode(call))
        )
        posts = self._encoded(
            "a fact", change.posts, lambda post: (post[0].isoformat(), post[1], _encode(post[2]))
        )
        keys = [(key.id, key.call, _encode(key)) for key in change.keys]

        def put() -> None:
            self._db.executemany("insert or replace into call values (?, ?, ?)", calls)
            for dialog in change.dialogs:
                self._put_dialog(dialog)
            self._db.executemany("insert into outbox (at, call, envelope) values (?, ?, ?)", posts)
            self._db.executemany("insert or ignore into recording_key values (?, ?, ?)", keys)

        self._write(put)

    def _encoded(
        self, what: str, items: Iterable[Row], encode: Callable[[Row], tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """The lines of a table; one that cannot be made keeps none of the others from theirs."""
        lines: list[tuple[Any, ...]] = []
        for item in items:
            with self._caught(f"writing {what} down"):
                lines.append(encode(item))
        return lines

    def _put_dialog(self, dialog: SavedDialog) -> None:
        if dialog.data is None:
            self._db.execute("delete from dialog where key = ?", (dialog.key,))
        else:
            self._db.execute(
                "insert or replace into dialog values (?, ?, ?)",
                (dialog.key, dialog.call, dialog.data),
            )

    def load_calls(self) -> tuple[SpooledCall, ...]:
        """All remembered calls that do not rest, oldest first, as far as they can be read."""
        rows = self._select("select id, data from call where is_over < ? order by rowid", AT_REST)
        return tuple(self._read("call", rows, lambda row: _decode_call(row[1])))

    def rest(self, calls: Iterable[CallId]) -> None:
        """These are over, and nobody keeps them in memory any more."""
        with self._transaction():
            self._db.executemany(
                "update call set is_over = ? where id = ?", [(AT_REST, call) for call in calls]
            )

    def find_call(self, call: CallId) -> SpooledCall | None:
        """A call that is remembered, whether it rests or not."""
        rows = self._select("select id, data from call where id = ?", call)
        return next(self._read("call", rows, lambda row: _decode_call(row[1])), None)

    def rested(self) -> tuple[SpooledCall, ...]:
        """Calls at rest of which nothing has to be delivered or said any more, the oldest first.

        Looked for among the oldest: what waits for the door waits in the same order.
        """
        rows = self._select(
            "select id, data from"
            " (select id, data from call where is_over = 2 order by rowid limit ?)"
            " where not exists"
            " (select 1 from outbox where outbox.call = id and acknowledged = '')"
            " and not exists (select 1 from recording_key where recording_key.call = id)"
            " and not exists (select 1 from dialog where dialog.call = id)",
            RESTED_MAX,
        )
        return tuple(self._read("call", rows, lambda row: _decode_call(row[1])))

    def _read(
        self, table: str, rows: Iterable[Any], decode: Callable[[Any], Row]
    ) -> Generator[Row]:
        """The rows, their first column the key; what is no row of ours is set aside."""
        for row in rows:
            try:
                yield decode(row)
            except _UNREADABLE as error:
                with suppress(SpoolError):  # of a full disk: it is left out all the same
                    self.set_aside(table, row[0], f"{type(error).__name__}: {error}")

    def set_aside(self, table: str, name: object, reason: str) -> None:
        """Take a row out of its table, and keep it where nobody stumbles over it."""
        _log.critical("a row of %s cannot be read and is set aside: %s: %s", table, name, reason)
        keep, drop = PUT_BY[table]
        with self._transaction():
            self._db.execute(keep, (reason, name))
            self._db.execute(drop, (name,))
            self._db.execute(
                "delete from unreadable where number <= (select max(number) from unreadable) - ?",
                (UNREADABLE_MAX,),
            )

    def count_unreadable(self) -> int:
        """How many rows lie there."""
        return self._select("select count(*) from unreadable")[0][0]

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
        return list(self._read("outbox", rows, _posted))

    def waiting_keys(self, limit: int) -> Sequence[KeyLine]:
        """Sealed keys of recordings that the store has not got yet."""
        rows = self._select("select id, data from recording_key order by id limit ?", limit)
        return list(self._read("recording_key", rows, lambda row: _decode_key(row[1])))

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

    def forget(self, calls: Iterable[CallId], spent: Iterable[CallId] = ()) -> None:
        """Drop calls that are over, with their dialogs and delivered commands.

        `spent` are names that must not be used again: those of citizens' pages, who make them.
        """
        with self._transaction():
            for call in calls:
                self._db.execute("delete from call where id = ?", (call,))
                self._db.execute("delete from dialog where call = ?", (call,))
                self._db.execute(
                    "delete from outbox where call = ? and acknowledged = ?", (call, DELIVERED)
                )
            self._db.executemany(
                "insert or ignore into spent (id) values (?)", [(call,) for call in spent]
            )
            self._db.execute(
                "delete from spent where number <= (select max(number) from spent) - ?",
                (SPENT_MAX,),
            )
            self._db.execute(
                "delete from outbox where acknowledged = ? and seq not in"
                " (select seq from outbox where acknowledged = ? order by seq desc limit ?)",
                (SET_ASIDE, SET_ASIDE, SET_ASIDE_MAX),
            )

    def is_spent(self, call: CallId) -> bool:
        """Whether a citizen's call of that name was forgotten: there is a record of it already."""
        return bool(self._select("select 1 from spent where id = ?", call))


def _posted(row: Any) -> Posted:
    seq, at, call, envelope = row
    return Posted(
        seq=seq,
        at=datetime.fromisoformat(at),
        call=CallId(call),
        envelope=_decode_envelope(envelope),
    )
