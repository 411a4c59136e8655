"""A trunk whose host is outside its networks, and dialogs that another trunk knows the tags of."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from switch_playbook import CITY, OFFER
from test_switch_process import Door, settings_in

from kentongan.edge.switch import watch
from kentongan.edge.switch.board import Counts
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.process import Switch
from kentongan.edge.switch.strangers import Strangers
from kentongan.edge.switch.trial import Finding, Trial
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip.address import Address, Outgoing, Transport
from kentongan.sip.build import answer
from kentongan.sip.message import Request, Response, encode
from kentongan.sip.parse import parse_message

INBOUND, GATEWAY = Address("127.0.0.2", 5060), Address("127.0.0.9", 5060)
OTHER, STRANGER = Address("127.0.0.5", 5060), Address("127.0.0.7", 5060)
TRUNKS = [
    {"key": "carrier", "networks": ["127.0.0.2/31"], "host": GATEWAY.host},
    {"key": "other", "networks": [f"{OTHER.host}/32"]},
]


class Wire:
    """A switch without a network: what it sends is kept, what it hears is given."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.sent: list[Outgoing] = []
        switch._sockets.send = self._keep

    def _keep(self, out: Outgoing) -> None:
        self.sent.append(out)

    async def hear(self, data: bytes, source: Address) -> None:
        """A datagram arrives, and all that follows from it is said."""
        self.switch._sockets.sort(data, source, Transport.UDP)
        while self.switch._intake.has_waiting:
            await asyncio.sleep(0)
        await self.switch._durable()

    def take(self) -> list[Request | Response]:
        """What was sent since."""
        sent, self.sent[:] = [parse_message(out.data) for out in self.sent], []
        return sent

    def statuses(self) -> list[int]:
        """The final answers among it."""
        return [one.status for one in self.take() if isinstance(one, Response) and one.status > 199]

    async def dial(self) -> tuple[Request, Response]:
        """A call of ours to the gateway, answered there: INVITE and 200."""
        stack = self.switch._phones.stack
        stack.invite(f"sip:0811@{GATEWAY.host}", OFFER, now=time.monotonic(), peer=GATEWAY)
        await self.switch._durable()
        invite = next(one for one in self.take() if isinstance(one, Request))
        contact = (("Contact", f"<sip:gw@{GATEWAY.host}>"), ("Content-Type", "application/sdp"))
        accepted = answer(invite, 200, tag="gw", extra=contact, body=OFFER)
        await self.hear(encode(accepted), GATEWAY)
        return invite, accepted


