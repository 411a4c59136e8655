"""The history of positions on a SQL engine: one table per day, dropped whole.

The statements are the same for both engines; SQLite takes PostgreSQL's names of types. Tables are
made and dropped under the lock of positions, so that two processes never do it at once.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from kentongan.core.words import UnitId
from kentongan.store.engine import Engine, Link, Lock
from kentongan.store.track_block import milliseconds
from kentongan.store.tracks import PAGE_BLOCKS, Block, Track, possible_days, track_of


class SqlTracks:
    """Implements `store.tracks.Tracks`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, blocks: Sequence[Block]) -> None:
        """Keep blocks."""
        with self._engine.transaction(durable=False) as link:
            link.lock(Lock.FIXES)
            for day in sorted({block.day for block in blocks} - set(_days(link))):
                _make(link, day)
            for day in sorted({block.day for block in blocks}):
                rows = [_row(block) for block in blocks if block.day == day]
                link.tell_many(_insert(day), rows)

    def read(self, unit: UnitId, start: datetime, end: datetime) -> Track:
        """Fixes measured in the span."""
        span = (unit, milliseconds(end), milliseconds(start))
        found: list[bytes] = []
        with self._engine.snapshot() as link:
            for day in possible_days(_days(link), start, end):
                sql = f"""SELECT octets FROM {_name(day)}
                    WHERE unit = ? AND first_ms < ? AND last_ms >= ?"""  # noqa: S608 - a date
                found += [bytes(row[0]) for row in link.ask(sql, span)]
        return track_of(found, start, end)

    def days(self) -> Sequence[date]:
        """The days of which there is a partition."""
        with self._engine.reading() as link:
            return _days(link)

    def page(self, day: date, after: Block | None) -> Sequence[Block]:
        """The next blocks of a day."""
        rest = "WHERE (unit, first_ms, writer, number) > (?, ?, ?, ?)" if after else ""
        sql = f"""SELECT unit, first_ms, last_ms, fixes, writer, number, octets FROM {_name(day)}
            {rest} ORDER BY unit, first_ms, writer, number LIMIT {PAGE_BLOCKS}"""  # noqa: S608 - no text from outside
        with self._engine.snapshot() as link:
            if day not in _days(link):
                return []
            rows = link.ask(sql, after.key if after else ())
            return [_block(day, row) for row in rows]

    def forget(self, before: date) -> Sequence[date]:
        """Drop the partitions of earlier days, one transaction each: nobody waits long."""
        dropped = [day for day in self.days() if day < before]
        for day in dropped:
            with self._engine.transaction() as link:
                link.lock(Lock.FIXES)
                link.tell("DELETE FROM track_days WHERE day = ?", (day.toordinal(),))
                self._engine.drop(link, _name(day))
        return dropped


def _days(link: Link) -> list[date]:
    found = link.ask("SELECT day FROM track_days ORDER BY day")
    return [date.fromordinal(row[0]) for row in found]


def _name(day: date) -> str:
    return f"track_{day:%Y%m%d}"


def _make(link: Link, day: date) -> None:
    link.tell(
        f"""CREATE TABLE IF NOT EXISTS {_name(day)} (
            unit text NOT NULL,
            first_ms bigint NOT NULL,
            last_ms bigint NOT NULL,
            fixes integer NOT NULL,
            writer text NOT NULL,
            number bigint NOT NULL,
            octets bytea NOT NULL,
            PRIMARY KEY (unit, first_ms, writer, number))"""
    )
    link.tell("INSERT INTO track_days (day) VALUES (?)", (day.toordinal(),))


def _insert(day: date) -> str:
    return f"""INSERT INTO {_name(day)}
        (unit, first_ms, last_ms, fixes, writer, number, octets) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING"""  # noqa: S608 - a date


def _block(day: date, row: Sequence[Any]) -> Block:
    unit, first_ms, last_ms, fixes, writer, number, octets = row
    return Block(
        unit=UnitId(unit),
        day=day,
        first_ms=first_ms,
        last_ms=last_ms,
        fixes=fixes,
        writer=writer,
        number=number,
        octets=bytes(octets),
    )


def _row(block: Block) -> tuple[object, ...]:
    return (
        block.unit,
        block.first_ms,
        block.last_ms,
        block.fixes,
        block.writer,
        block.number,
        block.octets,
    )
