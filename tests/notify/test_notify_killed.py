"""A process that is killed while it sends: at most one copy more, soon, and the ledger says so."""

import os
import socket
import subprocess
from datetime import timedelta

from notify_room import AMB03, CREW_PHONE, NOON, Fake, Room

from kentongan.core.ladder import Rung
from kentongan.edge.notify import ledger
from kentongan.notify_settings import NotifySettings
from kentongan.store.deliveries import Delivery

SMS_ONLY = NotifySettings(ladder=(Rung(ways=("sms",), wait_s=30.0),))


def test_notify_a_killed_process_sends_one_copy_more_and_says_so(room: Room) -> None:
    """Killed between the first octet and the answer, again and again: two messages, not more."""
    room.crew()
    sent = 0
    for _ in range(4):
        sms = Fake("sms")
        notify = room.notify(SMS_ONLY, sms=[sms])
        if sent == 0:
            room.send_incident()
            room.assign()
        lane = notify.lanes[0]
        lane._deliveries = _Forgetful(lane._deliveries)  # type: ignore[assignment]
        for _ in range(80):
            room.turn(1)
        sent += sum(letter.to == CREW_PHONE for letter in sms.sent)
    assert sent == 2
    letter = next(one for one in room.letters() if one.unit == AMB03)
    assert letter.may_be_twice
    assert (letter.state, letter.why) == ("failed", "unsure_twice")
    assert [one.outcome for one in letter.attempts] == ["unsure", "unsure"]


def test_notify_what_a_killed_predecessor_was_sending_goes_at_once(room: Room) -> None:
    """Of this machine and gone: now. Of another machine, or still there: when it is late."""
    room.crew()
    ended = subprocess.Popen(["true"])
    ended.wait()
    here = socket.gethostname()
    sms = Fake("sms")
    notify = room.notify(SMS_ONLY, sms=[sms])
    for key, by in (("gone", f"{here}/{ended.pid}"), ("own", f"{here}/{os.getpid()}")):
        room.store.deliveries.add(_half_sent(key, by))
    room.store.deliveries.add(_half_sent("far", f"elsewhere/{ended.pid}"))
    room.store.deliveries.add(_half_sent("unsaid", ""))
    for lane in notify.lanes:
        lane.take_over()
    for _ in range(10):
        room.turn(1)
    assert [letter.id for letter in sms.sent] == ["gone"]
    for _ in range(80):
        room.turn(1)
    assert sorted(letter.id for letter in sms.sent) == ["far", "gone", "own", "unsaid"]
    assert all(one.may_be_twice for one in room.letters())


def _half_sent(key: str, by: str) -> Delivery:
    letter = Delivery(
        id=key,
        way="sms",
        contact="c",
        label="C",
        to=CREW_PHONE,
        text="t",
        made_at=NOON,
        expires_at=NOON + timedelta(seconds=300),
        due_at=NOON,
        state="waiting",
        about="test",
    )
    return ledger.begun(letter, "sms", NOON, by)


class _Forgetful:
    """A process that is killed before it writes down what the gateway answered."""

    def __init__(self, inner: object) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def change(self, delivery: object, revision: int) -> bool:
        """All but the answer."""
        if delivery.state == "accepted":  # type: ignore[attr-defined]
            return True
        return self._inner.change(delivery, revision)  # type: ignore[attr-defined]
