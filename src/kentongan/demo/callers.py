"""Simulated callers: each places a real SIP call and speaks the scenario's recorded words.

A call of a scenario is one asyncio task with a clock of 100 ms: it asks its script what to do and
does it with the telephone. The operator's voice is what is heard above the noise after the
answer, so that the caller reacts to being asked.
"""

import asyncio
import contextlib
import logging
from pathlib import Path

import numpy as np

from kentongan.cities.pack import CityPack
from kentongan.cities.training import Scenario, ScenarioCall
from kentongan.demo.script import Action, HangUp, Press, Say, Script
from kentongan.edge.caller.phone import CallState, Phone, PhoneCall
from kentongan.edge.caller.voice import in_turn, recorded, silence
from kentongan.sip.address import Address

STEP_S = 0.1
"""How often a caller looks at its script."""

VOICE_LEVEL = 600.0
"""RMS above which what is heard counts as the operator's voice (full scale is 32,767)."""

CALLS_MAX = 60
"""Simulated calls at once; the largest scenario has 40."""

TRAINING_HEADER = "X-Kentongan-Training"

_log = logging.getLogger(__name__)


class Callers:
    """Lets scenarios ring at the centre on `host`:`port`."""

    def __init__(self, pack: CityPack, directory: Path, host: str, port: int) -> None:
        self._scenarios = pack.scenario_by_key
        self._files = {sound.key: directory / "sounds" / sound.file for sound in pack.sounds}
        self._seconds = {
            sound.key: sound.seconds or _seconds(self._files[sound.key]) for sound in pack.sounds
        }
        self._lines = pack.line_by_key
        self._phone = Phone(Address(host, port))
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Open the telephone. Raises `OSError`."""
        await self._phone.start()

    def start(self, key: str) -> bool:
        """Let a scenario ring; False when there is none of that name or too much rings already."""
        scenario: Scenario | None = self._scenarios.get(key)
        if scenario is None or len(self._tasks) + len(scenario.calls) > CALLS_MAX:
            return False
        for call in scenario.calls:
            task = asyncio.get_running_loop().create_task(self._ring(call), name=f"caller {key}")
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return True

    async def close(self) -> None:
        """Hang up everywhere."""
        for task in list(self._tasks):
            task.cancel()
        for task in list(self._tasks):
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("%s: %s", task.get_name(), error)

    async def _ring(self, call: ScenarioCall) -> None:
        await asyncio.sleep(call.delay_s)
        made = await self._phone.call(
            self._lines[call.line].dialled[0],
            number=call.number,
            voice=silence(),
            headers={TRAINING_HEADER: "yes"},
        )
        script = Script(call, self._seconds, asyncio.get_running_loop().time())
        try:
            await self._talk(made, script)
        finally:
            if made.state is not CallState.OVER:
                made.hang_up()

    async def _talk(self, made: PhoneCall, script: Script) -> None:
        loop = asyncio.get_running_loop()
        while made.state is not CallState.OVER:
            now_s = loop.time()
            if made.state is CallState.TALKING:
                script.answered(now_s)
                if _hears_voice(made):
                    script.operator_spoke(now_s)
            for action in script.step(now_s):
                self._do(made, action)
            await asyncio.sleep(STEP_S)

    def _do(self, made: PhoneCall, action: Action) -> None:
        match action:
            case Say(sound=sound):
                made.say(in_turn((recorded(self._files[sound]), silence())))
            case Press(key=key):
                made.press(key)
            case HangUp():
                made.hang_up()


def _hears_voice(made: PhoneCall) -> bool:
    heard = made.audio.heard(STEP_S)
    return (
        bool(len(heard))
        and float(np.sqrt(np.mean(np.square(heard.astype(np.float64))))) > VOICE_LEVEL
    )


def _seconds(file: Path) -> float:
    """Length of an 8 kHz, 16-bit, mono WAV from its size (44 bytes of header)."""
    return max(0.0, (file.stat().st_size - 44) / 16_000)
