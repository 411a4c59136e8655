"""A browser's transport without a network: checks, sources and who may speak."""

import datetime as dt
import struct

from kentongan.media import stun
from kentongan.media.dtls import Identity
from kentongan.media.latch import Address
from kentongan.media.webrtc import MOVED_S, PROVED_SOURCES_MAX, Credentials, WebTransport

IDENTITY = Identity(dt.datetime.now(dt.UTC))
PASSWORD = "our password"
HOME, ROAD = ("127.0.0.1", 5000), ("127.0.0.2", 6000)


class Wire:
    """A transport and what it sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Address]] = []
        self.transport = WebTransport(
            IDENTITY,
            credentials=Credentials("ours", PASSWORD, "theirs"),
            peer_fingerprint=IDENTITY.fingerprint,
            send=lambda data, remote: self.sent.append((data, remote)),
        )

    def check(
        self,
        source: Address,
        *,
        nominates: bool = False,
        username: str = "ours:theirs",
        password: str = PASSWORD,
    ) -> bool:
        """A connectivity check arrives."""
        attributes = [
            (stun.Attribute.USERNAME, username.encode()),
            (stun.Attribute.PRIORITY, struct.pack("!I", 1)),
        ]
        if nominates:
            attributes.append((stun.Attribute.USE_CANDIDATE, b""))
        kind = stun.MessageType.BINDING_REQUEST
        message = stun.parse(stun.build(kind, bytes(12), attributes, password))
        assert message is not None
        return self.transport.check(message, source)


def test_a_check_is_answered_where_it_came_from() -> None:
    """The first proved source is used at once, before any nomination."""
    wire = Wire()
    assert wire.check(HOME)
    answer = stun.parse(wire.sent[0][0])
    assert answer is not None
    assert (answer.type, wire.sent[0][1]) == (stun.MessageType.BINDING_SUCCESS, HOME)
    assert wire.transport.remote == HOME


def test_a_nomination_moves_the_leg() -> None:
    """From WLAN to mobile data the call is kept; a mere check moves nothing."""
    wire = Wire()
    wire.check(HOME, nominates=True)
    wire.check(ROAD)
    assert wire.transport.remote == HOME
    wire.check(ROAD, nominates=True)
    assert wire.transport.remote == ROAD


def test_unproved_checks_are_not_answered() -> None:
    """A wrong password or user name gets no answer at all, so nobody can be flooded through us."""
    wire = Wire()
    assert not wire.check(HOME, password="guess")
    assert not wire.check(HOME, username="ours:other")
    assert wire.sent == []
    assert wire.transport.remote is None


def test_sources_are_few_and_the_used_one_stays() -> None:
    """Many proved sources replace the oldest of them, never the one audio goes to."""
    wire = Wire()
    wire.check(HOME, nominates=True)
    dropped: list[Address | None] = []
    for number in range(PROVED_SOURCES_MAX + 5):
        wire.check(("127.0.0.1", 7000 + number))
        dropped.append(wire.transport.forget_oldest())
    assert len(wire.transport.sources) == PROVED_SOURCES_MAX
    assert HOME in wire.transport.sources
    assert HOME not in dropped


def test_nothing_is_sent_or_heard_before_the_handshake() -> None:
    """Without keys there is no audio in either direction, and no farewell to nobody."""
    wire = Wire()
    assert not wire.transport.send_rtp(bytes(172))
    assert wire.transport.unprotect(bytes(172)) is None
    wire.transport.close()
    assert wire.sent == []


def test_a_restart_keeps_the_old_path_until_the_new_one_is_nominated() -> None:
    """Old and new passwords both count meanwhile; afterwards only the new one."""
    wire = Wire()
    wire.check(HOME, nominates=True)
    wire.transport.restart(Credentials("new", "new password", "theirs2"))
    assert wire.transport.fragments == ("ours", "new")
    assert wire.check(ROAD, username="new:theirs2", password="new password")
    assert wire.transport.remote == HOME
    assert wire.check(HOME, nominates=True)
    assert wire.check(ROAD, nominates=True, username="new:theirs2", password="new password")
    assert wire.transport.remote == ROAD
    assert wire.transport.fragments == ("new",)
    assert not wire.check(HOME, nominates=True)


def test_a_restart_proves_itself_with_its_own_password_only() -> None:
    """The old password under the new name, and the other way round, count for nothing."""
    wire = Wire()
    wire.transport.restart(Credentials("new", "new password", "theirs2"))
    assert not wire.check(HOME, username="new:theirs2")
    assert not wire.check(HOME, password="new password")
    assert not wire.check(HOME, username="new:theirs", password="new password")
    assert wire.sent == []


def test_audio_follows_a_voice_whose_nat_moved() -> None:
    """Voice from another proved source moves the leg only once the chosen one is silent."""
    wire = Wire()
    wire.check(HOME, nominates=True)
    wire.check(ROAD)
    wire.transport.note_voice(HOME, 10.0)
    wire.transport.note_voice(ROAD, 10.1)
    assert wire.transport.remote == HOME
    wire.transport.note_voice(ROAD, 10.1 + MOVED_S)
    assert wire.transport.remote == ROAD
