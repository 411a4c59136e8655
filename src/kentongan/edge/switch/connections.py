"""All TCP and TLS connections of one switch: let in, opened, found again, limited.

A connection that comes in is used for answers as long as it lives, and for requests where its
peer asked for that (`alias`, RFC 5923) or where none can be opened. Strangers and those who hold
too many are let go at once, before they cost a TLS handshake. What cannot be sent is lost, as on
any network: the transactions above repeat it.
"""

import asyncio
import contextlib
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from kentongan.edge.switch.connection import (
    STRANGER_S_MAX,
    Connection,
    Receive,
    watch_over,
    way_back,
)
from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.handshakes import Handshakes
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.tls import (
    Certificates,
    OtherNameError,
    PeerCertificate,
    cause_of,
    reason_of,
    shown_by,
)
from kentongan.sip.address import Address, Outgoing, Transport

CONNECTIONS_MAX = 256
"""At once; carriers keep one or two each."""
CONNECTIONS_PER_SOURCE_MAX = 32
"""Of one address: a proxy with a connection per worker, and as many just being replaced."""
HANDSHAKE_S_MAX = 5.0
"""From the first octet to keys; four round trips by satellite take three seconds."""
STRANGERS_MAX = 8
"""Strangers who are being told 403 at once, over connections."""
CONNECT_S_MAX = 4.0
"""Wait for a connection we open; SIP gives up after 32 s (timer B)."""
OPENING_MAX = 32
"""Connections being opened at once; as many trunks as a city has, all just restarted."""
WAITING_BYTES_MAX = 1 << 18
"""What may wait for one connection that is being opened: some dozen messages."""
ACCEPT_PAUSE_S = 0.1
"""Before the next try where the system has no file left for a connection."""

Where = tuple[Transport, Address]


