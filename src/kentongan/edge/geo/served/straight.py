"""Geography without a road: straight lines, the city pack's names, and its kelurahan.

It answers while nobody better does, and says so in every figure (`straight_line`) and in its label.
It knows no closure and no alias: what is pushed is kept for whoever looks, and changes nothing.
Nothing is read from disk and nothing waits; longer work is done beside the event loop.
"""

import asyncio
import heapq
import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from kentongan.cities.area import inside_city
from kentongan.cities.away import ABOUT, OUTSIDE, away, bearing
from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import PlacesFound
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.gazetteer import notices
from kentongan.edge.geo.places import WORDS_MAX, searcher
from kentongan.edge.geo.served.facilities import pack_facilities
from kentongan.edge.geo.travel import SOURCE, StraightLine
from kentongan.geography import (
    AreaReach,
    CityShown,
    CoverageAsked,
    CoverageShown,
    Journey,
    MapFacility,
    NamedPoint,
    PlaceAlias,
    RoadClosure,
    Route,
    ShutShown,
    Start,
    StreetShown,
    Uncovered,
)

LABEL: Final = "tanpa jaringan jalan: perkiraan garis lurus"
"""What is said of figures that no road is in."""


class _Nearest(NamedTuple):
    """Of one kelurahan: seconds of the nearest start and whose, and of the nearest of the rest."""

    seconds: float
    unit: str
    next_seconds: float


class StraightGeography:
    """A `Geography` that is always there. `offset` is the city's clock from UTC."""

    def __init__(self, pack: CityPack, offset: timedelta) -> None:
        self.pack = pack
        self.closures: tuple[RoadClosure, ...] = ()
        self.aliases: tuple[PlaceAlias, ...] = ()
        self._line = StraightLine(offset)
        self._find = searcher(pack)

    def start(self) -> None:
        """Nothing to begin."""

    async def stop(self) -> None:
        """Nothing to let go."""

    async def journeys(
        self, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Journey, ...]:
        """Straight line times detour, one for each start."""
        return await asyncio.to_thread(self.journeys_now, goal, starts, at)

    def journeys_now(
        self, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Journey, ...]:
        """The same, at once."""
        return tuple(
            Journey(unit=one.unit, travel=self._line.estimate(one.unit_kind, one.point, goal, at))
            for one in starts
        )

    async def road_journeys(
        self, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Journey, ...] | None:
        """No road is known."""
        del goal, starts, at

    async def routes(self, goal: Point, starts: Sequence[Start], at: datetime) -> tuple[Route, ...]:
        """Two points each."""
        ends = (goal.lat, goal.lon)
        return tuple(
            Route(
                unit=one.unit, points=((start.point.lat, start.point.lon), ends), travel=one.travel
            )
            for start, one in zip(starts, self.journeys_now(goal, starts, at), strict=True)
        )

    async def coverage(self, asked: CoverageAsked, at: datetime) -> CoverageShown:
        """Kelurahan by their middle; `road_shares` are shares of kelurahan. No shapes."""
        return await asyncio.to_thread(self._covered, asked, at)

    async def places(self, words: str, near: Point | None) -> PlacesFound:
        """What the city pack has of those words."""
        found = tuple(await asyncio.to_thread(self._find, words, near))
        return PlacesFound(found, notices.of(found, words, is_cut=len(words) > WORDS_MAX))

    async def name(self, point: Point) -> NamedPoint:
        """The kelurahan with the nearest middle, or how far off it lies and which way."""
        where = inside_city(self.pack, point.lat, point.lon)
        near = where.nearest
        if where.inside:
            return NamedPoint(kelurahan=near.kelurahan.code, label=f"{ABOUT}{near.label}")
        off = away(near.distance_m, bearing(near.kelurahan.point, point))
        return NamedPoint(kelurahan=None, label=f"{ABOUT}{OUTSIDE} · {off} {near.label}")

    async def street(self, key: str, label: str, near: Point) -> StreetShown | None:
        """No road is known."""
        del key, label, near
        return None

    async def would_shut(self, closure: RoadClosure) -> ShutShown | None:
        """No road is known."""
        del closure

    async def facilities(self) -> tuple[MapFacility, ...]:
        """Those of the pack."""
        return pack_facilities(self.pack)

    def city(self) -> CityShown:
        """No city in use."""
        box = self.pack.city.bbox
        return CityShown(
            state="away",
            version="",
            label=LABEL,
            is_synthetic=True,
            bounds=(box.lat_min, box.lon_min, box.lat_max, box.lon_max),
        )

    def tiles(self) -> Path | None:
        """No map."""
        return None

    def set_closures(self, closures: Sequence[RoadClosure]) -> None:
        """Kept; a straight line has no road that could be shut."""
        self.closures = tuple(closures)

    def set_aliases(self, aliases: Sequence[PlaceAlias]) -> None:
        """Kept; the pack's own names answer."""
        self.aliases = tuple(aliases)

    # --- coverage ----------------------------------------------------------------------------

    def _covered(self, asked: CoverageAsked, at: datetime) -> CoverageShown:
        kinds: dict[str, list[Start]] = {}
        for start in asked.starts:
            kinds.setdefault(start.unit_kind, []).append(start)
        nearest = [
            self._nearest(one.point, kinds.values(), asked.turnout_s, at)
            for one in self.pack.kelurahan
        ]
        farthest, first = max(asked.limits_s, default=0.0), min(asked.limits_s, default=0.0)
        count = max(1, len(nearest))
        areas = tuple(
            AreaReach(
                code=one.code,
                name=one.name,
                seconds=round(reach.seconds) if reach.seconds <= farthest else None,
            )
            for one, reach in zip(self.pack.kelurahan, nearest, strict=True)
        )
        return CoverageShown(
            source=SOURCE,
            label=LABEL,
            limits_s=asked.limits_s,
            road_shares=tuple(
                sum(reach.seconds <= limit for reach in nearest) / count for limit in asked.limits_s
            ),
            areas=areas,
            uncovered=tuple(self._uncovered(unit, nearest, first) for unit in asked.without),
        )

    def _nearest(
        self, point: Point, kinds: Iterable[Sequence[Start]], turnout_s: float, at: datetime
    ) -> _Nearest:
        """The middle of the range: of each kind of unit, which has a speed of its own, the start
        that is nearest in metres, and of those the soonest."""
        shrink = math.cos(math.radians(point.lat))

        def metres(one: Start) -> float:
            return math.hypot(one.point.lat - point.lat, (one.point.lon - point.lon) * shrink)

        def seconds(one: Start) -> float:
            way = self._line.estimate(one.unit_kind, one.point, point, at)
            return turnout_s + (way.seconds_low + way.seconds_high) / 2

        two = [heapq.nsmallest(2, starts, key=metres) for starts in kinds]
        soonest = sorted((seconds(first), n) for n, (first, *_) in enumerate(two))
        if not soonest:
            return _Nearest(math.inf, "", math.inf)
        best_s, best = soonest[0]
        nexts = [found for found, _ in soonest[1:2]] + [seconds(one) for one in two[best][1:]]
        return _Nearest(best_s, two[best][0].unit, min(nexts, default=math.inf))

    def _uncovered(self, unit: str, nearest: list[_Nearest], limit_s: float) -> Uncovered:
        lost = tuple(
            one.code
            for one, reach in zip(self.pack.kelurahan, nearest, strict=True)
            if reach.unit == unit and reach.seconds <= limit_s < reach.next_seconds
        )
        return Uncovered(unit=unit, kelurahan=lost, road_share=len(lost) / max(1, len(nearest)))
