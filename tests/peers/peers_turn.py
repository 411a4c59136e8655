"""The client's side of TURN over TCP or TLS, enough to stand where a browser would (RFC 8656).

`TurnRelay` has the face of a datagram transport, so that `WebPeer` can speak through it.
"""

import asyncio
import contextlib
import hashlib
import hmac
import ipaddress
import secrets
import ssl
import struct
from collections.abc import Callable

from msgspec import Struct

from kentongan.media.stun import HEADER_BYTES, MAGIC_COOKIE

ALLOCATE, REFRESH, SEND, DATA, PERMIT = 0x003, 0x004, 0x016, 0x017, 0x008
USERNAME, INTEGRITY, ERROR, PEER, PAYLOAD = 0x006, 0x008, 0x009, 0x012, 0x013
REALM, NONCE, RELAYED, TRANSPORT = 0x014, 0x015, 0x016, 0x019
SUCCESS, FAILURE, INDICATION = 0x100, 0x110, 0x010
UDP = bytes([17, 0, 0, 0])


class TurnError(Exception):
    """The server said no; `code` is why (RFC 8656, section 19)."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class _Message(Struct):
    kind: int
    transaction: bytes
    attributes: dict[int, bytes]


def _unheard(data: bytes, source: tuple[str, int]) -> None:
    """Nobody listens yet."""


class TurnRelay:
    """One allocation. `open`, `permit`, then `sendto`; what comes back goes to `receive`."""

    def __init__(self, username: str, password: str) -> None:
        self._username, self._password = username, password
        self._realm, self._nonce = b"", b""
        self._waiting: dict[bytes, asyncio.Future[_Message]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self.relayed = ("", 0)
        self.receive: Callable[[bytes, tuple[str, int]], None] = _unheard

    async def open(
        self, host: str, port: int, *, own_host: str, trust: ssl.SSLContext | None = None
    ) -> None:
        """Connect and allocate. Raises `TurnError`."""
        reader, self._writer = await asyncio.open_connection(
            host, port, ssl=trust, local_addr=(own_host, 0)
        )
        self._task = asyncio.create_task(self._read(reader))
        answer = await self._ask(ALLOCATE, [(TRANSPORT, UDP)])
        self.relayed = _address(answer.attributes[RELAYED])

    async def permit(self, host: str) -> None:
        """Let datagrams pass to and from that host. Raises `TurnError`."""
        await self._ask(PERMIT, [(PEER, _packed((host, 0)))])

    def sendto(self, data: bytes, peer: tuple[str, int]) -> None:
        """Send through the relay."""
        self._send(
            SEND | INDICATION, secrets.token_bytes(12), [(PEER, _packed(peer)), (PAYLOAD, data)]
        )

    def close(self) -> None:
        """Give the allocation back by closing its connection."""
        if self._task is not None:
            self._task.cancel()
        if self._writer is not None:
            self._writer.close()

    async def _ask(self, method: int, attributes: list[tuple[int, bytes]]) -> _Message:
        for _ in range(2):  # the first question is for the realm and nonce
            transaction = secrets.token_bytes(12)
            future = self._waiting[transaction] = asyncio.get_running_loop().create_future()
            self._send(method, transaction, attributes, proves=bool(self._nonce))
            async with asyncio.timeout(5):
                answer = await future
            if answer.kind == method | SUCCESS:
                return answer
            error = answer.attributes[ERROR]
            code = error[2] * 100 + error[3]
            if code != 401 or self._nonce:
                raise TurnError(code)
            self._realm, self._nonce = answer.attributes[REALM], answer.attributes[NONCE]
        raise AssertionError("asked twice for a nonce")

    def _send(
        self,
        kind: int,
        transaction: bytes,
        attributes: list[tuple[int, bytes]],
        *,
        proves: bool = False,
    ) -> None:
        if proves:
            own = [(USERNAME, self._username.encode()), (REALM, self._realm), (NONCE, self._nonce)]
            attributes = [*attributes, *own]
        body = b"".join(
            struct.pack("!HH", name, len(value)) + value + bytes(-len(value) % 4)
            for name, value in attributes
        )
        length = len(body) + (24 if proves else 0)
        message = struct.pack("!HHI12s", kind, length, MAGIC_COOKIE, transaction) + body
        if proves:
            named = f"{self._username}:{self._realm.decode()}:{self._password}"
            key = hashlib.md5(named.encode()).digest()  # noqa: S324 - long-term key, RFC 8489, 9.2.2
            proof = hmac.new(key, message, hashlib.sha1).digest()
            message += struct.pack("!HH", INTEGRITY, len(proof)) + proof
        assert self._writer is not None
        self._writer.write(message)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readexactly(HEADER_BYTES)
                kind, length, _, transaction = struct.unpack("!HHI12s", head)
                attributes = _attributes(await reader.readexactly(length))
                if kind == DATA | INDICATION:
                    self.receive(attributes[PAYLOAD], _address(attributes[PEER]))
                elif transaction in self._waiting:
                    found = _Message(kind, transaction, attributes)
                    self._waiting.pop(transaction).set_result(found)


def _attributes(body: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    position = 0
    while position < len(body):
        name, size = struct.unpack_from("!HH", body, position)
        found[name] = body[position + 4 : position + 4 + size]
        position += 4 + size + -size % 4
    return found


def _packed(address: tuple[str, int]) -> bytes:
    """XOR-PEER-ADDRESS of IPv4."""
    number = int(ipaddress.IPv4Address(address[0])) ^ MAGIC_COOKIE
    return struct.pack("!BBHI", 0, 1, address[1] ^ (MAGIC_COOKIE >> 16), number)


def _address(packed: bytes) -> tuple[str, int]:
    _, _, port, number = struct.unpack("!BBHI", packed)
    host = str(ipaddress.IPv4Address(number ^ MAGIC_COOKIE))
    return host, port ^ (MAGIC_COOKIE >> 16)
