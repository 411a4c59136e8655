"""One open screen: the frames waiting for it, with a limit, and its own sender.

A slow reader never slows the others down. Positions are lossy: the latest frame replaces the one
that waits. Rows are not: when too many wait, the screen is dropped and comes back by itself with
its last number, which is cheaper than any queue.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from kentongan.core.words import Agent

FRAMES_MAX: Final = 64
"""Row frames waiting for one screen: about six seconds of a very busy room."""

CHARACTERS_MAX: Final = 4_000_000
"""Text of changes waiting for one screen; 200 stuck ones hold at most 0.8 GB for some seconds."""

SEND_S: Final = 10.0
"""A single frame that takes longer than this, seconds, means nobody reads any more."""


class Listener:
    """A screen's outgoing side. Used on the event loop only.

    `page` is the window's own name, "" where it said none: that one has a desk's sound, or not.
    """

    def __init__(self, agent: Agent, session: str, page: str = "") -> None:
        self.agent = agent
        self.session = session
        self.page = page
        self.is_dropped = False
        self._snapshot: str | None = None
        self._rows: deque[str] = deque()
        self._characters = 0
        self._positions: str | None = None
        self._missed_positions = True
        self._last: str | None = None
        self._ready = asyncio.Event()

    @property
    def needs_all_positions(self) -> bool:
        """A frame was passed over, or none was sent yet: the next must be whole."""
        return self._missed_positions

    def begin(self, snapshot: str) -> None:
        """Queue what there is, however much that is: dropped for it, a screen would never open."""
        self._snapshot = snapshot
        self._ready.set()

    def put(self, frame: str) -> None:
        """Queue a frame that must arrive; drops the screen when too much waits."""
        if self.is_dropped:
            return
        self._rows.append(frame)
        self._characters += len(frame)
        if len(self._rows) > FRAMES_MAX or self._characters > CHARACTERS_MAX:
            self.drop()
        self._ready.set()

    def put_positions(self, frame: str, *, whole: bool) -> None:
        """Replace the waiting position frame."""
        if self._positions is not None and not whole:
            self._missed_positions = True
            return
        self._positions = frame
        self._missed_positions = self._missed_positions and not whole
        self._ready.set()

    def drop(self) -> None:
        """Give up: what waits is forgotten."""
        self.is_dropped = True
        self._snapshot = None
        self._rows.clear()
        self._characters = 0
        self._positions = None
        self._ready.set()

    def end(self, frame: str) -> None:
        """Send this last frame before anything else, then stop."""
        self._last = frame
        self._ready.set()

    async def send_all(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send what comes until the screen is dropped or ended. `TimeoutError` when it is stuck."""
        while not self.is_dropped:
            await self._ready.wait()
            self._ready.clear()
            while (frame := self._next()) is not None:
                async with asyncio.timeout(SEND_S):
                    await send(frame)
                if frame is self._last:
                    return

    def _next(self) -> str | None:
        if self.is_dropped:
            return None
        if self._last is not None:
            return self._last
        if self._snapshot is not None:
            frame, self._snapshot = self._snapshot, None
            return frame
        if self._rows:
            frame = self._rows.popleft()
            self._characters -= len(frame)
            return frame
        frame, self._positions = self._positions, None
        return frame
