"""URIs of SIP: `sip:`, `sips:`, `tel:`, `urn:service:sos` and, kept whole, all others.

What a URI means to a call centre: which line was dialled, which number calls, where to send a
request. `raw` is always the text as it came; nothing here rewrites a URI.
"""

from __future__ import annotations

import re

from msgspec import Struct

from kentongan.sip.address import unbracketed
from kentongan.sip.errors import ParseError
from kentongan.sip.grammar import Param, Params, find_param, number, unescape

DEFAULT_PORT = 5060
DEFAULT_TLS_PORT = 5061

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+\-.]*):(.+)", re.DOTALL)
_FORBIDDEN = re.compile(r'[\x00-\x20\x7f<>"]')
_HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._]+)(?::([0-9]+))?")
_TELEPHONE = re.compile(r"\+?[0-9*#]+")
_SEPARATORS = re.compile(r"[\-.() ]")


class Uri(Struct, frozen=True):
    """A URI. For schemes other than sip, sips and tel only `raw`, `scheme` and `rest` are set."""

    raw: str
    scheme: str
    rest: str
    user: str = ""
    host: str = ""
    port: int | None = None
    params: Params = ()

    @property
    def is_loose(self) -> bool:
        """Whether a route URI has the `lr` parameter (RFC 3261 section 19.1.1)."""
        return find_param(self.params, "lr") is not None

    @property
    def is_emergency_service(self) -> bool:
        """Whether this is `urn:service:sos` or one of its kinds (RFC 5031)."""
        rest = self.rest.lower()
        return self.scheme == "urn" and (rest + ".").startswith("service:sos.")


def read_uri(text: str) -> Uri:
    """The URI in `text`. Raises `ParseError` for what can be no URI or a broken SIP URI."""
    found = _SCHEME.fullmatch(text)
    if found is None or _FORBIDDEN.search(text):
        raise ParseError("unreadable URI")
    scheme, rest = found[1].lower(), found[2]
    if scheme == "tel":
        subscriber, *params = rest.split(";")
        return Uri(text, scheme, rest, user=subscriber, params=_params(params))
    if scheme in {"sip", "sips"}:
        return _read_sip(text, scheme, rest)
    return Uri(text, scheme, rest)


def _read_sip(text: str, scheme: str, rest: str) -> Uri:
    user, at, after = rest.partition("@")
    if not at:
        user, after = "", rest
    elif not user:
        raise ParseError("empty user part in a URI")
    host_port, *params = after.partition("?")[0].split(";")
    found = _HOST_PORT.fullmatch(host_port)
    if found is None:
        raise ParseError("unreadable host in a URI")
    port = None if found[2] is None else number(found[2], 65535, "URI port")
    user = unescape(user.partition(":")[0])
    return Uri(text, scheme, rest, user, unbracketed(found[1]), port, _params(params))


def _params(pieces: list[str]) -> Params:
    pairs = (piece.partition("=") for piece in pieces if piece)
    return tuple(
        Param(unescape(name), unescape(value) if equals else None) for name, equals, value in pairs
    )


def dialled_line(uri: Uri) -> str:
    """The user part of a Request-URI: the line dialled. A service URN has none."""
    return uri.user.partition(";")[0]


def telephone_number(text: str) -> str:
    """The telephone number in a URI, without visual separators; "" where it holds none."""
    try:
        uri = read_uri(text)
    except ParseError:
        return ""
    digits = _SEPARATORS.sub("", uri.user.partition(";")[0])
    return digits if _TELEPHONE.fullmatch(digits) else ""


def is_emergency(uri: Uri) -> bool:
    """Whether an INVITE to this URI must ring whatever else is wrong with it.

    True for the emergency service URNs, the user `sos`, and every dialled number: trunks of an
    emergency centre deliver nothing but calls for help, and a line we do not know yet may be one.
    """
    line = dialled_line(uri)
    return (
        uri.is_emergency_service or line.lower() == "sos" or _TELEPHONE.fullmatch(line) is not None
    )
