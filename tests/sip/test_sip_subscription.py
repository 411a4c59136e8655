"""Being told where a caller is: SUBSCRIBE, NOTIFY, and their ends (RFC 6665, RFC 3856)."""

from __future__ import annotations

import pytest
from sip_peer import PEER, answer_of, header, invite, only, receive, requests, stack_at, statuses

from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.fields import cseq_of, from_of
from kentongan.sip.message import Request
from kentongan.sip.outside import Outside
from kentongan.sip.stack import Stack
from kentongan.sip.subscription import (
    DOCUMENT_OCTETS_MAX,
    EXPIRES_S,
    LASTS_S_MAX,
    NOTICES_MAX,
    RENEWED_BEFORE_S,
    TIMER_N_S,
)

TARGET = "sip:place-77@lis.example"
DOCUMENT = b"<presence/>"


def _asked(stack: Stack, now: float = 0.0) -> tuple[str, Request]:
    key = stack.subscribe(TARGET, now=now, peer=PEER)
    (request,) = requests(stack)
    return key, request


def _notify(asked: Request, number: int = 1, state: str = "active", **more: str | bytes) -> bytes:
    event = more.pop("event", "presence")
    extra = f"Event: {event}\r\nSubscription-State: {state}\r\n{more.pop('extra', '')}"
    more = {"body": DOCUMENT, "content_type": "application/pidf+xml", **more}
    return invite(
        method="NOTIFY",
        branch=f"z9hG4bKnotify{number}{more.pop('branch', '')}",
        call_id=header(asked, "call-id"),
        cseq=number,
        to=header(asked, "from"),
        sender=f"<{TARGET}>;tag={more.pop('tag', 'lis')}",
        extra=extra,
        **more,  # type: ignore[arg-type]
    )


def test_it_is_asked_once_and_told_again_and_again() -> None:
    """RFC 3856 section 6.4: event, accepted type, duration; each NOTIFY gets 200 and is told."""
    stack = stack_at()
    key, asked = _asked(stack)
    assert (asked.method, asked.uri) == ("SUBSCRIBE", TARGET)
    assert (header(asked, "event"), header(asked, "expires")) == ("presence", str(EXPIRES_S))
    assert header(asked, "accept") == "application/pidf+xml"
    assert header(asked, "contact")
    assert header(asked, "to") == f"<{TARGET}>"
    assert receive(stack, answer_of(asked, 202, tag="lis")) == []
    for number in (1, 2):
        told = only(receive(stack, _notify(asked, number), 1.0), events.Notified)
        assert (told.subscription, told.number, told.document) == (key, number, DOCUMENT)
        assert statuses(stack) == [200]
    assert len(stack.dialogs) == 0


def test_the_notice_may_come_first_and_its_repeats_say_nothing_new() -> None:
    """RFC 6665 section 4.4.1: the NOTIFY makes it, whether or not an answer ever comes."""
    stack = stack_at()
    _, asked = _asked(stack)
    only(receive(stack, _notify(asked)), events.Notified)
    assert receive(stack, _notify(asked)) == []
    assert statuses(stack) == [200, 200]
    assert stack.poll(40.0) == [], "that nobody answered the SUBSCRIBE is no matter now"


def test_one_that_is_pending_has_nothing_to_tell() -> None:
    """No body, no event; the place may follow."""
    stack = stack_at()
    _, asked = _asked(stack)
    assert receive(stack, _notify(asked, state="pending;expires=60", body=b"")) == []
    assert statuses(stack) == [200]
    only(receive(stack, _notify(asked, 2)), events.Notified)


def test_the_other_side_ends_it() -> None:
    """The last document counts; the reason is told, and what comes after belongs to nothing."""
    stack = stack_at()
    key, asked = _asked(stack)
    state = "terminated;reason=noresource"
    told, ended = receive(stack, _notify(asked, state=state))
    assert isinstance(told, events.Notified)
    assert ended == events.SubscriptionEnded(
        subscription=key, cause="terminated", said="noresource", status=0
    )
    assert statuses(stack) == [200]
    other = only(receive(stack, _notify(asked, 2)), events.OtherRequest)
    assert (other.method, other.answered) == ("NOTIFY", 481)
    assert not stack.unsubscribe(key, now=1.0)


