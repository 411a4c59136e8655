"""RTP packets taken apart, and ours put together."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from kentongan.media.rtp import OutboundStream, RtpPacket, is_rtcp, parse

HEADER = struct.Struct("!BBHII")


@given(st.binary(max_size=200))
def test_any_bytes_give_a_packet_or_nothing(data: bytes) -> None:
    """No datagram raises, and a packet always carries a payload from within the datagram."""
    packet = parse(data)
    assert packet is None or (packet.payload and packet.payload in data)


@given(
    st.integers(0, 127).filter(lambda kind: not 64 <= kind <= 95),
    st.booleans(),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.binary(min_size=1, max_size=480),
)
def test_fields_are_read_as_written(
    kind: int, marker: bool, sequence: int, timestamp: int, payload: bytes
) -> None:
    """A plain packet comes back field by field."""
    data = HEADER.pack(0x80, kind | (marker << 7), sequence, timestamp, 7) + payload
    assert parse(data) == RtpPacket(kind, marker, sequence, timestamp, 7, payload)


def test_padding_extension_and_contributors_are_taken_off() -> None:
    """Only the voice is left of a packet with everything that RFC 3550 allows around it."""
    header = HEADER.pack(0x80 | 0x20 | 0x10 | 2, 8, 1, 160, 7)
    extension = struct.pack("!HH", 0xBEDE, 1) + b"exte"
    data = header + bytes(8) + extension + b"voice" + b"\0\0\3"
    packet = parse(data)
    assert packet is not None
    assert packet.payload == b"voice"


def test_lengths_that_lie_are_malformed() -> None:
    """Padding of nothing or of more than there is, an extension beyond the end: nothing."""
    lies = ((0xA0, b"voice\0"), (0xA0, b"voice\xff"), (0x90, b"\0\0\0\xff"), (0x8F, b"v"))
    for first, tail in lies:
        assert parse(HEADER.pack(first, 8, 1, 160, 7) + tail) is None


def test_rtcp_is_not_voice() -> None:
    """Sender and receiver reports on the same port are told apart (RFC 5761)."""
    report = HEADER.pack(0x80, 200, 6, 0, 0) + bytes(16)
    assert is_rtcp(report)
    assert parse(report) is None


def test_our_stream_wraps_without_a_gap() -> None:
    """Sequence and timestamp go on over their ends; only the first packet is marked."""
    stream = OutboundStream(8, ssrc=7, sequence=0xFFFF, timestamp=0xFFFFFFFF - 80)
    first, second = parse(stream.packet(b"a", 160)), parse(stream.packet(b"b", 160))
    assert first is not None
    assert second is not None
    assert (first.sequence, second.sequence) == (0xFFFF, 0)
    assert (second.timestamp - first.timestamp) & 0xFFFFFFFF == 160
    assert (first.marker, second.marker) == (True, False)
