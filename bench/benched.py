"""What the benchmarks of the whole centre share: a centre, its figures, and crowds of screens.

The centre is `kentongan serve` with its real processes, as the failure tests run it. A crowd is a
process of its own with many WebSockets: it stands for the browsers, whose work is not ours.
"""

import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

_TESTS = Path(__file__).parents[1] / "tests"
for _folder in ("failure", "journeys", "media"):
    sys.path.insert(0, str(_TESTS / _folder))

from failure_centre import (  # noqa: E402
    PASSWORD,
    PROCESSES,
    SUPERVISOR,
    HurtCentre,
    free_port,
    until,
)
from failure_client import Frame, Screen  # noqa: E402 - found by the path above
from failure_room import DESKS, CallTaker, Room  # noqa: E402

__all__ = [
    "DESKS", "PASSWORD", "PROCESSES", "SUPERVISOR", "CallTaker", "Frame", "HurtCentre", "Room",
    "Screen", "command_line", "free_port", "percentile", "running", "tell", "until",
]  # fmt: skip


def tell(
    name: str, value: float, unit: str, *, bar: float | None = None, at_least: float | None = None
) -> None:
    """One figure as a JSON line; with a `bar`, the most it may be, or `at_least`, whether that is
    met."""
    line: dict[str, object] = {"name": name, "value": round(value, 3), "unit": unit}
    if bar is not None:
        line |= {"bar": bar, "met": value <= bar}
    if at_least is not None:
        line |= {"bar": at_least, "met": value >= at_least}
    print(msgspec.json.encode(line).decode(), flush=True)


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that so many of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@contextmanager
def running(centre: HurtCentre | None = None) -> Generator[HurtCentre]:
    """A running centre, stopped and forgotten in the end."""
    centre = centre or HurtCentre()
    try:
        centre.start()
        yield centre
    finally:
        centre.stop()


def command_line(*arguments: str) -> Sequence[str]:
    """A script of this folder as a process."""
    return (sys.executable, str(Path(__file__).parent / arguments[0]), *arguments[1:])
