"""Registering at an exchange and proving who we are, two real SIP stacks joined in memory."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from kentongan.edge.switch.credentials import Proofs, SecretError, credentials_of
from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.names import Names
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.registering import (
    READ_AGAIN_S,
    RegistrationHealth,
    Registrations,
    own_contact,
)
from kentongan.edge.switch.trunks import Registration, Trunk
from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport
from kentongan.sip.digest import Credentials, authorization, read_challenge
from kentongan.sip.message import Request
from kentongan.sip.parse import parse_message
from kentongan.sip.sdp import Session, write_audio
from kentongan.sip.stack import Stack

CENTRE, EXCHANGE = Address("192.0.2.10", 5060), Address("192.0.2.50", 5060)
START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
CHALLENGE = 'Digest realm="asterisk", nonce="{}", qop="auth", algorithm=MD5'
SECRET = "sangat-rahasia"
OFFER = write_audio(Session(CENTRE.host, 42_000, session_id=1))


def tokens(prefix: str) -> Callable[[], str]:
    """Tokens that differ."""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers):05d}"


class Exchange:
    """An IP-PBX that wants REGISTER with a password, and a proof for each call."""

    def __init__(self) -> None:
        methods = frozenset({"REGISTER"})
        self.stack = Stack(tokens("x"), [Listener(Transport.UDP, EXCHANGE)], "pbx", methods=methods)
        self.password = SECRET
        self.realm = "asterisk"
        self.seen: list[Request] = []
        self.proven = 0
        self.calls = 0
        self.is_deaf = False
        self._nonces = tokens("nonce")

    def take(self, data: bytes, now: float) -> None:
        """A request of the centre."""
        if self.is_deaf:
            return
        for event in self.stack.receive(data, CENTRE, Transport.UDP, now):
            if isinstance(event, events.OtherRequest) and event.method == "REGISTER":
                self._judge(event.raw, event.request, 401, now)
            elif isinstance(event, events.Invite):
                self.calls += self._judge(event.raw, event.request, 407, now)

    def _judge(self, raw: bytes, request: str, status: int, now: float) -> bool:
        message = parse_message(raw)
        assert isinstance(message, Request)
        self.seen.append(message)
        name = "Proxy-Authorization" if status == 407 else "Authorization"
        said = message.headers.find(name)
        if said is not None and said == self._expected(said, message):
            self.proven += 1
            headers = (("Expires", "600"),) if message.method == "REGISTER" else ()
            self.stack.respond(request, 200, now=now, headers=headers)
            return True
        nonce = self._nonces()
        value = CHALLENGE.format(nonce).replace("asterisk", self.realm)
        field = "Proxy-Authenticate" if status == 407 else "WWW-Authenticate"
        self.stack.respond(request, status, now=now, headers=((field, value),))
        return False

    def _expected(self, said: str, message: Request) -> str:
        words = dict(part.strip().split("=", 1) for part in said[7:].split(","))
        nonce, cnonce = words["nonce"].strip('"'), words["cnonce"].strip('"')
        challenge = read_challenge(
            CHALLENGE.format(nonce).replace("asterisk", self.realm),
            is_proxy=message.method == "INVITE",
        )
        assert challenge is not None
        return authorization(
            challenge,
            Credentials("kentongan", self.password),
            method=message.method,
            uri=message.uri,
            nonce_count=int(words["nc"], 16),
            cnonce=cnonce,
        )


class Office:
    """The centre's side: its stack, its registrations, and time."""

    def __init__(self, exchange: Exchange, trunk: Trunk) -> None:
        self.exchange = exchange
        self.stack = Stack(tokens("c"), [Listener(Transport.UDP, CENTRE)], "test")
        self.gate = Gate((trunk,))
        self.notices = Notices()
        self.registrations = Registrations(
            (trunk,),
            Names(self.gate, self.notices),
            self.stack,
            self.notices,
            contact_of=lambda one, peer: own_contact(one, (CENTRE.host,), (5060, 5061), peer),
            token=tokens("r"),
        )
        self.proofs = Proofs(self.gate, self.stack, tokens("p"))
        self.now = 0.0
        self.sent_to: list[Address] = []

    @property
    def moment(self) -> Moment:
        return Moment(self.now, START + timedelta(seconds=self.now))

    @property
    def shown(self) -> RegistrationHealth:
        (found,) = self.registrations.health(self.moment)
        return found

    def look(self) -> None:
        """A second's worth of work, both ways, until nobody has anything to say."""
        self._heard(self.stack.poll(self.now))
        self.registrations.look(self.moment)
        for _ in range(20):
            said = self.stack.drain()
            if not said:
                return
            for out in said:
                self.sent_to.append(out.address)
                self.exchange.take(out.data, self.now)
            for answer in self.exchange.stack.drain():
                self._heard(self.stack.receive(answer.data, EXCHANGE, Transport.UDP, self.now))
            self.registrations.look(self.moment)
        raise AssertionError("the two sides never come to rest")

    def wait(self, seconds: float) -> None:
        """Time passes."""
        until = self.now + seconds
        while self.now < until:
            self.now += 1.0
            self.look()

    def _heard(self, found: list[events.Event]) -> None:
        for event in found:
            if not self.registrations.take(event, self.moment):
                self.proofs.take(event, self.now)


def trunk_of(tmp_path: Path, *, realm: str = "", password: str | None = SECRET) -> Trunk:
    """A trunk with an account; its password in a file."""
    file = tmp_path / "password"
    if password is not None:
        file.write_text(f"{password}\nsecond line\n", encoding="utf-8")
    register = Registration(user="kentongan", password_file=str(file), realm=realm, expires_s=600)
    return Trunk(key="pbx", host=EXCHANGE.host, register=register)


