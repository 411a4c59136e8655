"""Limits of citizens' pages: a call counts once, however often it has to be asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from kentongan.edge.web.citizen_limits import (
    ALL_RELAYS_MAX,
    ALL_RINGS_MAX,
    ALL_STRANGERS_MAX,
    ASKED_WITHIN,
    ASKS,
    KNOWN_FOR,
    KNOWN_MAX,
    OFFERS,
    RELAYS_MAX,
    RELAYS_WITHIN,
    REPEATS_MAX,
    RINGS_MAX,
    RINGS_WITHIN,
    STRANGERS_MAX,
    Requests,
    Rings,
    Share,
    household,
    page_of,
)

START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_page_that_asks_again_while_nobody_answers_is_never_turned_away() -> None:
    """Each 1.5 s for ten minutes of outage: the same call, counted once."""
    rings = Rings()
    assert all(rings.may_ring("1.2.3.4", "web-1", after(1.5 * n)) for n in range(400))
    assert all(rings.may_ring("1.2.3.4", f"web-{n}", after(600)) for n in range(2, 2 + RINGS_MAX))


def test_pages_that_ask_again_keep_no_other_citizen_out() -> None:
    """Fifteen pages in an outage of fifteen seconds leave room for all others."""
    rings = Rings()
    for time in range(10):
        for page in range(15):
            assert rings.may_ring(f"10.0.0.{page}", f"web-{page}", after(1.5 * time))
    others = [rings.may_ring(f"9.9.9.{n}", f"web-o{n}", after(16)) for n in range(ALL_RINGS_MAX)]
    assert others.count(True) == ALL_RINGS_MAX - 15


def test_the_same_call_has_a_limit_of_its_own() -> None:
    """Sixty times a minute; then it waits for the next minute, and costs nobody else."""
    rings = Rings()
    asked = [rings.may_ring("1.2.3.4", "web-1", after(n / 10)) for n in range(REPEATS_MAX + 5)]
    assert asked == [True] * (REPEATS_MAX + 1) + [False] * 4
    assert rings.may_ring("1.2.3.4", "web-2", after(7))
    assert rings.may_ring("1.2.3.4", "web-1", after(RINGS_WITHIN.total_seconds()))


def test_new_calls_are_limited_by_address_and_in_all() -> None:
    """One that was refused is not known and does not count."""
    rings = Rings()
    assert all(rings.may_ring("1.1.1.1", f"web-{n}", START) for n in range(RINGS_MAX))
    assert not rings.may_ring("1.1.1.1", "web-more", START)
    assert rings.may_ring("2.2.2.2", "web-more", START)
    assert rings.may_ring("1.1.1.1", "web-later", START + RINGS_WITHIN)
    for number in range(ALL_RINGS_MAX - 1):
        assert rings.may_ring(f"3.3.3.{number}", f"web-b{number}", START + RINGS_WITHIN)
    assert not rings.may_ring("4.4.4.4", "web-c", START + RINGS_WITHIN)


def test_what_is_remembered_has_an_end() -> None:
    """In number and in time; a call forgotten so counts as new."""
    rings = Rings()
    for number in range(KNOWN_MAX + 10):
        rings.may_ring(f"5.5.{number // 250}.{number % 250}", f"web-{number}", after(number))
    assert len(rings._known) <= KNOWN_MAX
    end = after(KNOWN_MAX + 10) + KNOWN_FOR
    assert rings.may_ring("6.6.6.6", "web-0", end)
    assert list(rings._known) == ["web-0"]
    assert rings._share._counts == {"6.6.6.6": 1}


def test_relays_are_limited_by_address_and_in_all() -> None:
    """No address can use up what a relay server has for all; after an hour there are new ones."""
    relays = Share(RELAYS_MAX, ALL_RELAYS_MAX, RELAYS_WITHIN)
    assert [relays.take("1.1.1.1", START) for _ in range(RELAYS_MAX + 1)].count(True) == RELAYS_MAX
    others = [relays.take(f"2.2.{n // 250}.{n % 250}", START) for n in range(ALL_RELAYS_MAX)]
    assert others.count(True) == ALL_RELAYS_MAX - RELAYS_MAX
    assert relays.take("1.1.1.1", START + RELAYS_WITHIN)


def _asked(requests: Requests, address: str, page: str, times: int, *, offers: bool = False) -> int:
    """How many of so many requests in the same moment are passed on."""
    return [requests.may_ask(address, page, START, offers=offers) for _ in range(times)].count(True)


def test_one_page_asks_so_often_and_keeps_no_other_waiting() -> None:
    """Whatever it floods; offers are counted apart, and ten seconds later it may again."""
    requests = Requests()
    for page in ("flood", "honest"):
        requests.answered(page)
    assert _asked(requests, "1.1.1.1", "flood", 10_000) == ASKS.of_call
    assert _asked(requests, "1.1.1.1", "flood", 10_000, offers=True) == OFFERS.of_call
    assert _asked(requests, "1.1.1.1", "honest", 10) == 10
    assert _asked(requests, "1.1.1.1", "honest", 2, offers=True) == 2
    assert requests.may_ask("1.1.1.1", "flood", START + ASKED_WITHIN)


def test_one_address_with_many_calls_leaves_room_for_others() -> None:
    """What is refused to it counts for nobody."""
    requests = Requests()
    pages = [f"page-{number}" for number in range(40)]
    for page in pages:
        requests.answered(page)
    assert sum(_asked(requests, "1.1.1.1", page, 100) for page in pages[:30]) == ASKS.of_address
    assert _asked(requests, "2.2.2.2", pages[29], ASKS.of_call) == ASKS.of_call
    offered = (_asked(requests, "1.1.1.1", page, 12, offers=True) for page in pages)
    assert sum(offered) == OFFERS.of_address
    assert _asked(requests, "2.2.2.2", "page-39", 12, offers=True) == OFFERS.of_call


def test_a_hundred_pages_behind_one_address_are_answered() -> None:
    """As many as may be open at all, each asking once a second; in all there is an end."""
    requests = Requests()
    for number in range(100):
        requests.answered(f"page-{number}")
        assert _asked(requests, "1.1.1.1", f"page-{number}", 10) == 10
    taken = sum(_asked(requests, f"2.2.2.{n}", f"page-{n}", 50) for n in range(100))
    assert taken == ASKS.of_all - 1_000


def test_pages_that_are_no_callers_keep_no_caller_waiting() -> None:
    """A caller is who was answered under that name and that key."""
    requests = Requests()
    caller = page_of("web-1", "key")
    requests.answered(caller)
    guessed = page_of("web-1", "guess")
    assert _asked(requests, "1.1.1.1", guessed, 1_000) == STRANGERS_MAX
    taken = [requests.may_ask(f"9.9.{n // 250}.{n % 250}", guessed, START) for n in range(1_000)]
    assert taken.count(True) == ALL_STRANGERS_MAX - STRANGERS_MAX
    assert _asked(requests, "1.1.1.1", caller, 30) == 30


def test_callers_remembered_have_an_end() -> None:
    """Whoever asked last stays."""
    requests = Requests()
    for number in range(KNOWN_MAX + 10):
        requests.answered(f"page-{number}")
        requests.may_ask("1.1.1.1", "page-0", after(number))
    assert requests.is_callers("page-0")
    assert not requests.is_callers("page-1")
    assert len(requests._callers) == KNOWN_MAX


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_who_counts_as_one(address: str, counts_as: str) -> None:
    """A household's network of IPv6 is one, however many addresses it makes."""
    assert household(address) == counts_as