def test_we_end_it() -> None:
    """Expires 0 in its dialog, to the peer that was named whatever Contact says; nothing is told
    of its last NOTIFY."""
    stack = stack_at()
    key, asked = _asked(stack)
    way = "Record-Route: <sip:10.9.9.9;lr>\r\n"
    receive(stack, _notify(asked, 7, extra=way))
    stack.drain()
    assert stack.unsubscribe(key, now=5.0)
    (out,) = stack.out
    assert out.address == PEER
    (last,) = requests(stack)
    assert (last.method, header(last, "expires")) == ("SUBSCRIBE", "0")
    assert (cseq_of(last).number, header(last, "call-id")) == (2, header(asked, "call-id"))
    assert header(last, "to").endswith(";tag=lis")
    assert (last.uri, header(last, "route")) == ("sip:trunk@10.0.0.2:5060", "<sip:10.9.9.9;lr>")
    assert not stack.unsubscribe(key, now=5.0)
    assert receive(stack, _notify(asked, 8, "terminated;reason=timeout"), 5.1) == []
    assert statuses(stack) == [200]
    assert receive(stack, answer_of(last, 200), 5.2) == []
    assert stack.poll(100.0) == []


def test_ended_before_anybody_said_a_word() -> None:
    """There is no dialog to end: its first NOTIFY gets 481, which ends it where it was made."""
    stack = stack_at()
    key, asked = _asked(stack)
    assert stack.unsubscribe(key, now=0.1)
    assert stack.drain() == []
    assert receive(stack, answer_of(asked, 200, tag="lis"), 0.2) == []
    assert receive(stack, _notify(asked), 0.3) == []
    assert statuses(stack) == [481]
    assert stack.poll(100.0) == []
    assert stack.next_timer() is None


@pytest.mark.parametrize("status", [302, 401, 407, 404, 489, 503])
def test_a_refusal_ends_it(status: int) -> None:
    """No redirection is followed, and no challenge answered: nothing is sent again."""
    stack = stack_at()
    key, asked = _asked(stack)
    extra = 'WWW-Authenticate: Digest realm="x", nonce="y"\r\nContact: <sip:evil@192.0.2.9>\r\n'
    ended = only(
        receive(stack, answer_of(asked, status, tag="lis", extra=extra)), events.SubscriptionEnded
    )
    assert (ended.subscription, ended.cause, ended.status) == (key, "refused", status)
    assert stack.drain() == []
    only(receive(stack, _notify(asked)), events.OtherRequest)
    assert statuses(stack) == [481]


def test_nobody_answers() -> None:
    """Repeated like any request, and given up after 32 s; it is told once."""
    stack = stack_at()
    _asked(stack)
    found: list[events.Event] = []
    for tenth in range(500):
        found += stack.poll(tenth / 10)
    ended = only(found, events.SubscriptionEnded)
    assert ended.cause == "no_answer"
    assert len(requests(stack)) == 10
    assert stack.next_timer() is None


def test_an_answer_that_no_notice_follows() -> None:
    """RFC 6665 section 4.1.2.4, Timer N: 32 s after it was asked, and not before."""
    stack = stack_at()
    key, asked = _asked(stack)
    receive(stack, answer_of(asked, 200, tag="lis"), 0.1)
    assert stack.poll(TIMER_N_S - 0.1) == []
    ended = only(stack.poll(TIMER_N_S), events.SubscriptionEnded)
    assert (ended.subscription, ended.cause) == (key, "no_answer")
    assert "no NOTIFY" in ended.said


def test_it_is_renewed_and_runs_out_where_that_is_not_answered() -> None:
    """RFC 6665 4.1.2.2: within the dialog, before its end; without a NOTIFY it is over."""
    stack = stack_at()
    _, asked = _asked(stack)
    receive(stack, answer_of(asked, 200, tag="lis"), 0.5)
    receive(stack, _notify(asked), 1.0)
    stack.drain()
    assert stack.poll(1.0 + EXPIRES_S - RENEWED_BEFORE_S) == []
    (renewal,) = requests(stack)
    assert (renewal.method, header(renewal, "expires")) == ("SUBSCRIBE", str(EXPIRES_S))
    assert header(renewal, "to").endswith(";tag=lis")
    found: list[events.Event] = list(stack.poll(1.0 + EXPIRES_S))
    assert only(found, events.SubscriptionEnded).cause == "expired"
    only(receive(stack, _notify(asked, 2), 700.0), events.OtherRequest)


