"""Provisional responses that must arrive: RSeq, RAck and what goes with them (RFC 3262).

Reads and writes the header fields; when something is sent again or held back is the business of
`server_transaction`, who is told of it that of `callee` and `caller`.
"""

from __future__ import annotations

from msgspec import Struct

from kentongan.sip.errors import ParseError
from kentongan.sip.facts import tags_of
from kentongan.sip.fields import CSeq, read_cseq
from kentongan.sip.grammar import SPACE, number
from kentongan.sip.message import Headers, Request, Response, canonical

RELIABLE = "100rel"
"""The option tag of RFC 3262 section 8."""
RSEQ_MAX = 2**32 - 1
"""Largest RSeq (section 7.1)."""
FIRST_RSEQ_MAX = 2**31 - 1
"""The first RSeq of an INVITE is drawn from 1 to this (section 3)."""
HELD_MAX = 4
"""Provisional responses that wait for the PRACK of an earlier one; a call has two or three."""


class RAck(Struct, frozen=True):
    """What a PRACK acknowledges: an RSeq, and the CSeq of the INVITE it belongs to."""

    rseq: int
    cseq: CSeq


def wants_reliable(invite: Request) -> bool:
    """Whether provisional responses to this INVITE may, or must, be sent reliably (section 3)."""
    tags = (*tags_of(invite, "supported"), *tags_of(invite, "require"))
    return any(tag.lower() == RELIABLE for tag in tags)


def first_rseq(chance: float) -> int:
    """The first RSeq, drawn with a chance from 0 up to 1."""
    return 1 + int(chance * FIRST_RSEQ_MAX) % FIRST_RSEQ_MAX


def numbered(response: Response, rseq: int) -> Response:
    """A provisional response as one that asks for a PRACK."""
    headers = response.headers.added(("Require", RELIABLE), ("RSeq", str(rseq)))
    return Response(response.status, response.reason, headers, response.body)


def bare(response: Response) -> Response:
    """The same news without number and description, to be told again (RFC 3261 13.3.1.1)."""
    gone = {"content-type", "content-length", "rseq", "require"}
    fields = tuple(f for f in response.headers.fields if canonical(f.name) not in gone)
    return Response(response.status, response.reason, Headers(fields))


def rseq_of(response: Response) -> int | None:
    """The number of a provisional response that wants a PRACK; None for all others."""
    if not 100 < response.status < 200:
        return None
    if not any(tag.lower() == RELIABLE for tag in tags_of(response, "require")):
        return None
    try:
        return number((response.headers.find("rseq") or "").strip(SPACE), RSEQ_MAX, "RSeq")
    except ParseError:
        return None


def rack_of(request: Request) -> RAck | None:
    """The RAck of a PRACK; None where it has none that can be read."""
    digits, _, rest = (request.headers.find("rack") or "").replace("\t", " ").partition(" ")
    try:
        return RAck(number(digits, RSEQ_MAX, "RAck"), read_cseq(rest.strip(SPACE)))
    except ParseError:
        return None


def rack_field(rseq: int, response: Response) -> tuple[str, str]:
    """The RAck header field that answers a reliable provisional response."""
    return ("RAck", f"{rseq} {response.headers.find('cseq') or ''}")
