"""Registering a trunk, on a clock of our own: challenge, renewal, refusals, leaving."""

from __future__ import annotations

from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan.sip.digest import Credentials, read_challenge
from kentongan.sip.message import Field, Headers, Response
from kentongan.sip.registration import (
    ANSWER_S,
    EXPIRES_S_MAX,
    RETRY_S,
    RETRY_S_MAX,
    Account,
    Phase,
    Register,
    Registration,
)

ACCOUNT = Account(
    registrar="sip:operator.example",
    address_of_record="sip:+6224112@operator.example",
    contact="sip:112@203.0.113.7:5060",
    credentials=Credentials("trunk112", "rahasia"),
    expires_s=600,
)
CHALLENGE = 'Digest realm="operator.example", nonce="satu", qop="auth", algorithm=SHA-256'


def _registration(account: Account = ACCOUNT) -> Registration:
    numbers = count(1)
    return Registration(account, lambda: f"token{next(numbers)}", 100.0)


def _response(register: Register, status: int, *fields: tuple[str, str]) -> Response:
    said = (
        ("Call-ID", register.call_id),
        ("CSeq", f"{register.cseq} REGISTER"),
        *fields,
    )
    return Response(status, "x", Headers(tuple(Field(*field) for field in said)))


def _due(registration: Registration, now: float) -> Register:
    register = registration.due(now)
    assert register is not None
    return register


def _field(register: Register, name: str) -> str:
    return dict(register.headers).get(name, "")


def _registered(now: float = 100.0, contact: str = "<sip:112@203.0.113.7:5060>") -> Registration:
    registration = _registration()
    register = _due(registration, now)
    registration.answered(_response(register, 200, ("Contact", contact)), now)
    assert registration.phase is Phase.REGISTERED
    return registration


def test_the_whole_life_of_a_registration() -> None:
    """Challenge, answer, 200, renewal at 80 % with the same nonce, taken back at the end."""
    registration = _registration()
    first = _due(registration, 100.0)
    assert (first.uri, first.cseq) == ("sip:operator.example", 1)
    assert _field(first, "Contact") == "<sip:112@203.0.113.7:5060>"
    assert _field(first, "Expires") == "600"
    assert _field(first, "Authorization") == ""
    assert registration.due(100.1) is None
    registration.answered(_response(first, 401, ("WWW-Authenticate", CHALLENGE)), 100.2)
    second = _due(registration, 100.2)
    assert (second.call_id, second.cseq) == (first.call_id, 2)
    assert "nc=00000001" in _field(second, "Authorization")
    granted = "<sip:112@203.0.113.7:5060>;expires=300, <sip:lain@203.0.113.8>;expires=7"
    registration.answered(_response(second, 200, ("Contact", granted)), 101.0)
    assert registration.is_registered(400.9)
    assert not registration.is_registered(401.0)
    assert registration.next_at == pytest.approx(101.0 + 240.0)
    assert registration.due(340.9) is None
    third = _due(registration, 341.0)
    assert "nc=00000002" in _field(third, "Authorization")
    assert registration.is_registered(341.0)
    registration.answered(_response(third, 200), 341.1)
    registration.stop(400.0)
    last = _due(registration, 400.0)
    assert _field(last, "Expires") == "0"
    assert registration.phase is Phase.LEAVING
    registration.answered(_response(last, 200), 400.1)
    assert (registration.phase, registration.next_at) == (Phase.ENDED, None)


def test_a_longer_time_is_asked_for_when_the_registrar_wants_it() -> None:
    """423 with Min-Expires, at once; beyond a day it is a fault."""
    registration = _registration()
    registration.answered(_response(_due(registration, 100.0), 423, ("Min-Expires", "1800")), 100.1)
    again = _due(registration, 100.1)
    assert _field(again, "Expires") == "1800"
    too_long = str(EXPIRES_S_MAX + 1)
    registration.answered(_response(again, 423, ("Min-Expires", too_long)), 100.2)
    assert (registration.fault, registration.fault_status) == ("time_unacceptable", 423)
    assert registration.phase is Phase.WAITING


