"""Why an offer has nothing for us: what a 488 says to a technician, and the word for our record.

The Warning field (RFC 3261 section 20.43) tells the other side what it would have to offer; a
carrier that reads "no common codec" of a call without sound looks in the wrong place.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from kentongan.sip.build import ExtraHeaders
from kentongan.sip.codecs import Codec
from kentongan.sip.description import has_media
from kentongan.sip.errors import ParseError
from kentongan.sip.sdp import Audio, read_audio
from kentongan.sip.text_line import read_text

SPOKEN: Final = frozenset({Codec.PCMA, Codec.PCMU, Codec.G722})
"""Codecs of telephones that we have."""


_DTLS_PROFILES: Final = "UDP/TLS/"
"""How the profiles whose keys are agreed on by DTLS begin (RFC 5764)."""


class Mismatch(Struct, frozen=True):
    """One cause: `key` is its word in the record, the log and health."""

    key: str
    warning: str

    @property
    def headers(self) -> ExtraHeaders:
        """What the refusal carries."""
        return (("Warning", self.warning),)


NO_AUDIO: Final = Mismatch("no_audio_offered", '304 kentongan "no audio is offered"')
NO_CODEC: Final = Mismatch("no_common_codec", '305 kentongan "PCMA, PCMU and G722 only"')
NO_KEY: Final = Mismatch(
    "no_usable_srtp_key",
    '399 kentongan "SRTP needs a=crypto with AES_CM_128_HMAC_SHA1_80 or _32"',
)
DTLS: Final = Mismatch(
    "dtls_srtp_offered", '399 kentongan "DTLS-SRTP is not taken; offer RTP/SAVP with a=crypto"'
)
UNREADABLE: Final = Mismatch("sdp_unreadable", '399 kentongan "the offer cannot be read"')
OFFER_IS_OPEN: Final = Mismatch("offer_is_open", '399 kentongan "your earlier offer is unanswered"')
KEY_LOST: Final = Mismatch(
    "srtp_not_offered", '399 kentongan "this call has SRTP; offer RTP/SAVP with a=crypto"'
)
NO_FAMILY: Final = Mismatch(
    "no_media_family", '301 kentongan "no sound over this IP version; offer the other one"'
)
_MISMATCHES: Final = {
    one.key: one for one in (NO_AUDIO, NO_CODEC, NO_KEY, DTLS, UNREADABLE, NO_FAMILY)
}


def mismatch_named(key: str) -> Mismatch | None:
    """The cause with that word."""
    return _MISMATCHES.get(key)


def lacking(sdp: bytes) -> Mismatch | None:
    """What a new call's offer lacks for certain; None where it has sound or text for us.

    None, too, where it cannot be read or describes nothing: that call rings, we make the offer.
    """
    try:
        audio = read_audio(sdp)
        if read_text(sdp) is not None or (audio is None and not has_media(sdp)):
            return None
    except ParseError:
        return None
    if audio is None:
        return NO_AUDIO
    return None if _is_spoken(audio) else NO_CODEC


def unmatched(sdp: bytes) -> Mismatch:
    """Why nothing could be agreed on that offer, once nothing was."""
    try:
        audio, text = read_audio(sdp), read_text(sdp)
    except ParseError:
        return UNREADABLE
    if audio is None or not audio.port:
        return NO_AUDIO if text is None else NO_KEY
    if not _is_spoken(audio):
        return NO_CODEC
    return DTLS if audio.profile.startswith(_DTLS_PROFILES) else NO_KEY


def _is_spoken(audio: Audio) -> bool:
    return any(form.codec in SPOKEN for form in audio.formats)
