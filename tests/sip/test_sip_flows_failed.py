"""RFC 3665's calls that come to nothing (3.8 to 3.11), replayed from both sides."""

from __future__ import annotations

import pytest
from sip_flows import as_answer_to, flow_of, is_quiet, phone, place
from sip_peer import (
    only,
    receive,
    requests,
    statuses,
)

from kentongan.sip import events
from kentongan.sip.message import Request, encode


def test_a_call_that_is_given_up() -> None:
    """3.8 as Alice: CANCEL after the 180, 200, 487, ACK; nothing is left."""
    flow = flow_of("3.8")
    stack = phone()
    key, request = place(stack, flow["F1"])
    receive(stack, as_answer_to(request, flow["F3"]), 0.1)
    only(receive(stack, as_answer_to(request, flow["F8"]), 1.0), events.Response)
    assert stack.cancel(key, now=5.0)
    (cancel,) = requests(stack)
    printed = flow["F9"]
    assert isinstance(printed, Request)
    assert (cancel.method, cancel.uri) == (printed.method, printed.uri)
    assert receive(stack, as_answer_to(cancel, flow["F10"]), 5.1) == []
    event = only(receive(stack, as_answer_to(request, flow["F19"]), 5.2), events.Response)
    assert (event.call, event.status, event.is_ended) == (key, 487, True)
    (ack,) = requests(stack)
    assert ack.uri == request.uri
    assert is_quiet(stack)


@pytest.mark.parametrize(
    ("section", "trying", "refusal", "status"),
    [("3.10", "F3", "F14", 480), ("3.11", "F3", "F13", 480)],
)
def test_calls_that_fail_as_the_calling_side(
    section: str, trying: str, refusal: str, status: int
) -> None:
    """No answer, nobody there: the status is told, the ACK is hop by hop, nothing is left."""
    flow = flow_of(section)
    stack = phone()
    key, request = place(stack, flow["F1"])
    assert receive(stack, as_answer_to(request, flow[trying]), 0.1) == []
    event = only(receive(stack, as_answer_to(request, flow[refusal]), 32.0), events.Response)
    assert (event.call, event.status, event.is_ended) == (key, status, True)
    assert statuses(stack) == ["ACK"]
    assert is_quiet(stack)


def test_a_busy_telephone_as_the_called_side() -> None:
    """3.9: 486, repeated until the ACK that names its INVITE by the branch."""
    flow = flow_of("3.9")
    stack = phone()
    call = only(receive(stack, encode(flow["F4"])), events.Invite)
    stack.respond(call.request, 486, now=0.1)
    stack.poll(0.6)
    assert statuses(stack) == [100, 486, 486]
    assert receive(stack, encode(flow["F7"]), 0.7) == []
    stack.poll(5.0)
    assert stack.out == []
    assert is_quiet(stack)


def test_a_telephone_that_is_not_answered_as_the_called_side() -> None:
    """3.11: it rings, then 480, and the ACK ends it."""
    flow = flow_of("3.11")
    stack = phone()
    call = only(receive(stack, encode(flow["F4"])), events.Invite)
    stack.respond(call.request, 180, now=0.1)
    stack.respond(call.request, 480, now=30.0)
    assert statuses(stack) == [100, 180, 480]
    assert receive(stack, encode(flow["F10"]), 30.1) == []
    stack.poll(32.0)
    assert stack.out == []
    assert is_quiet(stack)
