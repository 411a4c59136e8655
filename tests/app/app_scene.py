"""People, a place and a time for the tests of the door and its workers."""

from collections.abc import Callable
from datetime import UTC, datetime

from kentongan.app.handle import Outcome
from kentongan.cities.facts import Point
from kentongan.core.commands import (
    AssignUnit,
    ClassifyIncident,
    LocateIncident,
    OpenIncident,
    RegisterUnit,
    SendIncident,
)
from kentongan.core.words import (
    AgencyKey,
    Agent,
    AgentId,
    IncidentId,
    NatureCode,
    Place,
    PlaceSource,
    Role,
    UnitId,
)

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)

DEWI = Agent(id=AgentId("dewi"), name="Dewi", roles=(Role.CALL_TAKER, Role.DISPATCHER))
BAYU = Agent(id=AgentId("bayu"), name="Bayu", roles=(Role.CALL_TAKER, Role.DISPATCHER))
SYSTEM = Agent(id=AgentId("kentongan"), name="Kentongan", roles=(Role.SYSTEM,))

ONE, OTHER = IncidentId("one"), IncidentId("other")
PLACE = Place(point=Point(lat=-6.99, lon=110.42), source=PlaceSource.PIN)

AMBULANCE = RegisterUnit(
    unit=UnitId("AMB03"),
    agency=AgencyKey("dinkes"),
    kind="ambulance_als",
    label="Ambulans Hebat 3",
    capabilities=("als",),
    post="amb_srondol",
    home=Point(lat=-7.05, lon=110.41),
)

Send = Callable[..., Outcome]


def open_and_send(send: Send, incident: IncidentId) -> None:
    """An incident that units can be assigned to."""
    for command in (
        OpenIncident(incident=incident),
        LocateIncident(incident=incident, place=PLACE),
        ClassifyIncident(incident=incident, nature=NatureCode("MED-02")),
        SendIncident(incident=incident),
    ):
        send(command)


def assign(incident: IncidentId, unit: UnitId) -> AssignUnit:
    """The ambulance to that incident."""
    return AssignUnit(incident=incident, unit=unit, agency=AgencyKey("dinkes"))
