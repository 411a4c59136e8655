"""How soon every console knows a flood: from the closing of roads to times, ways and coverage anew.

    python bench/bench_flood.py [ROUNDS] [CONSOLES]

The whole centre runs, with the synthetic city. A polygon of 2.6 km is closed and lifted in turn.
Each console does what its page does: it waits for the row, then `SOON_MS` for what still changes,
and asks for the recommendation, the ways and the coverage until they are those of the new state.
Told are milliseconds from before the command is sent, `SOON_MS` among them, of all consoles.
"""

import asyncio
import re
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from benched import PASSWORD, Frame, HurtCentre, Screen, percentile, running, tell

ROUNDS, CONSOLES = 10, 8
INCIDENT = "i-banjir"
PLACE = {"lat": -6.9906, "lon": 110.4229}
MARGIN = 0.012
UNITS = 3
WAIT_S = 120.0
_PAGE = Path(__file__).parents[1] / "web" / "map" / "asked.svelte.ts"


def soon_s() -> float:
    """What a page waits for, out of its own source."""
    found = re.search(r"SOON_MS = (\d+)", _PAGE.read_text("utf-8"))
    assert found is not None, "the page waits for nothing any more"
    return int(found[1]) / 1_000


class Console:
    """A desk: what it sees, and what it asks then."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.units: tuple[str, ...] = ()
        self._rows: asyncio.Queue[tuple[float, Mapping[str, Any]]] = asyncio.Queue()

    def take(self, frame: Frame) -> None:
        """A frame: rows of closures are kept with when they came."""
        now = time.monotonic()
        for row in frame.get("rows", ()):
            if row["kind"] == "closure":
                self._rows.put_nowait((now, row))

    async def seen(self, key: str, *, lifted: bool) -> float:
        """When that closure came to be seen so."""
        while True:
            async with asyncio.timeout(WAIT_S):
                at, row = await self._rows.get()
            if row["key"] == key and (row["lifted_at"] is not None) == lifted:
                return at

    async def told(self, what: str) -> object:
        """What the centre says now; None while a straight line answers for the roads."""
        match what:
            case "recommendation":
                found = await self._get(f"/api/incidents/{INCIDENT}/recommendation")
                offered = found["candidates"]
                said = [(one["unit"], one["eta_s_high"], one["distance_m"]) for one in offered]
                return said if any("road_network" in str(one) for one in offered) else None
            case "ways":
                units = ",".join(self.units)
                ways = await self._get(f"/api/map/routes?incident={INCIDENT}&units={units}")
                by_road = any(one["travel"]["source"] != "straight_line" for one in ways)
                return [one["points"] for one in ways] if by_road else None
            case _:
                found = await self._get("/api/map/coverage?kind=ambulance&posts=1")
                return None if found["source"] == "straight_line" else found["road_shares"]

    async def _get(self, path: str) -> Any:
        return (await self.screen.get(path)).body

    async def until(self, what: str, dry: object, *, lifted: bool) -> float:
        """When the answer is that of the new state: as before the water, or another."""
        end = time.monotonic() + WAIT_S
        while True:
            said = await self.told(what)
            if said is not None and (said == dry) == lifted:
                return time.monotonic()
            assert time.monotonic() < end, f"{what} does not change"


ASKED = ("recommendation", "ways", "coverage")


async def measure(centre: HurtCentre, rounds: int, consoles: int) -> None:
    """Close and lift in turn."""
    names = centre.hire(consoles)
    delays: defaultdict[str, list[float]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        desks = [await opened(centre, name, stack) for name in names]
        first = desks[0]
        await happen(first.screen)
        offered = await by_road(first, "recommendation")
        for desk in desks:
            desk.units = tuple(str(one[0]) for one in offered[:UNITS])
        dry = {what: await by_road(first, what) for what in ASKED}
        for number in range(rounds):
            key = f"banjir-{number}"
            for lifted in (False, True):
                await turn(desks, key, dry, delays, lifted=lifted)
    for what in ("row", *ASKED):
        for share in (50, 99):
            tell(f"flood_{consoles}_{what}_p{share}", percentile(delays[what], share / 100), "ms")
        tell(f"flood_{consoles}_{what}_worst", max(delays[what]), "ms")


async def opened(centre: HurtCentre, name: str, stack: AsyncExitStack) -> Console:
    """A desk that is signed in and follows the room."""
    screen = Screen(centre.address, name, PASSWORD)
    stack.push_async_callback(screen.close)
    await screen.sign_in()
    console = Console(screen)
    task = asyncio.create_task(screen.follow(console.take))
    stack.callback(task.cancel)
    return console


async def happen(screen: Screen) -> None:
    """Something in the middle of the city, sent."""
    await screen.must("incident.open", incident=INCIDENT)
    place = {"point": PLACE, "source": "pin"}
    await screen.must("incident.locate", incident=INCIDENT, place=place)
    await screen.must("incident.classify", incident=INCIDENT, nature="MED-01")
    await screen.must("incident.send", incident=INCIDENT)


async def by_road(console: Console, what: str) -> Any:
    """The answer before the water, once the roads give it."""
    end = time.monotonic() + WAIT_S
    while (said := await console.told(what)) is None:
        assert time.monotonic() < end, f"no road answers: {what}"
        await asyncio.sleep(0.2)
    return said


async def turn(
    desks: list[Console],
    key: str,
    dry: Mapping[str, object],
    delays: dict[str, list[float]],
    *,
    lifted: bool,
) -> None:
    """One closing or lifting, and what every desk makes of it."""
    before = time.monotonic()

    async def follow(desk: Console) -> None:
        delays["row"].append(1e3 * (await desk.seen(key, lifted=lifted) - before))
        await asyncio.sleep(soon_s())
        ends = await asyncio.gather(*(desk.until(what, dry[what], lifted=lifted) for what in ASKED))
        for what, end in zip(ASKED, ends, strict=True):
            delays[what].append(1e3 * (end - before))

    following = [asyncio.create_task(follow(desk)) for desk in desks]
    if lifted:
        await desks[0].screen.must("closure.lift", closure=key)
    else:
        await desks[0].screen.must(
            "closure.close", closure=key, geometry=_square(), reason="flood", depth_cm=25
        )
    await asyncio.gather(*following)


def _square() -> dict[str, object]:
    west, east = PLACE["lon"] - MARGIN, PLACE["lon"] + MARGIN
    south, north = PLACE["lat"] - MARGIN, PLACE["lat"] + MARGIN
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def main(rounds: int, consoles: int) -> None:
    """Run the centre and measure."""
    with running() as centre:
        asyncio.run(measure(centre, rounds, consoles))


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    main(*(given + [ROUNDS, CONSOLES][len(given) :]))
