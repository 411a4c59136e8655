"""Writes to the store what was received, and reads from it who may report. One thread of its own.

The event loop never waits for the disk. While the store is away positions go on being shown and
gathered, and the devices known before stay known.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from kentongan.app.ports import Unavailable, UnitFix
from kentongan.edge.avl.reception import Reception
from kentongan.store.devices import Numbered
from kentongan.store.track_gathering import Gathering
from kentongan.store.whole import WholeStore

EVERY_S: Final = 1.0
"""Between two looks at what is due, seconds; a revoked token is good for at most that long."""

LATEST_EVERY: Final = 2
"""Looks for one writing of the latest positions: they serve a restart, and other machines."""

_log = logging.getLogger(__name__)


class Writing:
    """Started and stopped on the event loop. `close_lines` gets ids of devices that changed."""

    def __init__(
        self,
        open_store: Callable[[], WholeStore],
        clock: Callable[[], datetime],
        reception: Reception,
        gathering: Gathering,
        close_lines: Callable[[Sequence[str]], None],
    ) -> None:
        self._open_store = open_store
        self._clock = clock
        self._reception = reception
        self._gathering = gathering
        self._close_lines = close_lines
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._store: WholeStore | None = None
        self._task: asyncio.Task[None] | None = None
        self.is_away = True

    async def start(self) -> None:
        """Read devices and positions, if the store is there, and begin to write."""
        loop = asyncio.get_running_loop()
        try:
            fixes = await loop.run_in_executor(self._pool, self._read_fixes)
            self._reception.start_from(fixes)
            await self.look(0)
        except Unavailable as away:
            _log.warning("who may report is not known yet: %s", away)
        self._task = asyncio.create_task(self._keep_looking(), name="writing")

    async def stop(self) -> None:
        """Write everything that waits."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            await self.look(0, everything=True)
        except Unavailable as away:
            _log.error("the last positions are lost: %s", away)
        self._pool.shutdown(wait=True)
        if self._store is not None:
            self._store.close()

    async def look(self, count: int, *, everything: bool = False) -> None:
        """Who may report now, and what is due to be written. Raises `Unavailable`."""
        loop = asyncio.get_running_loop()
        version = self._reception.register.version
        try:
            changed = await loop.run_in_executor(self._pool, self._changed, version)
            self._close_lines(self._reception.register.take(changed))
            if count % LATEST_EVERY == 0:
                await self._write_latest(loop)
            await self._write_history(loop, everything=everything)
            self.is_away = False
        except Unavailable:
            self.is_away = True
            raise

    async def _write_latest(self, loop: asyncio.AbstractEventLoop) -> None:
        fixes = self._reception.unwritten()
        if not fixes:
            return
        try:
            await loop.run_in_executor(self._pool, lambda: self._opened().put_fixes(fixes))
        except BaseException:
            self._reception.put_back(fixes)
            raise

    async def _write_history(self, loop: asyncio.AbstractEventLoop, *, everything: bool) -> None:
        while due := self._gathering.due(self._clock(), everything=everything):
            blocks = await loop.run_in_executor(self._pool, self._gathering.encoded, due)
            try:
                await loop.run_in_executor(self._pool, lambda: self._opened().tracks.put(blocks))  # noqa: B023 - awaited here
            except BaseException:
                self._gathering.put_back(blocks)
                raise

    async def _keep_looking(self) -> None:
        """Outermost loop: whatever happens, the next look follows."""
        count = 0
        while True:
            await asyncio.sleep(EVERY_S)
            count += 1
            try:
                await self.look(count)
            except Unavailable as away:
                _log.info("positions wait to be written: %s", away)
            except Exception:  # noqa: BLE001 - outermost loop: told, then on
                _log.exception("writing positions failed")

    def _read_fixes(self) -> Sequence[UnitFix]:
        return self._opened().fixes()

    def _changed(self, version: int) -> Sequence[Numbered]:
        return self._opened().devices.list(after=version)

    def _opened(self) -> WholeStore:
        if self._store is None:
            try:
                self._store = self._open_store()
            except OSError as error:
                raise Unavailable("store") from error
        return self._store
