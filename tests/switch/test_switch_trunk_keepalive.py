"""Whether trunks answer: a fake clock, a recording stack, and every way a trunk can be silent."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.keepalive import (
    ANSWER_S_MAX,
    DOWN_PERIOD_S,
    Keepalive,
    TrunkHealth,
    target_of,
)
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.names import Names
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.registering import RegistrationHealth
from kentongan.edge.switch.tls import CertificateState
from kentongan.edge.switch.trunk_side import alarms_of
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip import events
from kentongan.sip.address import Address, Transport

START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
FIRST = Trunk(key="first", host="192.0.2.1", label="First")
SECOND = Trunk(key="second", host="192.0.2.2", transport="tls", port=5071)


class Room:
    """Trunks, time, and what was asked."""

    def __init__(self, *trunks: Trunk, names: dict[str, tuple[str, ...]] | None = None) -> None:
        self.gate = Gate(trunks)
        self.known = names or {}
        self.notices = Notices()
        self.names = Names(self.gate, self.notices, self._resolve)
        asyncio.run(self.names.refresh())
        self.asked: list[tuple[str, Address, Transport]] = []
        self.keepalive = Keepalive(self.gate, self.names, self)
        self.now = 0.0

    async def _resolve(self, name: str) -> tuple[str, ...]:
        if name not in self.known:
            raise OSError("no such name")
        return self.known[name]

    def options(
        self, target: str, *, now: float, peer: Address, transport: Transport = Transport.UDP
    ) -> str:
        """As the stack: sends, and names what it sent."""
        del now
        self.asked.append((target, peer, transport))
        return f"ask{len(self.asked)}"

    @property
    def moment(self) -> Moment:
        return Moment(self.now, START + timedelta(seconds=self.now))

    def wait(self, seconds: float) -> None:
        """Time passes, a second at a time."""
        until = self.now + seconds
        while self.now < until:
            self.now += 1.0
            self.keepalive.look(self.moment)

    def answer(self, status: int, call: str = "", after_s: float = 0.0) -> bool:
        """The newest question is answered."""
        self.now += after_s
        said = events.Response(
            call=call or f"ask{len(self.asked)}",
            dialog="",
            method="OPTIONS",
            status=status,
            reason="",
            sdp=None,
            retry_after_s=None,
            is_ended=True,
            raw=b"",
        )
        return self.keepalive.take(said, self.moment)

    def of(self, key: str) -> TrunkHealth:
        return next(one for one in self.keepalive.health() if one.key == key)


def test_an_answer_is_up_with_its_round_trip() -> None:
    """Unknown before, asked again after the period and not earlier."""
    room = Room(FIRST)
    assert room.of("first").state == "unknown"
    room.keepalive.look(room.moment)
    assert room.asked == [("sip:192.0.2.1", Address("192.0.2.1", 5060), Transport.UDP)]
    assert room.answer(200, after_s=0.25)
    shown = room.of("first")
    assert (shown.state, shown.reason, shown.round_trip_ms) == ("up", "", 250.0)
    assert shown.since == START + timedelta(seconds=0.25)
    room.wait(29)
    assert len(room.asked) == 1
    room.wait(2)
    assert len(room.asked) == 2


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (404, "up"),
        (403, "up"),
        (405, "up"),
        (481, "up"),
        (503, "down"),
        (408, "down"),
        (600, "down"),
    ],
)
def test_what_answers_is_there_unless_it_says_otherwise(status: int, state: str) -> None:
    """A 404 comes from a living exchange; a 503 says that it takes no calls."""
    room = Room(FIRST)
    room.keepalive.look(room.moment)
    room.answer(status)
    assert (room.of("first").state, room.of("first").reason) == (state, f"status_{status}")


def test_a_provisional_answer_decides_nothing() -> None:
    """It is ours, and the final one is waited for."""
    room = Room(FIRST)
    room.keepalive.look(room.moment)
    assert room.answer(100)
    assert room.of("first").state == "unknown"
    assert room.answer(200)
    assert room.of("first").state == "up"


def test_silence_twice_is_down_and_one_answer_is_up_again() -> None:
    """One lost question is not an outage; a trunk that is down is asked more often."""
    room = Room(FIRST)
    room.keepalive.look(room.moment)
    room.answer(200)
    room.wait(30)
    assert len(room.asked) == 2
    room.wait(ANSWER_S_MAX + 1)
    assert room.of("first").state == "up"
    room.wait(DOWN_PERIOD_S + ANSWER_S_MAX + 1)
    shown = room.of("first")
    assert (shown.state, shown.reason) == ("down", "no_answer")
    since = shown.since
    asked = len(room.asked)
    room.wait(DOWN_PERIOD_S)
    assert len(room.asked) == asked + 1
    assert room.of("first").since == since
    room.answer(200)
    assert room.of("first").state == "up"


def test_an_answer_that_comes_late_still_counts() -> None:
    """The transaction repeats for 32 s; its timeout later is swallowed."""
    room = Room(FIRST)
    room.keepalive.look(room.moment)
    room.wait(ANSWER_S_MAX + 1)
    assert room.answer(200, "ask1")
    assert room.of("first").state == "up"
    room.wait(40)
    gone = events.Timeout(call="ask2", dialog="", method="OPTIONS", is_ended=True)
    assert room.keepalive.take(gone, room.moment)
    assert not room.keepalive.take(gone, room.moment)


def test_a_refused_connection_is_down_at_once_with_its_cause() -> None:
    """An expired certificate is told by its name; other trunks are untouched."""
    room = Room(FIRST, SECOND)
    room.keepalive.look(room.moment)
    there = Address("192.0.2.2", 5071)
    assert room.asked[1] == ("sip:192.0.2.2:5071;transport=tls", there, Transport.TLS)
    room.keepalive.connection_failed(there, Transport.TCP, "unreachable", room.moment)
    assert room.of("second").state == "unknown"
    cause = "peer_certificate_expired"
    room.keepalive.connection_failed(there, Transport.TLS, cause, room.moment)
    assert (room.of("second").state, room.of("second").reason) == ("down", cause)
    assert room.of("first").state == "unknown"


def test_other_peoples_answers_are_not_ours() -> None:
    """Calls and registrations keep theirs."""
    room = Room(FIRST)
    room.keepalive.look(room.moment)
    assert not room.answer(200, "a call")


def test_the_way_out_avoids_what_is_down_while_something_is_up() -> None:
    """With nothing up a trunk that is down is tried all the same."""
    room = Room(FIRST, SECOND, Trunk(key="in", networks=("10.0.0.0/8",)))
    assert room.keepalive.address_of(FIRST) == Address("192.0.2.1", 5060)
    room.keepalive.look(room.moment)
    room.answer(503, "ask1")
    assert room.keepalive.address_of(FIRST) == Address("192.0.2.1", 5060)
    room.answer(200, "ask2")
    assert room.keepalive.address_of(FIRST) is None
    assert room.keepalive.address_of(SECOND) == Address("192.0.2.2", 5071)
    assert room.keepalive.address_of(room.gate.trunks[2]) is None
    assert room.keepalive.address_of(Trunk(key="gone", host="192.0.2.3")) is None


def test_who_is_not_asked_is_unwatched_and_heard() -> None:
    """A carrier that asks us shows when it was last heard."""
    quiet = Trunk(key="quiet", networks=("10.0.0.0/8",), host="10.0.0.1", options_period_s=0)
    room = Room(quiet)
    room.wait(100)
    assert room.asked == []
    asked = events.Options(source=Address("10.0.0.9", 5060), transport=Transport.UDP, dialog="")
    assert not room.keepalive.take(asked, room.moment)
    shown = room.of("quiet")
    assert (shown.state, shown.heard_at) == ("unwatched", room.moment.at)
    assert room.keepalive.address_of(quiet) == Address("10.0.0.1", 5060)


def test_the_next_address_of_a_name_is_tried_after_a_failure() -> None:
    """A name with two addresses is two ways; calls go where the answer came from."""
    room = Room(
        Trunk(key="n", host="sbc.example"), names={"sbc.example": ("192.0.2.8", "2001:db8::8")}
    )
    room.keepalive.look(room.moment)
    assert room.asked[-1][:2] == ("sip:sbc.example", Address("192.0.2.8", 5060))
    room.answer(503)
    room.wait(DOWN_PERIOD_S)
    assert room.asked[-1][1] == Address("2001:db8::8", 5060)
    room.answer(200)
    assert room.keepalive.address_of(room.gate.trunks[0]) == Address("2001:db8::8", 5060)


def test_a_name_nobody_knows_is_down_and_comes_back() -> None:
    """The reason is the name; a name server that fails later takes nothing away."""
    trunk = Trunk(key="n", host="sbc.example")
    room = Room(trunk)
    room.keepalive.look(room.moment)
    assert (room.of("n").state, room.of("n").reason) == ("down", "name_unresolved")
    assert not room.gate.may_try("192.0.2.8", Transport.UDP)
    room.known["sbc.example"] = ("192.0.2.8",)
    asyncio.run(room.names.refresh())
    assert room.gate.may_try("192.0.2.8", Transport.UDP)
    room.wait(DOWN_PERIOD_S)
    room.answer(200)
    assert room.of("n").state == "up"
    room.known.clear()
    asyncio.run(room.names.refresh())
    assert room.keepalive.address_of(trunk) == Address("192.0.2.8", 5060)
    assert room.notices.counts == {"name_unresolved": 2}


@pytest.mark.parametrize(
    ("trunk", "target"),
    [
        (Trunk(key="a", host="2001:db8::1"), "sip:[2001:db8::1]"),
        (Trunk(key="a", host="192.0.2.1", domain="ims.example", port=5080), "sip:ims.example:5080"),
        (Trunk(key="a", host="sbc.example", transport="tcp"), "sip:sbc.example;transport=tcp"),
    ],
)
def test_a_question_is_addressed_to_the_trunk_itself(trunk: Trunk, target: str) -> None:
    """No user part; transport and port as the settings say."""
    assert target_of(trunk) == target


def test_state_changes_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """An hour of silence is one line, its end another."""
    caplog.set_level("WARNING")
    room = Room(FIRST)
    room.keepalive.look(room.moment)
    room.answer(200)
    for _ in range(360):
        room.wait(10)
    assert [record.getMessage() for record in caplog.records] == ["trunk first is down: no_answer"]
    room.answer(200)
    assert len(caplog.records) == 2


def test_alarms_are_what_somebody_has_to_do_something_about() -> None:
    """Nothing while all is well or merely unknown; else the trunk, and why."""
    well = CertificateState(state="well")
    up = TrunkHealth(key="a", label="", transport="udp", state="up", reason="status_404")
    asking = RegistrationHealth(trunk="a", phase="asking", is_registered=True, fault="no_answer")
    unknown = TrunkHealth(key="b", label="", transport="udp", state="unknown")
    assert alarms_of([up, unknown], [asking], well) == []
    assert alarms_of([], [], CertificateState(state="none")) == []
    down = TrunkHealth(key="c", label="", transport="udp", state="down", reason="no_answer")
    refused = RegistrationHealth(trunk="d", phase="waiting", is_registered=False, fault="refused")
    soon = CertificateState(state="soon", not_after=START, days_left=3)
    assert alarms_of([up, down], [refused], soon) == [
        {"alarm": "certificate_soon", "trunk": "", "why": "2026-11-25"},
        {"alarm": "trunk_down", "trunk": "c", "why": "no_answer"},
        {"alarm": "not_registered", "trunk": "d", "why": "refused"},
    ]
