"""kill -9 of the switch and of a media process, again and again: how long they are missed.

    python bench/bench_restart.py [--kills 3] [--apart 4] [--calls 10] [--busy 0]

Prints JSON lines {"name", "value", "unit"}: medians and the worst. Calls wait and hear the
announcement. The switch counts as back when its control socket lists every call; media when every
caller hears a packet again, the worst of all callers of one kill. `--busy` starts so many programs
that want the whole processor around each kill, `--apart` is the pause between two kills of one
process: more than 30 s, and each is its first death.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from statistics import median
from typing import Any, Final

import msgspec

from benched import HurtCentre, running, tell
from kentongan.edge.caller.phone import CallState, Phone, PhoneCall
from kentongan.edge.caller.voice import silence
from kentongan.sip.address import Address

BUSY_BEFORE_S: Final = 1.0
LISTEN_S: Final = 3.0
LEFT_OVER_S: Final = 0.05  # what the dead process had sent has come by then
LIMIT_S: Final = 30.0
LOOK_S: Final = 0.005
EAR_PRIORITY: Final = 20  # our own ears must not be held up; nothing we start inherits it


class Ringing:
    """A centre with calls that wait in it."""

    def __init__(self, centre: HurtCentre, busy: int) -> None:
        self.centre = centre
        self._busy = busy
        self._phone = Phone(Address("127.0.0.1", centre.settings.sip.port))
        self.calls: list[PhoneCall] = []

    async def ring(self, count: int) -> None:
        """All of them hear the announcement."""
        await self._phone.start()
        for number in range(count):
            call = await self._phone.call("112", number=f"0813{number:08}", voice=silence())
            self.calls.append(call)
        for call in self.calls:
            await call.reach(CallState.TALKING, within_s=LIMIT_S)
        await asyncio.sleep(LISTEN_S)

    async def close(self) -> None:
        """All hang up."""
        await self._phone.close()

    async def kill_switch(self) -> tuple[float, float]:
        """Seconds until it has its calls again, and the longest pause of a caller meanwhile."""
        async with self._busy_machine():
            began = time.monotonic()
            assert self.centre.kill("switch")
            await self._listed()
            away_s = time.monotonic() - began
        return away_s, max(call.audio.longest_gap_s for call in self.calls)

    async def kill_media(self) -> tuple[float, float]:
        """The longest and the median silence of the callers."""
        async with self._busy_machine():
            assert self.centre.kill("media-0")
            await asyncio.sleep(LEFT_OVER_S)
            early_s = [call.audio.longest_gap_s for call in self.calls]
            for call in self.calls:
                call.audio.forget()
            async with asyncio.timeout(LIMIT_S):
                while not all(len(call.audio.heard()) for call in self.calls):
                    await asyncio.sleep(LOOK_S)
        late_s = [call.audio.longest_gap_s for call in self.calls]
        gaps_s = [max(both) for both in zip(early_s, late_s, strict=True)]
        return max(gaps_s), median(gaps_s)

    @asynccontextmanager
    async def _busy_machine(self) -> AsyncGenerator[None]:
        """Others want the processor, before and for a while after what is done inside."""
        burners = [_burn() for _ in range(self._busy)]
        try:
            await asyncio.sleep(BUSY_BEFORE_S)
            for call in self.calls:
                call.audio.forget()
            yield
            await asyncio.sleep(LISTEN_S)
        finally:
            for each in burners:
                each.kill()
                each.wait()

    async def _listed(self) -> None:
        """Wait until the switch's control socket lists all calls."""
        async with asyncio.timeout(LIMIT_S):
            while len(await self._calls_in_hand()) < len(self.calls):
                await asyncio.sleep(LOOK_S)

    async def _calls_in_hand(self) -> list[Any]:
        path = str(self.centre.settings.switch_socket)
        try:
            reader, writer = await asyncio.open_unix_connection(path, limit=1 << 22)
            writer.write(b'{"n":1,"do":"list"}\n')
            line = await reader.readline()
            writer.close()
        except OSError:  # not there, or the one that was killed
            return []
        return msgspec.json.decode(line)["calls"] if line else []


def _burn() -> "subprocess.Popen[bytes]":
    """A program that wants the whole processor, like any other ordinary one."""
    command = (sys.executable, "-c", "while True: pass")
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)


async def measure(centre: HurtCentre, chosen: argparse.Namespace) -> None:
    """Kill one after the other, in turn."""
    ringing = Ringing(centre, chosen.busy)
    os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(EAR_PRIORITY))
    found: dict[str, list[float]] = {
        "switch.away": [], "switch.pause": [], "media.gap": [], "media.gap_median": [],
    }  # fmt: skip
    loads: list[float] = []
    await ringing.ring(chosen.calls)
    for _ in range(chosen.kills):
        for name, kill in (("switch", ringing.kill_switch), ("media", ringing.kill_media)):
            loads.append(os.getloadavg()[0])
            first, second = await kill()
            for key, value in zip(
                [key for key in found if key.startswith(name)], (first, second), strict=True
            ):
                found[key].append(value)
            await asyncio.sleep(max(0.0, chosen.apart / 2 - LISTEN_S - BUSY_BEFORE_S))
    await ringing.close()
    for key, values in found.items():
        tell(f"restart.{key}.median", 1000 * median(values), "ms")
        tell(f"restart.{key}.worst", 1000 * max(values), "ms")
    tell("restart.load.median", median(loads), "processes")
    tell("restart.load.most", max(loads), "processes")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--apart", type=float, default=4.0)
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--busy", type=int, default=0)
    chosen = parser.parse_args()
    with running() as centre:
        asyncio.run(measure(centre, chosen))


if __name__ == "__main__":
    main()
