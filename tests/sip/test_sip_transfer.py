"""REFER and its notices, Replaces, Referred-By (RFC 3515, 3891, 3892), both ways."""

from __future__ import annotations

import pytest
from sip_peer import (
    OUR_SDP,
    answer_of,
    connect,
    dial,
    follow_up,
    header,
    invite,
    only,
    receive,
    requests,
    ring,
    sent,
    stack_at,
    statuses,
    talk,
)

from kentongan.sip import events
from kentongan.sip.fields import cseq_of
from kentongan.sip.message import Request
from kentongan.sip.stack import Stack

REFERS = "Allow: INVITE, ACK, BYE, REFER, NOTIFY\r\n"
NAME = "sip:budi@10.0.0.1"


def _refer(stack: Stack, dialog: str, **more: str) -> Request:
    assert stack.refer(dialog, "sip:pmi@10.0.0.3", now=3.0, **more)
    (request,) = requests(stack)
    return request


def _notify(to: str, number: int, status: str, state: str, event: str = "refer") -> bytes:
    return follow_up(
        "NOTIFY",
        to=to,
        cseq=number,
        branch=f"z9hG4bKn{number}",
        extra=f"Event: {event}\r\nSubscription-State: {state}\r\n",
        body=f"SIP/2.0 {status}\r\n".encode(),
        content_type="message/sipfrag;version=2.0",
    )


def test_a_blind_transfer_is_asked_for_and_followed_to_its_end() -> None:
    """RFC 3515 2.4: Refer-To and Referred-By, 202, NOTIFYs with sipfrag, the last one ends it."""
    stack = stack_at()
    call, to = talk(stack, extra=REFERS)
    request = _refer(stack, call.dialog, referred_by="sip:112@semarang.example")
    assert header(request, "refer-to") == "<sip:pmi@10.0.0.3>"
    assert header(request, "referred-by") == "<sip:112@semarang.example>"
    assert header(request, "contact")
    event = only(receive(stack, answer_of(request, 202), 3.1), events.Response)
    assert (event.method, event.status, event.is_ended) == ("REFER", 202, False)
    trying = _notify(to, 2, "100 Trying", "active;expires=60")
    assert only(receive(stack, trying, 3.2), events.Referred) == events.Referred(
        dialog=call.dialog, status=100, is_over=False
    )
    assert statuses(stack) == [200]
    done = _notify(to, 3, "200 OK", "terminated;reason=noresource")
    assert only(receive(stack, done, 5.0), events.Referred) == events.Referred(
        dialog=call.dialog, status=200, is_over=True
    )
    stack.drain()
    late = _notify(to, 4, "200 OK", "terminated")
    assert only(receive(stack, late, 6.0), events.OtherRequest).answered == 481


def test_a_notice_may_come_before_the_answer() -> None:
    """RFC 3515 2.4.4: the subscription exists from the REFER on."""
    stack = stack_at()
    call, to = talk(stack, extra=REFERS)
    _refer(stack, call.dialog)
    only(receive(stack, _notify(to, 2, "100 Trying", "active"), 3.1), events.Referred)


def test_an_attended_transfer_names_the_other_call() -> None:
    """RFC 3891: Replaces in the Refer-To, escaped, with the tags as the third party sees them."""
    stack = stack_at()
    call, _ = talk(stack, extra=REFERS)
    agency = connect(stack)
    value = header(_refer(stack, call.dialog, replaces=agency), "refer-to")
    call_id, ours, theirs = agency.split("|")
    assert value.startswith("<sip:pmi@10.0.0.3?Replaces=")
    assert f"to-tag%3D{theirs}" in value
    assert f"from-tag%3D{ours}" in value
    assert call_id.replace("@", "%40") in value
    assert not stack.refer(call.dialog, "sip:x@y", replaces="gone", now=4.0)


def test_several_transfers_are_told_apart_by_number() -> None:
    """RFC 3515 2.4.6: Event refer;id= the CSeq of the REFER."""
    stack = stack_at()
    call, to = talk(stack, extra=REFERS)
    first = cseq_of(_refer(stack, call.dialog)).number
    second = cseq_of(_refer(stack, call.dialog)).number
    over = _notify(to, 2, "486 Busy Here", "terminated", f"refer;id={first}")
    assert only(receive(stack, over, 4.0), events.Referred).status == 486
    assert stack.dialogs[call.dialog].referrals == (second,)
    unknown = _notify(to, 3, "200 OK", "active", "refer;id=77")
    assert only(receive(stack, unknown, 4.0), events.OtherRequest).answered == 481


