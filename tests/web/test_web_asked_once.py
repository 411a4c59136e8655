"""Twenty desks ask about one incident after one flood: it is worked out once, and for them only."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from web_people import PACK, PLANS
from web_room import Room, until

from kentongan.cities.facts import Point
from kentongan.edge.geo.served.straight import StraightGeography
from kentongan.edge.web.asked_once import AskedOnce
from kentongan.geography import Journey, Route, Start

DESKS = 6


class SlowRoads(StraightGeography):
    """Straight lines that are told when the test says so; it counts the questions."""

    def __init__(self) -> None:
        super().__init__(PACK, PLANS.time_zone_offset)
        self.asked: list[str] = []
        self.may_answer = True

    async def journeys(
        self, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Journey, ...]:
        await self._wait("journeys")
        return await super().journeys(goal, starts, at)

    async def routes(self, goal: Point, starts: Sequence[Start], at: datetime) -> tuple[Route, ...]:
        await self._wait("routes")
        return await super().routes(goal, starts, at)

    async def _wait(self, what: str) -> None:
        self.asked.append(what)
        while not self.may_answer:
            await asyncio.sleep(0.01)


@pytest.fixture
def roads() -> SlowRoads:
    """The roads of this room."""
    return SlowRoads()


@pytest.fixture
def own(tmp_path: Path, roads: SlowRoads) -> Iterator[Room]:
    """A room of its own with these roads and three ambulances on duty."""
    room = Room(tmp_path)
    room.given = structs.replace(room.given, geography=roads)
    room.start()
    try:
        budi = room.person("budi")
        for number in (1, 2, 3):
            budi.done("unit.start_duty", unit=f"AMB0{number}")
        room.incident(room.person("rina"), "flood", "MED-01")
        yield room
    finally:
        room.close()


@pytest.mark.parametrize(
    ("what", "path", "query"),
    [
        ("journeys", "/api/incidents/i-flood/recommendation", {}),
        ("routes", "/api/map/routes", {"incident": "i-flood", "units": "AMB01,AMB02"}),
    ],
)
def test_desks_that_ask_the_same_at_once_are_answered_by_one_question(
    own: Room,
    roads: SlowRoads,
    what: str,
    path: str,
    query: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The roads are asked once for all; whoever asks afterwards is answered anew."""
    until(lambda: own.person("budi").get(path, **query).status_code == 200)
    roads.may_answer = False
    roads.asked.clear()
    came: list[object] = []
    find = AskedOnce[Any].find

    async def counted(once: AskedOnce[Any], asked: object, answer: Any) -> Any:
        came.append(asked)
        return await find(once, asked, answer)

    monkeypatch.setattr(AskedOnce, "find", counted)
    desks = [own.person("budi") for _ in range(DESKS)]
    with ThreadPoolExecutor(DESKS) as pool:
        waiting = [pool.submit(desk.get, path, **query) for desk in desks]
        until(lambda: len(came) == DESKS)
        roads.may_answer = True
        answers = [one.result() for one in waiting]
    assert [one.status_code for one in answers] == [200] * DESKS
    assert len({one.text for one in answers}) == 1
    assert roads.asked == [what]
    assert desks[0].get(path, **query).status_code == 200
    assert roads.asked == [what] * 2


def run(work: Callable[[AskedOnce[int]], Coroutine[Any, Any, None]]) -> None:
    """On a loop of its own."""
    asyncio.run(work(AskedOnce()))


def test_what_differs_is_answered_apart() -> None:
    """Another question is another answer, also while one is under way."""

    async def asks(once: AskedOnce[int]) -> None:
        async def answer(number: int) -> int:
            await asyncio.sleep(0)
            return number

        found = await asyncio.gather(
            once.find(("a", [1]), lambda: answer(1)),
            once.find(("a", [2]), lambda: answer(2)),
            once.find(("a", [1]), lambda: answer(3)),
        )
        assert found == [1, 2, 1]
        assert await once.find(("a", [1]), lambda: answer(4)) == 4, "nothing is kept"

    run(asks)


def test_an_asker_who_leaves_takes_nothing_from_the_others_and_a_fault_is_everybodys() -> None:
    """The first one's page is closed while it waits: the second one has the answer."""

    async def asks(once: AskedOnce[int]) -> None:
        goes_on = asyncio.Event()

        async def answer() -> int:
            await goes_on.wait()
            return 7

        async def fails() -> int:
            await goes_on.wait()
            raise OSError("gone")

        first = asyncio.create_task(once.find("same", answer))
        second = asyncio.create_task(once.find("same", answer))
        faults = [asyncio.create_task(once.find("other", fails)) for _ in range(2)]
        await asyncio.sleep(0)
        first.cancel()
        goes_on.set()
        assert await second == 7
        told = await asyncio.gather(*faults, return_exceptions=True)
        assert [type(one) for one in told] == [OSError, OSError]

    run(asks)
