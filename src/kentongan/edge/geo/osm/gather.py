"""Takes the objects of an extract one by one and keeps what a 112 centre needs.

Every object is gone after its turn, except for what it leaves in the lists here. Geometries for
the map are handed on at once to `Shapes` and are never kept. Counts say what was seen and what
was left out, and why.
"""

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal, cast

import osmium
import osmium.geom
import shapely
from osmium.osm.types import Area as OsmArea
from osmium.osm.types import Node, Relation, TagList, Way
from shapely import LineString, MultiPolygon, Point, Polygon

from kentongan.edge.geo.osm.limits import ReadLimits, refuse_if_too_many
from kentongan.edge.geo.osm.raw import (
    Area,
    Barrier,
    Bounds,
    CoastLine,
    NamedFeature,
    RoadWay,
    TurnRestriction,
)
from kentongan.edge.geo.osm.tags import (
    NAMELESS_KINDS,
    ROAD_TAGS_LEFT_OUT,
    kind_of,
    name_of,
    other_names_of,
)

Form = Literal["point", "line", "area"]
Geometry = Point | LineString | Polygon | MultiPolygon
Shapes = Callable[[Form, str, Mapping[str, str], Callable[[], Geometry]], None]
"""Called with every tagged object ("n1", "w2", "r3"); its geometry is built when asked for."""

ADMIN_LEVELS: Final = frozenset({"2", "3", "4", "5", "6", "7", "8", "9", "10"})
NAMED_WATERWAYS: Final = frozenset({"river", "canal", "stream", "drain"})
DIRECTED: Final = frozenset({"highway", "waterway", "natural"})

Line = tuple[tuple[int, ...], tuple[float, ...], tuple[float, ...]]


