"""A refusal that leaves nothing behind: for peers who get no place in a stack at all.

The answer depends on the request alone, so that a repeat gets the same one (RFC 3261 section
8.2.7). Whoever uses this limits how often: an answer to a forged source is a stranger's nuisance.
"""

from __future__ import annotations

from kentongan.sip.address import Address, Outgoing, Transport
from kentongan.sip.arrival import Arrival
from kentongan.sip.build import answer, steady_tag
from kentongan.sip.errors import ParseError
from kentongan.sip.message import Request, encode
from kentongan.sip.parse import parse_message


def refusal_of(data: bytes, source: Address, transport: Transport, status: int) -> Outgoing | None:
    """The answer to a request; None for an ACK, a response, and what cannot be read."""
    try:
        message = parse_message(data, is_tolerant=True)
    except ParseError:
        return None
    if not isinstance(message, Request) or message.method == "ACK":
        return None
    arrival = Arrival(message, source, transport)
    response = answer(arrival.request, status, tag=steady_tag(arrival.request.headers))
    return Outgoing(encode(response), arrival.reply_to, transport)
