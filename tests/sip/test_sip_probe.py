"""Is anybody there: probes of calls that wait and calls that talk, and OPTIONS to a trunk."""

from __future__ import annotations

import pytest
from sip_peer import (
    OUR_SDP,
    PEER,
    answer_of,
    connect,
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

from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.stack import Stack

UPDATE = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\n"


def _waiting(extra: str = UPDATE) -> tuple[Stack, events.Invite]:
    """A caller who hears ringing and waits."""
    stack = stack_at()
    call = ring(stack, extra=extra)
    stack.respond(call.request, 180, now=0.0)
    stack.drain()
    return stack, call


@pytest.mark.parametrize(
    ("extra", "method"),
    [(UPDATE, "UPDATE"), ("Allow: INVITE, OPTIONS\r\n", "OPTIONS"), ("", "OPTIONS")],
)
def test_a_waiting_call_is_asked_by_what_the_peer_has(extra: str, method: str) -> None:
    """UPDATE where its Allow lists it, without an offer; else OPTIONS."""
    stack, call = _waiting(extra)
    assert stack.probe(call.dialog, now=10.0)
    (probe,) = requests(stack)
    assert (probe.method, probe.body) == (method, b"")


@pytest.mark.parametrize("status", [200, 481, 405, 500, 491])
def test_any_answer_means_that_a_waiting_caller_is_there(status: int) -> None:
    """Also 481: a caller need not know a dialog before it is answered. The call rings on."""
    stack, call = _waiting()
    stack.probe(call.dialog, now=10.0)
    (probe,) = requests(stack)
    event = only(receive(stack, answer_of(probe, status), 10.1), events.Response)
    assert (event.dialog, event.status, event.is_ended) == (call.dialog, status, False)
    assert stack.respond(call.request, 200, body=OUR_SDP, now=11.0)
    assert statuses(stack) == [200]


def test_silence_means_that_a_waiting_caller_is_gone() -> None:
    """32 s of repeats, or 408 from a proxy; the INVITE is still ours to refuse."""
    stack, call = _waiting()
    stack.probe(call.dialog, now=10.0)
    failed = only(stack.poll(42.0), events.ProbeFailed)
    assert failed == events.ProbeFailed(dialog=call.dialog, status=None, is_ended=False)
    stack.drain()
    stack.probe(call.dialog, now=43.0)
    (probe,) = requests(stack)
    failed = only(receive(stack, answer_of(probe, 408), 43.1), events.ProbeFailed)
    assert failed == events.ProbeFailed(dialog=call.dialog, status=408, is_ended=False)
    assert stack.respond(call.request, 480, now=44.0)
    assert statuses(stack) == [480]


@pytest.mark.parametrize("status", [408, 481])
def test_a_talking_peer_that_does_not_know_the_call_is_gone(status: int) -> None:
    """Section 12.2.1.2: both end the dialog."""
    for is_ours in (True, False):
        stack = stack_at()
        dialog = connect(stack, extra=UPDATE) if is_ours else talk(stack, extra=UPDATE)[0].dialog
        assert stack.probe(dialog, now=10.0)
        (probe,) = requests(stack)
        failed = only(receive(stack, answer_of(probe, status), 10.1), events.ProbeFailed)
        assert failed == events.ProbeFailed(dialog=dialog, status=status, is_ended=True)
        assert stack.dialogs == {}


def test_a_talking_peer_that_is_silent_is_gone() -> None:
    """No answer in 32 s: hang up; the BYE is the switch's."""
    stack = stack_at()
    call, _ = talk(stack)
    stack.probe(call.dialog, now=10.0)
    failed = only(stack.poll(42.0), events.ProbeFailed)
    assert failed == events.ProbeFailed(dialog=call.dialog, status=None, is_ended=False)
    stack.drain()
    assert stack.bye(call.dialog, now=43.0)
    assert statuses(stack) == ["BYE"]


@pytest.mark.parametrize("status", [200, 405, 501, 500, 403])
def test_a_talking_peer_that_answers_is_there(status: int) -> None:
    """Whatever it thinks of the request."""
    stack = stack_at()
    call, _ = talk(stack, extra=UPDATE)
    stack.probe(call.dialog, now=10.0)
    (probe,) = requests(stack)
    event = only(receive(stack, answer_of(probe, status), 10.1), events.Response)
    assert (event.dialog, event.is_ended) == (call.dialog, False)


def test_a_probe_does_not_cross_a_change() -> None:
    """While something is under way it is OPTIONS, which disturbs nothing; nobody is asked twice."""
    stack = stack_at()
    call, _ = talk(stack, extra=UPDATE)
    stack.request(call.dialog, "INVITE", body=OUR_SDP, now=2.0)
    stack.drain()
    assert stack.probe(call.dialog, now=2.1)
    assert statuses(stack) == ["OPTIONS"]
    assert not stack.probe(call.dialog, now=2.2), "one at a time"
    assert not stack.probe("gone", now=2.2)
    stack.bye(call.dialog, now=3.0)
    assert not stack.probe(call.dialog, now=3.1)


@pytest.mark.parametrize("transport", list(Transport))
def test_a_trunk_is_asked_whether_it_is_there(transport: Transport) -> None:
    """OPTIONS outside dialogs with a key of its own; any status is an answer, silence a timeout."""
    stack = stack_at()
    key = stack.options("sip:10.0.0.2", now=0.0, peer=PEER, transport=transport)
    (outgoing,) = stack.out
    assert (outgoing.address, outgoing.transport) == (PEER, transport)
    (request,) = requests(stack)
    assert (request.method, request.uri) == ("OPTIONS", "sip:10.0.0.2")
    assert header(request, "to") == "<sip:10.0.0.2>"
    for name in ("accept", "allow", "supported", "contact"):
        assert header(request, name)
    event = only(receive(stack, answer_of(request, 404, tag="x"), 0.1), events.Response)
    assert (event.call, event.method, event.status) == (key, "OPTIONS", 404)
    assert (event.dialog, event.is_ended) == ("", True)
    assert receive(stack, answer_of(request, 404, tag="x"), 0.2) == []
    stack.poll(100.0)
    assert stack.next_timer() is None
    other = stack.options("sip:10.0.0.2", now=200.0, peer=PEER, transport=transport)
    assert other != key
    timeout = only(stack.poll(232.0), events.Timeout)
    assert (timeout.call, timeout.method, timeout.is_ended) == (other, "OPTIONS", True)
    assert (stack.next_timer(), stack.dialogs) == (None, {})


def test_keep_alives_leave_no_memory() -> None:
    """A thousand trunks asked and silent: everything is gone after 32 s."""
    stack = stack_at()
    for number in range(1_000):
        stack.options("sip:x.example", now=0.0, peer=Address(f"10.1.{number // 250}.7", 5060))
    assert len(stack.poll(32.0)) == 1_000
    assert stack.next_timer() is None
    assert sent(stack)
