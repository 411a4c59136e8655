"""Roads between neighbouring kelurahan: who neighbours whom, what class of road, on which way.

Two are neighbours when no third lies inside the circle between them (Gabriel, K. R.; Sokal, R. R.,
1969, "A new statistical approach to geographic variation analysis"): a plane graph that hangs
together and looks like a net of main roads. Roads between kecamatan are primary, what holds the
city together is secondary, the rest tertiary. A minor road ends at a river and at the sea; a
greater one has a bridge.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from kentongan.edge.geo.synthetic.near import Near, Pairs, holding_together, touching, ways_from
from kentongan.edge.geo.synthetic.plane import Places, chance
from kentongan.edge.geo.synthetic.waters import Waters

LONGEST_M: Final = 9_000.0
"""Neighbours further apart have no road of their own, unless it holds the city together."""

STEP_M: Final = 250.0
"""Between two points of a road where others may join it."""

BEND: Final = 0.08
"""How far a road leaves the straight line, at most, over its length."""


class Arterial(NamedTuple):
    """A road between centres `a` and `b`; `line` has both ends, x and y in metres, `bridges` says
    of each of its steps whether it crosses a river."""

    a: int
    b: int
    kind: str
    line: Places
    bridges: tuple[bool, ...]


def arterials_of(centres: Places, hubs: list[int], waters: Waters) -> list[Arterial]:
    """All roads between neighbours; `hubs` are the centres of kecamatan, as indices."""
    pairs = _neighbours(centres)
    lengths = np.hypot(*(centres[pairs[:, 0]] - centres[pairs[:, 1]]).T)
    holding = _as_set(holding_together(pairs, lengths, len(centres)))
    before = ways_from(hubs, pairs, lengths, len(centres))
    primary = _between(hubs, centres, before)
    found: list[Arterial] = []
    for (a, b), length in zip(pairs.tolist(), lengths.tolist(), strict=True):
        is_main = (a, b) in primary or (a, b) in holding
        if length > LONGEST_M and not is_main:
            continue
        kind = "primary" if (a, b) in primary else "secondary" if is_main else "tertiary"
        line = _drawn(centres[a], centres[b], waters, chance("bend", a, b))
        is_bridge = waters.is_crossed(LineString(line))
        if (is_bridge and kind == "tertiary") or (waters.is_at_sea(line) and not is_main):
            continue
        crossed = waters.crossed(np.stack([line[:-1], line[1:]], axis=1))
        found.append(Arterial(a, b, kind, line, tuple(crossed.tolist())))
    return found


def _neighbours(centres: Places) -> Pairs:
    sides = touching(centres)
    middles = (centres[sides[:, 0]] + centres[sides[:, 1]]) / 2
    radii = np.hypot(*(centres[sides[:, 0]] - centres[sides[:, 1]]).T) / 2
    nearest, _ = Near(centres).nearest(middles)
    return sides[nearest >= radii * (1 - 1e-9)]


def _as_set(pairs: Pairs) -> set[tuple[int, int]]:
    return {(int(a), int(b)) for a, b in pairs}


def _between(hubs: list[int], centres: Places, before: NDArray[np.int32]) -> set[tuple[int, int]]:
    """Pairs on the shortest ways between neighbouring hubs."""
    if len(hubs) < 4:  # too few for neighbours: all ways from the first
        wanted = {(0, other) for other in range(1, len(hubs))}
    else:
        wanted = _as_set(_neighbours(centres[hubs]))
    found: set[tuple[int, int]] = set()
    for start, end in wanted:
        at = hubs[end]
        while at != hubs[start] and before[start, at] >= 0:
            previous = int(before[start, at])
            found.add((min(at, previous), max(at, previous)))
            at = previous
    return found


def _drawn(
    start: NDArray[np.float64], end: NDArray[np.float64], waters: Waters, luck: float
) -> Places:
    """A gentle bend; straight where the bend would leave the land."""
    along = end - start
    length = float(np.hypot(*along))
    steps = max(2, round(length / STEP_M))
    at = np.linspace(0.0, 1.0, steps + 1)[:, None]
    straight = start + at * along
    aside = np.array([-along[1], along[0]]) * BEND * (2 * luck - 1)
    bent = straight + np.sin(np.pi * at) * aside
    return straight if waters.is_at_sea(bent) else bent