class Connections:
    """The table. `serve` for what comes in, `send` for what goes out; neither raises."""

    def __init__(
        self,
        gate: Gate,
        certificates: Certificates,
        notices: Notices,
        *,
        receive: Receive,
        turn_away: Receive,
        is_concerned: Callable[[str], bool],
    ) -> None:
        """`is_concerned` says whether a call in hand has to do with that host."""
        self._gate = gate
        self._certificates = certificates
        self._notices = notices
        self._receive = receive
        self._turn_away = turn_away
        self._is_concerned = is_concerned
        self._open: dict[Where, Connection] = {}
        self._opening: dict[Where, list[bytes]] = {}
        self._of_host: Counter[str] = Counter()
        self._handshakes = Handshakes()
        self._strangers = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.when_failed: Callable[[Address, Transport, str], None] | None = None
        """Told of every connection that could not be opened, with the cause."""
        self.peer_certificates: dict[str, PeerCertificate] = {}
        """The certificate each trunk showed last, by its key."""

    def count(self, transport: Transport) -> int:
        """Open connections of that kind."""
        return sum(kind is transport for kind, _ in self._open)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let it run until it ends or all is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Let all go."""
        for task in self._tasks:
            task.cancel()
        for connection in self._open.values():
            connection.abort()

    # What comes in

    async def serve(self, sock: socket.socket, peer: Address, transport: Transport) -> None:
        """A connection was accepted: its whole life."""
        refusal = self._find_refusal(peer, transport)
        if refusal is not None:
            self._notices.say(refusal, peer.host, f"SIP over {transport.upper()}: closed at once")
            sock.close()
            return
        self._of_host[peer.host] += 1
        try:
            connection, certificate = await self._welcome(sock, peer, transport)
            if connection is not None:
                await self._live(connection, certificate)
        finally:
            self._of_host[peer.host] -= 1
            if not self._of_host[peer.host]:
                del self._of_host[peer.host]

    def _find_refusal(self, peer: Address, transport: Transport) -> str | None:
        if sum(self._of_host.values()) >= CONNECTIONS_MAX:
            return "too_many_connections"
        if self._of_host[peer.host] >= CONNECTIONS_PER_SOURCE_MAX:
            return "too_many_connections_of_source"
        if transport is Transport.TLS and self._certificates.server is None:
            return "no_certificate_of_ours"
        if transport is Transport.TLS and not self._handshakes.has_room(
            peer.host, is_known=self._is_known(peer.host)
        ):
            return "too_many_handshakes"
        if not self._may_try(peer, transport) and self._strangers >= STRANGERS_MAX:
            return "stranger"
        return None

    def _may_try(self, peer: Address, transport: Transport) -> bool:
        return self._gate.may_try(peer.host, transport) or self._is_concerned(peer.host)

    def _is_known(self, host: str) -> bool:
        """Whether that address is a trunk's, before a certificate is shown."""
        return self._gate.is_at_trunk(host) or self._is_concerned(host)

    async def _welcome(
        self, sock: socket.socket, peer: Address, transport: Transport
    ) -> tuple[Connection | None, PeerCertificate | None]:
        """Streams over the socket, after the handshake where there is one."""
        watch_over(sock)
        context = None
        if transport is Transport.TLS:
            asks = self._gate.asks_certificate(peer.host)
            context = self._certificates.asking if asks else self._certificates.server
        counted = (
            contextlib.nullcontext()
            if context is None
            else self._handshakes.count(peer.host, is_known=self._is_known(peer.host))
        )
        try:
            with counted:
                streams = await _streams_over(sock, context)
        except OSError as error:  # TLS errors are of its kind
            self._notices.say(cause_of(error), peer.host, f"TLS handshake: {reason_of(error)}")
            sock.close()
            return None, None
        certificate = shown_by(streams[1].get_extra_info("ssl_object"))
        return Connection(streams, peer, transport, self._notices), certificate

    async def _live(self, connection: Connection, certificate: PeerCertificate | None) -> None:
        """A trunk's connection, or a stranger's, until it ends."""
        peer, transport = connection.peer, connection.transport
        if transport is Transport.TLS:
            is_known = self._admit(peer, certificate)
        else:
            is_known = self._may_try(peer, transport)
        if is_known:
            await self._keep(connection, self._receive)
            return
        shown = ", ".join(certificate.names[:5]) if certificate else "no certificate"
        self._notices.say("stranger", peer.host, f"SIP over {transport.upper()}, {shown}: 403")
        self._strangers += 1
        try:
            await self._keep(connection, self._turn_away, within_s=STRANGER_S_MAX)
        finally:
            self._strangers -= 1

    def _admit(self, peer: Address, certificate: PeerCertificate | None) -> bool:
        trunk = self._gate.admit(peer, None if certificate is None else certificate.names)
        if trunk is not None:
            self._handshakes.remember(peer.host)
        if trunk is not None and certificate is not None:
            self.peer_certificates[trunk.key] = certificate
        return trunk is not None or self._is_concerned(peer.host)

    async def _keep(
        self, connection: Connection, receive: Receive, *, within_s: float | None = None
    ) -> None:
        where = (connection.transport, connection.peer)
        self._open[where] = connection
        try:
            await connection.read(receive, within_s=within_s)
        finally:
            if self._open.get(where) is connection:
                del self._open[where]
            if connection.transport is Transport.TLS:
                self._gate.leave(connection.peer)

    # What goes out

    def send(self, out: Outgoing) -> None:
        """Over a connection that is there, else over one that is opened for it."""
        where = (out.transport, out.address)
        connection = self._find(where)
        if connection is not None:
            connection.write(out.data)
            return
        if out.data.startswith(b"SIP/2.0 "):
            back = way_back(out.data, out.address, out.transport)
            where = where if back is None else (out.transport, back)
        waiting = self._opening.get(where)
        if waiting is None and len(self._opening) >= OPENING_MAX:
            self._notices.say("too_many_connections", out.address.host, "none opened to it")
        elif waiting is None:
            self._opening[where] = [out.data]
            self.start(self._open_and_send(where))
        elif sum(map(len, waiting)) < WAITING_BYTES_MAX:
            waiting.append(out.data)

    def _find(self, where: Where) -> Connection | None:
        found = self._open.get(where)
        if found is not None and found.is_open:
            return found
        transport, address = where
        return next(
            (
                one
                for (kind, _), one in self._open.items()
                if kind is transport and one.alias == address and one.is_open
            ),
            None,
        )

    async def _open_and_send(self, where: Where) -> None:
        transport, address = where
        try:
            connection = await self._connect(where)
        except OSError as error:
            cause = cause_of(error)
            self._notices.say(
                cause, address.host, f"no {transport.upper()} connection: {reason_of(error)}"
            )
            if self.when_failed is not None:
                self.when_failed(address, transport, cause)
            self._send_waiting(where, self._any_of(where))
            return
        self._send_waiting(where, connection)
        await self._keep(connection, self._receive)

    def _send_waiting(self, where: Where, connection: Connection | None) -> None:
        for data in self._opening.pop(where, ()):
            if connection is not None:
                connection.write(data)

    def _any_of(self, where: Where) -> Connection | None:
        """One that the same host opened: behind a firewall it may be the only way to it."""
        transport, address = where
        return next(
            (
                one
                for (kind, peer), one in self._open.items()
                if kind is transport and peer.host == address.host and one.is_open
            ),
            None,
        )

    async def _connect(self, where: Where) -> Connection:
        transport, address = where
        trunk = self._gate.trunk_at(address.host)
        is_tls = transport is Transport.TLS
        context = self._certificates.client if is_tls else None
        if is_tls and context is None:
            raise OSError("our certificate or authority cannot be read")
        async with asyncio.timeout(CONNECT_S_MAX):
            family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.setblocking(False)
            try:
                watch_over(sock)
                await asyncio.get_running_loop().sock_connect(sock, (address.host, address.port))
                name = trunk.host if trunk is not None and trunk.host else address.host
                streams = await _streams_over(sock, context, name=name)
            except BaseException:
                sock.close()
                raise
        if is_tls and trunk is not None:
            certificate = shown_by(streams[1].get_extra_info("ssl_object"))
            if not is_its(trunk.certificate_names or trunk.own_hosts, certificate):
                streams[1].transport.abort()
                shown = ", ".join(certificate.names[:5]) if certificate else "none"
                raise OtherNameError(f"its certificate is for other names: {shown}")
            if certificate is not None:
                self.peer_certificates[trunk.key] = certificate
            self._gate.admit_as(address, trunk)
        return Connection(streams, address, transport, self._notices)


