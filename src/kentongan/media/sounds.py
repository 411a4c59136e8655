"""Announcements: read from disk beside the clock, kept in memory, played a frame at a time.

A file is read once; to change a sound, restart the process or give it another name. Reading
blocks and belongs in a thread: a disk that hangs may silence an announcement, never a call.
"""

from collections import OrderedDict
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from kentongan.media.g711 import FRAME_SAMPLES, Samples
from kentongan.media.wav import SoundRefusedError, parse_sound

SOUND_BYTES_MAX: Final = 10 * 1024 * 1024  # ten minutes
CACHED_BYTES_MAX: Final = 64 * 1024 * 1024  # over an hour of announcements


class Announcement:
    """One playing of a sound to one leg."""

    __slots__ = ("_loop", "_position", "_samples", "file", "is_over")

    def __init__(self, file: str, samples: npt.NDArray[np.int16], *, loop: bool) -> None:
        self.file = file
        self.is_over = False
        self._samples = samples
        self._loop = loop
        self._position = 0

    def frame(self) -> Samples:
        """The next 20 ms; after the last of them `is_over`."""
        places = np.arange(self._position, self._position + FRAME_SAMPLES)
        self._position += FRAME_SAMPLES
        if self._loop:
            self._position %= len(self._samples)
            return self._samples.take(places, mode="wrap").astype(np.int32)
        self.is_over = self._position >= len(self._samples)
        piece = self._samples[places[0] : self._position].astype(np.int32)
        return np.concatenate((piece, np.zeros(FRAME_SAMPLES - len(piece), np.int32)))


class SoundShelf:
    """The sounds that were played lately, by path."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, npt.NDArray[np.int16]] = OrderedDict()

    def find(self, path: str) -> npt.NDArray[np.int16] | None:
        """A sound that was read before."""
        if path in self._kept:
            self._kept.move_to_end(path)
        return self._kept.get(path)

    def keep(self, path: str, samples: npt.NDArray[np.int16]) -> None:
        """Remember a sound, at the cost of those not played for longest."""
        self._kept[path] = samples
        self._kept.move_to_end(path)
        while sum(each.nbytes for each in self._kept.values()) > CACHED_BYTES_MAX:
            self._kept.popitem(last=False)


def read_sound(path: str) -> npt.NDArray[np.int16]:
    """Read a sound from disk, which may block; raises `SoundRefusedError`."""
    try:
        if Path(path).stat().st_size > SOUND_BYTES_MAX:
            raise SoundRefusedError("longer than ten minutes")
        with Path(path).open("rb") as file:
            return parse_sound(file.read(SOUND_BYTES_MAX))
    except (OSError, ValueError) as error:
        raise SoundRefusedError(str(error)) from error
