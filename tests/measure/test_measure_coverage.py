"""Intervals of percentiles that change, and of rounded stamps: how often they hold the truth."""

import math
import os

import numpy as np
import pytest

from kentongan.measure.screens.resampling import change_of
from kentongan.measure.statistics.arrays import NORMAL, t_of
from kentongan.measure.statistics.change import (
    DAYS_MIN,
    Difference,
    Side,
    difference_in_differences,
    quantile_difference,
    share_difference,
)
from kentongan.measure.statistics.means import mean_by_days
from kentongan.measure.statistics.quantiles import (
    detectable_share,
    quantile_estimate,
    with_rounding,
)

TIMES = 10 if os.environ.get("EXPLORE") else 1
NOMINAL = 0.93
"""What every interval of 95 % must hold at least."""


def _slack(repetitions: int) -> float:
    """Three standard errors of a share near 0.95 over so many repetitions."""
    return 3 * math.sqrt(0.95 * 0.05 / repetitions)


def _days(chance: np.random.Generator, days: int, each: int, level: float) -> Side:
    """Days that differ by a tenth, cases that differ by 0.4 on each."""
    of_day = np.repeat(chance.normal(0, 0.1, days), each)
    values = level * np.exp(of_day + chance.normal(0, 0.4, days * each))
    return Side(values, np.repeat(np.arange(days), each))


def test_before_and_after_cover_the_change_of_a_percentile() -> None:
    """P50 and P90 of 360 s and of 300 s, and in a third of all tries of no change at all."""
    chance = np.random.default_rng(21)
    repetitions = 120 * TIMES
    spread = math.hypot(0.1, 0.4)
    for share in (0.5, 0.9):
        factor = math.exp(spread * NORMAL.inv_cdf(share))
        covered = alarms = quiet = 0
        for number in range(repetitions):
            level = 360.0 if number % 3 == 0 else 300.0
            sides = _days(chance, 60, 8, 360.0), _days(chance, 60, 8, level)
            found = quantile_difference(*sides, share, chance)
            covered += _holds(found, (level - 360.0) * factor)
            quiet += level == 360.0
            alarms += level == 360.0 and found.is_clear
        assert covered / repetitions >= NOMINAL - _slack(repetitions), share
        assert alarms / quiet <= 0.07 + 3 * math.sqrt(0.05 * 0.95 / quiet), share


@pytest.mark.parametrize("days", [1, 3, 7, DAYS_MIN - 1])
def test_few_days_say_nothing_of_what_a_change_is_worth(days: int) -> None:
    """An hour slower on one day is still one day: the bare change, on whichever side is short."""
    chance = np.random.default_rng(days)
    few, many = _days(chance, days, 60, 3_960.0), _days(chance, 60, 60, 360.0)
    for before, after in ((few, many), (many, few), (few, few)):
        for found in (
            quantile_difference(before, after, 0.5, chance),
            share_difference(before, after, 600, chance),
            difference_in_differences((before, after), (many, many), chance),
        ):
            assert (found.low, found.high, found.is_clear) == (None, None, False)
    fast = change_of(few, _days(chance, days, 3_000, 60.0), 0.9, chance)
    assert fast is not None
    assert fast.change < -3_000
    assert (fast.low, fast.days_before, fast.days_after) == (None, days, days)


def test_the_fewest_days_that_say_something_cover_the_change() -> None:
    """Two whole weeks a side, days that differ: a normal interval would hold 88 of 100."""
    chance = np.random.default_rng(25)
    repetitions, covered = 300 * TIMES, 0
    for _ in range(repetitions):
        before, after = (_days(chance, DAYS_MIN, 10, level) for level in (360.0, 300.0))
        found = quantile_difference(before, after, 0.5, chance)
        covered += _holds(found, -60.0)
    assert covered / repetitions >= NOMINAL


def _holds(found: Difference, truth: float) -> bool:
    assert found.low is not None
    assert found.high is not None
    return found.low <= truth <= found.high


