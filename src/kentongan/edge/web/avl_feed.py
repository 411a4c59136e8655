"""The web process's line to the `avl` process: positions of devices as they come.

It keeps one connection and opens it again while the other is away; the units then keep the place
where they were, with its age. Positions are judged there; here they are shown.
"""

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import Final

import msgspec

from kentongan.avl_line import LINE_BYTES_MAX, AvlFigures, decode_word, heard
from kentongan.edge.web.fixes import Fixes

RETRY_S: Final = 0.5
"""Pause between attempts to reach the process, seconds."""

_log = logging.getLogger(__name__)


class AvlFeed:
    """Follows one socket; None means that no devices are set up."""

    def __init__(self, path: Path | None, fixes: Fixes) -> None:
        self._path = path
        self._fixes = fixes
        self._task: asyncio.Task[None] | None = None
        self.figures: AvlFigures | None = None

    def start(self) -> None:
        """Begin to follow."""
        if self._path is not None:
            self._task = asyncio.create_task(self._keep_open(self._path), name="avl feed")

    async def stop(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_open(self, path: Path) -> None:
        while True:
            with contextlib.suppress(OSError):
                await self._follow(path)
            self.figures = None
            await asyncio.sleep(RETRY_S)

    async def _follow(self, path: Path) -> None:
        reader, writer = await asyncio.open_unix_connection(str(path), limit=LINE_BYTES_MAX)
        try:
            while line := await reader.readline():
                word = decode_word(line)
                self._fixes.take(heard(one) for one in word.fixes)
                self.figures = word.figures or self.figures
        except (msgspec.DecodeError, ValueError) as error:
            _log.error("a line about positions cannot be read: %s", error)
        finally:
            writer.close()
