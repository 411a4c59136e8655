"""The PostgreSQL engine: several processes and machines on one journal (psycopg 3, synchronous).

A transaction runs in pipeline mode: a statement whose result nobody needs is only queued, so a
command costs a round trip per question and one for all its writes together with the commit.

Positions are gap-free and in commit order because `append` takes an advisory lock before it reads
the journal's end, and the transaction holds it until it is committed. Isolation is READ COMMITTED:
each statement after the lock sees everything committed before it was granted.

Doorbell: `NOTIFY` in the same transaction; each waiting thread listens on a connection of its own.
A commit is acknowledged only when it is on disk (`synchronous_commit = on`, set here).
"""

import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from typing import Any, LiteralString, cast

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from kentongan.app.ports import Unavailable, VersionConflict
from kentongan.core.words import Refused
from kentongan.store.engine import Link, Lock, Row
from kentongan.store.errors import StoreDamaged
from kentongan.store.migrations import missing

CONNECT_S = 5
"""Longest wait for a connection, seconds; then the database counts as away."""

LOCK_S = 5
"""Longest wait for another transaction's lock, seconds; as long as SQLite's."""

STATEMENT_S = 30
"""Longest run of one statement, seconds; a page of maintenance takes well under one."""

SILENCE_MS = 10_000
"""A network that swallows everything counts as away after this long, milliseconds."""

CHANNEL = "kentongan_journal"

SESSION = """SELECT set_config('synchronous_commit', 'on', false),
    set_config('timezone', 'UTC', false),
    set_config('lock_timeout', %s, false),
    set_config('statement_timeout', %s, false),
    set_config('idle_in_transaction_session_timeout', %s, false)"""

Connection = psycopg.Connection[Row]


