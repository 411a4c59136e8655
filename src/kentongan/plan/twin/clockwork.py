"""The twin's event loop: a heap of what happens next.

    events    CLEAR a unit has done its work; LEAVES it has a patient to take to hospital; ARRIVED
              it stands at one that has few bays; HOUR the roster turned while somebody waits

Who goes is chosen in `twin.choosing`, as the core would. What nobody can do waits, the most urgent
first; the first unit that is free and able takes it from where it is.

Written once for the interpreter and for numba (`twin.compiled`): numbers, rows and tuples only.
"""

import heapq

from kentongan.plan.twin.choosing import best_of, choose, hour_of, look, road, standing, weigh
from kentongan.plan.twin.compiled import lent, part
from kentongan.plan.twin.rows import (
    BAYS_MAX,
    HOUR_S,
    HOURS_OF_WEEK,
    INFINITE,
    NOBODY,
    Twin,
)

CLEAR = 0
ARRIVED = 1
HOUR = 2
LEAVES = 3

Heap = list[tuple[float, int, int]]
"""Time, kind of event, seat."""

Waiting = list[tuple[int, float, int]]
"""Urgency, since when, seat; in order."""


@part
def weather_at(at: float, twin: Twin) -> float:
    """The factor of that hour; the last one holds on."""
    return twin.work.weather[min(int(at // HOUR_S), twin.work.hours - 1)]


@part
def first_bay(hospital: int, twin: Twin) -> int:
    """The bay that is free first, as an index of `free_at`."""
    best = hospital * BAYS_MAX
    for bay in range(hospital * BAYS_MAX, hospital * BAYS_MAX + twin.town.bays[hospital]):
        if twin.now.free_at[bay] < twin.now.free_at[best]:
            best = bay
    return best


@part
def hospital_for(at: float, node: int, pace: float, twin: Twin) -> int:
    """The one that is reached first; with `waits`, where the patient is taken over first."""
    town, best, soonest = twin.town, NOBODY, INFINITE
    for one in range(town.hospitals):
        there = at + road(at, node, town.hospital[one], twin) * pace
        if twin.rules.waits and town.bays[one]:
            there = max(there, twin.now.free_at[first_bay(one, twin)])
        if there < soonest:
            best, soonest = one, there
    return best


@part
def line_of(seat: int, twin: Twin) -> int:
    """What that seat asks for."""
    incident = twin.seats.incident[seat]
    first = twin.plans.first[twin.work.plan[incident]]
    return twin.plans.line[first + seat - twin.work.seat[incident]]


@part
def transport(seat: int, left: float, heap: Heap, twin: Twin) -> None:
    """Take the patient to a hospital, or be clear where no road leads to one."""
    town, work, seats = twin.town, twin.work, twin.seats
    incident = seats.incident[seat]
    pace, node = twin.fleet.pace[seats.unit[seat]], work.node[incident]
    to = hospital_for(left, node, pace, twin)
    seats.hospital[seat] = to
    if to == NOBODY:
        heapq.heappush(heap, (left, CLEAR, seat))
        return
    goal = town.hospital[to]
    slow = pace * work.stray[incident] * weather_at(left, twin)
    there = left + road(left, node, goal, twin) * slow
    seats.metres[seat] += town.metres[node * town.nodes + goal]
    if town.bays[to]:
        heapq.heappush(heap, (there, ARRIVED, seat))
    else:
        heapq.heappush(heap, (there + work.handover[incident], CLEAR, seat))


@part
def send(seat: int, unit: int, at: float, heap: Heap, twin: Twin) -> None:
    """Let the unit go, and note when its work is done."""
    work, seats, now = twin.work, twin.seats, twin.now
    incident = seats.incident[seat]
    node, start = work.node[incident], standing(unit, at, twin)
    rolls = at
    if now.back[unit] > at:  # what it does not drive home any more
        share = (now.back[unit] - at) / (now.back[unit] - now.left[unit])
        seats.metres[now.last[unit]] -= share * now.homeward[unit]
    else:
        rolls = at + twin.fleet.turnout[unit]
    slow = twin.fleet.pace[unit] * work.stray[incident] * weather_at(at, twin)
    seats.unit[seat], seats.decided[seat] = unit, at
    seats.arrived[seat] = rolls + road(at, start, node, twin) * slow
    seats.left[seat] = seats.arrived[seat] + work.scene[incident]
    seats.metres[seat] = twin.town.metres[start * twin.town.nodes + node]
    now.busy[unit], now.last[unit] = 1, seat
    takes = work.carried[incident] and twin.plans.carries[line_of(seat, twin)]
    heapq.heappush(heap, (seats.left[seat], LEAVES if takes else CLEAR, seat))


@part
def go_home(seat: int, at: float, twin: Twin) -> None:
    """Begin the way home from where the work ended."""
    town, seats, now = twin.town, twin.seats, twin.now
    unit = seats.unit[seat]
    home, start = twin.fleet.home[unit], twin.work.node[seats.incident[seat]]
    if seats.hospital[seat] != NOBODY:
        start = town.hospital[seats.hospital[seat]]
    drive = road(at, start, home, twin) * twin.fleet.pace[unit] / twin.rules.home_pace
    now.busy[unit], now.start[unit], now.left[unit] = 0, start, at
    now.back[unit] = at if drive == INFINITE else at + drive
    now.homeward[unit] = town.metres[start * town.nodes + home]
    seats.metres[seat] += now.homeward[unit]
    seats.clear[seat] = at


@part
def take_next(unit: int, at: float, waiting: Waiting, heap: Heap, twin: Twin) -> None:
    """Let a unit that is free take the first that waits for what it can do."""
    fleet, work, seats = twin.fleet, twin.work, twin.seats
    if twin.now.busy[unit] or not fleet.roster[hour_of(at, twin) * fleet.units + unit]:
        return
    place = standing(unit, at, twin)
    for number in range(len(waiting)):
        seat = waiting[number][2]
        incident = seats.incident[seat]
        plan, line = work.plan[incident], line_of(seat, twin)
        if fleet.fills[line * fleet.units + unit] == 0 or fleet.tier[plan * fleet.units + unit] < 0:
            continue
        drive = road(at, place, work.node[incident], twin) * fleet.pace[unit]
        if drive == INFINITE:
            continue
        waiting.pop(number)
        seats.considered[seat], seats.expected[seat] = 1, drive * twin.rules.high
        send(seat, unit, at, heap, twin)
        return


@part
def wait(waiting: Waiting, one: tuple[int, float, int]) -> None:
    """Put it in its place: the most urgent first, then who came first."""
    at = len(waiting)
    while at > 0 and one < waiting[at - 1]:
        at -= 1
    waiting.insert(at, one)


@part
def dispatch(incident: int, waiting: Waiting, heap: Heap, twin: Twin) -> None:
    """Send who the core would propose; what nobody can do now waits."""
    work, seats, now = twin.work, twin.seats, twin.now
    at, plan = work.ready[incident], work.plan[incident]
    first = twin.plans.first[plan]
    count = twin.plans.first[plan + 1] - first
    considered = look(incident, at, twin)
    if twin.rules.spares:
        weigh(twin)
    for seat in range(count):
        now.holder[seat] = NOBODY
        seats.incident[work.seat[incident] + seat] = incident
    choose(plan, first, count, twin)
    for seat in range(count):
        row, unit = work.seat[incident] + seat, now.holder[seat]
        seats.considered[row] = considered
        if unit == NOBODY:
            wait(waiting, (work.urgency[incident], at, row))
            continue
        seats.expected[row] = now.latest[unit]
        spare = best_of(plan, twin.plans.line[first + seat], twin)
        seats.second[row] = spare
        if spare != NOBODY:
            seats.second_expected[row] = now.latest[spare]
        send(row, unit, at, heap, twin)


@part
def turn(at: float, waiting: Waiting, heap: Heap, twin: Twin) -> None:
    """A new hour: whose duty begins may take what waits."""
    for unit in range(twin.fleet.units):
        if len(waiting):
            take_next(unit, at, waiting, heap, twin)


def run(twin: Twin) -> int:
    """Let all incidents happen; how many events there were. What nobody can do within a week after
    the last incident stays undone."""
    twin = lent(twin)
    work, seats = twin.work, twin.seats
    heap = [(0.0, 0, 0)]
    heap.pop()
    waiting = [(0, 0.0, 0)]
    waiting.pop()
    events, incident, hour = 0, 0, -1.0
    end = work.ready[work.size - 1] + HOURS_OF_WEEK * HOUR_S if work.size else 0.0
    while incident < work.size or heap:
        events += 1
        if incident < work.size and (not heap or work.ready[incident] <= heap[0][0]):
            at = work.ready[incident]
            dispatch(incident, waiting, heap, twin)
            incident += 1
        else:
            at, kind, seat = heapq.heappop(heap)
            if kind == HOUR:
                turn(at, waiting, heap, twin)
            elif kind == LEAVES:
                transport(seat, at, heap, twin)
            elif kind == ARRIVED:
                bay = first_bay(seats.hospital[seat], twin)
                begun = max(at, twin.now.free_at[bay])
                twin.now.free_at[bay] = begun + work.handover[seats.incident[seat]]
                heapq.heappush(heap, (twin.now.free_at[bay], CLEAR, seat))
            else:
                go_home(seat, at, twin)
                take_next(seats.unit[seat], at, waiting, heap, twin)
        if waiting and hour <= at < end:
            hour = (at // HOUR_S + 1) * HOUR_S
            heapq.heappush(heap, (hour, HOUR, 0))
    return events
