"""G.711: the telephone's two ways to put a voice sample into one byte (A-law and mu-law).

Decoding follows ITU-T G.711 by formula; encoding picks the code whose decoded value is nearest,
from a table of all 65,536 samples. It knows nothing of packets or clocks. Every sample survives a
second encoding unchanged, so a call that is bridged twice loses nothing more.
"""

from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ: Final = 8000
FRAME_SAMPLES: Final = 160  # 20 ms: what every trunk and browser sends, and one tick of the mixer

Samples = npt.NDArray[np.int32]
"""Voice as 32-bit integers in the range of 16 bits, so that sums of many speakers cannot wrap."""


class Codec(IntEnum):
    """The static RTP payload types of G.711 (RFC 3551, table 4)."""

    PCMU = 0
    PCMA = 8


def decode(codec: Codec, payload: bytes) -> Samples:
    """The samples of a payload, one per byte."""
    return _DECODED[codec].take(np.frombuffer(payload, np.uint8), mode="clip")


def encode(codec: Codec, samples: Samples) -> bytes:
    """The payload for samples, which must lie within 16 bits."""
    return _ENCODED[codec].take(samples, mode="wrap").tobytes()


class G711Encoder:
    """One leg's encoder of one law; it has nothing to remember."""

    __slots__ = ("_codec",)

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    def encode(self, samples: Samples) -> bytes:
        """A byte for each sample."""
        return encode(self._codec, samples)


class G711Decoder:
    """One leg's decoder of one law; it has nothing to remember and nothing to guess with."""

    __slots__ = ("_codec",)

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    def duration(self, payload: bytes) -> int | None:
        """A sample for each byte."""
        return len(payload) or None

    def decode(self, payload: bytes) -> Samples:
        """The samples of the payload."""
        return decode(self._codec, payload)

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """G.711 carries nothing twice."""
        del following, samples
        return None


def clipped(samples: Samples) -> Samples:
    """Samples held at the loudest a telephone can carry, never wrapped round."""
    return np.maximum(np.minimum(samples, _LOUDEST), _DEEPEST)


def silence() -> Samples:
    """One frame in which nobody speaks."""
    return np.zeros(FRAME_SAMPLES, np.int32)


def _alaw_values() -> Samples:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    mantissa = (code & 0x0F) << 4
    segment = (code & 0x70) >> 4
    magnitude = np.where(
        segment == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(segment - 1, 0)
    )
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int32)


def _ulaw_values() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int32)


def _nearest_codes(values: Samples) -> npt.NDArray[np.uint8]:
    order = np.argsort(values, kind="stable")
    borders = (values[order][1:] + values[order][:-1]) / 2
    codes = order[np.searchsorted(borders, np.arange(-32768, 32768))].astype(np.uint8)
    return np.roll(codes, 32768)  # -1 is the last: `take` wraps there at no cost


_DECODED: Final = {Codec.PCMA: _alaw_values(), Codec.PCMU: _ulaw_values()}
_ENCODED: Final = {codec: _nearest_codes(values) for codec, values in _DECODED.items()}
_LOUDEST: Final = np.int32(32767)
_DEEPEST: Final = np.int32(-32768)
