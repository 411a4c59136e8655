"""Administrative areas as a GeoJSON file, `areas.geojson`: osm, admin_level, name, outline."""

from pathlib import Path
from typing import Any, cast

import msgspec
import shapely
from msgspec import Struct
from shapely import MultiPolygon, Polygon

from kentongan.edge.geo.osm.raw import Area


class _Properties(Struct, frozen=True):
    osm: str
    admin_level: int
    name: str


class _Feature(Struct, frozen=True, kw_only=True):
    properties: _Properties
    geometry: msgspec.Raw
    type: str = "Feature"


class _Collection(Struct, frozen=True, kw_only=True):
    features: list[_Feature]
    type: str = "FeatureCollection"


def save_areas(areas: list[Area], path: Path) -> None:
    """Write the file. Raises `OSError`."""
    features = [
        _Feature(
            properties=_Properties(one.osm, one.admin_level, one.name),
            geometry=msgspec.Raw(cast(Any, shapely).to_geojson(one.geometry).encode()),
        )
        for one in areas
    ]
    path.write_bytes(msgspec.json.encode(_Collection(features=features)))


def load_areas(path: Path) -> list[Area]:
    """Read it back. Raises `OSError`, `msgspec.MsgspecError`, `shapely.GEOSException`."""
    read = msgspec.json.decode(path.read_bytes(), type=_Collection)
    return [
        Area(
            one.properties.osm,
            one.properties.admin_level,
            one.properties.name,
            cast(Polygon | MultiPolygon, shapely.from_geojson(bytes(one.geometry))),
        )
        for one in read.features
    ]
