"""Octets into a SIP message, or a `ParseError` that says what to answer.

Strict where two readers could disagree about what was said (framing, identity of a transaction,
start line), liberal where they cannot (extra spaces in the start line, bare LF, display names,
unknown fields, bodies). One datagram is one message; streams are cut into messages by `stream`.

Lenient by decision: extra SP in or after the start line (RFC 4475 `lwsstart`, `trws`), header
parameters in the Request-URI (`escruri`: ignored), a missing From tag or branch (RFC 2543), any
Date, any Max-Forwards, an unreadable Contact of an INVITE (the call rings first), a last line of
the body without its end. What of this breaks the standard is named by `conformance`.

A *tolerant* reading, which is the stack's, goes further, for a call must not be lost to a line that
nobody needs: what is no header field, is too long or too much, and a second field of which there
may be one, are left out and kept as they came; a body shorter than stated is what is there. Nothing
is left out of what an answer needs: then the message is refused as ever.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from kentongan.sip.errors import ParseError
from kentongan.sip.fields import read_address, read_cseq, read_via
from kentongan.sip.grammar import SPACE, is_token, number
from kentongan.sip.message import (
    KNOWN_METHODS,
    Field,
    Headers,
    Message,
    Request,
    Response,
    canonical,
)
from kentongan.sip.uri import read_uri

MESSAGE_BYTES_MAX = 65_536
"""The largest message we read: more does not fit into a UDP datagram either."""
HOPS_MAX = 256
"""Fields of the way (Via, Record-Route, Route): Max-Forwards counts to 255, so no more came by."""
HEADER_FIELDS_MAX = 128
"""Header lines of a message beside those; real calls have about 20, RFC 4475's longest has 40."""
HEADER_BYTES_MAX = 16_384
"""One unfolded header line; identity tokens (RFC 8224) reach about 2,000."""
LEFT_OUT_MAX = 32
"""Lines kept that a tolerant reading left out."""
LEFT_OUT_CHARACTERS_MAX = 1_024
"""Kept of each of them; all of them together are half of the largest message."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_SINGLE = frozenset({"from", "to", "call-id", "cseq", "content-length"})
_WAY = frozenset({"via", "record-route", "route"})
_NEEDED = _SINGLE | _WAY | {"contact"}
_STATUS_LINE = re.compile(r"SIP/2\.0[ ]+([1-6][0-9]{2})(?:[ ](.*))?", re.IGNORECASE)
_REQUEST_LINE = re.compile(r"([^ ]+) +([^ ]+) +(SIP/[^ ]+) *", re.IGNORECASE)


class _Start(NamedTuple):
    method: str = ""
    uri: str = ""
    status: int = 0
    reason: str = ""


def parse_message(data: bytes, *, is_tolerant: bool = False) -> Message:
    """The one message in a datagram; octets after its Content-Length are ignored.

    Raises `ParseError` with the status to answer (RFC 3261 sections 7, 16.3 and 21.4), or None.
    """
    if len(data) > MESSAGE_BYTES_MAX:
        raise ParseError(f"message of more than {MESSAGE_BYTES_MAX} octets", None)
    data = data.lstrip(b"\r\n")
    end = _HEAD_END.search(data)
    head, body = (data[: end.start()], data[end.end() :]) if end else (data.rstrip(b"\r\n"), b"")
    start_line, *lines = _unfold(head)
    is_response = start_line[:4].upper() == "SIP/"
    method = "" if is_response else start_line.partition(" ")[0]
    headers = Headers()
    try:
        fields = _Fields(lines, is_tolerant=is_tolerant)
        headers = fields.headers()
        start = _read_status(start_line) if is_response else _read_request(start_line)
        _check(headers, start)
        body, body_fault = _body(
            headers, body, is_complete=end is not None, is_tolerant=is_tolerant
        )
    except ParseError as error:
        may_answer = not is_response and method != "ACK"
        raise ParseError(
            error.reason,
            error.status if may_answer else None,
            method=method,
            headers=error.headers or headers,
        ) from None
    headers = headers.replaced("Content-Length", str(len(body)))
    if is_response:
        return Response(start.status, start.reason, headers, body)
    return Request(start.method, start.uri, headers, body, tuple(fields.left_out), body_fault)


def _unfold(head: bytes) -> list[str]:
    """Logical lines: each physical line that begins with white space continues the last one."""
    lines: list[list[str]] = [[]]
    for number_, raw in enumerate(head.decode("latin-1").split("\n")):
        line = raw.removesuffix("\r")
        if line[:1] in {" ", "\t"} and number_:
            lines[-1].append(line.strip(SPACE))
        else:
            lines.append([line.rstrip(SPACE)])
    return [" ".join(parts) for parts in lines[1:]]


class _Fields:
    """Reads all header lines before it complains, so that an answer can be addressed."""

    def __init__(self, lines: list[str], *, is_tolerant: bool) -> None:
        self._fields: list[Field] = []
        self._fault: ParseError | None = None
        self._is_tolerant = is_tolerant
        self._seen: Counter[str] = Counter()
        self.left_out: list[str] = []
        for line in lines:
            self._read(line)

    def _read(self, line: str) -> None:
        name, colon, value = line.partition(":")
        name = name.strip(SPACE)
        known = canonical(name)
        if not colon or not is_token(name):
            self._leave_out(line, ParseError("line that is no header field"))
        elif len(line) > HEADER_BYTES_MAX:
            long = ParseError(f"header field of more than {HEADER_BYTES_MAX} octets", 513)
            self._leave_out(line, long, is_needed=known in _NEEDED)
        elif "\r" in value:
            self._leave_out(line, ParseError("bare CR in a header field"))
        elif self._count(known) >= (most := HOPS_MAX if known in _WAY else HEADER_FIELDS_MAX):
            many = ParseError(f"more than {most} header fields", 513)
            self._leave_out(line, many, is_needed=known in _NEEDED)
        elif self._is_tolerant and known in _SINGLE and self._count(known):
            self._leave_out(line, ParseError(f"more than one {known} header field"))
        else:
            self._fields.append(Field(name, value.strip(SPACE)))
            self._seen[_kind(known)] += 1

    def _count(self, known: str) -> int:
        """Fields so far that count towards the same limit."""
        return self._seen[_kind(known)]

    def _leave_out(self, line: str, fault: ParseError, *, is_needed: bool = False) -> None:
        """The line becomes no field; unless that is tolerated, there is no message either."""
        if is_needed or not self._is_tolerant:
            self._fault = fault
        elif len(self.left_out) < LEFT_OUT_MAX:
            self.left_out.append(line[:LEFT_OUT_CHARACTERS_MAX])

    def headers(self) -> Headers:
        headers = Headers(tuple(self._fields))
        if self._fault is not None:
            self._fault.headers = headers
            raise self._fault
        return headers


def _kind(known: str) -> str:
    return "way" if known in _WAY else known if known in _NEEDED else ""


def _read_status(line: str) -> _Start:
    found = _STATUS_LINE.fullmatch(line)
    if found is None or "\r" in line:
        raise ParseError("unreadable status line")
    return _Start(status=int(found[1]), reason=found[2] or "")


def _read_request(line: str) -> _Start:
    found = _REQUEST_LINE.fullmatch(line)
    if found is None or not is_token(found[1]):
        raise ParseError("unreadable request line")
    if found[3].upper() != "SIP/2.0":
        raise ParseError("not SIP/2.0", 505)
    read_uri(found[2])
    return _Start(method=found[1], uri=found[2])


def _check(headers: Headers, start: _Start) -> None:
    """The fields without which no transaction can be told from another (section 8.1.1)."""
    seen = [canonical(field.name) for field in headers.fields]
    for name in ("via", "from", "to", "call-id", "cseq"):
        if name not in seen:
            raise ParseError(f"no {name} header field")
    for name in _SINGLE:
        if seen.count(name) > 1:
            raise ParseError(f"more than one {name} header field")
    vias = [read_via(via) for via in headers.items("via")]
    ends = [read_address(headers.find(name) or "") for name in ("from", "to")]
    call_id = headers.find("call-id")
    if not call_id or any(
        _CONTROL.search(name) for name in (call_id, vias[0].branch, *(end.tag for end in ends))
    ):
        raise ParseError("Call-ID, tag or branch that cannot name anything")
    cseq = read_cseq(headers.find("cseq") or "")
    if start.method and cseq.method != start.method:
        # RFC 4475 section 3.1.2.18: a method nobody knows is told so first.
        status = 400 if start.method in KNOWN_METHODS else 501
        raise ParseError("CSeq names another method", status)
    if start.method and start.method != "INVITE":
        _check_contacts(headers)
    for name in ("route", "record-route"):
        for item in headers.items(name):
            read_address(item)


def _check_contacts(headers: Headers) -> None:
    for item in headers.items("contact"):
        if item != "*":
            read_address(item)


def _body(
    headers: Headers, rest: bytes, *, is_complete: bool, is_tolerant: bool
) -> tuple[bytes, str]:
    """The body, and what is wrong with it. Raises `ParseError` where that is not tolerated."""
    try:
        return _cut_body(headers, rest, is_complete=is_complete), ""
    except ParseError as error:
        if not is_tolerant:
            raise
        return rest, error.reason


def _cut_body(headers: Headers, rest: bytes, *, is_complete: bool) -> bytes:
    """The body by Content-Length (section 18.3); without one, all that is left."""
    stated = headers.find("content-length")
    if stated is None:
        return rest
    length = number(stated, MESSAGE_BYTES_MAX, "Content-Length")
    if length > len(rest) and not _lacks_line_ends_alone(rest, length):
        raise ParseError("body shorter than its Content-Length")
    if not is_complete and length:
        raise ParseError("header fields without an end")
    return rest[:length]


def _lacks_line_ends_alone(rest: bytes, length: int) -> bool:
    """Whether a body is short by line ends only, as copies of text are: every line is there.

    Either the last CRLF is missing, or each CRLF became a bare LF.
    """
    if not rest or rest.count(b"\x00"):
        return False
    lines = rest.count(b"\n")
    bare = lines if b"\r" not in rest else 0
    last = 0 if rest.endswith(b"\n") else 2
    return length in {len(rest) + bare, len(rest) + bare + last}
