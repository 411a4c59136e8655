"""Looks whether what callers were promised still holds, and says it anew where it does not.

No rule stands here: `core.slips` says when, and the door lets a revision in at most so often,
whichever of several processes of screens asks first.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import structs

from kentongan.app.handle import handle
from kentongan.app.ports import Unavailable
from kentongan.app.system import SYSTEM
from kentongan.cities.facts import Point
from kentongan.core.candidates import Candidate
from kentongan.core.commands import Envelope, RevisePromise
from kentongan.core.rows import Assignment, IncidentRow, UnitRow
from kentongan.core.slips import may_change, revised
from kentongan.core.words import CommandId, Promise, Refused
from kentongan.edge.web.city_in_use import CityInUse
from kentongan.edge.web.fixes import Fixes
from kentongan.edge.web.lanes import Lanes, Overfull
from kentongan.edge.web.live import Live
from kentongan.edge.web.road_turns import RoadTurns
from kentongan.geography import Geography, Start

LOOK_EVERY_S: Final = 15.0
"""Between two rounds, seconds: a slip is told a quarter of a minute after it is one."""

INCIDENTS_MAX: Final = 50
"""Incidents looked at in one round, each one question to the roads; of more, those first that were
not looked at for longest. A city has fewer with somebody on the way."""

_log = logging.getLogger(__name__)


class _OnTheWay(NamedTuple):
    work: Assignment
    candidate: Candidate
    start: Start


class PromiseWatch:
    """Used on the event loop only."""

    def __init__(
        self,
        live: Live,
        fixes: Fixes,
        lanes: Lanes,
        city: CityInUse,
        geography: Geography,
        roads: RoadTurns,
        clock: Callable[[], datetime],
    ) -> None:
        self._live = live
        self._fixes = fixes
        self._lanes = lanes
        self._city = city
        self._geography = geography
        self._roads = roads
        self._clock = clock
        self._round = 0
        self._looked: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="promises")

    def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    async def look(self) -> None:
        """One round."""
        self._round += 1
        found = {row.key: (row, point) for row, point in self._due(self._clock())}
        first = sorted(found, key=lambda key: self._looked.get(key, 0))[:INCIDENTS_MAX]
        self._looked = {key: at for key, at in self._looked.items() if key in found}
        for key in first:
            self._looked[key] = self._round
            row, point = found[key]
            await self._look_at(row, point, self._clock())

    def _due(self, now: datetime) -> list[tuple[IncidentRow, Point]]:
        rows = (held.row for held in self._live.held.of_kind("incident"))
        return [
            (row, row.place.point)
            for row in rows
            if isinstance(row, IncidentRow)
            and row.place is not None
            and row.place.point is not None
            and any(may_change(one, now) for one in row.assignments)
        ]

    async def _look_at(self, row: IncidentRow, goal: Point, now: datetime) -> None:
        works = [
            on_the_way
            for one in row.assignments
            if may_change(one, now) and (on_the_way := self._stands(one)) is not None
        ]
        journeys = await self._geography.journeys(goal, [one.start for one in works], now)
        is_shut = self._roads.is_any_shut(now)
        for one, way in zip(works, journeys, strict=True):
            candidate = structs.replace(
                one.candidate, travel=way.travel, walk_m=way.walk_m, marks=way.marks
            )
            again = revised(one.work, candidate, now, is_shut=is_shut)
            if again is not None:
                await self._tell(row, one.work, again, now)

    def _stands(self, work: Assignment) -> _OnTheWay | None:
        unit = self._live.held.find("unit", work.unit)
        if not isinstance(unit, UnitRow):
            return None
        latest = self._fixes.find(work.unit)
        fix = latest.fix if latest is not None else None
        start = Start(
            unit=str(unit.key),
            unit_kind=unit.unit_kind,
            point=fix.point if fix is not None else unit.home,
            heading_deg=fix.heading_deg if fix is not None else None,
        )
        return _OnTheWay(work, Candidate(unit=unit, fix=fix), start)

    async def _tell(
        self, row: IncidentRow, work: Assignment, promise: Promise, now: datetime
    ) -> None:
        command = RevisePromise(incident=row.key, unit=work.unit, promise=promise)
        key = CommandId(f"promise-{secrets.token_hex(12)}")
        envelope = Envelope(id=key, agent=SYSTEM, command=command)
        try:
            await self._lanes.door.run(lambda store: handle(store, self._city.plans, envelope, now))
        except Refused:
            return  # it arrived or was taken off meanwhile

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except (Unavailable, Overfull):
                continue
            except Exception:  # noqa: BLE001 - outermost loop: told, then on
                _log.exception("looking after promises failed")
