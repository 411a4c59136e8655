"""Dispatchers, agency officers and crews: who is sent, who says yes, who drives.

Two dispatchers look at the same board at the same instant and want the same nearest unit, because
that is what happens. Officers and crews see only what the rules let them see; a crew's phone loses
its network and tells later.
"""

from collections.abc import Iterator
from datetime import timedelta

from kentongan.cities.facts import Point
from kentongan.core.commands import (
    AcknowledgeTask,
    AnyCommand,
    AssignUnit,
    CloseIncident,
    CompleteTask,
    HandOverTask,
    MergeIncident,
    PreAlertUnit,
    ProgressUnit,
    RefuseTask,
    ReleaseUnit,
    ReturnUnitToService,
    SendMessage,
    StartAgencyDuty,
    StartDuty,
    TakeAlarm,
    TakeUnitOutOfService,
)
from kentongan.core.redaction import redact
from kentongan.core.rows import AlarmRow, EngagementRow, IncidentRow, Task, UnitRow
from kentongan.core.words import (
    AgencyKey,
    Agent,
    DeskKey,
    Fix,
    Outcome,
    Personal,
    Progress,
    TaskState,
    UnitId,
)
from kentongan.sim.room import Room
from kentongan.sim.story import Ask, Story

DISPATCH_S = 2.0
"""All dispatchers look up at the same instant, so that they collide."""

TAKES_ALARM = 0.2
"""Share of looks at which a dispatcher takes an alarm that nobody has."""

SAYS = 0.05
"""Share of looks at which a dispatcher tells somebody to get ready, or a few words."""

STEPS = tuple(Progress)
WAITING = (TaskState.TASKED, TaskState.NOTIFIED)
UNWILLING = (TaskState.HANDED_OVER, TaskState.REFUSED)


def dispatcher(room: Room, desk: DeskKey, number: int) -> Story:
    """A shift: every two seconds the one thing that is most urgent, if there is one."""
    yield Ask(StartDuty(desk=desk))
    while True:
        yield DISPATCH_S - room.clock.now_s % DISPATCH_S
        alarm = _nobodys_alarm(room)
        if alarm is not None and room.random.random() < TAKES_ALARM:
            yield Ask(TakeAlarm(alarm=alarm.key))
        if room.random.random() < SAYS and (said := _words_for(room)) is not None:
            yield Ask(said)
        command = next(_wishes(room, number), None)
        if command is not None:
            yield Ask(command)


def _nobodys_alarm(room: Room) -> AlarmRow | None:
    """The first on everybody's list."""
    found = [
        row
        for row in room.board.by_kind.get("alarm", {}).values()
        if isinstance(row, AlarmRow) and row.owner is None
    ]
    return min(found, key=lambda row: (row.since, row.key), default=None)


def _words_for(room: Room) -> AnyCommand | None:
    """For a unit on the first open incident a message, for any other unit that it may be next."""
    row = next((one for one in _incidents(room) if one.state == "open"), None)
    units = [one for one in room.board.by_kind.get("unit", {}).values() if isinstance(one, UnitRow)]
    if row is None or not units:
        return None
    unit = room.random.choice(units).key
    if any(one.unit == unit and one.open for one in row.assignments):
        return SendMessage(incident=row.key, unit=unit, text=Personal(text="lewat belakang"))
    return PreAlertUnit(unit=unit, incident=row.key, number=row.number)


def _wishes(room: Room, number: int) -> Iterator[AnyCommand]:
    """Each dispatcher begins at another end of the list."""
    incidents = [row for row in _incidents(room) if row.state == "open"]
    for row in incidents if number % 2 == 0 else reversed(incidents):
        wish = _wish_for(room, row)
        if wish is not None:
            yield wish


def _wish_for(room: Room, row: IncidentRow) -> AnyCommand | None:
    working = [one for one in row.assignments if one.open]
    silent = [one for one in working if one.escalated_at and one.progress is Progress.ASSIGNED]
    if silent and room.random.random() < 0.3:
        return ReleaseUnit(incident=row.key, unit=silent[0].unit, reason="no_answer")
    if working and room.unlucky(0.02):
        return CloseIncident(incident=row.key, outcome=Outcome.RESOLVED)
    twin = None if working else _older_twin(room, row)
    if twin is not None:
        return MergeIncident(incident=row.key, into=twin.key)
    served = [one for one in row.assignments if not one.released]
    if len(served) < _wanted(room, row):
        assignment = _assignment(room, row)
        if assignment is not None or not served:
            return assignment
    if not working:
        return CloseIncident(incident=row.key, outcome=Outcome.RESOLVED)
    return None


