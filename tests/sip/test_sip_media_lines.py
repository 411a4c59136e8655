"""Session descriptions beyond one plain audio line: codecs to choose, keys, text, many media."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kentongan.sip.codecs import Codec, Format, own_format
from kentongan.sip.crypto import KEY_OCTETS, Crypto, read_crypto
from kentongan.sip.description import MEDIA_LINES_MAX, Direction, read_description
from kentongan.sip.errors import ParseError
from kentongan.sip.sdp import Audio, Session, answer_to, read_audio, write_audio
from kentongan.sip.text_line import CPS_TAKEN, answer_lines, in_place, read_text, text_lines

HEAD = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
WIDE = HEAD + (
    b"m=audio 4000 RTP/AVP 111 9 0 8 101\r\na=rtpmap:111 opus/48000/2\r\n"
    b"a=fmtp:111 useinbandfec=1\r\na=rtpmap:101 telephone-event/8000\r\na=maxptime:40\r\n"
)
KEY = b64encode(bytes(30)).decode()
OWN_KEY = b64encode(bytes(range(30))).decode()
SUITE = "AES_CM_128_HMAC_SHA1_80"
OURS = Session(address="10.0.0.1", port=6000, session_id=7)


def _audio(body: bytes) -> Audio:
    audio = read_audio(body)
    assert audio is not None
    return audio


def _answer(body: bytes, ours: Session = OURS) -> bytes:
    answer = answer_to(_audio(body), ours)
    assert answer is not None
    return write_audio(answer)


def test_all_codecs_are_read_in_the_peers_order() -> None:
    """Opus with its parameters, G.722 by its static type, G.711."""
    audio = _audio(WIDE)
    assert audio.formats == (
        Format(Codec.OPUS, 111, "useinbandfec=1"),
        Format(Codec.G722, 9),
        Format(Codec.PCMU, 0),
        Format(Codec.PCMA, 8),
    )
    assert audio.codecs == (0, 8)
    assert audio.maxptime_ms == 40


@pytest.mark.parametrize(
    ("allowed", "our_order", "line"),
    [
        ((Codec.PCMA, Codec.G722), False, b"m=audio 6000 RTP/AVP 9 8 101"),
        ((Codec.PCMA, Codec.G722), True, b"m=audio 6000 RTP/AVP 8 9 101"),
        ((Codec.OPUS,), False, b"m=audio 6000 RTP/AVP 111 101"),
    ],
)
def test_an_answer_chooses_among_allowed_codecs(
    allowed: tuple[Codec, ...], our_order: bool, line: bytes
) -> None:
    """In the peer's order or in ours, always under the peer's types."""
    ours = replace(OURS, formats=tuple(own_format(codec) for codec in allowed))
    answer = answer_to(_audio(WIDE), ours, our_order=our_order)
    assert answer is not None
    assert line in write_audio(answer)


def test_an_offer_of_ours_names_every_codec() -> None:
    """What we write we read, with dynamic types and G.722's odd clock."""
    ours = replace(OURS, formats=tuple(own_format(codec) for codec in Codec))
    text = write_audio(ours)
    assert b"a=rtpmap:9 G722/8000\r\n" in text
    assert b"a=rtpmap:111 opus/48000/2\r\n" in text
    assert _audio(text).formats == ours.formats


@pytest.mark.parametrize(
    ("ours", "stated"),
    [((20, 20), (20, 20)), ((60, 60), (40, 40)), ((30, 60), (30, 40))],
)
def test_packet_times_stay_below_the_peers_limit(
    ours: tuple[int, int], stated: tuple[int, int]
) -> None:
    """The offer says maxptime 40."""
    session = replace(OURS, ptime_ms=ours[0], maxptime_ms=ours[1])
    audio = _audio(_answer(WIDE, session))
    assert (audio.ptime_ms, audio.maxptime_ms) == stated


