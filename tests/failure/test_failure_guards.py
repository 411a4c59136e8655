"""Guards in a running centre: what they bring back, their own deaths, and that nothing is left."""

import os
import time
from pathlib import Path

import pytest
from failure_centre import SUPERVISOR, HurtCentre, until

from kentongan.serve.process import is_alive

GUARDED = ("switch", "media-0")


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _next(centre: HurtCentre, name: str, before: int | None) -> int:
    """The process of that name that runs now and did not before."""
    found: list[int] = []

    def is_another() -> bool:
        pid = centre.pid(name)
        found[:] = [pid] if pid is not None and pid != before else []
        return bool(found)

    until(is_another, 30, f"another {name} runs")
    return found[0]


@pytest.mark.parametrize("name", GUARDED)
def test_the_next_process_comes_from_the_guard(shared: HurtCentre, name: str) -> None:
    """Also when it is killed twice in a row: the guard is the same and forks both."""
    guard = _next(shared, f"{name}.guard", None)
    pid: int | None = None
    for _ in range(3):
        pid = _next(shared, name, pid)
        assert _parent(pid) == guard
        assert shared.kill(name)
    assert _parent(_next(shared, name, pid)) == guard
    shared.settle()


@pytest.mark.parametrize("name", GUARDED)
def test_a_killed_guard_is_replaced_and_its_process_does_not_notice(
    shared: HurtCentre, name: str
) -> None:
    """The watcher starts another guard, which finds the process and stands behind it."""
    pid, guard = shared.pid(name), shared.pid(f"{name}.guard")
    assert shared.kill(f"{name}.guard")
    second = _next(shared, f"{name}.guard", guard)
    assert shared.pid(name) == pid
    assert shared.kill(name)
    assert _parent(_next(shared, name, pid)) == second
    shared.settle()


def test_guard_and_process_killed_together_are_both_back(shared: HurtCentre) -> None:
    """As the kernel may do when memory runs out."""
    for name in GUARDED:
        guard, pid = shared.pid(f"{name}.guard"), shared.pid(name)
        killed_at = time.monotonic()
        assert shared.kill(f"{name}.guard")
        assert shared.kill(name)
        after = _next(shared, name, pid)
        print(f"{name} and its guard: another runs after {time.monotonic() - killed_at:.2f} s")
        assert _parent(after) == _next(shared, f"{name}.guard", guard)
    shared.settle()


@pytest.mark.parametrize("with_deaths", [False, True])
def test_a_shutdown_leaves_no_process(hurt: HurtCentre, *, with_deaths: bool) -> None:
    """Not even where guards have died and the watcher was killed and found everything again."""
    if with_deaths:
        for name in GUARDED:
            guard = hurt.pid(f"{name}.guard")
            assert hurt.kill(f"{name}.guard")
            _next(hurt, f"{name}.guard", guard)
        assert hurt.kill(SUPERVISOR)
        log = hurt.folder / "serve.log"
        until(lambda: log.read_text().count("112: http") == 2, 30, "the new watcher watches")
    names = ("web", "work", *GUARDED, *(f"{name}.guard" for name in GUARDED))
    pids = {name: hurt.pid(name) for name in names}
    assert all(pids.values()), pids
    serve = hurt.pid(SUPERVISOR)
    assert serve is not None
    hurt.stop()
    left = {name: pid for name, pid in pids.items() if pid is not None and is_alive(pid)}
    assert left == {}


def test_a_guard_holds_nothing_that_a_fork_must_not_have(shared: HurtCentre) -> None:
    """One thread, no socket, no database; else the next process inherits half of something."""
    for name in GUARDED:
        guard = _next(shared, f"{name}.guard", None)
        proc = Path(f"/proc/{guard}")
        assert len(list((proc / "task").iterdir())) == 1, name
        held = [os.readlink(file) for file in (proc / "fd").iterdir()]
        assert not [one for one in held if one.startswith("socket:") or ".db" in one], held