@pytest.mark.parametrize(("granted", "each_s"), [("600", 600), ("60", 60), ("1", 60), ("x", 600)])
def test_it_lasts_an_hour_and_no_longer(granted: str, each_s: int) -> None:
    """As long as each renewal is answered, by what the server grants; then it runs out."""
    stack = stack_at()
    _, asked = _asked(stack)
    now, number, state = 0.0, 1, f"active;expires={granted}"
    receive(stack, _notify(asked, number, state), now)
    while stack._subscriber._known:
        stack.drain()
        now = stack.next_timer() or now
        stack.poll(now)
        for request in requests(stack):
            number += 1
            receive(stack, answer_of(request, 200), now)
            receive(stack, _notify(asked, number, state), now)
    assert LASTS_S_MAX - RENEWED_BEFORE_S <= now <= LASTS_S_MAX + each_s
    asked_again = number - 1  # the last one says that no more is wanted
    assert asked_again <= LASTS_S_MAX / (each_s - RENEWED_BEFORE_S) + 2


def test_so_many_notices_and_no_more() -> None:
    """The last one still counts, then it is ended by us."""
    stack = stack_at()
    key, asked = _asked(stack)
    found: list[events.Event] = []
    for number in range(1, NOTICES_MAX + 10):
        found += receive(stack, _notify(asked, number), 1.0)
    *told, ended = found
    assert [one.number for one in told if isinstance(one, events.Notified)] == [
        *range(1, NOTICES_MAX + 1)
    ]
    assert isinstance(ended, events.SubscriptionEnded)
    assert (ended.subscription, ended.cause) == (key, "too_many")
    assert statuses(stack).count("SUBSCRIBE") == 1


def test_a_document_that_is_too_long() -> None:
    """413, nothing of it is read, and no more is wanted."""
    stack = stack_at()
    key, asked = _asked(stack)
    receive(stack, _notify(asked))
    stack.drain()
    long = b"x" * (DOCUMENT_OCTETS_MAX + 1)
    ended = only(receive(stack, _notify(asked, 2, body=long)), events.SubscriptionEnded)
    assert (ended.subscription, ended.cause) == (key, "too_long")
    assert statuses(stack) == [413, "SUBSCRIBE"]


def test_what_is_not_its_notice_gets_481_489_or_500() -> None:
    """A fork's, another event's, an overtaken one, one outside any dialog, another dialog's."""
    stack = stack_at()
    _, asked = _asked(stack)
    receive(stack, _notify(asked, 5))
    stack.drain()
    strange = (
        _notify(asked, 6, tag="fork"),
        _notify(asked, 6, event="dialog"),
        _notify(asked, 4),
        _notify(asked, 6).replace(from_of(asked).tag.encode(), b"other"),
        _notify(asked, 6).replace(f";tag={from_of(asked).tag}".encode(), b""),
    )
    for message in strange:
        only(receive(stack, message), events.OtherRequest)
    assert statuses(stack) == [481, 489, 500, 481, 481]
    only(receive(stack, _notify(asked, 6)), events.Notified)


def test_a_notice_of_somebody_else() -> None:
    """It fits in every tag, but comes from an address of another trunk: nothing is told."""

    def owners_of(source: Address, transport: Transport) -> tuple[str, ...]:
        del transport
        return ("carrier",) if source == PEER else ("other",)

    stack = stack_at(owners_of=owners_of)
    _, asked = _asked(stack)
    found = stack.receive(_notify(asked), Address("10.0.0.77", 5060), Transport.UDP, 0.0)
    assert only(found, events.OtherRequest).is_foreign
    assert statuses(stack) == [481]
    only(receive(stack, _notify(asked)), events.Notified)


@pytest.mark.parametrize("state", ["", ";;", '"', 'active;reason="', "strange", "é"])
def test_a_state_that_cannot_be_read_goes_on(state: str) -> None:
    """RFC 6665 section 4.1.3; its document is told."""
    stack = stack_at()
    _, asked = _asked(stack)
    only(receive(stack, _notify(asked, state=state)), events.Notified)
    only(receive(stack, _notify(asked, 2)), events.Notified)


def test_a_document_among_other_parts() -> None:
    """The PIDF part alone is told."""
    stack = stack_at()
    _, asked = _asked(stack)
    parts = (
        b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
        b"--x\r\nContent-Type: application/pidf+xml\r\n\r\n" + DOCUMENT + b"\r\n--x--\r\n"
    )
    message = _notify(asked, body=parts, content_type="multipart/mixed;boundary=x")
    assert only(receive(stack, message), events.Notified).document == DOCUMENT


def test_it_is_sent_by_no_other_way() -> None:
    """`send` has no subscriptions: their answers would be nobody's."""
    stack = stack_at()
    assert stack.send(Outside(method="SUBSCRIBE", target=TARGET), now=0.0, peer=PEER) == ""
    assert stack.drain() == []
