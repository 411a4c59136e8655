"""UPDATE (RFC 3311) both ways, early and late, and crossing; what else an early dialog takes.

The clock is a number; every rule is told as messages in and messages out.
"""

from __future__ import annotations

import pytest
from sip_peer import (
    OUR_SDP,
    PEER,
    SDP,
    answer_of,
    dial,
    follow_up,
    header,
    invite,
    only,
    receive,
    requests,
    ring,
    sent,
    stack_at,
    statuses,
    talk,
    to_header,
)

from kentongan.sip import events
from kentongan.sip.address import Transport
from kentongan.sip.fields import cseq_of
from kentongan.sip.stack import Stack

ALLOW = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE, REFER\r\n"
HOLD = SDP.replace(b"sendrecv", b"sendonly")


def _update(to: str, number: int = 2, **more: object) -> bytes:
    return follow_up("UPDATE", to=to, cseq=number, branch=f"z9hG4bKu{number}", **more)


def _early(stack: Stack, extra: str = ALLOW) -> tuple[events.Invite, str]:
    """A call that rings; its event and the To of its early dialog."""
    call = ring(stack, extra=extra)
    stack.respond(call.request, 180, now=0.1)
    return call, to_header(sent(stack)[0])


def test_an_update_without_offer_is_answered_and_moves_the_target() -> None:
    """RFC 3311 5.2: a target refresh; the event tells, nothing is to be done."""
    stack = stack_at()
    call, to = talk(stack)
    moved = _update(to).replace(b"trunk@10.0.0.2:5060", b"moved@10.0.0.7:5070")
    event = only(receive(stack, moved, 2.0), events.Update)
    assert (event.dialog, event.request, event.sdp) == (call.dialog, "", None)
    (ok,) = sent(stack)
    assert header(ok, "contact")
    assert stack.dialogs[call.dialog].target == "sip:moved@10.0.0.7:5070"


def test_an_offer_in_an_update_waits_for_the_switch() -> None:
    """RFC 3311 5.2: the answer goes into the 2xx; a repeat gets the same again."""
    stack = stack_at()
    _, to = talk(stack)
    event = only(receive(stack, _update(to, body=HOLD), 2.0), events.Update)
    assert event.sdp == HOLD
    assert stack.out == []
    assert receive(stack, _update(to, body=HOLD), 2.1) == []
    assert stack.out == []
    assert stack.respond(event.request, 200, body=OUR_SDP, now=2.2)
    receive(stack, _update(to, body=HOLD), 2.3)
    assert [message.body for message in sent(stack)] == [OUR_SDP, OUR_SDP]


def test_a_second_update_before_the_answer_gets_500() -> None:
    """RFC 3311 5.2: with a Retry-After between 0 and 10 s."""
    stack = stack_at()
    _, to = talk(stack)
    receive(stack, _update(to, body=HOLD), 2.0)
    data = _update(to, 3, body=SDP)
    assert only(receive(stack, data, 2.1), events.OtherRequest).answered == 500
    (refused,) = sent(stack)
    assert 0 <= int(header(refused, "retry-after")) <= 10


def test_offers_that_cross_get_491() -> None:
    """RFC 3311 5.2: ours is open in an UPDATE or re-INVITE; a refresh without offer is taken."""
    for ours in ("UPDATE", "INVITE"):
        stack = stack_at()
        call, to = talk(stack, extra=ALLOW)
        assert stack.request(call.dialog, ours, body=OUR_SDP, now=2.0)
        stack.drain()
        data = _update(to, body=HOLD)
        assert only(receive(stack, data, 2.1), events.OtherRequest).answered == 491
        assert statuses(stack) == [491]
        reinvite = follow_up("INVITE", to=to, cseq=3, branch="z9hG4bKr", body=HOLD)
        assert only(receive(stack, reinvite, 2.2), events.OtherRequest).answered == 491
    stack = stack_at()
    call, to = talk(stack, extra=ALLOW)
    stack.request(call.dialog, "INVITE", body=OUR_SDP, now=2.0)
    stack.drain()
    only(receive(stack, _update(to), 2.1), events.Update)
    assert statuses(stack) == [200]


