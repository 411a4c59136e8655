"""SIP on the network: UDP and TCP listeners that turn octets into whole messages, and back.

Knows framing and addresses and nothing of SIP's meaning. A peer's TCP connection is used for
answers as long as it lives; where there is none, one is opened. What cannot be sent is lost as on
any network: the transactions above repeat it.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from kentongan.sip.address import Address, Outgoing, Transport
from kentongan.sip.errors import ParseError
from kentongan.sip.stream import KEEP_ALIVE_ANSWER, KeepAlive, StreamParser

CONNECTIONS_MAX = 256
"""TCP connections at once; carriers keep one or two each."""

CONNECT_S_MAX = 4.0
"""Wait for an outgoing connection; SIP gives up after 32 s (timer B)."""

READ_BYTES = 65_536
UNSENT_BYTES_MAX = 1 << 20
"""What may wait for one TCP peer that does not read."""

RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
"""UDP: some seconds of a burst of calls while the disk is slow."""

Receive = Callable[[bytes, Address, Transport], None]
_log = logging.getLogger(__name__)


class SipSockets:
    """All listeners of one process. `send` never raises.

    TCP connections of hosts that are not known are closed at once, so that strangers cannot use
    up the number of connections; a stranger's datagram goes to `turn_away` and nowhere else.
    """

    def __init__(
        self, receive: Receive, is_known: Callable[[str], bool], turn_away: Receive
    ) -> None:
        self._receive = receive
        self._turn_away = turn_away
        self._is_known = is_known
        self._datagrams: dict[int, asyncio.DatagramTransport] = {}  # by IP version
        self._servers: list[asyncio.Server] = []
        self._writers: dict[Address, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> int:
        """Listen on UDP and TCP; the port bound (for port 0). Raises `OSError`."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self.sort), local_addr=(host, port)
        )
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        bound = int(sock.getsockname()[1])
        self._datagrams[_family(host)] = transport
        self._servers.append(await asyncio.start_server(self._accepted, host, bound))
        return bound

    def sort(self, data: bytes, source: Address, transport: Transport) -> None:
        """One datagram, to where its source belongs."""
        take = self._receive if self._is_known(source.host) else self._turn_away
        take(data, source, transport)

    def send(self, out: Outgoing) -> None:
        """Put octets on the wire."""
        if out.transport is Transport.UDP:
            transport = self._datagrams.get(_family(out.address.host))
            if transport is None:
                _log.warning("no listener of the family of %s", out.address.host)
                return
            transport.sendto(out.data, (out.address.host, out.address.port))
            return
        writer = self._writers.get(out.address)
        if writer is not None and not writer.is_closing():
            _write(writer, out.data)
        else:
            self._start(self._connect_and_send(out))

    async def close(self) -> None:
        """Close everything."""
        for task in self._tasks:
            task.cancel()
        for server in self._servers:
            server.close()
        for writer in self._writers.values():
            writer.close()
        for transport in self._datagrams.values():
            transport.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect_and_send(self, out: Outgoing) -> None:
        try:
            async with asyncio.timeout(CONNECT_S_MAX):
                reader, writer = await asyncio.open_connection(out.address.host, out.address.port)
        except OSError as error:  # and its kind TimeoutError
            _log.warning("no SIP connection to %s: %s", out.address.host, error)
            return
        writer.write(out.data)
        await self._read(reader, writer, out.address)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = writer.get_extra_info("peername")[:2]
        if not self._is_known(host):
            writer.close()
            return
        await self._read(reader, writer, Address(host, port))

    async def _read(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Address
    ) -> None:
        if len(self._writers) >= CONNECTIONS_MAX:
            writer.close()
            return
        self._writers[peer] = writer
        parser = StreamParser()
        try:
            while not parser.is_broken and (data := await reader.read(READ_BYTES)):
                self._take(parser.feed(data), writer, peer)
        except (ParseError, ConnectionError):
            pass  # a connection that lost its framing cannot be found again
        finally:
            if self._writers.get(peer) is writer:
                del self._writers[peer]
            writer.close()

    def _take(
        self, found: list[bytes | KeepAlive], writer: asyncio.StreamWriter, peer: Address
    ) -> None:
        for item in found:
            if isinstance(item, KeepAlive):
                _write(writer, KEEP_ALIVE_ANSWER)
            else:
                self._receive(item, peer, Transport.TCP)


class _Datagrams(asyncio.DatagramProtocol):
    """One UDP listener; errors of the network (ICMP) are ignored."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._receive(data, Address(addr[0], addr[1]), Transport.UDP)

    def error_received(self, exc: Exception) -> None:
        _log.debug("ignored: %s", exc)


def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    if writer.transport.get_write_buffer_size() > UNSENT_BYTES_MAX:
        writer.close()
        return
    writer.write(data)


def _family(host: str) -> int:
    return 6 if ":" in host else 4
