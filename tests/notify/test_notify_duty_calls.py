"""The rung `call`: somebody on duty is telephoned, says yes with a key, or the ladder goes on."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec import structs
from notify_room import (
    AMB03,
    BOSS_PHONE,
    CREW_PHONE,
    DAMKAR,
    ONE,
    PIKET_PHONE,
    Fake,
    Room,
)

from kentongan.app.handle import handle
from kentongan.app.system import SYSTEM
from kentongan.core.call_rows import CallRow
from kentongan.core.commands import (
    AcknowledgeTask,
    ConnectCall,
    EndCall,
    Envelope,
    RingDuty,
    SignalCall,
)
from kentongan.core.ladder import Rung
from kentongan.core.plans import Plans
from kentongan.core.rows import Task
from kentongan.core.words import AgentId, CallId, Progress, Refused, TaskState
from kentongan.edge.notify import duty_calls
from kentongan.edge.notify.channel import NotSent
from kentongan.edge.notify.telephone import Telephone, call_of
from kentongan.notify_settings import NotifySettings
from kentongan.store.deliveries import Delivery
from kentongan.store.whole import WholeStore

LADDER = NotifySettings(
    ladder=(
        Rung(ways=("call",), wait_s=60.0),
        Rung(ways=("sms",), to="supervisor", wait_s=60.0),
    )
)


class Switch:
    """A switch that takes every wish, or says what the test lists; calls are rows at once."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.asked: list[RingDuty] = []
        self.answers: list[Mapping[str, Any] | NotSent] = []
        self.telephone: Telephone | None = None

    def ask(self, envelope: Envelope) -> Mapping[str, Any]:
        """One wish, or the end of one."""
        if isinstance(envelope.command, EndCall):
            handle(self.room.store, self.room.plans, envelope, self.room.now)
            return {"events": ["call.ended"]}
        assert isinstance(envelope.command, RingDuty)
        self.asked.append(envelope.command)
        answer = self.answers.pop(0) if self.answers else {"events": ["call.duty_rung"]}
        if isinstance(answer, NotSent):
            raise answer
        if "refused" not in answer:
            handle(self.room.store, self.room.plans, envelope, self.room.now)
        return answer

    def say(self, *commands: ConnectCall | SignalCall | EndCall) -> None:
        """What the telephone does."""
        for command in commands:
            self.room.do(command, SYSTEM)

    def ends(self, reason: str, call: CallId) -> None:
        """The call is over."""
        self.say(EndCall(call=call, by="switch", reason=reason))

    def lifts_and_presses(self, wish: RingDuty, keys: str) -> None:
        """Somebody lifts and presses these."""
        self.say(ConnectCall(call=wish.call), SignalCall(call=wish.call, keys=keys))


def telephones(room: Room, settings: NotifySettings = LADDER) -> tuple[Switch, Fake]:
    """The process, with a switch that rings and a gateway for SMS."""
    switch, sms = Switch(room), Fake("sms")
    switch.telephone = Telephone("telepon", room.store, switch.ask)
    room.notify(settings, call=[switch.telephone], sms=[sms])
    return switch, sms


def asked_damkar(room: Room) -> None:
    """The fire service is asked; its telephone on duty is registered, and a supervisor's."""
    room.contact("piket", agency=DAMKAR, always=True, phone=PIKET_PHONE)
    room.contact("boss", supervisor=True, always=True, phone=BOSS_PHONE)
    room.send_incident(agency=DAMKAR)


def task(room: Room) -> Task:
    """What the fire service is asked."""
    return next(one for one in room.incident().tasks if one.agency == DAMKAR)


def calls(room: Room) -> list[Delivery]:
    """The calls of the ledger about the fire service."""
    return [one for one in room.letters() if one.way == "call" and one.agency == DAMKAR]


def test_notify_duty_a_key_takes_the_task(room: Room) -> None:
    """On record with who, when and how; the screens say that they are telephoned."""
    asked_damkar(room)
    switch, sms = telephones(room)
    room.turn()
    (wish,) = [one for one in switch.asked if one.agency == DAMKAR]
    assert wish.number.text == PIKET_PHONE
    assert (wish.incident, wish.unit, wish.label) == (ONE, None, "Piket")
    room.turn(1)
    ringing = task(room).ringing
    assert ringing is not None
    assert (ringing.label, ringing.outcome, ringing.tries) == ("Piket", None, 1)
    room.now += timedelta(seconds=5)
    switch.lifts_and_presses(wish, "5")
    switch.ends("acknowledged", wish.call)
    pressed_at = room.now
    room.turn(2)
    assert task(room).state is TaskState.ACKNOWLEDGED
    assert task(room).acknowledged_at == pressed_at
    ringing = task(room).ringing
    assert ringing is not None
    assert ringing.outcome == "acknowledged"
    told = room.store.load(f"incident:{ONE}")
    (yes,) = [one.meta for one in told if type(one.event).__name__ == "TaskAcknowledged"]
    assert (yes.agent, yes.agent_name) == ("telephone:piket", "Piket (telepon)")
    (kept,) = calls(room)
    assert (kept.state, [one.outcome for one in kept.attempts]) == ("read", ["read"])
    for _ in range(10):
        room.turn(30)
    assert sms.sent == []
    assert len([one for one in switch.asked if one.agency == DAMKAR]) == 1


