"""Tells screens which units seem to have arrived: the room, and the crew itself. No rules.

Kept in memory and looked at once a second: each process of screens sees the same positions and
proposes the same. Whoever joins, or whose list changed, gets the whole list.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final
from weakref import WeakKeyDictionary

from kentongan.cities.facts import Point
from kentongan.core.arrival import Arrivals, Leg, Proposal, legs_of
from kentongan.core.rows import IncidentRow
from kentongan.core.words import Agent, Fix, UnitId
from kentongan.edge.web.city_in_use import CityInUse
from kentongan.edge.web.fixes import Fixes
from kentongan.edge.web.frames import Arrived, text_of
from kentongan.edge.web.listener import Listener
from kentongan.edge.web.live import Live
from kentongan.edge.web.viewer import ROOM

NOBODY: Final = text_of(Arrived())
"""What a screen that was told nothing knows."""


class ArrivalWatch:
    """Used on the event loop only."""

    def __init__(
        self, live: Live, fixes: Fixes, city: CityInUse, clock: Callable[[], datetime]
    ) -> None:
        self._live = live
        self._fixes = fixes
        self._city = city
        self._clock = clock
        self._arrivals = Arrivals()
        self._told: WeakKeyDictionary[Listener, str] = WeakKeyDictionary()

    def look(self) -> None:
        """Propose what is to be proposed now, to who sees it."""
        proposals = self._arrivals.look(self._legs(), self._fix_of, self._clock())
        for agent, listeners in self._live.audiences():
            text = text_of(Arrived(arrivals=shown_to(agent, proposals)))
            for listener in listeners:
                if self._told.get(listener, NOBODY) != text:
                    self._told[listener] = text
                    listener.put(text)

    def _legs(self) -> Iterable[Leg]:
        for held in self._live.held.of_kind("incident"):
            if isinstance(held.row, IncidentRow):
                yield from legs_of(held.row, self._hospital)

    def _hospital(self, key: str) -> Point | None:
        found = self._city.pack.hospital_by_key.get(key)
        return found.point if found is not None else None

    def _fix_of(self, unit: UnitId) -> Fix | None:
        found = self._fixes.find(unit)
        return found.fix if found is not None else None


def shown_to(agent: Agent, proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """The room sees all, a crew its own."""
    if agent.has(*ROOM):
        return tuple(proposals)
    return tuple(one for one in proposals if agent.unit is not None and one.unit == agent.unit)
