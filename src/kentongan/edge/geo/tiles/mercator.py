"""Web Mercator on the unit square: x to the east, y to the south, both from 0 to 1. Pure."""

import math
from typing import Final

import numpy as np

from kentongan.edge.geo.tiles.arrays import Numbers

LAT_MAX: Final = 85.0511
"""Where the square ends, degrees north and south (EPSG:3857)."""


def to_square(points: Numbers) -> Numbers:
    """(lon, lat) rows in degrees to (x, y) rows."""
    sine = np.sin(np.radians(np.clip(points[:, 1], -LAT_MAX, LAT_MAX)))
    x = points[:, 0] / 360.0 + 0.5
    y = 0.5 - np.log((1.0 + sine) / (1.0 - sine)) / (4.0 * math.pi)
    return np.column_stack((x, y))


def to_degrees(x: float, y: float) -> tuple[float, float]:
    """(lon, lat) of a place on the square."""
    lat = math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * y))))
    return (x - 0.5) * 360.0, lat
