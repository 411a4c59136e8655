"""A store whose user meets its fate: dies, loses the database, or is overtaken by others.

It wraps a real store and adds nothing to what the store does. `Fate` is asked at every point at
which something can happen in between; it may raise `Killed` (the process is no more) or
`Unavailable`, or let others act first. A transaction takes the store's lock only at its first
write, so that between reading and writing everybody else may write, as with several processes.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kentongan.app.ports import BoardRow, Draft, Recorded, Store, Timer, Transaction, UnitFix
from kentongan.core.context import Claim
from kentongan.core.rows import AnyRow
from kentongan.core.words import CommandId


class Killed(BaseException):
    """The process died here. Not an `Exception`: nothing in the product may catch it."""


class Moment(StrEnum):
    """Where fate is asked."""

    READ = "read"
    BEGIN = "begin"
    WRITE = "write"  # before the first write of a transaction
    COMMIT = "commit"  # everything is written, nothing is kept yet
    COMMITTED = "committed"  # everything is kept, nobody was told


class Fate(Protocol):
    """What happens at a moment: nothing, somebody else's command, or an exception."""

    def __call__(self, moment: Moment, /) -> None: ...


class FatedStore:
    """A store as one process sees it."""

    def __init__(self, store: Store, fate: Fate) -> None:
        self._store = store
        self._fate = fate

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """Like the store's own, with fate at its beginning, first write and end."""
        self._fate(Moment.BEGIN)
        with ExitStack() as stack:
            yield _FatedTransaction(self._store, self._fate, stack)
            self._fate(Moment.COMMIT)
        self._fate(Moment.COMMITTED)

    def load(self, stream: str) -> tuple[Recorded, ...]:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.load(stream)

    def tail(self, after: int, limit: int) -> Sequence[Recorded]:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.tail(after, limit)

    def last_position(self) -> int:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.last_position()

    def rows(self, kind: str | None = None, *, after: int = 0) -> Sequence[BoardRow]:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.rows(kind, after=after)

    def find_row(self, kind: str, key: str) -> BoardRow | None:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.find_row(kind, key)

    def holder(self, claim: Claim) -> str | None:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.holder(claim)

    def open_texts(self, refs: Sequence[str]) -> dict[str, str]:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.open_texts(refs)

    def erase_texts(self, refs: Sequence[str]) -> int:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.erase_texts(refs)

    def cursor(self, name: str) -> int:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.cursor(name)

    def due_timers(self, now: datetime, limit: int) -> Sequence[Timer]:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.due_timers(now, limit)

    def next_due_at(self) -> datetime | None:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.next_due_at()

    def put_fixes(self, fixes: Sequence[UnitFix]) -> None:
        """As the store."""
        self._fate(Moment.READ)
        self._store.put_fixes(fixes)

    def fixes(self, after: int = 0) -> Sequence[UnitFix]:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.fixes(after)

    def wait(self, after: int, timeout_s: float) -> bool:
        """As the store."""
        self._fate(Moment.READ)
        return self._store.wait(after, timeout_s)

    def close(self) -> None:
        """The store outlives the process that dies."""


class _FatedTransaction:
    """Reads what is committed until its first write, and is the store's own from then on."""

    def __init__(self, store: Store, fate: Fate, stack: ExitStack) -> None:
        self._store = store
        self._fate = fate
        self._stack = stack
        self._own: Transaction | None = None

    def find_outcome(self, command: CommandId) -> tuple[Recorded, ...] | None:
        """What that command led to before, or None."""
        if self._own is not None:
            return self._own.find_outcome(command)
        self._fate(Moment.READ)
        with self._store.transaction() as short:
            return short.find_outcome(command)

    def load(self, stream: str) -> tuple[Recorded, ...]:
        """The stream's events."""
        if self._own is not None:
            return self._own.load(stream)
        self._fate(Moment.READ)
        return self._store.load(stream)

    def next_number(self, day: str) -> int:
        """The day's next incident number."""
        return self._writing().next_number(day)

    def append(self, draft: Draft) -> tuple[Recorded, ...]:
        """Write the events."""
        return self._writing().append(draft)

    def put_rows(
        self, stream: str, rows: Iterable[AnyRow], gone: Iterable[tuple[str, str]]
    ) -> None:
        """Write the rows."""
        self._writing().put_rows(stream, rows, gone)

    def set_cursor(self, name: str, position: int) -> None:
        """Move a reader's cursor."""
        self._writing().set_cursor(name, position)

    def put_timers(self, timers: Iterable[Timer]) -> None:
        """Add timers."""
        self._writing().put_timers(timers)

    def finish_timer(self, timer: str) -> None:
        """Finish a timer."""
        self._writing().finish_timer(timer)

    def _writing(self) -> Transaction:
        if self._own is None:
            self._fate(Moment.WRITE)
            self._own = self._stack.enter_context(self._store.transaction())
        return self._own
