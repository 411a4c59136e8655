"""Fixes on their way into the history: gathered per unit until a block is worth writing. Pure.

A block is written when it is full or between half a minute and a minute old, and at the latest when
the day ends. How old differs, so that a fleet that began at once is not written at once: five
thousand blocks would take the processor for seconds. What waits is lost with the process; the
latest position of each unit is written elsewhere, every few seconds.
While the store is away finished blocks wait, up to a limit; then the oldest go and are counted.
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from msgspec import Struct

from kentongan.core.positions import Judged, Verdict
from kentongan.core.words import UnitId
from kentongan.store.track_block import TrackFix
from kentongan.store.tracks import Block, block_of

BLOCK_FIXES: Final = 240
"""Fixes of a full block: four minutes of one each second, about 1.5 kB."""

BLOCK_S: Final = 60.0
"""Longest wait of a fix for its block, seconds: what a killed process may lose of the history."""

SPREAD: Final = 64
"""Blocks begun one after another that end at different ages."""

BLOCKS_EACH: Final = 200
"""Blocks handed over at once: some hundredths of a second of the store's write lock."""

BLOCKS_WAITING_MAX: Final = 20_000
"""Encoded blocks that wait for the store: an hour of three hundred units, about 10 MB."""


T = TypeVar("T")


class Gathered(Struct, frozen=True):
    """The fixes of a block that is finished and not yet encoded."""

    unit: UnitId
    fixes: Sequence[TrackFix]
    number: int


class _Open(Struct):
    """A block that still grows, and until when."""

    fixes: list[TrackFix]
    until: datetime


class Due(Struct, frozen=True):
    """What is to be written next: blocks that waited, and new ones still to be encoded."""

    waited: Sequence[Block]
    gathered: Sequence[Gathered]

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.waited or self.gathered)


class Gathering:
    """Used by one thread, but for `encoded`. `writer` names the process; it never comes again."""

    def __init__(self, writer: str) -> None:
        self._writer = writer
        self._number = 0
        self._begun = 0
        self._open: dict[UnitId, _Open] = {}
        self._finished: deque[Gathered] = deque()
        self._waiting: deque[Block] = deque()
        self.dropped = 0

    def add(self, judged: Judged) -> None:
        """Keep a fix, whatever its verdict; one that came before is there already."""
        if judged.verdict is Verdict.DUPLICATE:
            return
        growing = self._open.get(judged.unit)
        if growing is not None and _is_full(growing.fixes, judged.received_at):
            self._finish(judged.unit)
            growing = None
        one = TrackFix(
            fix=judged.fix,
            received_at=judged.received_at,
            verdict=judged.verdict,
            shift_s=judged.shift_s,
        )
        if growing is None:
            self._open[judged.unit] = _Open([one], judged.received_at + self._age())
        else:
            growing.fixes.append(one)

    def due(self, now: datetime, *, everything: bool = False) -> Due:
        """What to write next; without `everything` at most `BLOCKS_EACH` of each."""
        for unit in [unit for unit, one in self._open.items() if everything or one.until <= now]:
            if not everything and len(self._finished) >= BLOCKS_EACH:
                break
            self._finish(unit)
        limit = None if everything else BLOCKS_EACH
        return Due(_taken(self._waiting, limit), _taken(self._finished, limit))

    def encoded(self, due: Due) -> list[Block]:
        """The blocks; on any thread, for it takes a while."""
        new = (block_of(one.unit, one.fixes, self._writer, one.number) for one in due.gathered)
        return [*due.waited, *new]

    def put_back(self, blocks: Sequence[Block]) -> None:
        """They could not be written; where there is no room for all, the oldest go."""
        self._waiting.extendleft(reversed(blocks))
        while len(self._waiting) > BLOCKS_WAITING_MAX:
            self.dropped += self._waiting.popleft().fixes

    def _finish(self, unit: UnitId) -> None:
        self._number += 1
        self._finished.append(Gathered(unit, self._open.pop(unit).fixes, self._number))

    def _age(self) -> timedelta:
        """How old the next block may become."""
        share = 1 - 0.5 * (self._begun % SPREAD) / SPREAD
        self._begun += 1
        return timedelta(seconds=BLOCK_S * share)


def _is_full(fixes: Sequence[TrackFix], received_at: datetime) -> bool:
    return len(fixes) >= BLOCK_FIXES or fixes[0].received_at.date() != received_at.date()


def _taken(queue: deque[T], limit: int | None) -> list[T]:
    count = len(queue) if limit is None else min(limit, len(queue))
    return [queue.popleft() for _ in range(count)]
