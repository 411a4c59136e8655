"""From 8,000 samples a second to a multiple of it and back, without images and without aliases.

Polyphase filters: a windowed sinc (Kaiser), linear phase, flat to 3.4 kHz and at least 60 dB down
from 4.1 kHz on, so that what folds back lies above the telephone's band. Each direction of each
stream keeps its own tail, so frames join without a step. A pass costs 2.9 ms of delay.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from kentongan.media.g711 import SAMPLE_RATE_HZ, Samples, clipped

PASS_HZ: Final = 3400.0
STOP_HZ: Final = 4100.0
DELAY_S: Final = 0.0029
KAISER_BETA: Final = 6.2  # 65 dB

Floats = npt.NDArray[np.float64]
Pcm = npt.NDArray[np.int16] | npt.NDArray[np.int32]


class Upsampler:
    """One stream from 8 kHz to `factor` times as much."""

    __slots__ = ("_phases", "_tail")

    def __init__(self, factor: int) -> None:
        self._phases = tuple(factor * phase for phase in _phases(factor))
        self._tail: Floats = np.zeros(len(self._phases[0]) - 1)

    def convert(self, samples: Pcm) -> Samples:
        """`factor` samples for each that comes in, within 16 bits."""
        sound = np.concatenate((self._tail, samples.astype(np.float64)))
        self._tail = sound[len(samples) :]
        out = np.empty((len(samples), len(self._phases)))
        for place, phase in enumerate(self._phases):
            out[:, place] = np.convolve(sound, phase, "valid")
        return _rounded(out.ravel())


class Downsampler:
    """One stream from `factor` times 8 kHz to 8 kHz."""

    __slots__ = ("_factor", "_phases", "_tails")

    def __init__(self, factor: int) -> None:
        self._factor = factor
        self._phases = _phases(factor)
        self._tails: list[Floats] = [np.zeros(len(self._phases[0]) - 1) for _ in range(factor)]

    def convert(self, samples: Pcm) -> Samples:
        """One sample for each `factor` that come in, which must be a multiple of it."""
        floats = samples.astype(np.float64)
        total: Floats = np.zeros(len(samples) // self._factor)
        for place, phase in enumerate(self._phases):
            part = floats[self._factor - 1 - place :: self._factor]
            sound = np.concatenate((self._tails[place], part))
            self._tails[place] = sound[len(part) :]
            total += np.convolve(sound, phase, "valid")
        return _rounded(total)


@cache
def lowpass(factor: int) -> Floats:
    """The filter at `factor` times 8 kHz; its taps are a multiple of `factor` and add up to 1."""
    rate = factor * SAMPLE_RATE_HZ
    half = int(DELAY_S * rate)
    places = np.arange(-half, half + 1)
    cut = (PASS_HZ + STOP_HZ) / rate
    taps = cut * np.sinc(cut * places) * np.kaiser(len(places), KAISER_BETA)
    taps = np.append(taps, np.zeros(-len(taps) % factor))
    return np.asarray(taps / taps.sum(), np.float64)


def _phases(factor: int) -> tuple[Floats, ...]:
    return tuple(lowpass(factor)[phase::factor] for phase in range(factor))


def _rounded(sound: Floats) -> Samples:
    return clipped(np.rint(sound).astype(np.int32))
