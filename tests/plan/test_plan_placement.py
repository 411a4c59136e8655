"""Placement against every plan there is on small cities, and against published instances."""

import os
from itertools import combinations, combinations_with_replacement
from pathlib import Path

import numpy as np
import pytest
from or_library import PMED, orlib, pmed_costs, pmed_optimum
from utrecht import expected, reach, utrecht

from kentongan.plan.certificate import gap, median_bound, prove
from kentongan.plan.median import p_median
from kentongan.plan.placement import Reach, checked, in_reach, objective, place


def _random_reach(seed: int, sites: int = 6, cells: int = 25) -> Reach:
    chance = np.random.default_rng(seed)
    return Reach(chance.random((sites, cells)) < 0.35, chance.random(cells))


def _best(found: Reach, units: int, busy: float) -> float:
    sites = len(found.covers)
    plans = combinations_with_replacement(range(sites), units)
    return max(objective(found, np.bincount(p, minlength=sites), busy) for p in plans)


@pytest.mark.parametrize("seed", range(12))
def test_small_cities_get_the_best_plan_there_is(seed: int) -> None:
    """Of all plans of four units at six sites; the proof meets it and never goes below."""
    found = _random_reach(seed)
    best = _best(found, 4, 0.4)
    placed = place(found, 4, 0.4, np.random.default_rng(1))
    assert placed.units.sum() == 4
    assert placed.objective == pytest.approx(objective(found, placed.units, 0.4), abs=1e-12)
    assert placed.objective == pytest.approx(best, abs=1e-12)
    proof = prove(checked(found, 4, 0.4), 4, 0.4)
    assert proof.is_optimal
    assert proof.bound >= best - 1e-9
    assert gap(proof.bound, placed.objective) < 1e-6


def test_units_that_are_busy_stand_together() -> None:
    """Two hamlets, 90 and 10: both units in the big one when busy often, one each when hardly."""
    found = Reach(np.eye(2, dtype=np.bool_), np.array([90.0, 10.0]))
    often = place(found, 2, 0.5, np.random.default_rng(1)).units
    hardly = place(found, 2, 0.05, np.random.default_rng(1)).units
    assert often.tolist() == [2, 0]
    assert hardly.tolist() == [1, 1]
    assert in_reach(found, often) == 90


def test_units_that_stay_are_counted() -> None:
    """A unit that stays in the big hamlet sends the new one to the small one."""
    found = Reach(np.eye(2, dtype=np.bool_), np.array([60.0, 40.0]))
    placed = place(found, 1, 0.2, np.random.default_rng(1), fixed=np.array([1, 0]))
    assert placed.units.tolist() == [1, 1]


def test_a_bound_holds_when_deep_covers_are_left_out() -> None:
    """Many units, rarely busy: the model is cut, the bound still holds and still is close."""
    found = _random_reach(3)
    placed = place(found, 12, 0.1, np.random.default_rng(1))
    proof = prove(checked(found, 12, 0.1), 12, 0.1)
    assert placed.objective <= proof.bound + 1e-9
    assert gap(proof.bound, placed.objective) < 1e-4


@pytest.mark.parametrize(
    ("covers", "demand", "units", "busy"),
    [
        (np.ones((2, 3), np.bool_), np.ones(2), 1, 0.3),
        (np.ones((2, 3), np.bool_), np.ones(3), 0, 0.3),
        (np.ones((2, 3), np.bool_), np.ones(3), 1, 1.0),
        (np.ones((2, 3), np.bool_), np.array([1.0, -1.0, 0.0]), 1, 0.3),
        (np.ones((2, 3), np.bool_), np.array([1.0, np.nan, 0.0]), 1, 0.3),
        (np.ones((0, 3), np.bool_), np.ones(3), 1, 0.3),
    ],
)
def test_what_is_no_problem_is_refused(
    covers: np.ndarray, demand: np.ndarray, units: int, busy: float
) -> None:
    """Shapes, counts and weights that cannot be."""
    with pytest.raises(ValueError, match=r"to|weights"):
        place(Reach(covers, demand), units, busy, np.random.default_rng(1))


@utrecht
@pytest.mark.parametrize("case", range(3))
def test_utrecht_as_published(case: int) -> None:
    """The three published optima, found by exchange and proved by HiGHS."""
    asked = expected()["mexclp"]["cases"][case]
    found = reach(asked["threshold_min"])
    placed = place(found, asked["N"], asked["q"], np.random.default_rng(1))
    assert placed.objective == pytest.approx(asked["objective"], abs=1e-9)
    proof = prove(checked(found, asked["N"], asked["q"]), asked["N"], asked["q"], 30)
    assert proof.bound == pytest.approx(asked["objective"], abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_small_medians_are_the_best_there_are(seed: int) -> None:
    """Of all choices of three of nine; the proof meets it."""
    chance = np.random.default_rng(seed)
    cost, demand = chance.random((9, 20)), chance.random(20)
    best = min(float((cost[list(p)] * demand).min(axis=0).sum()) for p in combinations(range(9), 3))
    chosen = p_median(cost, demand, 3, np.random.default_rng(1))
    assert chosen.cost == pytest.approx(best, abs=1e-9)
    assert len(set(chosen.sites.tolist())) == 3
    proof = median_bound(cost, demand, 3)
    assert proof.bound == pytest.approx(best, abs=1e-6)


def test_one_facility_and_all_of_them() -> None:
    """The ends of the scale."""
    cost = np.array([[0.0, 5.0], [5.0, 0.0]])
    assert p_median(cost, np.array([3.0, 1.0]), 1, np.random.default_rng(1)).cost == 5.0
    assert p_median(cost, np.array([3.0, 1.0]), 2, np.random.default_rng(1)).cost == 0.0
    with pytest.raises(ValueError, match="3 of 2 sites"):
        p_median(cost, np.ones(2), 3, np.random.default_rng(1))


@orlib
@pytest.mark.parametrize("name", ["pmed1", "pmed2", "pmed4", "pmed8", "pmed12"])
def test_or_library(name: str) -> None:
    """A few of the forty here; bench/bench_plan.py runs them all."""
    cost, many = pmed_costs(PMED / f"{name}.txt")
    chosen = p_median(cost, np.ones(len(cost)), many, np.random.default_rng(1))
    assert chosen.cost <= pmed_optimum(name) * 1.002
    assert chosen.cost >= pmed_optimum(name) - 1e-6


@orlib
@pytest.mark.skipif(not os.environ.get("EXPLORE"), reason="minutes: with EXPLORE=1")
def test_all_forty_of_the_or_library_are_a_thousandth_off_at_most() -> None:
    """The mean gap over all of them."""
    gaps: list[float] = []
    for number in range(1, 41):
        cost, many = pmed_costs(PMED / f"pmed{number}.txt")
        chosen = p_median(cost, np.ones(len(cost)), many, np.random.default_rng(1))
        gaps.append(chosen.cost / pmed_optimum(f"pmed{number}") - 1)
    assert min(gaps) >= -1e-9
    assert np.mean(gaps) <= 0.001


def test_the_instances_are_where_they_are_told_to_be() -> None:
    """A wrong path would skip for ever: beside a checkout with `shared` the folder is found."""
    shared = Path(__file__).parents[3] / "shared"
    assert not shared.is_dir() or PMED.is_dir()
