"""Who hears whom, in decibels: 0 is a tone at the level at which it was said.

`Levels` judges one stage of a call, begun by a command that was just acknowledged: some ears must
hear some voices, and no other of the voices named.

*Must hear*: waited for, then listened for anew, in pieces of 100 ms by their median, since a frame
that came late shifts a tone's phase, and one long spectrum would call that silence.

*Must not hear*: all that came in from `TRANSITION_S` after the acknowledgement to the end of the
stage, once and for good: the whole of it, in which a faint voice stands out, and each 100 ms of it,
in which a short one does. Where that finds something, it is judged once more without what lies
around a stall of this machine that was measured meanwhile (`media_stalls`): a torn sound has
something at every frequency. On a machine that is
busy elsewhere the acknowledgement may be here before the media process ran at all, so the span
begins when switch and media process have each answered a question put to them then (`Pace`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from media_ears import Sound, decibels, level_at
from media_stalls import stalls
from switch_room import Room
from voice_telephone import HEARD

from kentongan.media.client import MediaClient

WINDOW_S = 0.5
PIECE = 800
"""Samples of 100 ms."""

HEARD_DB = 3.0
"""How far from its own level a voice may be that is heard."""

TRANSITION_S = 0.3
"""After a command's acknowledgement: jitter buffers run out, and the mixer has been told."""

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

SOUND_DB = -35.0
"""An announcement or a reassurance is louder than this."""

SPEECH_DB = -14.0
"""Below this no tone hides in an announcement, whose speech has something at every frequency."""

SPEECH_PIECE_DB = -5.0
"""The same in any 100 ms."""

STALLED_S = (0.1, 0.4)
"""So long before and after a measured stall nothing is judged by what must not be heard."""

JUDGED_S = 0.45
"""The least that is judged of a stage, in one piece."""

WHOLE = 3_200
"""Samples of 400 ms: a narrow spectrum of less has the codec's noise in it."""

SETTLE_S = 8.0
TRIES = 4


