"""Whether 5,000 positions a second from devices reach 20 screens within a second.

    python bench/bench_avl.py [SECONDS] [UNITS] [SCREENS] [alone]

A fleet (`fleet.py`) reports once a second for each unit, each over its own connection: NMEA over
TCP, WebSocket, OwnTracks, Traccar. The delay is from the moment a device writes to the moment a
screen has the frame with that very position; one that is overtaken by the next of its unit in the
same frame is not drawn and not counted. Fleet and screens run on the same machine: their work is in
the figures, too. With `alone` only `web` and `avl` are started, in the bench's own session: on a
shared machine whose kernel shares the processor between sessions they have the bench's share.
"""

import asyncio
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
from msgspec import structs

from bench_positions import register
from benched import (
    PASSWORD,
    HurtCentre,
    Screen,
    command_line,
    free_port,
    percentile,
    running,
    tell,
    until,
)
from fleet import LON, STEP, Times, token
from kentongan.app.city import plans_of
from kentongan.app.register import register as register_city
from kentongan.avl_settings import AvlSettings
from kentongan.core.words import UnitId
from kentongan.edge.web.frames import Position
from kentongan.store.devices import Device, digest_of

ACCOUNTS = 10
LOOKS = 5
"""One screen in so many takes its frames apart: the work of twenty browsers is not ours."""

SETTLES_S = 4.0
"""Between the fleet's hello and its departure, seconds."""

TICKS = os.sysconf("SC_CLK_TCK")
TO_SEE = ("avl", "web")
FIRST_UNIT = "BENCH0000"


class Alone(HurtCentre):
    """The two processes that are asked here, without a watcher and without the others."""

    _started: dict[str, subprocess.Popen[bytes]]

    def start(self) -> None:
        """Put the city on record and start them."""
        register_city(self.store, plans_of(self.pack), self.pack, datetime.now(UTC))
        self._started = {
            name: subprocess.Popen(
                [sys.executable, "-m", "kentongan.main", "--settings", str(self.file), name],
                stdin=subprocess.DEVNULL,
                stdout=(self.folder / f"{name}.log").open("wb"),
                stderr=subprocess.STDOUT,
            )
            for name in TO_SEE
        }
        until(self._is_ready, 90, "the screens can follow")

    def _is_ready(self) -> bool:
        try:
            return bool(httpx.get(f"{self.address}/api/health", trust_env=False).json()["ready"])
        except httpx.TransportError:
            return False

    def pid(self, name: str) -> int | None:
        """The process's id."""
        return self._started[name].pid

    def stop(self) -> None:
        """Stop and forget them."""
        for one in self._started.values():
            one.terminate()
            one.wait(30)
        super().stop()


class _Frame(msgspec.Struct):
    positions: list[Position]


class Watcher:
    """One screen: the delay of each position it is told, if it is one that looks."""

    def __init__(self, times: Times, *, looks: bool) -> None:
        self._times = times
        self._looks = looks
        self.frames = 0
        self._decode = msgspec.json.Decoder(_Frame).decode
        self.delays_ms: list[float] = []

    def take(self, text: str | bytes) -> None:
        """A frame."""
        now_ns = time.monotonic_ns()
        assert isinstance(text, str)
        if not text.startswith('{"k":"positions"'):
            return
        self.frames += 1
        if not self._looks:
            return
        for unit, _lat, lon, _heading, _age in self._decode(text).positions:
            if not unit.startswith("BENCH"):
                continue
            lap = round((lon - LON) / STEP)
            sent_ns = self._times.of(int(unit[5:]), lap) if lap > 0 else 0
            if sent_ns:
                self.delays_ms.append((now_ns - sent_ns) / 1e6)


def equip(centre: HurtCentre, units: tuple[str, ...]) -> None:
    """A device and its token for each unit."""
    now = datetime.now(UTC)
    for number, unit in enumerate(units):
        centre.store.devices.put(
            Device(
                id=f"device-{unit}",
                label=unit,
                unit=UnitId(unit),
                digest=digest_of(token(number).decode()),
                created_at=now,
                created_by="bench",
            )
        )