def test_a_trunk_is_registered_and_renewed(tmp_path: Path) -> None:
    """The challenge is answered, the time granted is shown, 80 % of it later it is renewed."""
    office = Office(Exchange(), trunk_of(tmp_path))
    office.look()
    assert [message.method for message in office.exchange.seen] == ["REGISTER"] * 2
    first = office.exchange.seen[0]
    assert (first.uri, first.headers.find("contact")) == (
        "sip:192.0.2.50",
        "<sip:kentongan@192.0.2.10:5060>",
    )
    assert office.shown == RegistrationHealth(
        trunk="pbx",
        phase="registered",
        is_registered=True,
        until=START + timedelta(seconds=600),
    )
    office.wait(479)
    assert office.exchange.proven == 1
    office.wait(2)
    assert office.exchange.proven == 2
    assert office.notices.counts == {}


def test_a_wrong_password_is_tried_slowly_and_read_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Corrected in its file it works without a restart; it stands in no log and in no health."""
    exchange = Exchange()
    exchange.password = "another"
    office = Office(exchange, trunk_of(tmp_path))
    office.look()
    assert (office.shown.fault, office.shown.is_registered) == ("credentials_refused", False)
    office.wait(600)
    assert len(exchange.seen) <= 5 * 4  # after 0, 30, 90, 210 and 450 s
    assert office.notices.counts["register_credentials_refused"] >= 2
    (tmp_path / "password").write_text("another\n", encoding="utf-8")
    office.wait(900)
    assert office.shown.is_registered
    assert SECRET not in caplog.text
    assert len([r for r in caplog.records if "credentials_refused" in r.getMessage()]) == 1
    assert SECRET not in repr(office.shown)
    assert SECRET not in repr(Credentials("kentongan", SECRET))


def test_a_missing_password_is_an_alarm_until_it_is_there(tmp_path: Path) -> None:
    """Nothing is sent without it, and the switch runs."""
    office = Office(Exchange(), trunk_of(tmp_path, password=None))
    office.wait(3)
    assert (office.shown.phase, office.shown.fault) == ("waiting", "password_unreadable")
    assert office.exchange.seen == []
    assert office.notices.counts == {"password_unreadable": 1}
    (tmp_path / "password").write_text(SECRET, encoding="utf-8")
    office.wait(READ_AGAIN_S + 1)
    assert office.shown.is_registered


def test_a_password_is_shown_to_its_own_realm_only(tmp_path: Path) -> None:
    """Whoever stands in for the exchange gets nothing to work on."""
    exchange = Exchange()
    exchange.realm = "evil"
    office = Office(exchange, trunk_of(tmp_path, realm="asterisk"))
    office.look()
    assert office.shown.fault == "challenge_unknown"
    assert all(m.headers.find("authorization") is None for m in exchange.seen)
    exchange.realm = "asterisk"
    office.wait(60)
    assert office.shown.is_registered


def test_an_exchange_that_is_away_is_asked_until_it_is_back(tmp_path: Path) -> None:
    """Without an answer for 32 s it failed; back within minutes of its return."""
    exchange = Exchange()
    exchange.is_deaf = True
    office = Office(exchange, trunk_of(tmp_path))
    office.wait(120)
    assert office.shown.fault == "no_answer"
    exchange.is_deaf = False
    office.wait(310)
    assert office.shown.is_registered


def test_a_call_is_proven_too(tmp_path: Path) -> None:
    """A 407 to our INVITE is answered with the account of the trunk it went to."""
    office = Office(Exchange(), trunk_of(tmp_path, realm="asterisk"))
    office.look()
    office.stack.invite(f"sip:119@{EXCHANGE.host}", OFFER, now=0.0, peer=EXCHANGE)
    office.look()
    assert office.exchange.calls == 1


def test_a_call_with_a_wrong_password_is_refused_once(tmp_path: Path) -> None:
    """The second challenge is not answered again; the call ends with the 407."""
    exchange = Exchange()
    office = Office(exchange, trunk_of(tmp_path))
    office.look()
    exchange.password = "another"
    before = len(exchange.seen)
    office.stack.invite(f"sip:119@{EXCHANGE.host}", OFFER, now=0.0, peer=EXCHANGE)
    office.look()
    assert exchange.calls == 0
    assert len(exchange.seen) - before <= 6


@pytest.mark.parametrize("content", [b"", b"\n", b"x" * 2000])
def test_what_is_no_password_is_named_by_its_file(tmp_path: Path, content: bytes) -> None:
    """Never by what stands in it."""
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(SecretError, match="first line is no password"):
        credentials_of(Registration(user="u", password_file=str(file)))
    with pytest.raises(SecretError, match="No such file"):
        credentials_of(Registration(user="u", password_file=str(tmp_path / "absent")))


def test_a_password_may_stand_in_the_environment() -> None:
    """Named in the settings, set by whoever starts the switch."""
    register = Registration(user="u", password_env="PBX_PASSWORD")
    assert credentials_of(register, {"PBX_PASSWORD": "p"}) == Credentials("u", "p")
    with pytest.raises(SecretError, match="PBX_PASSWORD is not set"):
        credentials_of(register, {})


def test_the_contact_is_of_the_exchanges_family() -> None:
    """And says the transport we are to be called over."""
    hosts = ("203.0.113.7", "2001:db8::7")
    plain = Trunk(key="a", host="192.0.2.1")
    assert own_contact(plain, hosts, (5060, 5061), "2001:db8::1") == "sip:112@[2001:db8::7]:5060"
    secure = Trunk(key="a", host="192.0.2.1", transport="tls")
    assert own_contact(secure, hosts, (5060, 5061), "192.0.2.1") == (
        "sip:112@203.0.113.7:5061;transport=tls"
    )
