"""The flat ground on which a synthetic city is drawn: metres around its centre, and a fixed chance.

One city is small enough for a plane: over 40 km the error is below 0.2 %. Chance is a hash of
words, so that the same pack gives the same city on every machine.
"""

import math
import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from kentongan.cities.facts import Point

METRES_PER_DEGREE: Final = 111_195.0

Places = NDArray[np.float64]
"""n rows of x (east) and y (north) in metres."""


class Plane:
    """To metres and back, around a centre."""

    def __init__(self, centre: Point) -> None:
        self._centre = centre
        self._east_m = METRES_PER_DEGREE * math.cos(math.radians(centre.lat))

    def place(self, point: Point) -> tuple[float, float]:
        """Where a point lies."""
        east = (point.lon - self._centre.lon) * self._east_m
        return east, (point.lat - self._centre.lat) * METRES_PER_DEGREE

    def places(self, points: Sequence[Point]) -> Places:
        """Where points lie."""
        return np.array([self.place(point) for point in points], np.float64).reshape(-1, 2)

    def point(self, x: float, y: float) -> Point:
        """The point there, to about a centimetre."""
        lat = self._centre.lat + y / METRES_PER_DEGREE
        return Point(round(lat, 7), round(self._centre.lon + x / self._east_m, 7))

    def line(self, points: Sequence[Point]) -> LineString:
        """A line through points."""
        return LineString([self.place(point) for point in points])


def chance(*words: object) -> float:
    """A number of [0, 1) that depends on the words alone."""
    return zlib.crc32("/".join(map(str, words)).encode()) / 2**32
