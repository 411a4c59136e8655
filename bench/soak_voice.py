"""Hours of talking calls against a whole centre: does anything grow, falter or lose a call?

    python bench/soak_voice.py [--calls 30] [--minutes 120] [--first-port 61000]

Prints a JSON line a minute and a summary as the last one. Not part of `make bench`: run it by hand.
The centre is `kentongan serve` with media, switch, web and work on SQLite. sipp rings 112, speaks
A-law for two to six minutes and is followed by the next caller; a telephone on the wall, sipp too,
answers and gives every word back, so that sound runs both ways. A supervisor's screen follows the
board and disposes of what has ended. Everything is on the loopback, in a folder that goes away.

A call counts as heard when media measured sound from the citizen and from the telephone within the
same few seconds. Slopes of memory are Theil and Sen's (the median of all pairs), after a warm-up:
one outlier does not move them.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

import msgspec
import numpy as np
from msgspec.structs import replace

from benched import PASSWORD, SUPERVISOR, Frame, HurtCentre, Screen, running
from kentongan.edge.switch.trunks import Trunk
from kentongan.media.client import MediaClient, MediaUnavailableError
from kentongan.media.g711 import Codec, encode
from kentongan.media.protocol import AnyEvent, Level, QualityMeasured
from kentongan.settings import MediaSettings

HERE: Final = Path(__file__).parent
PROCESSES: Final = ("media-0", "switch", "web", "work", "media-0.guard", "switch.guard")
SAMPLE_S: Final = 60.0
WARM_UP_S: Final = 600.0
LISTEN_S: Final = 3.0  # of each sample: levels come once a second
HEARD_DB: Final = -45.0  # a voice is louder, silence and comfort noise are not
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
WALL: Final = "wall_1"
NEW_CALLS_PER_S: Final = 1
NEVER: Final = "100000000"
"""Times that sipp may find itself late before it gives up: on a busy machine it often is."""
LOAD_PRIORITY: Final = 5  # real-time, below media: voices that falter would be no fault of ours


class SoakCentre(HurtCentre):
    """A centre on ports of its own, far from those that tests choose, with a wall telephone."""

    def __init__(self, first_port: int) -> None:
        super().__init__()
        wall = Trunk(key="wall", host="127.0.0.1", port=first_port + 3, options_period_s=0)
        callers = Trunk(key="callers", networks=("127.0.0.0/8",))
        self.settings = replace(
            self.settings,
            http=replace(self.settings.http, port=first_port),
            sip=replace(
                self.settings.sip,
                port=first_port + 1,
                trunks=(callers, wall),
                wall_telephones={WALL: "201"},
            ),
            media=MediaSettings(
                web_port_first=first_port + 2, rtp_port_first=first_port + 100, rtp_ports_each=800
            ),
        )
        self.file.write_bytes(msgspec.json.encode(self.settings))


class Load:
    """sipp on both sides of the centre."""

    def __init__(self, centre: HurtCentre, calls: int, first_port: int) -> None:
        self._folder = centre.folder / "load"
        self._folder.mkdir()
        self._write_voice()
        own = ("-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin", "-aa")
        own += ("-trace_stat", "-trace_err")
        self._wall = self._run(
            *("sipp", "-sf", str(HERE / "soak_wall.xml"), "-rtp_echo", *own),
            *("-p", str(first_port + 3), "-mp", str(first_port + 10), "-stf", "wall.csv"),
            *("-error_file", "wall.errors"),
        )
        self._callers = self._run(
            *("sipp", "-sf", str(HERE / "soak_calls.xml"), f"127.0.0.1:{first_port + 1}", *own),
            *("-s", "112", "-p", str(first_port + 4), "-mp", str(first_port + 1_000)),
            *("-l", str(calls), "-r", str(NEW_CALLS_PER_S), "-m", "1000000", "-stf", "calls.csv"),
            *("-error_file", "calls.errors", "-fd", "20"),
        )

    def counts(self) -> dict[str, int]:
        """What the callers' sipp has counted: calls begun, done and failed."""
        try:
            head, *_, last = (self._folder / "calls.csv").read_text().splitlines()
        except (OSError, ValueError):
            return {}
        row = dict(zip(head.split(";"), last.split(";"), strict=False))
        names = {
            "begun": "TotalCallCreated",
            "done": "SuccessfulCall(C)",
            "failed": "FailedCall(C)",
        }
        return {name: int(row.get(column) or 0) for name, column in names.items()}

    def is_running(self) -> bool:
        """Whether both sides are there."""
        return self._wall.poll() is None and self._callers.poll() is None

    def stop(self) -> None:
        """The callers hang up, then the telephone is taken off the wall."""
        for process, wait_s in ((self._callers, 20.0), (self._wall, 5.0)):
            process.send_signal(signal.SIGUSR1)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(wait_s)
            process.kill()
            process.wait()

    def faults(self) -> dict[str, Any]:
        """How both sides ended, if they did, and the last they said of errors."""
        found: dict[str, Any] = {"wall": self._wall.poll(), "callers": self._callers.poll()}
        for name in ("wall", "calls"):
            with contextlib.suppress(OSError):
                found[f"{name}_errors"] = (self._folder / f"{name}.errors").read_text()[-300:]
        return found

    def _run(self, *command: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            command,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with contextlib.suppress(OSError):  # not allowed: it is as good as the machine is idle
            os.sched_setscheduler(process.pid, os.SCHED_RR, os.sched_param(LOAD_PRIORITY))
        return process

    def _write_voice(self) -> None:
        """Four seconds of a tone that swells four times a second, as syllables do."""
        at = np.arange(32_000) / 8_000
        swelling = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * at)
        sound = 9_000 * swelling * np.sin(2 * np.pi * 440 * at)
        (self._folder / "voice.al").write_bytes(encode(Codec.PCMA, sound.astype(np.int32)))


