"""How often other roads were shut: whoever keeps what the roads said sees whether it still holds.

A closure that is written changes the roads, and so does one that begins or ends by the clock: no
row says so at that moment. Belongs to the event loop.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from kentongan.core.rows import ClosureRow
from kentongan.edge.web.held import Held, Key


class RoadTurns:
    """Counts the turns, by the rows that this process holds."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._count = 0
        self._looked_at: datetime | None = None
        self._next: datetime | None = None

    def changed(self, affected: Iterable[Key]) -> None:
        """A closure was written: that is a turn, and when the next one is must be looked up."""
        if any(kind == "closure" for kind, _ in affected):
            self._count += 1
            self._looked_at = None

    def count(self, now: datetime) -> int:
        """How many turns there were until now; another number means other roads."""
        is_due = self._next is not None and now >= self._next
        if is_due and self._looked_at is not None:
            self._count += 1
        if is_due or self._looked_at is None or now < self._looked_at:
            self._looked_at, self._next = now, self._next_after(now)
        return self._count

    def is_any_shut(self, now: datetime) -> bool:
        """Whether any road is closed, slowed or under water now, as far as the record says."""
        return any(
            (row.from_at is None or row.from_at <= now)
            and (row.until_at is None or now < row.until_at)
            for row in self._open()
        )

    def _open(self) -> Iterator[ClosureRow]:
        """Closures that nobody has lifted."""
        rows = (held.row for held in self._held.of_kind("closure"))
        return (row for row in rows if isinstance(row, ClosureRow) and row.lifted_at is None)

    def _next_after(self, now: datetime) -> datetime | None:
        times = (
            at
            for row in self._open()
            for at in (row.from_at, row.until_at)
            if at is not None and at > now
        )
        return min(times, default=None)
