"""RTP packets: taken apart on the way in, numbered on the way out (RFC 3550, section 5).

Pure bytes; sockets, jitter and codecs are elsewhere. What is malformed gives `None` and never an
exception, because anyone can send anything to an open port in the middle of an emergency call.
"""

import struct
from typing import Final

from msgspec import Struct

PACKET_BYTES_MIN: Final = 13  # a header and one byte of payload
PACKET_BYTES_MAX: Final = 1500  # an Ethernet frame; voice needs at most a third of it
_HEADER: Final = struct.Struct("!BBHII")


class RtpPacket(Struct, frozen=True, gc=False):
    """One packet; `timestamp` counts samples, `marker` begins a talk spurt."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def is_rtcp(data: bytes) -> bool:
    """Whether the second byte makes it RTCP rather than RTP (RFC 5761, section 4)."""
    return len(data) > 1 and 192 <= data[1] <= 223


def parse(data: bytes) -> RtpPacket | None:
    """The packet in a datagram; none if it is malformed, RTCP, or empty of payload."""
    if not PACKET_BYTES_MIN <= len(data) <= PACKET_BYTES_MAX:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first >> 6 != 2 or 192 <= second <= 223:
        return None
    start, end = 12, len(data)
    if first & 0x3F:  # rare: padding, an extension or contributing sources
        bounds = _payload_bounds(data, first)
        if bounds is None:
            return None
        start, end = bounds
    return RtpPacket(second & 0x7F, second >= 0x80, sequence, timestamp, ssrc, data[start:end])


def _payload_bounds(data: bytes, first: int) -> tuple[int, int] | None:
    start = 12 + 4 * (first & 0x0F)
    if first & 0x10:
        if start + 4 > len(data):
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4])
    end = len(data) - data[-1] if first & 0x20 else len(data)
    if first & 0x20 and data[-1] == 0:
        return None
    return (start, end) if start < end else None


class OutboundStream:
    """One stream of ours: numbers follow each other whatever happens around it."""

    __slots__ = ("_is_resuming", "_sequence", "octets", "payload_type", "sent", "ssrc", "timestamp")

    def __init__(self, payload_type: int, *, ssrc: int, sequence: int, timestamp: int) -> None:
        self.payload_type = payload_type
        self.ssrc = ssrc & 0xFFFFFFFF
        self.sent = 0
        self.octets = 0  # of payload, as a sender report counts them (RFC 3550, 6.4.1)
        self.timestamp = timestamp & 0xFFFFFFFF  # of the next packet
        self._sequence = sequence & 0xFFFF
        self._is_resuming = True

    def packet(self, payload: bytes, step: int) -> bytes:
        """The next packet, `step` units of RTP time long.

        The first of all and the first after a time without voice have the marker set (RFC 3551,
        4.1).
        """
        packet = self._numbered(payload, self.payload_type, self.timestamp, self._is_resuming)
        self._is_resuming = False
        self.timestamp = (self.timestamp + step) & 0xFFFFFFFF
        return packet

    def event(self, payload: bytes, payload_type: int, timestamp: int, *, marker: bool) -> bytes:
        """A packet about a key that began at `timestamp`; time does not pass (RFC 4733, 2.5.1)."""
        return self._numbered(payload, payload_type, timestamp & 0xFFFFFFFF, marker)

    def pass_time(self, step: int) -> None:
        """Time in which nothing of the voice is sent."""
        self._is_resuming = True
        self.timestamp = (self.timestamp + step) & 0xFFFFFFFF

    def _numbered(self, payload: bytes, payload_type: int, timestamp: int, marker: bool) -> bytes:
        second = payload_type | (0x80 if marker else 0)
        header = _HEADER.pack(0x80, second, self._sequence, timestamp, self.ssrc)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.sent += 1
        self.octets += len(payload)
        return header + payload
