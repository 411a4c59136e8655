"""How this machine kept a test's processes waiting, as its own senders feel it."""

from collections import deque
from pathlib import Path
from typing import Final

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
