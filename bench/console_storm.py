"""The city's day in a process of its own: `console_storm.py ADDRESS SCREENS EVENTS_PER_S NAME...`.

Opens that many screens as WebSockets that only read, posts every unit's position each second (half
of the fleet moves), and sends commands at the given rate: 60 % crews' states, 20 % units in and
out of service, 10 % notes, 5 % priorities, 5 % closed and opened again. Tells `ready`, and at the
end of standard input one JSON line with what was sent, refused, and how late it was at most.
"""

import asyncio
import itertools
import json
import sys
import time
from datetime import UTC, datetime

import msgspec

from benched import PASSWORD, Screen
from console_city import INCIDENTS, UNITS, WITH_UNIT, incident_of, point_of, unit_of
from kentongan.core import commands as c
from kentongan.core.words import Outcome, Priority, Progress, personal

PARTS_PER_S = 10
STEP = 0.0002
"""How far a moving unit goes east in a second, degrees: 22 m."""


class Storm:
    """What was sent, and what came of it."""

    def __init__(self, accounts: list[Screen], rate: float) -> None:
        self._accounts = itertools.cycle(accounts)
        self._rate = rate
        self._slots = asyncio.Semaphore(20)
        self.sent = self.refused = self.positions = 0
        self.late_s = 0.0

    async def rage(self) -> None:
        """Commands at the rate, for ever; at most twenty on their way."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number in itertools.count():
                due = began + number / self._rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                await self._slots.acquire()
                self.late_s = max(self.late_s, time.monotonic() - due)
                tasks.create_task(self._send(command_of(number)))

    async def drive(self, tracker: Screen) -> None:
        """Positions of all units each second, in ten requests."""
        began, each = time.monotonic(), UNITS // PARTS_PER_S
        for turn in itertools.count():
            await asyncio.sleep(max(0.0, began + turn / PARTS_PER_S - time.monotonic()))
            first = turn % PARTS_PER_S * each
            fixes = [fix_of(n, turn // PARTS_PER_S) for n in range(first, first + each)]
            answer = await tracker.post("/api/positions", {"fixes": fixes})
            self.positions += answer.body["taken"]

    async def _send(self, command: c.AnyCommand) -> None:
        fields = msgspec.to_builtins(command)
        try:
            answer = await next(self._accounts).command(fields.pop("type"), **fields)
            self.sent += 1
            self.refused += not answer.is_done
        finally:
            self._slots.release()


def command_of(number: int) -> c.AnyCommand:
    """One after the other; every lap over the same ones undoes what the lap before did."""
    lap, part = divmod(number, 20)
    if part < 12:
        at = (lap * 12 + part) % WITH_UNIT
        back = (lap * 12 + part) // WITH_UNIT % 2 == 1
        step = Progress.ON_SCENE if back else Progress.AT_PATIENT
        return c.ProgressUnit(
            incident=incident_of(at), unit=unit_of(at), progress=step, correction=back
        )
    if part < 16:
        turn, at = divmod(lap * 4 + part - 12, UNITS - WITH_UNIT)
        unit = unit_of(WITH_UNIT + at)
        if turn % 2:
            return c.ReturnUnitToService(unit=unit)
        return c.TakeUnitOutOfService(unit=unit, reason="technical")
    if part < 18:
        note = personal(f"catatan {number}")
        assert note is not None
        return c.AddNote(incident=incident_of(number * 7 % WITH_UNIT), text=note)
    if part == 18:
        priority = (Priority.P2, Priority.P3, Priority.P4)[lap % 3]
        return c.SetPriority(incident=incident_of(lap * 13 % WITH_UNIT), priority=priority)
    at = incident_of(WITH_UNIT + lap // 2 % (INCIDENTS - WITH_UNIT))
    if lap % 2:
        return c.ReopenIncident(incident=at, reason="mistake")
    return c.CloseIncident(incident=at, outcome=Outcome.RESOLVED)


def fix_of(number: int, lap: int) -> dict[str, object]:
    """Every second unit drives, up and down the same street."""
    point = point_of(number)
    east = STEP * abs(lap % 60 - 30) * (number % 2)
    now = msgspec.json.encode(datetime.now(UTC)).decode().strip('"')
    where = {"lat": point.lat, "lon": point.lon + east}
    return {"unit": unit_of(number), "fix": {"point": where, "at": now, "accuracy_m": 6.0}}


async def read(account: Screen, opened: asyncio.Event) -> None:
    """One screen that only reads."""
    async with account.line() as line:
        async for _ in line:
            opened.set()


async def main() -> None:
    """Run it."""
    address, screens, rate, *names = sys.argv[1:]
    accounts = [Screen(address, name, PASSWORD) for name in names]
    tracker = Screen(address, "tracker", PASSWORD)
    for person in (*accounts, tracker):
        await person.sign_in()
    opened = [asyncio.Event() for _ in range(int(screens))]
    storm = Storm(accounts, float(rate))
    tasks = [
        asyncio.create_task(read(account, event))
        for account, event in zip(itertools.cycle(accounts), opened, strict=False)
    ]
    for event in opened:
        await event.wait()
    tasks += [asyncio.create_task(storm.rage()), asyncio.create_task(storm.drive(tracker))]
    print("ready", flush=True)
    ending = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    await asyncio.wait([ending, *tasks], return_when=asyncio.FIRST_COMPLETED)
    broken = [task.exception() for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    told = {"sent": storm.sent, "refused": storm.refused, "positions": storm.positions}
    print(json.dumps({**told, "late_s": storm.late_s, "broken": repr(broken)}), flush=True)
    for person in (*accounts, tracker):
        await person.close()


if __name__ == "__main__":
    asyncio.run(main())
