"""What is no SIP message, how streams are cut, and that noise never does more than ParseError."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sip_peer import PEER, SDP, invite, receive, stack_at, statuses

from kentongan.sip import events
from kentongan.sip.address import Transport
from kentongan.sip.errors import ParseError
from kentongan.sip.fields import from_of
from kentongan.sip.message import Request, encode
from kentongan.sip.parse import HOPS_MAX, MESSAGE_BYTES_MAX, parse_message
from kentongan.sip.stream import KeepAlive, StreamParser

GOOD = invite()
BAD: dict[str, tuple[bytes, bytes, int]] = {
    "Via with empty parameters": (b";rport\r\n", b";;rport,;,\r\n", 400),
    "sequence number beyond 2**31": (b"CSeq: 1 ", b"CSeq: 36893488147419103232 ", 400),
    "quote without an end": (b"To: <", b'To: "Mr. <', 400),
    "Request-URI in brackets": (b"INVITE sip:112@10.0.0.1 ", b"INVITE <sip:112@10.0.0.1> ", 400),
    "space in the Request-URI": (b"INVITE sip:112@10.0.0.1 ", b"INVITE sip:112@10.0.0.1; lr ", 400),
    "another version": (b" SIP/2.0\r\nVia", b" SIP/7.0\r\nVia", 505),
    "CSeq of another method": (b"CSeq: 1 INVITE", b"CSeq: 1 OPTIONS", 400),
    "no Call-ID": (b"Call-ID: call-1\r\n", b"", 400),
    "no To": (b"To: <sip:112@10.0.0.1>\r\n", b"", 400),
    "IPv6 without brackets": (b"sip:112@10.0.0.1 SIP", b"sip:2001:db8::10 SIP", 400),
    "NUL in the Call-ID": (b"call-1", b"call\x001", 400),
    "control in a quoted tag": (b";tag=peer", b';tag="a\\\x00b"', 400),
    "broken Route": (b"Max-Forwards: 70\r\n", b"Route: <sip:a\r\n", 400),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_malformed_requests_are_answered_and_told(name: str) -> None:
    """Each defect gets its status, echoing what could be read, and one event; no call begins."""
    old, new, status = BAD[name]
    assert old in GOOD
    stack = stack_at()
    found = receive(stack, GOOD.replace(old, new, 1))
    assert isinstance(found[0], events.Malformed)
    assert found[0].answered == status
    assert statuses(stack) == [status]
    assert stack.dialogs == {}


ODD: dict[str, tuple[bytes, bytes]] = {
    "spaces in the start line": (b"INVITE sip:112@10.0.0.1 SIP", b"INVITE  sip:112@10.0.0.1   SIP"),
    "space after the start line": (b"SIP/2.0\r\nVia", b"SIP/2.0  \r\nVia"),
    "bare LF": (b"\r\n", b"\n"),
    "CRLF before the message": (b"INVITE", b"\r\n\r\nINVITE"),
    "headers in the Request-URI": (b"10.0.0.1 SIP", b"10.0.0.1?Route=%3Csip:x%3E SIP"),
    "no From tag": (b";tag=peer", b""),
    "RFC 2543 branch": (b"branch=z9hG4bKone", b"branch=1"),
    "empty cookie branch": (b"branch=z9hG4bKone", b"branch=z9hG4bK"),
    "display name without quotes": (b"From: <", b"From: Bell, Alexander <"),
    "Max-Forwards spent": (b"Max-Forwards: 70", b"Max-Forwards: 0"),
    "Max-Forwards absurd": (b"Max-Forwards: 70", b"Max-Forwards: -3 elephants"),
    "impossible Date": (b"Max-Forwards: 70", b"Date: Fri, 01 Jan 2010 16:00:00 EST"),
    "Contact unreadable": (b"Contact: <sip:trunk", b"Contact: <<sip:trunk"),
    "credentials of an unknown scheme": (b"Max-Forwards: 70", b"Authorization: NoOne x=y"),
    "unknown Supported": (b"Max-Forwards: 70", b"Supported: levitation"),
    "octets after the body": (b"a=sendrecv\r\n", b"a=sendrecv\r\nINVITE junk"),
    "IPv6 with three colons": (b"sip:112@10.0.0.1 SIP", b"sip:112@[2001:db8:::192.0.2.1] SIP"),
    "header name in capitals, spaced": (b"Call-ID: ", b"CALL-id  :\t"),
    "folded": (b"CSeq: 1 INVITE", b"CSeq: 1\r\n\tINVITE"),
    "octets that are no UTF-8": (b"From: <", b'From: "\xff\xfe\\\x00" <'),
}


@pytest.mark.parametrize("name", sorted(ODD))
def test_odd_but_clear_calls_ring(name: str) -> None:
    """What two readers cannot understand differently must not keep a call from ringing."""
    old, new = ODD[name]
    assert old in GOOD
    count = -1 if name == "bare LF" else 1
    data = GOOD.replace(old, new, count)
    if name == "bare LF":
        data = data.replace(b"Content-Length: %d" % len(SDP), b"X: y")
    stack = stack_at()
    found = receive(stack, data)
    assert isinstance(found[0], events.Invite), found
    assert statuses(stack) == [100]


def test_malformed_responses_and_acks_are_dropped() -> None:
    """Nobody answers a response or an ACK, however broken; and noise without Via is dropped."""
    stack = stack_at()
    for data in (
        b"SIP/2.0 4294967301 better not break\r\nVia: SIP/2.0/UDP a\r\n\r\n",
        GOOD.replace(b"INVITE", b"ACK").replace(b"CSeq: 1", b"CSeq: x"),
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x00" * 50,
        b"INVITE sip:a@b SIP/2.0\r\n\r\n",
    ):
        event = receive(stack, data)[0]
        assert isinstance(event, events.Malformed)
        assert event.answered is None
    assert stack.out == []


def test_limits_hold() -> None:
    """One field or one octet too many is refused by name; the next call still rings."""
    stack = stack_at()
    many = b"Record-Route: <sip:a.example;lr>\r\n" * HOPS_MAX
    receive(stack, GOOD.replace(b"Max-Forwards: 70\r\n", many))
    assert statuses(stack) == [513]
    receive(stack, GOOD.replace(b"sip:trunk@", b"sip:" + b"y" * 20_000 + b"@"))
    assert statuses(stack) == [513]
    receive(stack, GOOD + b"x" * MESSAGE_BYTES_MAX)
    assert statuses(stack) == []
    assert isinstance(receive(stack, GOOD)[0], events.Invite)


def test_answer_to_malformed_has_no_smuggled_line() -> None:
    """What is echoed of a bad request stays within its lines."""
    stack = stack_at()
    receive(stack, GOOD.replace(b"To: <", b'To: "Mr. <'))
    (outgoing,) = stack.drain()
    assert outgoing.address == PEER
    assert b'\r\nTo: "Mr. <sip:112@10.0.0.1>\r\n' in outgoing.data
    names = [line.split(b":")[0] for line in outgoing.data.split(b"\r\n")[1:-2]]
    assert names == [b"Via", b"From", b"To", b"Call-ID", b"CSeq", b"Warning", b"Content-Length"]


def test_keep_alive_datagrams_are_nothing() -> None:
    """Empty datagrams and CRLF pairs are no messages and no faults."""
    stack = stack_at()
    for data in (b"", b"\r\n", b"\r\n\r\n", b"\x00"):
        assert receive(stack, data) == []


@settings(max_examples=300, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 20), st.binary(max_size=8)), max_size=6
    )
)
def test_mutated_messages_raise_nothing_else(edits: list[tuple[int, int, bytes]]) -> None:
    """Any edit of a valid message is a message or a ParseError; a stack survives both."""
    data = GOOD
    for at, cut, new in edits:
        data = data[:at] + new + data[at + cut :]
    try:
        message = parse_message(data)
    except ParseError:
        pass
    else:
        assert parse_message(encode(message)) == message
    stack = stack_at()
    stack.receive(data, PEER, Transport.UDP, 0.0)
    stack.drain()
    found = receive(stack, invite(branch="z9hG4bKnext", call_id="next"), 1.0)
    assert any(isinstance(event, events.Invite) for event in found)


@settings(max_examples=200, deadline=None)
@given(lines=st.lists(st.sampled_from(GOOD.split(b"\r\n")) | st.binary(max_size=30), max_size=25))
def test_shuffled_lines_raise_nothing_else(lines: list[bytes]) -> None:
    """Lines of a message in any order, with noise between, raise nothing but ParseError."""
    data = b"\r\n".join(lines)
    with suppress(ParseError):
        parse_message(data)
    stack = stack_at()
    receive(stack, data)
    assert len(stack.out) <= 1


@settings(max_examples=100, deadline=None)
@given(cuts=st.lists(st.integers(1, 200), min_size=1, max_size=40), count=st.integers(1, 4))
def test_streams_are_cut_the_same_however_they_arrive(cuts: list[int], count: int) -> None:
    """Messages and pings come out whole for every way the octets were read."""
    octets = (GOOD + b"\r\n\r\n") * count
    parser = StreamParser()
    found: list[bytes | KeepAlive] = []
    turn = 0
    while octets:
        size = cuts[turn % len(cuts)]
        found += parser.feed(octets[:size])
        octets, turn = octets[size:], turn + 1
    assert found == [GOOD, KeepAlive.PING] * count


@pytest.mark.parametrize(
    "octets",
    [
        GOOD.replace(b"Content-Length: ", b"X-Length: "),
        GOOD.replace(b"Content-Length: ", b"l: 1\r\nContent-Length: "),
        GOOD.replace(b"Content-Length: ", b"Content-Length: 99999"),
        b"A" * (MESSAGE_BYTES_MAX + 1),
        b"\r" * 9,
        b"\r\r\n\n\n" + GOOD,
    ],
)
def test_streams_without_framing_break_for_good(octets: bytes) -> None:
    """A stream whose framing is lost says so, and says it again."""
    parser = StreamParser()
    for data in (octets, b"more"):
        with pytest.raises(ParseError):
            parser.feed(data)
    assert parser.is_broken


def test_stream_gives_what_came_before_the_fault() -> None:
    """A whole message ahead of noise is not lost with it."""
    parser = StreamParser()
    assert parser.feed(GOOD + b"X: y\r\n\r\n") == [GOOD]
    assert parser.is_broken


def test_unknown_fields_keep_case_and_order() -> None:
    """What we do not know goes through unchanged."""
    extra = "X-Zebra: 1\r\nx-zEbra: 2\r\nP-Access-Network-Info: 3GPP;cell=1\r\n"
    message = parse_message(invite(extra=extra))
    assert isinstance(message, Request)
    names = [field.name for field in message.headers.fields]
    assert names[7:10] == ["X-Zebra", "x-zEbra", "P-Access-Network-Info"]
    assert message.headers.list("X-ZEBRA") == ("1", "2")
    assert from_of(message).tag == "peer"
