"""Local streets of a kelurahan: a slightly turned lattice around its centre, with gang between.

Every kelurahan keeps to its own ground (what is nearer to its centre than to any other) and out of
the water. Each fourth line is a gang too narrow for a fire engine; some pieces are missing, as in
any grown quarter. Where an arterial road passes, the nearest corner joins it.
"""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from kentongan.edge.geo.synthetic.near import Near
from kentongan.edge.geo.synthetic.plane import Places, chance
from kentongan.edge.geo.synthetic.waters import Waters

SPACING_M: Final = 130.0
RADIUS_MIN_M, RADIUS_MAX_M = 300.0, 900.0
MISSING: Final = 0.12
"""Part of the lattice's pieces that are not there."""

GANG_EACH: Final = 4
"""One line of so many is a gang."""


class Street(NamedTuple):
    """A straight piece of street through corners, by their numbers."""

    corners: tuple[int, ...]
    kind: str
    name: str


class Quarter(NamedTuple):
    """The corners (x, y in metres) and streets of one kelurahan."""

    corners: Places
    streets: tuple[Street, ...]


def quarter(number: int, name: str, centres: Near, waters: Waters) -> Quarter:
    """The streets around centre `number`."""
    middle = centres.places[number]
    near, _ = centres.some(middle, 4)
    radius = float(np.clip(0.6 * np.mean(near[1:]), RADIUS_MIN_M, RADIUS_MAX_M))
    steps = math.floor(radius / SPACING_M)
    turned = (chance("turn", name, number) - 0.5) * math.pi / 3
    grid, corners = _corners(middle, steps, turned)
    _, owner = centres.nearest(corners)
    is_ours = (owner == number) & ~waters.in_water(corners)
    numbers = {grid[n]: place for place, n in enumerate(np.flatnonzero(is_ours).tolist())}
    kept = corners[is_ours]
    streets = tuple(_streets(name, numbers, kept, steps, waters))
    return Quarter(kept, streets)


def _corners(middle: Places, steps: int, turned: float) -> tuple[list[tuple[int, int]], Places]:
    grid = [(i, j) for i in range(-steps, steps + 1) for j in range(-steps, steps + 1)]
    offsets = (np.array(grid, np.float64) + 0.5) * SPACING_M
    cosine, sine = math.cos(turned), math.sin(turned)
    return grid, middle + offsets @ np.array([[cosine, sine], [-sine, cosine]])


def _streets(
    name: str,
    numbers: dict[tuple[int, int], int],
    corners: Places,
    steps: int,
    waters: Waters,
) -> Iterator[Street]:
    count = 0
    wet = _wet(numbers, corners, waters)
    for across in (False, True):
        for line in range(-steps, steps + 1):
            is_gang = line % GANG_EACH == 0
            count += 1
            told = f"Gang {count} {name}" if is_gang else f"Jalan {name} {count}"
            cells = [(s, line) if across else (line, s) for s in range(-steps, steps + 1)]
            for run in _runs(name, cells, numbers, wet):
                yield Street(run, "living_street" if is_gang else "residential", told)


def _wet(
    numbers: dict[tuple[int, int], int], corners: Places, waters: Waters
) -> set[tuple[int, int]]:
    """Neighbouring corners with a river between them, by their numbers."""
    pairs = [
        (corner, numbers[after])
        for (i, j), corner in numbers.items()
        for after in ((i + 1, j), (i, j + 1))
        if after in numbers
    ]
    if not pairs:
        return set()
    crossed = waters.crossed(corners[np.array(pairs)])
    return {pair for pair, is_wet in zip(pairs, crossed.tolist(), strict=True) if is_wet}


def _runs(
    name: str,
    cells: list[tuple[int, int]],
    numbers: dict[tuple[int, int], int],
    wet: set[tuple[int, int]],
) -> Iterator[tuple[int, ...]]:
    """Unbroken rows of corners: broken by water, by other ground, and by a missing piece."""
    run: list[int] = []
    for cell in cells:
        corner = numbers.get(cell)
        is_open = chance("piece", name, cell, cells[0]) >= MISSING
        if corner is None or not is_open or (run and (run[-1], corner) in wet):
            if len(run) > 1:
                yield tuple(run)
            run = []
        if corner is not None:
            run.append(corner)
    if len(run) > 1:
        yield tuple(run)
