"""Broken, foreign and too many requests: each gets its answer, and the next call works."""

import asyncio
import random
import socket
from pathlib import Path

import msgspec
import pytest
from switch_playbook import CENTRE, OFFER, Playbook
from switch_room import Room
from test_switch_calls import play

from kentongan.edge.caller.phone import CallState
from kentongan.edge.switch.settings import SwitchSettings, Trunk
from kentongan.serve.run import switch_settings
from kentongan.settings import Settings

GOOD = (
    b"INVITE sip:112@127.0.0.1 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.1:%(port)d;branch=z9hG4bK%(n)d;rport\r\n"
    b"From: <sip:0811@127.0.0.1>;tag=%(n)d\r\nTo: <sip:112@127.0.0.1>\r\n"
    b"Call-ID: hostile-%(n)d\r\nCSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1:%(port)d>\r\n"
    b"Max-Forwards: 70\r\nContent-Type: application/sdp\r\nContent-Length: %(length)d\r\n\r\n"
)
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 8\r\n"
)


class Line:
    """A bare UDP socket to the switch."""

    def __init__(self, room: Room) -> None:
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))
        self._sock.setblocking(False)
        self.port = int(self._sock.getsockname()[1])
        self._to = (room.centre.host, room.centre.port)

    def invite(self, number: int) -> bytes:
        """A good INVITE, as octets."""
        fields = {b"port": self.port, b"n": number, b"length": len(SDP)}
        return GOOD % fields + SDP

    def send(self, data: bytes) -> None:
        """Send it."""
        self._sock.sendto(data, self._to)

    async def status(self) -> int:
        """The next final answer."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(5):
            while True:
                data = await loop.sock_recv(self._sock, 65_535)
                status = int(data.split(b" ", 2)[1])
                if status >= 200:
                    return status


async def _next_call_works(room: Room) -> None:
    phone = await room.phone()
    call = await phone.call("112", number="0899")
    await call.reach(CallState.TALKING)
    call.hang_up()


@pytest.mark.parametrize(
    ("name", "change", "status"),
    [
        ("no Call-ID", (b"Call-ID: hostile-1\r\n", b""), 400),
        ("CSeq of another method", (b"1 INVITE", b"1 BYE"), 400),
        ("From without a URI", (b"<sip:0811@127.0.0.1>", b"<>"), 400),
        ("unknown version", (b" SIP/2.0\r\nVia", b" SIP/7.0\r\nVia"), 505),
        (
            "unknown Require, for a name",
            (b"112@127.0.0.1 SIP/2.0\r\n", b"budi@127.0.0.1 SIP/2.0\r\nRequire: magic\r\n"),
            420,
        ),
    ],
)
def test_a_malformed_invite_gets_its_answer(
    tmp_path: Path, name: str, change: tuple[bytes, bytes], status: int
) -> None:
    """The 4xx or 5xx that says what is wrong, and the next call rings."""

    async def scenario(room: Room) -> None:
        line = Line(room)
        line.send(line.invite(1).replace(*change))
        assert await line.status() == status, name
        await _next_call_works(room)

    play(tmp_path, scenario)


def test_hundreds_of_mutated_invites_do_no_harm(tmp_path: Path) -> None:
    """Octets changed, cut and doubled, and pure noise; then a normal call rings at once."""

    async def scenario(room: Room) -> None:
        line, chance = Line(room), random.Random(112)
        for number in range(400):
            data = bytearray(line.invite(number))
            for _ in range(chance.randint(1, 6)):
                place = chance.randrange(len(data))
                what = chance.randint(0, 3)
                if what == 0:
                    data[place] = chance.randrange(256)
                elif what == 1:
                    del data[place : place + chance.randint(1, 40)]
                elif what == 2:
                    data[place:place] = data[: chance.randint(1, 60)]
                else:
                    data = bytearray(chance.randbytes(len(data)))
            line.send(bytes(data))
            if number % 20 == 0:
                await asyncio.sleep(0.02)  # a socket's buffer is not what is tested here
        await _next_call_works(room)
        health = await room.control.ask("health")
        assert health["sip"]["counts"]["unreadable"] > 0

    play(tmp_path, scenario)


def test_garbage_on_the_control_socket_is_answered(tmp_path: Path) -> None:
    """No JSON, a wrong field, an unknown verb: an error each, and the line stays usable."""

    async def scenario(room: Room) -> None:
        for fields in ({"envelope": 3}, {"envelope": {"id": "x"}}):
            assert "unreadable" in (await room.control.ask("command", **fields))["error"]
        assert "unreadable" in (await room.control.ask("explode"))["error"]
        assert await room.control.calls() == []

    play(tmp_path, scenario)


def test_a_stranger_is_refused_and_counted(tmp_path: Path) -> None:
    """SIP from a network that belongs to no trunk: 403, no call."""
    trunk = {"key": "carrier", "networks": ["10.0.0.0/8"]}

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        call = await phone.call("112")
        await call.reach(CallState.OVER)
        assert call.status == 403
        assert await room.control.calls() == []
        health = await room.control.ask("health")
        assert health["sip"]["counts"]["strangers"] == 1

    play(tmp_path, scenario, trunks=[trunk])


def test_one_call_too_many_is_on_record(tmp_path: Path) -> None:
    """503 so that the trunk tries elsewhere; the ring and its end are facts."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        first = await phone.call("112", number="0811")
        await first.reach(CallState.TALKING)
        second = await phone.call("112", number="0812")
        await second.reach(CallState.OVER)
        assert second.status == 503
        ended = await room.call_in("ended")
        assert (ended["number"]["text"], ended["ended_by"]) == ("0812", "switch")
        assert first.state is CallState.TALKING
        first.hang_up()
        await room.call_in("abandoned")
        third = await phone.call("112", number="0813")
        await third.reach(CallState.TALKING)

    play(tmp_path, scenario, calls_max=1)


