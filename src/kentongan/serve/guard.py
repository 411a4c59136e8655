"""A guard: it has loaded what a process of calls needs, and forks that process again when it dies.

Loading is what takes long in a start, and longest on a busy machine; a fork takes milliseconds. The
guard opens no socket and no store, holds no call, runs no loop and no second thread (a fork must
not inherit half of one), and sleeps in the kernel until its process dies or it is told to end. Most
of its memory is its process's own, shared page by page.

Killing the guard stops nothing: its process goes on, and the next guard of that name finds it by
its pid file. A process that cannot live is not forked for ever: the guard gives up, so that whoever
watches it begins with a new interpreter, and with pauses of his own.
"""

import contextlib
import fcntl
import gc
import logging
import os
import select
import signal
import time
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from kentongan.serve.process import guard_file, pid_file, running_pid, started_at

STEADY_S: Final = 5.0
"""A process that lived so long is replaced at once."""

PAUSES_S: Final = (0.0, 0.02, 0.1, 0.5)
"""Before the next process, by how many in a row have died young. After one more the guard gives up:
that is no longer somebody who kills, something is wrong with what is forked."""

END_S: Final = 5.0
"""How long a process may take to end after SIGTERM, finishing its recordings."""

KILLED_S: Final = 1.0
"""How long the kernel may take to end what was killed."""

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

_log: Final = logging.getLogger(__name__)


class Guard:
    """Stands behind one process; `stand` once."""

    def __init__(self, name: str, run_dir: Path) -> None:
        self._name = name
        self._run_dir = run_dir
        self._is_told_to_end = False
        self._bell, self._cord = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._handlers = {sign: signal.getsignal(sign) for sign in SIGNALS}

    def stand(self, serve: Callable[[], None]) -> int:
        """Keep `serve` running in a process of its own until told to end; the exit status.

        It returns in that process as well, once `serve` has; what `serve` raises is raised there.
        """
        self._listen()
        self._run_dir.mkdir(parents=True, exist_ok=True)
        post = self._take_post()
        if post is None:
            _log.error("%s has a guard already", self._name)
            return 1
        with post:
            gc.collect()
            gc.freeze()  # what is loaded is shared with every process to come: nobody may touch it
            status = self._keep()
        if status is not None:
            return status
        serve()
        return 0

    def _keep(self) -> int | None:
        """One process after the other; None in each of them, a status in the guard's end."""
        died_young = 0
        pid = running_pid(pid_file(self._run_dir, self._name))
        while pid is not None or not self._is_told_to_end:
            began = time.monotonic()
            if pid is None:
                pid = self._fork()
                if pid == 0:
                    return None
            self._watch(pid)
            pid = None
            died_young = 0 if time.monotonic() - began > STEADY_S else died_young + 1
            if died_young > len(PAUSES_S):
                _log.critical("%s died %d times at once", self._name, died_young)
                return 1
            self._rest(PAUSES_S[max(0, died_young - 1)])
        return 0

    def _take_post(self) -> TextIOWrapper | None:
        """The guard's own pid file, locked while it lives; None when another one has it."""
        file = guard_file(self._run_dir, self._name).open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        file.truncate(0)
        file.write(_identity(os.getpid()))
        file.flush()
        return file

    def _listen(self) -> None:
        """From now on a signal rings the bell, and nothing else."""
        signal.set_wakeup_fd(self._cord, warn_on_full_buffer=False)
        for sign in SIGNALS:
            signal.signal(sign, self._told)

    def _told(self, *_: object) -> None:
        self._is_told_to_end = True

    def _fork(self) -> int:
        """The new process's id; 0 in that process, which has forgotten that it was a guard."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                self._leave_post()
            else:
                self._write_down(pid)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        return pid

    def _leave_post(self) -> None:
        signal.set_wakeup_fd(-1)
        for sign, handler in self._handlers.items():
            signal.signal(sign, handler)
        os.close(self._bell)
        os.close(self._cord)

    def _write_down(self, pid: int) -> None:
        """For the next guard, and for people. Written whole: it is read at any time."""
        file = pid_file(self._run_dir, self._name)
        new = file.with_suffix(".new")
        try:
            new.write_text(_identity(pid))
            new.replace(file)
        except OSError as error:  # a full disk is no reason to be without sound
            _log.error("%s: its pid cannot be written down: %s", self._name, error)

    def _watch(self, pid: int) -> None:
        """Sleep until it has died; when told to end, end it."""
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:  # it was found, is not our child, and has died since
            return
        try:
            while not self._is_dead(process, None):
                if self._is_told_to_end:
                    self._end(pid, process)
                    break
        finally:
            os.close(process)
        status = _reap(pid)
        if not self._is_told_to_end:
            _log.error("%s (%d) has died: %s", self._name, pid, status)

    def _is_dead(self, process: int, limit_s: float | None) -> bool:
        """Sleep until it dies, the bell rings, or the time is over; whether it has died."""
        ready = self._sleep(limit_s, process)
        return process in ready

    def _end(self, pid: int, process: int) -> None:
        for sign, limit_s in ((signal.SIGTERM, END_S), (signal.SIGKILL, KILLED_S)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            end = time.monotonic() + limit_s
            while (left_s := end - time.monotonic()) > 0:
                if self._is_dead(process, left_s):
                    return

    def _rest(self, pause_s: float) -> None:
        """A pause that a signal ends."""
        if pause_s and not self._is_told_to_end:
            self._sleep(pause_s)

    def _sleep(self, limit_s: float | None, *files: int) -> set[int]:
        """Until one of these or the bell can be read."""
        poll = select.poll()
        for file in (self._bell, *files):
            poll.register(file, select.POLLIN)
        ready = {file for file, _ in poll.poll(None if limit_s is None else 1000 * limit_s)}
        if self._bell in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._bell, 4096)
        return ready


def _identity(pid: int) -> str:
    return f"{pid} {started_at(pid)}"


def _reap(pid: int) -> str:
    """How it ended, in words; a process that was found is not our child, nobody tells us."""
    try:
        _, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return "found, not started here"
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"exit status {code}"
