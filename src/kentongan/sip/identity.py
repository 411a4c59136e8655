"""Who calls, and which number was dialled first: what the header fields of an INVITE say.

The network's word (P-Asserted-Identity, RFC 3325; Remote-Party-ID of older exchanges) before the
caller's own (From, P-Preferred-Identity). A withheld number stays withheld unless the network
asserts it. Calls that were diverted on the way tell from where (Diversion, RFC 5806; History-Info,
RFC 7044). Whom to trust is the trunk's setting, not decided here. Never raises.
"""

from __future__ import annotations

import itertools
from enum import StrEnum

from msgspec import Struct

from kentongan.sip.errors import ParseError
from kentongan.sip.fields import NameAddress, from_of, read_address
from kentongan.sip.grammar import find_param, number, readable, split, unescape
from kentongan.sip.message import Headers, Request
from kentongan.sip.uri import read_uri, telephone_number

IDENTITIES_MAX = 8
"""Identities kept of one header field; RFC 3325 allows two."""
DIVERSIONS_MAX = 16
"""Diversions kept of one call; a network ends a loop long before."""
ACCESS_MAX = 4
"""P-Access-Network-Info values kept; the device and each network write one."""

_ANONYMOUS_HOST = "anonymous.invalid"
"""RFC 3323 section 4.1.1.3."""
_HIDING = frozenset({"id", "user", "header", "full"})
_CAUSES = {
    302: "unconditional",
    404: "unknown",
    408: "no-answer",
    480: "deflection",
    486: "user-busy",
    487: "deflection",
    503: "unavailable",
}
"""RFC 4458 causes in the words of Diversion (RFC 5806 section 9.1)."""


class Source(StrEnum):
    """Who says the number."""

    ASSERTED = "asserted"
    SCREENED = "screened"
    """Remote-Party-ID that the exchange has checked."""
    FROM = "from"
    PREFERRED = "preferred"
    NOBODY = "nobody"


class Diversion(Struct, frozen=True):
    """A call was sent on from `number` (or `uri`), why; `reason` in the words of RFC 5806."""

    uri: str
    number: str
    reason: str


class Identity(Struct, frozen=True, kw_only=True):
    """Everything about the caller. Texts are readable, numbers without visual separators.

    `number` is the one to call back, "" where none may be used; `source` says whose word it is.
    `from_number` is what From shows, whatever the privacy. `diversions` begin with the number that
    was dialled first; `first_dialled` is that number.
    """

    number: str
    source: Source
    from_number: str
    display: str
    asserted: tuple[str, ...]
    asserted_number: str
    preferred: str
    is_anonymous: bool
    privacy: tuple[str, ...]
    diversions: tuple[Diversion, ...]
    first_dialled: str
    access_network: tuple[str, ...]


def identity_of(request: Request) -> Identity:
    """What a checked request says about its caller."""
    headers = request.headers
    sender = from_of(request)
    asserted = _addresses(headers, "p-asserted-identity")
    preferred = _addresses(headers, "p-preferred-identity")
    privacy = _privacy(headers)
    is_anonymous = bool(_HIDING & set(privacy)) or _is_nameless(sender.uri)
    named: dict[Source, list[str]] = {
        Source.ASSERTED: [address.uri for address in asserted],
        Source.SCREENED: _screened(headers),
    }
    if not is_anonymous:
        named[Source.FROM] = [sender.uri]
        named[Source.PREFERRED] = [address.uri for address in preferred]
    found = {source: _first_number(uris) for source, uris in named.items()}
    source = next((source for source, number in found.items() if number), Source.NOBODY)
    diversions = _diversions(headers)
    return Identity(
        number=found.get(source, ""),
        source=source,
        from_number=telephone_number(sender.uri),
        display=readable(_display(asserted, sender, is_anonymous=is_anonymous)),
        asserted=tuple(readable(address.uri) for address in asserted),
        asserted_number=found[Source.ASSERTED],
        preferred=readable(preferred[0].uri) if preferred else "",
        is_anonymous=is_anonymous,
        privacy=privacy,
        diversions=diversions,
        first_dialled=next((diversion.number for diversion in diversions if diversion.number), ""),
        access_network=tuple(
            readable(value) for value in headers.list("p-access-network-info")[:ACCESS_MAX]
        ),
    )


