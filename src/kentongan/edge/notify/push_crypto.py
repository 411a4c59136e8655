"""Web push as octets: RFC 8291 (a message only that browser reads), RFC 8292 (who we are). Pure.

Key pair and salt of a message come in as values, so that the example of RFC 8291, appendix A, can
be computed again octet by octet.
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TEXT_OCTETS_MAX: Final = 3_993
"""What fits into the 4,096 octets that every push service takes (RFC 8291, section 4)."""

RECORD_OCTETS: Final = 4_096
SALT_OCTETS: Final = 16
TOKEN_S: Final = 12 * 3600
"""How long a token is good; RFC 8292, section 2, allows a day."""

_SECRET_OCTETS: Final = 16


class BadSubscription(ValueError):  # noqa: N818 - what it is
    """Keys of a browser that are none."""


def unbase64(text: str) -> bytes:
    """Octets of base64url with or without padding; raises `BadSubscription`."""
    try:
        return base64.b64decode(
            text.rstrip("=").encode("ascii") + b"=" * (-len(text.rstrip("=")) % 4), b"-_", True
        )
    except (ValueError, UnicodeEncodeError) as error:
        raise BadSubscription(f"not base64url: {error}") from error


def base64url(octets: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def public_octets(key: ec.EllipticCurvePublicKey) -> bytes:
    """The point, uncompressed."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def check_subscription(p256dh: str, auth: str) -> None:
    """Raise `BadSubscription` when nothing can be encrypted for these keys."""
    _receiver(unbase64(p256dh))
    if len(unbase64(auth)) != _SECRET_OCTETS:
        raise BadSubscription("auth is not 16 octets")


def sealed(
    text: bytes, p256dh: str, auth: str, own: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """The message for that browser: header and one record of aes128gcm (RFC 8188, RFC 8291).

    `own` and `salt` are made for this message alone. Raises `BadSubscription`.
    """
    if len(text) > TEXT_OCTETS_MAX:
        raise ValueError(f"{len(text)} octets; at most {TEXT_OCTETS_MAX}")
    receiver = unbase64(p256dh)
    public = public_octets(own.public_key())
    shared = own.exchange(ec.ECDH(), _receiver(receiver))
    key, nonce = _key_and_nonce(shared, unbase64(auth), receiver, public, salt)
    head = salt + RECORD_OCTETS.to_bytes(4, "big") + bytes((len(public),)) + public
    return head + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def authorization(
    endpoint: str, subject: str, key: ec.EllipticCurvePrivateKey, now: datetime
) -> str:
    """The `Authorization` header for a push service (RFC 8292, section 3)."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(now.timestamp()) + TOKEN_S,
        "sub": subject,
    }
    head = base64url(b'{"typ":"JWT","alg":"ES256"}')
    signed = f"{head}.{base64url(json.dumps(claims, separators=(',', ':')).encode())}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    token = f"{signed}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    return f"vapid t={token}, k={base64url(public_octets(key.public_key()))}"


def _receiver(point: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise BadSubscription(f"p256dh is no point: {error}") from error


def _key_and_nonce(
    shared: bytes, auth: bytes, receiver: bytes, sender: bytes, salt: bytes
) -> tuple[bytes, bytes]:
    """RFC 8291, section 3.4, then RFC 8188, sections 2.2 and 2.3."""
    info = b"WebPush: info\0" + receiver + sender + b"\x01"
    secret = _hmac(salt, _hmac(_hmac(auth, shared), info))
    key = _hmac(secret, b"Content-Encoding: aes128gcm\0\x01")[:16]
    return key, _hmac(secret, b"Content-Encoding: nonce\0\x01")[:12]


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()
