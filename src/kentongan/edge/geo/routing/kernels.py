"""The compiled inner loops: the search against the traffic, and units hung on the graph.

Rows of the arrays, so that what is read together lies together:

    nodes     HEAD first unit that reaches it next · DIST tenths of a second to the goal ·
              NEXT node towards the goal · VIA course towards it
    arcs      ORIGIN · WEIGHT · COURSE · BARRED (1: a turn this profile may not take)
    edges     ENDS_F, ENDS_B where its courses end · FORWARD, BACKWARD live weights ·
              BASE_F, BASE_B weights without closures · FIRST unit on it · unused
    entries   NEXT, PREV in the list of the node · NODE (-1: not hung) · LEFT tenths to that node;
              unit i is entry 2i driving forward and 2i + 1 driving backward
    units     EDGE · FRACTION · NEXT, PREV on the edge · MASK what it can do · FIRST_F, FIRST_B
              tenths until it drives on: from where it stands to the road, turning round · STATE ·
              EAST, NORTH where it stands, millimetres on the grid's plane

All costs are whole numbers, truncated the same way everywhere: every way to search gives the same
answer to the tenth of a second. Nothing here allocates or knows a lock.
"""
# Arrays one by one: a tuple of them would cost more at each call than many a search.
# ruff: noqa: PLR0913, PLR0917

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kentongan.edge.geo.network.compiled import kernel
from kentongan.edge.geo.network.snapping import ONE, fraction_at, snap

CLOSED: Final = 1 << 30
"""Weight of what cannot be driven, and distance of what was not reached."""

HUNG: Final = 0
ON_CLOSED: Final = 1
OFF_NETWORK: Final = 2
ABSENT: Final = 3

ON_ROAD_M: Final = 20.0
"""Who is this near to the middle of a road is on it: its own width, and the error of a position."""

OFF_ROAD_TENTHS_M: Final = 10 * 1.6 / (10 / 3.6)
"""Tenths for every metre beyond that: 1.6 m driven for a straight one (`travel.DETOUR_SHORT`), at
10 km/h over yards, tracks and fields. A seed: the extracts do not say what lies there."""

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


@kernel
def to_road(gap: float) -> int:
    """Tenths from where somebody stands, so many metres from a road, until he is on it."""
    return int((gap - ON_ROAD_M) * OFF_ROAD_TENTHS_M) if gap > ON_ROAD_M else 0


@kernel
def unlink(entry: int, nodes: Ints, entries: Ints) -> None:
    """Take an entry out of its node's list."""
    node = entries[entry, 2]
    if node < 0:
        return
    after, before = entries[entry, 0], entries[entry, 1]
    if before >= 0:
        entries[before, 0] = after
    else:
        nodes[node, 0] = after
    if after >= 0:
        entries[after, 1] = before
    entries[entry, 2] = -1


@kernel
def link(entry: int, node: int, left: int, nodes: Ints, entries: Ints) -> None:
    """Put an entry at the head of a node's list."""
    first = nodes[node, 0]
    entries[entry, 0], entries[entry, 1] = first, -1
    entries[entry, 2], entries[entry, 3] = node, left
    if first >= 0:
        entries[first, 1] = entry
    nodes[node, 0] = entry


@kernel
def hang(unit: int, edges: Ints, nodes: Ints, entries: Ints, units: Longs) -> None:
    """Hang a unit at the ends of its edge that it can drive to, with the live weights."""
    unlink(2 * unit, nodes, entries)
    unlink(2 * unit + 1, nodes, entries)
    edge = units[unit, 0]
    if edge < 0:
        return
    fraction, state = units[unit, 1], ON_CLOSED
    forward, backward = int(edges[edge, 2]), int(edges[edge, 3])
    if forward < CLOSED:
        left = ((ONE - fraction) * forward >> 20) + units[unit, 5]
        link(2 * unit, edges[edge, 0], left, nodes, entries)
        state = HUNG
    if backward < CLOSED:
        left = (fraction * backward >> 20) + units[unit, 6]
        link(2 * unit + 1, edges[edge, 1], left, nodes, entries)
        state = HUNG
    units[unit, 7] = state