def test_who_does_not_take_transfers_is_not_asked() -> None:
    """An Allow without REFER; a call that is not answered; one that is gone."""
    stack = stack_at()
    call, _ = talk(stack, extra="Allow: INVITE, ACK, BYE\r\n")
    assert not stack.refer(call.dialog, "sip:x@y", now=2.0)
    ringing = ring(stack, call_id="two", branch="z9hG4bK2", extra=REFERS)
    assert not stack.refer(ringing.dialog, "sip:x@y", now=2.0)
    assert not stack.refer("gone", "sip:x@y", now=2.0)
    assert stack.out == []


def test_a_refused_transfer_leaves_nothing_to_wait_for() -> None:
    """603 to the REFER: told, and a NOTIFY after that belongs to nothing."""
    stack = stack_at()
    call, to = talk(stack, extra=REFERS)
    request = _refer(stack, call.dialog)
    event = only(receive(stack, answer_of(request, 603), 3.1), events.Response)
    assert (event.method, event.status, event.is_ended) == ("REFER", 603, False)
    stray = _notify(to, 2, "100 Trying", "active")
    assert only(receive(stack, stray, 3.2), events.OtherRequest).answered == 481
    assert stack.poll(1_000.0) == []


def test_a_transfer_nobody_tells_about_is_over_after_three_minutes() -> None:
    """No NOTIFY ever: `status` None, and the switch can take the call back."""
    stack = stack_at()
    call, _ = talk(stack, extra=REFERS)
    request = _refer(stack, call.dialog)
    receive(stack, answer_of(request, 202), 4.0)
    assert stack.poll(183.9) == []
    assert only(stack.poll(184.0), events.Referred) == events.Referred(
        dialog=call.dialog, status=None, is_over=True
    )


def test_other_events_are_not_subscribed_to() -> None:
    """RFC 6665 4.1.3: 489 names what we take; a sipfrag that cannot be read is still a notice."""
    stack = stack_at()
    call, to = talk(stack, extra=REFERS)
    data = _notify(to, 2, "200 OK", "active", "presence")
    assert only(receive(stack, data, 2.0), events.OtherRequest).answered == 489
    (refused,) = sent(stack)
    assert header(refused, "allow-events") == "refer"
    _refer(stack, call.dialog)
    data = _notify(to, 3, "x", "active").replace(b"SIP/2.0 x", b"\x00\xff nonsense")
    data = data.replace(b"Content-Length: 11", b"Content-Length: 13")
    assert only(receive(stack, data, 3.0), events.Referred).status is None


# We are asked


def _in_call() -> tuple[Stack, str, str]:
    """A call that talks: the stack, the dialog and its To."""
    stack = stack_at()
    call, to = talk(stack, extra=REFERS)
    return stack, call.dialog, to


def _asked(stack: Stack, to: str, refer_to: str, number: int = 2) -> events.Refer:
    data = follow_up(
        "REFER",
        to=to,
        cseq=number,
        branch=f"z9hG4bKref{number}",
        extra=f"Refer-To: {refer_to}\r\nReferred-By: <sip:budi@10.0.0.2>\r\n",
    )
    return only(receive(stack, data, 3.0), events.Refer)


def _sent_requests(stack: Stack) -> list[Request]:
    return [message for message in sent(stack) if isinstance(message, Request)]


def test_a_transfer_we_are_asked_for_is_told_with_its_target() -> None:
    """RFC 3515 2.4.2: the switch decides; URI headers do not stay in the target."""
    stack, dialog, to = _in_call()
    replaces = "abc%40host%3Bto-tag%3D1%3Bfrom-tag%3D2"
    event = _asked(stack, to, f"<sip:dokter@10.0.0.4?Replaces={replaces}&Subject=x>")
    assert (event.dialog, event.target) == (dialog, "sip:dokter@10.0.0.4")
    assert event.replaces == "abc@host;to-tag=1;from-tag=2"
    assert event.referred_by == "sip:budi@10.0.0.2"
    assert event.others == ("Subject",)
    assert stack.out == []
    assert stack.respond(event.request, 603, now=3.1)
    assert statuses(stack) == [603]
    assert not stack.notify(dialog, 200, now=4.0), "nothing was taken on"


