"""One stream as it is heard: from the jitter buffer's packets to a frame of 20 ms at every tick.

Decodes in order, whatever the codec and the packet time; fills holes with the copy that the next
packet carries or with the voice's last period; plays the noise that a silent party describes. It
knows no numbers and no network: the buffer decides what comes next.
"""

from collections import deque
from typing import Final

import numpy as np

from kentongan.media.codec import CodecName, Decoder, decoder
from kentongan.media.comfort import PeerNoise
from kentongan.media.conceal import Concealer, shortened
from kentongan.media.g711 import FRAME_SAMPLES, Samples
from kentongan.media.jitter import Gap, Hold, JitterBuffer, Kind, Pause, Piece

SKIP_SAMPLES: Final = 3 * FRAME_SAMPLES  # 60 ms too much is left out at once, less is hurried
PAST_PARTS: Final = 8  # what a hole is filled from: 40 ms even in packets of 5 ms
TAKES_MAX: Final = 256  # steps towards one frame; more means packets without any sound


class Playout:
    """One leg's incoming sound."""

    __slots__ = ("_buffer", "_decoders", "_hole", "_noise", "_past", "_rest")

    def __init__(self, buffer: JitterBuffer) -> None:
        self._buffer = buffer
        self._decoders: dict[CodecName, Decoder] = {}
        self._noise: PeerNoise | None = None
        self._rest: Samples = _NOTHING
        self._past: deque[Samples] = deque(maxlen=PAST_PARTS)
        self._hole: Concealer | None = None

    def decoder(self, codec: CodecName) -> Decoder:
        """The stream's decoder; raises `CodecMissingError`."""
        found = self._decoders.get(codec)
        if found is None:
            found = self._decoders[codec] = decoder(codec)
        return found

    def restart(self) -> None:
        """Another stream begins."""
        self._decoders.clear()
        self._noise = self._hole = None
        self._rest = _NOTHING

    def frame(self) -> Samples | None:
        """The 20 ms to be heard now; none while nothing is being said."""
        sound = self._rest
        for _ in range(TAKES_MAX):
            if len(sound) >= FRAME_SAMPLES:
                break
            more = self._more(len(sound))
            if more is None:
                break
            if len(more):
                self._past.append(more)
                is_all = len(more) == FRAME_SAMPLES and not len(sound)
                if is_all:  # nearly always: a packet is a frame
                    self._rest = _NOTHING
                    self._buffer.settle(0)
                    return more
                sound = more if not len(sound) else np.concatenate((sound, more))
        if not len(sound):
            return None if self._noise is None else self._noise.take(FRAME_SAMPLES)
        if len(sound) < FRAME_SAMPLES:
            sound = np.concatenate((sound, self._filled(FRAME_SAMPLES - len(sound))))
        frame, self._rest = sound[:FRAME_SAMPLES], sound[FRAME_SAMPLES:]
        self._buffer.settle(len(self._rest))
        return frame

    def _more(self, have: int) -> Samples | None:
        """What comes after the `have` samples that the frame has already."""
        match self._buffer.take(have):
            case Piece() as piece:
                return self._played(piece)
            case Gap(samples=samples, following=following):
                return self._recovered(samples, following)
            case Hold(samples=samples):
                return self._filled(samples)
            case Pause(samples=samples):
                self._hole = None
                return np.zeros(samples, np.int32)
            case None:
                self._hole = None
                return None

    def _played(self, piece: Piece) -> Samples:
        if piece.kind is not Kind.VOICE:
            if piece.kind is Kind.NOISE:
                self._noise = self._noise or PeerNoise()
                self._noise.describe(piece.payload)
            self._hole = None
            return _NOTHING
        self._noise = None
        excess = self._buffer.excess
        if excess >= SKIP_SAMPLES:  # not even decoded, so that a flood of packets costs no time
            self._buffer.excess = excess - piece.samples
            self._hole = self._hole or Concealer(self._past)
            return _NOTHING
        sound = self._joined(self.decoder(piece.codec).decode(piece.payload))
        if excess:
            whole = len(sound)
            sound = shortened(sound)
            self._buffer.excess = max(0, excess - (whole - len(sound)))
        return sound

    def _recovered(self, samples: int, following: Piece | None) -> Samples:
        """What was lost, as the packet after it knows it, or a guess."""
        if following is not None and samples:
            copy = self.decoder(following.codec).recover(following.payload, samples)
            if copy is not None:
                return self._joined(copy)
        return self._filled(samples)

    def _filled(self, samples: int) -> Samples:
        """A guess at what is missing that leaves the decoder as it is: the packet may yet come."""
        if self._hole is None:
            self._hole = Concealer(self._past)
        return self._hole.fill(samples)

    def _joined(self, sound: Samples) -> Samples:
        """Sound after a hole, if there is one."""
        if self._hole is None:
            return sound
        hole, self._hole = self._hole, None
        return hole.blended(sound)


_NOTHING: Final = np.zeros(0, np.int32)
