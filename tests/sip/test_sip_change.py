"""Changes of a session: re-INVITE both ways, collisions, storms (RFC 3261 section 14).

The clock is a number; every rule is told as messages in and messages out.
"""

from __future__ import annotations

import pytest
from sip_peer import (
    OUR_SDP,
    SDP,
    answer_of,
    connect,
    follow_up,
    header,
    only,
    receive,
    requests,
    ring,
    sent,
    stack_at,
    statuses,
    talk,
)

from kentongan.sip import events, pace
from kentongan.sip.fields import cseq_of
from kentongan.sip.message import Request
from kentongan.sip.stack import Stack

ALLOW = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE, REFER\r\n"
HOLD = SDP.replace(b"sendrecv", b"sendonly")


def _update(to: str, number: int = 2, **more: object) -> bytes:
    return follow_up("UPDATE", to=to, cseq=number, branch=f"z9hG4bKu{number}", **more)


@pytest.mark.parametrize(
    "offer",
    [
        HOLD,
        SDP.replace(b"sendrecv", b"inactive"),
        SDP.replace(b"IN IP4 10.0.0.2", b"IN IP4 0.0.0.0"),
        SDP.replace(b"AVP 8 0 101", b"AVP 0 101"),
        SDP.replace(b"10.0.0.2", b"10.0.0.77"),
        None,
    ],
)
def test_changes_of_a_session_come_up_whole(offer: bytes | None) -> None:
    """Hold in all its forms, codec, address, and an offerless one: the description as it came."""
    stack = stack_at()
    call, to = talk(stack)
    data = follow_up("INVITE", to=to, body=offer or b"")
    event = only(receive(stack, data, 2.0), events.Reinvite)
    assert (event.dialog, event.sdp) == (call.dialog, offer)
    assert statuses(stack) == [100]
    assert stack.respond(event.request, 200, body=OUR_SDP, now=2.1)
    assert [message.body for message in sent(stack)] == [OUR_SDP]
    answer = SDP if offer is None else b""
    ack = follow_up("ACK", to=to, branch="z9hG4bKa2", body=answer)
    assert only(receive(stack, ack, 2.2), events.Ack).sdp == (answer or None)


def test_our_offer_to_an_offerless_reinvite_is_open_until_the_ack() -> None:
    """RFC 6337: no other offer in between, in either direction."""
    stack = stack_at()
    call, to = talk(stack, extra=ALLOW)
    event = only(receive(stack, follow_up("INVITE", to=to), 2.0), events.Reinvite)
    stack.respond(event.request, 200, body=OUR_SDP, now=2.1)
    stack.drain()
    assert not stack.request(call.dialog, "UPDATE", body=OUR_SDP, now=2.2)
    data = _update(to, 3, body=HOLD)
    assert only(receive(stack, data, 2.3), events.OtherRequest).answered == 491
    only(receive(stack, follow_up("ACK", to=to, branch="z9hG4bKa2", body=SDP), 2.4), events.Ack)
    assert stack.request(call.dialog, "UPDATE", body=OUR_SDP, now=2.5)


def test_a_refused_change_leaves_the_call_as_it_was() -> None:
    """Section 14.1: 488 to our re-INVITE or theirs; the call goes on."""
    stack = stack_at()
    call, to = talk(stack)
    stack.request(call.dialog, "INVITE", body=OUR_SDP, now=2.0)
    (ours,) = requests(stack)
    event = only(receive(stack, answer_of(ours, 488), 2.1), events.Response)
    assert (event.status, event.is_ended) == (488, False)
    assert statuses(stack) == ["ACK"]
    theirs = only(receive(stack, follow_up("INVITE", to=to, body=HOLD), 3.0), events.Reinvite)
    stack.respond(theirs.request, 488, now=3.1)
    stack.drain()
    assert call.dialog in stack.dialogs
    only(receive(stack, follow_up("BYE", to=to, cseq=3, branch="z9hG4bKb"), 4.0), events.Bye)