def test_a_transfer_that_is_taken_on_is_told_to_its_end() -> None:
    """RFC 3515 2.4.4: 202, a NOTIFY at once, then how it goes, then the end."""
    stack, dialog, to = _in_call()
    event = _asked(stack, to, "<sip:dokter@10.0.0.4>")
    assert stack.respond(event.request, 202, now=3.1)
    accepted, trying = sent(stack)
    assert header(accepted, "contact")
    assert isinstance(trying, Request)
    assert trying.method == "NOTIFY"
    assert trying.body == b"SIP/2.0 100 Trying\r\n"
    assert header(trying, "event") == "refer;id=2"
    assert header(trying, "subscription-state").startswith("active;expires=")
    assert header(trying, "content-type") == "message/sipfrag;version=2.0"
    assert receive(stack, answer_of(trying, 200), 3.2) == []
    assert stack.notify(dialog, 180, now=4.0)
    assert stack.notify(dialog, 200, reason="OK", now=5.0)
    ringing, done = requests(stack)
    assert ringing.body == b"SIP/2.0 180 Ringing\r\n"
    assert done.body == b"SIP/2.0 200 OK\r\n"
    assert header(done, "subscription-state") == "terminated;reason=noresource"
    assert not stack.notify(dialog, 200, now=6.0)


def test_a_peer_that_does_not_want_notices_gets_no_more_and_keeps_its_call() -> None:
    """RFC 5057: 481 to a NOTIFY ends the subscription, not the dialog."""
    stack, dialog, to = _in_call()
    event = _asked(stack, to, "<sip:dokter@10.0.0.4>")
    stack.respond(event.request, 202, now=3.1)
    trying = _sent_requests(stack)[0]
    receive(stack, answer_of(trying, 481), 3.2)
    assert dialog in stack.dialogs
    assert not stack.notify(dialog, 200, now=4.0)


def test_a_transfer_that_is_forgotten_is_closed() -> None:
    """After three minutes the peer is told that nothing more will come."""
    stack, dialog, to = _in_call()
    event = _asked(stack, to, "<sip:dokter@10.0.0.4>")
    stack.respond(event.request, 202, now=3.0)
    receive(stack, answer_of(_sent_requests(stack)[0], 200), 3.1)
    assert only(stack.poll(183.0), events.Changed).dialog == dialog
    (last,) = requests(stack)
    assert header(last, "subscription-state") == "terminated;reason=timeout"


def test_a_peer_may_ask_not_to_be_told() -> None:
    """RFC 4488: 202 says so, and no NOTIFY is sent; its Require is understood."""
    stack, dialog, to = _in_call()
    extra = "Refer-To: <sip:a@b>\r\nRefer-Sub: false\r\nRequire: norefersub\r\n"
    event = only(receive(stack, follow_up("REFER", to=to, extra=extra), 3.0), events.Refer)
    assert stack.respond(event.request, 202, now=3.1)
    (accepted,) = sent(stack)
    assert header(accepted, "refer-sub") == "false"
    assert not stack.notify(dialog, 200, now=4.0)


@pytest.mark.parametrize(
    "extra",
    [
        "",
        "Refer-To: <sip:a@b>, <sip:c@d>\r\n",
        "Refer-To: \x01\r\n",
        "Refer-To: <sip:a@b?Replaces=x%0D%0AVia:%20y%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n",
        "Refer-To: <sip:a@b?Replaces=x>\r\n",
        "Refer-To: <sip:a@b?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=y>\r\n",
    ],
)
def test_a_transfer_to_nowhere_or_everywhere_is_refused(extra: str) -> None:
    """RFC 3515 2.4.2: exactly one Refer-To that can be read, else 400."""
    stack, dialog, to = _in_call()
    data = follow_up("REFER", to=to, extra=extra)
    assert only(receive(stack, data, 3.0), events.OtherRequest).answered == 400
    assert statuses(stack) == [400]
    assert dialog in stack.dialogs


def test_a_fifth_transfer_at_the_same_time_waits() -> None:
    """A limit per call: 500 with Retry-After."""
    stack, _, to = _in_call()
    for number in range(2, 6):
        stack.respond(_asked(stack, to, "<sip:a@10.0.0.4>", number).request, 202, now=3.0)
    data = follow_up("REFER", to=to, cseq=9, branch="z9hG4bKr9", extra="Refer-To: <sip:a@b>\r\n")
    assert only(receive(stack, data, 3.0), events.OtherRequest).answered == 500


