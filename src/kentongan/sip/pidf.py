"""PIDF-LO by value: shapes on the ground as a point and the radius that covers them; the sector of
a cell (ArcBand) keeps its shape besides.

RFC 4119, RFC 5491 (shapes), RFC 5139 (civic). EPSG 4326 and 4979 are latitude, longitude; metres
are EPSG 9001. A value that cannot be read, another unit or another reference system is a defect,
never converted by guess; a place without a position has none, never 0/0.
"""

from __future__ import annotations

import math
import re

from msgspec import Struct

from kentongan.sip.xmltree import Node

POINTS_MAX = 1_000
"""Corners of one polygon; real cell areas have fewer than 100."""
RADIUS_M_MAX = 100_000.0
"""A larger uncertainty says nothing a dispatcher can use: kept as a defect."""
EARTH_RADIUS_M = 6_371_008.8
"""Mean radius (IUGG), good to 0.5 % for the size of a shape."""

_PARTS = frozenset({"tuple", "device", "person"})
_SHAPES = ("Point", "Circle", "Ellipse", "ArcBand", "Polygon", "Prism", "Sphere", "Ellipsoid")
_RADIUS_OF = {
    "Circle": "radius",
    "Sphere": "radius",
    "Ellipse": "semiMajorAxis",
    "Ellipsoid": "semiMajorAxis",
    "ArcBand": "outerRadius",
}
_DEGREES = re.compile(r"urn:ogc:def:uom:EPSG:[0-9.]*:9102|EPSG:9102|#?deg", re.IGNORECASE)
_METRES = re.compile(r"urn:ogc:def:uom:EPSG:[0-9.]*:9001|EPSG:9001|#?m", re.IGNORECASE)
_REFERENCE = re.compile(r"urn:ogc:def:crs:EPSG:[0-9.]*:(4326|4979)|EPSG:(4326|4979)", re.IGNORECASE)
_NUMBER = re.compile(r"[+\-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+\-]?[0-9]{1,2})?")


class Band(Struct, frozen=True):
    """A part of a ring: between two radii, from a direction (degrees from north, clockwise) on over
    an opening of so many degrees."""

    inner_m: float
    outer_m: float
    start_deg: float
    opening_deg: float


class Shape(Struct, frozen=True):
    """Where: the centre in degrees, and the radius in metres within which the shape lies. `band` is
    the part of that circle that an ArcBand means."""

    kind: str
    lat: float
    lon: float
    radius_m: float | None
    band: Band | None = None


class Reading(Struct, frozen=True):
    """What one element of a document says. `civic` pairs keep every element, known or not."""

    shapes: tuple[Shape, ...]
    civic: tuple[tuple[str, str], ...]
    method: str
    measured_at: str
    retention_expiry: str
    retransmission_allowed: str
    defects: tuple[str, ...]


def read_pidf(root: Node) -> tuple[Reading, ...]:
    """One reading for each element that places somebody, one at least, in document order: each has
    a method, a time and rules of its own (RFC 5491 section 3.3).
    """
    parts = [node for node in root.children if node.name in _PARTS and node.find("geopriv")]
    if len(parts) > 1:
        return tuple(_read(part, root.name) for part in parts)
    return (_read(root, root.name),)


def _read(root: Node, document: str) -> Reading:
    """All shapes and the first civic address below `root`."""
    defects: list[str] = []
    if document != "presence":
        defects.append(f"root element is {document}, not presence")
    shapes = [_read_shape(node, defects) for node in _shape_nodes(root)]
    civic = next((node for node in root.walk() if node.name == "civicAddress"), None)
    pairs = tuple((c.name, c.text.strip()) for c in civic.children) if civic else ()
    return Reading(
        shapes=tuple(shape for shape in shapes if shape is not None),
        civic=pairs,
        method=_text(root, "method"),
        measured_at=_text(root, "timestamp"),
        retention_expiry=_text(root, "retention-expiry"),
        retransmission_allowed=_text(root, "retransmission-allowed"),
        defects=tuple(defects),
    )


def _text(root: Node, name: str) -> str:
    node = root.find(name)
    return "" if node is None else node.text.strip()


def _shape_nodes(root: Node) -> list[Node]:
    """Shapes that stand for themselves, not the polygon inside a prism."""
    inside = {id(n) for s in root.walk() if s.name == "Prism" for n in s.walk()[1:]}
    return [n for n in root.walk() if n.name in _SHAPES and id(n) not in inside]


