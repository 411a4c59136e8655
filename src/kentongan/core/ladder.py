"""Who is told next when nobody answers: the ladder from the app to the supervisor. Pure.

What waits for an answer is an *ask*: an agency that was asked and has not said yes or no, a crew
that was given an incident and has not accepted. The board alone says which asks there are, so an
answer by any way (a tap, a text message, a dispatcher who phoned) ends the climb, and a process
that was killed goes on where the board and the ledger stand.

A rung is climbed when the one before has had its time, and at once when nobody could be told by it
or every try of it failed. A supervisor is not rung for an agency that has had no time to answer.
Nobody is told twice by the same rung.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from msgspec import Struct

from kentongan.core.rows import Assignment, IncidentRow, Task
from kentongan.core.tasking import is_waiting
from kentongan.core.words import AgencyKey, IncidentId, Progress, UnitId

Way = Literal["app", "sms", "whatsapp", "mail", "call"]
"""How somebody is reached."""

RUNGS_MAX: Final = 10
"""Steps of a ladder: ways times people; who is not reached by then is not reached."""


class Rung(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step: whom, by which ways (each that a person has), and how long it may take.

    It begins `not_before_s` after somebody was asked, however quickly the rungs below were passed.

    `duty`: who is on duty for the agency or the unit; `supervisor`: the room's supervisors.
    """

    ways: tuple[Way, ...]
    to: Literal["duty", "supervisor"] = "duty"
    wait_s: float = 30.0
    not_before_s: float = 0.0


LADDER: Final = (
    Rung(ways=("app",), wait_s=10.0),
    Rung(ways=("sms", "whatsapp"), wait_s=20.0),
    Rung(ways=("call",), wait_s=30.0),
    Rung(ways=("app", "sms", "mail"), to="supervisor", wait_s=60.0, not_before_s=60.0),
)
"""App at once, SMS after 10 s, telephone after 30 s (CONSOLE.md, section 7.13), then the
supervisor: a minute after an agency was asked, as alarm A-07."""


class Ask(Struct, frozen=True, kw_only=True):
    """Somebody is waited for. `key` is the same for ever; asked again later is another ask."""

    key: str
    about: Literal["task", "alert"]
    incident: IncidentId
    agency: AgencyKey
    unit: UnitId | None
    asked_at: datetime


class Climbed(NamedTuple):
    """A rung that was begun. `nobody`: there was nobody to tell; `failed`: every try did."""

    state: Literal["going", "nobody", "failed"]
    at: datetime


class Climb(NamedTuple):
    """What is next: the rung to begin now, or when to look again; neither at the end."""

    begin: int | None
    next_at: datetime | None


def asks_of(row: IncidentRow, silent: Collection[str]) -> tuple[Ask, ...]:
    """Who is waited for; agencies in `silent` answer in days and are never rung."""
    if row.state != "open" or row.training:
        return ()
    tasks = (
        _of_task(row.key, task)
        for task in row.tasks
        if is_waiting(task) and task.agency not in silent
    )
    alerts = (
        _of_alert(row.key, one)
        for one in row.assignments
        if one.open and one.progress is Progress.ASSIGNED
    )
    return (*tasks, *alerts)


def next_rung(
    ladder: Sequence[Rung],
    asked_at: datetime,
    climbed: Sequence[Climbed],
    now: datetime,
    useful_s: float,
) -> Climb:
    """What is next. An ask older than `useful_s` begins no rung any more."""
    free_at = asked_at
    for rung, one in zip(ladder, climbed, strict=False):
        free_at = max(free_at, one.at)
        if one.state == "going":
            free_at += timedelta(seconds=rung.wait_s)
    if len(climbed) >= len(ladder) or now - asked_at > timedelta(seconds=useful_s):
        return Climb(None, None)
    free_at = max(free_at, asked_at + timedelta(seconds=ladder[len(climbed)].not_before_s))
    return Climb(len(climbed), None) if free_at <= now else Climb(None, free_at)


def key_of_task(incident: IncidentId, task: Task) -> str:
    """The key of the ask that an agency answers its task."""
    return f"task/{incident}/{task.agency}/{_moment(task.tasked_at)}"


def _of_task(incident: IncidentId, task: Task) -> Ask:
    return Ask(
        key=key_of_task(incident, task),
        about="task",
        incident=incident,
        agency=task.agency,
        unit=None,
        asked_at=task.tasked_at,
    )


def _of_alert(incident: IncidentId, one: Assignment) -> Ask:
    asked_at = one.progress_at[Progress.ASSIGNED]
    return Ask(
        key=f"alert/{incident}/{one.unit}/{_moment(asked_at)}",
        about="alert",
        incident=incident,
        agency=one.agency,
        unit=one.unit,
        asked_at=asked_at,
    )


def _moment(at: datetime) -> str:
    return str(round(at.timestamp() * 1000))
