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
from kentongan.edge.web.starts import covers, start_of
from kentongan.edge.web.visible import find_visible, list_visible
from kentongan.geography import CoverageAsked, CoverageShown, Start

UNITS_MAX: Final = 6
"""Ways drawn at once; more lines nobody can follow with the eye."""

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
        """Where the units of that sort are that cover anything now (`starts.covers`)."""
        found: list[Start] = []
        for unit in list_visible(self._parts, agent, UnitRow, "unit"):
            latest = self._parts.fixes.find(unit.key)
            fix = None if latest is None else latest.fix
            work = find_visible(self._parts, agent, EngagementRow, "engagement", unit.key)
            is_meant = sort_of(unit.unit_kind) == sort
            if is_meant and covers(unit, work, fix, now, with_posts=with_posts):
                found.append(start_of(unit, fix, now))
        return tuple(found)