class Ear:
    """A second line to the media process: levels while asked for, and every leg's last figures."""

    def __init__(self, socket: Path) -> None:
        self.client = MediaClient(socket, on_event=self._take)
        self.packets = self.lost = self.legs_done = 0
        self.worst_mos = 5.0
        self._loudest: dict[str, dict[str, float]] = {}

    def _take(self, event: AnyEvent) -> None:
        match event:
            case Level():
                known = self._loudest.setdefault(event.bridge, {})
                for leg, level in event.legs.items():
                    known[leg] = max(level, known.get(leg, -200.0))
            case QualityMeasured(is_final=True):
                self.packets += event.packets
                self.lost += event.lost
                self.legs_done += 1
                self.worst_mos = min(self.worst_mos, event.mos or 5.0)
            case _:
                pass  # what else happens is the switch's business

    async def listen(self) -> dict[str, Any]:
        """Calls, calls heard both ways, and how the clock keeps up."""
        self._loudest.clear()
        await self.client.watch(on=True)
        await asyncio.sleep(LISTEN_S)
        await self.client.watch(on=False)
        listing = await self.client.list()
        both = [legs for legs in self._loudest.values() if _are_heard(legs)]
        return {
            "bridges": len(listing.bridges),
            "legs": sum(len(bridge.legs) for bridge in listing.bridges),
            "heard_both_ways": len(both),
            "lost_now": sum(leg.lost for bridge in listing.bridges for leg in bridge.legs),
            "late_frames_now": sum(leg.late for bridge in listing.bridges for leg in bridge.legs),
            "ticks": listing.ticks,
            "late_ticks": listing.late_ticks,
            "clock_restarts": listing.clock_restarts,
            "clock_causes": listing.clock_causes,
            "faults": listing.faults,
            "tick_mean_ms": round(listing.tick_mean_ms, 2),
            "tick_longest_ms": round(listing.tick_longest_ms, 1),
            "packets_done": self.packets,
            "lost_done": self.lost,
            "legs_done": self.legs_done,
            "worst_mos": round(self.worst_mos, 2),
        }


def _are_heard(legs: dict[str, float]) -> bool:
    """The citizen and whoever answered both speak."""
    return sum(level > HEARD_DB for level in legs.values()) >= 2


class Tidier:
    """A supervisor at a screen who says of each ended call what it was."""

    def __init__(self, centre: HurtCentre) -> None:
        self._screen = Screen(centre.address, "sari", PASSWORD)
        self._ended: asyncio.Queue[str] = asyncio.Queue()
        self._seen: set[str] = set()
        self.disposed = self.refused = self.frames = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Sign in and begin."""
        await self._screen.sign_in()
        self._tasks = [
            asyncio.create_task(self._screen.follow(self._take)),
            asyncio.create_task(self._work()),
        ]

    async def stop(self) -> None:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._screen.close()

    def _take(self, frame: Frame) -> None:
        self.frames += 1
        for row in frame.get("rows", ()):
            is_new = row.get("state") == "ended" and row["key"] not in self._seen
            if row.get("kind") == "call" and is_new:
                self._seen.add(row["key"])
                self._ended.put_nowait(row["key"])

    async def _work(self) -> None:
        while True:
            call = await self._ended.get()
            answer = await self._screen.command("call.dispose", call=call, disposition="test")
            self.disposed += answer.is_done
            self.refused += not answer.is_done


def process_figures(centre: HurtCentre) -> dict[str, dict[str, Any]]:
    """Memory, descriptors, threads and processor of every process, by its name."""
    found: dict[str, dict[str, Any]] = {}
    for name in (*PROCESSES, SUPERVISOR):
        pid = centre.pid(name)
        if pid is None:
            found[name] = {"pid": None}
            continue
        with contextlib.suppress(OSError):
            found[name] = _figures(pid)
    return found


def _figures(pid: int) -> dict[str, Any]:
    proc = Path(f"/proc/{pid}")
    rollup = dict(
        line.split(":", 1) for line in (proc / "smaps_rollup").read_text().splitlines()[1:]
    )
    stat = (proc / "stat").read_text().rpartition(")")[2].split()
    return {
        "pid": pid,
        "rss_mib": round(int(rollup["Rss"].split()[0]) / 1024, 2),
        "pss_mib": round(int(rollup["Pss"].split()[0]) / 1024, 2),
        "descriptors": len(list((proc / "fd").iterdir())),
        "threads": int(stat[17]),
        "cpu_s": (int(stat[11]) + int(stat[12])) / TICKS_PER_S,
    }


def record_figures(centre: HurtCentre) -> dict[str, int]:
    """How much is on record: the journal's lines, the board's rows, the spool's calls."""
    found: dict[str, int] = {}
    for name, file, question in (
        ("journal", "kentongan.db", "select count(*) from journal"),
        ("rows", "kentongan.db", "select count(*) from board"),
        ("call_rows", "kentongan.db", "select count(*) from board where kind = 'call'"),
        ("outbox", "spool.db", "select count(*) from outbox"),
        ("set_aside", "spool.db", "select count(*) from outbox where acknowledged = 'set_aside'"),
    ):
        with contextlib.closing(sqlite3.connect(centre.folder / file, timeout=10)) as database:
            found[name] = int(database.execute(question).fetchone()[0])
    return found


