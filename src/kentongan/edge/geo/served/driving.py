"""Journeys and ways of the units that somebody asks about, on the roads of one city.

The router's units belong to the whole process; here each asker has units of its own, marked with a
bit, so that nobody else's answer. Only who moved is placed anew. Whoever no road answers for is
kept, with the straight line and its mark. One thread at a time; importing this compiles or loads
the road search, so it is imported late.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from kentongan.cities.facts import Point
from kentongan.core.recommend import Travel
from kentongan.edge.geo.network.profiles import (
    Profile,
    SirenRules,
    Speeds,
    profile_of,
    seed_speeds,
)
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.routing.closures import Closure, ClosureBroken
from kentongan.edge.geo.routing.question import LIMIT_MAX_S
from kentongan.edge.geo.routing.ranking import Drive, Mark, OffRoad
from kentongan.edge.geo.routing.router import Move, Router, RouterSettings
from kentongan.edge.geo.routing.spread import Spread, seed_spread
from kentongan.edge.geo.served.told import closure_of
from kentongan.edge.geo.travel import SOURCE as STRAIGHT_LINE
from kentongan.edge.geo.travel import StraightLine
from kentongan.geography import Journey, RoadClosure, Route, ShutShown, Start

LIMIT_S: Final = LIMIT_MAX_S
"""As far as the roads are searched, seconds: beyond 90 min none is offered, but far is not cut off,
and only who is not found in ten hours is said to be."""

ASKERS_MAX: Final = 60
"""Askers at once: each has a bit of its own in a signed 64-bit number."""

NAMES_MAX: Final = 4
"""Streets named of what a closure shuts, the longest first."""

_log = logging.getLogger(__name__)


class Driving:
    """The roads of a city, with the closures in force. `offset` is the city's clock from UTC,
    `rules` what a siren may do there."""

    def __init__(
        self, network: RoadNetwork, offset: timedelta, rules: Mapping[Profile, SirenRules]
    ) -> None:
        self.router = Router(network, settings=RouterSettings(offset=offset, rules=rules))
        self._line = StraightLine(offset)
        self._told: Mapping[str, RoadClosure] = {}
        self._refused: dict[str, RoadClosure] = {}
        self._placed: dict[int, dict[str, Start]] = {}

    def warm_up(self) -> None:
        """Load or compile all code, and make the layers of every profile."""
        self.router.warm_up()

    def take_speeds(self, learnt: tuple[Speeds, Spread] | None) -> None:
        """Drive as the fleet did, or by the table, from the next question on."""
        speeds, spread = (seed_speeds(), seed_spread()) if learnt is None else learnt
        self.router.set_speeds(speeds, spread, is_learnt=learnt is not None)

    def follow(self, told: Mapping[str, RoadClosure]) -> None:
        """Let these closures be in force; what is no closure for a road is told in the log."""
        if told is self._told:
            return
        before, self._told = self._told, told
        for gone in before.keys() - told.keys():
            self.router.lift(gone)
            self._refused.pop(gone, None)
        for key, one in told.items():
            if before.get(key) != one or key in self._refused:
                self._close(key, one)

    def _close(self, key: str, one: RoadClosure) -> None:
        """Put it on the roads; one that was refused is tried again with each word, for there may be
        room by then, and remarked once."""
        closure = closure_of(one)
        try:
            edges = self.router.close(closure)
        except ClosureBroken as error:
            self.router.lift(key)
            if self._refused.get(key) != one:
                _log.error("closure %s cannot be used: %s", key, error)
            self._refused[key] = one
        else:
            self._refused.pop(key, None)
            _note(closure, edges)

    def would_shut(self, one: RoadClosure) -> ShutShown | None:
        """What a closure means that is not told yet; None for one that no road could be given."""
        try:
            edges = self.router.meant(closure_of(one))
        except ClosureBroken:
            return None
        network = self.router.network
        lengths = defaultdict[str, float](float)
        for edge in edges:
            lengths[network.name_of(edge)] += float(network.length_m[edge])
        names = [name for name in sorted(lengths, key=lambda name: -lengths[name]) if name]
        more = max(0, len(names) - NAMES_MAX)
        return ShutShown(pieces=len(edges), names=tuple(names[:NAMES_MAX]), more=more)

    # --- questions ---------------------------------------------------------------------------

    def journeys(
        self, asker: int, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Journey, ...]:
        """One for each start, in their order. Raises `PositionBroken` for the goal."""
        self._place(asker, starts)
        ranking = self.router.nearest(
            goal.lat, goal.lon, max(1, len(starts)), need=1 << asker, limit_s=LIMIT_S, at=at
        )
        lines: dict[str, Drive | OffRoad] = {one.unit: one for one in ranking.off_road}
        lines |= {one.unit: one for one in ranking.found}
        return tuple(
            self._journey(one, lines.get(_key(asker, one.unit)), ranking.source, goal, at)
            for one in starts
        )

    def routes(
        self, asker: int, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Route, ...]:
        """The ways, one for each start. Raises `PositionBroken` for the goal."""
        journeys = self.journeys(asker, goal, starts, at)
        return tuple(
            self._route(asker, start, journey, goal, at)
            for start, journey in zip(starts, journeys, strict=True)
        )

    def forget(self, asker: int) -> None:
        """The asker is gone, and its units with it."""
        for unit in self._placed.pop(asker, {}):
            self.router.remove_unit(_key(asker, unit))

    # --- inside ------------------------------------------------------------------------------

    def _place(self, asker: int, starts: Sequence[Start]) -> None:
        placed = self._placed.setdefault(asker, {})
        wanted = {one.unit for one in starts}
        for unit in [unit for unit in placed if unit not in wanted]:
            del placed[unit]
            self.router.remove_unit(_key(asker, unit))
        moved = [one for one in starts if placed.get(one.unit) != one]
        self.router.place_units(  # who cannot be is reckoned along the straight line, and marked
            Move(
                _key(asker, one.unit),
                one.point.lat,
                one.point.lon,
                drives_as(one.unit_kind),
                one.heading_deg,
                1 << asker,
            )
            for one in moved
        )
        placed.update((one.unit, one) for one in moved)

    def _journey(
        self, start: Start, line: Drive | OffRoad | None, source: str, goal: Point, at: datetime
    ) -> Journey:
        if line is None:
            travel = self._line.estimate(start.unit_kind, start.point, goal, at)
            return Journey(unit=start.unit, travel=travel, marks=(Mark.OFF_NETWORK.value,))
        is_by_road = isinstance(line, Drive)
        marks = line.marks if is_by_road else (line.mark,)
        return Journey(
            unit=start.unit,
            travel=travel_of(line, source),
            walk_m=line.walk_m if is_by_road else 0.0,
            marks=tuple(mark.value for mark in marks),
        )

    def _route(
        self, asker: int, start: Start, journey: Journey, goal: Point, at: datetime
    ) -> Route:
        way = None
        if journey.travel.source == self.router.source:
            way = self.router.path(_key(asker, start.unit), goal.lat, goal.lon, at)
        straight = ((start.point.lat, start.point.lon), (goal.lat, goal.lon))
        return Route(
            unit=start.unit,
            points=straight if way is None else way.points,
            travel=journey.travel,
            walk_m=journey.walk_m,
            marks=journey.marks,
        )


def drives_as(kind: str) -> Profile:
    """How a kind of unit drives; a profile may be named itself."""
    return Profile(kind) if kind in set(Profile) else profile_of(kind)


def travel_of(line: Drive | OffRoad, source: str) -> Travel:
    """A line of a ranking as the recommendation wants it; `source` is the ranking's."""
    return Travel(
        seconds_low=line.seconds_low,
        seconds_high=line.seconds_high,
        distance_m=line.distance_m,
        source=source if isinstance(line, Drive) else STRAIGHT_LINE,
    )


def _key(asker: int, unit: str) -> str:
    return f"{asker}/{unit}"


def _note(closure: Closure, edges: int) -> None:
    if edges:
        _log.info("closure %s: %d pieces of road", closure.id, edges)
    else:
        _log.warning("closure %s: no road is there", closure.id)
