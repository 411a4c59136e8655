"""Limits of citizens' pages: a call counts once, however often it has to be asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from kentongan.edge.web.citizen_limits import (
    ALL_RELAYS_MAX,
    ALL_RINGS_MAX,
    KNOWN_FOR,
    KNOWN_MAX,
    RELAYS_MAX,
    RELAYS_WITHIN,
    REPEATS_MAX,
    RINGS_MAX,
    RINGS_WITHIN,
    Rings,
    Share,
    household,
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