class Pace:
    """Asks the processes of a room something, and waits for the answers: they have run since."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def __call__(self) -> None:
        """All have answered. Raises `TimeoutError` when one does not within `SETTLE_S`."""
        async with asyncio.timeout(SETTLE_S):
            await self._room.control.ask("health")
            for path in self._room.settings.media_sockets:
                client = MediaClient(Path(path), on_event=lambda _: None)
                client.start()
                await client.connected()
                await client.list()
                await client.close()


class Ear(Protocol):
    """Whoever listens."""

    def heard(self, seconds: float | None = None) -> Sound:
        """The last seconds of what came in."""
        ...


async def _at_once() -> None:
    """Where nothing has to follow a command."""


@dataclass
class Levels:
    """One call: who listens, who speaks at which frequency, what was measured."""

    name: str
    heard_db: float = HEARD_DB
    unheard_db: float = UNHEARD_DB
    ears: dict[str, Ear] = field(default_factory=dict[str, Ear])
    voices: dict[str, float] = field(default_factory=dict[str, float])
    transition_s: float = TRANSITION_S
    pace: Callable[[], Awaitable[None]] = _at_once
    refresh: Callable[[], Awaitable[None]] | None = None
    """Asks an ear that lives elsewhere for what it hears now, before each look."""
    worst: float = -999.0
    """The loudest of those who must not be heard, all the while, without announcements."""
    rows: list[tuple[str, dict[str, dict[str, float]]]] = field(
        default_factory=list[tuple[str, dict[str, dict[str, float]]]]
    )

    async def judge(
        self, stage: str, hearing: Mapping[str, str], *, sound: str = "", seconds: float = WINDOW_S
    ) -> None:
        """`hearing` names an ear's voices; all others of the call it must not hear.

        `sound` is the ear that must hear an announcement beside that.
        """
        await self.pace()
        began_at = time.monotonic() + self.transition_s
        wanted = {ear: set(heard.split()) for ear, heard in hearing.items()}
        deadline = time.monotonic() + SETTLE_S
        while self._unheard(await self._measure(wanted, seconds), wanted, sound):
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(0.05)
        levels: dict[str, dict[str, float]] = {}
        faults = ["not listened to"]
        for _ in range(TRIES):
            await asyncio.sleep(seconds + 0.1)
            levels = await self._measure(wanted, seconds)
            if not (faults := self._unheard(levels, wanted, sound)):
                break
        await asyncio.sleep(max(0.0, began_at + seconds - time.monotonic()))
        faults += await self._leaks(wanted, sound, began_at, levels)
        self.rows.append((stage, levels))
        assert not faults, f"{self.name}, {stage}: {'; '.join(faults)}"

    async def _leaks(
        self,
        wanted: Mapping[str, set[str]],
        sound: str,
        began_at: float,
        levels: dict[str, dict[str, float]],
    ) -> list[str]:
        """What was heard that must not be, since then; told in `levels` too."""
        if self.refresh is not None:
            await self.refresh()
        now = time.monotonic()
        faults = self._leaks_in(wanted, sound, [(began_at, now)], now, levels)
        if not faults or not any(stall + STALLED_S[1] > began_at for stall in stalls):
            return faults
        deadline = time.monotonic() + SETTLE_S
        while max((end - start for start, end in _steady(began_at)), default=0) < JUDGED_S:
            if time.monotonic() > deadline:
                return [*faults, "this machine stalled all the while"]
            await asyncio.sleep(0.1)
        if self.refresh is not None:
            await self.refresh()
        now = time.monotonic()
        return self._leaks_in(wanted, sound, list(_steady(began_at, now)), now, levels)

    def _leaks_in(
        self,
        wanted: Mapping[str, set[str]],
        sound: str,
        spans: Sequence[tuple[float, float]],
        now: float,
        levels: dict[str, dict[str, float]],
    ) -> list[str]:
        faults: list[str] = []
        for ear, heard in wanted.items():
            whole = self.ears[ear].heard(now - spans[0][0])
            parts = [_cut(whole, now, span) for span in spans]
            parts = [part for part in parts if len(part) >= PIECE]
            if not any(len(part) >= WHOLE for part in parts):
                faults.append(f"{ear}: too little came in")
                continue
            for voice, hz in self.voices.items():
                if voice not in heard:
                    steady = max(
                        decibels(level_at(part, hz, width_hz=8), HEARD)
                        for part in parts
                        if len(part) >= WHOLE
                    )
                    pieces = [decibels(level, HEARD) for part in parts for level in _each(part, hz)]
                    short = max(pieces)
                    last = max(at for at, level in enumerate(pieces) if level > short - 10)
                    moment = f"for a moment, until piece {last + 1} of {len(pieces)}"
                    levels[ear][voice] = steady
                    what = f"{ear} should not hear {voice}"
                    faults += self._leak(
                        what, steady, short, moment, count=len(heard), has_speech=ear == sound
                    )
        return faults

    def _leak(
        self,
        what: str,
        steady: float,
        short: float,
        moment: str,
        *,
        count: int,
        has_speech: bool,
    ) -> list[str]:
        limit = (ALONE_DB, self.unheard_db, CROWD_DB)[min(count, 2)]
        limits = (SPEECH_DB, SPEECH_PIECE_DB) if has_speech else (limit, PIECE_DB)
        self.worst = max(self.worst, steady if not has_speech else -999.0)
        told = {"all the while": (steady, limits[0]), moment: (short, limits[1])}
        return [
            f"{what}, {level:.1f} dB {when}" for when, (level, most) in told.items() if level > most
        ]

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

    def _unheard(
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
            for voice in self.voices if found else ():
                value = found[voice]
                if voice in heard and abs(value) > self.heard_db:
                    faults.append(f"{ear} hears {voice} at {value:.1f} dB")
            if ear == sound and found and found["all"] < SOUND_DB:
                faults.append(f"{ear} hears no announcement, {found['all']:.1f} dB")
        return faults


def _steady(began_at: float, until: float | None = None) -> Iterator[tuple[float, float]]:
    """The times since then without a stall of this machine."""
    before, after = STALLED_S
    at, end = began_at, time.monotonic() if until is None else until
    for stall in [one for one in stalls if one + after > began_at and one - before < end]:
        if stall - before > at:
            yield at, stall - before
        at = max(at, stall + after)
    if end > at:
        yield at, end


def _cut(sound: Sound, now: float, span: tuple[float, float]) -> Sound:
    """That span of a sound which ends now."""
    first, last = (len(sound) - round((now - at) * 8_000) for at in span)
    return sound[max(0, first) : max(0, last)]


def _each(sound: Sound, hz: float) -> Iterator[float]:
    for at in range(0, len(sound) - PIECE + 1, PIECE // 2):
        yield level_at(sound[at : at + PIECE], hz, width_hz=25)


def _level(sound: Sound, hz: float, *, is_steady: bool) -> float:
    if not is_steady:
        return level_at(sound, hz, width_hz=8)
    pieces = [sound[at : at + PIECE] for at in range(0, len(sound) - PIECE + 1, PIECE // 2)]
    return float(np.median([level_at(piece, hz, width_hz=25) for piece in pieces]))
