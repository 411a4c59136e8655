"""We call an agency: every rule of the calling side, told as messages in and messages out."""

from __future__ import annotations

import pytest
from sip_peer import (
    OUR_SDP,
    PEER,
    SDP,
    answer_of,
    only,
    receive,
    sent,
    stack_at,
    statuses,
    to_header,
)

from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.fields import cseq_of, via_of
from kentongan.sip.message import Request
from kentongan.sip.stack import Stack


def _call(stack: Stack, from_uri: str = "") -> tuple[str, Request]:
    key = stack.invite("sip:pmi@10.0.0.2", OUR_SDP, now=0.0, peer=PEER, from_uri=from_uri)
    (request,) = sent(stack)
    assert isinstance(request, Request)
    return key, request


def _connected(stack: Stack, tag: str = "far", extra: str = "") -> tuple[str, Request]:
    """A call answered at 2.0; its dialog and the INVITE."""
    key, request = _call(stack)
    data = answer_of(request, 200, tag=tag, body=SDP, extra=extra)
    event = only(receive(stack, data, 2.0), events.Response)
    assert (event.call, event.status, event.sdp, event.is_ended) == (key, 200, SDP, False)
    assert statuses(stack) == ["ACK"]
    return event.dialog, request


def test_a_call_rings_is_answered_and_hung_up() -> None:
    """INVITE with our offer, 180 and 200 told once each, ACK, BYE, 200: nothing is left."""
    stack = stack_at()
    key, request = _call(stack, from_uri="sip:112@semarang.example")
    assert request.body == OUR_SDP
    assert (request.headers.find("from") or "").startswith("<sip:112@semarang.example>;tag=")
    assert receive(stack, answer_of(request, 100), 0.1) == []
    ringing = only(receive(stack, answer_of(request, 180, tag="far"), 0.2), events.Response)
    assert (ringing.call, ringing.status, ringing.is_ended) == (key, 180, False)
    answered = only(
        receive(stack, answer_of(request, 200, tag="far", body=SDP), 3.0), events.Response
    )
    assert answered.dialog == ringing.dialog
    (ack,) = sent(stack)
    assert isinstance(ack, Request)
    assert (ack.method, ack.uri) == ("ACK", "sip:agency@10.0.0.2:5060")
    assert cseq_of(ack).number == 1
    assert via_of(ack).branch != via_of(request).branch
    assert stack.bye(answered.dialog, now=9.0)
    (bye,) = sent(stack)
    assert cseq_of(bye).number == 2
    ended = only(receive(stack, answer_of(bye, 200), 9.1), events.Response)
    assert (ended.method, ended.is_ended) == ("BYE", True)
    assert stack.dialogs == {}
    assert stack.poll(200.0) == []
    assert (stack.out, stack.next_timer()) == ([], None)


def test_every_repeated_success_is_acknowledged_again() -> None:
    """Our ACK was lost: no second event, another ACK."""
    stack = stack_at()
    _, request = _connected(stack)
    assert receive(stack, answer_of(request, 200, tag="far", body=SDP), 2.5) == []
    assert statuses(stack) == ["ACK"]


def test_ack_and_requests_follow_the_reversed_record_route() -> None:
    """Section 12.1.2; the first route is where they go."""
    stack = stack_at()
    routes = "Record-Route: <sip:10.0.0.8;lr>, <sip:10.0.0.9:5070;lr>\r\n"
    dialog, _ = _connected(stack, extra=routes)
    assert stack.request(dialog, "INFO", body=b"x", content_type="text/plain", now=3.0)
    (outgoing,) = stack.out
    assert outgoing.address == Address("10.0.0.9", 5070)
    (info,) = sent(stack)
    assert info.headers.list("route") == ("<sip:10.0.0.9:5070;lr>", "<sip:10.0.0.8;lr>")


def test_a_strict_router_gets_the_target_as_last_route() -> None:
    """Section 12.2.1.1: Request-URI is the route, the target moves to the end."""
    stack = stack_at()
    dialog, _ = _connected(stack, extra="Record-Route: <sip:10.0.0.8>\r\n")
    stack.bye(dialog, now=3.0)
    (bye,) = sent(stack)
    assert isinstance(bye, Request)
    assert bye.uri == "sip:10.0.0.8"
    assert bye.headers.list("route") == ("<sip:agency@10.0.0.2:5060>",)


