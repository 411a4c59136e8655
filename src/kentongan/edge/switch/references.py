"""Callers' places by reference: asked for once the call rings and is on the disk, beside it.

The ring waits for nothing here: a task of its own asks, and what it learns is one more fact of the
call, a position or, each cause once, why there is none. What may pass is asked again while the call
is in hand, a few times and ever later: a server may say that it knows no place yet, and whoever
asks again must keep a limit (RFC 5985, `locationUnknown`). What it says of the reference itself is
final. A switch that was started anew asks again for calls that have no answer.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from kentongan.core.call.locating import ASKED_AGAIN
from kentongan.core.events import CallEvent, CallRawFactKept
from kentongan.core.words import CallId, RawKind, Refused
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.faults import Caught
from kentongan.edge.switch.learnt import (
    answer_label,
    is_in_hand,
    keep_failure,
    keep_places,
    references_in,
)
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.location_fetch import AT_ONCE, LocationFetch, NoLocationError
from kentongan.edge.switch.location_servers import Reference, target_of, to_be_asked
from kentongan.edge.switch.record import SpooledCall

AGAIN_S: Final = (5.0, 15.0, 45.0)
"""Before each time that what failed is asked once more, seconds: a network that measures has
measured, a server that was started anew is back, a cable is in its place again."""

BETWEEN: Final = timedelta(seconds=10)
"""Between two questions that a desk wants asked: a network has hardly measured sooner."""

WAITING_MAX: Final = 200
"""References that wait for their turn or are being asked; one more is noted as busy. At 3 s and
four at once a dead server is done with them after 150 s."""


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
        self._pausing = 0  # of these; no more of them than calls in hand, and some just over

    def look(self) -> None:
        """Begin to ask for what new calls brought."""
        asked, self._board.to_locate = self._board.to_locate, []
        for reference in asked:
            if len(self._tasks) - self._pausing >= WAITING_MAX:
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
            pauses = iter(AGAIN_S)
            while await self._ask_once(reference) and (pause_s := next(pauses, None)) is not None:
                await self._pause(pause_s)

    async def _pause(self, pause_s: float) -> None:
        self._pausing += 1
        try:
            await asyncio.sleep(pause_s)
        finally:
            self._pausing -= 1

    async def _ask_once(self, reference: Reference) -> bool:
        """Whether it is worth asking again."""
        async with self._turns:
            if not is_in_hand(self._board, reference.call):
                return False
            try:
                found = await self._fetch.fetch(reference.uri)
            except NoLocationError as error:
                self._note(reference, error)
                return error.will_pass
        if is_in_hand(self._board, reference.call):
            keep_places(self._board, reference, found, self._clock())
            self._changed()
        return False

    def _note(self, reference: Reference, error: NoLocationError) -> None:
        now = self._clock()
        if keep_failure(self._board, reference, error.cause, error.said, now, error.raw):
            self._changed()


def may_ask_again(board: Board, call_id: CallId, at: datetime) -> None:
    """Raises `Refused` where nothing is ever asked, or it was asked a moment ago."""
    call = board.ledger.get(call_id)
    asked = to_be_asked(call_id, references_in(board.ledger.row(call_id)))
    if not any(target_of(one.uri, board.settings.location_servers) for one in asked):
        raise Refused("no_location_reference")
    times = [fact.meta.at for fact in call.facts if _is_asked_again(fact.event)]
    if times and at - times[-1] < BETWEEN:
        raise Refused("location_just_asked", seconds=str(ceil(BETWEEN.total_seconds())))


def ask_again(board: Board, call_id: CallId, events: Iterable[CallEvent]) -> None:
    """Where a desk wanted it: what the caller's references say now."""
    if any(_is_asked_again(event) for event in events):
        board.to_locate += to_be_asked(call_id, references_in(board.ledger.row(call_id)))


def _is_asked_again(event: CallEvent) -> bool:
    return isinstance(event, CallRawFactKept) and event.fact.label == ASKED_AGAIN


def resume(board: Board, call: SpooledCall) -> None:
    """A call of before a restart: whoever has not answered is asked again."""
    if board.settings.location_servers.hosts:
        row = board.ledger.row(call.id)
        answered = {one.label for one in row.raw_facts if one.kind is RawKind.LOCATION_ANSWER}
        asked = to_be_asked(call.id, references_in(row))
        board.to_locate += [one for one in asked if answer_label(one) not in answered]
