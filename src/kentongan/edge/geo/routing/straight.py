"""The last resort: a unit that no road answers for, reckoned along a straight line, and said so."""

from typing import Final

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point, UnitKind
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.routing.fleet import Standing
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
