"""A street by its name, as lines to draw: what is shut when somebody says "tutup Pandanaran".

Of all pieces of that name those are meant that hang together with the one nearest to the place
asked about, as far as its neighbourhood reaches: a long street has its name in five kelurahan, and
who says it means the stretch that he talks about. Joined and simplified to as many positions as the
record takes of one shape. Pure.
"""
# shapely's functions of arrays carry half their types:
# pyright: reportUnknownMemberType=false

import math
from typing import Any, Final, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kentongan.cities.distance import EARTH_M
from kentongan.cities.facts import Point
from kentongan.core.shapes import POSITIONS_MAX
from kentongan.edge.geo.gazetteer.from_network import HANGS_TOGETHER_M, folded
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.geography import StreetShown

SEEK_M: Final = 500.0
"""No piece of the name nearer than this to the place: it is not the street that was meant."""

NEIGHBOURHOOD_M: Final = 1_500.0
"""How far from the place its pieces may lie, metres."""

SIMPLE_M: Final = 3.0
"""How much a line is simplified, metres: well inside the reach of its matching to roads."""

KEY: Final = "street:"
"""Begins the key of a street's document; the folded name and a `#` follow."""


class Streets:
    """The named roads of a network."""

    def __init__(self, network: RoadNetwork) -> None:
        self._network = network
        self._ky = math.radians(EARTH_M)
        self._kx = self._ky * math.cos(math.radians(float(network.node_lat.mean())))
        self._numbers: dict[str, list[int]] = {}
        for number, name in enumerate(network.names):
            self._numbers.setdefault(folded(name), []).append(number)

    def find(self, key: str, label: str, near: Point) -> StreetShown | None:
        """The street of a proposal with that key or, where its key names none, that label."""
        name = key.removeprefix(KEY).partition("#")[0] if key.startswith(KEY) else folded(label)
        numbers = self._numbers.get(name)
        if not name or numbers is None:
            return None
        edges = np.flatnonzero(np.isin(self._network.name, numbers))
        lines = [self._line(edge) for edge in edges.tolist()]
        place = shapely.Point(near.lon * self._kx, near.lat * self._ky)
        gaps = shapely.distance(np.array(lines, dtype=object), place)
        within = [lines[at] for at in np.flatnonzero(gaps <= NEIGHBOURHOOD_M).tolist()]
        if not within or float(gaps.min()) > SEEK_M:
            return None
        return self._shown(self._network.names[numbers[0]], _together(within, place))

    def _line(self, edge: int) -> BaseGeometry:
        shape = self._network.shape(edge)
        return shapely.LineString([(lon * self._kx, lat * self._ky) for lat, lon in shape])

    def _shown(self, name: str, lines: list[BaseGeometry]) -> StreetShown:
        joined = cast(Any, shapely).line_merge(shapely.MultiLineString(cast(Any, lines)))
        length_m = float(joined.length)
        tolerance = SIMPLE_M
        drawn = joined.simplify(tolerance)
        while len(shapely.get_coordinates(drawn)) > POSITIONS_MAX:
            tolerance *= 2
            drawn = joined.simplify(tolerance)
        return StreetShown(
            name=name,
            lines=tuple(self._degrees(line) for line in shapely.get_parts(drawn).tolist()),
            length_m=round(length_m),
        )

    def _degrees(self, line: BaseGeometry) -> tuple[tuple[float, float], ...]:
        positions: list[tuple[float, float]] = shapely.get_coordinates(line).tolist()
        return tuple((round(y / self._ky, 6), round(x / self._kx, 6)) for x, y in positions)


def _together(lines: list[BaseGeometry], place: BaseGeometry) -> list[BaseGeometry]:
    """Those that hang together with the nearest one."""
    rest: NDArray[np.object_] = np.array(lines, dtype=object)
    first = int(shapely.distance(rest, place).argmin())
    found, new = [lines[first]], [lines[first]]
    rest = np.delete(rest, first)
    while new and len(rest):
        touched = shapely.distance(rest, shapely.union_all(new)) <= HANGS_TOGETHER_M
        new = rest[touched].tolist()
        found += new
        rest = rest[~touched]
    return found
