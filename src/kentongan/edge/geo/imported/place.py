"""Where the extract must lie, and the refusal when it lies elsewhere."""

import math
from typing import Final

import numpy as np

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.edge.geo.imported.boundary import Boundary
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.edge.geo.imported.request import ImportRequest
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.osm.raw import Bounds, ExtractElsewhere

METRES_PER_DEGREE: Final = 111_195.0
COVERED_ENOUGH: Final = 0.6
"""Part of the city's box that the roads' box must fill; less is worth a warning: half a city."""

COVERED_LEAST: Final = 0.5
"""Less is refused unless it is said to be meant: calls from the rest would have no roads."""


def target_of(request: ImportRequest, boundary: Boundary | None) -> Bounds | None:
    """The city's box: the boundary's, else the pack's, else none. Raises `ImportRefused`."""
    pack = _pack_box(request)
    if boundary is None:
        return pack
    if pack is not None and not overlap(boundary.bounds, pack):
        raise _boundary_elsewhere(boundary, pack, f"the city pack {request.pack}")
    return boundary.bounds


def with_margin(box: Bounds, margin_m: int) -> Bounds:
    """The box, so many metres larger on every side."""
    north_south = margin_m / METRES_PER_DEGREE
    nearest_pole = min(89.0, max(abs(box.south), abs(box.north)))
    east_west = north_south / math.cos(math.radians(nearest_pole))
    return Bounds(
        max(-90.0, box.south - north_south),
        max(-180.0, box.west - east_west),
        min(90.0, box.north + north_south),
        min(180.0, box.east + east_west),
    )


def elsewhere(
    request: ImportRequest, boundary: Boundary | None, target: Bounds, error: ExtractElsewhere
) -> ImportRefused:
    """What to tell about an extract of another place."""
    if boundary is not None and _fits_swapped(boundary, error.seen):
        return _swapped(boundary)
    away_km = distance_m(_middle(target), _middle(error.seen)) / 1_000
    name = boundary.file if boundary else f"the city pack {request.pack}"
    hint = "" if boundary else "; for another city give its own --pack KEY, or --boundary FILE"
    return ImportRefused(
        f"the extract lies at {said(error.seen)}, {away_km:,.0f} km away from {name}"
        f" ({said(target)}): no road of it is inside{hint}",
        file=request.extract.name,
    )


def coverage_warning(
    network: RoadNetwork, target: Bounds, *, may_be_partial: bool, file: str
) -> str | None:
    """A word when the roads fill only a part of the city's box. Raises `ImportRefused` when they
    fill so little that it can only be meant when somebody says so."""
    filled = _filled(network, target)
    if filled >= COVERED_ENOUGH:
        return None
    said = f"the roads fill only {filled:.0%} of the city's box"
    if not filled:
        said = "no junction of the road network lies inside the city's box"
    if filled < COVERED_LEAST and not may_be_partial:
        raise ImportRefused(
            f"{said}: calls from the rest would have no roads; take a larger extract, or say"
            " --partial if this is meant",
            file=file,
        )
    return f"{said}: is the extract cut too small?"


def _filled(network: RoadNetwork, target: Bounds) -> float:
    """What part of the box the box around the roads inside it fills, 0 to 1."""
    north_south = (network.node_lat - target.south) / max(1e-9, target.north - target.south)
    east_west = (network.node_lon - target.west) / max(1e-9, target.east - target.west)
    inside = (north_south >= 0) & (north_south < 1) & (east_west >= 0) & (east_west < 1)
    if not inside.any():
        return 0.0
    return float(np.ptp(north_south[inside]) * np.ptp(east_west[inside]))


def overlap(one: Bounds, other: Bounds) -> bool:
    """Whether two boxes share anything."""
    return (
        one.south <= other.north
        and other.south <= one.north
        and one.west <= other.east
        and other.west <= one.east
    )


def said(box: Bounds) -> str:
    """The box for people."""
    return f"lat {box.south:.3f} to {box.north:.3f}, lon {box.west:.3f} to {box.east:.3f}"


def _pack_box(request: ImportRequest) -> Bounds | None:
    if not request.is_placed:
        return None
    box = request.words.city.bbox
    return Bounds(box.lat_min, box.lon_min, box.lat_max, box.lon_max)


def _boundary_elsewhere(boundary: Boundary, other: Bounds, name: str) -> ImportRefused:
    if _fits_swapped(boundary, other):
        return _swapped(boundary)
    return ImportRefused(
        f"the outline lies at {said(boundary.bounds)}, {name} at {said(other)}: they do not touch",
        file=boundary.file,
    )


def _fits_swapped(boundary: Boundary, other: Bounds) -> bool:
    swapped = boundary.swapped_bounds
    return swapped is not None and overlap(swapped, other)


def _swapped(boundary: Boundary) -> ImportRefused:
    return ImportRefused(
        "coordinates swapped: the outline fits when latitude and longitude are exchanged;"
        " GeoJSON has [longitude, latitude]",
        file=boundary.file,
        field="coordinates",
    )


def _middle(box: Bounds) -> Point:
    return Point((box.south + box.north) / 2, (box.west + box.east) / 2)
