"""The UDP ports for telephones: even numbers of a range, handed out in turn.

A port that was just given back is used again last, so that a straggler of an old call does not
reach a new one. Binding decides what is free; nothing is remembered beside it.
"""

import socket
from typing import Final

from kentongan.media.protocol import CommandRefusedError

RECEIVE_BUFFER_BYTES: Final = 256 * 1024  # two seconds of one leg while the process is held up


class RtpPorts:
    """The range of one process."""

    def __init__(self, host: str, first: int, last: int) -> None:
        self._host = host
        self._ports = range(first, last + 1, 2)
        self._turn = 0

    def bind(self, wanted: int | None) -> socket.socket:
        """A socket on the wanted port or the next free one; raises `CommandRefusedError`."""
        if wanted is not None:
            sock = self._try(wanted) if wanted in self._ports else None
            if sock is None:
                raise CommandRefusedError("port-taken", str(wanted))
            return sock
        for _ in self._ports:
            port = self._ports[self._turn]
            self._turn = (self._turn + 1) % len(self._ports)
            sock = self._try(port)
            if sock is not None:
                return sock
        raise CommandRefusedError("no-port", f"{len(self._ports)} ports are taken")

    def _try(self, port: int) -> socket.socket | None:
        sock = socket.socket(
            socket.AF_INET6 if ":" in self._host else socket.AF_INET, socket.SOCK_DGRAM
        )
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
            sock.setblocking(False)
            sock.bind((self._host, port))
        except OSError:
            sock.close()
            return None
        return sock
