"""A running reception of positions on free ports, over a store in memory, for tests."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import structs

from kentongan.app.ports import Unavailable, UnitFix
from kentongan.avl_line import AvlFigures, decode_word, heard
from kentongan.avl_settings import AvlSettings
from kentongan.core.words import UnitId
from kentongan.edge.avl.process import Avl, AvlDependencies
from kentongan.store.devices import Device, digest_of
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TOKENS = {"AMB01": "a" * 32, "AMB02": "b" * 32}
GATEWAY = "g" * 32


class Reception:
    """The process's parts, what a screen's process hears of them, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.store = open_store("memory:")
        self.now = NOON
        self.is_away = False
        self.socket = folder / "avl.sock"
        for unit, token in TOKENS.items():
            self.put(f"device-{unit}", unit=UnitId(unit), digest=digest_of(token))
        self.put("gateway", digest=digest_of(GATEWAY))
        self.put("behind", unit=UnitId("AMB03"), behind="gateway", number="860123456789012")
        settings = AvlSettings(http_port=1, nmea_port=2, proxies=("127.0.0.9/32",))
        self.avl = Avl(
            AvlDependencies(
                open_store=self._open,
                clock=lambda: self.now,
                settings=settings,
                feed_socket=self.socket,
            )
        )
        self.heard: dict[str, UnitFix] = {}
        self.figures = AvlFigures()
        self._news = asyncio.Event()

    def _open(self) -> WholeStore:
        if self.is_away:
            raise Unavailable("database")
        return self.store

    def put(self, name: str, **given: object) -> None:
        """A device, new or changed."""
        known = self.store.devices.find(name)
        base = known or Device(id=name, label=name, created_at=NOON, created_by="test")
        self.store.devices.put(structs.replace(base, **given))

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for news that make it so."""
        async with asyncio.timeout(10):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def follow(self) -> None:
        """Hear what a screen's process hears."""
        reader, writer = await asyncio.open_unix_connection(str(self.socket))
        try:
            while line := await reader.readline():
                word = decode_word(line)
                self.heard.update({one.unit: heard(one) for one in word.fixes})
                self.figures = word.figures or self.figures
                self._news.set()
        finally:
            writer.close()


@asynccontextmanager
async def running(folder: Path) -> AsyncGenerator[tuple[Reception, int, int]]:
    """It, its HTTP port and its NMEA port."""
    reception = Reception(folder)
    await reception.avl.start_on(0, 0)
    following = asyncio.create_task(reception.follow())
    try:
        http_port, nmea_port = reception.avl.ports
        yield reception, http_port, nmea_port
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await reception.avl.stop()


Story = Callable[[Reception, int, int], Awaitable[None]]
