"""What an OpenStreetMap extract says that a 112 centre needs, as plain values.

Roads, turn restrictions, barriers, named features, administrative areas and the coastline, as
they are mapped: nothing is interpreted for driving here (that is `network`) or for searching
(that is `gazetteer`). OSM ids are kept, so that a closure survives the next import. Positions are
WGS 84 degrees; geometries are (lon, lat), as GeoJSON has it.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec import Struct
from shapely import MultiPolygon, Polygon


class ExtractBroken(Exception):  # noqa: N818 - what the file is, like a state
    """A file that cannot be read as an extract; the text says what is wrong and where."""


class ExtractElsewhere(ExtractBroken):
    """A good file of another place than the one asked for; `seen` encloses what it holds."""

    def __init__(self, text: str, seen: "Bounds") -> None:
        super().__init__(text)
        self.seen = seen


class RoadWay(NamedTuple):
    """A way with a `highway` tag, in the direction it was drawn; at least two nodes.

    `nodes`, `lats` and `lons` have the same length; nodes without a position are left out.
    """

    way: int
    nodes: tuple[int, ...]
    lats: tuple[float, ...]
    lons: tuple[float, ...]
    tags: Mapping[str, str]


class TurnRestriction(NamedTuple):
    """A relation `type=restriction` from one way through one node to another way.

    `kind` is the tag's value ("no_left_turn", "only_straight_on"). `except_for` are the vehicles
    of the tag `except`. `conditional` is true when it only holds at times (`restriction:
    conditional`); a siren or a night turn may then be free.
    """

    relation: int
    kind: str
    from_way: int
    via_node: int
    to_way: int
    except_for: tuple[str, ...]
    conditional: bool


class Barrier(NamedTuple):
    """A node with a `barrier` tag: `kind` is its value ("gate", "bollard", "lift_gate")."""

    node: int
    kind: str
    tags: Mapping[str, str]


class NamedFeature(NamedTuple):
    """A thing people name or that helps to place a call; of an area, a point inside it.

    `osm` is "n1", "w2" or "r3"; `kind` is "key=value" ("amenity=hospital", "place=village",
    "railway=level_crossing", "highway=milestone"). `name` is empty only for the kinds that serve
    without one: level crossings, milestones (`tags`: distance, ref), and hospitals, clinics, fire
    and police stations. `other_names` are old, short, local and official names, each once.
    """

    osm: str
    kind: str
    name: str
    other_names: tuple[str, ...]
    lat: float
    lon: float
    tags: Mapping[str, str]


class Area(NamedTuple):
    """An administrative area: 4 province, 5 city or regency, 6 kecamatan, 7 kelurahan."""

    osm: str
    admin_level: int
    name: str
    geometry: Polygon | MultiPolygon


class CoastLine(NamedTuple):
    """One coastline way in its drawn direction: land on its left, sea on its right."""

    lats: tuple[float, ...]
    lons: tuple[float, ...]


class Bounds(NamedTuple):
    """South, west, north, east in degrees."""

    south: float
    west: float
    north: float
    east: float


class Extract(Struct, frozen=True, kw_only=True):
    """Everything read from one file. `bounds` encloses the roads, computed, never the header's;
    where a box was asked for, it is not left.

    `counts` says how many objects of each sort were seen and how many were left out, by reason.
    """

    roads: list[RoadWay]
    restrictions: list[TurnRestriction]
    barriers: list[Barrier]
    features: list[NamedFeature]
    areas: list[Area]
    coastline: list[CoastLine]
    counts: Mapping[str, int]
    bounds: Bounds


Progress = Callable[[str, int], None]
"""Called now and then with a phase ("nodes", "ways", "relations") and the objects seen so far."""
