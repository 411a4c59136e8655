"""Who hears whom, in decibels: 0 is a tone at the level at which it was said.

`Levels` judges one stage of a call, begun by a command that was just acknowledged: some ears must
hear some voices, and no other of the voices named.

*Must hear*: waited for, then listened for anew, in pieces of 100 ms by their median, since a frame
that came late shifts a tone's phase, and one long spectrum would call that silence.

*Must not hear*: all that came in from `TRANSITION_S` after the acknowledgement to the end of the
stage, once and for good (`voice_leaks`). On a machine that is busy elsewhere the acknowledgement
may be here before the media process ran at all, so the stage begins when switch and media process
have each answered a question put to them then (`Pace`) and nothing more waits at our own sockets.
From there on it is measured in samples that came in, not by a clock: of a media process that stood
still fewer come, and so many seconds back by the clock would be before the command.

A sound that was torn all the while is listened to for `STEADY_S` at most until a part of it is
whole. What cannot be had again, the first moments after a command, is judged where it is whole, and
where it is torn by the bound for that.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from media_ears import Sound, decibels, level_at
from switch_room import Room
from voice_city import SOUND_HZ
from voice_leaks import PIECE, UNHEARD_DB, Heard
from voice_tears import STEP
from voice_telephone import HEARD

from kentongan.media.client import MediaClient
from kentongan.media.g711 import SAMPLE_RATE_HZ

WINDOW_S = 0.5
"""A stage is listened to for so long, at least."""

HEARD_DB = 3.0
"""How far from its own level a voice may be that is heard."""

TRANSITION_S = 0.3
"""After a command's acknowledgement: jitter buffers run out, and the mixer has been told."""

ANNOUNCED = "announced"

SETTLE_S = 8.0
STEADY_S = 40.0
"""A machine on which no sound is whole for half a second in so long a time judges nothing."""

TRIES = 8
"""More than fit into the quiet between two rounds of an announcement."""


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
    """Whoever listens. `arrived` counts the samples that ever came in."""

    @property
    def arrived(self) -> int: ...

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
    step: float = STEP
    """Further than this a voice that is heard does not move, or it is torn."""
    ears: dict[str, Ear] = field(default_factory=dict[str, Ear])
    voices: dict[str, float] = field(default_factory=dict[str, float])
    transition_s: float = TRANSITION_S
    pace: Callable[[], Awaitable[None]] = _at_once
    refresh: Callable[[], Awaitable[None]] | None = None
    """Asks an ear that lives elsewhere for what it hears now, before each look."""
    rows: list[tuple[str, dict[str, dict[str, float]]]] = field(
        default_factory=list[tuple[str, dict[str, dict[str, float]]]]
    )

    async def judge(
        self, stage: str, hearing: Mapping[str, str], *, sound: str = "", seconds: float = WINDOW_S
    ) -> None:
        """`hearing` names an ear's voices; all others of the call it must not hear.

        `sound` is the ear that must hear an announcement (of `voice_city`); no other ear may.
        """
        wanted = {ear: set(heard.split()) for ear, heard in hearing.items()}
        marks = await self._begin(wanted)
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
        patience_s = 0.0 if faults else STEADY_S
        for one in await self._all_heard(wanted, sound, marks, seconds, patience_s):
            faults += one.leaks()
            faults += [] if one.is_steady else [f"{one.ear}: nothing whole came in"]
            self._note(one, levels[one.ear])
        self.rows.append((stage, levels))
        assert not faults, f"{self.name}, {stage}: {'; '.join(faults)}"

    async def _begin(self, ears: Iterable[str]) -> dict[str, int]:
        """From which sample on each ear is judged."""
        await self.pace()
        if self.refresh is not None:
            await self.refresh()
        before: dict[str, int] = {}
        while (now := {ear: self.ears[ear].arrived for ear in ears}) != before:
            before = now
            for _ in range(2):  # every socket is read once between two of them
                await asyncio.sleep(0)
        return {ear: at + round(self.transition_s * SAMPLE_RATE_HZ) for ear, at in now.items()}

    async def _all_heard(
        self,
        wanted: Mapping[str, set[str]],
        sound: str,
        marks: Mapping[str, int],
        seconds: float,
        patience_s: float,
    ) -> list[Heard]:
        """What every ear heard from its mark on, once that is enough, and steady."""
        deadline = time.monotonic() + patience_s
        while True:
            if self.refresh is not None:
                await self.refresh()
            found = [
                Heard(
                    ear,
                    _since(self.ears[ear], marks[ear]),
                    self.voices if ear == sound else {**self.voices, ANNOUNCED: SOUND_HZ},
                    frozenset(voices),
                    step=self.step,
                    announced_hz=SOUND_HZ if ear == sound else 0.0,
                    unheard_db=self.unheard_db,
                )
                for ear, voices in wanted.items()
            ]
            least = seconds * SAMPLE_RATE_HZ
            is_enough = all(len(one.sound) >= least and one.is_steady for one in found)
            if is_enough or time.monotonic() > deadline:
                return found
            await asyncio.sleep(0.1)

    def _note(self, heard: Heard, levels: dict[str, float]) -> None:
        """For the table."""
        for voice in heard.voices.keys() - heard.wanted:
            levels[voice] = heard.whole(voice)

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
            found[ear][ANNOUNCED] = decibels(_level(sound, SOUND_HZ, is_steady=True), HEARD)
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
            if ear == sound and found and abs(found[ANNOUNCED]) > self.heard_db:
                faults.append(f"{ear} hears the announcement at {found[ANNOUNCED]:.1f} dB")
        return faults


def _since(ear: Ear, mark: int) -> Sound:
    """What came in from that sample on, as far as the ear has kept it."""
    count = ear.arrived - mark
    return ear.heard()[-count:] if count > 0 else np.zeros(0)


def _level(sound: Sound, hz: float, *, is_steady: bool) -> float:
    if not is_steady:
        return level_at(sound, hz, width_hz=8)
    pieces = [sound[at : at + PIECE] for at in range(0, len(sound) - PIECE + 1, PIECE // 2)]
    return float(np.median([level_at(piece, hz, width_hz=25) for piece in pieces]))
