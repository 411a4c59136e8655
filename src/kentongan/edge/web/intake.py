"""Positions on their way to the store: gathered, latest of each unit only, written twice a second.

Two thousand positions a second are one small write instead of two thousand. A position that is
lost with the process is replaced by the next one a second later.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

from kentongan.app.ports import Unavailable, UnitFix
from kentongan.edge.web.fixes import UNITS_MAX, Fixes
from kentongan.edge.web.lanes import Lanes, Overfull

WRITE_EVERY_S: Final = 0.5
"""Between two writings, seconds."""

_log = logging.getLogger(__name__)


class Intake:
    """Takes positions in. Used on the event loop only."""

    def __init__(self, lanes: Lanes, fixes: Fixes) -> None:
        self._lanes = lanes
        self._fixes = fixes
        self._waiting: dict[str, UnitFix] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._keep_writing(), name="positions")

    async def stop(self) -> None:
        """Write what waits and stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()

    def take(self, fixes: Iterable[UnitFix]) -> None:
        """Show them at the next heartbeat and write them soon."""
        taken = list(fixes)
        self._fixes.take(taken)
        for fix in taken:
            if fix.unit in self._waiting or len(self._waiting) < UNITS_MAX:
                self._waiting[fix.unit] = fix

    async def flush(self) -> None:
        """Write what waits; while the store is away only the latest is kept."""
        batch, self._waiting = self._waiting, {}
        if not batch:
            return
        fixes = list(batch.values())
        try:
            await self._lanes.door.run(lambda store: store.put_fixes(fixes))
        except (Unavailable, Overfull):
            self._waiting = batch | self._waiting

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            try:
                await self.flush()
            except Exception:  # noqa: BLE001 - outermost loop: told, then on
                _log.exception("writing positions failed")