class PostgresEngine:
    """One database. Opening brings its schema up to date."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._own = threading.local()
        self._open: weakref.WeakSet[Connection] = weakref.WeakSet()
        with _translated():
            connection = self._connection()
            with connection.transaction():
                _migrate(connection)

    def _connect(self) -> Connection:
        connection = psycopg.connect(
            self._address,
            autocommit=True,  # transactions are begun and ended here, in the pipeline
            prepare_threshold=0,
            connect_timeout=CONNECT_S,
            client_encoding="UTF8",
            application_name="kentongan",
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=SILENCE_MS,
        )
        connection.execute(SESSION, (f"{LOCK_S}s", f"{STATEMENT_S}s", f"{STATEMENT_S}s"))
        self._open.add(connection)
        return connection

    def _connection(self) -> Connection:
        """This thread's connection; a new one when the old one was lost."""
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None or connection.closed:
            connection = self._connect()
            self._own.connection = connection
        return connection

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Generator["_PostgresLink"]:
        """Begin; commit at the block's end, roll back on an exception."""
        with self._begun("BEGIN") as link:
            if not durable:
                link.tell("SET LOCAL synchronous_commit TO off")
            yield link

    @contextmanager
    def exclusive(self) -> Generator["_PostgresLink"]:
        """A transaction during which nobody else appends."""
        with self._begun("BEGIN") as link:
            link.lock(Lock.JOURNAL)
            yield link

    @contextmanager
    def snapshot(self) -> Generator["_PostgresLink"]:
        """One consistent state to read."""
        with self._begun("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as link:
            yield link

    @contextmanager
    def _begun(self, begin: LiteralString) -> Generator["_PostgresLink"]:
        with _translated():
            connection = self._connection()
            if getattr(self._own, "link", None) is not None:
                raise RuntimeError("a transaction inside a transaction")
            link = _PostgresLink(connection)
            self._own.link = link
            try:
                with connection.pipeline():
                    link.tell(begin)
                    yield link
                    end = connection.execute("COMMIT")
                if end.statusmessage != "COMMIT":
                    raise Unavailable("database", f"the commit ended in {end.statusmessage}")
            finally:
                self._own.link = None
                _leave(connection)

    @contextmanager
    def reading(self) -> Generator["_PostgresLink"]:
        """Read what is committed, or inside this thread's transaction what it sees."""
        with _translated():
            yield getattr(self._own, "link", None) or _PostgresLink(self._connection())

    def announce(self, link: Link, position: int) -> None:
        """Wake waiting readers when the transaction commits."""
        link.tell("SELECT pg_notify(?, ?)", (CHANNEL, str(position)))

    def wait(self, is_there: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `is_there`, looking again after each notification."""
        until = time.monotonic() + timeout_s
        with _translated():
            listener = self._listener()
            while not is_there():
                left_s = until - time.monotonic()
                if left_s <= 0:
                    return False
                for _ in listener.notifies(timeout=left_s, stop_after=1):
                    break
        return True

    def _listener(self) -> Connection:
        """This thread's listening connection. It listens before anybody looks: none is missed."""
        listener: Connection | None = getattr(self._own, "listener", None)
        if listener is None or listener.closed:
            listener = self._connect()
            listener.execute(f"LISTEN {CHANNEL}", prepare=False)
            self._own.listener = listener
        return listener

    def drop(self, link: Link, table: str) -> None:
        """Drop a table in the transaction.

        In a block: the driver answers a bare DROP by giving up all prepared statements, also those
        that wait in the same pipeline.
        """
        link.tell(f"DO $$ BEGIN EXECUTE 'DROP TABLE IF EXISTS {table}'; END $$")

    def scrub(self) -> None:
        """Free the erased rows' octets for reuse; the write-ahead log keeps them until recycled."""
        with _translated():
            self._connection().execute("VACUUM personal, recording_keys", prepare=False)

    def close(self) -> None:
        """Close every thread's connections."""
        for connection in list(self._open):
            with suppress(psycopg.Error):
                connection.close()
        self._own = threading.local()


class _PostgresLink:
    """A connection in use by one thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run a statement and return its rows."""
        return self._connection.execute(_marked(sql), parameters).fetchall()

    def tell(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Queue a statement; it is sent with the next question or the commit."""
        self._connection.execute(_marked(sql), parameters)

    def tell_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """The same statement for each row."""
        with self._connection.cursor() as cursor:
            cursor.executemany(_marked(sql), rows)

    def lock(self, lock: Lock) -> None:
        """Keep others who take that lock out until the transaction ends."""
        self.tell("SELECT pg_advisory_xact_lock(?)", (int(lock),))


_queries: dict[str, LiteralString] = {}


def _marked(sql: str) -> LiteralString:
    """The statement with PostgreSQL's parameter marks. Ours contain no other question marks."""
    if sql not in _queries:
        _queries[sql] = cast("LiteralString", sql.replace("?", "%s"))
    return _queries[sql]


def _leave(connection: Connection) -> None:
    """Bring a connection back to idle, whatever went wrong in the transaction."""
    if connection.closed:
        return
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        with suppress(psycopg.Error):
            connection.rollback()
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        connection.close()


@contextmanager
def _translated() -> Generator[None]:
    """PostgreSQL's errors in our words."""
    try:
        yield
    except (errors.DeadlockDetected, errors.SerializationFailure) as error:
        raise VersionConflict from error
    except (
        psycopg.OperationalError,
        psycopg.InterfaceError,
        errors.ReadOnlySqlTransaction,  # a standby that is not yet the primary
        errors.IdleInTransactionSessionTimeout,
    ) as error:
        raise Unavailable("database", str(error)) from error
    except psycopg.DataError as error:  # an id with a NUL, or whatever else no column holds
        raise Refused("bad_identifier") from error
    except (errors.DataCorrupted, errors.IndexCorrupted) as error:
        raise StoreDamaged(f"the database reports damage: {error}") from error


def _migrate(connection: Connection) -> None:
    """Bring the schema up to date, one process at a time."""
    encoding: Any = connection.execute("SHOW server_encoding").fetchall()[0][0]
    if encoding != "UTF8":
        raise StoreDamaged(f"the database's encoding is {encoding}; it must be UTF8")
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (int(Lock.SCHEMA),))
    connection.execute(
        """CREATE TABLE IF NOT EXISTS schema_version (number integer PRIMARY KEY,
            name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"""
    )
    found: int = connection.execute(
        "SELECT coalesce(max(number), 0) FROM schema_version"
    ).fetchall()[0][0]
    for step in missing("postgres", found):
        try:
            connection.execute(cast("LiteralString", step.sql), prepare=False)
        except errors.DuplicateObject as error:
            raise StoreDamaged(f"the database holds something else already: {error}") from error
        connection.execute(
            "INSERT INTO schema_version (number, name) VALUES (%s, %s)", (step.number, step.name)
        )
