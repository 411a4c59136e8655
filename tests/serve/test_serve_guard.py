"""A guard forks its process again after each death, and leaves nothing behind when it ends."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kentongan.serve.guard import PAUSES_S
from kentongan.serve.process import guard_file, is_alive, pid_file, running_pid

NAME = "sleeper"
PROGRAM = """
import logging, os, signal, sys, time
from pathlib import Path
from kentongan.serve import guard
logging.basicConfig()
folder = Path(sys.argv[1])
guard.END_S = 0.3
guard.STEADY_S = float(sys.argv[3])

def sleep():
    with (folder / "lives").open("a") as lives:
        lives.write(f"{os.getpid()} {os.getppid()}\\n")
    time.sleep(60)

def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleep()

def orderly():
    signal.signal(signal.SIGTERM, lambda *_: (folder / "ended").touch() or sys.exit(0))
    sleep()

def brief():
    with (folder / "lives").open("a") as lives:
        lives.write(f"{os.getpid()} {os.getppid()}\\n")
    raise RuntimeError("no port")

sys.exit(guard.Guard("sleeper", folder).stand(globals()[sys.argv[2]]))
"""

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a guard; whatever a failed test leaves is killed."""
    guards: list[subprocess.Popen[bytes]] = []

    def begin(kind: str = "sleep", *, steady_s: float = 0.0) -> "subprocess.Popen[bytes]":
        with (tmp_path / "log").open("ab") as log:
            words = [sys.executable, "-c", PROGRAM, str(tmp_path), kind, str(steady_s)]
            guards.append(subprocess.Popen(words, stderr=log, stdin=subprocess.DEVNULL))
        return guards[-1]

    yield begin
    for guard in guards:
        guard.kill()
        guard.wait()
    left = running_pid(pid_file(tmp_path, NAME))
    if left is not None:
        os.kill(left, signal.SIGKILL)


def _next_pid(folder: Path, *known: int | None, limit_s: float = 20.0) -> int:
    """The process, once it is another one than those."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        pid = running_pid(pid_file(folder, NAME))
        if pid is not None and pid not in known and str(pid) in _lives(folder):
            return pid
        time.sleep(0.01)
    raise AssertionError((folder / "log").read_text())


def _lives(folder: Path) -> dict[str, str]:
    """Every process there was, and who forked it."""
    with contextlib.suppress(FileNotFoundError):
        return dict(line.split() for line in (folder / "lives").read_text().splitlines())
    return {}


def _gone(pid: int, limit_s: float = 20.0) -> bool:
    end = time.monotonic() + limit_s
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not is_alive(pid)


def test_a_killed_process_is_forked_again_each_time(tmp_path: Path, start: Start) -> None:
    """Three deaths in a row; every process is a child of the same guard, which has loaded all."""
    guard = start()
    seen: list[int] = []
    for _ in range(4):
        seen.append(_next_pid(tmp_path, *seen))
        os.kill(seen[-1], signal.SIGKILL)
    assert set(_lives(tmp_path).values()) == {str(guard.pid)}
    assert guard.poll() is None


def test_told_to_end_it_lets_its_process_end_first(tmp_path: Path, start: Start) -> None:
    """SIGTERM is passed on, the process ends in its own way, nothing is left."""
    guard = start("orderly")
    pid = _next_pid(tmp_path)
    time.sleep(0.1)  # the handler of the little program
    guard.send_signal(signal.SIGTERM)
    assert guard.wait(20) == 0
    assert (tmp_path / "ended").exists()
    assert not is_alive(pid)


def test_a_process_that_does_not_end_is_killed(tmp_path: Path, start: Start) -> None:
    """No orphan holds the ports of the next start."""
    guard = start("stubborn")
    pid = _next_pid(tmp_path)
    guard.send_signal(signal.SIGTERM)
    assert guard.wait(20) == 0
    assert not is_alive(pid)


def test_a_killed_guard_stops_nothing_and_the_next_one_finds_its_process(
    tmp_path: Path, start: Start
) -> None:
    """The process goes on; the next guard forks the next one after its death."""
    first = start()
    pid = _next_pid(tmp_path)
    first.kill()
    first.wait()
    second = start()
    _until(lambda: running_pid(guard_file(tmp_path, NAME)) == second.pid)
    assert running_pid(pid_file(tmp_path, NAME)) == pid
    assert len(_lives(tmp_path)) == 1
    os.kill(pid, signal.SIGKILL)
    found = _next_pid(tmp_path, pid)
    assert _lives(tmp_path)[str(found)] == str(second.pid)
    second.send_signal(signal.SIGTERM)
    assert second.wait(20) == 0
    assert not is_alive(found)


def test_a_found_process_ends_with_its_new_guard(tmp_path: Path, start: Start) -> None:
    """It is nobody's child, and is ended all the same."""
    first = start()
    pid = _next_pid(tmp_path)
    first.kill()
    first.wait()
    second = start()
    _until(lambda: running_pid(guard_file(tmp_path, NAME)) == second.pid)
    second.send_signal(signal.SIGTERM)
    assert second.wait(20) == 0
    assert _gone(pid)


def test_one_that_cannot_live_is_given_up(tmp_path: Path, start: Start) -> None:
    """Whoever watches the guard begins anew, with pauses of his own; each try is on the log."""
    guard = start("brief", steady_s=60.0)
    assert guard.wait(20) == 1
    assert len(_lives(tmp_path)) == len(PAUSES_S) + 1
    assert (tmp_path / "log").read_text().count("RuntimeError: no port") == len(PAUSES_S) + 1


def test_there_is_one_guard_of_a_name(tmp_path: Path, start: Start) -> None:
    """A second one goes away and leaves the first one's process alone."""
    first = start()
    pid = _next_pid(tmp_path)
    second = start()
    assert second.wait(20) == 1
    assert "has a guard already" in (tmp_path / "log").read_text()
    assert first.poll() is None
    assert running_pid(pid_file(tmp_path, NAME)) == pid


def test_a_pid_that_cannot_be_written_down_is_no_reason_to_be_without(
    tmp_path: Path, start: Start
) -> None:
    """The process runs; only who looks for its file does not find it."""
    pid_file(tmp_path, NAME).mkdir()
    guard = start()
    _until(lambda: bool(_lives(tmp_path)))
    pid = int(next(iter(_lives(tmp_path))))
    assert is_alive(pid)
    guard.send_signal(signal.SIGTERM)
    assert guard.wait(20) == 0
    assert not is_alive(pid)


def _until(holds: Callable[[], bool], limit_s: float = 20.0) -> None:
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)
