"""SDP as a G.711 trunk needs it: read the peer's audio, write ours (RFC 4566, RFC 3264).

`read_audio` looks at the first audio line of an offer or answer and nothing else; `write_audio`
states PCMA/PCMU in the peer's order, DTMF events 0-15 and 20 ms packets. WebRTC descriptions are
not handled here.
"""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import ip_address

from msgspec import Struct
from msgspec.structs import replace

from kentongan.sip.errors import ParseError

SDP_BYTES_MAX = 16_384
"""Octets of one description; a trunk's has about 400."""
PAYLOAD_TYPES_MAX = 64
"""Payload types of one media line; RTP has 128."""
PTIME_MS = 20
"""The packet time we send and ask for."""
PCMU, PCMA = 0, 8
"""Static payload types of G.711 (RFC 3551)."""
TELEPHONE_EVENT = 101
"""The payload type we offer for DTMF (RFC 4733)."""
NAMES = {PCMU: "PCMU/8000", PCMA: "PCMA/8000"}

_MEDIA = re.compile(r"([^ ]+) +([0-9]{1,5})(?:/[0-9]+)? +([^ ]+)((?: +[^ ]+)*) *")
_RTPMAP = re.compile(r"([0-9]{1,3}) +([^/ ]+)/([0-9]+)(?:/([0-9]+))?.*")


