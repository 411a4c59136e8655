"""The WebSocket: who may open one, and its two tasks: sending, and watching for the end.

A screen sends nothing; what it wants goes through HTTP. A page without a session, or from a
foreign origin, does not get past the handshake.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any

from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import WebsocketRouteHandler

from kentongan.app.ports import Unavailable
from kentongan.core.words import LABEL_CHARACTERS_MAX
from kentongan.edge.web.fences import check_origin
from kentongan.edge.web.lanes import Overfull
from kentongan.edge.web.listener import Listener
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import signed_in

REFUSED_CODE = 4403
"""Close code before the handshake: the browser sees a failed connection."""

LATER_CODE = 1013
"""Try again later: not read yet, too many screens, or a reader that was too slow."""

CLOSE_S = 1.0
"""Longest wait for a goodbye to leave, seconds; then the line is let go without one."""

_log = logging.getLogger(__name__)

AnySocket = WebSocket[Any, Any, Any]


def routes(parts: Parts) -> list[WebsocketRouteHandler]:
    """The one WebSocket address."""

    @websocket("/ws")
    async def follow(socket: AnySocket) -> None:
        try:
            check_origin(socket.scope, parts.given.origins)
            found = await signed_in(socket, parts.sessions)
        except (Problem, Unavailable, Overfull):
            await socket.close(code=REFUSED_CODE)
            return
        await socket.accept()
        listener = Listener(found.agent, found.session.key, _page(socket))
        try:
            await _serve(parts, socket, listener)
        finally:
            parts.live.leave(listener)

    return [follow]


async def _serve(parts: Parts, socket: AnySocket, listener: Listener) -> None:
    if not await parts.live.join(listener, _since(socket)):
        await socket.close(code=LATER_CODE)
        return
    sending = asyncio.create_task(listener.send_all(socket.send_text))
    watching = asyncio.create_task(_until_closed(socket))
    try:
        await asyncio.wait({sending, watching}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, watching):
            task.cancel()
        results = await asyncio.gather(sending, watching, return_exceptions=True)
    _report(results)
    is_stuck = listener.is_dropped or isinstance(results[0], TimeoutError)
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError, OSError):
        async with asyncio.timeout(CLOSE_S):  # a full line takes no goodbye either
            await socket.close(code=LATER_CODE if is_stuck else 1000)


async def _until_closed(socket: AnySocket) -> None:
    """Whatever a screen sends is ignored; the server's frame limit keeps it small."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return


def _report(results: Sequence[BaseException | None]) -> None:
    expected = (asyncio.CancelledError, WebSocketDisconnect, TimeoutError, OSError)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, expected):
            _log.debug("a screen's line ended: %r", result)


def _page(socket: AnySocket) -> str:
    """The window's name, as it gives it to the desk that it works at."""
    page = str(socket.query_params.get("page", ""))
    return page if len(page) <= LABEL_CHARACTERS_MAX else ""


def _since(socket: AnySocket) -> int | None:
    try:
        return int(socket.query_params.get("since", ""))
    except ValueError:
        return None
