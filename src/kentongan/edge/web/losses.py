"""What sending a unit would leave uncovered: asked beside the list, and kept a short while.

A recommendation does not wait for coverage: what is not known in a quarter of a second is missing
this time and there the next. Each sort of unit (ambulances, engines, patrols) covers for itself.
Nothing is decided here; the loss is a warning and a tie-breaker in `core.recommend`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from kentongan.core.candidates import Loss
from kentongan.edge.web.road_turns import RoadTurns
from kentongan.geography import CoverageAsked, Geography, Start

KEPT_S: Final = 15.0
"""How long an answer counts, seconds; units move about 200 m in that time."""

TOLD_S: Final = 2 * KEPT_S
"""How long it is still told while a new answer is on its way, seconds."""

WAIT_S: Final = 0.25
"""How long a list waits for it, seconds."""

LIMITS_S: Final = (480.0,)
"""Reached is who is reached within 8 minutes, seconds."""

SORTS_MAX: Final = 2
"""Sorts of units asked about for one list; further down it nobody weighs coverage."""


class _Known(NamedTuple):
    losses: dict[str, Loss]
    free: frozenset[str]
    asked: frozenset[str]
    at: datetime


def sort_of(unit_kind: str) -> str:
    """Which units cover for each other: `ambulance` of `ambulance_als`."""
    return unit_kind.partition("_")[0]


class Losses:
    """The losses known now. `names` are of kelurahan, by code; what was found holds until a turn of
    the roads."""

    def __init__(self, geography: Geography, names: Mapping[str, str], roads: RoadTurns) -> None:
        self._geography = geography
        self._names = names
        self._roads = roads
        self._turn = 0
        self._known: dict[str, _Known] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    def stop(self) -> None:
        """Ask nothing more."""
        for task in self._asking.values():
            task.cancel()

    async def find(
        self, units: Sequence[str], free: Sequence[Start], now: datetime
    ) -> dict[str, Loss]:
        """What sending each of these units would uncover, as far as it is known in time.

        `free` are all units that could be sent now, from where they are.
        """
        self._look_at_roads(now)
        sorts = self._sorts(units, free)
        tasks = [self._ask(sort, units, starts, now) for sort, starts in sorts.items()]
        waiting = [task for task in tasks if task is not None]
        if waiting:
            await asyncio.wait(waiting, timeout=WAIT_S)
        found: dict[str, Loss] = {}
        for sort, starts in sorts.items():
            known = self._known.get(sort)
            is_told = known is not None and (now - known.at).total_seconds() < TOLD_S
            if known is not None and is_told and known.free == _keys(starts):
                found |= known.losses
        return {unit: found[unit] for unit in units if unit in found}

    def _look_at_roads(self, now: datetime) -> None:
        """Other roads are shut than before: what was found or is being asked holds no more."""
        turn = self._roads.count(now)
        if turn != self._turn:
            self._turn = turn
            self.stop()
            self._asking.clear()
            self._known.clear()

    def _sorts(self, units: Sequence[str], free: Sequence[Start]) -> dict[str, list[Start]]:
        kinds = {start.unit: sort_of(start.unit_kind) for start in free}
        wanted = list(dict.fromkeys(kinds[unit] for unit in units if unit in kinds))[:SORTS_MAX]
        return {sort: [one for one in free if kinds[one.unit] == sort] for sort in wanted}

    def _ask(
        self, sort: str, units: Sequence[str], starts: list[Start], now: datetime
    ) -> asyncio.Task[None] | None:
        """The question under way or begun now; None when the answer is there."""
        asked = frozenset(units) & _keys(starts)
        if self._is_fresh(sort, asked, _keys(starts), now):
            return None
        running = self._asking.get(sort)
        if running is not None and not running.done():
            return running
        task = asyncio.create_task(self._learn(sort, asked, starts, now), name=f"losses {sort}")
        self._asking[sort] = task
        return task

    def _is_fresh(
        self, sort: str, asked: frozenset[str], free: frozenset[str], now: datetime
    ) -> bool:
        known = self._known.get(sort)
        if known is None or known.free != free or not asked <= known.asked:
            return False
        return (now - known.at).total_seconds() < KEPT_S

    async def _learn(
        self, sort: str, asked: frozenset[str], starts: list[Start], now: datetime
    ) -> None:
        free, before = _keys(starts), self._known.get(sort)
        if before is not None and before.free == free:
            asked |= before.asked & free  # other lists look at these
        kind = next(one.unit_kind for one in starts)
        shown = await self._geography.coverage(
            CoverageAsked(
                unit_kind=kind,
                starts=tuple(starts),
                limits_s=LIMITS_S,
                without=tuple(sorted(asked)),
            ),
            now,
        )
        losses = {
            one.unit: Loss(
                tuple(self._names.get(code, code) for code in one.kelurahan),
                *LIMITS_S,
                shown.source,
            )
            for one in shown.uncovered
        }
        self._known[sort] = _Known(losses, free, asked, now)


def _keys(starts: Sequence[Start]) -> frozenset[str]:
    return frozenset(start.unit for start in starts)
