"""Additional data about an emergency call: who carries it, on what device, for whom (RFC 7852).

Named by `Call-Info: <cid:...>;purpose=EmergencyCallData.*`, by reference or by value, or written
inside the location document. Every block is kept raw, known or not, with its defects named; nothing
is fetched here, and nothing here ever stops a call. Vehicle data (RFC 8147, 8148) comes the same
way.
"""

from __future__ import annotations

import re

from msgspec import Struct

from kentongan.sip.body import Part, parts_of
from kentongan.sip.errors import ParseError
from kentongan.sip.fields import read_address
from kentongan.sip.grammar import find_param, readable, split, unescape
from kentongan.sip.location import PIDF_TYPE
from kentongan.sip.message import Request
from kentongan.sip.xmltree import Node, read_xml

BLOCKS_MAX = 16
"""Blocks kept of one call: five kinds, from the device, the operator and the network before it."""

_PURPOSE = "emergencycalldata"
_KINDS = (
    "ProviderInfo",
    "ServiceInfo",
    "DeviceInfo",
    "SubscriberInfo",
    "Comment",
    "VEDS",
    "eCall.MSD",
    "Control",
)
"""The registered kinds in their own spelling, since a Content-Type is read in lower case."""
_SPELLED = {kind.lower(): kind for kind in _KINDS}
_BARE = re.compile(r"[ \t]*<?([A-Za-z][A-Za-z0-9+\-.]*:[^<>\s;]+)>?[ \t]*(?:;(.*))?", re.DOTALL)


class Block(Struct, frozen=True, kw_only=True):
    """One block. `kind` is the purpose after "EmergencyCallData.", such as "ProviderInfo".

    `uri` is where the block is said to be: a body part (`cid:`) or somewhere to ask. `raw` is
    empty for a reference; for a block inside a location document it is the whole document.
    """

    kind: str
    uri: str = ""
    content_type: str = ""
    raw: bytes = b""
    defects: tuple[str, ...] = ()


def additional_data_of(request: Request) -> tuple[Block, ...]:
    """All blocks of a request: those the header names first, in its order. Never raises."""
    parts = parts_of(request)
    unused = [part for part in parts if _PURPOSE in part.content_type]
    found: list[Block] = []
    for value in request.headers.list("call-info"):
        found += _from_header(value, parts, unused)
    for part in unused:
        kind = _kind(part.content_type.rpartition("/")[2].partition("+")[0])
        found.append(_value(kind, "", part, ("no Call-Info names it",)))
    for part in parts:
        if part.content_type == PIDF_TYPE:
            found += _inside_location(part)
    return tuple(found[:BLOCKS_MAX])


def _from_header(value: str, parts: tuple[Part, ...], unused: list[Part]) -> list[Block]:
    try:
        items = split(value, ",")
    except ParseError:
        items = [value]
    found: list[Block] = []
    for item in items:
        uri, purpose, defects = _read_item(item)
        if not purpose.lower().startswith(_PURPOSE):
            continue
        kind = _kind(purpose)
        if not uri.lower().startswith("cid:"):
            found.append(Block(kind=kind, uri=readable(uri), defects=defects))
            continue
        part = _take(unescape(uri[4:]), parts, unused)
        if part is None:
            missing = (*defects, "no body part has this Content-ID")
            found.append(Block(kind=kind, uri=readable(uri), defects=missing))
        else:
            found.append(_value(kind, uri, part, defects))
    return found


def _read_item(item: str) -> tuple[str, str, tuple[str, ...]]:
    """URI, purpose and defects of one Call-Info; brackets may be missing in printed examples."""
    try:
        address = read_address(item)
    except ParseError as error:
        found = _BARE.fullmatch(item)
        if found is None:
            return "", _loose_purpose(item), (error.reason,)
        return found[1], _loose_purpose(found[2] or ""), (error.reason,)
    defects = () if "<" in item else ("Call-Info without angle brackets",)
    return address.uri, find_param(address.params, "purpose") or "", defects


def _loose_purpose(text: str) -> str:
    found = re.search(r"purpose[ \t]*=[ \t]*\"?([A-Za-z0-9._\-]+)", text, re.IGNORECASE)
    return found[1] if found else ""


def _kind(purpose: str) -> str:
    kind = readable(purpose[len(_PURPOSE) :].lstrip("."))
    return _SPELLED.get(kind.lower(), kind)


def _take(content_id: str, parts: tuple[Part, ...], unused: list[Part]) -> Part | None:
    """The part of that Content-ID; one used twice means the one that holds additional data."""
    named = [part for part in parts if part.content_id == content_id]
    part = next((p for p in named if _PURPOSE in p.content_type), named[0] if named else None)
    if part in unused:
        unused.remove(part)
    return part


def _value(kind: str, uri: str, part: Part, defects: tuple[str, ...]) -> Block:
    if part.content_type.endswith(("+xml", "/xml")):
        try:
            read_xml(part.content)
        except ParseError as error:
            defects = (*defects, error.reason)
    elif _PURPOSE not in part.content_type:
        defects = (*defects, f"part of type {readable(part.content_type) or 'none'}")
    if not part.content:
        defects = (*defects, "empty part")
    return Block(
        kind=kind,
        uri=readable(uri),
        content_type=readable(part.content_type),
        raw=part.content,
        defects=defects,
    )


def _inside_location(part: Part) -> list[Block]:
    """References and values of `provided-by` (RFC 7852 section 5.3)."""
    try:
        root = read_xml(part.content)
    except ParseError:
        return []
    found: list[Block] = []
    for node in root.walk():
        if node.name == "EmergencyCallDataReference":
            found.append(_reference_in(node))
        elif node.name == "EmergencyCallDataValue":
            found += [
                Block(
                    kind=child.name.removeprefix("EmergencyCallData."),
                    content_type=part.content_type,
                    raw=part.content,
                )
                for child in node.children
            ]
    return found


def _reference_in(node: Node) -> Block:
    uri = node.attributes.get("ref", "").strip()
    purpose = node.attributes.get("purpose", "")
    kind = _kind(purpose) if purpose.lower().startswith(_PURPOSE) else purpose
    return Block(kind=kind, uri=uri, defects=() if uri else ("reference without a URI",))
