"""Positions on their way to the store: gathered, latest of each unit only, written twice a second.

Two thousand positions a second are one small write instead of two thousand. A position that is
lost with the process is replaced by the next one a second later. What a crew's telephone says is
judged (`core.positions`) before it is shown; all of it goes into the history.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from kentongan.app.ports import Unavailable, UnitFix
from kentongan.core.positions import Bounds, Judge, Judged, Outcome, Tally, Verdict, outcome_of
from kentongan.edge.web.fixes import UNITS_MAX, Fixes
from kentongan.edge.web.lanes import Lanes, Overfull
from kentongan.store.track_gathering import Gathering

WRITE_EVERY_S: Final = 0.5
"""Between two writings, seconds."""

_log = logging.getLogger(__name__)


class Intake:
    """Takes positions in. Used on the event loop only."""

    def __init__(
        self, lanes: Lanes, fixes: Fixes, clock: Callable[[], datetime], bounds: Bounds
    ) -> None:
        self._lanes = lanes
        self._fixes = fixes
        self._clock = clock
        self._judge = Judge(bounds)
        self._gathering = Gathering(secrets.token_hex(8))
        self._waiting: dict[str, UnitFix] = {}
        self._task: asyncio.Task[None] | None = None
        self.tally = Tally()

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._keep_writing(), name="positions")

    async def stop(self) -> None:
        """Write what waits and stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()
        await self.write_history(everything=True)

    def take(self, fixes: Iterable[UnitFix]) -> None:
        """Show them at the next heartbeat and write them soon: whoever sends these knows."""
        taken = list(fixes)
        for one in taken:
            self._gathering.add(
                Judged(
                    unit=one.unit,
                    fix=one.fix,
                    received_at=one.received_at,
                    verdict=Verdict.DRAWN,
                )
            )
        self._show(taken)

    def judge(self, fixes: Iterable[UnitFix]) -> Outcome:
        """A telephone's: only what says where the unit is now is shown, all of it is kept."""
        said: list[Judged] = []
        for one in fixes:
            for judged in self._judge.judge(one.unit, [one.fix], one.received_at):
                said.append(judged)
                self.tally.note(judged.unit, judged.verdict)
                self._gathering.add(judged)
                if judged.verdict.is_drawn:
                    self._show(
                        [UnitFix(unit=one.unit, fix=judged.fix, received_at=one.received_at)]
                    )
        return outcome_of(said)

    def _show(self, taken: Sequence[UnitFix]) -> None:
        for fix in self._fixes.take(taken):
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

    async def write_history(self, *, everything: bool = False) -> None:
        """Write the blocks that are due; while the store is away they wait."""
        due = self._gathering.due(self._clock(), everything=everything)
        if not due:
            return
        blocks = self._gathering.encoded(due)
        try:
            await self._lanes.door.run(lambda store: store.tracks.put(blocks))
        except (Unavailable, Overfull):
            self._gathering.put_back(blocks)

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            try:
                await self.flush()
                await self.write_history()
            except Exception:  # noqa: BLE001 - outermost loop: told, then on
                _log.exception("writing positions failed")
