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
        self._may_ring = asyncio.Event()
        self._may_ring.set()
        self.to_come = 0
        self.calling = 0

    @property
    def is_held(self) -> bool:
        """Whether nobody rings until the trainer says so."""
        return not self._may_ring.is_set()

    def hold(self, *, is_held: bool) -> None:
        """Let nobody ring any more, or let them; who talks already goes on talking."""
        if is_held:
            self._may_ring.clear()
        else:
            self._may_ring.set()

    async def open(self) -> None:
        """Open the telephone. Raises `OSError`."""
        await self._phone.start()

    def start(self, key: str) -> bool:
        """Let a scenario ring; False when there is none of that name or too much rings already."""
        scenario: Scenario | None = self._scenarios.get(key)
        if scenario is None or len(self._tasks) + len(scenario.calls) > CALLS_MAX:
            return False
        for call in scenario.calls:
            self._begin(call, key, call.delay_s)
        return True

    def ring_one(self, key: str, index: int) -> bool:
        """Let one call of a scenario ring at once; False when there is none, or too much rings."""
        scenario = self._scenarios.get(key)
        if scenario is None or index >= len(scenario.calls) or len(self._tasks) >= CALLS_MAX:
            return False
        self._begin(scenario.calls[index], key, 0.0)
        return True

    def stop(self) -> int:
        """Nobody rings any more and whoever talks hangs up; returns how many that were."""
        stopped = list(self._tasks)
        for task in stopped:
            task.cancel()
        return len(stopped)

    def _begin(self, call: ScenarioCall, key: str, delay_s: float) -> None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._ring(call, delay_s), name=f"caller {key}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

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

    async def _ring(self, call: ScenarioCall, delay_s: float) -> None:
        await self._wait(delay_s)
        self.calling += 1
        try:
            await self._talk(call)
        finally:
            self.calling -= 1

    async def _wait(self, delay_s: float) -> None:
        self.to_come += 1
        try:
            await asyncio.sleep(delay_s)
            await self._may_ring.wait()
        finally:
            self.to_come -= 1

    async def _talk(self, call: ScenarioCall) -> None:
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
