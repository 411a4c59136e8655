"""Reliable provisional responses (RFC 3262), told from its words, on a fake clock."""

from __future__ import annotations

import pytest
from sip_peer import (
    OUR_SDP,
    PEER,
    SDP,
    answer_of,
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
    to_header,
)

from kentongan.sip import events
from kentongan.sip.address import Transport
from kentongan.sip.fields import cseq_of
from kentongan.sip.message import Message, Request, Response
from kentongan.sip.reliable import FIRST_RSEQ_MAX, first_rseq
from kentongan.sip.stack import Stack

SUPPORTED = "Supported: 100rel\r\n"
REQUIRED = "Require: 100rel\r\n"
NAME = "sip:budi@10.0.0.1"
"""A Request-URI that is no call for help."""


def _prack(provisional: Message, number: int = 2, body: bytes = b"", cseq: int = 1) -> bytes:
    """The peer's PRACK of what the stack has sent; `number` is its own CSeq."""
    rack = f"RAck: {header(provisional, 'rseq')} {cseq} INVITE\r\n"
    return follow_up(
        "PRACK",
        to=to_header(provisional),
        cseq=number,
        branch=f"z9hG4bKprack{number}",
        extra=rack,
        body=body,
    )


def _ringing(stack: Stack, status: int = 180, body: bytes = b"", extra: str = SUPPORTED) -> Message:
    """A call that came in and was told a provisional at 0.0."""
    call = ring(stack, extra=extra)
    assert stack.respond(call.request, status, body=body, now=0.0)
    (provisional,) = sent(stack)
    return provisional


@pytest.mark.parametrize("extra", [SUPPORTED, REQUIRED, "Supported: timer, 100REL\r\n"])
def test_a_provisional_is_reliable_where_the_peer_can(extra: str) -> None:
    """Section 3: Require 100rel and an RSeq from 1 to 2**31 - 1, and a Contact; 100 never."""
    provisional = _ringing(stack_at(), extra=extra)
    assert header(provisional, "require") == "100rel"
    assert 1 <= int(header(provisional, "rseq")) <= FIRST_RSEQ_MAX
    assert header(provisional, "contact")


def test_a_provisional_is_plain_where_the_peer_cannot() -> None:
    """Section 3: the UAS must not send it reliably unless the INVITE says 100rel."""
    provisional = _ringing(stack_at(), extra="")
    assert (header(provisional, "require"), header(provisional, "rseq")) == ("", "")


@pytest.mark.parametrize("transport", list(Transport))
def test_it_is_repeated_from_t1_doubling_without_a_bound(transport: Transport) -> None:
    """Section 3: at 0.5, 1.5, 3.5 ... s on every transport, unlike a 2xx not bound by T2."""
    stack = stack_at()
    call = only(stack.receive(invite(extra=SUPPORTED), PEER, transport, 0.0), events.Invite)
    stack.respond(call.request, 180, now=0.0)
    stack.drain()
    seen: list[float] = []
    while (at := stack.next_timer()) is not None and at < 32.0:
        assert stack.poll(at) == []
        assert statuses(stack) == [180]
        seen.append(at)
    assert seen == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]


def test_its_prack_ends_the_repeats() -> None:
    """Section 3: 200 to the PRACK, an event, and no more copies; the call rings on."""
    stack = stack_at()
    provisional = _ringing(stack)
    event = only(receive(stack, _prack(provisional), 0.2), events.Prack)
    assert (event.request, event.sdp) == ("", None)
    assert statuses(stack) == [200]
    assert stack.poll(30.0) == []
    assert stack.out == []
    assert receive(stack, _prack(provisional), 0.3) == []
    assert statuses(stack) == [200], "a repeated PRACK gets its answer again"


@pytest.mark.parametrize("wrong", ["number", "cseq", "none", "again"])
def test_a_prack_of_nothing_is_refused(wrong: str) -> None:
    """Section 3: a PRACK that matches no unacknowledged response gets 481; without RAck 400."""
    stack = stack_at()
    provisional = _ringing(stack)
    good = _prack(provisional)
    rseq = header(provisional, "rseq").encode()
    if wrong == "again":
        receive(stack, good, 0.2)
        stack.drain()
    data = {
        "number": good.replace(b"RAck: " + rseq, b"RAck: 7"),
        "cseq": good.replace(b"1 INVITE", b"9 INVITE"),
        "none": good.replace(b"RAck:", b"Subject:"),
        "again": _prack(provisional, number=3),
    }[wrong]
    status = 400 if wrong == "none" else 481
    assert only(receive(stack, data, 0.3), events.OtherRequest).answered == status
    assert statuses(stack) == [status]


