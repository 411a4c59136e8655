"""RFC 3665 replayed: its messages go through transactions and dialogs to the described end.

We take the place of one side; the other side's messages are those printed, made to name what our
stack drew by itself (branch, tags, Call-ID, numbers). What we send is compared with what is printed
in method, status and the fields that tell a story.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

import pytest
from sip_peer import (
    OUR_SDP,
    PEER,
    VECTORS,
    only,
    receive,
    requests,
    sent,
    statuses,
    tokens,
    vectors,
)

from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport
from kentongan.sip.fields import call_id_of, cseq_of, from_of, to_of
from kentongan.sip.message import Message, Request, Response, encode
from kentongan.sip.outside import Outside
from kentongan.sip.parse import parse_message
from kentongan.sip.stack import Stack


def _manifest() -> list[dict[str, Any]]:
    path = VECTORS / "sip" / "rfc3665-flows" / "manifest.json"
    return json.loads(path.read_text())["cases"] if path.is_file() else []


CASES = _manifest()


def _flow(section: str) -> dict[str, Message]:
    """Step name to message of one published flow, fragments left out."""
    folder = vectors("sip", "rfc3665-flows")
    return {
        case["step"].split()[0]: parse_message((folder / case["file"]).read_bytes())
        for case in CASES
        if case["section"] == section and not case["fragment"]
    }


def _stack(name: str = "us", tag: str = "") -> Stack:
    """A telephone at 192.0.2.101; its first token is `tag`, where the flow depends on it."""
    rest = tokens(name)
    source = chain([tag], iter(rest, "")) if tag else iter(rest, "")
    own = [Listener(t, Address("192.0.2.101", 5060)) for t in Transport]
    return Stack(source.__next__, own, "Phone", session_s=0)


def _as_answer_to(request: Message, printed: Message) -> bytes:
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


def _as_request_in(dialog: str, stack: Stack, printed: Message) -> bytes:
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


def _place(stack: Stack, printed: Message) -> tuple[str, Request]:
    """The call of a flow, made by us: the key and what was sent."""
    assert isinstance(printed, Request)
    key = stack.invite(printed.uri, printed.body, now=0.0, peer=PEER, from_uri=from_of(printed).uri)
    (request,) = requests(stack)
    assert (request.method, request.uri) == (printed.method, printed.uri)
    assert request.body == printed.body
    return key, request


def _plain(request: Request) -> str:
    """The Request-URI without parameters: the RFC prints those in Contacts alone."""
    return request.uri.partition(";")[0]


def _is_quiet(stack: Stack) -> bool:
    """Nothing is left: no dialog, no transaction, nothing to send or to wait for."""
    stack.poll(1_000.0)
    stack.drain()
    return not stack.dialogs and stack.next_timer() is None and stack.kept == 0


@pytest.mark.parametrize("section", ["2.1", "2.5"])
def test_registrations_with_a_challenge(section: str) -> None:
    """2.1 ends registered, 2.5 refused again: what the registrar said reaches the switch."""
    flow = _flow(section)
    stack = _stack()
    printed = flow["F1"]
    assert isinstance(printed, Request)
    contact = printed.headers.find("contact") or ""
    key = stack.send(
        Outside(
            method="REGISTER",
            target=printed.uri,
            from_uri=from_of(printed).uri,
            to_uri=to_of(printed).uri,
            headers=(("Contact", contact),),
        ),
        now=0.0,
        peer=PEER,
        transport=Transport.TLS,
    )
    (request,) = requests(stack)
    for name in ("to", "contact"):
        assert request.headers.find(name)
    event = only(receive(stack, _as_answer_to(request, flow["F2"]), 0.1), events.Response)
    assert (event.call, event.status) == (key, 401)
    assert "Digest" in event.challenges[0]
    proof = flow["F3"].headers.find("authorization") or ""
    assert stack.retry_with(event.request, (("Authorization", proof),), now=0.2)
    (again,) = requests(stack)
    assert again.headers.find("authorization") == proof
    assert cseq_of(again).number == cseq_of(request).number + 1
    last = only(receive(stack, _as_answer_to(again, flow["F4"]), 0.3), events.Response)
    assert (last.call, last.status) == (key, 200 if section == "2.1" else 401)
    assert last.is_ended
    assert _is_quiet(stack)


@pytest.mark.parametrize("section", ["2.2", "2.3", "2.4"])
def test_registrations_that_update_query_or_cancel(section: str) -> None:
    """One request, one 200; its Contacts are in the raw answer."""
    flow = _flow(section)
    stack = _stack()
    printed = flow["F1"]
    assert isinstance(printed, Request)
    key = stack.send(Outside(method="REGISTER", target=printed.uri), now=0.0, peer=PEER)
    (request,) = requests(stack)
    event = only(receive(stack, _as_answer_to(request, flow["F2"]), 0.1), events.Response)
    assert (event.call, event.status, event.is_ended) == (key, 200, True)
    answered = parse_message(event.raw)
    assert answered.headers.list("contact") == flow["F2"].headers.list("contact")
    assert _is_quiet(stack)


CALLED = {
    # section: INVITE at Bob, 180, 200, ACK at Bob, BYE (whose), its 200
    "3.1": ("F1", "F2", "F3", "F4", "F5", "F6"),
    "3.2": ("F7", "F9", "F12", "F17", "F18", "F23"),
    "3.3": ("F15", "", "F16", "F21", "", ""),
    "3.4": ("F12", "F14", "F16", "F19", "F20", "F23"),
    "3.5": ("F4", "F6", "F9", "F13", "F15", "F16"),
    "3.6": ("F5", "F7", "F9", "F12", "F13", "F16"),
    "3.7": ("F2", "F4", "F6", "F8", "F12", "F13"),
}


@pytest.mark.parametrize("section", sorted(CALLED))
def test_sessions_as_the_called_side(section: str) -> None:
    """Bob rings, answers, is acknowledged; whoever hangs up, the session ends for both."""
    flow = _flow(section)
    invite, ringing, ok, ack, bye, bye_ok = CALLED[section]
    stack = _stack(tag=to_of(flow[ok]).tag)
    call = only(receive(stack, encode(flow[invite])), events.Invite)
    if ringing:
        stack.respond(call.request, 180, now=1.0)
    stack.respond(call.request, 200, body=flow[ok].body, now=2.0)
    ours = sent(stack)
    names = [ringing, ok] if ringing else [ok]
    for message, name in zip(ours[1:], names, strict=True):
        for field in ("from", "to", "call-id", "cseq", "record-route"):
            assert message.headers.list(field) == flow[name].headers.list(field), (name, field)
        assert len(message.headers.items("via")) == len(flow[name].headers.items("via"))
    assert only(receive(stack, encode(flow[ack]), 2.1), events.Ack).dialog == call.dialog
    if not bye:
        assert call.dialog in stack.dialogs
        return
    if from_of(flow[bye]).tag == to_of(flow[ok]).tag:
        assert stack.bye(call.dialog, now=9.0)
        (hung_up,) = requests(stack)
        printed = flow[bye]
        assert isinstance(printed, Request)
        assert _plain(hung_up) == _plain(printed)
        assert hung_up.headers.items("route") == printed.headers.items("route")
        assert only(
            receive(stack, _as_answer_to(hung_up, flow[bye_ok]), 9.1), events.Response
        ).is_ended
    else:
        event = only(receive(stack, encode(flow[bye]), 9.0), events.Bye)
        assert event.dialog == call.dialog
        assert statuses(stack) == [200]
    assert _is_quiet(stack)


CALLING = {
    # section: INVITE of Alice, refusals to overcome, 180 to Alice, 200 to Alice, ACK, BYE, its 200
    "3.1": ("F1", (), "F2", "F3", "F4", "F5", "F6"),
    "3.2": ("F1", (("F2", "F4"),), "F11", "F14", "F15", "F20", "F21"),
    "3.3": ("F1", (("F2", "F4"), ("F9", "F11")), "", "F18", "F19", "", ""),
    "3.4": ("F8", (("F9", "F11"),), "F15", "F17", "F18", "F21", "F22"),
    "3.5": ("F1", (), "F8", "F11", "F12", "F14", "F17"),
    "3.6": ("F1", (("F2", "F4"),), "F8", "F10", "F11", "F14", "F15"),
    "3.7": ("F1", (), "F5", "F7", "F8", "F12", "F13"),
}


def _overcome(stack: Stack, event: events.Response, answer: Message) -> None:
    """Credentials as printed; a redirection was followed by the stack itself."""
    if event.status == 407:
        proofs = answer.headers.list("proxy-authorization")
        fields = tuple(("Proxy-Authorization", proof) for proof in proofs)
        assert stack.retry_with(event.request, fields, now=0.2)


@pytest.mark.parametrize("section", sorted(CALLING))
def test_sessions_as_the_calling_side(section: str) -> None:
    """Alice calls, proves who she is or follows, is answered, acknowledges; the session ends."""
    flow = _flow(section)
    invite, refusals, ringing, ok, ack, bye, bye_ok = CALLING[section]
    stack = _stack()
    printed = flow[invite]
    assert isinstance(printed, Request)
    key = stack.invite(
        printed.uri,
        printed.body,
        now=0.0,
        peer=PEER,
        from_uri=from_of(printed).uri,
        redirects=1,
    )
    (request,) = requests(stack)
    for refusal, again in refusals:
        event = only(receive(stack, _as_answer_to(request, flow[refusal]), 0.1), events.Response)
        assert event.call == key
        _overcome(stack, event, flow[again])
        acknowledged, request = requests(stack)
        assert acknowledged.method == "ACK"
        wanted = flow[again]
        assert isinstance(wanted, Request)
        assert _plain(request) == _plain(wanted)
        ours = request.headers.list("proxy-authorization")
        assert ours == wanted.headers.list("proxy-authorization")
    if ringing:
        event = only(receive(stack, _as_answer_to(request, flow[ringing]), 1.0), events.Response)
        assert (event.call, event.status) == (key, 180)
    event = only(receive(stack, _as_answer_to(request, flow[ok]), 2.0), events.Response)
    assert (event.call, event.status, event.is_ended) == (key, 200, False)
    (acknowledged,) = requests(stack)
    wanted = flow[ack]
    assert isinstance(wanted, Request)
    assert _plain(acknowledged) == _plain(wanted)
    assert acknowledged.headers.items("route") == wanted.headers.items("route")
    if not bye:
        assert event.dialog in stack.dialogs
        return
    if from_of(flow[bye]).tag == from_of(printed).tag:
        assert stack.bye(event.dialog, now=9.0)
        (hung_up,) = requests(stack)
        answer = _as_answer_to(hung_up, flow[bye_ok])
        assert only(receive(stack, answer, 9.1), events.Response).is_ended
    else:
        data = _as_request_in(event.dialog, stack, flow[bye])
        assert only(receive(stack, data, 9.0), events.Bye).dialog == event.dialog
        assert statuses(stack) == [200]
    assert _is_quiet(stack)


def test_a_new_address_in_the_middle_of_a_session() -> None:
    """3.7: Bob's re-INVITE with another address, answered, acknowledged; Alice hangs up there."""
    flow = _flow("3.7")
    stack = _stack()
    _, request = _place(stack, flow["F1"])
    event = only(receive(stack, _as_answer_to(request, flow["F7"]), 2.0), events.Response)
    stack.drain()
    data = _as_request_in(event.dialog, stack, flow["F9"])
    again = only(receive(stack, data, 5.0), events.Reinvite)
    assert again.sdp == flow["F9"].body
    stack.respond(again.request, 200, body=flow["F10"].body, now=5.1)
    stack.drain()
    ack = _as_request_in(event.dialog, stack, flow["F11"])
    only(receive(stack, ack, 5.2), events.Ack)
    assert stack.bye(event.dialog, now=9.0)
    (bye,) = requests(stack)
    printed = flow["F12"]
    assert isinstance(printed, Request)
    assert _plain(bye) == _plain(printed)


