"""The UDP ports for telephones: pairs of a range, RTP on the even one, RTCP on the next (RFC 3550,
section 11), handed out in turn.

A port that was just given back is used again last, so that a straggler of an old call does not
reach a new one. Binding decides what is free; nothing is remembered beside it.
"""

import errno
import logging
import socket
from typing import Final

from msgspec import Struct

from kentongan.media import datagrams
from kentongan.media.protocol import CommandRefusedError

RECEIVE_BUFFER_BYTES: Final = 256 * 1024  # two seconds of one leg while the process is held up
RTCP_BUFFER_BYTES: Final = 16 * 1024  # a few reports, each second read


_NOT_HERE: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})

_log: Final = logging.getLogger(__name__)


class PortPair(Struct, frozen=True):
    """Two bound sockets of one leg."""

    rtp: socket.socket
    rtcp: socket.socket

    @property
    def port(self) -> int:
        """Of RTP."""
        return int(self.rtp.getsockname()[1])

    @property
    def family(self) -> int:
        """The IP version, 4 or 6."""
        return 6 if self.rtp.family == socket.AF_INET6 else 4


class RtpPorts:
    """The range of one process at one address; one of each IP version may have the same numbers."""

    def __init__(self, host: str, first: int, last: int) -> None:
        self._host = host
        self._ports = range(first, last + 1, 2)
        self._turn = 0
        self._say_if_not_here()

    def bind(self, wanted: int | None) -> PortPair:
        """Sockets on the wanted port or the next free one; raises `CommandRefusedError`."""
        if wanted is not None:
            pair = self._try(wanted) if wanted in self._ports else None
            if pair is None:
                raise CommandRefusedError("port-taken", str(wanted))
            return pair
        for _ in self._ports:
            port = self._ports[self._turn]
            self._turn = (self._turn + 1) % len(self._ports)
            pair = self._try(port)
            if pair is not None:
                return pair
        raise CommandRefusedError("no-port", f"{len(self._ports)} ports are taken")

    def _try(self, port: int) -> PortPair | None:
        rtp = self._bound(port, RECEIVE_BUFFER_BYTES)
        if rtp is None:
            return None
        rtcp = self._bound(port + 1, RTCP_BUFFER_BYTES)
        if rtcp is None:
            rtp.close()
            return None
        return PortPair(rtp, rtcp)

    def _bound(self, port: int, buffer_bytes: int) -> socket.socket | None:
        """None where it is taken; raises `CommandRefusedError` where every port would fail."""
        sock = self._made()
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
            datagrams.stamped(sock)
            sock.setblocking(False)
            sock.bind((self._host, port))
        except OSError as error:
            sock.close()
            if error.errno in _NOT_HERE:
                raise self._not_here() from error
            return None
        return sock

    def _made(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            sock = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            if error.errno in _NOT_HERE:
                raise self._not_here() from error
            raise
        if family == socket.AF_INET6:  # `::` would take the port of the other IP version too
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        return sock

    def _not_here(self) -> CommandRefusedError:
        return CommandRefusedError("no-port", f"{self._host} is no address of this machine")

    def _say_if_not_here(self) -> None:
        """At the start, not first when somebody calls; the other IP version goes on meanwhile, and
        an address may come a moment after the machine did.
        """
        try:
            found = self._bound(0, RTCP_BUFFER_BYTES)
        except CommandRefusedError as error:
            _log.error("no telephone can be heard there: %s", error)
            return
        if found is not None:
            found.close()
