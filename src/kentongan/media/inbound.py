"""What one party sends: RTP packets in, 20 ms frames and pressed keys out.

Accepts any packet time from 5 to 120 ms and both laws of G.711 whatever was agreed, because a
caller whose gateway is set up oddly must still be heard. A new SSRC begins a new stream. Pure.
"""

from typing import Final

import numpy as np

from kentongan.media.dtmf import KeyDetector
from kentongan.media.g711 import FRAME_SAMPLES, Codec, Samples, decode, silence
from kentongan.media.jitter import JitterBuffer
from kentongan.media.rtp import RtpPacket

GAP_PACKETS_MAX: Final = 50  # a longer hole is not filled with silence but begun anew
PAYLOAD_SAMPLES_MIN: Final = 40  # 5 ms
PAYLOAD_SAMPLES_MAX: Final = 960  # 120 ms
COMFORT_NOISE: Final = 13  # RFC 3389: "I am silent", which tells that the party is alive
_CODECS: Final = {int(codec): codec for codec in Codec}


class InboundAudio:
    """The receiving half of a leg."""

    __slots__ = ("_keys", "_regrouper", "_ssrc", "buffer", "events_type", "malformed", "received")

    def __init__(self, events_type: int | None) -> None:
        self.events_type = events_type
        self.buffer = JitterBuffer()
        self.received = 0
        self.malformed = 0
        self._keys = KeyDetector()
        self._regrouper: _Regrouper | None = None
        self._ssrc: int | None = None

    def accepts(self, packet: RtpPacket) -> bool:
        """Whether the packet is of a kind that this leg may send."""
        kind = packet.payload_type
        return kind in _CODECS or kind in (self.events_type, COMFORT_NOISE)

    def receive(self, packet: RtpPacket) -> str | None:
        """Take a packet in; the key it tells of, if any."""
        if not self.accepts(packet):
            self.malformed += 1
            return None
        self.received += 1
        if packet.ssrc != self._ssrc:
            self._begin_stream(packet.ssrc)
        if packet.payload_type == self.events_type:
            if self._regrouper is None:  # a key takes the place of sound; that is no loss
                self.buffer.put(packet.sequence, silence(), timestamp=packet.timestamp)
            return self._keys.key(packet)
        codec = _CODECS.get(packet.payload_type)
        if codec is not None:
            self._voice(packet, decode(codec, packet.payload))
        return None

    def _begin_stream(self, ssrc: int) -> None:
        self._ssrc = ssrc
        self._regrouper = None
        self.buffer.restart()
        self._keys.restart()

    def _voice(self, packet: RtpPacket, samples: Samples) -> None:
        if self._regrouper is None and len(samples) == FRAME_SAMPLES:
            self.buffer.put(
                packet.sequence, samples, timestamp=packet.timestamp, marker=packet.marker
            )
        elif PAYLOAD_SAMPLES_MIN <= len(samples) <= PAYLOAD_SAMPLES_MAX:
            if self._regrouper is None:
                self.buffer.restart()
                self._regrouper = _Regrouper(self.buffer)
            self._regrouper.add(packet, samples)
        else:
            self.malformed += 1


class _Regrouper:
    """Cuts packets of another length into frames with a sequence of their own."""

    __slots__ = ("_buffer", "_expected", "_marker", "_rest", "_sequence", "_timestamp")

    def __init__(self, buffer: JitterBuffer) -> None:
        self._buffer = buffer
        self._rest: Samples = np.zeros(0, np.int32)
        self._expected: int | None = None
        self._sequence = 0
        self._timestamp = 0
        self._marker = False

    def add(self, packet: RtpPacket, samples: Samples) -> None:
        gap = 0 if self._expected is None else (packet.sequence - self._expected) & 0xFFFF
        if gap >= 0x8000:
            return  # late or doubled: its place was filled already
        if packet.marker or gap >= GAP_PACKETS_MAX:
            self._end_spurt()
        elif gap:
            self._rest = np.concatenate((self._rest, np.zeros(gap * len(samples), np.int32)))
        self._expected = (packet.sequence + 1) & 0xFFFF
        self._marker = self._marker or packet.marker
        self._rest = np.concatenate((self._rest, samples))
        self._timestamp = packet.timestamp + len(samples) - len(self._rest)
        self._buffer.packet_frames = -(-len(samples) // FRAME_SAMPLES)
        self._cut()

    def _end_spurt(self) -> None:
        """The last, unfinished frame before a pause is completed with silence."""
        if len(self._rest):
            self._rest = np.concatenate(
                (self._rest, np.zeros(FRAME_SAMPLES - len(self._rest), np.int32))
            )
            self._cut()

    def _cut(self) -> None:
        while len(self._rest) >= FRAME_SAMPLES:
            frame, self._rest = self._rest[:FRAME_SAMPLES], self._rest[FRAME_SAMPLES:]
            self._buffer.put(
                self._sequence,
                frame,
                timestamp=self._timestamp & 0xFFFFFFFF,
                marker=self._marker,
            )
            self._marker = False
            self._timestamp += FRAME_SAMPLES
            self._sequence = (self._sequence + 1) & 0xFFFF
