"""Datagrams with the time at which the kernel took them in.

The tick reads a socket every 20 ms, so the moment of reading says nothing of jitter or of a round
trip; the kernel's stamp does (socket(7), SO_TIMESTAMPNS). Where there is none, the moment of
reading has to do.
"""

import socket
import struct
import time
from contextlib import suppress
from typing import Final

from kentongan.media.latch import Address
from kentongan.media.rtp import PACKET_BYTES_MAX

SO_TIMESTAMPNS: Final = 35  # Linux; Python has no name for it
_TIMESPEC: Final = struct.Struct("=qq")
_ANCILLARY_BYTES: Final = socket.CMSG_SPACE(_TIMESPEC.size)


def stamped(sock: socket.socket) -> None:
    """Ask for arrival times on this socket."""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)


def receive(sock: socket.socket) -> tuple[bytes, Address, float]:
    """The next datagram, its source, and when it came in seconds since 1970.

    Raises `OSError` when none waits, or when the network complains about an earlier one of ours. A
    datagram longer than any that counts comes cut, and longer than `PACKET_BYTES_MAX`.
    """
    data, ancillary, _, source = sock.recvmsg(PACKET_BYTES_MAX + 1, _ANCILLARY_BYTES)
    if ancillary and len(ancillary[0][2]) == _TIMESPEC.size:
        seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
        return data, source[:2], seconds + nanoseconds * 1e-9
    return data, source[:2], time.time()
