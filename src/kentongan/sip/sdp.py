"""SDP as a trunk needs it: read the peer's audio, write ours (RFC 8866, RFC 3264).

`read_audio` finds the audio line of an offer or answer that we talk on; `answer_to` chooses codecs
and keys and refuses all other media at their places; `write_audio` writes it. Real-time text is
`text_line`. WebRTC descriptions are not handled here.
"""

from __future__ import annotations

from ipaddress import ip_address

from msgspec import Struct
from msgspec.structs import replace

from kentongan.sip import codecs as names
from kentongan.sip.codecs import STATIC_TYPES, Codec, Format
from kentongan.sip.crypto import Crypto, chosen, crypto_of
from kentongan.sip.description import (
    ANSWERS,
    SDP_BYTES_MAX,
    Direction,
    Media,
    read_description,
)
from kentongan.sip.errors import ParseError

__all__ = ["ANSWERS", "SDP_BYTES_MAX", "Direction"]  # parts of a description, read with its audio

PTIME_MS = 20
"""The packet time we send and ask for where nothing else is agreed."""
PCMU, PCMA = 0, 8
"""Static payload types of G.711 (RFC 3551)."""
TELEPHONE_EVENT = 101
"""The payload type we offer for DTMF (RFC 4733)."""
PLAIN, SECURE = "RTP/AVP", "RTP/SAVP"
"""Profiles we write: without and with SRTP (RFC 3551, RFC 3711)."""

_G711 = {Codec.PCMU: PCMU, Codec.PCMA: PCMA}
_OF_STATIC = {kind: codec for codec, kind in STATIC_TYPES.items()}


class Audio(Struct, frozen=True, kw_only=True):
    """The audio line: where the peer listens, and what it understands.

    `formats` are the codecs we know, in the peer's order. `port` 0 means refused. `media` are all
    lines of the description, `line` is which of them this is. `rtcp_port` is None where it is the
    next one after `port`.
    """

    address: str
    port: int
    payload_types: tuple[int, ...]
    formats: tuple[Format, ...]
    telephone_event: int | None
    direction: Direction
    ptime_ms: int
    maxptime_ms: int | None
    profile: str
    rtcp_port: int | None
    rtcp_mux: bool
    crypto: tuple[Crypto, ...]
    media: tuple[Media, ...]
    line: int

    @property
    def codecs(self) -> tuple[int, ...]:
        """PCMA and PCMU by their static payload types, in the peer's order."""
        return tuple(_G711[form.codec] for form in self.formats if form.codec in _G711)

    @property
    def codec_types(self) -> tuple[int, ...]:
        """The payload types the peer wrote for `codecs`, which may be dynamic."""
        return tuple(form.payload_type for form in self.formats if form.codec in _G711)

    @property
    def is_secure(self) -> bool:
        """Whether the line is SRTP."""
        return self.profile.endswith(("SAVP", "SAVPF"))


def read_audio(body: bytes, *, secure: bool | None = None) -> Audio | None:
    """The audio line of a description that counts; None where it has none.

    That is the first that is not refused, or where all are, the first. `secure` prefers lines with
    (True) or without (False) SRTP, as peers offer one of each. Raises `ParseError` where there is
    an audio line that cannot be read.
    """
    media = read_description(body)
    lines = [index for index, medium in enumerate(media) if medium.kind == "audio"]
    if not lines:
        return None
    fault = next((media[index].fault for index in lines if media[index].fault), "")
    usable = [index for index in lines if media[index].port and not media[index].fault]
    if fault and not usable:
        raise ParseError(fault)
    usable = usable or lines
    preferred = [i for i in usable if secure is None or _is_secure(media[i].profile) is secure]
    return _audio(media, (preferred or usable)[0])


def _is_secure(profile: str) -> bool:
    return profile.endswith(("SAVP", "SAVPF"))


def _audio(media: tuple[Media, ...], line: int) -> Audio:
    found = media[line]
    return Audio(
        address=found.address,
        port=found.port,
        payload_types=names.payload_types(found),
        formats=names.formats(found),
        telephone_event=names.type_of(found, "telephone-event", 8000),
        direction=found.direction,
        ptime_ms=_milliseconds(found.find("ptime")) or PTIME_MS,
        maxptime_ms=_milliseconds(found.find("maxptime")),
        profile=found.profile,
        rtcp_port=_port(found.find("rtcp")),
        rtcp_mux=found.find("rtcp-mux") is not None,
        crypto=crypto_of(found),
        media=media,
        line=line,
    )


def _milliseconds(text: str | None) -> int | None:
    whole = (text or "").partition(".")[0]
    usable = whole.isascii() and whole.isdigit() and len(whole) < 4
    return int(whole) if usable and 10 <= int(whole) <= 200 else None


