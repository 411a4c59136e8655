"""SRTP for telephones: keys that both sides wrote into their SDP (RFC 4568).

As good as the signalling that carried the keys, so for trunks over TLS. The switch makes ours and
reads theirs; here they become a session. A media process that was restarted begins counting anew,
so a peer whose sequence numbers have wrapped since its call began must be re-invited with new keys.
"""

import base64
import binascii
from typing import Final

from kentongan.media.protocol import CommandRefusedError, Sdes
from kentongan.media.srtp import AES128_CM_SHA1_32, AES128_CM_SHA1_80, Profile, SrtpSession

SUITES: Final[dict[str, Profile]] = {
    "AES_CM_128_HMAC_SHA1_80": AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": AES128_CM_SHA1_32,
}


def session(sdes: Sdes) -> SrtpSession:
    """A session with these keys; raises `CommandRefusedError` if they are none."""
    profile = SUITES[sdes.suite]
    return SrtpSession(
        profile, key_out=_key(sdes.key_out, profile), key_in=_key(sdes.key_in, profile)
    )


def _key(text: str, profile: Profile) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise CommandRefusedError("keys", str(error)) from error
    if len(key) != profile.key_bytes + profile.salt_bytes:
        raise CommandRefusedError("keys", f"{len(key)} bytes")
    return key
