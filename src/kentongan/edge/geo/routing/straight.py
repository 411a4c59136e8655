"""What no road is known of: a unit that no road answers for, and the way from a unit to its road.

The first is reckoned along a straight line, and said so. The second is a part of the drive
(`kernels.to_road`): a unit in a field is not on the road that it is reckoned from.
"""

from typing import Final

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point, UnitKind
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.routing.fleet import Standing
from kentongan.edge.geo.routing.kernels import ON_ROAD_M, to_road
from kentongan.edge.geo.routing.ranking import Mark, OffRoad
from kentongan.edge.geo.travel import DETOUR, DETOUR_SHORT, HIGH, LOW, SHORT_M, START_S, speed_km_h

_LIKE: Final = {
    Profile.AMBULANCE: UnitKind.AMBULANCE_BLS,
    Profile.FIRE_ENGINE: UnitKind.FIRE_ENGINE,
    Profile.MOTORCYCLE: UnitKind.AMBULANCE_MOTORCYCLE,
    Profile.POLICE_CAR: UnitKind.POLICE_CAR,
    Profile.PLAIN: UnitKind.TRANSPORT_CAR,
}
"""The kind of unit whose speed a profile has in `travel`."""


OFF_ROAD_EITHER_WAY: Final = 2.0
"""P10 and P90 of the way to the road are so many times shorter and longer than reckoned: perhaps
there is a street that the map lacks, perhaps a river."""


def to_road_m(gap_m: float) -> float:
    """Metres driven from where a unit stands, so far from the road, until it is on it."""
    beyond_m = max(0.0, gap_m - ON_ROAD_M)
    return gap_m - beyond_m + beyond_m * DETOUR_SHORT


def to_road_s(gap_m: float) -> float:
    """Seconds of it, as they are in the cost of every drive."""
    return to_road(gap_m) / 10


def off_road(unit: Standing, profile: Profile, goal: Point, mark: Mark, local_hour: int) -> OffRoad:
    """The unit's line in the list, with the same figures as `travel.StraightLine`."""
    straight_m = distance_m(Point(unit.lat, unit.lon), goal)
    road_m = straight_m * (DETOUR_SHORT if straight_m < SHORT_M else DETOUR)
    seconds = road_m / (speed_km_h(_LIKE[profile], local_hour) / 3.6)
    return OffRoad(
        unit=unit.key,
        profile=profile,
        mark=mark,
        seconds=seconds,
        seconds_low=seconds * LOW,
        seconds_high=seconds * HIGH + START_S,
        distance_m=road_m,
    )
