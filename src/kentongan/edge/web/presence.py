"""Tells every switch whom this process sees: desks on duty, open pages, and known numbers.

The switch rings desks by it, also while the store is away. Said again every 5 s and at each change,
because what is not repeated counts no more. Numbers of waiting callers are compared on the reading
thread, for all of them at once and beside the speaking: a desk that came or went never waits for
it. What was found is said as soon as it is.
"""

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from msgspec import to_builtins

from kentongan.app.ports import Unavailable
from kentongan.core.call_rows import CallRow, DeskRow
from kentongan.core.duplicates import plain_number
from kentongan.core.queue import Standing
from kentongan.core.standing import standing_of
from kentongan.core.words import CallId, DeskKey, Role
from kentongan.edge.web.awaited import Awaited
from kentongan.edge.web.lanes import Lanes, Overfull
from kentongan.edge.web.live import Live
from kentongan.edge.web.switch_client import SwitchAway, SwitchFailed
from kentongan.edge.web.switches import Switches
from kentongan.edge.web.texts import Texts
from kentongan.store.whole import WholeStore

LOOK_S: Final = 0.25
"""How soon a desk that came or went is known to the switch."""

REPEAT_S: Final = 5.0
"""A third of what the switch remembers (`edge.switch.room.PRESENCE_S`)."""

STANDINGS_MAX: Final = 1_000
"""Waiting callers whose numbers are compared; with more waiting, order by ring is fair enough."""

COMPARED_MAX: Final = 5_000
"""Recent calls compared with them: about a week of a city."""

_log = logging.getLogger(__name__)


