"""Death and return, part two: provisionals, timers, transfers and requests of ours under way.

Each test saves a dialog or call in some state, passes it through JSON into a fresh stack on a later
clock, and goes on as if nothing had happened.
"""

from __future__ import annotations

import json

import pytest
from sip_peer import (
    OUR_SDP,
    PEER,
    SDP,
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
    to_header,
)

from kentongan.sip import events
from kentongan.sip.address import Transport
from kentongan.sip.errors import ParseError
from kentongan.sip.fields import cseq_of
from kentongan.sip.message import Message, Request
from kentongan.sip.parse import parse_message
from kentongan.sip.stack import Stack

SUPPORTED = "Supported: 100rel, timer\r\n"
UPDATE = "Allow: INVITE, ACK, BYE, UPDATE, REFER\r\n"


def _reborn(stack: Stack, name: str, now: float, prefix: str = "new") -> Stack:
    saved = stack.save(name)
    assert saved is not None
    fresh = stack_at(prefix=prefix)
    assert fresh.adopt(json.loads(json.dumps(saved)), now) == name
    return fresh


def _prack(provisional: Message, number: int = 2) -> bytes:
    rack = f"RAck: {header(provisional, 'rseq')} 1 INVITE\r\n"
    return follow_up(
        "PRACK",
        to=to_header(provisional),
        cseq=number,
        branch=f"z9hG4bKp{number}",
        extra=rack,
    )


def test_a_provisional_without_prack_is_repeated_and_still_holds_the_answer_back() -> None:
    """The same RSeq, the 200 after its PRACK; nothing is sent twice that was acknowledged."""
    stack = stack_at()
    call = ring(stack, uri="sip:budi@10.0.0.1", extra=SUPPORTED)
    stack.respond(call.request, 183, body=OUR_SDP, now=0.0)
    first = stack.drain()
    assert stack.respond(call.request, 200, body=OUR_SDP, now=0.1)
    fresh = _reborn(stack, call.dialog, 100.0)
    assert fresh.drain() == first
    fresh.poll(100.5)
    assert fresh.drain() == first
    early = parse_message(first[0].data)
    only(receive(fresh, _prack(early), 101.0), events.Prack)
    ok_prack, ok = sent(fresh)
    assert (cseq_of(ok_prack).method, cseq_of(ok).method) == ("PRACK", "INVITE")
    assert ok.body == OUR_SDP
    only(receive(fresh, follow_up("ACK", to=to_header(ok), cseq=1), 101.1), events.Ack)


def test_a_provisional_with_its_prack_is_not_repeated() -> None:
    """It rings on in silence; the next one has the next number."""
    stack = stack_at()
    call = ring(stack, extra=SUPPORTED)
    stack.respond(call.request, 180, now=0.0)
    (first,) = sent(stack)
    receive(stack, _prack(first), 0.1)
    fresh = _reborn(stack, call.dialog, 100.0)
    assert fresh.out == []
    fresh.respond(call.request, 183, body=OUR_SDP, now=101.0)
    (second,) = sent(fresh)
    assert int(header(second, "rseq")) == int(header(first, "rseq")) + 1
    assert to_header(second) == to_header(first)


def test_a_call_for_help_is_not_kept_waiting_by_a_restart() -> None:
    """The four seconds for the PRACK begin anew, and end."""
    stack = stack_at()
    call = ring(stack, extra=SUPPORTED)
    stack.respond(call.request, 183, body=OUR_SDP, now=0.0)
    stack.respond(call.request, 200, body=OUR_SDP, now=0.1)
    stack.drain()
    fresh = _reborn(stack, call.dialog, 50.0)
    fresh.drain()
    fresh.poll(54.0)
    assert statuses(fresh)[-1] == 200


def test_our_call_goes_on_with_its_phones_and_its_pracks() -> None:
    """Early dialogs keep their numbers: RSeq and CSeq go on where they were."""
    stack = stack_at()
    key, request = dial(stack)
    extra = "Require: 100rel\r\nRSeq: {}\r\n"
    receive(stack, answer_of(request, 180, tag="far", extra=extra.format(5)), 0.1)
    (prack,) = stack.drain()
    fresh = _reborn(stack, key, 10.0)
    assert fresh.drain() == [prack], "nobody has answered it"
    receive(fresh, answer_of(parse_message(prack.data), 200), 10.1)
    again = answer_of(request, 180, tag="far", extra=extra.format(5))
    assert receive(fresh, again, 10.2) == []
    next_one = answer_of(request, 183, tag="far", extra=extra.format(6))
    only(receive(fresh, next_one, 11.0), events.Response)
    (second,) = requests(fresh)
    assert (header(second, "rack"), cseq_of(second).number) == ("6 1 INVITE", 3)
    answered = answer_of(request, 200, tag="far", body=SDP)
    event = only(receive(fresh, answered, 12.0), events.Response)
    assert (event.call, event.is_ended) == (key, False)
    assert len(fresh.dialogs) == 1


