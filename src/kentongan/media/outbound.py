"""What one party hears: 20 ms frames of the mixer in, RTP packets of its codec out.

The sending half of a leg. It gathers frames to the packet time that the peer asked for, or splits
them; sends keys as telephone events or, to a peer without them, as tones; and never lets the line
go dead: where nobody speaks, the faint noise of an open line is sent. Numbers and timestamps go on
whatever changes. Pure: it owns no socket and reads no clock, one `send` is 20 ms.
"""

from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.media.codec import FACTS, CodecName, encoder
from kentongan.media.comfort import LineNoise
from kentongan.media.digits import KeyEvents, KeyTones
from kentongan.media.dtmf import KEYS
from kentongan.media.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples
from kentongan.media.rtp import OutboundStream

SAMPLES_PER_MS: Final = SAMPLE_RATE_HZ // 1000
KEYS_WAITING_MAX: Final = 64  # pressed and not yet sent: 13 s of keys, a long card number


class SendFormat(Struct, frozen=True):
    """What the peer agreed to receive."""

    codec: CodecName = CodecName.PCMA
    payload_type: int = 8
    packet_ms: int = 20
    """One of the codec's `packet_times_ms`."""
    events_type: int | None = None
    """Payload type of telephone events (RFC 4733); none sends keys as tones."""


class OutboundAudio:
    """The stream to one party."""

    __slots__ = (
        "_encoder",
        "_format",
        "_key_at",
        "_keys",
        "_line",
        "_parts",
        "_playing",
        "_stream",
    )

    def __init__(self, agreed: SendFormat, *, ssrc: int, sequence: int, timestamp: int) -> None:
        self._format = agreed
        self._encoder = encoder(agreed.codec)
        self._stream = OutboundStream(
            agreed.payload_type, ssrc=ssrc, sequence=sequence, timestamp=timestamp
        )
        self._line = LineNoise(ssrc)
        self._keys: list[str] = []
        self._playing: KeyEvents | KeyTones | None = None
        self._parts: list[Samples] = []
        self._key_at = 0  # RTP time at which the key being pressed began

    @property
    def format(self) -> SendFormat:
        """What is being sent."""
        return self._format

    @property
    def ssrc(self) -> int:
        """The stream's own number."""
        return self._stream.ssrc

    @property
    def sent(self) -> int:
        """Packets so far."""
        return self._stream.sent

    @property
    def octets(self) -> int:
        """Octets of payload so far (RFC 3550, 6.4.1)."""
        return self._stream.octets

    @property
    def timestamp(self) -> int:
        """The RTP timestamp of this moment."""
        return (self._stream.timestamp + self._waiting_time) & 0xFFFFFFFF

    def change(self, agreed: SendFormat) -> None:
        """The peer agreed to something else (re-INVITE): the same stream goes on in it.

        Raises `CodecMissingError` before anything has changed.
        """
        if agreed.codec is not self._format.codec:
            self._encoder = encoder(agreed.codec)
        if self._parts:
            self._stream.pass_time(self._waiting_time)
            self._parts.clear()
        self._format = agreed
        self._stream.payload_type = agreed.payload_type

    def press(self, keys: str) -> bool:
        """Press keys (`0-9*#A-D`) one after another; false if too many wait or one is no key."""
        if len(self._keys) + len(keys) > KEYS_WAITING_MAX or not set(keys) <= set(KEYS):
            return False
        self._keys.extend(keys)
        return True

    def send(self, frame: Samples | None) -> list[bytes]:
        """20 ms of sound for the party, none if nobody speaks: the RTP packets that are due."""
        if self._keys or self._playing is not None:
            key = self._key()
            if isinstance(key, KeyEvents):
                return self._short_packet() + self._event(key)
            if key is not None:
                frame = key.frame()
        sound = self._line.frame() if frame is None else frame
        if not self._parts and len(sound) == self._format.packet_ms * SAMPLES_PER_MS:
            return [self._packet(sound)]  # nearly always: a frame is a packet
        self._parts.append(sound)
        return self._due()

    def pass_by(self) -> None:
        """20 ms of which the party is to be sent nothing: time passes, numbers do not."""
        self._stream.pass_time(self._waiting_time + self._unit)
        self._parts.clear()

    def _key(self) -> KeyEvents | KeyTones | None:
        """The key that is being pressed, the next one if it is over."""
        if self._playing is not None and self._playing.is_over:
            self._playing = None
        if self._playing is None and self._keys:
            key = self._keys.pop(0)
            has_events = self._format.events_type is not None
            self._playing = KeyEvents(key, self._unit) if has_events else KeyTones(key)
            self._key_at = self.timestamp
        return self._playing

    @property
    def _unit(self) -> int:
        """One step in RTP time."""
        return FACTS[self._format.codec].timestamp_step()

    @property
    def _waiting_time(self) -> int:
        """The RTP time of what waits to fill a packet."""
        waiting = sum(len(each) for each in self._parts)
        return waiting * self._unit // FRAME_SAMPLES

    def _event(self, key: KeyEvents) -> list[bytes]:
        event, events_type = key.packet(), self._format.events_type
        self._stream.pass_time(self._unit)
        if event is None or events_type is None:
            return []
        return [self._stream.event(event.payload, events_type, self._key_at, marker=event.marker)]

    def _due(self) -> list[bytes]:
        """The packets that are full."""
        wanted = self._format.packet_ms * SAMPLES_PER_MS
        sound = self._gathered()
        full = len(sound) // wanted * wanted
        if full < len(sound):
            self._parts = [sound[full:]]
        return [self._packet(sound[place : place + wanted]) for place in range(0, full, wanted)]

    def _short_packet(self) -> list[bytes]:
        """A key begins: what waited to fill a packet goes out as it is."""
        return [self._packet(self._gathered())] if self._parts else []

    def _packet(self, sound: Samples) -> bytes:
        step = len(sound) * self._unit // FRAME_SAMPLES
        return self._stream.packet(self._encoder.encode(sound), step)

    def _gathered(self) -> Samples:
        parts, self._parts = self._parts, []
        return parts[0] if len(parts) == 1 else np.concatenate(parts)
