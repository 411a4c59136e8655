"""How this machine kept a test's processes waiting, as its own senders feel it."""

import os
import threading
import time
from collections import deque
from pathlib import Path
from typing import Final, Self

STALL_S: Final = 0.04
"""A sender this late, or two packets 20 ms more apart than that, and a busy machine is measured."""

stalls: Final[deque[float]] = deque(maxlen=10_000)
"""When (monotonic) any test's sender of this process was that late, or a packet to it was."""

lateness: Final[deque[tuple[float, float]]] = deque(maxlen=10_000)
"""When (monotonic) a sender of this process was late, and by how many seconds: of the machine, or
of the test itself. What the centre does holds up no sender."""


def longest_s(since: float) -> float:
    """How long this machine held up a voice of a test at one go, at most, since then.

    A bound in seconds that is one of our promises may be that much longer, and no more.
    """
    return max((late_s for at, late_s in lateness if at >= since), default=0.0)


def waited_s(pid: int) -> float:
    """How long a process stood ready and no processor took it, in all (Linux, `schedstat`).

    What a process of ours took longer for that is the machine's; all else is its own.
    """
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return max((int(task.read_text().split()[1]) for task in tasks), default=0) / 1e9


def loop_waited_s(pid: int) -> float:
    """The same of its first thread alone, where its loop runs: differences of it add up."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def born_s(pid: int) -> float:
    """When a process began, by `time.CLOCK_BOOTTIME`; a guard forks the next one in advance."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    return int(ticks) / os.sysconf("SC_CLK_TCK")


class Disk:
    """How long a process stood in the disk's hands (state D of Linux), looked at every 5 ms.

    A switch waits for the disk before it answers: what a disk takes that others write to is the
    machine's, like the processor. `with Disk(pid) as disk`, then `disk.held_s`.
    """

    def __init__(self, pid: int) -> None:
        self.held_s = 0.0
        self._stat = Path(f"/proc/{pid}/stat")
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        at, was_held = time.monotonic(), False
        while not self._is_over.wait(0.005):
            now, is_held = time.monotonic(), self._is_held()
            if was_held and is_held:
                self.held_s += now - at
            at, was_held = now, is_held

    def _is_held(self) -> bool:
        try:
            return self._stat.read_text().rsplit(")", 1)[1].split()[0] == "D"
        except OSError:  # it has ended
            return False
