"""A centre with addresses of both families tells each peer the one it can reach."""

from itertools import count

import pytest

from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport
from kentongan.sip.message import Request
from kentongan.sip.outside import Outside
from kentongan.sip.parse import parse_message
from kentongan.sip.stack import Stack

FOUR, SIX = "203.0.113.7", "2001:db8::7"
OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n"
)


def both() -> Stack:
    """A stack that listens in both families, by UDP and TCP."""
    numbers = count(1)
    local = [
        Listener(transport, Address(host, 5060))
        for transport in (Transport.UDP, Transport.TCP)
        for host in (FOUR, SIX)
    ]
    return Stack(lambda: f"t{next(numbers):04}", local, "test")


def sent(stack: Stack) -> Request:
    """The only thing that is sent."""
    (out,) = stack.drain()
    message = parse_message(out.data)
    assert isinstance(message, Request)
    return message


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
@pytest.mark.parametrize(("peer", "own"), [("192.0.2.1", FOUR), ("2001:db8::1", f"[{SIX}]")])
def test_via_and_contact_are_of_the_peers_family(peer: str, own: str, transport: Transport) -> None:
    """In calls, in requests outside dialogs, and in those of a dialog."""
    stack = both()
    there = Address(peer, 5060)
    stack.invite("sip:1@example.org", OFFER, now=0.0, peer=there, transport=transport)
    invite = sent(stack)
    wanted = Outside(method="MESSAGE", target="sip:1@example.org")
    stack.send(wanted, now=0.0, peer=there, transport=transport)
    for message in (invite, sent(stack)):
        assert f" {own}:5060;" in (message.headers.find("via") or "")
        assert f"@{own}:5060" in (message.headers.find("contact") or "")


def test_an_answer_names_the_address_of_its_family() -> None:
    """The Contact of our 200 is where the peer sends its BYE."""
    stack = both()
    head = (
        "INVITE sip:112@example.org SIP/2.0\r\n"
        "Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKa;rport\r\n"
        "From: <sip:a@[2001:db8::1]>;tag=1\r\nTo: <sip:112@example.org>\r\nCall-ID: a\r\n"
        "CSeq: 1 INVITE\r\nContact: <sip:a@[2001:db8::1]>\r\n"
        f"Content-Type: application/sdp\r\nContent-Length: {len(OFFER)}\r\n\r\n"
    )
    source = Address("2001:db8::1", 5060)
    (event,) = stack.receive(head.encode() + OFFER, source, Transport.UDP, 0.0)
    assert isinstance(event, events.Invite)
    stack.drain()
    stack.respond(event.request, 200, now=0.0, body=OFFER)
    assert f"<sip:112@[{SIX}]:5060>".encode() in stack.drain()[-1].data


def test_a_family_we_have_not_gets_the_address_we_have() -> None:
    """An announced address of one family stands for both: a gateway translates."""
    numbers = count(1)
    listener = Listener(Transport.UDP, Address(FOUR, 5060))
    stack = Stack(lambda: f"t{next(numbers):04}", [listener], "test")
    stack.options("sip:x", now=0.0, peer=Address("2001:db8::1", 5060))
    assert FOUR in (sent(stack).headers.find("via") or "")
