"""What one party sends: RTP packets in, 20 ms frames, pressed keys and taps out.

The receiving half of a leg. Accepts any packet time from 5 to 120 ms and both laws of G.711
whatever was agreed, because a caller whose gateway is set up oddly must still be heard; other
codecs only as agreed. A new SSRC begins a new stream. Keys are telephone events and, where they are
looked for, tones in the voice; taps are for a caller who cannot speak. Pure.
"""

from collections.abc import Mapping
from typing import Final

from kentongan.media.breath import Ear, Noticed
from kentongan.media.codec import FACTS, STATIC_TYPES, CodecName
from kentongan.media.comfort import PAYLOAD_TYPE as COMFORT_NOISE
from kentongan.media.dtmf import KeyDetector, is_key
from kentongan.media.g711 import SAMPLE_RATE_HZ, Samples
from kentongan.media.jitter import JitterBuffer, Kind, Piece
from kentongan.media.playout import Playout
from kentongan.media.rtp import RtpPacket
from kentongan.media.taps import TapDetector
from kentongan.media.voice_keys import VoiceKeys

PAYLOAD_SAMPLES_MIN: Final = 40  # 5 ms
PAYLOAD_SAMPLES_MAX: Final = 960  # 120 ms
_ALWAYS: Final = {
    number: name
    for number, name in STATIC_TYPES.items()
    if name in (CodecName.PCMA, CodecName.PCMU)
}


class InboundAudio:
    """The receiving half of a leg.

    `codecs` are the payload types agreed besides G.711's own; raises `CodecMissingError`.
    """

    __slots__ = (
        "_codecs",
        "_ear",
        "_keys",
        "_noticed",
        "_playout",
        "_sequence",
        "_ssrc",
        "_tapped",
        "_taps",
        "_timestamp",
        "_voice_keys",
        "buffer",
        "events_type",
        "malformed",
        "received",
    )  # fmt: skip

    def __init__(
        self, events_type: int | None, codecs: Mapping[int, CodecName] | None = None
    ) -> None:
        self.events_type = events_type
        self.buffer = JitterBuffer()
        self.received = 0
        self.malformed = 0
        self._playout = Playout(self.buffer)
        self._keys = KeyDetector()
        self._voice_keys = VoiceKeys()
        self._taps: TapDetector | None = None
        self._tapped = 0
        self._ear: Ear | None = None
        self._noticed: list[Noticed] = []
        self._ssrc: int | None = None
        self._sequence = _Unwrapped(16)
        self._timestamp = _Unwrapped(32)
        self._codecs: dict[int, CodecName] = dict(_ALWAYS)
        self.agree(events_type, codecs or {})

    def agree(self, events_type: int | None, codecs: Mapping[int, CodecName]) -> None:
        """The peer may send these from now on (re-INVITE); raises `CodecMissingError`."""
        for name in codecs.values():
            self._playout.decoder(name)
        self.events_type = events_type
        self._codecs = {**_ALWAYS, **codecs}

    def listen_for(self, *, tones: bool, taps: bool) -> None:
        """Whether to look for keys as tones in the voice, and for taps.

        Tones cost 40 microseconds a frame, taps 10.
        """
        self._voice_keys.listen(is_on=tones)
        self._taps = (self._taps or TapDetector()) if taps else None

    def look_for_somebody(self) -> None:
        """Notice breath and speech, until there is speech; costs 8 microseconds a frame."""
        self._ear = Ear()

    def take_noticed(self) -> list[Noticed]:
        """What was noticed since the last call."""
        noticed, self._noticed = self._noticed, []
        return noticed

    def accepts(self, packet: RtpPacket) -> bool:
        """Whether the packet is of a kind that this leg may send."""
        kind = packet.payload_type
        return kind in self._codecs or kind in (self.events_type, COMFORT_NOISE)

    def receive(self, packet: RtpPacket) -> str | None:
        """Take a packet in; the key it tells of, if any."""
        if not self.accepts(packet):
            self.malformed += 1
            return None
        self.received += 1
        if packet.ssrc != self._ssrc:
            self._begin_stream(packet.ssrc)
        sequence = self._sequence.extended(packet.sequence)
        if packet.payload_type == self.events_type:
            if is_key(packet):
                self._voice_keys.event()
            self._put_silent(sequence, Kind.KEY, packet)
            return self._keys.key(packet)
        codec = self._codecs.get(packet.payload_type)
        if codec is None:
            self._put_silent(sequence, Kind.NOISE, packet)
        else:
            self._put_voice(sequence, codec, packet)
        return None

    def frame(self) -> Samples | None:
        """The 20 ms to be heard now; none while nothing is being said."""
        frame = self._playout.frame()
        if self._taps is not None:
            self._tapped += self._taps.hear(frame)
        if self._ear is not None:
            self._notice(self._ear, frame)
        self._voice_keys.hear(frame, waits=self.events_type is not None)
        return frame

    def _notice(self, ear: Ear, frame: Samples | None) -> None:
        noticed = ear.hear(frame)
        if noticed is not None:
            self._noticed.append(noticed)
        if ear.is_done:
            self._ear = None

    @property
    def has_noticed(self) -> bool:
        """Whether somebody was noticed since the last `take_noticed`."""
        return bool(self._noticed)

    def take_tone_keys(self) -> list[str]:
        """The keys heard as tones since the last call; none from a peer that sends events."""
        return self._voice_keys.take()

    def take_taps(self) -> int:
        """How often the party knocked, if a series of two or more has ended since the last call."""
        taps, self._tapped = self._tapped, 0
        return taps

    def _begin_stream(self, ssrc: int) -> None:
        self._ssrc = ssrc
        self._sequence = _Unwrapped(16)
        self._timestamp = _Unwrapped(32)
        self._voice_keys.restart()
        self.buffer.restart()
        self._playout.restart()

    def _put_voice(self, sequence: int, codec: CodecName, packet: RtpPacket) -> None:
        samples = self._playout.decoder(codec).duration(packet.payload)
        if samples is None or not PAYLOAD_SAMPLES_MIN <= samples <= PAYLOAD_SAMPLES_MAX:
            self.malformed += 1
            return
        units = self._timestamp.extended(packet.timestamp)
        self.buffer.put(
            Piece(
                sequence=sequence,
                timestamp=units * SAMPLE_RATE_HZ // FACTS[codec].clock_hz,
                samples=samples,
                payload=packet.payload,
                codec=codec,
                marker=packet.marker,
            )
        )

    def _put_silent(self, sequence: int, kind: Kind, packet: RtpPacket) -> None:
        """What takes a number but no time: its timestamp is not of the voice's clock."""
        self.buffer.put(
            Piece(sequence=sequence, timestamp=0, samples=0, payload=packet.payload, kind=kind)
        )


class _Unwrapped:
    """A counter of so many bits that goes on counting past its wrap."""

    __slots__ = ("_last", "_mask")

    def __init__(self, bits: int) -> None:
        self._mask = (1 << bits) - 1
        self._last: int | None = None

    def extended(self, value: int) -> int:
        """The value as the one nearest to the last."""
        if self._last is None:
            self._last = value
            return value
        ahead = (value - self._last) & self._mask
        if ahead > self._mask >> 1:
            return self._last - (self._mask + 1 - ahead)
        self._last += ahead
        return self._last
