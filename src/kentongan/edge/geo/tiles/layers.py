"""What the map shows: the layers, from which zoom each thing is drawn, and what is said of it.

The table follows what a dispatcher looks for at that scale, not what a tourist map shows. Tags go
in, layers come out; geometry is no matter here. Pure.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from shapely.geometry.base import BaseGeometry

ZOOM_MIN: Final = 5
ZOOM_MAX: Final = 14
"""The browser draws nearer zooms from the tiles of this one."""


class Layer(StrEnum):
    """Layers of a tile, in the order in which they stand in it."""

    SEA = "sea"
    WATER = "water"
    LANDUSE = "landuse"
    WATERWAY = "waterway"
    BUILDING = "building"
    BOUNDARY = "boundary"
    ROAD = "road"
    PLACE = "place"
    POI = "poi"


Properties = Mapping[str, str | int]


class TileFeature(NamedTuple):
    """One thing on the map, in (lon, lat). `number` is an OSM way id, 0 where there is none."""

    layer: Layer
    min_zoom: int
    geometry: BaseGeometry
    properties: Properties
    number: int = 0


class Drawn(NamedTuple):
    """How something is drawn: its layer, from which zoom, and what is said of it."""

    layer: Layer
    min_zoom: int
    properties: Properties


ROAD_ZOOMS: Final[Mapping[str, int]] = {
    "motorway": 5, "trunk": 6, "primary": 8, "secondary": 10, "tertiary": 11,
    "unclassified": 12, "residential": 12, "road": 12, "living_street": 13, "service": 13,
    "pedestrian": 13, "busway": 13, "track": 14, "footway": 14, "path": 14, "cycleway": 14,
    "bridleway": 14, "steps": 14,
}  # fmt: skip
"""Lowest zoom of each kind of road; a link has its road's."""

RAILS: Final = frozenset({"rail", "light_rail", "tram", "narrow_gauge", "subway", "monorail"})
RAIL_ZOOM: Final = 10

LANDUSE: Final[Mapping[str, frozenset[str]]] = {
    "landuse": frozenset(
        {"forest", "grass", "meadow", "residential", "industrial", "commercial", "retail"}
        | {"cemetery", "military", "farmland", "farmyard", "orchard", "quarry", "railway"}
        | {"recreation_ground", "construction", "landfill", "plant_nursery", "village_green"}
    ),
    "natural": frozenset({"wood", "scrub", "beach", "wetland", "mud", "sand", "grassland"}),
    "leisure": frozenset({"park", "pitch", "garden", "stadium", "golf_course"}),
    "aeroway": frozenset({"aerodrome", "apron", "runway"}),
    "amenity": frozenset({"hospital", "school", "university", "college", "parking"}),
}
LANDUSE_ZOOM: Final = 9
LANDUSE_NEAR_ZOOM: Final = 12
"""Grounds of one house (a school's, a hospital's) from here."""

WATERS: Final = frozenset({"reservoir", "basin", "aquaculture", "salt_pond"})
WATER_ZOOM: Final = 6
WATERWAYS: Final[Mapping[str, int]] = {
    "river": 9,
    "canal": 9,
    "stream": 12,
    "drain": 12,
    "ditch": 13,
}

PLACE_ZOOMS: Final[Mapping[str, int]] = {
    "city": 5, "town": 7, "borough": 10, "village": 10, "suburb": 10, "quarter": 11,
    "neighbourhood": 12, "hamlet": 12, "island": 12,
}  # fmt: skip
PLACE_ZOOM_ELSE: Final = 13

POI_KEYS: Final = (
    "amenity", "emergency", "healthcare", "tourism", "historic", "shop", "office", "leisure",
    "railway", "aeroway", "public_transport", "man_made",
)  # fmt: skip
POI_HELP: Final = frozenset(
    {"hospital", "fire_station", "police", "clinic", "doctors", "ambulance_station"}
)
POI_LANDMARKS: Final = frozenset(
    {"school", "university", "college", "place_of_worship", "marketplace", "townhall"}
    | {"attraction", "museum", "station", "bus_station", "ferry_terminal", "stadium", "mall"}
    | {"fuel", "courthouse", "landmark", "post", "theatre", "aerodrome", "monument", "memorial"}
)
BOUNDARY_ZOOM: Final = 8
BUILDING_ZOOM: Final = 14


KEYS_READ: Final = (
    *LANDUSE, *POI_KEYS, "highway", "waterway", "building", "boundary", "admin_level", "place",
    "name", "ref", "oneway", "junction", "bridge", "tunnel", "area",
)  # fmt: skip
"""Every key that decides anything here."""


