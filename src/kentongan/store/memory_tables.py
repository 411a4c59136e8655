"""The tables of the memory store, and how a transaction on them is undone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from kentongan.store.tables import (
    ACCESS_LOG,
    ACCOUNTS,
    BOARD,
    CLAIMS,
    COMMANDS,
    CONTACTS,
    CURSORS,
    DELIVERIES,
    DEVICES,
    JOURNAL,
    NUMBERS,
    RECORDING_KEYS,
    TEXTS,
    TIMERS,
    AccessLine,
    AccountLine,
    BoardLine,
    ClaimLine,
    CommandLine,
    ContactLine,
    CursorLine,
    DeliveryLine,
    DeviceLine,
    KeyLine,
    Line,
    NumberLine,
    Table,
    TableRow,
    Text,
    TimerLine,
)
from kentongan.store.whole import PAGE_ROWS

K = TypeVar("K")
V = TypeVar("V")


class Content:
    """Everything the memory store holds. Callers hold its lock."""

    def __init__(self) -> None:
        self.journal: list[Line] = []
        self.streams: dict[str, list[int]] = {}
        self.texts: dict[str, Text] = {}
        self.commands: dict[str, CommandLine] = {}
        self.numbers: dict[str, NumberLine] = {}
        self.timers: dict[str, TimerLine] = {}
        self.cursors: dict[str, CursorLine] = {}
        self.accounts: dict[str, AccountLine] = {}
        self.access_log: dict[int, AccessLine] = {}
        self.recording_keys: dict[str, KeyLine] = {}
        self.devices: dict[str, DeviceLine] = {}
        self.deliveries: dict[str, DeliveryLine] = {}
        self.contacts: dict[str, ContactLine] = {}
        self.board: dict[tuple[str, str], BoardLine] = {}
        self.claims: dict[tuple[str, str], ClaimLine] = {}
        self._undo: list[Callable[[], object]] = []

    def append(self, line: Line) -> None:
        """Add a line to the journal."""
        positions = self.streams.setdefault(line.stream, [])
        self.journal.append(line)
        positions.append(line.position)
        self._undo.append(self.journal.pop)
        self._undo.append(positions.pop)

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        """Set a row."""
        self._remember(table, key)
        table[key] = value

    def remove(self, table: dict[K, V], key: K) -> None:
        """Remove a row that is there."""
        self._remember(table, key)
        del table[key]

    def _remember(self, table: dict[K, V], key: K) -> None:
        if key in table:
            was = table[key]
            self._undo.append(lambda: table.__setitem__(key, was))
        else:
            self._undo.append(lambda: table.pop(key, None))

    def commit(self) -> None:
        """What was done stays."""
        self._undo.clear()

    def roll_back(self) -> None:
        """Undo everything since the last commit."""
        while self._undo:
            self._undo.pop()()


class MemoryTables:
    """All tables as plain values, for maintenance."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._dicts: dict[str, dict[Any, Any]] = {
            TEXTS.name: content.texts,
            COMMANDS.name: content.commands,
            NUMBERS.name: content.numbers,
            TIMERS.name: content.timers,
            CURSORS.name: content.cursors,
            ACCOUNTS.name: content.accounts,
            ACCESS_LOG.name: content.access_log,
            RECORDING_KEYS.name: content.recording_keys,
            DEVICES.name: content.devices,
            DELIVERIES.name: content.deliveries,
            CONTACTS.name: content.contacts,
            BOARD.name: content.board,
            CLAIMS.name: content.claims,
        }

    def page(self, table: Table, after: Sequence[object] | None) -> Sequence[TableRow]:
        """Rows in the order of the table's key, after that key."""
        if table.name == JOURNAL.name:
            start = cast("int", after[0]) if after else 0
            return self._content.journal[start : start + PAGE_ROWS]
        rows = self._dicts[table.name].values()
        placed = sorted((tuple(getattr(r, c) for c in table.key), i, r) for i, r in enumerate(rows))
        return [row for key, _, row in placed if after is None or key > tuple(after)][:PAGE_ROWS]

    def lines_by_stream(self, after: tuple[str, int] | None) -> Sequence[Line]:
        """Lines of the journal ordered by stream and version."""
        found: list[Line] = []
        for stream in sorted(self._content.streams):
            if after is not None and stream < after[0]:
                continue
            lines = [self._content.journal[p - 1] for p in self._content.streams[stream]]
            found += [x for x in lines if after is None or (x.stream, x.version) > after]
            if len(found) >= PAGE_ROWS:
                break
        return found[:PAGE_ROWS]

    def texts(self, refs: Sequence[str]) -> Mapping[str, Text]:
        """The personal texts of these refs, erased ones included."""
        return {ref: self._content.texts[ref] for ref in refs if ref in self._content.texts}

    def add(self, table: Table, rows: Iterable[TableRow]) -> None:
        """Write rows that are not there yet."""
        for row in rows:
            if isinstance(row, Line):
                self._content.append(row)
                continue
            key = tuple(getattr(row, column) for column in table.key)
            place = key[0] if len(key) == 1 else key
            self._content.put(self._dicts[table.name], place, row)

    def clear(self, table: Table) -> None:
        """Empty a derived table."""
        rows = self._dicts[table.name]
        for key in list(rows):
            self._content.remove(rows, key)
