"""Comfort noise: what is heard where nobody speaks, so that no line ever seems dead.

Two kinds. `PeerNoise` is the noise of a party that suppresses its silence and describes it in
packets of payload type 13 (RFC 3389): level and colour. `LineNoise` is our own, the faint rush of
an open line, sent where the mixer has nothing. Neither is meant to be noticed; total silence is,
and frightened callers hang up on it. Pure and repeatable: the seed comes in.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from kentongan.media.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples

PAYLOAD_TYPE: Final = 13  # RFC 3389, section 4
LINE_NOISE_DB: Final = -66.0  # relative to the loudest possible; a quiet room's telephone has -60
COLOUR_ORDER_MAX: Final = 12  # reflection coefficients; G.729 and its like send ten
QUIETEST_DB: Final = -78.0  # below one step of 16 bits there is nothing to play
LOUDEST_DB: Final = -30.0  # a peer that claims louder noise is not believed: it would mask speech
LOOP_SAMPLES: Final = SAMPLE_RATE_HZ  # of a second's noise no ear hears the repetition
_FULL_SCALE: Final = 32768.0

Floats = npt.NDArray[np.float64]


class LineNoise:
    """The faint noise of a line on which nobody speaks."""

    __slots__ = ("_position",)

    def __init__(self, seed: int) -> None:
        self._position = seed % (LOOP_SAMPLES // FRAME_SAMPLES) * FRAME_SAMPLES

    def frame(self) -> Samples:
        """The next 20 ms."""
        frame = _LINE[self._position : self._position + FRAME_SAMPLES]
        self._position = (self._position + FRAME_SAMPLES) % LOOP_SAMPLES
        return frame


class PeerNoise:
    """One party's noise, as it last described it."""

    __slots__ = ("_loop", "_payload", "_position")

    def __init__(self) -> None:
        self._payload = b""
        self._loop: Samples | None = None
        self._position = 0

    def describe(self, payload: bytes) -> None:
        """Take a description in: a level and up to `COLOUR_ORDER_MAX` reflection coefficients."""
        payload = payload[: 1 + COLOUR_ORDER_MAX]
        if payload != self._payload:
            self._payload = payload
            self._loop = None

    def take(self, samples: int) -> Samples:
        """The next so many samples of it, at most a second; silence before any description."""
        if not self._payload:
            return np.zeros(samples, np.int32)
        if self._loop is None:  # made when it is played, so that a flood of them costs nothing
            self._loop = _coloured(self._payload)
        places = np.arange(self._position, self._position + samples)
        self._position = (self._position + samples) % LOOP_SAMPLES
        return self._loop.take(places, mode="wrap")


def level_db(payload: bytes) -> float:
    """The level that a description asks for, within what is believed."""
    return min(max(-float(payload[0] & 0x7F), QUIETEST_DB), LOUDEST_DB)


def _coloured(payload: bytes) -> Samples:
    """A second of noise of that level and colour which joins its own beginning."""
    reflections = (np.frombuffer(payload[1:], np.uint8).astype(np.float64) - 127) * 258 / 32768
    response = np.fft.rfft(_predictor(np.clip(reflections, -0.98, 0.98)), LOOP_SAMPLES)
    sound = np.fft.irfft(np.fft.rfft(_WHITE) / response, LOOP_SAMPLES)
    return _levelled(sound, level_db(payload))


def _predictor(reflections: Floats) -> Floats:
    """The inverse filter of reflection coefficients: Levinson's step-up recursion."""
    filter_ = np.ones(1)
    for coefficient in reflections:
        longer = np.append(filter_, 0.0)
        filter_ = longer + coefficient * longer[::-1]
    return filter_


def _levelled(sound: Floats, level: float) -> Samples:
    rms = np.sqrt(np.mean(sound**2)) or 1.0
    scaled = sound * (_FULL_SCALE * 10 ** (level / 20) / rms)
    return np.clip(np.rint(scaled), -32768, 32767).astype(np.int32)


_WHITE: Final = np.random.default_rng(112).standard_normal(LOOP_SAMPLES)
_LINE: Final = _levelled(_WHITE, LINE_NOISE_DB)
