"""A trunk calls us: every rule of the called side, told as messages in and messages out."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from sip_peer import (
    OUR_SDP,
    PEER,
    SDP,
    follow_up,
    invite,
    only,
    receive,
    sent,
    stack_at,
    statuses,
    to_header,
)

from kentongan.sip import events
from kentongan.sip.message import Response
from kentongan.sip.stack import Stack


def _ring(stack: Stack, **more: Any) -> events.Invite:
    call = only(receive(stack, invite(**more)), events.Invite)
    assert statuses(stack) == [100]
    return call


NAME = "sip:budi@10.0.0.1"


def _answered(stack: Stack, *, acknowledged: bool = True) -> tuple[events.Invite, str]:
    """A call answered at 1.0; its event and the To header of the dialog."""
    call = _ring(stack)
    assert stack.respond(call.request, 200, body=OUR_SDP, now=1.0)
    (ok,) = sent(stack)
    to = to_header(ok)
    if acknowledged:
        only(receive(stack, follow_up("ACK", to=to, cseq=1), 1.1), events.Ack)
    return call, to


def test_a_call_is_told_with_who_where_and_what() -> None:
    """The event carries line, numbers, identity, privacy, SDP and the raw message."""
    extra = (
        'P-Asserted-Identity: "Budi" <tel:+62-811-1>, <sip:+628111@op.id>\r\nPrivacy: id\r\n'
        "Supported: 100rel, timer\r\n"
    )
    data = invite(uri="sip:110@10.0.0.1;user=phone", extra=extra)
    call = only(receive(stack_at(), data), events.Invite)
    assert (call.line, call.caller, call.is_emergency) == ("110", "+6281234567", True)
    assert (call.asserted, call.asserted_number) == ("tel:+62-811-1", "+628111")
    assert call.is_anonymous
    assert call.sdp == SDP
    assert call.supported == ("100rel", "timer")
    assert call.source == PEER
    assert call.raw.startswith(b"INVITE sip:110@10.0.0.1;user=phone SIP/2.0\r\n")


def test_an_emergency_urn_has_no_line() -> None:
    """`urn:service:sos` rings, and an anonymous caller has no number."""
    data = invite(uri="urn:service:sos.fire", sender="<sip:anonymous@anonymous.invalid>;tag=x")
    call = only(receive(stack_at(), data), events.Invite)
    assert (call.line, call.caller, call.is_emergency, call.is_anonymous) == ("", "", True, True)
    assert call.request_uri == "urn:service:sos.fire"


def test_ringing_then_answer_then_ack() -> None:
    """100 at once, 180 and 200 with our tag and Contact, 200 again until the ACK, then quiet."""
    stack = stack_at()
    call = _ring(stack)
    assert stack.respond(call.dialog, 180, now=0.5)
    ringing = sent(stack)[0]
    assert stack.respond(call.request, 200, body=OUR_SDP, now=1.0)
    ok = sent(stack)[0]
    assert isinstance(ok, Response)
    assert to_header(ringing) == to_header(ok)
    assert ok.headers.find("contact") == "<sip:112@10.0.0.1:5060>"
    assert ok.headers.find("content-type") == "application/sdp"
    assert ok.body == OUR_SDP
    assert stack.next_timer() == 1.5
    assert stack.poll(2.5) == []
    assert statuses(stack) == [200]
    assert receive(stack, invite(), 2.6) == []
    assert statuses(stack) == [200]
    ack = follow_up("ACK", to=to_header(ok), cseq=1)
    assert only(receive(stack, ack, 2.7), events.Ack).dialog == call.dialog
    assert receive(stack, ack, 2.8) == []
    assert stack.poll(500.0) == []
    assert stack.out == []
    assert stack.next_timer() is None


def test_a_second_answer_is_refused() -> None:
    """Two operators answer: the first one has the call."""
    stack = stack_at()
    call, _ = _answered(stack)
    assert not stack.respond(call.request, 200, body=OUR_SDP, now=2.0)
    assert not stack.respond("nothing", 200, now=2.0)
    assert stack.out == []


def test_an_answer_nobody_acknowledges_times_out() -> None:
    """After 32 s a Timeout; the switch hangs up, and the BYE goes out."""
    stack = stack_at()
    call, _ = _answered(stack, acknowledged=False)
    found = stack.poll(33.0)
    timeout = only(found, events.Timeout)
    assert (timeout.dialog, timeout.method, timeout.is_ended) == (call.dialog, "ACK", False)
    stack.drain()
    assert stack.bye(call.dialog, now=33.0)
    assert statuses(stack) == ["BYE"]


def test_hanging_up_before_the_ack_waits_for_it() -> None:
    """Section 15: no BYE from the called side before the ACK."""
    stack = stack_at()
    call, to = _answered(stack, acknowledged=False)
    assert stack.bye(call.dialog, now=1.05)
    assert stack.out == []
    only(receive(stack, follow_up("ACK", to=to, cseq=1), 1.1), events.Ack)
    assert statuses(stack) == ["BYE"]
    assert not stack.bye(call.dialog, now=1.2)


def test_cancel_ends_a_ringing_call() -> None:
    """200 to the CANCEL, 487 to the INVITE, one event; the ACK is absorbed."""
    stack = stack_at()
    call = _ring(stack)
    cancel = follow_up(
        "CANCEL",
        to="<sip:112@10.0.0.1>",
        cseq=1,
        branch="z9hG4bKone",
        extra="Reason: SIP;cause=200\r\n",
    )
    event = only(receive(stack, cancel, 3.0), events.Cancel)
    assert (event.dialog, event.is_initial, event.reason) == (call.dialog, True, "SIP;cause=200")
    ok, ended = sent(stack)
    assert isinstance(ok, Response)
    assert isinstance(ended, Response)
    assert (ok.status, ended.status) == (200, 487)
    assert stack.dialogs == {}
    assert receive(stack, cancel, 3.1) == []
    assert statuses(stack) == [200]
    ack = follow_up("ACK", to=to_header(ended), cseq=1, branch="z9hG4bKone")
    assert receive(stack, ack, 3.2) == []
    assert stack.poll(100.0) == []
    assert stack.out == []


def test_cancel_after_the_answer_changes_nothing() -> None:
    """200 to the CANCEL, the call goes on."""
    stack = stack_at()
    call, _ = _answered(stack)
    cancel = follow_up("CANCEL", to="<sip:112@10.0.0.1>", cseq=1, branch="z9hG4bKone")
    assert receive(stack, cancel, 2.0) == []
    assert statuses(stack) == [200]
    assert call.dialog in stack.dialogs


def test_cancel_of_nothing_is_481() -> None:
    """No such INVITE; the answer needs no memory."""
    stack = stack_at()
    cancel = follow_up("CANCEL", to="<sip:112@10.0.0.1>", cseq=1, branch="z9hG4bKnone")
    assert only(receive(stack, cancel), events.OtherRequest).answered == 481
    assert statuses(stack) == [481]
    assert stack.next_timer() is None


def test_bye_ends_the_dialog_and_its_repeat_gets_200_again() -> None:
    """A lost 200 must not turn into 481."""
    stack = stack_at()
    call, to = _answered(stack)
    bye = follow_up("BYE", to=to, extra="Reason: Q.850;cause=16\r\n")
    event = only(receive(stack, bye, 5.0), events.Bye)
    assert (event.dialog, event.reason) == (call.dialog, "Q.850;cause=16")
    assert statuses(stack) == [200]
    assert receive(stack, bye, 6.0) == []
    assert statuses(stack) == [200]
    assert stack.dialogs == {}


def test_bye_of_an_unanswered_call_ends_the_invite_too() -> None:
    """Section 15.1.2: the waiting INVITE gets 487."""
    stack = stack_at()
    call = _ring(stack)
    stack.respond(call.request, 180, now=0.1)
    to = to_header(sent(stack)[0])
    only(receive(stack, follow_up("BYE", to=to), 1.0), events.Bye)
    assert statuses(stack) == [200, 487]


def test_bye_before_the_ack_stops_the_repeats_of_the_answer() -> None:
    """The ACK was lost and the caller is gone: nothing more is sent."""
    stack = stack_at()
    _, to = _answered(stack, acknowledged=False)
    only(receive(stack, follow_up("BYE", to=to), 1.2), events.Bye)
    stack.drain()
    assert stack.poll(100.0) == []
    assert stack.out == []


def test_requests_outside_any_dialog_get_481() -> None:
    """BYE, INFO, a re-INVITE and all that belongs to a call, of a call we do not know."""
    for method in ("BYE", "INFO", "INVITE", "PRACK", "UPDATE", "REFER", "NOTIFY", "MESSAGE"):
        stack = stack_at()
        data = follow_up(method, to="<sip:112@10.0.0.1>;tag=unknown")
        assert only(receive(stack, data), events.OtherRequest).answered == 481
        assert statuses(stack) == [481]


def test_a_lower_sequence_number_gets_500() -> None:
    """Section 12.2.2."""
    stack = stack_at()
    _, to = _answered(stack)
    receive(stack, follow_up("INFO", to=to, cseq=9, branch="z9hG4bKi"), 2.0)
    assert statuses(stack) == [200]
    data = follow_up("BYE", to=to, cseq=5, branch="z9hG4bKb")
    assert only(receive(stack, data, 3.0), events.OtherRequest).answered == 500
    assert statuses(stack) == [500]


def test_unknown_require_names_just_what_is_unknown() -> None:
    """420 with Unsupported; a Supported of anything rings."""
    stack = stack_at()
    extra = "Require: timer, magic, Replaces\r\nSupported: 100rel\r\n"
    data = invite(uri=NAME, extra=extra)
    assert only(receive(stack, data), events.RefusedInvite).status == 420
    (response,) = sent(stack)
    assert response.headers.find("unsupported") == "magic"


@pytest.mark.parametrize("uri", ["sip:112@10.0.0.1", "urn:service:sos", "urn:service:sos.fire"])
def test_a_call_for_help_rings_whatever_it_requires(uri: str) -> None:
    """What is missing is said, the answer claims none of it; within the dialog 420 stands."""
    stack = stack_at()
    data = invite(uri=uri, extra="Require: magic, 100rel, resource-priority\r\n")
    event = only(receive(stack, data), events.Invite)
    assert event.unknown_extensions == ("magic", "resource-priority")
    stack.respond(event.request, 200, body=OUR_SDP, now=0.1)
    answers = [one for one in sent(stack) if isinstance(one, Response) and one.status == 200]
    assert answers[0].headers.find("require") is None
    to = answers[0].headers.find("to")
    assert to is not None
    again = follow_up("INVITE", to=to, cseq=2, branch="z9hG4bKre")
    again = again.replace(b"Max-Forwards", b"Require: magic\r\nMax-Forwards", 1)
    assert only(receive(stack, again, 1.0), events.OtherRequest).answered == 420


@pytest.mark.parametrize(
    ("method", "status"), [("REGISTER", 405), ("SUBSCRIBE", 405), ("DANCE", 501)]
)
def test_methods_we_do_not_have(method: str, status: int) -> None:
    """405 for known methods, 501 for others, with the methods we really have."""
    stack = stack_at()
    data = follow_up(method, to="<sip:112@10.0.0.1>", cseq=1)
    assert only(receive(stack, data), events.OtherRequest).answered == status
    (response,) = sent(stack)
    assert response.headers.find("allow") == (
        "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY, MESSAGE"
    )


def test_a_method_of_the_switch_waits_for_its_answer() -> None:
    """MESSAGE named in `methods` is handed up, repeats are absorbed, the answer is kept."""
    stack = stack_at(methods=frozenset({"MESSAGE"}))
    data = follow_up(
        "MESSAGE", to="<sip:112@10.0.0.1>", cseq=1, body=b"tolong", content_type="text/plain"
    )
    event = only(receive(stack, data), events.OtherRequest)
    assert (event.answered, event.body) == (None, b"tolong")
    assert receive(stack, data, 0.5) == []
    assert stack.out == []
    assert stack.respond(event.request, 202, now=1.0)
    assert receive(stack, data, 1.5) == []
    assert statuses(stack) == [202, 202]


def test_an_unknown_scheme_gets_416() -> None:
    """RFC 4475 `unkscm` and `novelsc`."""
    for uri in ("nobodyKnows:opaque", "soap.beep://192.0.2.103:3002"):
        stack = stack_at()
        receive(stack, follow_up("OPTIONS", uri=uri, to="<sip:a@b>", cseq=1))
        assert statuses(stack) == [416]


def test_options_are_answered() -> None:
    """A trunk's keep-alive."""
    stack = stack_at()
    data = follow_up("OPTIONS", to="<sip:10.0.0.1>", cseq=1)
    event = only(receive(stack, data), events.Options)
    assert (event.source, event.dialog) == (PEER, "")
    (ok,) = sent(stack)
    assert isinstance(ok, Response)
    assert (ok.status, "INVITE" in (ok.headers.find("allow") or "")) == (200, True)


