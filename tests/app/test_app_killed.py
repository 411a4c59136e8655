"""Killed anywhere, started again: nothing is lost and nothing happens twice.

A short evening is played once undisturbed and then once for every point at which its process can
die: before and after every reading, writing and commit. Each time the journal must say the same.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from app_scene import AMBULANCE, DEWI, NOW, ONE, PLACE, SYSTEM

from kentongan.app.handle import handle
from kentongan.app.ports import Store, Unavailable
from kentongan.app.worker import Worker
from kentongan.core.commands import (
    AcknowledgeTask,
    AnyCommand,
    AssignUnit,
    ClassifyIncident,
    CloseIncident,
    Envelope,
    LocateIncident,
    OpenIncident,
    OpenReport,
    ProgressUnit,
    SendIncident,
    StartUnitDuty,
)
from kentongan.core.plans import Plans
from kentongan.core.policy import AlertCrewEffect, AnyEffect, NotifyAgencyEffect
from kentongan.core.words import (
    AgencyKey,
    Agent,
    CommandId,
    NatureCode,
    Outcome,
    Progress,
    ReportId,
)
from kentongan.sim.fate import FatedStore, Killed, Moment
from kentongan.store.memory import MemoryStore

UNIT = AMBULANCE.unit
DINKES = AgencyKey("dinkes")

EVENING: tuple[tuple[int, Agent, AnyCommand], ...] = (
    (0, SYSTEM, AMBULANCE),
    (0, DEWI, StartUnitDuty(unit=UNIT)),
    (1, DEWI, OpenReport(report=ReportId("r"))),
    (2, DEWI, OpenIncident(incident=ONE, report=ReportId("r"))),
    (3, DEWI, LocateIncident(incident=ONE, place=PLACE)),
    (4, DEWI, ClassifyIncident(incident=ONE, nature=NatureCode("MED-02"))),
    (5, DEWI, SendIncident(incident=ONE)),
    (9, DEWI, AssignUnit(incident=ONE, unit=UNIT, agency=DINKES)),
    (220, DEWI, AcknowledgeTask(incident=ONE, agency=DINKES)),
    (220, DEWI, ProgressUnit(incident=ONE, unit=UNIT, progress=Progress.CLEAR)),
    (240, DEWI, CloseIncident(incident=ONE, outcome=Outcome.RESOLVED)),
)
"""Seconds after `NOW`, who, what."""

LAST_S = 280
STEP_S = 20
"""The worker looks every so many seconds; after `LAST_S` nothing is due any more."""


class Siren:
    """Reaches crews always and agencies never."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def deliver(self, effect: AnyEffect) -> str:
        """By siren."""
        match effect:
            case AlertCrewEffect(unit=unit):
                self.rung.append(unit)
                return "siren"
            case NotifyAgencyEffect():
                raise Unavailable("fax")


def play(store: Store, plans: Plans, siren: Siren) -> None:
    """The evening on a store that may kill whoever uses it."""
    left = list(enumerate(EVENING))
    for second in range(0, LAST_S, STEP_S):
        while left and left[0][1][0] <= second:
            number, (at_s, agent, command) = left.pop(0)
            envelope = Envelope(id=CommandId(f"e{number}"), agent=agent, command=command)
            until_done(lambda e=envelope, s=at_s: handle(store, plans, e, after(s)))
        work(store, plans, siren, after(second))


def after(seconds: int) -> datetime:
    """That many seconds into the evening."""
    return NOW + timedelta(seconds=seconds)


def until_done(action: Callable[[], object]) -> None:
    """What anybody does who got no answer: the same again."""
    try:
        action()
    except Killed:
        action()


def work(store: Store, plans: Plans, siren: Siren, now: datetime) -> None:
    """The work process at that moment, until it has nothing to do; a new one when it dies."""
    worker = Worker(store, plans, siren)
    while True:
        try:
            if not worker.step(now):
                return
        except Killed:
            worker = Worker(store, plans, siren)


def story(store: Store) -> dict[str, list[str]]:
    """What every command led to, whatever the order; events of the same command in order."""
    told: dict[str, list[str]] = {}
    for recorded in store.tail(0, 10_000):
        told.setdefault(str(recorded.command), []).append(repr(recorded.event))
    return {command: told[command] for command in sorted(told)}


def test_app_killed_at_every_point(plans: Plans) -> None:
    """Same facts, each once, wherever the process died; the crew rang once or, after a death
    between ringing and writing it down, twice."""
    calm = MemoryStore(lambda: bytes(16))
    points = 0

    def count(_: Moment) -> None:
        nonlocal points
        points += 1

    siren = Siren()
    play(FatedStore(calm, count), plans, siren)
    expected = story(calm)
    assert siren.rung == [UNIT]
    assert points > 200

    for deadly in range(1, points + 1):
        store = MemoryStore(lambda: bytes(16))
        siren = Siren()
        play(FatedStore(store, kill_at(deadly)), plans, siren)
        assert story(store) == expected, f"killed at point {deadly} of {points}"
        assert siren.rung in ([UNIT], [UNIT, UNIT])
        last = store.last_position()
        assert store.cursor("reactions") == store.cursor("effects") == last


def kill_at(deadly: int) -> Callable[[Moment], None]:
    """Dies at that point, once."""
    point = 0

    def fate(_: Moment) -> None:
        nonlocal point
        point += 1
        if point == deadly:
            raise Killed

    return fate


def test_app_evening_says_what_it_should(plans: Plans) -> None:
    """The undisturbed evening: asked, alerted, escalated twice, given up once, closed."""
    store = MemoryStore(lambda: bytes(16))
    play(store, plans, Siren())
    kinds = [type(recorded.event).__name__ for recorded in store.tail(0, 10_000)]
    assert kinds.count("AgencyTasked") == 1 + len(plans.natures["MED-02"].support)
    assert kinds.count("AlertDelivered") == 1
    assert kinds.count("AlertEscalated") == 1
    assert kinds.count("TaskEscalated") == 2 * kinds.count("AgencyTasked")
    assert kinds.count("ReportAttached") == 1
    assert kinds[-1] == "IncidentClosed"
