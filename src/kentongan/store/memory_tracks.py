"""The history of positions of the memory store."""

import threading
from collections.abc import Sequence
from datetime import date, datetime

from kentongan.core.words import UnitId
from kentongan.store.track_block import milliseconds
from kentongan.store.tracks import PAGE_BLOCKS, Block, Track, possible_days, track_of


class MemoryTracks:
    """Blocks in a dictionary per day."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._days: dict[date, dict[tuple[str, int, str, int], Block]] = {}

    def put(self, blocks: Sequence[Block]) -> None:
        """Keep blocks."""
        with self._lock:
            for block in blocks:
                self._days.setdefault(block.day, {}).setdefault(block.key, block)

    def read(self, unit: UnitId, start: datetime, end: datetime) -> Track:
        """Fixes measured in the span."""
        first_ms, end_ms = milliseconds(start), milliseconds(end)
        with self._lock:
            found = [
                block.octets
                for day in possible_days(sorted(self._days), start, end)
                for block in self._days[day].values()
                if block.unit == unit and block.first_ms < end_ms and block.last_ms >= first_ms
            ]
        return track_of(found, start, end)

    def days(self) -> Sequence[date]:
        """The days of which there is a partition."""
        with self._lock:
            return sorted(self._days)

    def page(self, day: date, after: Block | None) -> Sequence[Block]:
        """The next blocks of a day."""
        with self._lock:
            found = sorted(self._days.get(day, {}).items())
        return [one for key, one in found if after is None or key > after.key][:PAGE_BLOCKS]

    def forget(self, before: date) -> Sequence[date]:
        """Drop the partitions of earlier days."""
        with self._lock:
            dropped = [day for day in sorted(self._days) if day < before]
            for day in dropped:
                del self._days[day]
        return dropped
