"""Who hears whom, in decibels: 0 is a tone at the level at which it was said.

`Levels` judges one stage of a call: some ears must hear some voices, and no other of the voices
named. It waits until that is so, then listens anew and judges that; four times at most, since a
busy machine may tear one half-second. Whoever must be heard is measured in pieces of 100 ms, by
their median: a frame that came late shifts a tone's phase, and one long spectrum would call that
silence. Whoever must not be heard is sought in the whole. What was measured is kept for the table.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from media_ears import Sound, decibels, level_at
from voice_telephone import HEARD

WINDOW_S = 0.5
PIECE = 800
"""Samples of 100 ms."""

HEARD_DB = 3.0
"""How far from its own level a voice may be that is heard."""

UNHEARD_DB = -40.0
"""Below this nobody hears a voice beside another one."""

SOUND_DB = -35.0
"""An announcement or a reassurance is louder than this."""

SPEECH_DB = -12.0
"""Below this no tone hides in an announcement, whose speech has something at every frequency."""

SETTLE_S = 8.0
TRIES = 4


class Ear(Protocol):
    """Whoever listens."""

    def heard(self, seconds: float | None = None) -> Sound:
        """The last seconds of what came in."""
        ...


@dataclass
class Levels:
    """One call: who listens, who speaks at which frequency, what was measured."""

    name: str
    heard_db: float = HEARD_DB
    unheard_db: float = UNHEARD_DB
    ears: dict[str, Ear] = field(default_factory=dict[str, Ear])
    voices: dict[str, float] = field(default_factory=dict[str, float])
    refresh: Callable[[], Awaitable[None]] | None = None
    """Asks an ear that lives elsewhere for what it hears now, before each look."""
    rows: list[tuple[str, dict[str, dict[str, float]]]] = field(
        default_factory=list[tuple[str, dict[str, dict[str, float]]]]
    )

    async def judge(
        self, stage: str, hearing: Mapping[str, str], *, sound: str = "", seconds: float = WINDOW_S
    ) -> None:
        """`hearing` names an ear's voices; all others of the call it must not hear.

        `sound` is the ear that must hear an announcement beside that.
        """
        wanted = {ear: set(heard.split()) for ear, heard in hearing.items()}
        deadline = time.monotonic() + SETTLE_S
        while self._faults(await self._measure(wanted, seconds), wanted, sound):
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(0.05)
        levels: dict[str, dict[str, float]] = {}
        faults = ["not listened to"]
        for _ in range(TRIES):
            await asyncio.sleep(seconds + 0.1)
            levels = await self._measure(wanted, seconds)
            if not (faults := self._faults(levels, wanted, sound)):
                break
        self.rows.append((stage, levels))
        assert not faults, f"{self.name}, {stage}: {'; '.join(faults)}"

    def table(self) -> list[str]:
        """Lines of a table: stage, ear, level of each voice."""
        lines: list[str] = []
        for stage, levels in self.rows:
            for ear, of in levels.items():
                told = "  ".join(f"{voice} {value:6.1f}" for voice, value in of.items())
                lines.append(f"{self.name:14} {stage:17} {ear:10} {told}")
        return lines

    async def _measure(
        self, wanted: Mapping[str, set[str]], seconds: float
    ) -> dict[str, dict[str, float]]:
        if self.refresh is not None:
            await self.refresh()
        found: dict[str, dict[str, float]] = {}
        for ear in wanted:
            sound = self.ears[ear].heard(seconds)
            if len(sound) < 0.8 * 8000 * seconds:
                found[ear] = {}
                continue
            found[ear] = {
                voice: decibels(_level(sound, hz, is_steady=voice in wanted[ear]), HEARD)
                for voice, hz in self.voices.items()
            }
            found[ear]["all"] = decibels(float(np.sqrt(np.mean(sound**2))), HEARD)
        return found

    def _faults(
        self,
        levels: Mapping[str, Mapping[str, float]],
        wanted: Mapping[str, set[str]],
        sound: str,
    ) -> list[str]:
        faults: list[str] = []
        for ear, heard in wanted.items():
            found = levels[ear]
            if not found:
                faults.append(f"{ear} hears nothing at all")
            limit = SPEECH_DB if ear == sound else self.unheard_db
            for voice in self.voices if found else ():
                value = found[voice]
                if voice in heard and abs(value) > self.heard_db:
                    faults.append(f"{ear} hears {voice} at {value:.1f} dB")
                if voice not in heard and value > limit:
                    faults.append(f"{ear} should not hear {voice}, {value:.1f} dB")
            if ear == sound and found and found["all"] < SOUND_DB:
                faults.append(f"{ear} hears no announcement, {found['all']:.1f} dB")
        return faults


def _level(sound: Sound, hz: float, *, is_steady: bool) -> float:
    if not is_steady:
        return level_at(sound, hz, width_hz=8)
    pieces = [sound[at : at + PIECE] for at in range(0, len(sound) - PIECE + 1, PIECE // 2)]
    return float(np.median([level_at(piece, hz, width_hz=25) for piece in pieces]))