def test_an_early_offer_while_theirs_is_open_gets_500() -> None:
    """RFC 3311 5.2: the INVITE's offer is not answered yet; the call rings on."""
    stack = stack_at()
    call, to = _early(stack)
    data = _update(to, body=HOLD)
    assert only(receive(stack, data, 0.2), events.OtherRequest).answered == 500
    stack.drain()
    event = only(receive(stack, _update(to, 3), 0.3), events.Update)
    assert event.request == ""
    assert statuses(stack) == [200]
    assert stack.respond(call.request, 200, body=OUR_SDP, now=0.4)


def test_an_early_offer_after_a_reliable_answer_is_taken() -> None:
    """RFC 3311 5.2, RFC 3262 5: offer in INVITE, answer in 183, PRACK, and a new offer."""
    stack = stack_at()
    call = ring(stack, extra="Supported: 100rel\r\n")
    stack.respond(call.request, 183, body=OUR_SDP, now=0.1)
    (early,) = sent(stack)
    rack = f"RAck: {header(early, 'rseq')} 1 INVITE\r\n"
    to = to_header(early)
    receive(stack, follow_up("PRACK", to=to, extra=rack, branch="z9hG4bKp"), 0.2)
    stack.drain()
    event = only(receive(stack, _update(to, 3, body=HOLD), 0.3), events.Update)
    assert stack.respond(event.request, 200, body=OUR_SDP, now=0.4)
    assert statuses(stack) == [200]


def test_our_update_needs_a_peer_that_has_it() -> None:
    """RFC 3311 4: only where the peer's Allow lists it; early and late."""
    for extra, is_sent in ((ALLOW, True), ("", False), ("Allow: INVITE\r\n", False)):
        stack = stack_at()
        call, _ = _early(stack, extra)
        assert stack.request(call.dialog, "UPDATE", now=0.2) == is_sent
        assert statuses(stack) == (["UPDATE"] if is_sent else [])
        assert not stack.request(call.dialog, "UPDATE", body=OUR_SDP, now=0.3), "offer is open"


def test_our_updates_do_not_overlap() -> None:
    """RFC 3311 5.1: one at a time; after its answer the next may go."""
    stack = stack_at()
    call, _ = talk(stack, extra=ALLOW)
    assert stack.request(call.dialog, "UPDATE", body=OUR_SDP, now=2.0)
    (update,) = requests(stack)
    assert not stack.request(call.dialog, "UPDATE", body=OUR_SDP, now=2.1)
    assert not stack.request(call.dialog, "INVITE", body=OUR_SDP, now=2.1)
    event = only(receive(stack, answer_of(update, 200, body=SDP), 2.2), events.Response)
    assert (event.dialog, event.method, event.sdp) == (call.dialog, "UPDATE", SDP)
    assert stack.request(call.dialog, "INVITE", body=OUR_SDP, now=2.3)


def test_early_offers_of_ours_follow_a_reliable_answer() -> None:
    """We call: no offer in UPDATE before the answer came in a reliable provisional."""
    stack = stack_at()
    _, request = dial(stack)
    data = answer_of(request, 180, tag="far", extra=ALLOW)
    dialog = only(receive(stack, data, 0.1), events.Response).dialog
    assert not stack.request(dialog, "UPDATE", body=OUR_SDP, now=0.2)
    extra = f"{ALLOW}Require: 100rel\r\nRSeq: 1\r\n"
    receive(stack, answer_of(request, 183, tag="far", extra=extra, body=SDP), 0.3)
    assert stack.request(dialog, "UPDATE", body=OUR_SDP, now=0.4)
    prack, update = requests(stack)
    assert (cseq_of(prack).number, cseq_of(update).number) == (2, 3)
    receive(stack, answer_of(request, 200, tag="far", body=SDP), 0.5)
    ack = requests(stack)[0]
    assert cseq_of(ack).number == 1, "the ACK has the number of the INVITE"
    assert stack.bye(dialog, now=1.0)
    assert cseq_of(requests(stack)[0]).number == 4


@pytest.mark.parametrize("method", ["INFO", "MESSAGE", "OPTIONS"])
def test_requests_in_early_dialogs(method: str) -> None:
    """Section 12.2.2: taken before the answer, both ways; the call rings on."""
    stack = stack_at()
    call, to = _early(stack)
    receive(stack, follow_up(method, to=to, body=b"x", content_type="text/plain"), 0.2)
    assert statuses(stack) == [200]
    assert stack.request(call.dialog, method, body=b"x", content_type="text/plain", now=0.3)
    (request,) = requests(stack)
    only(receive(stack, answer_of(request, 481), 0.4), events.Response)
    assert stack.respond(call.request, 200, body=OUR_SDP, now=0.5), "481 in an early dialog"


