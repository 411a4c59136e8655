"""RFC 3665's messages, made to name what our stack drew by itself."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

from sip_peer import (
    PEER,
    VECTORS,
    requests,
    tokens,
    vectors,
)

from kentongan.sip.address import Address, Listener, Transport
from kentongan.sip.fields import call_id_of, from_of, to_of
from kentongan.sip.message import Message, Request, Response, encode
from kentongan.sip.parse import parse_message
from kentongan.sip.stack import Stack


def manifest() -> list[dict[str, Any]]:
    path = VECTORS / "sip" / "rfc3665-flows" / "manifest.json"
    return json.loads(path.read_text())["cases"] if path.is_file() else []


CASES = manifest()


def flow_of(section: str) -> dict[str, Message]:
    """Step name to message of one published flow, fragments left out."""
    folder = vectors("sip", "rfc3665-flows")
    return {
        case["step"].split()[0]: parse_message((folder / case["file"]).read_bytes())
        for case in CASES
        if case["section"] == section and not case["fragment"]
    }


def phone(name: str = "us", tag: str = "") -> Stack:
    """A telephone at 192.0.2.101; its first token is `tag`, where the flow depends on it."""
    rest = tokens(name)
    source = chain([tag], iter(rest, "")) if tag else iter(rest, "")
    own = [Listener(t, Address("192.0.2.101", 5060)) for t in Transport]
    return Stack(source.__next__, own, "Phone", session_s=0)


def as_answer_to(request: Message, printed: Message) -> bytes:
    """The printed response, addressed to what our stack has really sent."""
    assert isinstance(printed, Response)
    to = request.headers.find("to") or ""
    tag = to_of(printed).tag
    if tag and not to_of(request).tag:
        to += f";tag={tag}"
    headers = printed.headers.replaced("Via", request.headers.find("via") or "")
    for name, value in (
        ("From", request.headers.find("from") or ""),
        ("To", to),
        ("Call-ID", call_id_of(request)),
        ("CSeq", request.headers.find("cseq") or ""),
    ):
        headers = headers.replaced(name, value)
    return encode(Response(printed.status, printed.reason, headers, printed.body))


def as_request_in(dialog: str, stack: Stack, printed: Message) -> bytes:
    """The printed request of the other side, in the dialog our stack really has."""
    assert isinstance(printed, Request)
    known = stack.dialogs[dialog]
    headers = printed.headers
    for name, value in (
        ("From", known.remote),
        ("To", known.local),
        ("Call-ID", known.call_id),
    ):
        headers = headers.replaced(name, value)
    return encode(Request(printed.method, printed.uri, headers, printed.body))


def place(stack: Stack, printed: Message) -> tuple[str, Request]:
    """The call of a flow, made by us: the key and what was sent."""
    assert isinstance(printed, Request)
    key = stack.invite(printed.uri, printed.body, now=0.0, peer=PEER, from_uri=from_of(printed).uri)
    (request,) = requests(stack)
    assert (request.method, request.uri) == (printed.method, printed.uri)
    assert request.body == printed.body
    return key, request


def plain(request: Request) -> str:
    """The Request-URI without parameters: the RFC prints those in Contacts alone."""
    return request.uri.partition(";")[0]


def is_quiet(stack: Stack) -> bool:
    """Nothing is left: no dialog, no transaction, nothing to send or to wait for."""
    stack.poll(1_000.0)
    stack.drain()
    return not stack.dialogs and stack.next_timer() is None and stack.kept == 0