class Direction(StrEnum):
    """Who sends, seen from the side that wrote the description."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"


ANSWERS = {
    Direction.SENDRECV: Direction.SENDRECV,
    Direction.SENDONLY: Direction.RECVONLY,
    Direction.RECVONLY: Direction.SENDONLY,
    Direction.INACTIVE: Direction.INACTIVE,
}
"""The direction that answers an offered one (RFC 3264 section 6.1)."""


class Audio(Struct, frozen=True):
    """The first audio line: where the peer listens, and what it understands.

    `codecs` are our payload types PCMA and PCMU in the peer's order. `codec_types` are the
    payload types the peer wrote for them, which may be dynamic. `port` 0 means refused.
    """

    address: str
    port: int
    payload_types: tuple[int, ...]
    codecs: tuple[int, ...]
    codec_types: tuple[int, ...]
    telephone_event: int | None
    direction: Direction
    ptime_ms: int
    profile: str

    @property
    def is_hold(self) -> bool:
        """Whether the peer does not want to hear us (also the old 0.0.0.0 form)."""
        return (
            self.direction in {Direction.SENDONLY, Direction.INACTIVE}
            or self.address in {"0.0.0.0", "::"}  # noqa: S104 -- an address read, not bound
        )


class _Reader:
    """The lines of one description, walked once."""

    def __init__(self) -> None:
        self.session_address = ""
        self.session_direction = Direction.SENDRECV
        self.media: re.Match[str] | None = None
        self.media_lines = 0
        self.address = ""
        self.direction: Direction | None = None
        self.ptime_ms = PTIME_MS
        self.maps: dict[int, tuple[str, int, int]] = {}

    @property
    def is_in_session(self) -> bool:
        return self.media_lines == 0

    def read(self, lines: list[str]) -> None:
        in_audio = False
        for line in lines:
            kind, value = line[:2], line[2:].strip(" \t")
            if kind == "m=":
                self.media_lines += 1
                in_audio = self.media is None and value.startswith("audio ")
                if in_audio:
                    self.media = _MEDIA.fullmatch(value)
                    if self.media is None:
                        raise ParseError("unreadable audio line", 400)
            elif kind == "c=" and (in_audio or self.is_in_session):
                self._connection(value, in_audio=in_audio)
            elif kind == "a=" and (in_audio or self.is_in_session):
                self._attribute(value, in_audio=in_audio)

    def _connection(self, value: str, *, in_audio: bool) -> None:
        address = _connection_address(value)
        if in_audio:
            self.address = self.address or address
        else:
            self.session_address = address

    def _attribute(self, value: str, *, in_audio: bool) -> None:
        if value in tuple(Direction):
            if in_audio:
                self.direction = Direction(value)
            else:
                self.session_direction = Direction(value)
            return
        name, _, content = value.partition(":")
        content = content.strip(" \t")
        if not in_audio:
            return
        if name == "ptime":
            self.ptime_ms = _ptime(content)
        elif name == "rtpmap":
            found = _RTPMAP.fullmatch(content)
            if found and int(found[1]) < 128 and len(found[3]) < 7:
                channels = int((found[4] or "1")[:3])
                self.maps[int(found[1])] = (found[2].lower(), int(found[3]), channels)


def read_audio(body: bytes) -> Audio | None:
    """The first audio line of a description; None where it has none.

    Raises `ParseError` where there is one that cannot be read.
    """
    if len(body) > SDP_BYTES_MAX:
        raise ParseError(f"description of more than {SDP_BYTES_MAX} octets", 488)
    text = body.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    if not text.lstrip("\n").startswith("v="):
        raise ParseError("description without a version")
    reader = _Reader()
    reader.read(text.split("\n"))
    return None if reader.media is None else _audio(reader, reader.media)


def _audio(reader: _Reader, media: re.Match[str]) -> Audio:
    types = _payload_types(media[4])
    port = int(media[2])
    address = reader.address or reader.session_address
    if port > 65535 or (port and not address):
        raise ParseError("audio line without a usable address")
    codecs: list[int] = []
    codec_types: list[int] = []
    event: int | None = None
    for kind in types:
        name, rate, channels = reader.maps.get(kind, _static(kind))
        codec = {"pcma": PCMA, "pcmu": PCMU}.get(name)
        if codec is not None and rate == 8000 and channels == 1 and codec not in codecs:
            codecs.append(codec)
            codec_types.append(kind)
        elif name == "telephone-event" and rate == 8000 and event is None:
            event = kind
    return Audio(
        address=address,
        port=port,
        payload_types=types,
        codecs=tuple(codecs),
        codec_types=tuple(codec_types),
        telephone_event=event,
        direction=reader.direction or reader.session_direction,
        ptime_ms=reader.ptime_ms,
        profile=media[3],
    )


def _static(kind: int) -> tuple[str, int, int]:
    name = NAMES.get(kind)
    return (name.partition("/")[0].lower(), 8000, 1) if name else ("", 0, 0)


def _payload_types(text: str) -> tuple[int, ...]:
    words = text.split(" ")
    known = [int(w) for w in words if w.isascii() and w.isdigit() and len(w) < 4]
    return tuple(kind for kind in known if kind < 128)[:PAYLOAD_TYPES_MAX]


def _connection_address(value: str) -> str:
    words = value.split(" ")
    if len(words) < 3 or words[0] != "IN" or words[1] not in {"IP4", "IP6"}:
        raise ParseError("unreadable connection line")
    return words[2].partition("/")[0]


def _ptime(text: str) -> int:
    whole = text.partition(".")[0]
    usable = whole.isascii() and whole.isdigit() and len(whole) < 4
    return int(whole) if usable and 10 <= int(whole) <= 200 else PTIME_MS


class Session(Struct, frozen=True):
    """What we describe: our RTP address and codecs. `version` goes up with each change."""

    address: str
    port: int
    session_id: int
    version: int = 1
    codecs: tuple[int, ...] = (PCMA, PCMU)
    codec_types: tuple[int, ...] = ()
    telephone_event: int | None = TELEPHONE_EVENT
    direction: Direction = Direction.SENDRECV


def answer_to(offer: Audio, ours: Session) -> Session | None:
    """Our description as an answer: the peer's order and types; None without a common codec."""
    kept = [
        (codec, kind)
        for codec, kind in zip(offer.codecs, offer.codec_types, strict=True)
        if codec in ours.codecs
    ]
    if not kept:
        return None
    return replace(
        ours,
        codecs=tuple(codec for codec, _ in kept),
        codec_types=tuple(kind for _, kind in kept),
        telephone_event=offer.telephone_event,
        direction=ANSWERS[offer.direction],
    )


def write_audio(session: Session) -> bytes:
    """The description as octets (RFC 4566 section 5)."""
    types = session.codec_types or session.codecs
    family = "IP6" if ip_address(session.address).version == 6 else "IP4"
    events = () if session.telephone_event is None else (session.telephone_event,)
    shown = " ".join(str(kind) for kind in (*types, *events))
    lines = [
        "v=0",
        f"o=- {session.session_id} {session.version} IN {family} {session.address}",
        "s=-",
        f"c=IN {family} {session.address}",
        "t=0 0",
        f"m=audio {session.port} RTP/AVP {shown}",
        *(f"a=rtpmap:{kind} {NAMES[c]}" for c, kind in zip(session.codecs, types, strict=True)),
        *(f"a=rtpmap:{kind} telephone-event/8000" for kind in events),
        *(f"a=fmtp:{kind} 0-15" for kind in events),
        f"a=ptime:{PTIME_MS}",
        f"a=maxptime:{PTIME_MS}",
        f"a={session.direction}",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


def next_version(previous: Session, changed: Session) -> Session:
    """The changed description, its version raised if anything differs (RFC 3264 section 8)."""
    same = replace(changed, session_id=previous.session_id, version=previous.version)
    return previous if same == previous else replace(same, version=previous.version + 1)
