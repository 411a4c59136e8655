"""The case mix of observations: strata by what cases are, the same mix, and Simpson's paradox."""

from collections.abc import Sequence
from itertools import chain, combinations
from typing import Final

import numpy as np
from msgspec import Struct, structs

from kentongan.measure.observations import Observations
from kentongan.measure.statistics.arrays import Whole
from kentongan.measure.statistics.by_days import design_effect
from kentongan.measure.statistics.change import DAYS_MIN
from kentongan.measure.statistics.mix import Key, Paradox, SameMix, Stratum, paradox, same_mix

MIX: Final = ("category", "hour", "kecamatan")
"""What kinds of cases are (EVALUATION section 6.6); the hour by parts of the day."""

PART_S: Final = 21_600
"""A part of the day: six hours."""


class Named(Struct, frozen=True, kw_only=True):
    """A paradox and the labels whose strata show it."""

    by: tuple[str, ...]
    found: Paradox


def strata(found: Observations, limit_s: float, by: Sequence[str]) -> dict[Key, Stratum]:
    """Cases with a value and hits by labels, the hour as a part of the day (0 to 3); a label that
    is not there is left out."""
    seen = found.where(found.valued)
    columns = [_column(seen, label) for label in by if label == "hour" or label in seen.labels]
    code = np.zeros(len(seen), dtype=np.int64)
    for codes, names in columns:
        code = code * max(len(names), 1) + codes
    distinct, of = np.unique(code, return_inverse=True)
    sizes = np.bincount(of, minlength=len(distinct)).tolist()
    hits = np.bincount(of, weights=seen.seconds <= limit_s, minlength=len(distinct)).tolist()
    counted: dict[Key, Stratum] = {}
    for whole, n, kept in zip(distinct.tolist(), sizes, hits, strict=True):
        left, key = whole, list[str]()
        for _, names in reversed(columns):
            left, here = divmod(left, max(len(names), 1))
            key.insert(0, names[int(here)])
        counted[tuple(key)] = Stratum(n, int(kept))
    return counted


def _column(seen: Observations, label: str) -> tuple[Whole, Sequence[str]]:
    if label == "hour":
        return (seen.started + seen.offset_s) // PART_S % 4, "0123"
    column = seen.labels[label]
    return column.codes.astype(np.int64), column.names


def mix_between(before: Observations, after: Observations, limit_s: float) -> SameMix | None:
    """The share within the limit for the same mix; None when a side is empty."""
    sides = [one.where(one.valued) for one in (before, after)]
    effect = _effect(sides, limit_s)
    found = same_mix(*(strata(one, limit_s, MIX) for one in sides), effect=effect)
    if found is not None and _is_short(sides):
        return structs.replace(found, low=None, high=None)
    return found


def _effect(sides: Sequence[Observations], limit_s: float) -> float:
    """How many cases are worth one."""
    return max(design_effect(one.seconds <= limit_s, one.days) for one in sides)


def _is_short(sides: Sequence[Observations]) -> bool:
    """Whether there are too few days for an interval."""
    return min(len(np.unique(one.days)) for one in sides) < DAYS_MIN


def paradox_between(
    before: Observations, after: Observations, limit_s: float, labels: Sequence[str] = MIX
) -> Named | None:
    """Simpson's paradox over each label alone, then over each two of them: the first that shows
    it. All at once would be so thin that nothing shows."""
    sides = [one.where(one.valued) for one in (before, after)]
    effect = _effect(sides, limit_s) if all(map(len, sides)) else 1.0
    for by in chain(((one,) for one in labels), combinations(labels, 2)):
        found = paradox(*(strata(one, limit_s, by) for one in sides), effect=effect)
        if found is not None and _is_short(sides):
            found = structs.replace(found, low=None, high=None)
        if found is not None:
            return Named(by=by, found=found)
    return None
