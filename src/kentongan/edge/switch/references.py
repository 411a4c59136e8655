"""Callers' places by reference: asked for once the call rings and is on the disk, beside it.

The ring waits for nothing here: a task of its own asks, and what it learns is one more fact of the
call, a position or, each cause once, why there is none. What may pass is asked once more while the
call is in hand. A switch that was started anew does not ask again for the calls it found.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from kentongan.core.commands import KeepRawFact, LocateCall
from kentongan.core.words import CallId, RawFact, RawKind, personal
from kentongan.edge.switch.arrival import place_of
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.faults import Caught
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.location_fetch import AT_ONCE, LocationFetch, NoLocationError
from kentongan.edge.switch.location_servers import Reference

AGAIN_S: Final = 10.0
"""Before what failed is asked once more, seconds: a server that restarts is back, and a network
that measures has measured."""

WAITING_MAX: Final = 200
"""References that wait or are being asked; one more is noted as busy. At 3 s and four at once a
dead server is done with them after 150 s."""


class References:
    """The tasks of one switch. Belongs to the event loop."""

    def __init__(
        self,
        board: Board,
        clock: Callable[[], Moment],
        changed: Callable[[], None],
        caught: Caught,
    ) -> None:
        """`changed` lets what was learnt be committed and told."""
        self._board = board
        self._clock = clock
        self._changed = changed
        self._caught = caught
        self._fetch = LocationFetch(board.settings.location_servers)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self) -> None:
        """Begin to ask for what new calls brought."""
        asked, self._board.to_locate = self._board.to_locate, []
        for reference in asked:
            if len(self._tasks) >= WAITING_MAX:
                self._note(reference, NoLocationError("busy", "too many are being asked"))
                continue
            task = asyncio.get_running_loop().create_task(self._ask(reference))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let go of what is being asked."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._fetch.close()

    async def _ask(self, reference: Reference) -> None:
        with self._caught("asking where a caller is"):
            if await self._ask_once(reference):
                await asyncio.sleep(AGAIN_S)
                await self._ask_once(reference)

    async def _ask_once(self, reference: Reference) -> bool:
        """Whether it is worth asking again."""
        async with self._turns:
            if not self._is_in_hand(reference.call):
                return False
            try:
                found = await self._fetch.fetch(reference.uri)
            except NoLocationError as error:
                self._note(reference, error)
                return error.will_pass
        if self._is_in_hand(reference.call):
            command = LocateCall(
                call=reference.call,
                place=place_of(found),
                measured_at=_measured_at(found.measured_at),
            )
            self._board.act("locate_by_reference", command, self._clock())
            self._keep(reference, found.raw)
            self._changed()
        return False

    def _note(self, reference: Reference, error: NoLocationError) -> None:
        host = _host_of(reference.uri)
        self._board.notices.say(f"location_{error.cause}", host, error.said)
        if not self._is_in_hand(reference.call):
            return
        content = personal(f"{host}: {error.said}")
        if content is not None:
            fact = RawFact(kind=RawKind.LOCATION_REFERENCE, label=error.cause, content=content)
            command = KeepRawFact(call=reference.call, fact=fact)
            self._board.act("note_reference", command, self._clock())
            self._keep(reference, error.raw)
            self._changed()

    def _keep(self, reference: Reference, raw: bytes) -> None:
        """The answer as it came, also where all of it is on the map: it may say more."""
        content = personal(raw.decode("utf-8", "replace"))
        if content is None:
            return
        host = _host_of(reference.uri)
        label = host if reference.number == 1 else f"{host} ({reference.number})"
        fact = RawFact(kind=RawKind.LOCATION_ANSWER, label=label, content=content)
        self._board.act("keep_answer", KeepRawFact(call=reference.call, fact=fact), self._clock())

    def _is_in_hand(self, call: CallId) -> bool:
        known = self._board.ledger.find(call)
        return known is not None and not known.is_over


def _host_of(uri: str) -> str:
    """For people: the reference itself is a secret of the caller's, and stands on the call."""
    try:
        return urlsplit(uri).hostname or urlsplit(uri).scheme or "?"
    except ValueError:
        return "?"


def _measured_at(text: str) -> datetime | None:
    """The document's own time (RFC 3339), None for one without its offset or that is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
