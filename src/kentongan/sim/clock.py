"""Virtual time: a heap of (time, what). Nothing waits; the clock jumps to what comes next.

Two things at the same instant happen in the order in which they were planned, so that a seed
tells the whole story.
"""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
"""Six in the evening in Semarang."""

Action = Callable[[], None]


class Clock:
    """Seconds since `START`, and what is planned."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.steps = 0
        self._planned: list[tuple[float, int, Action]] = []
        self._count = 0

    def now(self) -> datetime:
        """The server's clock."""
        return START + timedelta(seconds=self.now_s)

    def after(self, delay_s: float, action: Action) -> None:
        """Plan something; a delay below nothing is no delay."""
        self._count += 1
        heapq.heappush(self._planned, (self.now_s + max(delay_s, 0.0), self._count, action))

    def run(self, until_s: float, then: Action) -> None:
        """Do what is planned up to that time, and `then` after each of it."""
        while self._planned and self._planned[0][0] <= until_s:
            self.now_s, _, action = heapq.heappop(self._planned)
            self.steps += 1
            action()
            then()
        self.now_s = until_s
