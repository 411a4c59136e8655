"""The one clock of the process: a tick each 20 ms, for all bridges.

It keeps the pace of `monotonic()`, catches up after a short delay, and after a long one counts it
and begins anew rather than send a burst. It counts what it does; nobody is told by it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

TICK_S: Final = 0.02
BEHIND_S_MAX: Final = 0.2  # more is not made up for: ten packets at once would be dropped anyway
LOAD_TICKS: Final = 100  # between two looks at the processor's time
_log: Final = logging.getLogger(__name__)


class TickClock:
    """Calls `work(now, number)` at each tick until the task is cancelled."""

    def __init__(self) -> None:
        self.ticks = 0
        self.late_ticks = 0  # begun more than one tick after their time
        self.restarts = 0  # more than 200 ms behind
        self.faults = 0
        self.longest_ms = 0.0
        self.busy_percent = 0.0  # of a core, all threads, over the last two seconds
        self._busy_s = 0.0
        self._sampled = (time.monotonic(), time.process_time())

    @property
    def mean_ms(self) -> float:
        """The mean length of a tick's work."""
        return 1000 * self._busy_s / self.ticks if self.ticks else 0.0

    async def run(self, work: Callable[[float, int], None]) -> None:
        """Tick for ever."""
        due = time.monotonic()
        while True:
            due += TICK_S
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            elif wait < -BEHIND_S_MAX:
                self.restarts += 1
                due = time.monotonic()
            else:
                self.late_ticks += wait < -TICK_S
                await asyncio.sleep(0)  # the control socket has its turn even when we are behind
            self._tick(work)

    def _tick(self, work: Callable[[float, int], None]) -> None:
        begun = time.monotonic()
        try:
            work(begun, self.ticks)
        except Exception:  # noqa: BLE001  outermost: the clock of all calls does not stop for a fault
            self.fault("a tick")
        spent = time.monotonic() - begun
        self.ticks += 1
        self._busy_s += spent
        self.longest_ms = max(self.longest_ms, 1000 * spent)
        if self.ticks % LOAD_TICKS == 0:
            self._sample_load()

    def _sample_load(self) -> None:
        now, used = time.monotonic(), time.process_time()
        passed = max(now - self._sampled[0], TICK_S)
        self.busy_percent = 100 * (used - self._sampled[1]) / passed
        self._sampled = (now, used)

    def fault(self, where: str) -> None:
        """Count and log the exception being handled."""
        self.faults += 1
        if self.faults <= 100 or self.faults % 1000 == 0:  # not fifty a second for hours
            _log.exception("fault %d in %s", self.faults, where)
