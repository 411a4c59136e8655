"""Which edges a closure's drawing means, in the network that is in use now.

A polygon means every edge that it touches: the whole piece from junction to junction, because who
enters it comes to the water. In an area under water the bridges stand above it and stay open; who
means a bridge draws a line along it, a point on it, or names its way. A line along a road means
that road and not the streets that end at it; a short line across a road means that road. A point
means the nearest edge.
"""
# shapely's functions of arrays carry half their types:
# pyright: reportUnknownMemberType=false

import re
from typing import Final, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kentongan.core.shapes import place_said
from kentongan.edge.geo.network.road_network import EdgeFlag, RoadNetwork
from kentongan.edge.geo.network.snapping import Grid
from kentongan.edge.geo.routing.closures import Closure, ClosureBroken
from kentongan.edge.geo.routing.divided import other_side

POINT_REACH_M: Final = 60.0
"""A point farther than this from every road means none."""

LINE_REACH_M: Final = 15.0
"""How exactly a line is drawn along a road."""

LINE_SHARE: Final = 0.6
LINE_ALONG_M: Final = 40.0
"""An edge is meant when so much of it, or so many metres, lie along the line."""

SHORT_M: Final = 4 * LINE_REACH_M
ADVANCE_SHARE: Final = 0.5
"""A shorter edge may lie beside a line and yet lead across it, as between two carriageways: it is
meant when it leads at least so much of its length along the line."""

ACROSS_M: Final = 80.0
"""A line shorter than this may be a barricade across a road."""

POINTS_MAX: Final = 20_000
"""Points of a drawing; more is a mistake."""

_CROSSES: Final = re.compile(r"(?:Ring )?Self-intersection\[(\S+) (\S+)\]")

_KINDS: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)


def edges_of(network: RoadNetwork, grid: Grid, closure: Closure) -> list[int]:
    """The edges meant, in order; none where no road is. Raises `ClosureBroken`."""
    drawing = _drawing(closure, grid)
    near = _near(grid, drawing, POINT_REACH_M)
    if not len(near):
        return []
    shapes = _shapes(network, grid, near)
    match drawing.geom_type:
        case "Polygon" | "MultiPolygon":
            chosen = near[shapely.intersects(shapes, drawing)]
            if closure.is_flood:
                chosen = _below(network, chosen, closure.way)
        case "LineString" | "MultiLineString":
            chosen = near[_along(drawing, shapes)]
        case _:
            parts = shapely.get_parts(drawing)
            meant = [_at_point(network, closure, part, near, shapes) for part in parts]
            chosen = np.unique(np.concatenate(meant))
    if closure.way is not None:
        chosen = _of_way(network, closure.way, drawing, chosen, near)
    numbers: list[int] = chosen.tolist()
    return numbers


def _below(network: RoadNetwork, chosen: NDArray[np.int64], way: int | None) -> NDArray[np.int64]:
    """Those that are no bridge, or that the closure names."""
    is_meant = (network.flags[chosen] & EdgeFlag.BRIDGE) == 0
    if way is not None:
        is_meant |= network.way[chosen] == way
    return chosen[is_meant]


def _drawing(closure: Closure, grid: Grid) -> BaseGeometry:
    """The geometry in the grid's plane, in metres."""
    kind = closure.geometry.get("type")
    if kind not in _KINDS:
        raise ClosureBroken(f"geometry.type: {kind!r} is none of {', '.join(sorted(_KINDS))}")
    try:
        geometry = shapely.geometry.shape(dict(closure.geometry))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise ClosureBroken(f"geometry.coordinates: {error}") from error
    except shapely.errors.ShapelyError as error:
        raise ClosureBroken(f"geometry.coordinates: {error}") from error
    positions = shapely.get_coordinates(geometry)
    if not len(positions):
        raise ClosureBroken("geometry.coordinates: empty")
    if len(positions) > POINTS_MAX:
        raise ClosureBroken(f"geometry.coordinates: more than {POINTS_MAX} points")
    if not np.isfinite(positions).all() or (np.abs(positions) > (180.0, 90.0)).any():
        raise ClosureBroken("geometry.coordinates: not longitude and latitude in degrees")
    scale = np.array((grid.kx, grid.ky))
    plane = shapely.transform(geometry, lambda points: points * scale)
    return plane if plane.is_valid else _mended(geometry, plane)


