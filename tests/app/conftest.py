"""A store in memory, the packaged city's plans, and the door."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count

import pytest
from app_scene import AMBULANCE, DEWI, NOW, SYSTEM, Send

from kentongan.app.city import plans_of
from kentongan.app.handle import Outcome, handle
from kentongan.app.ports import Store
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.core.commands import AnyCommand, Envelope, StartUnitDuty
from kentongan.core.plans import Plans
from kentongan.core.words import Agent, CommandId, UnitId
from kentongan.store.memory import MemoryStore


@pytest.fixture(scope="session")
def pack() -> CityPack:
    """The city pack that ships with Kentongan."""
    return load(packaged())


@pytest.fixture(scope="session")
def plans(pack: CityPack) -> Plans:
    """Its plans."""
    return plans_of(pack)


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory with a salt that repeats."""
    store = MemoryStore(lambda: bytes(16))
    yield store
    store.close()


@pytest.fixture
def send(store: Store, plans: Plans) -> Send:
    """The door, with ids, an agent and a clock filled in."""
    ids = count(1)

    def through_the_door(
        command: AnyCommand,
        agent: Agent = DEWI,
        command_id: str | None = None,
        age_s: float = 0.0,
        now: datetime = NOW,
    ) -> Outcome:
        own_id = f"test.{next(ids)}" if command_id is None else command_id
        envelope = Envelope(id=CommandId(own_id), agent=agent, command=command, age_s=age_s)
        return handle(store, plans, envelope, now)

    return through_the_door


@pytest.fixture
def ambulance(send: Send) -> UnitId:
    """AMB03, registered and on duty."""
    send(AMBULANCE, agent=SYSTEM)
    send(StartUnitDuty(unit=AMBULANCE.unit))
    return AMBULANCE.unit
