"""Session timers (RFC 4028) on a fake clock: who refreshes, when, by what, and when it is over."""

from __future__ import annotations

import pytest
from sip_peer import (
    OUR_SDP,
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
    sent,
    stack_at,
    statuses,
    talk,
)

from kentongan.sip import events
from kentongan.sip.fields import cseq_of
from kentongan.sip.message import Request
from kentongan.sip.stack import Stack

UPDATE = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\n"
NAME = "sip:budi@10.0.0.1"


def _asked(value: str, *, able: bool = True) -> str:
    supported = "Supported: timer\r\n" if able else ""
    expires = f"Session-Expires: {value}\r\n" if value else ""
    return f"{UPDATE}{supported}{expires}"


def _terms(stack: Stack, extra: str) -> tuple[str, str]:
    """Session-Expires and Require of our 2xx to such an INVITE."""
    call = only(receive(stack, invite(extra=extra)), events.Invite)
    stack.respond(call.request, 200, body=OUR_SDP, now=0.0)
    ok = sent(stack)[-1]
    return header(ok, "session-expires"), header(ok, "require")


@pytest.mark.parametrize(
    ("extra", "expires", "require"),
    [
        (_asked("1800"), "1800;refresher=uas", ""),
        (_asked("1800;refresher=uac"), "1800;refresher=uac", "timer"),
        (_asked("1800;refresher=uas"), "1800;refresher=uas", ""),
        (_asked("1800", able=False), "1800;refresher=uas", ""),
        (_asked("600;refresher=uas", able=False), "600;refresher=uas", ""),
        (_asked("90"), "90;refresher=uas", ""),
        (_asked("86400"), "1800;refresher=uas", ""),
        (_asked("86400") + "Min-SE: 3600\r\n", "3600;refresher=uas", ""),
        (_asked(""), "1800;refresher=uas", ""),
        (_asked("", able=False), "", ""),
        (_asked("soon"), "1800;refresher=uas", ""),
        ("k: timer\r\nx: 1800;refresher=uac\r\n", "1800;refresher=uac", "timer"),
    ],
)
def test_terms_we_agree_to(extra: str, expires: str, require: str) -> None:
    """Section 9, table 2; the choice is ours: we refresh. Never longer than asked."""
    assert _terms(stack_at(), extra) == (expires, require)


def test_too_short_an_interval() -> None:
    """Section 9: 422 with Min-SE 90 for a name; a call for help rings and has no timer."""
    for value in ("89", "1", "0"):
        stack = stack_at()
        data = invite(uri=NAME, extra=_asked(value))
        assert only(receive(stack, data), events.RefusedInvite).status == 422
        (refused,) = sent(stack)
        assert header(refused, "min-se") == "90"
        assert _terms(stack_at(), _asked(value)) == ("", "")


def test_we_refresh_at_half_the_interval_by_update() -> None:
    """Section 10: UPDATE without body, roles as they are; after its 2xx the clock starts anew."""
    stack = stack_at()
    call, _ = talk(stack, extra=_asked("600"))
    assert stack.poll(300.9) == []
    assert only(stack.poll(301.0), events.Changed).dialog == call.dialog
    (update,) = requests(stack)
    assert (update.method, update.body) == ("UPDATE", b"")
    assert header(update, "session-expires") == "600;refresher=uac"
    ok = answer_of(update, 200, extra="Session-Expires: 600;refresher=uac\r\n")
    assert only(receive(stack, ok, 302.0), events.Changed).dialog == call.dialog
    stack.poll(601.9)
    assert stack.out == []
    stack.poll(602.0)
    assert statuses(stack) == ["UPDATE"]