WRONG: list[dict[str, object]] = [
    {"sip_hosts": []},
    {"sip_hosts": ["here"]},
    {"sip_port": 0},
    {"media_sockets": []},
    {"recordings_dir": "recordings"},
    {"control_socket": "/" + "x" * 200},
    {"calls_max": -1},
    {"desk_lost_s": 0},
    {"training_networks": ["here"]},
    {"trunks": [{"key": "a", "networks": []}]},
    {"trunks": [{"key": "a", "networks": ["here"]}]},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_settings_are_named_at_the_start(wrong: dict[str, object]) -> None:
    """Never found out by a call."""
    good = {
        "control_socket": "/run/switch.sock",
        "spool_path": "/var/spool.db",
        "recordings_dir": "/var/recordings",
        "media_sockets": ["/run/media.sock"],
    }
    msgspec.convert(good, SwitchSettings)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(good | wrong, SwitchSettings)


@pytest.mark.parametrize("mode", ["production", "training", "demo"])
def test_a_real_call_cannot_be_made_training_in_production(tmp_path: Path, mode: str) -> None:
    """A proxy on this machine passes the header on: only a training room's switch believes it."""
    centre = Settings(state_dir=str(tmp_path), training=mode == "training", demo=mode == "demo")
    told = switch_settings(centre)
    assert told.may_train("127.0.0.1") is (mode != "production")
    assert told.trunks[0].training is (mode == "training")
    book = Playbook(tmp_path, training_networks=told.training_networks)
    headers = (("X-Kentongan-Training", "yes"),)
    book.phone.invite("sip:112@127.0.0.1", OFFER, now=0.0, peer=CENTRE, headers=headers)
    book.flush()
    assert book.call.training is (mode != "production")


def test_a_trunk_is_known_by_its_networks() -> None:
    """Both families; what is no address belongs to none."""
    trunk = Trunk(key="a", networks=("10.1.0.0/16", "2001:db8::/32"))
    assert trunk.reaches_from("10.1.2.3")
    assert trunk.reaches_from("2001:db8::7")
    assert not trunk.reaches_from("10.2.0.1")
    assert not trunk.reaches_from("example.org")
