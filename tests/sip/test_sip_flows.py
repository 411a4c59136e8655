"""RFC 3665 replayed: its messages go through transactions and dialogs to the described end.

We take the place of one side; the other side's messages are those printed, made to name what our
stack drew by itself (branch, tags, Call-ID, numbers). What we send is compared with what is printed
in method, status and the fields that tell a story.
"""

from __future__ import annotations

import pytest
from sip_flows import as_answer_to, as_request_in, flow_of, is_quiet, phone, place, plain
from sip_peer import (
    OUR_SDP,
    PEER,
    only,
    receive,
    requests,
    sent,
    statuses,
)

from kentongan.sip import events
from kentongan.sip.address import Transport
from kentongan.sip.fields import cseq_of, from_of, to_of
from kentongan.sip.message import Message, Request, encode
from kentongan.sip.outside import Outside
from kentongan.sip.parse import parse_message
from kentongan.sip.stack import Stack


@pytest.mark.parametrize("section", ["2.1", "2.5"])
def test_registrations_with_a_challenge(section: str) -> None:
    """2.1 ends registered, 2.5 refused again: what the registrar said reaches the switch."""
    flow = flow_of(section)
    stack = phone()
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
    event = only(receive(stack, as_answer_to(request, flow["F2"]), 0.1), events.Response)
    assert (event.call, event.status) == (key, 401)
    assert "Digest" in event.challenges[0]
    proof = flow["F3"].headers.find("authorization") or ""
    assert stack.retry_with(event.request, (("Authorization", proof),), now=0.2)
    (again,) = requests(stack)
    assert again.headers.find("authorization") == proof
    assert cseq_of(again).number == cseq_of(request).number + 1
    last = only(receive(stack, as_answer_to(again, flow["F4"]), 0.3), events.Response)
    assert (last.call, last.status) == (key, 200 if section == "2.1" else 401)
    assert last.is_ended
    assert is_quiet(stack)


@pytest.mark.parametrize("section", ["2.2", "2.3", "2.4"])
def test_registrations_that_update_query_or_cancel(section: str) -> None:
    """One request, one 200; its Contacts are in the raw answer."""
    flow = flow_of(section)
    stack = phone()
    printed = flow["F1"]
    assert isinstance(printed, Request)
    key = stack.send(Outside(method="REGISTER", target=printed.uri), now=0.0, peer=PEER)
    (request,) = requests(stack)
    event = only(receive(stack, as_answer_to(request, flow["F2"]), 0.1), events.Response)
    assert (event.call, event.status, event.is_ended) == (key, 200, True)
    answered = parse_message(event.raw)
    assert answered.headers.list("contact") == flow["F2"].headers.list("contact")
    assert is_quiet(stack)


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
    flow = flow_of(section)
    invite, ringing, ok, ack, bye, bye_ok = CALLED[section]
    stack = phone(tag=to_of(flow[ok]).tag)
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
        assert plain(hung_up) == plain(printed)
        assert hung_up.headers.items("route") == printed.headers.items("route")
        assert only(
            receive(stack, as_answer_to(hung_up, flow[bye_ok]), 9.1), events.Response
        ).is_ended
    else:
        event = only(receive(stack, encode(flow[bye]), 9.0), events.Bye)
        assert event.dialog == call.dialog
        assert statuses(stack) == [200]
    assert is_quiet(stack)


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
    flow = flow_of(section)
    invite, refusals, ringing, ok, ack, bye, bye_ok = CALLING[section]
    stack = phone()
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
        event = only(receive(stack, as_answer_to(request, flow[refusal]), 0.1), events.Response)
        assert event.call == key
        _overcome(stack, event, flow[again])
        acknowledged, request = requests(stack)
        assert acknowledged.method == "ACK"
        wanted = flow[again]
        assert isinstance(wanted, Request)
        assert plain(request) == plain(wanted)
        ours = request.headers.list("proxy-authorization")
        assert ours == wanted.headers.list("proxy-authorization")
    if ringing:
        event = only(receive(stack, as_answer_to(request, flow[ringing]), 1.0), events.Response)
        assert (event.call, event.status) == (key, 180)
    event = only(receive(stack, as_answer_to(request, flow[ok]), 2.0), events.Response)
    assert (event.call, event.status, event.is_ended) == (key, 200, False)
    (acknowledged,) = requests(stack)
    wanted = flow[ack]
    assert isinstance(wanted, Request)
    assert plain(acknowledged) == plain(wanted)
    assert acknowledged.headers.items("route") == wanted.headers.items("route")
    if not bye:
        assert event.dialog in stack.dialogs
        return
    if from_of(flow[bye]).tag == from_of(printed).tag:
        assert stack.bye(event.dialog, now=9.0)
        (hung_up,) = requests(stack)
        answer = as_answer_to(hung_up, flow[bye_ok])
        assert only(receive(stack, answer, 9.1), events.Response).is_ended
    else:
        data = as_request_in(event.dialog, stack, flow[bye])
        assert only(receive(stack, data, 9.0), events.Bye).dialog == event.dialog
        assert statuses(stack) == [200]
    assert is_quiet(stack)


def test_a_new_address_in_the_middle_of_a_session() -> None:
    """3.7: Bob's re-INVITE with another address, answered, acknowledged; Alice hangs up there."""
    flow = flow_of("3.7")
    stack = phone()
    _, request = place(stack, flow["F1"])
    event = only(receive(stack, as_answer_to(request, flow["F7"]), 2.0), events.Response)
    stack.drain()
    data = as_request_in(event.dialog, stack, flow["F9"])
    again = only(receive(stack, data, 5.0), events.Reinvite)
    assert again.sdp == flow["F9"].body
    stack.respond(again.request, 200, body=flow["F10"].body, now=5.1)
    stack.drain()
    ack = as_request_in(event.dialog, stack, flow["F11"])
    only(receive(stack, ack, 5.2), events.Ack)
    assert stack.bye(event.dialog, now=9.0)
    (bye,) = requests(stack)
    printed = flow["F12"]
    assert isinstance(printed, Request)
    assert plain(bye) == plain(printed)


def test_a_flow_with_reliable_ringing_over_all_that() -> None:
    """3.1 with a caller that wants 100rel: the same story with a PRACK in it."""
    flow = flow_of("3.1")
    stack = phone()
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
