"""What an INVITE says about where and who the caller is, kept as it came.

Where the caller is by reference, which cell they are in, what the device and the carrier add (RFC
6442, RFC 7315, RFC 7852): the call-taker sees it at once, and whoever can ask the carrier finds it
on record. The document of a place that was read comes last: all of it is on the map, and what needs
somebody's eyes goes before it. Nothing is fetched here (`references` does that) and nothing is
understood; the limits are `core.checks`'.
"""

from collections.abc import Iterator

from kentongan.core.words import Personal, RawFact, RawKind
from kentongan.sip.additional import Block
from kentongan.sip.events import Invite
from kentongan.sip.location import Location, Outcome

_KEPT_LOCATIONS = {
    Outcome.REFERENCE: RawKind.LOCATION_REFERENCE,
    Outcome.UNREADABLE: RawKind.LOCATION_UNREADABLE,
    Outcome.DEFECTS: RawKind.LOCATION_WITH_DEFECTS,
}
"""Of what was not all understood, or is not here yet."""


def raw_facts_of(invite: Invite) -> tuple[RawFact, ...]:
    """All of them, each once, what has to be asked for or looked into first."""
    return tuple(dict.fromkeys(fact for fact in _facts(invite) if fact.content.text))


def _facts(invite: Invite) -> Iterator[RawFact]:
    for location in invite.locations:
        kind = _KEPT_LOCATIONS.get(location.outcome)
        if kind is not None:
            yield _fact(kind, location.inserted_by, _said(location))
    for access in invite.identity.access_network:
        yield _fact(RawKind.ACCESS_NETWORK, "", access)
    for block in invite.additional:
        yield _fact(RawKind.ADDITIONAL, block.kind, _text(block.raw) or _address_of(block))
    for line in invite.left_out:
        yield _fact(RawKind.HEADER, "", line)
    for location in invite.locations:
        if location.outcome is Outcome.READ:
            yield _fact(RawKind.LOCATION_READ, location.inserted_by, _text(location.raw))


def _said(location: Location) -> str:
    if location.outcome is Outcome.REFERENCE:
        return location.uri
    return _text(location.raw) or location.uri


def _address_of(block: Block) -> str:
    return block.uri or "; ".join(block.defects)


def _fact(kind: RawKind, label: str, text: str) -> RawFact:
    return RawFact(kind=kind, label=label, content=Personal(text=text))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
