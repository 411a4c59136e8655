"""Audio descriptions: what a trunk offers, what we answer, and noise."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sip_peer import vectors

from kentongan.sip.body import find_sdp, parts_of
from kentongan.sip.errors import ParseError
from kentongan.sip.message import Request
from kentongan.sip.parse import parse_message
from kentongan.sip.sdp import (
    PCMA,
    PCMU,
    SDP_BYTES_MAX,
    Audio,
    Direction,
    Session,
    answer_to,
    next_version,
    read_audio,
    write_audio,
)

OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=video 4000 RTP/AVP 31\r\nc=IN IP4 192.0.2.9\r\na=sendonly\r\n"
    b"m=audio 49170/2 RTP/AVP 18 0 97 8 98\r\nc=IN IP4 192.0.2.2/127\r\n"
    b"a=rtpmap:97 opus/48000/2\r\na=rtpmap:98 telephone-event/8000\r\na=ptime:30\r\n"
    b"m=audio 5000 RTP/AVP 8\r\nc=IN IP4 192.0.2.3\r\na=inactive\r\n"
)
OURS = Session(address="10.0.0.1", port=6000, session_id=7)


def _audio(body: bytes) -> Audio:
    audio = read_audio(body)
    assert audio is not None
    return audio


def test_the_first_audio_line_counts() -> None:
    """Address of the media line, codecs in the peer's order, its event type, its packet time."""
    audio = _audio(OFFER)
    assert (audio.address, audio.port, audio.ptime_ms) == ("192.0.2.2", 49170, 30)
    assert audio.payload_types == (18, 0, 97, 8, 98)
    assert (audio.codecs, audio.telephone_event) == ((PCMU, PCMA), 98)
    assert audio.direction is Direction.SENDRECV


def test_session_lines_count_where_the_media_has_none() -> None:
    """Address and direction of the session, over IPv6, with bare LF."""
    body = (
        b"v=0\no=- 1 1 IN IP6 2001:db8::1\ns=-\nc=IN IP6 2001:db8::1\nt=0 0\n"
        b"a=sendonly\nm=audio 6000 RTP/AVP 8\n"
    )
    audio = _audio(body)
    assert (audio.address, audio.direction) == ("2001:db8::1", Direction.SENDONLY)


@pytest.mark.parametrize(
    ("change", "direction", "address"),
    [
        ((b"a=ptime:30", b"a=sendonly"), Direction.SENDONLY, "192.0.2.2"),
        ((b"a=ptime:30", b"a=inactive"), Direction.INACTIVE, "192.0.2.2"),
        ((b"a=ptime:30", b"a=recvonly"), Direction.RECVONLY, "192.0.2.2"),
        ((b"192.0.2.2/127", b"0.0.0.0"), Direction.SENDRECV, "0.0.0.0"),
    ],
)
def test_hold_in_all_its_forms(
    change: tuple[bytes, bytes], direction: Direction, address: str
) -> None:
    """RFC 3264 directions and the old zero address."""
    audio = _audio(OFFER.replace(*change))
    assert (audio.direction, audio.address) == (direction, address)


def test_dynamic_types_for_g711_are_answered_with_the_peers_numbers() -> None:
    """A peer may map PCMA to 96; the answer uses its number."""
    body = b"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 2 RTP/AVP 96\r\na=rtpmap:96 PCMA/8000/1\r\n"
    answer = answer_to(_audio(body), OURS)
    assert answer is not None
    assert b"m=audio 6000 RTP/AVP 96\r\na=rtpmap:96 PCMA/8000\r\n" in write_audio(answer)


def test_an_answer_takes_order_event_type_and_direction() -> None:
    """PCMU first as offered, event type 98, sendonly answered recvonly, 20 ms stated."""
    answer = answer_to(_audio(OFFER.replace(b"a=ptime:30", b"a=sendonly")), OURS)
    assert answer is not None
    text = write_audio(answer)
    assert b"m=audio 6000 RTP/AVP 0 8 98\r\n" in text
    assert b"a=fmtp:98 0-15\r\na=ptime:20\r\na=maxptime:20\r\na=recvonly\r\n" in text


