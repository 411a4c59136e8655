"""A bad network on a clock that only tests move: a speaker, a delay per packet, and an ear."""

import random
from collections.abc import Callable
from typing import Final

import numpy as np
from media_ears import LOUDNESS, Sound, tone

from kentongan.media.codec import FACTS, CodecName, encoder
from kentongan.media.g711 import FRAME_SAMPLES, Samples, silence
from kentongan.media.inbound import InboundAudio
from kentongan.media.rtp import RtpPacket

TONE_HZ: Final = 400
TYPES: Final = {CodecName.PCMA: 8, CodecName.PCMU: 0, CodecName.G722: 9, CodecName.OPUS: 111}


def hum(begin: int, count: int) -> Sound:
    """What the speaker says if nothing else is asked for: a tone without a step."""
    return tone(TONE_HZ, begin, count)


class Speaker:
    """The packets of a peer, numbered so that everything wraps early."""

    def __init__(
        self,
        codec: CodecName = CodecName.PCMA,
        packet_ms: int = 20,
        sound: Callable[[int, int], Sound] = hum,
    ) -> None:
        self.ssrc = 1
        self.sequence = 65_400
        self.timestamp = 2**32 - 8000
        self._facts = FACTS[codec]
        self._encoder = encoder(codec)
        self._packet_ms = packet_ms
        self._sound = sound
        self._spoken = 0

    def packet(self, *, marker: bool = False) -> RtpPacket:
        """The next packet of speech."""
        samples = self._packet_ms * 8
        sound = np.rint(self._sound(self._spoken, samples)).astype(np.int32)
        self._spoken += samples
        packet = RtpPacket(
            TYPES[self._facts.name],
            marker,
            self.sequence & 0xFFFF,
            self.timestamp & 0xFFFFFFFF,
            self.ssrc,
            self._encoder.encode(sound),
        )
        self.sequence += 1
        self.timestamp += self._facts.timestamp_step(self._packet_ms)
        return packet

    def pause(self) -> None:
        """Say nothing for one packet's time: the clock goes on, the numbers do not."""
        self._spoken += self._packet_ms * 8
        self.timestamp += self._facts.timestamp_step(self._packet_ms)


class Network:
    """A speaker, jitter (even between 0 and its limit), loss, and an ear: 20 ms per step."""

    def __init__(
        self,
        seed: int,
        *,
        jitter_ms: float = 0,
        loss: float = 0,
        speaker: Speaker | None = None,
        packet_ms: int = 20,
        drift: float = 0,
    ) -> None:
        self.speaker = speaker or Speaker(packet_ms=packet_ms)
        self.audio = InboundAudio(101, {9: CodecName.G722, 111: CodecName.OPUS})
        self.arrived: list[RtpPacket] = []  # every packet that came through, in that order
        self._random = random.Random(seed)
        self._jitter_ms, self._loss = jitter_ms, loss
        self._due_ms = self._random.random() * 20
        self._now_ms = 0.0
        self._spoken_ms = packet_ms * (1 - drift)  # a fast peer's 20 ms are shorter than ours
        self._flying: list[tuple[float, int, RtpPacket]] = []

    def step(self, *, speaks: bool = True, marker: bool = False) -> Samples | None:
        """20 ms: what the peer sends flies, what has arrived is taken in, a frame is heard."""
        self._now_ms += 20
        while self._due_ms <= self._now_ms:
            if speaks:
                packet = self.speaker.packet(marker=marker)
                marker = False
                delay = self._random.random() * self._jitter_ms
                if self._random.random() >= self._loss:
                    self._flying.append((self._due_ms + delay, packet.sequence, packet))
            else:
                self.speaker.pause()
            self._due_ms += self._spoken_ms
        for flight in sorted(each for each in self._flying if each[0] <= self._now_ms):
            self._flying.remove(flight)
            self.arrived.append(flight[2])
            self.audio.receive(flight[2])
        return self.audio.frame()

    def steps(self, count: int) -> list[Samples | None]:
        """So many steps of speech."""
        return [self.step() for _ in range(count)]


def damaged(frames: list[Samples | None]) -> float:
    """The share of frames that kept less than 70 % of their tone; concealed ones count too."""
    sound = np.array([silence() if each is None else each for each in frames], float)
    wave = np.exp(-2j * np.pi * TONE_HZ * np.arange(FRAME_SAMPLES) / 8000)
    return float(np.mean(np.abs(sound @ wave) / (FRAME_SAMPLES / 2) < 0.7 * LOUDNESS))