def test_every_other_medium_is_refused_at_its_place() -> None:
    """RFC 3264 section 6: as many lines as offered, in the same order, port 0."""
    offer = HEAD + (
        b"m=video 4002 RTP/AVP 31 32\r\nm=audio 0 RTP/AVP 0\r\nm=audio 4000 RTP/AVP 8\r\n"
        b"m=message 9 TCP/MSRP *\r\nm=broken\r\n"
    )
    media = read_description(_answer(offer))
    assert [(m.kind, m.port) for m in media] == [
        ("video", 0),
        ("audio", 0),
        ("audio", 6000),
        ("message", 0),
        ("broken", 0),
    ]


def test_of_two_audio_lines_the_first_that_is_open_counts() -> None:
    """One with port 0 or one that cannot be read does not hide the other."""
    good = b"m=audio 4002 RTP/AVP 8\r\n"
    for first in (b"m=audio 0 RTP/AVP 0\r\n", b"m=audio x RTP/AVP 0\r\n"):
        assert _audio(HEAD + first + good).port == 4002
    with pytest.raises(ParseError):
        read_audio(HEAD + b"m=audio x RTP/AVP 0\r\n")


def test_a_peer_that_offers_both_plain_and_secure_is_asked_which() -> None:
    """`secure` prefers; without the other kind it takes what there is."""
    both = (
        HEAD
        + b"m=audio 4000 RTP/SAVP 8\r\na=crypto:1 %s inline:%s\r\nm=audio 4002 RTP/AVP 8\r\n"
        % (SUITE.encode(), KEY.encode())
    )
    for secure, port in ((None, 4000), (True, 4000), (False, 4002)):
        audio = read_audio(both, secure=secure)
        assert audio is not None
        assert audio.port == port
    only = read_audio(WIDE, secure=True)
    assert only is not None
    assert not only.is_secure


def test_a_secure_offer_is_answered_with_our_key_under_its_tag() -> None:
    """The first suite both have; a plain answer to a secure offer does not exist."""
    offer = (
        HEAD
        + (
            f"m=audio 4000 RTP/SAVP 8\r\na=crypto:1 F8_128_HMAC_SHA1_80 inline:{KEY}\r\n"
            f"a=crypto:4 {SUITE} inline:{KEY}|2^20|1:4\r\n"
        ).encode()
    )
    audio = _audio(offer)
    assert audio.crypto == (Crypto(4, SUITE, KEY, "2^20", "1:4"),)
    ours = replace(OURS, crypto=(Crypto(1, SUITE, OWN_KEY),))
    text = _answer(offer, ours)
    assert b"m=audio 6000 RTP/SAVP 8" in text
    assert f"a=crypto:4 {SUITE} inline:{OWN_KEY}\r\n".encode() in text
    assert answer_to(audio, OURS) is None


@pytest.mark.parametrize("suite", sorted(KEY_OCTETS))
def test_keys_are_read_as_they_are_written(suite: str) -> None:
    """Every suite, with lifetime and key identifier."""
    key = b64encode(bytes(KEY_OCTETS[suite])).decode()
    for crypto in (Crypto(1, suite, key), Crypto(9, suite, key, "2^31", "1:1")):
        assert read_crypto(crypto.text()) == crypto


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"1 {SUITE} inline:",
        f"1 {SUITE} inline:{KEY[:-4]}",
        f"1 {SUITE} inline:{KEY}!",
        f"1 {SUITE} inline:{KEY} UNENCRYPTED_SRTP",
        f"1 {SUITE} inline:{KEY} KDR=1",
        f"x {SUITE} inline:{KEY}",
        f"1 {SUITE} clear:{KEY}",
        f"1 NOTHING inline:{KEY}",
    ],
)
def test_a_key_that_would_not_protect_is_none(text: str) -> None:
    """Wrong length, unknown suite, and parameters that switch something off (RFC 4568)."""
    assert read_crypto(text) is None


def test_rtcp_is_where_the_peer_says() -> None:
    """RFC 3605 port, RFC 5761 multiplexing; an answer multiplexes only what was offered so."""
    audio = _audio(WIDE + b"a=rtcp:4099 IN IP4 192.0.2.1\r\na=rtcp-mux\r\n")
    assert (audio.rtcp_port, audio.rtcp_mux) == (4099, True)
    ours = replace(OURS, rtcp_mux=True, rtcp_port=6001)
    assert b"a=rtcp:6001\r\n" in _answer(WIDE, ours)
    assert b"a=rtcp-mux" not in _answer(WIDE, ours)
    assert b"a=rtcp-mux" in _answer(WIDE + b"a=rtcp-mux\r\n", ours)


