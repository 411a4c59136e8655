"""What sending units leaves uncovered, reckoned along straight lines as each of them drives."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from web_people import PACK, PLANS

from kentongan.core.candidates import TURNOUT_S
from kentongan.edge.geo.served.straight import StraightGeography
from kentongan.edge.web.held import Held
from kentongan.edge.web.losses import Losses
from kentongan.edge.web.road_turns import RoadTurns
from kentongan.geography import Start

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)


def test_what_is_left_uncovered_does_not_depend_on_who_is_named_first() -> None:
    """A motorcycle and cars of the police drive as what they are, one at a time and together."""
    straight = StraightGeography(PACK, PLANS.time_zone_offset)
    places = [one.point for one in PACK.kelurahan[::40]]
    kinds = ("police_motorcycle", "police_car", "police_car", "police_car")
    fleet = [
        Start(unit=f"P{n}", unit_kind=kind, point=place)
        for n, (kind, place) in enumerate(zip(kinds, places, strict=False))
    ]
    names = {one.code: one.name for one in PACK.kelurahan}
    units = [one.unit for one in fleet]

    def reached(starts: Sequence[Start]) -> set[str]:
        """Kelurahan within eight minutes of somebody."""
        ways = {
            area.code: [way.travel for way in straight.journeys_now(area.point, starts, NOON)]
            for area in PACK.kelurahan
        }
        mean = {
            code: min(((one.seconds_low + one.seconds_high) / 2 for one in of), default=9e9)
            for code, of in ways.items()
        }
        return {code for code, seconds in mean.items() if TURNOUT_S + seconds <= 480}

    async def left(free: Sequence[Start]) -> tuple[dict[str, set[str]], set[str]]:
        losses = Losses(straight, {}, RoadTurns(Held()))
        alone = await losses.find(units, free, NOON)
        while (both := losses.together(units[:2], free, NOON)) is None:
            await asyncio.sleep(0.01)
        return {unit: set(one.areas) for unit, one in alone.items()}, set(both.areas)

    everybody = reached(fleet)
    expected = {
        unit: everybody - reached([one for one in fleet if one.unit != unit]) for unit in units
    }
    for free in (fleet, fleet[::-1]):
        alone, both = asyncio.run(left(free))
        assert alone == expected
        assert both == {names[code] for code in everybody - reached(fleet[2:])}
    assert all(expected.values())
