"""The store on a SQL engine: the same statements on SQLite and PostgreSQL.

A command costs one round trip each for outcome, stream and head; everything written after the
head is sent together with the commit (see `postgres`). The journal's lock is taken in `append`,
after the decision and right before the writes, and held until the commit: positions are gap-free
and in the order of commits.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec

from kentongan.app.ports import (
    BoardRow,
    ClaimTaken,
    Draft,
    Recorded,
    Timer,
    Transaction,
    UnitFix,
    VersionConflict,
)
from kentongan.core.context import Claim
from kentongan.core.rows import AnyRow
from kentongan.core.words import CommandId
from kentongan.store import chain
from kentongan.store.accounts import Accounts
from kentongan.store.codec import decode_row, encode, kind_of
from kentongan.store.deliveries import Deliveries
from kentongan.store.devices import Devices
from kentongan.store.engine import Engine, Link, Lock, Row
from kentongan.store.fixes import replaces
from kentongan.store.journal import READ, Head, moment, read, refs_of, write
from kentongan.store.recording_keys import RecordingKeys
from kentongan.store.seal import Salt, seal_row
from kentongan.store.sql_accounts import SqlAccounts
from kentongan.store.sql_deliveries import SqlDeliveries
from kentongan.store.sql_devices import SqlDevices
from kentongan.store.sql_recording_keys import SqlRecordingKeys
from kentongan.store.sql_tables import REFS_PER_QUESTION, SqlTables, insert
from kentongan.store.sql_tracks import SqlTracks
from kentongan.store.tables import JOURNAL, TEXTS, Text
from kentongan.store.tracks import Tracks
from kentongan.store.whole import Tables

FACT = ", ".join(READ)

HEAD = """SELECT
    (SELECT position FROM journal ORDER BY position DESC LIMIT 1),
    (SELECT chain FROM journal ORDER BY position DESC LIMIT 1),
    (SELECT version FROM journal WHERE stream = ? ORDER BY version DESC LIMIT 1),
    (SELECT 1 FROM commands WHERE command_id = ?)"""

OUTCOME = f"""SELECT {FACT} FROM journal
    WHERE position >= ? AND position < ? ORDER BY position"""  # noqa: S608 - constants

PUT_ROW = """INSERT INTO board (kind, key, stream, position, data) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (kind, key) DO UPDATE
    SET stream = excluded.stream, position = excluded.position, data = excluded.data
    WHERE board.data IS NULL OR board.data <> excluded.data OR board.stream <> excluded.stream"""

BURY_ROW = """UPDATE board SET position = ?, data = NULL
    WHERE kind = ? AND key = ? AND stream = ? AND data IS NOT NULL"""

PUT_FIX = """INSERT INTO fixes (unit, sequence, fix_at, data) VALUES (?, ?, ?, ?)
    ON CONFLICT (unit) DO UPDATE
    SET sequence = excluded.sequence, fix_at = excluded.fix_at, data = excluded.data"""


class SqlStore:
    """One city's store on an engine."""

    def __init__(self, engine: Engine, salt: Salt) -> None:
        self._engine = engine
        self._salt = salt
        self._accounts = SqlAccounts(engine)
        self._recording_keys = SqlRecordingKeys(engine)
        self._devices = SqlDevices(engine)
        self._deliveries = SqlDeliveries(engine)
        self._tracks = SqlTracks(engine)

    @property
    def accounts(self) -> Accounts:
        """Accounts, sessions, attempts and the access log."""
        return self._accounts

    @property
    def recording_keys(self) -> RecordingKeys:
        """The sealed keys of recordings."""
        return self._recording_keys

    @property
    def devices(self) -> Devices:
        """The devices that report positions."""
        return self._devices

    @property
    def deliveries(self) -> Deliveries:
        """What was sent to people, and where they are reached."""
        return self._deliveries

    @property
    def tracks(self) -> Tracks:
        """The history of positions."""
        return self._tracks

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """Begin; commit at the end of the block, roll back on an exception."""
        with self._engine.transaction() as link:
            yield _SqlTransaction(self._engine, link, self._salt)

    @contextmanager
    def tables(self, *, writing: bool = False) -> Generator[Tables]:
        """All tables, as one consistent state to read or as one transaction to write."""
        with self._engine.exclusive() if writing else self._engine.snapshot() as link:
            yield SqlTables(link)

    def load(self, stream: str) -> tuple[Recorded, ...]:
        """The stream's committed events in order, personal text opened."""
        with self._engine.reading() as link:
            return _load(link, stream)

    def tail(self, after: int, limit: int) -> Sequence[Recorded]:
        """Events after a position in commit order, personal text sealed."""
        sql = f"SELECT {FACT} FROM journal WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608
        with self._engine.reading() as link:
            found = link.ask(sql, (after, limit))
        return read(found)

    def last_position(self) -> int:
        """Position of the newest event, 0 when there is none."""
        with self._engine.reading() as link:
            return _last_position(link)

    def rows(self, kind: str | None = None, *, after: int = 0) -> Sequence[BoardRow]:
        """Rows of a kind (or all) changed after a position, gone ones when after > 0."""
        sql = "SELECT kind, key, stream, position, data FROM board WHERE position > ?"
        if after <= 0:
            sql += " AND data IS NOT NULL"
        parameters: tuple[object, ...] = (after,)
        if kind is not None:
            sql += " AND kind = ?"
            parameters = (after, kind)
        with self._engine.reading() as link:
            found = link.ask(sql + " ORDER BY position, kind, key", parameters)
        return [_board_row(row) for row in found]

    def find_row(self, kind: str, key: str) -> BoardRow | None:
        """One row, or None."""
        sql = """SELECT kind, key, stream, position, data FROM board
            WHERE kind = ? AND key = ? AND data IS NOT NULL"""
        with self._engine.reading() as link:
            found = link.ask(sql, (kind, key))
        return _board_row(found[0]) if found else None

    def holder(self, claim: Claim) -> str | None:
        """The stream that holds the claim, or None."""
        with self._engine.reading() as link:
            return _holder(link, claim)

    def open_texts(self, refs: Sequence[str]) -> dict[str, str]:
        """Personal text by ref; an erased one is absent."""
        with self._engine.reading() as link:
            return _open_texts(link, refs)

    def erase_texts(self, refs: Sequence[str]) -> int:
        """Erase personal text and salt for ever; returns how many there were."""
        sql = """UPDATE personal SET salt = NULL, text = NULL
            WHERE ref = ? AND text IS NOT NULL RETURNING ref"""
        with self._engine.transaction() as link:
            erased = sum(len(link.ask(sql, (ref,))) for ref in refs)
        if erased:
            self._engine.scrub()
        return erased

    def cursor(self, name: str) -> int:
        """How far that reader has come, 0 at first."""
        with self._engine.reading() as link:
            found = link.ask("SELECT position FROM cursors WHERE name = ?", (name,))
        return found[0][0] if found else 0

    def due_timers(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Timers not yet fired whose time has come, oldest first."""
        sql = """SELECT id, due_at, envelope FROM timers
            WHERE fired = 0 AND due_at <= ? ORDER BY due_at, id LIMIT ?"""
        with self._engine.reading() as link:
            found = link.ask(sql, (now, limit))
        return [Timer(id=row[0], due_at=moment(row[1]), envelope=row[2]) for row in found]

    def next_due_at(self) -> datetime | None:
        """When the next timer is due."""
        sql = "SELECT due_at FROM timers WHERE fired = 0 ORDER BY due_at LIMIT 1"
        with self._engine.reading() as link:
            found = link.ask(sql)
        return moment(found[0][0]) if found else None

    def put_fixes(self, fixes: Sequence[UnitFix]) -> None:
        """Keep the latest position of each unit."""
        with self._engine.transaction(durable=False) as link:
            link.lock(Lock.FIXES)
            kept = {unit: moment(at) for unit, at in link.ask("SELECT unit, fix_at FROM fixes")}
            sequence: int = link.ask("SELECT coalesce(max(sequence), 0) FROM fixes")[0][0]
            for fix in fixes:
                if fix.unit in kept and not replaces(fix, kept[fix.unit]):
                    continue
                kept[fix.unit] = fix.fix.at
                sequence += 1
                numbered = msgspec.structs.replace(fix, sequence=sequence)
                link.tell(PUT_FIX, (fix.unit, sequence, fix.fix.at, encode(numbered)))

    def fixes(self, after: int = 0) -> Sequence[UnitFix]:
        """Latest positions written after that sequence number, in its order."""
        sql = "SELECT data FROM fixes WHERE sequence > ? ORDER BY sequence"
        with self._engine.reading() as link:
            found = link.ask(sql, (after,))
        return [msgspec.json.decode(row[0], type=UnitFix) for row in found]

    def wait(self, after: int, timeout_s: float) -> bool:
        """Wait for an event after that position; False when the time is over."""
        return self._engine.wait(lambda: self.last_position() > after, timeout_s)

    def close(self) -> None:
        """Release files and connections."""
        self._engine.close()


class _SqlTransaction:
    """A unit of work on a link."""

    def __init__(self, engine: Engine, link: Link, salt: Salt) -> None:
        self._engine = engine
        self._link = link
        self._salt = salt
        self._ends: dict[str, int] = {}  # position of a stream's last event, when just written

    def find_outcome(self, command: CommandId) -> tuple[Recorded, ...] | None:
        sql = "SELECT position, events FROM commands WHERE command_id = ?"
        found = self._link.ask(sql, (command,))
        if not found:
            return None
        position, events = found[0]
        rows = self._link.ask(OUTCOME, (position, position + events)) if events else []
        return _opened(self._link, rows)

    def load(self, stream: str) -> tuple[Recorded, ...]:
        return _load(self._link, stream)

    def next_number(self, day: str) -> int:
        sql = """INSERT INTO numbers (day, last) VALUES (?, 1)
            ON CONFLICT (day) DO UPDATE SET last = numbers.last + 1 RETURNING last"""
        return self._link.ask(sql, (day,))[0][0]

    def append(self, draft: Draft) -> tuple[Recorded, ...]:
        link = self._link
        link.lock(Lock.JOURNAL)
        position, last, version, known = link.ask(HEAD, (draft.stream, draft.command))[0]
        if (version or 0) != draft.expected_version or known:
            raise VersionConflict
        head = Head(position or 0, last or chain.START, version or 0)
        written = write(draft, head, self._salt, self._find_text)
        self._move_claims(draft)
        for line in written.lines:
            link.tell(insert(JOURNAL), msgspec.structs.astuple(line))
        for text in written.texts:
            link.tell(insert(TEXTS), msgspec.structs.astuple(text))
        link.tell(
            "INSERT INTO commands (command_id, stream, position, events) VALUES (?, ?, ?, ?)",
            (draft.command, draft.stream, head.position + 1, len(written.lines)),
        )
        if written.lines:
            self._ends[draft.stream] = written.lines[-1].position
            self._engine.announce(link, written.lines[-1].position)
        return written.recorded

    def _find_text(self, ref: str) -> Text | None:
        found = self._link.ask("SELECT ref, digest, salt, text FROM personal WHERE ref = ?", (ref,))
        return Text(*found[0]) if found else None

    def _move_claims(self, draft: Draft) -> None:
        for claim in draft.release:
            self._link.tell(
                "DELETE FROM claims WHERE kind = ? AND key = ? AND stream = ?",
                (claim.kind, claim.key, draft.stream),
            )
        for claim in draft.take:
            holder = _holder(self._link, claim)
            if holder is None:
                self._link.tell(
                    "INSERT INTO claims (kind, key, stream) VALUES (?, ?, ?)",
                    (claim.kind, claim.key, draft.stream),
                )
            elif holder != draft.stream:
                raise ClaimTaken(claim, holder)

    def put_rows(
        self, stream: str, rows: Iterable[AnyRow], gone: Iterable[tuple[str, str]]
    ) -> None:
        position = self._end_of(stream)
        for row in rows:
            values = (kind_of(row), row.key, stream, position, seal_row(row))
            self._link.tell(PUT_ROW, values)
        for kind, key in gone:
            self._link.tell(BURY_ROW, (position, kind, key, stream))

    def _end_of(self, stream: str) -> int:
        if stream not in self._ends:
            sql = "SELECT position FROM journal WHERE stream = ? ORDER BY version DESC LIMIT 1"
            self._ends[stream] = self._link.ask(sql, (stream,))[0][0]
        return self._ends[stream]

    def set_cursor(self, name: str, position: int) -> None:
        self._link.tell(
            """INSERT INTO cursors (name, position) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET position = excluded.position""",
            (name, position),
        )

    def put_timers(self, timers: Iterable[Timer]) -> None:
        sql = """INSERT INTO timers (id, due_at, envelope) VALUES (?, ?, ?)
            ON CONFLICT (id) DO NOTHING"""
        for timer in timers:
            self._link.tell(sql, (timer.id, timer.due_at, timer.envelope))

    def finish_timer(self, timer: str) -> None:
        self._link.tell("UPDATE timers SET fired = 1 WHERE id = ?", (timer,))


def _last_position(link: Link) -> int:
    found = link.ask("SELECT position FROM journal ORDER BY position DESC LIMIT 1")
    return found[0][0] if found else 0


def _load(link: Link, stream: str) -> tuple[Recorded, ...]:
    sql = f"SELECT {FACT} FROM journal WHERE stream = ? ORDER BY version"  # noqa: S608 - constants
    return _opened(link, link.ask(sql, (stream,)))


def _opened(link: Link, rows: Sequence[Row]) -> tuple[Recorded, ...]:
    texts = _open_texts(link, refs_of(row[-1] for row in rows))
    return tuple(read(rows, texts))


def _open_texts(link: Link, refs: Sequence[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for start in range(0, len(refs), REFS_PER_QUESTION):
        some = refs[start : start + REFS_PER_QUESTION]
        marks = ", ".join("?" * len(some))
        sql = f"SELECT ref, text FROM personal WHERE ref IN ({marks}) AND text IS NOT NULL"  # noqa: S608
        texts.update((ref, bytes(text).decode()) for ref, text in link.ask(sql, some))
    return texts


def _holder(link: Link, claim: Claim) -> str | None:
    sql = "SELECT stream FROM claims WHERE kind = ? AND key = ?"
    found = link.ask(sql, (claim.kind, claim.key))
    return found[0][0] if found else None


def _board_row(row: Row) -> BoardRow:
    kind, key, stream, position, data = row
    shown = None if data is None else decode_row(data)
    return BoardRow(kind=kind, key=key, stream=stream, position=position, row=shown)
