"""A browser that takes web push, written from RFC 8291 and 8188 with other tools than ours."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kentongan.store.deliveries import Subscription


class Browser:
    """Its keys, its address, and its half of the encryption."""

    def __init__(self, endpoint: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)
        self._public = self._key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        self.subscription = Subscription(
            endpoint=endpoint,
            p256dh=base64.urlsafe_b64encode(self._public).decode().rstrip("="),
            auth=base64.urlsafe_b64encode(self._auth).decode().rstrip("="),
        )

    def read(self, message: bytes) -> bytes:
        """The text; `ValueError` when it is for another browser."""
        salt, size, length = message[:16], int.from_bytes(message[16:20], "big"), message[20]
        sender = message[21 : 21 + length]
        record = message[21 + length :]
        assert len(record) <= size
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self._key.exchange(ec.ECDH(), point)
        info = b"WebPush: info\x00" + self._public + sender
        secret = HKDF(SHA256(), 32, self._auth, info).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(secret)
        try:
            padded = AESGCM(key).decrypt(nonce, record, None)
        except InvalidTag as error:
            raise ValueError("not for this browser") from error
        text, delimiter, padding = padded.rpartition(b"\x02")
        assert delimiter
        assert not padding.strip(b"\x00")
        return text
