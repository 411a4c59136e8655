"""One question to the live roads, and its answer in units, seconds and metres.

The router's lock is around everything here. A unit's line says what one should know about it:
same piece of road, far from a road, on a closed one, off the network, not reached.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kentongan.cities.facts import Point
from kentongan.core.travel_times import WALK_M_S
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.routing.fleet import Fleet, Standing
from kentongan.edge.geo.routing.kernels import CLOSED, OFF_NETWORK, ON_ROAD_M, Ints
from kentongan.edge.geo.routing.layer import Goal, Layer
from kentongan.edge.geo.routing.ranking import (
    FAR_SNAP_M,
    Arrivals,
    Drive,
    Kernel,
    Mark,
    OffRoad,
    Way,
)
from kentongan.edge.geo.routing.roads import Roads
from kentongan.edge.geo.routing.straight import (
    OFF_ROAD_EITHER_WAY,
    off_road,
    to_road_m,
    to_road_s,
)
from kentongan.edge.geo.routing.ways import points, stretches

_ANYBODY = -1

WANTED_MAX: Final = 5_000
"""Nearest units in one answer: the largest fleet that was measured, ranked whole."""

LIMIT_MAX_S: Final = 36_000.0
"""Ten hours: no answer is of use after that."""


class PositionBroken(ValueError):  # noqa: N818 - named like the other kinds of bad input
    """A position that is not on the earth; the text says what is wrong."""


def checked(lat: float, lon: float) -> None:
    """Raises `PositionBroken` for what is no position in degrees, NaN among it."""
    if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):
        raise PositionBroken(f"latitude {lat}, longitude {lon}: not degrees")


class Question(NamedTuple):
    """A place, what is needed, the limit in tenths of a second, and how many are wanted."""

    lat: float
    lon: float
    need: int
    limit: int
    wanted: int

    @classmethod
    def about(
        cls, lat: float, lon: float, *, need: int = 0, limit_s: float = LIMIT_MAX_S, wanted: int = 1
    ) -> "Question":
        """A question within its bounds. Raises `PositionBroken`."""
        checked(lat, lon)
        limit = round(min(max(limit_s, 0.0), LIMIT_MAX_S) * 10)
        return cls(lat, lon, need, limit, min(max(wanted, 1), WANTED_MAX))

    def narrowed(self, drives: list[Drive]) -> "Question":
        """The question to the next profile: nobody who drives longer than the last of those wanted
        needs until it is there. How far that profile has to walk is not known yet."""
        if len(drives) < self.wanted:
            return self
        last = sorted(drive.there_s for drive in drives)[self.wanted - 1]
        return self._replace(limit=min(self.limit, math.ceil(last * 10)))


class Answer(NamedTuple):
    """Of one layer: who drives, and whether the place has a road for it."""

    layer: Layer
    goal: Goal | None
    drives: list[Drive]


def answer(roads: Roads, fleet: Fleet, layer: Layer, question: Question) -> Answer:
    """The nearest units of a layer, each driving to where it is on the spot soonest."""
    place = roads.grid.metres(question.lat, question.lon)
    goals = layer.goals_near(*place)
    drives = [drive for goal in goals for drive in _drives(roads, fleet, layer, question, goal)]
    walks = _beside(fleet, layer, goals, place, question.need)
    drives.extend(walks)
    if len(goals) > 1 or walks:
        soonest: dict[str, Drive] = {}
        for drive in sorted(drives, key=lambda drive: (drive.there_s, drive.unit)):
            soonest.setdefault(drive.unit, drive)
        drives = list(soonest.values())
    return Answer(layer, goals[0] if goals else None, drives)


def _beside(
    fleet: Fleet, layer: Layer, goals: list[Goal], place: tuple[float, float], need: int
) -> list[Drive]:
    """Who stands nearer to the place than the last road does is not sent to that road and back: it
    goes straight, and nobody is there sooner."""
    standings = fleet.standings(layer.profile)
    within_m = goals[0].gap_m if goals else 0.0
    return [
        Drive(
            unit=standings[number].key,
            profile=layer.profile,
            seconds=0.0,
            seconds_low=0.0,
            seconds_high=0.0,
            distance_m=0.0,
            walk_m=metres,
            marks=(Mark.BESIDE,),
        )
        for number, metres in layer.beside(*place, within_m, need).items()
    ]


def _drives(
    roads: Roads, fleet: Fleet, layer: Layer, question: Question, goal: Goal
) -> list[Drive]:
    """The nearest units of a layer to one point of a road."""
    found = layer.search(goal, question.wanted, question.need, _ANYBODY, question.limit)
    metres: list[float] = layer.metres(goal, found).tolist()
    rows: list[list[int]] = found.tolist()
    factors, standings = roads.factors(layer.profile), fleet.standings(layer.profile)
    drives: list[Drive] = []
    for (number, tenths, entry), road_m in zip(rows, metres, strict=True):
        marks = (Mark.SAME_EDGE,) if entry < 0 else ()
        drives.append(
            _drive(standings[number], layer.profile, goal, tenths / 10, road_m, factors, marks)
        )
    return drives


def _drive(
    unit: Standing,
    profile: Profile,
    goal: Goal,
    seconds: float,
    road_m: float,
    factors: tuple[float, float],
    marks: tuple[Mark, ...],
) -> Drive:
    """A unit's line. Of the way to its road less is known than of the roads: its part of the range
    is wider."""
    first_s, (low, high) = to_road_s(unit.gap_m), factors
    return Drive(
        unit=unit.key,
        profile=profile,
        seconds=seconds,
        seconds_low=(seconds - first_s) * low + first_s / OFF_ROAD_EITHER_WAY,
        seconds_high=(seconds - first_s) * high + first_s * OFF_ROAD_EITHER_WAY,
        distance_m=road_m + to_road_m(unit.gap_m),
        walk_m=goal.gap_m,
        marks=(*marks, Mark.FAR_SNAP) if unit.gap_m > FAR_SNAP_M else marks,
    )


def marked_off(
    roads: Roads, fleet: Fleet, one: Answer, question: Question, *, is_short: bool
) -> list[OffRoad]:
    """The units of a layer that the roads do not answer for.

    Those on open roads are among them only when the answer is short of units: then nobody is left
    out of it.
    """
    layer, place = one.layer, Point(question.lat, question.lon)
    off = [
        (number, Mark.OFF_NETWORK if int(layer.units[number, 7]) == OFF_NETWORK else Mark.ON_CLOSED)
        for number in layer.not_hung(question.need)
    ]
    if is_short:
        known = {drive.unit for drive in one.drives}
        standings = fleet.standings(layer.profile)
        mark = Mark.PLACE_OFF_NETWORK if one.goal is None else Mark.NOT_REACHED
        off += [
            (number, mark)
            for number in layer.hung(question.need)
            if standings[number].key not in known
        ]
    profile, hour = layer.profile, roads.hour
    return [off_road(fleet.at(profile, number), profile, place, mark, hour) for number, mark in off]


def arrivals(
    roads: Roads, fleet: Fleet, question: Question, kernel: Kernel, source: str
) -> Arrivals:
    """How long every unit needs."""
    keys: tuple[str, ...] = ()
    profiles: tuple[Profile, ...] = ()
    seconds: list[NDArray[np.float64]] = []
    off: list[OffRoad] = []
    place = Point(question.lat, question.lon)
    spread: dict[Profile, tuple[float, float]] = {}
    for layer in fleet.layers():
        profile = layer.profile
        spread[profile] = roads.factors(profile)
        at = roads.grid.metres(question.lat, question.lon)
        goals = layer.goals_near(*at)
        tenths = _tenths(layer, goals, question.limit)
        if goals:
            tenths[list(layer.beside(*at, goals[0].gap_m, 0))] = 0
        roll = fleet.roll(profile)
        costs = tenths[roll.numbers]
        is_short = bool((costs >= CLOSED).any())
        keys += roll.keys
        profiles += (profile,) * len(roll.keys)
        seconds.append(np.where(costs < CLOSED, costs / 10, np.nan) if is_short else costs / 10)
        if is_short:
            short: list[int] = roll.numbers[costs >= CLOSED].tolist()
            off += _not_reckoned(roads, fleet, layer, short, place, is_off=not goals)
    return Arrivals(
        units=keys,
        profiles=profiles,
        seconds=np.concatenate(seconds) if seconds else np.empty(0),
        off_road=tuple(off),
        spread=spread,
        kernel=kernel,
        source=source,
        network_label=roads.network.label,
    )


def _tenths(layer: Layer, goals: list[Goal], limit: int) -> Ints:
    """What every unit drives, by number, to where it is on the spot soonest."""
    if len(goals) == 1:
        return layer.costs(goals[0], limit)
    driven = np.full(layer.count, CLOSED, dtype=np.int32)
    there = np.full(layer.count, np.inf)
    for goal in goals:
        costs = layer.costs(goal, limit)
        walked = np.where(costs < CLOSED, costs + goal.gap_m * 10 / WALK_M_S, np.inf)
        driven = np.where(walked < there, costs, driven)
        there = np.minimum(there, walked)
    return driven


def _not_reckoned(
    roads: Roads, fleet: Fleet, layer: Layer, short: list[int], place: Point, *, is_off: bool
) -> list[OffRoad]:
    """The units of a layer without a time by road, and why."""
    lines: list[OffRoad] = []
    standings = fleet.standings(layer.profile)
    for number in short:
        standing, state = standings[number], int(layer.units[number, 7])
        mark = Mark.PLACE_OFF_NETWORK if is_off else Mark.NOT_REACHED
        if state:
            mark = Mark.OFF_NETWORK if state == OFF_NETWORK else Mark.ON_CLOSED
        lines.append(off_road(standing, layer.profile, place, mark, roads.hour))
    return lines


def way(
    roads: Roads, layer: Layer, question: Question, unit: int, start: Point, gap_m: float
) -> Way | None:
    """The way of one unit, by its number, from where it stands to where it is on the spot soonest;
    None when no road leads there."""
    at = roads.grid.metres(question.lat, question.lon)
    goals = layer.goals_near(*at)
    straight_m = layer.beside(*at, goals[0].gap_m, 0).get(unit) if goals else None
    if straight_m is not None:
        line = ((start.lat, start.lon), (question.lat, question.lon))
        return Way(points=line, seconds=0.0, distance_m=0.0, walk_m=straight_m)
    found = (_way_to(roads, layer, question, unit, goal, start, gap_m) for goal in goals)
    ways = [one for one in found if one is not None]
    return min(ways, key=lambda one: one.seconds + one.walk_m / WALK_M_S, default=None)


def _way_to(
    roads: Roads,
    layer: Layer,
    question: Question,
    unit: int,
    goal: Goal,
    start: Point,
    gap_m: float,
) -> Way | None:
    found = layer.search(goal, 1, 0, unit, question.limit)
    if not len(found):
        return None
    line = points(roads.network, roads.grid, stretches(layer, goal, unit, int(found[0, 2])))
    if gap_m > ON_ROAD_M:
        line.insert(0, (start.lat, start.lon))
    return Way(
        points=tuple(line),
        seconds=int(found[0, 1]) / 10,
        distance_m=float(layer.metres(goal, found)[0]) + to_road_m(gap_m),
        walk_m=goal.gap_m,
    )
