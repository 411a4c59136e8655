"""One request to a server of locations, over HTTP/1.1, on the switch's event loop.

Nothing here waits in a way that holds up anything else, and everything can be broken off: whoever
asks sets the time. An answer is read up to a limit, no cookie, proxy or encoding is known, and what
it says is judged elsewhere. Names are looked up in threads of its own.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any, Final

import httptools
from msgspec import Struct

from kentongan.edge.switch.location_servers import Target

ANSWER_OCTETS_MAX: Final = 65_536
"""Of an answer with its head; a location document has about 1,000. What is read as XML has the same
limit."""

ADDRESSES_MAX: Final = 2
"""Of a name, how many addresses are tried: one of each family."""

_PIECE_OCTETS: Final = 16_384


class HttpError(Exception):
    """No answer that could be read. `cause` is a key, `said` a sentence for people."""

    def __init__(self, cause: str, said: str) -> None:
        super().__init__(said)
        self.cause = cause
        self.said = said


class Reply(Struct, frozen=True, kw_only=True):
    """What came back; the names of `headers` are small."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Reading:
    """Callbacks of httptools: one answer, after any number of interim ones (RFC 9110, 15.2)."""

    def __init__(self) -> None:
        self.parser: Any = httptools.HttpResponseParser(self)
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.has_head = False
        self.is_whole = False

    def on_message_begin(self) -> None:
        """An answer begins."""
        self.headers, self.body, self.has_head = {}, bytearray(), False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self.has_head = True

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self.body += body

    def on_message_complete(self) -> None:
        """It is whole."""
        self.is_whole = self.is_whole or self.parser.get_status_code() >= 200

    @property
    def is_whole_at_the_end(self) -> bool:
        """Whether it is whole, the connection being over: without a length it ends there."""
        has_length = {"content-length", "transfer-encoding"} & self.headers.keys()
        return self.is_whole or (self.has_head and not has_length)


async def ask(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    context: ssl.SSLContext | None,
    names: Executor,
) -> Reply:
    """POST the body, or GET where there is none. Raises `HttpError`."""
    try:
        reader, writer = await _connected(target, context, names)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise HttpError("unreachable", str(error)) from error
    try:
        writer.write(_request(target, body, headers))
        return await _read(reader)
    except OSError as error:
        raise HttpError("broken_off", str(error)) from error
    finally:
        writer.transport.abort()  # a courteous end could wait for ever


async def _connected(
    target: Target, context: ssl.SSLContext | None, names: Executor
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first address that takes one."""
    name = target.host if context is not None else None
    fault: Exception = OSError("the name has no address")
    for address in await _addresses(target, names):
        try:
            return await asyncio.open_connection(
                address, target.port, ssl=context, server_hostname=name
            )
        except OSError as error:
            fault = error
    raise fault


async def _addresses(target: Target, names: Executor) -> list[str]:
    loop = asyncio.get_running_loop()

    def looked_up() -> list[str]:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        return [str(sockaddr[0]) for *_, sockaddr in found]

    found = await loop.run_in_executor(names, looked_up)
    return list(dict.fromkeys(found))[:ADDRESSES_MAX]


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    method = "POST" if body else "GET"
    lines = [
        f"{method} {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        "User-Agent: kentongan",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
        *([f"Content-Length: {len(body)}"] if body else ()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


async def _read(reader: asyncio.StreamReader) -> Reply:
    reading = _Reading()
    left = ANSWER_OCTETS_MAX
    while not reading.is_whole:
        piece = await reader.read(_PIECE_OCTETS)
        if not piece:
            if reading.is_whole_at_the_end:
                break
            raise HttpError("broken_off", "the answer ended too soon")
        left -= len(piece)
        if left < 0:
            raise HttpError("too_long", f"more than {ANSWER_OCTETS_MAX} octets")
        try:
            reading.parser.feed_data(piece)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not reading.is_whole:
                raise HttpError("unreadable", f"no HTTP: {error}") from error
    status: int = reading.parser.get_status_code()
    return Reply(status=status, headers=reading.headers, body=bytes(reading.body))
