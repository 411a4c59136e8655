"""Whether an incident still waits for a unit, by one rule for the alarm, the screen and the paper.

Theory: who was served waits for the closing, not for a unit. But a unit of another agency that came
and left serves nobody for the one that leads: a house on fire to which an ambulance came waits for
an engine as long as the fire service has not even answered. Once it has, its own people speak for
it; and a unit of its own that was there is enough, whatever became of the task.
"""

from typing import Final

from kentongan.core.rows import Assignment, IncidentRow
from kentongan.core.words import Progress, TaskRole, TaskState

UNANSWERED: Final = (TaskState.TASKED, TaskState.NOTIFIED, TaskState.REFUSED)


def is_served(row: IncidentRow) -> bool:
    """Whether a unit has been there, and nobody who leads is still missing."""
    came = {one.agency for one in row.assignments if _has_served(one)}
    missing = (
        task.role is TaskRole.LEAD and task.state in UNANSWERED and task.agency not in came
        for task in row.tasks
    )
    return bool(came) and not any(missing)


def waits_for_unit(row: IncidentRow) -> bool:
    """Whether no unit works on it although it is not served."""
    return not any(one.open for one in row.assignments) and not is_served(row)


def _has_served(one: Assignment) -> bool:
    done = {Progress.CLEAR, Progress.ON_SCENE} <= one.progress_at.keys()
    return done and not one.released
