"""The outermost catch of the switch: one call's fault is not the others'.

A bug in handling one event must not end the loop that carries all calls. It is logged with its
trace, counted for health, and the next event is handled as if nothing had been.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager

_log = logging.getLogger(__name__)


class Faults:
    """How many there were since the start."""

    def __init__(self) -> None:
        self.count = 0

    @contextmanager
    def caught(self, doing: str) -> Generator[None]:
        """What happens inside may fail; `doing` says in the log what it was."""
        try:
            yield
        except Exception:  # noqa: BLE001 -- outermost
            self.count += 1
            _log.exception("a fault while %s", doing)
