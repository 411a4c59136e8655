"""SIP on the network: UDP, TCP and TLS listeners of both families that turn octets into messages.

Knows framing and addresses and nothing of SIP's meaning. A datagram goes out where the peer's came
in, so that a centre between two networks answers from the address that was asked. Connections are
`connections`' business. What cannot be sent is lost as on any network: transactions repeat it.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Callable

from kentongan.edge.switch.connection import Receive
from kentongan.edge.switch.connections import Connections, accept_from
from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.tls import Certificates
from kentongan.sip.address import Address, Outgoing, Transport

RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
"""UDP: some seconds of a burst of calls while the disk is slow."""
BACKLOG = 128
"""Connections that wait to be accepted; a burst of scanners waits with them."""
ANSWER = b"SIP/2.0 "
"""A message that begins so is an answer."""
WAYS_MAX = 1_024
"""Hosts whose way in is remembered; trunks have a few each."""


class SipSockets:
    """All listeners of one process. `send` never raises.

    Connections of hosts that are not known are told 403 and closed, a few at a time, so that
    strangers cannot use up the number of connections; a stranger's datagram goes to `turn_away`
    and nowhere else.
    """

    def __init__(
        self,
        gate: Gate,
        certificates: Certificates,
        notices: Notices,
        *,
        receive: Receive,
        turn_away: Receive,
        is_concerned: Callable[[str], bool],
        awaits: Callable[[str], bool],
    ) -> None:
        """`is_concerned` says whether a call in hand has to do with that host, `awaits` whether it
        was asked something: its answers are taken, whoever else may call in from there.
        """
        self._gate = gate
        self._notices = notices
        self._receive = receive
        self._turn_away = turn_away
        self._is_concerned = is_concerned
        self._awaits = awaits
        self._datagrams: list[tuple[str, asyncio.DatagramTransport]] = []  # by local host
        self._ways: OrderedDict[str, asyncio.DatagramTransport] = OrderedDict()
        self.connections = Connections(
            gate,
            certificates,
            notices,
            receive=receive,
            turn_away=turn_away,
            is_concerned=lambda host: is_concerned(host) or awaits(host),
        )

    async def open(self, host: str, port: int) -> int:
        """Listen on UDP and TCP; the port bound (for port 0). Raises `OSError`."""
        loop = asyncio.get_running_loop()
        sock = bound_socket(host, port, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._arrived), sock=sock
        )
        self._datagrams.append((host, transport))
        bound = int(sock.getsockname()[1])
        self._listen(host, bound, Transport.TCP)
        return bound

    async def open_tls(self, host: str, port: int) -> int:
        """Listen for TLS; the port bound (for port 0). Raises `OSError`."""
        return self._listen(host, port, Transport.TLS)

    def sort(self, data: bytes, source: Address, transport: Transport) -> None:
        """One datagram, to where its source belongs."""
        host = source.host
        is_known = self._gate.may_try(host, transport) or self._is_concerned(host)
        is_known = is_known or (data.startswith(ANSWER) and self._awaits(host))
        take = self._receive if is_known else self._turn_away
        take(data, source, transport)

    def send(self, out: Outgoing) -> None:
        """Put octets on the wire."""
        if out.transport.is_reliable:
            self.connections.send(out)
            return
        transport = self._ways.get(out.address.host) or self._way_to(out.address.host)
        if transport is None:
            self._notices.say("no_listener", out.address.host, "no address of ours of its family")
            return
        transport.sendto(out.data, (out.address.host, out.address.port))

    async def close(self) -> None:
        """Close everything."""
        self.connections.close()
        for _, transport in self._datagrams:
            transport.close()

    def _listen(self, host: str, port: int, transport: Transport) -> int:
        sock = bound_socket(host, port, socket.SOCK_STREAM)
        sock.listen(BACKLOG)
        self.connections.start(accept_from(sock, self.connections, transport, self._notices))
        return int(sock.getsockname()[1])

    def _arrived(self, data: bytes, source: Address, transport: asyncio.DatagramTransport) -> None:
        if len(self._datagrams) > 1:
            self._ways[source.host] = transport
            self._ways.move_to_end(source.host)
            if len(self._ways) > WAYS_MAX:
                self._ways.popitem(last=False)
        self.sort(data, source, Transport.UDP)

    def _way_to(self, host: str) -> asyncio.DatagramTransport | None:
        """The listener whose address the system would send from, else the family's first."""
        family = [one for one in self._datagrams if (":" in one[0]) == (":" in host)]
        if len(family) > 1:
            own = own_address_to(host)
            family = [one for one in family if one[0] == own] or family
        return family[0][1] if family else None


class _Datagrams(asyncio.DatagramProtocol):
    """One UDP listener; errors of the network (ICMP) are ignored."""

    def __init__(
        self, receive: Callable[[bytes, Address, asyncio.DatagramTransport], None]
    ) -> None:
        self._receive = receive
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None:
            self._receive(data, Address(addr[0], addr[1]), self._transport)


def bound_socket(host: str, port: int, kind: socket.SocketKind) -> socket.socket:
    """A socket of that address alone: an IPv6 one takes no IPv4. Raises `OSError`."""
    is_six = ":" in host
    sock = socket.socket(socket.AF_INET6 if is_six else socket.AF_INET, kind)
    try:
        sock.setblocking(False)
        if is_six:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind is socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except BaseException:
        sock.close()
        raise
    return sock


def own_address_to(host: str) -> str:
    """The address of ours that the system would use to reach it; "" where it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((host, 9))  # sends nothing
            return str(sock.getsockname()[0])
        except OSError:
            return ""
