"""How far off a point lies from a place, and which way, in words: "4,2 km di timur laut"."""

import math
from typing import Final

from kentongan.cities.facts import Point

ABOUT: Final = "± "
SEA: Final = "laut"
OUTSIDE: Final = "di luar wilayah"
WAYS: Final = (
    "utara", "timur laut", "timur", "tenggara", "selatan", "barat daya", "barat", "barat laut",
)  # fmt: skip


def bearing(place: Point, point: Point) -> float:
    """In which direction the point lies as seen from the place, degrees from north by east."""
    east = (point.lon - place.lon) * math.cos(math.radians(place.lat))
    return math.degrees(math.atan2(east, point.lat - place.lat)) % 360


def away(distance_m: float, degrees: float) -> str:
    """How far and which way."""
    km = f"{distance_m / 1_000:.1f}".replace(".", ",")
    return f"{km} km di {WAYS[round(degrees / 45) % len(WAYS)]}"