def _older_twin(room: Room, row: IncidentRow) -> IncidentRow | None:
    """Two call-takers opened the same happening at the same time."""
    here = row.place.point if row.place else None
    for other in _incidents(room):
        is_older = other.state == "open" and other.number < row.number
        if is_older and other.place is not None and other.place.point == here:
            return other
    return None


def _wanted(room: Room, row: IncidentRow) -> int:
    about = room.told.get(row.key.removesuffix("-i"))
    return about.units_wanted if about is not None else 1


def _assignment(room: Room, row: IncidentRow) -> AnyCommand | None:
    """The nearest unit of a tasked agency that the screen shows as free."""
    tasked = {task.agency for task in row.tasks if task.state not in UNWILLING}
    engaged = room.board.by_kind.get("engagement", {})
    free = [
        unit
        for unit in room.board.by_kind.get("unit", {}).values()
        if isinstance(unit, UnitRow)
        and unit.state == "available"
        and unit.key not in engaged
        and unit.agency in tasked
    ]
    point = row.place.point if row.place else None
    if not free or point is None:
        return None
    nearest = min(free, key=lambda unit: (_square(unit.home, point), unit.key))
    return AssignUnit(incident=row.key, unit=nearest.key, agency=nearest.agency, rank=1)


def _square(one: Point, other: Point) -> float:
    return (one.lat - other.lat) ** 2 + (one.lon - other.lon) ** 2


def officer(room: Room, agent: Agent, agency: AgencyKey, others: tuple[AgencyKey, ...]) -> Story:
    """Watches the inbox; answers mostly, and sometimes only after a long while."""
    yield Ask(StartAgencyDuty(agency=agency))
    while True:
        yield room.random.uniform(60.0, 200.0) if room.unlucky(0.1) else room.random.uniform(4, 10)
        for row in _incidents(room):
            seen = redact(row, agent, room.board.find)
            if isinstance(seen, IncidentRow) and seen.state != "closed":
                command = _answer_for(room, seen, agency, others)
                if command is not None:
                    yield Ask(command)


def _answer_for(
    room: Room, row: IncidentRow, agency: AgencyKey, others: tuple[AgencyKey, ...]
) -> AnyCommand | None:
    task = next((task for task in row.tasks if task.agency == agency), None)
    if task is None:
        return None
    if task.state in WAITING:
        return _first_answer(room, row, task, others)
    done = row.assignments and not any(one.open for one in row.assignments)
    if done and task.state is TaskState.ACKNOWLEDGED:
        return CompleteTask(incident=row.key, agency=agency)
    return None


def _first_answer(
    room: Room, row: IncidentRow, task: Task, others: tuple[AgencyKey, ...]
) -> AnyCommand:
    if task.role == "support" and room.random.random() < 0.1:
        return RefuseTask(incident=row.key, agency=task.agency, reason="no_crew")
    if task.role == "support" and others and room.random.random() < 0.1:
        other = room.random.choice(others)
        return HandOverTask(incident=row.key, agency=task.agency, to=other, reason="nearer")
    return AcknowledgeTask(incident=row.key, agency=task.agency)


def crew(room: Room, agent: Agent, unit: UnitId) -> Story:
    """A unit's crew: works when the phone shows work, otherwise breaks down now and then."""
    while True:
        yield room.random.uniform(60.0, 150.0) if room.unlucky(0.03) else room.random.uniform(2, 6)
        engaged = room.board.find("engagement", unit)
        shown = redact(engaged, agent, room.board.find) if engaged else None
        if isinstance(shown, EngagementRow):
            yield from _next_step(room, shown)
        elif room.unlucky(0.02):
            yield Ask(TakeUnitOutOfService(unit=unit, reason="flat_tyre"))
            yield room.random.uniform(10.0, 40.0)
            yield Ask(ReturnUnitToService(unit=unit))


def _next_step(room: Room, work: EngagementRow) -> Story:
    skipped = 2 if room.random.random() < 0.3 else 1
    place = min(STEPS.index(work.progress) + skipped, len(STEPS) - 1)
    done_at_s = room.clock.now_s
    if room.unlucky(0.2):
        yield room.random.uniform(5.0, 60.0)  # no network: the tap waits in the phone
    wrong_s = room.random.choice((0.0, 0.0, 0.0, -86_400.0, 7_200.0))  # the phone's own clock
    at = room.clock.now() + timedelta(seconds=wrong_s)
    fix = Fix(point=Point(lat=-6.99, lon=110.42), at=at)
    command = ProgressUnit(incident=work.incident, unit=work.key, progress=STEPS[place], fix=fix)
    yield Ask(command, done_at_s=done_at_s)
    if room.unlucky(0.05):
        yield Ask(command)  # a second tap on the same button


def _incidents(room: Room) -> list[IncidentRow]:
    rows = room.board.by_kind.get("incident", {}).values()
    return [row for row in rows if isinstance(row, IncidentRow)]
