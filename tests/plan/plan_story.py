"""A month of a centre's record made by the twin itself, so that the truth is known."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from kentongan.app.city import plans_of
from kentongan.app.ports import Draft, Store
from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack
from kentongan.core.events import (
    AnyEvent,
    CallAbandoned,
    CallAnswered,
    CallEnded,
    CallOffered,
    IncidentClassified,
    IncidentClosed,
    IncidentLocated,
    IncidentOpened,
    ReportLinked,
    ReportOpened,
    UnitAssigned,
    UnitProgressed,
)
from kentongan.core.events.desk import DutyEnded, DutyStarted
from kentongan.core.words import (
    AgencyKey,
    CallId,
    Channel,
    CommandId,
    DeskKey,
    NatureCode,
    Outcome,
    Place,
    Priority,
    Progress,
    ReportId,
    UnitId,
)
from kentongan.edge.geo.network.profiles import BANDS, Profile, band_of, profile_of
from kentongan.plan.twin.city import City, Hospital, Roads, Rule, Trace, Unit
from kentongan.plan.twin.engine import Outcome as Ran
from kentongan.plan.twin.generate import Demand
from kentongan.plan.twin.rows import NOBODY
from kentongan.plan.twin.sends import asking_of, sends_of
from kentongan.serve.plan_record import Record, units_of
from kentongan.serve.plan_roads import RoadTable, places_of

Fact = tuple[str, datetime, AnyEvent]
OFFSET = timedelta(hours=7)


def straight_table(pack: CityPack) -> RoadTable:
    """Straight lines over a grid of the city: roads enough for rules and figures."""
    box = pack.city.bbox
    lat, lon = np.meshgrid(
        np.arange(box.lat_min, box.lat_max, 0.008), np.arange(box.lon_min, box.lon_max, 0.008)
    )
    places = places_of(pack, lat.ravel(), lon.ravel())
    plane = places.plane()
    metres = np.hypot(*(plane[:, None] - plane[None]).transpose(2, 0, 1)) * 1.4
    hours = [BANDS.index(band_of(hour)) for hour in range(24)]
    return RoadTable(
        places=places,
        seconds=np.stack([metres / 12, metres / 10, metres / 7.5]),
        metres=metres,
        band=np.tile(np.array(hours, dtype=np.int64), 7),
        pace={str(one): 1.25 if one is Profile.PLAIN else 1.0 for one in Profile},
        label="straight lines",
        source="straight_line",
    )


def calls_told(days: int, begin: datetime, each_day: float = 83, seed: int = 4) -> Iterator[Fact]:
    """Calls that are no incident: 6 % hang up, three desks by day and two by night."""
    chance = np.random.default_rng(seed)
    for day in range(days):
        at = begin + timedelta(days=day)
        for n in range(int(chance.poisson(each_day))):
            rings = at + timedelta(hours=float(np.clip(chance.normal(14, 5), 0, 23.9)))
            stream = f"call:p{day}_{n}"
            yield stream, rings, CallOffered(line="112", dialled="112", trunk="t")
            if chance.random() < 0.06:
                waited = timedelta(seconds=6 + float(chance.exponential(30)))
                yield stream, rings + waited, CallAbandoned(reason="hung_up")
                continue
            answered = rings + timedelta(seconds=float(chance.exponential(6)))
            yield stream, answered, CallAnswered(desk=DeskKey("desk_1"), agent="r", agent_name="R")
            ends = answered + timedelta(seconds=float(chance.exponential(100)))
            yield stream, ends, CallEnded(by="caller")
        for desk, start, hours in (("desk_1", 7, 12), ("desk_2", 7, 12), ("desk_3", 19, 12)):
            begins = at + timedelta(hours=start)
            started = DutyStarted(agent=f"a{desk}", agent_name="A", roles=("call_taker",))
            yield f"desk:{desk}", begins, started
            yield f"desk:{desk}", begins + timedelta(hours=hours), DutyEnded()


def incidents_told(
    city: City, pack: CityPack, table: RoadTable, trace: Trace, ran: Ran, begin: datetime,
    first: int = 0,
) -> Iterator[Fact]:  # fmt: skip
    """What the centre would have written of a run of the twin; keys count from `first`."""
    kelurahan = table.places.nearest([one.point for one in pack.kelurahan])
    plane = table.places.plane()
    for n in range(len(trace)):
        node = int(trace.node[n])
        near = int(np.argmin(((plane[kelurahan] - plane[node]) ** 2).sum(axis=1)))
        code, priority = city.sends.plans[int(trace.plan[n])].split()
        place = Place(
            point=Point(float(table.places.lat[node]), float(table.places.lon[node])),
            kecamatan=pack.kelurahan[near].kecamatan,
        )
        rings = begin + timedelta(seconds=float(trace.called[n]))
        at = first + n
        stream, call = f"incident:i{at}", f"call:c{at}"
        yield call, rings, CallOffered(line="112", dialled="112", trunk="t")
        answered = rings + timedelta(seconds=5)
        yield call, answered, CallAnswered(desk=DeskKey("desk_1"), agent="r", agent_name="R")
        yield f"report:r{at}", answered, ReportOpened(channel=Channel.CALL, call=CallId(f"c{at}"))
        opened = IncidentOpened(number=at + 1, long_id=f"SMG-{at}", code=f"S-{at}")
        yield stream, answered, opened
        yield stream, answered, ReportLinked(report=ReportId(f"r{at}"))
        kind = IncidentClassified(nature=NatureCode(code), priority=Priority(priority))
        yield stream, answered + timedelta(seconds=20), kind
        yield stream, answered + timedelta(seconds=25), IncidentLocated(place=place, usable=True)
        yield call, answered + timedelta(seconds=120), CallEnded(by="caller")
        last = answered + timedelta(seconds=200)
        for seat in range(int(ran.first_seat[n]), int(ran.first_seat[n + 1])):
            if ran.unit[seat] != NOBODY:
                for fact in _work(stream, city, pack, trace, ran, seat, begin):
                    yield fact
                    last = max(last, fact[1])
        yield stream, last + timedelta(seconds=30), IncidentClosed(outcome=Outcome.TRANSPORTED)


def _work(
    stream: str, city: City, pack: CityPack, trace: Trace, ran: Ran, seat: int, begin: datetime
) -> Sequence[Fact]:
    unit = UnitId(city.units[int(ran.unit[seat])].key)
    agency = AgencyKey(pack.unit_by_call_sign[unit].agency)

    def at(second: float) -> datetime:
        return begin + timedelta(seconds=float(second))

    decided, arrived = float(ran.decided[seat]), float(ran.arrived[seat])
    turnout = min(city.units[int(ran.unit[seat])].turnout_s, (arrived - decided) * 0.9)
    steps = [(Progress.DEPARTED, decided + turnout), (Progress.ON_SCENE, arrived)]
    if ran.hospital[seat] != NOBODY:
        there = float(ran.clear[seat] - trace.handover[ran.incident[seat]])
        steps += [(Progress.TRANSPORTING, float(ran.left[seat])), (Progress.AT_HOSPITAL, there)]
    steps.append((Progress.CLEAR, float(ran.clear[seat])))
    told = [
        (stream, at(second), UnitProgressed(unit=unit, progress=step)) for step, second in steps
    ]
    return [(stream, at(decided), UnitAssigned(unit=unit, agency=agency)), *told]


def append(store: Store, facts: Iterator[Fact]) -> None:
    """Write them, in order of time."""
    version: dict[str, int] = {}
    ordered = sorted(facts, key=lambda fact: fact[1])
    for first in range(0, len(ordered), 500):
        with store.transaction() as transaction:
            for stream, at, event in ordered[first : first + 500]:
                seen = version.get(stream, 0)
                version[stream] = seen + 1
                transaction.append(
                    Draft(
                        stream=stream,
                        expected_version=seen,
                        events=(event,),
                        command=CommandId(f"{stream} {seen}"),
                        agent="system",
                        agent_name="System",
                        at=at.astimezone(UTC),
                        recorded_at=at.astimezone(UTC),
                        because=None,
                    )
                )


KINDS = (("MED-01", "P1"), ("MED-22", "P2"), ("LAK-01", "P1"), ("KBK-01", "P1"), ("MED-05", "P1"))


def true_city(pack: CityPack, table: RoadTable) -> City:
    """The world that the record is of: 60 s of turnout, roads 10 % slower than the table says."""
    plans, units = plans_of(pack), units_of(Record(), pack)
    asking = asking_of([(plans.natures[code], priority) for code, priority in KINDS], plans)
    places = table.places
    areas = places.nearest([one.point for one in pack.kelurahan], only_cells=True)
    return City(
        roads=Roads(
            x=places.plane()[:, 0],
            y=places.plane()[:, 1],
            seconds=table.seconds * 1.1,
            metres=table.metres,
            band=table.band,
            covers=table.seconds[1][:, areas] <= 480,
        ),
        hospitals=tuple(
            Hospital(key=one.key, node=places.number(one.key))
            for one in pack.hospitals
            if one.emergency_department
        ),
        units=tuple(
            Unit(
                key=str(unit.key),
                home=places.number(unit.post),
                pace=table.pace[profile_of(unit.unit_kind)],
                turnout_s=60.0,
            )
            for unit in units
        ),
        sends=sends_of(asking, units),
        rule=Rule(spares=True, home_pace=0.8),
    )


def true_demand(table: RoadTable, each_day: float = 36.0) -> Demand:
    """36 incidents a day, more by day, more in the middle of the city."""
    by_hour = 1 + 0.8 * np.sin((np.arange(24) - 8) / 24 * 2 * np.pi)
    plane = table.places.plane()
    far = np.hypot(*(plane - plane[: table.places.cells].mean(axis=0)).T)
    is_cell = np.arange(len(plane)) < table.places.cells
    kinds = len(KINDS)
    return Demand(
        rate=np.tile(by_hour / by_hour.sum() * each_day, 7),
        places=np.where(is_cell, np.exp(-far / 4_000), 0.0),
        kinds=np.array([2.0, 8.0, 5.0, 1.0, 3.0]),
        urgency=np.ones(kinds, dtype=np.int64),
        carried=np.full(kinds, 0.6),
        scene_s=np.array([1_800.0, 1_200.0, 1_500.0, 3_600.0, 1_200.0]),
        scene_spread=0.4,
        handover_s=1_500.0,
        handover_spread=0.4,
        asking_s=110.0,
        asking_spread=0.4,
        road_spread=0.2,
    )
