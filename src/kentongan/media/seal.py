"""How a recording is written on disk: sealed second by second, so that the file alone is noise.

    file   = header, piece*, [end]
    header = 64 octets in the clear: magic, version, rate, channels, bits, start (UTC), key's id
    piece  = frame (16: kind, ordinal, second, sound octets), nonce (12), sealed sound, tag (16)
    end    = frame, nonce, sealed (SHA-256, chain, octets of sound, octets of that lost), tag

Every piece holds one second of sound, only the last may hold less. It is sealed with AES-256-GCM
(NIST SP 800-38D) under the segment's own key; header and frame are authenticated with it. The
ordinal counts pieces without a hole, so none can be taken out, doubled or moved; the second says
where in the call it belongs, and a second that no piece has is silence, because the disk did not
take it. A nonce is random and never used twice, also when the same second has to be written again.
A file whose writer was killed has no end and is whole up to its last complete piece.

Two digests bind the sound to the journal, both over the sound as it is played, silence included:
SHA-256 of all of it, and the chain: chain(0) = 32 zeros, chain(n+1) = SHA-256(chain(n) ‖ second n).

Pure: bytes in, bytes out; nonces come in from outside.
"""

import struct
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from kentongan.media.stereo import CHANNELS, FRAME_BYTES, SAMPLE_BYTES

SUFFIX: Final = ".rec"
VERSION: Final = 1
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
KEY_ID_HEX: Final = 32  # characters: 16 octets
FRAME_SIZE: Final = 16
PIECE_EXTRA_BYTES: Final = FRAME_SIZE + NONCE_BYTES + TAG_BYTES
CHAIN_START: Final = bytes(32)
SOUND: Final = 0
END: Final = 1
RATE_HZ_MAX: Final = 48_000

_MAGIC: Final = b"KTGREC\r\n"
_HEADER: Final = struct.Struct("<8sHHIBBHQ16s20x")
_FRAME: Final = struct.Struct("<BxxxIII")
_END: Final = struct.Struct("<32s32sQQ")
HEADER_SIZE: Final = _HEADER.size
END_SIZE: Final = PIECE_EXTRA_BYTES + _END.size
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SealError(Exception):
    """What was read is not what was written, or the key is another one."""


class Unbegun(SealError):  # noqa: N818 - a state of the file, named like one
    """The file ends before its header does: its writer was killed before the first second."""


class Header(Struct, frozen=True, kw_only=True):
    """What stands in the clear: when it began, at what rate, and which key opens it."""

    started_at: datetime
    rate_hz: int
    key_id: str

    @property
    def second_bytes(self) -> int:
        """Sound of one second."""
        return self.rate_hz * FRAME_BYTES

    @property
    def piece_bytes(self) -> int:
        """A whole second as it lies on disk."""
        return self.second_bytes + PIECE_EXTRA_BYTES


class Frame(Struct, frozen=True):
    """What a piece is and where it belongs."""

    kind: int
    ordinal: int
    second: int
    sound_bytes: int


class End(Struct, frozen=True):
    """The last word of a recording that was closed: digests, octets of sound, octets lost."""

    sha256: bytes
    chain: bytes
    sound_bytes: int
    lost_bytes: int


class Digest:
    """Both digests of a recording, fed second by second."""

    def __init__(self) -> None:
        self._sha256 = sha256()
        self._chain = CHAIN_START
        self.sound_bytes = 0

    def add(self, second: bytes) -> None:
        """The next second; only the last may be shorter."""
        self._sha256.update(second)
        self._chain = sha256(self._chain + second).digest()
        self.sound_bytes += len(second)

    def add_silence(self, count: int, second_bytes: int) -> None:
        """So many octets of sound that nobody has, in whole seconds and a rest."""
        while count > 0:
            self.add(bytes(min(count, second_bytes)))
            count -= second_bytes

    def copy(self) -> "Digest":
        """The same so far."""
        twin = Digest()
        twin._sha256, twin._chain = self._sha256.copy(), self._chain
        twin.sound_bytes = self.sound_bytes
        return twin

    @property
    def sha256(self) -> bytes:
        """SHA-256 of all sound so far."""
        return self._sha256.digest()

    @property
    def chain(self) -> bytes:
        """The chain's value after the last second."""
        return self._chain


def write_header(header: Header) -> bytes:
    """The first 64 octets of a file."""
    return _HEADER.pack(
        _MAGIC,
        VERSION,
        HEADER_SIZE,
        header.rate_hz,
        CHANNELS,
        8 * SAMPLE_BYTES,
        0,
        (header.started_at - _EPOCH) // timedelta(microseconds=1),
        bytes.fromhex(header.key_id),
    )


def read_header(octets: bytes) -> Header:
    """The header; `SealError` when it is none of ours, `Unbegun` when it was never whole."""
    if len(octets) < HEADER_SIZE:
        raise Unbegun("nothing was recorded")
    if not octets.startswith(_MAGIC):
        raise SealError("not a sealed recording")
    _, version, size, rate_hz, channels, bits, _, started_us, key_id = _HEADER.unpack(
        octets[:HEADER_SIZE]
    )
    if (version, size) != (VERSION, HEADER_SIZE):
        raise SealError(f"version {version} of the format is not known here")
    if (channels, bits) != (CHANNELS, 8 * SAMPLE_BYTES) or not 0 < rate_hz <= RATE_HZ_MAX:
        raise SealError("the header is damaged")
    try:
        started_at = _EPOCH + timedelta(microseconds=started_us)
    except OverflowError as error:
        raise SealError("the header is damaged") from error
    return Header(started_at=started_at, rate_hz=rate_hz, key_id=key_id.hex())


def read_frame(octets: bytes) -> Frame:
    """The frame of a piece, not yet proven."""
    return Frame(*_FRAME.unpack(octets))


class Sealer:
    """Seals and opens the pieces of one recording."""

    def __init__(self, key: bytes, header: bytes) -> None:
        """`header` are the file's first 64 octets; raises `ValueError` for a key of other size."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} octets")
        self._cipher = AESGCM(key)
        self._header = header

    def seal(self, ordinal: int, second: int, sound: bytes, nonce: bytes) -> bytes:
        """A piece of sound as it is written."""
        return self._seal(_FRAME.pack(SOUND, ordinal, second, len(sound)), sound, nonce)

    def seal_end(self, ordinal: int, second: int, end: End, nonce: bytes) -> bytes:
        """The last piece."""
        octets = _END.pack(end.sha256, end.chain, end.sound_bytes, end.lost_bytes)
        return self._seal(_FRAME.pack(END, ordinal, second, len(octets)), octets, nonce)

    def open(self, piece: bytes) -> bytes:
        """What is in a piece; `SealError` when it is not what was sealed."""
        frame, rest = piece[:FRAME_SIZE], piece[FRAME_SIZE:]
        try:
            return self._cipher.decrypt(
                rest[:NONCE_BYTES], rest[NONCE_BYTES:], self._header + frame
            )
        except (InvalidTag, ValueError) as error:
            raise SealError("a piece was changed, or the key is another one") from error

    def open_end(self, piece: bytes) -> End:
        """The last word; `SealError` when it is not what was sealed."""
        return End(*_END.unpack(self.open(piece)))

    def _seal(self, frame: bytes, octets: bytes, nonce: bytes) -> bytes:
        return frame + nonce + self._cipher.encrypt(nonce, octets, self._header + frame)
