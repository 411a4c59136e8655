"""What sending a unit would leave uncovered: asked beside the list, and kept a short while.

A recommendation does not wait for coverage: what is not known in a quarter of a second is missing
this time and there the next. Of several units that go together it is another question, because two
that stand in for each other leave nothing uncovered one at a time. Each sort of unit (ambulances,
engines, patrols) covers for itself, and every sort of those asked about is weighed.
Nothing is decided here; the loss is a warning and a tie-breaker in `core.recommend`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from kentongan.core.candidates import Loss
from kentongan.edge.web.road_turns import RoadTurns
from kentongan.geography import WITHOUT_MAX, CoverageAsked, CoverageShown, Geography, Start

KEPT_S: Final = 15.0
"""How long an answer counts, seconds; units move about 200 m in that time."""

TOLD_S: Final = 2 * KEPT_S
"""How long it is still told while a new answer is on its way, seconds."""

WAIT_S: Final = 0.25
"""How long a list waits for it, seconds."""

LIMITS_S: Final = (480.0,)
"""Reached is who is reached within 8 minutes, seconds."""


TOGETHER_MAX: Final = 50
"""Sets of units of which it is remembered what they leave uncovered together: one for each incident
that somebody looks at."""


class _Together(NamedTuple):
    areas: tuple[str, ...]
    source: str
    free: frozenset[str]
    at: datetime


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
        self._together: dict[frozenset[str], _Together] = {}
        self._asking_together: dict[frozenset[str], asyncio.Task[None]] = {}

    def stop(self) -> None:
        """Ask nothing more."""
        for task in (*self._asking.values(), *self._asking_together.values()):
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
            self._asking_together.clear()
            self._known.clear()
            self._together.clear()

    def _sorts(self, units: Sequence[str], free: Sequence[Start]) -> dict[str, list[Start]]:
        """Who covers for each of these units: the free ones of each sort among them."""
        kinds = {start.unit: sort_of(start.unit_kind) for start in free}
        wanted = dict.fromkeys(kinds[unit] for unit in units if unit in kinds)
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
            others = sorted(before.asked & free - asked)  # other lists look at these
            asked |= frozenset(others[: max(0, WITHOUT_MAX - len(asked))])
        shown = await self._geography.coverage(
            CoverageAsked(
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

    # --- several at once -------------------------------------------------------------------------

    def together(self, units: Sequence[str], free: Sequence[Start], now: datetime) -> Loss | None:
        """What sending all of these would uncover, as far as it is known now: nobody waits for it.
        None while it is not, or where no two of them cover for each other."""
        self._look_at_roads(now)
        areas: list[str] = []
        source = ""
        for starts in self._sorts(units, free).values():
            gone = frozenset(units) & _keys(starts)
            if len(gone) > 1:
                found = self._find_together(gone, starts, now)
                areas += found.areas if found is not None else ()
                source = source or (found.source if found is not None else "")
        return Loss(tuple(areas), *LIMITS_S, source) if source else None

    def _find_together(
        self, gone: frozenset[str], starts: list[Start], now: datetime
    ) -> _Together | None:
        known = self._together.get(gone)
        if known is not None and known.free != _keys(starts):
            known = None
        age_s = float("inf") if known is None else (now - known.at).total_seconds()
        running = self._asking_together.get(gone)
        if age_s >= KEPT_S and (running is None or running.done()):
            self._asking_together[gone] = asyncio.create_task(
                self._learn_together(gone, starts, now), name="losses together"
            )
        return known if age_s < TOLD_S else None

    async def _learn_together(
        self, gone: frozenset[str], starts: list[Start], now: datetime
    ) -> None:
        rest = [one for one in starts if one.unit not in gone]
        before, after = [
            await self._geography.coverage(
                CoverageAsked(starts=tuple(some), limits_s=LIMITS_S), now
            )
            for some in (starts, rest)
        ]
        lost = _reached(before) - _reached(after) if before.source == after.source else set[str]()
        names = (one.name for one in before.areas if one.code in lost)
        while len(self._together) >= TOGETHER_MAX:
            oldest = next(iter(self._together))
            del self._together[oldest]
            self._asking_together.pop(oldest, None)
        self._together.pop(gone, None)
        self._together[gone] = _Together(tuple(names), before.source, _keys(starts), now)


def _reached(shown: CoverageShown) -> set[str]:
    limit_s = LIMITS_S[0]
    return {one.code for one in shown.areas if one.seconds is not None and one.seconds <= limit_s}


def _keys(starts: Sequence[Start]) -> frozenset[str]:
    return frozenset(start.unit for start in starts)
