"""One watched process: started, found again, restarted with a growing pause, stopped.

A process outlives its watcher on purpose: when `kentongan serve` itself is killed, calls go on, and
the next `serve` finds the running process by its pid file instead of starting a second one.
"""

import asyncio
import contextlib
import logging
import os
import signal
from pathlib import Path

from msgspec import Struct

PAUSE_FIRST_S = 0.02
"""Pause before the first restart: callers hear nothing until a killed media process is back. It
doubles each time, so that one that cannot start tries nine times in ten seconds."""

PAUSE_MAX_S = 5.0
"""Longest pause between restarts of a process that keeps dying."""

STEADY_S = 30.0
"""A process that lived so long starts again with the first pause."""

ALIVE_CHECK_S = 0.5
"""How often a process that was found running is looked at; it is not our child."""

STOP_CHECK_S = 0.05
"""How often a process that was asked to end is looked at."""

LOG_BYTES_MAX = 10_000_000
"""A log file larger than this is set aside once (`.1`) when the process starts."""

_log = logging.getLogger(__name__)


class Program(Struct, frozen=True, kw_only=True):
    """What to run: a name for its pid and log files, and the argument vector."""

    name: str
    arguments: tuple[str, ...]


class Watched:
    """A program that is kept running until `stop`."""

    def __init__(self, program: Program, run_dir: Path) -> None:
        self.program = program
        self.starts = 0
        self._pid_file = run_dir / f"{program.name}.pid"
        self._log_file = run_dir / f"{program.name}.log"
        self._stopping = asyncio.Event()
        self._pid: int | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._pid

    async def keep_running(self) -> None:
        """Run the program, again and again, until `stop`."""
        pause_s = PAUSE_FIRST_S
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            began = loop.time()
            try:
                await self._run_once()
            except OSError as error:  # no memory, no disk for the log: the others go on
                _log.error("%s cannot be started: %s", self.program.name, error)
            if self._stopping.is_set():
                return
            pause_s = PAUSE_FIRST_S if loop.time() - began > STEADY_S else pause_s
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_s)
            pause_s = min(pause_s * 2, PAUSE_MAX_S)

    async def stop(self, patience_s: float = 5.0) -> None:
        """Ask it to end, and end it when it does not."""
        self._stopping.set()
        for sign, wait_s in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 1.0)):
            if self._pid is None or not is_alive(self._pid):
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, sign)
            await self._wait_gone(wait_s)

    async def _run_once(self) -> None:
        found = self._find_running()
        if found is not None:
            self._pid = found
            await self._watch_found(found)
            return
        self._set_log_aside()
        with self._log_file.open("ab") as log:
            child = await asyncio.create_subprocess_exec(
                *self.program.arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.starts += 1
        self._pid = child.pid
        self._pid_file.write_text(f"{child.pid} {started_at(child.pid)}")
        await child.wait()
        self._pid = None

    async def _watch_found(self, pid: int) -> None:
        """Wait until a process that is not our child ends, or until we are told to stop."""
        while is_alive(pid):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), ALIVE_CHECK_S)
                return
        self._pid = None

    def _find_running(self) -> int | None:
        return running_pid(self._pid_file)

    def _set_log_aside(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self._log_file.stat().st_size > LOG_BYTES_MAX:
                self._log_file.replace(self._log_file.with_suffix(".log.1"))

    async def _wait_gone(self, limit_s: float) -> None:
        for _ in range(int(limit_s / STOP_CHECK_S)):
            if self._pid is None or not is_alive(self._pid):
                return
            await asyncio.sleep(STOP_CHECK_S)


def running_pid(pid_file: Path) -> int | None:
    """The process that wrote this file, when it still runs and is no later one of the same id."""
    try:
        pid_text, _, start = pid_file.read_text().partition(" ")
        pid = int(pid_text)
    except (OSError, ValueError):
        return None
    return pid if is_alive(pid) and started_at(pid) == start else None


def is_alive(pid: int) -> bool:
    """Whether a process of that id runs (a zombie does not)."""
    try:
        return _stat(pid)[0] != "Z"
    except (OSError, IndexError):
        return False


def started_at(pid: int) -> str:
    """When it started, in the kernel's ticks: tells a process from a later one of the same id."""
    try:
        return _stat(pid)[19]
    except (OSError, IndexError):
        return ""


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command's name; the first one is the state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