TEXT = (
    b"m=text 11000 RTP/AVP 100 98\r\na=rtpmap:98 t140/1000\r\na=rtpmap:100 red/1000\r\n"
    b"a=fmtp:100 98/98/98\r\n"
)


def test_a_text_line_is_found_and_accepted_at_its_place() -> None:
    """RFC 4103 with redundancy, before and after the audio."""
    for body, kinds in (
        (HEAD + TEXT + WIDE[len(HEAD) :], ["text", "audio"]),
        (WIDE + b"m=video 1 RTP/AVP 31\r\n" + TEXT, ["audio", "video", "text"]),
    ):
        text = read_text(body)
        assert text is not None
        assert (text.port, text.t140_type, text.red_type, text.generations) == (11000, 98, 100, 2)
        offer = _audio(body)
        answer = answer_to(offer, OURS)
        assert answer is not None
        written = write_audio(in_place(answer, text.line, answer_lines(text, 7000)))
        assert [medium.kind for medium in read_description(written)] == kinds
        back = read_text(written)
        assert back == replace(text, address="10.0.0.1", port=7000, cps=CPS_TAKEN)


def test_text_of_our_own_offer_reads_back() -> None:
    """Also without redundancy."""
    for red in (None, 100):
        body = write_audio(replace(OURS, after=text_lines(7000, red_type=red)))
        text = read_text(body)
        assert text is not None
        assert (text.port, text.red_type) == (7000, red)


def test_text_that_is_refused_or_foreign_is_none() -> None:
    """Port 0, another encoding, redundancy of something else."""
    assert read_text(HEAD + TEXT.replace(b"11000", b"0")) is None
    assert read_text(HEAD + TEXT.replace(b"t140", b"t141")) is None
    text = read_text(HEAD + TEXT.replace(b"98/98/98", b"97/97"))
    assert text is not None
    assert text.red_type is None


def test_too_many_media_are_unreadable() -> None:
    """A named limit."""
    with pytest.raises(ParseError):
        read_audio(HEAD + b"m=audio 2 RTP/AVP 8\r\n" * (MEDIA_LINES_MAX + 1))


_LINES = st.sampled_from(
    [
        b"m=audio 4000 RTP/AVP 8 9 0 111",
        b"m=audio 4000 RTP/SAVP 8",
        b"m=audio 0 RTP/AVP 8",
        b"m=text 4004 RTP/AVP 98",
        b"m=video 4006 RTP/AVP 31",
        b"m=audio",
        b"c=IN IP6 2001:db8::1",
        b"c=IN IP4 0.0.0.0",
        b"c=IN",
        b"a=rtpmap:98 t140/1000",
        b"a=rtpmap:8 opus/48000/2",
        b"a=rtpmap:111 PCMA/8000",
        b"a=fmtp:98 x",
        b"a=sendonly",
        b"a=inactive",
        b"a=ptime:60",
        b"a=maxptime:5",
        b"a=rtcp:70000",
        b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + KEY.encode(),
    ]
) | st.binary(max_size=24)


@settings(max_examples=250, deadline=None)
@given(lines=st.lists(_LINES, max_size=14))
def test_any_lines_are_read_answered_and_read_back(lines: list[bytes]) -> None:
    """An answer has the offered media in order, one codec at least, and the opposite direction."""
    body = b"\r\n".join([HEAD.rstrip(), *lines])
    with suppress(ParseError):
        offer = read_audio(body)
        ours = replace(OURS, formats=tuple(own_format(c) for c in Codec))
        answer = (
            answer_to(offer, replace(ours, crypto=(Crypto(1, SUITE, OWN_KEY),))) if offer else None
        )
        if offer is None or answer is None:
            return
        back = read_audio(write_audio(answer))
        assert back is not None
        assert len(back.media) == len(offer.media)
        assert back.line == offer.line
        assert set(back.formats) <= {replace(form, parameters="") for form in offer.formats}
        assert (back.direction is Direction.INACTIVE) == (offer.direction is Direction.INACTIVE)
