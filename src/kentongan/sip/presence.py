"""Presence as far as a caller's place needs it: what is asked for, and what a notice says.

RFC 3856 (the event package), RFC 6442 and 6753 section 3 (a location URI that is a SIP or a
presence URI is subscribed to), RFC 4119 (the document). Its octets are no more trusted than those
of an INVITE. Pure.
"""

from __future__ import annotations

from typing import Final

from kentongan.sip.body import parts_of
from kentongan.sip.location import PIDF_TYPE, Location, Outcome, read_locations
from kentongan.sip.message import Request
from kentongan.sip.xmltree import read_xml

EVENT: Final = "presence"
ACCEPTED: Final = PIDF_TYPE


def document_of(request: Request) -> bytes:
    """The document of a NOTIFY: its PIDF part, else its whole body, which somebody may read."""
    parts = parts_of(request)
    found = next((part.content for part in parts if part.content_type == PIDF_TYPE), None)
    return request.body if found is None else found


def read_document(uri: str, content: bytes) -> tuple[Location, ...]:
    """All locations of a document, one at least. Raises `ParseError` for what is none."""
    base = Location(outcome=Outcome.UNREADABLE, uri=uri, raw=content)
    return tuple(read_locations(read_xml(content), base))
