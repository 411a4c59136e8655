"""Runs a city: the same clockwork interpreted (heapq) or compiled (numba), with the same result."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from msgspec import Struct

from kentongan.core import recommend, seating
from kentongan.plan.arrays import Floats, Whole
from kentongan.plan.twin import clockwork
from kentongan.plan.twin.city import City, Trace, check
from kentongan.plan.twin.compiled import HAS_COMPILER, compiled, folder_in
from kentongan.plan.twin.nearest import CELLS, grid_of
from kentongan.plan.twin.rows import (
    BAYS_MAX,
    HOURS_OF_WEEK,
    NOBODY,
    SEATS_MAX,
    Fleet,
    Now,
    Plans,
    Row,
    Rules,
    Seats,
    Town,
    Twin,
    Work,
)

ENGINES: Final = ("heapq", "numba")


class Outcome(Struct, frozen=True, eq=False, kw_only=True):
    """What became of a run: one row a seat, in order of incidents; NaN is never, -1 nobody.

    `decided` is when a unit was sent, `expected` the latest arrival that was reckoned with then,
    `second` the unit that would have gone instead, `considered` how many could.
    """

    events: int
    incident: Whole
    unit: Whole
    decided: Floats
    arrived: Floats
    left: Floats
    clear: Floats
    hospital: Whole
    metres: Floats
    expected: Floats
    considered: Whole
    second: Whole
    second_expected: Floats
    first_seat: Whole

    def first_arrival(self) -> Floats:
        """When the first unit was at each incident; NaN where nobody came."""
        return self._each(np.fmin)

    def last_arrival(self) -> Floats:
        """When the last of its units was there."""
        return self._each(np.fmax)

    def first_unit(self) -> Whole:
        """Who was there first; -1 where nobody came."""
        first = self.first_arrival()[self.incident]
        found = np.full(len(self.first_seat) - 1, NOBODY, dtype=np.int64)
        is_first = self.arrived == first
        found[self.incident[is_first][::-1]] = self.unit[is_first][::-1]
        return found

    def kilometres(self) -> Floats:
        """Driven for each incident, with the way to hospital and home."""
        return np.bincount(self.incident, self.metres, len(self.first_seat) - 1) / 1_000

    def _each(self, take: Any) -> Floats:
        incidents = len(self.first_seat) - 1
        found = np.full(incidents, np.nan)
        take.at(found, self.incident, self.arrived)
        return found


def simulate(city: City, trace: Trace, engine: str | None = None) -> Outcome:
    """One run; `CityBroken` when the parts do not fit. `engine` None compiles where that can be."""
    check(city, trace)
    chosen = engine or ("numba" if HAS_COMPILER else "heapq")
    if chosen not in ENGINES:
        raise ValueError(f"no engine {chosen}: {', '.join(ENGINES)}")
    as_rows: Callable[[Any], Row] = _as_list if chosen == "heapq" else np.ascontiguousarray
    count = np.diff(city.sends.first)[trace.plan]
    seat = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(count)))
    twin = Twin(
        town=_town(city, as_rows),
        fleet=_fleet(city, as_rows),
        plans=Plans(*(as_rows(row) for row in (city.sends.first, city.sends.line,
                                               city.sends.carries))),
        work=_work(trace, seat, as_rows),
        rules=_rules(city, trace, as_rows),
        seats=_seats(int(seat[-1]), as_rows),
        now=_now(city, as_rows),
    )  # fmt: skip
    events = int(clockwork.run(twin) if chosen == "heapq" else _compiled()(twin))
    rows = (np.asarray(row) for row in twin.seats)
    named = dict(zip(Seats._fields, rows, strict=True))
    return Outcome(events=events, first_seat=seat, **named)


def keep_compiled_in(parent: Path) -> None:
    """Keep compiled code there, in a folder that changes with its sources: the core's rules are
    among them. Before the first run; without it numba's own place is used."""
    own = Path(clockwork.__file__)
    names = ("choosing.py", "seating.py", "rows.py", "compiled.py")
    rules = (Path(str(recommend.__file__)), Path(str(seating.__file__)))
    sources = (own, *(own.with_name(name) for name in names), *rules)
    _kept.append(folder_in(parent, sources))


_kept: list[Path] = []


@cache
def _compiled() -> Callable[[Twin], int]:
    return compiled(clockwork.run, _kept[-1] if _kept else None)


def _as_list(values: Any) -> Row:
    return np.asarray(values).tolist()


