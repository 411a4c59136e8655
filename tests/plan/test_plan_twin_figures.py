"""Figures of a run, paired differences, generated years, and the acceptance test."""

import numpy as np
import pytest
from msgspec import structs
from twin_towns import calls, random_city, town

from kentongan.plan.arrays import Floats, Whole
from kentongan.plan.twin.acceptance import BackTest, Criterion, Lived, accept, effect, is_valid
from kentongan.plan.twin.city import CityBroken, Trace, Unit
from kentongan.plan.twin.engine import simulate
from kentongan.plan.twin.figures import (
    DAYS_MIN,
    Difference,
    Figures,
    by_days,
    by_hour,
    differences,
    figures,
    utilisation,
    waited_quantile,
)
from kentongan.plan.twin.generate import Demand, Weather, demand_of, generate
from kentongan.plan.twin.rows import HOURS_OF_WEEK

NODES, KINDS = 11, 1


def _demand(each_day: float = 24.0) -> Demand:
    return Demand(
        rate=np.full(HOURS_OF_WEEK, each_day / 24),
        places=np.arange(NODES, dtype=np.float64),
        kinds=np.ones(KINDS),
        urgency=np.array([1]),
        carried=np.array([0.5]),
        scene_s=np.array([1_200.0]),
        scene_spread=0.5,
        handover_s=900.0,
        handover_spread=0.3,
        asking_s=80.0,
        asking_spread=0.4,
        road_spread=0.25,
    )


def _means(trace: Trace) -> Floats:
    asked = trace.ready - trace.called
    return np.array([asked.mean(), trace.scene.mean(), trace.handover.mean(),
                     np.log(trace.stray).std(), trace.carried.mean()])  # fmt: skip


def test_generated_years_have_what_was_asked() -> None:
    """Counts, times and places over 3 years; the same seed gives the same, another another."""
    trace = generate(_demand(), 1_095, 3)
    assert len(trace) == pytest.approx(24 * 1_095, rel=0.03)
    np.testing.assert_allclose(_means(trace), [80, 1_200, 900, 0.25, 0.5], rtol=0.03)
    share = np.bincount(trace.node, minlength=NODES) / len(trace)
    np.testing.assert_allclose(share, np.arange(NODES) / 55, atol=0.008)
    again = generate(_demand(), 1_095, 3)
    np.testing.assert_array_equal(trace.ready, again.ready)
    assert not np.array_equal(trace.ready[:100], generate(_demand(), 1_095, 4).ready[:100])


def test_rain_slows_and_brings_more_and_changes_nothing_else() -> None:
    """A third of the hours wet: a third of the hours slower, more incidents."""
    wet = Weather(spells_a_week=14, spell_h=5, slower=1.5, busier=2.0)
    trace = generate(_demand(), 730, 3, wet)
    share = float((trace.weather > 1).mean())
    assert 0.25 < share < 0.45
    assert len(trace) == pytest.approx(24 * 730 * (1 + share), rel=0.03)
    assert set(np.unique(trace.weather)) == {1.0, 1.5}


def test_what_is_learnt_is_what_was_there() -> None:
    """A demand with a busy Friday noon, generated and learnt again."""
    rate = np.full(HOURS_OF_WEEK, 1.0)
    rate[12::24] = 6.0
    made = structs.replace(_demand(), rate=rate)
    trace = generate(made, 364, 5)
    learnt = demand_of(trace, 364, NODES, KINDS, _demand())
    np.testing.assert_allclose(learnt.rate, rate, rtol=0.25)
    assert learnt.rate.sum() == pytest.approx(rate.sum(), rel=0.03)
    assert learnt.scene_s[0] == pytest.approx(1_200, rel=0.05)
    assert learnt.asking_s == pytest.approx(80, rel=0.05)
    with pytest.raises(CityBroken, match="no incidents"):
        demand_of(calls([], []), 1, NODES, KINDS, _demand())


def test_a_unit_more_is_found_and_its_interval_holds() -> None:
    """A far unit for half of the street: clearly faster; the same city twice: exactly nothing."""
    one = town([Unit(key="a", home=0)])
    two = town([Unit(key="a", home=0), Unit(key="b", home=10)])
    runs: list[list[Figures]] = [[], [], []]
    for seed in range(5):
        trace = generate(_demand(), 28, seed)
        for city, found in zip((one, two, one), runs, strict=True):
            found.append(figures(city, trace, simulate(city, trace, "heapq"), 480))
    better = {one.name: one for one in differences(runs[0], runs[1])}
    assert better["mean_s"].high < 0
    assert better["within"].low > 0
    assert better["mean_s"].is_clear
    nothing = {one.name: one for one in differences(runs[0], runs[2])}
    assert (nothing["mean_s"].change, nothing["mean_s"].low) == (0, 0)
    assert not nothing["mean_s"].is_clear
    with pytest.raises(ValueError, match="at least two"):
        differences(runs[0][:1], runs[1][:1])


