"""sipp's callers at desks that answer: every one is talked to, hung up on and disposed of.

Each desk has a page that offers its sound anew for each call, as a browser does. Its callers are a
real SIP peer, without sound, that stays until somebody hangs up on it.
"""

import asyncio
import os
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from switch_room import Page, Room, free_port, kind_of
from voice_flood import Flood, Plan, spread, story

from kentongan.core.words import Agent, Disposition

SCENARIO = Path(__file__).parent / "sipp_until_hung_up.xml"
PER_S = 5
SECONDS = 60 if os.environ.get("FLOOD") else 6
"""A minute by hand (`FLOOD=1`), a tenth of it at the same pace in the suite."""

PLAN = Plan(
    calls=PER_S * SECONDS,
    within_s=SECONDS,
    desks=8,
    talk_s=1.0,
    prank_talk_s=1.0,
    patience_s=(0.0, 0.0),
    longest_s=60.0,
)
END_S = 120


@dataclass
class SippFlood(Flood):
    """The callers are sipp's; desks join with a page."""

    output: str = ""
    joined_s: list[float] = field(default_factory=list[float])  # until a page was connected

    async def run(self) -> None:
        """All of sipp's calls."""
        tasks = [*self._begun(), *(asyncio.create_task(self._desk(one)) for one in self._agents())]
        calling = asyncio.create_task(self._sipp())
        await asyncio.wait((calling, *tasks), return_when=asyncio.FIRST_COMPLETED)
        self._is_over = True
        await asyncio.gather(*tasks)
        await calling
        await self._work_off()

    async def _sipp(self) -> None:
        program = await asyncio.create_subprocess_exec(
            *("sipp", f"127.0.0.1:{self.room.settings.sip_port}", "-sf", str(SCENARIO)),
            *("-i", "127.0.0.3", "-p", str(free_port()), "-mp", str(free_port()), "-nostdin"),
            *("-m", str(PLAN.calls), "-r", str(PER_S), "-recv_timeout", "60000"),
            cwd=self.room.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(program.communicate(), SECONDS + END_S)
        finally:
            if program.returncode is None:
                program.kill()
        self.output = output.decode("utf-8", "replace")
        assert program.returncode == 0, self.output[-3_000:]

    async def _desk(self, agent: Agent) -> None:
        assert agent.desk is not None
        page, loop = Page(self.room.control, agent), asyncio.get_running_loop()
        while not self._is_over:
            taken = await self._take_next(agent, agent.desk)
            if not taken:
                await asyncio.sleep(0.02)
                continue
            began_at = loop.time()
            await page.join(taken)
            self.joined_s.append(loop.time() - began_at)
            await asyncio.sleep(self.plan.talk_s)
            await self._let_go(taken, Disposition.INCIDENT, agent)
            await page.peer.close()


@pytest.mark.peer
@pytest.mark.slow
def test_five_calls_a_second_at_desks_that_answer(tmp_path: Path) -> None:
    """None fails, gives up or is lost; each is answered, connected, ended by its desk, recorded."""
    if shutil.which("sipp") is None:
        pytest.skip("sipp is not installed")
    room = Room(tmp_path)
    flood = SippFlood(room, PLAN)

    async def main() -> None:
        async with room:
            before_s = room.switch.cpu_s(), room.media[0].cpu_s()
            await flood.run()
            switch_s = room.switch.cpu_s() - before_s[0]
            media_s = room.media[0].cpu_s() - before_s[1]
            print(
                f"{PLAN.calls} calls of sipp at {PER_S}/s, {PLAN.desks} desks: switch"
                f" {1000 * switch_s / PLAN.calls:.0f} ms of processor a call, media"
                f" {1000 * media_s / PLAN.calls:.0f} ms, load {os.getloadavg()[0]:.1f}"
            )

    asyncio.run(main())
    calls = story(room.read_journal())
    waits = [
        (facts["call.answered"] - facts["call.offered"]).total_seconds() for facts in calls.values()
    ]
    print(f"  rang until answered, p50 / p99 / longest {spread(waits)}")
    print(f"  answer given after {spread(flood.answers_s)}, page joined after")
    print(f"  {spread(flood.joined_s)}; this program late by {spread(flood.late_s)}")
    print(f"  longest queue {flood.longest_queue}, too late {dict(flood.refusals)}")
    kinds = Counter(kind_of(one) for one in room.read_journal())
    for kind in ("offered", "answered", "connected", "ended", "disposed"):
        assert kinds[f"call.{kind}"] == PLAN.calls, kinds
    assert len(calls) == kinds["call.recording_kept"] == PLAN.calls
    assert kinds["call.abandoned"] == kinds["call.requeued"] == 0, kinds
