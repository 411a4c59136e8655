"""Every table of a SQL store as plain values, for maintenance, and the inserts for each."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import msgspec

from kentongan.store.engine import Link
from kentongan.store.tables import DERIVED, JOURNAL, Line, Table, TableRow, Text
from kentongan.store.whole import PAGE_ROWS

REFS_PER_QUESTION = 500
"""Refs looked up in one statement; SQLite before 3.32 took 999 parameters."""


class SqlTables:
    """All tables inside one transaction."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def page(self, table: Table, after: Sequence[object] | None) -> Sequence[TableRow]:
        """Rows in the order of the table's key, after that key."""
        found = self._link.ask(_page(table, started=after is not None), after or ())
        return [msgspec.convert(row, table.shape) for row in found]

    def lines_by_stream(self, after: tuple[str, int] | None) -> Sequence[Line]:
        """Lines of the journal ordered by stream and version."""
        where = "WHERE (stream, version) > (?, ?)" if after else ""
        sql = f"""SELECT {", ".join(JOURNAL.columns)} FROM journal {where}
            ORDER BY stream, version LIMIT {PAGE_ROWS}"""  # noqa: S608 - constants
        return [msgspec.convert(row, Line) for row in self._link.ask(sql, after or ())]

    def texts(self, refs: Sequence[str]) -> Mapping[str, Text]:
        """The personal texts of these refs, erased ones included."""
        found: dict[str, Text] = {}
        for start in range(0, len(refs), REFS_PER_QUESTION):
            some = refs[start : start + REFS_PER_QUESTION]
            marks = ", ".join("?" * len(some))
            sql = f"SELECT ref, digest, salt, text FROM personal WHERE ref IN ({marks})"  # noqa: S608
            found.update((row[0], Text(*row)) for row in self._link.ask(sql, some))
        return found

    def add(self, table: Table, rows: Iterable[TableRow]) -> None:
        """Write rows that are not there yet."""
        self._link.tell_many(insert(table), (msgspec.structs.astuple(row) for row in rows))

    def clear(self, table: Table) -> None:
        """Empty a derived table."""
        if table not in DERIVED:
            raise ValueError(f"{table.name} is not derived")
        self._link.tell(f"DELETE FROM {table.name}")  # noqa: S608 - one of two constants


@cache
def insert(table: Table) -> str:
    """The statement that adds a row."""
    columns, marks = ", ".join(table.columns), ", ".join("?" * len(table.columns))
    return f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608 - constants


@cache
def _page(table: Table, *, started: bool) -> str:
    key, marks = ", ".join(table.key), ", ".join("?" * len(table.key))
    where = f"WHERE ({key}) > ({marks})" if started else ""
    return f"""SELECT {", ".join(table.columns)} FROM {table.name} {where}
        ORDER BY {key} LIMIT {PAGE_ROWS}"""  # noqa: S608 - constants
