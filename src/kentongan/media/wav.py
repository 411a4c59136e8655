"""The WAV files of announcements: 8 kHz, 16 bits, one channel. Files are opened elsewhere.

Recordings are no WAV files: see `seal`, and `stereo` for the WAV that an ear or a court gets.
"""

import io
import wave

import numpy as np
import numpy.typing as npt

from kentongan.media.g711 import SAMPLE_RATE_HZ


class SoundRefusedError(Exception):
    """The bytes are not a sound that a telephone can play; the text says why."""


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