def test_redirections_left_are_remembered() -> None:
    """And where the call was already."""
    stack = stack_at()
    key, request = dial(stack, redirects=1)
    receive(stack, answer_of(request, 302, tag="a"), 0.1)
    _, second = requests(stack)
    fresh = _reborn(stack, key, 1.0)
    assert statuses(fresh) == ["INVITE"]
    assert only(receive(fresh, answer_of(second, 302, tag="b"), 1.1), events.Response).is_ended


@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "INFO", "REFER", "OPTIONS"])
def test_a_request_nobody_answered_is_sent_again(method: str) -> None:
    """The same octets, so that the peer knows it; its answer is news."""
    stack = stack_at()
    call, _ = talk(stack, extra=UPDATE)
    if method == "REFER":
        stack.refer(call.dialog, "sip:pmi@10.0.0.3", now=2.0)
    else:
        stack.request(call.dialog, method, body=OUR_SDP, now=2.0)
    before = stack.drain()
    fresh = _reborn(stack, call.dialog, 50.0)
    assert fresh.drain() == before
    answer = answer_of(parse_message(before[0].data), 200, body=SDP)
    event = only(receive(fresh, answer, 50.1), events.Response)
    assert (event.dialog, event.method, event.is_ended) == (call.dialog, method, False)
    third = _reborn(fresh, call.dialog, 60.0)
    assert [m for m in sent(third) if isinstance(m, Request)] == []


def test_a_change_that_rings_at_the_peer_is_not_sent_again() -> None:
    """A re-INVITE that had a provisional: its 200 is taken and acknowledged."""
    stack = stack_at()
    call, _ = talk(stack)
    stack.request(call.dialog, "INVITE", body=OUR_SDP, now=2.0)
    (request,) = requests(stack)
    receive(stack, answer_of(request, 180), 2.1)
    fresh = _reborn(stack, call.dialog, 50.0)
    assert fresh.out == []
    only(receive(fresh, answer_of(request, 200, body=SDP), 50.1), events.Response)
    assert statuses(fresh) == ["ACK"]


def test_a_collision_is_asked_again_after_the_restart() -> None:
    """The 491 came, the process went: the change is made all the same."""
    stack = stack_at()
    call, _ = talk(stack)
    stack.request(call.dialog, "INVITE", body=OUR_SDP, now=2.0)
    (request,) = requests(stack)
    receive(stack, answer_of(request, 491), 2.1)
    stack.drain()
    fresh = _reborn(stack, call.dialog, 50.0)
    fresh.poll(52.0)
    (again,) = requests(fresh)
    assert (again.method, again.body, cseq_of(again).number) == ("INVITE", OUR_SDP, 2)


def test_an_adopted_session_is_refreshed_soon_and_many_not_at_once() -> None:
    """Ours to refresh: from 5 to 10 s after the restart, drawn; then by the clock again."""
    moments: set[float] = set()
    for number in range(8):
        stack = stack_at()
        extra = f"{UPDATE}Supported: timer\r\nSession-Expires: 600\r\n"
        call, _ = talk(stack, extra=extra)
        fresh = _reborn(stack, call.dialog, 1_000.0, prefix=f"n{number}")
        at = fresh.next_timer()
        assert at is not None
        assert 1_005.0 <= at <= 1_010.0
        fresh.poll(at)
        (update,) = requests(fresh)
        ok = answer_of(update, 200, extra="Session-Expires: 600;refresher=uac\r\n")
        receive(fresh, ok, at)
        fresh.poll(at + 299.9)
        assert fresh.out == []
        fresh.poll(at + 300.0)
        assert statuses(fresh) == ["UPDATE"]
        moments.add(at)
    assert len(moments) > 4


def test_an_adopted_session_of_the_peer_gets_its_whole_interval() -> None:
    """A restart costs no call: what the peer owes is counted from here."""
    stack = stack_at()
    dialog = connect(stack, extra=f"{UPDATE}Session-Expires: 600;refresher=uas\r\n")
    fresh = _reborn(stack, dialog, 1_000.0)
    assert fresh.next_timer() == 1_000.0 + 600.0 - 32.0


