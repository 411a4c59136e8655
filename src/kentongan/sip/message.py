"""SIP messages as values: requests, responses, and their header fields in the order they came.

A field keeps the name and the octets it came with (as wire text, see `grammar`); unknown fields
are kept like all others. Look-ups know the compact names and ignore case. Content-Length is
written, never believed: `encode` states the length of the body it sends.
"""

from __future__ import annotations

from msgspec import Struct

from kentongan.sip.grammar import split

COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "n": "identity-info",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}

KNOWN_METHODS = frozenset(
    {
        "INVITE",
        "ACK",
        "BYE",
        "CANCEL",
        "OPTIONS",
        "INFO",
        "REGISTER",
        "SUBSCRIBE",
        "NOTIFY",
        "PUBLISH",
        "MESSAGE",
        "REFER",
        "PRACK",
        "UPDATE",
    }
)
"""Methods of published RFCs; any other token is a method too, one that nobody knows."""


def canonical(name: str) -> str:
    """The lower-case long name of a header field (RFC 3261 section 7.3.3)."""
    lowered = name.lower()
    return COMPACT.get(lowered, lowered)


class Field(Struct, frozen=True):
    """One header field: its name as written, its value unfolded and trimmed."""

    name: str
    value: str


class Headers(Struct, frozen=True):
    """Header fields in order. Every method that changes something returns new Headers."""

    fields: tuple[Field, ...] = ()

    def find(self, name: str) -> str | None:
        """The value of the first field of that name."""
        wanted = canonical(name)
        for field in self.fields:
            if canonical(field.name) == wanted:
                return field.value
        return None

    def list(self, name: str) -> tuple[str, ...]:
        """The values of all fields of that name, not split."""
        wanted = canonical(name)
        return tuple(f.value for f in self.fields if canonical(f.name) == wanted)

    def items(self, name: str) -> tuple[str, ...]:
        """The comma-separated elements of all fields of that name. Raises `ParseError`."""
        return tuple(item for value in self.list(name) for item in split(value, ","))

    def added(self, *more: tuple[str, str]) -> Headers:
        """These fields and then the given (name, value) pairs."""
        return Headers(self.fields + tuple(Field(name, value) for name, value in more))

    def replaced(self, name: str, value: str) -> Headers:
        """The first field of that name with another value, later ones gone; added if absent."""
        wanted = canonical(name)
        kept: list[Field] = []
        done = False
        for field in self.fields:
            if canonical(field.name) != wanted:
                kept.append(field)
            elif not done:
                kept.append(Field(field.name, value))
                done = True
        return Headers(tuple(kept)) if done else self.added((name, value))


class Request(Struct, frozen=True):
    """A request: method (a case-sensitive token), Request-URI as written, fields, body.

    `left_out` are lines of its head that became no field, as they came, for the record; they are
    never sent. `body_fault` says why the body may be less than was sent, "" where it is whole.
    """

    method: str
    uri: str
    headers: Headers = Headers()
    body: bytes = b""
    left_out: tuple[str, ...] = ()
    body_fault: str = ""


class Response(Struct, frozen=True):
    """A response: status 100 to 699, reason phrase (may be empty), fields, body."""

    status: int
    reason: str
    headers: Headers = Headers()
    body: bytes = b""


Message = Request | Response


def encode(message: Message) -> bytes:
    """The message as it goes on the wire."""
    if isinstance(message, Request):
        start = f"{message.method} {message.uri} SIP/2.0"
    else:
        start = f"SIP/2.0 {message.status} {message.reason}"
    headers = message.headers.replaced("Content-Length", str(len(message.body)))
    lines = [start, *(f"{field.name}: {field.value}" for field in headers.fields), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + message.body
