"""The answer to a browser's offer, and offers that cannot be answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_peers import WebPeer

from kentongan.media.codec import CodecName
from kentongan.media.sdp import Local, OfferRefusedError, answer, parse_offer

OFFER = WebPeer().offer()
LOCAL = Local("127.0.0.1", 8443, "frag", "password", "AA:BB", 7)


def test_the_answer_to_a_browser() -> None:
    """PCMA and keys of ten codecs offered, ICE-lite, passive, bundled, one candidate."""
    lines = answer(parse_offer(OFFER), LOCAL).split("\r\n")
    assert "m=audio 8443 UDP/TLS/RTP/SAVPF 8 126" in lines
    for line in (
        "a=ice-lite",
        "a=group:BUNDLE 0",
        "a=rtcp-mux",
        "a=setup:passive",
        "a=sendrecv",
        "a=candidate:1 1 udp 2130706431 127.0.0.1 8443 typ host",
    ):
        assert line in lines


def test_the_other_law_and_one_way_audio() -> None:
    """A page that only listens is only spoken to; mu-law is taken where A-law is not offered."""
    text = OFFER.replace("111 9 0 8 126", "111 0").replace("a=sendrecv", "a=recvonly")
    offer = parse_offer(text)
    assert offer.codec is CodecName.PCMU
    assert offer.events_type is None
    assert "a=sendonly" in answer(offer, LOCAL)


def test_a_page_that_has_nothing_else_speaks_g722() -> None:
    """G.711 comes first, which needs no transcoding."""
    assert parse_offer(OFFER.replace("111 9 0 8 126", "111 9 126")).codec is CodecName.G722
    assert parse_offer(OFFER.replace("111 9 0 8 126", "9 0 126")).codec is CodecName.PCMU


@pytest.mark.parametrize(
    ("codec", "formats", "lines"),
    [
        (CodecName.G722, "9 126", ["a=rtpmap:9 G722/8000"]),
        (CodecName.PCMU, "0 126", ["a=rtpmap:0 PCMU/8000"]),
        (CodecName.OPUS, "111", ["a=rtpmap:111 opus/48000/2"]),
    ],
)
def test_the_codec_that_is_wanted(codec: CodecName, formats: str, lines: list[str]) -> None:
    """Its own payload type and name; telephone events only at its own clock."""
    offer = parse_offer(OFFER, codec)
    told = answer(offer, LOCAL).split("\r\n")
    assert offer.codec is codec
    assert f"m=audio 8443 UDP/TLS/RTP/SAVPF {formats}" in told
    for line in lines:
        assert line in told


def test_opus_under_another_number_with_its_events() -> None:
    """Dynamic types are the offer's; keys come at 48 kHz beside Opus."""
    text = OFFER.replace("111", "63").replace("63 9 0 8 126", "63 9 0 8 126 110")
    offer = parse_offer(text + "a=rtpmap:110 telephone-event/48000\r\n", CodecName.OPUS)
    assert (offer.payload_type, offer.events_type) == (63, 110)
    told = answer(offer, LOCAL)
    assert "a=rtpmap:110 telephone-event/48000\r\n" in told
    assert "a=fmtp:63 " in told


def test_what_is_wanted_and_not_offered() -> None:
    """A page without Opus or G.722 is answered in A-law."""
    text = OFFER.replace("111 9 0 8 126", "0 8 126")
    for codec in (CodecName.OPUS, CodecName.G722):
        assert parse_offer(text, codec).codec is CodecName.PCMA


def test_other_media_are_turned_down_in_order() -> None:
    """An offer with video first gets a refused section first, and audio second."""
    head, audio = OFFER.split("m=audio", 1)
    video = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"
    sections = [
        line
        for line in answer(parse_offer(head + video + "m=audio" + audio), LOCAL).split("\r\n")
        if line.startswith("m=")
    ]
    assert sections == ["m=video 0 UDP/TLS/RTP/SAVPF 96", "m=audio 8443 UDP/TLS/RTP/SAVPF 8 126"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("m=audio", "m=video", "no-audio"),
        ("111 9 0 8 126", "111 126", "no-codec"),
        ("SAVPF", "AVP", "no-srtp"),
        ("a=ice-ufrag", "a=x", "no-ice"),
        ("a=fingerprint:sha-256", "a=fingerprint:sha-1", "no-fingerprint"),
        ("a=setup:actpass", "a=setup:passive", "no-setup"),
    ],
)
def test_offers_that_cannot_be_answered(old: str, new: str, key: str) -> None:
    """Each says by a key what is missing."""
    with pytest.raises(OfferRefusedError, match=key):
        parse_offer(OFFER.replace(old, new))


@given(st.data())
def test_a_broken_offer_is_refused_or_answered(data: st.DataObject) -> None:
    """Lines lost, doubled or garbled: one error type, no other, and no line of ours is split."""
    lines = data.draw(st.lists(st.sampled_from(OFFER.split("\r\n")) | st.text(max_size=30)))
    try:
        offer = parse_offer("\r\n".join(lines))
    except OfferRefusedError:
        return
    for line in answer(offer, LOCAL).split("\r\n")[:-1]:
        assert line[1] == "="


def test_an_endless_offer_is_refused() -> None:
    """64 K characters are the end."""
    with pytest.raises(OfferRefusedError, match="too-long"):
        parse_offer(OFFER + "a=x\r\n" * 20_000)
