"""One request to a gateway over HTTP, with limits on everything it may do to us.

No redirects are followed, no proxy of the environment is used, an answer is read up to its limit,
and the whole takes as long as it may. What is not known afterwards is said: a request that was
written whole and not answered may have been carried out.
"""

import http.client
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from kentongan.edge.notify.channel import NotSent

ANSWER_OCTETS_MAX: Final = 64_000
"""Of an answer, what is read: a message's name and a reason are a hundredth of it."""

CONNECT_S: Final = 5.0
REQUEST_S: Final = 15.0
"""Longest wait for a connection, and for each piece of an answer, seconds."""

WHOLE_S: Final = 25.0
"""Longest request, seconds, from the first octet to the last."""


class WebAnswer(Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    context: ssl.SSLContext | None = None,
) -> WebAnswer:
    """Ask; raises `NotSent`, unsure from the moment on in which the request was on its way."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "https":
        trust = context or ssl.create_default_context()
        line = http.client.HTTPSConnection(host, port, timeout=CONNECT_S, context=trust)
    else:
        line = http.client.HTTPConnection(host, port, timeout=CONNECT_S)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        try:
            line.connect()
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise NotSent("unreachable", str(error)) from error
        return _ask(line, method, path, headers, body)
    finally:
        line.close()


def _ask(
    line: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
) -> WebAnswer:
    until = monotonic() + WHOLE_S
    if line.sock is not None:
        line.sock.settimeout(REQUEST_S)
    try:
        line.request(method, path, body or None, dict(headers))
        answer = line.getresponse()
        found = bytearray()
        while len(found) < ANSWER_OCTETS_MAX and (piece := answer.read1(8_192)):
            found += piece
            if monotonic() > until:
                raise NotSent("no_answer", "it answers too slowly", is_unsure=True)
        named = {name.lower(): value for name, value in answer.getheaders()}
        return WebAnswer(answer.status, named, bytes(found[:ANSWER_OCTETS_MAX]))
    except TimeoutError as error:
        raise NotSent("no_answer", "nothing came in time", is_unsure=True) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NotSent("broken_off", str(error), is_unsure=True) from error


def pause_of(answer: WebAnswer) -> float | None:
    """How long the server wants to be left alone (RFC 9110, section 10.2.3), seconds."""
    said = answer.headers.get("retry-after", "").strip()
    if not said:
        return None
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def check_status(answer: WebAnswer) -> None:
    """Raise `NotSent` for what is no success: 4xx is ours and lasting, 5xx and 429 will pass.

    401, 403 and 407 are the gateway's set-up: they count against it and are tried elsewhere.
    """
    status = answer.status
    if 200 <= status < 300:
        return
    said = f"HTTP {status} {answer.body[:200].decode('utf-8', 'replace')}"
    if status == 429:
        raise NotSent("throttled", said, pause_s=pause_of(answer) or 5.0)
    if status in (401, 403, 407):
        raise NotSent("not_allowed", said)
    if status >= 500 or status in (408, 425):
        raise NotSent("gateway_failed", said, pause_s=pause_of(answer))
    if status >= 400:
        raise NotSent("refused", said, is_lasting=True)
    raise NotSent("odd_answer", said)
