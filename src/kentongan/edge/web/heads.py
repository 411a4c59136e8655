"""The head of a request has a length and a time, whoever sends it.

The fast parser has neither: a stranger could let a header grow until the memory is full, or hold a
connection for ever with a letter now and then. This is the server's own HTTP protocol with both
limits added. It knows nothing of addresses or sessions, and a body is not its business: the
application counts that. It promises that what waits for the end of a head, of a chunk's line or of
a trailer never exceeds `HEAD_BYTES_MAX` and one read of the socket.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

HEAD_BYTES_MAX: Final = 32_768
"""Longest head of a request, octets: ours have under 2,000; a proxy may add some."""

HEAD_S: Final = 10.0
"""Longest wait for the end of a head, seconds, from the connection's or its own beginning."""

FIELD_SIGNS: Final = 4
"""Octets of a header line besides name and value: colon, space, CR, LF (RFC 9112 §5)."""


class HeadTooLong(Exception):  # noqa: N818 - an answer, not an error
    """Stops the parser in the middle of a head."""


class HeadLimited(HttpToolsProtocol):
    """One connection. `head_s` is shorter in tests."""

    head_s = HEAD_S

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_bytes = 0  # of this message's head and trailers, as far as they are parsed
        self._unparsed_bytes = 0  # received since the parser last finished anything
        self._is_head_due = True
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody connects: the first head is due."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless too much waits for its end."""
        if self.transport.is_closing():
            return
        if self._is_head_due and self._head_timer is None:
            self._await_head()
        self._unparsed_bytes += len(data)
        super().data_received(data)
        if self._unparsed_bytes > HEAD_BYTES_MAX:
            self._refuse()

    def on_message_begin(self) -> None:
        """The first octet of a request."""
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header line, or one of a chunked body's trailer."""
        self._count(len(name) + len(value) + FIELD_SIGNS)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is here in time."""
        self._is_head_due = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Octets of the body, which the application counts."""
        self._unparsed_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole; what comes next begins another."""
        self._unparsed_bytes = 0
        self._is_head_due = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What the parser cannot read; a head that is too long has its own status."""
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _count(self, octets: int) -> None:
        self._head_bytes += octets
        if self._head_bytes > HEAD_BYTES_MAX:
            raise HeadTooLong

    def _refuse(self) -> None:
        """431 and an end (RFC 6585 §5); within a request under way only the end."""
        if self.transport.is_closing():
            return
        if self._is_head_due and not self._is_answering():
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            line = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            self.transport.write(f"{line}connection: close\r\ncontent-length: 0\r\n\r\n".encode())
        self.transport.close()

    def _is_answering(self) -> bool:
        return bool(self.cycle) and not self.cycle.response_complete  # none before the first head

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.head_s, self._late)

    def _late(self) -> None:
        """The head did not come; an answer under way is not cut off for the next request's."""
        self._head_timer = None
        if self._is_answering():
            self._await_head()
        elif not self.transport.is_closing():
            self.transport.close()

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
