"""Keys of recordings: each segment has its own, sealed under the one key of the centre.

The centre's key lies in a file beside the state, never in a database or a backup of one. So a
stolen database opens nothing, a stolen disk with the recordings opens nothing, and to erase a
segment's key is to erase the segment, wherever copies of its file may be. Whoever loses the
centre's key loses every recording: it is kept a second time, on paper or in a safe.

sealed key = version (1), the centre key's mark (8), nonce (12), sealed key (32), tag (16)
"""

import base64
import binascii
import logging
import os
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from kentongan.media.seal import KEY_BYTES, KEY_ID_HEX, NONCE_BYTES

VERSION: Final = b"\x01"
MARK_BYTES: Final = 8
OTHERS: Final = 0o077  # permissions of anybody but the owner

_log: Final = logging.getLogger(__name__)


class KeyRefusedError(Exception):
    """A key cannot be had: its file is missing or damaged, or it belongs to another centre."""


class SegmentKey(Struct, frozen=True):
    """The key of one segment in the clear. It is never written anywhere and never shown."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        """Without the secret: keys must not get into logs."""
        return f"SegmentKey({self.id!r}, …)"


class CentreKey:
    """Seals the keys of segments, and opens them again."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise KeyRefusedError(f"the centre's key has {KEY_BYTES} octets")
        self._cipher = AESGCM(secret)
        self.mark: Final = sha256(b"kentongan centre key" + secret).digest()[:MARK_BYTES]

    def seal(self, key: SegmentKey) -> bytes:
        """The segment's key as it may be stored."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        known = VERSION + self.mark
        return known + nonce + self._cipher.encrypt(nonce, key.secret, known + key.id.encode())

    def open(self, key_id: str, sealed: bytes) -> SegmentKey:
        """The segment's key; `KeyRefusedError` when it was sealed elsewhere or changed."""
        start = len(VERSION) + MARK_BYTES
        known, nonce, rest = sealed[:start], sealed[start:][:NONCE_BYTES], sealed[start:]
        if known[:1] != VERSION:
            raise KeyRefusedError("a sealed key of an unknown kind")
        if known[1:] != self.mark:
            raise KeyRefusedError("it was sealed with another centre's key")
        try:
            secret = self._cipher.decrypt(nonce, rest[NONCE_BYTES:], known + key_id.encode())
        except (InvalidTag, ValueError) as error:
            raise KeyRefusedError("a sealed key was changed") from error
        return SegmentKey(key_id, secret)


def new_segment_key() -> SegmentKey:
    """A key nobody has had before."""
    return SegmentKey(secrets.token_hex(KEY_ID_HEX // 2), secrets.token_bytes(KEY_BYTES))


def load_centre_key(path: Path) -> CentreKey:
    """The centre's key; `KeyRefusedError` when the file is not there or damaged."""
    try:
        text = path.read_bytes()
        if path.stat().st_mode & OTHERS:
            _log.warning("%s can be read by others than its owner", path)
        return CentreKey(base64.b64decode(text.strip(), validate=True))
    except OSError as error:
        raise KeyRefusedError(f"{path}: {error.strerror or error}") from error
    except binascii.Error as error:
        raise KeyRefusedError(f"{path} is not a key") from error


def load_or_make_centre_key(path: Path) -> CentreKey:
    """The centre's key, made when there is none. Of two that make it at once one wins."""
    if not path.exists():
        try:
            _make(path)
        except OSError as error:
            raise KeyRefusedError(f"{path}: {error.strerror or error}") from error
    return load_centre_key(path)


def _make(path: Path) -> None:
    """Whole and on disk before it has its name: a key is never half there."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as out:
            out.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            return
        _sync_folder(path.parent)
        _log.warning("%s was made: keep a copy of it in a safe place", path)
    finally:
        part.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
