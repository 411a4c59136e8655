"""Reactions, timers, effects and the loop around them."""

import itertools
import threading

import pytest
from app_scene import (
    DEWI,
    NOW,
    ONE,
    OTHER,
    Post,
    Send,
    after,
    assign,
    count,
    exhaust,
    incident,
    open_and_send,
)

from kentongan.app import react
from kentongan.app.effects import CURSOR, Effects
from kentongan.app.follow import STATES_MAX, States
from kentongan.app.ports import Store, Unavailable
from kentongan.app.react import Reactions
from kentongan.app.timers import Timers
from kentongan.app.worker import BEAT, CRASHES_MAX, PAUSE_MAX_S, SET_ASIDE, Worker
from kentongan.core.commands import (
    AcknowledgeTask,
    AddNote,
    EscalateTask,
    LinkReport,
    MergeIncident,
    OpenIncident,
    OpenReport,
    ProgressUnit,
)
from kentongan.core.events import AlertDelivered, AlertEscalated, ReportLinked, TaskEscalated
from kentongan.core.plans import Plans
from kentongan.core.policy import AlertCrewEffect, AnyEffect
from kentongan.core.rows import AlarmRow, ReportRow
from kentongan.core.streams import fold
from kentongan.core.words import (
    AgencyKey,
    IncidentId,
    Personal,
    Progress,
    Refused,
    ReportId,
    UnitId,
)
from kentongan.sim.fate import Fate, FatedStore, Moment

DINKES = AgencyKey("dinkes")


def test_app_sent_incident_tasks_its_agencies(send: Send, store: Store, plans: Plans) -> None:
    """What follows from an event names that event as its cause and is written by the system."""
    open_and_send(send, ONE)
    exhaust(Worker(store, plans, Post()), NOW)
    nature = plans.natures["MED-02"]
    assert {task.agency for task in incident(store).tasks} == {nature.lead, *nature.support}
    tasked = next(r for r in store.tail(0, 100) if r.command == "incident:one#4/task_dinkes")
    assert tasked.meta.because == "incident:one#4"
    assert tasked.meta.agent == "kentongan"


def test_app_merged_reports_move(send: Send, store: Store, plans: Plans) -> None:
    """Reactions that need a claim of the same transaction's stream find it free."""
    report = ReportId("r")
    send(OpenReport(report=report))
    send(OpenIncident(incident=ONE, report=report))
    send(OpenIncident(incident=OTHER))
    send(MergeIncident(incident=ONE, into=OTHER))
    exhaust(Worker(store, plans, Post()), NOW)
    assert incident(store, OTHER).reports == (report,)
    row = store.find_row("report", report)
    assert row is not None
    assert isinstance(row.row, ReportRow)
    assert row.row.incident == OTHER


def test_app_refused_reaction_holds_nothing_up(send: Send, store: Store, plans: Plans) -> None:
    """A report that does not exist cannot be attached; the reader goes on and counts it."""
    send(OpenIncident(incident=ONE, report=ReportId("ghost")))
    open_and_send(send, OTHER)
    reactions = Reactions(store, plans)
    while reactions.step(NOW):
        pass
    assert reactions.refused == 1
    assert store.cursor(react.CURSOR) == store.last_position()
    assert incident(store, OTHER).tasks


def test_app_busy_reaction_waits(send: Send, store: Store, plans: Plans) -> None:
    """When others keep writing to the stream, the cursor stays before the event until they stop."""
    open_and_send(send, ONE)
    busy = True

    def fate(moment: Moment) -> None:
        if moment is Moment.WRITE and busy and store.cursor(react.CURSOR) == 0:
            send(AddNote(incident=ONE, text=Personal(text="x")))

    reactions = Reactions(FatedStore(store, fate), plans)
    reactions.step(NOW)
    assert not incident(store).tasks
    assert store.cursor(react.CURSOR) == 3
    busy = False
    while reactions.step(NOW):
        pass
    assert incident(store).tasks


def test_app_silence_escalates_once(
    send: Send, store: Store, plans: Plans, ambulance: UnitId
) -> None:
    """A timer fires when it is due, not before, and never again, also with another process."""
    open_and_send(send, ONE)
    send(assign(ONE, ambulance))
    exhaust(Worker(store, plans, Post()), NOW)
    limit_s = plans.limit_s("A-04", "P1")
    assert limit_s is not None
    exhaust(Worker(store, plans, Post()), after(limit_s - 1))
    assert count(store, AlertEscalated) == 0
    exhaust(Worker(store, plans, Post()), after(limit_s))
    assert count(store, AlertEscalated) == 1
    exhaust(Worker(store, plans, Post()), after(5_000))
    assert count(store, AlertEscalated) == 1
    assert store.next_due_at() is None


def test_app_timer_without_reason_is_quiet(
    send: Send, store: Store, plans: Plans, ambulance: UnitId
) -> None:
    """A crew that answered and an agency that said yes escalate nothing."""
    open_and_send(send, ONE)
    send(assign(ONE, ambulance))
    worker = Worker(store, plans, Post())
    exhaust(worker, NOW)
    send(ProgressUnit(incident=ONE, unit=ambulance, progress=Progress.ACCEPTED))
    for task in incident(store).tasks:
        send(AcknowledgeTask(incident=ONE, agency=task.agency))
    exhaust(worker, after(5_000))
    assert count(store, AlertEscalated) == count(store, TaskEscalated) == 0
    assert store.next_due_at() is None


