"""Whatever the grammar allows is accepted, read as it was meant, and a fixed point."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sip_generators import (
    TREES,
    Generated,
    Tree,
    depth_of,
    descriptions,
    leaves,
    mime,
    places,
    requests,
)
from sip_peer import PEER, invite

from kentongan.sip.address import Transport
from kentongan.sip.body import DEPTH_MAX, parts_of
from kentongan.sip.check import Verdict, check
from kentongan.sip.facts import invite_event
from kentongan.sip.fields import cseq_of, from_of
from kentongan.sip.location import Outcome, locations_of
from kentongan.sip.message import Headers, Request, encode
from kentongan.sip.parse import parse_message
from kentongan.sip.sdp import ANSWERS, Session, answer_to, read_audio, write_audio


@settings(max_examples=250, deadline=None)
@given(made=requests())
def test_valid_requests_are_read_as_they_were_meant(made: Generated) -> None:
    """Accepted by the strict view too; parse, write, parse gives the same; nothing is lost."""
    message = parse_message(made.data + b"INVITE sip:noise SIP/2.0\r\n\r\n")
    assert isinstance(message, Request)
    assert (message.method, message.uri, message.body) == (made.method, made.uri, made.body)
    assert from_of(message).tag == made.from_tag
    assert message.headers.find("call-id") == made.call_id
    assert cseq_of(message).number == made.cseq
    assert len(message.headers.items("via")) == made.vias
    finding = check(made.data)
    assert finding.verdict is Verdict.OK, finding
    written = encode(message)
    assert parse_message(written) == message
    assert encode(parse_message(written)) == written


@settings(max_examples=100, deadline=None)
@given(made=requests())
def test_a_valid_request_always_gives_a_call(made: Generated) -> None:
    """All that is told of an INVITE can be told of any."""
    message = parse_message(made.data)
    assert isinstance(message, Request)
    event = invite_event(message, PEER, Transport.UDP)
    assert event.request_uri == made.uri


@settings(max_examples=150, deadline=None)
@given(body=descriptions(), our_order=st.booleans())
def test_valid_descriptions_are_answered(body: bytes, our_order: bool) -> None:
    """With G.711 offered there is an answer, in the opposite direction; without there is none."""
    offer = read_audio(body)
    assert offer is not None
    answer = answer_to(offer, Session("10.0.0.1", 6000, 1), our_order=our_order)
    assert (answer is not None) == bool(offer.codecs)
    assume(answer is not None)
    assert answer is not None
    back = read_audio(write_audio(answer))
    assert back is not None
    assert back.direction is ANSWERS[offer.direction]
    assert len(back.media) == len(offer.media)
    assert back.telephone_event == offer.telephone_event == 101


@settings(max_examples=150, deadline=None)
@given(made=places())
def test_valid_places_are_read_exactly(made: tuple[bytes, float, float, float]) -> None:
    """Latitude, longitude and radius as written, whatever prefix and white space; 0/0 is none."""
    document, lat, lon, radius = made
    message = parse_message(
        invite(
            body=document,
            content_type="application/pidf+xml",
            extra="Content-ID: <a@b>\r\nGeolocation: <cid:a@b>\r\n",
        )
    )
    assert isinstance(message, Request)
    (location,) = locations_of(message)
    if (lat, lon) == (0.0, 0.0):
        assert location.lat is None
        return
    assert location.outcome is Outcome.READ, location
    assert (location.lat, location.lon, location.radius_m) == (lat, lon, radius)


@settings(max_examples=150, deadline=None)
@given(tree=TREES)
def test_valid_multiparts_are_taken_apart(tree: Tree) -> None:
    """Every leaf once, in order, octet for octet."""
    assume(depth_of(tree) <= DEPTH_MAX)
    content_type, body = mime(tree)
    message = Request("INVITE", "sip:a@b", Headers().added(("Content-Type", content_type)), body)
    found = [(part.content_type, part.content) for part in parts_of(message)]
    assert found == (leaves(tree) if body else [])
