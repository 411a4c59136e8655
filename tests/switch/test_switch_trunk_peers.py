"""Peers over TCP that behave badly: slow, silent, greedy, broken. Others notice nothing of it."""

import asyncio
import logging
import random

import pytest
from trunk_line import LOCAL, Line, Peer, log_of, play, request, until

from kentongan.edge.switch import connection, connections
from kentongan.edge.switch.notices import SAID_AGAIN_S, Notices
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip.address import Address, Outgoing, Transport

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 8\r\n"
)


def test_a_slow_sender_loses_its_place_and_nobody_else_does(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A message that was begun must end in time; octets now and then do not buy more of it."""
    monkeypatch.setattr(connection, "MESSAGE_S_MAX", 0.3)

    async def scenario(line: Line) -> None:
        slow, other = await Peer.open(line.port), await Peer.open(line.port)
        for octet in request()[:8]:
            slow.send(bytes([octet]))
            await asyncio.sleep(0.05)
        assert await slow.answer() == b""
        other.send(request(number=2))
        assert await other.status() == 200
        assert line.notices.counts == {"too_slow": 1}

    play(Line(), scenario)
    assert [record.levelno for record in log_of(caplog)] == [logging.WARNING]
    assert log_of(caplog)[0].exc_info is None


def test_a_connection_that_never_says_anything_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half-open and forgotten ones do not collect."""
    monkeypatch.setattr(connection, "FIRST_S_MAX", 0.1)

    async def scenario(line: Line) -> None:
        peer = await Peer.open(line.port)
        assert await peer.answer() == b""
        await until(lambda: not line.sockets.connections.count(Transport.TCP))

    play(Line(), scenario)


@pytest.mark.parametrize(
    "garbage",
    [
        request().replace(b"Content-Length: 0\r\n", b""),
        request().replace(b"Length: 0", b"Length: 99999999"),
        b"\xff" * 70_000,
    ],
)
def test_lost_framing_ends_one_connection_with_one_line(
    garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Ten times the same garbage from the same source is one line; others go on."""

    async def scenario(line: Line) -> None:
        other = await Peer.open(line.port)
        for _ in range(10):
            peer = await Peer.open(line.port)
            peer.send(garbage)
            assert await peer.answer() == b""
        other.send(request(number=2))
        assert await other.status() == 200
        assert line.notices.counts["framing_lost"] == 10

    play(Line(), scenario)
    assert len([r for r in caplog.records if "framing_lost" in r.getMessage()]) == 1


def test_one_source_cannot_take_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over its limit it is closed at once; another source still gets its answer."""
    monkeypatch.setattr(connections, "CONNECTIONS_PER_SOURCE_MAX", 3)

    async def scenario(line: Line) -> None:
        greedy = [await Peer.open(line.port, own="127.0.0.7") for _ in range(5)]
        await until(lambda: line.notices.counts["too_many_connections_of_source"] == 2)
        other = await Peer.open(line.port, own="127.0.0.8")
        other.send(request())
        assert await other.status() == 200
        greedy[0].send(request(number=2))
        assert await greedy[0].status() == 200

    play(Line(), scenario)


def test_strangers_wait_in_a_small_room_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty silent strangers keep nobody out, and are gone after their time."""
    monkeypatch.setattr(connections, "STRANGER_S_MAX", 0.2)
    monkeypatch.setattr(connections, "STRANGERS_MAX", 4)

    async def scenario(line: Line) -> None:
        strangers = [await Peer.open(line.port, own="127.0.0.7") for _ in range(20)]
        trunk = await Peer.open(line.port, own="127.0.0.8")
        trunk.send(request())
        assert await trunk.status() == 200
        assert [await one.answer() for one in strangers] == [b""] * 20
        assert len(line.events) == 1

    play(Line(Trunk(key="a", networks=("127.0.0.8/32",))), scenario)


def test_a_host_of_a_call_in_hand_may_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    """A carrier's other proxy brings the BYE: it is no stranger while the call lives."""

    async def scenario(line: Line) -> None:
        line.concerned.add("127.0.0.7")
        peer = await Peer.open(line.port, own="127.0.0.7")
        peer.send(request())
        assert await peer.status() == 200

    play(Line(Trunk(key="a", networks=("127.0.0.8/32",))), scenario)


def test_a_peer_that_reads_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for it is bounded."""
    monkeypatch.setattr(connection, "UNSENT_BYTES_MAX", 10_000)

    async def scenario(line: Line) -> None:
        peer = await Peer.open(line.port)
        peer.reader._transport.pause_reading()  # type: ignore[attr-defined]
        peer.send(request())
        await until(lambda: line.events)
        there = Address(*peer.own)
        for _ in range(400):
            line.sockets.send(Outgoing(b"x" * 65_536, there, Transport.TCP))
        await until(lambda: not line.sockets.connections.count(Transport.TCP))
        assert line.notices.counts["peer_reads_nothing"] == 1

    play(Line(LOCAL), scenario)


def test_a_cause_is_said_once_and_counted_always(caplog: pytest.LogCaptureFixture) -> None:
    """After an hour again, with how often it happened meanwhile; line breaks forge no line."""
    now = [0.0]
    notices = Notices(lambda: now[0])
    for _ in range(5):
        notices.say("no_tls", "192.0.2.1", "x\nWARNING forged")
    notices.say("no_tls", "192.0.2.2", "y")
    now[0] = SAID_AGAIN_S
    notices.say("no_tls", "192.0.2.1", "z")
    assert [record.getMessage() for record in caplog.records] == [
        "192.0.2.1: no_tls: x WARNING forged",
        "192.0.2.2: no_tls: y",
        "192.0.2.1: no_tls: z (4 more since it was last said)",
    ]
    assert notices.counts == {"no_tls": 7}


def test_a_thousand_sources_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Forged addresses are counted, and a few of them named."""
    notices = Notices(lambda: 0.0)
    for number in range(5_000):
        notices.say("stranger", f"198.51.{number // 256}.{number % 256}", "x")
    assert len(caplog.records) == 50
    assert notices.counts == {"stranger": 5_000}


def test_two_hundred_broken_streams_leave_the_next_one_whole(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Octets changed, cut, doubled and sent in pieces; no trace, and every source in one line."""
    chance = random.Random(4475)

    async def scenario(line: Line) -> None:
        for number in range(200):
            data = bytearray(request("INVITE", number=number, body=SDP) * 2)
            for _ in range(chance.randint(1, 8)):
                place = chance.randrange(len(data))
                if chance.random() < 0.5:
                    data[place] = chance.randrange(256)
                else:
                    data[place : place + chance.randint(0, 30)] = chance.randbytes(3)
            peer = await Peer.open(line.port)
            cut = chance.randrange(len(data))
            peer.send(bytes(data[:cut]))
            await asyncio.sleep(0)
            peer.send(bytes(data[cut:]))
            peer.writer.close()
        peer = await Peer.open(line.port)
        peer.send(request(number=1_000))
        assert await peer.status() == 200

    play(Line(), scenario)
    assert all(record.exc_info is None for record in caplog.records)
    assert len(log_of(caplog)) <= 4  # one for each cause