def test_app_states_follow_and_forget(
    send: Send, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state after an event is the fold up to it, remembered or not, read again or not."""
    assert STATES_MAX >= 100
    monkeypatch.setattr("kentongan.app.follow.STATES_MAX", 1)
    for name in ("a", "b"):
        send(OpenIncident(incident=IncidentId(name)))
    for number in range(3):
        for name in ("a", "b", "b"):
            report = ReportId(f"{name}{number}{store.last_position()}")
            send(LinkReport(incident=IncidentId(name), report=report))
    states = States(store)
    events = list(store.tail(0, 100))
    assert sum(isinstance(recorded.event, ReportLinked) for recorded in events) == 9
    for recorded in [*events, *events[3:], events[-1]]:
        history = store.load(recorded.meta.stream)[: recorded.meta.version]
        expected = fold(recorded.meta.stream, [(r.event, r.meta) for r in history])
        assert states.after(recorded) == expected


class Stop(threading.Event):
    """Stops a loop after so many looks, so that no test waits for a clock."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.left = looks

    def is_set(self) -> bool:
        """One look fewer."""
        self.left -= 1
        return self.left < 0

    def wait(self, timeout: float | None = None) -> bool:
        """No waiting."""
        return timeout is None


def of_system(store: Store) -> list[AlarmRow]:
    """The board's alarms about the centre itself."""
    rows = [line.row for line in store.rows("alarm")]
    return [row for row in rows if isinstance(row, AlarmRow) and row.alarm_kind == "system"]


class Impatient(FatedStore):
    """A store whose doorbell is not waited for."""

    def wait(self, after: int, timeout_s: float) -> bool:
        """At once."""
        assert 0 < timeout_s <= PAUSE_MAX_S
        return self.last_position() > after


def impatient(store: Store, fate: Fate = lambda _: None) -> Store:
    """That store for a loop in a test."""
    return Impatient(store, fate)


def test_app_run_works_and_stops(send: Send, store: Store, plans: Plans, ambulance: UnitId) -> None:
    """The loop does what stepping does, and ends when told."""
    open_and_send(send, ONE)
    send(assign(ONE, ambulance))
    Worker(impatient(store), plans, Post()).run(lambda: NOW, Stop(8))
    assert count(store, AlertDelivered) == 1
    assert store.cursor(BEAT) == int(NOW.timestamp())


def test_app_run_sits_out_a_store_that_is_away(send: Send, store: Store, plans: Plans) -> None:
    """`Unavailable` ends nothing: the loop tries again until the store is back."""
    open_and_send(send, ONE)
    away = 5

    def fate(_: Moment) -> None:
        nonlocal away
        if away > 0:
            away -= 1
            raise Unavailable("store")

    Worker(impatient(store, fate), plans, Post()).run(lambda: NOW, Stop(15))
    assert incident(store).tasks


def test_app_run_sets_a_crashing_event_aside(
    send: Send, store: Store, plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in one incident's reaction is named and an alarm (A-11) until `work` is started anew,
    and help still goes to the others."""
    open_and_send(send, ONE)
    open_and_send(send, OTHER)
    real = react.reactions

    def faulty(event: object, meta: object, state: object, known: Plans) -> object:
        if getattr(meta, "event_id", "") == "incident:one#4":
            raise ZeroDivisionError
        return real(event, meta, state, known)  # type: ignore[arg-type]

    monkeypatch.setattr(react, "reactions", faulty)
    worker = Worker(impatient(store), plans, Post())
    seconds = itertools.count()
    worker.run(lambda: after(next(seconds)), Stop(4 * CRASHES_MAX))
    assert worker.set_aside == ["Reactions incident:one#4"]
    told = [(row.code, row.about, row.detail, row.to) for row in of_system(store)]
    about = "work_set_aside:Reactions"
    assert told == [("A-11", about, "incident:one#4", ("supervisor",))]
    worker.run(lambda: after(next(seconds)), Stop(4))
    assert store.cursor(SET_ASIDE) == 1
    Worker(impatient(store), plans, Post()).run(lambda: after(next(seconds)), Stop(4))
    assert (of_system(store), store.cursor(SET_ASIDE)) == ([], 0)
    assert not incident(store, ONE).tasks
    assert incident(store, OTHER).tasks


def test_app_crashing_timer_and_message_are_set_aside(
    send: Send, store: Store, plans: Plans, ambulance: UnitId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timers and messages are set aside one by one as well, the next ones are served."""
    open_and_send(send, ONE)
    send(assign(ONE, ambulance))
    reactions = Reactions(store, plans)
    while reactions.step(NOW):
        pass

    class Broken(Post):
        def deliver(self, effect: AnyEffect) -> str:
            if isinstance(effect, AlertCrewEffect):
                raise ZeroDivisionError
            return super().deliver(effect)

    effects = Effects(store, plans, Broken())
    with pytest.raises(ZeroDivisionError):
        effects.step(NOW)
    assert effects.set_aside() == "incident:one#6/alert_crew"
    effects.step(NOW)
    assert store.cursor(CURSOR) > 0
    assert all(task.notified_at for task in incident(store).tasks)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    timers = Timers(store, plans)
    with monkeypatch.context() as patch:
        patch.setattr("kentongan.app.timers.handle", fail)
        with pytest.raises(ZeroDivisionError):
            timers.step(after(5_000))
        first = timers.set_aside()
    assert first == "incident:one#6/escalate_alert"
    assert timers.step(after(5_000))
    assert count(store, AlertEscalated) == 0
    assert count(store, TaskEscalated) > 0


def test_app_people_cannot_act_as_the_system(send: Send) -> None:
    """A person who sends what only a timer may send is refused."""
    with pytest.raises(Refused, match="not_permitted"):
        send(EscalateTask(incident=ONE, agency=DINKES), agent=DEWI)
