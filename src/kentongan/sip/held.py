"""HELD: what a server of locations is asked for a reference, and what it answers.

RFC 5985 (the documents), RFC 6753 (a location URI is asked by POST of a `locationRequest`, or by
GET). An answer is a `locationResponse` with a PIDF-LO in it, a bare PIDF-LO, or an `error` with a
code; its octets are no more trusted than those of an INVITE. Pure.
"""

from __future__ import annotations

from typing import Final

from kentongan.sip.errors import ParseError
from kentongan.sip.location import PIDF_TYPE, Location, Outcome, read_locations
from kentongan.sip.xmltree import read_xml

HELD_TYPE: Final = "application/held+xml"

ACCEPTED: Final = f"{HELD_TYPE}, {PIDF_TYPE};q=0.5"
"""What may come back. Of a GET it chooses between the two (RFC 6753, section 4)."""

RESPONSE_MS: Final = 2_000
"""How long the server may measure (`responseTime`), milliseconds: a coarse place while it rings is
worth more than a fine one when the call is answered."""

REQUEST: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    f'<locationRequest xmlns="urn:ietf:params:xml:ns:geopriv:held" responseTime="{RESPONSE_MS}">'
    '<locationType exact="false">geodetic civic</locationType></locationRequest>'
).encode()
"""The position if there is one, else the address, else whatever the server has."""


class HeldError(Exception):
    """The server has no location for us; the text is its code (RFC 5985, section 5.3)."""


def read_answer(uri: str, content: bytes) -> tuple[Location, ...]:
    """All locations of an answer. Raises `HeldError`, or `ParseError` for what is no answer."""
    root = read_xml(content)
    if root.name == "error":
        raise HeldError(root.attributes.get("code", "").strip() or "error")
    document = root.find("presence")
    if document is None:
        raise ParseError("no location document in the answer", None)
    base = Location(outcome=Outcome.UNREADABLE, uri=uri, raw=content)
    return tuple(read_locations(document, base))
