"""SRTP with keys from the SDP: both suites, RTP and RTCP, and keys that are none."""

import base64
import secrets

import msgspec
import pytest

from kentongan.media import rtcp, sdes
from kentongan.media.protocol import CommandRefusedError, Sdes
from kentongan.media.rtp import OutboundStream

SUITES = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")


def key() -> str:
    """Key and salt as SDP writes them."""
    return base64.b64encode(secrets.token_bytes(30)).decode()


def pair(suite: str) -> tuple[Sdes, Sdes]:
    """Our side of a call and the peer's."""
    ours, theirs = key(), key()
    return (
        msgspec.convert({"suite": suite, "key_in": theirs, "key_out": ours}, Sdes),
        msgspec.convert({"suite": suite, "key_in": ours, "key_out": theirs}, Sdes),
    )


@pytest.mark.parametrize(("suite", "tag_bytes"), [(SUITES[0], 10), (SUITES[1], 4)])
def test_both_sides_understand_each_other(suite: str, tag_bytes: int) -> None:
    """RTP with the suite's tag, RTCP always with ten octets; once only, and only unchanged."""
    ours, theirs = (sdes.session(each) for each in pair(suite))
    packet = OutboundStream(8, ssrc=5, sequence=1, timestamp=2).packet(bytes(160), 160)
    secret = ours.protect(packet)
    assert len(secret) == len(packet) + tag_bytes
    assert packet[12:] not in secret
    assert theirs.unprotect(secret[:-1] + bytes([secret[-1] ^ 1])) is None
    assert theirs.unprotect(secret) == packet
    assert theirs.unprotect(secret) is None
    report = rtcp.build(5, None, None, "k")
    secret_report = theirs.protect_rtcp(report)
    assert len(secret_report) == len(report) + 4 + 10
    assert ours.unprotect_rtcp(secret_report) == report
    assert ours.unprotect_rtcp(secret_report) is None


def test_strangers_are_none() -> None:
    """Plain RTP, short datagrams and another call's packets are refused without a fault."""
    session, other = (sdes.session(pair(SUITES[0])[0]) for _ in range(2))
    packet = OutboundStream(8, ssrc=5, sequence=1, timestamp=2).packet(bytes(160), 160)
    for datagram in (b"", packet, packet[:12], other.protect(packet)):
        assert session.unprotect(datagram) is None
        assert session.unprotect_rtcp(datagram) is None


@pytest.mark.parametrize("text", ["?" * 40, "A" * 39 + "=", "A" * 38 + "=="])
def test_keys_that_are_none(text: str) -> None:
    """No base64, or not thirty octets: refused with a key of its own."""
    with pytest.raises(CommandRefusedError, match="keys"):
        sdes.session(Sdes(suite="AES_CM_128_HMAC_SHA1_80", key_in=key(), key_out=text))
