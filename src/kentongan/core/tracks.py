"""Where a unit was while it worked on an incident: whose question that is, of which time, and how
much of it a map needs. Pure.

A track says where people were. Of any time it is read with a reason, by a supervisor or the unit's
own agency (`core.positions.may_read_track`); of the time on an incident by whoever dispatches it:
the incident is the reason.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar

from kentongan.core.positions import Verdict
from kentongan.core.rows import Assignment
from kentongan.core.words import Agent, Progress, Role, UnitId

DRIVE_MAX: Final = timedelta(hours=24)
"""Longest time of one assignment that is shown: what is longer was never ended."""

DRIVES_MAX: Final = 5
"""Assignments of one unit to one incident that are shown, the latest."""

POINTS_MAX: Final = 1_500
"""Points of one drive on a map: one each two seconds of an hour; more cannot be seen."""

DRIVEN: Final = (Verdict.DRAWN, Verdict.CLOCK_AHEAD, Verdict.LATE)
"""Fixes that say where the unit was: one that came late does, too."""

Value = TypeVar("Value")


class Drive(NamedTuple):
    """From an assignment to its end, or to now."""

    start: datetime
    end: datetime


def may_read_incident_track(agent: Agent) -> bool:
    """Who may read where units were while they worked on an incident that this person sees."""
    return agent.has(Role.SUPERVISOR, Role.DISPATCHER)


def drives_of(works: Iterable[Assignment], unit: UnitId, now: datetime) -> tuple[Drive, ...]:
    """When a unit worked on an incident, the earliest first; nothing when it never did."""
    found: list[Drive] = []
    for work in works:
        start = work.progress_at.get(Progress.ASSIGNED)
        if work.unit == unit and start is not None:
            end = now if work.open or work.ended_at is None else work.ended_at
            found.append(Drive(start, min(end, start + DRIVE_MAX)))
    return tuple(sorted(found)[-DRIVES_MAX:])


def thinned(values: Sequence[Value], most: int = POINTS_MAX) -> tuple[Value, ...]:
    """So many at most, evenly chosen; the first and the last stay."""
    if len(values) <= most:
        return tuple(values)
    step = (len(values) - 1) / (most - 1)
    return tuple(values[round(number * step)] for number in range(most))
