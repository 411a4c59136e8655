"""Keys pressed on a telephone, from RTP telephone events (RFC 4733).

A key is reported once, at the first packet of its timestamp: waiting for the packet with the End
bit would lose the key when all three copies of it are lost. Some gateways send events as a stream
of their own beside the voice, so a timestamp is known by its source. Tones inside the voice are
`voice_keys`' affair.
"""

from collections import deque
from typing import Final

from kentongan.media.rtp import RtpPacket

KEYS: Final = "0123456789*#ABCD"  # RFC 4733, table 3
EVENT_BYTES: Final = 4
REMEMBERED_MAX: Final = 16  # timestamps of past keys whose late copies must not count again


def is_key(packet: RtpPacket) -> bool:
    """Whether that telephone event is a key: others (hook flash, fax tones) say nothing of how the
    peer sends its keys.
    """
    return len(packet.payload) >= EVENT_BYTES and packet.payload[0] < len(KEYS)


class KeyDetector:
    """One leg's keys; two equal keys in a row are two keys, because their timestamps differ."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque(maxlen=REMEMBERED_MAX)

    def key(self, packet: RtpPacket) -> str | None:
        """The key that this packet is the first to tell of."""
        if not is_key(packet):
            return None
        press = (packet.ssrc, packet.timestamp)
        if press in self._seen:
            return None
        self._seen.append(press)
        return KEYS[packet.payload[0]]
