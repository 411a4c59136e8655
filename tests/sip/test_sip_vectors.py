"""Published messages: RFC 4475's valid ones with their facts, RFC 3665's call flows."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

import pytest
from sip_peer import (
    VECTORS,
    answer_of,
    only,
    receive,
    sent,
    stack_at,
    statuses,
    tokens,
    vectors,
)

from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport
from kentongan.sip.check import check
from kentongan.sip.errors import ParseError
from kentongan.sip.fields import contact_of, cseq_of, from_of, read_address, read_via, to_of
from kentongan.sip.grammar import find_param
from kentongan.sip.message import Request, Response, encode
from kentongan.sip.parse import parse_message
from kentongan.sip.stack import Stack
from kentongan.sip.uri import read_uri


def _cases(folder: str) -> list[dict[str, Any]]:
    manifest = VECTORS / "sip" / folder / "manifest.json"
    return json.loads(manifest.read_text())["cases"] if manifest.is_file() else []


TORTURE = {case["id"]: case for case in _cases("rfc4475-valid")}
FLOWS = {case["file"]: case for case in _cases("rfc3665-flows")}


def _octets(folder: str, name: str) -> bytes:
    return (vectors("sip", folder) / name).read_bytes()


IN_WORDS = frozenset({"must", "must_not", "note"})
ELSEWHERE = IN_WORDS | {
    "contact_uri_param", "reason_utf8", "unknown_header", "unknown_header_name",
}  # fmt: skip
"""What a manifest says in words or beside the others' form; the tests after this one look at it."""


def _facts(message: Any) -> dict[str, Any]:
    """Ways to each fact a manifest may state, by its name there."""
    headers = message.headers
    contacts = [read_address(item).uri for item in headers.items("contact")]
    return {
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
        "reason": lambda: message.reason,
        "messages": lambda: 1,
    }


@pytest.mark.parametrize("name", sorted(TORTURE) or ["absent"])
def test_torture_messages_are_read_as_the_rfc_reads_them(name: str) -> None:
    """Every valid RFC 4475 message is accepted and every stated fact is equal."""
    if name == "absent":
        vectors("sip", "rfc4475-valid")
    case = TORTURE[name]
    message = parse_message(_octets("rfc4475-valid", case["file"]))
    stated = {name: fact for name, fact in case["facts"].items() if name not in ELSEWHERE}
    facts = _facts(message)
    assert {name: facts[name]() for name in stated} == stated
    assert parse_message(encode(message)) == message


def test_torture_unknown_header_is_kept_as_it_is() -> None:
    """The value that would be invalid in a known header survives untouched."""
    message = parse_message(_octets("rfc4475-valid", "wsinv.dat"))
    assert message.headers.find("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    assert message.headers.find("NewFangledHeader") == "newfangled value continued newfangled value"


@pytest.mark.parametrize("name", sorted(TORTURE) or ["absent"])
def test_torture_facts_are_those_of_the_check(name: str) -> None:
    """What `kentongan sip check` says of a message has every fact that the manifest states. Of
    unknown headers the manifest states those that the RFC speaks of; the check lists all.
    """
    if name == "absent":
        vectors("sip", "rfc4475-valid")
    case = TORTURE[name]
    stated = {key: fact for key, fact in case["facts"].items() if key not in IN_WORDS}
    found = check(_octets("rfc4475-valid", case["file"])).facts
    unknown = stated.pop("unknown_header", {})
    assert {key: found.get(key) for key in stated} == stated
    listed = found.get("unknown_header") or {}
    assert isinstance(listed, dict)
    assert unknown.items() <= listed.items()


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
        assert answers == [{"OPTIONS": 200, "MESSAGE": 403}.get(method, 405)]


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


BOB = Address("192.0.2.201", 5060)


def _flow(section: str) -> dict[str, bytes]:
    """Step name (F1, F2 ...) to octets of one published flow."""
    cases = [case for case in FLOWS.values() if case["section"] == section]
    return {case["step"].split()[0]: _octets("rfc3665-flows", case["file"]) for case in cases}


def _bob(answer: bytes) -> Stack:
    """A stack in the place of the called side, with the tag the RFC gave it."""
    tag = to_of(parse_message(answer)).tag
    rest = tokens("bob")
    return Stack(chain([tag], iter(rest, "")).__next__, [Listener(Transport.UDP, BOB)], "Bob")


def test_flow_of_a_session_between_two_phones() -> None:
    """RFC 3665 section 3.1, we are Bob: rings, answers, is acknowledged, hangs up."""
    vectors("sip", "rfc3665-flows")
    flow = _flow("3.1")
    stack = _bob(flow["F2"])
    call = only(receive(stack, flow["F1"]), events.Invite)
    stack.respond(call.request, 180, now=1.0)
    stack.respond(call.request, 200, body=parse_message(flow["F3"]).body, now=2.0)
    trying, ringing, ok = sent(stack)
    assert isinstance(trying, Response)
    for ours, name in ((ringing, "F2"), (ok, "F3")):
        printed = parse_message(flow[name])
        assert isinstance(ours, Response)
        assert isinstance(printed, Response)
        assert ours.status == printed.status
        for field in ("from", "to", "call-id", "cseq"):
            assert ours.headers.find(field) == printed.headers.find(field)
    assert only(receive(stack, flow["F4"], 2.1), events.Ack).dialog == call.dialog
    assert stack.bye(call.dialog, now=9.0)
    (bye,) = sent(stack)
    printed = parse_message(flow["F5"])
    assert isinstance(bye, Request)
    assert isinstance(printed, Request)
    assert bye.uri == contact_of(parse_message(flow["F1"]))
    for field in ("from", "to", "call-id"):
        assert bye.headers.find(field) == printed.headers.find(field)
    assert only(receive(stack, answer_of(bye, 200), 9.1), events.Response).is_ended
    assert stack.dialogs == {}


def test_flow_of_a_call_that_is_cancelled_behind_two_proxies() -> None:
    """RFC 3665 section 3.8, we are Bob: CANCEL finds the INVITE, 200 and 487, ACK absorbed."""
    vectors("sip", "rfc3665-flows")
    flow = _flow("3.8")
    stack = _bob(flow["F6"])
    call = only(receive(stack, flow["F4"]), events.Invite)
    stack.respond(call.request, 180, now=1.0)
    stack.drain()
    assert only(receive(stack, flow["F13"], 5.0), events.Cancel).dialog == call.dialog
    ok, ended = sent(stack)
    assert isinstance(ok, Response)
    assert isinstance(ended, Response)
    assert (ok.status, ended.status) == (200, 487)
    assert len(ended.headers.items("via")) == len(parse_message(flow["F15"]).headers.items("via"))
    assert receive(stack, flow["F16"], 5.1) == []
    assert stack.poll(100.0) == []
    assert (stack.out, stack.dialogs) == ([], {})


def test_flow_of_a_session_hung_up_by_the_caller() -> None:
    """RFC 3665 section 3.7, we are Bob behind a proxy: ACK and BYE come along the route set."""
    vectors("sip", "rfc3665-flows")
    flow = _flow("3.7")
    stack = _bob(flow["F4"])
    call = only(receive(stack, flow["F2"]), events.Invite)
    stack.respond(call.request, 200, body=parse_message(flow["F6"]).body, now=2.0)
    only(receive(stack, flow["F8"], 2.1), events.Ack)
    stack.drain()
    assert only(receive(stack, flow["F12"], 8.0), events.Bye).dialog == call.dialog
    assert statuses(stack) == [200]
    assert stack.dialogs == {}
