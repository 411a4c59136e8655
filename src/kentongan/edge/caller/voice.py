"""What a simulated caller says: a tone, a recorded voice, silence, one after the other.

Each is an iterator of frames of 20 ms (160 samples at 8 kHz, 16 bits); it ends when it has been
said. No clock and no network.
"""

import itertools
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kentongan.media.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ
from kentongan.media.wav import parse_sound

Samples = npt.NDArray[np.int16]
Voice = Iterator[Samples]

LOUDNESS = 8_000
"""Peak of a tone; 32,767 is the loudest a telephone can carry."""


def tone(frequency_hz: float, seconds: float = math.inf, *, peak: int = LOUDNESS) -> Voice:
    """A pure tone, for ever unless told otherwise."""
    step = 2 * math.pi * frequency_hz / SAMPLE_RATE_HZ
    for number in itertools.count():
        if number * FRAME_SAMPLES >= seconds * SAMPLE_RATE_HZ:
            return
        places = np.arange(number * FRAME_SAMPLES, (number + 1) * FRAME_SAMPLES)
        yield (np.sin(places * step) * peak).astype(np.int16)


def silence(seconds: float = math.inf) -> Voice:
    """Nobody speaks, but packets flow."""
    for number in itertools.count():
        if number * FRAME_SAMPLES >= seconds * SAMPLE_RATE_HZ:
            return
        yield np.zeros(FRAME_SAMPLES, np.int16)


def recorded(path: Path) -> Voice:
    """A WAV file of 8 kHz, mono, 16 bits. Raises `SoundRefusedError` at the first frame."""
    samples = parse_sound(path.read_bytes())
    for start in range(0, len(samples), FRAME_SAMPLES):
        piece = samples[start : start + FRAME_SAMPLES]
        yield np.concatenate((piece, np.zeros(FRAME_SAMPLES - len(piece), np.int16)))


def in_turn(voices: Iterable[Voice]) -> Voice:
    """One after the other."""
    return itertools.chain.from_iterable(voices)


def level_of(samples: Samples, frequency_hz: float) -> float:
    """How loud one frequency is in what was heard: its peak, 0 when it is absent."""
    if not len(samples):
        return 0.0
    places = np.arange(len(samples)) * (2 * math.pi * frequency_hz / SAMPLE_RATE_HZ)
    return 2 * abs(complex(np.dot(samples, np.exp(-1j * places)))) / len(samples)
