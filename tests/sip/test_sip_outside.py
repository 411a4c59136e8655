"""Our requests outside dialogs: registrations, credentials, redirections, overload, races."""

from __future__ import annotations

import pytest
from sip_peer import (
    OUR_SDP,
    PEER,
    SDP,
    answer_of,
    connect,
    dial,
    header,
    only,
    receive,
    requests,
    stack_at,
    statuses,
    to_header,
)

from kentongan.sip import caller, events
from kentongan.sip.address import Transport
from kentongan.sip.fields import cseq_of, via_of
from kentongan.sip.hops import HOPS, hops_after, hops_of
from kentongan.sip.message import Headers, Request
from kentongan.sip.outside import Outside
from kentongan.sip.parse import parse_message
from kentongan.sip.stack import Stack

REGISTER = Outside(
    method="REGISTER",
    target="sip:telco.example",
    from_uri="sip:semarang@telco.example",
    to_uri="sip:semarang@telco.example",
    headers=(("Contact", "<sip:semarang@10.0.0.1:5060>;expires=600"), ("Expires", "600")),
)
CHALLENGE = 'WWW-Authenticate: Digest realm="telco", nonce="1", qop="auth"\r\n'
PROXY = 'Proxy-Authenticate: Digest realm="{}", nonce="1"\r\n'


def _send(stack: Stack, wanted: Outside = REGISTER, now: float = 0.0) -> tuple[str, Request]:
    key = stack.send(wanted, now=now, peer=PEER)
    (request,) = requests(stack)
    return key, request


def test_a_registration_says_just_what_it_is_told() -> None:
    """RFC 3261 10.2: its own Contact alone, To and From as given, no To tag."""
    _, request = _send(stack_at())
    assert request.uri == "sip:telco.example"
    assert request.headers.list("contact") == ("<sip:semarang@10.0.0.1:5060>;expires=600",)
    assert header(request, "to") == "<sip:semarang@telco.example>"
    assert header(request, "from").startswith("<sip:semarang@telco.example>;tag=")
    assert cseq_of(request).number == 1


def test_a_registration_goes_on_under_its_call_id() -> None:
    """RFC 3261 10.2: the same Call-ID, the next CSeq."""
    wanted = Outside(method="REGISTER", target="sip:telco.example", call_id="reg-1@us", cseq=7)
    _, request = _send(stack_at(), wanted)
    assert header(request, "call-id") == "reg-1@us"
    assert cseq_of(request).number == 7


@pytest.mark.parametrize("transport", list(Transport))
def test_a_challenge_is_answered_with_credentials(transport: Transport) -> None:
    """Section 22.2: the same request with the header, the next CSeq and a new branch; same key."""
    stack = stack_at()
    key = stack.send(REGISTER, now=0.0, peer=PEER, transport=transport)
    (request,) = requests(stack)
    event = only(receive(stack, answer_of(request, 401, tag="x", extra=CHALLENGE)), events.Response)
    assert (event.call, event.status, event.is_ended) == (key, 401, True)
    assert event.challenges == ('Digest realm="telco", nonce="1", qop="auth"',)
    assert event.request_uri == "sip:telco.example"
    proof = (("Authorization", 'Digest realm="telco", response="abc"'),)
    assert stack.retry_with(event.request, proof, now=0.1)
    (again,) = requests(stack)
    assert header(again, "authorization") == 'Digest realm="telco", response="abc"'
    assert cseq_of(again).number == 2
    assert via_of(again).branch != via_of(request).branch
    for name in ("call-id", "from", "to", "contact", "expires"):
        assert header(again, name) == header(request, name)
    done = only(receive(stack, answer_of(again, 200, tag="x"), 0.2), events.Response)
    assert (done.call, done.status, done.challenges) == (key, 200, ())
    assert not stack.retry_with(event.request, proof, now=0.3), "it has had its turn"
    stack.poll(100.0)
    assert stack.next_timer() is None


