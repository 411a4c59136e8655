"""SDP as it is written: the session's lines, and one `Media` for each `m=` line (RFC 8866).

Reads every line of every medium, understands none of them: `sdp` and `text_line` do. A medium
whose line cannot be read is kept, marked, so that an answer can refuse it at its place.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct

from kentongan.sip.errors import ParseError

SDP_BYTES_MAX = 16_384
"""Octets of one description; a trunk's has about 400."""
MEDIA_LINES_MAX = 16
"""Media of one description; audio, video, text and a share of a screen are four."""
ATTRIBUTES_MAX = 256
"""Attributes of one medium; a browser with all its codecs writes about 100."""

_MEDIA = re.compile(r"([^ ]+) +([0-9]{1,5})(?:/[0-9]+)? +([^ ]+)((?: +[^ ]+)*) *")


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


class Media(Struct, frozen=True, kw_only=True):
    """One `m=` line and what belongs to it; `address` and `direction` may be the session's.

    `port` 0: the medium is refused. `fault` says why the line cannot be used, "" where it can.
    """

    kind: str
    port: int
    profile: str
    formats: tuple[str, ...]
    address: str
    direction: Direction
    attributes: tuple[tuple[str, str], ...]
    fault: str = ""

    def values(self, name: str) -> tuple[str, ...]:
        """The values of all attributes of that name."""
        return tuple(value for key, value in self.attributes if key == name)

    def find(self, name: str) -> str | None:
        """The value of the first attribute of that name; "" for a flag, None if absent."""
        return next(iter(self.values(name)), None)

    def refused(self) -> str:
        """The line that refuses this medium in an answer (RFC 3264 section 6)."""
        return f"m={self.kind} 0 {self.profile} {' '.join(self.formats) or '0'}"


class _Draft:
    """A medium, or the session ahead of all media, while its lines are read."""

    def __init__(self, line: str = "") -> None:
        self.line = line
        self.address = ""
        self.direction: Direction | None = None
        self.attributes: list[tuple[str, str]] = []
        self.fault = ""

    def connection(self, value: str, *, is_first_kept: bool) -> None:
        words = value.split(" ")
        if len(words) < 3 or words[0] != "IN" or words[1] not in {"IP4", "IP6"}:
            self.fault = "unreadable connection line"
        elif not (is_first_kept and self.address):
            self.address = words[2].partition("/")[0]

    def attribute(self, value: str) -> None:
        if value in tuple(Direction):
            self.direction = Direction(value)
        elif len(self.attributes) < ATTRIBUTES_MAX:
            name, _, content = value.partition(":")
            self.attributes.append((name, content.strip(" \t")))

    def medium(self, session: _Draft) -> Media:
        found = _MEDIA.fullmatch(self.line)
        kind = self.line.partition(" ")[0]
        fault = self.fault or ("" if self.address else session.fault)
        fault = fault or ("" if found else f"unreadable {kind} line")
        port = int(found[2]) if found else 0
        address = self.address or session.address
        if not fault and (port > 65535 or (port and not address)):
            fault = f"{kind} line without a usable address"
        return Media(
            kind=kind or "unknown",
            port=port,
            profile=found[3] if found else "RTP/AVP",
            formats=tuple(found[4].split()) if found else (),
            address=address,
            direction=self.direction or session.direction or Direction.SENDRECV,
            attributes=tuple(self.attributes),
            fault=fault,
        )


def read_description(body: bytes) -> tuple[Media, ...]:
    """All media of a description, in order. Raises `ParseError` for what is no SDP."""
    if len(body) > SDP_BYTES_MAX:
        raise ParseError(f"description of more than {SDP_BYTES_MAX} octets", 488)
    text = body.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    if not text.lstrip("\n").startswith("v="):
        raise ParseError("description without a version")
    session = _Draft()
    drafts: list[_Draft] = []
    for line in text.split("\n"):
        kind, value = line[:2], line[2:].strip(" \t")
        current = drafts[-1] if drafts else session
        if kind == "m=":
            drafts.append(_Draft(value))
        elif kind == "c=":
            current.connection(value, is_first_kept=bool(drafts))
        elif kind == "a=":
            current.attribute(value)
    if len(drafts) > MEDIA_LINES_MAX:
        raise ParseError(f"description with more than {MEDIA_LINES_MAX} media", 488)
    return tuple(draft.medium(session) for draft in drafts)


def has_media(body: bytes) -> bool:
    """Whether it describes anything at all; one that was cut short may not. Raises `ParseError`."""
    return any(not medium.fault for medium in read_description(body))
