"""A running geography process on a real socket, and whoever asks it.

All tests share one prepared city and one store of compiled code, below the folder that
`KENTONGAN_GEO_DIR` names for the whole test run.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.edge.geo.served.client import GeographyClient
from kentongan.edge.geo.served.prepared import SyntheticCity
from kentongan.geography import RoadClosure, Start
from kentongan.settings import Settings

OFFSET = timedelta(hours=7)
NOW = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
SIMPANG_LIMA = Point(-6.9906, 110.4229)
WAIT_S = 120.0
"""Longest wait for anything; a loaded machine is slow, a broken process never comes."""

PREPARE_LIMIT_S = 900


class GeoProcess:
    """The process: `start`, `kill`, `stop`. Its cities are shared, or its own in `cities`."""

    def __init__(self, cities: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kg-"))  # short: a unix socket lives in it
        geo_dir = cities or Path(os.environ["KENTONGAN_GEO_DIR"])
        self.settings = Settings(state_dir=str(self.folder), geo_dir=str(geo_dir))
        self.file = self.folder / "settings.json"
        self.file.write_bytes(msgspec.json.encode(self.settings))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Where it answers."""
        return self.settings.geo_socket

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "geo.log").read_text()

    @property
    def lives(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; returns at once."""
        with (self.folder / "geo.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kentongan.main", "--settings", str(self.file), "geo"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "KENTONGAN_GEO_DIR": self.settings.geo_dir},
            )

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def interrupt(self) -> None:
        """Ctrl+C."""
        self._end(signal.SIGINT)

    def stop(self) -> None:
        """End it as the watcher would, and forget it."""
        if self.lives:
            self._end(signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, sign: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(sign)
        self._process.wait(20)


_PREPARE = """
import os, sys
os.nice = lambda step: step  # somebody waits here
from kentongan.main import main
sys.exit(main(["geo-prepare"]))
"""


def prepare(pack: CityPack, cities: Path | None = None) -> SyntheticCity:
    """The shared city, made with all compiled code when it is missing; of other `cities`, where one
    is imported, the code alone."""
    folder = cities or Path(os.environ["KENTONGAN_GEO_DIR"])
    subprocess.run(
        [sys.executable, "-c", _PREPARE],
        check=True,
        timeout=PREPARE_LIMIT_S,
        capture_output=True,
        env={**os.environ, "KENTONGAN_GEO_DIR": str(folder)},
    )
    return SyntheticCity(folder, pack)


def own_cities(folder: Path) -> Path:
    """A folder of cities of one's own, in which the shared compiled code is used."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "compiled").symlink_to(Path(os.environ["KENTONGAN_GEO_DIR"]) / "compiled")
    return folder


def line_to(process: GeoProcess, timeout_s: float) -> socket.socket:
    """A bare line, as soon as it is listened to; reads and writes give up after `timeout_s`."""
    end = time.monotonic() + WAIT_S
    while True:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(timeout_s)
        try:
            line.connect(str(process.socket))
        except (FileNotFoundError, ConnectionRefusedError):  # it has only just been started
            line.close()
            assert process.lives, process.log
            assert time.monotonic() < end, f"in {WAIT_S:.0f} s nobody listens"
            time.sleep(0.02)
        else:
            return line


@asynccontextmanager
async def asking(process: GeoProcess, *, ready: bool = True) -> AsyncGenerator[GeographyClient]:
    """Somebody who asks; waits until the roads answer."""
    client = GeographyClient(PACK, OFFSET, process.socket)
    client.start()
    try:
        if ready:
            await until(lambda: client.city().state == "ready", "the roads answer")
        yield client
    finally:
        await client.stop()


async def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until that holds."""
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end, f"in {WAIT_S:.0f} s not: {what}"
        await asyncio.sleep(0.02)


def starts(count: int, kind: str = "ambulance_bls") -> list[Start]:
    """So many units around the middle of the city, each at its own place."""
    return [
        Start(
            unit=f"U{number}",
            unit_kind=kind,
            point=Point(-7.03 + 0.0009 * (number % 71), 110.37 + 0.0012 * (number // 71 % 71)),
        )
        for number in range(count)
    ]


PACK = load(packaged())


def flood(key: str, seq: int, around: Point, **changes: object) -> RoadClosure:
    """Deep water in a square of about 400 m."""
    west, east = around.lon - 0.002, around.lon + 0.002
    south, north = around.lat - 0.002, around.lat + 0.002
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    closure = RoadClosure(
        id=key, seq=seq, geometry={"type": "Polygon", "coordinates": [ring]}, depth_cm=80
    )
    return structs.replace(closure, **changes)
