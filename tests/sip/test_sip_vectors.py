"""Published messages: RFC 4475's valid ones with their facts, RFC 3665's call flows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sip_peer import VECTORS, receive, stack_at, statuses, vectors

from kentongan.sip import events
from kentongan.sip.errors import ParseError
from kentongan.sip.fields import contact_of, cseq_of, from_of, read_address, read_via, to_of
from kentongan.sip.grammar import find_param
from kentongan.sip.message import Request, encode
from kentongan.sip.parse import parse_message
from kentongan.sip.uri import read_uri


def _cases(folder: str) -> list[dict[str, Any]]:
    manifest = VECTORS / "sip" / folder / "manifest.json"
    return json.loads(manifest.read_text())["cases"] if manifest.is_file() else []


TORTURE = {case["id"]: case for case in _cases("rfc4475-valid")}
FLOWS = {case["file"]: case for case in _cases("rfc3665-flows")}


def _octets(folder: str, name: str) -> bytes:
    return (vectors("sip", folder) / name).read_bytes()


def _fact(message: Any, name: str) -> Any:
    headers = message.headers
    contacts = [read_address(item).uri for item in headers.items("contact")]
    simple = {
        "method": lambda: message.method,
        "request_uri": lambda: message.uri,
        "cseq": lambda: cseq_of(message).number,
        "cseq_method": lambda: cseq_of(message).method,
        "max_forwards": lambda: int(headers.find("max-forwards")),
        "call_id": lambda: headers.find("call-id"),
        "subject": lambda: headers.find("subject"),
        "to_tag": lambda: to_of(message).tag,
        "from_tag": lambda: from_of(message).tag,
        "via_count": lambda: len(headers.items("via")),
        "via_transports": lambda: [read_via(v).transport for v in headers.items("via")],
        "content_length": lambda: len(message.body),
        "contact_count": lambda: len(contacts),
        "contacts": lambda: contacts,
        "route_count": lambda: len(headers.items("route")),
        "request_uri_user_unescaped": lambda: read_uri(message.uri).user,
        "to_user_unescaped": lambda: read_uri(to_of(message).uri).user,
        "from_user_unescaped": lambda: read_uri(from_of(message).uri).user,
        "to_uri": lambda: to_of(message).uri,
        "from_uri": lambda: from_of(message).uri,
        "to_display": lambda: to_of(message).display,
        "from_display": lambda: from_of(message).display,
        "status": lambda: message.status,
        "messages": lambda: 1,
    }
    return simple[name]() if name in simple else None


@pytest.mark.parametrize("name", sorted(TORTURE) or ["absent"])
def test_torture_messages_are_read_as_the_rfc_reads_them(name: str) -> None:
    """Every valid RFC 4475 message is accepted and every stated fact is equal."""
    if name == "absent":
        vectors("sip", "rfc4475-valid")
    case = TORTURE[name]
    message = parse_message(_octets("rfc4475-valid", case["file"]))
    checked = {k: v for k, v in case["facts"].items() if _fact(message, k) is not None}
    assert {k: _fact(message, k) for k in checked} == checked
    assert parse_message(encode(message)) == message


def test_torture_unknown_header_is_kept_as_it_is() -> None:
    """The value that would be invalid in a known header survives untouched."""
    message = parse_message(_octets("rfc4475-valid", "wsinv.dat"))
    assert message.headers.find("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    assert message.headers.find("NewFangledHeader") == "newfangled value continued newfangled value"


def test_torture_escapes_are_resolved_once() -> None:
    """`value%2541` is `value%41`, never `valueA`; an escaped header name is another header."""
    message = parse_message(_octets("rfc4475-valid", "esc01.dat"))
    contact = read_uri(contact_of(message) or "")
    assert find_param(contact.params, "name") == "value%41"
    other = parse_message(_octets("rfc4475-valid", "esc02.dat"))
    assert other.headers.find("C%6Fntact") is not None
    assert len(other.headers.items("contact")) == 2


def test_torture_binary_body_is_whole() -> None:
    """A body with NUL octets is framed by its length."""
    data = _octets("rfc4475-valid", "mpart01.dat")
    message = parse_message(data)
    assert b"\x00" in message.body
    assert data.endswith(message.body)


@pytest.mark.parametrize("name", sorted(TORTURE) or ["absent"])
def test_torture_messages_get_an_answer(name: str) -> None:
    """The stack answers each valid request with what RFC 4475 allows, and drops responses."""
    if name == "absent":
        vectors("sip", "rfc4475-valid")
    case = TORTURE[name]
    stack = stack_at()
    found = receive(stack, _octets("rfc4475-valid", case["file"]))
    answers = statuses(stack)
    if case["kind"] != "request":
        assert answers == []
        return
    method = case["facts"].get("method")
    if 501 in case.get("uas_status_any_of", []):
        assert answers == [501]
    elif method == "INVITE":
        assert isinstance(found[0], events.Invite | events.OtherRequest)
        assert answers in ([100], [481])
    else:
        assert answers == [200 if method == "OPTIONS" else 405]


@pytest.mark.parametrize("name", sorted(FLOWS) or ["absent"])
def test_call_flows_are_fixed_points(name: str) -> None:
    """parse, write, parse gives the same message; a printed fragment is refused as one."""
    if name == "absent":
        vectors("sip", "rfc3665-flows")
    case = FLOWS[name]
    data = _octets("rfc3665-flows", name)
    if case["fragment"]:
        with pytest.raises(ParseError):
            parse_message(data)
        return
    message = parse_message(data)
    assert parse_message(encode(message)) == message
    assert len(message.headers.items("via")) == case["via_count"]
    assert message.headers.find("call-id") == case["call_id"]
    assert message.headers.find("cseq") == case["cseq"]
    assert len(message.body) == (case["content_length_in_file"] or 0)
    assert isinstance(message, Request) == (case["kind"] == "request")


def test_call_flows_never_upset_a_stack() -> None:
    """All published messages, in order, into one stack: only events come out."""
    folder = vectors("sip", "rfc3665-flows")
    stack = stack_at()
    for step, path in enumerate(sorted(folder.glob("*.msg"))):
        receive(stack, path.read_bytes(), step / 10)
    stack.poll(1_000.0)
    assert stack.next_timer() is None or stack.dialogs
