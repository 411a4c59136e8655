"""The twin of this centre's city: its roads, units, plans and incidents, out of the record.

Incidents keep their real times: when the first unit was assigned, how long it was at the place, how
long at the hospital. What the twin works out anew is who goes, the drive, and what follows.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct

from kentongan.app.city import plans_of
from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack
from kentongan.core.rows import UnitRow
from kentongan.edge.geo.network.profiles import Profile, profile_of
from kentongan.edge.geo.routing.spread import seed_spread
from kentongan.measure.clocks import Clock
from kentongan.measure.subjects import IncidentCase, PartCase
from kentongan.plan.arrays import Flags, Floats, Whole
from kentongan.plan.twin.acceptance import Lived
from kentongan.plan.twin.city import City, Hospital, Roads, Rule, Trace, Unit
from kentongan.plan.twin.engine import Outcome
from kentongan.plan.twin.figures import DAY_S, by_hour, utilisation
from kentongan.plan.twin.generate import Demand, demand_of
from kentongan.plan.twin.rows import HOUR_S, HOURS_OF_WEEK, NOBODY
from kentongan.plan.twin.sends import asking_of, sends_of
from kentongan.serve.plan_record import MONDAY, Record, duty_of, units_of
from kentongan.serve.plan_roads import RoadTable

TURNOUT_S: Final = 90.0
"""From assigned to rolling where the record has too few, seconds."""

SCENE_S: Final = 1_500.0
HANDOVER_S: Final = 1_200.0
REACH_S: Final = 480.0
"""What counts as covered when the core weighs who is spared, as the console does."""

SEEN_MIN: Final = 30
"""Journeys or departures before their own figure is used."""

DAY_BAND: Final = 1


class Past(Struct, frozen=True, eq=False, kw_only=True):
    """The recorded incidents: as a trace, and what really happened to each."""

    cases: tuple[IncidentCase, ...]
    trace: Trace
    begin: datetime
    days: float
    unit: Whole
    arrived: Floats
    area: Whole
    road_off: float
    road_spread: float

    @property
    def day(self) -> Whole:
        """The day of each incident, counted from the first."""
        return (self.trace.called // DAY_S).astype(np.int64)


class Span(NamedTuple):
    """From, and until before."""

    begin: datetime
    end: datetime


class Learnt(Struct, frozen=True, eq=False, kw_only=True):
    """What a twin knows from its record: the roads' error and how fast kinds of units turn out."""

    road_off: float
    road_spread: float
    turnout: dict[str, float]


