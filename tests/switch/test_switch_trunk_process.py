"""The real switch process with trunks of every kind: calls by TLS, health, and a quiet log."""

import asyncio
from pathlib import Path
from typing import cast

import msgspec
from switch_room import Room, free_port
from test_switch_calls import play
from trunk_certificates import Authority
from trunk_line import Peer, request

from kentongan.core.events import CallOffered
from kentongan.edge.caller.phone import CallState

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 8\r\n"
)


async def knock_ten_times(port: int) -> None:
    """HTTP to the TLS port, until it is closed each time."""
    for _ in range(10):
        knock = await Peer.open(port)
        knock.send(b"GET / HTTP/1.1\r\n\r\n")
        while await knock.reader.read(100):
            pass


def test_a_certified_carrier_calls_while_scanners_knock(tmp_path: Path) -> None:
    """A call over TLS is answered beside garbage, strangers and a call over UDP; health shows the
    trunks and our certificate; each cause is one line of the log, and none is a trace."""
    authority = Authority(tmp_path / "authority")
    ours = authority.files("centre", "112.example", days=10)
    carrier = authority.sign("sbc", "sbc.carrier.example")
    tls_port, silent_port = free_port(), free_port()
    trunks = [
        {
            "key": "carrier",
            "transport": "tls",
            "certificate_names": ["sbc.carrier.example"],
            "answer": "at_once",
        },
        {"key": "local", "networks": ["127.0.0.1/32"], "host": "127.0.0.1", "port": silent_port},
    ]

    async def scenario(room: Room) -> None:
        plain = await room.phone()
        beside = await plain.call("112", number="0811")
        await beside.reach(CallState.TALKING)
        await knock_ten_times(tls_port)
        stranger = await Peer.open(tls_port, own="127.0.0.7", context=authority.client())
        stranger.send(request("INVITE", transport="TLS", number=7, body=SDP))
        assert await stranger.status() == 403

        caller = await Peer.open(tls_port, own="127.0.0.8", context=authority.client(carrier))
        caller.send(request("INVITE", transport="TLS", number=8, body=SDP))
        assert await caller.status(10) == 200
        async with asyncio.timeout(10):
            while len(found := room.read_journal()) < 4:  # both offered and queued
                await asyncio.sleep(0.05)
        offered = [one.event for one in found if isinstance(one.event, CallOffered)]
        assert {event.trunk for event in offered} == {"carrier", "local"}
        assert beside.state is CallState.TALKING

        health = await room.control.ask("health")
        shown = health["transports"]
        assert shown["tls"] == 1
        assert (shown["certificate"]["state"], shown["certificate"]["days_left"]) == ("soon", 10)
        assert "carrier" in shown["peer_certificates"]
        assert shown["causes"]["no_tls"] == 10
        states = {trunk["key"]: trunk["state"] for trunk in health["trunks"]}
        assert states["carrier"] == "unwatched"
        assert health["faults"] == 0
        beside.hang_up()
        caller.close()

    play(
        tmp_path,
        scenario,
        trunks=trunks,
        tls=msgspec.to_builtins(ours),
        tls_port=tls_port,
    )
    log = (tmp_path / "switch.log").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert log.count("no_tls") == 1
    assert log.count("certificate_soon") == 1


def test_a_trunk_that_answers_is_up_in_health(tmp_path: Path) -> None:
    """Asked by the real process, over UDP; one that is silent is down with the reason."""
    loop_port = free_port()
    trunks = [
        {"key": "there", "host": "127.0.0.1", "port": loop_port, "networks": ["127.0.0.0/8"]},
        {"key": "tcp", "host": "127.0.0.9", "port": free_port(), "transport": "tcp"},
    ]

    class Answers(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast("asyncio.DatagramTransport", transport)

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            head = [
                line
                for line in data.split(b"\r\n")
                if line.lower().startswith((b"via", b"from", b"to", b"call-id", b"cseq"))
            ]
            answer = b"\r\n".join([b"SIP/2.0 200 OK", *head, b"Content-Length: 0", b"", b""])
            self.transport.sendto(answer, addr)

    async def scenario(room: Room) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(Answers, local_addr=("127.0.0.1", loop_port))
        async with asyncio.timeout(10):
            while True:
                health = await room.control.ask("health")
                states = {one["key"]: (one["state"], one["reason"]) for one in health["trunks"]}
                if "unknown" not in dict(states.values()):
                    break
                await asyncio.sleep(0.1)
        assert states == {"there": ("up", ""), "tcp": ("down", "connection_refused")}
        shown = next(one for one in health["trunks"] if one["key"] == "there")
        assert 0 < shown["round_trip_ms"] < 5_000

    play(tmp_path, scenario, trunks=trunks)
