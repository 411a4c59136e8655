"""Rows that are lent to compiled code are written to, and nobody's count of them changes."""

import sys
from typing import Any, NamedTuple

import numpy as np
import pytest

from kentongan.plan.twin.compiled import HAS_COMPILER, compiled, lent


class Inner(NamedTuple):
    """As the clockwork's are."""

    size: int
    taken: Any
    given: Any


class Outer(NamedTuple):
    """Tuples in a tuple."""

    one: Inner
    other: Inner


def add(rows: Outer) -> float:
    """Read from one, write to the other, and hold both in names of one's own."""
    rows = lent(rows)
    one, other = rows.one, rows.other
    total = 0.0
    for at in range(one.size):
        mine = other.given
        mine[at] += 1
        total += one.taken[at] + other.given[at]
    return total


@pytest.mark.skipif(not HAS_COMPILER, reason="needs numba")
def test_lent_rows_are_written_and_counted_by_nobody() -> None:
    """Compiled and interpreted alike; the arrays' owners are as many after as before."""
    taken, given = np.arange(5.0), np.zeros(5)
    rows = Outer(Inner(5, taken, taken), Inner(5, taken, given))
    run = compiled(add)
    assert run(rows) == 15.0
    owners = [sys.getrefcount(one) for one in (taken, given)]
    for _ in range(50):
        run(rows)
    assert given.tolist() == [51.0] * 5
    assert [sys.getrefcount(one) for one in (taken, given)] == owners
    listed = Outer(Inner(2, [1.0, 2.0], []), Inner(2, [], [0.0, 0.0]))
    assert add(listed) == 5.0