def test_a_call_that_is_given_up() -> None:
    """3.8 as Alice: CANCEL after the 180, 200, 487, ACK; nothing is left."""
    flow = _flow("3.8")
    stack = _stack()
    key, request = _place(stack, flow["F1"])
    receive(stack, _as_answer_to(request, flow["F3"]), 0.1)
    only(receive(stack, _as_answer_to(request, flow["F8"]), 1.0), events.Response)
    assert stack.cancel(key, now=5.0)
    (cancel,) = requests(stack)
    printed = flow["F9"]
    assert isinstance(printed, Request)
    assert (cancel.method, cancel.uri) == (printed.method, printed.uri)
    assert receive(stack, _as_answer_to(cancel, flow["F10"]), 5.1) == []
    event = only(receive(stack, _as_answer_to(request, flow["F19"]), 5.2), events.Response)
    assert (event.call, event.status, event.is_ended) == (key, 487, True)
    (ack,) = requests(stack)
    assert ack.uri == request.uri
    assert _is_quiet(stack)


@pytest.mark.parametrize(
    ("section", "trying", "refusal", "status"),
    [("3.10", "F3", "F14", 480), ("3.11", "F3", "F13", 480)],
)
def test_calls_that_fail_as_the_calling_side(
    section: str, trying: str, refusal: str, status: int
) -> None:
    """No answer, nobody there: the status is told, the ACK is hop by hop, nothing is left."""
    flow = _flow(section)
    stack = _stack()
    key, request = _place(stack, flow["F1"])
    assert receive(stack, _as_answer_to(request, flow[trying]), 0.1) == []
    event = only(receive(stack, _as_answer_to(request, flow[refusal]), 32.0), events.Response)
    assert (event.call, event.status, event.is_ended) == (key, status, True)
    assert statuses(stack) == ["ACK"]
    assert _is_quiet(stack)


