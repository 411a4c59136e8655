"""Callers' places by reference: asked for once the call rings and is on the disk, beside it.

The ring waits for nothing here: a task of its own asks, and what it learns is one more fact of the
call, a position or, each cause once, why there is none. What may pass is asked once more while the
call is in hand. A switch that was started anew does not ask again for the calls it found.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from kentongan.edge.switch.board import Board
from kentongan.edge.switch.faults import Caught
from kentongan.edge.switch.learnt import is_in_hand, keep_failure, keep_place
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
            if not is_in_hand(self._board, reference.call):
                return False
            try:
                found = await self._fetch.fetch(reference.uri)
            except NoLocationError as error:
                self._note(reference, error)
                return error.will_pass
        if is_in_hand(self._board, reference.call):
            keep_place(self._board, reference, found, self._clock())
            self._changed()
        return False

    def _note(self, reference: Reference, error: NoLocationError) -> None:
        now = self._clock()
        if keep_failure(self._board, reference, error.cause, error.said, now, error.raw):
            self._changed()
