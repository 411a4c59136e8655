"""Before and after: did it get better, by how much, and could these spans have shown it?

The change of P50, P90 and of the share within a limit, resampled by whole days; the same share for
the same mix of cases; Simpson's paradox by name; the smallest change that would have shown; an
interrupted series over the weeks; and the change beyond that of everywhere else.
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct, structs

from kentongan.measure.case_mix import Named, mix_between, paradox_between
from kentongan.measure.figures import percentile_effect
from kentongan.measure.observations import UNKNOWN, Observations
from kentongan.measure.statistics.by_days import visible_share
from kentongan.measure.statistics.change import (
    SERIES_MIN,
    Difference,
    Interruption,
    Side,
    difference_in_differences,
    interrupted_series,
    q_of,
    quantile_difference,
    share_difference,
)
from kentongan.measure.statistics.mix import SameMix
from kentongan.measure.statistics.quantiles import ENOUGH, detectable_change
from kentongan.measure.weeks import MONDAY_OFFSET, WEEK_DAYS, WEEK_MIN


class Comparison(Struct, frozen=True, kw_only=True):
    """One group. Changes are after minus before; None under `ENOUGH` cases on a side. `mix` is
    the share for the mix of both spans together; the detectable changes are those that
    these two spans would show four times in five; None where they are too few days to show any, or
    all were on one side of the limit: then nothing is known of how a share varies.

    `q_...` is the false-discovery rate over all groups: of those called changed up to it so many
    are called so in vain. Of one group it is the change's own p-value; None where nothing is sure.
    """

    group: tuple[str, ...]
    n_before: int
    n_after: int
    p50: Difference | None = None
    p90: Difference | None = None
    share: Difference | None = None
    mix: SameMix | None = None
    paradox: Named | None = None
    detectable_p90_s: float | None = None
    detectable_share: float | None = None
    q_p50: float | None = None
    q_p90: float | None = None
    q_share: float | None = None


class Series(Struct, frozen=True, kw_only=True):
    """An interrupted series of weekly figures; `weeks` on each side, or why there is none: too few
    of them, or `gaps`, weeks with too few cases between them."""

    figure: str
    weeks_before: int
    weeks_after: int
    gaps: int
    found: Interruption | None
    why: str = ""


def compare(
    before: Observations,
    after: Observations,
    limit_s: float,
    by: Sequence[str],
    chance: np.random.Generator,
) -> tuple[Comparison, ...]:
    """A line for each group that occurs; `KeyError` for a label that is not there."""
    first, second = dict(before.split(by)), dict(after.split(by))
    nobody = before.where(np.zeros(len(before), dtype=np.bool_))
    found = [
        _compared(group, first.get(group, nobody), second.get(group, nobody), limit_s, chance)
        for group in sorted({*first, *second})
    ]
    p50, p90 = q_of([one.p50 for one in found]), q_of([one.p90 for one in found])
    share = q_of([one.share for one in found])
    return tuple(
        structs.replace(one, q_p50=p50[at], q_p90=p90[at], q_share=share[at])
        for at, one in enumerate(found)
    )


def _compared(
    group: tuple[str, ...],
    before: Observations,
    after: Observations,
    limit_s: float,
    chance: np.random.Generator,
) -> Comparison:
    one, other = _side(before), _side(after)
    n, m = len(one.values), len(other.values)
    if min(n, m) < ENOUGH:
        return Comparison(group=group, n_before=n, n_after=m)
    past = before.values()
    detectable = detectable_change(past, 0.9, n, m, effect=percentile_effect(before, 0.9))
    kept = one.values <= limit_s
    p90 = quantile_difference(one, other, 0.9, chance)
    is_sure = p90.low is not None
    return Comparison(
        group=group,
        n_before=n,
        n_after=m,
        p50=quantile_difference(one, other, 0.5, chance),
        p90=p90,
        share=share_difference(one, other, limit_s, chance),
        mix=mix_between(before, after, limit_s),
        paradox=paradox_between(before, after, limit_s),
        detectable_p90_s=None if math.isnan(detectable) or not is_sure else detectable,
        detectable_share=visible_share(kept, one.blocks, n, m) if is_sure else None,
    )


def beyond(
    before: Observations,
    after: Observations,
    label: str,
    treated: str,
    chance: np.random.Generator,
) -> Difference | None:
    """What the P90 changed where something was done, beyond what it changed everywhere else; None
    under `ENOUGH` cases in any of the four. Whose label is unknown is on neither side.

    `KeyError` for a label that is not there.
    """
    here = [found.where(found.mask(label, [treated])) for found in (before, after)]
    there = [found.where(~found.mask(label, [treated, UNKNOWN])) for found in (before, after)]
    sides = [_side(found) for found in (*here, *there)]
    if min(len(side.values) for side in sides) < ENOUGH:
        return None
    return difference_in_differences((sides[0], sides[1]), (sides[2], sides[3]), chance, share=0.9)


def interrupted(
    found: Observations, changed_day: int, limit_s: float, least: int = WEEK_MIN
) -> tuple[Series, ...]:
    """The step at a day (counted from 1970, by the city's calendar) in weekly median and share.

    A week that the day cuts is no point. A week with fewer than `least` cases is a gap, and with a
    gap there is no series: closing it would move what comes after.
    """
    valued = found.valued
    seconds = found.seconds[valued]
    week = (found.days[valued] + MONDAY_OFFSET) // WEEK_DAYS
    changed = -(-(changed_day + MONDAY_OFFSET) // WEEK_DAYS)  # the first whole week after it
    cut = changed - 1 if (changed_day + MONDAY_OFFSET) % WEEK_DAYS else None
    known = list(range(int(week.min()), int(week.max()) + 1)) if len(week) else []
    used = [one for one in known if int((week == one).sum()) >= least and one != cut]
    sides = (sum(one < changed for one in used), sum(one >= changed for one in used))
    skipped = int(cut is not None)
    gaps = max(used[-1] - used[0] + 1 - len(used) - skipped, 0) if used else 0
    why = ""
    if min(sides) < SERIES_MIN:
        why = f"needs {SERIES_MIN} weeks on each side, there are {sides[0]} and {sides[1]}"
    elif gaps:
        why = f"a week has fewer than {least} cases"
    figures = {
        "median_s": [float(np.median(seconds[week == one])) for one in used],
        "share": [float((seconds[week == one] <= limit_s).mean()) for one in used],
    }
    return tuple(
        Series(
            figure=name,
            weeks_before=sides[0],
            weeks_after=sides[1],
            gaps=gaps,
            found=None if why else interrupted_series(np.array(values), sides[0], skipped),
            why=why,
        )
        for name, values in figures.items()
    )


def within_days(found: Observations, first_day: int, last_day: int) -> Observations:
    """Those that began on these days of the city's calendar, both included."""
    return found.where((found.days >= first_day) & (found.days <= last_day))


def _side(found: Observations) -> Side:
    valued = found.valued
    return Side(found.seconds[valued], found.days[valued])
