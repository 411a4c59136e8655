"""RTCP on the wire: sender and receiver reports, names and farewells (RFC 3550, section 6).

Pure bytes. A compound is read whole or not at all: what is malformed gives none and never an
exception, because anyone can send anything to an open port. Kinds that we do not use (feedback,
extended reports, applications) are stepped over. What the figures mean is `reception`'s affair,
when they are sent is `reports`'.
"""

import struct
from enum import IntEnum
from typing import Final

from msgspec import Struct

COMPOUND_BYTES_MAX: Final = 1500  # an Ethernet frame; ours have about a hundred
PACKETS_MAX: Final = 32  # in one compound
NTP_ERA_S: Final = 2_208_988_800  # from 1900 to 1970
LOST_MAX: Final = 0x7FFFFF  # the 24 bits with sign of a report block
_WORD: Final = struct.Struct("!I")
_SENDER: Final = struct.Struct("!QIII")
_BLOCK: Final = struct.Struct("!IIIIII")


class RtcpType(IntEnum):
    """The kinds we speak (RFC 3550, section 12.1)."""

    SENDER_REPORT = 200
    RECEIVER_REPORT = 201
    DESCRIPTION = 202
    GOODBYE = 203


class SenderInfo(Struct, frozen=True):
    """What a sender says of its own stream; `ntp` has 32 bits of seconds, 32 of their fraction."""

    ntp: int
    rtp_timestamp: int
    packets: int
    octets: int


class ReportBlock(Struct, frozen=True):
    """What a receiver says of a stream (section 6.4.1).

    `fraction_lost` is in 256ths since its last report, `jitter` in units of the RTP timestamp,
    `last_report` the middle of the `ntp` of our last report, `delay` since that in 65,536ths of a
    second.
    """

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int


class Compound(Struct, frozen=True):
    """All that one datagram told us."""

    ssrc: int
    sender: SenderInfo | None
    blocks: tuple[ReportBlock, ...]
    goodbyes: tuple[int, ...]


def ntp(seconds: float) -> int:
    """Seconds since 1970 as NTP writes them, 64 bits."""
    return round((seconds + NTP_ERA_S) * (1 << 32)) & 0xFFFF_FFFF_FFFF_FFFF


def middle(ntp_time: int) -> int:
    """The middle 32 bits: what a report block sends back."""
    return (ntp_time >> 16) & 0xFFFFFFFF


def build(ssrc: int, sender: SenderInfo | None, block: ReportBlock | None, cname: str) -> bytes:
    """A compound: a report of the stream that we send, if we do, and of the one that we hear."""
    count = 0 if block is None else 1
    body = _WORD.pack(ssrc)
    if sender is not None:
        body += _SENDER.pack(sender.ntp, sender.rtp_timestamp, sender.packets, sender.octets)
    if block is not None:
        body += _packed(block)
    kind = RtcpType.RECEIVER_REPORT if sender is None else RtcpType.SENDER_REPORT
    return _packet(kind, count, body) + _description(ssrc, cname)


def goodbye(ssrc: int) -> bytes:
    """What follows the last compound of a stream (section 6.6)."""
    return _packet(RtcpType.GOODBYE, 1, _WORD.pack(ssrc))


def parse(data: bytes) -> Compound | None:
    """The compound in a datagram; none if any part of it is malformed (appendix A.2)."""
    packets = _split(data)
    if not packets or packets[0][0] not in (RtcpType.SENDER_REPORT, RtcpType.RECEIVER_REPORT):
        return None
    sender: SenderInfo | None = None
    blocks: list[ReportBlock] = []
    goodbyes: list[int] = []
    for kind, count, body in packets:
        if kind in (RtcpType.SENDER_REPORT, RtcpType.RECEIVER_REPORT):
            start = 24 if kind == RtcpType.SENDER_REPORT else 4
            if len(body) < start + 24 * count:
                return None
            if kind == RtcpType.SENDER_REPORT:
                sender = sender or SenderInfo(*_SENDER.unpack_from(body, 4))
            blocks += [_block(body, start + 24 * index) for index in range(count)]
        elif kind == RtcpType.GOODBYE:
            if len(body) < 4 * count:
                return None
            goodbyes += [_WORD.unpack_from(body, 4 * index)[0] for index in range(count)]
    (ssrc,) = _WORD.unpack_from(packets[0][2])
    return Compound(ssrc, sender, tuple(blocks), tuple(goodbyes))


def _split(data: bytes) -> list[tuple[int, int, bytes]]:
    """Kind, count and body of each packet; nothing if they do not fill the datagram exactly."""
    packets: list[tuple[int, int, bytes]] = []
    position = 0
    if not 8 <= len(data) <= COMPOUND_BYTES_MAX or len(data) % 4:
        return []
    while position < len(data):
        first, kind = data[position], data[position + 1]
        end = position + 4 + 4 * int.from_bytes(data[position + 2 : position + 4])
        is_padded = bool(first & 0x20)
        if first >> 6 != 2 or not 192 <= kind <= 223 or end > len(data):
            return []
        if len(packets) >= PACKETS_MAX or (is_padded and end != len(data)):
            return []  # only the last may be padded
        body = data[position + 4 : end]
        if is_padded:
            if not body or not 0 < body[-1] <= len(body):
                return []
            body = body[: -body[-1]]
        packets.append((kind, first & 0x1F, body))
        position = end
    return packets if len(packets[0][2]) >= 4 else []


def _block(body: bytes, at: int) -> ReportBlock:
    ssrc, loss, highest, jitter, last_report, delay = _BLOCK.unpack_from(body, at)
    lost = loss & 0xFFFFFF
    if lost > LOST_MAX:
        lost -= 1 << 24
    return ReportBlock(ssrc, loss >> 24, lost, highest, jitter, last_report, delay)


def _packed(block: ReportBlock) -> bytes:
    lost = max(-LOST_MAX - 1, min(block.lost, LOST_MAX)) & 0xFFFFFF
    return _BLOCK.pack(
        block.ssrc,
        block.fraction_lost << 24 | lost,
        block.highest,
        block.jitter,
        block.last_report,
        block.delay,
    )


def _description(ssrc: int, cname: str) -> bytes:
    """Who we are in every report (section 6.5): one chunk, ended by at least one zero."""
    name = cname.encode()[:255]
    chunk = _WORD.pack(ssrc) + bytes((1, len(name))) + name
    chunk += bytes(4 - len(chunk) % 4)
    return _packet(RtcpType.DESCRIPTION, 1, chunk)


def _packet(kind: RtcpType, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body
