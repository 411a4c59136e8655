"""Before a pilot: the smallest change that so many days would show, from the record's own spread.

Two spans of equal length, one before and one with the pilot, as many cases a day as the record has,
and cases of one day alike as they are there (the design effect). Shown is what is seen four times
in five, two-sided at 5 %; smaller changes stay unseen, which is no proof that there are none.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from kentongan.measure.figures import percentile_effect
from kentongan.measure.observations import Observations
from kentongan.measure.statistics.by_days import visible_share
from kentongan.measure.statistics.change import DAYS_MIN
from kentongan.measure.statistics.quantiles import (
    ENOUGH,
    detectable_change,
    quantile,
)

TIMES: Final = (1, 2, 4)
"""Pilots that are shown beside each other: as long as asked, and so many times longer."""


class Detectable(Struct, frozen=True, kw_only=True):
    """One group and length. `known` are the cases that the spread is taken from, `n` those that are
    to be expected on a side; changes are None where either is too few (`why`)."""

    group: tuple[str, ...]
    days: int
    known: int
    per_day: float
    n: int
    p50_s: float | None = None
    p90_s: float | None = None
    share: float | None = None
    change_p50_s: float | None = None
    change_p90_s: float | None = None
    change_share: float | None = None
    why: str = ""


def detectable(
    found: Observations, days: int, limit_s: float, by: Sequence[str]
) -> tuple[Detectable, ...]:
    """Lines for each group, the shortest pilot first; `KeyError` for a label that is not there."""
    if not len(found):
        return ()
    span = int(found.days.max()) - int(found.days.min()) + 1
    return tuple(
        line for group, part in found.split(by) for line in _lines(group, part, span, days, limit_s)
    )


def _lines(
    group: tuple[str, ...], found: Observations, span: int, days: int, limit_s: float
) -> Iterator[Detectable]:
    ordered = found.values()
    per_day = len(ordered) / span
    for times in TIMES:
        length, n = days * times, round(per_day * days * times)
        line = Detectable(
            group=group, days=length, known=len(ordered), per_day=per_day, n=n,
            why=_too_few(len(ordered), n, length),
        )  # fmt: skip
        yield line if line.why else _seen(line, found, limit_s)


def _too_few(known: int, n: int, days: int) -> str:
    if known < ENOUGH:
        return f"the record has {known} cases, under {ENOUGH}: nothing is known of their spread"
    if days < DAYS_MIN:
        return f"under {DAYS_MIN} days a change has no interval, whatever its size"
    return f"{n} cases a side, under {ENOUGH}" if n < ENOUGH else ""


def _seen(line: Detectable, found: Observations, limit_s: float) -> Detectable:
    ordered, n = found.values(), line.n
    kept = found.seconds[found.valued] <= limit_s
    share = float(kept.mean())
    p50, p90 = (
        detectable_change(ordered, part, n, n, effect=percentile_effect(found, part))
        for part in (0.5, 0.9)
    )
    return Detectable(
        group=line.group, days=line.days, known=line.known, per_day=line.per_day, n=n,
        p50_s=quantile(ordered, 0.5),
        p90_s=quantile(ordered, 0.9),
        share=share,
        change_p50_s=None if math.isnan(p50) else p50,
        change_p90_s=None if math.isnan(p90) else p90,
        change_share=visible_share(kept, found.days[found.valued], n, n),
    )  # fmt: skip


def told(one: Detectable, limit_s: float) -> str:
    """In words; for whoever decides how long to try something."""
    head = f"a pilot of {one.days} days beside as many before it, about {one.n:,} cases each"
    if one.why:
        return f"{head}: cannot show anything ({one.why})"
    seen = [
        f"{name} from {value:.0f} s on"
        for name, value in (("the P90", one.change_p90_s), ("the median", one.change_p50_s))
        if value is not None
    ]
    if one.change_share is not None:
        points = 100 * one.change_share
        seen.append(f"the share within {limit_s:g} s from {points:.1f} points on")
    if not seen:
        return f"{head}: cannot show anything (the record's spread has no bound)"
    return f"{head}: shows a change of {', of '.join(seen)}, four times in five; less stays unseen"
