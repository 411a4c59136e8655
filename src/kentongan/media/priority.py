"""Who goes first when the machine is busy: calls before screens, and living voices before all.

Nothing here is needed for a call to work; where the kernel does not allow it, a warning is logged.
It imports nothing heavy, so that a process can ask for its place before it loads the rest.
"""

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

REALTIME_PRIORITY: Final = 10
"""Of 1 to 99; the kernel's own threads stay above."""

NICENESS: Final = -10
"""About nine tenths of a processor beside one ordinary busy process."""

AUTOGROUP: Final = Path("/proc/self/autogroup")

_log: Final = logging.getLogger(__name__)


def start_before_others() -> bool:
    """Load and run before ordinary processes, and never before a voice that is being heard.

    A process of calls that was killed is missed until it is back, and on a busy machine loading is
    most of that. The kernel may weigh whole sessions against each other (sched(7), autogroup), so
    the session asks too. Returns whether the kernel allowed it.
    """
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    except OSError:
        return False
    with suppress(OSError):  # a kernel without such groups needs no more than the above
        AUTOGROUP.write_text(str(NICENESS))
    return True


def go_before_others() -> None:
    """A voice that waits for a report or an import is a voice with holes.

    Real-time scheduling, as telephone exchanges use it; the kernel keeps a twentieth of each second
    for the others. All threads alike: one that waits for the processor may hold the interpreter.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(REALTIME_PRIORITY))
    except (AttributeError, OSError):
        if start_before_others():
            _log.warning("real-time scheduling is refused here; voices have nice %d", NICENESS)
        else:
            _log.warning("not allowed to go before others; let the service manager arrange it")