def test_intervals_of_paired_differences_hold_what_they_promise() -> None:
    """Differences with a known mean, ten replications, many times: 93 % at least, 97 % at most."""
    chance, held, tried = np.random.default_rng(9), 0, 500
    blank = dict.fromkeys(Figures.__struct_fields__, 0.0)
    for _ in range(tried):
        luck, change = chance.normal(600, 90, 10), chance.normal(-12, 20, 10)
        before = [Figures(**{**blank, "mean_s": v}) for v in luck]
        after = [Figures(**{**blank, "mean_s": v}) for v in luck + change]
        found = next(one for one in differences(before, after) if one.name == "mean_s")
        held += found.low <= -12 <= found.high
    assert 0.93 <= held / tried <= 0.97


@pytest.mark.parametrize("days", [DAYS_MIN, 28])
def test_days_resampled_hold_the_difference_of_one_trace(days: int) -> None:
    """Pairs whose mean difference is known; bare resamples of fourteen days held 91 of 100."""
    chance, held, tried = np.random.default_rng(9), 0, 100
    for _ in range(tried):
        one = _of_days(days, -20.0, chance)
        held += one.low <= -20 <= one.high
    assert held / tried >= 0.93 - 3 * (0.95 * 0.05 / tried) ** 0.5


@pytest.mark.parametrize("days", [1, 3, DAYS_MIN - 1])
def test_few_days_of_a_trace_make_nothing_clear(days: int) -> None:
    """One day resampled is always that day: it was "clear" each time, whatever had changed."""
    one = _of_days(days, -200.0, np.random.default_rng(10))
    assert one.change < -100
    assert np.isnan([one.low, one.high]).all()
    assert not one.is_clear


def _of_days(days: int, change: float, chance: np.random.Generator) -> Difference:
    day = np.repeat(np.arange(days), 30)
    before = chance.gamma(4, 150, len(day))
    after = before + chance.normal(change, 60, len(day)) + chance.normal(0, 12, days)[day]
    return by_days("mean_s", lambda v: float(v.mean()), before, after, day, chance)


def test_a_percentile_counts_whom_nobody_came_to() -> None:
    """Nine came and one did not: P50 is that of ten, P90 is never; two nevers are alike."""
    response = np.array([*range(100, 1_000, 100), np.nan])
    assert waited_quantile(response, 0.5) == 550
    assert waited_quantile(response, 0.9) == np.inf
    assert np.isnan(waited_quantile(np.empty(0), 0.5))
    blank = dict.fromkeys(Figures.__struct_fields__, 0.0)
    never = [Figures(**{**blank, "p90_s": np.inf})] * 2
    came = [Figures(**{**blank, "p90_s": 600.0})] * 2
    same, worse = (
        {one.name: one for one in differences(before, never)}["p90_s"] for before in (never, came)
    )
    assert (same.change, same.is_clear) == (0, False)
    assert (worse.change, worse.is_clear) == (np.inf, False)


def test_busy_hours_add_up() -> None:
    """Spans over midnight and over several hours; the sum is the sum."""
    begin, end = np.array([1_800.0, 84_600.0]), np.array([9_000.0, 90_000.0])
    found = by_hour(begin, end, 0)
    assert found[:3].tolist() == [1_800 + 3_600, 3_600, 1_800]
    assert found[23] == 1_800
    assert found.sum() == (end - begin).sum()
    made, trace = random_city(2)
    ran = simulate(made, trace, "heapq")
    busy = utilisation(made, trace, ran)
    assert (busy > 0).all()
    assert busy.mean() < 1.2


def _lived(chance: np.random.Generator, response: Floats, unit: Whole) -> Lived:
    del chance
    many = len(response)
    return Lived(
        response=response,
        unit=unit,
        area=np.arange(many) % 8,
        day=np.arange(many) * 35 // many,
        busy=np.full(24, 0.2),
    )


def _real(chance: np.random.Generator) -> Lived:
    many = 1_400
    response = 400 + 60 * (np.arange(many) % 8) + chance.gamma(4, 40, many)
    return _lived(chance, response, chance.integers(0, 9, many))


def _failed(criteria: tuple[Criterion, ...]) -> set[str]:
    return {one.name for one in criteria if not one.holds}


def _tested(twin: float = -35.0, without: float = 2.0) -> tuple[BackTest, ...]:
    real = Difference(name="mean_s", before=500, after=460, change=-40, low=-60, high=-20)
    return (BackTest(about="2026-10-12 unit_added A", real=real, twin=twin, without=without),)