def test_we_refresh_by_reinvite_where_there_is_no_update() -> None:
    """Section 7.4: the session as it is, so that nothing changes; the answer is told and ACKed."""
    stack = stack_at()
    call, _ = talk(stack, extra="Supported: timer\r\nSession-Expires: 600\r\n")
    stack.poll(301.0)
    (again,) = requests(stack)
    assert (again.method, again.body) == ("INVITE", OUR_SDP)
    ok = answer_of(again, 200, body=SDP, extra="Session-Expires: 600;refresher=uac\r\n")
    event = only(receive(stack, ok, 302.0), events.Response)
    assert (event.dialog, event.sdp, event.is_ended) == (call.dialog, SDP, False)
    assert statuses(stack) == ["ACK"]


def test_a_peer_that_refreshes_is_answered_and_winds_the_clock() -> None:
    """Section 9: its UPDATE or re-INVITE gets the terms again; nothing is due before the end."""
    stack = stack_at()
    _, to = talk(stack, extra=_asked("600;refresher=uac"))
    extra = _asked("600;refresher=uac")
    receive(stack, follow_up("UPDATE", to=to, extra=extra), 300.0)
    (ok,) = sent(stack)
    assert header(ok, "session-expires") == "600;refresher=uac"
    assert header(ok, "require") == "timer"
    assert stack.poll(300.0 + 567.9) == []
    assert stack.out == []
    again = follow_up("INVITE", to=to, cseq=3, branch="z9hG4bKr", body=SDP, extra=extra)
    event = only(receive(stack, again, 868.0), events.Reinvite)
    stack.respond(event.request, 200, body=OUR_SDP, now=868.0)
    assert header(sent(stack)[-1], "session-expires") == "600;refresher=uac"


def test_a_refresh_the_peer_forgot_is_made_by_us() -> None:
    """Section 10 would end the call 32 s before its time; we ask first, and the call goes on."""
    stack = stack_at()
    call, to = talk(stack, extra=_asked("600;refresher=uac"))
    stack.poll(1.0 + 600.0 - 32.0)
    (update,) = requests(stack)
    assert header(update, "session-expires") == "600;refresher=uas"
    ok = answer_of(update, 200, extra="Session-Expires: 600;refresher=uas\r\n")
    only(receive(stack, ok, 570.0), events.Changed)
    assert stack.next_timer() is not None
    assert call.dialog in stack.dialogs
    only(receive(stack, follow_up("BYE", to=to), 571.0), events.Bye)


@pytest.mark.parametrize("status", [405, 500, 501, 403, 488, 504])
def test_any_answer_is_a_sign_of_life(status: int) -> None:
    """No call ends because a peer does not want the extension: re-INVITE, then the next time."""
    stack = stack_at()
    call, _ = talk(stack, extra=_asked("600"))
    stack.poll(301.0)
    (update,) = requests(stack)
    only(receive(stack, answer_of(update, status), 301.5), events.Changed)
    (again,) = requests(stack)
    assert again.method == "INVITE"
    only(receive(stack, answer_of(again, status), 302.0), events.Changed)
    assert statuses(stack) == ["ACK"]
    stack.poll(602.0)
    (third,) = requests(stack)
    assert third.method == "INVITE", "UPDATE is not tried again"
    assert call.dialog in stack.dialogs


def test_nobody_answers_any_more() -> None:
    """Section 10: UPDATE and re-INVITE both die; the event comes once, the BYE is the switch's."""
    stack = stack_at()
    call, _ = talk(stack, extra=_asked("600"))
    found = stack.poll(301.0)
    found += stack.poll(301.0 + 32.0)
    assert "INVITE" in statuses(stack)
    found += stack.poll(301.0 + 64.0)
    assert [e for e in found if isinstance(e, events.SessionExpired)] == [
        events.SessionExpired(dialog=call.dialog)
    ]
    assert not any(isinstance(e, events.Timeout) for e in found)
    stack.drain()
    assert stack.bye(call.dialog, now=366.0)
    assert statuses(stack) == ["BYE"]
    stack.poll(1_000.0)
    assert stack.next_timer() is None


