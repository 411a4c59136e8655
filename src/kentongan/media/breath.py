"""Is somebody there? Breath, or speech, in what a caller sends while nobody speaks with them yet.

Who hangs up in the queue without a word may be somebody who could not speak. Breath is sound that
swells out of a quiet line for a moment and is gone again, twice or more; speech is louder, and
enough of it is heard. A hum, wind or traffic that never falls quiet is neither. It is a hint for
the order in which callers are rung back, and no diagnosis. Pure, one frame of 20 ms after another.
"""

from enum import StrEnum
from typing import Final

import numpy as np

from kentongan.media.g711 import Samples

NOISE_MIN: Final = 20.0  # rms; A-law's own steps
NOISE_RISE: Final = 1.01  # per frame: a lasting sound is noise after 5 s
NOISE_FALL: Final = 0.2  # the share of the way down at each quieter frame
LOUDER: Final = 2.5  # a swell over the line's noise: 8 dB
SWELL_MIN: Final = 60.0  # rms, -55 dB of full scale; less is nothing in a receiver
SWELL_FRAMES_MIN: Final = 10  # 200 ms; a breath takes 0.5 to 3 s
SWELL_FRAMES_MAX: Final = 200  # 4 s; longer is noise
PAUSE_FRAMES_MIN: Final = 10  # 200 ms of quiet between two
SWELLS_MIN: Final = 2
SPEECH_MIN: Final = 400.0  # rms, -38 dB; active speech in a network has about -19 (ITU-T P.56)
SPEECH_LOUDER: Final = 6.0  # over the line's noise: 15 dB
SPEECH_FRAMES: Final = 20  # 400 ms of it, with pauses that count half against it
DIPS_MIN: Final = 2  # times it fell to half of that between syllables; a road never does


class Noticed(StrEnum):
    """What is in the voice of somebody with whom nobody speaks."""

    BREATH = "breath"
    SPEECH = "speech"


class Ear:
    """Listens to one caller until speech is heard; each is said once."""

    __slots__ = ("_dips", "_is_loud", "_loud", "_noise", "_quiet", "_said", "_speech", "_swells")

    def __init__(self) -> None:
        self._noise = NOISE_MIN
        self._loud = 0  # frames of the swell that is being heard
        self._quiet = PAUSE_FRAMES_MIN  # frames since the last one; a line begins quiet
        self._swells = 0
        self._speech = 0.0
        self._is_loud = False
        self._dips = 0
        self._said: set[Noticed] = set()

    @property
    def is_done(self) -> bool:
        """Whether nothing more can be noticed."""
        return Noticed.SPEECH in self._said

    def hear(self, frame: Samples | None) -> Noticed | None:
        """What is noticed with this frame, if anything is for the first time."""
        level = 0.0 if frame is None else float(np.sqrt(np.mean(frame.astype(np.float64) ** 2)))
        found = self._follow(level)
        if found is None or found in self._said:
            return None
        self._said.add(found)
        return found

    def _follow(self, level: float) -> Noticed | None:
        is_swell = level > max(SWELL_MIN, LOUDER * self._noise)
        self._syllable(level)
        if level > self._noise:
            self._noise *= NOISE_RISE
        else:
            self._noise = max(NOISE_MIN, self._noise + NOISE_FALL * (level - self._noise))
        if is_swell:
            self._loud += 1
            self._quiet = 0
        else:
            self._quiet += 1
            if self._quiet == PAUSE_FRAMES_MIN:
                self._end_swell()
        if self._speech >= SPEECH_FRAMES and self._dips >= DIPS_MIN:
            return Noticed.SPEECH
        return Noticed.BREATH if self._swells >= SWELLS_MIN else None

    def _syllable(self, level: float) -> None:
        least = max(SPEECH_MIN, SPEECH_LOUDER * self._noise)
        if level > least:
            self._speech += 1.0
            self._is_loud = True
            return
        self._speech = max(0.0, self._speech - 0.5)
        if self._is_loud and level < least / 2:
            self._is_loud = False
            self._dips += 1
        if self._speech == 0.0:
            self._dips = 0

    def _end_swell(self) -> None:
        if SWELL_FRAMES_MIN <= self._loud <= SWELL_FRAMES_MAX:
            self._swells += 1
        elif self._loud > SWELL_FRAMES_MAX:
            self._swells = 0
        self._loud = 0
