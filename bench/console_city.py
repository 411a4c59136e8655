"""A city under load for `bench_console.py`: 2,000 units, 500 open incidents, most with a unit."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from benched import HurtCentre
from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.cities.facts import Point
from kentongan.core import commands as c
from kentongan.core.words import (
    AgencyKey,
    Agent,
    AgentId,
    CommandId,
    IncidentId,
    NatureCode,
    Place,
    Priority,
    Progress,
    Role,
    UnitId,
    personal,
)

UNITS: Final = 2_000
INCIDENTS: Final = 500
WITH_UNIT: Final = 440
"""The others wait for one; none is so urgent that its alarm would sound within the run."""

DINKES: Final = AgencyKey("dinkes")
NATURE: Final = NatureCode("MED-18")
BUILDER: Final = Agent(
    id=AgentId("bench"),
    name="bench",
    roles=(Role.SYSTEM, Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR),
)
PRIORITIES: Final = (Priority.P2, Priority.P3, Priority.P4)


def unit_of(number: int) -> UnitId:
    """Units by number; the first `WITH_UNIT` work on the incident of the same number."""
    return UnitId(f"BENCH{number:04}")


def incident_of(number: int) -> IncidentId:
    """Incidents by number."""
    return IncidentId(f"i-bench-{number:03}")


def point_of(number: int) -> Point:
    """Spread over the city, about 300 m from one to the next."""
    return Point(-7.02 + number % 25 * 0.003, 110.36 + number // 25 % 80 * 0.0015)


def fill(centre: HurtCentre) -> None:
    """Through the door, as everything else."""
    plans = plans_of(centre.pack)
    post = centre.pack.units[0].post
    for number, command in enumerate((*_units(post), *_incidents())):
        envelope = c.Envelope(id=CommandId(f"bench/{number}"), agent=BUILDER, command=command)
        handle(centre.store, plans, envelope, datetime.now(UTC))


def _units(post: str) -> Iterator[c.AnyCommand]:
    for number in range(UNITS):
        unit = unit_of(number)
        yield c.RegisterUnit(
            unit=unit,
            agency=DINKES,
            kind="ambulance",
            label=f"Unit {number}",
            capabilities=("bls", "transport"),
            post=post,
            home=point_of(number),
        )
        yield c.StartUnitDuty(unit=unit)


def _incidents() -> Iterator[c.AnyCommand]:
    for number in range(INCIDENTS):
        key = incident_of(number)
        place = Place(label=personal(f"Jalan Uji {number}"), point=point_of(number * 4))
        has_unit = number < WITH_UNIT
        yield c.OpenIncident(incident=key)
        yield c.LocateIncident(incident=key, place=place)
        priority = PRIORITIES[number % 3] if has_unit else Priority.P5
        yield c.ClassifyIncident(incident=key, nature=NATURE, priority=priority)
        yield c.TaskAgency(incident=key, agency=DINKES, lead=True)
        yield c.AcknowledgeTask(incident=key, agency=DINKES)
        yield c.SendIncident(incident=key, complete=True)
        if has_unit:
            unit = unit_of(number)
            yield c.AssignUnit(incident=key, unit=unit, agency=DINKES)
            yield c.ProgressUnit(incident=key, unit=unit, progress=Progress.ON_SCENE)
