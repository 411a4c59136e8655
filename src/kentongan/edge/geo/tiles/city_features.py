"""A city without an extract as it is drawn: roads of its network, and what its pack knows.

Used for the synthetic network, whose water and sea come as polygons from where it was made. The
source of the roads is told by whoever writes the file, in its attribution.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from kentongan.cities.facts import AgencyKind, Facility, Point
from kentongan.cities.landmarks import LandmarkKind
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.network.road_network import ROAD_KINDS, EdgeFlag, RoadNetwork
from kentongan.edge.geo.tiles.layers import ZOOM_MIN, Drawn, Layer, TileFeature, place, poi, road

WATER_ZOOMS: Final[Mapping[Layer, int]] = {
    Layer.SEA: ZOOM_MIN,
    Layer.WATER: 6,
    Layer.WATERWAY: 9,
}
POST_KINDS: Final[Mapping[AgencyKind, str]] = {
    AgencyKind.POLICE: "police",
    AgencyKind.TRAFFIC: "police",
    AgencyKind.FIRE: "fire_station",
    AgencyKind.MEDICAL: "ambulance_station",
}
"""How a post of an agency of that kind is drawn; any other as a post."""


def network_features(network: RoadNetwork) -> Iterator[TileFeature]:
    """The roads, each edge a line with its OSM way id where it has one."""
    for edge in range(network.edges):
        flags = int(network.flags[edge])
        forward, backward = flags & EdgeFlag.FORWARD, flags & EdgeFlag.BACKWARD
        found = road(
            ROAD_KINDS[int(network.kind[edge])],
            name=network.name_of(edge),
            oneway=0 if forward and backward else 1 if forward else -1,
        )
        if found:
            line = LineString([(lon, lat) for lat, lon in network.shape(edge)])
            number = max(0, int(network.way[edge]))
            yield TileFeature(*found[:2], line, found.properties, number)


def pack_features(pack: CityPack) -> Iterator[TileFeature]:
    """City, kecamatan, kelurahan, hospitals, posts and landmarks at the points the pack gives."""
    yield _at(pack.city.centre, place("city", pack.city.name.id))
    for kecamatan in pack.kecamatan:
        yield _at(kecamatan.point, place("suburb", kecamatan.name))
        for kelurahan in kecamatan.kelurahan:
            yield _at(kelurahan.point, place("quarter", kelurahan.name))
    for kind, facilities in _facilities(pack):
        for facility in facilities:
            yield _at(facility.point, poi(kind, facility.name))
    for post in pack.posts:
        kind = POST_KINDS.get(pack.agency_by_key[post.agency].kind, "post")
        yield _at(post.point, poi(kind, post.name))


def water_features(
    layer: Layer, shapes: Iterable[BaseGeometry], name: str = ""
) -> Iterator[TileFeature]:
    """Sea, lakes (polygons) or rivers (lines)."""
    for shape in shapes:
        yield TileFeature(layer, WATER_ZOOMS[layer], shape, {"name": name} if name else {})


def _facilities(pack: CityPack) -> tuple[tuple[str, Iterable[Facility]], ...]:
    return (
        ("hospital", pack.hospitals),
        ("clinic", pack.puskesmas),
        ("landmark", [one for one in pack.landmarks if one.kind is not LandmarkKind.STREET]),
    )


def _at(point: Point, drawn: Drawn) -> TileFeature:
    return TileFeature(
        drawn.layer, drawn.min_zoom, shapely.Point(point.lon, point.lat), drawn.properties
    )
