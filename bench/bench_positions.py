"""Whether screens keep up while 2,000 units report their position every second.

    python bench/bench_positions.py [SECONDS] [UNITS] [SCREENS]

A fleet's tracker posts the positions of all units, in ten requests spread over each second; every
unit moves far enough to be sent on. Fifty screens follow. The lag is what the web process itself
measures: how late its event loop was. The heartbeat's spacing is what a screen sees of it.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime

import msgspec

from benched import PASSWORD, HurtCentre, Screen, percentile, running, tell
from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.app.system import SYSTEM
from kentongan.core.commands import Envelope, RegisterUnit
from kentongan.core.words import AgencyKey, CommandId, Role, UnitId

REQUESTS_PER_S = 10
ACCOUNTS = 10
KEPT_S = 30.0
"""The web process remembers so many seconds of lag."""


def register(centre: HurtCentre, count: int) -> tuple[str, ...]:
    """Units enough, through the door."""
    plans = plans_of(centre.pack)
    units = tuple(f"BENCH{number:04}" for number in range(count))
    home = centre.pack.post_by_key[centre.pack.units[0].post].point
    for unit in units:
        command = RegisterUnit(
            unit=UnitId(unit),
            agency=AgencyKey("dinkes"),
            kind="ambulance",
            label=unit,
            capabilities=(),
            post=centre.pack.units[0].post,
            home=home,
        )
        envelope = Envelope(id=CommandId(f"bench/{unit}"), agent=SYSTEM, command=command)
        handle(centre.store, plans, envelope, datetime.now(UTC))
    return units


class Watcher:
    """One screen: when its heartbeats came, and how many positions they held."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.positions = 0

    def take(self, text: str | bytes) -> None:
        """A frame."""
        assert isinstance(text, str)
        if text.startswith('{"k":"positions"'):
            self.at.append(time.monotonic())
            self.positions += text.count('["BENCH')


async def measure(centre: HurtCentre, seconds: float, count: int, screens: int) -> None:
    """Post, watch, and ask the web process how it was."""
    units = register(centre, count)
    accounts = [Screen(centre.address, name, PASSWORD) for name in centre.hire(ACCOUNTS)]
    centre.add_person("tracker", "Pelacak", (Role.SYSTEM,))
    tracker = Screen(centre.address, "tracker", PASSWORD)
    for person in (*accounts, tracker):
        await person.sign_in()
    watchers = [Watcher() for _ in range(screens)]
    tasks = [
        asyncio.create_task(_watch(accounts[number % ACCOUNTS], watcher))
        for number, watcher in enumerate(watchers)
    ]
    await asyncio.sleep(3.0)
    answers_ms, taken = await _post(tracker, units, seconds)
    health = await accounts[0].get("/api/health")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for person in (*accounts, tracker):
        await person.close()
    tell("positions_taken", taken / seconds, "1/s")
    tell("positions_to_each_screen", _per_second(watchers, seconds), "1/s")
    tell("positions_loop_lag_p99", health.body["loop"]["p99_ms"], "ms")
    tell("positions_loop_lag_worst", health.body["loop"]["worst_ms"], "ms")
    tell("positions_request_p99", percentile(answers_ms, 0.99), "ms")
    spacings = [b - a for one in watchers for a, b in zip(one.at[:-1], one.at[1:], strict=True)]
    tell("positions_heartbeat_spacing_p99", percentile(spacings, 0.99), "s")


def _per_second(watchers: list[Watcher], seconds: float) -> float:
    return sum(one.positions for one in watchers) / len(watchers) / seconds


async def _watch(account: Screen, watcher: Watcher) -> None:
    async with account.line() as line:
        async for text in line:
            watcher.take(text)


async def _post(tracker: Screen, units: tuple[str, ...], seconds: float) -> tuple[list[float], int]:
    """Post all units each second; milliseconds of each request, positions taken."""
    each = len(units) // REQUESTS_PER_S
    answers_ms: list[float] = []
    began, taken, turn = time.monotonic(), 0, 0
    while (due := began + turn / REQUESTS_PER_S) < began + seconds:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        first = turn % REQUESTS_PER_S * each
        lap = turn // REQUESTS_PER_S
        body = {"fixes": [_fix(unit, lap) for unit in units[first : first + each]]}
        asked = time.monotonic()
        answer = await tracker.post("/api/positions", body)
        assert answer.is_done, answer
        answers_ms.append(1000 * (time.monotonic() - asked))
        taken += answer.body["taken"]
        turn += 1
    return answers_ms, taken


def _fix(unit: str, lap: int) -> dict[str, object]:
    """The unit, 20 m further with each lap."""
    number = int(unit.removeprefix("BENCH"))
    point = {"lat": -7.05 + number * 4e-5, "lon": 110.3 + lap * 0.0002}
    now = msgspec.json.encode(datetime.now(UTC)).decode().strip('"')
    return {"unit": unit, "fix": {"point": point, "at": now, "accuracy_m": 6.0}}


def main() -> None:
    """Run it."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else KEPT_S
    units = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    screens = int(sys.argv[3]) if len(sys.argv) > 3 else 50
    with running() as centre:
        asyncio.run(measure(centre, seconds, units, screens))


if __name__ == "__main__":
    main()
