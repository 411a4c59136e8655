"""Operations on whole arrays of shapes, with types that shapely itself leaves open. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Geometries = NDArray[np.object_]
Box = tuple[float, float, float, float]

_shapely = cast(Any, shapely)


def array_of(shapes: Sequence[Any]) -> Geometries:
    """The shapes as one array."""
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found


def from_wkb(texts: Sequence[bytes]) -> Geometries:
    """Shapes out of their bytes."""
    return _shapely.from_wkb(array_of(texts))


def boxes_of(shapes: Geometries) -> Numbers:
    """x_min, y_min, x_max, y_max of each; NaN for an empty one."""
    return _shapely.bounds(shapes)


def dimensions_of(shapes: Geometries) -> NDArray[np.int32]:
    """0 points, 1 lines, 2 areas."""
    return _shapely.get_dimensions(shapes)


def are_empty(shapes: Geometries) -> NDArray[np.bool_]:
    """Which of them hold nothing."""
    return _shapely.is_empty(shapes)


def simplified(shapes: Geometries, tolerance: float) -> Geometries:
    """The shapes with fewer points, none farther than `tolerance` from where it was."""
    return _shapely.simplify(shapes, tolerance, preserve_topology=False)


def moved(shapes: Geometries, move: Callable[[Numbers], Numbers]) -> Geometries:
    """The shapes with every row of (x, y) moved."""
    return _shapely.transform(shapes, move)


def clipped(shapes: Geometries, box: Box) -> Geometries:
    """The parts inside the box; what GEOS cannot cut because it is no valid shape is empty."""
    try:
        return _shapely.clip_by_rect(shapes, *box)
    except shapely.GEOSException:
        return array_of([clipped_one(one, box) for one in shapes])


def clipped_one(shape: Any, box: Box) -> Any:
    """The part of one shape inside the box, empty when it cannot be cut."""
    try:
        return _shapely.clip_by_rect(shape, *box)
    except shapely.GEOSException:
        return shapely.Point()
