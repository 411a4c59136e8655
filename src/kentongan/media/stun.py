"""STUN messages as ICE uses them: read, proved by password, answered (RFC 8489, RFC 8445).

Only bytes. `parse` gives none for whatever is not STUN and never raises; a message counts for
nothing until `is_proved` has checked its integrity with the password that only the signalling
knows.
"""

import hashlib
import hmac
import ipaddress
import struct
import zlib
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from msgspec import Struct

MAGIC_COOKIE: Final = 0x2112A442  # RFC 8489, section 5
HEADER_BYTES: Final = 20
MESSAGE_BYTES_MAX: Final = 1280  # section 6.2.1: must fit a datagram that no path splits
ATTRIBUTES_MAX: Final = 32  # a check of Chromium carries nine
FINGERPRINT_XOR: Final = 0x5354554E  # section 14.7
_HEADER: Final = struct.Struct("!HHI12s")


class MessageType(IntEnum):
    """Binding messages (RFC 8489, section 5)."""

    BINDING_REQUEST = 0x0001
    BINDING_SUCCESS = 0x0101
    BINDING_ERROR = 0x0111


class Attribute(IntEnum):
    """RFC 8489, section 18.3, and RFC 8445, section 16.1."""

    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    XOR_MAPPED_ADDRESS = 0x0020
    PRIORITY = 0x0024
    USE_CANDIDATE = 0x0025
    FINGERPRINT = 0x8028
    ICE_CONTROLLED = 0x8029
    ICE_CONTROLLING = 0x802A


class StunMessage(Struct, frozen=True):
    """A message taken apart; `integrity_at` is where its proof begins, 0 without one."""

    type: int
    transaction: bytes
    attributes: dict[int, bytes]
    integrity_at: int
    data: bytes

    @property
    def username(self) -> str:
        """`<receiver's fragment>:<sender's fragment>` (RFC 8445, section 7.2.2)."""
        return self.attributes.get(Attribute.USERNAME, b"").decode("ascii", "replace")


def parse(data: bytes) -> StunMessage | None:
    """The STUN message in a datagram, none if it is not one. What follows its proof is not read."""
    if not HEADER_BYTES <= len(data) <= MESSAGE_BYTES_MAX:
        return None
    kind, length, magic, transaction = _HEADER.unpack_from(data)
    if kind & 0xC000 or magic != MAGIC_COOKIE or length % 4 or length + HEADER_BYTES != len(data):
        return None
    attributes: dict[int, bytes] = {}
    integrity_at, position = 0, HEADER_BYTES
    while position < len(data) and not integrity_at:
        if position + 4 > len(data) or len(attributes) >= ATTRIBUTES_MAX:
            return None
        name, size = struct.unpack_from("!HH", data, position)
        if position + 4 + size > len(data):
            return None
        attributes.setdefault(name, data[position + 4 : position + 4 + size])
        if name == Attribute.MESSAGE_INTEGRITY:
            integrity_at = position
        position += 4 + size + -size % 4
    return StunMessage(kind, transaction, attributes, integrity_at, data)


def is_proved(message: StunMessage, password: str) -> bool:
    """Whether the sender knows the password (RFC 8489, section 14.5)."""
    if not message.integrity_at:
        return False
    covered = _relength(message.data[: message.integrity_at], message.integrity_at + 4)
    proof = hmac.new(password.encode(), covered, hashlib.sha1).digest()
    return hmac.compare_digest(proof, message.attributes[Attribute.MESSAGE_INTEGRITY])


def build(
    kind: MessageType,
    transaction: bytes,
    attributes: Iterable[tuple[Attribute, bytes]],
    password: str,
) -> bytes:
    """A message with its proof and checksum."""
    body = b"".join(
        struct.pack("!HH", name, len(value)) + value + bytes(-len(value) % 4)
        for name, value in attributes
    )
    message = _HEADER.pack(kind, len(body) + 24, MAGIC_COOKIE, transaction) + body
    proof = hmac.new(password.encode(), message, hashlib.sha1).digest()
    message += struct.pack("!HH", Attribute.MESSAGE_INTEGRITY, len(proof)) + proof
    message = _relength(message, len(message) - HEADER_BYTES + 8)
    checksum = (zlib.crc32(message) ^ FINGERPRINT_XOR) & 0xFFFFFFFF
    return message + struct.pack("!HHI", Attribute.FINGERPRINT, 4, checksum)


def binding_success(request: StunMessage, source: tuple[str, int], password: str) -> bytes:
    """The answer to a proved binding request: the address from which it came."""
    return build(
        MessageType.BINDING_SUCCESS,
        request.transaction,
        [(Attribute.XOR_MAPPED_ADDRESS, xor_address(source, request.transaction))],
        password,
    )


def xor_address(address: tuple[str, int], transaction: bytes) -> bytes:
    """XOR-MAPPED-ADDRESS of an IPv4 or IPv6 address (RFC 8489, section 14.2)."""
    host = ipaddress.ip_address(address[0])
    mask = MAGIC_COOKIE.to_bytes(4) + transaction
    family = 1 if host.version == 4 else 2
    masked = bytes(a ^ b for a, b in zip(host.packed, mask, strict=False))
    return struct.pack("!BBH", 0, family, address[1] ^ (MAGIC_COOKIE >> 16)) + masked


def _relength(message: bytes, length: int) -> bytes:
    """The message as if it ended `length` bytes after its header."""
    return message[:2] + length.to_bytes(2) + message[4:]
