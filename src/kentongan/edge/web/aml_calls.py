"""Which call an AML message belongs to: by the caller's number, also before the call rings.

A telephone sends by SMS and by HTTPS at once, a second before its call is here or a minute after.
What finds no call is kept a short while and tried again each second, in memory: a process that is
killed forgets it, and the telephone's second message comes by the other way.
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, to_builtins

from kentongan.app.ports import Unavailable
from kentongan.core.duplicates import same_number
from kentongan.core.rows import CallRow
from kentongan.core.words import Place, Refused
from kentongan.edge.web.lanes import Lanes
from kentongan.edge.web.live import Live
from kentongan.edge.web.switch_calls import OVER
from kentongan.edge.web.switch_client import SwitchAway, SwitchFailed
from kentongan.edge.web.switches import Switches
from kentongan.edge.web.texts import Texts
from kentongan.store.whole import WholeStore

WAITS: Final = timedelta(minutes=3)
"""How long a message waits for its call: a call that rings later was another one."""

WAITING_MAX: Final = 500
"""Messages that wait; the oldest goes first. A city has some hundred calls an hour."""

COMPARED_MAX: Final = 2_000
"""Calls in hand whose number is compared: more than all lines."""


class Located(Struct, frozen=True, kw_only=True):
    """Where the telephone with that number said it is."""

    number: str
    place: Place
    measured_at: datetime | None
    heard_at: datetime


class AmlCalls:
    """The messages that wait, and the calls they belong to."""

    def __init__(self, lanes: Lanes, live: Live, texts: Texts, switch: Switches) -> None:
        self._lanes = lanes
        self._live = live
        self._texts = texts
        self._switch = switch
        self._waiting: deque[Located] = deque(maxlen=WAITING_MAX)

    async def take(self, told: Located) -> bool:
        """Give it to its calls; False when it waits for one."""
        if await self._place(told, await self._numbers()):
            return True
        self._waiting.append(told)
        return False

    async def look(self, now: datetime) -> None:
        """Try again for those that wait, and let the old ones go."""
        while self._waiting and now - self._waiting[0].heard_at > WAITS:
            self._waiting.popleft()
        if not self._waiting:
            return
        numbers = await self._numbers()
        for told in list(self._waiting):
            if await self._place(told, numbers) and told in self._waiting:
                self._waiting.remove(told)

    async def _numbers(self) -> list[tuple[str, str]]:
        """Calls in hand and the number of each."""
        rows = self._calls()
        refs = [row.number.ref for row in rows if row.number and row.number.ref]
        if not refs:
            return [(row.key, row.number.text) for row in rows if row.number and row.number.text]

        def opened(store: WholeStore) -> dict[str, str]:
            return self._texts.open(store, refs)

        texts = await self._lanes.reading.run(opened)
        named = ((row.key, row.number) for row in rows if row.number is not None)
        found = [(key, number.text or texts.get(number.ref or "")) for key, number in named]
        return [(key, number) for key, number in found if number]

    def _calls(self) -> list[CallRow]:
        rows = [held.row for held in self._live.held.of_kind("call")]
        calls = [row for row in rows if isinstance(row, CallRow) and row.state not in OVER]
        return sorted(calls, key=lambda row: row.ring_at, reverse=True)[:COMPARED_MAX]

    async def _place(self, told: Located, numbers: Sequence[tuple[str, str]]) -> bool:
        calls = [call for call, number in numbers if same_number(number, told.number)]
        placed = [await self._tell(call, told) for call in calls]
        return any(placed)

    async def _tell(self, call: str, told: Located) -> bool:
        try:
            await self._switch.ask(
                "caller_place",
                call=call,
                place=to_builtins(told.place),
                measured_at=told.measured_at,
            )
        except (Refused, SwitchAway, SwitchFailed, Unavailable):
            return False  # it ended meanwhile, or its switch is away: tried again
        return True
