"""Codecs as SDP names them: payload types, rtpmap, what of an offered line we know.

Words only; `media` makes the sound. `Codec` values are the words of its control protocol.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct

from kentongan.sip.description import Media

PAYLOAD_TYPES_MAX = 64
"""Payload types of one media line; RTP has 128."""

_RTPMAP = re.compile(r"([0-9]{1,3}) +([^/ ]+)/([0-9]{1,6})(?:/([0-9]{1,3}))?.*")


class Codec(StrEnum):
    """A way to carry a voice."""

    PCMA = "pcma"
    PCMU = "pcmu"
    G722 = "g722"
    OPUS = "opus"


class Format(Struct, frozen=True):
    """A codec under the payload type one side gave it; `parameters` are its `a=fmtp`."""

    codec: Codec
    payload_type: int
    parameters: str = ""


Encoding = tuple[str, int, int]
"""Name in lower case, clock in Hz, channels, as rtpmap says."""

ENCODINGS: dict[Codec, Encoding] = {
    Codec.PCMA: ("PCMA", 8000, 1),
    Codec.PCMU: ("PCMU", 8000, 1),
    Codec.G722: ("G722", 8000, 1),
    Codec.OPUS: ("opus", 48000, 2),
}
"""RFC 3551 table 4 (G722: its clock is 8,000 by an old mistake) and RFC 7587."""
STATIC_TYPES = {Codec.PCMU: 0, Codec.PCMA: 8, Codec.G722: 9}
"""Payload types that need no rtpmap (RFC 3551 table 4)."""
OPUS_TYPE = 111
"""The dynamic type we offer for Opus, as browsers do."""

_NAMED = {(name.lower(), rate, channels): c for c, (name, rate, channels) in ENCODINGS.items()}
_STATIC = {kind: codec for codec, kind in STATIC_TYPES.items()}


def own_format(codec: Codec) -> Format:
    """A codec under the type we offer it with."""
    return Format(codec, STATIC_TYPES.get(codec, OPUS_TYPE))


def rtpmap(form: Format) -> str:
    """The value of `a=rtpmap`."""
    name, rate, channels = ENCODINGS[form.codec]
    return f"{form.payload_type} {name}/{rate}" + (f"/{channels}" if channels > 1 else "")


def payload_types(media: Media) -> tuple[int, ...]:
    """The payload types of a line, those that are numbers below 128."""
    numbers = (int(w) for w in media.formats if w.isascii() and w.isdigit() and len(w) < 4)
    return tuple(kind for kind in numbers if kind < 128)[:PAYLOAD_TYPES_MAX]


def encodings(media: Media) -> dict[int, Encoding]:
    """What each payload type of a line stands for, as far as it is said or static."""
    found: dict[int, Encoding] = {}
    for value in media.values("rtpmap"):
        match = _RTPMAP.fullmatch(value)
        if match and int(match[1]) < 128:
            found[int(match[1])] = (match[2].lower(), int(match[3]), int(match[4] or "1"))
    for kind, codec in _STATIC.items():
        name, rate, channels = ENCODINGS[codec]
        found.setdefault(kind, (name.lower(), rate, channels))
    return found


def formats(media: Media) -> tuple[Format, ...]:
    """The codecs of a line that we know, in its order, each once."""
    said = encodings(media)
    found: dict[Codec, Format] = {}
    for kind in payload_types(media):
        codec = _NAMED.get(said.get(kind, ("", 0, 0)))
        if codec is not None and codec not in found:
            found[codec] = Format(codec, kind, parameters(media, kind))
    return tuple(found.values())


def type_of(media: Media, name: str, rate: int) -> int | None:
    """The first payload type of a line for that encoding, such as telephone-event at 8,000 Hz."""
    said = encodings(media)
    kinds = payload_types(media)
    return next((kind for kind in kinds if said.get(kind, ("", 0, 0))[:2] == (name, rate)), None)


def parameters(media: Media, kind: int) -> str:
    """The `a=fmtp` of a payload type; "" where it has none."""
    for value in media.values("fmtp"):
        number, _, content = value.partition(" ")
        if number == str(kind):
            return content.strip(" \t")
    return ""
