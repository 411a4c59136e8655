"""How long the event loop lets others wait: the one figure that says whether screens keep up.

A sleeper that wakes too late was held up by somebody's work. It looks twenty times a second and
remembers half a minute, which costs nothing one could measure.
"""

import asyncio
from collections import deque
from typing import Final

from msgspec import Struct

LOOK_S: Final = 0.05
"""Between two looks, seconds."""

LOOKS_KEPT: Final = 600
"""Half a minute of looks."""


class LoopLag(Struct, frozen=True, kw_only=True):
    """Milliseconds by which the loop was late in the last half minute."""

    p99_ms: float
    worst_ms: float


class LagMeter:
    """Measures the loop it is started on."""

    def __init__(self) -> None:
        self._late_s: deque[float] = deque(maxlen=LOOKS_KEPT)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to measure. Call on the event loop."""
        self._task = asyncio.create_task(self._measure(), name="lag")

    def stop(self) -> None:
        """Stop measuring."""
        if self._task is not None:
            self._task.cancel()

    def figures(self) -> LoopLag:
        """The last half minute; zero before the first look."""
        late_ms = sorted(1000 * late_s for late_s in self._late_s) or [0.0]
        p99_ms = late_ms[min(len(late_ms) - 1, len(late_ms) * 99 // 100)]
        return LoopLag(p99_ms=round(p99_ms, 1), worst_ms=round(late_ms[-1], 1))

    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOK_S
            await asyncio.sleep(LOOK_S)
            self._late_s.append(max(0.0, loop.time() - due))