def _town(city: City, rows: Callable[[Any], Row]) -> Town:
    roads = city.roads
    covers = np.zeros((0, 0), dtype=np.int64) if roads.covers is None else roads.covers
    x, y = roads.x.astype(np.float64), roads.y.astype(np.float64)
    grid = grid_of(x, y)
    return Town(
        nodes=len(roads.x),
        x=rows(x),
        y=rows(y),
        seconds=rows(roads.seconds.transpose(0, 2, 1).astype(np.float64).ravel()),
        metres=rows(roads.metres.astype(np.float64).ravel()),
        hospitals=len(city.hospitals),
        hospital=rows(np.array([one.node for one in city.hospitals], dtype=np.int64)),
        bays=rows(np.array([one.bays for one in city.hospitals], dtype=np.int64)),
        areas=covers.shape[1] if covers.ndim == 2 else 0,
        reach=rows(covers.astype(np.int64).ravel()),
        near=rows(grid.nodes),
        near_first=rows(grid.first),
        cells=CELLS,
        left=grid.left,
        bottom=grid.bottom,
        per_x=grid.per_x,
        per_y=grid.per_y,
    )


def _fleet(city: City, rows: Callable[[Any], Row]) -> Fleet:
    always = np.ones(HOURS_OF_WEEK, dtype=np.bool_)
    duty = [always if unit.duty is None else unit.duty for unit in city.units]
    return Fleet(
        units=len(city.units),
        home=rows(np.array([unit.home for unit in city.units], dtype=np.int64)),
        pace=rows(np.array([unit.pace for unit in city.units], dtype=np.float64)),
        turnout=rows(np.array([unit.turnout_s for unit in city.units], dtype=np.float64)),
        roster=rows(np.stack(duty, axis=1).astype(np.int64).ravel()),
        tier=rows(city.sends.tier.astype(np.int64).ravel()),
        fills=rows(city.sends.fills.astype(np.int64).ravel()),
        has_spares=int(len(_spares(city)) > 0),
        spares=rows(_spares(city)),
    )


def _spares(city: City) -> Whole:
    """Empty where nobody may go in another's place: then nobody looks."""
    spares = city.sends.spares
    if spares is None or not spares.any():
        return np.zeros(0, dtype=np.int64)
    return spares.astype(np.int64).ravel()


def _work(trace: Trace, seat: Whole, rows: Callable[[Any], Row]) -> Work:
    return Work(
        size=len(trace),
        ready=rows(trace.ready.astype(np.float64)),
        node=rows(trace.node.astype(np.int64)),
        plan=rows(trace.plan.astype(np.int64)),
        urgency=rows(trace.urgency.astype(np.int64)),
        carried=rows(trace.carried.astype(np.int64)),
        scene=rows(trace.scene.astype(np.float64)),
        handover=rows(trace.handover.astype(np.float64)),
        stray=rows(trace.stray.astype(np.float64)),
        seat=rows(seat),
        hours=len(trace.weather),
        weather=rows(trace.weather.astype(np.float64)),
    )


def _rules(city: City, trace: Trace, rows: Callable[[Any], Row]) -> Rules:
    return Rules(
        band=rows(city.roads.band.astype(np.int64)),
        first_hour=trace.first_hour,
        high=city.rule.high,
        home_pace=city.rule.home_pace,
        spares=int(city.rule.spares and city.roads.covers is not None),
        waits=int(city.rule.waits),
        own_first=city.rule.own_first_s,
    )


def _seats(count: int, rows: Callable[[Any], Row]) -> Seats:
    def whole() -> Row:
        return rows(np.full(count, NOBODY, dtype=np.int64))

    def moments() -> Row:
        return rows(np.full(count, np.nan))

    return Seats(
        incident=whole(),
        unit=whole(),
        decided=moments(),
        arrived=moments(),
        left=moments(),
        clear=moments(),
        hospital=whole(),
        metres=rows(np.zeros(count)),
        expected=moments(),
        considered=whole(),
        second=whole(),
        second_expected=moments(),
    )


def _now(city: City, rows: Callable[[Any], Row]) -> Now:
    units, hospitals = len(city.units), len(city.hospitals)
    areas = 0 if city.roads.covers is None else city.roads.covers.shape[1]

    def whole(size: int) -> Row:
        return rows(np.zeros(size, dtype=np.int64))

    def real(size: int) -> Row:
        return rows(np.zeros(size))

    return Now(
        busy=whole(units),
        start=rows(np.array([unit.home for unit in city.units], dtype=np.int64)),
        left=real(units),
        back=real(units),
        latest=real(units),
        counts=real(units),
        minute=real(units),
        uncovered=real(units),
        place=whole(units),
        open=whole(units),
        can=whole(units),
        last=whole(units),
        homeward=real(units),
        holder=whole(SEATS_MAX),
        came=whole(SEATS_MAX),
        queue=whole(SEATS_MAX + 1),
        queue_from=whole(SEATS_MAX + 1),
        free_at=real(hospitals * BAYS_MAX),
        covered=whole(areas),
    )
