"""Keys heard as two tones in the voice, for trunks that send DTMF as audio (ITU-T Q.23, Q.24).

Looks at 20 ms every 10 ms for one row and one column that hold nearly all the energy, are equally
loud within limits, and last at least 40 ms. Speech does none of that for long, but it tries: the
shares below are what keeps a vowel from pressing a key. Telephone events are `dtmf`'s affair.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from kentongan.media.digits import COLUMNS_HZ, KEYPAD, ROWS_HZ
from kentongan.media.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples

BLOCK_SAMPLES: Final = FRAME_SAMPLES
HOP_SAMPLES: Final = FRAME_SAMPLES // 2
DETUNED: Final = (0.985, 0.9925, 1.0, 1.0075, 1.015)  # Q.24: 1.5 % must be accepted
HITS: Final = 2  # blocks in a row: 30 ms, so that a key of 40 counts wherever it begins
MISSES: Final = 4  # blocks in a row that end a key: a pause of 30 ms
SHARE_MIN: Final = 0.82  # of the block's energy that both tones must hold
QUIETEST_RMS: Final = 130.0  # -48 dB: weaker is an echo, not a key
TWIST_MAX: Final = 10.0  # row over column, in power: 10 dB
REVERSE_TWIST_MAX: Final = 10.0  # column over row
HARMONIC_SHARE_MAX: Final = 0.1  # of the second harmonics: a voice has them, a keypad does not

Floats = npt.NDArray[np.float64]
_FREQUENCIES: Final = np.array(ROWS_HZ + COLUMNS_HZ)


class ToneDetector:
    """One leg's ear for keys."""

    __slots__ = ("_candidate", "_hits", "_misses", "_past", "_pressed", "frames_up")

    def __init__(self) -> None:
        self._past: Samples = np.zeros(HOP_SAMPLES, np.int32)
        self._candidate = ""
        self._hits = 0
        self._misses = 0
        self._pressed = ""
        self.frames_up = 0  # since the last key was let go; 0 while one is down

    def hear(self, frame: Samples | None) -> str:
        """The key that these 20 ms confirm, else an empty text; each key counts once."""
        sound = np.concatenate((self._past, _SILENCE if frame is None else frame))
        self._past = sound[-HOP_SAMPLES:]
        found = ""
        for begin in (0, HOP_SAMPLES):
            found = self._step(_key(sound[begin : begin + BLOCK_SAMPLES])) or found
        self.frames_up = 0 if self._pressed else self.frames_up + 1
        return found

    def _step(self, key: str) -> str:
        if key and key == self._candidate:
            self._hits += 1
        else:
            self._candidate, self._hits = key, 1
        self._misses = 0 if key == self._pressed else self._misses + 1
        if self._misses >= MISSES:
            self._pressed = ""
        if not key or self._hits < HITS or key == self._pressed:
            return ""
        self._pressed, self._misses = key, 0
        return key


def _key(block: Samples) -> str:
    sound = block.astype(np.float64)
    energy = float(sound @ sound)
    if energy < QUIETEST_RMS**2 * BLOCK_SAMPLES:
        return ""
    tones = _power(_TUNED, sound).reshape(len(_FREQUENCIES), -1).max(axis=1)
    row, column = int(np.argmax(tones[:4])), int(np.argmax(tones[4:]))
    low, high = float(tones[row]), float(tones[4 + column])
    if (
        low + high < SHARE_MIN * energy
        or low > TWIST_MAX * high
        or high > REVERSE_TWIST_MAX * low
        or _harmonics(sound, row, column) > HARMONIC_SHARE_MAX * energy
    ):
        return ""
    return KEYPAD[4 * row + column]


def _harmonics(sound: Floats, row: int, column: int) -> float:
    return float(_power(_DOUBLED, sound)[[row, 4 + column]].sum())


class _Waves(Struct, frozen=True):
    """A cosine and a sine of every frequency, a row each.

    Two real matrices instead of a complex one: they are small enough for numpy to multiply them
    without waking other threads, which takes longer than the work.
    """

    cosines: Floats
    sines: Floats


def _waves(frequencies: Floats) -> _Waves:
    turns = 2 * np.pi * np.outer(frequencies, np.arange(BLOCK_SAMPLES)) / SAMPLE_RATE_HZ
    return _Waves(np.cos(turns), np.sin(turns))


def _power(waves: _Waves, sound: Floats) -> Floats:
    """The energy that a block has at each frequency (Goertzel's, for all at once)."""
    found = (waves.cosines @ sound) ** 2 + (waves.sines @ sound) ** 2
    return np.asarray(found * (2 / BLOCK_SAMPLES), np.float64)


_TUNED: Final = _waves(np.outer(_FREQUENCIES, DETUNED).ravel())
_DOUBLED: Final = _waves(2 * _FREQUENCIES)
_SILENCE: Final = np.zeros(FRAME_SAMPLES, np.int32)
