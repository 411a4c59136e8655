"""How long a unit needs to a place, as a range, while no road network is imported.

The straight line times a detour factor, driven at a speed that depends on the kind of unit and
the hour. The source is always named (`straight_line`), so that a screen can say how little it
knows: a river without a bridge or a flooded road is not in it. Uncalibrated; the city's own
position history replaces the speeds one day. Pure.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point, UnitKind
from kentongan.core.candidates import STRAIGHT_LINE, Travel

SOURCE: Final = STRAIGHT_LINE

DETOUR: Final = 1.4
"""Road distance over straight distance, a usual figure for cities; short trips wind more."""

DETOUR_SHORT: Final = 1.6
SHORT_M: Final = 1_000.0

LOW: Final = 0.8
"""The low end of the range: everything goes well."""

HIGH: Final = 1.5
"""The high end: a detour, a closed crossing, heavy traffic."""

START_S: Final = 20.0
"""Added to the high end, seconds, whatever the distance: leaving the yard, finding the door."""

SPEED_KM_H: Final[Mapping[UnitKind, float]] = {
    UnitKind.AMBULANCE_ALS: 36.0,
    UnitKind.AMBULANCE_BLS: 36.0,
    UnitKind.AMBULANCE_MOTORCYCLE: 40.0,
    UnitKind.FIRE_ENGINE: 32.0,
    UnitKind.FIRE_TANKER: 28.0,
    UnitKind.FIRE_LADDER: 28.0,
    UnitKind.RESCUE_TRUCK: 32.0,
    UnitKind.RESCUE_BOAT: 28.0,  # on its trailer
    UnitKind.POLICE_CAR: 38.0,
    UnitKind.POLICE_MOTORCYCLE: 42.0,
    UnitKind.TRAFFIC_CAR: 34.0,
    UnitKind.PUBLIC_ORDER_TRUCK: 28.0,
    UnitKind.TRANSPORT_CAR: 30.0,
    UnitKind.POWER_TEAM: 26.0,
    UnitKind.WORKS_TEAM: 26.0,
    UnitKind.SOCIAL_TEAM: 26.0,
}
"""Average through the city by day, with siren where the kind has one, km/h. Seeds to calibrate."""

SPEED_UNKNOWN_KM_H: Final = 28.0
"""For a kind that the table does not know: the slowest vehicle in general use."""

_PEAK: Final = 0.75
_NIGHT: Final = 1.25
_HOUR_FACTOR: Final[tuple[float, ...]] = tuple(
    _NIGHT if hour < 5 or hour >= 22 else _PEAK if hour in {6, 7, 8, 16, 17, 18} else 1.0
    for hour in range(24)
)
"""Speed by local hour over the speed by day."""


class StraightLine:
    """Travel times for a city whose clock is `offset` from UTC."""

    def __init__(self, offset: timedelta) -> None:
        self._offset = offset

    def estimate(self, unit_kind: str, start: Point, goal: Point, depart_at: datetime) -> Travel:
        """How long the unit drives when it departs then (UTC)."""
        straight_m = distance_m(start, goal)
        detour = DETOUR_SHORT if straight_m < SHORT_M else DETOUR
        road_m = straight_m * detour
        speed_m_s = speed_km_h(unit_kind, (depart_at + self._offset).hour) / 3.6
        drive_s = road_m / speed_m_s
        return Travel(
            seconds_low=round(drive_s * LOW),
            seconds_high=round(drive_s * HIGH + START_S),
            distance_m=round(road_m),
            source=SOURCE,
        )


def speed_km_h(unit_kind: str, local_hour: int) -> float:
    """Average speed of that kind of unit in that hour of the city's clock."""
    try:
        by_day = SPEED_KM_H.get(UnitKind(unit_kind), SPEED_UNKNOWN_KM_H)
    except ValueError:
        by_day = SPEED_UNKNOWN_KM_H
    return by_day * _HOUR_FACTOR[local_hour % 24]
