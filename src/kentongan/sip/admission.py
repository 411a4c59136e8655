"""Whether a request from a peer is let in: `Refusal` with the status to answer, or None.

RFC 3261 section 8.2, in its order, and our limits. What an emergency call must never be refused
for is not looked at: credentials, Max-Forwards, `Supported`, optional bodies, locations.
"""

from __future__ import annotations

from msgspec import Struct

from kentongan.sip.address import Address
from kentongan.sip.body import Part, parts_of
from kentongan.sip.build import ExtraHeaders
from kentongan.sip.dialog import EXTENSIONS
from kentongan.sip.facts import sdp_of, tags_of
from kentongan.sip.fields import call_id_of, cseq_of, from_of, to_of
from kentongan.sip.message import KNOWN_METHODS, Request
from kentongan.sip.session_timer import MIN_SESSION_S, TOO_SMALL, is_too_small
from kentongan.sip.table import Table
from kentongan.sip.unmatched import lacking
from kentongan.sip.uri import is_emergency, read_uri

DIALOGS_PER_SOURCE_MAX = 512
"""Dialogs of one address; twice what four media processes carry (240 calls)."""
TRANSACTIONS_PER_SOURCE_MAX = 2_048
"""Server transactions of one address: 64 a second for the 32 s each is kept."""
DIALOGS_MAX = 4_096
"""Dialogs in all: eight sources at their limit, about 40 MB; ten times that if each INVITE is as
large as can be."""
TRANSACTIONS_MAX = 16_384
"""Server transactions in all: eight sources at their limit, about 70 MB with their dialogs."""
SHARE_OF_OTHERS = 0.75
"""Of both totals; the rest is for calls for help, and for what belongs to a call that is here."""
MERGED = 482
"""Status of a further copy of an INVITE that rings already (section 8.2.2.2)."""
RETRY_AFTER_S = "5"
"""When a peer that met a limit may try again."""
SCHEMES = frozenset({"sip", "sips", "tel", "urn"})
_READABLE_TYPES = frozenset({"application/sdp", "application/pidf+xml", "text/plain", ""})


class Refusal(Struct, frozen=True):
    """A final status, the fields that explain it, and a word where one has several causes."""

    status: int
    extra: ExtraHeaders = ()
    cause: str = ""


def refuse_method(request: Request, taken: frozenset[str], allow: str) -> Refusal | None:
    """405 or 501 with an honest Allow (sections 8.2.1 and 21.5.2)."""
    if request.method in taken:
        return None
    return Refusal(405 if request.method in KNOWN_METHODS else 501, (("Allow", allow),))


def refuse_header(request: Request) -> Refusal | None:
    """Unknown URI scheme 416; extensions we do not have 420, naming just them (8.2.2)."""
    if read_uri(request.uri).scheme not in SCHEMES:
        return Refusal(416)
    required = unknown_extensions(request)
    return Refusal(420, (("Unsupported", ", ".join(required)),)) if required else None


def rings_without_extension(request: Request, refusal: Refusal) -> bool:
    """Whether a new call for help is taken although it requires an extension that we do not have.

    RFC 3261 section 8.2.2.3 gives 420, and a caller's device may then ask again without it, or may
    not. Here the rule of an emergency centre is stronger: the call rings first (RFC 6443 section
    3), and is answered without the extension, which the device sees from our answer. Within a
    dialog 420 harms nobody: the call goes on as it was.
    """
    is_new_call = request.method == "INVITE" and not to_of(request).tag
    return refusal.status == 420 and is_new_call and is_call_for_help(request)


def unknown_extensions(request: Request) -> tuple[str, ...]:
    """Option tags that a request requires and we do not have (section 20.32)."""
    required = tags_of(request, "require")
    return tuple(tag for tag in required if tag.lower() not in EXTENSIONS)


def refuse_invite(request: Request, source: Address, table: Table) -> Refusal | None:
    """What stands against a new call."""
    if _is_merged(request, table):
        return Refusal(MERGED)
    if not _has_room_for_call(request, source, table):
        return Refusal(503, (("Retry-After", RETRY_AFTER_S),))
    if not is_call_for_help(request):
        if _has_no_hops_left(request):
            return Refusal(483)
        if is_too_small(request):
            return Refusal(TOO_SMALL, (("Min-SE", str(MIN_SESSION_S)),))
    if (refusal := refuse_body(request)) is not None:
        return refusal
    sdp = sdp_of(request)
    mismatch = None if sdp is None else lacking(sdp)
    return None if mismatch is None else Refusal(488, mismatch.headers, mismatch.key)


def refuse_body(request: Request) -> Refusal | None:
    """415 for a body nothing of which we can read, 406 where we may not answer with SDP (8.2.3).

    Never for a call for help.
    """
    if is_call_for_help(request):
        return None
    if _has_strange_body(request):
        return Refusal(415, (("Accept", "application/sdp, multipart/mixed"),))
    return None if _takes_sdp(request) else Refusal(406)


def has_room(source: Address, table: Table, *, for_help: bool) -> bool:
    """Whether one more transaction of that source may be kept."""
    total = TRANSACTIONS_MAX * (1.0 if for_help else SHARE_OF_OTHERS)
    of_source = table.servers.count_from(source.host)
    return of_source < TRANSACTIONS_PER_SOURCE_MAX and len(table.servers) < total


def origin_of(request: Request) -> tuple[str, str, int]:
    """What stays the same on every path a forked request may take to us (8.2.2.2)."""
    return call_id_of(request), from_of(request).tag, cseq_of(request).number


def _is_merged(request: Request, table: Table) -> bool:
    """Whether the same INVITE is here already by another path."""
    return table.servers.has_origin(origin_of(request))


def _has_no_hops_left(request: Request) -> bool:
    """Max-Forwards 0: a new call would go on from here to a desk (RFC 7332).

    Requests that end here are taken with 0 as an endpoint takes them (RFC 4475 3.3.11).
    """
    digits = (request.headers.find("max-forwards") or "").strip(" \t")
    return digits != "" and digits.strip("0") == ""


def _has_room_for_call(request: Request, source: Address, table: Table) -> bool:
    """Refused without memory when full, and calls for help last of all."""
    for_help = is_call_for_help(request)
    total = DIALOGS_MAX * (1.0 if for_help else SHARE_OF_OTHERS)
    return (
        table.dialogs.count_from(source.host) < DIALOGS_PER_SOURCE_MAX
        and len(table.dialogs) < total
        and has_room(source, table, for_help=for_help)
    )


def is_call_for_help(request: Request) -> bool:
    """Whether anything says emergency: the line, a location, the priority (section 20.26)."""
    priority = request.headers.find("priority") or ""
    return (
        is_emergency(read_uri(request.uri))
        or request.headers.find("geolocation") is not None
        or priority.lower() == "emergency"
    )


def _takes_sdp(request: Request) -> bool:
    """Whether our answer may be SDP (section 20.1); no Accept means it may."""
    taken = {item.partition(";")[0].strip(" \t").lower() for item in tags_of(request, "accept")}
    return not taken or bool(taken & {"application/sdp", "application/*", "*/*"})


def _has_strange_body(request: Request) -> bool:
    """Whether there is a body, it must be understood, and nothing in it can be (8.2.3)."""
    parts = parts_of(request)
    return bool(parts) and not any(_is_usable(part) for part in parts) and not _optional(request)


def _is_usable(part: Part) -> bool:
    return part.content_type in _READABLE_TYPES


def _optional(request: Request) -> bool:
    disposition = request.headers.find("content-disposition") or ""
    return "handling=optional" in disposition.lower().replace(" ", "")
