"""How long a journey takes, as `core.recommend` wants it: a range with its source, never nothing.

By road where a road leads there; along a straight line, and named so, where none does or no network
is imported. A departure in another part of the day is reckoned with that part's speeds.
"""

from datetime import datetime, timedelta
from typing import Protocol

from kentongan.cities.facts import Point
from kentongan.core.recommend import Travel
from kentongan.edge.geo.network.profiles import Profile, profile_of
from kentongan.edge.geo.routing.ranking import Drive, OffRoad
from kentongan.edge.geo.travel import SOURCE as STRAIGHT_LINE
from kentongan.edge.geo.travel import StraightLine


class RoadTimes(Protocol):
    """What a router does here."""

    def estimate(
        self, profile: Profile, start: Point, goal: Point, depart_at: datetime
    ) -> Travel | None:
        """The range by road, or None."""
        ...


class Estimates:
    """The `Journey` of the screens' ports: kind of unit, from, to, departure (UTC)."""

    def __init__(self, roads: RoadTimes | None, offset: timedelta) -> None:
        self._roads = roads
        self._straight = StraightLine(offset)

    def estimate(self, unit_kind: str, start: Point, goal: Point, depart_at: datetime) -> Travel:
        """How long the unit drives when it departs then."""
        found = None
        if self._roads is not None:
            found = self._roads.estimate(profile_of(unit_kind), start, goal, depart_at)
        return found or self._straight.estimate(unit_kind, start, goal, depart_at)


def travel_of(line: Drive | OffRoad, source: str) -> Travel:
    """A line of a ranking as the recommendation wants it; `source` is the ranking's."""
    return Travel(
        seconds_low=line.seconds_low,
        seconds_high=line.seconds_high,
        distance_m=line.distance_m,
        source=source if isinstance(line, Drive) else STRAIGHT_LINE,
    )
