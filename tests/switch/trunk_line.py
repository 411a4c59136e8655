"""The switch's sockets with a real SIP stack behind them, and peers on bare sockets before them."""

import asyncio
import logging
import secrets
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

import pytest
import uvloop

from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.settings import TlsFiles
from kentongan.edge.switch.sockets import SipSockets
from kentongan.edge.switch.tls import Certificates
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport
from kentongan.sip.stack import Stack
from kentongan.sip.stateless import refusal_of

LOCAL = Trunk(key="local", networks=("127.0.0.0/8", "::1/128"))
HOST = "127.0.0.1"


def free_for_both(host: str) -> int:
    """A port that is nobody's, for streams and for datagrams. Raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(20):
        with socket.socket(family) as streams, socket.socket(family, socket.SOCK_DGRAM) as grams:
            streams.bind((host, 0))
            with suppress(OSError):
                grams.bind((host, streams.getsockname()[1]))
                return int(streams.getsockname()[1])
    raise OSError("no port is free for both")


class Line:
    """What a switch has between its wire and its board. OPTIONS are answered, INVITEs kept."""

    def __init__(
        self, *trunks: Trunk, tls: TlsFiles | None = None, hosts: tuple[str, ...] = (HOST,)
    ):
        self.gate = Gate(trunks or (LOCAL,))
        self.notices = Notices()
        self.tls = tls
        self.certificates = Certificates(tls or TlsFiles(), self.notices)
        self.hosts = hosts
        self.events: list[events.Event] = []
        self.strangers = 0
        self.concerned: set[str] = set()
        self.port = self.tls_port = 0
        self.sockets = SipSockets(
            self.gate,
            self.certificates,
            self.notices,
            receive=self._received,
            turn_away=self._turned_away,
            is_concerned=lambda host: host in self.concerned,
            awaits=lambda _: False,
        )
        self.stack = Stack(lambda: "", [Listener(Transport.UDP, Address(HOST, 1))], "test")

    async def __aenter__(self) -> Self:
        for host in self.hosts:
            self.port = await self.sockets.open(host, self.port or free_for_both(host))
            if self.tls is not None:
                self.tls_port = await self.sockets.open_tls(host, self.tls_port)
        local = [
            Listener(transport, Address(self.hosts[0], port))
            for transport, port in (
                (Transport.UDP, self.port),
                (Transport.TCP, self.port),
                (Transport.TLS, self.tls_port),
            )
        ]
        self.stack = Stack(lambda: secrets.token_hex(8), local, "test")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.sockets.close()
        await asyncio.sleep(0)

    @property
    def invites(self) -> list[events.Invite]:
        """The calls that came in."""
        return [event for event in self.events if isinstance(event, events.Invite)]

    def flush(self) -> None:
        """Send what the stack wants to say."""
        for out in self.stack.drain():
            self.sockets.send(out)

    def _received(self, data: bytes, source: Address, transport: Transport) -> None:
        self.events += self.stack.receive(data, source, transport, time.monotonic())
        self.flush()

    def _turned_away(self, data: bytes, source: Address, transport: Transport) -> None:
        self.strangers += 1
        answer = refusal_of(data, source, transport, 403)
        if answer is not None:
            self.sockets.send(answer)


class Peer:
    """A bare TCP or TLS connection to the line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(
        cls, port: int, *, host: str = HOST, own: str = "", context: ssl.SSLContext | None = None
    ) -> Self:
        """Connect, from an address of our own if one is given."""
        source = (own, 0) if own else None
        return cls(*await asyncio.open_connection(host, port, ssl=context, local_addr=source))

    @property
    def own(self) -> tuple[str, int]:
        """Our end."""
        name = self.writer.get_extra_info("sockname")
        return str(name[0]), int(name[1])

    def send(self, data: bytes) -> None:
        """Write it; to a connection that is closed already it is lost."""
        if not self.writer.is_closing():
            self.writer.write(data)

    async def answer(self, within_s: float = 5.0) -> bytes:
        """The next message, head only; b"" when the connection has closed."""
        async with asyncio.timeout(within_s):
            try:
                return await self.reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
                return b""

    async def status(self, within_s: float = 5.0) -> int:
        """The next final status; 0 when the connection has closed."""
        while said := await self.answer(within_s):
            status = int(said.split(b" ", 2)[1]) if said.startswith(b"SIP/2.0 ") else 100
            if status >= 200:
                return status
        return 0

    def close(self) -> None:
        """Without a word."""
        self.writer.transport.abort()


def request(
    method: str = "OPTIONS",
    *,
    transport: str = "TCP",
    via: str = "127.0.0.1:5099",
    params: str = "",
    number: int = 1,
    body: bytes = b"",
) -> bytes:
    """A request as octets; with a body it is SDP."""
    host = via if "[" in via else via.partition(":")[0]
    kind = b"Content-Type: application/sdp\r\n" if body else b""
    return (
        (
            f"{method} sip:112@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/{transport} {via};branch=z9hG4bK{number};rport{params}\r\n"
            f"From: <sip:0811@{host}>;tag={number}\r\nTo: <sip:112@127.0.0.1>\r\n"
            f"Call-ID: line-{number}\r\nCSeq: 1 {method}\r\n"
            f"Contact: <sip:0811@{via};transport={transport.lower()}>\r\n"
            f"Max-Forwards: 70\r\n"
        ).encode()
        + kind
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


def play(line: Line, scenario: Callable[[Line], Awaitable[None]]) -> None:
    """Run a scenario before an open line."""

    async def main() -> None:
        async with line:
            await scenario(line)

    uvloop.run(main())  # as the switch itself


async def until(condition: Callable[[], object], within_s: float = 5.0) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


def log_of(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What the switch itself has logged; the loop may say something of the test's own sockets."""
    return [record for record in caplog.records if record.name.startswith("kentongan")]
