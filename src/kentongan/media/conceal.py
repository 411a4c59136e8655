"""What to play in place of sound that never came, and how to hurry a voice that waits too long.

After the idea of ITU-T G.711 Appendix I: the last pitch period of the voice sounds on, fades out
within 60 ms, and is blended into what comes next. A vowel keeps sounding through one lost packet; a
longer hole becomes silence instead of a robot's hum. Hurrying takes one pitch period out, again
blended, so that neither leaves a click. It decides nothing about when sound is missing. It must
be quick: a process that is late hurries every voice at once, and would stay late if that were dear.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from kentongan.media.g711 import FRAME_SAMPLES, Samples

PERIOD_SAMPLES_MIN: Final = 40  # 200 Hz; a higher voice repeats two of its periods
PERIOD_SAMPLES_MAX: Final = 120  # 66 Hz, the deepest voice
COMPARED_SAMPLES: Final = 80  # 10 ms of the newest sound, looked for a period earlier
BLEND_SAMPLES: Final = 40  # 5 ms in which one sound goes over into another
HISTORY_SAMPLES: Final = 2 * FRAME_SAMPLES
FADE_SAMPLES: Final = 3 * FRAME_SAMPLES  # after so much, only silence
FADE: Final = (1.0, 0.8, 0.45, 0.0)  # the level at 0, 20, 40 and 60 ms

Floats = npt.NDArray[np.float64]


class Concealer:
    """The sound of one hole, from the newest sound before it."""

    __slots__ = ("_place", "_sound")

    def __init__(self, past: Iterable[Samples]) -> None:
        """`past` is the newest sound, oldest part first; what is missing of 40 ms was silence."""
        history = np.concatenate((_SILENCE, *past))[-HISTORY_SAMPLES:]
        self._sound = _continuation(history.astype(np.float64))
        self._place = 0

    def fill(self, samples: int) -> Samples:
        """The next so many samples of the hole."""
        part = self._sound[self._place : self._place + samples]
        self._place += samples
        filled = np.zeros(samples, np.int32)
        filled[: len(part)] = part
        return filled

    def blended(self, sound: Samples) -> Samples:
        """The sound that ends the hole, its beginning blended with the end of the hole."""
        count = min(BLEND_SAMPLES, len(sound))
        rise = _RISE[:count]
        begin = self.fill(count) * (1 - rise) + sound[:count] * rise
        return np.concatenate((begin.astype(np.int32), sound[count:]))


def shortened(sound: Samples) -> Samples:
    """The same voice without one of its periods; what is shorter than 20 ms stays as it is."""
    if len(sound) < FRAME_SAMPLES:
        return sound
    floats = sound[:FRAME_SAMPLES].astype(np.float64)
    period = PERIOD_SAMPLES_MIN + _most_alike(floats[PERIOD_SAMPLES_MIN:], floats[:BLEND_SAMPLES])
    begin = floats[:BLEND_SAMPLES] * (1 - _RISE) + floats[period:][:BLEND_SAMPLES] * _RISE
    return np.concatenate((begin.astype(np.int32), sound[period + BLEND_SAMPLES :]))


def _continuation(newest: Floats) -> Floats:
    """The sound that most likely follows: 60 ms of the last period, fading."""
    lowest = len(newest) - COMPARED_SAMPLES - PERIOD_SAMPLES_MAX
    pattern = newest[-COMPARED_SAMPLES:]
    period = PERIOD_SAMPLES_MAX - _most_alike(newest[lowest:-PERIOD_SAMPLES_MIN], pattern)
    cycle = newest[-period:].copy()
    quarter = period // 4
    rise = _QUARTERS[quarter]
    before = newest[-period - quarter : -period]
    cycle[-quarter:] = cycle[-quarter:] * (1 - rise) + before * rise  # it joins its own beginning
    sound = np.tile(cycle, -(-FADE_SAMPLES // period))[:FADE_SAMPLES]
    step = newest[-1] - newest[-period - 1]
    sound[:quarter] += step * (1 - rise)  # and the sound before it
    return np.maximum(np.minimum(sound, 32767.0), -32768.0) * _FADING


def _most_alike(sound: Floats, pattern: Floats) -> int:
    """Where in `sound` the pattern is found best, whatever its level."""
    energy = np.cumsum(sound * sound)
    windows = energy[len(pattern) - 1 :].copy()
    windows[1:] -= energy[: -len(pattern)]
    likeness = np.correlate(sound, pattern, "valid") / np.sqrt(np.maximum(windows, 0.0) + 1.0)
    return int(likeness.argmax())


_SILENCE: Final = np.zeros(HISTORY_SAMPLES, np.int32)
_RISE: Final = np.linspace(0, 1, BLEND_SAMPLES)
_QUARTERS: Final = {
    count: np.linspace(0, 1, count)
    for count in range(PERIOD_SAMPLES_MIN // 4, PERIOD_SAMPLES_MAX // 4 + 1)
}
_FADING: Final = np.concatenate(
    [np.linspace(FADE[i], FADE[i + 1], FRAME_SAMPLES, endpoint=False) for i in range(3)]
)
