"""Where units were: the history of their positions, in blocks, in one partition per day.

Not journalled: it is large, and it is about people who drive, so it is kept for the days that the
settings say and then dropped, a whole day at a time. A fix belongs to the day on which it arrived
(UTC), whatever its device's clock said.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from msgspec import Struct

from kentongan.core.words import UnitId
from kentongan.store.errors import StoreDamaged
from kentongan.store.track_block import TrackFix, count_of, decoded, encoded, milliseconds

LATE_DAYS: Final = 7
"""A fix that came later than so many days after it was measured is found no more by its time."""

FIXES_READ_MAX: Final = 100_000
"""Fixes given at once: a day of one each second."""

PAGE_BLOCKS: Final = 500
"""Blocks read at a time in maintenance: about a megabyte."""


class Block(Struct, frozen=True, kw_only=True):
    """Some fixes of one unit that arrived on one day.

    `writer` and `number` name it: the same block written twice is there once.
    """

    unit: UnitId
    day: date
    first_ms: int
    last_ms: int
    fixes: int
    writer: str
    number: int
    octets: bytes

    @property
    def key(self) -> tuple[str, int, str, int]:
        """Its place in a day's order, and what makes it the same block."""
        return (self.unit, self.first_ms, self.writer, self.number)


class Track(Struct, frozen=True, kw_only=True):
    """What was found, by time of measurement; `is_cut` when there was more."""

    fixes: tuple[TrackFix, ...]
    is_cut: bool = False


class Tracks(Protocol):
    """The history of positions in one store."""

    def put(self, blocks: Sequence[Block]) -> None:
        """Keep blocks. Not fsynced: a power cut may lose the last ones, whole."""
        ...

    def read(self, unit: UnitId, start: datetime, end: datetime) -> Track:
        """Fixes measured in [start, end), at most `FIXES_READ_MAX`, the earliest first."""
        ...

    def days(self) -> Sequence[date]:
        """The days of which there is a partition, oldest first."""
        ...

    def page(self, day: date, after: Block | None) -> Sequence[Block]:
        """At most `PAGE_BLOCKS` blocks of a day by their keys, after that one; none of a day that
        was dropped meanwhile."""
        ...

    def forget(self, before: date) -> Sequence[date]:
        """Drop the partitions of earlier days; returns which there were."""
        ...


def block_of(unit: UnitId, fixes: Sequence[TrackFix], writer: str, number: int) -> Block:
    """A block of fixes that arrived on the day of the first one."""
    times = [milliseconds(one.fix.at) for one in fixes]
    return Block(
        unit=unit,
        day=fixes[0].received_at.date(),
        first_ms=min(times),
        last_ms=max(times),
        fixes=len(fixes),
        writer=writer,
        number=number,
        octets=encoded(fixes),
    )


def each_block(tracks: Tracks) -> Iterator[Block]:
    """Every block there is, page by page."""
    for day in tracks.days():
        last: Block | None = None
        while page := tracks.page(day, last):
            yield from page
            last = page[-1]


def damage_of(block: Block) -> str | None:
    """What is wrong with a block's octets; None when they are whole and as many as it says."""
    try:
        count = count_of(block.octets)
    except StoreDamaged as error:
        return str(error)
    return None if count == block.fixes else f"{count} positions instead of {block.fixes}"


def possible_days(days: Iterable[date], start: datetime, end: datetime) -> list[date]:
    """The partitions that may hold fixes measured in that span."""
    last = end.date() + timedelta(days=LATE_DAYS)
    return [day for day in days if start.date() <= day <= last]


def track_of(blocks: Iterable[bytes], start: datetime, end: datetime) -> Track:
    """The fixes of these blocks that were measured in the span, in order."""
    found = (one for block in blocks for one in decoded(block) if start <= one.fix.at < end)
    chosen = heapq.nsmallest(FIXES_READ_MAX + 1, found, key=lambda one: one.fix.at)
    return Track(fixes=tuple(chosen[:FIXES_READ_MAX]), is_cut=len(chosen) > FIXES_READ_MAX)
