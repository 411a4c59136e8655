"""The carriageway beside another: a divided road lies in the map as two one-way streets.

They bear the same name, are driven in opposite directions and lie side by side. A motorway's two
are told apart by whoever speaks of them (a kilometre and its direction), and a roundabout has no
other side: both are left as they are.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kentongan.edge.geo.network.road_network import BOTH, EdgeFlag, RoadNetwork

ACROSS: Final = 0.5
"""The way over to the other carriageway leads at most so much (a cosine) along the road."""

OPPOSITE: Final = -0.8
"""The cosine between the two directions is at most this: 37 degrees off."""


def other_side(
    network: RoadNetwork,
    edge: int,
    point: NDArray[np.float64],
    lines: Mapping[int, NDArray[np.float64]],
) -> list[int]:
    """The edge beside an edge at a point, of those whose lines are given; empty without one.

    Point and lines are in a plane, in metres; a line runs from tail to head.
    """
    if not _is_half(network, edge):
        return []
    foot, leads = _foot(network, edge, lines[edge], point)
    found: list[tuple[float, int]] = []
    for other, line in lines.items():
        if network.name[other] != network.name[edge] or not _is_half(network, other):
            continue
        there, leads_there = _foot(network, other, line, foot)
        gap_m = float(np.hypot(*(there - foot)))
        is_across = abs(float((there - foot) @ leads)) <= ACROSS * gap_m
        if gap_m > 0 and is_across and float(leads_there @ leads) <= OPPOSITE:
            found.append((gap_m, other))
    return [min(found)[1]] if found else []


def _is_half(network: RoadNetwork, edge: int) -> bool:
    """Whether it may be half of a divided road: one-way, named, no motorway or roundabout."""
    flags = int(network.flags[edge])
    is_oneway = flags & BOTH in (EdgeFlag.FORWARD, EdgeFlag.BACKWARD)
    return is_oneway and bool(flags & EdgeFlag.CONTRAFLOW_OK) and int(network.name[edge]) >= 0


def _foot(
    network: RoadNetwork, edge: int, line: NDArray[np.float64], point: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where an edge comes nearest to a point, and the direction in which it is driven there."""
    starts, steps = line[:-1], np.diff(line, axis=0)
    squares = np.maximum((steps**2).sum(axis=1), 1e-9)
    shares = np.clip(((point - starts) * steps).sum(axis=1) / squares, 0.0, 1.0)
    feet = starts + shares[:, None] * steps
    at = int(((feet - point) ** 2).sum(axis=1).argmin())
    leads = steps[at] / np.sqrt(squares[at])
    return feet[at], leads if network.flags[edge] & EdgeFlag.FORWARD else -leads