async def measure(centre: HurtCentre, seconds: int, count: int, screens: int) -> None:
    """Register, equip, watch, let the fleet drive, and ask how it was."""
    units = register(centre, count)
    equip(centre, units)
    file = centre.folder / "times"
    times = Times.make(file, count, seconds + 1)
    accounts = [Screen(centre.address, name, PASSWORD) for name in centre.hire(ACCOUNTS)]
    for person in accounts:
        await person.sign_in()
    watchers = [Watcher(times, looks=number % LOOKS == 0) for number in range(screens)]
    tasks = [
        asyncio.create_task(_watch(accounts[number % ACCOUNTS], watcher))
        for number, watcher in enumerate(watchers)
    ]
    avl = centre.settings.avl
    fleet = await asyncio.create_subprocess_exec(
        *command_line("fleet.py", str(avl.http_port), str(avl.nmea_port), str(count),
                      str(seconds + 1), str(file)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert fleet.stdin is not None
    assert fleet.stdout is not None
    assert await asyncio.wait_for(fleet.stdout.readline(), 120) == b"ready\n"
    await asyncio.sleep(SETTLES_S)
    before = _processor_s(centre)
    said_before = await _taken(accounts[0])
    fleet.stdin.write(b"go\n")
    await asyncio.sleep(seconds + 1)
    health = (await accounts[0].get("/api/health")).body
    after = _processor_s(centre)
    said = msgspec.json.decode(await asyncio.wait_for(fleet.stdout.readline(), 60))
    taken = await _taken(accounts[0]) - said_before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for person in accounts:
        await person.close()
    await fleet.wait()
    _report(watchers, seconds, count, taken)
    tell("avl_fleet_behind_worst", said["behind_s"], "s")
    tell("avl_connections_lost", said["lost"], "")
    tell("avl_loop_lag_p99", health["loop"]["p99_ms"], "ms")
    tell("avl_loop_lag_worst", health["loop"]["worst_ms"], "ms")
    for name in TO_SEE:
        tell(f"avl_processor_of_{name}", (after[name] - before[name]) / seconds, "cores")
    print(msgspec.json.encode(health["positions"]["devices"]).decode()[:600], file=sys.stderr)


def _report(watchers: list[Watcher], seconds: int, count: int, taken: int) -> None:
    delays_ms = [delay for one in watchers for delay in one.delays_ms]
    looking = sum(bool(one.delays_ms) for one in watchers)
    frames = [one.frames for one in watchers]
    tell("avl_positions_sent", count, "1/s")
    tell("avl_positions_taken", taken / seconds, "1/s")
    tell("avl_backlog_at_the_end", count * seconds - taken, "positions")
    tell("avl_positions_to_each_screen", len(delays_ms) / max(1, looking) / seconds, "1/s")
    tell("avl_frames_to_the_slowest_screen", min(frames) / (seconds + 5), "1/s")
    for share in (50, 99):
        tell(f"avl_delay_to_screen_p{share}", percentile(delays_ms, share / 100), "ms")
    tell("avl_delay_to_screen_worst", max(delays_ms), "ms")


async def _taken(account: Screen) -> int:
    await asyncio.sleep(1.2)  # the figures come once a second
    health = (await account.get("/api/health")).body
    return int(health["positions"]["devices"]["taken"])


async def _watch(account: Screen, watcher: Watcher) -> None:
    async with account.line() as line:
        async for text in line:
            watcher.take(text)


def _processor_s(centre: HurtCentre) -> dict[str, float]:
    """Processor time of the processes looked at, seconds."""
    found: dict[str, float] = {}
    for name in TO_SEE:
        fields = Path(f"/proc/{centre.pid(name)}/stat").read_text().rpartition(")")[2].split()
        found[name] = (int(fields[11]) + int(fields[12])) / TICKS
    return found


def main() -> None:
    """Run it."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    units = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    screens = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    centre = Alone() if "alone" in sys.argv[4:] else HurtCentre()
    ports = AvlSettings(http_port=free_port(), nmea_port=free_port())
    centre.settings = structs.replace(centre.settings, avl=ports)
    centre.file.write_bytes(msgspec.json.encode(centre.settings))
    with running(centre):
        asyncio.run(measure(centre, seconds, units, screens))


if __name__ == "__main__":
    main()