def test_a_merged_request_gets_482() -> None:
    """Section 8.2.2.2: the same INVITE by another path; the first copy rings on."""
    stack = stack_at()
    _ring(stack)
    data = invite(branch="z9hG4bKother")
    assert only(receive(stack, data), events.OtherRequest).answered == 482
    assert statuses(stack) == [482]
    assert len(stack.dialogs) == 1


def test_no_common_codec_gets_488_and_an_unreadable_offer_rings() -> None:
    """Opus alone is refused; a broken description is the switch's to answer with an offer."""
    stack = stack_at()
    opus = SDP.replace(b"AVP 8 0 101", b"AVP 96").replace(b"PCMA", b"OPUS").replace(b"PCMU", b"X")
    assert only(receive(stack, invite(body=opus)), events.RefusedInvite).status == 488
    data = invite(branch="z9hG4bKx", call_id="x", body=b"v=0\r\nm=audio zero\r\n")
    assert only(receive(stack, data), events.Invite).sdp is not None
    data = invite(branch="z9hG4bKy", call_id="y", body=b"")
    assert only(receive(stack, data), events.Invite).sdp is None


def test_a_refused_call_is_told_with_the_same_facts() -> None:
    """Who called, which line, from where; nothing to answer, no dialog, and again at a repeat."""
    stack = stack_at()
    extra = "P-Asserted-Identity: <tel:+62-811-1>\r\nPrivacy: id\r\n"
    rung = only(receive(stack, invite(uri=NAME, extra=extra)), events.Invite)
    data = invite(uri=NAME, call_id="c2", branch="z9hG4bK2", extra=f"{extra}Require: magic\r\n")
    for _ in range(2):
        refused = only(receive(stack, data), events.RefusedInvite)
        assert refused.status == 420
        assert (refused.invite.dialog, refused.invite.request) == ("", "")
        assert refused.invite.call_id == "c2"
        same = replace(
            refused.invite,
            dialog=rung.dialog,
            request=rung.request,
            call_id=rung.call_id,
            raw=rung.raw,
        )
        assert same == rung
    assert list(stack.dialogs) == [rung.dialog]