class CityTwin:
    """Record, roads and pack put together.

    With a `span` its incidents are those called in it, and rosters as they were then; what is
    `learnt` comes from those incidents or, when it is given, from elsewhere: a twin that is tried
    on weeks it has not seen.
    """

    def __init__(
        self,
        record: Record,
        pack: CityPack,
        table: RoadTable,
        offset: timedelta,
        training: bool,
        *,
        span: Span | None = None,
        learnt: Learnt | None = None,
    ) -> None:
        self.record, self.pack, self.table, self.offset = record, pack, table, offset
        self.training, self.span = training, span
        self.plans = plans_of(pack)
        self.units: list[UnitRow] = units_of(record, pack)
        cases = [
            case
            for case in record.cases.incidents.values()
            if case.training == training and self._is_driven(case) and self._is_in_span(case)
        ]
        if not cases:
            raise ValueError(
                "no incident with a unit on record: the twin has nothing to learn from"
            )
        cases.sort(key=_assigned)
        kinds = sorted({(case.nature or "", _priority(case, pack)) for case in cases})
        natures = [(self.plans.natures[nature], priority) for nature, priority in kinds]
        self.asking = asking_of(natures, self.plans)
        self.past = self._past(cases, learnt)
        self.learnt = learnt or Learnt(
            road_off=self.past.road_off,
            road_spread=self.past.road_spread,
            turnout=self._turnouts(),
        )

    def within(self, span: Span, learnt: Learnt | None = None) -> "CityTwin":
        """The twin of those of its incidents that fell in that span; `ValueError` for none."""
        if self.span is not None:
            span = Span(max(span.begin, self.span.begin), min(span.end, self.span.end))
        return CityTwin(
            self.record,
            self.pack,
            self.table,
            self.offset,
            self.training,
            span=span,
            learnt=learnt,
        )

    def city(self, *, spares: bool = True, table: RoadTable | None = None) -> City:
        """The city as it is on record; `table` are other roads."""
        roads = table or self.table
        places = roads.places
        knodes = places.nearest([one.point for one in self.pack.kelurahan], only_cells=True)
        return City(
            roads=Roads(
                x=places.plane()[:, 0],
                y=places.plane()[:, 1],
                seconds=roads.seconds * np.exp(self.past.road_off),
                metres=roads.metres,
                band=roads.band,
                covers=roads.seconds[DAY_BAND][:, knodes] <= REACH_S,
            ),
            hospitals=tuple(
                Hospital(key=one.key, node=places.number(one.key))
                for one in self.pack.hospitals
                if one.emergency_department
            ),
            units=self._units(),
            sends=sends_of(self.asking, self.units),
            rule=Rule(
                spares=spares,
                home_pace=min(1 / roads.pace[Profile.PLAIN], 1.0),
                own_first_s=float(self.plans.own_first_s),
            ),
        )

    def demand(self) -> Demand:
        """What may happen in other years."""
        trace, places = self.past.trace, self.table.places
        kinds = len(self.asking)
        rank = {code: n for n, code in enumerate(sorted(self.pack.priority_by_code))}
        like = Demand(
            rate=np.ones(HOURS_OF_WEEK),
            places=np.where(np.arange(len(places.keys)) < places.cells, places.weight + 1e-9, 0.0),
            kinds=np.ones(kinds),
            urgency=np.array([rank[one.key.split()[1]] for one in self.asking]),
            carried=np.full(kinds, 0.3),
            scene_s=np.full(kinds, SCENE_S),
            scene_spread=0.6,
            handover_s=_median(trace.handover[trace.carried > 0], HANDOVER_S),
            handover_spread=0.5,
            asking_s=90.0,
            asking_spread=0.5,
            road_spread=self.past.road_spread,
        )
        return demand_of(trace, self.past.days, len(places.keys), kinds, like)

    def real(self) -> Lived:
        """What the record says happened."""
        past = self.past
        works = [(w, c) for c in past.cases for w in c.works if Clock.CLEAR in w.stamps]
        begin = np.array([self._second(w, Clock.ASSIGNED, past.begin) for w, _ in works])
        end = np.array([self._second(w, Clock.CLEAR, past.begin) for w, _ in works])
        known = ~(np.isnan(begin) | np.isnan(end))
        duty = sum(
            (np.ones(HOURS_OF_WEEK) if u.duty is None else u.duty.astype(float))
            for u in self._units()
        )
        hours = (np.arange(max(int(past.days * 24), 24)) + past.trace.first_hour) % HOURS_OF_WEEK
        on_duty = np.bincount(hours % 24, np.asarray(duty)[hours], 24) * HOUR_S
        busy = by_hour(begin[known], end[known], past.trace.first_hour)
        return Lived(
            response=past.arrived - past.trace.called,
            unit=past.unit,
            area=past.area,
            day=past.day,
            busy=busy / np.maximum(on_duty, 1.0),
        )

    def lived(self, city: City, outcome: Outcome) -> Lived:
        """The same of a run of the recorded incidents."""
        trace = self.past.trace
        return Lived(
            response=outcome.first_arrival() - trace.called,
            unit=outcome.first_unit(),
            area=self.past.area,
            day=self.past.day,
            busy=utilisation(city, trace, outcome),
        )

    def unit_number(self, key: str) -> int:
        """A unit's place in the fleet; `ValueError` for an unknown one."""
        keys = [str(unit.key) for unit in self.units]
        if key not in keys:
            raise ValueError(f"{key}: no unit of this city")
        return keys.index(key)

    def _is_driven(self, case: IncidentCase) -> bool:
        known = case.nature in self.plans.natures and case.point is not None
        return known and any(
            Clock.ASSIGNED in work.stamps and Clock.ARRIVED in work.stamps for work in case.works
        )

    def _units(self) -> tuple[Unit, ...]:
        turnout = self.learnt.turnout
        homes = [self._home(unit) for unit in self.units]
        return tuple(
            Unit(
                key=str(unit.key),
                home=home,
                pace=self.table.pace[profile_of(unit.unit_kind)],
                turnout_s=turnout.get(unit.unit_kind, TURNOUT_S),
                duty=self._duty(unit.key),
            )
            for unit, home in zip(self.units, homes, strict=True)
        )

    def _duty(self, unit: str) -> Flags | None:
        """The hours of the week it is usually on duty; of a span, those of the span alone."""
        spans = self.record.duty.get(unit, [])
        if self.span is None or not spans:
            return duty_of(spans, self.offset)
        begin, end = self.span
        inside = [(max(a, begin), min(b, end)) for a, b in spans if a < end and b > begin]
        never = np.zeros(HOURS_OF_WEEK, dtype=np.bool_)
        return duty_of(inside, self.offset) if inside else never

    def _is_in_span(self, case: IncidentCase) -> bool:
        return self.span is None or self.span.begin <= _called(case) < self.span.end

    def _home(self, unit: UnitRow) -> int:
        keys = self.table.places.keys
        if unit.post in keys:
            return keys.index(unit.post)
        return int(self.table.places.nearest([unit.home])[0])

    def _turnouts(self) -> dict[str, float]:
        kind = {str(unit.key): unit.unit_kind for unit in self.units}
        found: dict[str, list[float]] = {}
        for case in self.past.cases:
            for work in case.works:
                seconds = _between(work, Clock.ASSIGNED, Clock.DEPARTED)
                of = kind.get(work.unit or "")
                if seconds is not None and seconds >= 0 and of is not None:
                    found.setdefault(of, []).append(seconds)
        return {k: float(np.median(v)) for k, v in found.items() if len(v) >= SEEN_MIN}

    def _past(self, cases: Sequence[IncidentCase], learnt: Learnt | None) -> Past:
        begin = min(_called(case) for case in cases)
        local = begin + self.offset
        begin = local.replace(hour=0, minute=0, second=0, microsecond=0) - self.offset
        number = {one.key: n for n, one in enumerate(self.asking)}
        kept = [c for c in cases if f"{c.nature} {_priority(c, self.pack)}" in number]
        if not kept:
            raise ValueError("no incident on record is of a kind that units are sent to")
        node = self.table.places.nearest([_point(case) for case in kept], only_cells=True)
        off, spread = (
            self._road(kept, node) if learnt is None else (learnt.road_off, learnt.road_spread)
        )
        chance = np.random.default_rng(len(kept))
        firsts = [case.first_arriving() for case in kept]
        areas = {code: n for n, code in enumerate(self.pack.kecamatan_by_code)}
        ready = np.array([(_assigned(c) - begin).total_seconds() for c in kept])
        rank = {code: n for n, code in enumerate(sorted(self.pack.priority_by_code))}
        scene, handover = zip(*(_stays(case) for case in kept), strict=True)
        scene_s = np.array(scene, dtype=np.float64)
        handover_s = np.array(handover, dtype=np.float64)
        carried = ~np.isnan(handover_s)
        first_hour = int((begin + self.offset - MONDAY).total_seconds() // 3_600) % HOURS_OF_WEEK
        return Past(
            cases=tuple(kept),
            trace=Trace(
                called=np.array([(_called(c) - begin).total_seconds() for c in kept]),
                ready=ready,
                node=node,
                plan=np.array([number[f"{c.nature} {_priority(c, self.pack)}"] for c in kept]),
                urgency=np.array([rank[_priority(c, self.pack)] for c in kept]),
                carried=carried.astype(np.int64),
                scene=np.where(np.isnan(scene_s), _median(scene_s, SCENE_S), scene_s),
                handover=np.where(carried, handover_s, 0.0),
                stray=np.exp(chance.normal(0.0, spread, len(kept))),
                weather=np.ones(1),
                first_hour=first_hour,
            ),
            begin=begin,
            days=max(float(ready.max() / DAY_S), 1.0),
            unit=np.array(
                [NOBODY if w is None or w.unit is None else self._known(w.unit) for w in firsts]
            ),
            arrived=np.array(
                [np.nan if w is None else self._second(w, Clock.ARRIVED, begin) for w in firsts]
            ),
            area=np.array([areas.get(case.kecamatan or "", NOBODY) for case in kept]),
            road_off=off,
            road_spread=spread,
        )

    def _known(self, unit: str) -> int:
        return next((n for n, one in enumerate(self.units) if one.key == unit), NOBODY)

    def _road(self, cases: Sequence[IncidentCase], node: Whole) -> tuple[float, float]:
        """Median and spread of ln(driven / table) over journeys, taken to begin at the post."""
        found: list[float] = []
        for case, goal in zip(cases, node.tolist(), strict=True):
            for work in case.works:
                driven = _between(work, Clock.DEPARTED, Clock.ARRIVED)
                n = NOBODY if work.unit is None else self._known(work.unit)
                if driven is None or driven <= 30 or n == NOBODY:
                    continue
                hour = (work.stamps[Clock.DEPARTED].at + self.offset).hour
                table = self.table.seconds[self.table.band[hour], self._home(self.units[n]), goal]
                table *= self.table.pace[profile_of(self.units[n].unit_kind)]
                if 30 < table < np.inf:
                    found.append(float(np.log(driven / table)))
        if len(found) < SEEN_MIN:
            return 0.0, float(seed_spread().sigma[0, DAY_BAND])
        middle = float(np.median(found))
        spread = 1.4826 * float(np.median(np.abs(np.array(found) - middle)))
        return middle, max(spread, 0.05)

    @staticmethod
    def _second(work: PartCase, clock: Clock, begin: datetime) -> float:
        at = work.at(clock)
        return float("nan") if at is None else (at - begin).total_seconds()


def _called(case: IncidentCase) -> datetime:
    clocks = (Clock.RING, Clock.OPENED)
    return min(case.stamps[clock].at for clock in clocks if clock in case.stamps)


def _assigned(case: IncidentCase) -> datetime:
    return min(w.stamps[Clock.ASSIGNED].at for w in case.works if Clock.ASSIGNED in w.stamps)


def _point(case: IncidentCase) -> Point:
    if case.point is None:
        raise ValueError(f"incident {case.number} has no place")
    return case.point


def _priority(case: IncidentCase, pack: CityPack) -> str:
    return case.priority or pack.nature_by_code[case.nature or ""].priority.value


def _between(work: PartCase, start: Clock, end: Clock) -> float | None:
    begin, stop = work.at(start), work.at(end)
    return None if begin is None or stop is None else (stop - begin).total_seconds()


def _stays(case: IncidentCase) -> tuple[float, float]:
    """How long at the place and, for who went to hospital, how long there; NaN is not."""
    scene, handover = float("nan"), float("nan")
    for work in case.works:
        there = _between(work, Clock.ARRIVED, Clock.LEFT) or _between(
            work, Clock.ARRIVED, Clock.CLEAR
        )
        at_hospital = _between(work, Clock.HOSPITAL, Clock.CLEAR)
        if there is not None and there >= 0:
            scene = there if np.isnan(scene) else max(scene, there)
        if at_hospital is not None and at_hospital >= 0 and Clock.LEFT in work.stamps:
            handover = at_hospital
            scene = there if there is not None else scene
    return scene, handover


def _median(values: Floats, otherwise: float) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) >= SEEN_MIN else otherwise
