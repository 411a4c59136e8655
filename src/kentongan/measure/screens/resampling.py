"""A percentile's change between two times, days resampled, fast enough for a screen.

Seconds are counted by day (a histogram of one second each), and a resample of days is a sum of
histograms: one matrix product for all resamples. The result lies within a second of the one that
`statistics.change.quantile_difference` gives; the tests hold them together.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kentongan.measure.statistics.arrays import Floats, Whole, numbered
from kentongan.measure.statistics.change import (
    Difference,
    Figure,
    Side,
    difference_of,
    figure_of,
    quantile_figure,
)
from kentongan.measure.statistics.quantiles import drawn_blocks, quantile_of

RESAMPLES: Final = 400

FEW: Final = 2_000
"""Up to so many cases each value is resampled itself."""

NEAR: Final = 0.05
"""Share of the cases on each side of a percentile among which those of resamples nearly always lie;
when one does not, every second is looked at."""

SECONDS_MAX: Final = 7_200
"""Longer is counted as this long. Where a percentile comes near it (a committed unit's hours), each
value is resampled itself."""


def change_of(
    before: Side, after: Side, share: float, chance: np.random.Generator
) -> Difference | None:
    """Change of a percentile with its interval; None when a side is empty."""
    if not len(before.values) or not len(after.values):
        return None
    one, other = figures_of((before, after), share, chance)
    return difference_of(one, other)


def figures_of(
    sides: Sequence[Side], share: float, chance: np.random.Generator
) -> tuple[Figure, ...]:
    """A percentile of each side with resamples, as many of each, to be subtracted."""
    is_few = sum(len(side.values) for side in sides) <= FEW
    if is_few or any(_reaches_the_limit(side.values, share) for side in sides):
        return tuple(quantile_figure(side, share, chance) for side in sides)
    return tuple(
        figure_of(side, quantile_of(side.values, share), partial(_resampled, side, share, chance))
        for side in sides
    )


def _reaches_the_limit(values: Floats, share: float) -> bool:
    """Whether resamples of the percentile may lie where seconds are not told apart."""
    return quantile_of(values, min(share + NEAR, 1.0)) >= SECONDS_MAX


def _resampled(side: Side, share: float, chance: np.random.Generator) -> Floats:
    of, days = numbered(side.blocks)
    capped = np.minimum(side.values, SECONDS_MAX)
    whole: Whole = capped.astype(np.int64)
    drawn = drawn_blocks(days, RESAMPLES, chance).astype(np.float32)
    low, high = (quantile_of(capped, min(max(share + by, 0.0), 1.0)) for by in (-NEAR, NEAR))
    found = _seconds(whole, of, drawn, share, (int(low), int(high) + 1))
    if found is None:
        found = _seconds(whole, of, drawn, share, (0, int(whole.max()) + 1))
    assert found is not None  # noqa: S101 - no second is left out
    return found


def _seconds(
    whole: Whole, of: Whole, drawn: NDArray[np.float32], share: float, window: tuple[int, int]
) -> Floats | None:
    """The percentile of each resample; None when one lies outside of [low, high).

    Of what lies below and above it is enough to know how much there is.
    """
    low, high = window
    days, width = drawn.shape[1], high - low + 2
    of_second = np.clip(whole - low, -1, high - low) + 1
    counts = np.bincount(of * width + of_second, minlength=days * width).reshape(days, width)
    summed = np.cumsum(drawn @ counts.astype(np.float32), axis=1)
    place = (summed < share * summed[:, -1:]).sum(axis=1)
    if bool((place == 0).any() or (place == width - 1).any()):
        return None
    return (place + low - 1).astype(np.float64)
