"""The search itself, compiled: backwards from the goal until the nearest units are certain.

Buckets of one tenth of a second, as many as the longest live weight needs, used in a ring of a
power of two (a mask costs less than a division); an entry is pushed only when a distance becomes
smaller, so `pool` never needs more rows than there are arcs and starts. Units lie in lists at the
nodes that they reach next and are offered when the node is settled. It is exact: it ends when
nothing cheaper can come.
"""
# Arrays one by one: a tuple of them would cost more at each call than many a search.
# ruff: noqa: PLR0913, PLR0917

from kentongan.edge.geo.network.compiled import kernel
from kentongan.edge.geo.routing.kernels import CLOSED, Floats, Ints, Longs, offer


@kernel
def seed(starts: Ints, nodes: Ints, buckets: Ints, pool: Ints) -> tuple[int, int, int]:
    """Put the starts into the buckets; how many were, the lowest and the highest cost."""
    ring, top, lowest, highest = len(buckets) - 1, 0, CLOSED, 0
    for at in range(len(starts)):
        node, cost = starts[at, 0], int(starts[at, 1])
        if cost < nodes[node, 1]:
            nodes[node, 1], nodes[node, 2], nodes[node, 3] = cost, -1, starts[at, 2]
            pool[top, 0], pool[top, 1] = node, buckets[cost & ring]
            buckets[cost & ring] = top
            top, lowest, highest = top + 1, min(lowest, cost), max(highest, cost)
    return top, lowest, highest


@kernel
def search(
    need: int,
    only: int,
    limit: int,
    starts: Ints,
    arc_start: Ints,
    arcs: Ints,
    nodes: Ints,
    entries: Ints,
    units: Longs,
    buckets: Ints,
    pool: Ints,
    found: Longs,
    count: int,
) -> int:
    """Fill `found` with unit, cost and entry of the nearest that can do `need`; how many.

    `count` of them are known already (on the goal's own edge). `only` restricts it to one unit.
    With no row in `found` everything within `limit` is searched, and the distances are left in
    `nodes` for the caller, who clears them.
    """
    wanted, ring = len(found), len(buckets) - 1
    top, now, highest = seed(starts, nodes, buckets, pool)
    live = top
    while live > 0 and now <= limit:
        if wanted > 0 and count == wanted and now > found[wanted - 1, 1]:
            break
        slot = now & ring
        while buckets[slot] >= 0:
            entry = buckets[slot]
            buckets[slot], live = pool[entry, 1], live - 1
            node = pool[entry, 0]
            if nodes[node, 1] != now:
                continue
            hung = nodes[node, 0] if wanted > 0 else -1
            while hung >= 0:
                unit = hung >> 1
                cost = now + entries[hung, 3]
                if (
                    (units[unit, 4] & need) == need
                    and cost <= limit
                    and (only < 0 or only == unit)
                    and (count < wanted or cost <= found[wanted - 1, 1])
                ):
                    count = offer(unit, cost, hung, found, count)
                hung = entries[hung, 0]
            for arc in range(arc_start[node], arc_start[node + 1]):
                cost, other = now + int(arcs[arc, 1]), arcs[arc, 0]
                if cost < nodes[other, 1]:  # never over a closed arc: no distance is beyond CLOSED
                    nodes[other, 1], nodes[other, 2], nodes[other, 3] = cost, node, arcs[arc, 2]
                    pool[top, 0], pool[top, 1] = other, buckets[cost & ring]
                    buckets[cost & ring] = top
                    top, live, highest = top + 1, live + 1, max(highest, cost)
        now += 1
    if live > 0:
        for left in range(now, min(highest, now + ring) + 1):
            buckets[left & ring] = -1
    if wanted > 0:
        for at in range(top):
            nodes[pool[at, 0], 1] = CLOSED
    return count


@kernel
def on_the_edge(
    edge: int,
    fraction: int,
    need: int,
    only: int,
    limit: int,
    edges: Ints,
    units: Longs,
    found: Longs,
) -> int:
    """Offer the units that stand on the goal's own edge and need no junction; how many."""
    count, unit = 0, edges[edge, 6]
    forward, backward = int(edges[edge, 2]), int(edges[edge, 3])
    while unit >= 0:
        ahead = fraction - units[unit, 1]
        is_asked = (units[unit, 4] & need) == need and (only < 0 or only == unit)
        if is_asked and forward < CLOSED and ahead >= 0:
            cost = (ahead * forward >> 20) + units[unit, 5]
            if cost <= limit:
                count = offer(unit, cost, -2, found, count)
        if is_asked and backward < CLOSED and ahead <= 0:
            cost = (-ahead * backward >> 20) + units[unit, 6]
            if cost <= limit:
                count = offer(unit, cost, -1, found, count)
        unit = units[unit, 2]
    return count


@kernel
def costs_of_all(
    edge: int,
    fraction: int,
    limit: int,
    edges: Ints,
    nodes: Ints,
    entries: Ints,
    units: Longs,
    costs: Ints,
) -> None:
    """Cost of every unit after a search of everything; `CLOSED` beyond the limit. Clears nodes."""
    for unit in range(len(costs)):
        best = CLOSED
        for entry in (2 * unit, 2 * unit + 1):
            node = entries[entry, 2]
            if node >= 0 and nodes[node, 1] <= limit:
                best = min(best, int(nodes[node, 1] + entries[entry, 3]))
        if edge >= 0 and units[unit, 0] == edge:
            ahead = fraction - units[unit, 1]
            if ahead >= 0 and edges[edge, 2] < CLOSED:
                best = min(best, (ahead * edges[edge, 2] >> 20) + units[unit, 5])
            if ahead <= 0 and edges[edge, 3] < CLOSED:
                best = min(best, (-ahead * edges[edge, 3] >> 20) + units[unit, 6])
        costs[unit] = best if best <= limit else CLOSED
    for node in range(len(nodes)):
        nodes[node, 1] = CLOSED


@kernel
def metres_of(
    edge: int,
    fraction: int,
    found: Longs,
    lengths: Floats,
    nodes: Ints,
    entries: Ints,
    units: Longs,
    metres: Floats,
) -> None:
    """Metres that each unit found drives, along the ways that the last search left in `nodes`."""
    one = 1.0 / (1 << 20)
    for at in range(len(found)):
        unit, entry = found[at, 0], found[at, 2]
        own = units[unit, 1] * one
        length = lengths[units[unit, 0]]
        if entry < 0:
            metres[at] = abs(own - fraction * one) * length
            continue
        total = (own if entry & 1 else 1.0 - own) * length
        node = entries[entry, 2]
        while nodes[node, 2] >= 0:
            total += lengths[nodes[node, 3] >> 1]
            node = nodes[node, 2]
        share = fraction * one
        if nodes[node, 3] & 1:
            share = 1.0 - share
        metres[at] = total + share * lengths[edge]