def is_its(wanted: tuple[str, ...], certificate: PeerCertificate | None) -> bool:
    """Whether a certificate bears one of the names a trunk is known by (RFC 5922 section 7.2)."""
    if certificate is None:
        return False
    return not {name.lower() for name in wanted}.isdisjoint(certificate.names)


async def _streams_over(
    sock: socket.socket, context: ssl.SSLContext | None, *, name: str | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Reader and writer over a connected socket; with `name` we are the TLS client.

    Raises `OSError`, TLS errors and a handshake that takes too long among them.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    limit_s = HANDSHAKE_S_MAX if context is not None else None
    if name is None:
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, sock, ssl=context, ssl_handshake_timeout=limit_s
        )
    else:
        transport, _ = await loop.create_connection(
            lambda: protocol,
            sock=sock,
            ssl=context,
            server_hostname=name if context is not None else None,
            ssl_handshake_timeout=limit_s,
        )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def accept_from(
    listening: socket.socket, connections: Connections, transport: Transport, notices: Notices
) -> None:
    """Let in whoever comes, until cancelled."""
    loop = asyncio.get_running_loop()
    with contextlib.closing(listening):
        while True:
            try:
                sock, name = await loop.sock_accept(listening)
            except OSError as error:  # too many open files, or gone before it was accepted
                notices.say("accept_failed", "this machine", str(error))
                await asyncio.sleep(ACCEPT_PAUSE_S)
                continue
            peer = Address(str(name[0]), int(name[1]))
            connections.start(connections.serve(sock, peer, transport))
