"""Objects of an extract as they are drawn: what reading hands on, layer by layer, and the sea."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal

from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from kentongan.edge.geo.tiles.layers import ZOOM_MIN, Layer, Properties, TileFeature, drawn

AS_POINTS: Final = frozenset({Layer.PLACE, Layer.POI})
"""Layers whose things are drawn at a point, also where an area is mapped."""


def features_of(
    form: Literal["point", "line", "area"],
    osm: str,
    tags: Mapping[str, str],
    geometry: Callable[[], BaseGeometry],
) -> Iterator[TileFeature]:
    """How that object is drawn; its geometry is only built when it is drawn at all."""
    for layer, min_zoom, properties in drawn(form, tags):
        shape = geometry()
        if layer in AS_POINTS and form == "area":
            shape = shape.representative_point()
        if layer is Layer.BOUNDARY:
            shape = shape.boundary
        number = int(osm[1:]) if layer is Layer.ROAD else 0
        yield TileFeature(layer, min_zoom, shape, properties, number)


def sea_features(polygons: Iterable[Polygon]) -> Iterator[TileFeature]:
    """The sea, seen from the farthest zoom on."""
    nothing: Properties = {}
    for polygon in polygons:
        yield TileFeature(Layer.SEA, ZOOM_MIN, polygon, nothing)
