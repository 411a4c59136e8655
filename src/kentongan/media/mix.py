"""Who hears whom, and what the sum of several voices sounds like.

The hearing matrix is the whole of conference, listening-in, whispering and hold; nothing else
decides what reaches an ear. Sums are held at the limits of 16 bits and never wrap round. Pure.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kentongan.media.g711 import Samples, clipped

MODE_PATTERN: Final = re.compile(r"(talk|listen|hold|whisper:[\w.:@-]{1,64})", re.ASCII)


class Attitude(StrEnum):
    """What a party does in the conversation."""

    TALK = "talk"
    LISTEN = "listen"
    WHISPER = "whisper"
    HOLD = "hold"


class Mode(Struct, frozen=True):
    """An attitude, and for a whisper the leg that it is for."""

    attitude: Attitude = Attitude.TALK
    whisper_to: str = ""

    @property
    def is_heard(self) -> bool:
        """Whether anybody at all hears this party, and so the recording too."""
        return self.attitude in (Attitude.TALK, Attitude.WHISPER)

    def __str__(self) -> str:
        return f"whisper:{self.whisper_to}" if self.whisper_to else self.attitude.value


def parse_mode(text: str) -> Mode | None:
    """The mode written as `talk`, `listen`, `hold` or `whisper:<leg>`; none if it is not one."""
    if not MODE_PATTERN.fullmatch(text):
        return None
    attitude, _, target = text.partition(":")
    return Mode(Attitude(attitude), target)


def hears(listener: str, listener_mode: Mode, speaker_mode: Mode) -> bool:
    """Whether the leg `listener` hears a speaker, who must be another leg."""
    match speaker_mode.attitude:
        case Attitude.TALK:
            return listener_mode.attitude is not Attitude.HOLD
        case Attitude.WHISPER:
            return speaker_mode.whisper_to == listener
        case Attitude.LISTEN | Attitude.HOLD:
            return False


def mixed(voices: Iterable[Samples | None]) -> Samples | None:
    """The sum of voices, none of them meaning silence; none if all are silent."""
    total: Samples | None = None
    several = False
    for voice in voices:
        if voice is not None:
            several = several or total is not None
            total = voice if total is None else total + voice
    if total is None or not several:
        return total
    return clipped(total)
