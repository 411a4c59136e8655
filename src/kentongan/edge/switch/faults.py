"""The outermost catch of the switch: one call's fault is not the others'.

A bug in handling one event must not end the loop that carries all calls, nor keep the next call
from its turn. Each fault is counted for health; its trace is logged once per cause, so that one
that comes back every second fills no disk.
"""

import logging
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

CAUSES_MAX: Final = 200
"""Causes remembered; a switch with more faults than that has one bug in many places."""

AGAIN: Final = 1_000
"""One line more in the log each time a known cause came so often."""

_log = logging.getLogger(__name__)

Caught = Callable[[str], AbstractContextManager[None]]
"""What happens inside may fail; the text says in the log what it was."""


def uncaught(doing: str) -> AbstractContextManager[None]:
    """Lets every fault through: where nothing else is in hand."""
    del doing
    return nullcontext()


class Faults:
    """How many there were since the start, and of which causes."""

    def __init__(self) -> None:
        self.count = 0
        self.causes: dict[str, int] = {}

    @contextmanager
    def caught(self, doing: str) -> Generator[None]:
        """What happens inside may fail; `doing` says in the log what it was."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 -- outermost
            self.count += 1
            self._note(doing, error)

    def _note(self, doing: str, error: Exception) -> None:
        cause = f"{doing}: {type(error).__name__} at {_place(error)}"
        if cause not in self.causes and len(self.causes) >= CAUSES_MAX:
            return
        times = self.causes[cause] = self.causes.get(cause, 0) + 1
        if times == 1:
            _log.error("a fault while %s", doing, exc_info=error)
        elif times % AGAIN == 0:
            _log.error("the same fault %d times while %s", times, cause)


def _place(error: Exception) -> str:
    """The line that raised it, in the innermost of our functions."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "?"
    code = trace.tb_frame.f_code
    return f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