def _glared(stack: Stack, dialog: str, method: str = "INVITE", now: float = 10.0) -> float:
    """Our change meets a 491 at `now`: when the stack asks again."""
    assert stack.request(dialog, method, body=OUR_SDP, now=now)
    (request,) = requests(stack)
    assert only(receive(stack, answer_of(request, 491), now), events.Changed).dialog == dialog
    stack.drain()
    at = stack.next_timer()
    while at is not None and at <= 100.0:
        found = stack.poll(at)
        again = [m for m in sent(stack) if isinstance(m, Request)]
        if again:
            assert (again[0].method, again[0].body) == (method, OUR_SDP)
            assert cseq_of(again[0]).number == cseq_of(request).number + 1
            assert only(found, events.Changed).dialog == dialog
            return at - now
        at = stack.next_timer()
    raise AssertionError("not asked again")


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_after_a_491_the_owner_of_the_call_waits_longer(method: str) -> None:
    """Section 14.1: owner of the Call-ID 2.1 to 4 s, the other 0 to 2 s, in steps of 10 ms."""
    waits_owner: set[float] = set()
    waits_other: set[float] = set()
    for number in range(12):
        stack = stack_at(prefix=f"o{number}")
        waits_owner.add(_glared(stack, connect(stack, extra=ALLOW), method))
        stack = stack_at(prefix=f"t{number}")
        waits_other.add(_glared(stack, talk(stack, extra=ALLOW)[0].dialog, method))
    assert all(2.1 <= round(wait, 6) <= 4.0 for wait in waits_owner)
    assert all(0.0 <= wait <= 2.0 for wait in waits_other)
    assert min(len(waits_owner), len(waits_other)) > 4, "drawn, not fixed"
    for wait in waits_owner | waits_other:
        assert round(wait * 100, 4) == round(wait * 100)


def test_asking_again_waits_for_a_change_of_theirs_and_ends_at_last() -> None:
    """Theirs is taken in the meantime; after five collisions in a row the 491 is the answer."""
    stack = stack_at()
    call, to = talk(stack)
    stack.request(call.dialog, "INVITE", body=OUR_SDP, now=2.0)
    (request,) = requests(stack)
    receive(stack, answer_of(request, 491), 2.0)
    stack.drain()
    event = only(receive(stack, follow_up("INVITE", to=to, body=HOLD), 2.0), events.Reinvite)
    stack.drain()
    found = stack.poll(7.9)
    assert {type(one) for one in found} == {events.Changed}
    assert stack.out == []
    stack.respond(event.request, 200, body=OUR_SDP, now=8.0)
    receive(stack, follow_up("ACK", to=to, branch="z9hG4bKa2"), 8.0)
    stack.drain()
    now, found = 8.0, list[events.Event]()
    for _ in range(5):
        now += 4.0
        stack.poll(now)
        (request,) = requests(stack)
        found = receive(stack, answer_of(request, 491), now)
        assert statuses(stack) == ["ACK"]
    assert only(found, events.Response).status == 491
    stack.poll(now + 100.0)
    assert stack.out == []
    assert call.dialog in stack.dialogs


def test_a_bye_meanwhile_ends_the_asking() -> None:
    """The call is over: nothing is asked again, no timer is left."""
    stack = stack_at()
    call, to = talk(stack)
    stack.request(call.dialog, "INVITE", body=OUR_SDP, now=2.0)
    (request,) = requests(stack)
    receive(stack, answer_of(request, 491), 2.0)
    only(receive(stack, follow_up("BYE", to=to), 2.05), events.Bye)
    stack.drain()
    assert stack.poll(100.0) == []
    assert (stack.out, stack.next_timer()) == ([], None)


def test_a_storm_of_changes_is_its_own_trouble() -> None:
    """Eight at once, then one each two seconds: 500, no memory; others feel nothing."""
    stack = stack_at()
    _, to = talk(stack)
    kept = stack.kept
    for number in range(2, 1_002):
        found = receive(stack, _update(to, number), 2.0)
        is_taken = number < 2 + pace.CHANGES_MAX
        assert isinstance(found[0], events.Update) == is_taken
    answers = sent(stack)
    assert [header(m, "retry-after") != "" for m in answers] == [False] * 8 + [True] * 992
    assert stack.kept == kept + pace.CHANGES_MAX
    other = ring(stack, 2.0, call_id="other", branch="z9hG4bKother")
    assert stack.respond(other.request, 200, body=OUR_SDP, now=2.0)
    stack.drain()
    only(receive(stack, _update(to, 1_002), 4.0), events.Update)
    only(receive(stack, follow_up("BYE", to=to, cseq=1_003, branch="z9hG4bKb"), 4.0), events.Bye)


def test_a_storm_of_keys_is_bounded_and_a_long_number_is_not() -> None:
    """32 INFOs at once are taken, a thousand are not."""
    stack = stack_at()
    _, to = talk(stack)
    taken = 0
    for number in range(2, 1_002):
        data = follow_up("INFO", to=to, cseq=number, branch=f"z9hG4bKi{number}", body=b"Signal=1")
        taken += isinstance(receive(stack, data, 2.0)[0], events.Info)
    assert taken == pace.REQUESTS_MAX
