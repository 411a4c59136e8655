"""`/publik/rekaman`: the chain's value of each day and each month's response, for everybody.

No session, no script, no person. The file is read again only when the night has written it; who
asks more often than a person reads is told to wait.
"""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from kentongan.edge.web.answers import AnyRequest
from kentongan.edge.web.citizen_limits import Share
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.public_page import STYLE, page_of
from kentongan.published import Published, PublishedError, read_published

PAGE: Final = "/publik/rekaman"

ASKS_MAX: Final = 60
"""Readings of one address in `ASKS_WITHIN`."""

ALL_ASKS_MAX: Final = 1_200
"""Readings of all addresses in `ASKS_WITHIN`, per process."""

ASKS_WITHIN: Final = timedelta(minutes=1)

CACHE: Final = "public, max-age=300"
"""It changes once a night; whoever stands between may answer for five minutes."""


class Record:
    """The published file as a page and as JSON, made anew when it was written."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._made: tuple[bytes, bytes] | None = None

    def answers(self) -> tuple[bytes, bytes] | None:
        """Page and JSON; None before the first night, or when the file is not ours."""
        if self._path is None:
            return None
        try:
            state = self._path.stat()
        except OSError:
            return None
        stamp = (state.st_mtime_ns, state.st_size)
        if stamp != self._stamp:
            self._made = self._make(self._path)
            self._stamp = stamp
        return self._made

    @property
    def is_begun(self) -> bool:
        """Whether anything was published yet, readable or not."""
        return self._path is not None and self._path.exists()

    def _make(self, path: Path) -> tuple[bytes, bytes] | None:
        try:
            found = read_published(path)
        except (PublishedError, OSError):
            return None
        return None if found is None else (page_of(found).encode(), msgspec.json.encode(found))


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The page, its style and the same as JSON."""
    training = parts.given.training  # what an older program wrote there is shown no more either
    record = Record(None if training else parts.given.published_file)
    asks = Share(ASKS_MAX, ALL_ASKS_MAX, ASKS_WITHIN)

    def allow(request: AnyRequest) -> None:
        address = request.client.host if request.client is not None else ""
        if not asks.take(address, parts.given.clock()):
            raise Problem(429, "too_often")

    def empty() -> Published:
        city = parts.city.pack.city
        return Published(city=city.key, name=city.name.id, timezone=city.timezone)

    @get(PAGE)
    async def page(request: AnyRequest) -> Response[bytes]:
        allow(request)
        made = await asyncio.to_thread(record.answers)
        body = made[0] if made else page_of(empty(), training=training).encode()
        return Response(body, media_type=MediaType.HTML, headers={"Cache-Control": CACHE})

    @get(f"{PAGE}.json")
    async def as_json(request: AnyRequest) -> Response[bytes]:
        allow(request)
        made = await asyncio.to_thread(record.answers)
        if made is None and await asyncio.to_thread(lambda: record.is_begun):
            raise Problem(404, "not_found")
        body = made[1] if made else msgspec.json.encode(empty())
        return Response(body, media_type=MediaType.JSON, headers={"Cache-Control": CACHE})

    @get(f"{PAGE}.css")
    async def style() -> Response[bytes]:
        return Response(STYLE.encode(), media_type="text/css", headers={"Cache-Control": CACHE})

    return [page, as_json, style]