def test_no_common_codec_has_no_answer() -> None:
    """G.729 alone."""
    assert answer_to(_audio(OFFER.replace(b"18 0 97 8 98", b"18 98")), OURS) is None


def test_a_wideband_namesake_is_no_codec() -> None:
    """PCMA at 16 kHz or in stereo is not G.711."""
    for rate in (b"PCMA/16000", b"PCMA/8000/2"):
        body = b"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 2 RTP/AVP 96\r\na=rtpmap:96 " + rate + b"\r\n"
        assert _audio(body).codecs == ()


@pytest.mark.parametrize("address", ["10.0.0.1", "2001:db8::1"])
@pytest.mark.parametrize("event", [None, 101])
def test_what_we_write_we_read(address: str, event: int | None) -> None:
    """An offer of ours reads back as it was meant."""
    audio = _audio(
        write_audio(Session(address=address, port=4, session_id=1, telephone_event=event))
    )
    assert (audio.address, audio.port, audio.codecs) == (address, 4, (PCMA, PCMU))
    assert audio.telephone_event == event


def test_the_version_rises_with_a_change_only() -> None:
    """RFC 3264 section 8; the session id stays."""
    same = next_version(OURS, Session(address="10.0.0.1", port=6000, session_id=99))
    assert same is OURS
    moved = next_version(OURS, Session(address="10.0.0.1", port=6002, session_id=99))
    assert (moved.version, moved.session_id, moved.port) == (2, 7, 6002)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"v=0\r\nm=audio zero RTP/AVP 0\r\n",
        b"v=0\r\nm=audio 5000 RTP/AVP 0\r\n",
        b"v=0\r\nc=IN IP9 x\r\nm=audio 5000 RTP/AVP 0\r\n",
        b"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 70000 RTP/AVP 0\r\n",
        b"v=0\r\n" + b"a=x\r\n" * SDP_BYTES_MAX,
    ],
)
def test_unreadable_descriptions_say_so(body: bytes) -> None:
    """Our own error, never a guess."""
    with pytest.raises(ParseError):
        read_audio(body)


def test_a_description_without_audio_has_none() -> None:
    """Video alone is no fault, and no audio."""
    assert read_audio(b"v=0\r\nc=IN IP4 1.2.3.4\r\nm=video 5000 RTP/AVP 31\r\n") is None


@settings(max_examples=300, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, len(OFFER)), st.integers(0, 12), st.binary(max_size=6)), max_size=6
    )
)
def test_mutated_descriptions_raise_nothing_else(edits: list[tuple[int, int, bytes]]) -> None:
    """Any edit is readable or a ParseError; what is readable can be answered and written."""
    body = OFFER
    for at, cut, new in edits:
        body = body[:at] + new + body[at + cut :]
    with suppress(ParseError):
        audio = read_audio(body)
        answer = answer_to(audio, OURS) if audio else None
        if answer is not None:
            assert read_audio(write_audio(answer)) is not None


def test_published_descriptions_are_read() -> None:
    """Every SDP of the RFC 3665 flows."""
    found = 0
    for path in sorted(vectors("sip", "rfc3665-flows").glob("*.msg")):
        with suppress(ParseError):
            sdp = find_sdp(parts_of(parse_message(path.read_bytes())))
            if sdp is not None:
                found += 1
                assert _audio(sdp).codecs == (PCMU,)
    assert found > 30


def test_sdp_is_found_in_a_multipart() -> None:
    """Also nested, with preamble, and where the type is missing."""
    inner = b"--in\r\nContent-Type: application/sdp\r\n\r\n" + OFFER + b"\r\n--in--"
    body = (
        b"preamble\r\n--out\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n"
        + inner
        + b"\r\n--out--\r\nepilogue"
    )
    request = parse_message(
        b"INVITE sip:112@a SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"
        b'c: multipart/mixed;boundary="out"\r\n'
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )
    assert isinstance(request, Request)
    assert find_sdp(parts_of(request)) == OFFER
