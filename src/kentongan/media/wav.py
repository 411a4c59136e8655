"""The WAV files of this product: 8 kHz, 16 bits, one channel for sounds and two for recordings.

Builds and reads the bytes; files are opened elsewhere. A recording keeps the canonical header of
44 bytes, so that it can be rewritten in place while the call goes on.
"""

import io
import struct
import wave
from typing import Final

import numpy as np
import numpy.typing as npt

from kentongan.media.g711 import SAMPLE_RATE_HZ

HEADER_BYTES: Final = 44
STEREO_FRAME_BYTES: Final = 4
STEREO_BYTES_PER_S: Final = SAMPLE_RATE_HZ * STEREO_FRAME_BYTES
DATA_BYTES_MAX: Final = 0xFFFF_FFFF - HEADER_BYTES  # the format's own limit: 37 hours


class SoundRefusedError(Exception):
    """The bytes are not a sound that a telephone can play; the text says why."""


def stereo_header(data_bytes: int) -> bytes:
    """The header of a recording with so much audio data."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + data_bytes,
        b"WAVE",
        b"fmt ",
        16,
        1,
        2,
        SAMPLE_RATE_HZ,
        STEREO_BYTES_PER_S,
        STEREO_FRAME_BYTES,
        16,
        b"data",
        data_bytes,
    )


def parse_sound(data: bytes) -> npt.NDArray[np.int16]:
    """The samples of an announcement: 8 kHz, mono, 16 bits; anything else is refused."""
    try:
        with wave.open(io.BytesIO(data)) as sound:
            shape = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
            if shape != (SAMPLE_RATE_HZ, 1, 2):
                raise SoundRefusedError(f"{shape[0]} Hz, {shape[1]} channels, {8 * shape[2]} bits")
            samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    except (wave.Error, EOFError) as error:
        raise SoundRefusedError(str(error) or "cut off") from error
    if not len(samples):
        raise SoundRefusedError("empty")
    return samples.astype(np.int16)