def test_credentials_are_tried_a_few_times_only() -> None:
    """Five times for one request; a stale nonce needs two."""
    stack = stack_at()
    _, request = _send(stack)
    proof = (("Authorization", 'Digest realm="telco"'),)
    tries = 0
    while True:
        data = answer_of(request, 401, tag="x", extra=CHALLENGE)
        event = only(receive(stack, data), events.Response)
        if not stack.retry_with(event.request, proof, now=0.1):
            break
        tries += 1
        (request,) = requests(stack)
        assert request.headers.list("authorization") == ('Digest realm="telco"',)
    assert tries == 5


def test_two_proxies_each_want_theirs() -> None:
    """Section 22.3, RFC 3665 3.3: credentials of another realm stay, those of the same one go."""
    stack = stack_at()
    key, request = dial(stack)
    for number, realm in enumerate(("a", "b", "a"), 2):
        data = answer_of(request, 407, tag="x", extra=PROXY.format(realm))
        event = only(receive(stack, data), events.Response)
        assert event.call == key
        proof = (("Proxy-Authorization", f'Digest realm="{realm}", nc={number}'),)
        assert stack.retry_with(event.request, proof, now=0.1)
        ack, request = requests(stack)
        assert ack.method == "ACK"
        assert cseq_of(request).number == number
    assert request.headers.list("proxy-authorization") == (
        'Digest realm="b", nc=3',
        'Digest realm="a", nc=4',
    )
    event = only(receive(stack, answer_of(request, 200, tag="y", body=SDP)), events.Response)
    assert (event.call, event.is_ended) == (key, False)
    (ack,) = requests(stack)
    assert cseq_of(ack).number == 4
    assert len(ack.headers.list("proxy-authorization")) == 2, "section 22.1"


def test_a_challenged_call_can_be_cancelled_and_a_cancelled_one_is_not_tried_again() -> None:
    """CANCEL finds the INVITE that was sent last."""
    stack = stack_at()
    key, request = dial(stack)
    event = only(
        receive(stack, answer_of(request, 407, tag="x", extra=PROXY.format("a"))), events.Response
    )
    stack.retry_with(event.request, (("Proxy-Authorization", "x"),), now=0.1)
    _, again = requests(stack)
    receive(stack, answer_of(again, 180, tag="y"), 0.2)
    assert stack.cancel(key, now=0.3)
    (cancel,) = requests(stack)
    assert via_of(cancel).branch == via_of(again).branch
    late = answer_of(again, 407, tag="y", extra=PROXY.format("b"))
    ended = only(receive(stack, late, 0.4), events.Response)
    assert ended.is_ended
    assert not stack.retry_with(ended.request, (("Proxy-Authorization", "x"),), now=0.5)


@pytest.mark.parametrize("method", ["BYE", "INFO", "INVITE"])
def test_requests_in_dialogs_can_be_challenged_too(method: str) -> None:
    """Section 22.2 within a dialog; a BYE too, although the dialog is gone for the switch."""
    stack = stack_at()
    dialog = connect(stack)
    assert stack.request(dialog, method, body=OUR_SDP, now=3.0)
    (request,) = requests(stack)
    data = answer_of(request, 407, extra=PROXY.format("a"))
    event = only(receive(stack, data, 3.1), events.Response)
    assert (event.dialog, event.is_ended) == (dialog, method == "BYE")
    assert stack.retry_with(event.request, (("Proxy-Authorization", "x"),), now=3.2)
    again = requests(stack)[-1]
    assert (again.method, cseq_of(again).number) == (method, cseq_of(request).number + 1)
    if method == "INVITE":
        receive(stack, answer_of(again, 200, body=SDP), 3.3)
        (ack,) = requests(stack)
        assert cseq_of(ack).number == cseq_of(again).number