@pytest.mark.parametrize("status", [302, 404, 486, 503, 603])
def test_a_refused_call_is_acknowledged_and_over(status: int) -> None:
    """The ACK carries the INVITE's branch; early dialogs go."""
    stack = stack_at()
    key, request = _call(stack)
    receive(stack, answer_of(request, 183, tag="early", body=SDP), 0.5)
    data = answer_of(request, status, tag="far", extra="Retry-After: 30 (busy)\r\n")
    event = only(receive(stack, data, 1.0), events.Response)
    assert (event.call, event.status, event.is_ended) == (key, status, True)
    assert event.retry_after_s == 30
    (ack,) = sent(stack)
    assert via_of(ack).branch == via_of(request).branch
    assert stack.dialogs == {}
    assert not stack.cancel(key, now=2.0)
    assert stack.poll(100.0) == []
    assert (stack.out, stack.next_timer()) == ([], None)


def test_a_call_nobody_answers_times_out() -> None:
    """32 s without any response."""
    stack = stack_at()
    key, _ = _call(stack)
    assert stack.poll(31.9) == []
    event = only(stack.poll(32.0), events.Timeout)
    assert (event.call, event.method, event.is_ended) == (key, "INVITE", True)
    assert stack.next_timer() is None


def test_cancel_is_held_until_a_provisional_came() -> None:
    """Section 9.1; then 487 ends the call."""
    stack = stack_at()
    key, request = _call(stack)
    assert stack.cancel(key, now=0.1)
    assert stack.out == []
    assert receive(stack, answer_of(request, 100), 0.2) == []
    (cancel,) = sent(stack)
    assert isinstance(cancel, Request)
    assert (cancel.method, via_of(cancel).branch) == ("CANCEL", via_of(request).branch)
    assert stack.cancel(key, now=0.25)
    assert stack.out == []
    assert receive(stack, answer_of(cancel, 200), 0.3) == []
    event = only(receive(stack, answer_of(request, 487, tag="far"), 0.4), events.Response)
    assert (event.status, event.is_ended) == (487, True)
    assert statuses(stack) == ["ACK"]


def test_a_cancelled_call_that_answers_is_hung_up() -> None:
    """The 200 crossed our CANCEL: ACK, then BYE, and the switch is told it is over."""
    stack = stack_at()
    key, request = _call(stack)
    receive(stack, answer_of(request, 180, tag="far"), 0.2)
    stack.cancel(key, now=1.0)
    stack.drain()
    event = only(receive(stack, answer_of(request, 200, tag="far", body=SDP), 1.1), events.Response)
    assert (event.status, event.is_ended) == (200, True)
    assert statuses(stack) == ["ACK", "BYE"]
    assert receive(stack, answer_of(request, 200, tag="far", body=SDP), 1.6) == []
    assert statuses(stack) == ["ACK"]


def test_a_cancelled_call_without_any_end_times_out() -> None:
    """Nobody sends the 487: after 32 s more the call is over."""
    stack = stack_at()
    key, request = _call(stack)
    receive(stack, answer_of(request, 180, tag="far"), 0.2)
    stack.cancel(key, now=100.0)
    found = stack.poll(200.0)
    assert only(found, events.Timeout).call == key
    assert stack.dialogs == {}


def test_forks_do_not_mix() -> None:
    """Two phones ring; the first that answers has the call, the other is hung up in silence."""
    stack = stack_at()
    _, request = _call(stack)
    one = only(receive(stack, answer_of(request, 180, tag="one"), 0.1), events.Response)
    two = only(receive(stack, answer_of(request, 180, tag="two"), 0.2), events.Response)
    assert one.dialog != two.dialog
    won = only(receive(stack, answer_of(request, 200, tag="two", body=SDP), 1.0), events.Response)
    assert won.dialog == two.dialog
    assert set(stack.dialogs) == {two.dialog}
    stack.drain()
    late = answer_of(request, 200, tag="one", body=SDP)
    assert receive(stack, late, 1.1) == []
    ack, bye = sent(stack)
    assert to_header(ack) == to_header(bye) == "<sip:pmi@10.0.0.2>;tag=one"
    receive(stack, answer_of(bye, 200), 1.2)
    assert receive(stack, late, 1.6) == []
    assert statuses(stack) == ["ACK"]
    assert set(stack.dialogs) == {two.dialog}


