"""Simulated crews: they accept, depart, arrive and clear, and report where they are.

Each step is derived from the incident's row on the board and the time, so a restart continues
where the crew was. A unit whose crew page somebody uses is left to that person: from the first
tap that is not ours on, the simulation only moves its position.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Store, UnitFix
from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack
from kentongan.core.commands import DeliverAlert, Envelope, ProgressUnit
from kentongan.core.events import UnitProgressed
from kentongan.core.plans import Plans
from kentongan.core.rows import Assignment, IncidentRow, UnitRow
from kentongan.core.words import Agent, AgentId, CommandId, Fix, Progress, Refused, Role, UnitId
from kentongan.demo.driving import Journey, drive

AGENT_PREFIX = "demo:"
"""Agents of the simulation; a tap by anybody else means that a person crews the unit."""

PARKED_FIX_S = 20.0
"""How often a parked unit reports its position: well within the limit for a stale one (30 s)."""

TAIL_EVENTS_MAX = 500

_WAIT_S = {
    Progress.ASSIGNED: 4.0,
    Progress.ACCEPTED: 8.0,
    Progress.ON_SCENE: 15.0,
    Progress.AT_PATIENT: 25.0,
    Progress.AT_HOSPITAL: 14.0,
    Progress.HANDED_OVER: 6.0,
}
_WORK_ON_SCENE_S = 60.0
"""Seconds a unit that carries nobody works on scene."""


class Crews:
    """All simulated crews of a city."""

    def __init__(self, store: Store, plans: Plans, pack: CityPack, speed_up: float = 4.0) -> None:
        self._store = store
        self._plans = plans
        self._speed_up = speed_up
        self._hospitals = {hospital.key: hospital.point for hospital in pack.hospitals}
        self._units: dict[str, UnitRow] = {}
        self._incidents: dict[str, IncidentRow] = {}
        self._where: dict[str, Point] = {}
        self._journeys: dict[str, Journey] = {}
        self._reported_at: dict[str, datetime] = {}
        self._human: set[tuple[str, str]] = set()
        self._silent_until: dict[str, datetime] = {}
        self._position = store.last_position()
        self._rows_position = 0
        self._is_held = False

    def step(self, now: datetime, *, is_held: bool = False) -> None:
        """Do everything that is due, and report positions; held, they tap nothing new."""
        self._is_held = is_held
        self._notice_people()
        self._read_rows()
        busy: set[str] = set()
        for incident in list(self._incidents.values()):
            for assignment in incident.assignments:
                unit = self._units.get(assignment.unit)
                if assignment.open and unit is not None and unit.demo:
                    busy.add(assignment.unit)
                    self._work(incident, assignment, unit, now)
        for key, unit in self._units.items():
            if key not in busy and unit.demo:
                self._go(key, unit.home, now)
        self._report(now)

    def silence(self, unit: str, until: datetime) -> None:
        """Let that vehicle report no position until then; it goes on driving."""
        self._silent_until[unit] = until

    def _notice_people(self) -> None:
        for recorded in self._store.tail(self._position, TAIL_EVENTS_MAX):
            self._position = recorded.meta.position
            event = recorded.event
            if isinstance(event, UnitProgressed) and not recorded.meta.agent.startswith(
                AGENT_PREFIX
            ):
                self._human.add((recorded.meta.stream.partition(":")[2], event.unit))

    def _read_rows(self) -> None:
        for board_row in self._store.rows(after=self._rows_position):
            self._rows_position = max(self._rows_position, board_row.position)
            row = board_row.row
            if isinstance(row, UnitRow):
                self._units[row.key] = row
            elif isinstance(row, IncidentRow):
                self._incidents[row.key] = row
                if row.state == "closed":
                    del self._incidents[row.key]

    def _work(
        self, incident: IncidentRow, assignment: Assignment, unit: UnitRow, now: datetime
    ) -> None:
        if assignment.alert_delivered_at is None:
            shown = DeliverAlert(incident=incident.key, unit=unit.key, channel="demo")
            began = assignment.progress_at[Progress.ASSIGNED].timestamp()
            self._send(assignment, shown, f"{incident.key}/{unit.key}/{began}/alert", unit, now)
        self._move(incident, assignment, unit, now)
        if (incident.key, unit.key) in self._human:
            return
        following = None if self._is_held else self._next(assignment, unit, now)
        if following is not None:
            hospital = (
                self._nearest_hospital(self._place(unit))
                if following is Progress.TRANSPORTING
                else None
            )
            began = assignment.progress_at[Progress.ASSIGNED].timestamp()
            self._send(
                assignment,
                ProgressUnit(
                    incident=incident.key,
                    unit=unit.key,
                    progress=following,
                    fix=Fix(point=self._place(unit), at=now, accuracy_m=8.0),
                    destination=hospital,
                ),
                f"{incident.key}/{unit.key}/{began}/{following}",
                unit,
                now,
            )

    def _next(self, assignment: Assignment, unit: UnitRow, now: datetime) -> Progress | None:
        """The step that is due now, or None."""
        progress = assignment.progress
        since = assignment.progress_at[progress]
        journey = self._journeys.get(unit.key)
        arrived = journey is None or now >= journey.arrives_at
        carries = "transport" in unit.capabilities
        waited = (now - since).total_seconds()
        match progress:
            case Progress.ASSIGNED if waited >= _WAIT_S[progress]:
                return Progress.ACCEPTED
            case Progress.ACCEPTED if waited >= _WAIT_S[progress]:
                return Progress.DEPARTED
            case Progress.DEPARTED if arrived:
                return Progress.ON_SCENE
            case Progress.ON_SCENE if carries and waited >= _WAIT_S[progress]:
                return Progress.AT_PATIENT
            case Progress.ON_SCENE if not carries and waited >= _WORK_ON_SCENE_S:
                return Progress.CLEAR
            case Progress.AT_PATIENT if waited >= _WAIT_S[progress]:
                return Progress.TRANSPORTING
            case Progress.TRANSPORTING if arrived:
                return Progress.AT_HOSPITAL
            case Progress.AT_HOSPITAL if waited >= _WAIT_S[progress]:
                return Progress.HANDED_OVER
            case Progress.HANDED_OVER if waited >= _WAIT_S[progress]:
                return Progress.CLEAR
            case _:
                return None

    def _move(
        self, incident: IncidentRow, assignment: Assignment, unit: UnitRow, now: datetime
    ) -> None:
        """Start the drive that belongs to the assignment's progress, once."""
        if assignment.progress is Progress.DEPARTED:
            if incident.place is not None and incident.place.point is not None:
                self._go(unit.key, incident.place.point, now)
        elif assignment.progress is Progress.TRANSPORTING:
            goal = self._hospitals.get(assignment.destination or "")
            if goal is not None:
                self._go(unit.key, goal, now)

    def _go(self, key: str, goal: Point, now: datetime) -> None:
        here = self._place(self._units[key])
        under_way = self._journeys.get(key)
        if (under_way is not None and under_way.goal == goal) or here == goal:
            return
        start = under_way.position(now) if under_way is not None else here
        self._journeys[key] = drive(start, goal, now, self._speed_up)

    def _report(self, now: datetime) -> None:
        fixes: list[UnitFix] = []
        for key, unit in self._units.items():
            if not unit.demo or self._silent_until.get(key, now) > now:
                continue
            journey = self._journeys.get(key)
            heading = None
            if journey is not None:
                self._where[key] = journey.position(now)
                heading = journey.heading_deg
                if now >= journey.arrives_at:
                    del self._journeys[key]
            reported = self._reported_at.get(key)
            if journey is None and reported and now - reported < timedelta(seconds=PARKED_FIX_S):
                continue
            self._reported_at[key] = now
            fix = Fix(point=self._place(unit), at=now, accuracy_m=8.0, heading_deg=heading)
            fixes.append(UnitFix(unit=UnitId(key), fix=fix, received_at=now))
        if fixes:
            self._store.put_fixes(fixes)

    def _place(self, unit: UnitRow) -> Point:
        return self._where.setdefault(unit.key, unit.home)

    def _nearest_hospital(self, here: Point) -> str | None:
        found: Iterable[str] = sorted(
            self._hospitals, key=lambda key: distance_m(here, self._hospitals[key])
        )
        return next(iter(found), None)

    def _send(
        self,
        assignment: Assignment,
        command: DeliverAlert | ProgressUnit,
        key: str,
        unit: UnitRow,
        now: datetime,
    ) -> None:
        agent = Agent(
            id=AgentId(f"{AGENT_PREFIX}{unit.key}"),
            name=f"{unit.label} (simulasi)",
            roles=(Role.CREW,),
            agency=assignment.agency,
            unit=unit.key,
        )
        envelope = Envelope(id=CommandId(f"demo/{key}"), agent=agent, command=command)
        try:
            handle(self._store, self._plans, envelope, now)
        except (Refused, Busy):
            return  # somebody else was first, or it is tried again at the next step
