"""The embedded engine: one SQLite file in WAL mode, every commit fsynced, several processes.

`BEGIN IMMEDIATE` takes the file's one write lock before anything is read, so a decision is never
made on a state that changes under it. Writers of this process queue on a lock of our own, which is
fair; SQLite's own waiting is only for other processes. A reader never waits for a writer.

Doorbell: a commit in this process wakes its waiting threads at once; a commit by another process
is seen by asking SQLite each `POLL_S` whether the file changed (`PRAGMA data_version`, which reads
shared memory, not the disk).
"""

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from kentongan.app.ports import Unavailable
from kentongan.store.engine import Link, Lock, Row
from kentongan.store.errors import StoreDamaged
from kentongan.store.migrations import missing

BUSY_S = 5.0
"""Longest wait for the write lock, seconds; then the database counts as away. A person at a screen
is told so rather than left waiting, and the switch keeps its spool meanwhile."""

POLL_S = 0.02
"""Between two looks for another process's commit, seconds: well under the 50 ms promised."""

STATEMENTS_KEPT = 256
"""Prepared statements kept per connection; there are about sixty."""

APPLICATION_ID = 0x4B544E47
"""Marks the file as ours ("KTNG"), in SQLite's header."""

AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
}
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class SqliteEngine:
    """One file. Opening creates it when it is not there, readable by its owner only."""

    def __init__(self, path: Path, busy_s: float = BUSY_S) -> None:
        self._path = path
        self._busy_s = busy_s
        self._own = threading.local()
        self._links: weakref.WeakSet[_SqliteLink] = weakref.WeakSet()
        self._writers = threading.Lock()
        self._bell = threading.Condition()
        self._rings = 0
        with _translated(path):
            _create(path)
            _prepare_file(self._link(), path, time.monotonic() + busy_s)

    def _link(self) -> "_SqliteLink":
        link: _SqliteLink | None = getattr(self._own, "link", None)
        if link is None:
            link = _SqliteLink(self._path, self._busy_s)
            self._own.link = link
            self._links.add(link)
        return link

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Generator["_SqliteLink"]:
        """Begin with the write lock; commit at the block's end, roll back on an exception."""
        with _translated(self._path):
            link = self._link()
            link.must_be_idle()
        if not self._writers.acquire(timeout=self._busy_s):
            raise Unavailable("database", "a thread of this process holds its transaction")
        try:
            with _translated(self._path):
                if not durable:
                    link.tell("PRAGMA synchronous = NORMAL")
                try:
                    with link.begun("BEGIN IMMEDIATE"):
                        yield link
                finally:
                    if not durable:
                        link.tell("PRAGMA synchronous = FULL")
        finally:
            self._writers.release()
        with self._bell:
            self._rings += 1
            self._bell.notify_all()

    def exclusive(self):
        """Every write transaction keeps the other writers out."""
        return self.transaction()

    @contextmanager
    def snapshot(self) -> Generator["_SqliteLink"]:
        """One consistent state; WAL keeps it readable while others write."""
        with _translated(self._path):
            link = self._link()
            with link.begun("BEGIN"):
                yield link

    @contextmanager
    def reading(self) -> Generator["_SqliteLink"]:
        """Read what is committed, or inside this thread's transaction what it sees."""
        with _translated(self._path):
            yield self._link()

    def announce(self, link: object, position: int) -> None:
        """Nothing to send: the commit itself is what waiting readers notice."""

    def wait(self, is_there: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `is_there`, looking again after each commit of any process."""
        until = time.monotonic() + timeout_s
        with self._bell:
            seen = (self._rings, self._version())
            while not is_there():
                while (now := (self._rings, self._version())) == seen:
                    left_s = until - time.monotonic()
                    if left_s <= 0:
                        return False
                    self._bell.wait(min(POLL_S, left_s))
                seen = now
        return True

    def _version(self) -> int:
        """SQLite's number for the file's state, as this thread's connection sees it."""
        with self.reading() as link:
            return link.ask("PRAGMA data_version")[0][0]

    def drop(self, link: Link, table: str) -> None:
        """Drop a table in the transaction."""
        link.tell(f"DROP TABLE IF EXISTS {table}")

    def scrub(self) -> None:
        """Write the overwritten pages into the file and empty the log that held the old ones."""
        with self.reading() as link:
            link.ask("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every thread's connection."""
        for link in list(self._links):
            link.close()
        self._own = threading.local()


class _SqliteLink:
    """One thread's connection."""

    def __init__(self, path: Path, busy_s: float) -> None:
        self._connection = sqlite3.connect(
            path,
            timeout=busy_s,
            isolation_level=None,
            check_same_thread=False,  # `close` is called from another thread
            cached_statements=STATEMENTS_KEPT,
        )
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA secure_delete = ON")

    def ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run a statement and return its rows."""
        return self._connection.execute(sql, _written(parameters)).fetchall()

    def tell(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement whose result nobody needs."""
        self._connection.execute(sql, _written(parameters))

    def tell_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """The same statement for each row."""
        self._connection.executemany(sql, (_written(row) for row in rows))

    def lock(self, lock: Lock) -> None:
        """The transaction holds the file's one write lock already."""

    def must_be_idle(self) -> None:
        """`RuntimeError` inside a transaction: another one would end it early."""
        if self._connection.in_transaction:
            raise RuntimeError("a transaction inside a transaction")

    @contextmanager
    def begun(self, begin: str) -> Generator[None]:
        """A transaction around the block."""
        self.must_be_idle()
        self._connection.execute(begin)
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # it may be over already; the first error is the news
                self._connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _written(parameters: Sequence[object]) -> tuple[object, ...]:
    """Parameters as SQLite keeps them: times as text."""
    return tuple(
        value.astimezone(UTC).isoformat(timespec="microseconds")
        if isinstance(value, datetime)
        else value
        for value in parameters
    )


@contextmanager
def _translated(path: Path) -> Generator[None]:
    """SQLite's errors in our words."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code: int = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extension
        if code in AWAY:
            raise Unavailable("database", f"{path}: {error}") from error
        if code in DAMAGED:
            raise StoreDamaged(f"{path} cannot be read as a store: {error}") from error
        raise


def _create(path: Path) -> None:
    """Make the file, for its owner's eyes only; SQLite gives its companions the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):
            # Only where none is: closing a file takes away every lock this process has on it
            # (POSIX), and the next process to leave would remove the log under our writer.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise Unavailable("database", str(error)) from error


def _prepare_file(link: _SqliteLink, path: Path, until: float) -> None:
    """Switch to WAL and bring the schema up to date; other processes may be at it as well.

    A file that is as it should be is only read: opening never queues behind busy writers.
    """
    _check_ours(link, path)
    if link.ask("PRAGMA journal_mode") == [("wal",)] and _is_current(link):
        return
    while True:
        try:
            link.ask("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:  # the switch does not wait for another process's
            if time.monotonic() > until:
                raise
            time.sleep(POLL_S)
    with link.begun("BEGIN EXCLUSIVE"):
        _check_ours(link, path)
        _migrate(link)


def _check_ours(link: _SqliteLink, path: Path) -> None:
    application: int = link.ask("PRAGMA application_id")[0][0]
    tables: int = link.ask("SELECT count(*) FROM sqlite_master")[0][0]
    if tables and application != APPLICATION_ID:
        raise StoreDamaged(f"{path} is another program's SQLite file, not a Kentongan store")


def _is_current(link: _SqliteLink) -> bool:
    """Whether no step is missing; `SchemaTooNew` when a later release was here."""
    if not link.ask("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'"):
        return False
    return not missing("sqlite", _schema(link))


def _schema(link: _SqliteLink) -> int:
    return link.ask("SELECT coalesce(max(number), 0) FROM schema_version")[0][0]


def _migrate(link: _SqliteLink) -> None:
    link.tell(f"PRAGMA application_id = {APPLICATION_ID}")
    link.tell(
        """CREATE TABLE IF NOT EXISTS schema_version (
            number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT"""
    )
    for step in missing("sqlite", _schema(link)):
        for statement in _statements(step.sql):
            link.tell(statement)
        link.tell(
            "INSERT INTO schema_version VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%SZ'))",
            (step.number, step.name),
        )


def _statements(script: str) -> Iterable[str]:
    """The script's statements one by one, so that they can share one transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