def _read_shape(node: Node, defects: list[str]) -> Shape | None:
    dimensions = _dimensions(node, defects)
    points = _points(node, dimensions) if dimensions else []
    if not points:
        defects.append(f"{node.name} without a readable position")
        return None
    if node.name in {"Polygon", "Prism"}:
        return _covering_circle(node.name, points, defects)
    lat, lon = points[0]
    wanted = _RADIUS_OF.get(node.name)
    radius_m = 0.0 if wanted is None else _length_m(node, wanted, defects)
    band = _band(node, radius_m, defects) if node.name == "ArcBand" else None
    return Shape(node.name, lat, lon, radius_m, band)


def _band(node: Node, outer_m: float | None, defects: list[str]) -> Band | None:
    """RFC 5491, 5.2.5; None, and a defect, for a band that cannot be drawn as told."""
    inner_m = _length_m(node, "innerRadius", defects)
    start_deg, opening_deg = (_angle(node, one, defects) for one in ("startAngle", "openingAngle"))
    if inner_m is None or outer_m is None or start_deg is None or opening_deg is None:
        return None
    if not inner_m < outer_m or not opening_deg:
        defects.append("ArcBand encloses nothing")
        return None
    return Band(inner_m, outer_m, start_deg % 360, opening_deg)


def _angle(node: Node, name: str, defects: list[str]) -> float | None:
    """Degrees, 0 to 360."""
    found = node.find(name)
    text = "" if found is None else found.text.strip()
    unit = "" if found is None else found.attributes.get("uom", "")
    if _NUMBER.fullmatch(text) is None or not _DEGREES.fullmatch(unit.strip()):
        defects.append(f"{name} is no angle in degrees")
        return None
    if not 0 <= float(text) <= 360:
        defects.append(f"{name} is not between 0 and 360 degrees")
        return None
    return float(text)


def _dimensions(node: Node, defects: list[str]) -> int:
    """How many numbers one position has, 0 for a reference system we do not know."""
    named = next((n for n in node.walk() if "srsName" in n.attributes), None)
    if named is None:
        defects.append(f"{node.name} names no reference system, read as EPSG 4326")
        return 2
    found = _REFERENCE.fullmatch(named.attributes["srsName"].strip())
    if found is None:
        defects.append("unknown reference system")
        return 0
    return 3 if "4979" in found.groups() else 2


def _points(node: Node, dimensions: int) -> list[tuple[float, float]]:
    """Latitude and longitude of every position; empty if any of them is unusable."""
    numbers: list[float] = []
    for position in node.walk():
        if position.name not in {"pos", "posList"}:
            continue
        words = position.text.split()[: POINTS_MAX * dimensions]
        if not all(_NUMBER.fullmatch(word) for word in words):
            return []
        if position.name == "pos" and len(words) not in {2, 3}:
            return []
        flat = words[:2] + ["0"] * (dimensions - 2) if position.name == "pos" else words
        numbers += [float(word) for word in flat]
    if not numbers or len(numbers) % dimensions or len(numbers) > POINTS_MAX * dimensions:
        return []
    pairs = [(numbers[i], numbers[i + 1]) for i in range(0, len(numbers), dimensions)]
    return pairs if all(_is_place(lat, lon) for lat, lon in pairs) else []


def _is_place(lat: float, lon: float) -> bool:
    """On the earth, and not 0/0, which senders write for "nowhere"."""
    return abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0.0, 0.0)


def _length_m(node: Node, name: str, defects: list[str]) -> float | None:
    found = node.find(name)
    text = "" if found is None else found.text.strip()
    unit = "" if found is None else found.attributes.get("uom", "")
    if _NUMBER.fullmatch(text) is None or not _METRES.fullmatch(unit.strip()):
        defects.append(f"{name} is no length in metres")
        return None
    if not 0 <= float(text) <= RADIUS_M_MAX:
        defects.append(f"{name} is not between 0 and {RADIUS_M_MAX:.0f} m")
        return None
    return float(text)


def _covering_circle(kind: str, points: list[tuple[float, float]], defects: list[str]) -> Shape:
    """The mean of the corners, and the distance of the farthest of them."""
    if points[0] != points[-1]:
        defects.append(f"{kind} is not closed")
    corners = points[:-1] if len(points) > 1 and points[0] == points[-1] else points
    lat = sum(point[0] for point in corners) / len(corners)
    lon = sum(point[1] for point in corners) / len(corners)
    radius_m = max(_distance_m(lat, lon, *corner) for corner in corners)
    return Shape(kind, lat, lon, radius_m)


def _distance_m(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Haversine."""
    a, b = math.radians(lat_a), math.radians(lat_b)
    d_lat, d_lon = b - a, math.radians(lon_b - lon_a)
    h = math.sin(d_lat / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(d_lon / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))
