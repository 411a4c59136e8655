"""Twice a second where units are, to every screen; once a second also when nothing moved.

Five seconds of silence tell a screen that its line is dead: an empty frame is the heartbeat, too.
Positions are encoded once for each class of viewers, and the loop is given back in between.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from kentongan.edge.web.fixes import Fixes
from kentongan.edge.web.frames import Position, Positions, text_of
from kentongan.edge.web.listener import Listener

POSITIONS_S: Final = 0.5
"""Between two looks at what moved, seconds: half of what a position may take to the map."""

BEATS_FOR_HEARTBEAT: Final = 2
"""So many looks for one frame that is sent though nothing moved: one a second."""

UNITS_EACH: Final = 250
"""Units looked at in one step: about a millisecond of the event loop."""

_log = logging.getLogger(__name__)

Audience = tuple[set[Listener], frozenset[str]]
"""Screens that see the same, and the units whose positions they may know."""


class Heartbeat:
    """Used on the event loop only. `seq` is the room's number at the moment."""

    def __init__(
        self,
        fixes: Fixes,
        clock: Callable[[], datetime],
        audiences: Callable[[], Iterable[Audience]],
        seq: Callable[[], int],
    ) -> None:
        self._fixes = fixes
        self._clock = clock
        self._audiences = audiences
        self._seq = seq
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to beat."""
        self._task = asyncio.create_task(self._keep_beating(), name="heartbeat")

    def stop(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()

    async def beat(self, *, is_heartbeat: bool = True) -> None:
        """Send every screen the positions that changed, in steps that let others run between."""
        now = self._clock()
        moved: list[Position] = []
        units = self._fixes.units()
        for start in range(0, len(units), UNITS_EACH):
            moved += self._fixes.worth_sending(units[start : start + UNITS_EACH], now)
            await asyncio.sleep(0)
        for listeners, seen in list(self._audiences()):
            changed = [position for position in moved if position[0] in seen]
            if changed or is_heartbeat:
                self._send(listeners, seen, changed, now)
                await asyncio.sleep(0)

    async def _keep_beating(self) -> None:
        beats = 0
        while True:
            await asyncio.sleep(POSITIONS_S)
            beats += 1
            try:
                await self.beat(is_heartbeat=beats % BEATS_FOR_HEARTBEAT == 0)
            except Exception:  # noqa: BLE001 - outermost loop: told, then on
                _log.exception("the heartbeat failed; the next one follows")

    def _send(
        self,
        listeners: set[Listener],
        seen: frozenset[str],
        changed: list[Position],
        now: datetime,
    ) -> None:
        some = self._text(changed, now)
        whole: str | None = None
        for listener in listeners:
            if not listener.needs_all_positions:
                listener.put_positions(some, whole=False)
                continue
            if whole is None:
                whole = self._text(self._fixes.all(now, seen), now)
            listener.put_positions(whole, whole=True)

    def _text(self, positions: list[Position], now: datetime) -> str:
        return text_of(Positions(seq=self._seq(), at=now, positions=positions))
