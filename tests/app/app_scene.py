"""People, a place and a time for the tests of the door and its workers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from kentongan.app.handle import Outcome
from kentongan.app.ports import Store, Unavailable
from kentongan.app.worker import Worker
from kentongan.cities.facts import Point
from kentongan.core.commands import (
    AssignUnit,
    ClassifyIncident,
    LocateIncident,
    OpenIncident,
    RegisterUnit,
    SendIncident,
)
from kentongan.core.policy import AnyEffect
from kentongan.core.rows import IncidentRow
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


class Post:
    """A notifier that is away for whom the test says, and keeps what it delivered."""

    def __init__(self, away: Callable[[AnyEffect], bool] = lambda _: False) -> None:
        self.away: Callable[[AnyEffect], bool] = away
        self.tried: list[AnyEffect] = []
        self.delivered: list[AnyEffect] = []

    def deliver(self, effect: AnyEffect) -> str:
        """By post."""
        self.tried.append(effect)
        if self.away(effect):
            raise Unavailable("post")
        self.delivered.append(effect)
        return "post"


def after(seconds: float) -> datetime:
    """That many seconds later."""
    return NOW + timedelta(seconds=seconds)


def exhaust(worker: Worker, now: datetime) -> None:
    """Step until there is nothing to do."""
    while worker.step(now):
        pass


def incident(store: Store, key: IncidentId = ONE) -> IncidentRow:
    """The incident as the board shows it."""
    found = store.find_row("incident", key)
    assert found is not None
    assert isinstance(found.row, IncidentRow)
    return found.row


def count(store: Store, kind: type) -> int:
    """Events of that kind in the journal."""
    return sum(isinstance(recorded.event, kind) for recorded in store.tail(0, 10_000))
