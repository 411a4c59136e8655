"""An answer to a request of ours, as the `Response` event: what it says, and how to go on.

Never raises: an answer with unreadable fields is still an answer.
"""

from __future__ import annotations

from kentongan.sip.client_transaction import Client, client_key
from kentongan.sip.dialog import of_response
from kentongan.sip.errors import ParseError
from kentongan.sip.events import Response as ResponseEvent
from kentongan.sip.facts import raw_of, sdp_of
from kentongan.sip.fields import cseq_of, read_address, to_of
from kentongan.sip.grammar import SPACE, find_param, readable
from kentongan.sip.message import Response
from kentongan.sip.uri import read_uri

RETRY_AFTER_S_MAX = 3_600
"""Longest Retry-After passed on."""
CONTACTS_MAX = 8
"""Contacts of a redirection looked at."""
CHALLENGES_MAX = 8
"""Challenges of one answer passed on: a few realms in two algorithms each."""
_CALLABLE = frozenset({"sip", "sips", "tel"})


def response_event(
    response: Response, machine: Client, *, call: str = "", dialog: str = "", is_ended: bool = False
) -> ResponseEvent:
    """What the switch is told. Without `dialog`, the one the response itself names."""
    is_call = call and machine.request.method == "INVITE"
    named = dialog or (of_response(response) if is_call and to_of(response).tag else "")
    return ResponseEvent(
        call=call,
        dialog=named,
        method=cseq_of(response).method,
        status=response.status,
        reason=readable(response.reason),
        sdp=sdp_of(response),
        retry_after_s=_retry_after_s(response),
        is_ended=is_ended,
        raw=raw_of(response),
        request=client_key(machine.request),
        request_uri=machine.request.uri,
        challenges=_challenges(response),
    )


def redirections(response: Response) -> tuple[str, ...]:
    """The URIs of a 3xx that can be called, best first (RFC 3261 section 8.1.3.4)."""
    found: list[tuple[float, str]] = []
    try:
        items = response.headers.items("contact")[:CONTACTS_MAX]
    except ParseError:
        return ()
    for item in items:
        try:
            contact = read_address(item)
            if read_uri(contact.uri).scheme in _CALLABLE:
                found.append((-_weight(find_param(contact.params, "q")), contact.uri))
        except ParseError:
            continue
    return tuple(uri.partition("?")[0] for _, uri in sorted(found, key=lambda pair: pair[0]))


def _weight(text: str | None) -> float:
    """A q-value; 1 where there is none that can be read."""
    digits = (text or "").replace(".", "", 1)
    return float(text or "1") if digits.isascii() and digits.isdigit() and len(digits) < 6 else 1.0


def _challenges(response: Response) -> tuple[str, ...]:
    name = {401: "www-authenticate", 407: "proxy-authenticate"}.get(response.status, "")
    return response.headers.list(name)[:CHALLENGES_MAX] if name else ()


def _retry_after_s(response: Response) -> int | None:
    digits = (response.headers.find("retry-after") or "").partition(";")[0].partition("(")[0]
    digits = digits.strip(SPACE)
    usable = digits.isascii() and digits.isdigit() and len(digits) < 7
    return min(int(digits), RETRY_AFTER_S_MAX) if usable else None