def test_a_reinvite_in_an_early_dialog_is_refused_and_the_call_rings_on() -> None:
    """Section 14.2: 500 with Retry-After, because the first INVITE is unanswered."""
    stack = stack_at()
    call, to = _early(stack)
    data = follow_up("INVITE", to=to, body=SDP)
    assert only(receive(stack, data, 0.2), events.OtherRequest).answered == 500
    (refused,) = sent(stack)
    assert 0 <= int(header(refused, "retry-after")) <= 10
    assert call.dialog in stack.dialogs
    assert stack.respond(call.request, 200, body=OUR_SDP, now=0.3)
    assert statuses(stack) == [200]


def test_typed_text_in_a_call() -> None:
    """RFC 3428 in a dialog: 200 and an event with the octets; ours goes the same way."""
    stack = stack_at()
    call, to = talk(stack)
    text = "tolong, saya tidak bisa bicara \u2014 cepat".encode()
    data = follow_up("MESSAGE", to=to, body=text, content_type="text/plain;charset=utf-8")
    event = only(receive(stack, data, 2.0), events.Message)
    assert (event.dialog, event.body) == (call.dialog, text)
    assert event.content_type == "text/plain;charset=utf-8"
    assert statuses(stack) == [200]
    assert receive(stack, data, 2.1) == []
    stack.drain()
    assert stack.request(
        call.dialog, "MESSAGE", body=b"kami datang", content_type="text/plain", now=3.0
    )
    (ours,) = requests(stack)
    assert (ours.method, ours.body, header(ours, "content-type")) == (
        "MESSAGE",
        b"kami datang",
        "text/plain",
    )


def test_max_forwards_zero() -> None:
    """483 for a new call to a name; a call for help rings, and an endpoint answers OPTIONS."""
    for uri, status in (("sip:budi@10.0.0.1", 483), ("sip:112@10.0.0.1", 100)):
        stack = stack_at()
        data = invite(uri=uri).replace(b"Max-Forwards: 70", b"Max-Forwards: 0")
        receive(stack, data)
        assert statuses(stack) == [status]
    stack = stack_at()
    options = follow_up("OPTIONS", to="<sip:a@b>", cseq=1)
    receive(stack, options.replace(b"Max-Forwards: 70", b"Max-Forwards: 0"))
    assert statuses(stack) == [200]


def test_a_strict_router_gets_its_own_address_first() -> None:
    """Section 12.2.1.1: its URI in the request line, ours last in Route; sent to it."""
    stack = stack_at()
    routes = "Record-Route: <sip:10.0.0.9:5070>, <sip:10.0.0.8;lr>\r\n"
    call, _ = talk(stack, extra=routes)
    stack.bye(call.dialog, now=2.0)
    (outgoing,) = stack.out
    assert (outgoing.address.host, outgoing.address.port) == ("10.0.0.9", 5070)
    (bye,) = requests(stack)
    assert bye.uri == "sip:10.0.0.9:5070"
    assert bye.headers.list("route") == ("<sip:10.0.0.8;lr>", "<sip:trunk@10.0.0.2:5060>")


@pytest.mark.parametrize("transport", list(Transport))
def test_what_we_say_we_can_is_what_we_take(transport: Transport) -> None:
    """Allow and Supported of every INVITE, 2xx and OPTIONS answer name what this file proves."""
    stack = stack_at()
    stack.receive(follow_up("OPTIONS", to="<sip:a@b>", cseq=1), PEER, transport, 0.0)
    (ok,) = sent(stack)
    assert header(ok, "supported") == "100rel, timer, replaces, norefersub"
    methods = header(ok, "allow").split(", ")
    call, to = talk(stack)
    for number, method in enumerate(methods, 2):
        if method in {"ACK", "CANCEL", "BYE", "INVITE"}:
            continue
        data = follow_up(method, to=to, cseq=number, branch=f"z9hG4bKm{number}")
        receive(stack, data, 2.0)
        assert not {405, 501} & set(statuses(stack))
    assert call.dialog in stack.dialogs
