"""The `avl` process: two ports for devices, one line to the screens' processes, one to the store.

It holds no truth. Killed, it is back in a second: devices connect again, screens keep the last
positions with their age, and what was not yet in a block of the history is lost (`BLOCK_S`).
"""

import asyncio
import logging
import resource
import secrets
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from msgspec import Struct

from kentongan.avl_line import AvlFigures
from kentongan.avl_settings import AvlSettings
from kentongan.core.positions import Judge
from kentongan.edge.avl.answers import Answering
from kentongan.edge.avl.connections import Connections
from kentongan.edge.avl.feed import Feed
from kentongan.edge.avl.lines import Lines
from kentongan.edge.avl.reception import Reception
from kentongan.edge.avl.register import Register
from kentongan.edge.avl.requests import Requests
from kentongan.edge.avl.turns import fair_loop
from kentongan.edge.avl.writing import Writing
from kentongan.store.track_gathering import Gathering
from kentongan.store.whole import WholeStore

BACKLOG: Final = 2_048
"""Connections waiting to be accepted: a fleet that comes back at once."""

THREAD_TURN_S: Final = 0.001
"""Longest turn of the writing thread while the event loop waits for its own, seconds."""

_log = logging.getLogger(__name__)


class AvlDependencies(Struct, frozen=True, kw_only=True):
    """Everything from outside."""

    open_store: Callable[[], WholeStore]
    clock: Callable[[], datetime]
    settings: AvlSettings
    feed_socket: Path


class Avl:
    """The running parts, started and stopped together."""

    def __init__(self, given: AvlDependencies) -> None:
        self._given = given
        gathering = Gathering(secrets.token_hex(8))
        self.connections = Connections()
        self.reception = Reception(Judge(given.settings.bounds), Register(), gathering)
        self.feed = Feed(given.feed_socket, self.reception.latest, self._figures)
        self.reception.show = self.feed.show
        self.answering = Answering(self.reception, given.clock)
        self.writing = Writing(
            given.open_store, given.clock, self.reception, gathering, self.connections.close_of
        )
        self._servers: list[asyncio.Server] = []

    async def start(self) -> None:
        """Listen where the settings say. `OSError` when an address is not free."""
        settings = self._given.settings
        await self.start_on(settings.http_port or None, settings.nmea_port or None)

    async def start_on(self, http_port: int | None, nmea_port: int | None) -> None:
        """Listen on these ports (0: any that is free); None stays closed."""
        await self.writing.start()
        await self.feed.start()
        self.connections.start()
        if http_port is not None:
            await self._listen(self._requests, http_port)
        if nmea_port is not None:
            await self._listen(self._lines, nmea_port)

    async def stop(self) -> None:
        """Close the ports, then write what waits."""
        for server in self._servers:
            server.close()
        self.connections.stop()
        await self.feed.stop()
        await self.writing.stop()

    @property
    def ports(self) -> list[int]:
        """The ports that are open, HTTP first."""
        return [int(one.sockets[0].getsockname()[1]) for one in self._servers]

    async def _listen(self, made: Callable[[], asyncio.BaseProtocol], port: int) -> None:
        loop = asyncio.get_running_loop()
        host = self._given.settings.host
        self._servers.append(await loop.create_server(made, host, port, backlog=BACKLOG))

    def _requests(self) -> Requests:
        proxies = [ip_network(one) for one in self._given.settings.proxies]
        return Requests(self.answering, self.connections, proxies)

    def _lines(self) -> Lines:
        return Lines(self.answering, self.reception, self.connections, self._given.clock)

    def _figures(self) -> AvlFigures:
        return self.reception.figures(len(self.connections), store_away=self.writing.is_away)


def run(given: AvlDependencies) -> int:
    """Serve until SIGINT or SIGTERM; 1 when a port is not free."""
    sys.setswitchinterval(THREAD_TURN_S)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        with asyncio.Runner(loop_factory=fair_loop) as runner:
            runner.run(_serve(given))
    except OSError as error:
        _log.error("positions cannot be received: %s", error)
        return 1
    return 0


async def _serve(given: AvlDependencies) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stopping.set)
    avl = Avl(given)
    await avl.start()
    try:
        await stopping.wait()
    finally:
        await avl.stop()
