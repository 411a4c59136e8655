"""Who has read which personal text, written down once per person and text.

Screens show new text to a whole room at once, so live readings are gathered and written each
second; a reading somebody asked for (a recording, a history) is written before it is answered.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from kentongan.app.ports import Unavailable
from kentongan.core.words import AgentId
from kentongan.edge.web.lanes import Lanes, Overfull
from kentongan.store.accounts import Access

FLUSH_S: Final = 1.0
"""Between two writings, seconds."""

KNOWN_MAX: Final = 500_000
"""Pairs of viewer and text remembered as written; beyond it the oldest may be written twice."""

WAITING_MAX: Final = 100_000
"""Readings waiting while the store is away: about a day of a small room."""

_log = logging.getLogger(__name__)


class Reads:
    """The access log's near side. Used on the event loop only."""

    def __init__(self, lanes: Lanes, clock: Callable[[], datetime]) -> None:
        self._lanes = lanes
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._waiting: list[Access] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write each second."""
        self._task = asyncio.create_task(self._keep_writing(), name="access log")

    async def stop(self) -> None:
        """Write what waits and stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()

    def note(self, viewer: AgentId, refs: Iterable[str], reason: str) -> None:
        """Remember that the viewer is shown these texts; a pair that is known costs nothing."""
        now = self._clock()
        for ref in refs:
            pair = (viewer, ref)
            if pair in self._known:
                continue
            self._known[pair] = None
            self._waiting.append(Access(viewer=viewer, what=ref, reason=reason, at=now))
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

    async def log(self, viewer: AgentId, what: Iterable[str], reason: str) -> None:
        """Write readings now; raises `Unavailable` when that is not possible."""
        now = self._clock()
        accesses = [Access(viewer=viewer, what=ref, reason=reason, at=now) for ref in what]
        if accesses:
            await self._lanes.door.run(lambda store: store.accounts.log_access(accesses))

    async def flush(self) -> None:
        """Write what waits; when the store is away it waits on."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        try:
            await self._lanes.door.run(lambda store: store.accounts.log_access(batch))
        except (Unavailable, Overfull):
            self._waiting = (batch + self._waiting)[-WAITING_MAX:]

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            try:
                await self.flush()
            except Exception:  # noqa: BLE001 - outermost loop: told, then on
                _log.exception("writing the access log failed")
