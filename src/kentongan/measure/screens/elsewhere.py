"""F8, where something was done in one kecamatan: what changed there beyond everywhere else.

Difference in differences. It holds when both would have gone the same way without it, which no
figure proves: both curves before the day belong beside it.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from kentongan.measure.observations import UNKNOWN, Observations
from kentongan.measure.screens.first import SEED
from kentongan.measure.screens.frame import PLACE, whole_days
from kentongan.measure.screens.resampling import figures_of
from kentongan.measure.statistics.change import (
    Difference,
    Figure,
    Side,
    apart,
    beyond_elsewhere,
    difference_of,
    hits_difference,
)
from kentongan.measure.statistics.quantiles import ENOUGH


class Beyond(Struct, frozen=True, kw_only=True):
    """A figure (`p90` in seconds, `share` within the limit): its change here, its change elsewhere,
    and the former beyond the latter, in which `before` and `after` are the change elsewhere and the
    change here."""

    what: str
    here: Difference
    there: Difference
    beyond: Difference


class Elsewhere(Struct, frozen=True, kw_only=True):
    """The four numbers of cases that it is about, and nothing beside them under `ENOUGH` in any."""

    place: str
    n_here_before: int
    n_here_after: int
    n_there_before: int
    n_there_after: int
    measures: tuple[Beyond, ...]


def elsewhere(
    before: Observations, after: Observations, place: str, limit_s: float
) -> Elsewhere | None:
    """One kecamatan against all others; None when none was asked for, or the cases have none.

    A case without a known kecamatan is on neither side. A time without any case counts none.
    """
    if not place or any(len(one.seconds) and PLACE not in one.labels for one in (before, after)):
        return None
    here = tuple(_side(found, place, is_there=True) for found in (before, after))
    there = tuple(_side(found, place, is_there=False) for found in (before, after))
    sides = (*here, *there)
    n = [len(side.values) for side in sides]
    measures: tuple[Beyond, ...] = ()
    if min(n) >= ENOUGH:
        chance = np.random.default_rng(SEED)
        hits = [Side((one.values <= limit_s).astype(np.float64), one.blocks) for one in sides]
        measures = (
            _beyond("p90", figures_of(sides, 0.9, chance)),
            shares_beyond(hits, chance),
        )
    return Elsewhere(
        place=place,
        n_here_before=n[0],
        n_here_after=n[1],
        n_there_before=n[2],
        n_there_after=n[3],
        measures=measures,
    )


def _side(found: Observations, place: str, *, is_there: bool) -> Side:
    if not len(found.seconds):
        return Side(found.seconds, whole_days(found))
    known = found.where(~found.mask(PLACE, [UNKNOWN]))
    chosen = known.mask(PLACE, [place])
    kept = known.where(chosen if is_there else ~chosen)
    return Side(kept.seconds[kept.valued], whole_days(kept))


def shares_beyond(hits: Sequence[Side], chance: np.random.Generator) -> Beyond:
    """The share within the limit; hits (1 and 0) here before and after, there before and after."""
    here = hits_difference(hits[0], hits[1], chance)
    there = hits_difference(hits[2], hits[3], chance)
    return Beyond(what="share", here=here, there=there, beyond=beyond_elsewhere(here, there))


def _beyond(what: str, figures: tuple[Figure, ...]) -> Beyond:
    here_before, here_after, there_before, there_after = figures
    return Beyond(
        what=what,
        here=difference_of(here_before, here_after),
        there=difference_of(there_before, there_after),
        beyond=difference_of(apart(there_before, there_after), apart(here_before, here_after)),
    )
