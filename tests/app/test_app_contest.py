"""Many dispatchers, one ambulance, a real database and real threads: exactly one gets it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from app_scene import AMBULANCE, NOW, assign, open_and_send

from kentongan.app.handle import Outcome, handle
from kentongan.app.ports import Store
from kentongan.core.commands import AnyCommand, Envelope, StartUnitDuty
from kentongan.core.events import UnitAssigned
from kentongan.core.plans import Plans
from kentongan.core.words import Agent, AgentId, CommandId, IncidentId, Refused, Role
from kentongan.store.open import open_store

DISPATCHERS = 8

CHIEF = Agent(id=AgentId("chief"), name="Chief", roles=(Role.ADMIN, Role.DISPATCHER))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """SQLite on disk."""
    store = open_store(f"sqlite:{tmp_path / 'store.db'}")
    yield store
    store.close()


def dispatcher(number: int) -> Agent:
    """One of them."""
    roles = (Role.CALL_TAKER, Role.DISPATCHER)
    return Agent(id=AgentId(f"d{number}"), name=f"Dispatcher {number}", roles=roles)


def test_app_one_of_eight_gets_the_unit(store: Store, plans: Plans) -> None:
    """Each has an incident of their own and assigns at the same instant; one has the unit, seven
    are told that same one's incident and name, and the journal knows one assignment."""
    ids = iter(range(10_000))

    def send(command: AnyCommand) -> Outcome:
        envelope = Envelope(id=CommandId(f"t{next(ids)}"), agent=CHIEF, command=command)
        return handle(store, plans, envelope, NOW)

    send(AMBULANCE)
    send(StartUnitDuty(unit=AMBULANCE.unit))
    for number in range(DISPATCHERS):
        open_and_send(send, IncidentId(f"i{number}"))
    together = Barrier(DISPATCHERS)

    def race(number: int) -> Refused | None:
        envelope = Envelope(
            id=CommandId(f"race{number}"),
            agent=dispatcher(number),
            command=assign(IncidentId(f"i{number}"), AMBULANCE.unit),
        )
        together.wait()
        try:
            handle(store, plans, envelope, NOW)
        except Refused as refused:
            return refused
        return None

    with ThreadPoolExecutor(DISPATCHERS) as threads:
        answers = list(threads.map(race, range(DISPATCHERS)))

    winner = answers.index(None)
    losers = [answer for answer in answers if answer is not None]
    assert len(losers) == DISPATCHERS - 1
    expected = {
        "unit": AMBULANCE.unit,
        "incident_number": str(winner + 1),
        "by": f"Dispatcher {winner}",
    }
    assert all((lost.reason, lost.details) == ("unit_taken", expected) for lost in losers)
    assigned = [r for r in store.tail(0, 1_000) if isinstance(r.event, UnitAssigned)]
    assert [recorded.command for recorded in assigned] == [f"race{winner}"]
