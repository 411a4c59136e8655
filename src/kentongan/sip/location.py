"""What an INVITE says about where the caller is (RFC 6442).

By value: the PIDF-LO part that `Geolocation: <cid:...>` names. By reference: a URI for somebody
else to fetch, after the call rings. Three outcomes for a value: read, read with defects,
unreadable; the octets are kept in each. All locations are kept, in the order of the header.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from kentongan.sip.body import Part, parts_of
from kentongan.sip.errors import ParseError
from kentongan.sip.fields import read_address
from kentongan.sip.grammar import find_param, readable, split, unescape
from kentongan.sip.message import Request
from kentongan.sip.pidf import Band, Reading, Shape, read_pidf
from kentongan.sip.xmltree import Node, read_xml

LOCATIONS_MAX = 8
"""Locations kept of one call; standards expect one or two."""
PIDF_TYPE = "application/pidf+xml"
_NOT_ALLOWED = frozenset({"no", "false", "0"})


class Outcome(StrEnum):
    """What became of a location."""

    READ = "read"
    DEFECTS = "read_with_defects"
    UNREADABLE = "unreadable"
    REFERENCE = "reference"


class Location(Struct, frozen=True, kw_only=True):
    """One location. lat, lon (degrees) and radius_m are None together unless a place was read.

    `radius_m` alone is None where the shape has one that could not be read. `civic` may be read
    where there is no position. `measured_at` is the document's own timestamp, unchecked.
    """

    outcome: Outcome
    uri: str = ""
    inserted_by: str = ""
    shape: str = ""
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    band: Band | None = None
    civic: tuple[tuple[str, str], ...] = ()
    method: str = ""
    measured_at: str = ""
    is_confined: bool = False
    """Whether the document's own rules say that it is for its recipient alone, or until when (RFC
    4119 section 2.2.2). One without rules says nothing."""
    defects: tuple[str, ...] = ()
    raw: bytes = b""


def locations_of(request: Request) -> tuple[Location, ...]:
    """All locations of a request; never raises, never invents a position."""
    parts = parts_of(request)
    unused = [part for part in parts if _looks_like_pidf(part)]
    found: list[Location] = []
    for value in request.headers.list("geolocation"):
        found += _from_header(value, parts, unused)
    found += [
        located
        for part in unused
        for located in _from_part(part, uri="", inserted_by="", note="no Geolocation names it")
    ]
    return tuple(found[:LOCATIONS_MAX])


def _looks_like_pidf(part: Part) -> bool:
    return part.content_type == PIDF_TYPE or (
        part.content_type in {"", "text/plain", "text/xml", "application/xml"}
        and b"urn:ietf:params:xml:ns:pidf" in part.content
    )


def _from_header(value: str, parts: tuple[Part, ...], unused: list[Part]) -> list[Location]:
    """The locations of one Geolocation header field."""
    try:
        addresses = [read_address(item) for item in split(value, ",")]
    except ParseError as error:
        raw = value.encode("latin-1")
        return [Location(outcome=Outcome.UNREADABLE, defects=(error.reason,), raw=raw)]
    found: list[Location] = []
    for address in addresses:
        uri, inserted_by = address.uri, find_param(address.params, "inserted-by") or ""
        if not uri.lower().startswith("cid:"):
            found.append(_reference(uri, inserted_by))
            continue
        part = _take(unescape(uri[4:]), parts, unused)
        if part is None:
            missing = Location(
                outcome=Outcome.UNREADABLE,
                uri=readable(uri),
                defects=("no body part has this Content-ID",),
            )
            found.append(missing)
        else:
            found += _from_part(part, uri=uri, inserted_by=inserted_by, note="")
    return found


def _take(content_id: str, parts: tuple[Part, ...], unused: list[Part]) -> Part | None:
    """The part of that Content-ID. One used twice means the one that holds a location."""
    named = [part for part in parts if part.content_id == content_id]
    part = next((p for p in named if _looks_like_pidf(p)), named[0] if named else None)
    if part in unused:
        unused.remove(part)
    return part


def _reference(uri: str, inserted_by: str) -> Location:
    return Location(
        outcome=Outcome.REFERENCE,
        uri=readable(uri),
        inserted_by=readable(inserted_by),
        raw=uri.encode("latin-1"),
    )


def _from_part(part: Part, *, uri: str, inserted_by: str, note: str) -> list[Location]:
    """One location for each shape of the document; one at least."""
    base = Location(
        outcome=Outcome.UNREADABLE,
        uri=readable(uri),
        inserted_by=readable(inserted_by),
        defects=(note,) if note else (),
        raw=part.content,
    )
    try:
        document = read_xml(part.content)
    except ParseError as error:
        return [replace(base, defects=(*base.defects, error.reason))]
    return read_locations(document, base)


def read_locations(document: Node, base: Location) -> list[Location]:
    """One location for each shape of a PIDF-LO, one at least; `base` says where it is from."""
    readings = read_pidf(document)
    return [found for reading in readings for found in _located(reading, base)]


def _located(reading: Reading, base: Location) -> list[Location]:
    read = replace(
        base,
        civic=reading.civic,
        method=reading.method,
        measured_at=reading.measured_at,
        is_confined=bool(reading.retention_expiry)
        or reading.retransmission_allowed.lower() in _NOT_ALLOWED,
        defects=(*base.defects, *reading.defects),
    )
    if reading.shapes:
        return [_placed(read, shape) for shape in reading.shapes]
    if reading.civic:
        return [replace(read, outcome=Outcome.DEFECTS if read.defects else Outcome.READ)]
    return [replace(read, defects=(*read.defects, "neither position nor address"))]


def _placed(read: Location, shape: Shape) -> Location:
    return replace(
        read,
        outcome=Outcome.DEFECTS if read.defects else Outcome.READ,
        shape=shape.kind,
        lat=shape.lat,
        lon=shape.lon,
        radius_m=shape.radius_m,
        band=shape.band,
    )
