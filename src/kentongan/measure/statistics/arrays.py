"""Names of the arrays that statistics work on, and the two tables of probability they need."""

import math
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

NORMAL: Final = NormalDist()

SPREAD_MAX: Final = 1_000_000
"""Blocks that lie farther apart than this are sorted instead of counted."""

LEVEL: Final = 0.95
"""Confidence of every interval unless it says otherwise."""


def numbered(blocks: Whole) -> tuple[Whole, int]:
    """Blocks (days, say) as 0, 1, 2 ... in their order, and how many there are."""
    if not len(blocks):
        return blocks, 0
    first = int(blocks.min())
    if int(blocks.max()) - first > SPREAD_MAX:
        found, of = np.unique(blocks, return_inverse=True)
        return of, len(found)
    is_there = np.bincount(blocks - first) > 0
    return (np.cumsum(is_there) - 1)[blocks - first], int(is_there.sum())


def z_of(level: float) -> float:
    """Half-width in standard deviations of a two-sided interval, 1.96 for 0.95."""
    return NORMAL.inv_cdf(0.5 + level / 2)


def t_of(level: float, degrees: int) -> float:
    """The same of Student's t (Cornish and Fisher's expansion; within 0.005 from 6 degrees on)."""
    z, v = z_of(level), float(degrees)
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


def two_sided_t(t: float, degrees: int) -> float:
    """The p-value of a deviate of Student's t, both tails (Wallace's approximation)."""
    v = float(degrees)
    return two_sided((8 * v + 1) / (8 * v + 3) * math.sqrt(v * math.log1p(t * t / v)))


def binomial_pmf(n: int, p: float) -> Floats:
    """P(X = k) for k = 0..n; exact up to rounding, by logarithms of the factorials."""
    k = np.arange(n + 1, dtype=np.float64)
    if p <= 0 or p >= 1:
        point = np.zeros(n + 1)
        point[0 if p <= 0 else n] = 1.0
        return point
    log_factorial = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, n + 1)))))
    log_choose = log_factorial[n] - log_factorial - log_factorial[::-1]
    return np.exp(log_choose + k * math.log(p) + (n - k) * math.log1p(-p))


def binomial_cdf(n: int, p: float) -> Floats:
    """P(X <= k) for k = 0..n."""
    return np.minimum(np.cumsum(binomial_pmf(n, p)), 1.0)


def two_sided(z: float) -> float:
    """The p-value of a standard normal deviate, both tails."""
    return 2 * (1 - NORMAL.cdf(abs(z)))
