"""What an INVITE that cannot be read still says: who called, and what was dialled.

It is refused, for no answer could be addressed or no transaction told from another; somebody tried
to reach us all the same, and whoever rings them back needs their number. Reads what can be read and
leaves the rest empty; never raises, decides nothing.
"""

from __future__ import annotations

import hashlib
import re

from msgspec.structs import replace

from kentongan.sip.address import Address, Transport
from kentongan.sip.errors import ParseError
from kentongan.sip.events import RAW_BYTES_MAX, Invite
from kentongan.sip.facts import invite_event
from kentongan.sip.fields import call_id_of, read_address, to_of
from kentongan.sip.message import Headers, Request
from kentongan.sip.uri import read_uri

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_NOBODY = "<sip:unreadable.invalid>"
_NUMBER = re.compile(r"(?:sips?|tel):(\+?[0-9]{3,32})(?![0-9])", re.IGNORECASE)
_REQUEST_URI = re.compile(rb"\s*INVITE[ \t]+<?([^ \t<>\r\n]+)")


def salvaged(
    data: bytes, error: ParseError, source: Address, transport: Transport
) -> Invite | None:
    """The call that an unreadable INVITE wanted to be; None for what was none, or within one."""
    if error.method != "INVITE" or error.headers is None:
        return None
    headers = _usable(error.headers)
    if not call_id_of(Request("INVITE", "", headers)):
        headers = headers.replaced("Call-ID", _name_of(headers))
    request = Request("INVITE", _uri(data), headers)
    if to_of(request).tag:
        return None
    invite = invite_event(request, source, transport)
    body = b"".join(_HEAD_END.split(data, maxsplit=1)[1:])
    return replace(invite, body=body, raw=data[:RAW_BYTES_MAX])


def _name_of(headers: Headers) -> str:
    """What tells its repeats from another call's where it has no Call-ID."""
    said = "\n".join(headers.find(name) or "" for name in ("from", "cseq", "via"))
    return hashlib.sha256(said.encode("latin-1")).hexdigest()


def _usable(headers: Headers) -> Headers:
    for name in ("From", "To"):
        value = headers.find(name)
        if value is None or not _is_address(value):
            number = _NUMBER.search(value or "")
            usable = f"<sip:{number[1]}@unreadable.invalid>" if number else _NOBODY
            headers = headers.replaced(name, usable)
    return headers


def _is_address(text: str) -> bool:
    try:
        read_address(text)
    except ParseError:
        return False
    return True


def _uri(data: bytes) -> str:
    found = _REQUEST_URI.match(data)
    uri = found[1].decode("latin-1") if found else ""
    try:
        read_uri(uri)
    except ParseError:
        return "sip:unreadable.invalid"
    return uri
