"""Linear programs with whole numbers, by HiGHS out of scipy: the only place that names it."""
# scipy carries no types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportArgumentType=false

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from msgspec import Struct
from scipy.optimize import Bounds, LinearConstraint, milp

from kentongan.plan.arrays import Floats


class Rows(NamedTuple):
    """`lower` <= `matrix` x `values` <= `upper`; numbers or one for each row."""

    matrix: Any
    lower: Any
    upper: Any


class Solved(Struct, frozen=True, eq=False, kw_only=True):
    """The best values found, if any, their cost, and a cost that none goes below, if proved."""

    values: Floats | None
    cost: float
    bound: float | None
    is_optimal: bool


def solve(
    cost: Floats, whole: Floats, upper: Floats, rows: Sequence[Rows], seconds: float, gap: float
) -> Solved:
    """The cheapest values from 0 to `upper`; those with 1 in `whole` are whole numbers."""
    found = cast(
        "Any",
        milp(
            cost,
            integrality=whole,
            bounds=Bounds(0, upper),
            constraints=[LinearConstraint(*one) for one in rows],
            options={"time_limit": seconds, "mip_rel_gap": gap},
        ),
    )
    bound = found.mip_dual_bound
    return Solved(
        values=found.x,
        cost=float("inf") if found.x is None else float(found.fun),
        bound=None if bound is None else float(bound),
        is_optimal=found.status == 0,
    )
