"""Announcements: read from disk beside the clock, kept in memory, played a frame at a time.

A file is read once; to change a sound, restart the process or give it another name. Reading
blocks and belongs in a thread: a disk that hangs may silence an announcement, never a call.
"""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from kentongan.media.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples
from kentongan.media.wav import SoundRefusedError, parse_sound

SOUND_BYTES_MAX: Final = 10 * 1024 * 1024  # ten minutes
CACHED_BYTES_MAX: Final = 64 * 1024 * 1024  # over an hour of announcements
BEEP_HZ: Final = 1400  # the tone of recorded telephone lines
BEEP_S: Final = 0.2
BEEP_AMPLITUDE: Final = 3000  # -21 dB
BEEP_EDGE_SAMPLES: Final = 80  # 10 ms of rise and fall, or it clicks


class Announcement:
    """One playing of one or several sounds to one leg."""

    __slots__ = ("_loop", "_position", "_samples", "files", "is_over", "yields")

    lowers_others: Final = False

    def __init__(
        self,
        sounds: Sequence[tuple[str, npt.NDArray[np.int16]]],
        *,
        loop: bool = False,
        pause_s: float = 0.0,
        yields: bool = False,
    ) -> None:
        """Files with their samples; `pause_s` of silence before a loop begins again.

        One that `yields` is not to be heard beside anybody.
        """
        self.files = tuple(file for file, _ in sounds)
        self.yields = yields
        self.is_over = False
        pause = [np.zeros(round(pause_s * SAMPLE_RATE_HZ), np.int16)] if loop and pause_s else []
        parts = [samples for _, samples in sounds] + pause
        self._samples = parts[0] if len(parts) == 1 else np.concatenate(parts)
        self._loop = loop
        self._position = 0

    def frame(self) -> Samples:
        """The next 20 ms; after the last of them `is_over`."""
        begin, total = self._position, len(self._samples)
        end = begin + FRAME_SAMPLES
        self._position = end % total if self._loop else end
        self.is_over = not self._loop and end >= total
        if end <= total:
            return self._samples[begin:end].astype(np.int32)
        if self._loop:
            return self._samples.take(np.arange(begin, end), mode="wrap").astype(np.int32)
        piece = self._samples[begin:].astype(np.int32)
        return np.concatenate((piece, np.zeros(FRAME_SAMPLES - len(piece), np.int32)))


def beep() -> Announcement:
    """A fifth of a second at 1,400 Hz, well below a voice: somebody has come in."""
    return Announcement([("", _BEEP)])


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


def _made_beep() -> npt.NDArray[np.int16]:
    places = np.arange(round(BEEP_S * SAMPLE_RATE_HZ))
    edges = np.minimum(1, np.minimum(places, places[::-1]) / BEEP_EDGE_SAMPLES)
    wave = BEEP_AMPLITUDE * edges * np.sin(2 * np.pi * BEEP_HZ * places / SAMPLE_RATE_HZ)
    return wave.astype(np.int16)


_BEEP: Final = _made_beep()
