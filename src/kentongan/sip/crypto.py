"""`a=crypto` lines: the keys of SRTP as trunks exchange them (SDES, RFC 4568).

Reads and writes the line and checks what can be checked without cryptography: the suite, the
length of the key, parameters that would change what is protected. A key in SDP is as secret as the
signalling that carries it: use it over TLS.
"""

from __future__ import annotations

import binascii
import re

from msgspec import Struct
from msgspec.structs import replace

from kentongan.sip.description import Media

KEY_OCTETS = {
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AEAD_AES_128_GCM": 28,
    "AEAD_AES_256_GCM": 44,
}
"""Master key and salt of the suites we know (RFC 4568 section 6.2, RFC 7714 section 14.2)."""
CRYPTO_LINES_MAX = 8
"""Keys of one medium; a peer offers one for each suite."""

_LINE = re.compile(r"([0-9]{1,9}) +([A-Za-z0-9_]+) +inline:([^ ;]+)(?:;[^ ]*)?((?: +[^ ]+)*) *")
_HARMLESS = re.compile(r"WSH=[0-9]+|-.*")


class Crypto(Struct, frozen=True):
    """One key: `key` is master key and salt in base64, `lifetime` and `mki` as written."""

    tag: int
    suite: str
    key: str
    lifetime: str = ""
    mki: str = ""

    def text(self) -> str:
        """The attribute's value."""
        parts = (self.key, self.lifetime, self.mki)
        return f"{self.tag} {self.suite} inline:{'|'.join(part for part in parts if part)}"


def crypto_of(media: Media) -> tuple[Crypto, ...]:
    """The keys of a medium that can be used, in its order; what is unreadable or unsafe is none."""
    found = (read_crypto(value) for value in media.values("crypto")[:CRYPTO_LINES_MAX])
    return tuple(crypto for crypto in found if crypto is not None)


def read_crypto(text: str) -> Crypto | None:
    """One `a=crypto` value; None for an unknown suite, a wrong key or a parameter we do not have.

    A session parameter that is not understood makes a line useless (RFC 4568 section 6.3.7), and
    one that switches encryption off always does.
    """
    found = _LINE.fullmatch(text)
    if found is None or not all(_HARMLESS.fullmatch(word) for word in found[4].split()):
        return None
    key, *rest = found[3].split("|")
    if key_octets(key) != KEY_OCTETS.get(found[2]) or len(rest) > 2:
        return None
    lifetime = next((part for part in rest if ":" not in part), "")
    mki = next((part for part in rest if ":" in part), "")
    return Crypto(int(found[1]), found[2], key, lifetime, mki)


def key_octets(key: str) -> int:
    """How many octets a base64 text stands for; -1 where it is none."""
    try:
        return len(binascii.a2b_base64(key.encode("ascii"), strict_mode=True))
    except (binascii.Error, ValueError):
        return -1


def chosen(offered: tuple[Crypto, ...], ours: tuple[Crypto, ...]) -> tuple[Crypto, ...]:
    """Our key for the first offered suite that we have, under the offer's tag (section 5.1.2)."""
    for theirs in offered:
        for own in ours:
            if own.suite == theirs.suite:
                return (replace(own, tag=theirs.tag),)
    return ()
