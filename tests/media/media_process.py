"""The media process in tests: started for real, killed, started again; and what it tells."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from kentongan.media.client import MediaClient
from kentongan.media.protocol import AnyEvent, Event
from kentongan.media.settings import MediaSettings

EventType = TypeVar("EventType", bound=Event)


def free_ports(count: int) -> list[int]:
    """UDP ports on the loopback that nobody uses now."""
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


class MediaProcess:
    """A real media process, which tests may kill and start again on the same ports."""

    def __init__(self, folder: Path, **overrides: object) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        first = 20_000 + 2 * secrets.randbelow(5_000)
        self.log = folder / "media.log"
        self.settings = msgspec.convert(
            {
                "control_socket": str(folder / "media.sock"),
                "recordings_dir": str(folder / "recordings"),
                "web_port": free_ports(1)[0],
                "rtp_port_first": first,
                "rtp_port_last": first + 998,
                **overrides,
            },
            MediaSettings,
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def recordings(self) -> Path:
        """Where it records."""
        return Path(self.settings.recordings_dir)

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start it; it is ready when its client is connected."""
        command = [sys.executable, "-m", "kentongan.media.daemon", "--settings"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, msgspec.json.encode(self.settings).decode()], stdout=log, stderr=log
            )

    def kill(self) -> None:
        """As a power cut does."""
        os.kill(self.pid, signal.SIGKILL)
        assert self.process is not None
        self.process.wait()

    def stop(self) -> int:
        """As an administrator does; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(20)

    def client(self, on_event: Callable[[AnyEvent], None] = lambda _: None) -> MediaClient:
        """A client that is not started yet."""
        return MediaClient(Path(self.settings.control_socket), on_event=on_event)


class Events:
    """Collects events and waits for one."""

    def __init__(self) -> None:
        self.seen: list[AnyEvent] = []

    def __call__(self, event: AnyEvent) -> None:
        self.seen.append(event)

    async def wait_for(self, kind: type[EventType], count: int = 1) -> EventType:
        """The `count`-th event of a kind, within ten seconds."""
        async with asyncio.timeout(10):
            while len(found := [each for each in self.seen if isinstance(each, kind)]) < count:
                await asyncio.sleep(0.01)
        return found[count - 1]


def cpu_seconds(pid: int) -> float:
    """What a process has used of the machine's time, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