def test_redirections_are_followed_as_often_as_the_call_allows() -> None:
    """Section 8.1.3.4: best q first, the same Call-ID and From, no To tag, by the same way."""
    stack = stack_at()
    key, request = dial(stack, redirects=2)
    contacts = "Contact: <sip:low@10.0.0.5>;q=0.2, <mailto:x@y>, <sip:high@10.0.0.6>;q=0.9\r\n"
    moved = answer_of(request, 302, tag="a").replace(
        b"Contact: <sip:agency@10.0.0.2:5060>\r\n", contacts.encode()
    )
    event = only(receive(stack, moved, 0.1), events.Response)
    assert (event.call, event.status, event.is_ended) == (key, 302, False)
    (ack, outgoing) = stack.drain()
    assert ack.data.startswith(b"ACK sip:pmi@10.0.0.2 ")
    assert outgoing.address == PEER
    assert outgoing.data.startswith(b"INVITE sip:high@10.0.0.6 ")
    second = parse_message(outgoing.data)
    assert header(second, "call-id") == header(request, "call-id")
    assert to_header(second) == to_header(request)
    event = only(receive(stack, answer_of(second, 301, tag="b"), 0.2), events.Response)
    assert not event.is_ended
    _, third = requests(stack)
    assert third.uri == "sip:agency@10.0.0.2:5060"
    event = only(receive(stack, answer_of(third, 302, tag="c"), 0.3), events.Response)
    assert event.is_ended, "two were allowed"
    assert statuses(stack) == ["ACK"]


def test_a_circle_of_redirections_ends() -> None:
    """Where it was already, it is not sent again."""
    stack = stack_at()
    _, request = dial(stack, redirects=5)
    receive(stack, answer_of(request, 302, tag="a"), 0.1)
    _, second = requests(stack)
    event = only(receive(stack, answer_of(second, 302, tag="b"), 0.2), events.Response)
    assert event.is_ended


@pytest.mark.parametrize(
    "contact", [b"", b"Contact: <x\r\n", b"Contact: <http://a/>\r\n", b"Contact: *\r\n"]
)
def test_a_redirection_to_nowhere_is_the_end(contact: bytes) -> None:
    """No Contact, an unreadable one, another scheme."""
    stack = stack_at()
    _, request = dial(stack, redirects=5)
    data = answer_of(request, 302, tag="a")
    data = data.replace(b"Contact: <sip:agency@10.0.0.2:5060>\r\n", contact)
    assert only(receive(stack, data, 0.1), events.Response).is_ended


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("18000;duration=3600", 3_600), ("5 (busy)", 5), ("soon", None), ("", None)],
)
def test_overload_says_when_to_come_back(value: str, seconds: int | None) -> None:
    """Sections 20.33 and 21.5.4: Retry-After of a 503, at most an hour."""
    stack = stack_at()
    _, request = dial(stack)
    data = answer_of(request, 503, tag="a", extra=f"Retry-After: {value}\r\n")
    event = only(receive(stack, data, 0.1), events.Response)
    assert (event.status, event.retry_after_s, event.is_ended) == (503, seconds, True)


def test_phones_beyond_the_limit_are_not_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that forks without end fills no memory; one that rang may still answer."""
    monkeypatch.setattr(caller, "FORKS_MAX", 3)
    stack = stack_at()
    key, request = dial(stack)
    for number in range(10):
        receive(stack, answer_of(request, 180, tag=f"t{number}"), 0.1)
    assert len(stack.dialogs) == 3
    assert receive(stack, answer_of(request, 200, tag="t9", body=SDP), 0.2) == []
    event = only(receive(stack, answer_of(request, 200, tag="t1", body=SDP), 0.3), events.Response)
    assert (event.call, event.is_ended) == (key, False)
    assert len(stack.dialogs) == 1


@pytest.mark.parametrize("method", ["INVITE", "ACK", "CANCEL"])
def test_what_has_its_own_verb_is_not_sent_so(method: str) -> None:
    """A call is made with `invite`."""
    stack = stack_at()
    assert stack.send(Outside(method=method, target="sip:x@y"), now=0.0, peer=PEER) == ""
    assert not stack.retry_with("nothing", (), now=0.0)
    assert stack.out == []


@pytest.mark.parametrize(
    ("value", "hops"),
    [
        ("12", 12),
        (" 0", 0),
        (None, HOPS),
        ("-1", HOPS),
        ("99999999", HOPS),
        ("\u0663", HOPS),
    ],
)
def test_a_call_for_another_one_goes_on_with_fewer_hops(value: str | None, hops: int) -> None:
    """What cannot be read counts as what every call begins with; one proxy is always passed."""
    headers = Headers() if value is None else Headers().added(("Max-Forwards", value))
    assert hops_of(headers) == hops
    assert hops_after(hops) == max(1, hops - 1)
    assert hops_after(hops, most=20) == max(1, min(hops - 1, 20))