def test_a_second_provisional_waits_for_the_first_prack() -> None:
    """Section 3: no second reliable response until the first is acknowledged; then RSeq + 1."""
    stack = stack_at()
    call = ring(stack, extra=SUPPORTED)
    stack.respond(call.request, 180, now=0.0)
    (first,) = sent(stack)
    assert stack.respond(call.request, 183, body=OUR_SDP, now=0.1)
    assert stack.out == []
    receive(stack, _prack(first), 0.2)
    _, second = sent(stack)
    assert second.body == OUR_SDP
    assert int(header(second, "rseq")) == int(header(first, "rseq")) + 1
    receive(stack, _prack(second, 3), 0.3)
    assert statuses(stack) == [200]


def test_an_answer_waits_for_the_prack_of_a_description() -> None:
    """Section 3: no 2xx while a reliable provisional with a description is unacknowledged."""
    stack = stack_at()
    call = ring(stack, uri=NAME, extra=SUPPORTED)
    stack.respond(call.request, 183, body=OUR_SDP, now=0.0)
    (early,) = sent(stack)
    assert stack.respond(call.request, 200, body=OUR_SDP, now=0.1)
    assert not stack.respond(call.request, 200, body=OUR_SDP, now=0.1), "it is answered"
    assert stack.out == []
    assert stack.poll(20.0) == []
    assert set(statuses(stack)) == {183}
    receive(stack, _prack(early), 20.1)
    assert statuses(stack) == [200, 200]
    ack = follow_up("ACK", to=to_header(early), cseq=1)
    assert only(receive(stack, ack, 20.2), events.Ack).dialog == call.dialog


def test_an_answer_does_not_wait_for_plain_ringing() -> None:
    """Section 3: only a description holds a 2xx back; the PRACK that comes late gets its 200."""
    stack = stack_at()
    call = ring(stack, extra=SUPPORTED)
    stack.respond(call.request, 180, now=0.0)
    (ringing,) = sent(stack)
    stack.respond(call.request, 200, body=OUR_SDP, now=0.1)
    assert statuses(stack) == [200]
    only(receive(stack, _prack(ringing), 0.2), events.Prack)
    assert statuses(stack) == [200]
    stack.poll(0.6)
    assert statuses(stack) == [200], "the 2xx alone is repeated"


def test_a_call_for_help_is_answered_without_a_prack_after_four_seconds() -> None:
    """Ours, against section 3: a peer that never sends one does not keep a caller waiting."""
    stack = stack_at()
    call = ring(stack, extra=SUPPORTED)
    stack.respond(call.request, 183, body=OUR_SDP, now=0.0)
    stack.respond(call.request, 200, body=OUR_SDP, now=1.0)
    stack.drain()
    assert stack.poll(4.9) == []
    assert set(statuses(stack)) == {183}
    assert only(stack.poll(5.0), events.Changed).dialog == call.dialog
    (ok,) = sent(stack)
    only(receive(stack, follow_up("ACK", to=to_header(ok), cseq=1), 5.1), events.Ack)


def test_a_late_prack_is_welcome() -> None:
    """It comes after we have stopped waiting: 200, never a 481 that some peers hang up for."""
    stack = stack_at()
    call = ring(stack, extra=SUPPORTED)
    stack.respond(call.request, 180, now=0.0)
    (first,) = sent(stack)
    stack.respond(call.request, 183, body=OUR_SDP, now=1.0)
    stack.respond(call.request, 182, now=2.0)
    assert only(stack.poll(5.0), events.Changed).dialog == call.dialog
    plain = [m for m in sent(stack) if header(m, "rseq") == ""]
    assert [m.status for m in plain if isinstance(m, Response)] == [183, 182]
    only(receive(stack, _prack(first), 6.0), events.Prack)
    assert statuses(stack) == [200]
    assert stack.respond(call.request, 200, body=OUR_SDP, now=7.0)
    assert statuses(stack) == [200]


