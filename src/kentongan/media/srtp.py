"""Encryption of RTP and RTCP: keys out of a DTLS handshake or an SDP, packets in and out (RFC 3711,
RFC 5764, RFC 7714; RFC 4568 is `sdes`).

The ciphers are libsrtp's. A packet that does not prove its origin gives none; nothing is raised
for what a stranger sends.
"""

# The constants of pylibsrtp carry no types.
# pyright: reportUnknownMemberType=false

from typing import Final, cast

import pylibsrtp
from msgspec import Struct

REPLAY_WINDOW_PACKETS: Final = 1024  # 20 s: a browser may resend after its network changed
PROTECTED_BYTES_MAX: Final = 1500
EXPORTER_LABEL: Final = b"EXTRACTOR-dtls_srtp"  # RFC 5764, section 4.2


class Profile(Struct, frozen=True):
    """A protection profile: its name in OpenSSL, its number in libsrtp, its lengths in bytes."""

    name: bytes
    number: int
    key_bytes: int
    salt_bytes: int

    @property
    def material_bytes(self) -> int:
        """Keys and salts of both sides."""
        return 2 * (self.key_bytes + self.salt_bytes)


AES128_CM_SHA1_80: Final = Profile(
    b"SRTP_AES128_CM_SHA1_80", cast("int", pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80), 16, 14
)
AES128_CM_SHA1_32: Final = Profile(
    b"SRTP_AES128_CM_SHA1_32", cast("int", pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_32), 16, 14
)
"""Telephones only: a tag of four bytes is little, so browsers are not offered it."""
PROFILES: Final = (
    Profile(
        b"SRTP_AEAD_AES_128_GCM",
        cast("int", pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM),
        16,
        12,
    ),
    AES128_CM_SHA1_80,
)
PROFILE_LIST: Final = b":".join(profile.name for profile in PROFILES)


def profile_named(name: bytes) -> Profile | None:
    """The profile that the handshake chose; none if it chose none of ours."""
    return next((profile for profile in PROFILES if profile.name == name), None)


class SrtpSession:
    """Both directions of one leg."""

    __slots__ = ("_inbound", "_outbound")

    def __init__(self, profile: Profile, *, key_out: bytes, key_in: bytes) -> None:
        """Each key is followed by its salt."""
        direction = pylibsrtp.Policy
        self._outbound = _session(profile, key_out, cast("int", direction.SSRC_ANY_OUTBOUND))
        self._inbound = _session(profile, key_in, cast("int", direction.SSRC_ANY_INBOUND))

    @classmethod
    def of_handshake(
        cls, profile: Profile, material: bytes, *, is_dtls_server: bool
    ) -> "SrtpSession":
        """The session of a DTLS handshake, from its keying material."""
        client, server = _keys(profile, material)
        ours, theirs = (server, client) if is_dtls_server else (client, server)
        return cls(profile, key_out=ours, key_in=theirs)

    def protect(self, packet: bytes) -> bytes:
        """An RTP packet of ours, encrypted."""
        return self._outbound.protect(packet)

    def protect_rtcp(self, compound: bytes) -> bytes:
        """An RTCP compound of ours, encrypted."""
        return self._outbound.protect_rtcp(compound)

    def unprotect(self, packet: bytes) -> bytes | None:
        """The RTP packet within; none if it is forged, repeated or broken."""
        if not 12 <= len(packet) <= PROTECTED_BYTES_MAX:
            return None
        try:
            return self._inbound.unprotect(packet)
        except pylibsrtp.Error:
            return None

    def unprotect_rtcp(self, compound: bytes) -> bytes | None:
        """The RTCP compound within; none if it is forged, repeated or broken."""
        if not 8 <= len(compound) <= PROTECTED_BYTES_MAX:
            return None
        try:
            return self._inbound.unprotect_rtcp(compound)
        except pylibsrtp.Error:
            return None


def _keys(profile: Profile, material: bytes) -> tuple[bytes, bytes]:
    """Client's and server's key with salt: keys come first, then salts (RFC 5764, section 4.2)."""
    key, salt = profile.key_bytes, profile.salt_bytes
    salts = material[2 * key :]
    return material[:key] + salts[:salt], material[key : 2 * key] + salts[salt : 2 * salt]


def _session(profile: Profile, key: bytes, direction: int) -> pylibsrtp.Session:
    policy = pylibsrtp.Policy(key=key, ssrc_type=direction, srtp_profile=profile.number)
    policy.window_size = REPLAY_WINDOW_PACKETS
    return pylibsrtp.Session(policy)