class Gathering:
    """What has been kept so far. `box` leaves out what lies wholly outside of it.

    `outside` encloses what was left out so, `None` when nothing was.
    """

    def __init__(self, path: Path, limits: ReadLimits, box: Bounds | None, shapes: Shapes | None):
        self._path = path
        self._limits = limits
        self._box = box
        self._shapes = shapes
        self._factory = osmium.geom.WKBFactory()
        self._points = 0
        self._waterways: set[str] = set()
        self.roads: list[RoadWay] = []
        self.restrictions: list[TurnRestriction] = []
        self.barriers: list[Barrier] = []
        self.features: list[NamedFeature] = []
        self.areas: list[Area] = []
        self.coastline: list[CoastLine] = []
        self.counts: Counter[str] = Counter()
        self.outside: Bounds | None = None

    def node(self, node: Node) -> None:
        """A tagged node: barrier, feature, point on the map."""
        location = node.location
        if not location.valid():
            self.counts["dropped_nodes_without_position"] += 1
            return
        lat, lon = location.lat, location.lon
        if not self._holds(lat, lon):
            return
        self.counts["nodes"] += 1
        tags = _tags(node.tags)
        if barrier := tags.get("barrier"):
            self.barriers.append(Barrier(node.id, barrier, tags))
        self._feature(f"n{node.id}", tags, lat, lon)
        if self._shapes:
            self._shapes("point", f"n{node.id}", tags, lambda: Point(lon, lat))

    def way(self, way: Way) -> None:
        """A tagged way: road, coastline, line on the map. Closed ones come again as areas."""
        nodes, lats, lons = line = _line(way)
        if len(nodes) < len(way.nodes):
            self.counts["dropped_points_without_position"] += len(way.nodes) - len(nodes)
        if len(nodes) < 2:
            self.counts["dropped_ways_too_short"] += 1
            return
        if not self._touches(lats, lons):
            return
        self.counts["ways"] += 1
        tags = _tags(way.tags)
        if "highway" in tags and tags.get("area") != "yes":
            self._road(way.id, line, tags)
        elif tags.get("natural") == "coastline":
            self.coastline.append(CoastLine(lats, lons))
        elif tags.get("waterway") in NAMED_WATERWAYS:
            self._named_water(way.id, line, tags)
        if self._shapes and (nodes[0] != nodes[-1] or DIRECTED & tags.keys()):
            points = zip(lons, lats, strict=True)
            self._shapes("line", f"w{way.id}", tags, lambda: LineString(list(points)))

    def relation(self, relation: Relation) -> None:
        """A relation: turn restriction. Boundaries come as areas when they are whole."""
        self.counts["relations"] += 1
        tags = _tags(relation.tags)
        if tags.get("type") == "restriction":
            self._restriction(relation, tags)
        elif tags.get("boundary") == "administrative" and tags.get("admin_level") in ADMIN_LEVELS:
            self.counts["admin_relations"] += 1

    def area(self, area: OsmArea) -> None:
        """A closed way or multipolygon: administrative area, feature, area on the map."""
        tags = _tags(area.tags)
        osm = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
        built: list[MultiPolygon] = []

        def geometry() -> MultiPolygon:
            if not built:
                wkb = self._factory.create_multipolygon(area)
                built.append(cast(MultiPolygon, shapely.from_wkb(wkb)))
            return built[0]

        try:
            if self._box and not self._overlaps(geometry()):
                return
            self.counts["areas"] += 1
            self._area(osm, tags, geometry)
        except (RuntimeError, shapely.GEOSException):
            self.counts["dropped_areas_with_broken_rings"] += 1

    def _area(
        self, osm: str, tags: Mapping[str, str], geometry: Callable[[], MultiPolygon]
    ) -> None:
        level, name = tags.get("admin_level", ""), name_of(tags)
        if tags.get("boundary") == "administrative" and level in ADMIN_LEVELS:
            if name:
                self.areas.append(Area(osm, int(level), name, geometry()))
            else:
                self.counts["dropped_admin_areas_without_name"] += 1
        elif self._is_feature(tags):
            inside = geometry().representative_point()
            self._feature(osm, tags, inside.y, inside.x)
        if self._shapes:
            self._shapes("area", osm, tags, geometry)

    def _road(self, way: int, line: Line, tags: Mapping[str, str]) -> None:
        nodes, lats, lons = line
        kept = {key: value for key, value in tags.items() if not ROAD_TAGS_LEFT_OUT.match(key)}
        self.roads.append(RoadWay(way, nodes, lats, lons, kept))
        self._points += len(nodes)
        refuse_if_too_many(self._path, "roads", len(self.roads), self._limits.road_ways)
        refuse_if_too_many(self._path, "points of roads", self._points, self._limits.road_points)

    def _named_water(self, way: int, line: Line, tags: Mapping[str, str]) -> None:
        """One feature for all pieces of a river, at the middle point of the first."""
        name = name_of(tags)
        if name and name not in self._waterways:
            self._waterways.add(name)
            middle = len(line[0]) // 2
            self._feature(f"w{way}", tags, line[1][middle], line[2][middle])

    def _is_feature(self, tags: Mapping[str, str]) -> bool:
        kind = kind_of(tags)
        return kind is not None and (bool(name_of(tags)) or kind in NAMELESS_KINDS)

    def _feature(self, osm: str, tags: Mapping[str, str], lat: float, lon: float) -> None:
        kind = kind_of(tags)
        if kind is None:
            return
        name = name_of(tags)
        if not name and kind not in NAMELESS_KINDS:
            self.counts["dropped_features_without_name"] += 1
            return
        self.features.append(
            NamedFeature(osm, sys.intern(kind), name, other_names_of(tags), lat, lon, tags)
        )
        refuse_if_too_many(self._path, "named places", len(self.features), self._limits.features)

    def _restriction(self, relation: Relation, tags: Mapping[str, str]) -> None:
        kind = tags.get("restriction")
        timed = tags.get("restriction:conditional")
        if kind is None and timed is None:
            self.counts["dropped_restrictions_of_other_vehicles"] += 1
            return
        if len(relation.members) > self._limits.relation_members:
            self.counts["dropped_restrictions_too_long"] += 1
            return
        sides: dict[str, list[int]] = {"from": [], "to": []}
        via: list[int] = []
        for member in relation.members:
            if member.type == "w" and member.role in sides:
                sides[member.role].append(member.ref)
            elif member.role == "via" and member.type == "n":
                via.append(member.ref)
        if len(via) != 1 or not sides["from"] or not sides["to"]:
            self.counts["dropped_restrictions_not_through_one_node"] += 1
            return
        said = kind or (timed or "").split("@")[0].strip()
        spared = tuple(part.strip() for part in tags.get("except", "").split(";") if part.strip())
        self.restrictions.extend(
            TurnRestriction(relation.id, said, start, via[0], end, spared, kind is None)
            for start in sides["from"]
            for end in sides["to"]
        )

    def _holds(self, lat: float, lon: float) -> bool:
        return self._touches((lat,), (lon,))

    def _touches(self, lats: tuple[float, ...], lons: tuple[float, ...]) -> bool:
        box = self._box
        if box is None:
            return True
        low, high = (min(lats), min(lons)), (max(lats), max(lons))
        if (
            low[0] <= box.north
            and high[0] >= box.south
            and low[1] <= box.east
            and high[1] >= box.west
        ):
            return True
        self.counts["dropped_outside_the_box"] += 1
        was = self.outside or Bounds(*low, *high)
        self.outside = Bounds(
            min(was.south, low[0]),
            min(was.west, low[1]),
            max(was.north, high[0]),
            max(was.east, high[1]),
        )
        return False

    def _overlaps(self, geometry: MultiPolygon) -> bool:
        west, south, east, north = geometry.bounds
        return self._touches((south, north), (west, east))


def _tags(tags: TagList) -> dict[str, str]:
    """The tags as a dictionary whose frequent words are each kept once."""
    return {sys.intern(tag.k): sys.intern(tag.v) for tag in tags}


def _line(way: Way) -> Line:
    """Ids and positions of the nodes that have a position; doubled nodes once."""
    nodes: list[int] = []
    lats: list[float] = []
    lons: list[float] = []
    for ref in way.nodes:
        location = ref.location
        if location.valid() and (not nodes or nodes[-1] != ref.ref):
            nodes.append(ref.ref)
            lats.append(location.lat)
            lons.append(location.lon)
    return tuple(nodes), tuple(lats), tuple(lons)
