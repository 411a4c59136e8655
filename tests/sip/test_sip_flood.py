"""Thousands of forged sources: the work for one request stays the same, and the memory is bounded.

Work is counted in steps of the interpreter, so that a fast machine proves as much as a slow one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from sip_peer import OUR_SDP, follow_up, invite, only, sent, stack_at, statuses, to_header

from kentongan.sip import admission, events
from kentongan.sip.address import Address, Transport
from kentongan.sip.message import Response
from kentongan.sip.stack import Stack
from kentongan.sip.stateless import refusal_of

FORGED = 4_000
FEW = 10


def _source(number: int) -> Address:
    return Address(f"10.{number // 250}.{number % 250}.7", 5060)


def _invite(stack: Stack, number: int, **more: Any) -> list[events.Event]:
    """One more INVITE, from an address nobody has used before."""
    data = invite(call_id=f"c{number:05}", branch=f"z9hG4bK{number:05}", **more)
    return stack.receive(data, _source(number), Transport.UDP, 0.0)


def _follow(stack: Stack, number: int, method: str, to: str, branch: str) -> list[events.Event]:
    cseq = 1 if method in {"ACK", "CANCEL"} else 2
    data = follow_up(method, to=to, cseq=cseq, branch=branch, call_id=f"c{number:05}")
    return stack.receive(data, _source(number), Transport.UDP, 1.0)


def _steps(work: Callable[[], object]) -> int:
    """How many steps of the interpreter that takes."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def _steps_of_a_call(stack: Stack, number: int) -> list[int]:
    """The steps of INVITE, 200, a merged copy, ACK, a save and BYE; and of another's CANCEL."""
    called = f"z9hG4bK{number:05}"
    found: list[events.Event] = []
    steps = [_steps(lambda: found.extend(_invite(stack, number)))]
    dialog = only(found, events.Invite).dialog
    stack.drain()
    steps.append(_steps(lambda: stack.respond(dialog, 200, body=OUR_SDP, now=0.5)))
    to = to_header(sent(stack)[0])
    again = invite(call_id=f"c{number:05}", branch="z9hG4bKmerged")
    steps.append(_steps(lambda: stack.receive(again, _source(number), Transport.UDP, 0.6)))
    steps.append(_steps(lambda: _follow(stack, number, "ACK", to, f"{called}a")))
    steps.append(_steps(lambda: stack.save(dialog)))
    steps.append(_steps(lambda: _follow(stack, number, "BYE", to, f"{called}b")))
    _invite(stack, number + 1)
    given_up = f"z9hG4bK{number + 1:05}"
    ringing = "<sip:112@10.0.0.1>"
    steps.append(_steps(lambda: _follow(stack, number + 1, "CANCEL", ringing, given_up)))
    assert statuses(stack)[-2:] == [200, 487]
    return steps


def test_the_work_for_a_call_does_not_grow_with_forged_sources() -> None:
    """After 4,000 INVITEs from 4,000 addresses each message takes the steps it took after ten."""
    stack = stack_at()
    for number in range(FEW):
        only(_invite(stack, number), events.Invite)
    few = _steps_of_a_call(stack, 60_000)
    for number in range(FEW, FORGED):
        only(_invite(stack, number), events.Invite)
    assert stack.kept >= FORGED
    many = _steps_of_a_call(stack, 61_000)
    assert all(steps > 50 for steps in few), "the counter counts"
    grown = [(one, other) for one, other in zip(few, many, strict=True) if other > 1.1 * one]
    assert grown == []


def test_nothing_is_left_of_a_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rung, refused and over: no transaction, no dialog, and no address is known any more."""
    monkeypatch.setattr(admission, "TRANSACTIONS_MAX", 100)
    stack = stack_at()
    for number in range(300):
        for event in _invite(stack, number):
            if isinstance(event, events.Invite):
                stack.respond(event.request, 486, now=0.0)
    assert stack.kept == 100
    stack.poll(100.0)
    assert (stack.kept, len(stack.dialogs), stack.next_timer()) == (0, 0, None)
    assert not any(stack.concerns(_source(number).host) for number in range(300))


@pytest.mark.parametrize("limit", ["TRANSACTIONS_MAX", "DIALOGS_MAX"])
def test_when_it_is_full_calls_for_help_come_last(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """A name is refused at three quarters, a line when nothing is left, both without memory."""
    monkeypatch.setattr(admission, limit, 8)
    stack = stack_at()
    name = "sip:budi@10.0.0.1"
    for number in range(6):
        only(_invite(stack, number, uri=name), events.Invite)
    assert [type(event) for event in _invite(stack, 6, uri=name)] != [events.Invite]
    for number in (7, 8):
        only(_invite(stack, number), events.Invite)
    stack.drain()
    assert [type(event) for event in _invite(stack, 9)] != [events.Invite]
    (refused,) = sent(stack)
    assert isinstance(refused, Response)
    assert (refused.status, refused.headers.find("retry-after")) == (503, "5")
    assert (stack.kept, len(stack.dialogs)) == (8, 8)


def test_a_call_that_is_here_can_be_ended_however_full_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """BYE is always taken; other requests of a call get 503 and leave nothing behind."""
    stack = stack_at()
    call = only(_invite(stack, 1), events.Invite)
    stack.respond(call.request, 200, body=OUR_SDP, now=0.5)
    to = to_header(sent(stack)[-1])
    _follow(stack, 1, "ACK", to, "z9hG4bKa")
    monkeypatch.setattr(admission, "TRANSACTIONS_MAX", 1)
    for number, method in enumerate(("INFO", "INVITE")):
        _follow(stack, 1, method, to, f"z9hG4bKi{number}")
        assert statuses(stack) == [503]
    assert stack.kept == 1
    only(_follow(stack, 1, "BYE", to, "z9hG4bKb"), events.Bye)
    assert statuses(stack) == [200]


def test_the_way_of_a_dialog_is_known_while_it_lasts() -> None:
    """Its source and its next hop, also after a re-INVITE moved that; nobody else."""
    stack = stack_at()
    route = "Record-Route: <sip:10.9.9.9;lr>\r\n"
    call = only(_invite(stack, 1, extra=route), events.Invite)
    stack.respond(call.request, 200, body=OUR_SDP, now=0.5)
    to = to_header(sent(stack)[-1])
    _follow(stack, 1, "ACK", to, "z9hG4bKa")
    assert stack.concerns(_source(1).host)
    assert stack.concerns("10.9.9.9")
    assert not stack.concerns("10.9.9.8")
    _follow(stack, 1, "BYE", to, "z9hG4bKb")
    assert not stack.concerns(_source(1).host)
    assert not stack.concerns("10.9.9.9")


def test_a_refusal_without_a_stack() -> None:
    """The same answer each time, to where the request came from; ACKs and noise get none."""
    source = _source(1)
    first = refusal_of(invite(), source, Transport.UDP, 403)
    assert first is not None
    assert first.data.startswith(b"SIP/2.0 403 Forbidden\r\n")
    assert first.address == source
    assert refusal_of(invite(), source, Transport.UDP, 403) == first
    ack = follow_up("ACK", to="<sip:112@10.0.0.1>;tag=x", cseq=1)
    for data in (ack, b"SIP/2.0 200 OK\r\n\r\n", b"\x00\xff"):
        assert refusal_of(data, source, Transport.UDP, 403) is None
