"""Each night the speeds of the roads are learnt anew: a child of the `work` process does it.

The child is a process of its own at the lowest priority, so nothing waits for it. What it says goes
to the log of `work`. A centre that was off at that hour makes up for it after its start.
"""

import logging
import subprocess
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kentongan.edge.geo.speeds.files import SpeedFiles

NIGHT_HOUR: Final = 3
"""The local hour at which it begins: the fewest calls."""

LOOK_S: Final = 300.0
"""Between two looks at the clock, seconds."""

CHILD_LOOK_S: Final = 1.0
"""Between two looks whether the child has ended, seconds."""

_log = logging.getLogger(__name__)


def last_night(now: datetime, offset: timedelta) -> datetime:
    """When the latest night's hour began; `offset` is the centre's clock from UTC."""
    local = now + offset
    hour = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return (hour if hour <= local else hour - timedelta(days=1)) - offset


def made_at(files: SpeedFiles) -> datetime | None:
    """When the newest file was made, by its name."""
    name = files.newest()
    return datetime.strptime(f"{name[:16]}+0000", "%Y%m%dT%H%M%SZ%z") if name else None


def keep_calibrated(
    command: tuple[str, ...],
    city: Path,
    offset: timedelta,
    clock: Callable[[], datetime],
    stop: threading.Event,
) -> None:
    """Let the child work once a night until told to stop; `city` is the pack's folder of cities.

    Without a file the first night after the start is waited for.
    """
    tried_at = made_at(SpeedFiles(city)) or clock()
    while not stop.wait(LOOK_S):
        if last_night(clock(), offset) <= tried_at:
            continue
        tried_at = clock()
        try:
            code = run_child(command, stop)
        except OSError as error:  # no memory for a child: another night
            _log.warning("speeds are not learnt tonight: %s", error)
            continue
        if code is not None:
            _log.info("learning the speeds ended with %d", code)


def run_child(command: tuple[str, ...], stop: threading.Event) -> int | None:
    """Let a child work until it ends, and give its code; None when it was told to stop before."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - our own command
    while child.poll() is None:
        if stop.wait(CHILD_LOOK_S):
            child.terminate()
            child.wait()
            return None
    return child.returncode