@pytest.mark.parametrize("to", ["<sip:112@10.0.0.1>;tag=x", "<sip:112@10.0.0.1>"])
def test_what_is_no_new_call_is_not_told_as_a_refused_one(to: str) -> None:
    """A change of a call nobody knows, and a copy of one that rings."""
    stack = stack_at()
    _ring(stack)
    data = invite(to=to, branch="z9hG4bKother")
    assert only(receive(stack, data), events.OtherRequest).answered in {481, 482}


def test_a_strange_body_rings_for_a_line_and_is_415_for_a_name() -> None:
    """An emergency is never refused for a body; RFC 4475 `invut` is no emergency."""

    def strange(number: int, uri: str, extra: str = "") -> bytes:
        return invite(
            uri=uri,
            call_id=f"c{number}",
            branch=f"z9hG4bK{number}",
            extra=extra,
            body=b"\x01\x02",
            content_type="application/unknownformat",
        )

    stack = stack_at()
    assert only(receive(stack, strange(1, "sip:112@10.0.0.1")), events.Invite).sdp is None
    refused = receive(stack, strange(2, "sip:user@example.com"))
    assert only(refused, events.RefusedInvite).status == 415
    for number, sign in enumerate(
        ("Content-Disposition: x;handling=optional", "Geolocation: <x", "Priority: Emergency"), 3
    ):
        data = strange(number, "sip:user@example.com", f"{sign}\r\n")
        only(receive(stack, data), events.Invite)


def test_a_caller_who_takes_no_sdp_gets_406_unless_it_is_an_emergency() -> None:
    """RFC 4475 `sdp01`; a dialled line rings with the same header."""
    stack = stack_at()
    accept = "Accept: text/nobodyKnowsThis\r\n"
    data = invite(uri="sip:user@example.com", extra=accept)
    assert only(receive(stack, data), events.RefusedInvite).status == 406
    only(receive(stack, invite(extra=accept)), events.Invite)
