"""A centre whose processes can be killed one by one, the watcher included.

It is the journeys' centre (`kentongan serve`, the real processes) without the vehicle tracker. A
killed watcher is started again by the test, as a machine's own service manager would do.
"""

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from journey_centre import PASSWORD, Centre, until

from kentongan.app import effects, react
from kentongan.app.ports import Unavailable
from kentongan.core.words import CommandId, Role
from kentongan.serve.process import is_alive, started_at

SUPERVISOR = "supervisor"
PROCESSES = ("web", "switch", "media-0", "work", "geo", SUPERVISOR)
ROOM = (Role.CALL_TAKER, Role.DISPATCHER)
HEAL_LIMIT_S = 60.0

__all__ = [
    "HEAL_LIMIT_S",
    "PASSWORD",
    "PROCESSES",
    "SUPERVISOR",
    "HurtCentre",
    "free_port",
    "running",
    "until",
]


class HurtCentre(Centre):
    """One running centre, to be hurt. `start`, `kill`, `stop`."""

    @property
    def run_dir(self) -> Path:
        """Pid and log files."""
        return self.folder / "run"

    def hire(self, count: int) -> tuple[str, ...]:
        """Call-takers who also dispatch, ready to sign in; their names."""
        names = tuple(f"petugas{number}" for number in range(1, count + 1))
        for name in names:
            self.add_person(name, name.capitalize(), ROOM)
        return names

    def pid(self, name: str) -> int | None:
        """The process's id while it runs."""
        if name == SUPERVISOR:
            assert self._serve is not None
            return self._serve.pid if self._serve.poll() is None else None
        try:
            text, _, start = (self.run_dir / f"{name}.pid").read_text().partition(" ")
        except FileNotFoundError:
            return None
        pid = int(text or 0)
        return pid if pid and is_alive(pid) and started_at(pid) == start else None

    def kill(self, name: str) -> bool:
        """kill -9; False when it was not running at that moment."""
        pid = self.pid(name)
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        if name == SUPERVISOR:
            assert self._serve is not None
            self._serve.wait(10)
            self.start_supervisor()
        return True

    def start_supervisor(self) -> None:
        """Start the watcher; it finds what still runs."""
        self._serve = subprocess.Popen(
            [sys.executable, "-m", "kentongan.main", "--settings", str(self.file), "serve"],
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "serve.log").open("ab"),
            stderr=subprocess.STDOUT,
        )

    def knows(self, command: str) -> int | None:
        """How many events that command led to; None when the journal never saw it."""
        with self._lock, self.store.transaction() as transaction:
            found = transaction.find_outcome(CommandId(command))
        return None if found is None else len(found)

    def spooled(self, acknowledged: str = "") -> int:
        """Commands in the switch's spool with that mark; "" means not delivered yet."""
        with contextlib.closing(sqlite3.connect(self.folder / "spool.db", timeout=10)) as spool:
            question = "select count(*) from outbox where acknowledged = ?"
            return int(spool.execute(question, (acknowledged,)).fetchone()[0])

    def settle(self) -> None:
        """Wait until everything runs, the outbox is empty and the journal has come to rest."""
        until(lambda: all(self.pid(name) for name in PROCESSES), HEAL_LIMIT_S, "all processes run")
        until(self._answers, HEAL_LIMIT_S, "the web process answers")
        until(lambda: self.spooled() == 0, HEAL_LIMIT_S, "the outbox is empty")
        until(self._has_caught_up, HEAL_LIMIT_S, "reactions have caught up")

    def prove(self) -> None:
        """The chain holds, and the board equals the journal's fold."""
        verified, rebuilt = self.run("verify"), self.run("rebuild", "--check")
        for done in (verified, rebuilt):
            assert done.returncode == 0, f"{done.stdout[-500:]}\n{done.stderr[-2_000:]}"
        assert msgspec.json.decode(rebuilt.stdout)["differences"] == []

    def _has_caught_up(self) -> bool:
        with self._lock, contextlib.suppress(Unavailable):  # its own line may have been cut too
            last = self.store.last_position()
            return all(self.store.cursor(name) >= last for name in (react.CURSOR, effects.CURSOR))
        return False

    def _track(self) -> None:
        """No tracker: nothing but the test writes here."""


def running(centre: HurtCentre) -> Iterator[HurtCentre]:
    """Started for a test and stopped after it; what its processes said, if that failed."""
    try:
        centre.start()
        yield centre
    except BaseException:
        print(centre.logs())
        raise
    finally:
        centre.stop()


def free_port() -> int:
    """A TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