@pytest.mark.parametrize("status", [408, 481])
def test_a_refresh_of_a_call_the_peer_does_not_know_ends_it(status: int) -> None:
    """Section 10 and RFC 3261 12.2.1.2."""
    stack = stack_at()
    call, _ = talk(stack, extra=_asked("600"))
    stack.poll(301.0)
    (update,) = requests(stack)
    event = only(receive(stack, answer_of(update, status), 301.5), events.Response)
    assert (event.dialog, event.is_ended) == (call.dialog, True)
    assert stack.dialogs == {}


def test_a_refresh_that_collides_is_made_again() -> None:
    """491: after the wait of RFC 3261 14.1, not at the next half."""
    stack = stack_at()
    talk(stack, extra=_asked("600"))
    stack.poll(301.0)
    (update,) = requests(stack)
    only(receive(stack, answer_of(update, 491), 301.5), events.Changed)
    stack.poll(304.0)
    assert statuses(stack) == ["UPDATE"]


def test_a_refresh_waits_for_a_change_under_way() -> None:
    """Theirs is unanswered at our half: looked at again five seconds later."""
    stack = stack_at()
    _, to = talk(stack, extra=_asked("600"))
    data = follow_up("INVITE", to=to, body=SDP, extra=_asked("600"))
    event = only(receive(stack, data, 300.5), events.Reinvite)
    stack.drain()
    stack.poll(301.0)
    assert stack.out == []
    stack.respond(event.request, 200, body=OUR_SDP, now=302.0)
    assert header(sent(stack)[-1], "session-expires") == "600;refresher=uas"
    receive(stack, follow_up("ACK", to=to, branch="z9hG4bKa2"), 302.1)
    stack.poll(601.9)
    assert stack.out == [], "their re-INVITE has wound the clock"
    stack.poll(602.0)
    assert statuses(stack) == ["UPDATE"]


def test_hold_does_not_come_undone_by_a_refresh() -> None:
    """The description that is in force is repeated, not the first one."""
    stack = stack_at()
    _, to = talk(stack, extra="Supported: timer\r\nSession-Expires: 600\r\n")
    data = follow_up("INVITE", to=to, body=SDP, extra="Supported: timer\r\n")
    event = only(receive(stack, data, 2.0), events.Reinvite)
    held = OUR_SDP.replace(b"sendrecv", b"recvonly")
    stack.respond(event.request, 200, body=held, now=3.0)
    receive(stack, follow_up("ACK", to=to, branch="z9hG4bKa2"), 3.1)
    stack.drain()
    stack.poll(3.0 + 900.0)
    (again,) = requests(stack)
    assert (again.method, again.body) == ("INVITE", held)


# Our own calls


def test_we_ask_for_a_timer_and_offer_to_refresh() -> None:
    """Section 7.1: Supported timer, Session-Expires with refresher uac; or none where unwanted."""
    _, request = dial(stack_at())
    assert header(request, "session-expires") == "1800;refresher=uac"
    assert header(request, "min-se") == ""
    _, request = dial(stack_at(session_s=0))
    assert header(request, "session-expires") == ""
    _, request = dial(stack_at(), headers=(("Session-Expires", "300"),))
    assert request.headers.list("session-expires") == ("300",)


@pytest.mark.parametrize(
    ("expires", "due_s"),
    [
        ("1200;refresher=uac", 600.0),
        ("1200;refresher=uas", 1168.0),
        ("60;refresher=uas", 40.0),
        ("1;refresher=uac", 10.0),
    ],
)
def test_terms_the_peer_gives(expires: str, due_s: float) -> None:
    """Sections 7.2, 10: half the interval, or all of it less 32 s or a third."""
    stack = stack_at()
    connect(stack, 10.0, extra=f"{UPDATE}Session-Expires: {expires}\r\n")
    stack.poll(10.0 + due_s - 0.1)
    assert stack.out == []
    stack.poll(10.0 + due_s)
    assert statuses(stack) == ["UPDATE"]