def test_a_lost_bye_is_repeated_and_then_given_up() -> None:
    """32 s of repeats, a Timeout, and the dialog is gone."""
    stack = stack_at()
    dialog, _ = _connected(stack)
    stack.bye(dialog, now=10.0)
    event = only(stack.poll(42.0), events.Timeout)
    assert (event.dialog, event.method, event.is_ended) == (dialog, "BYE", True)
    assert set(statuses(stack)) == {"BYE"}
    assert stack.dialogs == {}


@pytest.mark.parametrize("status", [408, 481])
def test_a_dialog_the_other_side_forgot_is_over(status: int) -> None:
    """Section 12.2.1.2: the probe of a silent call."""
    stack = stack_at()
    dialog, _ = _connected(stack)
    assert stack.request(dialog, "OPTIONS", now=5.0)
    (probe,) = sent(stack)
    event = only(receive(stack, answer_of(probe, status), 5.1), events.Response)
    assert (event.dialog, event.method, event.is_ended) == (dialog, "OPTIONS", True)
    assert not stack.bye(dialog, now=6.0)


def test_our_reinvite_takes_the_new_target() -> None:
    """2xx told once, ACKed each time with the re-INVITE's number; the new Contact is used."""
    stack = stack_at()
    dialog, _ = _connected(stack)
    assert not stack.request(dialog, "INVITE", now=3.0)
    assert stack.request(dialog, "INVITE", body=OUR_SDP, now=3.0)
    (again,) = sent(stack)
    data = answer_of(again, 200, body=SDP).replace(b"agency@10.0.0.2:5060", b"moved@45.112.7.9")
    event = only(receive(stack, data, 3.1), events.Response)
    assert (event.dialog, event.method, event.sdp) == (dialog, "INVITE", SDP)
    (outgoing,) = stack.out
    assert outgoing.address == Address("45.112.7.9", 5060)
    (ack,) = sent(stack)
    assert cseq_of(ack).number == 2
    assert receive(stack, data, 3.6) == []
    assert statuses(stack) == ["ACK"]


def test_responses_that_are_not_ours_are_ignored() -> None:
    """Unknown branch, two Vias (section 8.1.3.3), or a 200 without a call."""
    stack = stack_at()
    _, request = _call(stack)
    good = answer_of(request, 200, tag="far")
    two_vias = good.replace(b"From:", b"Via: SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKq\r\nFrom:", 1)
    other = good.replace(via_of(request).branch.encode(), b"z9hG4bKwrong")
    for data in (two_vias, other):
        assert receive(stack, data, 1.0) == []
    assert (stack.out, stack.dialogs) == ([], {})


def test_actions_on_what_is_gone_do_nothing() -> None:
    """Late clicks return False and send nothing."""
    stack = stack_at()
    assert not stack.bye("gone", now=0.0)
    assert not stack.cancel("gone", now=0.0)
    assert not stack.request("gone", "INFO", now=0.0)
    assert stack.save("gone") is None
    assert stack.out == []


def test_a_call_over_tcp_says_so() -> None:
    """Via and Contact name the transport; nothing is repeated."""
    stack = stack_at()
    stack.invite("sip:pmi@10.0.0.2", OUR_SDP, now=0.0, peer=PEER, transport=Transport.TCP)
    (outgoing,) = stack.out
    assert outgoing.transport is Transport.TCP
    (request,) = sent(stack)
    assert via_of(request).transport == "TCP"
    assert request.headers.find("contact") == "<sip:112@10.0.0.1:5060;transport=tcp>"
    assert stack.poll(31.0) == []
    assert stack.out == []


def test_names_and_private_addresses_are_reached_through_the_peer() -> None:
    """A Contact we cannot reach from here: requests go where the messages came from."""
    for contact in (b"agency@pbx.example", b"agency@192.168.1.9", b"agency@0.0.0.0"):
        stack = stack_at(Address("198.51.100.1", 5060))
        public = Address("8.8.8.8", 5060)
        stack.invite("sip:pmi@8.8.8.8", OUR_SDP, now=0.0, peer=public)
        (request,) = sent(stack)
        data = answer_of(request, 200, tag="far", body=SDP)
        data = data.replace(b"agency@10.0.0.2:5060", contact)
        stack.receive(data, public, Transport.UDP, 1.0)
        assert [outgoing.address for outgoing in stack.drain()] == [public]
