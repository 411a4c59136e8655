"""Where requests within a dialog go when Contact names an address that leads nowhere from here."""

from __future__ import annotations

from typing import Any

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
    stack_at,
    to_header,
)

from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.parse import parse_message
from kentongan.sip.stack import Stack

CONTACT = b"sip:trunk@10.0.0.2:5060"
AGENCY = b"sip:agency@10.0.0.2:5060"
NEW_PORT = Address(PEER.host, 40_123)
ELSEWHERE = Address("10.0.0.9", 5060)


def _talking(contact: bytes, **more: Any) -> tuple[Stack, str, str]:
    """A call that came in with that Contact: the stack, our dialog, and the peer's To."""
    stack = stack_at(**more)
    found = stack.receive(invite().replace(CONTACT, contact), PEER, Transport.UDP, 0.0)
    call = only(found, events.Invite)
    stack.respond(call.request, 200, body=OUR_SDP, now=0.0)
    to = to_header(parse_message(stack.drain()[-1].data))
    ack = follow_up("ACK", to=to, cseq=1, branch="z9hG4bKack").replace(CONTACT, contact)
    stack.receive(ack, PEER, Transport.UDP, 0.1)
    return stack, call.dialog, to


def _way_of_bye(stack: Stack, dialog: str) -> Address:
    assert stack.bye(dialog, now=9.0)
    (bye,) = stack.drain()
    assert bye.data.startswith(b"BYE ")
    return bye.address


@pytest.mark.parametrize(
    "host", ["192.168.1.9", "10.99.0.7", "172.16.3.3", "100.64.7.7", "127.0.0.1", "224.0.0.5"]
)
def test_private_contact_of_a_private_peer_is_behind_its_nat(host: str) -> None:
    """The BYE goes where the INVITE came from, its Request-URI as the Contact says."""
    stack, dialog, _ = _talking(f"sip:trunk@{host}:5062".encode())
    assert stack.bye(dialog, now=9.0)
    (bye,) = stack.drain()
    assert bye.address == PEER
    assert bye.data.startswith(f"BYE sip:trunk@{host}:5062 ".encode())


def test_trunk_whose_private_addresses_can_be_reached_is_taken_at_its_word() -> None:
    """Only where the settings say so, and of that peer; also after a restart."""
    asked: list[Address] = []

    def is_direct(peer: Address, transport: Transport) -> bool:
        asked.append(peer)
        return transport is Transport.UDP

    stack, dialog, _ = _talking(b"sip:trunk@192.168.1.9:5062", is_direct=is_direct)
    saved = stack.save(dialog)
    assert saved is not None
    fresh = stack_at()
    assert fresh.adopt(saved, 5.0) == dialog
    for one in (stack, fresh):
        assert _way_of_bye(one, dialog) == Address("192.168.1.9", 5062)
    assert asked == [PEER]


@pytest.mark.parametrize("is_direct", [False, True])
def test_private_contact_behind_a_public_peer(*, is_direct: bool) -> None:
    """A tunnel may lead there, and is only believed to where the settings say so."""
    public = Address("45.112.7.9", 5060)

    def is_tunnel(peer: Address, transport: Transport) -> bool:
        del transport
        return is_direct and peer == public

    stack = stack_at(is_direct=is_tunnel)
    call = invite().replace(CONTACT, b"sip:trunk@192.168.1.9:5062")
    event = only(stack.receive(call, public, Transport.UDP, 0.0), events.Invite)
    stack.respond(event.request, 200, body=OUR_SDP, now=0.0)
    to = to_header(parse_message(stack.drain()[-1].data))
    ack = follow_up("ACK", to=to, cseq=1, branch="z9hG4bKack")
    stack.receive(ack, public, Transport.UDP, 0.1)
    way = Address("192.168.1.9", 5062) if is_direct else public
    assert _way_of_bye(stack, event.dialog) == way


@pytest.mark.parametrize(
    ("contact", "way"),
    [
        (b"sip:trunk@10.0.0.2:5099", Address("10.0.0.2", 5099)),
        (b"sip:trunk@45.112.7.9", Address("45.112.7.9", 5060)),
    ],
)
def test_own_address_of_the_peer_and_a_public_one_are_reached(contact: bytes, way: Address) -> None:
    """No NAT is between where Contact and source agree; a public address is anybody's to reach."""
    stack, dialog, _ = _talking(contact)
    assert _way_of_bye(stack, dialog) == way


def test_new_port_of_the_same_host_is_followed() -> None:
    """A NAT that was restarted: what we send goes to where the last message came from."""
    stack, dialog, to = _talking(b"sip:trunk@192.168.1.9:5062")
    stack.receive(follow_up("INFO", to=to), NEW_PORT, Transport.UDP, 3.0)
    stack.drain()
    assert _way_of_bye(stack, dialog) == NEW_PORT


@pytest.mark.parametrize("cseq", [0, 2])
def test_another_host_and_an_old_request_lead_nothing_astray(cseq: int) -> None:
    """Who knows the dialog's name is not therefore the peer; a repeated old number is refused."""
    stack, dialog, to = _talking(b"sip:trunk@192.168.1.9:5062")
    source = NEW_PORT if cseq == 0 else ELSEWHERE
    stack.receive(follow_up("INFO", to=to, cseq=cseq), source, Transport.UDP, 3.0)
    stack.drain()
    assert _way_of_bye(stack, dialog) == PEER


def test_answer_of_an_agency_with_a_private_contact() -> None:
    """A call of ours: ACK and BYE go by the trunk that it went by, wherever it speaks from."""
    stack = stack_at()
    _, request = dial(stack)
    answer = answer_of(request, 200, tag="far", body=SDP)
    answer = answer.replace(AGENCY, b"sip:agency@192.168.7.7:5060")
    event = only(stack.receive(answer, PEER, Transport.UDP, 1.0), events.Response)
    (ack,) = stack.drain()
    assert (ack.data[:3], ack.address) == (b"ACK", PEER)
    ours = header(request, "from")
    theirs = f"{to_header(request)};tag=far"
    info = follow_up("INFO", to=ours, sender=theirs, call_id=header(request, "call-id"))
    stack.receive(info, NEW_PORT, Transport.UDP, 2.0)
    stack.drain()
    assert _way_of_bye(stack, event.dialog) == PEER
