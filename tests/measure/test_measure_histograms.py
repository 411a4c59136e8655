"""One-second histograms: merged in any order they are what one count of everything would be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from measure_story import table_of

from kentongan.measure.clocks import Clock
from kentongan.measure.figures import TooManyError, summaries
from kentongan.measure.histograms import (
    CELL,
    SECONDS_MAX,
    Histograms,
    empty,
    from_bytes,
    histograms_of,
    merge,
    to_bytes,
    without_day,
)
from kentongan.measure.intervals import Interval, Subject
from kentongan.measure.observations import Observations
from kentongan.measure.statistics.arrays import Floats
from kentongan.measure.statistics.quantiles import quantile_estimate
from kentongan.measure.tables import observe

RESPONSE = Interval("response", Subject.INCIDENT, Clock.RING, Clock.ARRIVED, plausible_s=14_400)


def _days(seconds: Floats, begin: Floats, agencies: list[str]) -> Observations:
    table = table_of(
        {Clock.RING: begin, Clock.ARRIVED: begin + seconds}, labels={"agency": agencies}
    )
    return observe(RESPONSE, table)


def _year(seed: int, n: int = 4_000) -> Observations:
    chance = np.random.default_rng(seed)
    seconds = chance.lognormal(6, 0.6, n)
    seconds[:5] = [0, 59_000, 20_000, np.nan, np.nan]
    begin = np.sort(chance.uniform(0, 365 * 86_400, n))
    return _days(seconds, begin, [("damkar", "dinkes")[i] for i in chance.integers(0, 2, n)])


def _parts(found: Observations, count: int) -> list[Histograms]:
    return [histograms_of(found.where(np.arange(len(found)) % count == i)) for i in range(count)]


def _same(one: Histograms, other: Histograms) -> bool:
    mine = {(*_named(one, i), s): c for i, (s, c) in enumerate(_pairs(one))}
    theirs = {(*_named(other, i), s): c for i, (s, c) in enumerate(_pairs(other))}
    return mine == theirs


def _pairs(one: Histograms) -> list[tuple[int, int]]:
    return list(zip(one.seconds.tolist(), one.counts.tolist(), strict=True))


def _named(one: Histograms, row: int) -> tuple[str, ...]:
    return tuple(one.names[c][int(code)] for c, code in enumerate(one.cells[row].tolist()))


@given(st.permutations(range(5)))
def test_merging_is_exact_in_every_order(order: list[int]) -> None:
    """Five parts in any order, or pair by pair, are the histogram of the whole."""
    found = _year(1, 120)
    parts = _parts(found, 5)
    whole = histograms_of(found)
    one = merge([parts[i] for i in order])
    two = merge([merge([parts[order[0]], parts[order[1]]]), *(parts[i] for i in order[2:])])
    assert _same(one, whole)
    assert _same(two, whole)


def test_percentiles_shares_and_intervals_lie_within_a_second_of_the_exact_ones() -> None:
    """From merged parts, against the values themselves; both take each case as its own, as
    counts without days must."""
    found = _year(2)
    merged = merge(_parts(found, 12)).merged(interval="response")
    exact = summaries(found, limit_s=600)[0]
    assert merged.n == exact.n == 3_998
    assert (merged.overflow, merged.overflow_s) == (1, pytest.approx(59_000, abs=1e-3))
    assert merged.qualities["missing"] == 2
    assert merged.qualities["outlier"] == 2
    for share in (0.5, 0.9, 0.95):
        wanted = quantile_estimate(found.values(), share)
        got = merged.quantile(share)
        assert got is not None
        assert wanted is not None
        for mine, theirs in (
            (got.value, wanted.value),
            (got.low, wanted.low),
            (got.high, wanted.high),
        ):
            assert mine is not None
            assert theirs is not None
            assert 0 <= theirs - mine < 1
    assert exact.within is not None
    assert exact.within.of_ended is not None
    inside = merged.within(601)
    assert inside is not None
    assert inside.value == pytest.approx(exact.within.of_ended.value, abs=0.001)


def test_cells_are_apart_and_a_day_is_counted_anew() -> None:
    """By agency; a late correction replaces its day and nothing else."""
    found = _year(3, 800)
    whole = histograms_of(found)
    by_agency = sum(whole.merged(agency=name).n for name in ("damkar", "dinkes"))
    assert by_agency == whole.merged().n
    assert whole.merged(agency="polisi").n == 0
    with pytest.raises(KeyError):
        whole.merged(colour="red")
    day = whole.names[CELL.index("day")][10]
    of_day = found.where(found.mask("day", [day]))
    again = merge([without_day(whole, day), histograms_of(of_day)])
    assert _same(again, whole)
    assert without_day(whole, day).merged(day=day).n == 0
    some = whole.between(whole.names[0][0], day, "response")
    assert 0 < some.n < whole.merged().n
    assert whole.between("1999-01-01", "1999-12-31", "response").n == 0


def test_a_file_of_histograms_is_read_as_it_was_written() -> None:
    """And nothing else is taken for one."""
    whole = histograms_of(_year(4, 300))
    assert _same(from_bytes(to_bytes(whole)), whole)
    with pytest.raises(ValueError, match="no histograms"):
        from_bytes(b"PK something else")
    assert len(merge([])) == 0
    assert empty().merged().quantile(0.9) is None
    assert empty().merged().within(600) is None


def test_beyond_twelve_hours_a_percentile_is_said_to_be_unknown() -> None:
    """The overflow has a count and a sum, and no second."""
    long = np.full(40, float(SECONDS_MAX + 10))
    found = _days(long, np.arange(40.0), ["damkar"] * 40)
    merged = histograms_of(found).merged()
    p90 = merged.quantile(0.9)
    assert p90 is not None
    assert p90.value == float("inf")
    assert merged.overflow == 40


def test_too_many_groups_are_refused_and_few_cases_say_so() -> None:
    """A report that nobody can read is none; under thirty there is no percentile."""
    found = _year(5, 25_000)
    with pytest.raises(TooManyError, match="at most 10000"):
        summaries(found.where(found.valued), ("day", "hour", "agency", "weekday"))
    few = summaries(_year(6, 20))[0]
    assert (few.enough, few.p90, few.n) == (False, None, 18)
