"""Case mix: the same figure for the same kinds of cases.

Direct standardisation: each stratum's change, weighted by how often the stratum occurs on both
sides together. Only strata that both sides have count, so that both are held against one mix; thin
ones are merged with their like first. It is shown beside the raw share, never instead of it. A
total that goes one way while the strata go the other is Simpson's paradox: it is named, because
either figure alone misleads.
"""

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kentongan.measure.statistics.arrays import LEVEL, z_of

CLEAR_MAJORITY: Final = 0.8
"""So much of what the strata know lies in those that go one way before they are said to go it."""

CASES_MIN: Final = 5
"""Cases of a stratum on each side; thinner ones are merged."""

COVERED_MIN: Final = 0.9
"""So much of each side must lie in common strata, else nothing is said of the same mix."""


class Stratum(Struct, frozen=True):
    """How many cases of a kind there were, and how many of them were within the standard."""

    n: int
    hits: int

    @property
    def share(self) -> float:
        """Within, of all; NaN for an empty stratum."""
        return self.hits / self.n if self.n else math.nan

    @property
    def variance(self) -> float:
        """Of the share, with Agresti and Coull's two added hits and misses, so that a small stratum
        without a miss does not claim to be certain."""
        near = (self.hits + 2) / (self.n + 4)
        return near * (1 - near) / (self.n + 4)


Key = tuple[str, ...]
"""What a stratum is, the most telling label first."""

Strata = Mapping[Key, Stratum]


class SameMix(Struct, frozen=True, kw_only=True):
    """A share before and after, raw and for one mix of cases, with the interval of the difference.

    `covered` is how much of the less covered side lies in common strata; under `COVERED_MIN` the
    figures of the same mix are None, and so are limits where the days are too few.
    """

    raw_before: float
    raw_after: float
    covered: float
    before: float | None = None
    after: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None


class Direction(StrEnum):
    """Which way a share went."""

    BETTER = "better"
    WORSE = "worse"
    MIXED = "mixed"


class Paradox(Struct, frozen=True, kw_only=True):
    """The total went one way and the strata the other; the mix of cases changed.

    `low` and `high` are of the standardised change; None where the days are too few.
    """

    total: Direction
    strata: Direction
    raw_change: float
    standardised_change: float
    low: float | None
    high: float | None
    moved: tuple[str, ...]

    @property
    def is_clear(self) -> bool:
        """Whether the strata's way is more than chance would do."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def same_mix(
    before: Strata, after: Strata, effect: float = 1.0, level: float = LEVEL
) -> SameMix | None:
    """Both sides for the mix of both together; None when a side is empty.

    `effect` cases are worth one (the design effect).
    """
    n, m = (sum(one.n for one in side.values()) for side in (before, after))
    if not n or not m:
        return None
    common = _common(before, after)
    covered = min(sum(a.n for a, _ in common) / n, sum(b.n for _, b in common) / m)
    raw = [sum(one.hits for one in side.values()) / k for side, k in ((before, n), (after, m))]
    if covered < COVERED_MIN:
        return SameMix(raw_before=raw[0], raw_after=raw[1], covered=covered)
    whole = sum(a.n + b.n for a, b in common)
    weights = [(a.n + b.n) / whole for a, b in common]
    first, second = (
        sum(part * pair[side].share for part, pair in zip(weights, common, strict=True))
        for side in (0, 1)
    )
    half = z_of(level) * math.sqrt(effect * _variance(weights, common))
    change = second - first
    return SameMix(
        raw_before=raw[0], raw_after=raw[1], covered=covered, before=first, after=second,
        change=change, low=change - half, high=change + half,
    )  # fmt: skip


def _variance(weights: list[float], common: list[tuple[Stratum, Stratum]]) -> float:
    pairs = zip(weights, common, strict=True)
    return sum(part**2 * (a.variance + b.variance) for part, (a, b) in pairs)


def _common(before: Strata, after: Strata) -> list[tuple[Stratum, Stratum]]:
    """Pairs of strata thick enough on both sides; the thin lose their last label and are merged
    with their like, until one label is left."""
    found: list[tuple[Stratum, Stratum]] = []
    here = {key: (before.get(key, _NONE), after.get(key, _NONE)) for key in {*before, *after}}
    while here:
        merged: dict[Key, tuple[Stratum, Stratum]] = {}
        for key in sorted(here):
            a, b = here[key]
            if min(a.n, b.n) >= CASES_MIN:
                found.append((a, b))
            elif len(key) > 1:
                c, d = merged.get(key[:-1], (_NONE, _NONE))
                merged[key[:-1]] = (_sum(a, c), _sum(b, d))
        here = merged
    return found


def paradox(before: Strata, after: Strata, effect: float = 1.0) -> Paradox | None:
    """Simpson's paradox between two periods, or None; `effect` cases are worth one.

    The total's change is more than its own standard error, the strata go the other way, and so does
    the total for the same mix. `moved` are the strata whose weight changed most, which explain it.
    """
    mix = same_mix(before, after, effect)
    if mix is None or mix.change is None:
        return None
    whole = [Stratum(sum(s.n for s in one.values()), sum(s.hits for s in one.values()))
             for one in (before, after)]  # fmt: skip
    raw_change = mix.raw_after - mix.raw_before
    if abs(raw_change) < math.sqrt(whole[0].variance + whole[1].variance):
        return None
    total, strata = _direction(raw_change), _direction_of(_common(before, after))
    opposed = {total, strata} == {Direction.BETTER, Direction.WORSE}
    if not opposed or _direction(mix.change) is not strata:
        return None
    shifts = {
        key: after.get(key, _NONE).n / whole[1].n - before.get(key, _NONE).n / whole[0].n
        for key in {*before, *after}
    }
    moved = sorted(shifts, key=lambda key: (-abs(shifts[key]), key))[:3]
    return Paradox(
        total=total,
        strata=strata,
        raw_change=raw_change,
        standardised_change=mix.change,
        low=mix.low,
        high=mix.high,
        moved=tuple(" ".join(part or "–" for part in key) for key in moved),
    )


_NONE: Final = Stratum(0, 0)


def _sum(one: Stratum, other: Stratum) -> Stratum:
    return Stratum(one.n + other.n, one.hits + other.hits)


def _direction(change: float) -> Direction:
    if change == 0:
        return Direction.MIXED
    return Direction.BETTER if change > 0 else Direction.WORSE


def _direction_of(common: list[tuple[Stratum, Stratum]]) -> Direction:
    """Where most of what the strata know goes (each weighs as its change is known), or where all
    of them together clearly go though many small ones waver."""
    changes = [(b.share - a.share, a.variance + b.variance) for a, b in common]
    known = sum(1 / math.sqrt(variance) for _, variance in changes)
    for wanted in (Direction.BETTER, Direction.WORSE):
        going = sum(1 / math.sqrt(v) for change, v in changes if _direction(change) is wanted)
        if known and going / known >= CLEAR_MAJORITY:
            return wanted
    whole = sum(a.n + b.n for a, b in common)
    weights = [(a.n + b.n) / whole for a, b in common]
    pooled = sum(part * change for part, (change, _) in zip(weights, changes, strict=True))
    if abs(pooled) < z_of(LEVEL) * math.sqrt(_variance(weights, common)):
        return Direction.MIXED
    return _direction(pooled)
