"""Funnel instead of league table: who differs from all by more than their numbers explain.

And control of false discoveries: of 1,152 cells (agency, kecamatan, interval) twelve stand out at
1 % when nothing is wrong.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct, structs

from kentongan.measure.statistics.arrays import Floats, binomial_cdf

WARNING, ALARM = 0.05, 0.002
"""Outside the 95 % and the 99.8 % limits."""

DIFFERS_Q = 0.05
"""Of those named up to this `q_value` one in twenty is named in vain, however many there are."""


class Place(Struct, frozen=True, kw_only=True):
    """One unit of the funnel. `outside` is 0, 0.95 or 0.998: the widest limit it lies beyond."""

    key: str
    n: int
    share: float
    low_95: float
    high_95: float
    low_998: float
    high_998: float
    outside: float
    p_value: float
    q_value: float = 1.0

    @property
    def differs(self) -> bool:
        """Whether it is named: outside of the lines some always are by chance."""
        return self.q_value <= DIFFERS_Q


def funnel(counts: Sequence[tuple[str, int, int]]) -> tuple[Place, ...]:
    """(key, n, hits) against the share of all, by the binomial itself; most remarkable first."""
    whole, hits = sum(n for _, n, _ in counts), sum(h for _, _, h in counts)
    if not whole:
        return ()
    overall = hits / whole
    tables = {n: binomial_cdf(n, overall) for n in {n for _, n, _ in counts if n > 0}}
    places = [_place(key, n, k, tables[n]) for key, n, k in counts if n > 0]
    adjusted = q_values([place.p_value for place in places])
    judged = [
        structs.replace(place, q_value=float(q)) for place, q in zip(places, adjusted, strict=True)
    ]
    return tuple(sorted(judged, key=lambda place: (place.p_value, place.key)))


def limits_at(share: float, n: int, alpha: float) -> tuple[float, float]:
    """The funnel's edges for that many cases: shares that chance leaves with at most `alpha`."""
    return _limits(binomial_cdf(n, share), n, alpha)


def q_values(p_values: Sequence[float]) -> Floats:
    """Benjamini and Hochberg: the false-discovery rate at which each would be called."""
    p = np.asarray(p_values, dtype=np.float64)
    n = len(p)
    if n == 0:
        return p
    order = np.argsort(p)
    scaled = p[order] * n / np.arange(1, n + 1)
    adjusted = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    found = np.empty(n)
    found[order] = adjusted
    return found


EVEN_SHARE = 0.6
"""Share just under a limit that a smooth distribution may have: times fall off beyond it."""


def heaping(values: Floats, limit: float, width: float) -> float:
    """The p-value of more cases just under a limit than just over it than chance explains.

    A target creates a spike just under it. One-sided, cases within `width` on either side; a
    smooth distribution falls towards later times, so a factor of up to 1.5 is nobody's doing.
    """
    under = int(np.count_nonzero((values > limit - width) & (values <= limit)))
    over = int(np.count_nonzero((values > limit) & (values <= limit + width)))
    n = under + over
    if n == 0:
        return 1.0
    cdf = binomial_cdf(n, EVEN_SHARE)
    return float(1 - cdf[under - 1]) if under else 1.0


def _place(key: str, n: int, hits: int, cdf: Floats) -> Place:
    low_95, high_95 = _limits(cdf, n, WARNING)
    low_998, high_998 = _limits(cdf, n, ALARM)
    share = hits / n
    outside = 0.0
    if share < low_95 or share > high_95:
        outside = 0.95
    if share < low_998 or share > high_998:
        outside = 0.998
    below = float(cdf[hits])
    above = 1 - float(cdf[hits - 1]) if hits else 1.0
    return Place(
        key=key, n=n, share=share,
        low_95=low_95, high_95=high_95, low_998=low_998, high_998=high_998,
        outside=outside, p_value=min(2 * min(below, above), 1.0),
    )  # fmt: skip


def _limits(cdf: Floats, n: int, alpha: float) -> tuple[float, float]:
    """Shares that chance reaches in each tail with at most half of alpha lie outside of these."""
    low = int(np.searchsorted(cdf, alpha / 2, side="right"))
    high = int(np.searchsorted(cdf, 1 - alpha / 2, side="left"))
    return low / n, min(high, n) / n
