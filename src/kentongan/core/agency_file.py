"""What an agency did with what it was asked: a line for each task, and figures of a time. Pure.

The fire service owes the ministry a share: fires reached within 15 minutes of the information
(Permendagri 114/2018), out of all. The information is received when the agency is *told* (its task
was delivered; when that is not known, when it was asked). Both sides of the fraction stand in the
file, and so does every line that is in neither: one without a time of arrival is missing, never
fast. A limit set by law belongs to the sub-category (`law_s`); others have none and count nowhere.

No line holds a person's words or number; the place is its kelurahan.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from kentongan.core.plans import Plans
from kentongan.core.rows import Assignment, IncidentRow, Task
from kentongan.core.words import Progress, TaskState

LINES_MAX: Final = 50_000
"""Tasks in one file: a year of a city's busiest agency twice over."""

_NOT_OURS: Final = (TaskState.HANDED_OVER, TaskState.WITHDRAWN)
"""Where nobody of the agency was waited for: another one's, or asked by mistake for a minute."""


class Line(Struct, frozen=True, kw_only=True):
    """One task. `response_s` is from being told to the first unit at the place."""

    long_id: str
    number: int
    nature: str
    priority: str
    kelurahan: str
    lead: bool
    state: str
    opened_at: datetime
    tasked_at: datetime
    told_at: datetime
    answered_at: datetime | None
    departed_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    units: int
    answer_s: int | None
    response_s: int | None
    law_s: int | None

    @property
    def within_law(self) -> bool | None:
        """Whether it was there in time; None without a limit or without a time of arrival."""
        if self.law_s is None or self.response_s is None:
            return None
        return self.response_s <= self.law_s


class Figures(Struct, frozen=True, kw_only=True):
    """Counts and times of an agency's tasks. Seconds; None where nothing was timed."""

    tasks: int
    answered: int
    refused: int
    waiting: int
    answer_p50_s: int | None
    answer_p90_s: int | None
    arrived: int
    response_p50_s: int | None
    response_p90_s: int | None
    law_cases: int
    law_within: int
    law_missing: int


def lines(
    incidents: Iterable[IncidentRow], agency: str, start: datetime, end: datetime, plans: Plans
) -> tuple[Line, ...]:
    """The agency's tasks that were asked in [start, end), the oldest first; drills are left out."""
    found = [
        _line(row, task, plans)
        for row in incidents
        if not row.training
        for task in row.tasks
        if task.agency == agency and start <= task.tasked_at < end
    ]
    return tuple(sorted(found, key=lambda one: (one.tasked_at, one.long_id))[:LINES_MAX])


def _line(row: IncidentRow, task: Task, plans: Plans) -> Line:
    own = [one for one in row.assignments if one.agency == task.agency]
    told_at = task.notified_at or task.tasked_at
    arrived_at = _first(own, Progress.ON_SCENE)
    nature = plans.natures.get(row.nature) if row.nature is not None else None
    answered_at = task.acknowledged_at
    return Line(
        long_id=row.long_id,
        number=row.number,
        nature=row.nature or "",
        priority=row.priority.value if row.priority else "",
        kelurahan=row.place.kelurahan or "" if row.place else "",
        lead=task.role.value == "lead",
        state=task.state.value,
        opened_at=row.opened_at,
        tasked_at=task.tasked_at,
        told_at=told_at,
        answered_at=answered_at,
        departed_at=_first(own, Progress.DEPARTED),
        arrived_at=arrived_at,
        ended_at=task.ended_at or row.closed_at,
        units=len({one.unit for one in own}),
        answer_s=_seconds(told_at, answered_at),
        response_s=_seconds(told_at, arrived_at),
        law_s=nature.law_s if nature is not None and nature.lead == task.agency else None,
    )


def _first(own: Sequence[Assignment], step: Progress) -> datetime | None:
    return min((one.progress_at[step] for one in own if step in one.progress_at), default=None)


def _seconds(start: datetime, end: datetime | None) -> int | None:
    """Whole seconds; a clock that ran backwards is no time at all."""
    if end is None or end < start:
        return None
    return round((end - start).total_seconds())


def figures(found: Sequence[Line]) -> Figures:
    """The sums of these lines."""
    law = [one for one in found if one.law_s is not None and one.state not in _NOT_OURS]
    answers = [one.answer_s for one in found if one.answer_s is not None]
    responses = [one.response_s for one in found if one.response_s is not None]
    return Figures(
        tasks=len(found),
        answered=sum(one.answered_at is not None for one in found),
        refused=sum(one.state == TaskState.REFUSED for one in found),
        waiting=sum(one.state in (TaskState.TASKED, TaskState.NOTIFIED) for one in found),
        answer_p50_s=percentile(answers, 50),
        answer_p90_s=percentile(answers, 90),
        arrived=len(responses),
        response_p50_s=percentile(responses, 50),
        response_p90_s=percentile(responses, 90),
        law_cases=len(law),
        law_within=sum(one.within_law is True for one in law),
        law_missing=sum(one.within_law is None for one in law),
    )


def percentile(values: Sequence[int], per_cent: int) -> int | None:
    """The smallest value that so many per cent do not exceed; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    rank = -(-per_cent * len(ordered) // 100)  # rounded up: never better than it was
    return ordered[max(rank, 1) - 1]