@kernel
def lift_off(unit: int, edges: Ints, nodes: Ints, entries: Ints, units: Longs) -> None:
    """Take a unit off the network."""
    unlink(2 * unit, nodes, entries)
    unlink(2 * unit + 1, nodes, entries)
    edge = units[unit, 0]
    if edge >= 0:
        after, before = units[unit, 2], units[unit, 3]
        if before >= 0:
            units[before, 2] = after
        else:
            edges[edge, 6] = after
        if after >= 0:
            units[after, 3] = before
    units[unit, 0] = -1
    units[unit, 7] = OFF_NETWORK


@kernel
def place(
    unit: int,
    x: float,
    y: float,
    east: float,
    north: float,
    turn: int,
    plan: Floats,
    cell_start: Ints,
    cell_segment: Ints,
    segments: Floats,
    edges: Ints,
    nodes: Ints,
    entries: Ints,
    units: Longs,
) -> float:
    """Move a unit to a position; returns its distance from the road in metres, and -1 less that
    where no road goes on from it: the search cannot meet it.

    (`east`, `north`) is the unit vector of its heading, (0, 0) if unknown: who drives along the
    road must turn round (`turn` tenths) to go the other way. The way to the road costs, too.
    """
    lift_off(unit, edges, nodes, entries, units)
    units[unit, 8], units[unit, 9] = int(x * 1000), int(y * 1000)
    number, gap = snap(x, y, plan, cell_start, cell_segment, segments, edges, 4)
    if number < 0:
        return -1.0 - gap
    edge = int(segments[number, 6])
    dx = segments[number, 2] - segments[number, 0]
    dy = segments[number, 3] - segments[number, 1]
    along, long = dx * east + dy * north, (dx * dx + dy * dy) ** 0.5
    units[unit, 0], units[unit, 1] = edge, fraction_at(x, y, segments, number)
    first = to_road(gap)
    units[unit, 5] = first + turn if along < -0.5 * long else first
    units[unit, 6] = first + turn if along > 0.5 * long else first
    other = edges[edge, 6]
    units[unit, 2], units[unit, 3] = other, -1
    if other >= 0:
        units[other, 3] = unit
    edges[edge, 6] = unit
    hang(unit, edges, nodes, entries, units)
    return gap if units[unit, 7] == HUNG else -1.0 - gap


@kernel
def place_all(
    numbers: Longs,
    positions: Floats,
    turn: int,
    plan: Floats,
    cell_start: Ints,
    cell_segment: Ints,
    segments: Floats,
    edges: Ints,
    nodes: Ints,
    entries: Ints,
    units: Longs,
    gaps: Floats,
) -> None:
    """Move many units one after another, as `place` does: rows of x, y, east, north; what it
    returns for each goes to `gaps`."""
    for at in range(len(numbers)):
        gaps[at] = place(
            numbers[at],
            positions[at, 0],
            positions[at, 1],
            positions[at, 2],
            positions[at, 3],
            turn,
            plan,
            cell_start,
            cell_segment,
            segments,
            edges,
            nodes,
            entries,
            units,
        )


@kernel
def near(east: int, north: int, within: int, units: Longs, found: Longs) -> int:
    """Units, but nobody, at most so many millimetres east, west, north or south; how many."""
    count = 0
    for unit in range(1, len(units)):
        if abs(units[unit, 8] - east) <= within and abs(units[unit, 9] - north) <= within:
            found[count] = unit
            count += 1
    return count


