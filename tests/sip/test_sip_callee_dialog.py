"""Calls that were taken: changes inside a dialog, where answers go, limits of a source."""

from __future__ import annotations

from typing import Any

import pytest
from sip_peer import (
    OUR_SDP,
    SDP,
    follow_up,
    invite,
    only,
    receive,
    sent,
    stack_at,
    statuses,
    to_header,
)

from kentongan.sip import admission, events
from kentongan.sip.address import Address, Transport
from kentongan.sip.message import Response
from kentongan.sip.stack import Stack


def _ring(stack: Stack, **more: Any) -> events.Invite:
    call = only(receive(stack, invite(**more)), events.Invite)
    assert statuses(stack) == [100]
    return call


def _answered(stack: Stack, *, acknowledged: bool = True) -> tuple[events.Invite, str]:
    """A call answered at 1.0; its event and the To header of the dialog."""
    call = _ring(stack)
    assert stack.respond(call.request, 200, body=OUR_SDP, now=1.0)
    (ok,) = sent(stack)
    to = to_header(ok)
    if acknowledged:
        only(receive(stack, follow_up("ACK", to=to, cseq=1), 1.1), events.Ack)
    return call, to


def test_hold_comes_as_reinvite_and_a_second_one_waits() -> None:
    """A re-INVITE surfaces with its SDP; another before its answer gets 500 and Retry-After."""
    stack = stack_at()
    call, to = _answered(stack)
    hold = SDP.replace(b"sendrecv", b"sendonly")
    event = only(receive(stack, follow_up("INVITE", to=to, body=hold), 5.0), events.Reinvite)
    assert (event.dialog, event.sdp) == (call.dialog, hold)
    assert statuses(stack) == [100]
    second = follow_up("INVITE", to=to, cseq=3, branch="z9hG4bK3", body=SDP)
    assert only(receive(stack, second, 5.1), events.OtherRequest).answered == 500
    (refused,) = sent(stack)
    assert 0 <= int(refused.headers.find("retry-after") or "") <= 10
    assert stack.respond(event.request, 200, body=OUR_SDP, now=5.2)
    assert statuses(stack) == [200]
    only(receive(stack, follow_up("ACK", to=to, cseq=2, branch="z9hG4bKa"), 5.3), events.Ack)
    assert stack.dialogs[call.dialog].remote_seq == 2


def test_crossing_reinvites_get_491() -> None:
    """Ours is under way: theirs is refused, and not counted as a change."""
    stack = stack_at()
    call, to = _answered(stack)
    assert stack.request(call.dialog, "INVITE", body=OUR_SDP, now=5.0)
    assert statuses(stack) == ["INVITE"]
    assert not stack.request(call.dialog, "INVITE", body=OUR_SDP, now=5.0)
    crossing = follow_up("INVITE", to=to, body=SDP)
    assert only(receive(stack, crossing, 5.1), events.OtherRequest).answered == 491
    assert statuses(stack) == [491]


def test_dtmf_by_info() -> None:
    """INFO is answered and told once."""
    stack = stack_at()
    _, to = _answered(stack)
    body = b"Signal=5\r\nDuration=160\r\n"
    data = follow_up("INFO", to=to, body=body, content_type="application/dtmf-relay")
    event = only(receive(stack, data, 2.0), events.Info)
    assert (event.content_type, event.body) == ("application/dtmf-relay", body)
    assert receive(stack, data, 2.5) == []
    assert statuses(stack) == [200, 200]


def test_answers_go_where_rfc_3581_says() -> None:
    """To the source with rport, to the Via port of the source without, by TCP to the connection."""
    nat = Address("192.0.2.7", 40_000)
    options = follow_up("OPTIONS", to="<sip:a@b>", cseq=1)
    for data, transport, expected in (
        (options, Transport.UDP, nat),
        (options.replace(b";rport", b""), Transport.UDP, Address("192.0.2.7", 5060)),
        (options.replace(b";rport", b""), Transport.TCP, nat),
    ):
        stack = stack_at()
        stack.receive(data, nat, transport, 0.0)
        (outgoing,) = stack.drain()
        assert (outgoing.address, outgoing.transport) == (expected, transport)
        assert b";received=192.0.2.7" in outgoing.data


