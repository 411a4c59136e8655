"""What in a message breaks RFC 3261, though our parser reads it.

A call must not be lost to a stray space, so `parse` forgives whatever two readers cannot understand
differently. This module names what was forgiven: `breaches` are faults for which the RFC lets an
element refuse a request (RFC 4475 section 3.1.2, RFC 5118), `remarks` are oddities for which nobody
should refuse anything. It decides nothing and raises nothing.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address

from kentongan.sip.errors import ParseError
from kentongan.sip.fields import BRANCH_COOKIE, from_of, read_address, read_via, via_of
from kentongan.sip.grammar import number, split
from kentongan.sip.message import Headers, Message, Request, canonical
from kentongan.sip.uri import read_uri

MAX_FORWARDS_MAX = 255
"""RFC 3261 section 20.22."""
SECONDS_MAX = 2**32 - 1
"""RFC 3261 section 20.19: the longest Expires."""

_SINGLE = (
    "content-disposition",
    "content-type",
    "date",
    "event",
    "expires",
    "max-forwards",
    "mime-version",
    "min-expires",
    "organization",
    "priority",
    "reply-to",
    "retry-after",
    "server",
    "subject",
    "timestamp",
    "user-agent",
)
_CALL_ID_WORD = r"[A-Za-z0-9\-.!%*_+`'~()<>:\\\"/\[\]?{}]+"
_CALL_ID = re.compile(rf"{_CALL_ID_WORD}(?:@{_CALL_ID_WORD})?")
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?:0[1-9]|[12][0-9]|3[01]) "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60) GMT"
)
_WARNING = re.compile(r'[0-9]{3} +[^ "]+ +"(?:[^"\\]|\\.)*"', re.DOTALL)
_WORD = r"[A-Za-z0-9\-.!%*_+`'~]+"
_NAME_ADDRESS = re.compile(
    rf'(?:"(?:[^"\\]|\\.)*"|(?:{_WORD}(?:[ \t]+{_WORD})*)?)[ \t]*<[^<> \t]+>', re.DOTALL
)
_USER = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|%[0-9A-Fa-f]{2})+")
_PASSWORD = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f]{2})*")
_URI_PARAM = r"(?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]|%[0-9A-Fa-f]{2})+"
_URI_PARAMS = re.compile(rf"(?:;{_URI_PARAM}(?:={_URI_PARAM})?)*")
_HEADER = r"(?:[A-Za-z0-9\-_.!~*'()\[\]/?:+$]|%[0-9A-Fa-f]{2})"
_HEADERS = re.compile(rf"{_HEADER}+={_HEADER}*(?:&{_HEADER}+={_HEADER}*)*")
_BRACKETS = re.compile(r"\[([^\]]*)\]")


def breaches(data: bytes, message: Message) -> tuple[str, ...]:
    """Faults against the grammar, in the order of the message's importance.

    `data` are the octets `message` was parsed from: spaces of the start line are seen there only.
    """
    headers = message.headers
    found = [
        *_start_line(data, message),
        *_ends(headers),
        *_contacts(headers),
        *_vias(headers),
        *_names(headers),
        *_values(headers),
    ]
    return tuple(dict.fromkeys(found))


def remarks(message: Message) -> tuple[str, ...]:
    """What is odd and harms nobody: absurd times, RFC 2543 habits, a body without a type."""
    headers = message.headers
    found: list[str] = []
    if isinstance(message, Request):
        found += _hops(headers)
    if not via_of(message).branch.startswith(BRANCH_COOKIE):
        found.append("Via without a branch of RFC 3261")
    if not from_of(message).tag:
        found.append("From without a tag, as in RFC 2543")
    if message.body and headers.find("content-type") is None:
        found.append("body without Content-Type")
    found += [
        f"{name} is no time of at most {SECONDS_MAX} s"
        for name in ("Expires", "Min-Expires", "Retry-After")
        if not _is_seconds(headers.find(name))
    ]
    return tuple(found)


def is_well_formed_uri(text: str) -> bool:
    """Whether a SIP or SIPS URI obeys RFC 3261 section 25.1; URIs of other schemes do."""
    scheme, _, rest = text.partition(":")
    if scheme.lower() not in {"sip", "sips"}:
        return True
    try:
        read_uri(text)
    except ParseError:
        return False
    user, at, after = rest.rpartition("@") if "@" in rest else ("", "", rest)
    name, _, password = user.partition(":")
    if at and not (_USER.fullmatch(name) and _PASSWORD.fullmatch(password)):
        return False
    address, question, headers = after.partition("?")
    host, semicolon, params = address.partition(";")
    brackets = _BRACKETS.match(host)
    return (
        (brackets is None or is_ipv6(brackets[1]))
        and _URI_PARAMS.fullmatch(semicolon + params) is not None
        and (not question or _HEADERS.fullmatch(headers) is not None)
    )


def is_ipv6(text: str) -> bool:
    """Whether this is an IPv6 address.

    The third colon that the grammar of RFC 3261 puts before an embedded IPv4 address is tolerated
    (RFC 5118 section 4.10).
    """
    if "." in text:
        text = text.replace(":::", "::", 1)
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def _start_line(data: bytes, message: Message) -> list[str]:
    line = data.lstrip(b"\r\n").partition(b"\n")[0].removesuffix(b"\r")
    found: list[str] = []
    if isinstance(message, Request):
        if b"  " in line or line.endswith(b" ") or b"\t" in line:
            found.append("more than one space in the request line")
        if message.uri.lower().startswith(("sip:", "sips:")):
            if "?" in message.uri.rpartition("@")[2]:
                found.append("header fields in the Request-URI")
            elif not is_well_formed_uri(message.uri):
                found.append("Request-URI breaks the grammar of SIP URIs")
    elif re.match(rb"[^ ]+  ", line):
        found.append("more than one space in the status line")
    return found


def _ends(headers: Headers) -> list[str]:
    return [
        f"{name} {fault}"
        for name in ("From", "To")
        if (fault := _address_fault(headers.find(name) or ""))
    ]


def _contacts(headers: Headers) -> list[str]:
    try:
        items = headers.items("contact")
    except ParseError as error:
        return [f"Contact: {error.reason}"]
    faults = [_address_fault(item) for item in items if item != "*"]
    found = [f"Contact {fault}" for fault in faults if fault]
    if "*" in items and len(items) > 1:
        found.append("Contact * beside others")
    return found


def _address_fault(text: str) -> str:
    """What is wrong with a `name-addr` or `addr-spec`; "" where nothing is."""
    try:
        address = read_address(text)
    except ParseError as error:
        return f"cannot be read: {error.reason}"
    value = split(text, ";")[0]
    if value != address.uri and _NAME_ADDRESS.fullmatch(value) is None:
        return "has an unquoted name of other than tokens, or white space in the brackets"
    return "" if is_well_formed_uri(address.uri) else "has a URI that breaks the grammar"


def _vias(headers: Headers) -> list[str]:
    found: list[str] = []
    for index, item in enumerate(headers.items("via")):
        via = read_via(item)
        if ":" in via.host and not is_ipv6(via.host):
            found.append("Via without a proper IPv6 address")
        if index == 0 and via.branch == BRANCH_COOKIE:
            found.append("branch that is nothing but the cookie")
    return found


def _names(headers: Headers) -> list[str]:
    seen = [canonical(field.name) for field in headers.fields]
    return [f"more than one {name} header field" for name in _SINGLE if seen.count(name) > 1]


def _values(headers: Headers) -> list[str]:
    found: list[str] = []
    if _CALL_ID.fullmatch(headers.find("call-id") or "") is None:
        found.append("Call-ID that is no word@word")
    date = headers.find("date")
    if date is not None and _DATE.fullmatch(date) is None:
        found.append("Date that is no RFC 1123 date in GMT")
    if not _are_warnings(headers):
        found.append("Warning without a code of three digits, an agent and a quoted text")
    return found


def _are_warnings(headers: Headers) -> bool:
    try:
        return all(_WARNING.fullmatch(warning) for warning in headers.items("warning"))
    except ParseError:
        return False


def _hops(headers: Headers) -> list[str]:
    hops = headers.find("max-forwards")
    if hops is None:
        return ["no Max-Forwards, as in RFC 2543"]
    try:
        number(hops, MAX_FORWARDS_MAX, "Max-Forwards")
    except ParseError as error:
        return [error.reason]
    return []


def _is_seconds(value: str | None) -> bool:
    """Whether a field of seconds is absent or usable; Retry-After may say more after it."""
    if value is None:
        return True
    digits = re.match(r"[0-9]*", value)
    try:
        number(digits[0] if digits else "", SECONDS_MAX, "seconds")
    except ParseError:
        return False
    return True
