"""The p-centre: nobody farther than need be, proved."""

from itertools import combinations

import numpy as np
import pytest
from or_library import PMED, orlib, pmed_costs, pmed_optimum

from kentongan.plan.centre import p_centre


def test_the_best_of_all_plans_is_found() -> None:
    """Against every choice of sites of a small town, with more cells than sites and without."""
    chance = np.random.default_rng(8)
    for sites, cells, many in ((7, 12, 1), (7, 12, 2), (9, 9, 3), (6, 20, 6)):
        cost = chance.integers(1, 60, (sites, cells)).astype(np.float64)
        every = combinations(range(sites), many)
        best = min(float(cost[list(chosen)].min(axis=0).max()) for chosen in every)
        found = p_centre(cost, many)
        assert (found.cost, found.bound) == (best, best)
        assert len(found.sites) <= many
        assert cost[found.sites].min(axis=0).max() == best


def test_what_is_no_problem_is_said() -> None:
    """No site, more than there are, a way that is not known."""
    cost = np.ones((2, 3))
    for given, many in ((cost, 0), (cost, 3), (np.full((2, 3), np.inf), 1), (np.ones((2, 0)), 1)):
        with pytest.raises(ValueError, match="sites for costs"):
            p_centre(given, many)


@orlib
@pytest.mark.parametrize("name", ["pmed1", "pmed2", "pmed3", "pmed4", "pmed5", "pmed10"])
def test_or_library(name: str) -> None:
    """The published optimum of the p-centre, proved."""
    cost, many = pmed_costs(PMED / f"{name}.txt")
    found = p_centre(cost, many)
    assert found.cost == found.bound == pmed_optimum(name, "p_center")
