"""Was the advice good? Arrivals against the range that the list gave, followed against overridden.

The list gives each unit a range in which eight of ten arrivals should lie (P10 to P90): `inside` is
how many did. An error is the arrival against the middle of the range; late is positive. Under
`ENOUGH` arrivals there are counts and no figures. Followed and overridden choices were made of
different incidents: their difference is no proof of what the other choice would have brought.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.advice_table import FOLLOWED, OVERRIDDEN
from kentongan.measure.clocks import Clock
from kentongan.measure.observations import NEVER
from kentongan.measure.screens.resampling import change_of
from kentongan.measure.statistics.arrays import Flags, Floats, Whole
from kentongan.measure.statistics.by_days import quantile_by_days, share_by_days
from kentongan.measure.statistics.change import Difference, Side, hits_difference
from kentongan.measure.statistics.quantiles import ENOUGH, Estimate
from kentongan.measure.tables import MICRO, Table

SEED: Final = 112
WANTED: Final = 0.8
"""Share of arrivals between P10 and P90."""

DAY_S: Final = 86_400


class Covered(Struct, frozen=True, kw_only=True):
    """Arrivals against their ranges. `key` is the kind of unit or the hour; `early` and `late` lie
    before and after the range."""

    key: str
    n: int
    early: int
    late: int
    inside: Estimate | None
    error_s: Estimate | None


class Choice(Struct, frozen=True, kw_only=True):
    """The works of one choice: `followed`, or `overridden` where somebody before it in the list was
    passed over. `took_s` is from assigned to arrived, `lost_s` what the list itself said that the
    choice would cost (medians)."""

    choice: str
    covered: Covered
    took_s: Estimate | None
    lost_s: Estimate | None


class Advice(Struct, frozen=True, kw_only=True):
    """All works with a range and an arrival. Left out: `unknown` without a range, `unsure` whose
    arrival was written late, `never_came` and `pending`. Changes are overridden minus followed."""

    unknown: int
    unsure: int
    never_came: int
    pending: int
    all: Covered
    choices: tuple[Choice, ...]
    inside_change: Difference | None
    took_change: Difference | None
    by_kind: tuple[Covered, ...]
    by_hour: tuple[Covered, ...]


class _Arrivals(Struct, frozen=True, eq=False):
    """Seconds of each arrival from the choice: when it came, its range, and what a better choice
    would have saved (NaN unknown); and the day of the choice."""

    took: Floats
    low: Floats
    high: Floats
    lost: Floats
    days: Whole

    def where(self, keep: Flags) -> "_Arrivals":
        return _Arrivals(
            self.took[keep], self.low[keep], self.high[keep], self.lost[keep], self.days[keep]
        )


def advice_of(table: Table, kind_of: Callable[[str], str] = lambda _unit: "") -> Advice:
    """Out of the table of advice; `kind_of` names the kind of a unit by its key."""
    arrived = table.moments(Clock.ARRIVED)
    ranged = table.moments(Clock.LISTED_TO) != NEVER
    came, unsure = arrived != NEVER, table.is_late(Clock.ARRIVED)
    kept = table.where(ranged & came & ~unsure)
    found = _arrivals(kept)
    choice, hour = _names(kept, "choice"), _codes_of_hour(kept)
    kinds = [kind_of(unit) for unit in _names(kept, "unit")]
    sides = [(one, np.array([name == one for name in choice], dtype=np.bool_))
             for one in (FOLLOWED, OVERRIDDEN)]  # fmt: skip
    change = _changes(found, sides[0][1], sides[1][1])
    return Advice(
        unknown=int((~ranged).sum()),
        unsure=int((ranged & came & unsure).sum()),
        never_came=int((ranged & ~came & table.over).sum()),
        pending=int((ranged & ~came & ~table.over).sum()),
        all=_covered("", found),
        choices=tuple(_choice(name, found.where(keep)) for name, keep in sides),
        inside_change=change[0],
        took_change=change[1],
        by_kind=_split(found, kinds),
        by_hour=_split(found, hour),
    )


def _arrivals(table: Table) -> _Arrivals:
    begin = table.moments(Clock.ASSIGNED)

    def seconds(clock: Clock) -> Floats:
        at = table.moments(clock)
        return np.where(at == NEVER, np.nan, (at - begin) / MICRO)

    lost = seconds(Clock.ARRIVED) - seconds(Clock.SOONER)
    return _Arrivals(
        seconds(Clock.ARRIVED),
        seconds(Clock.LISTED_FROM),
        seconds(Clock.LISTED_TO),
        lost,
        (begin // MICRO + table.offset_s) // DAY_S,
    )


def _covered(key: str, found: _Arrivals) -> Covered:
    n = len(found.took)
    early, late = found.took < found.low, found.took > found.high
    errors = found.took - (found.low + found.high) / 2
    enough = n >= ENOUGH
    return Covered(
        key=key,
        n=n,
        early=int(early.sum()),
        late=int(late.sum()),
        inside=share_by_days(~early & ~late, found.days) if enough else None,
        error_s=_median(errors, found.days) if enough else None,
    )


def _choice(name: str, found: _Arrivals) -> Choice:
    known = ~np.isnan(found.lost)
    enough = len(found.took) >= ENOUGH
    return Choice(
        choice=name,
        covered=_covered(name, found),
        took_s=_median(found.took, found.days) if enough else None,
        lost_s=_median(found.lost[known], found.days[known]) if known.sum() >= ENOUGH else None,
    )


def _median(values: Floats, days: Whole) -> Estimate | None:
    return quantile_by_days(values, days, np.sort(values), 0.5)


def _changes(
    found: _Arrivals, followed: Flags, overridden: Flags
) -> tuple[Difference | None, Difference | None]:
    """Of the share inside and of the median time to arrive, resampled by days."""
    if min(int(followed.sum()), int(overridden.sum())) < ENOUGH:
        return None, None
    inside = ((found.took >= found.low) & (found.took <= found.high)).astype(np.float64)
    chance = np.random.default_rng(SEED)
    one, other = (Side(inside[keep], found.days[keep]) for keep in (followed, overridden))
    first, second = (Side(found.took[keep], found.days[keep]) for keep in (followed, overridden))
    return hits_difference(one, other, chance), change_of(first, second, 0.5, chance)


def _split(found: _Arrivals, names: Sequence[str]) -> tuple[Covered, ...]:
    every = np.array(names, dtype=np.str_)
    return tuple(_covered(name, found.where(every == name)) for name in sorted(set(names)) if name)


def _names(table: Table, label: str) -> list[str]:
    column = table.labels.get(label)
    if column is None:
        return [""] * table.size
    names = list(column.names)
    return [names[code] for code in column.codes.tolist()]


def _codes_of_hour(table: Table) -> list[str]:
    hour = (table.moments(Clock.ASSIGNED) // MICRO + table.offset_s) // 3_600 % 24
    return [f"{one:02d}" for one in hour.tolist()]
