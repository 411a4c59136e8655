"""Message bodies: which part is the SDP, which carries a location (RFC 5621, RFC 2046).

Reads leniently: published emergency examples have broken part headers. What cannot be taken
apart is one part with all its octets. Depth, number and size of parts are bounded.
"""

from __future__ import annotations

import re

from msgspec import Struct

from kentongan.sip.errors import ParseError
from kentongan.sip.grammar import find_param, read_params, split
from kentongan.sip.message import Message

PARTS_MAX = 32
"""Parts of one body; an emergency call with all additional data (RFC 7852) has about ten."""
DEPTH_MAX = 3
"""Multipart inside multipart; deeper nesting has no use."""

_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_PART_FIELD = re.compile(rb"\s*content-[a-z\-]+[ \t]*:", re.IGNORECASE)


class Part(Struct, frozen=True):
    """One body part: its type in lower case without parameters, its Content-ID without brackets."""

    content_type: str
    content_id: str
    disposition: str
    content: bytes


def parts_of(message: Message) -> tuple[Part, ...]:
    """All leaf parts of a message's body; never raises."""
    if not message.body:
        return ()
    headers = message.headers
    found: list[Part] = []
    _walk(
        headers.find("content-type") or "",
        headers.find("content-id") or "",
        headers.find("content-disposition") or "",
        message.body,
        found,
        0,
    )
    return tuple(found)


def find_sdp(parts: tuple[Part, ...]) -> bytes | None:
    """The octets of the session description; one without a type is known by its first line."""
    for part in parts:
        if part.content_type == "application/sdp":
            return part.content
    for part in parts:
        if part.content_type in {"", "text/plain"} and part.content.lstrip().startswith(b"v=0"):
            return part.content
    return None


def _walk(
    content_type: str, content_id: str, disposition: str, body: bytes, found: list[Part], depth: int
) -> None:
    if len(found) >= PARTS_MAX:
        return
    kind, boundary = _media_type(content_type)
    if kind.startswith("multipart/") and boundary and depth < DEPTH_MAX:
        pieces = _cut(body, boundary)
        if pieces:
            for piece in pieces:
                fields, content = _part_fields(piece)
                _walk(
                    fields.get("content-type", "text/plain"),
                    fields.get("content-id", ""),
                    fields.get("content-disposition", ""),
                    content,
                    found,
                    depth + 1,
                )
            return
    found.append(Part(kind, content_id.strip(" \t<>"), disposition.partition(";")[0], body))


def _media_type(text: str) -> tuple[str, bytes]:
    """Type in lower case and boundary, "" where there is none."""
    try:
        kind, *params = split(text, ";")
        boundary = find_param(read_params([p for p in params if p]), "boundary") or ""
    except ParseError:
        return text.partition(";")[0].strip(" \t").lower(), b""
    return kind.replace(" ", "").lower(), boundary.encode("latin-1")


def _cut(body: bytes, boundary: bytes) -> list[bytes]:
    """The octets between the delimiter lines (RFC 2046 section 5.1.1)."""
    delimiter = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    marks = list(delimiter.finditer(body))[: PARTS_MAX + 1]
    pieces: list[bytes] = []
    for index, mark in enumerate(marks):
        if mark[1]:
            break
        end = marks[index + 1].start() if index + 1 < len(marks) else len(body)
        pieces.append(body[mark.end() : end])
    return pieces


def _part_fields(piece: bytes) -> tuple[dict[str, str], bytes]:
    """Fields and content of a part; an empty line too many before the fields is forgiven."""
    piece = piece.removeprefix(b"\r\n") if piece[:2] == b"\r\n" else piece.removeprefix(b"\n")
    if _PART_FIELD.match(piece):
        piece = piece.lstrip()
    elif piece[:1] in {b"\r", b"\n"}:
        return {}, piece.removeprefix(b"\r\n") if piece[:2] == b"\r\n" else piece[1:]
    else:
        return {}, piece
    end = _EMPTY_LINE.search(piece)
    head, content = (piece[: end.start()], piece[end.end() :]) if end else (piece, b"")
    fields: dict[str, str] = {}
    for line in re.sub(rb"\r?\n[ \t]+", b" ", head).decode("latin-1").split("\n"):
        name, _, value = line.rstrip("\r").partition(":")
        fields.setdefault(name.strip(" \t").lower(), value.strip(" \t"))
    return fields, content
