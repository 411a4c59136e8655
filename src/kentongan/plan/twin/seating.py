"""Who sits where: the core's order, its matching of units and seats, and its sparing of the scarce.

The order is that of `core.recommend`; matching and sparing are those of `core.seating`, whose rule
of times is compiled here. A test compares who goes with what the core proposes.

Written once for the interpreter and for numba (`twin.compiled`): numbers, rows and tuples only.
"""

from kentongan.core.recommend import counted_of, minute_of, order_by_minute
from kentongan.core.seating import as_soon, spares_in_time
from kentongan.plan.twin.compiled import part
from kentongan.plan.twin.rows import FILLS, INFINITE, LOWER, NOBODY, PLAINER, Twin

UNSEEN = -2
ROOT = -1

order = part(order_by_minute)
minute_then = part(minute_of)
counted = part(counted_of)
in_time = part(spares_in_time)
soon = part(as_soon)


@part
def rank_of(unit: int, plan: int, twin: Twin) -> tuple[bool, int, float, float, float, int]:
    """Its place in the core's order, smaller is better."""
    tier, now = twin.fleet.tier[plan * twin.fleet.units + unit], twin.now
    return order(tier, False, now.minute[unit], now.uncovered[unit], now.counts[unit])


@part
def goes_before(unit: int, other: int, plan: int, twin: Twin) -> bool:
    """Whether the core would rank the unit before the other one."""
    return rank_of(unit, plan, twin) < rank_of(other, plan, twin)


@part
def seat_unit(unit: int, first: int, seats: int, twin: Twin) -> bool:
    """Seat a unit where it fills a line, moving others but sending none away."""
    now, fleet = twin.now, twin.fleet
    for seat in range(seats):
        now.came[seat] = UNSEEN
    head, tail = 0, 1
    now.queue[0], now.queue_from[0] = unit, ROOT
    while head < tail:
        guest, before = now.queue[head], now.queue_from[head]
        head += 1
        for seat in range(seats):
            line = twin.plans.line[first + seat]
            if now.came[seat] != UNSEEN or fleet.fills[line * fleet.units + guest] != FILLS:
                continue
            now.came[seat] = before
            if now.holder[seat] == NOBODY:
                at = seat
                while now.came[at] != ROOT:  # everybody moves on by one
                    now.holder[at] = now.holder[now.came[at]]
                    at = now.came[at]
                now.holder[at] = unit
                return True
            now.queue[tail], now.queue_from[tail] = now.holder[seat], seat
            tail += 1
    return False


@part
def begins(line: int, seats: int, gone: int, instead: int, twin: Twin) -> float:
    """When that line's work begins, with one unit gone for another."""
    fills, units, best = twin.fleet.fills, twin.fleet.units, INFINITE
    if instead != NOBODY and fills[line * units + instead] == FILLS:
        best = twin.now.minute[instead]
    for seat in range(seats):
        unit = twin.now.holder[seat]
        if unit not in (NOBODY, gone) and fills[line * units + unit] == FILLS:
            best = min(best, twin.now.minute[unit])
    return best


@part
def may_spare(other: int, unit: int, first: int, seats: int, twin: Twin) -> bool:
    """Whether the other one may go in the unit's place, as far as times tell."""
    now, how = twin.now, twin.fleet.spares[other * twin.fleet.units + unit]
    if how == LOWER and not in_time(now.counts[other], now.counts[unit]):
        return False
    if how == PLAINER and not soon(now.counts[other], now.counts[unit]):
        return False
    if how not in (LOWER, PLAINER):
        return False
    for seat in range(seats):
        line = twin.plans.line[first + seat]
        if begins(line, seats, unit, other, twin) > begins(line, seats, NOBODY, NOBODY, twin):
            return False
    return True


@part
def pair_before(unit: int, other: int, unit_2: int, other_2: int, plan: int, twin: Twin) -> bool:
    """Whether the unit is exchanged for the other one before the second pair is looked at."""
    if unit != unit_2:
        minute, minute_2 = twin.now.minute[unit], twin.now.minute[unit_2]
        return minute < minute_2 if minute != minute_2 else goes_before(unit_2, unit, plan, twin)
    minute, minute_2 = twin.now.minute[other], twin.now.minute[other_2]
    return minute < minute_2 if minute != minute_2 else goes_before(other, other_2, plan, twin)


@part
def seat_of(unit: int, seats: int, twin: Twin) -> int:
    """Its seat, or nobody's."""
    for seat in range(seats):
        if twin.now.holder[seat] == unit:
            return seat
    return NOBODY


@part
def exchange(plan: int, first: int, seats: int, twin: Twin) -> bool:
    """The first exchange that spares something; False when there is none."""
    now, last, last_other = twin.now, NOBODY, NOBODY
    while True:
        best_seat, best_other = NOBODY, NOBODY
        for seat in range(seats):
            unit = now.holder[seat]
            if unit == NOBODY:
                continue
            for other in range(twin.fleet.units):
                if now.can[other] == 0 or seat_of(other, seats, twin) != NOBODY:
                    continue
                if last != NOBODY and not pair_before(last, last_other, unit, other, plan, twin):
                    continue
                if best_seat != NOBODY and not pair_before(
                    unit, other, now.holder[best_seat], best_other, plan, twin
                ):
                    continue
                if may_spare(other, unit, first, seats, twin):
                    best_seat, best_other = seat, other
        if best_seat == NOBODY:
            return False
        last, last_other = now.holder[best_seat], best_other
        now.holder[best_seat] = NOBODY
        if seat_unit(best_other, first, seats, twin):
            return True
        now.holder[best_seat] = last
