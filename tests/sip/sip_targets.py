"""What must hold for any octets, per reader: the targets of the fuzzer and of its kept corpus.

Each target takes octets, gives them to one reader, and asserts what must be true of the result.
The readers may raise `ParseError` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import msgspec
from msgspec.structs import replace

from kentongan.sip.additional import BLOCKS_MAX, additional_data_of
from kentongan.sip.address import Address, Transport
from kentongan.sip.body import PARTS_MAX, find_sdp, read_body
from kentongan.sip.check import check
from kentongan.sip.codecs import Codec, own_format
from kentongan.sip.conformance import is_well_formed_uri
from kentongan.sip.crypto import Crypto, read_crypto
from kentongan.sip.digest import Credentials, authorization, next_nonce, read_challenge
from kentongan.sip.errors import ParseError
from kentongan.sip.facts import invite_event
from kentongan.sip.fields import read_address, read_cseq, read_via
from kentongan.sip.identity import identity_of
from kentongan.sip.location import LOCATIONS_MAX, locations_of
from kentongan.sip.message import Field, Headers, Request, encode
from kentongan.sip.parse import MESSAGE_BYTES_MAX, parse_message
from kentongan.sip.sdp import Session, answer_to, read_audio, write_audio
from kentongan.sip.stream import KeepAlive, StreamParser
from kentongan.sip.text_line import answer_lines, in_place, read_text
from kentongan.sip.uri import dialled_line, is_emergency, read_uri, telephone_number

_SOURCE = Address("10.0.0.2", 5060)
_BASE = (
    ("Via", "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKfuzz"),
    ("From", "<sip:+6281234567@10.0.0.2>;tag=a"),
    ("To", "<sip:112@10.0.0.1>"),
    ("Call-ID", "fuzz"),
    ("CSeq", "1 INVITE"),
)
_OURS = Session(
    address="10.0.0.1",
    port=6000,
    session_id=1,
    formats=tuple(own_format(codec) for codec in Codec),
    crypto=(Crypto(1, "AES_CM_128_HMAC_SHA1_80", "A" * 40),),
)


def message(data: bytes) -> None:
    """Parse, write, parse is a fixed point, and every message has a verdict that can be told."""
    finding = check(data)
    msgspec.json.encode(finding)
    with suppress(ParseError):
        read = parse_message(data)
        written = encode(read)
        assert parse_message(written) == read
        assert len(written) <= len(data) + 256
        if isinstance(read, Request) and read.method == "INVITE":
            invite_event(read, _SOURCE, Transport.UDP)


def sdp(data: bytes) -> None:
    """An answer has as many media as the offer and reads back."""
    with suppress(ParseError):
        offer = read_audio(data)
        if offer is None:
            return
        answer = answer_to(offer, _OURS)
        if answer is None:
            return
        text = read_text(data)
        if text is not None:
            answer = in_place(answer, text.line, answer_lines(text, 7000))
        back = read_audio(write_audio(answer))
        assert back is not None
        assert len(back.media) == len(offer.media)
        assert back.line == offer.line
        assert set(back.formats) <= {replace(form, parameters="") for form in offer.formats}


def body(data: bytes) -> None:
    """First line: the Content-Type, then the body. Parts are bounded and hold no more than it."""
    kind, _, content = data.partition(b"\n")
    fields = (*_BASE, ("Content-Type", kind.decode("latin-1")))
    taken = read_body(Request("INVITE", "sip:112@10.0.0.1", _headers(fields), content))
    assert len(taken.parts) <= PARTS_MAX
    assert sum(len(part.content) for part in taken.parts) <= len(content)
    find_sdp(taken.parts)


def location(data: bytes) -> None:
    """First line: the Geolocation, then a location document. A place is on earth or not there."""
    where, _, document = data.partition(b"\n")
    fields = (
        *_BASE,
        ("Geolocation", where.decode("latin-1")),
        ("Content-Type", "application/pidf+xml"),
        ("Content-ID", "<a>"),
    )
    request = Request("INVITE", "urn:service:sos", _headers(fields), document)
    found = locations_of(request)
    assert len(found) <= LOCATIONS_MAX
    for place in found:
        assert (place.lat is None) == (place.lon is None)
        if place.lat is not None and place.lon is not None:
            assert -90 <= place.lat <= 90
            assert -180 <= place.lon <= 180
            assert (place.lat, place.lon) != (0, 0)
        assert place.radius_m is None or place.radius_m >= 0
    assert len(additional_data_of(request)) <= BLOCKS_MAX


def fields(data: bytes) -> None:
    """URIs, addresses, Via, CSeq, keys and challenges, each alone."""
    text = data.decode("latin-1")
    is_well_formed_uri(text)
    telephone_number(text)
    read_crypto(text)
    next_nonce(text)
    with suppress(ParseError):
        uri = read_uri(text)
        dialled_line(uri)
        is_emergency(uri)
        assert uri.raw == text
    with suppress(ParseError):
        address = read_address(text)
        assert read_address(address.text()).uri == address.uri
    with suppress(ParseError):
        via = read_via(text)
        assert read_via(via.text()) == via
    with suppress(ParseError):
        read_cseq(text)
    challenge = read_challenge(text)
    if challenge is not None:
        value = authorization(
            challenge, Credentials("u", "p"), method="REGISTER", uri="sip:a", cnonce="c"
        )
        assert value.isprintable() or not text.isprintable()


def caller(data: bytes) -> None:
    """Header lines of an INVITE about its caller: an identity always comes out."""
    lines = [line.partition(":") for line in data.decode("latin-1").split("\n")[:32]]
    more = tuple((name.strip(), value.strip()) for name, _, value in lines)
    request = Request("INVITE", "sip:112@10.0.0.1", _headers((*_BASE, *more)))
    identity = identity_of(request)
    assert (identity.number == "") == (identity.source == "nobody")
    msgspec.json.encode(identity)
    additional_data_of(request)


def stream(data: bytes) -> None:
    """The first octet says in what pieces the rest arrives; the same messages come out."""
    size, octets = (data[0] % 97) + 1 if data else 1, data[1:]
    whole = _fed(octets, len(octets) or 1)
    assert _fed(octets, size) == whole
    for item in whole:
        assert isinstance(item, KeepAlive) or len(item) <= MESSAGE_BYTES_MAX


def _fed(octets: bytes, size: int) -> list[bytes | KeepAlive]:
    parser = StreamParser()
    found: list[bytes | KeepAlive] = []
    with suppress(ParseError):
        for at in range(0, len(octets), size):
            found += parser.feed(octets[at : at + size])
            if parser.is_broken:
                break
    return found


def _headers(fields: tuple[tuple[str, str], ...]) -> Headers:
    return Headers(tuple(Field(*field) for field in fields))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "message": message,
    "sdp": sdp,
    "body": body,
    "location": location,
    "fields": fields,
    "caller": caller,
    "stream": stream,
}
