"""The keys of recordings on a SQL engine."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from kentongan.store.engine import Engine, Row
from kentongan.store.journal import moment
from kentongan.store.sql_tables import insert
from kentongan.store.tables import RECORDING_KEYS, KeyLine

_COLUMNS = ", ".join(RECORDING_KEYS.columns)


class SqlRecordingKeys:
    """Implements `store.recording_keys.RecordingKeys`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, keys: Iterable[KeyLine]) -> None:
        """Add keys that are not known yet."""
        sql = f"{insert(RECORDING_KEYS)} ON CONFLICT (id) DO NOTHING"
        with self._engine.transaction() as link:
            for key in keys:
                link.tell(sql, msgspec.structs.astuple(key))

    def find(self, key: str) -> KeyLine | None:
        """The key with that id."""
        found = self._ask("WHERE id = ?", (key,))
        return found[0] if found else None

    def of_call(self, call: str) -> Sequence[KeyLine]:
        """All keys of a call, oldest first."""
        return self._ask("WHERE call = ? ORDER BY made_at, id", (call,))

    def living(self, made_before: datetime, after: KeyLine | None, limit: int) -> Sequence[KeyLine]:
        """Keys made before a time and not erased, oldest first."""
        where, parameters = "sealed IS NOT NULL AND made_at < ?", (made_before,)
        if after is not None:
            where += " AND (made_at, id) > (?, ?)"
            parameters = (made_before, after.made_at, after.id)
        return self._ask(f"WHERE {where} ORDER BY made_at, id LIMIT ?", (*parameters, limit))

    def erase(self, keys: Iterable[str]) -> int:
        """Erase these for ever."""
        sql = """UPDATE recording_keys SET sealed = NULL
            WHERE id = ? AND sealed IS NOT NULL RETURNING id"""
        with self._engine.transaction() as link:
            erased = sum(len(link.ask(sql, (key,))) for key in keys)
        if erased:
            self._engine.scrub()
        return erased

    def _ask(self, where: str, parameters: tuple[object, ...]) -> list[KeyLine]:
        if any(isinstance(value, str) and "\0" in value for value in parameters):
            return []  # no id has a NUL, and PostgreSQL would not even look
        sql = f"SELECT {_COLUMNS} FROM recording_keys {where}"  # noqa: S608 - constants
        with self._engine.reading() as link:
            return [_line(row) for row in link.ask(sql, parameters)]


def _line(row: Row) -> KeyLine:
    key, call, segment, made_at, sealed = row
    return KeyLine(key, call, segment, moment(made_at), None if sealed is None else bytes(sealed))
