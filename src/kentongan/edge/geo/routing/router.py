"""Who is nearest by road, now: units that move, roads that close, and exact answers in between.

The search runs from the incident against the traffic and meets the units that hang on the graph,
so its cost does not grow with the fleet. Every answer is exact for the weights in use and names its
kernel, its source and its roads. Whom no road answers for is kept, marked and reckoned along a
straight line.

Safe for several threads: one lock is held for the micro- or milliseconds of each call. Positions
are WGS 84 degrees; a bad one is a `PositionBroken`.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import Final, NamedTuple

from kentongan.cities.facts import Point
from kentongan.edge.geo.network.compiled import has_compiler
from kentongan.edge.geo.network.profiles import PROFILES, Profile, Speeds
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.routing.closures import Closure, check
from kentongan.edge.geo.routing.coverage import Coverage, Source, cover
from kentongan.edge.geo.routing.fleet import Fleet, FleetFull, Standing
from kentongan.edge.geo.routing.kernels import to_road
from kentongan.edge.geo.routing.layer import NOBODY, Layer
from kentongan.edge.geo.routing.matching import edges_of
from kentongan.edge.geo.routing.question import (
    Answer,
    PositionBroken,
    Question,
    answer,
    arrivals,
    checked,
    marked_off,
    way,
)
from kentongan.edge.geo.routing.ranking import Arrivals, Drive, Kernel, OffRoad, Ranking, Way
from kentongan.edge.geo.routing.roads import Roads, RouterSettings
from kentongan.edge.geo.routing.spread import Spread

LIMIT_S: Final = 3_600.0
"""Farther units are not looked for by road unless asked, seconds."""

SOURCE: Final = "road_network"

_NOWHERE: Final = (0.0, 0.0)


class Move(NamedTuple):
    """Where a unit is now. `heading` is degrees from north, `can` bits of what it can do."""

    unit: str
    lat: float
    lon: float
    profile: Profile
    heading: float | None = None
    can: int = 0


class Router:
    """Travel times for one network. `kernel` None takes numba where it is installed."""

    def __init__(
        self,
        network: RoadNetwork,
        *,
        kernel: Kernel | None = None,
        settings: RouterSettings | None = None,
    ) -> None:
        if kernel == "numba" and not has_compiler():
            raise ValueError("numba is not installed, or cannot be loaded")
        self.network = network
        self.kernel: Kernel = kernel or ("numba" if has_compiler() else "scipy")
        self.settings = settings or RouterSettings()
        self._roads = Roads(network, self.kernel, self.settings)
        self._fleet = Fleet()
        self._turn = round(self.settings.u_turn_s * 10)
        self._is_learnt = self.settings.speeds is not None
        self._lock = Lock()

    @property
    def source(self) -> str:
        """Where its figures come from, for `core.recommend.Travel`: roads that are invented, speeds
        learnt from the fleet and the reserve search are each named."""
        roads = f"{SOURCE}_synthetic" if self.network.source == "synthetic" else SOURCE
        driven = f"{roads}_fleet" if self._is_learnt else roads
        return driven if self.kernel == "numba" else f"{driven}_scipy"

    def set_speeds(self, speeds: Speeds, spread: Spread, *, is_learnt: bool) -> None:
        """Drive at other speeds from the next question on: what the fleet drove (`is_learnt`), or
        the table again. Closures stay as they are."""
        with self._lock:
            self._roads.set_speeds(speeds, spread)
            self._is_learnt = is_learnt

    def warm_up(self) -> None:
        """Make every profile's layer and run everything once: compiled code is made or loaded."""
        lat, lon = float(self.network.node_lat[0]), float(self.network.node_lon[0])
        with self._lock:
            for profile in PROFILES:
                layer = self._layer(profile)
                x, y = self._roads.grid.metres(lat, lon)
                layer.place(NOBODY, x, y, _NOWHERE, 0)
                layer.place_all((NOBODY,), (x, y, *_NOWHERE), 0)
                layer.beside(x, y, 1.0, 0)
                for goal in layer.goals_near(x, y):
                    layer.metres(goal, layer.search(goal, 1, 0, NOBODY, 10))
                    layer.costs(goal, 10)
                layer.remove(NOBODY)
                self._roads.walks(layer)
            self._roads.refresh((0,))
            self._roads.refresh((0, 0))

    # --- units -------------------------------------------------------------------------------

    def place_unit(
        self,
        unit: str,
        lat: float,
        lon: float,
        profile: Profile,
        heading: float | None = None,
        can: int = 0,
    ) -> None:
        """Add or move a unit. `heading` is degrees from north, `can` bits of what it can do.

        Raises `PositionBroken` and `FleetFull`.
        """
        checked(lat, lon)
        grid = self._roads.grid
        with self._lock:
            layer, standing = self._entered(unit, lat, lon, profile, can)
            standing.gap_m = layer.place(
                standing.number, lon * grid.kx, lat * grid.ky, _ahead(heading), self._turn
            )

    def place_units(self, moves: Iterable[Move]) -> list[str]:
        """Add or move many units: the same in less than half the time for each. Of a unit that is
        there twice the last counts. Those named in the answer could not be placed (no position on
        earth, no room for one more) and have been taken away."""
        lost: list[str] = []
        kx, ky = self._roads.grid.kx, self._roads.grid.ky
        batches: dict[Profile, tuple[Layer, list[Standing], list[float]]] = {}
        with self._lock:
            for unit, lat, lon, profile, heading, can in {one.unit: one for one in moves}.values():
                try:
                    checked(lat, lon)
                    layer, standing = self._entered(unit, lat, lon, profile, can)
                except (PositionBroken, FleetFull):
                    lost.append(unit)
                    self._fleet.leave(unit)
                    continue
                batch = batches.get(profile)
                if batch is None:
                    batch = batches[profile] = layer, [], []
                batch[1].append(standing)
                batch[2].extend((lon * kx, lat * ky, *_ahead(heading)))
            for layer, standings, positions in batches.values():
                numbers = [one.number for one in standings]
                gaps_m = layer.place_all(numbers, positions, self._turn)
                for standing, gap_m in zip(standings, gaps_m, strict=True):
                    standing.gap_m = gap_m
        return lost

    def set_mask(self, unit: str, can: int) -> bool:
        """Change what a unit can do; False for an unknown one."""
        with self._lock:
            known = self._fleet.find(unit)
            if known is None:
                return False
            layer, standing = known
            layer.units[standing.number, 4] = standing.mask = can
            return True

    def remove_unit(self, unit: str) -> bool:
        """Take a unit away; False for an unknown one."""
        with self._lock:
            return self._fleet.leave(unit)

    def __len__(self) -> int:
        return len(self._fleet)

    # --- questions ---------------------------------------------------------------------------

    def nearest(
        self,
        lat: float,
        lon: float,
        k: int,
        need: int = 0,
        limit_s: float = LIMIT_S,
        at: datetime | None = None,
    ) -> Ranking:
        """The `k` units that can do `need` and are there soonest, the way on foot at the end
        included. Raises `PositionBroken`."""
        question = Question.about(lat, lon, need=need, limit_s=limit_s, wanted=k)
        drives: list[Drive] = []
        off: list[OffRoad] = []
        with self._lock:
            self._roads.set_time(at)
            answers: list[Answer] = []
            layers = list(self._fleet.layers())
            for layer in layers:
                answers.append(answer(self._roads, self._fleet, layer, question))
                drives.extend(answers[-1].drives)
                if len(layers) > 1:
                    question = question.narrowed(drives)
            if len(layers) > 1:
                drives.sort(key=lambda drive: (drive.there_s, drive.unit))
            found = drives[: question.wanted]
            for one in answers:
                is_short = len(found) < question.wanted
                off.extend(marked_off(self._roads, self._fleet, one, question, is_short=is_short))
        off.sort(key=lambda line: (line.seconds, line.unit))
        return Ranking(
            found=tuple(found),
            off_road=tuple(off),
            kernel=self.kernel,
            source=self.source,
            network_label=self.network.label,
            network_version=self.network.version,
        )

    def etas(
        self, lat: float, lon: float, limit_s: float = LIMIT_S, at: datetime | None = None
    ) -> Arrivals:
        """How long every unit needs. Raises `PositionBroken`."""
        question = Question.about(lat, lon, limit_s=limit_s)
        with self._lock:
            self._roads.set_time(at)
            return arrivals(self._roads, self._fleet, question, self.kernel, self.source)

    def path(self, unit: str, lat: float, lon: float, at: datetime | None = None) -> Way | None:
        """The way that a unit drives to a place; None when it is unknown or no road leads there.

        Raises `PositionBroken`.
        """
        question = Question.about(lat, lon)
        with self._lock:
            self._roads.set_time(at)
            known = self._fleet.find(unit)
            if known is None:
                return None
            layer, standing = known
            start = Point(standing.lat, standing.lon)
            return way(self._roads, layer, question, standing.number, start, standing.gap_m)

    def journey(
        self, profile: Profile, start: Point, goal: Point, at: datetime | None = None
    ) -> Way | None:
        """The way of nobody in particular between two places. Raises `PositionBroken`."""
        checked(start.lat, start.lon)
        question = Question.about(goal.lat, goal.lon)
        with self._lock:
            self._roads.set_time(at)
            layer = self._layer(profile)
            place = self._roads.grid.metres(start.lat, start.lon)
            gap_m = layer.place(NOBODY, *place, _NOWHERE, 0)
            try:
                return way(self._roads, layer, question, NOBODY, start, gap_m)
            finally:
                layer.remove(NOBODY)

    def coverage(
        self,
        profile: Profile,
        seconds: float,
        points: Sequence[Point] = (),
        units: Sequence[str] = (),
        at: datetime | None = None,
        turnout_s: float = 0.0,
    ) -> Coverage:
        """How far that profile gets in so many seconds, `turnout_s` among them, from points (posts)
        and from units, which drive as the profile does. Raises `PositionBroken`."""
        limit = Question.about(0, 0, limit_s=seconds).limit
        with self._lock:
            self._roads.set_time(at)
            layer = self._layer(profile)
            known = [found for key in units if (found := self._fleet.find(key)) is not None]
            starts = [*points, *(Point(standing.lat, standing.lon) for _, standing in known)]
            sources: list[Source] = []
            for start in starts:
                checked(start.lat, start.lon)
                x, y = self._roads.grid.metres(start.lat, start.lon)
                goal = layer.start_at(x, y)
                if goal is not None:
                    turnout = round(turnout_s * 10)
                    before = turnout + to_road(goal.gap_m)
                    source = Source(goal.edge, goal.fraction, before)
                    own = layer.snapped(x, y, layer.edges, 4)
                    if own is not None and own.edge == goal.edge:  # as `Layer.beside` has it
                        source = source._replace(x=x, y=y, turnout=turnout)
                    sources.append(source)
            return cover(
                self.network,
                self._roads.graph,
                layer,
                sources,
                limit,
                self._roads.samples,
                self._roads.walks(layer),
            )

    # --- closures ----------------------------------------------------------------------------

    def close(self, closure: Closure, at: datetime | None = None) -> int:
        """Add or replace a closure; it counts from the next question. Returns how many edges it
        means here, 0 where no road is. Raises `ClosureBroken`."""
        edges = self.meant(closure)
        self.close_edges(closure, edges, at)
        return len(edges)

    def meant(self, closure: Closure) -> list[int]:
        """The edges that a closure means here. Raises `ClosureBroken`."""
        check(closure)
        return edges_of(self.network, self._roads.grid, closure)

    def close_edges(
        self, closure: Closure, edges: Sequence[int], at: datetime | None = None
    ) -> None:
        """The same for a closure of which it is known what edges it means. Raises
        `ClosureBroken`."""
        with self._lock:
            self._roads.set_time(at)
            self._roads.close(closure, edges)

    def lift(self, closure_id: str) -> bool:
        """End a closure: what remains is what the others say. False for an unknown one."""
        with self._lock:
            is_known = self._roads.book.knows(closure_id)
            self._roads.lift(closure_id)
            return is_known

    def closures(self) -> list[Closure]:
        """All closures that are known, in force or not."""
        with self._lock:
            return self._roads.book.closures()

    # --- inside ------------------------------------------------------------------------------

    def _entered(
        self, unit: str, lat: float, lon: float, profile: Profile, can: int
    ) -> tuple[Layer, Standing]:
        """The unit's place in the fleet, made where it has none. Raises `FleetFull`."""
        known = self._fleet.find(unit)
        if known is None or known[0].profile is not profile:
            self._layer(profile)
            known = self._fleet.enter(unit, profile)
        layer, standing = known
        standing.lat, standing.lon = lat, lon
        if standing.mask != can or standing.is_new:
            layer.units[standing.number, 4] = standing.mask = can
            standing.is_new = False
        return known

    def _layer(self, profile: Profile) -> Layer:
        layer = self._roads.layer(profile)
        if not self._fleet.has_layer(profile):
            self._fleet.set_layer(layer)
        return layer


def _ahead(heading: float | None) -> tuple[float, float]:
    """The unit vector of a heading, (0, 0) if unknown."""
    if heading is None or not math.isfinite(heading):
        return _NOWHERE
    return math.sin(math.radians(heading)), math.cos(math.radians(heading))