def test_a_busy_telephone_as_the_called_side() -> None:
    """3.9: 486, repeated until the ACK that names its INVITE by the branch."""
    flow = _flow("3.9")
    stack = _stack()
    call = only(receive(stack, encode(flow["F4"])), events.Invite)
    stack.respond(call.request, 486, now=0.1)
    stack.poll(0.6)
    assert statuses(stack) == [100, 486, 486]
    assert receive(stack, encode(flow["F7"]), 0.7) == []
    stack.poll(5.0)
    assert stack.out == []
    assert _is_quiet(stack)


def test_a_telephone_that_is_not_answered_as_the_called_side() -> None:
    """3.11: it rings, then 480, and the ACK ends it."""
    flow = _flow("3.11")
    stack = _stack()
    call = only(receive(stack, encode(flow["F4"])), events.Invite)
    stack.respond(call.request, 180, now=0.1)
    stack.respond(call.request, 480, now=30.0)
    assert statuses(stack) == [100, 180, 480]
    assert receive(stack, encode(flow["F10"]), 30.1) == []
    stack.poll(32.0)
    assert stack.out == []
    assert _is_quiet(stack)


def test_a_flow_with_reliable_ringing_over_all_that() -> None:
    """3.1 with a caller that wants 100rel: the same story with a PRACK in it."""
    flow = _flow("3.1")
    stack = _stack()
    printed = flow["F1"]
    assert isinstance(printed, Request)
    headers = printed.headers.added(("Supported", "100rel"))
    call = only(
        receive(stack, encode(Request(printed.method, printed.uri, headers, printed.body))),
        events.Invite,
    )
    stack.respond(call.request, 180, now=1.0)
    ringing = sent(stack)[-1]
    rack = f"{ringing.headers.find('rseq')} {ringing.headers.find('cseq')}"
    via = (printed.headers.find("via") or "").replace("branch=", "branch=z9hG4bKprack")
    prack = Request(
        "PRACK",
        printed.uri,
        printed.headers.replaced("Via", via)
        .replaced("To", ringing.headers.find("to") or "")
        .replaced("CSeq", "2 PRACK")
        .added(("RAck", rack)),
    )
    only(receive(stack, encode(prack), 1.1), events.Prack)
    stack.respond(call.request, 200, body=OUR_SDP, now=2.0)
    assert statuses(stack) == [200, 200]
