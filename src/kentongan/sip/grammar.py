"""The small grammar under all header fields: tokens, quoted strings, lists and parameters.

Text here is *wire text*: octets read as Latin-1, one character per octet, so nothing is lost and
NUL or broken UTF-8 stay what they were (RFC 4475 demands it). `readable` turns wire text into
text for people, `wire` the other way. White space means SP and HT only: Python's own idea of it
(`str.strip`, `isdigit`) would eat or accept octets above 127.
"""

from __future__ import annotations

import re

from msgspec import Struct

from kentongan.sip.errors import ParseError

_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_SHIELDED = r'"(?:[^"\\]|\\.)*"|<[^<>]*>|["<]'
_SPLITTERS = {mark: re.compile(_SHIELDED + "|" + re.escape(mark), re.DOTALL) for mark in (",", ";")}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_HEX_PAIR = re.compile(r"%([0-9A-Fa-f]{2})")
SPACE = " \t"


class Param(Struct, frozen=True):
    """One `;name=value`. The name keeps its case; the value is None where there is no `=`."""

    name: str
    value: str | None = None


Params = tuple[Param, ...]


def is_token(text: str) -> bool:
    """Whether the text is a `token` of RFC 3261 section 25.1."""
    return _TOKEN.fullmatch(text) is not None


def number(text: str, most: int, what: str) -> int:
    """A non-negative decimal of at most `most`; leading zeros are allowed."""
    if not (text.isascii() and text.isdigit()):
        raise ParseError(f"{what} is not a number")
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(most)) or int(digits) > most:
        raise ParseError(f"{what} is larger than {most}")
    return int(digits)


def split(text: str, mark: str) -> list[str]:
    """The pieces between `mark`, which does not count inside quotes or angle brackets."""
    pieces: list[str] = []
    start = 0
    for found in _SPLITTERS[mark].finditer(text):
        matched = found.group()
        if matched == mark:
            pieces.append(text[start : found.start()].strip(SPACE))
            start = found.end()
        elif len(matched) == 1:
            raise ParseError("unbalanced quote or angle bracket")
    pieces.append(text[start:].strip(SPACE))
    return pieces


def read_params(pieces: list[str]) -> Params:
    """Parameters from the pieces between semicolons."""
    return tuple(_read_param(piece) for piece in pieces)


def _read_param(piece: str) -> Param:
    name, equals, value = piece.partition("=")
    name, value = name.rstrip(SPACE), value.lstrip(SPACE)
    if not is_token(name):
        raise ParseError("parameter without a proper name")
    if value and not value.startswith('"') and any(c in SPACE for c in value):
        raise ParseError("white space inside a parameter value")
    return Param(name, value if equals else None)


def find_param(params: Params, name: str) -> str | None:
    """The unquoted value of the first parameter of that name; "" for a flag, None if absent."""
    for param in params:
        if param.name.lower() == name:
            return unquote(param.value or "")
    return None


def write_params(params: Params) -> str:
    """Parameters as they are written after a value."""
    return "".join(
        f";{param.name}" if param.value is None else f";{param.name}={param.value}"
        for param in params
    )


def unquote(text: str) -> str:
    """The content of a quoted string, its quoted pairs resolved once; other text as it is."""
    if len(text) >= 2 and text.startswith('"') and text.endswith('"'):
        return _ESCAPED.sub(r"\1", text[1:-1])
    return text


def quote(text: str) -> str:
    """The text as a quoted string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unescape(text: str) -> str:
    """`%HH` of a URI resolved exactly once (RFC 3986 section 2.4)."""
    return _HEX_PAIR.sub(lambda pair: chr(int(pair.group(1), 16)), text)


def readable(text: str) -> str:
    """Wire text for people and for the store: UTF-8, broken octets and controls replaced."""
    decoded = text.encode("latin-1", "replace").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\ufffd" for c in decoded)


def wire(text: str) -> str:
    """Our own text as wire text; line breaks become spaces, so no header field can be smuggled."""
    return text.encode("utf-8", "replace").decode("latin-1").replace("\r", " ").replace("\n", " ")
