"""A call rings although lines of its head are no header fields, too long, or one too many."""

from __future__ import annotations

import pytest
from sip_peer import invite, only, receive, ring, sent, stack_at, statuses

from kentongan.sip import events
from kentongan.sip.check import Verdict, check
from kentongan.sip.message import Request
from kentongan.sip.parse import (
    HEADER_BYTES_MAX,
    HEADER_FIELDS_MAX,
    HOPS_MAX,
    LEFT_OUT_CHARACTERS_MAX,
    LEFT_OUT_MAX,
    parse_message,
)

GOOD = invite()
NO_FIELDS = {
    "name with a separator": b"X@y: 1",
    "name with a space": b"X Foo: bar",
    "no colon": b"nocolonline",
    "no name": b": empty",
    "name with an accent": "Xé: 1".encode(),
    "bare CR": b"X-Foo: a\rb",
    "too long": b"X-Long: " + b"y" * 40_000,
}
SECOND = {
    "Call-ID": b"Call-ID: lain@192.0.2.9",
    "From": b"From: <sip:lain@example.net>;tag=lain",
    "To": b"To: <sip:lain@example.net>",
    "CSeq": b"CSeq: 99 INVITE",
}


def with_line(line: bytes, data: bytes = GOOD) -> bytes:
    """The message with one more line, behind all fields."""
    head, end, body = data.partition(b"\r\n\r\n")
    return head + b"\r\n" + line + end + body


@pytest.mark.parametrize("line", NO_FIELDS.values(), ids=NO_FIELDS)
def test_line_that_is_no_field_is_left_out_and_kept(line: bytes) -> None:
    """It rings; the line is with the call, cut where it is long; the strict view refuses it."""
    stack = stack_at()
    found = only(receive(stack, with_line(line)), events.Invite)
    assert statuses(stack) == [100]
    (kept,) = found.left_out
    shown = line.decode("utf-8").replace("\r", "\ufffd")
    assert kept == shown[:LEFT_OUT_CHARACTERS_MAX]
    assert line[:LEFT_OUT_CHARACTERS_MAX] in found.raw
    finding = check(with_line(line))
    assert (finding.verdict, finding.is_tolerated) == (Verdict.REJECT, True)
    assert finding.status in {400, 513}


@pytest.mark.parametrize("name", SECOND)
def test_second_field_of_one_that_is_single_is_left_out(name: str) -> None:
    """The first counts, also for our answer."""
    stack = stack_at()
    found = only(receive(stack, with_line(SECOND[name])), events.Invite)
    assert found.left_out == (SECOND[name].decode(),)
    (trying,) = sent(stack)
    first = parse_message(GOOD).headers.find(name)
    assert (trying.headers.find(name) or "").startswith(str(first))
    assert trying.headers.list(name) == trying.headers.list(name)[:1]
    assert check(with_line(SECOND[name])).status == 400


def test_such_a_line_in_each_message_of_the_call_harms_none() -> None:
    """An exchange that adds it everywhere is acknowledged, heard hanging up, and answered."""
    stack = stack_at()
    call = only(receive(stack, with_line(b"X@y: 1")), events.Invite)
    stack.respond(call.request, 200, now=1.0)
    answer = sent(stack)[-1]
    to = str(answer.headers.find("to")).encode()
    ack = GOOD.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    ack = ack.replace(b"INVITE", b"ACK")
    lines = [b"To: " + to if line[:3] == b"To:" else line for line in ack.split(b"\r\n")]
    ack = b"\r\n".join(line for line in lines if not line.lower().startswith(b"content"))
    assert only(receive(stack, with_line(b"X@y: 1", ack)), events.Ack)
    bye = (
        ack.replace(b"ACK", b"BYE").replace(b"z9hG4bK", b"z9hG4bKbye").replace(b" 1 BYE", b" 2 BYE")
    )
    assert only(receive(stack, with_line(b"X@y: 1", bye)), events.Bye)


def test_two_hundred_hops_ring_and_are_answered() -> None:
    """Each of them is in the answer, in its order."""
    stack = stack_at()
    hops = b"\r\n".join(b"Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKh%d" % n for n in range(200))
    only(receive(stack, with_line(hops)), events.Invite)
    (trying,) = sent(stack)
    assert len(trying.headers.items("via")) == 201


def test_more_fields_than_are_kept_are_left_out_and_bounded() -> None:
    """1,500 fields of no use cost no more than a few; those of use are found behind them."""
    stack = stack_at()
    start, _, rest = GOOD.partition(b"\r\n")
    many = b"".join(b"X-%d: y\r\n" % n for n in range(HEADER_FIELDS_MAX + 1_500))
    found = only(receive(stack, start + b"\r\n" + many + rest), events.Invite)
    assert len(found.left_out) == LEFT_OUT_MAX
    message = parse_message(start + b"\r\n" + many + rest, is_tolerant=True)
    assert isinstance(message, Request)
    assert len(message.headers.fields) <= HEADER_FIELDS_MAX + HOPS_MAX


def test_what_an_answer_needs_is_never_left_out() -> None:
    """A way of more hops than can be, or a From without an end, is refused by name."""
    stack = stack_at()
    hop = b"Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKh\r\n"
    receive(stack, with_line(hop * HOPS_MAX + b"X: y"))
    assert statuses(stack) == [513]
    receive(stack, with_line(b"Contact: <sip:a@192.0.2.7?" + b"y" * HEADER_BYTES_MAX + b">"))
    assert statuses(stack) == [513]


@pytest.mark.parametrize(
    ("stated", "fault"),
    [(b"8765", "shorter"), (b"-998", "no number"), (b"gajah", "no number")],
)
def test_body_that_is_not_as_long_as_stated_is_what_is_there(stated: bytes, fault: str) -> None:
    """It rings with the description that came."""
    length = str(len(GOOD.partition(b"\r\n\r\n")[2])).encode()
    damaged = GOOD.replace(b"Content-Length: " + length, b"Content-Length: " + stated)
    assert damaged != GOOD
    found = only(receive(stack_at(), damaged), events.Invite)
    assert found.sdp == ring(stack_at()).sdp
    assert found.body_defects
    assert check(damaged).verdict is Verdict.REJECT, fault
