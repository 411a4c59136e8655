"""What the SQL store asks of a database engine: run a statement, in a transaction or not.

The statements are the same for all engines (`?` marks a parameter); an engine knows how to reach
its database, how to keep writers apart and how to wake readers. Engines turn their driver's errors
into `Unavailable`, `VersionConflict` or a `StoreError`, and take and give times as UTC datetimes
(SQLite gives them as text, which `journal.moment` reads).
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from enum import IntEnum
from typing import Any, Protocol

Row = tuple[Any, ...]


class Lock(IntEnum):
    """Locks held until the transaction ends; the numbers are PostgreSQL advisory lock keys.

    They begin with the octets of "KTG" so that they meet no other application's.
    """

    JOURNAL = 0x4B544701
    FIXES = 0x4B544702
    SCHEMA = 0x4B544703
    ACCESS_LOG = 0x4B544704


class Link(Protocol):
    """A connection in use by one thread."""

    def ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run a statement and return its rows."""
        ...

    def tell(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement whose result nobody needs; it may be sent later, in order."""
        ...

    def tell_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """The same statement for each row."""
        ...

    def lock(self, lock: Lock) -> None:
        """Keep others who take that lock out until the transaction ends."""
        ...


class Engine(Protocol):
    """A database that is there, with the current schema."""

    def transaction(self, *, durable: bool = True) -> AbstractContextManager[Link]:
        """Begin; commit at the block's end, roll back on an exception.

        Without `durable` the commit is not waited for; a power cut may undo it, whole.
        """
        ...

    def reading(self) -> AbstractContextManager[Link]:
        """Read what is committed; inside this thread's transaction, what it sees."""
        ...

    def exclusive(self) -> AbstractContextManager[Link]:
        """A transaction during which nobody else appends."""
        ...

    def snapshot(self) -> AbstractContextManager[Link]:
        """Read one consistent state for as long as the block takes, keeping nobody out."""
        ...

    def announce(self, link: Link, position: int) -> None:
        """Wake waiting readers when the transaction commits."""
        ...

    def wait(self, is_there: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `is_there`, asking again after each commit; False when the time is over."""
        ...

    def drop(self, link: Link, table: str) -> None:
        """Drop a table, if it is there, in the transaction; `table` is a name of ours."""
        ...

    def scrub(self) -> None:
        """After an erasure: let the old octets leave the files as far as the engine can."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...
