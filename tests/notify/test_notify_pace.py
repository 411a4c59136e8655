"""Rates, rests, pauses; and what receipts do to a delivery, in every order they may come in."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.edge.notify import ledger
from kentongan.edge.notify.channel import NotSent, ReceiptIn, Taken
from kentongan.edge.notify.pace import (
    PAUSES_S,
    REST_MAX_S,
    REST_S,
    TRIES_MAX,
    Breaker,
    Pace,
    pause_s,
)
from kentongan.store.deliveries import Delivery

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    """That many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def test_notify_a_gateway_gets_no_more_than_its_rate() -> None:
    """A burst of five seconds at once, then one by one; a clock set back gives nothing."""
    pace = Pace(60)
    sent = 0
    for tenth in range(600):
        while pace.wait_s(after(tenth / 10)) == 0:
            pace.take(after(tenth / 10))
            sent += 1
        if tenth == 0:
            assert sent == 5
    assert 64 <= sent <= 65
    assert pace.wait_s(after(-100)) > 0


def test_notify_a_breaker_rests_longer_each_time_and_tries_with_one() -> None:
    """Opened by four failures in a row, closed by one success."""
    breaker = Breaker()
    for _ in range(3):
        breaker.begin()
        breaker.end(NOON, is_well=False)
    assert breaker.wait_s(NOON) == 0
    breaker.end(NOON, is_well=True)
    for _ in range(4):
        breaker.end(NOON, is_well=False)
    rests: list[float] = []
    now = NOON
    for _ in range(6):
        rest_s = breaker.wait_s(now)
        rests.append(rest_s)
        now += timedelta(seconds=rest_s)
        assert breaker.wait_s(now) == 0
        breaker.begin()
        assert breaker.wait_s(now) > 0  # the others wait for this one
        breaker.end(now, is_well=False)
        breaker.end(now, is_well=False)  # a straggler does not lengthen the rest
    assert rests == [REST_S, 30.0, 60.0, 120.0, REST_MAX_S, REST_MAX_S]
    breaker.begin()
    breaker.end(now, is_well=True)
    assert not breaker.is_resting


def test_notify_what_the_gateway_asks_for_is_waited() -> None:
    """A pause of its own, within reason."""
    breaker = Breaker()
    breaker.end(NOON, is_well=False, pause_s=7)
    assert breaker.wait_s(NOON) == 7
    breaker.end(NOON, is_well=False, pause_s=10**9)
    assert breaker.wait_s(NOON) == REST_MAX_S


def test_notify_letters_that_failed_together_do_not_come_back_together() -> None:
    """The jitter is half to one and a half, and the same letter's is known."""
    pauses = {pause_s(f"letter{number}", 2) for number in range(100)}
    assert len(pauses) == 100
    assert all(0.5 * PAUSES_S[1] <= one <= 1.5 * PAUSES_S[1] for one in pauses)
    assert pause_s("a", 99) <= 1.5 * PAUSES_S[-1]
    assert pause_s("a", 1) == pause_s("a", 1)


def delivery(*ids: str) -> Delivery:
    """A letter that a gateway took in so many parts."""
    letter = Delivery(
        id="a",
        way="sms",
        contact="c",
        label="C",
        to="+6281303131148",
        text="t",
        made_at=NOON,
        expires_at=after(300),
        due_at=NOON,
        state="waiting",
        about="task",
    )
    begun = ledger.begun(letter, "smpp", NOON)
    assert begun.due_at == after(ledger.SENDING_S)
    return ledger.taken(begun, Taken(ids=ids), after(1))


def receipt(part: str, outcome: str, gateway: str = "smpp") -> ReceiptIn:
    """A word about a part."""
    return ReceiptIn(gateway=gateway, names=(part,), outcome=outcome)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "order", list(permutations([("1", "accepted"), ("1", "delivered"), ("2", "delivered")]))
)
def test_notify_a_letter_has_arrived_when_all_its_parts_have(
    order: tuple[tuple[str, str], ...],
) -> None:
    """In whatever order, and twice."""
    letter = delivery("1", "2")
    for part, outcome in order:
        letter = ledger.confirmed(letter, receipt(part, outcome), after(2))
        whole = set(letter.attempts[0].done) == {"1", "2"}
        assert (letter.state == "delivered") == whole
    assert letter.state == "delivered"
    assert ledger.confirmed(letter, receipt("2", "delivered"), after(3)) == letter
    assert ledger.confirmed(letter, receipt("1", "accepted"), after(3)) == letter
    assert ledger.confirmed(letter, receipt("1", "failed"), after(3)).state == "delivered"


def test_notify_that_it_arrived_overrules_that_it_failed() -> None:
    """And another gateway's receipt of the same name is about something else."""
    letter = delivery("1")
    assert ledger.confirmed(letter, receipt("1", "failed", "other"), after(2)) == letter
    failed = ledger.confirmed(letter, receipt("1", "failed"), after(2))
    assert failed.state == "failed"
    arrived = ledger.confirmed(failed, receipt("1", "delivered"), after(3))
    assert (arrived.state, arrived.ended_at) == ("delivered", None)
    assert ledger.confirmed(arrived, receipt("1", "read"), after(4)).state == "read"


@given(st.lists(st.sampled_from(["soft", "unsure", "lasting", "taken", "killed"]), max_size=12))
def test_notify_tries_are_bounded_and_at_most_one_is_a_copy(answers: list[str]) -> None:
    """Whatever gateways answer: at most six tries, at most two unsure, and an end that is one."""
    letter = Delivery(
        id="b",
        way="sms",
        contact="c",
        label="C",
        to="+62",
        text="t",
        made_at=NOON,
        expires_at=after(300),
        due_at=NOON,
        state="waiting",
        about="task",
    )
    for answer in answers:
        if letter.due_at is None:
            break
        letter = ledger.begun(letter, "smpp", NOON)
        match answer:
            case "soft":
                letter = ledger.refused(letter, NotSent("x"), NOON)
            case "unsure":
                letter = ledger.refused(letter, NotSent("x", is_unsure=True), NOON)
            case "lasting":
                letter = ledger.refused(letter, NotSent("x", is_lasting=True), NOON)
            case "killed":
                letter = ledger.left_behind(letter, NOON)
            case _:
                letter = ledger.taken(letter, Taken(ids=("1",)), NOON)
    outcomes = [one.outcome for one in letter.attempts]
    assert len(outcomes) <= TRIES_MAX
    assert outcomes.count("unsure") <= 2
    copies = outcomes.count("unsure") + outcomes.count("accepted")
    assert copies <= 2
    assert (copies < 2) or letter.may_be_twice
    assert (letter.due_at is None) == (letter.state in ("accepted", "failed"))
    assert (letter.text == "") == (letter.due_at is None)
