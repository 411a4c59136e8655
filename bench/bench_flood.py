"""How soon every console knows a flood: from the closing of roads to times, ways and coverage anew.

    python bench/bench_flood.py [ROUNDS] [CONSOLES]

The whole centre runs, with the synthetic city. Water of 80 cm, which shuts the roads to everybody,
is laid over an area of 2.6 km and lifted in turn; all units have told where they are, and the
incident lies 300 m beside the water, so that there are ways around. Each console asks as its page
does, at the page's own pace: `SOON_MS` after the row for the recommendation, the ways and the
coverage with its shapes, and `AGAIN_MS` later once more. The time is that of the first answer of
the new state. An answer that is of the old state, or along straight lines because no road answered
in time, counts as late and is told apart. Milliseconds from before the command is sent, of all
consoles, `SOON_MS` among them.
"""

import asyncio
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from benched import PASSWORD, Frame, HurtCentre, Screen, percentile, running, tell
from kentongan.core.words import Role

ROUNDS, CONSOLES = 10, 8
INCIDENT = "i-banjir"
WATER = {"lat": -6.9906, "lon": 110.4229}
MARGIN = 0.012
DEPTH_CM = 80
PLACE = {"lat": WATER["lat"] + MARGIN + 0.0027, "lon": WATER["lon"]}
UNITS = 6
WAIT_S = 300.0
_WEB = Path(__file__).parents[1] / "web"
_MAP, _LIST = _WEB / "map" / "asked.svelte.ts", _WEB / "console" / "fleet" / "Recommended.svelte"
_PAGES = {"recommendation": _LIST, "ways": _MAP, "coverage": _MAP}


def page_s(what: str, name: str) -> float:
    """What a page waits before it asks, out of its own source, seconds."""
    found = re.search(rf"{name} = ([\d_]+)", _PAGES[what].read_text("utf-8"))
    assert found is not None, f"the page knows no {name} any more"
    return int(found[1].replace("_", "")) / 1_000


ASKED = tuple(_PAGES)
SOON_S = {what: page_s(what, "SOON_MS") for what in ASKED}
AGAIN_S = {what: page_s(what, "AGAIN_MS") for what in ASKED}


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
        """What the centre says now; None while a straight line answers for the roads, or nobody."""
        match what:
            case "recommendation":
                found = await self._get(f"/api/incidents/{INCIDENT}/recommendation")
                offered = found["candidates"] if found else ()
                said = [(one["unit"], one["eta_s_high"], one["distance_m"]) for one in offered]
                return said if any("road_network" in str(one) for one in offered) else None
            case "ways":
                units = ",".join(self.units)
                ways = await self._get(f"/api/map/routes?incident={INCIDENT}&units={units}")
                by_road = any(one["travel"]["source"] != "straight_line" for one in ways or ())
                return [one["points"] for one in ways] if by_road else None
            case _:
                found = await self._get("/api/map/coverage?kind=ambulance&shapes=1")
                by_road = (
                    found and found["source"] != "straight_line" and found["shapes"] is not None
                )
                return found["road_shares"] if by_road else None

    async def _get(self, path: str) -> Any:
        try:
            answer = await self.screen.get(path)
        except httpx.RemoteProtocolError:  # a line that rested was closed just now: as browsers do
            answer = await self.screen.get(path)
        return answer.body if answer.status == 200 else None

    async def until(self, what: str, dry: object, late: Counter[str], *, lifted: bool) -> float:
        """When the answer is that of the new state, as before the water or another; asked at the
        page's pace. What comes before is counted in `late`."""
        end = time.monotonic() + WAIT_S
        await asyncio.sleep(SOON_S[what])
        while True:
            said = await self.told(what)
            if said is not None and (said == dry) == lifted:
                return time.monotonic()
            late[f"{what}_{'fallback' if said is None else 'old'}"] += 1
            assert time.monotonic() < end, f"{what} does not change"
            await asyncio.sleep(AGAIN_S[what])


async def measure(centre: HurtCentre, rounds: int, consoles: int) -> None:
    """Close and lift in turn."""
    names = centre.hire(consoles)
    centre.add_person("tracker", "Pelacak", (Role.SYSTEM,))
    delays: defaultdict[str, list[float]] = defaultdict(list)
    late: Counter[str] = Counter()
    async with AsyncExitStack() as stack:
        desks = [await opened(centre, name, stack) for name in names]
        first = desks[0]
        await stand(centre)
        await happen(first.screen)
        offered = await by_road(first, "recommendation")
        for desk in desks:
            desk.units = tuple(str(one[0]) for one in offered[:UNITS])
        dry = {what: await by_road(first, what) for what in ASKED}
        for number in range(rounds):
            key = f"banjir-{number}"
            for lifted in (False, True):
                await turn(desks, key, dry, (delays, late), lifted=lifted)
    for what in ("row", *ASKED):
        for share in (50, 99):
            tell(f"flood_{consoles}_{what}_p{share}", percentile(delays[what], share / 100), "ms")
        tell(f"flood_{consoles}_{what}_worst", max(delays[what]), "ms")
    for what in ASKED:
        for why in ("fallback", "old"):
            tell(f"flood_{consoles}_{what}_{why}", late[f"{what}_{why}"], "answers")


async def stand(centre: HurtCentre) -> None:
    """Every unit tells where it is: at its post."""
    tracker = Screen(centre.address, "tracker", PASSWORD)
    await tracker.sign_in()
    now = msgspec.json.encode(datetime.now(UTC)).decode().strip('"')
    fixes = [
        {"unit": one.call_sign, "fix": {"point": _post(centre, one.post), "at": now}}
        for one in centre.pack.units
    ]
    answer = await tracker.post("/api/positions", {"fixes": fixes})
    assert answer.is_done, answer
    assert answer.body["taken"] == len(fixes), answer
    await tracker.close()


def _post(centre: HurtCentre, key: str) -> dict[str, float]:
    point = centre.pack.post_by_key[key].point
    return {"lat": point.lat, "lon": point.lon}


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
    found: tuple[dict[str, list[float]], Counter[str]],
    *,
    lifted: bool,
) -> None:
    """One closing or lifting, and what every desk makes of it."""
    delays, late = found
    before = time.monotonic()

    async def follow(desk: Console) -> None:
        delays["row"].append(1e3 * (await desk.seen(key, lifted=lifted) - before))
        ends = await asyncio.gather(
            *(desk.until(what, dry[what], late, lifted=lifted) for what in ASKED)
        )
        for what, end in zip(ASKED, ends, strict=True):
            delays[what].append(1e3 * (end - before))

    following = [asyncio.create_task(follow(desk)) for desk in desks]
    if lifted:
        await desks[0].screen.must("closure.lift", closure=key)
    else:
        await desks[0].screen.must(
            "closure.close", closure=key, geometry=_square(), reason="flood", depth_cm=DEPTH_CM
        )
    await asyncio.gather(*following)


def _square() -> dict[str, object]:
    west, east = WATER["lon"] - MARGIN, WATER["lon"] + MARGIN
    south, north = WATER["lat"] - MARGIN, WATER["lat"] + MARGIN
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def main(rounds: int, consoles: int) -> None:
    """Run the centre and measure."""
    with running() as centre:
        asyncio.run(measure(centre, rounds, consoles))


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    main(*(given + [ROUNDS, CONSOLES][len(given) :]))