@kernel
def reweigh(
    edge: int,
    forward: int,
    backward: int,
    arcs: Ints,
    course_start: Ints,
    course_arcs: Ints,
    edges: Ints,
    nodes: Ints,
    entries: Ints,
    units: Longs,
) -> bool:
    """Give an edge other live weights, and hang the units on it anew; whether there are any."""
    edges[edge, 2], edges[edge, 3] = forward, backward
    for course in (2 * edge, 2 * edge + 1):
        weight = forward if course == 2 * edge else backward
        for at in range(course_start[course], course_start[course + 1]):
            arc = course_arcs[at]
            arcs[arc, 1] = CLOSED if arcs[arc, 3] else weight
    unit = edges[edge, 6]
    is_peopled = unit >= 0
    while unit >= 0:
        hang(unit, edges, nodes, entries, units)
        unit = units[unit, 2]
    return is_peopled


@kernel
def slowed(base: int, factor: float, heaviest: int) -> int:
    """A weight times a factor: 0 closes, 1 leaves it, and nothing gets beyond the heaviest."""
    if factor <= 0 or base >= CLOSED:
        return CLOSED
    return min(max(1, round(base * factor)), heaviest)


@kernel
def slow(
    edge: int,
    forward: float,
    backward: float,
    heaviest: int,
    arcs: Ints,
    course_start: Ints,
    course_arcs: Ints,
    edges: Ints,
    nodes: Ints,
    entries: Ints,
    units: Longs,
) -> bool:
    """Multiply the time of an edge in each direction; whether there are units on it."""
    return reweigh(
        edge,
        slowed(edges[edge, 4], forward, heaviest),
        slowed(edges[edge, 5], backward, heaviest),
        arcs,
        course_start,
        course_arcs,
        edges,
        nodes,
        entries,
        units,
    )


@kernel
def slow_all(
    numbers: Longs,
    forward: Floats,
    backward: Floats,
    heaviest: int,
    arcs: Ints,
    course_start: Ints,
    course_arcs: Ints,
    edges: Ints,
    nodes: Ints,
    entries: Ints,
    units: Longs,
) -> bool:
    """The same for many; whether there are units on any."""
    are_peopled = False
    for at in range(len(numbers)):
        are_peopled |= slow(
            numbers[at],
            forward[at],
            backward[at],
            heaviest,
            arcs,
            course_start,
            course_arcs,
            edges,
            nodes,
            entries,
            units,
        )
    return are_peopled


@kernel
def starts_of(
    edge: int,
    fraction: int,
    course_start: Ints,
    course_arcs: Ints,
    arcs: Ints,
    edges: Ints,
    starts: Ints,
) -> int:
    """The nodes from which the goal's edge is entered: node, tenths from it, course. How many."""
    count = 0
    for course in (2 * edge, 2 * edge + 1):
        weight = int(edges[edge, 2 + (course & 1)])
        if weight >= CLOSED:
            continue
        share = fraction if course == 2 * edge else ONE - fraction
        for at in range(course_start[course], course_start[course + 1]):
            arc = course_arcs[at]
            if arcs[arc, 1] < CLOSED and count < len(starts):
                starts[count, 0] = arcs[arc, 0]
                starts[count, 1] = share * weight >> 20
                starts[count, 2] = course
                count += 1
    return count


@kernel
def offer(unit: int, cost: int, entry: int, found: Longs, count: int) -> int:
    """Keep the cheapest, in order of cost and unit; returns how many are kept."""
    at = -1
    for known in range(count):
        if found[known, 0] == unit:
            if cost >= found[known, 1]:
                return count
            at = known
            break
    if at < 0:
        if count < len(found):
            at, count = count, count + 1
        else:
            at = count - 1
            last = found[at, 1]
            if cost > last or (cost == last and unit > found[at, 0]):
                return count
    while at > 0 and (
        found[at - 1, 1] > cost or (found[at - 1, 1] == cost and found[at - 1, 0] > unit)
    ):
        found[at, 0], found[at, 1], found[at, 2] = (
            found[at - 1, 0], found[at - 1, 1], found[at - 1, 2],
        )  # fmt: skip
        at -= 1
    found[at, 0], found[at, 1], found[at, 2] = unit, cost, entry
    return count
