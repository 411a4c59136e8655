"""The line to the screens' processes: who connects gets every unit's latest position, then news.

A tenth of a second of news is one line. A reader that does not keep up loses nothing it needs: its
units wait by name, and get the position they have when there is room again.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from kentongan.app.ports import UnitFix
from kentongan.avl_line import UNITS_EACH, AvlFigures, AvlWord, encode_word, told

EVERY_S: Final = 0.1
"""Between two lines of news, seconds."""

FIGURES_EVERY: Final = 10
"""Lines of news for one of figures: once a second."""

WAITING_BYTES_MAX: Final = 1_000_000
"""A reader with more than this waiting gets nothing new: eight lines of a whole fleet."""

READERS_MAX: Final = 64
"""Processes that follow; a machine has a few."""


class Feed:
    """Serves one Unix socket. Used on the event loop only."""

    def __init__(
        self,
        path: Path,
        latest: Callable[[], Iterable[UnitFix]],
        figures: Callable[[], AvlFigures],
    ) -> None:
        self._path = path
        self._latest = latest
        self._figures = figures
        self._readers: dict[asyncio.StreamWriter, dict[str, UnitFix]] = {}
        self._server: asyncio.Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen, for this machine's own user only. `OSError` when that cannot be."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        self._path.chmod(0o600)
        self._task = asyncio.create_task(self._tell(), name="feed")

    async def stop(self) -> None:
        """Say the last news and close."""
        if self._task is not None:
            self._task.cancel()
        self._send(with_figures=False)
        if self._server is not None:
            self._server.close()
        for writer in list(self._readers):
            writer.close()

    def show(self, fixes: Sequence[UnitFix]) -> None:
        """News for everybody."""
        for waiting in self._readers.values():
            for one in fixes:
                waiting[one.unit] = one

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._readers) >= READERS_MAX:
            writer.close()
            return
        self._readers[writer] = {one.unit: one for one in self._latest()}
        try:
            while await reader.read(1_024):  # nothing is said to us
                pass
        except OSError:
            pass
        finally:
            self._readers.pop(writer, None)
            writer.close()

    async def _tell(self) -> None:
        count = 0
        while True:
            await asyncio.sleep(EVERY_S)
            count += 1
            self._send(with_figures=count % FIGURES_EVERY == 0)

    def _send(self, *, with_figures: bool) -> None:
        figures = _line(AvlWord(figures=self._figures())) if with_figures else b""
        for writer, waiting in self._readers.items():
            transport = writer.transport
            while waiting and transport.get_write_buffer_size() < WAITING_BYTES_MAX:
                units = list(waiting)[:UNITS_EACH]
                writer.write(_line(AvlWord(fixes=tuple(told(waiting.pop(one)) for one in units))))
            if figures and transport.get_write_buffer_size() < WAITING_BYTES_MAX:
                writer.write(figures)


def _line(word: AvlWord) -> bytes:
    return encode_word(word) + b"\n"
