"""Opus: what browsers send, over networks that lose packets (RFC 6716, RFC 7587).

A thin hand on libopus, which codes and decodes at 8 kHz itself: no resampling, no thread, 50 kB a
leg. It is called directly because nothing else on offer gives what a call needs of it: the copy of
a lost packet that the next one carries. The library is the one that PyAV brings along, or the
system's.
"""

import ctypes
import ctypes.util
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from kentongan.media.codec import CodecMissingError
from kentongan.media.g711 import SAMPLE_RATE_HZ, Samples

BITS_PER_S: Final = 24_000
COMPLEXITY: Final = 5
EXPECTED_LOSS_PERCENT: Final = 10  # how much of the bits goes into copies of the last packet
PACKET_BYTES_MAX: Final = 1275  # one frame, RFC 6716, 3.2.1
DURATION_SAMPLES_MAX: Final = 960  # 120 ms, RFC 6716, 3.2.5
STEP_SAMPLES: Final = 20  # 2.5 ms: durations are multiples of it

_VOIP: Final = 2048
_SETTINGS: Final = (
    (4002, BITS_PER_S),
    (4010, COMPLEXITY),
    (4012, 1),  # in-band FEC
    (4014, EXPECTED_LOSS_PERCENT),
    (4024, 3001),  # the signal is voice
)


class OpusEncoder:
    """One leg's encoder: voice, 24 kbit/s, each packet with a copy of the one before."""

    __slots__ = ("_buffer", "_library", "_state")

    def __init__(self) -> None:
        self._library = _opus()
        self._buffer = ctypes.create_string_buffer(PACKET_BYTES_MAX)
        self._state = ctypes.create_string_buffer(self._library.opus_encoder_get_size(1))
        _check(self._library.opus_encoder_init(self._state, SAMPLE_RATE_HZ, 1, _VOIP))
        for request, value in _SETTINGS:
            _check(self._library.opus_encoder_ctl(self._state, request, ctypes.c_int32(value)))

    def encode(self, samples: Samples) -> bytes:
        """One packet of 10, 20, 40 or 60 ms."""
        size = self._library.opus_encode(
            self._state,
            samples.astype(np.int16).tobytes(),
            len(samples),
            self._buffer,
            PACKET_BYTES_MAX,
        )
        _check(size)
        return self._buffer.raw[:size]


class OpusDecoder:
    """One stream's decoder; whatever bytes come, samples go out."""

    __slots__ = ("_library", "_sound", "_state")

    def __init__(self) -> None:
        self._library = _opus()
        self._sound = np.zeros(DURATION_SAMPLES_MAX, np.int16)
        self._state = ctypes.create_string_buffer(self._library.opus_decoder_get_size(1))
        _check(self._library.opus_decoder_init(self._state, SAMPLE_RATE_HZ, 1))

    def duration(self, payload: bytes) -> int | None:
        """As the packet's first bytes say."""
        samples = self._library.opus_packet_get_nb_samples(payload, len(payload), SAMPLE_RATE_HZ)
        return samples if 0 < samples <= DURATION_SAMPLES_MAX else None

    def decode(self, payload: bytes) -> Samples:
        """The samples of the payload, silence if its inside is malformed."""
        return self._decoded(payload, self.duration(payload) or 0, 0)

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """The copy of the lost packet, if the next one has it.

        Without a copy libopus would guess; a steady tone comes out five times too loud then, and
        its decoder needs six packets to settle. Not telling it of the loss costs less.
        """
        if not has_copy(following):
            return None
        return self._decoded(following, _whole_steps(samples), 1)[:samples]

    def _decoded(self, payload: bytes | None, samples: int, is_copy: int) -> Samples:
        got = self._library.opus_decode(
            self._state,
            payload,
            len(payload or b""),
            self._sound.ctypes.data_as(ctypes.c_void_p),
            samples,
            is_copy,
        )
        if got != samples:
            return np.zeros(samples, np.int32)
        return self._sound[:samples].astype(np.int32)


def has_copy(payload: bytes) -> bool:
    """Whether a packet of one frame carries a copy of the packet before (RFC 6716, 4.2.3-4.2.4)."""
    if len(payload) < 2 or payload[0] & 3 or payload[0] >= 0x80:
        return False  # several frames, or music: such packets have none, or not where we look
    configuration = payload[0] >> 3
    frames = 1 if configuration >= 12 else (1, 1, 2, 3)[configuration & 3]  # of SILK, in the one
    return bool(payload[1] >> (7 - frames) & 1)


def _whole_steps(samples: int) -> int:
    return min(-(-samples // STEP_SAMPLES) * STEP_SAMPLES, DURATION_SAMPLES_MAX)


def _check(result: int) -> None:
    """Only our own misuse can fail here; raises `ValueError`."""
    if result < 0:
        raise ValueError(f"libopus: error {result}")


@cache
def _opus() -> ctypes.PyDLL:
    """The library; called with Python's lock held, so that no other thread delays the tick."""
    for place in _places():
        try:
            library = ctypes.PyDLL(place)
        except OSError:
            continue
        library.opus_encode.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_int32,
        ]  # fmt: skip
        library.opus_decode.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int,
            ctypes.c_int,
        ]  # fmt: skip
        library.opus_packet_get_nb_samples.argtypes = [
            ctypes.c_char_p, ctypes.c_int32, ctypes.c_int32,
        ]  # fmt: skip
        return library
    raise CodecMissingError("libopus, which the package av brings along")


def _places() -> Iterator[str]:
    package = find_spec("av")
    if package is not None and package.origin is not None:
        folder = Path(package.origin).parent
        for pattern in ("../av.libs/libopus*", ".dylibs/libopus*", "../av.libs/opus*"):
            yield from sorted(str(each) for each in folder.glob(pattern))
    system = ctypes.util.find_library("opus")
    if system is not None:
        yield system
