"""What the two ports' connections share: their number, who they belong to, when they are silent.

A connection belongs to a device once it has shown its token; when the device changes or is revoked
its connections are closed. Ends that say nothing for too long are closed by one look over all. From
one address only so many may be open that have shown no token yet: many vehicles share the address
of their mobile network, so those that have are not counted.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Final, Protocol

CONNECTIONS_MAX: Final = 20_000
"""Open connections of both ports together; every further one is closed at once."""

STRANGERS_MAX: Final = 2_000
"""Open connections of one address without a good token yet; every further one is closed at once. A
fleet of 5,000 that comes back at once behind one address is through within some seconds."""

LOGIN_S: Final = 15.0
"""A connection that has not shown a good token by then is closed, seconds."""

SILENT_S: Final = 900.0
"""One that has, and says nothing for so long, is closed, seconds: a standing car reports rarely."""

LOOK_S: Final = 5.0
"""Between two looks for silent connections, seconds."""


_log = logging.getLogger(__name__)


class Connection(Protocol):
    """One device's line. `is_known` once a right token came over it; `device` whose it is, where
    that is one device's for good. `peer` is the address at the other end, "" where many stand
    behind it (a proxy of ours).
    """

    device: str | None
    is_known: bool
    heard_at: float
    peer: str

    def close(self) -> None:
        """Let go of the line."""
        ...


class Connections:
    """All open connections. Used on the event loop only."""

    def __init__(self) -> None:
        self._open: dict[Connection, None] = {}
        self._strangers: dict[str, set[Connection]] = {}
        self._turned_away = 0
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
        if len(self._open) >= CONNECTIONS_MAX or not self._may_knock(connection):
            self._turned_away += 1
            return False
        self._open[connection] = None
        return True

    def remove(self, connection: Connection) -> None:
        """It is closed."""
        self._open.pop(connection, None)
        beside = self._strangers.get(connection.peer)
        if beside is not None:
            beside.discard(connection)
            if not beside:
                del self._strangers[connection.peer]

    def _may_knock(self, connection: Connection) -> bool:
        """Whether its address has room; those that have shown a token by now are counted out."""
        if not connection.peer:
            return True
        beside = self._strangers.setdefault(connection.peer, set())
        if len(beside) >= STRANGERS_MAX:
            beside.difference_update([one for one in beside if one.is_known])
        if len(beside) >= STRANGERS_MAX:
            return False
        beside.add(connection)
        return True

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
            if self._turned_away:
                _log.warning("%d connections turned away: too many open", self._turned_away)
                self._turned_away = 0


def peer_of(transport: asyncio.BaseTransport) -> str:
    """The address at the other end, "" when there is none."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if peer else ""


def _close(connections: Iterable[Connection]) -> None:
    for one in connections:
        one.close()
