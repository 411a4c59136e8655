"""Web push as octets: the example of RFC 8291, a browser's half, and who we say we are."""

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from notify_browser import Browser

from kentongan.edge.notify.push_crypto import (
    BadSubscription,
    authorization,
    base64url,
    check_subscription,
    public_octets,
    sealed,
    unbase64,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def private(number: str) -> ec.EllipticCurvePrivateKey:
    """The key pair of a private number."""
    return ec.derive_private_key(int.from_bytes(unbase64(number), "big"), ec.SECP256R1())


def test_notify_the_example_of_rfc_8291() -> None:
    """Appendix A, octet by octet."""
    own = private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    message = sealed(
        b"When I grow up, I want to be a watermelon",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
        own,
        unbase64("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert base64url(message) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_notify_a_browser_reads_it_and_another_does_not() -> None:
    """By a second implementation of the browser's half."""
    browser, other = Browser("https://push.example/1"), Browser("https://push.example/2")
    told = browser.subscription
    message = sealed(
        "TIBA 🚑".encode(),
        told.p256dh,
        told.auth,
        ec.generate_private_key(ec.SECP256R1()),
        bytes(range(16)),
    )
    assert browser.read(message) == "TIBA 🚑".encode()
    with pytest.raises(ValueError, match="not for this browser"):
        other.read(message)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [("", "AAAA"), ("BAAA", "BTBZMqHH6r4Tts7J_aSIgg"), ("ü", "x"), ("A" * 87, "B" * 22)],
)
def test_notify_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    """Before they are kept, with a reason."""
    with pytest.raises(BadSubscription):
        check_subscription(p256dh, auth)


def test_notify_too_long_is_no_message() -> None:
    """A push service takes 4,096 octets; more is our own mistake, never a truncated message."""
    browser = Browser("https://push.example/1").subscription
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ValueError, match="at most"):
        sealed(b"x" * 4_000, browser.p256dh, browser.auth, key, bytes(16))
    assert len(sealed(b"x" * 3_993, browser.p256dh, browser.auth, key, bytes(16))) <= 4_096


def test_notify_a_push_service_can_check_who_we_are() -> None:
    """RFC 8292: the audience is its origin, the signature is over what it reads."""
    key = ec.generate_private_key(ec.SECP256R1())
    header = authorization(
        "https://push.example:8443/a/b?c", "mailto:112@semarang.example", key, NOW
    )
    scheme, _, rest = header.partition(" ")
    fields = dict(one.strip().split("=", 1) for one in rest.split(","))
    assert scheme == "vapid"
    assert unbase64(fields["k"]) == public_octets(key.public_key())
    head, claims, signature = fields["t"].split(".")
    assert json.loads(unbase64(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(unbase64(claims)) == {
        "aud": "https://push.example:8443",
        "exp": int(NOW.timestamp()) + 12 * 3600,
        "sub": "mailto:112@semarang.example",
    }
    octets = base64.urlsafe_b64decode(signature + "==")
    r, s = int.from_bytes(octets[:32], "big"), int.from_bytes(octets[32:], "big")
    key.public_key().verify(
        encode_dss_signature(r, s), f"{head}.{claims}".encode(), ec.ECDSA(SHA256())
    )
