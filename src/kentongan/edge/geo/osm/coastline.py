"""The sea as polygons: a box cut along the coastline.

OSM maps no sea, only its shore: lines with land on their left. The box is cut into faces by all
of them, and each face is sea when more metres of shore have it on their right than on their left.
So a stretch drawn the wrong way round, a gap at the edge of an extract or a shore that crosses
itself spoils little. Without a coastline in the box there is no sea. Pure.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString, Polygon, STRtree

from kentongan.edge.geo.osm.raw import Bounds, CoastLine

BESIDE: Final = 2e-6
"""How far beside the shore it is asked which face is there, degrees: about 0.2 m, half the
precision that a consumer GPS could ever tell."""

Numbers = NDArray[np.float64]


def sea_polygons(coastline: Sequence[CoastLine], bounds: Bounds) -> list[Polygon]:
    """The parts of the box that are sea, (lon, lat), largest first."""
    box = shapely.box(bounds.west, bounds.south, bounds.east, bounds.north)
    shores = _shores(coastline, box)
    if not shores:
        return []
    edges = [_lengthened(shore, box) for shore in _merged(shores)]
    noded = shapely.unary_union([box.exterior, *edges])
    faces = [face for face in _parts(shapely.polygonize([noded])) if box.covers(face.centroid)]
    votes = _votes(faces, shores)
    sea = [face for face, vote in zip(faces, votes, strict=True) if vote > 0]
    whole = [part for part in _parts(shapely.unary_union(sea)) if isinstance(part, Polygon)]
    return sorted(whole, key=lambda part: (-part.area, part.bounds))


def _shores(coastline: Sequence[CoastLine], box: Polygon) -> list[LineString]:
    """The coastline inside the box, in its direction."""
    found: list[LineString] = []
    for line in coastline:
        clipped = shapely.intersection(
            LineString(list(zip(line.lons, line.lats, strict=True))), box
        )
        found.extend(part for part in _parts(clipped) if isinstance(part, LineString))
    return found


def _merged(shores: list[LineString]) -> list[LineString]:
    merged = cast(Any, shapely).line_merge(MultiLineString(shores))
    return [part for part in _parts(merged) if isinstance(part, LineString)]


def _lengthened(shore: LineString, box: Polygon) -> LineString:
    """The shore with ends that hang inside the box led to its nearest border.

    They hang where the extract was cut by another outline than this box.
    """
    if shore.is_closed:
        return shore
    points = list(shore.coords)
    for index, place in ((0, points[0]), (len(points), points[-1])):
        end = shapely.Point(place)
        if box.exterior.distance(end) > 0:
            nearest = box.exterior.interpolate(box.exterior.project(end))
            points.insert(min(index, len(points)), (nearest.x, nearest.y))
    return LineString(points)


def _votes(faces: list[Polygon], shores: list[LineString]) -> Numbers:
    """Of each face the shore that has it on its right less that which has it on its left."""
    votes = np.zeros(len(faces))
    starts, ends = _pieces(shores)
    along = ends - starts
    length = np.hypot(along[:, 0], along[:, 1])
    moved = length > 0
    starts, along, length = starts[moved], along[moved], length[moved]
    right = np.column_stack((along[:, 1], -along[:, 0])) / length[:, None] * BESIDE
    middle = starts + along / 2
    tree = STRtree(faces)
    for side, weight in ((middle + right, length), (middle - right, -length)):
        asked, face = _within(tree, side)
        np.add.at(votes, face, weight[asked])
    return votes


def _pieces(shores: list[LineString]) -> tuple[Numbers, Numbers]:
    """Starts and ends of all straight pieces, (lon, lat) each."""
    points = [shapely.get_coordinates(shore) for shore in shores]
    return (
        np.concatenate([one[:-1] for one in points]),
        np.concatenate([one[1:] for one in points]),
    )


def _within(tree: STRtree, points: Numbers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indexes of the points that lie in a face, and of that face."""
    pairs = tree.query(cast(Any, shapely.points(points)), "within")
    return pairs[0], pairs[1]


def _parts(geometry: Any) -> list[Any]:
    """The single geometries something is made of, empty ones left out."""
    return [part for part in cast(Any, shapely.get_parts(geometry)) if not part.is_empty]
