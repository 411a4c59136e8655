"""The headline: how long nine of ten wait, and whether that changed beyond what chance does.

A change is called *faster* or *slower* only when its interval leaves out no change at all; anything
else is *unclear* (of fewer than 14 days on a side nothing is said), and the smallest change that
these two spans could have shown stands beside it. Of many agencies one is outside of its interval
by chance alone: which of them changed is told by the false-discovery rate over all of them.
"""

import math
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from msgspec import Struct, structs

from kentongan.measure.figures import (
    Within,
    given_up,
    kept,
    percentile,
    percentile_effect,
    within,
)
from kentongan.measure.intervals import QUALITIES, Quality
from kentongan.measure.observations import Observations
from kentongan.measure.statistics.change import Difference, Side, q_of, quantile_difference
from kentongan.measure.statistics.funnel import DIFFERS_Q
from kentongan.measure.statistics.quantiles import (
    ENOUGH,
    Estimate,
    detectable_change,
)

SHARE = 0.9
"""Nine of ten."""


class Meaning(StrEnum):
    """What may be said of the change."""

    FASTER = "faster"
    SLOWER = "slower"
    UNCLEAR = "unclear"
    BY_CHANCE = "by_chance"  # beyond its own interval, and one of so many agencies is
    FEW_DAYS = "few_days"  # a change, and no saying what it is worth
    TOO_FEW = "too_few"  # this month
    NOTHING_BEFORE = "nothing_before"


class Headline(Struct, frozen=True, kw_only=True):
    """One sentence. `agency` is empty for all; `p90` is of those who got a unit, `p90_kept` of all
    (None: nobody gave up or still waits, or nine of ten never got one), `given_up` how many have
    none. `late` arrivals were certainly stamped after the fact. `detectable_s`
    is the smallest change of the P90 that the two spans would show four times in five; `q` the
    false-discovery rate over all agencies at which this one is called changed, of all together the
    change's own p-value."""

    agency: str
    n: int
    all: int
    p50: Estimate | None
    p90: Estimate | None
    p90_kept: Estimate | None
    given_up: int
    late: int
    p90_without_late: Estimate | None
    within: Within | None
    meaning: Meaning
    change: Difference | None = None
    detectable_s: float | None = None
    q: float | None = None


def headline(
    agency: str,
    now: Observations,
    before: Observations,
    limit_s: float,
    chance: np.random.Generator,
) -> Headline:
    """The sentence about these responses against those before."""
    values = now.values()
    enough = len(values) >= ENOUGH
    is_late = now.quality == QUALITIES.index(Quality.MANUAL_LATE)
    plain = Headline(
        agency=agency,
        n=len(values),
        all=len(now),
        p50=percentile(now, 0.5, values),
        p90=percentile(now, SHARE, values),
        p90_kept=kept(now, SHARE) if enough else None,
        given_up=given_up(now),
        late=int(is_late.sum()),
        p90_without_late=percentile(now.where(~is_late), SHARE) if is_late.any() else None,
        within=within(now, limit_s) if len(now) else None,
        meaning=Meaning.TOO_FEW,
    )
    if not enough:
        return plain
    past = before.values()
    if len(past) < ENOUGH:
        return structs.replace(plain, meaning=Meaning.NOTHING_BEFORE)
    change = quantile_difference(_side(before), _side(now), SHARE, chance)
    effect = percentile_effect(before, SHARE)
    detectable = detectable_change(past, SHARE, len(past), len(values), effect=effect)
    return structs.replace(
        plain,
        meaning=_meaning(change),
        change=change,
        detectable_s=None if math.isnan(detectable) or change.low is None else detectable,
    )


def judged_together(found: Sequence[Headline]) -> tuple[Headline, ...]:
    """The sentences with what may be said of each agency's change beside all others'.

    That of all together was asked for by itself; the agencies are looked through.
    """
    rates: dict[str, float | None] = {}
    for family in ([one for one in found if not one.agency], [one for one in found if one.agency]):
        told = q_of([one.change for one in family])
        rates |= {one.agency: q for one, q in zip(family, told, strict=True)}
    return tuple(_beside(one, rates[one.agency]) for one in found)


def _beside(one: Headline, q: float | None) -> Headline:
    is_called = one.meaning in {Meaning.FASTER, Meaning.SLOWER}
    by_chance = is_called and q is not None and q > DIFFERS_Q
    return structs.replace(one, q=q, meaning=Meaning.BY_CHANCE if by_chance else one.meaning)


def _meaning(change: Difference) -> Meaning:
    if change.low is None:
        return Meaning.FEW_DAYS
    if not change.is_clear:
        return Meaning.UNCLEAR
    return Meaning.FASTER if change.change < 0 else Meaning.SLOWER


def _side(found: Observations) -> Side:
    """Whole days are resampled: cases of one day share its weather and its crews."""
    valued = found.valued
    return Side(found.seconds[valued], found.days[valued])
