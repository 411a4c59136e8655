"""What the map asks of the city's roads: ways of some units, and how far help reaches now.

Only units the viewer may see are asked about. Coverage is the same for every screen of the room,
so it is asked once for all of them and kept a short while.
"""

import asyncio
from datetime import datetime
from typing import Final, NamedTuple

from kentongan.core.rows import EngagementRow, UnitRow
from kentongan.core.words import Agent
from kentongan.edge.web.losses import sort_of
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.visible import find_visible, list_visible
from kentongan.geography import CoverageAsked, CoverageShown, Start

UNITS_MAX: Final = 6
"""Ways drawn at once; more lines nobody can follow with the eye."""

FRESH_S: Final = 300.0
"""A position older than this, seconds, covers nothing: nobody knows where that unit is."""

KEPT_S: Final = 10.0
"""How long coverage is answered from what was found before, seconds."""

ASKED_MAX: Final = 16
"""Different questions kept; a city has a handful of kinds of units."""

Question = tuple[str, bool, bool]
"""Sort of units, with shapes, from posts too."""


class _Found(NamedTuple):
    """What was found when, and at which turn of the roads."""

    at: datetime
    turn: int
    shown: CoverageShown


def start_of(parts: Parts, unit: UnitRow) -> Start:
    """Where a unit is: its latest position, or its post while none is known."""
    latest = parts.fixes.find(unit.key)
    return Start(
        unit=str(unit.key),
        unit_kind=unit.unit_kind,
        point=latest.fix.point if latest is not None else unit.home,
        heading_deg=latest.fix.heading_deg if latest is not None else None,
    )


class Coverage:
    """How far the free units of each sort reach now."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._turns: dict[Question, asyncio.Lock] = {}
        self._known: dict[Question, _Found] = {}

    async def find(self, agent: Agent, asked: Question) -> CoverageShown:
        """The answer, at most `KEPT_S` old and of the roads as they are shut now. Whoever asks at
        the same time waits for one answer."""
        if asked not in self._turns and len(self._turns) >= ASKED_MAX:
            self._turns.clear()
            self._known.clear()
        async with self._turns.setdefault(asked, asyncio.Lock()):
            now = self._parts.given.clock()
            turn = self._parts.roads.count(now)
            found = self._known.get(asked)
            is_old = found is None or (now - found.at).total_seconds() >= KEPT_S
            if found is None or is_old or found.turn != turn:
                found = _Found(now, turn, await self._ask(agent, asked, now))
                self._known[asked] = found
            return found.shown

    async def _ask(self, agent: Agent, asked: Question, now: datetime) -> CoverageShown:
        sort, with_shapes, with_posts = asked
        starts = await self._parts.lanes.reading.run(
            lambda _store: self._starts(agent, sort, now, with_posts=with_posts)
        )
        question = CoverageAsked(starts=starts, with_shapes=with_shapes)
        return await self._parts.given.geography.coverage(question, now)

    def _starts(
        self, agent: Agent, sort: str, now: datetime, *, with_posts: bool
    ) -> tuple[Start, ...]:
        """The free units of that sort with a fresh position; with posts, those at theirs, too."""
        units = [
            unit
            for unit in list_visible(self._parts, agent, UnitRow, "unit")
            if sort_of(unit.unit_kind) == sort and unit.state == "available"
        ]
        return tuple(
            start_of(self._parts, unit)
            for unit in units
            if self._is_free(agent, unit) and (with_posts or self._is_fresh(unit, now))
        )

    def _is_free(self, agent: Agent, unit: UnitRow) -> bool:
        held = find_visible(self._parts, agent, EngagementRow, "engagement", unit.key)
        return held is None

    def _is_fresh(self, unit: UnitRow, now: datetime) -> bool:
        latest = self._parts.fixes.find(unit.key)
        return latest is not None and (now - latest.fix.at).total_seconds() <= FRESH_S
