"""Message bodies: which part is the SDP, which carries a location (RFC 5621, RFC 2046).

Reads leniently: published emergency examples have broken part headers and boundaries. What cannot
be taken apart is one part with all its octets, and what was wrong has a name. Depth, number and
size of parts are bounded.
"""

from __future__ import annotations

import binascii
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
_FIRST_BOUNDARY = re.compile(rb"(?:\A|\n)--([^\r\n ]{1,70})[ \t]*\r?\n")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+")


class Part(Struct, frozen=True):
    """One body part: its type in lower case without parameters, its Content-ID without brackets.

    `content` is what a base64 or quoted-printable part stands for. `is_optional`: whoever does not
    understand it may ignore it (RFC 3204 section 6).
    """

    content_type: str
    content_id: str
    disposition: str
    content: bytes
    is_optional: bool = False


class Body(Struct, frozen=True):
    """All leaf parts, and what was wrong with the way they were put together."""

    parts: tuple[Part, ...]
    defects: tuple[str, ...]


def parts_of(message: Message) -> tuple[Part, ...]:
    """All leaf parts of a message's body; never raises."""
    return read_body(message).parts


def read_body(message: Message) -> Body:
    """A message's body, taken apart; never raises."""
    if not message.body:
        return Body((), ())
    names = (
        "content-type",
        "content-id",
        "content-disposition",
        "content-transfer-encoding",
    )
    fields = {name: message.headers.find(name) or "" for name in names}
    taken = _Taken()
    taken.walk(fields, message.body, 0)
    return Body(tuple(taken.parts), tuple(dict.fromkeys(taken.defects)))


def find_sdp(parts: tuple[Part, ...]) -> bytes | None:
    """The octets of the session description; one without a type is known by its first line."""
    for part in parts:
        if part.content_type == "application/sdp":
            return part.content
    for part in parts:
        if part.content_type in {"", "text/plain"} and part.content.lstrip().startswith(b"v=0"):
            return part.content
    return None


class _Taken:
    """Parts and defects found so far."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.defects: list[str] = []

    def walk(self, fields: dict[str, str], body: bytes, depth: int) -> None:
        if len(self.parts) >= PARTS_MAX:
            self.defects.append(f"more than {PARTS_MAX} parts")
            return
        kind, boundary = _media_type(fields.get("content-type", "text/plain"))
        if kind.startswith("multipart/"):
            if depth >= DEPTH_MAX:
                self.defects.append(f"multipart nested deeper than {DEPTH_MAX}")
            elif pieces := self._pieces(body, boundary):
                for piece in pieces:
                    self.walk(*_part_fields(piece), depth + 1)
                return
        disposition, *params = fields.get("content-disposition", "").split(";")
        optional = any(p.replace(" ", "").lower() == "handling=optional" for p in params)
        content_id = fields.get("content-id", "").strip(" \t<>")
        content = self._decoded(fields.get("content-transfer-encoding", ""), body)
        self.parts.append(Part(kind, content_id, disposition.strip(" \t"), content, optional))

    def _pieces(self, body: bytes, boundary: bytes) -> list[bytes]:
        """The parts by the stated boundary, else by the one that can be seen."""
        pieces, is_closed = _cut(body, boundary) if boundary else ([], False)
        if not pieces:
            self.defects.append("multipart without its boundary")
            seen = _FIRST_BOUNDARY.search(body)
            pieces, is_closed = _cut(body, seen[1]) if seen else ([], True)
        if not is_closed:
            self.defects.append("multipart without its last boundary")
        return pieces

    def _decoded(self, encoding: str, content: bytes) -> bytes:
        match encoding.strip(" \t").lower():
            case "base64":
                try:
                    if _BASE64.fullmatch(content):
                        return binascii.a2b_base64(content)
                except binascii.Error:
                    pass
                self.defects.append("part that is no base64")
            case "quoted-printable":
                return binascii.a2b_qp(content)
            case _:
                pass
        return content


def _media_type(text: str) -> tuple[str, bytes]:
    """Type in lower case and boundary, "" where there is none."""
    try:
        kind, *params = split(text, ";")
        boundary = find_param(read_params([p for p in params if p]), "boundary") or ""
    except ParseError:
        return text.partition(";")[0].strip(" \t").lower(), b""
    return kind.replace(" ", "").lower(), boundary.encode("latin-1")


def _cut(body: bytes, boundary: bytes) -> tuple[list[bytes], bool]:
    """The octets between the delimiter lines (RFC 2046 section 5.1.1), and whether the last came.

    Pieces beyond `PARTS_MAX` are left in one.
    """
    delimiter = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    marks = list(delimiter.finditer(body))[: PARTS_MAX + 1]
    pieces: list[bytes] = []
    for index, mark in enumerate(marks):
        if mark[1]:
            return pieces, True
        end = marks[index + 1].start() if index + 1 < len(marks) else len(body)
        pieces.append(body[mark.end() : end])
    return pieces, False


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