def test_notify_duty_a_key_lets_the_telephone_go_once_it_was_taken(room: Room) -> None:
    """The line that is let go is the yes that the officer hears."""
    asked_damkar(room)
    switch, _ = telephones(room)
    room.turn()
    (wish,) = [one for one in switch.asked if one.agency == DAMKAR]
    switch.lifts_and_presses(wish, "5")
    room.turn(1)
    assert task(room).state is TaskState.ACKNOWLEDGED
    assert calls(room)[0].state == "read"
    assert row_of(room, wish).state == "answered"
    assert switch.telephone is not None
    switch.telephone.tend()
    row = row_of(room, wish)
    assert (row.state, row.duty and row.duty.outcome) == ("ended", "acknowledged")


def test_notify_duty_a_key_that_is_refused_is_no_answer(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody read it: the ladder goes on at once, and the officer hears the announcement again."""
    asked_damkar(room)
    switch, sms = telephones(room)
    room.turn()
    (wish,) = [one for one in switch.asked if one.agency == DAMKAR]

    def refusing(store: WholeStore, plans: Plans, envelope: Envelope, now: datetime) -> object:
        if isinstance(envelope.command, AcknowledgeTask):
            raise Refused("not_permitted")
        return handle(store, plans, envelope, now)

    monkeypatch.setattr(duty_calls, "handle", refusing)
    switch.lifts_and_presses(wish, "5")
    room.turn(1)
    (kept,) = calls(room)
    assert (kept.state, kept.why) == ("failed", "not_taken")
    room.turn(1)
    assert {letter.to for letter in sms.sent} == {BOSS_PHONE}
    assert switch.telephone is not None
    switch.telephone.tend()
    assert row_of(room, wish).state == "answered", "the announcement goes on"
    switch.ends("not_taken", wish.call)
    room.turn(1)
    ringing = task(room).ringing
    assert ringing is not None
    assert (ringing.outcome, task(room).acknowledged_at) == ("not_taken", None)


def test_notify_duty_not_reached_goes_on_at_once(room: Room) -> None:
    """Busy: the supervisor is told within the moment, and the ledger says why."""
    asked_damkar(room)
    switch, sms = telephones(room)
    room.turn()
    for wish in switch.asked:
        switch.ends("busy", wish.call)
    room.turn(1)
    room.turn(1)
    (kept,) = calls(room)
    assert (kept.state, kept.why) == ("failed", "busy")
    assert {letter.to for letter in sms.sent} == {BOSS_PHONE}
    ringing = task(room).ringing
    assert ringing is not None
    assert ringing.outcome == "busy"
    assert task(room).acknowledged_at is None


def test_notify_duty_lifting_is_no_yes(room: Room) -> None:
    """No key, or another: not reached."""
    asked_damkar(room)
    switch, _ = telephones(room)
    room.turn()
    (wish,) = [one for one in switch.asked if one.agency == DAMKAR]
    switch.lifts_and_presses(wish, "1")
    switch.ends("no_key", wish.call)
    room.turn(1)
    assert calls(room)[0].why == "no_key"
    assert task(room).acknowledged_at is None


def test_notify_duty_a_killed_process_rings_nobody_twice(room: Room) -> None:
    """It does not know how far it came: the same wish is the same call."""
    asked_damkar(room)
    switch, _ = telephones(room)
    room.turn()
    rung = [one.call for one in switch.asked]
    for kept in room.store.deliveries.latest(100):
        if kept.delivery.way == "call" and kept.delivery.state == "accepted":
            sending = _as_sending(kept.delivery)
            assert room.store.deliveries.change(sending, kept.revision)
    telephones_again, _ = telephones(room)
    telephones_again.asked = switch.asked
    room.turn(61)
    room.turn(5)
    assert [one.call for one in switch.asked] == rung
    for call in rung:
        switch.ends("no_answer", call)
    room.turn(1)
    assert {one.why for one in calls(room)} == {"no_answer"}


def _as_sending(delivery: Delivery) -> Delivery:
    """As the ledger stands when a process dies between the wish and the answer."""
    last = structs.replace(delivery.attempts[-1], outcome="sending", ids=(), outcome_at=None)
    return structs.replace(
        delivery,
        state="sending",
        attempts=(last,),
        due_at=delivery.attempts[-1].at + timedelta(seconds=60),
    )


def test_notify_duty_not_now_is_asked_again(room: Room) -> None:
    """All lines are kept for callers: the wish waits, and the gateway is not at fault."""
    asked_damkar(room)
    switch, _ = telephones(room)
    switch.answers = [{"refused": "lines_full", "details": {}}] * 2
    room.turn()
    room.turn(5)
    first = len(switch.asked)
    room.turn(8)
    assert len(switch.asked) > first
    (kept,) = calls(room)
    assert [one.why for one in kept.attempts][:1] == ["lines_full"]
    assert {one.state for one in room.store.deliveries.states()} <= {"ok", "untried"}


def test_notify_duty_people_are_rung_one_after_the_other(room: Room) -> None:
    """Who answers first is enough: the second telephone stays quiet."""
    room.contact("piket", agency=DAMKAR, always=True, phone=PIKET_PHONE)
    room.contact("wakil", agency=DAMKAR, always=True, phone="+6281200000009")
    room.send_incident(agency=DAMKAR)
    switch, _ = telephones(room)
    room.turn()
    mine = [one for one in switch.asked if one.agency == DAMKAR]
    assert [one.contact for one in mine] == ["piket"]
    switch.lifts_and_presses(mine[0], "5")
    switch.ends("acknowledged", mine[0].call)
    for _ in range(6):
        room.turn(10)
    assert [one.contact for one in switch.asked if one.agency == DAMKAR] == ["piket"]
    assert {one.contact: one.state for one in calls(room)} == {
        "piket": "read",
        "wakil": "cancelled",
    }


def test_notify_duty_a_crew_accepts_with_a_key(room: Room) -> None:
    """With the crew's rights, for its own unit; the room knows that the alert arrived."""
    room.crew()
    room.send_incident()
    room.assign()
    switch, _ = telephones(room)
    room.turn()
    (wish,) = [one for one in switch.asked if one.unit == AMB03]
    assert wish.number.text == CREW_PHONE
    switch.lifts_and_presses(wish, "5")
    room.turn(1)
    (assignment,) = room.incident().assignments
    assert assignment.progress is Progress.ACCEPTED
    switch.ends("acknowledged", wish.call)
    room.turn(1)
    assert room.incident().assignments[0].alert_delivered_at is not None


def test_notify_duty_a_supervisors_key_answers_for_no_agency(room: Room) -> None:
    """It stands in the ledger that they heard it; the task waits on."""
    room.contact("boss", supervisor=True, always=True, phone=BOSS_PHONE)
    room.send_incident(agency=DAMKAR)
    rungs = (Rung(ways=("call",), to="supervisor", wait_s=60.0),)
    switch, _ = telephones(room, NotifySettings(ladder=rungs))
    room.turn()
    (wish,) = [one for one in switch.asked if one.agency == DAMKAR]
    switch.lifts_and_presses(wish, "5")
    switch.ends("acknowledged", wish.call)
    room.turn(1)
    assert task(room).acknowledged_at is None
    assert [one.state for one in calls(room) if one.contact == "boss"] == ["read"]


def test_notify_duty_a_key_for_what_was_answered_changes_nothing(room: Room) -> None:
    """An officer tapped meanwhile: their word stands, with their time."""
    asked_damkar(room)
    switch, _ = telephones(room)
    room.turn()
    (wish,) = [one for one in switch.asked if one.agency == DAMKAR]
    room.do(AcknowledgeTask(incident=ONE, agency=DAMKAR))
    answered_at = task(room).acknowledged_at
    switch.lifts_and_presses(wish, "5")
    switch.ends("acknowledged", wish.call)
    room.turn(3)
    assert task(room).acknowledged_at == answered_at
    told = room.store.load(f"incident:{ONE}")
    assert {one.meta.agent for one in told if type(one.event).__name__ == "TaskAcknowledged"} == {
        AgentId("dewi")
    }


def test_notify_duty_the_calls_name_is_the_deliverys() -> None:
    """Whoever asks, and however often."""
    assert call_of("task/one/damkar/1/2/call/piket") == call_of("task/one/damkar/1/2/call/piket")
    assert call_of("a") != call_of("b")


def test_notify_duty_a_telephone_does_not_ring_on_for_nothing(room: Room) -> None:
    """The officer tapped on the screen while it rang: the switch is asked to end the call, once."""
    asked_damkar(room)
    switch, _ = telephones(room)
    room.turn()
    (wish,) = [one for one in switch.asked if one.agency == DAMKAR]
    room.turn(2)
    assert switch.telephone is not None
    switch.telephone.tend()
    assert row_of(room, wish).state == "calling"
    room.do(AcknowledgeTask(incident=ONE, agency=DAMKAR))
    room.turn(1)
    switch.telephone.tend()
    duty = row_of(room, wish).duty
    assert duty is not None
    assert duty.outcome == "cancelled"
    room.turn(1)
    assert calls(room)[0].why == "cancelled"


def row_of(room: Room, wish: RingDuty) -> CallRow:
    """The call as the board has it."""
    found = room.store.find_row("call", wish.call)
    assert found is not None
    assert isinstance(found.row, CallRow)
    return found.row