def slope_per_hour(samples: list[tuple[float, float]]) -> float | None:
    """Theil and Sen's slope of (seconds, value), per hour; None with too few samples."""
    slopes = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for place, earlier in enumerate(samples)
        for later in samples[place + 1 :]
    ]
    return round(3600 * median(slopes), 3) if len(samples) > 2 else None


class Soak:
    """One run: a sample a minute, a summary in the end."""

    def __init__(self, centre: HurtCentre, load: Load) -> None:
        self._centre = centre
        self._load = load
        self._ear = Ear(centre.settings.media_socket(0))
        self._tidier = Tidier(centre)
        self._samples: list[dict[str, Any]] = []

    async def run(self, minutes: float) -> None:
        """Until the time is over."""
        began = time.monotonic()
        self._ear.client.start()
        await self._ear.client.connected()
        await self._tidier.start()
        while time.monotonic() - began < 60 * minutes and self._load.is_running():
            await asyncio.sleep(SAMPLE_S - (time.monotonic() - began) % SAMPLE_S)
            self._samples.append(await self._sample(time.monotonic() - began))
            print(msgspec.json.encode(self._samples[-1]).decode(), flush=True)
        await self._tidier.stop()
        await self._ear.client.close()
        print(msgspec.json.encode({"summary": self._summary()}).decode(), flush=True)

    async def _sample(self, at_s: float) -> dict[str, Any]:
        try:
            sound = await self._ear.listen()
        except MediaUnavailableError:
            sound = {"bridges": None}
        return {
            "at_s": round(at_s, 1),
            "load": round(os.getloadavg()[0], 1),
            "calls": self._load.counts(),
            "sound": sound,
            "record": record_figures(self._centre),
            "disposed": self._tidier.disposed,
            "dispose_refused": self._tidier.refused,
            "processes": process_figures(self._centre),
        }

    def _summary(self) -> dict[str, Any]:
        steady = [one for one in self._samples if one["at_s"] >= WARM_UP_S]
        if len(steady) < 3:
            return {"samples": len(self._samples), "too_short": True}
        heard = [one["sound"].get("heard_both_ways") or 0 for one in steady]
        first, last = steady[0], steady[-1]
        hours = (last["at_s"] - first["at_s"]) / 3600
        return {
            "samples": len(self._samples),
            "hours": round(hours, 2),
            "load": {"median": median(one["load"] for one in steady),
                     "most": max(one["load"] for one in steady)},
            "heard_both_ways": {"median": median(heard), "least": min(heard)},
            "calls": self._load.counts(),
            "load_ended": self._load.faults(),
            "sound": last["sound"],
            "record": last["record"],
            "processes": {name: _course(name, steady, hours) for name in (*PROCESSES, SUPERVISOR)},
        }  # fmt: skip


def _course(name: str, steady: list[dict[str, Any]], hours: float) -> dict[str, Any]:
    """What one process did from the warm-up's end to the last sample."""
    seen = [(one["at_s"], one["processes"][name]) for one in steady]
    known = [(at_s, figures) for at_s, figures in seen if figures.get("pid")]
    first, last = known[0][1], known[-1][1]
    course: dict[str, Any] = {
        "is_the_same": len({figures["pid"] for _, figures in known}) == 1,
        "cores": round((last["cpu_s"] - first["cpu_s"]) / (3600 * hours), 4),
    }
    for field in ("rss_mib", "pss_mib", "descriptors", "threads"):
        course[field] = {
            "first": first[field],
            "last": last[field],
            "most": max(figures[field] for _, figures in known),
            "slope_per_hour": slope_per_hour([(at_s, figures[field]) for at_s, figures in known]),
        }
    return course


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--first-port", type=int, default=61_000, help="4,000 ports from here")
    chosen = parser.parse_args()
    with running(SoakCentre(chosen.first_port)) as centre:
        load = Load(centre, chosen.calls, chosen.first_port)
        try:
            asyncio.run(Soak(centre, load).run(chosen.minutes))
        finally:
            load.stop()


if __name__ == "__main__":
    main()
