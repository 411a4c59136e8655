"""A picture as it lies on disk: sealed whole under a key of its own, as noise to whoever has the
file alone.

    file = magic (8), nonce (12), sealed octets, tag (16); the key's id is authenticated with it

AES-256-GCM (NIST SP 800-38D); a nonce is random and a key seals one file only. Pure.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kentongan.media.seal import NONCE_BYTES, TAG_BYTES, SealError
from kentongan.media.seal_keys import SegmentKey

MAGIC: Final = b"KTGPIC\r\n"


def seal_blob(key: SegmentKey, nonce: bytes, content: bytes) -> bytes:
    """The file's octets."""
    return MAGIC + nonce + AESGCM(key.secret).encrypt(nonce, content, MAGIC + key.id.encode())


def open_blob(key: SegmentKey, sealed: bytes) -> bytes:
    """What was sealed; `SealError` when it was changed or the key is another one."""
    start = len(MAGIC)
    if sealed[:start] != MAGIC or len(sealed) < start + NONCE_BYTES + TAG_BYTES:
        raise SealError("it is no sealed picture")
    nonce, rest = sealed[start:][:NONCE_BYTES], sealed[start + NONCE_BYTES :]
    try:
        return AESGCM(key.secret).decrypt(nonce, rest, MAGIC + key.id.encode())
    except InvalidTag as error:
        raise SealError("a sealed picture was changed") from error
