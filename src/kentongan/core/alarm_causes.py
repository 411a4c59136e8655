"""Causes of alarms that lie in calls, incidents and units: one function for each, pure.

    A-01  crew in danger        the crew raised it, or did not answer when asked by radio
    A-02  call waiting          rings and nobody has it
    A-03  incident without unit sent, or a draft whose kind is known; no unit works on it and none
                                has served it
    A-04  unit has not accepted
    A-05  unit has not departed
    A-06  late                  now is after the promise, the first one made or the last
    A-07  agency silent
    A-08  call cut off          abandoned after ringing some seconds, or the line broke, nobody
                                reached since; once for each number
    A-09  long without word     on scene or at the patient, since the last answer by radio
    A-10  position stale        a unit at work without a position
    A-13  caller untold         a unit comes later than the reporter was told, and they do not know
    A-14  help wanted           those at the scene asked for more, and nobody sees to it

A cause says since when it stands. Whether that is too long is asked by `core.alarm_rules`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from msgspec import Struct, structs

from kentongan.core.alarm_rows import AlarmGrade, AlarmKind
from kentongan.core.assignment import BREAKDOWNS
from kentongan.core.callbacks import is_listed, same_number
from kentongan.core.lanes import wanted_since
from kentongan.core.rows import (
    Assignment,
    CallRow,
    EngagementRow,
    IncidentRow,
    ReportRow,
    UnitRow,
)
from kentongan.core.served import waits_for_unit
from kentongan.core.untold import untold_works
from kentongan.core.words import (
    AgencyKey,
    CallId,
    DeskKey,
    IncidentId,
    Priority,
    Progress,
    TaskState,
    UnitId,
)

CODES: Final[Mapping[AlarmKind, str]] = {
    "crew_emergency": "A-01",
    "call_waiting": "A-02",
    "no_unit": "A-03",
    "not_accepted": "A-04",
    "not_departed": "A-05",
    "late": "A-06",
    "agency_silent": "A-07",
    "call_dropped": "A-08",
    "long_on_scene": "A-09",
    "stale_position": "A-10",
    "system": "A-11",
    "no_free_unit": "A-12",
    "caller_untold": "A-13",
    "help_wanted": "A-14",
    "alarm_flood": "",
}
"""The number of the register (CONSOLE.md §7.9), by which the city's limits are kept."""

INTERVIEW_ENDS: Final = timedelta(seconds=60)
"""How long after its kind is known a draft may still be with the call-taker who asks."""

LONE_POLICE: Final = "police_alone"
"""The limit of A-09 for a single unit of the police on an incident."""

AMBULANCE: Final = "ambulance"
"""The limit of A-05 for an ambulance: the founding promise is that it departs (CITY.md, 1)."""

_ON_THE_WAY: Final = (Progress.ASSIGNED, Progress.ACCEPTED, Progress.DEPARTED)
_THERE: Final = (Progress.ON_SCENE, Progress.AT_PATIENT)


class Cause(Struct, frozen=True, kw_only=True):
    """Something that is an alarm once it has stood for its limit, by `limit_by` of the plans."""

    kind: AlarmKind
    about: str
    since: datetime
    grade: AlarmGrade
    limit_by: str | None = None
    number: int | None = None
    incident: IncidentId | None = None
    unit: UnitId | None = None
    call: CallId | None = None
    agency: AgencyKey | None = None
    desk: DeskKey | None = None
    detail: str = ""
    node: str = ""
    training: bool = False


def of_unit(unit: UnitRow) -> Iterator[Cause]:
    """A crew in danger."""
    if unit.emergency_at is not None:
        yield Cause(
            kind="crew_emergency",
            about=unit.key,
            since=unit.emergency_at,
            grade="panic",
            unit=unit.key,
            agency=unit.agency,
        )


def of_calls(calls: Iterable[CallRow], abandoned_s: int) -> Iterator[Cause]:
    """Calls that wait, and those that are to be rung back, one for each number."""
    lost: list[CallRow] = []
    for call in calls:
        if call.open and call.state in ("offered", "queued"):
            yield Cause(
                kind="call_waiting",
                about=call.key,
                since=call.ring_at,
                grade="high",
                call=call.key,
                training=call.training,
            )
        elif _is_lost(call, abandoned_s):
            lost.append(call)
    for call in _first_of_each_number(lost):
        yield Cause(
            kind="call_dropped",
            about=call.key,
            since=call.ended_at or call.ring_at,
            grade="high",
            call=call.key,
            training=call.training,
        )


def _is_lost(call: CallRow, abandoned_s: int) -> bool:
    if call.ended_at is None or not is_listed(call) or call.disposition is not None:
        return False
    if any(one.outcome == "reached" for one in call.callbacks):
        return False
    rang_s = (call.ended_at - call.ring_at).total_seconds()
    return call.dropped or (call.answered_at is None and rang_s >= abandoned_s)


def _first_of_each_number(calls: Iterable[CallRow]) -> Sequence[CallRow]:
    """Who was cut off again and again is one person to ring back, since the first time."""
    kept: list[CallRow] = []
    for call in sorted(calls, key=lambda one: (one.ended_at or one.ring_at, one.key)):
        if not any(same_number(call.number, other.number) for other in kept):
            kept.append(call)
    return kept


