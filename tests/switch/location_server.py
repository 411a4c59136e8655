"""A server of locations in tests: says what it was told to say, and keeps what it was asked."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

Say = Callable[[asyncio.StreamWriter], Awaitable[None]]

CIRCLE = (
    '<gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>-6.9903 110.4229</gml:pos>'
    '<gs:radius uom="urn:ogc:def:uom:EPSG::9001">35</gs:radius></gs:Circle>'
)


def presence(shape: str = CIRCLE, at: str = "2026-11-25T08:00:00Z") -> bytes:
    """A PIDF-LO of the network's own measuring."""
    return (
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@b" '
        'xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gml="http://www.opengis.net/gml" '
        'xmlns:gs="http://www.opengis.net/pidflo/1.0"><tuple id="t"><status><gp:geopriv>'
        f"<gp:location-info>{shape}</gp:location-info><gp:usage-rules/><gp:method>Cell</gp:method>"
        f"</gp:geopriv></status><timestamp>{at}</timestamp></tuple></presence>"
    ).encode()


def both(*documents: bytes) -> bytes:
    """One document with the elements of several."""
    head, _, _ = documents[0].partition(b"<tuple")
    tuples = [one[one.index(b"<tuple") : one.index(b"</presence>")] for one in documents]
    return head + b"".join(tuples) + b"</presence>"


def response(document: bytes) -> bytes:
    """A HELD `locationResponse` with that document."""
    return (
        b'<?xml version="1.0"?><locationResponse xmlns="urn:ietf:params:xml:ns:geopriv:held">'
        + document
        + b"</locationResponse>"
    )


def error(code: str) -> bytes:
    """A HELD error."""
    return f'<error xmlns="urn:ietf:params:xml:ns:geopriv:held" code="{code}"/>'.encode()


def reply(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """A whole HTTP answer."""
    kind = "Content-Type: application/held+xml"
    lines = (f"HTTP/1.1 {status}", kind, f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


class Server:
    """One that gives its answers one after the other, the last one again and again."""

    def __init__(self, answers: Sequence[bytes | Say]) -> None:
        self._answers = list(answers)
        self.asked: list[bytes] = []
        self.port = 0
        self.is_broken_off = asyncio.Event()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
            body = await reader.readexactly(int(length[0].split()[1])) if length else b""
            self.asked.append(head + body)
            answer = self._answers[min(len(self.asked), len(self._answers)) - 1]
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.is_broken_off.set()
            writer.close()


@asynccontextmanager
async def serving(
    *answers: bytes | Say, context: ssl.SSLContext | None = None
) -> AsyncGenerator[Server]:
    """A server on a free port of this machine."""
    server = Server(answers)
    listening = await asyncio.start_server(server.take, "127.0.0.1", 0, ssl=context)
    server.port = int(listening.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        listening.close()