def test_a_wrong_password_is_tried_again_slowly() -> None:
    """The same nonce refused again is no reason to send it again at once."""
    registration = _registration()
    challenge = ("WWW-Authenticate", CHALLENGE)
    registration.answered(_response(_due(registration, 100.0), 401, challenge), 100.1)
    registration.answered(_response(_due(registration, 100.1), 401, challenge), 100.2)
    assert registration.fault == "credentials_refused"
    assert registration.due(100.3) is None
    assert registration.next_at is not None
    assert 0.7 * RETRY_S <= registration.next_at - 100.2 <= RETRY_S


def test_a_stale_nonce_is_replaced_at_once() -> None:
    """The secret was right: the next request counts from one again."""
    registration = _registered()
    now = registration.next_at or 0.0
    for nonce in ("satu", "dua"):
        stale = CHALLENGE.replace("satu", nonce) + ", stale=true"
        registration.answered(
            _response(_due(registration, now), 401, ("WWW-Authenticate", stale)), now
        )
    value = _field(_due(registration, now), "Authorization")
    assert 'nonce="dua"' in value
    assert "nc=00000001" in value


def test_a_server_that_always_challenges_is_given_up_for_a_while() -> None:
    """New nonces for ever are no loop of requests."""
    registration = _registration()
    sent = 0
    for turn in range(20):
        register = registration.due(100.0)
        if register is None:
            break
        sent += 1
        fresh = ("WWW-Authenticate", CHALLENGE.replace("satu", f"n{turn}"))
        registration.answered(_response(register, 401, fresh), 100.0)
    assert sent == 4
    assert registration.fault == "credentials_refused"


@pytest.mark.parametrize(
    ("account", "challenge", "fault"),
    [
        (ACCOUNT, "Basic realm=x", "challenge_unknown"),
        (Account(registrar="sip:a", address_of_record="sip:b@a", contact="sip:c"), CHALLENGE,
         "credentials_refused"),
    ],
)  # fmt: skip
def test_what_we_cannot_answer_has_its_own_fault(
    account: Account, challenge: str, fault: str
) -> None:
    """An unknown scheme, and a challenge where no credentials are configured."""
    registration = _registration(account)
    register = _due(registration, 100.0)
    registration.answered(_response(register, 401, ("WWW-Authenticate", challenge)), 100.0)
    assert registration.fault == fault


def test_proxy_and_registrar_may_both_ask() -> None:
    """Each is answered in its own field."""
    registration = _registration()
    proxy = CHALLENGE.replace("satu", "proksi")
    registration.answered(
        _response(_due(registration, 100.0), 407, ("Proxy-Authenticate", proxy)), 100.0
    )
    registration.answered(
        _response(_due(registration, 100.0), 401, ("WWW-Authenticate", CHALLENGE)), 100.0
    )
    register = _due(registration, 100.0)
    assert read_challenge(_field(register, "Authorization")) is not None
    assert 'nonce="proksi"' in _field(register, "Proxy-Authorization")


def test_failures_wait_longer_each_time_up_to_a_limit() -> None:
    """A registrar that is away: about 5 s, doubled, never beyond five minutes, for ever."""
    registration = _registration()
    now, waits = 100.0, list[float]()
    for _ in range(12):
        _due(registration, now)
        assert registration.due(now + ANSWER_S) is None
        assert registration.fault == "no_answer"
        assert registration.next_at is not None
        waits.append(registration.next_at - (now + ANSWER_S))
        now = registration.next_at
    assert waits[0] <= RETRY_S
    assert all(later > 0.74 * 2 * min(wait, RETRY_S_MAX / 2) for wait, later in pairwise(waits))
    assert max(waits) <= RETRY_S_MAX
    registration.answered(_response(_due(registration, now), 200), now)
    assert (registration.fault, registration.phase) == ("", Phase.REGISTERED)


