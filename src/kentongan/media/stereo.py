"""The sound of a recording: two channels of 16 bits, and the WAV header that others read it by.

Left is the caller, right everybody else who talks. On disk a recording is sealed (`seal`); as WAV
it exists only on its way to somebody's ear or into an export. Imports nothing heavy: the web
process and the command line use it.
"""

import struct
from typing import Final

CHANNELS: Final = 2
SAMPLE_BYTES: Final = 2
FRAME_BYTES: Final = CHANNELS * SAMPLE_BYTES
HEADER_BYTES: Final = 44
SOUND_BYTES_MAX: Final = 0xFFFF_FFFF - HEADER_BYTES  # a WAV file's own limit: 37 hours at 8 kHz


def wav_header(sound_bytes: int, rate_hz: int) -> bytes:
    """The header of a WAV file with so much sound in it."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        HEADER_BYTES - 8 + sound_bytes,
        b"WAVE",
        b"fmt ",
        16,
        1,
        CHANNELS,
        rate_hz,
        rate_hz * FRAME_BYTES,
        FRAME_BYTES,
        8 * SAMPLE_BYTES,
        b"data",
        sound_bytes,
    )