def test_several_provisionals_go_one_by_one() -> None:
    """Each waits for the PRACK of the one before, also where its own wait began anew."""
    stack = stack_at()
    call = ring(stack, extra=SUPPORTED)
    for status in (180, 183, 182):
        stack.respond(call.request, status, now=0.0)
    for number, status in enumerate((180, 183, 182), 2):
        message = sent(stack)[-1]
        assert isinstance(message, Response)
        assert message.status == status
        only(receive(stack, _prack(message, number), number - 1.5), events.Prack)
    assert statuses(stack) == [200]


def test_without_any_prack_a_name_is_refused_and_help_rings_on() -> None:
    """Section 3: 5xx after 64*T1; a call for help loses the reliability alone."""
    for uri, is_ended in ((NAME, True), ("sip:112@10.0.0.1", False)):
        stack = stack_at()
        call = ring(stack, uri=uri, extra=SUPPORTED)
        stack.respond(call.request, 180, now=0.0)
        timeout = only(stack.poll(32.0), events.Timeout)
        assert (timeout.dialog, timeout.method) == (call.dialog, "PRACK")
        assert timeout.is_ended == is_ended
        if is_ended:
            assert statuses(stack)[-1] == 504
            assert stack.dialogs == {}
        else:
            stack.drain()
            stack.respond(call.request, 180, now=33.0)
            (plain,) = sent(stack)
            assert header(plain, "rseq") == ""
            assert stack.respond(call.request, 200, body=OUR_SDP, now=34.0)
            assert statuses(stack) == [200]


def test_each_minute_ringing_is_told_with_a_new_number() -> None:
    """RFC 3261 13.3.1.1 with RFC 3262: an acknowledged response is not sent again, a new one is."""
    stack = stack_at()
    call = ring(stack, extra=SUPPORTED)
    stack.respond(call.request, 183, body=OUR_SDP, now=0.0)
    (first,) = sent(stack)
    receive(stack, _prack(first), 1.0)
    stack.drain()
    assert only(stack.poll(61.0), events.Changed).dialog == call.dialog
    (again,) = sent(stack)
    assert (again.body, header(again, "content-type")) == (b"", "")
    assert int(header(again, "rseq")) == int(header(first, "rseq")) + 1
    receive(stack, _prack(again, 3), 61.1)
    assert statuses(stack) == [200]


def test_giving_up_a_call_whose_answer_waits() -> None:
    """CANCEL, BYE of the caller and hanging up take the waiting 200 back."""
    for ending in ("CANCEL", "BYE", "ours"):
        stack = stack_at()
        call = ring(stack, extra=SUPPORTED)
        stack.respond(call.request, 183, body=OUR_SDP, now=0.0)
        (early,) = sent(stack)
        stack.respond(call.request, 200, body=OUR_SDP, now=0.1)
        if ending == "CANCEL":
            data = follow_up("CANCEL", to="<sip:112@10.0.0.1>", cseq=1, branch="z9hG4bKone")
            only(receive(stack, data, 0.2), events.Cancel)
            assert statuses(stack) == [200, 487]
        elif ending == "BYE":
            only(receive(stack, follow_up("BYE", to=to_header(early)), 0.2), events.Bye)
            assert statuses(stack) == [200, 487]
        else:
            assert stack.bye(call.dialog, now=0.2)
            assert statuses(stack) == [487]
        assert stack.dialogs == {}


def test_the_prack_may_bring_a_new_offer() -> None:
    """Section 5: the first offer was answered in the provisional; this one is in the 2xx."""
    stack = stack_at()
    early = _ringing(stack, 183, OUR_SDP)
    event = only(receive(stack, _prack(early, body=SDP), 0.2), events.Prack)
    assert event.sdp == SDP
    assert stack.out == []
    assert stack.respond(event.request, 200, body=OUR_SDP, now=0.3)
    (ok,) = sent(stack)
    assert (ok.body, cseq_of(ok).method) == (OUR_SDP, "PRACK")


def test_the_prack_brings_the_answer_to_our_offer() -> None:
    """Section 5: an INVITE without offer, ours in the reliable provisional."""
    stack = stack_at()
    call = ring(stack, extra=SUPPORTED, body=b"")
    stack.respond(call.request, 183, body=OUR_SDP, now=0.0)
    (early,) = sent(stack)
    event = only(receive(stack, _prack(early, body=SDP), 0.2), events.Prack)
    assert (event.request, event.sdp) == ("", SDP)
    assert statuses(stack) == [200]