def test_a_faithful_twin_is_accepted_and_each_fault_is_named() -> None:
    """One planted fault at a time; each says by how much it misses."""
    chance = np.random.default_rng(3)
    real = _real(chance)
    many = len(real.response)
    good = _lived(chance, real.response + chance.normal(0, 20, many), real.unit)
    held = accept(real, good, 720, 30, _tested(), chance)
    assert is_valid(held)
    assert {one.miss for one in held} == {0.0}

    slow = structs.replace(good, response=good.response * 1.3)
    lines = accept(real, slow, 720, 30, _tested(), chance)
    assert {"P50", "P90", "Kolmogorov-Smirnov"} <= _failed(lines)
    (p50,) = (one for one in lines if one.name == "P50")
    assert (p50.miss, p50.unit) == (pytest.approx(25, abs=2), "percent")
    others = structs.replace(good, unit=np.roll(real.unit, 1))
    assert _failed(accept(real, others, 720, 30, _tested(), chance)) == {"same first unit"}
    idle = structs.replace(good, busy=np.where(np.arange(24) == 17, 0.1, 0.2))
    lines = accept(real, idle, 720, 30, _tested(), chance)
    assert _failed(lines) == {"busy units by the hour"}
    assert [(one.miss, one.unit) for one in lines if not one.holds] == [
        (pytest.approx(5.0), "points")
    ]
    shuffled = structs.replace(good, response=chance.permutation(good.response))
    assert _failed(accept(real, shuffled, 720, 30, _tested(), chance)) == {"kecamatan"}
    lost = np.where(chance.random(many) < 0.4, np.nan, good.response)
    lines = accept(real, structs.replace(good, response=lost), 720, 30, _tested(), chance)
    assert {"nobody came", "P90", "within 12 min", "Kolmogorov-Smirnov"} <= _failed(lines)
    (nobody,) = (one for one in lines if one.name == "nobody came")
    assert (nobody.miss, nobody.unit) == (pytest.approx(39, abs=4), "points")
    neither = real.response.copy()
    neither[::50] = np.nan  # 2 % in reality and in the twin: nothing to find fault with
    both = structs.replace(real, response=neither), structs.replace(good, response=neither)
    assert is_valid(accept(*both, 720, 30, _tested(), chance))
    short = structs.replace(real, day=real.day % 20)
    few = structs.replace(good, day=short.day)
    assert "span" in _failed(accept(short, few, 720, 30, _tested(), chance))
    assert _failed(accept(real, good, 720, 12, _tested(), chance)) == {"span"}


def test_a_past_change_counts_only_when_it_can_be_told() -> None:
    """Contradicted; not to be told from what had happened anyway; not to be judged; none."""
    chance = np.random.default_rng(3)
    real = _real(chance)
    good = _lived(chance, real.response, real.unit)

    def failed(*changes: BackTest) -> set[str]:
        return _failed(accept(real, good, 720, 30, changes, chance))

    assert failed(*_tested(twin=10.0)) == {"a change", "a past change"}
    assert failed(*_tested(without=-25.0)) == {"a past change"}
    assert failed(BackTest(about="x", why="fewer than 7 days")) == {"a past change"}
    assert failed() == {"a past change"}
    assert failed(*_tested(), BackTest(about="x", why="fewer than 7 days")) == set()


def test_the_interval_of_an_effect_holds_what_it_promises() -> None:
    """A planted change of -60 s between two times 28 days, days with luck of their own."""
    chance, held, tried = np.random.default_rng(8), 0, 60
    day = np.repeat(np.arange(28), 12)
    for _ in range(tried):
        sides = [
            chance.gamma(4, 150, len(day)) + np.repeat(chance.normal(0, 30, 28), 12)
            for _ in range(2)
        ]
        one = effect(sides[0], day, sides[1] - 60, day, chance)
        held += one.low <= -60 <= one.high
    assert held / tried >= 0.88


def test_what_never_came_is_late_and_too_little_is_no_proof() -> None:
    """Nobody came to half of them; and three incidents are no hold-out."""
    never = np.zeros(HOURS_OF_WEEK, dtype=np.bool_)
    city = town([Unit(key="a", home=0, duty=never)])
    trace = calls([0, 60], [1, 1])
    found = figures(city, trace, simulate(city, trace, "heapq"), 480)
    assert (found.within, found.nobody) == (0, 1)
    chance = np.random.default_rng(1)
    few = _lived(chance, np.array([300.0, 400.0, 500.0]), np.array([0, 1, 2]))
    assert not is_valid(accept(few, few, 480, 30, (), chance))
