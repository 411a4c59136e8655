"""A store with all its sides: what `main`, the accounts, backup, verify and rebuild work on.

`app` knows only `app.ports.Store`; this adds the accounts, the keys of recordings and, for
maintenance, every table as plain values. Nothing here is used while a command is handled.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from kentongan.app.ports import Store
from kentongan.store.accounts import Accounts
from kentongan.store.deliveries import Deliveries
from kentongan.store.devices import Devices
from kentongan.store.recording_keys import RecordingKeys
from kentongan.store.tables import Line, Table, TableRow, Text
from kentongan.store.tracks import Tracks

PAGE_ROWS = 2_000
"""Rows read at a time in maintenance: a few MB of memory whatever the store's size."""


class Tables(Protocol):
    """All tables inside one transaction."""

    def page(self, table: Table, after: Sequence[object] | None) -> Sequence[TableRow]:
        """At most `PAGE_ROWS` rows in the order of the table's key, after that key."""
        ...

    def lines_by_stream(self, after: tuple[str, int] | None) -> Sequence[Line]:
        """At most `PAGE_ROWS` lines of the journal ordered by stream and version."""
        ...

    def texts(self, refs: Sequence[str]) -> Mapping[str, Text]:
        """The personal texts of these refs, erased ones included."""
        ...

    def add(self, table: Table, rows: Iterable[TableRow]) -> None:
        """Write rows that are not there yet."""
        ...

    def clear(self, table: Table) -> None:
        """Empty a derived table."""
        ...


class WholeStore(Store, Protocol):
    """What `store.open` gives."""

    @property
    def accounts(self) -> Accounts:
        """Accounts, sessions, attempts and the access log."""
        ...

    @property
    def recording_keys(self) -> RecordingKeys:
        """The sealed keys of recordings."""
        ...

    @property
    def devices(self) -> Devices:
        """The devices that report positions."""
        ...

    @property
    def deliveries(self) -> Deliveries:
        """What was sent to people, and where they are reached."""
        ...

    @property
    def tracks(self) -> Tracks:
        """The history of positions."""
        ...

    def tables(self, *, writing: bool = False) -> AbstractContextManager[Tables]:
        """All tables in one transaction.

        Reading shows one consistent state and keeps nobody out, however long it takes. Writing
        keeps everybody else from appending and is committed at the block's end, or not at all.
        """
        ...


def every(tables: Tables, table: Table) -> Iterable[TableRow]:
    """All rows of a table in the order of its key, page by page."""
    after: tuple[object, ...] | None = None
    while page := tables.page(table, after):
        yield from page
        last = page[-1]
        after = tuple(getattr(last, column) for column in table.key)
        if len(page) < PAGE_ROWS:
            return