def _items(headers: Headers, name: str) -> list[str]:
    """The elements of all fields of that name; those of an unreadable field are none."""
    found: list[str] = []
    for value in headers.list(name):
        try:
            found += split(value, ",")
        except ParseError:
            continue
    return found


def _addresses(headers: Headers, name: str) -> list[NameAddress]:
    """The addresses of a field that can be read."""
    found: list[NameAddress] = []
    for item in _items(headers, name)[:IDENTITIES_MAX]:
        try:
            found.append(read_address(item))
        except ParseError:
            continue
    return found


def _first_number(uris: list[str]) -> str:
    return next((digits for uri in uris if (digits := telephone_number(uri))), "")


def _privacy(headers: Headers) -> tuple[str, ...]:
    """The privacy wishes (RFC 3323 section 4.2), lower case, each once."""
    words = ";".join(headers.list("privacy")).replace(",", ";").split(";")
    return tuple(dict.fromkeys(readable(w.strip(" \t").lower()) for w in words if w.strip(" \t")))


def _is_nameless(uri: str) -> bool:
    """Whether From is the anonymous one of RFC 3323 section 4.1.1.3."""
    lowered = uri.lower()
    return lowered.partition(";")[0].endswith("@" + _ANONYMOUS_HOST) or lowered.startswith(
        ("sip:anonymous@", "sips:anonymous@")
    )


def _screened(headers: Headers) -> list[str]:
    """Calling parties that an older exchange has checked (draft-ietf-sip-privacy-04)."""
    return [
        address.uri
        for address in _addresses(headers, "remote-party-id")
        if (find_param(address.params, "screen") or "").lower() == "yes"
        and (find_param(address.params, "party") or "calling").lower() == "calling"
    ]


def _display(asserted: list[NameAddress], sender: NameAddress, *, is_anonymous: bool) -> str:
    """The asserted name, else the shown one; none for who is anonymous."""
    name = next((address.display for address in asserted if address.display), "")
    return name or ("" if is_anonymous else sender.display)


def _diversions(headers: Headers) -> tuple[Diversion, ...]:
    """Where the call was sent on, the first one first. History-Info is fuller, so it counts."""
    told = _history(headers) or _diversion_fields(headers)
    return tuple(told[:DIVERSIONS_MAX])


def _diversion_fields(headers: Headers) -> list[Diversion]:
    """The fields of RFC 5806: each diverting exchange puts its own on top."""
    found = [
        Diversion(
            readable(address.uri),
            telephone_number(address.uri),
            readable((find_param(address.params, "reason") or "unknown").lower()),
        )
        for address in _addresses(headers, "diversion")
    ]
    return found[::-1]


def _history(headers: Headers) -> list[Diversion]:
    """Targets of RFC 7044 that were left for another, in the order of their index.

    The last entry is where the call goes now, so it diverted nothing.
    """
    entries: list[tuple[tuple[int, ...], NameAddress]] = []
    for address in _addresses(headers, "history-info"):
        index = _index(find_param(address.params, "index") or "")
        if index:
            entries.append((index, address))
    entries.sort(key=lambda entry: entry[0])
    found: list[Diversion] = []
    for (_, left), (_, target) in itertools.pairwise(entries):
        uri = left.uri.partition("?")[0]
        found.append(
            Diversion(readable(uri), telephone_number(uri), _cause(target.uri) or _cause(left.uri))
        )
    return found


def _index(text: str) -> tuple[int, ...]:
    """The index `1.2.1` as numbers; empty for anything else."""
    try:
        return tuple(number(part, 999, "index") for part in text.split("."))
    except ParseError:
        return ()


def _cause(text: str) -> str:
    """Why: the `cause` of the new target (RFC 4458), or the Reason escaped in the old one."""
    try:
        said = find_param(read_uri(text).params, "cause") or ""
    except ParseError:
        said = ""
    reason = unescape(text.partition("?")[2]).lower().replace(" ", "")
    digits = said or reason.partition("cause=")[2][:3]
    if not (digits.isascii() and digits.isdigit() and len(digits) == 3):
        return ""
    return _CAUSES.get(int(digits), "unknown")