def drawn(form: Literal["point", "line", "area"], tags: Mapping[str, str]) -> list[Drawn]:
    """How an OSM object is drawn; empty when it is not. Places and points stand for areas."""
    if form == "line":
        return _line(tags)
    return [*(_area(tags) if form == "area" else ()), *_point(tags)]


def road(kind: str, *, name: str = "", ref: str = "", oneway: int = 0) -> Drawn | None:
    """A road of that `highway` value; `None` for one that is not drawn (planned, being built)."""
    plain = kind.removesuffix("_link")
    zoom = ROAD_ZOOMS.get(plain)
    if zoom is None:
        return None
    said: dict[str, str | int] = {"kind": plain}
    said |= {key: value for key, value in (("name", name), ("ref", ref)) if value}
    if plain != kind:
        said["link"] = 1
    if oneway:
        said["oneway"] = oneway
    return Drawn(Layer.ROAD, zoom, said)


def _line(tags: Mapping[str, str]) -> list[Drawn]:
    if "highway" in tags:
        found = road(
            tags["highway"],
            name=tags.get("name", ""),
            ref=tags.get("ref", ""),
            oneway=_oneway(tags),
        )
        return [_with_level(found, tags)] if found else []
    if tags.get("railway") in RAILS:
        rail = Drawn(Layer.ROAD, RAIL_ZOOM, {"kind": "rail", **_named(tags)})
        return [_with_level(rail, tags)]
    if (kind := tags.get("waterway", "")) in WATERWAYS:
        return [Drawn(Layer.WATERWAY, WATERWAYS[kind], {"kind": kind, **_named(tags)})]
    return []


def _with_level(found: Drawn, tags: Mapping[str, str]) -> Drawn:
    level = {key: 1 for key in ("bridge", "tunnel") if tags.get(key, "no") != "no"}
    return found._replace(properties={**found.properties, **level}) if level else found


def _oneway(tags: Mapping[str, str]) -> int:
    """1 along the line, -1 against it, 0 both ways."""
    said = tags.get("oneway")
    if said in {"-1", "reverse"}:
        return -1
    implied = tags.get("highway") == "motorway" or tags.get("junction") == "roundabout"
    return 1 if said in {"yes", "true", "1"} or (implied and said is None) else 0


def _area(tags: Mapping[str, str]) -> list[Drawn]:
    if tags.get("boundary") == "administrative":
        level = tags.get("admin_level", "")
        return [boundary(int(level), tags.get("name", ""))] if level.isdecimal() else []
    if tags.get("building", "no") != "no":
        return [Drawn(Layer.BUILDING, BUILDING_ZOOM, {})]
    if (
        tags.get("natural") in {"water", "bay"}
        or tags.get("waterway") == "riverbank"
        or tags.get("landuse") in WATERS
    ):
        return [Drawn(Layer.WATER, WATER_ZOOM, _named(tags))]
    if tags.get("highway") and tags.get("area") == "yes":
        return [Drawn(Layer.LANDUSE, LANDUSE_NEAR_ZOOM, {"kind": "pedestrian"})]
    for key, values in LANDUSE.items():
        if (kind := tags.get(key, "")) in values:
            near = key in {"amenity", "leisure"}
            return [
                Drawn(Layer.LANDUSE, LANDUSE_NEAR_ZOOM if near else LANDUSE_ZOOM, {"kind": kind})
            ]
    return []


def boundary(admin_level: int, name: str = "") -> Drawn:
    """The outline of an administrative area."""
    said: dict[str, str | int] = {"admin_level": admin_level}
    zoom = BOUNDARY_ZOOM if admin_level <= 6 else BOUNDARY_ZOOM + 2
    return Drawn(Layer.BOUNDARY, zoom, said | ({"name": name} if name else {}))


def place(kind: str, name: str) -> Drawn:
    """The name of a city, a kelurahan, a neighbourhood."""
    zoom = PLACE_ZOOMS.get(kind, PLACE_ZOOM_ELSE)
    return Drawn(Layer.PLACE, zoom, {"kind": kind, "name": name})


def poi(kind: str, name: str) -> Drawn:
    """A thing at a point; help is seen from farther away than a shop."""
    zoom = 12 if kind in POI_HELP else 13 if kind in POI_LANDMARKS else 14
    return Drawn(Layer.POI, zoom, {"kind": kind, "name": name} if name else {"kind": kind})


def _point(tags: Mapping[str, str]) -> list[Drawn]:
    name = tags.get("name", "")
    if name and tags.get("place"):
        return [place(tags["place"], name)]
    for key in POI_KEYS:
        kind = tags.get(key, "no")
        if kind not in {"", "no", "yes"} and (name or kind in POI_HELP):
            return [poi(kind, name)]
    return []


def _named(tags: Mapping[str, str]) -> dict[str, str | int]:
    name = tags.get("name", "")
    return {"name": name} if name else {}
