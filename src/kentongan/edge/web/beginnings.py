"""Where each unit was when it was sent, by which it is told whether it has left since.

Whoever watched from the beginning has it from the unit's own positions. A process that starts in
the middle of a way, or beside another one, reads it in the history of positions, so that both know
the same; where that has nothing, the first position seen stands in for it.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from kentongan.app.ports import Unavailable
from kentongan.cities.facts import Point
from kentongan.core.rows import Assignment, IncidentRow
from kentongan.core.slips import ON_THE_WAY
from kentongan.core.tracks import DRIVEN
from kentongan.core.travel_times import POSITION_OLD_S
from kentongan.core.words import Fix, Progress, UnitId
from kentongan.edge.web.fixes import Fixes
from kentongan.edge.web.lanes import Lanes, Overfull
from kentongan.edge.web.live import Live
from kentongan.store.errors import StoreDamaged
from kentongan.store.whole import WholeStore

_log = logging.getLogger(__name__)

JUST_SENT: Final = timedelta(seconds=30)
"""So long after it was sent its latest position says where it began: no crew is away by then."""

AROUND: Final = timedelta(seconds=POSITION_OLD_S)
"""How far from the time it was sent a position of the history may be."""

WRITTEN: Final = timedelta(seconds=120)
"""So long after it was sent the history has its positions: a block of them is gathered for a minute
before it is written."""

READ_MAX: Final = 50
"""Ways looked up in the history in one round; of more, the others in the next ones."""

Way = tuple[str, UnitId, datetime | None]
"""A unit's way: incident, unit, and when it was assigned."""


def way_of(incident: str, one: Assignment) -> Way:
    """The way of that assignment."""
    return incident, one.unit, one.progress_at.get(Progress.ASSIGNED)


class Beginnings:
    """Used on the event loop only."""

    def __init__(self, live: Live, fixes: Fixes, lanes: Lanes) -> None:
        self._live = live
        self._fixes = fixes
        self._lanes = lanes
        self._points: dict[Way, Point] = {}
        self._read: set[Way] = set()

    def find(self, way: Way) -> Point | None:
        """Where that way began, as far as it is known."""
        return self._points.get(way)

    async def look(self, now: datetime) -> None:
        """Take in the ways that began since the last look, and forget those that ended."""
        ways = set(self._ways())
        self._points = {way: point for way, point in self._points.items() if way in ways}
        self._read &= ways
        unread = READ_MAX
        for way in ways - self._points.keys():
            _, unit, sent_at = way
            is_old = sent_at is not None and now - sent_at > JUST_SENT
            if sent_at is not None and is_old and way not in self._read:
                if unread <= 0:
                    continue
                unread -= 1
                if not await self._is_read(way, unit, sent_at, now):
                    continue
            latest = self._fixes.find(unit)
            if way not in self._points and latest is not None and latest.fix.at >= now - AROUND:
                self._points[way] = latest.fix.point

    def _ways(self) -> Iterator[Way]:
        for held in self._live.held.of_kind("incident"):
            row = held.row
            if isinstance(row, IncidentRow):
                for one in row.assignments:
                    if one.open and one.progress in ON_THE_WAY:
                        yield way_of(row.key, one)

    async def _is_read(self, way: Way, unit: UnitId, sent_at: datetime, now: datetime) -> bool:
        """Whether the history has said what it will ever say. A damaged block is told once, and
        hinders neither this way nor the others."""

        def reading(store: WholeStore) -> list[Fix]:
            track = store.tracks.read(unit, sent_at - AROUND, sent_at + AROUND)
            return [one.fix for one in track.fixes if one.verdict in DRIVEN]

        try:
            fixes = await self._lanes.reading.run(reading)
        except (Overfull, Unavailable):
            return False
        except StoreDamaged as error:
            _log.error("positions of %s around %s cannot be read: %s", unit, sent_at, error)
            fixes = []
        else:
            if not fixes and now - sent_at < WRITTEN:
                return False
        self._read.add(way)
        if fixes:
            before = [fix for fix in fixes if fix.at <= sent_at]
            self._points[way] = (before[-1] if before else fixes[0]).point
        return True
