"""Whether a point lies in an area of the city at all; if not, how far off and which way.

A point in the sea or in the next regency lies in no kelurahan, and is not said to: the nearest is
named with the distance and the direction from it. Exact where every area has a polygon; else by the
middles of the pack's kelurahan and its rough coast, and marked as approximate.
"""

import math
from functools import lru_cache
from typing import Final

from msgspec import Struct, structs
from shapely import MultiPolygon, prepare, unary_union
from shapely import Point as Spot
from shapely.geometry.base import BaseGeometry

from kentongan.cities.area import inside_city
from kentongan.cities.away import ABOUT, OUTSIDE, SEA, away
from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.gazetteer.areas import AreaName, Areas
from kentongan.edge.geo.gazetteer.reverse import PointNamed
from kentongan.edge.geo.synthetic.plane import Plane
from kentongan.edge.geo.synthetic.waters import Waters

COAST_ROUGH_M: Final = 500.0
"""A pack's coast is right within some hundred metres: nearer to it nothing is called sea."""

FAR_M: Final = 150_000.0
"""From farther away the nearest area says nothing."""

PACKS_REMEMBERED: Final = 8


class Whereabouts(Struct, frozen=True):
    """The area that a point lies in, or what is said of it where it lies in none."""

    area: AreaName | None
    outside: str = ""

    @property
    def label(self) -> str:
        """As it is shown."""
        if self.area is None:
            return self.outside
        return f"{ABOUT if self.area.approximate else ''}{self.area.label}"


def whereabouts(areas: Areas, pack: CityPack, point: Point) -> Whereabouts:
    """Where a point lies; nothing at all far from every area that is known."""
    found = areas.nearest(point.lat, point.lon)
    if found is None or found.distance_m > FAR_M:
        return Whereabouts(None)
    if not found.area.approximate:
        return Whereabouts(found.area)
    is_sea = is_at_sea(pack, point)
    is_known = areas.is_whole or not pack.kelurahan
    if not is_known and not is_sea and inside_city(pack, point.lat, point.lon).inside:
        return Whereabouts(found.area)
    about = "" if areas.is_whole else ABOUT
    said = f"{about}{SEA if is_sea else OUTSIDE}"
    return Whereabouts(None, f"{said} · {away(found.distance_m, found.bearing)} {found.area.label}")


def told(named: PointNamed, areas: Areas, pack: CityPack) -> PointNamed:
    """The same point, in no area where it lies in none."""
    where = whereabouts(areas, pack, Point(named.lat, named.lon))
    return structs.replace(named, area=where.area, outside=where.outside)


def is_at_sea(pack: CityPack, point: Point) -> bool:
    """Whether it lies in the sea, as far as the pack's coast tells."""
    x, y = Plane(pack.city.centre).place(point)
    return math.isfinite(x + y) and _sea_of(pack).contains(Spot(x, y))


@lru_cache(maxsize=PACKS_REMEMBERED)
def _sea_of(pack: CityPack) -> BaseGeometry:
    sea = unary_union(Waters(pack, Plane(pack.city.centre)).sea or [MultiPolygon()])
    sure = sea.buffer(-COAST_ROUGH_M)
    prepare(sure)
    return sure
