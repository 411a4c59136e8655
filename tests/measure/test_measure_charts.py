"""Charts alarm in vain as often as they say and find what is planted; so do funnels."""

import os

import numpy as np
import pytest

from kentongan.measure.statistics.charts import (
    THREE_SIGMA,
    Rule,
    g_chart,
    p_chart,
    runs,
    xmr_chart,
)
from kentongan.measure.statistics.funnel import funnel, heaping, q_values

TIMES = 10 if os.environ.get("EXPLORE") else 1


def test_a_p_chart_alarms_in_vain_at_most_at_its_nominal_rate() -> None:
    """Exact limits, ordinary weeks of 68 cases at 90 %: three sigma alarms thrice as often."""
    chance = np.random.default_rng(1)
    counts = np.full(52, 68)
    false, laney, repetitions = 0, 0, 400 * TIMES
    for _ in range(repetitions):
        chart = p_chart(chance.binomial(counts, 0.9), counts)
        laney += chart.kind == "p_laney"
        false += sum(signal.rule is Rule.BEYOND_3 for signal in chart.signals)
    assert false / (repetitions * 52) <= THREE_SIGMA * 1.25
    assert laney / repetitions < 0.05


def test_a_p_chart_finds_a_bad_month_and_widens_for_wild_ones() -> None:
    """A fall from 90 to 70 % is found; weeks that vary by themselves get Laney's limits."""
    chance = np.random.default_rng(2)
    counts = np.full(40, 68)
    hits = chance.binomial(counts, np.where(np.arange(40) < 36, 0.9, 0.7))
    chart = p_chart(hits, counts, baseline=36)
    assert any(s.index >= 36 and s.rule is Rule.BEYOND_3 and not s.high for s in chart.signals)
    shares = np.clip(chance.normal(0.85, 0.06, 60), 0, 1)
    many = np.full(60, 800)
    wild = p_chart(chance.binomial(many, shares), many)
    assert wild.kind == "p_laney"
    assert wild.spread > 2
    assert sum(s.rule is Rule.BEYOND_3 for s in wild.signals) <= 2


def test_empty_weeks_are_points_without_a_verdict() -> None:
    """A week without cases is no share of 0."""
    chart = p_chart(np.array([9, 0, 18]), np.array([10, 0, 20]))
    assert chart.points[1] == pytest.approx(0.9)
    assert not chart.signals


def test_ordinary_weeks_show_some_signal_as_often_as_is_said() -> None:
    """All four rules on half a year, its own limits: a chart in six, as the documentation says."""
    chance = np.random.default_rng(9)
    repetitions = 400 * TIMES
    drawn = chance.normal(480, 30, (repetitions, 26))
    shown = sum(bool(xmr_chart(row).signals) for row in drawn) / repetitions
    assert abs(shown - 0.16) <= 0.01 + 3 * (0.16 * 0.84 / repetitions) ** 0.5


def test_an_xmr_chart_alarms_at_its_nominal_rate_and_finds_a_shift() -> None:
    """Limits from a long baseline are three sigma; a shift of two sigmas is a run of eight."""
    chance = np.random.default_rng(3)
    drawn = chance.normal(480, 30, (40 * TIMES, 1_200))
    false = sum(sum(s.rule is Rule.BEYOND_3 for s in xmr_chart(row).signals) for row in drawn)
    assert false / drawn.size == pytest.approx(THREE_SIGMA, rel=0.3)
    shifted = np.concatenate((chance.normal(480, 30, 60), chance.normal(540, 30, 20)))
    signals = xmr_chart(shifted, baseline=60).signals
    assert any(s.rule is Rule.EIGHT_SIDE and s.high and s.index >= 60 for s in signals)


def test_a_g_chart_alarms_at_most_at_its_nominal_rate_and_finds_a_cluster() -> None:
    """Limits of the geometric distribution itself: its tail is long, three sigma would be wrong."""
    chance = np.random.default_rng(4)
    gaps = chance.geometric(0.02, (100 * TIMES, 400)) - 1
    false = sum(sum(s.rule is Rule.BEYOND_3 for s in g_chart(row).signals) for row in gaps)
    assert false / gaps.size <= THREE_SIGMA * 1.25
    cluster = np.concatenate(
        (chance.geometric(0.02, 40) - 1, np.array([1, 0, 2, 1, 3, 2, 1, 0, 2]))
    )
    signals = g_chart(cluster, baseline=40).signals
    assert any(s.index >= 40 and not s.high for s in signals)


@pytest.mark.parametrize(
    ("z", "rule", "index"),
    [
        ([0.5, 3.1], Rule.BEYOND_3, 1),
        ([2.1, 0.3, 2.2], Rule.TWO_OF_3, 2),
        ([1.1, 1.2, 0.1, 1.3, 1.4], Rule.FOUR_OF_5, 4),
        ([-0.1] * 8, Rule.EIGHT_SIDE, 7),
    ],
)
def test_each_rule_is_complete_at_its_last_point(z: list[float], rule: Rule, index: int) -> None:
    """One rule, one place; told once for a run that goes on."""
    values = np.array(z)
    signals = runs(values, np.abs(values) > 3)
    assert [(s.rule, s.index) for s in signals] == [(rule, index)]
    longer = np.concatenate((values, values[-1:]))
    if rule is Rule.EIGHT_SIDE:
        assert len(runs(longer, np.abs(longer) > 3)) == 1


def test_a_funnel_names_the_one_that_differs_and_controls_false_discoveries() -> None:
    """1,152 ordinary cells: at 1 % a dozen stand out, after control none; a planted one stays."""
    chance = np.random.default_rng(5)
    sizes: list[int] = chance.integers(30, 300, 1_151).tolist()
    cells = [(f"c{i}", int(n), int(chance.binomial(n, 0.9))) for i, n in enumerate(sizes)]
    ordinary = funnel(cells)
    assert sum(place.p_value < 0.01 for place in ordinary) >= 3
    assert sum(place.q_value < 0.05 for place in ordinary) <= 1
    found = funnel([*cells, ("planted", 200, 140)])
    assert found[0].key == "planted"
    assert found[0].outside == 0.998
    assert found[0].q_value < 0.001
    assert funnel([]) == ()


def test_funnel_limits_hold_what_they_say() -> None:
    """At most 5 % outside the 95 % limits, 0.2 % outside the others, by the binomial itself."""
    chance = np.random.default_rng(6)
    cells = [(str(i), 120, int(hits)) for i, hits in enumerate(chance.binomial(120, 0.88, 20_000))]
    found = funnel(cells)
    assert sum(place.outside >= 0.95 for place in found) / len(found) <= 0.05
    assert sum(place.outside >= 0.998 for place in found) / len(found) <= 0.0025


def test_benjamini_and_hochberg_as_in_their_paper() -> None:
    """The fifteen p-values of 1995: four are called at 5 %."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
         0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    assert int((q_values(p) <= 0.05).sum()) == 4
    assert len(q_values([])) == 0


def test_a_spike_just_under_the_limit_is_seen_and_a_smooth_fall_is_not() -> None:
    """A target makes arrivals crowd under it."""
    chance = np.random.default_rng(7)
    smooth = chance.lognormal(6.0, 0.5, 4_000)
    assert heaping(smooth, 600, 30) > 0.01
    moved = np.where((smooth > 600) & (smooth <= 630), 595, smooth)
    assert heaping(moved, 600, 30) < 1e-6
    assert heaping(np.empty(0), 600, 30) == 1.0
