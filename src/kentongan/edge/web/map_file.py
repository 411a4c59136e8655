"""The map file over HTTP: a stretch of octets at a time, read beside the event loop.

A version of a city never changes, so an answer may be kept for ever under the version's name. When
another version comes into use, the one before it is served a moment longer, until every page has
heard of it: a map that is moved meanwhile has no holes. Then the old name is not found, and a page
that heard nothing asks which one it is now.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from io import BufferedReader
from pathlib import Path
from time import monotonic
from typing import Final

from litestar import Response
from litestar.response import Stream

from kentongan.edge.web.answers import AnyRequest
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.ranges import Span, read_range

PIECE_BYTES: Final = 256 * 1024
"""Octets read in one trip to a thread: a few tiles, and all the memory one answer takes."""

READING_MAX: Final = 8
"""Files read at once; more wait their turn, so that maps never take all threads."""

GRACE_S: Final = 10.0
"""How long the version before is served, seconds: screens hear of the new one within a second."""

KEPT: Final = "private, max-age=31536000, immutable"
MEDIA_TYPE: Final = "application/vnd.pmtiles"


class Versions:
    """Which file a version's name stands for: the one in use, and for `GRACE_S` the one before."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._current: tuple[str, Path] | None = None
        self._before: tuple[str, Path] | None = None
        self._since = 0.0

    def find(self, asked: str | None, version: str, path: Path | None) -> Path | None:
        """The file of the version that is asked for, while `version` at `path` is in use."""
        used = None if path is None else (version, path)
        if used != self._current:
            self._before, self._current, self._since = self._current, used, self._now()
        if used is not None and asked == version:
            return path
        if self._before is None or self._now() - self._since > GRACE_S:
            return None
        return self._before[1] if asked == self._before[0] else None


class MapFile:
    """Answers for the map file in use."""

    def __init__(self) -> None:
        self._reading = asyncio.Semaphore(READING_MAX)

    async def answer(
        self, request: AnyRequest, path: Path, version: str
    ) -> Response[bytes] | Stream:
        """The whole or one range; 304 when the asker has it, 416 when there is nothing of it.

        Raises `Problem` 404 when the file has gone.
        """
        try:
            file, size = await asyncio.to_thread(_opened, path)
        except OSError as error:
            raise Problem(404, "not_found") from error
        tag = f'"{version}-{size:x}"'
        headers = {"Accept-Ranges": "bytes", "ETag": tag, "Cache-Control": KEPT}
        if request.headers.get("if-none-match") == tag:
            file.close()
            return Response(b"", status_code=304, headers=headers)
        asked = read_range(request.headers.get("range"))
        if request.headers.get("if-range", tag) != tag:
            asked = None
        span = asked.within(size) if asked is not None else Span(0, size)
        if span is None:
            file.close()
            headers |= {"Content-Range": f"bytes */{size}", "Cache-Control": "no-store"}
            return Response(b"", status_code=416, headers=headers)
        headers["Content-Length"] = str(span.stop - span.start)
        if asked is not None:
            headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
        return Stream(
            self._pieces(file, span),
            status_code=200 if asked is None else 206,
            media_type=MEDIA_TYPE,
            headers=headers,
        )

    async def _pieces(self, file: BufferedReader, span: Span) -> AsyncGenerator[bytes]:
        """The octets, piece by piece; the file is closed in the end, whatever happens."""
        try:
            at = span.start
            while at < span.stop:
                async with self._reading:
                    piece = await asyncio.to_thread(_read, file, at, span.stop)
                if not piece:
                    return
                at += len(piece)
                yield piece
        finally:
            file.close()


def _opened(path: Path) -> tuple[BufferedReader, int]:
    file = path.open("rb")
    return file, file.seek(0, 2)


def _read(file: BufferedReader, at: int, stop: int) -> bytes:
    file.seek(at)
    return file.read(min(PIECE_BYTES, stop - at))
