"""The last minute of a conversation, kept in memory so that a call-taker may hear it again at once.

A ring of A-law, so a minute takes 480 kB, and no disk is waited for. What it keeps is what those
who talk have said, without whispers and announcements; the bridge decides. It is no recording: it
ends with the call.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from kentongan.media.g711 import (
    FRAME_SAMPLES,
    SAMPLE_RATE_HZ,
    Codec,
    Samples,
    clipped,
    decode,
    encode,
)
from kentongan.media.protocol import REPLAY_S_MAX

FILE: Final = "replay"  # what events call it
_FRAMES_MAX: Final = REPLAY_S_MAX * SAMPLE_RATE_HZ // FRAME_SAMPLES
_FRAMES_PER_S: Final = SAMPLE_RATE_HZ // FRAME_SAMPLES


class LastMinute:
    """One bridge's conversation as it went by.

    Voices are summed in a buffer of a second and put into the ring once it is full: fifty times
    less work than at each tick.
    """

    __slots__ = ("_fill", "_ring", "_second", "_seconds")

    def __init__(self) -> None:
        self._ring = bytearray(REPLAY_S_MAX * SAMPLE_RATE_HZ)
        self._seconds = 0  # put into the ring so far
        self._second = np.zeros(SAMPLE_RATE_HZ, np.int32)
        self._fill = 0  # samples of the buffer that have passed

    def add(self, voices: Iterable[Samples | None]) -> None:
        """20 ms of everybody, none from those who said nothing."""
        place = self._second[self._fill : self._fill + FRAME_SAMPLES]
        for voice in voices:
            if voice is not None:
                place += voice
        self._fill += FRAME_SAMPLES
        if self._fill == SAMPLE_RATE_HZ:
            at = self._seconds % REPLAY_S_MAX * SAMPLE_RATE_HZ
            self._ring[at : at + SAMPLE_RATE_HZ] = encode(Codec.PCMA, clipped(self._second))
            self._seconds += 1
            self._second[:] = 0
            self._fill = 0

    def last(self, seconds: float) -> "Replayed | None":
        """So many seconds up to now, or what there is of them; none if that is nothing."""
        kept = self._ring
        if self._seconds >= REPLAY_S_MAX:
            at = self._seconds % REPLAY_S_MAX * SAMPLE_RATE_HZ
            sound = kept[at:] + kept[:at]
        else:
            sound = kept[: self._seconds * SAMPLE_RATE_HZ]
        sound += encode(Codec.PCMA, clipped(self._second[: self._fill]))
        wanted = min(round(seconds * _FRAMES_PER_S), _FRAMES_MAX) * FRAME_SAMPLES
        return Replayed(bytes(sound[-wanted:])) if sound and wanted else None


class Replayed:
    """One hearing of it; later words do not change it."""

    __slots__ = ("_position", "_sound")

    files: Final = (FILE,)
    lowers_others: Final = True
    yields: Final = False

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
