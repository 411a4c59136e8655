"""One watched process: started, found again, restarted with a growing pause, stopped.

A process outlives its watcher on purpose: when `kentongan serve` itself is killed, calls go on, and
the next `serve` finds the running process by its pid file instead of starting a second one.
"""

import asyncio
import contextlib
import logging
import os
import signal
from asyncio.subprocess import Process
from pathlib import Path

from msgspec import Struct

PAUSE_FIRST_S = 0.02
"""Pause before the second restart in a row; the first one is at once. It doubles each time, so that
a process that cannot start tries ten times in ten seconds."""

PAUSE_MAX_S = 5.0
"""Longest pause between restarts of a process that keeps dying."""

STEADY_S = 30.0
"""A process that lived so long starts again with the first pause."""

STOP_S = 8.0
"""How long a process may take to end; a guard waits 6 s for its own before that."""

STOP_CHECK_S = 0.05
"""How often a process that was asked to end is looked at."""

WRITE_AGAIN_S = 1.0
"""After so long a pid that could not be written down is written again."""

LOG_BYTES_MAX = 10_000_000
"""A log file larger than this is set aside once (`.1`) when the process starts."""

_log = logging.getLogger(__name__)


class Program(Struct, frozen=True, kw_only=True):
    """What to run: a name for its pid and log files, and the argument vector.

    `is_guard`: it stands behind the process of that name, whose pid file it writes itself.
    `after_s`: its first start waits so long, for others to have the processor; restarts do not.
    """

    name: str
    arguments: tuple[str, ...]
    is_guard: bool = False
    after_s: float = 0.0


class Watched:
    """A program that is kept running until `stop`."""

    def __init__(self, program: Program, run_dir: Path) -> None:
        self.program = program
        self.starts = 0
        self._run_dir = run_dir
        self._pid_file = (guard_file if program.is_guard else pid_file)(run_dir, program.name)
        self._log_file = run_dir / f"{program.name}.log"
        self._stopping = asyncio.Event()
        self._pid: int | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._pid

    async def keep_running(self) -> None:
        """Run the program, again and again, until `stop`."""
        pause_s = 0.0
        loop = asyncio.get_running_loop()
        if self.program.after_s and self._find_running() is None:
            await self._rest(self.program.after_s)
        while not self._stopping.is_set():
            began = loop.time()
            try:
                await self._run_once()
            except OSError as error:  # no memory, no disk for the log: the others go on
                _log.error("%s cannot be started: %s", self.program.name, error)
            if self._stopping.is_set():
                return
            pause_s = 0.0 if loop.time() - began > STEADY_S else pause_s
            await self._rest(pause_s)
            pause_s = min(max(PAUSE_FIRST_S, pause_s * 2), PAUSE_MAX_S)

    async def _rest(self, pause_s: float) -> None:
        """Do nothing for so long, or until told to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause_s)

    async def stop(self, patience_s: float = STOP_S) -> None:
        """Ask it to end, and end it when it does not; nobody it guarded is left behind."""
        self._stopping.set()
        await _end(self._pid, patience_s)
        if self.program.is_guard:  # one that was still loading has ended without its process
            await _end(running_pid(pid_file(self._run_dir, self.program.name)), patience_s)

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
        await self._write_down(child)
        await child.wait()
        self._pid = None

    async def _write_down(self, child: Process) -> None:
        """Write its pid, which the next watcher needs; on a full disk again and again: it runs all
        the same, a second one must not."""
        has_told = False
        while child.returncode is None:
            try:
                self._pid_file.write_text(f"{child.pid} {started_at(child.pid)}")
            except OSError as error:
                if not has_told:
                    _log.error("%s: its pid cannot be written down: %s", self.program.name, error)
                has_told = True
            else:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), WRITE_AGAIN_S)

    async def _watch_found(self, pid: int) -> None:
        """Wait until a process that is not our child ends, or until we are told to stop."""
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            self._pid = None
            return
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(process, ended.set)
        waiting = [asyncio.ensure_future(event.wait()) for event in (ended, self._stopping)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            loop.remove_reader(process)
            os.close(process)
            for each in waiting:
                each.cancel()
        if ended.is_set():
            self._pid = None

    def _find_running(self) -> int | None:
        return running_pid(self._pid_file)

    def _set_log_aside(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self._log_file.stat().st_size > LOG_BYTES_MAX:
                self._log_file.replace(self._log_file.with_suffix(".log.1"))


async def _end(pid: int | None, patience_s: float) -> None:
    for sign, limit_s in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 1.0)):
        if pid is None or not is_alive(pid):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        for _ in range(int(limit_s / STOP_CHECK_S)):
            if not is_alive(pid):
                return
            await asyncio.sleep(STOP_CHECK_S)


def pid_file(run_dir: Path, name: str) -> Path:
    """Where the id of the process of that name is."""
    return run_dir / f"{name}.pid"


def guard_file(run_dir: Path, name: str) -> Path:
    """Where the id of the guard of that process is."""
    return run_dir / f"{name}.guard.pid"


def running_pid(file: Path) -> int | None:
    """The process that this file names, when it still runs and is no later one of the same id."""
    try:
        pid_text, _, start = file.read_text().partition(" ")
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