def _port(text: str | None) -> int | None:
    """The port of `a=rtcp` (RFC 3605)."""
    word = (text or "").partition(" ")[0]
    usable = word.isascii() and word.isdigit() and len(word) < 6
    return int(word) if usable and 0 < int(word) <= 65535 else None


class Session(Struct, frozen=True):
    """What we describe: our RTP address and codecs. `version` goes up with each change.

    `formats` are the codecs with their payload types; where it is empty, `codecs` (static payload
    types) under the types `codec_types`. `crypto` makes the line SRTP. `before` and `after` are
    whole lines of other media around ours: refused ones, or our text. Without `has_audio` there
    is no line of ours between them: a call of text alone.
    """

    address: str
    port: int
    session_id: int
    version: int = 1
    codecs: tuple[int, ...] = (PCMA, PCMU)
    codec_types: tuple[int, ...] = ()
    telephone_event: int | None = TELEPHONE_EVENT
    direction: Direction = Direction.SENDRECV
    formats: tuple[Format, ...] = ()
    ptime_ms: int = PTIME_MS
    maxptime_ms: int = PTIME_MS
    crypto: tuple[Crypto, ...] = ()
    profile: str = ""
    rtcp_port: int | None = None
    rtcp_mux: bool = False
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    has_audio: bool = True

    @property
    def offered(self) -> tuple[Format, ...]:
        """The codecs as they are written."""
        if self.formats:
            return self.formats
        kinds = self.codec_types or self.codecs
        pairs = zip(self.codecs, kinds, strict=True)
        return tuple(Format(_OF_STATIC[codec], kind) for codec, kind in pairs)


def answer_to(offer: Audio, ours: Session, *, our_order: bool = False) -> Session | None:
    """Our description as an answer; None without a common codec or a key for an SRTP offer.

    The codecs are those of `ours` that the offer has, under its payload types, in its order unless
    `our_order`. Every other medium is refused at its place (RFC 3264 section 6).
    """
    allowed = [form.codec for form in ours.offered]
    kept = [form for form in offer.formats if form.codec in allowed]
    if our_order:
        kept.sort(key=lambda form: allowed.index(form.codec))
    crypto = chosen(offer.crypto, ours.crypto) if offer.is_secure else ()
    if not kept or (offer.is_secure and not crypto):
        return None
    longest = min(ours.maxptime_ms, offer.maxptime_ms or ours.maxptime_ms)
    refused = tuple(medium.refused() for medium in offer.media)
    return replace(
        ours,
        codecs=(),
        codec_types=(),
        formats=tuple(replace(form, parameters="") for form in kept),
        telephone_event=offer.telephone_event,
        direction=ANSWERS[offer.direction],
        ptime_ms=min(ours.ptime_ms, longest),
        maxptime_ms=longest,
        crypto=crypto,
        profile=offer.profile,
        rtcp_mux=ours.rtcp_mux and offer.rtcp_mux,
        before=refused[: offer.line],
        after=refused[offer.line + 1 :],
    )


def write_audio(session: Session) -> bytes:
    """The description as octets (RFC 8866 section 5)."""
    family = "IP6" if ip_address(session.address).version == 6 else "IP4"
    lines = [
        "v=0",
        f"o=- {session.session_id} {session.version} IN {family} {session.address}",
        "s=-",
        f"c=IN {family} {session.address}",
        "t=0 0",
        *session.before,
        *(_audio_lines(session) if session.has_audio else ()),
        *session.after,
        "",
    ]
    return "\r\n".join(lines).encode("ascii", "replace")


def _audio_lines(session: Session) -> list[str]:
    offered = session.offered
    events = () if session.telephone_event is None else (session.telephone_event,)
    shown = " ".join(str(kind) for kind in (*(form.payload_type for form in offered), *events))
    profile = session.profile or (SECURE if session.crypto else PLAIN)
    return [
        f"m=audio {session.port} {profile} {shown}",
        *(f"a=rtpmap:{names.rtpmap(form)}" for form in offered),
        *(f"a=fmtp:{form.payload_type} {form.parameters}" for form in offered if form.parameters),
        *(f"a=rtpmap:{kind} telephone-event/8000" for kind in events),
        *(f"a=fmtp:{kind} 0-15" for kind in events),
        *(f"a=crypto:{crypto.text()}" for crypto in session.crypto),
        *([] if session.rtcp_port is None else [f"a=rtcp:{session.rtcp_port}"]),
        *(["a=rtcp-mux"] if session.rtcp_mux else []),
        f"a=ptime:{session.ptime_ms}",
        f"a=maxptime:{session.maxptime_ms}",
        f"a={session.direction}",
    ]


def next_version(previous: Session, changed: Session) -> Session:
    """The changed description, its version raised if anything differs (RFC 3264 section 8)."""
    same = replace(changed, session_id=previous.session_id, version=previous.version)
    return previous if same == previous else replace(same, version=previous.version + 1)
