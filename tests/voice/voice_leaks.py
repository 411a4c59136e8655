"""What an ear heard that it must not hear, in the sound of one stage of a call.

All of the sound is judged, once and for good. Where the voices that are to be heard are whole,
by a narrow spectrum of each steady part, in which a faint voice stands out, and by each 100 ms of
it, in which a short one does. Where such a voice is torn (`voice_tears`), each 100 ms has the bound
that no tear reaches and that 5 ms of a voice at its own level are above; and the stage is over only
once a part came in that is steady for `JUDGED_S`, in which what goes on is found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from media_ears import Sound, decibels, level_at
from voice_tears import Mask, torn, untorn
from voice_telephone import HEARD

from kentongan.media.g711 import SAMPLE_RATE_HZ

PIECE = 800
"""Samples of 100 ms."""

WHOLE = 3_200
"""Samples of 400 ms: a narrow spectrum of less has the codec's noise in it."""

JUDGED_S = 0.45
"""The least that must be steady of a stage, in one piece."""

UNHEARD_DB = -46.0
"""Below this nobody hears a voice beside another one. VOICE.md wants -60 of the mixer itself; but
beside a tone at full level a codec has noise of its own at other tones' places, always the same:
measured were -49.8 with PCMA, -53 with G.722, -54 with PCMU and Opus."""

CROWD_DB = -42.0
"""The same beside two voices or more: the steps of G.711 make tones of their own of two, always at
the same places; measured were -45.4 with PCMA."""

ALONE_DB = -60.0
"""The same for an ear that hears nobody at all, where no codec stands in the way; measured -72."""

PIECE_DB = -34.0
"""The same in any 100 ms; measured -43. A voice at its own level is above it after 10 ms."""

TORN_PIECE_DB = -22.0
"""The same where a voice that is to be heard is torn; measured -31 with every third frame lost. 10
ms of a voice at its own level in 100 ms are -9."""


@dataclass
class Heard:
    """The sound of one ear, of one stage. `wanted` are the voices it is to hear; `announced_hz` is
    of the announcement that it hears, which pauses between two rounds.
    """

    ear: str
    sound: Sound
    voices: Mapping[str, float]
    wanted: frozenset[str]
    step: float
    announced_hz: float = 0.0
    unheard_db: float = UNHEARD_DB

    def __post_init__(self) -> None:
        """Find the tears."""
        self._heard_hz = [self.voices[voice] for voice in sorted(self.wanted)]
        self._heard_hz += [self.announced_hz] if self.announced_hz else []
        self.tears: Mask = torn(self.sound, self._heard_hz, self.step)

    @property
    def is_steady(self) -> bool:
        """Whether one part of it is steady for long enough."""
        least = JUDGED_S * SAMPLE_RATE_HZ
        return any(part.stop - part.start >= least for part in untorn(self.tears))

    def leaks(self) -> Iterator[str]:
        """Every voice that was heard and must not be."""
        for voice in self.voices:
            if voice not in self.wanted:
                yield from self._leak(voice)

    def whole(self, voice: str) -> float:
        """How loud a voice is in the steady parts, in decibels, at most."""
        parts = [self.sound[part] for part in untorn(self.tears)]
        hz = self.voices[voice]
        levels = [level_at(part, hz, width_hz=8) for part in parts if len(part) >= WHOLE]
        return decibels(max(levels, default=0.0), HEARD)

    def _leak(self, voice: str) -> Iterator[str]:
        limit = (ALONE_DB, self.unheard_db, CROWD_DB)[min(len(self._heard_hz), 2)]
        what, level = f"{self.ear} should not hear {voice}", self.whole(voice)
        if level > limit:
            yield f"{what}, {level:.1f} dB all the while"
        for is_torn, most in ((False, PIECE_DB), (True, TORN_PIECE_DB)):
            found = dict(self._pieces(self.voices[voice], is_torn=is_torn))
            if found and max(found.values()) > most:
                loudest = max(found, key=lambda at: found[at])
                yield (
                    f"{what}, {found[loudest]:.1f} dB in the 100 ms after {loudest / 8:.0f} of "
                    f"{len(self.sound) / 8:.0f} ms{', torn' if is_torn else ''}"
                )

    def _pieces(self, hz: float, *, is_torn: bool) -> Iterator[tuple[int, float]]:
        for at in range(0, len(self.sound) - PIECE + 1, PIECE // 2):
            piece = slice(at, at + PIECE)
            if bool(np.any(self.tears[piece])) is is_torn:
                yield at, decibels(level_at(self.sound[piece], hz, width_hz=25), HEARD)