def test_an_offer_across_an_open_one_is_not_taken_with_the_prack() -> None:
    """The INVITE's offer is unanswered: 488 to the new one, but the provisional has arrived."""
    stack = stack_at()
    ringing = _ringing(stack)
    event = only(receive(stack, _prack(ringing, body=SDP), 0.2), events.Prack)
    assert (event.request, event.sdp) == ("", None)
    (refusal,) = sent(stack)
    assert isinstance(refusal, Response)
    warning = refusal.headers.find("warning")
    assert (refusal.status, warning) == (488, '399 kentongan "your earlier offer is unanswered"')
    stack.poll(20.0)
    assert stack.out == []


# Our own calls


def _reliable(request: Request, rseq: int, *, tag: str = "far", body: bytes = b"") -> bytes:
    extra = f"Require: 100rel\r\nRSeq: {rseq}\r\n"
    return answer_of(request, 183 if body else 180, tag=tag, extra=extra, body=body)


def test_we_say_that_we_can() -> None:
    """Section 4: Supported 100rel in our INVITE, and never a Require."""
    _, request = dial(stack_at())
    assert "100rel" in header(request, "supported").split(", ")
    assert header(request, "require") == ""


def test_we_acknowledge_a_reliable_provisional() -> None:
    """Section 4: a PRACK in the early dialog with the next number and the RAck of the response."""
    stack = stack_at()
    _, request = dial(stack)
    only(receive(stack, _reliable(request, 7), 0.1), events.Response)
    (prack,) = requests(stack)
    assert (prack.method, prack.uri) == ("PRACK", "sip:agency@10.0.0.2:5060")
    assert header(prack, "rack") == "7 1 INVITE"
    assert cseq_of(prack).number == 2
    assert to_header(prack).endswith(";tag=far")
    assert receive(stack, answer_of(prack, 200), 0.2) == []


def test_repeats_and_gaps_are_not_processed() -> None:
    """Section 4: only the number after the last one is acknowledged, and told."""
    stack = stack_at()
    _, request = dial(stack)
    receive(stack, _reliable(request, 7), 0.1)
    stack.drain()
    for rseq in (7, 6, 9):
        assert receive(stack, _reliable(request, rseq), 0.2) == []
        assert stack.out == []
    event = only(receive(stack, _reliable(request, 8, body=SDP), 0.3), events.Response)
    assert (event.status, event.sdp) == (183, SDP)
    (prack,) = requests(stack)
    assert header(prack, "rack") == "8 1 INVITE"


def test_each_fork_counts_for_itself() -> None:
    """Section 4: the number belongs to the dialog; two phones, two PRACKs."""
    stack = stack_at()
    _, request = dial(stack)
    receive(stack, _reliable(request, 7, tag="one"), 0.1)
    receive(stack, _reliable(request, 900, tag="two"), 0.1)
    one, two = requests(stack)
    assert (header(one, "rack"), header(two, "rack")) == ("7 1 INVITE", "900 1 INVITE")
    assert to_header(one) != to_header(two)


def test_a_lost_prack_is_repeated_and_its_end_ends_nothing() -> None:
    """The PRACK is an ordinary request (timers E and F); the INVITE decides about the call."""
    stack = stack_at()
    key, request = dial(stack)
    receive(stack, _reliable(request, 7), 0.0)
    stack.drain()
    assert stack.poll(33.0) == []
    assert set(statuses(stack)) == {"PRACK"}
    data = answer_of(request, 200, tag="far", body=SDP)
    event = only(receive(stack, data, 34.0), events.Response)
    assert (event.call, event.is_ended) == (key, False)
    assert statuses(stack) == ["ACK"]
    assert stack.bye(event.dialog, now=35.0)
    (bye,) = requests(stack)
    assert cseq_of(bye).number == 3, "after INVITE 1 and PRACK 2"


def test_a_number_that_cannot_be_read_makes_it_plain() -> None:
    """Require 100rel without RSeq, or with nonsense: told, not acknowledged."""
    stack = stack_at()
    _, request = dial(stack)
    for rseq in ("", "RSeq: x\r\n", "RSeq: 99999999999\r\n"):
        data = answer_of(request, 180, tag="far", extra=f"Require: 100rel\r\n{rseq}")
        only(receive(stack, data, 0.1), events.Response)
        assert stack.out == []


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999999999999])
def test_first_numbers_are_in_their_range(chance: float) -> None:
    """Section 3: uniform from 1 to 2**31 - 1."""
    assert 1 <= first_rseq(chance) <= FIRST_RSEQ_MAX
