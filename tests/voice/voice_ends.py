"""Ends of a call with an ear and a mouth in any codec: a telephone's RTP, a citizen's page.

They say one pure tone for ever and keep what they hear as samples at 8 kHz, so that a test judges
by the spectrum who hears whom. Nothing here knows SIP.
"""

import time

import numpy as np
from media_ears import Sound, tone
from media_peers import RtpPhone, Voice, WebPeer

from kentongan.media.codec import FACTS, CodecName, Decoder, Encoder, decoder, encoder

OPUS_TYPE = 111
HEARD_PACKETS_MAX = 3_000
"""A minute of sound is kept; a stage of a walk is judged by its last second."""

FRAME = 160


class Coded(Voice):
    """A voice in one codec, named before the first word."""

    name = CodecName.PCMA
    payload_type = 8
    _encoder: Encoder
    _decoder: Decoder

    def speaks(self, name: CodecName, payload_type: int) -> None:
        """Both directions are in this codec."""
        self.name, self.payload_type = name, payload_type
        self._encoder, self._decoder = encoder(name), decoder(name)
        self.sounds: list[Sound] = []
        self.timestamp = 0
        self.said = 0

    def heard(self, seconds: float | None = None) -> Sound:
        """What came in, or the last seconds of it."""
        sounds = self.sounds if seconds is None else self.sounds[-round(seconds * 50) :]
        return np.concatenate(sounds) if sounds else np.zeros(0)

    def forget(self) -> None:
        """Begin to listen and to count anew."""
        self.sounds.clear()
        super().forget()

    def take(self, packet: bytes) -> None:
        """Keep one packet of voice as samples."""
        self.count(packet, time.monotonic())
        if packet[1] & 0x7F != self.payload_type:
            return
        self.received += 1
        self.sounds.append(self._decoder.decode(packet[12:]).astype(float))
        del self.sounds[:-HEARD_PACKETS_MAX]

    def speak_once(self) -> None:
        """One frame of 20 ms, now."""
        sound = tone(self.hz, self.said, FRAME) if self.hz else np.zeros(FRAME)
        payload = self._encoder.encode(np.rint(sound).astype(np.int32))
        self._put(self.payload_type | (0 if self.said else 0x80), payload)
        self.timestamp = (self.timestamp + FACTS[self.name].timestamp_step()) & 0xFFFFFFFF
        self.said += FRAME


class Handset(Coded, RtpPhone):
    """A telephone's audio."""


class Browser(Coded, WebPeer):
    """A page that has no other codec than this one."""

    def __init__(self, hz: float, name: CodecName) -> None:
        super().__init__(hz)
        self.speaks(name, OPUS_TYPE if name is CodecName.OPUS else FACTS[name].static_type or 0)

    def offer(self) -> str:
        """An offer of this codec alone."""
        lines = super().offer().split("\r\n")
        kept = [line for line in lines if not line.startswith("a=rtpmap:")]
        media = next(i for i, line in enumerate(kept) if line.startswith("m=audio"))
        kept[media] = f"m=audio 9 UDP/TLS/RTP/SAVPF {self.payload_type}"
        kept.insert(media + 1, f"a=rtpmap:{FACTS[self.name].rtpmap(self.payload_type)}")
        return "\r\n".join(kept)
