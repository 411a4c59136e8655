"""The one clock of the process: four steps in each tick of 20 ms, of which it wakes for some.

Every call is mixed once a tick, at the step that suits its parties (`phase`). The clock keeps the
pace of `monotonic()`, catches up after a short delay, and after a long one counts it with its cause
and begins anew rather than send a burst.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from kentongan.media.lateness import Cause, Meter, cause_of
from kentongan.media.phase import SLOTS, STEP_S, TICK_S

BEHIND_S_MAX: Final = 0.2  # more is not made up for: ten packets at once would be dropped anyway
LOAD_S: Final = 2.0  # between two looks at the processor's time
RESTARTS_TOLD_MAX: Final = 100  # a machine that stands still each minute fills no log
_log: Final = logging.getLogger(__name__)

Work = Callable[[float, int], int]
"""What is done at a step, by its monotonic time and number: all that is due by then, so that a busy
machine is woken less often; it gives the next step wanted, an earlier one if more than that is due.
"""


class TickClock:
    """Calls `work` at each step that it wants until the task is cancelled."""

    def __init__(self) -> None:
        self.step = 0
        self.late_ticks = 0  # steps begun more than one tick after their time
        self.restarts: Counter[Cause] = Counter()  # more than 200 ms behind, and why
        self.faults = 0
        self.longest_ms = 0.0
        self.busy_percent = 0.0  # of a core, all threads, over the last two seconds
        self._busy_s = 0.0
        self._spent_s = 0.0  # by the last tick
        self._sampled = (time.monotonic(), time.process_time())
        self._origin = 0.0  # monotonic; of step 0
        self._next = 0

    def due(self, step: int) -> float:
        """The monotonic time of a step."""
        return self._origin + step * STEP_S

    @property
    def ticks(self) -> int:
        """So many times 20 ms, those left out by a restart not counted."""
        return self.step // SLOTS

    @property
    def mean_ms(self) -> float:
        """The mean length of a tick's work, all its steps together."""
        return 1000 * self._busy_s / self.ticks if self.ticks else 0.0

    async def run(self, work: Work) -> None:
        """Step for ever."""
        meter = Meter()
        try:
            await self._run(work, meter)
        finally:
            meter.close()

    async def _run(self, work: Work, meter: Meter) -> None:
        self._origin = time.monotonic()
        begun, slept_s = meter.read(), 0.0
        while True:
            wait = self.due(self._next) - time.monotonic()
            slept_s = max(0.0, wait)
            await asyncio.sleep(slept_s)  # behind or not, the control socket has its turn
            behind = time.monotonic() - self.due(self._next)
            if behind > BEHIND_S_MAX:
                why = cause_of(behind, begun, meter.read(), worked_s=self._spent_s, slept_s=slept_s)
                self._restart(why, behind)
                self._origin, behind = self._origin + behind, 0.0
            else:
                self.late_ticks += behind > TICK_S
            self.step = max(self.step, self._next + max(0, int(behind / STEP_S)))
            begun = meter.read()
            self._tick(work)

    def _restart(self, why: Cause, behind_s: float) -> None:
        self.restarts[why] += 1
        if self.restarts.total() <= RESTARTS_TOLD_MAX:
            _log.warning("%d ms behind, begun anew: %s", 1000 * behind_s, why)

    def _tick(self, work: Work) -> None:
        begun = time.monotonic()
        self._next = self.step + SLOTS
        try:
            self._next = work(begun, self.step)
        except Exception:  # noqa: BLE001  outermost: the clock of all calls does not stop for a fault
            self.fault("a tick")
        self._spent_s = time.monotonic() - begun
        self._busy_s += self._spent_s
        self.longest_ms = max(self.longest_ms, 1000 * self._spent_s)
        if begun - self._sampled[0] >= LOAD_S:
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
