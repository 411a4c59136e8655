"""Death and return: what is saved goes through JSON into a fresh stack, in every state."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_peer import (
    OUR_SDP,
    PEER,
    SDP,
    answer_of,
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
from kentongan.sip.address import Address, Transport
from kentongan.sip.dialog import Dialog, Phase
from kentongan.sip.errors import ParseError
from kentongan.sip.parse import parse_message
from kentongan.sip.stack import Stack

ODD_CALLER = '"\\" \xff" <sip:+628@10.0.0.2>;tag=p\xe9er'


def _reborn(stack: Stack, name: str, now: float) -> Stack:
    """A new process: nothing but what was saved, by way of both JSON writers."""
    saved = stack.save(name)
    assert saved is not None
    assert json.loads(json.dumps(saved)) == json.loads(msgspec.json.encode(saved))
    fresh = stack_at(prefix="new")
    assert fresh.adopt(json.loads(json.dumps(saved)), now) == name
    return fresh


def _ring(stack: Stack, data: bytes = b"") -> events.Invite:
    call = only(receive(stack, data or invite()), events.Invite)
    stack.respond(call.request, 180, now=0.1)
    stack.drain()
    return call


def test_ringing_is_taken_up() -> None:
    """A repeated INVITE gets the last response with the same tag; the call can be answered."""
    stack = stack_at()
    call = _ring(stack)
    fresh = _reborn(stack, call.dialog, 5.0)
    assert statuses(fresh) == [180]
    assert receive(fresh, invite(), 5.1) == []
    (again,) = sent(fresh)
    assert fresh.respond(call.request, 200, body=OUR_SDP, now=6.0)
    (ok,) = sent(fresh)
    assert to_header(again) == to_header(ok)
    only(receive(fresh, follow_up("ACK", to=to_header(ok), cseq=1), 6.1), events.Ack)
    only(receive(fresh, follow_up("BYE", to=to_header(ok)), 7.0), events.Bye)
    assert statuses(fresh) == [200]


def test_ringing_can_still_be_cancelled() -> None:
    """CANCEL finds its INVITE in the new process; a merged copy is known too."""
    stack = stack_at()
    call = _ring(stack)
    fresh = _reborn(stack, call.dialog, 5.0)
    fresh.drain()
    merged = receive(fresh, invite(branch="z9hG4bKother"), 5.5)
    assert only(merged, events.OtherRequest).answered == 482
    fresh.drain()
    cancel = follow_up("CANCEL", to="<sip:112@10.0.0.1>", cseq=1, branch="z9hG4bKone")
    assert only(receive(fresh, cancel, 6.0), events.Cancel).dialog == call.dialog
    assert statuses(fresh) == [200, 487]


def test_an_answer_without_ack_is_sent_at_once_and_for_32_s() -> None:
    """The 200 goes out again octet by octet; the ACK stops it, silence ends it."""
    stack = stack_at()
    call = _ring(stack)
    stack.respond(call.request, 200, body=OUR_SDP, now=1.0)
    (first,) = stack.drain()
    fresh = _reborn(stack, call.dialog, 10.0)
    (again,) = fresh.drain()
    assert again == first
    lost = _reborn(fresh, call.dialog, 11.0)
    assert only(lost.poll(43.0), events.Timeout).dialog == call.dialog
    to = f"<sip:112@10.0.0.1>;tag={call.dialog.split('|')[1]}"
    only(receive(fresh, follow_up("ACK", to=to, cseq=1), 10.2), events.Ack)
    assert fresh.poll(100.0) == []
    assert fresh.out == []


def test_a_talking_call_goes_on() -> None:
    """BYE from the other side is honoured, and ours has the next number."""
    stack = stack_at()
    call = _ring(stack)
    stack.respond(call.request, 200, body=OUR_SDP, now=1.0)
    to = to_header(sent(stack)[0])
    receive(stack, follow_up("ACK", to=to, cseq=1), 1.1)
    receive(stack, follow_up("INFO", to=to, cseq=7, branch="z9hG4bKi"), 1.2)
    fresh = _reborn(stack, call.dialog, 5.0)
    assert fresh.out == []
    low = receive(fresh, follow_up("BYE", to=to, cseq=6, branch="z9hG4bKlow"), 5.1)
    assert only(low, events.OtherRequest).answered == 500
    other = _reborn(stack, call.dialog, 5.0)
    assert other.bye(call.dialog, now=6.0)
    assert statuses(other) == ["BYE"]
    only(receive(fresh, follow_up("BYE", to=to, cseq=8, branch="z9hG4bKb"), 7.0), events.Bye)


def test_a_reinvite_that_waits_is_taken_up() -> None:
    """A hold that came just before the crash is answered after it."""
    stack = stack_at()
    call = _ring(stack)
    stack.respond(call.request, 200, body=OUR_SDP, now=1.0)
    to = to_header(sent(stack)[0])
    receive(stack, follow_up("ACK", to=to, cseq=1), 1.1)
    event = only(receive(stack, follow_up("INVITE", to=to, body=SDP), 2.0), events.Reinvite)
    fresh = _reborn(stack, call.dialog, 3.0)
    assert statuses(fresh) == [100]
    assert fresh.respond(event.request, 200, body=OUR_SDP, now=3.1)
    assert statuses(fresh) == [200]


def test_an_owed_bye_is_sent() -> None:
    """Hung up before the ACK, or before the BYE was answered: the new process hangs up."""
    stack = stack_at()
    call = _ring(stack)
    stack.respond(call.request, 200, body=OUR_SDP, now=1.0)
    to = to_header(sent(stack)[0])
    stack.bye(call.dialog, now=1.1)
    fresh = _reborn(stack, call.dialog, 2.0)
    assert statuses(fresh) == [200]
    receive(fresh, follow_up("ACK", to=to, cseq=1), 2.1)
    assert statuses(fresh) == ["BYE"]
    third = _reborn(fresh, call.dialog, 3.0)
    (bye,) = sent(third)
    ended = only(receive(third, answer_of(bye, 481), 3.1), events.Response)
    assert ended.is_ended
    assert third.dialogs == {}


def test_a_call_of_ours_in_flight_can_be_cancelled() -> None:
    """With a provisional the CANCEL goes at once, and a 200 that crosses it is hung up."""
    stack = stack_at()
    key = stack.invite("sip:pmi@10.0.0.2", OUR_SDP, now=0.0, peer=PEER)
    (request,) = sent(stack)
    receive(stack, answer_of(request, 180, tag="far"), 0.5)
    fresh = _reborn(stack, key, 3.0)
    assert fresh.out == []
    assert fresh.cancel(key, now=3.0)
    assert statuses(fresh) == ["CANCEL"]
    event = only(receive(fresh, answer_of(request, 200, tag="far", body=SDP), 3.1), events.Response)
    assert event.is_ended
    assert statuses(fresh) == ["ACK", "BYE"]


def test_a_call_of_ours_nobody_heard_is_sent_again() -> None:
    """Without a provisional the INVITE is repeated, the same octets; a wanted CANCEL is kept."""
    stack = stack_at()
    key = stack.invite("sip:pmi@10.0.0.2", OUR_SDP, now=0.0, peer=PEER)
    first = stack.drain()
    stack.cancel(key, now=0.2)
    fresh = _reborn(stack, key, 3.0)
    assert fresh.drain() == first
    request = parse_message(first[0].data)
    assert receive(fresh, answer_of(request, 100), 3.1) == []
    assert statuses(fresh) == ["CANCEL"]


def test_a_repeated_success_from_before_is_acknowledged() -> None:
    """Our ACK died with the old process."""
    stack = stack_at()
    stack.invite("sip:pmi@10.0.0.2", OUR_SDP, now=0.0, peer=PEER)
    (request,) = sent(stack)
    ok = answer_of(request, 200, tag="far", body=SDP)
    dialog = only(receive(stack, ok, 1.0), events.Response).dialog
    fresh = _reborn(stack, dialog, 2.0)
    assert receive(fresh, ok, 2.5) == []
    assert statuses(fresh) == ["ACK"]


def test_an_early_dialog_of_a_call_is_not_taken_up_without_it() -> None:
    """A call of ours is saved by its key; the dialog of a phone that rang opens again by itself."""
    stack = stack_at()
    stack.invite("sip:pmi@10.0.0.2", OUR_SDP, now=0.0, peer=PEER)
    (request,) = sent(stack)
    early = only(receive(stack, answer_of(request, 180, tag="far"), 0.5), events.Response)
    saved = stack.save(early.dialog)
    assert saved is not None
    fresh = stack_at(prefix="new")
    assert fresh.adopt(saved, 1.0) == ""
    assert (fresh.dialogs, fresh.out) == ({}, [])


def test_octets_that_are_no_text_survive() -> None:
    """A caller with broken UTF-8 in the name and tag rings through the restart."""
    stack = stack_at()
    data = invite(sender=ODD_CALLER).decode().encode("latin-1")
    call = only(receive(stack, data), events.Invite)
    fresh = _reborn(stack, call.dialog, 1.0)
    fresh.drain()
    assert receive(fresh, data, 1.1) == []
    (again,) = fresh.drain()
    assert ODD_CALLER.encode("latin-1") in again.data


def _saved_while_ringing() -> dict[str, Any]:
    stack = stack_at()
    return stack.save(_ring(stack).dialog) or {}


RINGING = _saved_while_ringing()


@pytest.mark.parametrize(
    "saved",
    [
        {"dialog": 7},
        {"version": 99},
        {"waiting": [{"request": "nonsense"}]},
        RINGING | {"waiting": [RINGING["waiting"][0] | {"request": "nonsense"}]},
        {
            "calling": {
                "key": "k",
                "request": "nonsense",
                "peer": {"host": "h", "port": 1},
                "transport": "udp",
                "had_provisional": False,
                "wants_cancel": False,
            }
        },
    ],
)
def test_what_was_not_saved_by_us_is_refused(saved: dict[str, Any]) -> None:
    """Our own error, and the stack as it was."""
    stack = stack_at()
    with pytest.raises(ParseError):
        stack.adopt(saved, 0.0)
    assert (stack.dialogs, stack.out) == ({}, [])


_TEXT = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20)


@given(
    call_id=_TEXT,
    target=_TEXT,
    routes=st.lists(_TEXT, max_size=4),
    seqs=st.tuples(st.integers(0, 2**31 - 1), st.none() | st.integers(0, 2**31 - 1)),
    phase=st.sampled_from(Phase),
    transport=st.sampled_from(Transport),
    is_uas=st.booleans(),
)
def test_dialogs_round_trip_through_json(
    call_id: str,
    target: str,
    routes: list[str],
    seqs: tuple[int, int | None],
    phase: Phase,
    transport: Transport,
    is_uas: bool,
) -> None:
    """from_dict(to_dict(d)) is d, whatever octets the peer put into it."""
    dialog = Dialog(
        call_id=call_id,
        local="<sip:a@b>;tag=1",
        remote="<sip:c@d>;tag=2",
        target=target,
        routes=tuple(routes),
        peer=Address("10.0.0.2", 5060),
        transport=transport,
        is_uas=is_uas,
        phase=phase,
        local_seq=seqs[0],
        remote_seq=seqs[1],
    )
    assert Dialog.from_dict(json.loads(json.dumps(dialog.to_dict()))) == dialog
