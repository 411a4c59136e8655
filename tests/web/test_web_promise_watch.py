"""What the watch over promises believes, and what keeps it from looking on: without a server."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from msgspec import structs
from test_web_recommendation import Roads, journey

from kentongan.app.handle import Busy
from kentongan.app.ports import UnitFix
from kentongan.cities.facts import Point
from kentongan.core.rows import Assignment, IncidentRow, UnitRow
from kentongan.core.words import (
    AgencyKey,
    Fix,
    IncidentId,
    Place,
    Progress,
    Promise,
    UnitId,
)
from kentongan.edge.web.city_in_use import CityInUse
from kentongan.edge.web.fixes import Fixes
from kentongan.edge.web.lanes import Lanes
from kentongan.edge.web.live import Live
from kentongan.edge.web.promise_watch import FAILURES_MAX, PromiseWatch
from kentongan.edge.web.road_turns import RoadTurns
from kentongan.geography import Journey, Start

NOON = datetime.fromisoformat("2026-11-26T05:00:00+00:00")
HERE, THERE, GOAL = Point(-7.03, 110.45), Point(-7.04, 110.46), Point(-6.98, 110.41)


def _nothing(_goal: Point) -> None:
    return


def _no_road_is_shut(_now: datetime) -> bool:
    return False


class Slow(Roads):
    """Roads that a test does something behind while they are asked."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[Point], None] = _nothing

    async def journeys(
        self, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Journey, ...]:
        self.meanwhile(goal)
        return await super().journeys(goal, starts, at)


async def _no_history(_work: object) -> list[Fix]:
    """No position was kept."""
    return []


class Watched:
    """Incidents with one unit on the way to each, five minutes after noon; `told` counts."""

    def __init__(self, incidents: int = 1) -> None:
        self.now = NOON + timedelta(minutes=5)
        self.rows: dict[tuple[str, str], IncidentRow | UnitRow] = {}
        self.roads, self.fixes, self.told = Slow(), Fixes(), 0
        for number in range(incidents):
            self._add(UnitId(f"U{number}"), IncidentId(f"i{number}"))
        held = SimpleNamespace(find=self._find, of_kind=self._of_kind)
        self.watch = PromiseWatch(
            cast("Live", SimpleNamespace(held=held)),
            self.fixes,
            cast(
                "Lanes",
                SimpleNamespace(
                    door=SimpleNamespace(run=self._run),
                    reading=SimpleNamespace(run=_no_history),
                ),
            ),
            cast("CityInUse", SimpleNamespace(plans=None)),
            self.roads,
            cast("RoadTurns", SimpleNamespace(is_any_shut=_no_road_is_shut)),
            lambda: self.now,
        )

    def _find(self, kind: str, key: str) -> IncidentRow | UnitRow | None:
        return self.rows.get((kind, key))

    def _of_kind(self, kind: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(row=row) for (of, _), row in self.rows.items() if of == kind]

    def _run(self, _work: object) -> Awaitable[None]:
        self.told += 1
        return asyncio.sleep(0)

    def _add(self, unit: UnitId, incident: IncidentId) -> None:
        self.rows["unit", unit] = UnitRow(
            key=unit, state="engaged", agency=AgencyKey("dinkes"), unit_kind="ambulance_als",
            label=unit, capabilities=("als",), post="p", home=HERE, since=NOON,
        )  # fmt: skip
        promise = Promise(
            depart_by=NOON, arrive_from=NOON + timedelta(minutes=9),
            arrive_to=NOON + timedelta(minutes=13), travel_source="road_network",
        )  # fmt: skip
        work = Assignment(
            unit=unit, agency=AgencyKey("dinkes"), progress=Progress.DEPARTED,
            progress_at={Progress.ASSIGNED: NOON, Progress.DEPARTED: NOON}, promise=promise,
        )  # fmt: skip
        self.rows["incident", incident] = IncidentRow(
            key=incident, number=60, long_id="SMG-60", code="MED-01", state="open", opened_at=NOON,
            place=Place(point=GOAL), assignments=(work,),
        )  # fmt: skip

    def look(self, seconds: float, *, is_new: bool = True) -> int:
        """A quarter of a minute later each unit has that far to go; how often was told so far."""
        self.now += timedelta(seconds=15)
        for kind, key in self.rows:
            if kind == "unit":
                self.roads.said[key] = journey(key, seconds)
                fix = Fix(point=HERE, at=self.now)
                if is_new:
                    self.fixes.take([UnitFix(unit=UnitId(key), fix=fix, received_at=self.now)])
        asyncio.run(self.watch.look())
        return self.told

    def move_place(self, _goal: Point) -> None:
        """The caller has said another place while the roads were asked."""
        row = cast("IncidentRow", self.rows["incident", "i0"])
        self.rows["incident", "i0"] = structs.replace(row, place=Place(point=THERE))


def test_one_position_that_errs_moves_no_promise() -> None:
    """The next look finds it where it was; only two in a row from two positions are believed."""
    room = Watched()
    assert room.look(280) == 0, "as promised"
    assert room.look(900) == 0
    assert room.look(280) == 0
    assert room.look(900) == 0, "an outlier again, not in a row"
    assert room.look(900, is_new=False) == 0, "of the same position"
    assert room.look(30) == 0, "the other way off"
    assert room.look(900) == 0
    assert room.look(900) == 1


def test_what_changed_while_the_roads_were_asked_is_not_told_of() -> None:
    """The answer leads to where the incident is no more."""
    room = Watched()
    assert room.look(900) == 0
    room.roads.meanwhile = room.move_place
    assert room.look(900) == 0


@pytest.mark.parametrize("failure", [Busy(), ValueError("a bad incident")])
def test_one_incident_that_fails_keeps_nobody_else_from_being_told(failure: Exception) -> None:
    """And roads that fail for all are not asked for all."""
    room = Watched(incidents=8)
    asked: list[int] = []

    def fail_first(_goal: Point) -> None:
        asked.append(len(asked))
        if len(asked) in (1, 9):
            raise failure

    room.roads.meanwhile = fail_first
    assert room.look(900) == 0
    assert room.look(900) == 7, "all but that one"

    def fail(_goal: Point) -> None:
        asked.append(len(asked))
        raise failure

    asked.clear()
    room.roads.meanwhile = fail
    room.look(900)
    assert len(asked) == FAILURES_MAX
