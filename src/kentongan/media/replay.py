"""The last minute of a conversation, kept in memory so that a call-taker may hear it again at once.

A ring of A-law, so a minute takes 480 kB, and no disk is waited for. What it keeps is what those
who talk have said, without whispers and announcements; the bridge decides. It is no recording: it
ends with the call.
"""

from typing import Final

import numpy as np

from kentongan.media.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ, Codec, Samples, decode, encode
from kentongan.media.protocol import REPLAY_S_MAX

FILE: Final = "replay"  # what events call it
_FRAMES_MAX: Final = REPLAY_S_MAX * SAMPLE_RATE_HZ // FRAME_SAMPLES
_FRAMES_PER_S: Final = SAMPLE_RATE_HZ // FRAME_SAMPLES
_SILENCE: Final = encode(Codec.PCMA, np.zeros(FRAME_SAMPLES, np.int32))


class LastMinute:
    """One bridge's conversation as it went by."""

    __slots__ = ("_frames", "_ring")

    def __init__(self) -> None:
        self._ring = bytearray(_FRAMES_MAX * FRAME_SAMPLES)
        self._frames = 0

    def add(self, frame: Samples | None) -> None:
        """20 ms, none if nobody spoke."""
        at = self._frames % _FRAMES_MAX * FRAME_SAMPLES
        sound = _SILENCE if frame is None else encode(Codec.PCMA, frame)
        self._ring[at : at + FRAME_SAMPLES] = sound
        self._frames += 1

    def last(self, seconds: float) -> "Replayed | None":
        """So many seconds up to now, or what there is of them; none if that is nothing."""
        count = min(round(seconds * _FRAMES_PER_S), self._frames, _FRAMES_MAX)
        if not count:
            return None
        first = (self._frames - count) % _FRAMES_MAX * FRAME_SAMPLES
        twice = self._ring[first:] + self._ring[:first]
        return Replayed(bytes(twice[: count * FRAME_SAMPLES]))


class Replayed:
    """One hearing of it; later words do not change it."""

    __slots__ = ("_position", "_sound")

    files: Final = (FILE,)
    lowers_others: Final = True

    def __init__(self, sound: bytes) -> None:
        self._sound = sound
        self._position = 0

    @property
    def is_over(self) -> bool:
        """Whether all was heard."""
        return self._position >= len(self._sound)

    def frame(self) -> Samples:
        """The next 20 ms."""
        begin = self._position
        self._position = begin + FRAME_SAMPLES
        return decode(Codec.PCMA, self._sound[begin : self._position])
