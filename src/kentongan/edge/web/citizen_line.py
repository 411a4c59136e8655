"""What citizens' pages ask the switch: so often, so many at once, and never in a desk's place.

Anybody can open such a page, and its questions go over the line that carries the commands of desks.
So a page is told to wait (429) when its questions, those of one address or those of all come too
often; and only so many are with the switch at once, however long it takes to answer. Hanging up is
never refused: it waits for its turn.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from kentongan.edge.web.citizen_limits import Requests, Rings, household, page_of
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.switch_client import ANSWER_S, SwitchAway
from kentongan.edge.web.switches import RINGING, Switches
from kentongan.edge.web.turns import Turns

ASKS_AT_ONCE_MAX: Final = 24
OFFERS_AT_ONCE_MAX: Final = 32
"""Questions of all pages with the switch at once, and offers of sound, which wait for the media
process too: together fewer than the switch takes of them (64)."""

PAGE_ASKS_AT_ONCE_MAX: Final = 6
PAGE_OFFERS_AT_ONCE_MAX: Final = 2
"""The same of one page, or of one address that is no caller's. A page has four kinds of questions,
and sends the next of a kind after the answer to the last."""

ENDS_AT_ONCE_MAX: Final = 16
"""Pages that hang up at once; the next ones wait. The switch answers each in a millisecond."""

SAID_AGAIN: Final = timedelta(minutes=1)
"""Refusals are said in the log once in this time, with their number."""

_WAIT_S: Final = "1"
"""When a page that was told to wait may ask again, seconds."""

_OFFER: Final = "citizen_offer"
_REASON: Final = "too_often"

_log = logging.getLogger(__name__)


class CitizenLine:
    """Asks the switch for citizens' pages; used on the event loop."""

    def __init__(self, switch: Switches, clock: Callable[[], datetime]) -> None:
        self._switch = switch
        self._clock = clock
        self._rings = Rings()
        self._requests = Requests()
        self._asks = Turns(PAGE_ASKS_AT_ONCE_MAX, ASKS_AT_ONCE_MAX, _REASON)
        self._offers = Turns(PAGE_OFFERS_AT_ONCE_MAX, OFFERS_AT_ONCE_MAX, _REASON)
        self._ends = asyncio.Semaphore(ENDS_AT_ONCE_MAX)
        self._refused = 0
        self._said_at: datetime | None = None

    async def ring(self, address: str, call: str, key: str, **fields: Any) -> dict[str, Any]:
        """A page rings. `Problem` when that address, or all of them, ring too often."""
        if not self._rings.may_ring(address, call, self._clock()):
            raise self._no("too_many_rings", address)
        with self._asks.turn(page_of(call, key)):
            return await self._ask(RINGING, call, key, **fields)

    async def ask(
        self, do: str, address: str, call: str, key: str, **fields: Any
    ) -> dict[str, Any]:
        """A question about a page's own call. `Problem` or `Busy` when it is asked too often."""
        page, is_offer = page_of(call, key), do == _OFFER
        who = page if self._requests.is_callers(page) else household(address)
        turns = self._offers if is_offer else self._asks
        with turns.turn(who):  # first: what finds no turn counts for nobody
            if not self._requests.may_ask(address, page, self._clock(), offers=is_offer):
                raise self._no(_REASON, address, wait_s=_WAIT_S)
            return await self._ask(do, call, key, **fields)

    async def end(self, call: str, key: str) -> dict[str, Any]:
        """The caller hangs up. `SwitchAway` when it cannot be said in time."""
        try:
            async with asyncio.timeout(ANSWER_S), self._ends:
                return await self._switch.ask("citizen_end", call=call, key=key)
        except TimeoutError as error:
            raise SwitchAway from error

    async def _ask(self, do: str, call: str, key: str, **fields: Any) -> dict[str, Any]:
        answer = await self._switch.ask(do, call=call, key=key, **fields)
        self._requests.answered(page_of(call, key))
        return answer

    def _no(self, reason: str, address: str, **details: str) -> Problem:
        """Said in the log once a minute: a flood is seen there, and is no flood of lines."""
        now = self._clock()
        self._refused += 1
        if self._said_at is None or now - self._said_at >= SAID_AGAIN:
            _log.warning(
                "citizens' pages ask too often: %d refused (%s), the last one of %s",
                self._refused,
                reason,
                address,
            )
            self._said_at, self._refused = now, 0
        return Problem(429, reason, **details)
