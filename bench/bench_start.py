"""How long processes take to start, how much memory they hold, and how soon a demo can be answered.

    python bench/bench_start.py [STARTS]

Each process is started alone, after the others it needs are there, and counts as started when it
answers (web: /api/health says ready; switch and media: the control socket takes a connection;
work: the city's units are on the board). Memory is the kernel's own figure of each process, at
rest and with twenty calls of which eight are talked to. The demo is started as a newcomer starts
it, and answered as soon as its first call stands on a screen.
"""

import asyncio
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from statistics import median

import httpx
import msgspec

from benched import (
    DESKS,
    PASSWORD,
    PROCESSES,
    CallTaker,
    Frame,
    HurtCentre,
    Room,
    Screen,
    running,
    tell,
    until,
)
from kentongan.core.rows import UnitRow
from kentongan.demo.start import DEMO_PASSWORD
from kentongan.edge.caller.phone import CallState, Phone
from kentongan.edge.caller.voice import silence
from kentongan.sip.address import Address

CALLS = 20
LIMIT_S = 60.0


# --- start-up -----------------------------------------------------------------------------------


def start_ups(starts: int) -> None:
    """Start every process several times, alone; the median of each."""
    rounds = [_start_all() for _ in range(starts)]
    for name in rounds[0]:
        tell(f"start_up_{name}", median(one[name] for one in rounds), "s")


def _start_all() -> dict[str, float]:
    """Seconds each process of a new centre takes, started one after the other."""
    taken_s: dict[str, float] = {}
    processes: list[subprocess.Popen[bytes]] = []
    centre = HurtCentre()
    try:
        for name in ("media", "switch", "web", "work"):
            began = time.monotonic()
            processes.append(_spawn(centre, name))
            until(partial(_is_up, centre, name), LIMIT_S, f"{name} is up")
            taken_s[name] = time.monotonic() - began
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        centre.store.close()
        shutil.rmtree(centre.folder, ignore_errors=True)
    return taken_s


def _spawn(centre: HurtCentre, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "kentongan.main", "--settings", str(centre.file), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _is_up(centre: HurtCentre, name: str) -> bool:
    if name == "web":
        with suppress(httpx.TransportError):
            return httpx.get(f"{centre.address}/api/health", trust_env=False).json()["ready"]
        return False
    if name == "work":
        units = [row for row in centre.rows("unit") if isinstance(row, UnitRow)]
        return len(units) == len(centre.pack.units)
    path = centre.settings.switch_socket if name == "switch" else centre.settings.media_socket(0)
    with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
        line.connect(str(path))
        return True
    return False


# --- memory -------------------------------------------------------------------------------------


def memory(centre: HurtCentre, when: str) -> None:
    """What each process holds: resident, and its fair share of what is shared."""
    for name in PROCESSES:
        pid = centre.pid(name)
        if pid is None:
            continue
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        for kind in ("Rss", "Pss"):
            kib = next(line for line in rollup.splitlines() if line.startswith(f"{kind}:"))
            value = int(kib.split()[1]) / 1024
            tell(f"memory_{name}_{kind.lower()}_{when}", value, "MiB")


async def with_calls(centre: HurtCentre) -> None:
    """Twenty calls: each desk talks to one, the others wait."""
    room, stop = Room(), asyncio.Event()
    phone = Phone(Address("127.0.0.1", centre.settings.sip.port))
    await phone.start()
    screens = [Screen(centre.address, name, PASSWORD) for name in centre.hire(len(DESKS))]
    for screen in screens:
        await screen.sign_in()
    calls = [
        await phone.call("112", number=f"0813{number:08}", voice=silence())
        for number in range(CALLS)
    ]
    for call in calls:
        await call.reach(CallState.TALKING)
    takers = [
        asyncio.create_task(Talker(room, screen, desk, Random(0)).work(stop, []))
        for screen, desk in zip(screens, DESKS, strict=True)
    ]
    async with asyncio.timeout(LIMIT_S):
        while room.handled < len(DESKS):
            await asyncio.sleep(0.1)
    await asyncio.sleep(3.0)
    memory(centre, f"with_{CALLS}_calls")
    for task in takers:
        task.cancel()
    await asyncio.gather(*takers, return_exceptions=True)
    await phone.close()
    for screen in screens:
        await screen.close()


class Talker(CallTaker):
    """Talks to the first caller and never lets go."""

    async def _serve(self, call: str, units: list[str]) -> None:
        del units
        self._room.handled += 1
        await self._talk(call)


# --- the demo -----------------------------------------------------------------------------------


def demo_to_ring() -> None:
    """From `kentongan demo` to a ring that can be answered, duty begun as soon as possible."""
    with _demo() as (address, began):
        ready_s, ring_s = asyncio.run(_first_ring(address, began))
    tell("demo_to_page", ready_s, "s")
    tell("demo_to_first_ring", ring_s, "s")


@contextmanager
def _demo():
    """The demo on free ports, in a folder of its own."""
    template = HurtCentre()
    folder = Path(tempfile.mkdtemp(prefix="kd-"))
    settings = msgspec.structs.replace(template.settings, state_dir=str(folder))
    file = folder / "given.json"
    file.write_bytes(msgspec.json.encode(settings))
    template.store.close()
    shutil.rmtree(template.folder, ignore_errors=True)
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "kentongan.main", "--settings", str(file), "demo", "--no-browser"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{settings.http.port}", began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


async def _first_ring(address: str, began: float) -> tuple[float, float]:
    screen, rang = Screen(address, "rina", DEMO_PASSWORD), asyncio.Event()

    def take(frame: Frame) -> None:
        rows = frame.get("rows", ())
        if any(row["kind"] == "call" and row.get("state") == "queued" for row in rows):
            rang.set()

    await screen.sign_in()
    ready_s = time.monotonic() - began
    line = asyncio.create_task(screen.follow(take))
    await screen.must("desk.start_duty", desk="desk_1")
    await asyncio.wait_for(rang.wait(), LIMIT_S)
    ring_s = time.monotonic() - began
    line.cancel()
    await asyncio.gather(line, return_exceptions=True)
    await screen.close()
    return ready_s, ring_s


def main() -> None:
    """Run it."""
    start_ups(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    with running() as centre:
        time.sleep(5.0)  # what start-up left behind is given back
        memory(centre, "at_rest")
        asyncio.run(with_calls(centre))
    demo_to_ring()


if __name__ == "__main__":
    main()