def request_within(method: str, response: Response, number: int = 1) -> bytes:
    """What the side that was called says in that dialog."""
    sender, to = response.headers.find("to"), response.headers.find("from")
    return (
        f"{method} sip:112@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP gw.example;branch=z9hG4bK{method}{number};rport\r\n"
        f"From: {sender}\r\nTo: {to}\r\nCall-ID: {response.headers.find('call-id')}\r\n"
        f"CSeq: {number} {method}\r\nContact: <sip:gw@{GATEWAY.host}>\r\nMax-Forwards: 70\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()


def new_request(method: str) -> bytes:
    """A request outside all dialogs."""
    return (
        f"{method} sip:112@127.0.0.1 SIP/2.0\r\n"
        "Via: SIP/2.0/UDP gw.example;branch=z9hG4bKnew;rport\r\n"
        "From: <sip:0811@gw.example>;tag=n\r\nTo: <sip:112@127.0.0.1>\r\nCall-ID: new\r\n"
        f"CSeq: 1 {method}\r\nContact: <sip:gw@{GATEWAY.host}>\r\nMax-Forwards: 70\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()


def run(folder: Path, scenario: Callable[[Wire], Awaitable[None]]) -> None:
    """With a switch of those trunks."""
    settings = settings_in(folder, trunks=TRUNKS)

    async def main() -> None:
        switch = Switch(settings, CITY, Door)
        await switch.start()
        try:
            await scenario(Wire(switch))
        finally:
            await switch.stop()

    asyncio.run(main())


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked or ended because a second has passed."""
    monkeypatch.setattr(watch, "LOOK_S", 3_600.0)


def test_a_host_outside_its_networks_that_answers_is_up(tmp_path: Path) -> None:
    """Its answer to our question is taken; one to a question nobody asked is dropped and said."""

    async def scenario(wire: Wire) -> None:
        switch = wire.switch
        switch._trunks.look(switch._owner._clock())
        await switch._durable()
        asked = next(one for one in wire.take() if isinstance(one, Request))
        await wire.hear(encode(answer(asked, 404, tag="x")), STRANGER)
        assert _state(switch) == "unknown"
        assert switch._board.notices.counts["stranger_answer"] == 1
        await wire.hear(encode(answer(asked, 404, tag="x")), GATEWAY)
        assert _state(switch) == "up"

    run(tmp_path, scenario)


def _state(switch: Switch) -> str:
    return next(one.state for one in switch._trunks.reach.health() if one.key == "carrier")


def test_a_call_placed_there_is_answered_changed_and_ended_by_it(tmp_path: Path) -> None:
    """All of it is heard, also a BYE that is repeated; a new call from there gets 403 always."""

    async def scenario(wire: Wire) -> None:
        await wire.hear(new_request("INVITE"), GATEWAY)
        assert wire.statuses() == [403]
        _, accepted = await wire.dial()
        assert next(one.method for one in wire.take() if isinstance(one, Request)) == "ACK"
        assert wire.switch._phones.stack.dialogs
        bye = request_within("BYE", accepted, 2)
        for _ in range(2):
            await wire.hear(bye, GATEWAY)
            assert wire.statuses() == [200]
        assert not wire.switch._phones.stack.dialogs
        assert wire.switch._board.counts.calls == 0

    run(tmp_path, scenario)


@pytest.mark.parametrize("method", ["BYE", "INVITE", "UPDATE", "INFO"])
def test_the_right_tags_from_another_trunk_do_nothing(tmp_path: Path, method: str) -> None:
    """481, said in the log; the trunk's own networks may speak in the call."""

    async def scenario(wire: Wire) -> None:
        _, accepted = await wire.dial()
        wire.take()
        await wire.hear(request_within(method, accepted, 2), OTHER)
        assert wire.statuses() == [481]
        assert wire.switch._board.notices.counts["other_trunk"] == 1
        assert wire.switch._phones.stack.dialogs
        await wire.hear(request_within("BYE", accepted, 3), INBOUND)
        assert wire.statuses() == [200]

    run(tmp_path, scenario)


def test_an_ack_or_a_cancel_of_another_trunk_does_nothing(tmp_path: Path) -> None:
    """The caller of one trunk is not hung up by whoever overheard the INVITE."""

    async def scenario(wire: Wire) -> None:
        await wire.hear(new_request("INVITE"), INBOUND)
        wire.take()
        cancel = new_request("CANCEL")
        await wire.hear(cancel, OTHER)
        assert wire.statuses() == [481]
        await wire.hear(cancel, INBOUND)
        assert sorted(wire.statuses()) == [200, 487]

    run(tmp_path, scenario)


def test_what_answers_without_being_asked_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """One line of the log for each source, and no answer."""
    strangers = Strangers(counts := Counts(), Notices(lambda: 0.0))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            said = b"SIP/2.0 404 Not here\r\n"
            assert strangers.answer(said, STRANGER, Transport.UDP, 0.0) is None
    assert caplog.messages == [
        "127.0.0.7: stranger_answer: not asked, dropped: SIP/2.0 404 Not here"
    ]
    assert counts.strangers == 0


class _Answers(asyncio.DatagramProtocol):
    """Takes what it is asked at one address, and answers it from another."""

    def __init__(self, mouth: asyncio.DatagramTransport) -> None:
        self._mouth = mouth

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        request = parse_message(data)
        assert isinstance(request, Request)
        self._mouth.sendto(encode(answer(request, 200, tag="x")), addr)


@pytest.mark.parametrize(
    ("mouth", "verdict", "key"),
    [(GATEWAY.host, "well", "answered"), (STRANGER.host, "fault", "answered_elsewhere")],
)
def test_the_trial_says_what_the_switch_would_not_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mouth: str, verdict: str, key: str
) -> None:
    """The host that only answers is a note; an answer from elsewhere is a fault, with both."""
    monkeypatch.setattr("kentongan.edge.switch.trial.ANSWER_S_MAX", 0.5)

    async def collect() -> dict[str, Finding]:
        loop = asyncio.get_running_loop()
        speaks, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=(mouth, 0)
        )
        hears, _ = await loop.create_datagram_endpoint(
            lambda: _Answers(speaks), local_addr=(GATEWAY.host, 0)
        )
        port = int(hears.get_extra_info("sockname")[1])
        trunk = Trunk(key="carrier", networks=("127.0.0.2/32",), host=GATEWAY.host, port=port)
        trial = Trial(settings_in(tmp_path), trunk)
        found = {finding.step: finding async for finding in trial.run()}
        speaks.close()
        hears.close()
        return found

    found = asyncio.run(collect())
    assert found["host"].key == "host_only_answers"
    assert (found["options"].verdict, found["options"].key) == (verdict, key)
    if verdict == "fault":
        assert found["options"].facts == {"address": STRANGER.host, "asked": GATEWAY.host}
