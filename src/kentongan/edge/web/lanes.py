"""Three threads between the event loop and the store: one writes through the door, one reads, one
works out figures that may take a second.

A store is synchronous and each of its connections belongs to one thread. A lane opens the store on
its own thread when it is first needed and again after it was away, and does one piece of work at a
time in the order asked. The event loop only waits, it never blocks.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from kentongan.app.ports import Unavailable
from kentongan.store.whole import WholeStore

WAITING_MAX: Final = 400
"""Pieces of work waiting for one lane: about two seconds of commands; more are told `busy`."""

T = TypeVar("T")


class Overfull(Exception):  # noqa: N818 - an answer for now, not an error
    """Too much is waiting for the store already."""


class Lane:
    """One thread with its own store."""

    def __init__(self, name: str, open_store: Callable[[], WholeStore]) -> None:
        self._open_store = open_store
        self._store: WholeStore | None = None
        self._waiting = 0
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, work: Callable[[WholeStore], T]) -> T:
        """Do the work on the lane's thread; what it raises is raised here.

        Raises `Overfull` when too much is waiting and `Unavailable` when the store is away.
        """
        if self._waiting >= WAITING_MAX:
            raise Overfull
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self._do, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Finish what waits, then close the store."""
        self._pool.submit(self._close)
        self._pool.shutdown(wait=True)

    def _do(self, work: Callable[[WholeStore], T]) -> T:
        if self._store is None:
            self._store = self._opened()
        return work(self._store)

    def _opened(self) -> WholeStore:
        try:
            return self._open_store()
        except OSError as error:
            raise Unavailable("store") from error

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()


class Lanes:
    """The lane that writes, the one that reads, and the one that computes."""

    def __init__(self, open_store: Callable[[], WholeStore]) -> None:
        self.door = Lane("door", open_store)
        self.reading = Lane("reading", open_store)
        self.figures = Lane("figures", open_store)

    def close(self) -> None:
        """Close all."""
        self.door.close()
        self.reading.close()
        self.figures.close()