# Replaces


def _replacing(dialog: str, *, early_only: bool = False, uri: str = NAME) -> bytes:
    call_id, ours, theirs = dialog.split("|")
    flag = ";early-only" if early_only else ""
    extra = f"Require: replaces\r\nReplaces: {call_id};to-tag={ours};from-tag={theirs}{flag}\r\n"
    return invite(uri=uri, call_id="new", branch="z9hG4bKnew", extra=extra)


def test_a_call_that_takes_anothers_place_says_whose() -> None:
    """RFC 3891 3: matched by Call-ID and tags as seen here; the switch ends the old one."""
    stack = stack_at()
    call, _ = talk(stack)
    event = only(receive(stack, _replacing(call.dialog), 5.0), events.Invite)
    assert event.replaces == call.dialog
    stack.respond(event.request, 200, body=OUR_SDP, now=5.1)
    assert stack.bye(event.replaces, now=5.1)
    assert statuses(stack) == [100, 200, "BYE"]


def test_an_early_call_of_ours_can_be_taken_over() -> None:
    """RFC 3891 3: an early dialog we initiated; one that rings here is 481."""
    stack = stack_at()
    _, request = dial(stack)
    ringing = only(receive(stack, answer_of(request, 180, tag="far"), 0.1), events.Response)
    event = only(receive(stack, _replacing(ringing.dialog, early_only=True)), events.Invite)
    assert event.replaces == ringing.dialog
    stack = stack_at()
    call = ring(stack)
    assert only(receive(stack, _replacing(call.dialog)), events.RefusedInvite).status == 481


def test_a_place_that_cannot_be_taken() -> None:
    """RFC 3891 3: 481 for none, 486 for early-only on an answered call, 603 for one that ends."""
    stack = stack_at()
    call, _ = talk(stack)
    unknown = _replacing("x|y|z")
    assert only(receive(stack, unknown), events.RefusedInvite).status == 481
    early = _replacing(call.dialog, early_only=True)
    assert only(receive(stack, early), events.RefusedInvite).status == 486
    stack.bye(call.dialog, now=2.0)
    assert only(receive(stack, _replacing(call.dialog)), events.RefusedInvite).status == 603


@pytest.mark.parametrize(
    "replaces",
    ["Replaces: a;to-tag=1;from-tag=2\r\nReplaces: b;to-tag=1;from-tag=2", "Replaces: a"],
)
def test_a_bad_replaces_is_400_for_a_name(replaces: str) -> None:
    """RFC 3891 3: more than one, or one that names nothing."""
    stack = stack_at()
    data = invite(uri=NAME, extra=f"{replaces}\r\n")
    assert only(receive(stack, data), events.RefusedInvite).status == 400


def test_a_call_for_help_rings_whatever_it_wants_to_replace() -> None:
    """Never 481, 486, 603 or 400 for an emergency: it is a new call then."""
    stack = stack_at()
    call, _ = talk(stack)
    line = "sip:112@10.0.0.1"
    for number, data in enumerate(
        (
            _replacing("x|y|z", uri=line),
            _replacing(call.dialog, early_only=True, uri="urn:service:sos"),
            invite(uri=line, call_id="c", branch="z9hG4bKc", extra="Replaces: a\r\n"),
        )
    ):
        other = data.replace(b"z9hG4bKnew", b"z9hG4bKnew%d" % number)
        other = other.replace(b"Call-ID: new", b"Call-ID: new%d" % number)
        assert only(receive(stack, other), events.Invite).replaces == ""


def test_a_transfer_between_two_of_our_calls_meets_itself() -> None:
    """What we write into Refer-To is what we would match: both sides of RFC 3891 agree."""
    stack = stack_at()
    call, _ = talk(stack, extra=REFERS)
    agency = connect(stack)
    value = header(_refer(stack, call.dialog, replaces=agency), "refer-to")
    other, _, to = _in_call()
    event = _asked(other, to, value)
    call_id, ours, theirs = agency.split("|")
    assert event.replaces == f"{call_id};to-tag={theirs};from-tag={ours}"
    assert event.target == "sip:pmi@10.0.0.3"
