"""Open data: whatever is known of a call's place and time, at least k rows are like it."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measure_story import table_of

from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Interval, Subject
from kentongan.measure.observations import Observations
from kentongan.measure.open_data import ANY, MINUTES_MAX, as_csv, open_data
from kentongan.measure.tables import observe

RESPONSE = Interval("response", Subject.INCIDENT, Clock.RING, Clock.ARRIVED)


def _observed(seed: int, n: int, places: int = 30) -> Observations:
    chance = np.random.default_rng(seed)
    begin = np.sort(chance.uniform(0, 30 * 86_400, n))
    seconds = chance.lognormal(6, 0.8, n)
    seconds[: n // 20] = np.nan
    kelurahan = [
        f"33.74.{int(k) % 6 + 1:02d}.{int(k) + 1001}" for k in chance.zipf(1.6, n) % places
    ]
    return observe(
        RESPONSE,
        table_of(
            {Clock.RING: begin, Clock.ARRIVED: begin + seconds},
            labels={
                "kelurahan": kelurahan,
                "kecamatan": [one[:8] for one in kelurahan],
                "category": [("MED", "KBK", "LAK")[int(i)] for i in chance.integers(0, 3, n)],
                "priority": [("P1", "P2")[int(i)] for i in chance.integers(0, 2, n)],
            },
        ),
    )


@settings(deadline=None, max_examples=12)
@given(seed=st.integers(0, 10_000), n=st.integers(0, 400), k=st.integers(3, 12))
def test_no_combination_is_rarer_than_k(seed: int, n: int, k: int) -> None:
    """Every row has k - 1 others like it; nothing is lost without being counted; what is suppressed
    is nobody's small group either."""
    given_rows = _observed(seed, n)
    found = open_data(given_rows, "2026-10", k)
    sizes = Counter(row.key for row in found.rows)
    assert all(size >= k for size in sizes.values())
    assert len(found.rows) + found.suppressed == len(given_rows)
    assert sum(found.levels.values()) == len(found.rows)
    assert found.suppressed == 0 or found.suppressed >= k or not found.rows


def test_a_rare_place_is_told_as_its_district_and_a_long_wait_is_cut_off() -> None:
    """The finest level that protects is taken; nothing beyond the columns is in the file."""
    found = open_data(_observed(1, 3_000), "2026-10")
    assert found.levels["kelurahan, hour"] > 0
    assert found.levels["kecamatan, part of day"] > 0
    assert max(row.minutes or 0 for row in found.rows) <= MINUTES_MAX
    text = as_csv(found)
    head, first = text.splitlines()[:2]
    assert head.split(",")[-1] == "arrived"
    assert first.startswith("2026-10,")
    assert text.count("\n") == len(found.rows) + 1
    assert any(row.key[1] == ANY != row.key[0] for row in found.rows)
    assert list(found.rows) == sorted(found.rows, key=lambda row: (row.key, row.minutes or -1))


def test_where_no_category_is_told_no_place_and_no_hour_is() -> None:
    """Ten alike at one place and hour: beside an empty category they would be in danger there."""
    at = {Clock.RING: np.full(40, 3_600.0), Clock.ARRIVED: np.full(40, 4_000.0)}
    labels = {
        "kelurahan": ["33.74.01.1001"] * 40,
        "kecamatan": ["33.74.01"] * 40,
        "category": ["MED"] * 30 + [""] * 10,
        "priority": ["P1"] * 40,
    }
    found = open_data(observe(RESPONSE, table_of(at, labels=labels)), "2026-10")
    sizes = Counter(row.key for row in found.rows)
    assert sorted(sizes.values()) == [10, 30]
    assert sizes[ANY, ANY, ANY, ANY, ANY] == 10
    assert found.kindless == 10


def test_a_k_that_protects_nobody_is_refused() -> None:
    """Two alike point at each other."""
    with pytest.raises(ValueError, match="at least 3"):
        open_data(_observed(1, 10), "2026-10", 2)
    nobody = open_data(_observed(2, 4), "2026-10")
    assert (nobody.rows, nobody.suppressed) == ((), 4)
