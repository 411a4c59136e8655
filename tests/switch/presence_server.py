"""A presence server in tests: takes SUBSCRIBE, says NOTIFY, and keeps what it was sent."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from kentongan.sip import events
from kentongan.sip.address import Address, Outgoing, Transport
from kentongan.sip.message import Request, Response
from kentongan.sip.parse import parse_message


class PresenceServer:
    """Answers each SUBSCRIBE with `status` (None: with nothing) and then with `documents`.

    In the place of a SIP stack: octets in, and out by `drain`.
    """

    def __init__(self, *documents: bytes, status: int | None = 200) -> None:
        self.documents = list(documents)
        self.status = status
        self.asked: list[Request] = []
        self.answered: list[int] = []
        self._out: list[Outgoing] = []
        self._number = 0
        self._first: Request | None = None  # of the newest subscription
        self._subscriber = Address("127.0.0.1", 5060)

    @property
    def expires(self) -> list[str]:
        """Of each SUBSCRIBE: 0 is the end of it."""
        return [one.headers.find("expires") or "" for one in self.asked]

    def receive(
        self, data: bytes, source: Address, transport: Transport, now: float
    ) -> list[events.Event]:
        """Something of the centre's."""
        del transport, now
        message = parse_message(data)
        if isinstance(message, Response):
            self.answered.append(message.status)
        elif message.method == "SUBSCRIBE":
            self._subscriber = source
            self._subscribed(message)
        return []

    def poll(self, now: float) -> list[events.Event]:
        """It has no timers."""
        del now
        return []

    def drain(self) -> list[Outgoing]:
        """What it has to say."""
        said, self._out = self._out, []
        return said

    def _subscribed(self, request: Request) -> None:
        self.asked.append(request)
        fields = request.headers
        if ";tag=" not in (fields.find("to") or ""):
            self._first = request
        if self.status is not None:
            lines = [f"SIP/2.0 {self.status} Word", *(f"Via: {one}" for one in fields.list("via"))]
            to = fields.find("to") or ""
            lines += [f"To: {to}" if ";tag=" in to else f"To: {to};tag=lis"]
            lines += [f"{name}: {fields.find(name)}" for name in ("From", "Call-ID", "CSeq")]
            lines += ['WWW-Authenticate: Digest realm="lis", nonce="x"'] * (self.status == 401)
            self._say("\r\n".join([*lines, "Content-Length: 0", "", ""]).encode())
        if fields.find("expires") == "0":
            self.notify(b"", "terminated;reason=timeout")
            return
        for document in self.documents:
            self.notify(document)

    def notify(
        self, body: bytes, state: str = "active;expires=600", of: Request | None = None
    ) -> None:
        """Tell the subscriber of its newest subscription, or of an earlier one."""
        self._number += 1
        fields = (of or self._first or self.asked[0]).headers
        typed = ["Content-Type: application/pidf+xml"] if body else []
        lines = [
            "NOTIFY sip:112@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKnotify{self._number};rport",
            f"From: {fields.find('to')};tag=lis",
            f"To: {fields.find('from')}",
            f"Call-ID: {fields.find('call-id')}",
            f"CSeq: {self._number} NOTIFY",
            "Contact: <sip:lis@127.0.0.5:5070>",
            "Event: presence",
            f"Subscription-State: {state}",
            *typed,
            f"Content-Length: {len(body)}",
            "",
            "",
        ]
        self._say("\r\n".join(lines).encode() + body)

    def _say(self, data: bytes) -> None:
        self._out.append(Outgoing(data, self._subscriber, Transport.UDP))


class _Wire(asyncio.DatagramProtocol):
    """The same server at a socket."""

    def __init__(self, server: PresenceServer) -> None:
        self._server = server
        self._wire: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._wire = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._server.receive(data, Address(addr[0], addr[1]), Transport.UDP, 0.0)
        assert self._wire is not None
        for out in self._server.drain():
            self._wire.sendto(out.data, (out.address.host, out.address.port))


@asynccontextmanager
async def answering(server: PresenceServer, port: int) -> AsyncGenerator[None]:
    """That server at a port of this machine, over UDP."""
    loop = asyncio.get_running_loop()
    wire, _ = await loop.create_datagram_endpoint(
        lambda: _Wire(server), local_addr=("127.0.0.1", port)
    )
    try:
        yield
    finally:
        wire.close()
