"""A telephone reduced to one socket: octets out and in, for messages no telephone would write."""

import asyncio
import re
import secrets
import socket
import ssl
from pathlib import Path
from typing import Self

INVITE = """INVITE {target} SIP/2.0
Via: SIP/2.0/{transport} {host}:{port};branch=z9hG4bK{token}
{headers}From: <sip:{number}@{host}>;tag={token}
To: <{target}>
Call-ID: {token}@{host}
CSeq: 1 INVITE
Contact: <sip:{number}@{contact}>
Content-Type: {kind}
Content-Length: {length}

{body}"""

SDP = """v=0
o=- 1 1 IN IP4 {host}
s=-
c=IN IP4 {host}
t=0 0
m=audio 40000 RTP/AVP 8 101
a=rtpmap:101 telephone-event/8000
"""


class RawPhone:
    """Bound to a loopback address; writes to one other address."""

    transport = "UDP"

    def __init__(self, host: str, to: tuple[str, int], *, number: str = "0811222333") -> None:
        self.host = host
        self.number = number
        self._to = to
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        self.port = int(self._socket.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def sdp(self) -> str:
        """Plain PCMA."""
        return SDP.format(host=self.host)

    def send(self, text: str) -> None:
        """Send a message; lines end as SIP wants it."""
        self._socket.sendto(text.replace("\n", "\r\n").encode(), self._to)

    async def receive(self) -> str:
        """The next message."""
        data = await asyncio.get_running_loop().sock_recv(self._socket, 65_535)
        return data.decode("utf-8", "replace")

    def invite(
        self,
        target: str,
        *,
        headers: str = "",
        body: str | None = None,
        kind: str = "",
        contact: str = "",
    ) -> str:
        """Send an INVITE; its Call-ID."""
        body = self.sdp if body is None else body
        token = secrets.token_hex(6)
        text = INVITE.format(
            target=target,
            number=self.number,
            host=self.host,
            port=self.port,
            transport=self.transport,
            token=token,
            contact=contact or f"{self.host}:{self.port}",
            headers=headers,
            kind=kind or "application/sdp",
            length=len(body.replace("\n", "\r\n")),
            body=body,
        )
        self.send(text)
        return f"{token}@{self.host}"

    def options(self, target: str) -> str:
        """Ask whether anybody is there; the Call-ID."""
        token = secrets.token_hex(6)
        self.send(
            f"OPTIONS {target} SIP/2.0\n"
            f"Via: SIP/2.0/{self.transport} {self.host}:{self.port};branch=z9hG4bK{token}\n"
            f"Max-Forwards: 70\nFrom: <sip:probe@{self.host}>;tag={token}\nTo: <{target}>\n"
            f"Call-ID: {token}@{self.host}\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n"
        )
        return f"{token}@{self.host}"

    async def final(self, call: str = "", within_s: float = 30.0) -> str:
        """The next final response, of that call or of any."""
        async with asyncio.timeout(within_s):
            while True:
                text = await self.receive()
                if not text.startswith("SIP/2.0 1") and call in text:
                    return text

    def acknowledge(self, answer: str) -> None:
        """ACK a 200 along the route that it recorded (RFC 3261, sections 12.2.1.1 and 13.2.2.4)."""
        lines = answer.partition("\r\n\r\n")[0].split("\r\n")[1:]
        heads = [line.partition(": ") for line in lines]
        of = {name: value for name, _, value in heads}
        routes = [value for name, _, value in heads if name == "Record-Route"]
        route = ",".join(reversed([one for value in routes for one in value.split(",")]))
        target = of["Contact"].partition("<")[2].partition(">")[0]
        via = f"SIP/2.0/{self.transport} {self.host}:{self.port}"
        self.send(
            f"ACK {target} SIP/2.0\nVia: {via};branch=z9hG4bK{secrets.token_hex(6)}\n"
            f"Route: {route}\nMax-Forwards: 70\nFrom: {of['From']}\nTo: {of['To']}\n"
            f"Call-ID: {of['Call-ID']}\nCSeq: 1 ACK\nContent-Length: 0\n\n"
        )

    async def request(self, method: str, within_s: float = 30.0) -> str:
        """The next request of that method."""
        async with asyncio.timeout(within_s):
            while True:
                text = await self.receive()
                if text.startswith(f"{method} "):
                    return text

    def drain(self) -> list[str]:
        """The first lines of everything that has come in."""
        found: list[str] = []
        while True:
            try:
                found.append(self._socket.recv(65_535).decode("utf-8", "replace").split("\r\n")[0])
            except BlockingIOError:
                return found


class TlsPhone(RawPhone):
    """One on a connection to TLS; it believes that one certificate, whomever it names."""

    transport = "TLS"

    async def connect(self, certificate: Path) -> None:
        """Connect, from its own address and port, which is then its Contact's."""
        trust = ssl.create_default_context(cafile=str(certificate))
        trust.check_hostname = False
        self._reader, self._writer = await asyncio.open_connection(
            *self._to, ssl=trust, local_addr=(self.host, self.port)
        )

    def send(self, text: str) -> None:
        self._writer.write(text.replace("\n", "\r\n").encode())

    async def receive(self) -> str:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"\r\nContent-Length: *(\d+)", head)
        assert length is not None, head
        return head + (await self._reader.readexactly(int(length[1]))).decode()

    async def close(self) -> None:
        """End the connection."""
        self._writer.close()
        await self._writer.wait_closed()
