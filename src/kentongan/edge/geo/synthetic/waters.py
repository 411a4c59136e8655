"""What a synthetic street does not cross: the rivers and the sea of the pack, as far as it has any.

A coast is drawn with the land on its left, as in OpenStreetMap; the sea is what lies right of it.
"""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, STRtree
from shapely.geometry.base import BaseGeometry

from kentongan.cities.pack import CityPack
from kentongan.edge.geo.synthetic.plane import Places, Plane

BANK_M: Final = 25.0
"""No local street comes nearer to the middle of a river."""

SEA_M: Final = 30_000.0
"""How far the sea is drawn out from the coast."""


Yes = NDArray[np.bool_]


class Waters:
    """Rivers as lines, the sea as polygons, in metres."""

    def __init__(self, pack: CityPack, plane: Plane) -> None:
        rivers = [water for water in pack.waters if water.kind == "river"]
        self.rivers = [(water.name, plane.line(water.line)) for water in rivers]
        coasts = [plane.line(water.line) for water in pack.waters if water.kind == "coast"]
        self.sea = [_sea(coast) for coast in coasts]
        self._rivers = STRtree([line for _, line in self.rivers])
        self._banks = STRtree([line.buffer(BANK_M) for _, line in self.rivers])
        self._sea = STRtree(self.sea)
        self._all_rivers = shapely.MultiLineString([line for _, line in self.rivers])
        shapely.prepare(self._all_rivers)

    def is_crossed(self, line: LineString) -> bool:
        """Whether a road crosses a river."""
        return len(self._rivers.query(line, predicate="intersects")) > 0

    def crossed(self, pieces: Places) -> Yes:
        """Which of n straight pieces, each two places, cross a river."""
        lines = shapely.linestrings(pieces)
        return np.asarray(shapely.intersects(lines, self._all_rivers), np.bool_)

    def is_at_sea(self, places: Places) -> bool:
        """Whether any of the places lies in the sea."""
        return bool(self.at_sea(places).any())

    def at_sea(self, places: Places) -> Yes:
        """Which of the places lie in the sea."""
        return _inside(self._sea, places)

    def in_water(self, places: Places) -> Yes:
        """Which of the places lie in the sea or at a river."""
        return _inside(self._sea, places) | _inside(self._banks, places)


def _inside(shapes: STRtree, places: Places) -> Yes:
    found = np.zeros(len(places), np.bool_)
    if len(places):
        points = np.asarray(shapely.points(places), object)
        found[shapes.query(points, predicate="intersects")[0]] = True
    return found


def _sea(coast: LineString) -> BaseGeometry:
    """The strip right of the coast, `SEA_M` wide."""
    return coast.buffer(-SEA_M, single_sided=True)
