"""kill -9 of every process, the watcher included, while a room works: nothing is lost.

`FAILURE_CALLS=200` runs the full size; without it the suite runs a smaller one.
"""

import asyncio
import os
from collections import Counter
from random import Random
from typing import Any

import msgspec
import pytest
from failure_centre import HEAL_LIMIT_S, PASSWORD, PROCESSES, HurtCentre
from failure_client import Screen
from failure_room import DESKS, PLACE, CallTaker, Citizens, Room

from kentongan.core.events import CallOffered
from kentongan.core.rows import CallRow, UnitRow

CALLS = int(os.environ.get("FAILURE_CALLS", "30"))
AT_ONCE = 20
CALLS_PER_KILL = 7
SEED = int(os.environ.get("FAILURE_SEED", "112"))


class Killer:
    """Kills a process when so many calls have begun; the order and the moments are the seed's."""

    def __init__(self, centre: HurtCentre, calls: int, chance: Random) -> None:
        self._centre = centre
        kills = max(len(PROCESSES), calls // CALLS_PER_KILL)
        names = [PROCESSES[n % len(PROCESSES)] for n in range(kills)]
        chance.shuffle(names)
        first, last = min(AT_ONCE // 2, calls // 4), calls - 3
        moments = sorted(chance.randint(first, last) for _ in names)
        self._plan = list(zip(moments, names, strict=True))
        self._pauses = [chance.uniform(0.2, 2.0) for _ in names]
        self.killed: Counter[str] = Counter()

    async def kill(self, citizens: Citizens) -> None:
        """Carry out the plan."""
        for (moment, name), pause_s in zip(self._plan, self._pauses, strict=True):
            while len(citizens.rung) < moment:
                await asyncio.sleep(0.05)
            await asyncio.sleep(pause_s)
            while not self._centre.kill(name):
                await asyncio.sleep(0.05)
            self.killed[name] += 1


@pytest.mark.slow
def test_calls_while_everything_is_killed(hurt: HurtCentre) -> None:
    """No acknowledged command is lost, no call is missing, the board equals the journal's fold."""
    chance = Random(SEED)
    citizens = Citizens(hurt.settings.sip.port, chance)
    killer = Killer(hurt, CALLS, chance)
    names = hurt.hire(len(DESKS))
    units = _ambulances(hurt)
    screens: list[Screen] = []
    room = Room()

    async def scenario() -> None:
        stop = asyncio.Event()
        for name in names:
            screen = Screen(hurt.address, name, PASSWORD)
            await screen.sign_in()
            screens.append(screen)
        takers = [
            asyncio.create_task(CallTaker(room, screen, desk, Random(n)).work(stop, units))
            for n, (screen, desk) in enumerate(zip(screens, DESKS, strict=True))
        ]
        killing = asyncio.create_task(killer.kill(citizens))
        await citizens.ring(CALLS, AT_ONCE)
        await killing
        stop.set()
        await asyncio.gather(*takers)
        for screen in screens:
            await screen.close()

    asyncio.run(scenario())
    hurt.settle()
    _no_acknowledged_command_is_lost(hurt, screens)
    _no_call_is_missing(hurt, citizens)
    hurt.prove()
    assert hurt.spooled("set_aside") == 0
    assert set(killer.killed) == set(PROCESSES)
    _tell(hurt, screens, citizens, room, killer)


@pytest.mark.slow
def test_roads_that_are_killed_are_missed_and_come_back(hurt: HurtCentre) -> None:
    """Every question is answered: by the straight line while they are away, by road before and
    after, without anybody doing anything; a call that rings meanwhile is answered."""
    (name,) = hurt.hire(1)
    citizens = Citizens(hurt.settings.sip.port, Random(SEED))

    async def scenario() -> list[str]:
        screen = Screen(hurt.address, name, PASSWORD)
        await screen.sign_in()
        room, stop = Room(), asyncio.Event()
        for kind, fields in WORK:
            await screen.must(kind, **fields)
        await _until_by_road(screen)
        assert hurt.kill("geo")
        taker = asyncio.create_task(CallTaker(room, screen, DESKS[0], Random(1)).work(stop, []))
        ringing = asyncio.create_task(citizens.ring(1, 1))
        sources = await _until_by_road(screen)
        await ringing
        stop.set()
        await taker
        await screen.close()
        assert room.handled == 1
        return sources

    sources = asyncio.run(scenario())
    assert any(source.startswith("straight_line") for source in sources), sources
    assert not citizens.rung[0].is_lost
    print(f"{len(sources)} questions, {len(set(sources))} sources, until the roads were back")


WORK: tuple[tuple[str, dict[str, object]], ...] = (
    ("report.open", {"report": "r-roads"}),
    ("incident.open", {"incident": "i-roads", "report": "r-roads"}),
    ("incident.locate", {"incident": "i-roads", "place": PLACE}),
)
"""An incident to drive to."""


async def _until_by_road(screen: Screen) -> list[str]:
    """What each figure came from, until the roads answer; every question has an answer."""
    sources: list[str] = []
    async with asyncio.timeout(HEAL_LIMIT_S):
        while not sources or sources[-1].startswith("straight_line"):
            answer = await screen.get("/api/map/routes?incident=i-roads&units=AMB01")
            if sources or answer.status != 404:  # this process has seen the incident and its place
                assert answer.status == 200, answer
                ways: Any = answer.body
                sources += [way["travel"]["source"] for way in ways]
            await asyncio.sleep(0.1)
    return sources


def _no_acknowledged_command_is_lost(centre: HurtCentre, screens: list[Screen]) -> None:
    lost = {
        key: events
        for screen in screens
        for key, events in screen.acknowledged.items()
        if events and centre.knows(key) != len(events)
    }
    assert lost == {}


def _no_call_is_missing(centre: HurtCentre, citizens: Citizens) -> None:
    """Each ring that was answered in any way is one stream, and its row is over."""
    streams: dict[str, list[str]] = {}
    for recorded in centre.journal():
        if isinstance(recorded.event, CallOffered):
            stream = recorded.meta.stream
            offered = centre.store.load(stream)[0].event
            assert isinstance(offered, CallOffered)
            assert offered.number is not None
            streams.setdefault(str(offered.number.text), []).append(stream)
    heard_of = [one for one in citizens.rung if one.was_heard_of]
    missing = [one.number for one in heard_of if one.number not in streams]
    assert missing == []
    assert {number: found for number, found in streams.items() if len(found) > 1} == {}
    assert [one.number for one in citizens.rung if one.is_lost] == []
    rows = [row for row in centre.rows("call") if isinstance(row, CallRow)]
    assert {f"call:{row.key}" for row in rows} == {found[0] for found in streams.values()}
    assert {row.state for row in rows} <= {"ended", "abandoned"}


def _ambulances(centre: HurtCentre) -> list[str]:
    units = [row for row in centre.rows("unit") if isinstance(row, UnitRow)]
    return [unit.key for unit in units if unit.agency == "dinkes" and unit.state == "available"]


def _tell(
    centre: HurtCentre,
    screens: list[Screen],
    citizens: Citizens,
    room: Room,
    killer: Killer,
) -> None:
    ends = Counter(
        f"{one.call.ended_by or 'nobody'} {one.call.status}" for one in citizens.rung if one.call
    )
    figures = {
        "calls": len(citizens.rung),
        "heard_of": sum(one.was_heard_of for one in citizens.rung),
        "served": room.handled,
        "acknowledged": sum(len(screen.acknowledged) for screen in screens),
        "events": centre.store.last_position(),
        "kills": dict(killer.killed),
        "ends": dict(ends),
        "refused": room.refused,
        "worst_gap_ms": round(
            1000 * max(one.call.audio.longest_gap_s for one in citizens.rung if one.call)
        ),
    }
    print(msgspec.json.encode(figures).decode())
