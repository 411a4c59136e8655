"""The trainer's orders: callers held, one more, stopped; what goes wrong goes through the door."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from kentongan.app.city import plans_of
from kentongan.app.register import register
from kentongan.cities.pack import load, packaged
from kentongan.core.rows import UnitRow
from kentongan.demo.callers import Callers
from kentongan.demo.crews import Crews
from kentongan.demo.trainer import Trainer
from kentongan.store.memory import MemoryStore

PACK = load(packaged())
PLANS = plans_of(PACK)
NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


class Room:
    """A trainer over a store of its own; callers are counted and ring nobody."""

    def __init__(self) -> None:
        self.store = MemoryStore(lambda: b"salt")
        register(self.store, PLANS, PACK, NOW)
        self.callers = Callers(PACK, packaged(), "127.0.0.1", 5060)
        self.crews = Crews(self.store, PLANS, PACK)
        self.trainer = Trainer(self.store, PLANS, self.callers, self.crews)
        self.rang: list[str | None] = []

    async def talk(self, call: Any) -> None:
        self.rang.append(call.number)
        await asyncio.sleep(60)

    def order(self, do: str, **more: str) -> dict[str, str]:
        return self.trainer.order({"do": do, **more}, NOW)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    made = Room()
    monkeypatch.setattr(made.callers, "_talk", made.talk)
    return made


def test_held_nobody_rings_and_afterwards_everybody_does(room: Room) -> None:
    """And the end lets all of them hang up."""

    async def drill() -> None:
        assert room.order("hold")["held"] == "yes"
        assert room.order("caller", key="medical") == {"outcome": "started"}
        await asyncio.sleep(0.05)
        assert (room.rang, room.order("state")["to_come"]) == ([], "1")
        assert room.order("go_on")["held"] == "no"
        await asyncio.sleep(0.05)
        assert (len(room.rang), room.order("state")["calling"]) == (1, "1")
        assert room.order("stop") == {"outcome": "done", "calls": "1"}
        await asyncio.sleep(0.05)
        assert room.order("state")["calling"] == "0"

    asyncio.run(drill())


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "scenario", "key": "nothing"},
        {"do": "caller", "key": "medical", "index": "99"},
        {"do": "caller", "key": "medical", "index": "-1"},
        {"do": "danger", "unit": "NO1"},
        {"do": "silence"},
        {"do": "dance"},
        {},
    ],
)
def test_an_order_that_cannot_be_is_unknown(room: Room, asked: dict[str, str]) -> None:
    """Nothing happens."""
    assert room.trainer.order(asked, NOW) == {"outcome": "unknown"}


def test_a_unit_breaks_down_and_a_crew_is_in_danger_by_the_rooms_own_rules(room: Room) -> None:
    """What the rules refuse the trainer is told."""
    assert room.order("break_down", unit="AMB01") == {"outcome": "done"}
    assert cast("UnitRow", _unit(room, "AMB01")).state == "out_of_service"
    assert room.order("danger", unit="AMB02") == {"outcome": "done"}
    assert cast("UnitRow", _unit(room, "AMB02")).emergency_at is not None
    assert room.order("break_down", unit="AMB01")["outcome"] in ("done", "refused")


def test_a_silent_vehicle_reports_no_position_for_five_minutes(room: Room) -> None:
    """The others do."""
    assert room.order("silence", unit="AMB03") == {"outcome": "done"}
    room.crews.step(NOW)
    told = {one.unit for one in room.store.fixes()}
    assert "AMB03" not in told
    assert "AMB04" in told
    room.crews.step(NOW + timedelta(minutes=5, seconds=30))
    assert "AMB03" in {one.unit for one in room.store.fixes()}


def _unit(room: Room, key: str) -> object:
    found = room.store.find_row("unit", key)
    assert found is not None
    return found.row
