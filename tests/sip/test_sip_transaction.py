"""The four machines of RFC 3261 section 17 on a fake clock, timer by timer."""

from __future__ import annotations

import pytest
from sip_peer import PEER, answer_of, follow_up, invite

from kentongan.sip.address import Transport
from kentongan.sip.build import answer
from kentongan.sip.client_transaction import ClientInvite, ClientRequest
from kentongan.sip.fields import cseq_of
from kentongan.sip.message import Request, Response
from kentongan.sip.parse import parse_message
from kentongan.sip.server_transaction import ServerInvite, ServerRequest, server_key
from kentongan.sip.transaction import Deliver, Effect, Expired, Machine, Send, State


def _request(data: bytes) -> Request:
    message = parse_message(data)
    assert isinstance(message, Request)
    return message


INVITE = _request(invite())
STREAMS = [Transport.TCP, Transport.TLS]
BYE = _request(follow_up("BYE", to="<sip:112@10.0.0.1>;tag=us"))


def _response(request: Request, status: int) -> Response:
    message = parse_message(answer_of(request, status, tag="far"))
    assert isinstance(message, Response)
    return message


def _run(machine: Machine, until: float) -> list[tuple[float, str]]:
    """Fire at each due moment: when, and what came of it."""
    seen: list[tuple[float, str]] = []
    while machine.due_at is not None and machine.due_at <= until:
        now = machine.due_at
        seen += [(now, _word(effect)) for effect in machine.fire(now)]
    return seen


def _word(effect: Effect) -> str:
    match effect:
        case Send(data=data):
            return data.split(b" ")[0].decode() if data[:3] != b"SIP" else data[8:11].decode()
        case Deliver(response=response):
            return f"deliver {response.status}"
        case Expired():
            return "expired"


