"""Closed and slowed roads as a file that outlives every import: `closures.geojson`.

A GeoJSON FeatureCollection. Each feature is one closure by its geometry and, where it was a whole
street, the OSM way id: never by a number of the network, which changes with each import. The
properties are the other fields of `routing.closures.Closure`; `factors` multiply the driving time
of a profile and 0 closes, times carry their offset from UTC.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import numpy as np
import shapely
from msgspec import Struct

from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.routing.closures import Closure, ClosureBroken, check

CLOSURES_MAX: Final = 20_000
"""Closures of one city at a time; a flood closes hundreds."""

FILE_BYTES_MAX: Final = 100_000_000
REASON_CHARACTERS_MAX: Final = 500
GEOMETRIES: Final = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"}
)


class Fare(Struct, frozen=True, kw_only=True):
    """How closures fare in another network: found by their way, or by geometry alone."""

    by_way: int
    by_geometry: int


def closures_file(data: Path, pack: str) -> Path:
    """Where a centre keeps the closures of that city: beside its versions, in none of them."""
    return data / "cities" / pack / "closures.geojson"


def to_geojson(closures: Sequence[Closure]) -> bytes:
    """The file's content, the same for the same closures, one feature a line."""
    lines: list[bytes] = []
    for one in sorted(closures, key=lambda one: one.id):
        properties = cast(dict[str, Any], msgspec.to_builtins(one))
        geometry = properties.pop("geometry")
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        lines.append(msgspec.json.encode(feature, order="deterministic"))
    return b'{"type":"FeatureCollection","features":[\n' + b",\n".join(lines) + b"\n]}\n"


def read_closures(path: Path) -> list[Closure]:
    """The closures in a file; raises `ImportRefused` with line and field for a wrong one."""
    features = _features(path)
    closures: dict[str, Closure] = {}
    for number, one in enumerate(features):
        closure = _closure(path, f"features[{number}]", one)
        if closure.id in closures:
            raise ImportRefused(
                f"the id {closure.id!r} a second time", file=path.name, field=f"features[{number}]"
            )
        closures[closure.id] = closure
    return list(closures.values())


def fare_of(closures: Iterable[Closure], network: RoadNetwork) -> Fare:
    """How many of them find their OSM way again in that network."""
    ways = [one.way for one in closures]
    known = np.isin(np.array([way or 0 for way in ways], dtype=np.int64), network.way)
    by_way = sum(bool(way) and bool(found) for way, found in zip(ways, known, strict=True))
    return Fare(by_way=by_way, by_geometry=len(ways) - by_way)


def _features(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ImportRefused(f"more than {FILE_BYTES_MAX:,} bytes", file=path.name)
        content: Any = json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise ImportRefused(f"not JSON: {error.msg}", file=path.name, line=error.lineno) from error
    except OSError as error:
        raise ImportRefused(error.strerror or str(error), file=path.name) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise ImportRefused(f"not JSON: {error}", file=path.name) from error
    features = cast(dict[str, Any], content).get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        raise ImportRefused("a FeatureCollection belongs here", file=path.name, field="features")
    some = cast(list[Any], features)
    if len(some) > CLOSURES_MAX:
        raise ImportRefused(f"more than {CLOSURES_MAX:,} closures", file=path.name)
    return some


def _closure(path: Path, field: str, value: Any) -> Closure:
    def refused(text: str, inner: str) -> ImportRefused:
        return ImportRefused(text, file=path.name, field=f"{field}.{inner}")

    feature = cast(dict[str, Any], value) if isinstance(value, dict) else {}
    said, geometry = feature.get("properties"), feature.get("geometry")
    if not isinstance(said, dict) or not isinstance(geometry, dict):
        raise ImportRefused(
            "a Feature with properties and geometry belongs here", file=path.name, field=field
        )
    try:
        closure = msgspec.convert({**cast(dict[str, Any], said), "geometry": geometry}, Closure)
        check(closure)
    except (msgspec.ValidationError, ClosureBroken) as error:
        raise refused(str(error), "properties") from error
    if not closure.id or len(closure.reason) > REASON_CHARACTERS_MAX:
        limit = f"an id, and at most {REASON_CHARACTERS_MAX} characters of reason"
        raise refused(limit, "properties")
    if fault := _geometry_fault(cast(dict[str, Any], geometry)):
        raise refused(fault, "geometry")
    return closure


def _geometry_fault(geometry: dict[str, Any]) -> str | None:
    """What is wrong with a geometry, `None` when it can be drawn on a map."""
    kind = geometry.get("type")
    if kind not in GEOMETRIES:
        return f"{kind!r} is none of {', '.join(sorted(GEOMETRIES))}"
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except shapely.GEOSException as error:
        return str(error)
    west, south, east, north = cast(Any, shape).bounds
    if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
        return None
    return "no place on earth; GeoJSON has [longitude, latitude]"
