"""Why the clock of a media process fell behind, by name. Pure but for `Meter`.

A thread's wall time is what it computed, what it stood ready while no processor took it, and what
it waited for in the kernel; Linux counts the first two (proc(5), `schedstat`).
"""

import os
import time
from enum import StrEnum
from pathlib import Path
from typing import Final

from msgspec import Struct

AT_ONCE: Final = 0.5
"""The share of a lateness that must have come within one gap, or it came little by little."""

_SCHEDSTAT: Final = Path("/proc/thread-self/schedstat")
_SCHEDSTAT_BYTES: Final = 96  # three numbers of 64 bits


class Cause(StrEnum):
    """What took most of the time between two ticks."""

    WORK = "work"  # the tick itself
    TASKS = "tasks"  # commands, handshakes and all else between two ticks
    PROCESSOR = "processor"  # ready, and something else had the processor
    BLOCKED = "blocked"  # waited in the kernel: disk, memory, or the process was stopped
    OVERLOAD = "overload"  # each tick a little longer than it may be


class Moment(Struct, frozen=True):
    """A thread's clocks, in seconds: of the wall, on a processor, ready without one."""

    wall_s: float
    used_s: float
    ready_s: float


class Meter:
    """Reads the clocks of the thread that made it; without schedstat nothing counts as ready."""

    def __init__(self) -> None:
        try:
            self._file = os.open(_SCHEDSTAT, os.O_RDONLY)
        except OSError:
            self._file = -1

    def read(self) -> Moment:
        """Now. Takes a few microseconds."""
        wall_s, used_s = time.monotonic(), time.thread_time()
        if self._file < 0:
            return Moment(wall_s, used_s, 0.0)
        ready_ns = int(os.pread(self._file, _SCHEDSTAT_BYTES, 0).split()[1])
        return Moment(wall_s, used_s, ready_ns / 1e9)

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def cause_of(
    behind_s: float, begun: Moment, now: Moment, *, worked_s: float, slept_s: float
) -> Cause:
    """Why the next tick is that late. The last one began at `begun` and took `worked_s`; `slept_s`
    of the time since was meant to be slept.
    """
    passed_s = now.wall_s - begun.wall_s - slept_s
    if passed_s < AT_ONCE * behind_s:
        return Cause.OVERLOAD
    used_s, ready_s = now.used_s - begun.used_s, now.ready_s - begun.ready_s
    blocked_s = passed_s - used_s - ready_s
    if used_s >= max(ready_s, blocked_s):
        return Cause.WORK if worked_s >= passed_s / 2 else Cause.TASKS
    return Cause.PROCESSOR if ready_s >= blocked_s else Cause.BLOCKED