def of_incident(
    row: IncidentRow, police: frozenset[str], ambulances: Collection[str] = ()
) -> Iterator[Cause]:
    """What is overdue on one incident; `police` are agencies of that kind, `ambulances` units."""
    if row.state == "closed":
        return
    priority = row.priority.value if row.priority else Priority.P3.value
    is_to_be_served = row.state == "open" or row.classified_at is not None
    if is_to_be_served and waits_for_unit(row):
        yield _on(
            row, "no_unit", row.key, wanted_since(row, _waits_since(row)),
            grade="critical" if row.priority is Priority.P1 else "high", limit_by=priority,
        )  # fmt: skip
    for task in row.tasks:
        if task.state in (TaskState.TASKED, TaskState.NOTIFIED) and not _has_crew(row, task.agency):
            about = f"{row.key}:{task.agency}"
            since = wanted_since(row, task.tasked_at)
            yield _on(row, "agency_silent", about, since, agency=task.agency)
    yield from _of_wishes(row)
    at_work = [one for one in row.assignments if one.open]
    for one in at_work:
        is_lone = len(at_work) == 1 and one.agency in police
        yield from _of_assignment(row, one, is_lone=is_lone, is_ambulance=one.unit in ambulances)


def of_slips(
    row: IncidentRow, reports: Mapping[str, ReportRow], kinds: Mapping[str, str]
) -> Iterator[Cause]:
    """Units that come later than somebody who waits for them, or for whom they replace, knows; one
    for each unit. `kinds` are the units' kinds by call sign."""
    known = (reports[key] for key in row.reports if key in reports)
    for one, since in untold_works(row, known, kinds):
        about = f"{row.key}:{one.unit}"
        tell = partial(_on, row, about=about, unit=one.unit, agency=one.agency)
        yield tell("caller_untold", since=since, grade="medium")


def _has_crew(row: IncidentRow, agency: AgencyKey) -> bool:
    """Whether a unit of the agency has accepted: by that its own people have answered for it."""
    return any(
        one.open and one.agency == agency and one.progress is not Progress.ASSIGNED
        for one in row.assignments
    )


def _of_wishes(row: IncidentRow) -> Iterator[Cause]:
    for one in row.help_wanted:
        if one.answered_at is None:
            about = f"{row.key}:{one.unit or one.agency}:{one.what}"
            tell = partial(_on, row, about=about, unit=one.unit, agency=one.agency)
            yield structs.replace(tell("help_wanted", since=one.at), detail=one.what)


def _of_assignment(
    row: IncidentRow, one: Assignment, *, is_lone: bool, is_ambulance: bool
) -> Iterator[Cause]:
    about = f"{row.key}:{one.unit}"
    assigned_at = one.progress_at.get(Progress.ASSIGNED, row.opened_at)
    since = one.progress_at.get(one.progress, assigned_at)
    priority = row.priority.value if row.priority else None
    tell = partial(_on, row, about=about, unit=one.unit, agency=one.agency)
    if one.progress is Progress.ASSIGNED:
        yield tell("not_accepted", since=since, limit_by=priority)
    if one.progress is Progress.ACCEPTED:
        limit_by = AMBULANCE if is_ambulance else priority
        yield tell("not_departed", since=assigned_at, limit_by=limit_by)
    if one.promise is not None and one.progress in _ON_THE_WAY:
        first = one.first_promise or one.promise  # a promise that moves calms nobody
        yield tell("late", since=min(first.arrive_to, one.promise.arrive_to))
    if one.progress in _THERE:
        limit_by = LONE_POLICE if is_lone else None
        heard_at = since if one.heard_at is None else max(since, one.heard_at)
        yield tell("long_on_scene", since=heard_at, grade="medium", limit_by=limit_by)
    if one.unheard_at is not None:
        yield tell("crew_emergency", since=one.unheard_at, grade="panic")


def _on(
    row: IncidentRow,
    kind: AlarmKind,
    about: str,
    since: datetime,
    *,
    grade: AlarmGrade = "high",
    limit_by: str | None = None,
    unit: UnitId | None = None,
    agency: AgencyKey | None = None,
) -> Cause:
    return Cause(
        kind=kind,
        about=about,
        since=since,
        grade=grade,
        limit_by=limit_by,
        number=row.number,
        incident=row.key,
        unit=unit,
        agency=agency,
        training=row.training,
    )


def _waits_since(row: IncidentRow) -> datetime:
    """Since it was sent, or its last unit left it; a draft since the interview should be over.

    One whose caller is gone would otherwise wait for ever, and nobody would hear of it. A unit
    that broke down does not start it anew: the caller has waited all the while.
    """
    left = [
        one.ended_at
        for one in row.assignments
        if one.ended_at is not None and one.release_reason not in BREAKDOWNS
    ]
    if row.sent_at is None and row.classified_at is not None:
        return max([row.classified_at + INTERVIEW_ENDS, *left])
    return max([row.sent_at or row.opened_at, *left])


def of_engagement(row: EngagementRow, fix_at: datetime | None) -> Cause:
    """Since when a unit at work has not said where it is; its beginning there counts, too."""
    return Cause(
        kind="stale_position",
        about=row.key,
        since=row.since if fix_at is None else max(fix_at, row.since),
        grade="medium",
        number=row.number,
        incident=row.incident,
        unit=row.key,
    )