def test_a_registrar_may_say_when_to_come_back() -> None:
    """503 with Retry-After; never longer than our own limit."""
    for asked, wait in (("60 (sibuk)", 60.0), ("999999999", RETRY_S_MAX)):
        registration = _registration()
        register = _due(registration, 100.0)
        registration.answered(_response(register, 503, ("Retry-After", asked)), 100.0)
        assert registration.next_at == 100.0 + wait


def test_a_failed_renewal_keeps_what_is_still_granted() -> None:
    """Calls still come until the old time is over."""
    registration = _registered()
    now = registration.next_at or 0.0
    registration.answered(_response(_due(registration, now), 500), now)
    assert registration.phase is Phase.WAITING
    assert registration.is_registered(699.0)


def test_the_next_nonce_of_a_200_is_used() -> None:
    """Authentication-Info spares the challenge."""
    registration = _registration()
    registration.answered(
        _response(_due(registration, 100.0), 401, ("WWW-Authenticate", CHALLENGE)), 100.0
    )
    register = _due(registration, 100.0)
    registration.answered(
        _response(register, 200, ("Authentication-Info", 'nextnonce="dua"')), 100.0
    )
    value = _field(_due(registration, registration.next_at or 0.0), "Authorization")
    assert 'nonce="dua"' in value
    assert "nc=00000001" in value


def test_late_foreign_and_provisional_answers_change_nothing() -> None:
    """Only the final answer to the last request counts."""
    registration = _registration()
    register = _due(registration, 100.0)
    registration.answered(_response(register, 100), 100.0)
    foreign = Response(200, "OK", Headers((Field("Call-ID", "lain"), Field("CSeq", "1 REGISTER"))))
    registration.answered(foreign, 100.0)
    assert registration.phase is Phase.ASKING
    registration.failed(101.0)
    registration.answered(_response(register, 200), 102.0)
    assert registration.phase is Phase.WAITING


def test_leaving_without_an_answer_ends_too() -> None:
    """A registrar that is gone does not keep a process from ending."""
    registration = _registered()
    registration.stop(200.0)
    _due(registration, 200.0)
    assert registration.due(200.0 + ANSWER_S) is None
    assert registration.phase is Phase.ENDED
    fresh = _registration()
    fresh.stop(100.0)
    assert (fresh.phase, fresh.due(100.0)) == (Phase.ENDED, None)


_STATUSES = st.sampled_from([100, 200, 302, 401, 403, 407, 423, 500, 503])
_FIELDS = st.lists(
    st.tuples(
        st.sampled_from(
            ["WWW-Authenticate", "Proxy-Authenticate", "Min-Expires", "Expires", "Contact",
             "Retry-After", "Authentication-Info"]
        ),
        st.sampled_from(
            [CHALLENGE, "0", "7", "99999999999", "-1", "<sip:112@203.0.113.7:5060>;expires=3",
             'nextnonce="x"', ""]
        )
        | st.text(st.characters(max_codepoint=255), max_size=12),
    ),
    max_size=3,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.tuples(st.floats(0, 500), _STATUSES, _FIELDS, st.booleans()), max_size=25))
def test_no_sequence_of_answers_makes_a_flood_or_a_silence(
    steps: list[tuple[float, int, list[tuple[str, str]], bool]],
) -> None:
    """Until it is stopped it always has a next moment, and asks at most five times in one."""
    registration = _registration()
    now, sent = 100.0, dict[float, int]()
    for wait, status, fields, is_silent in steps:
        now += wait
        register = registration.due(now)
        if register is not None:
            sent[now] = sent.get(now, 0) + 1
            if not is_silent:
                registration.answered(_response(register, status, *fields), now)
        assert registration.next_at is not None
        assert sent.get(now, 0) <= 5
