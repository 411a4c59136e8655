"""Who goes: the core's order over those that could come, and its seats.

Whoever is on duty and not at work may be sent, those on their way home from where they are:
straight between both ends, at the nearest node. The tiers are `core.eligibility.fit`, the order and
who sits where are the core's, too (`twin.seating`).

Written once for the interpreter and for numba (`twin.compiled`): numbers, rows and tuples only.
"""

from kentongan.plan.twin.compiled import part
from kentongan.plan.twin.rows import (
    HOUR_S,
    HOURS_OF_WEEK,
    INFINITE,
    NOBODY,
    STANDS_IN,
    Twin,
)
from kentongan.plan.twin.seating import counted, exchange, minute_then, rank_of, seat_unit


@part
def hour_of(at: float, twin: Twin) -> int:
    """The hour of the week then."""
    return (int(at // HOUR_S) + twin.rules.first_hour) % HOURS_OF_WEEK


@part
def roads_to(goal: int, hour: int, twin: Twin) -> int:
    """Where the table of that hour of the week says how long it takes to a node from each other."""
    return (twin.rules.band[hour] * twin.town.nodes + goal) * twin.town.nodes


@part
def road(at: float, start: int, goal: int, twin: Twin) -> float:
    """How long the table says it takes then."""
    return twin.town.seconds[roads_to(goal, hour_of(at, twin), twin) + start]


@part
def standing(unit: int, at: float, twin: Twin) -> int:
    """The node where a unit that is not at work stands or passes."""
    town, now = twin.town, twin.now
    home, start = twin.fleet.home[unit], now.start[unit]
    if at >= now.back[unit] or start == home:
        return home
    share = (at - now.left[unit]) / (now.back[unit] - now.left[unit])
    x = town.x[start] + share * (town.x[home] - town.x[start])
    y = town.y[start] + share * (town.y[home] - town.y[start])
    column = min(max(int((x - town.left) * town.per_x), 0), town.cells - 1)
    row = min(max(int((y - town.bottom) * town.per_y), 0), town.cells - 1)
    cell = row * town.cells + column
    best, nearest = 0, INFINITE
    for place in range(town.near_first[cell], town.near_first[cell + 1]):
        node = town.near[place]
        far = (town.x[node] - x) ** 2 + (town.y[node] - y) ** 2
        if far < nearest:
            best, nearest = node, far
    return best


@part
def look(incident: int, at: float, twin: Twin) -> int:
    """Note for every unit whether and how soon it could come; how many can."""
    fleet, now, hour = twin.fleet, twin.now, hour_of(at, twin)
    first_tier, on_duty = twin.work.plan[incident] * fleet.units, hour * fleet.units
    roads, high = roads_to(twin.work.node[incident], hour, twin), twin.rules.high
    count = 0
    for unit in range(fleet.units):
        now.open[unit], now.can[unit] = 0, 0
        if fleet.tier[first_tier + unit] < 0 or now.busy[unit]:
            continue
        if not fleet.roster[on_duty + unit]:
            continue
        place = standing(unit, at, twin)
        drive = twin.town.seconds[roads + place] * fleet.pace[unit]
        if drive == INFINITE:
            continue
        turnout = 0.0 if now.back[unit] > at else fleet.turnout[unit]
        now.place[unit], now.open[unit], now.can[unit] = place, 1, 1
        latest = turnout + drive * high
        counts = counted(fleet.tier[first_tier + unit], latest, twin.rules.own_first)
        now.latest[unit], now.counts[unit] = latest, counts
        now.minute[unit] = minute_then(counts)
        now.uncovered[unit] = INFINITE
        count += 1
    return count


@part
def weigh(twin: Twin) -> None:
    """How many areas nobody else of these would cover when a unit has gone."""
    now, areas, reach = twin.now, twin.town.areas, twin.town.reach
    for area in range(areas):
        now.covered[area] = 0
    for unit in range(twin.fleet.units):
        if now.open[unit]:
            for area in range(areas):
                now.covered[area] += reach[now.place[unit] * areas + area]
    for unit in range(twin.fleet.units):
        if now.open[unit]:
            alone = 0.0
            for area in range(areas):
                if now.covered[area] == 1 and reach[now.place[unit] * areas + area]:
                    alone += 1.0
            now.uncovered[unit] = alone


@part
def best_of(plan: int, line: int, twin: Twin) -> int:
    """The first in the core's order of those that are still open, or nobody; with a line only of
    those that can do its work."""
    fleet, best = twin.fleet, NOBODY
    rank = rank_of(0, plan, twin)
    for unit in range(fleet.units):
        if not twin.now.open[unit]:
            continue
        if line != NOBODY and fleet.fills[line * fleet.units + unit] == 0:
            continue
        own = rank_of(unit, plan, twin)
        if best == NOBODY or own < rank:
            best, rank = unit, own
    return best


@part
def stand_in(unit: int, first: int, seats: int, twin: Twin) -> bool:
    """Let a unit that does a part of the work take a seat that nobody fills."""
    fills, units = twin.fleet.fills, twin.fleet.units
    for seat in range(seats):
        line = twin.plans.line[first + seat]
        if twin.now.holder[seat] == NOBODY and fills[line * units + unit] == STANDS_IN:
            twin.now.holder[seat] = unit
            return True
    return False


@part
def reopen(seats: int, twin: Twin) -> None:
    """Let everybody who can come be picked again, but for those who have a seat."""
    for unit in range(twin.fleet.units):
        twin.now.open[unit] = twin.now.can[unit]
    for seat in range(seats):
        if twin.now.holder[seat] != NOBODY:
            twin.now.open[twin.now.holder[seat]] = 0


@part
def choose(plan: int, first: int, seats: int, twin: Twin) -> None:
    """Fill the seats in order: with who fills a line, the scarce spared where something less will
    do, and then with who does a part of one."""
    empty = seats
    tried = best_of(plan, NOBODY, twin)
    while empty > 0 and tried != NOBODY:
        twin.now.open[tried] = 0
        if seat_unit(tried, first, seats, twin):
            empty -= 1
        if empty > 0:
            tried = best_of(plan, NOBODY, twin)
    if twin.fleet.has_spares:
        while exchange(plan, first, seats, twin):
            pass
    tried = NOBODY
    if empty > 0:
        reopen(seats, twin)
        tried = best_of(plan, NOBODY, twin)
    while empty > 0 and tried != NOBODY:
        twin.now.open[tried] = 0
        if stand_in(tried, first, seats, twin):
            empty -= 1
        tried = best_of(plan, NOBODY, twin)
    reopen(seats, twin)
