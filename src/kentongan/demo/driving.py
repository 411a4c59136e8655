"""How a simulated unit moves: along the straight line to its goal, faster than life.

Pure: a position is a function of the time. The line is straight because no road network is
imported; screens say so wherever a travel time from it is shown.
"""

import math
from datetime import datetime, timedelta

from msgspec import Struct

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point

DETOUR = 1.4
"""Road distance over straight distance; a usual figure for cities, replaced by a road network."""

SPEED_M_S = 9.7
"""About 35 km/h through a city with siren, before the training room's speed-up."""


class Journey(Struct, frozen=True, kw_only=True):
    """A drive from one point to another that takes `seconds`."""

    start: Point
    goal: Point
    started_at: datetime
    seconds: float

    @property
    def arrives_at(self) -> datetime:
        """When the goal is reached."""
        return self.started_at + timedelta(seconds=self.seconds)

    def position(self, at: datetime) -> Point:
        """Where the unit is then; before the start at the start, after the end at the goal."""
        if self.seconds <= 0:
            return self.goal
        part = (at - self.started_at).total_seconds() / self.seconds
        part = min(1.0, max(0.0, part))
        return Point(
            lat=self.start.lat + part * (self.goal.lat - self.start.lat),
            lon=self.start.lon + part * (self.goal.lon - self.start.lon),
        )

    @property
    def heading_deg(self) -> float:
        """Direction of travel in degrees from north, 0 to 360."""
        east = (self.goal.lon - self.start.lon) * math.cos(math.radians(self.start.lat))
        north = self.goal.lat - self.start.lat
        return math.degrees(math.atan2(east, north)) % 360.0


def drive(start: Point, goal: Point, started_at: datetime, speed_up: float) -> Journey:
    """The drive between two points, `speed_up` times faster than life."""
    seconds = distance_m(start, goal) * DETOUR / SPEED_M_S / speed_up
    return Journey(start=start, goal=goal, started_at=started_at, seconds=seconds)