def _mended(geometry: BaseGeometry, plane: BaseGeometry) -> BaseGeometry:
    """An area with a fault that leaves no doubt what lies in it. Raises `ClosureBroken` where its
    border crosses itself."""
    reason = shapely.is_valid_reason(geometry)
    if found := _CROSSES.match(reason):
        lon, lat = float(found[1]), float(found[2])
        raise ClosureBroken(f"geometry.coordinates: crosses itself at {place_said(lat, lon)}")
    return shapely.make_valid(plane)


def _near(grid: Grid, drawing: BaseGeometry, reach_m: float) -> NDArray[np.int64]:
    """Edges with a segment in a cell that the drawing's bounding box touches."""
    left, bottom, cell, columns, rows = grid.plan.tolist()
    west, south, east, north = drawing.bounds
    low = max(0, int((west - reach_m - left) // cell))
    high = min(int(columns) - 1, int((east + reach_m - left) // cell))
    found: list[NDArray[np.int32]] = []
    first_row = max(0, int((south - reach_m - bottom) // cell))
    last_row = min(int(rows) - 1, int((north + reach_m - bottom) // cell))
    for row in range(first_row, last_row + 1):
        if high >= low:
            start = grid.cell_start[row * int(columns) + low]
            end = grid.cell_start[row * int(columns) + high + 1]
            found.append(grid.cell_segment[start:end])
    if not found:
        return np.empty(0, dtype=np.int64)
    return np.unique(grid.segments[np.concatenate(found), 6]).astype(np.int64)


def _shapes(network: RoadNetwork, grid: Grid, edges: NDArray[np.int64]) -> NDArray[np.object_]:
    starts, ends = network.shape_start[edges], network.shape_start[edges + 1]
    counts = ends - starts
    which = np.repeat(np.arange(len(edges)), counts)
    at = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts) + starts[which]
    points = np.stack((network.shape_lon[at] * grid.kx, network.shape_lat[at] * grid.ky), axis=1)
    return cast("NDArray[np.object_]", shapely.linestrings(points, indices=which))


def _along(line: BaseGeometry, shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which shapes a line runs along, or cuts as a barricade."""
    lengths = shapely.length(shapes)
    beside = shapely.length(shapely.intersection(shapes, shapely.buffer(line, LINE_REACH_M)))
    runs = (beside >= LINE_ALONG_M) | ((beside >= LINE_SHARE * lengths) & (beside > 0))
    short = np.flatnonzero(runs & (lengths < SHORT_M))
    runs[short] = _advances(line, shapes[short])
    if line.length < ACROSS_M:
        cuts = shapely.intersects(shapes, line)
        runs = cuts if cuts.any() else runs
    return runs


def _advances(line: BaseGeometry, shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which shapes lead on along a line, and not from its one side to the other."""
    starts, ends = shapely.get_point(shapes, 0), shapely.get_point(shapes, -1)
    furthest = np.zeros(len(shapes))
    for part in shapely.get_parts(line):
        steps = shapely.line_locate_point(part, ends) - shapely.line_locate_point(part, starts)
        furthest = np.maximum(furthest, np.abs(steps))
    leads: NDArray[np.bool_] = furthest >= ADVANCE_SHARE * shapely.distance(starts, ends)
    return leads


def _at_point(
    network: RoadNetwork,
    closure: Closure,
    point: BaseGeometry,
    near: NDArray[np.int64],
    shapes: NDArray[np.object_],
) -> NDArray[np.int64]:
    gaps = shapely.distance(shapes, point)
    at = int(gaps.argmin())
    if gaps[at] > POINT_REACH_M:
        return near[:0]
    nearest = near[at : at + 1]
    if closure.direction != "both":
        return nearest
    within = np.flatnonzero(gaps <= POINT_REACH_M)
    lines = {int(near[one]): shapely.get_coordinates(shapes[one]) for one in within.tolist()}
    beside = other_side(network, int(nearest[0]), shapely.get_coordinates(point)[0], lines)
    return np.concatenate((nearest, np.array(beside, dtype=nearest.dtype)))


def _of_way(
    network: RoadNetwork,
    way: int,
    drawing: BaseGeometry,
    chosen: NDArray[np.int64],
    near: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Those of the way. A drawing that is a little off finds its way nearby; a way that no longer
    exists leaves what the drawing means."""
    same = chosen[network.way[chosen] == way]
    if len(same):
        return same
    nearby = near[network.way[near] == way]
    return nearby if len(nearby) and drawing.geom_type.endswith("Point") else chosen