def test_a_peer_without_timers_has_none() -> None:
    """Section 7.2: no Session-Expires in the 2xx, no expiration; the call lasts."""
    stack = stack_at()
    connect(stack)
    assert stack.poll(100_000.0) == []
    assert (stack.out, stack.next_timer()) == ([], None)


def test_a_longer_interval_is_granted() -> None:
    """Section 7.3: after 422 the same call with Session-Expires and Min-SE of the peer's wish."""
    stack = stack_at()
    key, request = dial(stack)
    refusal = answer_of(request, 422, tag="far", extra="Min-SE: 3600\r\n")
    assert receive(stack, refusal, 0.1) == []
    ack, again = requests(stack)
    assert ack.method == "ACK"
    assert header(again, "session-expires") == "3600;refresher=uac"
    assert header(again, "min-se") == "3600"
    assert cseq_of(again).number == 2
    assert header(again, "call-id") == header(request, "call-id")
    assert header(again, "from") == header(request, "from")
    event = only(receive(stack, answer_of(again, 200, tag="far", body=SDP), 0.2), events.Response)
    assert (event.call, event.is_ended) == (key, False)
    assert [cseq_of(m).number for m in requests(stack)] == [2]


def test_a_422_that_asks_for_nothing_more_is_the_end() -> None:
    """No loop with a peer that refuses what it asked for."""
    stack = stack_at()
    _, request = dial(stack)
    for seconds in ("", "Min-SE: 90\r\n"):
        data = answer_of(request, 422, tag="far", extra=seconds)
        found = receive(stack, data, 0.1)
        if found:
            assert only(found, events.Response).is_ended
    assert [m.method for m in requests(stack)] == ["ACK", "ACK"]


def test_a_refresh_takes_a_longer_interval_too() -> None:
    """Section 7.3 within a dialog; the new interval is the dialog's."""
    stack = stack_at()
    call, _ = talk(stack, extra=_asked("600"))
    stack.poll(301.0)
    (update,) = requests(stack)
    only(receive(stack, answer_of(update, 422, extra="Min-SE: 900\r\n"), 301.1), events.Changed)
    (again,) = requests(stack)
    assert header(again, "session-expires") == "900;refresher=uac"
    assert header(again, "min-se") == "900"
    ok = answer_of(again, 200, extra="Session-Expires: 900;refresher=uac\r\n")
    receive(stack, ok, 302.0)
    assert stack.dialogs[call.dialog].session_s == 900


def test_a_fork_that_lost_has_no_clock() -> None:
    """Only the dialog of the call is refreshed."""
    stack = stack_at()
    _, request = dial(stack)
    extra = f"{UPDATE}Session-Expires: 600;refresher=uac\r\n"
    for tag in ("one", "two"):
        receive(stack, answer_of(request, 200, tag=tag, body=SDP, extra=extra), 1.0)
    sent_now = requests(stack)
    assert [message.method for message in sent_now] == ["ACK", "ACK", "BYE"]
    receive(stack, answer_of(sent_now[-1], 200), 1.1)
    stack.poll(301.0)
    (update,) = [m for m in sent(stack) if isinstance(m, Request)]
    assert header(update, "to").endswith("tag=one")


@pytest.mark.parametrize("answer", [405, 0])
def test_a_refresh_that_fails_after_we_hung_up_is_not_made_again(answer: int) -> None:
    """The BYE is under way: no re-INVITE after it, no news but its own."""
    stack = stack_at()
    call, _ = talk(stack, extra=_asked("600"))
    stack.poll(301.0)
    (update,) = requests(stack)
    assert stack.bye(call.dialog, now=301.5)
    found = receive(stack, answer_of(update, answer), 302.0) if answer else []
    found += stack.poll(333.4)
    assert found == []
    assert "INVITE" not in statuses(stack)
    timeout = only(stack.poll(334.0), events.Timeout)
    assert (timeout.method, timeout.is_ended) == ("BYE", True)
    assert stack.next_timer() is None