@pytest.mark.parametrize("median", [3_600.0, 5_000.0, 7_000.0])
def test_hours_are_resampled_as_minutes_are(median: float) -> None:
    """P90 of some 6,800, 9,500 and 13,300 s, where nothing changed and where it did."""
    chance = np.random.default_rng(26)
    clear, before = 0, _days(chance, 60, 20, median)
    for _ in range(12):
        before, after = (_days(chance, 60, 20, median) for _ in range(2))
        found = change_of(before, after, 0.9, chance)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.change < found.high
        clear += found.is_clear
    assert clear <= 3
    slower = change_of(before, _days(chance, 60, 20, 1.25 * median), 0.9, chance)
    assert slower is not None
    assert slower.is_clear
    assert _holds(slower, slower.change)
    assert _holds(slower, 0.25 * median * math.exp(math.hypot(0.1, 0.4) * NORMAL.inv_cdf(0.9)))


def test_students_t_is_that_of_the_tables() -> None:
    """97.5 % of 6, 13 and 29 degrees."""
    for degrees, said in ((6, 2.4469), (13, 2.1604), (29, 2.0452)):
        assert t_of(0.95, degrees) == pytest.approx(said, abs=0.005)


def test_difference_in_differences_covers_the_change_of_a_percentile() -> None:
    """Everywhere a minute slower, and in one area two minutes quicker beside it."""
    chance = np.random.default_rng(22)
    repetitions, covered = 120 * TIMES, 0
    factor = math.exp(math.hypot(0.1, 0.4) * NORMAL.inv_cdf(0.5))
    for _ in range(repetitions):
        treated = _days(chance, 60, 8, 480.0), _days(chance, 60, 8, 420.0)
        control = _days(chance, 60, 8, 480.0), _days(chance, 60, 8, 540.0)
        found = difference_in_differences(treated, control, chance, share=0.5)
        covered += _holds(found, -120.0 * factor)
    assert covered / repetitions >= NOMINAL - _slack(repetitions)


def test_stamps_of_whole_minutes_cover_the_percentile_that_was_rounded_away() -> None:
    """Both stamps cut to the minute: the interval, wider by half a grid, holds the true P90."""
    chance = np.random.default_rng(23)
    repetitions, covered = 2_000 * TIMES, 0
    truth = 480 * math.exp(0.4 * NORMAL.inv_cdf(0.9))
    for _ in range(repetitions):
        begins = chance.uniform(0, 86_400, 150)
        ends = begins + 480 * np.exp(chance.normal(0, 0.4, 150))
        minutes = (ends // 60 - begins // 60) * 60
        found = quantile_estimate(np.sort(minutes), 0.9)
        assert found is not None
        wide = with_rounding(found, 60)
        covered += (wide.low or 0) <= truth <= (wide.high or math.inf)
    assert covered / repetitions >= NOMINAL


def test_the_power_of_a_share_is_what_was_said() -> None:
    """A share that falls by exactly the detectable change is found in 80 of 100 pilots, less or
    more by what chance does once in ten thousand times."""
    chance = np.random.default_rng(24)
    n, repetitions, found = 300, 1_000 * TIMES, 0
    change = detectable_share(0.9, n, n)
    blocks = np.arange(n) // 5
    for _ in range(repetitions):
        before, after = (np.where(chance.random(n) < p, 100.0, 900.0) for p in (0.9, 0.9 - change))
        told = share_difference(Side(before, blocks), Side(after, blocks), 600, chance)
        found += told.is_clear and told.change < 0
    assert abs(found / repetitions - 0.8) <= 3.89 * math.sqrt(0.8 * 0.2 / repetitions)


@pytest.mark.parametrize(
    ("days", "each", "apart", "spread"), [(1, 30, 0.0, 0.8), (14, 5, 0.25, 0.5)]
)
def test_a_mean_of_skewed_times_is_covered(
    days: int, each: int, apart: float, spread: float
) -> None:
    """The fewest cases that are judged (a normal interval holds 90 of 100), and days that differ
    by a quarter (it holds 84)."""
    chance = np.random.default_rng(26)
    repetitions, covered = 600 * TIMES, 0
    truth = 360 * math.exp((apart**2 + spread**2) / 2)
    of = np.repeat(np.arange(days), each)
    for _ in range(repetitions):
        of_day = chance.normal(0, apart, days)[of]
        values = 360 * np.exp(of_day + chance.normal(0, spread, days * each))
        found = mean_by_days(values, of)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
    assert covered / repetitions >= NOMINAL
