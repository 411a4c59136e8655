"""What the two ports' connections share: their number, who they belong to, when they are silent.

A connection belongs to a device once it has shown its token; when the device changes or is revoked
its connections are closed. Ends that say nothing for too long are closed by one look over all.
"""

import asyncio
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Final, Protocol

CONNECTIONS_MAX: Final = 20_000
"""Open connections of both ports together; every further one is closed at once."""

LOGIN_S: Final = 15.0
"""A connection that has not shown a good token by then is closed, seconds."""

SILENT_S: Final = 900.0
"""One that has, and says nothing for so long, is closed, seconds: a standing car reports rarely."""

LOOK_S: Final = 5.0
"""Between two looks for silent connections, seconds."""


class Connection(Protocol):
    """One device's line. `is_known` once a right token came over it; `device` whose it is, where
    that is one device's for good.
    """

    device: str | None
    is_known: bool
    heard_at: float

    def close(self) -> None:
        """Let go of the line."""
        ...


class Connections:
    """All open connections. Used on the event loop only."""

    def __init__(self) -> None:
        self._open: dict[Connection, None] = {}
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def start(self) -> None:
        """Begin to look for silent ones."""
        self._task = asyncio.create_task(self._keep_looking(), name="silent connections")

    def stop(self) -> None:
        """Close all."""
        if self._task is not None:
            self._task.cancel()
        for one in list(self._open):
            one.close()

    def add(self, connection: Connection) -> bool:
        """A new one; False when there are too many, and it must be closed."""
        if len(self._open) >= CONNECTIONS_MAX:
            return False
        self._open[connection] = None
        return True

    def remove(self, connection: Connection) -> None:
        """It is closed."""
        self._open.pop(connection, None)

    def close_of(self, devices: Sequence[str]) -> None:
        """Close the lines of these devices."""
        if devices:
            ids = set(devices)
            _close(one for one in list(self._open) if one.device in ids)

    def close_silent(self, now: float) -> None:
        """Close those that were silent for too long, by a monotonic clock."""
        _close(
            one
            for one in list(self._open)
            if now - one.heard_at > (SILENT_S if one.is_known else LOGIN_S)
        )

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.close_silent(monotonic())


def _close(connections: Iterable[Connection]) -> None:
    for one in connections:
        one.close()
