"""Where a unit began its way is the same for whoever watches, from the start or from the middle."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from kentongan.app.ports import Unavailable, UnitFix
from kentongan.cities.facts import Point
from kentongan.core.rows import Assignment, IncidentRow
from kentongan.core.words import AgencyKey, Fix, IncidentId, Progress, UnitId
from kentongan.edge.web.beginnings import Beginnings, way_of
from kentongan.edge.web.fixes import Fixes
from kentongan.store.errors import StoreDamaged
from kentongan.store.memory_tracks import MemoryTracks
from kentongan.store.track_block import TrackFix
from kentongan.store.tracks import block_of

NOW = datetime(2026, 11, 27, 1, tzinfo=UTC)
UNIT = UnitId("AMB05")
POST, ROAD = Point(-7.03, 110.45), Point(-7.01, 110.44)


class Watched:
    """One unit on its way, its positions, and a store that may be away."""

    def __init__(self, sent_s_ago: float) -> None:
        self.sent_at = NOW - timedelta(seconds=sent_s_ago)
        self.work = Assignment(
            unit=UNIT,
            agency=AgencyKey("dinkes"),
            progress=Progress.ACCEPTED,
            progress_at={Progress.ASSIGNED: self.sent_at},
        )
        self.tracks = MemoryTracks(threading.RLock())
        self.asked = 0
        self.is_away = False
        self.is_damaged = False
        self.fixes = Fixes()
        self.see(ROAD, NOW)

    def see(self, point: Point, at: datetime) -> None:
        self.fixes.take([UnitFix(unit=UNIT, fix=Fix(point=point, at=at), received_at=at)])

    def write(self, *places: tuple[float, Point]) -> None:
        """Into the history: seconds after it was sent, and where."""
        times = [(self.sent_at + timedelta(seconds=at_s), point) for at_s, point in places]
        kept = [TrackFix(fix=Fix(point=point, at=at), received_at=at) for at, point in times]
        self.tracks.put([block_of(UNIT, kept, "here", 1)])

    def process(self) -> Beginnings:
        """A process of screens, just started."""
        row = IncidentRow(
            key=IncidentId("i"),
            state="open",
            number=1,
            long_id="SMG-1",
            code="S-1",
            opened_at=self.sent_at,
            assignments=(self.work,),
        )

        def of_kind(kind: str) -> list[Any]:
            assert kind == "incident"
            return [SimpleNamespace(row=row)]

        live: Any = SimpleNamespace(held=SimpleNamespace(of_kind=of_kind))
        lanes: Any = SimpleNamespace(reading=SimpleNamespace(run=self._run))
        return Beginnings(live, self.fixes, lanes)

    async def _run(self, work: Callable[[Any], list[Fix]]) -> list[Fix]:
        self.asked += 1
        if self.is_away:
            raise Unavailable("store")
        if self.is_damaged:
            raise StoreDamaged("a block of positions")
        return work(SimpleNamespace(tracks=self.tracks))

    def found(self, process: Beginnings, later_s: float = 0) -> Point | None:
        asyncio.run(process.look(NOW + timedelta(seconds=later_s)))
        return process.find(way_of("i", self.work))


def test_a_process_that_starts_in_mid_way_knows_where_the_unit_began() -> None:
    """From the history: where it was last before it was sent, or else first after it."""
    watched = Watched(240)
    watched.write((-100, ROAD), (-20, POST), (30, ROAD))
    assert watched.found(watched.process()) == POST
    later = Watched(240)
    later.write((10, POST), (60, ROAD))
    assert later.found(later.process()) == POST


def test_whoever_watched_from_the_beginning_asks_no_history() -> None:
    """What was seen first stays; a second process that starts later knows the same."""
    watched = Watched(10)
    watched.see(POST, NOW + timedelta(seconds=1))
    watched.write((11, POST))
    first = watched.process()
    assert watched.found(first, 2) == POST
    watched.see(ROAD, NOW + timedelta(seconds=100))
    assert watched.found(first, 100) == POST
    assert watched.asked == 0
    assert watched.found(watched.process(), 100) == POST


def test_without_a_history_the_first_position_stands_in_and_it_is_asked_once() -> None:
    """A store that is away is asked again; one that has nothing is not."""
    watched = Watched(240)
    watched.is_away = True
    process = watched.process()
    assert watched.found(process) is None
    watched.is_away = False
    assert watched.found(process, 15) == ROAD
    watched.see(POST, NOW + timedelta(seconds=20))
    assert watched.found(process, 30) == ROAD
    assert watched.asked == 2


def test_what_is_not_written_yet_is_asked_again() -> None:
    """A block is gathered for a minute: an empty history of a way that is young says nothing."""
    watched = Watched(45)
    process = watched.process()
    assert watched.found(process) is None
    watched.write((-5, POST), (30, ROAD))
    assert watched.found(process, 15) == POST
    assert watched.asked == 2


def test_a_damaged_block_hinders_nobody() -> None:
    """The first position stands in, and the block is not read again."""
    watched = Watched(240)
    watched.is_damaged = True
    process = watched.process()
    assert watched.found(process) == ROAD
    assert watched.found(process, 15) == ROAD
    assert watched.asked == 1
