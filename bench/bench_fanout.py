"""How long after a telephone dials 112 the ring stands on 200 screens.

    python bench/bench_fanout.py [CALLS] [SCREENS]

Measured from the INVITE leaving the telephone to the frame with the call's row arriving at each
screen, through switch, spool, store and web as in a room. The screens are two processes of 100
WebSockets each, on the same machine, so their work is in the figures too.
"""

import asyncio
import sys
import time
from contextlib import AsyncExitStack

from benched import HurtCentre, command_line, percentile, running, tell
from kentongan.edge.caller.phone import CallState, Phone
from kentongan.sip.address import Address

CROWDS = 2
ACCOUNTS = 10
LATE_S = 5.0
"""A screen that has not seen a call by then counts as so late."""


class Crowd:
    """A crowd's process and what it told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.seen: dict[str, list[int]] = {}

    async def ready(self) -> None:
        """Wait until all its screens are open."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), 60)
        assert line == b"ready\n", line

    async def listen(self) -> None:
        """Take down what it sees, until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            call, at_ns = line.split()
            self.seen.setdefault(call.decode(), []).append(int(at_ns))

    async def end(self) -> None:
        """Send it home."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await asyncio.wait_for(self._process.wait(), 20)


async def gather_crowd(centre: HurtCentre, screens: int, names: tuple[str, ...]) -> Crowd:
    """A crowd whose screens are open."""
    process = await asyncio.create_subprocess_exec(
        *command_line("crowd.py", centre.address, str(screens), *names),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    crowd = Crowd(process)
    await crowd.ready()
    return crowd


async def measure(centre: HurtCentre, calls: int, screens: int) -> None:
    """Ring one after the other, and see when each screen knows."""
    names = centre.hire(ACCOUNTS)
    async with AsyncExitStack() as stack:
        crowds = [await gather_crowd(centre, screens // CROWDS, names) for _ in range(CROWDS)]
        for crowd in crowds:
            stack.push_async_callback(crowd.end)
        listening = [asyncio.create_task(crowd.listen()) for crowd in crowds]
        delays_ms: list[float] = []
        for number in range(calls):
            delays_ms += await ring_once(centre, crowds, screens, number)
        for task in listening:
            task.cancel()
    for share in (50, 99):
        tell(f"offer_to_{screens}_screens_p{share}", percentile(delays_ms, share / 100), "ms")
    tell(f"offer_to_{screens}_screens_worst", max(delays_ms), "ms")


async def ring_once(
    centre: HurtCentre, crowds: list[Crowd], screens: int, number: int
) -> list[float]:
    """One call; the delay of each screen in milliseconds."""
    known = {call for crowd in crowds for call in crowd.seen}
    phone = Phone(Address("127.0.0.1", centre.settings.sip.port))
    await phone.start()
    began_ns = time.monotonic_ns()
    call = await phone.call("112", number=f"0813{number:08}")
    arrived: list[int] = []
    while len(arrived) < screens and time.monotonic_ns() - began_ns < LATE_S * 1e9:
        await asyncio.sleep(0.02)
        arrived = [
            at_ns
            for crowd in crowds
            for key, times in crowd.seen.items()
            if key not in known
            for at_ns in times
        ]
    call.hang_up()
    await call.reach(CallState.OVER)
    await phone.close()
    missing = [1000 * LATE_S] * (screens - len(arrived))
    return [(at_ns - began_ns) / 1e6 for at_ns in arrived] + missing


def main() -> None:
    """Run it."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    screens = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    with running() as centre:
        asyncio.run(measure(centre, calls, screens))


if __name__ == "__main__":
    main()
