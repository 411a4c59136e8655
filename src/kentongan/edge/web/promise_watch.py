"""Looks whether what callers were promised still holds, and says it anew where it does not.

No rule stands here: `core.slips` says when, and the door lets a revision in at most so often,
whichever of several processes of screens asks first. What it remembers of a way is what two looks
found: a process that starts in the middle of one needs two looks of its own, and loses nothing.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import structs

from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Unavailable
from kentongan.app.system import SYSTEM
from kentongan.cities.facts import Point
from kentongan.core.candidates import Candidate
from kentongan.core.commands import Envelope, RevisePromise
from kentongan.core.rows import Assignment, IncidentRow, UnitRow
from kentongan.core.slips import Around, Slip, is_borne_out, may_change, revised
from kentongan.core.words import CommandId, Promise, Refused
from kentongan.edge.web.beginnings import Beginnings, Way, way_of
from kentongan.edge.web.city_in_use import CityInUse
from kentongan.edge.web.fixes import Fixes
from kentongan.edge.web.lanes import Lanes, Overfull
from kentongan.edge.web.live import Live
from kentongan.edge.web.road_turns import RoadTurns
from kentongan.edge.web.starts import start_of
from kentongan.geography import Geography, Start

LOOK_EVERY_S: Final = 15.0
"""Between two rounds, seconds: two find a slip, so it is told half a minute after it is one."""

INCIDENTS_MAX: Final = 50
"""Incidents looked at in one round, each one question to the roads; of more, those first that were
not looked at for longest. A city has fewer with somebody on the way."""

FAILURES_MAX: Final = 3
"""Incidents that may fail in one round before it ends: roads or a door that are away are not asked
fifty times, and one incident of which something is wrong keeps nobody else from being told."""

_log = logging.getLogger(__name__)


def _point(row: IncidentRow) -> Point | None:
    return None if row.place is None else row.place.point


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
        self._began = Beginnings(live, fixes, lanes)
        self._slips: dict[Way, Slip] = {}
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
        await self._began.look(self._clock())
        found = {row.key: row for row in self._due(self._clock())}
        first = sorted(found, key=lambda key: self._looked.get(key, 0))[:INCIDENTS_MAX]
        self._looked = {key: at for key, at in self._looked.items() if key in found}
        self._slips = {way: slip for way, slip in self._slips.items() if way[0] in found}
        failures = 0
        for key in first:
            self._looked[key] = self._round
            failures += not await self._is_looked_at(found[key])
            if failures >= FAILURES_MAX:
                break

    def _due(self, now: datetime) -> list[IncidentRow]:
        rows = (held.row for held in self._live.held.of_kind("incident"))
        return [
            row
            for row in rows
            if isinstance(row, IncidentRow)
            and _point(row) is not None
            and any(may_change(one, now) for one in row.assignments)
        ]

    async def _is_looked_at(self, row: IncidentRow) -> bool:
        """Whether that incident's units could be looked after."""
        try:
            await self._look_at(row)
        except (Unavailable, Overfull, Busy):
            return False
        except Exception:  # noqa: BLE001 - one bad incident: told, then the others
            _log.exception("looking after a promise failed")
            return False
        return True

    async def _look_at(self, row: IncidentRow) -> None:
        goal, asked_at = _point(row), self._clock()
        works = [
            on_the_way
            for one in row.assignments
            if may_change(one, asked_at) and (on_the_way := self._stands(one, asked_at)) is not None
        ]
        if goal is None:
            return
        journeys = await self._geography.journeys(goal, [one.start for one in works], asked_at)
        now = self._clock()  # roads may take seconds, and the row may be another one by then
        is_shut = self._roads.is_any_shut(now)
        for one, journey in zip(works, journeys, strict=True):
            latest = self._live.held.find("incident", row.key)
            if not isinstance(latest, IncidentRow) or _point(latest) != goal:
                return
            if one.work not in latest.assignments:
                continue
            candidate = structs.replace(
                one.candidate, travel=journey.travel, walk_m=journey.walk_m, marks=journey.marks
            )
            way = way_of(row.key, one.work)
            around = Around(latest.place, self._began.find(way), is_shut)
            again = revised(one.work, candidate, now, around)
            if again is None:
                self._slips.pop(way, None)
            elif self._is_borne_out(way, one, again):
                await self._tell(row, one.work, again, now)

    def _is_borne_out(self, way: Way, one: _OnTheWay, again: Promise) -> bool:
        """Whether the look before this one found the same from another position."""
        was, fix = one.work.promise, one.candidate.fix
        is_later = was is not None and again.arrive_to > was.arrive_to
        found = Slip(was, is_later, None if fix is None else fix.at)
        before = self._slips.get(way)
        self._slips[way] = found
        return is_borne_out(before, found)

    def _stands(self, work: Assignment, now: datetime) -> _OnTheWay | None:
        unit = self._live.held.find("unit", work.unit)
        if not isinstance(unit, UnitRow):
            return None
        latest = self._fixes.find(work.unit)
        fix = latest.fix if latest is not None else None
        start = start_of(unit, fix, now)
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
            except Exception:  # noqa: BLE001 - outermost loop: told, then on
                _log.exception("looking after promises failed")