def test_client_invite_repeats_by_timer_a_and_ends_by_timer_b() -> None:
    """A doubles without an upper bound; B ends it after 32 s."""
    machine = ClientInvite(INVITE, PEER, Transport.UDP)
    assert [_word(e) for e in machine.start(0.0)] == ["INVITE"]
    sends = [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert _run(machine, 100.0) == [*((t, "INVITE") for t in sends), (32.0, "expired")]
    assert machine.is_over


@pytest.mark.parametrize("transport", STREAMS)
def test_client_invite_over_a_stream_does_not_repeat(transport: Transport) -> None:
    """Timer A runs on UDP alone, timer B on all."""
    machine = ClientInvite(INVITE, PEER, transport)
    machine.start(0.0)
    assert _run(machine, 100.0) == [(32.0, "expired")]


def test_client_invite_stops_repeating_at_a_provisional() -> None:
    """After a 1xx the call may ring for ever; a CANCEL gives it 32 s more."""
    machine = ClientInvite(INVITE, PEER, Transport.UDP)
    machine.start(0.0)
    assert [_word(e) for e in machine.receive(_response(INVITE, 180), 0.2)] == ["deliver 180"]
    assert machine.due_at is None
    machine.abandon(50.0)
    assert _run(machine, 100.0) == [(82.0, "expired")]


@pytest.mark.parametrize(
    ("transport", "gone_at"),
    [(Transport.UDP, 33.0), (Transport.TCP, 1.0), (Transport.TLS, 1.0)],
)
def test_client_invite_acknowledges_each_failure(transport: Transport, gone_at: float) -> None:
    """A 486 is delivered once, ACKed each time, and forgotten by timer D."""
    machine = ClientInvite(INVITE, PEER, transport)
    machine.start(0.0)
    busy = _response(INVITE, 486)
    assert [_word(e) for e in machine.receive(busy, 1.0)] == ["ACK", "deliver 486"]
    assert [_word(e) for e in machine.receive(busy, 1.0)] == ["ACK"]
    assert machine.receive(_response(INVITE, 200), 1.0) == []
    assert machine.due_at == gone_at
    machine.fire(gone_at)
    assert machine.is_over


def test_ack_of_a_failure_is_hop_by_hop() -> None:
    """Same branch, URI and number as the INVITE, To of the response."""
    machine = ClientInvite(INVITE, PEER, Transport.UDP)
    machine.start(0.0)
    effect = machine.receive(_response(INVITE, 486), 1.0)[0]
    assert isinstance(effect, Send)
    ack = _request(effect.data)
    assert ack.uri == INVITE.uri
    assert ack.headers.find("via") == INVITE.headers.find("via")
    assert (cseq_of(ack).number, cseq_of(ack).method) == (1, "ACK")
    assert (ack.headers.find("to") or "").endswith(";tag=far")


def test_client_invite_passes_every_success_until_timer_m() -> None:
    """RFC 6026: forks and repeats of a 2xx come through for 32 s."""
    machine = ClientInvite(INVITE, PEER, Transport.UDP)
    machine.start(0.0)
    for now in (1.0, 5.0):
        found = machine.receive(_response(INVITE, 200), now)
        assert [_word(e) for e in found] == ["deliver 200"]
    assert machine.receive(_response(INVITE, 486), 6.0) == []
    assert machine.due_at == 33.0
    assert machine.fire(33.0) == []
    assert machine.is_over


def test_client_request_repeats_by_timer_e_and_ends_by_timer_f() -> None:
    """E doubles up to 4 s; F ends it after 32 s."""
    machine = ClientRequest(BYE, PEER, Transport.UDP)
    machine.start(0.0)
    sends = [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert _run(machine, 100.0) == [*((t, "BYE") for t in sends), (32.0, "expired")]


@pytest.mark.parametrize("transport", STREAMS)
def test_client_request_over_a_stream_does_not_repeat(transport: Transport) -> None:
    """Timer E runs on UDP alone, also after a 1xx; timer F on all."""
    machine = ClientRequest(BYE, PEER, transport)
    machine.start(0.0)
    machine.receive(_response(BYE, 100), 0.1)
    assert _run(machine, 100.0) == [(32.0, "expired")]


def test_client_request_in_proceeding_repeats_each_four_seconds() -> None:
    """After a 1xx the pause is T2 (section 17.1.2.2)."""
    machine = ClientRequest(BYE, PEER, Transport.UDP)
    machine.start(0.0)
    machine.receive(_response(BYE, 100), 0.1)
    sends = [0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5]
    assert _run(machine, 100.0) == [*((t, "BYE") for t in sends), (32.0, "expired")]


@pytest.mark.parametrize(
    ("transport", "gone_at"),
    [(Transport.UDP, 6.0), (Transport.TCP, 1.0), (Transport.TLS, 1.0)],
)
def test_client_request_absorbs_repeats_for_timer_k(transport: Transport, gone_at: float) -> None:
    """A final response is delivered once."""
    machine = ClientRequest(BYE, PEER, transport)
    machine.start(0.0)
    assert [_word(e) for e in machine.receive(_response(BYE, 200), 1.0)] == ["deliver 200"]
    assert machine.receive(_response(BYE, 200), 1.0) == []
    assert machine.due_at == gone_at
    assert machine.fire(gone_at) == []
    assert machine.is_over


def test_server_invite_repeats_a_failure_by_timer_g_until_h() -> None:
    """G doubles up to 4 s; without an ACK H ends it, silently."""
    machine = ServerInvite(INVITE, PEER, Transport.UDP)
    machine.answer(answer(INVITE, 486, tag="us"), 0.0)
    sends = [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert _run(machine, 100.0) == [(t, "486") for t in sends]
    assert machine.is_over


@pytest.mark.parametrize(
    ("transport", "gone_at"),
    [(Transport.UDP, 7.0), (Transport.TCP, 2.0), (Transport.TLS, 2.0)],
)
def test_server_invite_confirmed_absorbs_acks_for_timer_i(
    transport: Transport, gone_at: float
) -> None:
    """After its ACK a failure is repeated no more, not even for a late INVITE."""
    machine = ServerInvite(INVITE, PEER, transport)
    machine.answer(answer(INVITE, 486, tag="us"), 1.0)
    machine.acknowledged(2.0)
    assert machine.state is State.CONFIRMED
    assert machine.repeated() == []
    assert machine.due_at == gone_at
    assert _run(machine, 100.0) == []
    assert machine.is_over


@pytest.mark.parametrize("transport", STREAMS)
def test_server_invite_over_a_stream_repeats_no_failure(transport: Transport) -> None:
    """G runs on UDP alone; H runs on all, and ends it without an ACK."""
    machine = ServerInvite(INVITE, PEER, transport)
    machine.answer(answer(INVITE, 486, tag="us"), 0.0)
    assert machine.due_at == 32.0
    assert _run(machine, 100.0) == []
    assert machine.is_over


@pytest.mark.parametrize("transport", list(Transport))
def test_timers_of_a_success_are_the_same_on_all_transports(transport: Transport) -> None:
    """RFC 6026: L and M are 64*T1 whatever carries them; forks and repeats come end to end."""
    client = ClientInvite(INVITE, PEER, transport)
    client.start(0.0)
    client.receive(_response(INVITE, 200), 1.0)
    assert client.due_at == 33.0
    server = ServerInvite(INVITE, PEER, transport)
    server.answer(answer(INVITE, 200, tag="us"), 1.0)
    server.acknowledged(1.5)
    assert server.due_at == 33.0


@pytest.mark.parametrize("transport", list(Transport))
def test_server_invite_repeats_a_success_until_its_ack(transport: Transport) -> None:
    """Section 13.3.1.4: on every transport, from T1 to T2; after 32 s it is lost."""
    machine = ServerInvite(INVITE, PEER, transport)
    machine.answer(answer(INVITE, 200, tag="us"), 0.0)
    sends = [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert _run(machine, 100.0) == [*((t, "200") for t in sends), (32.0, "expired")]


def test_server_invite_acknowledged_success_is_quiet() -> None:
    """After the ACK a late copy of the INVITE is absorbed until timer L."""
    machine = ServerInvite(INVITE, PEER, Transport.UDP)
    machine.answer(answer(INVITE, 200, tag="us"), 0.0)
    assert [_word(e) for e in machine.repeated()] == ["200"]
    machine.acknowledged(1.0)
    assert machine.repeated() == []
    assert _run(machine, 31.9) == []
    assert not machine.is_over
    assert _run(machine, 32.0) == []
    assert machine.is_over


def test_server_invite_repeats_ringing_each_minute() -> None:
    """Proxies on the way give up a call that is silent for three minutes."""
    machine = ServerInvite(INVITE, PEER, Transport.UDP)
    machine.answer(answer(INVITE, 100), 0.0)
    assert machine.due_at is None
    machine.answer(answer(INVITE, 180, tag="us"), 1.0)
    assert _run(machine, 182.0) == [(61.0, "180"), (121.0, "180"), (181.0, "180")]


@pytest.mark.parametrize(
    ("transport", "gone_at"),
    [(Transport.UDP, 33.0), (Transport.TCP, 1.0), (Transport.TLS, 1.0)],
)
def test_server_request_repeats_its_answer_for_timer_j(
    transport: Transport, gone_at: float
) -> None:
    """A repeat gets the last response again, for as long as it may still arrive."""
    machine = ServerRequest(BYE, PEER, transport)
    assert machine.repeated() == []
    machine.answer(answer(BYE, 200, tag="us"), 1.0)
    assert [_word(e) for e in machine.repeated()] == ["200"]
    assert machine.due_at == gone_at
    machine.fire(gone_at)
    assert machine.is_over


def test_server_keys_tell_what_belongs_together() -> None:
    """An ACK has the key of its INVITE; another branch, sender or method has not."""
    ack = _request(follow_up("ACK", to="<sip:112@10.0.0.1>;tag=us", cseq=1, branch="z9hG4bKone"))
    assert server_key(ack) == server_key(INVITE)
    cancel = _request(follow_up("CANCEL", to="<sip:112@10.0.0.1>", cseq=1, branch="z9hG4bKone"))
    assert server_key(cancel) != server_key(INVITE)
    assert server_key(cancel, "INVITE") == server_key(INVITE)
    assert server_key(_request(invite(branch="z9hG4bKx"))) != server_key(INVITE)
    old, copy = _request(invite(branch="1")), _request(invite(branch="1", call_id="other"))
    assert server_key(old) != server_key(copy)
