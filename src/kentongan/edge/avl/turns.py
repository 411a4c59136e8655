"""A selector that gives the event loop back after some connections, however many have something.

When a whole fleet speaks at once (after a fault of its network, or on a machine that is too busy),
a loop that reads all that is ready before it looks at its timers shows nothing until it is through.
Here at most `READY_MAX` connections are read in one turn; then timers run, so that what is known is
shown ten times a second. The kernel hands out ready connections in turn: none is passed over.
"""

import asyncio
import contextlib
import math
import select
from collections.abc import Mapping
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector, SelectorKey
from typing import Any, Final

READY_MAX: Final = 200
"""Connections read in one turn: about 20 ms of work."""


class FairSelector(BaseSelector):
    """epoll(7), some at a time."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._keys: dict[int, SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        """Watch it; `KeyError` when it is watched already."""
        number = _number(fileobj)
        if number in self._keys:
            raise KeyError(f"{number} is registered")
        self._epoll.register(number, _wanted(events))
        key = self._keys[number] = SelectorKey(fileobj, number, events, data)
        return key

    def unregister(self, fileobj: Any) -> SelectorKey:
        """Watch it no more; `KeyError` when it was not watched."""
        key = self._keys.pop(_number(fileobj))
        with contextlib.suppress(OSError):  # closed before: the kernel has forgotten it
            self._epoll.unregister(key.fd)
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        """Watch it for something else."""
        number = _number(fileobj)
        known = self._keys[number]
        if events != known.events:
            self._epoll.modify(number, _wanted(events))
        key = self._keys[number] = SelectorKey(fileobj, number, events, data)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """What is ready, at most `READY_MAX` of it."""
        wait_s = -1.0 if timeout is None else math.ceil(max(0.0, timeout) * 1e3) / 1e3
        try:
            found = self._epoll.poll(wait_s, READY_MAX)
        except InterruptedError:
            return []
        ready: list[tuple[SelectorKey, int]] = []
        for number, events in found:
            key = self._keys.get(number)
            if key is not None:
                ready.append((key, _said(events) & key.events))
        return ready

    def close(self) -> None:
        """Let go of everything."""
        self._epoll.close()
        self._keys.clear()

    def get_map(self) -> Mapping[Any, SelectorKey]:
        """What is watched, by descriptor."""
        return self._keys

    def get_key(self, fileobj: Any) -> SelectorKey:
        """How it is watched; `KeyError` when it is not."""
        return self._keys[_number(fileobj)]


def fair_loop() -> asyncio.AbstractEventLoop:
    """An event loop that gives timers their turn."""
    return asyncio.SelectorEventLoop(FairSelector())


def _number(fileobj: Any) -> int:
    return fileobj if isinstance(fileobj, int) else int(fileobj.fileno())


def _wanted(events: int) -> int:
    reading = select.EPOLLIN if events & EVENT_READ else 0
    return reading | (select.EPOLLOUT if events & EVENT_WRITE else 0)


def _said(events: int) -> int:
    """An error or a hang-up counts as both: who reads or writes then learns of it."""
    reading = EVENT_READ if events & ~select.EPOLLOUT else 0
    return reading | (EVENT_WRITE if events & ~select.EPOLLIN else 0)
