"""What to make of one message: accepted, to be refused, or to be dropped (`kentongan sip check`).

The strict view of RFC 3261 and RFC 4475: valid messages are accepted, all others refused with the
status the RFCs recommend. The stack is more forgiving than this view, for a call for help must
ring: `is_tolerated` says where. Raises nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from kentongan.sip.admission import (
    Refusal,
    refuse_body,
    refuse_header,
    rings_without_extension,
)
from kentongan.sip.check_facts import Fact, facts_of, facts_of_headers
from kentongan.sip.conformance import breaches, remarks
from kentongan.sip.errors import ParseError
from kentongan.sip.fields import to_of
from kentongan.sip.grammar import is_token
from kentongan.sip.message import KNOWN_METHODS, Headers, Message, Request
from kentongan.sip.parse import parse_message

_STATUS_LINE = re.compile(rb"SIP/", re.IGNORECASE)
_REQUEST_LINE = re.compile(rb"([^ \t]+)[ \t]+(.*[^ \t])[ \t]+SIP/[^ \t]*[ \t]*", re.IGNORECASE)


class Verdict(StrEnum):
    """What becomes of a message."""

    OK = "ok"
    """Well formed."""
    REJECT = "reject"
    """A malformed request, to be answered with an error."""
    DROP = "drop"
    """A malformed response or ACK, or no SIP at all: never answered."""


class Finding(Struct, frozen=True, kw_only=True):
    """One message, judged.

    `status` is the answer a refused request deserves; what an accepted response says; and of an
    accepted request what a user agent has to answer before it looks at the call itself (501, 416,
    420, 415, 406; 400 for a registration of what is no SIP address), None where nothing stands
    against it. `kind` and `method` are None where they cannot be told. `reason` is the fault that
    made the verdict, `defects` are all that were found, also those that change no verdict.
    `is_tolerated`: the stack handles the message although this view refuses it.
    """

    verdict: Verdict
    status: int | None
    kind: str | None
    method: str | None
    reason: str
    is_tolerated: bool
    defects: tuple[str, ...]
    facts: Mapping[str, Fact]


def check(data: bytes) -> Finding:
    """The verdict on one datagram; octets after its Content-Length are ignored."""
    try:
        message = parse_message(data)
    except ParseError as error:
        return _unreadable(data, error)
    faults = breaches(data, message)
    is_request = isinstance(message, Request)
    if not faults:
        verdict, status = Verdict.OK, _answer(message)
    elif is_request and message.method != "ACK":
        verdict, status = Verdict.REJECT, 400
    else:
        verdict, status = Verdict.DROP, None
    return Finding(
        verdict=verdict,
        status=status,
        kind="request" if is_request else "response",
        method=message.method if is_request else None,
        reason=faults[0] if faults else "",
        is_tolerated=bool(faults) or _rings_all_the_same(message, status),
        defects=faults + remarks(message),
        facts=facts_of(message),
    )


def _answer(message: Message) -> int | None:
    if not isinstance(message, Request):
        return message.status
    if message.method not in KNOWN_METHODS:
        return 501
    if message.method == "ACK":
        return None
    if message.method == "REGISTER" and not to_of(message).uri.lower().startswith(
        ("sip:", "sips:")
    ):
        return 400
    refusal = refuse_header(message)
    if refusal is None and message.method == "INVITE":
        refusal = refuse_body(message)
    return None if refusal is None else refusal.status


def _rings_all_the_same(message: Message, status: int | None) -> bool:
    """Whether a call for help rings although it requires what we do not have."""
    return (
        isinstance(message, Request)
        and status is not None
        and rings_without_extension(message, Refusal(status))
    )


def _unreadable(data: bytes, error: ParseError) -> Finding:
    kind, method, uri = _kind_of(data)
    is_answered = kind == "request" and error.status is not None
    return Finding(
        verdict=Verdict.REJECT if is_answered else Verdict.DROP,
        status=error.status if is_answered else None,
        kind=kind,
        method=method,
        reason=error.reason,
        is_tolerated=_can_be_read(data),
        defects=(error.reason,),
        facts={
            **facts_of_headers(error.headers or Headers(), method=method, uri=uri),
            "messages": 0 if kind is None else 1,
        },
    )


def _can_be_read(data: bytes) -> bool:
    """Whether the stack leaves out what is wrong, and reads the rest."""
    try:
        parse_message(data, is_tolerant=True)
    except ParseError:
        return False
    return True


def _kind_of(data: bytes) -> tuple[str | None, str | None, str | None]:
    """Kind, method and Request-URI of a message that could not be parsed, as far as they show."""
    line = data.lstrip(b"\r\n").partition(b"\n")[0].rstrip(b"\r")
    if _STATUS_LINE.match(line):
        return "response", None, None
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        return None, None, None
    method = found[1].decode("latin-1")
    return "request", method if is_token(method) else None, found[2].decode("latin-1")