def test_our_bye_goes_along_the_route_set() -> None:
    """Record-Route in order, the remote target in the Request-URI, sent to the first route."""
    stack = stack_at()
    routes = "Record-Route: <sip:10.0.0.9;lr>\r\nRecord-Route: <sip:10.0.0.8;lr>\r\n"
    call = _ring(stack, extra=routes)
    stack.respond(call.request, 200, body=OUR_SDP, now=1.0)
    (ok,) = sent(stack)
    assert ok.headers.list("record-route") == ("<sip:10.0.0.9;lr>", "<sip:10.0.0.8;lr>")
    receive(stack, follow_up("ACK", to=to_header(ok), cseq=1), 1.1)
    stack.bye(call.dialog, now=2.0)
    (outgoing,) = stack.out
    assert outgoing.address == Address("10.0.0.9", 5060)
    bye = sent(stack)[0]
    assert getattr(bye, "uri", "") == "sip:trunk@10.0.0.2:5060"
    assert bye.headers.list("route") == ("<sip:10.0.0.9;lr>", "<sip:10.0.0.8;lr>")


def test_a_source_has_a_limit_and_others_do_not_feel_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call number n+1 of one address gets 503 and Retry-After; another address still rings."""
    monkeypatch.setattr(admission, "DIALOGS_PER_SOURCE_MAX", 3)
    stack = stack_at()
    for number in range(3):
        _ring(stack, call_id=f"c{number}", branch=f"z9hG4bK{number}")
    data = invite(call_id="c9", branch="z9hG4bK9")
    assert only(receive(stack, data), events.RefusedInvite).status == 503
    stack.drain()
    other = stack.receive(data, Address("10.0.0.3", 5060), Transport.UDP, 0.0)
    only(other, events.Invite)


def test_a_flood_of_refusals_leaves_no_memory() -> None:
    """Requests outside a dialog that are refused cost no transaction."""
    stack = stack_at()
    for number in range(500):
        for method in ("OPTIONS", "REGISTER", "BYE"):
            receive(stack, follow_up(method, to="<sip:a@b>", cseq=1, branch=f"z9hG4bK{number}"))
    assert len(stack.drain()) == 1_500
    assert stack.next_timer() is None
    assert stack.dialogs == {}


def test_rejecting_a_call_is_repeated_until_its_ack() -> None:
    """486 by timer G, then quiet."""
    stack = stack_at()
    call = _ring(stack)
    assert stack.respond(call.request, 486, now=1.0, headers=(("Retry-After", "60"),))
    (busy,) = sent(stack)
    assert busy.headers.find("retry-after") == "60"
    stack.poll(1.5)
    assert statuses(stack) == [486]
    ack = follow_up("ACK", to=to_header(busy), cseq=1, branch="z9hG4bKone")
    assert receive(stack, ack, 1.6) == []
    assert stack.poll(100.0) == []
    assert stack.out == []
    assert stack.dialogs == {}


def test_headers_of_the_switch_cannot_break_a_message() -> None:
    """Line breaks in what the switch passes in become spaces."""
    stack = stack_at()
    call = _ring(stack)
    bad = (("Subject", "a\r\nX-Evil: 1"),)
    stack.respond(call.request, 180, reason="é\r\nX: y", now=1.0, headers=bad)
    (ringing,) = sent(stack)
    assert isinstance(ringing, Response)
    assert ringing.headers.find("x-evil") is None
    assert ringing.headers.find("subject") == "a  X-Evil: 1"


def test_ipv6_addresses_are_bracketed() -> None:
    """Via and Contact of a stack on IPv6 (RFC 5118)."""
    stack = stack_at(Address("2001:db8::1", 5060))
    call = _ring(stack)
    stack.respond(call.request, 180, now=1.0)
    (ringing,) = sent(stack)
    assert ringing.headers.find("contact") == "<sip:112@[2001:db8::1]:5060>"
