"""One answer for everybody who asks the same at the same moment.

After a flood, twenty desks ask about one incident within a few milliseconds. Whoever comes while
the very same question is being answered waits for that answer; nothing is kept once it is there, so
that nobody gets an old one. Belongs to the event loop.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

AT_ONCE_MAX: Final = 32
"""Different questions shared at once; further ones are answered each for itself."""


class AskedOnce(Generic[T]):
    """Questions that are being answered. Two are the same when everything that the answer is made
    from is equal: rows, positions, turn of the roads. What an asker may not see must be left out of
    that already."""

    def __init__(self) -> None:
        self._answering: list[tuple[object, asyncio.Task[T]]] = []

    async def find(self, asked: object, answer: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer; what `answer` raises is raised to everybody who waits for it. An asker who
        leaves takes nothing from the others."""
        for other, task in self._answering:
            if other == asked:
                return await asyncio.shield(task)
        if len(self._answering) >= AT_ONCE_MAX:
            return await answer()
        task = asyncio.create_task(answer(), name="asked once")
        self._answering.append((asked, task))
        task.add_done_callback(self._answered)
        return await asyncio.shield(task)

    def _answered(self, task: asyncio.Task[T]) -> None:
        self._answering = [one for one in self._answering if one[1] is not task]
        if not task.cancelled():
            task.exception()  # seen, should everybody who waited for it have left
