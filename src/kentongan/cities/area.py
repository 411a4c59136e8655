"""Where a point lies: the nearest kelurahan, and whether it is in the city at all.

Both are approximate by construction, since a pack holds centroids and no boundaries: near a
border the neighbour may be named. Whoever needs the true kelurahan imports the boundaries.
"""

import math
from typing import Final

from msgspec import Struct

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Kecamatan, Kelurahan, Point, Side
from kentongan.cities.pack import CityPack

REACH: Final = 1.7  # a kelurahan reaches about this many times its mean radius from its centroid


class NearestKelurahan(Struct, frozen=True):
    """The kelurahan whose centroid is nearest; always approximate."""

    kelurahan: Kelurahan
    kecamatan: Kecamatan
    distance_m: int
    approximate: bool = True

    @property
    def label(self) -> str:
        """`kelurahan, kecamatan`, the only safe way to name one."""
        return f"{self.kelurahan.name}, {self.kecamatan.name}"


class Membership(Struct, frozen=True):
    """Whether a point lies in the city, as best it can be said without boundaries.

    `neighbour` is the key of the likely neighbour when it lies outside.
    """

    inside: bool
    nearest: NearestKelurahan
    neighbour: str | None
    approximate: bool = True


def nearest_kelurahan(pack: CityPack, lat: float, lon: float) -> NearestKelurahan:
    """The kelurahan with the nearest centroid, however far away it is."""
    point = Point(lat, lon)
    metres, nearest = min(
        ((distance_m(point, one.point), one) for one in pack.kelurahan), key=lambda pair: pair[0]
    )
    return NearestKelurahan(nearest, pack.kecamatan_by_code[nearest.kecamatan], round(metres))


def inside_city(pack: CityPack, lat: float, lon: float) -> Membership:
    """Whether the point lies in the city: bounding box, distance to the centroids, towns beyond."""
    point = Point(lat, lon)
    nearest = nearest_kelurahan(pack, lat, lon)
    kecamatan = nearest.kecamatan
    mean_m = 1000 * math.sqrt(kecamatan.area_km2 / len(kecamatan.kelurahan) / math.pi)
    town_m, neighbour = _nearest_town(pack, point)
    inside = (
        pack.city.bbox.holds(point)
        and nearest.distance_m <= REACH * mean_m
        and nearest.distance_m <= town_m
    )
    return Membership(inside, nearest, None if inside else neighbour)


def _nearest_town(pack: CityPack, point: Point) -> tuple[float, str | None]:
    towns = [
        (distance_m(point, town.point), neighbour.key)
        for neighbour in pack.city.neighbours
        for town in neighbour.towns
    ]
    if not towns:
        return math.inf, None
    metres, key = min(towns)
    box = pack.city.bbox
    seaward = [one.key for one in pack.city.neighbours if one.side is Side.NORTH]
    if seaward and point.lat > box.lat_max and box.lon_min <= point.lon <= box.lon_max:
        key = seaward[0]
    return metres, key
