"""Devices of a running centre: a token from the command line, a position on the map, kill -9."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from failure_centre import PASSWORD, HurtCentre, free_port, running, until
from failure_client import Frame, Screen
from msgspec import structs

from kentongan.avl_settings import AvlSettings
from kentongan.core.words import UnitId

sys.path.insert(0, str(Path(__file__).parents[1] / "avl"))
from avl_sentences import rmc


@pytest.fixture
def tracked() -> Iterator[HurtCentre]:
    """A centre where devices may report."""
    centre = HurtCentre()
    ports = AvlSettings(http_port=free_port(), nmea_port=free_port())
    centre.settings = structs.replace(centre.settings, avl=ports)
    centre.file.write_bytes(msgspec.json.encode(centre.settings))
    yield from running(centre)


class Map:
    """Where a screen shows AMB01."""

    def __init__(self) -> None:
        self.shown: set[tuple[float, float]] = set()
        self.changed = asyncio.Event()

    def take(self, frame: Frame) -> None:
        """A frame."""
        if frame["k"] == "positions":
            self.shown |= {(one[1], one[2]) for one in frame["positions"] if one[0] == "AMB01"}
            self.changed.set()

    async def until(self, lat: float, lon: float) -> None:
        """Wait until it is shown there."""
        async with asyncio.timeout(30):
            while (lat, lon) not in self.shown:
                self.changed.clear()
                await self.changed.wait()


async def speak(port: int, token: str, *sentences: str) -> bytes:
    """A modem logs in and speaks; what it is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"LOGIN {token}\r\n".encode())
    said = await asyncio.wait_for(reader.readline(), 10)
    writer.write("".join(f"{one}\r\n" for one in sentences).encode())
    await writer.drain()
    writer.close()
    return said


def test_a_device_from_the_command_line_to_the_map(tracked: HurtCentre) -> None:
    """Two formats, a killed process, a revoked token, and the history of it all in the end."""
    added = tracked.run("device", "add", "modem", "--unit", "AMB01")
    assert added.returncode == 0, added.stderr
    name = added.stdout.partition(":")[0]
    token = added.stdout.split("token: ")[1].strip()
    avl = tracked.settings.avl
    began = datetime.now(UTC)

    def post(lat: float) -> int:
        url = f"http://127.0.0.1:{avl.http_port}/avl/positions"
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(trust_env=False) as client:
            return client.post(url, json={"lat": lat, "lon": 110.41}, headers=headers).status_code

    async def story() -> None:
        (who,) = tracked.hire(1)
        screen = Screen(tracked.address, who, PASSWORD)
        await screen.sign_in()
        shown = Map()
        following = asyncio.create_task(screen.follow(shown.take))
        await asyncio.to_thread(until, lambda: _answers(avl.http_port), 30, "it listens")
        await asyncio.to_thread(until, lambda: post(-6.98) == 200, 30, "the token is good")
        await shown.until(-6.98, 110.41)
        posted_at = datetime.now(UTC)
        before = tracked.pid("avl")
        assert tracked.kill("avl")
        await asyncio.to_thread(
            until,
            lambda: tracked.pid("avl") not in (None, before) and _answers(avl.nmea_port),
            30,
            "it is back",
        )
        # A receiver says whole seconds: within the second of the fix before, its next one is late.
        while (now := datetime.now(UTC).replace(microsecond=0)) < posted_at:
            await asyncio.sleep(0.05)
        assert await speak(avl.nmea_port, token, rmc(now, -6.9803, 110.41)) == b"OK\r\n"
        await shown.until(-6.9803, 110.41)
        async with asyncio.timeout(30):  # figures come once a second
            while (said := (await screen.get("/api/health")).body["positions"]["devices"]) is None:
                await asyncio.sleep(0.2)
        assert said["devices"] == 1
        assert tracked.run("device", "revoke", name).returncode == 0
        await asyncio.to_thread(until, lambda: post(-6.9803) == 401, 30, "the token is refused")
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await screen.close()

    asyncio.run(story())
    pid = tracked.pid("avl")
    assert pid is not None
    os.kill(pid, signal.SIGTERM)  # told to end, it writes what it has gathered

    def is_kept() -> bool:
        track = tracked.store.tracks.read(UnitId("AMB01"), began, began + timedelta(minutes=10))
        return [round(one.fix.point.lat, 4) for one in track.fixes][-1:] == [-6.9803]

    until(is_kept, 30, "the history has it")
    tracked.settle()
    tracked.prove()


def _answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
