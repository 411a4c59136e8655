"""What the roads answer is kept until other roads are shut: by a row, or by the clock alone."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs
from web_people import PACK, PLANS
from web_room import Person, Room, until

from kentongan.app.ports import BoardRow
from kentongan.cities.facts import Point
from kentongan.core.rows import ClosureRow
from kentongan.core.shapes import PointShape
from kentongan.core.words import ClosureId
from kentongan.edge.geo.served.straight import StraightGeography
from kentongan.edge.web.held import Held
from kentongan.edge.web.losses import Losses
from kentongan.edge.web.road_turns import RoadTurns
from kentongan.geography import CoverageAsked, CoverageShown, Start

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENT = timedelta(milliseconds=1)


class Roads(StraightGeography):
    """Straight lines that keep what they were asked about coverage."""

    def __init__(self) -> None:
        super().__init__(PACK, PLANS.time_zone_offset)
        self.asked: list[datetime] = []

    async def coverage(self, asked: CoverageAsked, at: datetime) -> CoverageShown:
        self.asked.append(at)
        return await super().coverage(asked, at)


def held_of(*rows: ClosureRow) -> Held:
    """What a process holds of these closures."""
    held = Held()
    put(held, *rows)
    return held


def put(held: Held, *rows: ClosureRow) -> set[tuple[str, str]]:
    """The rows as they are now."""
    lines = [
        BoardRow(
            kind="closure",
            key=str(row.key),
            stream=f"closure:{row.key}",
            row=row,
            position=row.seq,
        )
        for row in rows
    ]
    return held.put(lines, NOON)


def closure(key: str, **times: datetime | None) -> ClosureRow:
    """A closure with these times."""
    row = ClosureRow(
        key=ClosureId(key),
        seq=1,
        closed_at=NOON,
        geometry=PointShape(coordinates=(110.42, -6.99)),
        reason="flood",
    )
    return structs.replace(row, **times)


def test_a_closure_turns_the_roads_when_it_begins_and_when_it_ends() -> None:
    """To the moment; between the moments, and for what holds for ever, nothing turns."""
    turns = RoadTurns(
        held_of(
            closure("later", from_at=NOON + HOUR, until_at=NOON + 3 * HOUR),
            closure("now", until_at=NOON + 2 * HOUR),
            closure("always"),
            closure("lifted", from_at=NOON + HOUR / 2, lifted_at=NOON),
        )
    )
    first = turns.count(NOON)
    assert turns.count(NOON + HOUR - MOMENT) == first
    for number in (1, 2, 3):
        assert turns.count(NOON + number * HOUR) == first + number
        assert turns.count(NOON + number * HOUR + HOUR / 2) == first + number
    assert turns.count(NOON + timedelta(days=9)) == first + 3


def test_what_is_written_turns_the_roads_and_its_times_count() -> None:
    """A row of a closure is a turn, of anything else none; its later beginning is one, too."""
    held = held_of()
    turns = RoadTurns(held)
    first = turns.count(NOON)
    turns.changed([("incident", "i1")])
    assert turns.count(NOON) == first
    turns.changed(put(held, closure("later", from_at=NOON + HOUR)))
    assert turns.count(NOON) == first + 1
    assert turns.count(NOON + HOUR) == first + 2


def test_losses_are_asked_anew_when_a_closure_begins() -> None:
    """At the moment, not when the answer is old."""
    roads, held = Roads(), held_of(closure("later", from_at=NOON + timedelta(seconds=2)))
    losses = Losses(roads, {}, RoadTurns(held))
    fleet = [
        Start(unit=unit, unit_kind="ambulance_als", point=Point(-6.99, 110.42)) for unit in "AB"
    ]

    async def runs() -> None:
        for second in (0, 1, 1.999, 2, 3):
            await losses.find(["A"], fleet, NOON + timedelta(seconds=second))

    asyncio.run(runs())
    assert [at - NOON for at in roads.asked] == [timedelta(), timedelta(seconds=2)]


@pytest.fixture
def roads() -> Roads:
    """The roads of the room."""
    return Roads()


@pytest.fixture
def room(tmp_path: Path, roads: Roads) -> Iterator[Room]:
    """A room on these roads."""
    room = Room(tmp_path)
    room.given = structs.replace(room.given, geography=roads)
    room.start()
    yield room
    room.close()


def test_the_map_is_answered_anew_when_a_closure_begins(room: Room, roads: Roads) -> None:
    """Asked within its keeping: the same answer before the moment, another one at it."""
    budi: Person = room.person("budi")
    begins = room.clock() + timedelta(seconds=90)
    budi.done(
        "closure.close",
        closure="later",
        geometry={"type": "Point", "coordinates": [110.42, -6.99]},
        reason="flood",
        from_at=begins.isoformat(),
    )
    until(lambda: room.parts.live.held.find("closure", "later") is not None)
    room.clock.ahead += timedelta(seconds=84)

    def asked() -> int:
        assert budi.get("/api/map/coverage", kind="ambulance").status_code == 200
        return len(roads.asked)

    before = asked()
    assert asked() == before
    room.clock.ahead += timedelta(seconds=6)
    assert asked() == before + 1
    assert roads.asked[-1] >= begins
