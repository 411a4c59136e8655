"""Documents of an OpenStreetMap extract: streets, facilities, places, crossings, kilometre marks.

Decides what of a map people say when they call for help, under which kind, and how important it
is. A stop is less than the hospital it is named after. Every document carries its OSM id as key.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from kentongan.cities.facts import Confidence
from kentongan.cities.gazetteer import PlaceKind
from kentongan.edge.geo.gazetteer.areas import Areas, contexts_of
from kentongan.edge.geo.gazetteer.crossings import Crossings
from kentongan.edge.geo.gazetteer.documents import Document
from kentongan.edge.geo.gazetteer.from_network import Piece, streets_of
from kentongan.edge.geo.osm.raw import Extract, NamedFeature
from kentongan.edge.geo.osm.tags import name_of, other_names_of

POINT_ACCURACY_M: Final = 40
AREA_ACCURACY_M: Final = 600

_KINDS: Final = {
    "amenity=hospital": (PlaceKind.HOSPITAL, 0.95),
    "healthcare=hospital": (PlaceKind.HOSPITAL, 0.95),
    "amenity=clinic": (PlaceKind.PLACE, 0.6), "amenity=doctors": (PlaceKind.PLACE, 0.45),
    "amenity=fire_station": (PlaceKind.POST, 0.8), "amenity=police": (PlaceKind.POLICE, 0.75),
    "emergency=ambulance_station": (PlaceKind.POST, 0.75),
    "amenity=university": (PlaceKind.LANDMARK, 0.85), "amenity=college": (PlaceKind.PLACE, 0.6),
    "amenity=school": (PlaceKind.PLACE, 0.55), "amenity=kindergarten": (PlaceKind.PLACE, 0.4),
    "amenity=place_of_worship": (PlaceKind.PLACE, 0.55),
    "amenity=townhall": (PlaceKind.LANDMARK, 0.85),
    "amenity=marketplace": (PlaceKind.LANDMARK, 0.75),
    "amenity=bus_station": (PlaceKind.LANDMARK, 0.8),
    "amenity=fuel": (PlaceKind.PLACE, 0.5), "amenity=bank": (PlaceKind.PLACE, 0.4),
    "amenity=grave_yard": (PlaceKind.PLACE, 0.45), "amenity=theatre": (PlaceKind.PLACE, 0.6),
    "railway=station": (PlaceKind.LANDMARK, 0.9), "railway=halt": (PlaceKind.LANDMARK, 0.7),
    "railway=level_crossing": (PlaceKind.LEVEL_CROSSING, 0.5),
    "highway=milestone": (PlaceKind.TOLL_KM, 0.4),
    "barrier=toll_booth": (PlaceKind.LANDMARK, 0.6),
    "highway=motorway_junction": (PlaceKind.LANDMARK, 0.5),
    "highway=bus_stop": (PlaceKind.STOP, 0.3), "public_transport=platform": (PlaceKind.STOP, 0.3),
    "public_transport=stop_position": (PlaceKind.STOP, 0.25),
    "aeroway=aerodrome": (PlaceKind.LANDMARK, 0.95), "aeroway=terminal": (PlaceKind.LANDMARK, 0.8),
    "tourism=hotel": (PlaceKind.PLACE, 0.55), "tourism=museum": (PlaceKind.LANDMARK, 0.75),
    "tourism=attraction": (PlaceKind.LANDMARK, 0.75), "shop=mall": (PlaceKind.LANDMARK, 0.85),
    "leisure=stadium": (PlaceKind.LANDMARK, 0.8), "leisure=park": (PlaceKind.PLACE, 0.6),
    "place=square": (PlaceKind.LANDMARK, 0.85), "landuse=residential": (PlaceKind.HAMLET, 0.55),
    "landuse=industrial": (PlaceKind.HAMLET, 0.55), "landuse=cemetery": (PlaceKind.PLACE, 0.45),
}  # fmt: skip
_BY_KEY: Final = {
    "place": (PlaceKind.HAMLET, 0.6), "historic": (PlaceKind.LANDMARK, 0.65),
    "amenity": (PlaceKind.PLACE, 0.4), "office": (PlaceKind.PLACE, 0.45),
    "shop": (PlaceKind.PLACE, 0.35), "tourism": (PlaceKind.PLACE, 0.45),
    "leisure": (PlaceKind.PLACE, 0.4), "healthcare": (PlaceKind.PLACE, 0.5),
    "man_made": (PlaceKind.PLACE, 0.4), "military": (PlaceKind.PLACE, 0.5),
    "waterway": (PlaceKind.PLACE, 0.4), "water": (PlaceKind.PLACE, 0.45),
    "natural": (PlaceKind.PLACE, 0.4), "building": (PlaceKind.PLACE, 0.4),
    "railway": (PlaceKind.PLACE, 0.4), "public_transport": (PlaceKind.STOP, 0.3),
    "landuse": (PlaceKind.PLACE, 0.35), "aeroway": (PlaceKind.PLACE, 0.4),
    "emergency": (PlaceKind.PLACE, 0.4),
}  # fmt: skip
_NAMELESS: Final = {
    PlaceKind.HOSPITAL: "Rumah sakit", PlaceKind.POST: "Pos pemadam atau ambulans",
    PlaceKind.POLICE: "Pos polisi", PlaceKind.LEVEL_CROSSING: "Perlintasan kereta",
}  # fmt: skip
_KM: Final = re.compile(r"(?P<km>\d{1,4}(?:[.,]\d{1,3})?)")
_CALLED_CROSSING: Final = re.compile(r"^(?:jpl|perlintasan|palang)\b", re.IGNORECASE)
_CALLED_GATE: Final = re.compile(r"\b(?:gerbang|gt|gate|toll?)\b", re.IGNORECASE)


def documents_of(extract: Extract, areas: Areas) -> list[Document]:
    """Everything in an extract that a caller may name."""
    return [*_streets(extract, areas), *_features(extract, areas)]


def crossings_of(extract: Extract) -> Crossings:
    """Every node that ways of at least two names share."""
    names: dict[int, set[str]] = {}
    where: dict[int, tuple[float, float]] = {}
    for road in extract.roads:
        name = name_of(road.tags)
        if not name:
            continue
        for node, lat, lon in zip(road.nodes, road.lats, road.lons, strict=True):
            names.setdefault(node, set()).add(name)
            where[node] = (lat, lon)
    return Crossings.of(
        (*where[node], sorted(called)) for node, called in names.items() if len(called) > 1
    )


def _streets(extract: Extract, areas: Areas) -> Iterator[Document]:
    pieces = [
        Piece(
            name=name_of(road.tags),
            kind=road.tags.get("highway", ""),
            lats=road.lats,
            lons=road.lons,
            nodes=road.nodes,
            other_names=other_names_of(road.tags),
        )
        for road in extract.roads
        if name_of(road.tags)
    ]
    return streets_of(pieces, areas, "osm")


def _features(extract: Extract, areas: Areas) -> Iterator[Document]:
    roads = _road_names(extract)
    contexts = contexts_of(areas, [(one.lat, one.lon) for one in extract.features])
    for feature, (context, kelurahan) in zip(extract.features, contexts, strict=True):
        kind, importance = kind_of(feature)
        name = _name(feature, kind, roads.get(feature.osm, ""), context)
        if not name:
            continue
        yield Document(
            key=feature.osm,
            name=name,
            other_names=feature.other_names,
            kind=kind,
            lat=feature.lat,
            lon=feature.lon,
            source="osm",
            accuracy_m=AREA_ACCURACY_M if kind is PlaceKind.HAMLET else POINT_ACCURACY_M,
            context=context,
            address=_address(feature.tags),
            importance=importance if feature.name else 0.3,
            kelurahan=kelurahan,
            confidence=Confidence.MEDIUM,
        )


def kind_of(feature: NamedFeature) -> tuple[PlaceKind, float]:
    """The kind of a mapped thing and how important it is in a call."""
    known = _KINDS.get(feature.kind) or _BY_KEY.get(feature.kind.partition("=")[0])
    if "puskesmas" in feature.name.lower() and known and known[0] is not PlaceKind.STOP:
        return PlaceKind.PUSKESMAS, 0.65
    return known or (PlaceKind.PLACE, 0.35)


def _name(feature: NamedFeature, kind: PlaceKind, road: str, context: str) -> str:
    """What it is called; things that serve without a name are called by their place."""
    tags = feature.tags
    if kind is PlaceKind.TOLL_KM:
        km = _KM.search(tags.get("distance") or tags.get("pk") or tags.get("ref") or feature.name)
        return f"KM {km['km']} {road or feature.name or 'Tol'}" if km else feature.name
    if kind is PlaceKind.LEVEL_CROSSING:
        own = feature.name or tags.get("crossing:ref", "") or tags.get("ref", "")
        if own.isdigit():
            own = f"JPL {own}"
        called = own if _CALLED_CROSSING.search(own) else f"Perlintasan {own}".strip()
        at = road or context.partition(",")[0]
        return f"{called} {at}".strip() if own or at else _NAMELESS[kind]
    if feature.kind == "barrier=toll_booth":
        name = feature.name or road
        return name if not name or _CALLED_GATE.search(name) else f"Gerbang Tol {name}"
    if feature.name:
        return feature.name
    place = context.partition(",")[0]
    return f"{_NAMELESS[kind]} {place}".strip() if kind in _NAMELESS else ""


def _road_names(extract: Extract) -> dict[str, str]:
    """The road on which a crossing, mark or booth stands, by its OSM id."""
    wanted = {
        int(one.osm[1:]): one.osm
        for one in extract.features
        if one.osm.startswith("n")
        and one.kind in {"railway=level_crossing", "highway=milestone", "barrier=toll_booth"}
    }
    found: dict[str, str] = {}
    if not wanted:
        return found
    for road in extract.roads:
        name = name_of(road.tags) or road.tags.get("ref", "")
        for node in road.nodes if name else ():
            if node in wanted:
                found.setdefault(wanted[node], name)
    return found


def _address(tags: Mapping[str, str]) -> str:
    """Street and house number as mapped."""
    street, number = tags.get("addr:street", ""), tags.get("addr:housenumber", "")
    return f"{street} No. {number}".strip() if street and number else street
