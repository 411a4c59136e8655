"""The HTTP port: requests of devices, as small and as many as they come, and the WebSocket.

Telephones send one position per request, thousands a second; so this is httptools on the bare
transport: each request is read, answered and forgotten without a task or a thread. Pipelined
requests are answered in order. A connection that asks for `/avl/ws` becomes a WebSocket.
"""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from time import monotonic
from typing import Any, Final, cast

import httptools

from kentongan.edge.avl.answers import WEBSOCKET, Answer, Answering, Asked
from kentongan.edge.avl.connections import Connections, peer_of
from kentongan.edge.avl.hearing import Hearing
from kentongan.edge.avl.websocket import WebSocket

HEAD_BYTES_MAX: Final = 16_000
"""Request line and headers; a telephone sends some hundred octets."""

BODY_BYTES_MAX: Final = 256_000
"""A thousand positions with everything a telephone tells beside them."""

READ: Final = {name.encode(): name for name in ("authorization", "content-type", "x-forwarded-for")}
"""Headers that are looked at; the WebSocket's handshake is read again as a whole."""

WAITING_BYTES_MAX: Final = 256_000
"""Answers that the other side does not take; more, and the line is let go."""

_PHRASES: Final = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found",
    405: "Method Not Allowed", 413: "Content Too Large", 429: "Too Many Requests",
    431: "Request Header Fields Too Large",
}  # fmt: skip

Networks = Sequence[IPv4Network | IPv6Network]


class Requests(Hearing):
    """One connection to the HTTP port."""

    def __init__(self, answering: Answering, connections: Connections, proxies: Networks) -> None:
        self._answering = answering
        self._connections = connections
        self._proxies = proxies
        self._parser: Any = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._websocket: WebSocket | None = None
        self._raw = b""
        self._is_between = True
        self._address_of_peer = ""
        self._clear()
        self.device: str | None = None
        self.peer = ""
        self.is_known = False
        self.heard_at = monotonic()

    def _clear(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._head_bytes = 0
        self._body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A device rings."""
        self._transport = cast("asyncio.Transport", transport)
        self._address_of_peer = peer_of(self._transport)
        self.peer = "" if self._is_proxy(self._address_of_peer) else self._address_of_peer
        if not self._connections.add(self):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        del exc
        self._connections.remove(self)

    def close(self) -> None:
        """Let go of the line."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Some octets."""
        if self._websocket is not None:
            self._through_websocket(data)
            return
        self._raw = data if self._is_between else (self._raw + data)[: HEAD_BYTES_MAX + 1]
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError:
            self._end(400)
        if self._transport is not None and (
            self._transport.get_write_buffer_size() > WAITING_BYTES_MAX
        ):
            self._transport.abort()

    def on_message_begin(self) -> None:
        """httptools: a request begins."""
        self._is_between = False
        self._clear()

    def on_url(self, url: bytes) -> None:
        """httptools: a piece of the address."""
        self._url += url
        self._grown(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools: a header. Counted here and not by `_grown`: there are several a position."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > HEAD_BYTES_MAX:
            self._end(431)
        known = READ.get(name.lower())
        if known is not None:
            self._headers[known] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """httptools: a piece of the body."""
        if len(self._body) + len(body) > BODY_BYTES_MAX:
            self._end(413)
            return
        self._body += body

    def on_message_complete(self) -> None:
        """httptools: the request is whole."""
        self._is_between = True
        if self._transport is None or self._transport.is_closing():
            return
        if self._parser.should_upgrade():
            return
        asked = self._asked()
        answer = self._answering.answer(asked) if asked is not None else Answer(status=400)
        if answer.status == 200:
            self.heard_at, self.is_known = monotonic(), True
        self._say(answer, keeps=self._parser.should_keep_alive() and not _says_close(answer))

    def _asked(self) -> Asked | None:
        try:
            path, _, query = self._url.decode("ascii").partition("?")
        except UnicodeDecodeError:
            return None
        return Asked(
            method=self._parser.get_method().decode("ascii"),
            path=path,
            query=query,
            headers=self._headers,
            body=bytes(self._body),
            address=self._address(),
        )

    def _upgrade(self) -> None:
        asked = self._asked()
        if asked is None or asked.path != WEBSOCKET or self._transport is None:
            self._end(400)
            return
        self._websocket = WebSocket(self._answering, asked)
        self._through_websocket(self._raw)
        self._raw = b""

    def _through_websocket(self, data: bytes) -> None:
        websocket, transport = self._websocket, self._transport
        if websocket is None or transport is None:
            return
        answers, is_over = websocket.receive(data)
        for octets in answers:
            transport.write(octets)
        if websocket.device is not None:
            self.device, self.heard_at, self.is_known = websocket.device.id, monotonic(), True
        if transport.get_write_buffer_size() > WAITING_BYTES_MAX:
            transport.abort()
        elif is_over:
            transport.close()

    def _grown(self, count: int) -> None:
        self._head_bytes += count
        if self._head_bytes > HEAD_BYTES_MAX:
            self._end(431)

    def _end(self, status: int) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._say(Answer(status=status), keeps=False)

    def _say(self, answer: Answer, *, keeps: bool) -> None:
        if self._transport is None:
            return
        self._transport.write(_octets(answer, keeps=keeps))
        if not keeps:
            self._transport.close()

    def _address(self) -> str:
        """Who asks: the peer, or whom a proxy of ours names last."""
        address = self._address_of_peer
        if not self._proxies:
            return address
        named = [one.strip() for one in self._headers.get("x-forwarded-for", "").split(",")]
        while named and self._is_proxy(address):
            address = named.pop() or address
        return address

    def _is_proxy(self, address: str) -> bool:
        if not self._proxies:
            return False
        try:
            one = ip_address(address)
        except ValueError:
            return False
        return any(one in network for network in self._proxies)


@lru_cache(maxsize=100)
def _octets(answer: Answer, *, keeps: bool) -> bytes:
    """The answer as it is sent; nearly all of a fleet are told the same."""
    lines = [f"HTTP/1.1 {answer.status} {_PHRASES.get(answer.status, 'Answer')}"]
    lines += [f"{name}: {_printable(value)}" for name, value in answer.headers]
    lines.append(f"Content-Length: {len(answer.body)}")
    if not keeps and not _says_close(answer):
        lines.append("Connection: close")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + answer.body


def _says_close(answer: Answer) -> bool:
    return ("Connection", "close") in answer.headers


def _printable(text: str) -> str:
    return "".join(one if " " <= one <= "~" else "?" for one in text)
