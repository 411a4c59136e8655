"""The header fields a stack acts on, as values: Via, From, To, Contact, Route, CSeq.

Readers raise `ParseError`. The functions that take a message return what `parse` has already
checked, so after `parse_message` they do not raise.
"""

from __future__ import annotations

import re

from msgspec import Struct

from kentongan.sip.address import bracketed, unbracketed
from kentongan.sip.errors import ParseError
from kentongan.sip.grammar import (
    SPACE,
    Param,
    Params,
    find_param,
    is_token,
    number,
    read_params,
    split,
    unquote,
    write_params,
)
from kentongan.sip.message import Headers, Message

CSEQ_MAX = 2**31 - 1
"""RFC 3261 section 8.1.1.5: a sequence number is less than 2**31."""
BRANCH_COOKIE = "z9hG4bK"
"""RFC 3261 section 8.1.1.7: a branch that begins so is unique over space and time."""

_VIA = re.compile(
    r"SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+"
    r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._]+)(?:[ \t]*:[ \t]*([0-9]+))?",
    re.IGNORECASE,
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+\-.]*:[^\x00-\x20\x7f<>\"]+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


class Via(Struct, frozen=True):
    """One hop of a request's way (RFC 3261 section 20.42)."""

    transport: str
    host: str
    port: int | None
    params: Params

    @property
    def branch(self) -> str:
        return find_param(self.params, "branch") or ""

    @property
    def sent_by(self) -> str:
        """Host and port as written; the port only where one was."""
        host = bracketed(self.host)
        return host if self.port is None else f"{host}:{self.port}"

    def text(self) -> str:
        return f"SIP/2.0/{self.transport} {self.sent_by}{write_params(self.params)}"


class NameAddress(Struct, frozen=True):
    """A display name (unquoted wire text), a URI as written, and field parameters."""

    display: str
    uri: str
    params: Params

    @property
    def tag(self) -> str:
        return find_param(self.params, "tag") or ""

    def text(self) -> str:
        return f"<{self.uri}>{write_params(self.params)}"


class CSeq(Struct, frozen=True):
    """A sequence number and the method it belongs to."""

    number: int
    method: str


def read_via(text: str) -> Via:
    """One Via element. White space around the slashes is allowed (RFC 4475 `wsinv`)."""
    first, *rest = split(text, ";")
    found = _VIA.fullmatch(first)
    if found is None:
        raise ParseError("unreadable Via")
    port = None if found[3] is None else number(found[3], 65535, "Via port")
    return Via(found[1], unbracketed(found[2]), port, read_params(rest))


def read_address(text: str) -> NameAddress:
    """`name-addr` or `addr-spec` with field parameters.

    Liberal where nothing is ambiguous: a display name needs neither quotes nor a space before
    the bracket. A URI never holds white space or controls, and one with a `?` must be in brackets
    (RFC 3261 section 20).
    """
    first, *rest = split(text, ";")
    display, uri, is_bracketed = _name_and_uri(first)
    if _URI.fullmatch(uri) is None or ("?" in uri and not is_bracketed):
        raise ParseError("address without a proper URI")
    return NameAddress(display, uri, read_params(rest))


def _name_and_uri(text: str) -> tuple[str, str, bool]:
    """Display name and URI of an address, and whether the URI was in angle brackets.

    By search and not by one pattern: a pattern takes quadratic time for a run of white space.
    """
    quoted = _QUOTED.match(text)
    start = text.find("<", quoted.end() if quoted else 0)
    if start < 0:
        return "", text, False
    display = text[:start].rstrip(SPACE)
    has_junk = display != quoted.group() if quoted else not {'"', ">"}.isdisjoint(display)
    if has_junk or not text.endswith(">"):
        raise ParseError("address without a proper URI")
    return unquote(display), text[start + 1 : -1].strip(SPACE), True


def read_cseq(text: str) -> CSeq:
    digits, _, method = text.replace("\t", " ").partition(" ")
    method = method.strip(SPACE)
    if not is_token(method):
        raise ParseError("CSeq without a method")
    return CSeq(number(digits, CSEQ_MAX, "CSeq number"), method)


def via_of(message: Message) -> Via:
    """The top Via of a checked message."""
    return read_via(message.headers.items("via")[0])


def from_of(message: Message) -> NameAddress:
    return read_address(message.headers.find("from") or "")


def to_of(message: Message) -> NameAddress:
    return read_address(message.headers.find("to") or "")


def cseq_of(message: Message) -> CSeq:
    return read_cseq(message.headers.find("cseq") or "")


def call_id_of(message: Message) -> str:
    return message.headers.find("call-id") or ""


def contact_of(message: Message) -> str | None:
    """The URI of the first Contact, None where there is none that can be read."""
    try:
        contacts = message.headers.items("contact")
        return read_address(contacts[0]).uri if contacts else None
    except ParseError:
        return None


def tagged(value: str, tag: str) -> str:
    """A From or To value with a tag; one that has a tag already stays as it is."""
    address = read_address(value)
    return value if address.tag else f"{value};tag={tag}"


def stamped(headers: Headers, host: str, port: int) -> Headers:
    """The top Via marked with where the request really came from (RFC 3581 section 4)."""
    first, *others = headers.items("via")
    via = read_via(first)
    kept = tuple(p for p in via.params if p.name.lower() not in {"received", "rport"})
    asked = find_param(via.params, "rport") is not None
    marks: list[Param] = []
    if asked:
        marks.append(Param("rport", str(port)))
    if asked or via.host.lower() != host.lower():
        marks.append(Param("received", host))
    top = Via(via.transport, via.host, via.port, kept + tuple(marks)).text()
    return headers.replaced("Via", ", ".join([top, *others]))
