"""Messages of our own for each section of RFC 4475 and RFC 5118, with what must become of them.

Names and numbers are ours; the trouble is the RFC's. Where the RFC allows both to accept and to
refuse, the verdict here is the one `kentongan sip check` takes: refuse what breaks the grammar.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Torture(NamedTuple):
    """One message: the section it follows, its octets, verdict, status and some facts."""

    section: str
    data: bytes
    verdict: str
    status: int | None
    facts: dict[str, Any]


SDP = (
    "v=0\r\no=sari 77 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
    "m=audio 41000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)
START = "{method} {uri} SIP/2.0\r\n"
HEAD = (
    "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK{branch}\r\n"
    "Max-Forwards: 70\r\n"
    'From: "Sari Dewi" <sip:sari@example.org>;tag=sd77\r\n'
    "To: <sip:budi@example.net>\r\n"
    "Call-ID: {branch}@192.0.2.7\r\n"
    "CSeq: 7 {method}\r\n"
    "Contact: <sip:sari@192.0.2.7>\r\n"
)
RESPONSE_HEAD = HEAD.replace("To: <sip:budi@example.net>", "To: <sip:budi@example.net>;tag=bd9")


def request(
    *edits: tuple[str, str],
    method: str = "OPTIONS",
    uri: str = "sip:budi@example.net",
    body: str | bytes = "",
    body_type: str = "application/sdp",
) -> bytes:
    """A valid request with each edit (old text to new) made once."""
    content = body if isinstance(body, bytes) else body.encode("latin-1")
    head = (START + HEAD).format(method=method, uri=uri, branch="torture1")
    if content:
        head += f"Content-Type: {body_type}\r\n"
    head += f"Content-Length: {len(content)}\r\n\r\n"
    return _edited(head, edits).encode("latin-1") + content


def invite(*edits: tuple[str, str], **more: Any) -> bytes:
    """A valid INVITE with edits."""
    return request(*edits, **{"method": "INVITE", "body": SDP, **more})


def response(*edits: tuple[str, str], start: str = "SIP/2.0 200 OK") -> bytes:
    """A valid response with edits."""
    head = start + "\r\n" + RESPONSE_HEAD.format(method="INVITE", branch="torture2")
    return _edited(head + "Content-Length: 0\r\n\r\n", edits).encode("latin-1")


def _edited(text: str, edits: tuple[tuple[str, str], ...]) -> str:
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text
