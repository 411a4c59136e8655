"""Simulated callers: each places a real SIP call and speaks the scenario's recorded words.

A call of a scenario is one asyncio task that follows its script. A caller who gives up hangs up
while it rings, and picks up when rung back (`answerers`).
"""

import asyncio
import contextlib
import logging
from pathlib import Path

from kentongan.cities.pack import CityPack
from kentongan.cities.training import Scenario, ScenarioCall
from kentongan.demo.script import RING_LIMIT_S, Script
from kentongan.demo.talking import Sounds, talk
from kentongan.edge.caller.phone import CallState, Phone
from kentongan.edge.caller.voice import silence
from kentongan.sip.address import Address

CALLS_MAX = 60
"""Simulated calls at once; the largest scenario has 40."""

TRAINING_HEADER = "X-Kentongan-Training"

_log = logging.getLogger(__name__)


class Callers:
    """Lets scenarios ring at the centre on `host`:`port`."""

    def __init__(self, pack: CityPack, directory: Path, host: str, port: int) -> None:
        self._scenarios = pack.scenario_by_key
        self._sounds = Sounds(pack, directory)
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
        script = Script(
            call.utterances,
            self._sounds.seconds,
            asyncio.get_running_loop().time(),
            keys=call.keys or "",
            gives_up_s=call.gives_up_s or RING_LIMIT_S,
        )
        try:
            await talk(made, script, self._sounds)
        finally:
            if made.state is not CallState.OVER:
                made.hang_up()
