"""Damaged requests and answers within calls: our own errors alone, and the calls go on.

Well-formed messages of every extension are damaged at random (seeded) and given to a stack that has
a call in each state; nothing may be raised, nothing may grow, and the calls can still be ended.
"""

from __future__ import annotations

import random

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
    talk,
    to_header,
)

from kentongan.sip import events
from kentongan.sip.address import Transport
from kentongan.sip.message import Message
from kentongan.sip.parse import parse_message
from kentongan.sip.stack import Stack

ROUNDS = 1_500
TRANSPORTS = list(Transport)
ALL = "Allow: UPDATE, REFER, NOTIFY\r\nSupported: 100rel, timer\r\n"
PIECES = (
    *(b"", b";", b",", b"<", b">", b'"', b"\x00", b"\xff", b"%", b"0", b"-1", b"99999999999"),
    *(b"\r\n", b": ", b"=", b"?Replaces=", b";tag=", b"refresher=uac", b"SIP/2.0 ", b"INVITE"),
)


def _damaged(data: bytes, chance: random.Random) -> bytes:
    """One to three pieces written over or into it."""
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data))
        cut = chance.choice((0, 0, 1, 4, 20))
        data = data[:at] + chance.choice(PIECES) + data[at + cut :]
    return data


def _requests_in(to: str, rseq: str) -> list[bytes]:
    """One request of each kind, for the dialog `to` names."""
    frag = {"body": b"SIP/2.0 200 OK\r\n", "content_type": "message/sipfrag"}
    notify = "Event: refer;id=1\r\nSubscription-State: active;expires=60\r\n"
    refer = "Refer-To: <sip:a@10.0.0.4?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n"
    timed = "Session-Expires: 600;refresher=uac\r\nMin-SE: 90\r\nSupported: timer\r\n"
    return [
        follow_up("PRACK", to=to, cseq=2, branch="z9hG4bKp", extra=f"RAck: {rseq} 1 INVITE\r\n"),
        follow_up("UPDATE", to=to, cseq=3, branch="z9hG4bKu", extra=timed, body=SDP),
        follow_up("INVITE", to=to, cseq=4, branch="z9hG4bKi", extra=timed, body=SDP),
        follow_up("REFER", to=to, cseq=5, branch="z9hG4bKr", extra=refer),
        follow_up("NOTIFY", to=to, cseq=6, branch="z9hG4bKn", extra=notify, **frag),
        follow_up("MESSAGE", to=to, cseq=7, branch="z9hG4bKm", body=b"x"),
        invite(
            call_id="new",
            branch="z9hG4bKnew",
            extra=f"{ALL}Replaces: call-1;to-tag=us00000001;from-tag=peer\r\n",
        ),
    ]


def _state(name: str) -> tuple[Stack, str, list[bytes]]:
    """A stack with a call in that state, its dialog, and requests for it."""
    stack = stack_at()
    if name == "talking":
        call, to = talk(stack, extra=ALL)
        stack.refer(call.dialog, "sip:x@y", now=1.0)
        stack.drain()
        return stack, call.dialog, _requests_in(to, "1")
    call = ring(stack, extra=ALL)
    stack.respond(call.request, 183, body=OUR_SDP, now=1.0)
    (early,) = sent(stack)
    return stack, call.dialog, _requests_in(to_header(early), header(early, "rseq"))


@pytest.mark.parametrize("name", ["ringing", "talking"])
def test_damaged_requests_leave_a_call_as_it_is(name: str) -> None:
    """Requests of every extension, damaged; afterwards the call can be answered or hung up."""
    chance = random.Random(name)
    taken = 0
    for number in range(ROUNDS // 50):
        stack, dialog, whole = _state(name)
        for step in range(50):
            data = _damaged(chance.choice(whole), chance)
            data = data.replace(b"z9hG4bK", b"z9hG4bK%d" % (number * 50 + step), 1)
            found = stack.receive(data, PEER, chance.choice(TRANSPORTS), 2.0 + step / 10)
            taken += not isinstance(found[0], events.Malformed) if found else 0
            for event in found:
                if isinstance(event, events.Update | events.Reinvite | events.Refer):
                    stack.respond(event.request, 200, body=OUR_SDP, now=8.0)
        stack.poll(10.0)
        stack.drain()
        assert len(stack.dialogs) <= 51
        if dialog in stack.dialogs:
            is_ended = stack.bye(dialog, now=11.0) or stack.respond(dialog, 480, now=11.0)
            assert is_ended
            assert {"BYE", 480, 487} & set(statuses(stack)) or name == "talking"
    assert taken > ROUNDS // 8, "many were read all the same"


def test_damaged_answers_to_calls_and_refreshes() -> None:
    """Provisionals, challenges, redirections, intervals; after them the call ends by itself."""
    chance = random.Random(7)
    extras = (
        "Require: 100rel\r\nRSeq: 7\r\n",
        'WWW-Authenticate: Digest realm="a", nonce="b"\r\n',
        'Contact: <sip:a@b>;q=0.5, "x" <sip:c@d>;q=1\r\n',
        "Min-SE: 3600\r\nSession-Expires: 600;refresher=uas\r\nRetry-After: 5\r\n",
    )
    for number in range(ROUNDS // 10):
        stack = stack_at(prefix=f"d{number}")
        request: Message = dial(stack, redirects=3)[1]
        for step in range(10):
            status = chance.choice((180, 183, 200, 302, 401, 407, 422, 491, 503))
            data = answer_of(request, status, tag="far", extra=chance.choice(extras), body=SDP)
            receive(stack, _damaged(data, chance), step / 10)
            ours = [out.data for out in stack.drain() if out.data.startswith(b"INVITE ")]
            request = parse_message(ours[-1]) if ours else request
        for name in list(stack.dialogs):
            stack.bye(name, now=2.0)
        for now in (40.0, 80.0, 120.0):
            stack.poll(now)
        stack.drain()
        assert all(dialog.phase == "early" for dialog in stack.dialogs.values())


def test_after_all_that_a_call_is_a_call() -> None:
    """The stack that has seen every damaged request rings, answers and ends as ever."""
    stack, _, whole = _state("talking")
    chance = random.Random(11)
    for step in range(500):
        receive(stack, _damaged(chance.choice(whole), chance), 2.0 + step / 100)
    stack.drain()
    call, to = talk(stack, 10.0, call_id="clean", branch="z9hG4bKclean")
    assert stack.request(call.dialog, "INFO", now=11.0)
    assert [m.method for m in requests(stack)] == ["INFO"]
    bye = follow_up("BYE", to=to, branch="z9hG4bKend", call_id="clean")
    assert only(receive(stack, bye, 12.0), events.Bye).dialog == call.dialog