def test_transfers_under_way_are_followed_on() -> None:
    """Notices still belong to the REFER of before; those we owe can still be given."""
    stack = stack_at()
    call, to = talk(stack, extra=UPDATE)
    stack.refer(call.dialog, "sip:pmi@10.0.0.3", now=2.0)
    (refer,) = requests(stack)
    receive(stack, answer_of(refer, 202), 2.1)
    asked = follow_up("REFER", to=to, cseq=2, extra="Refer-To: <sip:a@10.0.0.4>\r\n")
    event = only(receive(stack, asked, 3.0), events.Refer)
    stack.respond(event.request, 202, now=3.1)
    receive(stack, answer_of(sent(stack)[-1], 200), 3.2)
    fresh = _reborn(stack, call.dialog, 50.0)
    fresh.drain()
    notice = follow_up(
        "NOTIFY",
        to=to,
        cseq=3,
        branch="z9hG4bKn",
        extra="Event: refer\r\nSubscription-State: terminated\r\n",
        body=b"SIP/2.0 200 OK\r\n",
        content_type="message/sipfrag",
    )
    assert only(receive(fresh, notice, 50.1), events.Referred).is_over
    fresh.drain()
    assert fresh.notify(call.dialog, 200, now=51.0)
    third = _reborn(fresh, call.dialog, 60.0)
    assert statuses(third) == ["NOTIFY"], "nobody has answered it"
    assert third.poll(1_000.0) == []


def test_a_forgotten_transfer_ends_after_the_restart_too() -> None:
    """Three minutes, counted from here."""
    stack = stack_at()
    call, _ = talk(stack, extra=UPDATE)
    stack.refer(call.dialog, "sip:pmi@10.0.0.3", now=2.0)
    (refer,) = requests(stack)
    receive(stack, answer_of(refer, 202), 2.1)
    fresh = _reborn(stack, call.dialog, 500.0)
    assert only(fresh.poll(680.0), events.Referred).is_over


def test_a_dialog_saved_by_an_earlier_version_is_taken_up() -> None:
    """What that version did not know has its default."""
    stack = stack_at()
    call, to = talk(stack)
    saved = json.loads(json.dumps(stack.save(call.dialog)))
    old_dialog = (
        *("call_id", "local", "remote", "target", "routes", "peer", "transport", "is_uas"),
        *("phase", "local_seq", "remote_seq", "invite_seq"),
    )
    saved["dialog"] = {name: saved["dialog"][name] for name in old_dialog}
    saved = {name: saved[name] for name in ("version", "dialog", "waiting", "calling")}
    fresh = stack_at(prefix="new")
    assert fresh.adopt(saved, 5.0) == call.dialog
    only(receive(fresh, follow_up("BYE", to=to), 6.0), events.Bye)


@pytest.mark.parametrize("text", ["nonsense", "SIP/2.0 200 OK\r\n\r\n"])
def test_saved_requests_that_cannot_be_read_are_refused_whole(text: str) -> None:
    """Our own error, and the stack as it was."""
    stack = stack_at()
    call, _ = talk(stack)
    stack.request(call.dialog, "INFO", now=2.0)
    saved = json.loads(json.dumps(stack.save(call.dialog)))
    saved["sent"][0]["request"] = text
    fresh = stack_at(prefix="new")
    with pytest.raises(ParseError):
        fresh.adopt(saved, 5.0)
    assert (fresh.dialogs, fresh.out) == ({}, [])


@pytest.mark.parametrize("transport", list(Transport))
def test_every_state_of_a_call_survives_a_second_death(transport: Transport) -> None:
    """Ringing, pracked, answered, talking, held, refreshed: saved twice is saved the same."""
    stack = stack_at()
    data = invite(extra=SUPPORTED + UPDATE)
    call = only(stack.receive(data, PEER, transport, 0.0), events.Invite)
    for now, status, body in ((1.0, 180, b""), (2.0, 183, OUR_SDP), (3.0, 200, OUR_SDP)):
        stack.respond(call.request, status, body=body, now=now)
        saved = json.loads(json.dumps(stack.save(call.dialog)))
        fresh = stack_at(prefix=f"n{status}")
        assert fresh.adopt(saved, now + 100.0) == call.dialog
        assert json.loads(json.dumps(fresh.save(call.dialog))) == saved