class Presence:
    """Speaks to the switches for as long as the process runs. Used on the event loop only."""

    def __init__(
        self,
        live: Live,
        switch: Switches,
        lanes: Lanes,
        texts: Texts,
        awaited: Awaited,
        clock: Callable[[], datetime],
    ) -> None:
        self._live = live
        self._switch = switch
        self._lanes = lanes
        self._texts = texts
        self._awaited = awaited
        self._clock = clock
        self._speaker = secrets.token_hex(8)
        self._said: tuple[object, ...] = ()
        self._said_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._standings: dict[CallId, Standing] = {}
        self._numbers: list[str] = []
        self._compared: tuple[tuple[CallId, ...], ...] = ()
        self._compared_at = 0.0
        self._comparing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to speak."""
        self._task = asyncio.create_task(self._keep_speaking(), name="presence")

    async def stop(self) -> None:
        """Say no more; the switch forgets us soon."""
        tasks = [task for task in (self._task, self._comparing) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def pages(self) -> frozenset[DeskKey]:
        """The desks whose page is connected to this process."""
        return frozenset(self._seen_desks()[1])

    def windows(self) -> frozenset[DeskKey]:
        """The desks whose sound is in a window that is connected to this process."""
        return frozenset(self._sounding())

    async def _keep_speaking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self._speak()
            except (SwitchAway, SwitchFailed, Unavailable, Overfull):
                self._said_at = 0.0  # as soon as it is back
            except Exception:  # noqa: BLE001 - outermost loop: told, then on
                _log.exception("telling the switch who is here failed")

    async def _speak(self) -> None:
        if not self._live.ready.is_set():
            return
        (desks, pages), waiting = self._seen_desks(), self._waiting()
        windows = {"windows": self._sounding()}
        elsewhere = (self._switch.openings, self._switch.busy_elsewhere())
        rights = self._rights()
        awaited = self._awaited.rows(self._clock())
        now = asyncio.get_running_loop().time()
        keys = tuple(tuple(row.key for row in rows) for rows in (waiting, awaited))
        self._compare_beside(waiting, awaited, keys, now)
        standings = {call: self._standings[call] for call in keys[0] if call in self._standings}
        numbers = {"awaited": self._numbers}
        seen = (desks, pages, keys, elsewhere, rights, standings, numbers, windows)
        if seen == self._said and now - self._said_at < REPEAT_S:
            return
        self._live.set_queue(
            nuisance=tuple(call for call, one in standings.items() if one.nuisance),
            repeat=tuple(call for call, one in standings.items() if one.repeat_of_p1),
        )
        word = self._word(desks, pages, standings)
        await self._switch.present(word | rights | numbers | windows)
        self._said, self._said_at = seen, now

    def _word(
        self,
        desks: tuple[DeskRow, ...],
        pages: tuple[DeskKey, ...],
        standings: dict[CallId, Standing],
    ) -> dict[str, Any]:
        return {
            "speaker": self._speaker,
            "desks": [to_builtins(row) for row in desks],
            "pages": list(pages),
            "standings": to_builtins(standings),
        }

    def _rights(self) -> dict[str, Any]:
        """Who may hear others' calls, and who has no desk any more."""
        out = {
            one.row.key: one.row.forced_out
            for one in self._live.held.of_kind("desk")
            if isinstance(one.row, DeskRow) and one.row.forced_out is not None
        }
        agents = self._live.agents().values()
        listeners = sorted(agent.id for agent in agents if agent.has(Role.SUPERVISOR))
        return {"listeners": listeners, "forced_out": out}

    def _seen_desks(self) -> tuple[tuple[DeskRow, ...], tuple[DeskKey, ...]]:
        """Who is on duty, and whose page is connected to this process."""
        held = self._live.held
        desks = tuple(
            one.row
            for one in held.of_kind("desk")
            if isinstance(one.row, DeskRow) and one.row.agent is not None
        )
        agents = self._live.agents()
        return desks, tuple(row.key for row in desks if row.agent in agents)

    def _sounding(self) -> list[DeskKey]:
        """Desks whose window with the sound is here; any other window of that person is not it."""
        windows = self._live.windows()
        rows = (one.row for one in self._live.held.of_kind("desk"))
        return [
            row.key
            for row in rows
            if isinstance(row, DeskRow) and row.agent is not None and row.page in windows
        ]

    def _waiting(self) -> list[CallRow]:
        waiting = [
            one.row
            for one in self._live.held.of_kind("call")
            if isinstance(one.row, CallRow) and one.row.state in ("offered", "queued")
        ]
        waiting.sort(key=lambda row: row.ring_at)
        return waiting[:STANDINGS_MAX]

    def _compare_beside(
        self,
        waiting: list[CallRow],
        awaited: tuple[CallRow, ...],
        keys: tuple[tuple[CallId, ...], ...],
        now: float,
    ) -> None:
        """Look anew when others wait or are awaited, and every 5 s; one look at a time."""
        is_fresh = keys == self._compared and now - self._compared_at < REPEAT_S
        if is_fresh or (self._comparing is not None and not self._comparing.done()):
            return
        self._compared, self._compared_at = keys, now
        self._comparing = asyncio.create_task(self._compare(waiting, awaited), name="standings")

    async def _compare(self, waiting: list[CallRow], awaited: tuple[CallRow, ...]) -> None:
        try:
            self._numbers = await self._awaited.numbers(awaited)
            self._standings = await self._find_standings(waiting)
            self._switch.know(self._standings)
        except (Unavailable, Overfull):
            self._compared = ()  # as soon as it is back
        except Exception:  # noqa: BLE001 - outermost of its task: told, then on
            _log.exception("comparing the numbers of waiting callers failed")

    async def _find_standings(self, waiting: list[CallRow]) -> dict[CallId, Standing]:
        if self._live.store_away_since is not None:  # what was known of them goes on
            known = self._standings
            return {row.key: known[row.key] for row in waiting if row.key in known}
        if not waiting:
            return {}
        held = self._live.held
        calls = [one.row for one in held.of_kind("call") if isinstance(one.row, CallRow)]
        calls.sort(key=lambda row: row.ring_at, reverse=True)
        calls = [row for row in calls if row.number is not None and row.number.ref][:COMPARED_MAX]
        of_open_p1 = self._awaited.of_open_p1()
        now = self._clock()

        def compare(store: WholeStore) -> dict[CallId, Standing]:
            refs = [row.number.ref for row in calls if row.number and row.number.ref]
            texts = self._texts.open(store, refs)
            by_number: dict[str, list[CallRow]] = defaultdict(list)
            numbers: dict[CallId, str] = {}
            for row in calls:
                number = plain_number(texts.get(row.number.ref or "") if row.number else None)
                if number:
                    by_number[number].append(row)
                    numbers[row.key] = number
            return {
                row.key: standing_of(row, by_number[numbers[row.key]], of_open_p1, now)
                for row in waiting
                if row.key in numbers
            }

        found = await self._lanes.reading.run(compare)
        return {call: standing for call, standing in found.items() if standing != Standing()}
