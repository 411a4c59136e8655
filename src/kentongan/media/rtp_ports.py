"""The UDP ports for telephones: pairs of a range, RTP on the even one, RTCP on the next (RFC 3550,
section 11), handed out in turn.

A port that was just given back is used again last, so that a straggler of an old call does not
reach a new one. Binding decides what is free; nothing is remembered beside it.
"""

import socket
from typing import Final

from msgspec import Struct

from kentongan.media import datagrams
from kentongan.media.protocol import CommandRefusedError

RECEIVE_BUFFER_BYTES: Final = 256 * 1024  # two seconds of one leg while the process is held up
RTCP_BUFFER_BYTES: Final = 16 * 1024  # a few reports, each second read


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
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6:  # `::` would take the port of the other IP version too
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
            datagrams.stamped(sock)
            sock.setblocking(False)
            sock.bind((self._host, port))
        except OSError:
            sock.close()
            return None
        return sock
