"""May the twin be believed? The acceptance test of the design (12.3), every criterion in figures.

Reality and twin had the same calls, in weeks that the twin did not learn from. All must hold; what
cannot be judged does not hold. Until then every what-if carries `INDICATIVE`.

An incident that nobody came to is the worst answer and no missing one: it is longer than every
other in quantiles, shares and distances, and how many there are has a line of its own.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.plan.arrays import Floats, Whole
from kentongan.plan.twin.figures import LEVEL, Difference, waited_quantile

INDICATIVE: Final = "twin belum valid: hanya indikatif"

DAYS: Final = 28
"""Days held out, and at least as many learnt from before them."""

RELATIVE: Final = 0.05
SHARE: Final = 0.02
OFF_MAX: Final = 10.0
"""A quantile that is off by more, or is never, is said to be off by so much."""

DISTANCE: Final = 0.08
UTILISATION: Final = 0.05
SAME_UNIT: Final = 0.80
CORRELATION: Final = 0.80
NOBODY: Final = 0.01
"""Incidents that nobody came to, share by which the twin may differ."""

AREA_MIN: Final = 5
"""Incidents of an area before its median counts."""

AREAS_MIN: Final = 5
RESAMPLES: Final = 500


class Lived(Struct, frozen=True, eq=False, kw_only=True):
    """What happened to the same incidents in reality or in the twin: response in seconds (NaN when
    nobody came), the first unit, the area, the day, and busy time over duty by hour of the day."""

    response: Floats
    unit: Whole
    area: Whole
    day: Whole
    busy: Floats


class Criterion(Struct, frozen=True, kw_only=True):
    """One line: what was asked, what was found, whether it holds; by how much it does not, in
    `unit`: percent, points, s, days, areas, changes or a plain number. `about` is the past change
    that a line is of."""

    name: str
    asked: str
    found: str
    holds: bool
    miss: float = 0.0
    unit: str = ""
    about: str = ""


class BackTest(Struct, frozen=True, kw_only=True):
    """A change of the past: what it did to the mean response in reality, with its interval, what
    the twin says it did, and what the twin says had happened `without` it; or why it cannot be
    judged."""

    about: str
    real: Difference | None = None
    twin: float = 0.0
    without: float = 0.0
    why: str = ""

    @property
    def is_inside(self) -> bool:
        """Whether the twin's effect is one that reality may have had."""
        return self.real is not None and self.real.low <= self.twin <= self.real.high

    @property
    def is_clear(self) -> bool:
        """Whether reality cannot be told without the change."""
        return self.real is not None and not self.real.low <= self.without <= self.real.high


def accept(
    real: Lived, twin: Lived, limit_s: float, learnt_days: int, changes: Sequence[BackTest],
    chance: np.random.Generator,
) -> tuple[Criterion, ...]:  # fmt: skip
    """All criteria over the days held out; `learnt_days` are those that the twin learnt from."""
    reached = ~np.isnan(real.response)
    days = len(np.unique(real.day))
    lines = [_span(days, learnt_days)]
    if int(reached.sum()) < AREA_MIN:
        found = f"{int(reached.sum())} incidents"
        return (*lines, _line("incidents", f"at least {AREA_MIN}", found))
    old, new = (np.nan_to_num(one.response, nan=np.inf) for one in (real, twin))
    return (
        *lines,
        _nobody(real.response, twin.response),
        _quantile("P50", 0.5, old, new, real.day, chance),
        _quantile("P90", 0.9, old, new, real.day, chance),
        _share(old, new, limit_s),
        _distance(old, new),
        _busy(real.busy, twin.busy),
        _same(real.unit[reached], twin.unit[reached]),
        _areas(old, new, real.area),
        *(_change(one) for one in changes),
        _changes(changes),
    )


def effect(
    before: Floats, before_day: Whole, after: Floats, after_day: Whole, chance: np.random.Generator
) -> Difference:
    """The change of the mean response between two spans, whole days resampled on either side."""
    sides = [
        [response[day == one] for one in np.unique(day)]
        for response, day in ((before, before_day), (after, after_day))
    ]
    drawn: list[float] = []
    for _ in range(RESAMPLES):
        means: list[float] = []
        for one in sides:
            picked: list[int] = chance.integers(0, len(one), len(one)).tolist()
            means.append(float(np.nanmean(np.concatenate([one[n] for n in picked]))))
        drawn.append(means[1] - means[0])
    was, becomes = float(np.nanmean(before)), float(np.nanmean(after))
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Difference(
        name="mean_s", before=was, after=becomes, change=becomes - was,
        low=float(low), high=float(high),
    )  # fmt: skip


def is_valid(criteria: tuple[Criterion, ...]) -> bool:
    """Whether all hold."""
    return all(one.holds for one in criteria)


def _line(
    name: str, asked: str, found: str, miss: float = 1.0, unit: str = "", about: str = ""
) -> Criterion:
    """It holds when it misses by nothing."""
    return Criterion(
        name=name,
        asked=asked,
        found=found,
        holds=bool(miss <= 0),
        miss=max(float(miss), 0.0),
        unit=unit if miss > 0 else "",
        about=about,
    )


def _span(days: int, learnt_days: int) -> Criterion:
    return _line(
        "span",
        f"{DAYS} days held out, {DAYS} learnt from before them",
        f"{days} days after {learnt_days}",
        max(DAYS - days, DAYS - learnt_days),
        "days",
    )


def nobody_came(response: Floats) -> float:
    """The share of these incidents that nobody came to."""
    return float(np.isnan(response).mean())


def _nobody(real: Floats, twin: Floats) -> Criterion:
    lived, simulated = nobody_came(real), nobody_came(twin)
    return _line(
        "nobody came",
        f"within {NOBODY * 100:.0f} point",
        f"{simulated:.1%} for {lived:.1%}",
        (abs(simulated - lived) - NOBODY) * 100,
        "points",
    )


def _quantile(
    name: str, share: float, real: Floats, twin: Floats, day: Whole, chance: np.random.Generator
) -> Criterion:
    lived, simulated = waited_quantile(real, share), waited_quantile(twin, share)
    low, high = _interval(share, real, day, chance)
    off = min(simulated / lived - 1, OFF_MAX) if 0 < lived < np.inf else OFF_MAX
    return _line(
        name,
        f"within {RELATIVE:.0%} or inside reality's interval",
        f"{simulated:.0f} s for {lived:.0f} s ({low:.0f}-{high:.0f}), {off:+.1%}",
        0.0 if low <= simulated <= high else (abs(off) - RELATIVE) * 100,
        "percent",
    )


def _interval(
    share: float, values: Floats, day: Whole, chance: np.random.Generator
) -> tuple[float, float]:
    days, which = np.unique(day, return_inverse=True)
    rows = [values[which == n] for n in range(len(days))]
    picks: list[list[int]] = chance.integers(0, len(rows), (RESAMPLES, len(rows))).tolist()
    drawn = np.array(
        [waited_quantile(np.concatenate([rows[n] for n in picked]), share) for picked in picks]
    )
    return waited_quantile(drawn, 0.025), waited_quantile(drawn, 0.975)


def _share(real: Floats, twin: Floats, limit_s: float) -> Criterion:
    lived, simulated = float((real <= limit_s).mean()), float((twin <= limit_s).mean())
    return _line(
        f"within {limit_s / 60:.0f} min",
        f"within {SHARE * 100:.0f} points",
        f"{simulated:.1%} for {lived:.1%}",
        (abs(simulated - lived) - SHARE) * 100,
        "points",
    )


def _distance(real: Floats, twin: Floats) -> Criterion:
    at = np.sort(np.concatenate((real, twin)))
    far = np.abs(
        np.searchsorted(np.sort(real), at, side="right") / len(real)
        - np.searchsorted(np.sort(twin), at, side="right") / len(twin)
    ).max()
    return _line("Kolmogorov-Smirnov", f"at most {DISTANCE}", f"{far:.3f}", float(far) - DISTANCE)


def _busy(real: Floats, twin: Floats) -> Criterion:
    off = np.abs(real - twin)
    worst = int(np.argmax(off))
    return _line(
        "busy units by the hour",
        f"within {UTILISATION * 100:.0f} points",
        f"{off[worst] * 100:.1f} points off at {worst:02d}.00",
        (float(off[worst]) - UTILISATION) * 100,
        "points",
    )


def _same(real: Whole, twin: Whole) -> Criterion:
    share = float((real == twin).mean())
    return _line(
        "same first unit",
        f"at least {SAME_UNIT:.0%}",
        f"{share:.1%}",
        (SAME_UNIT - share) * 100,
        "points",
    )


def _areas(real: Floats, twin: Floats, area: Whole) -> Criterion:
    asked = f"rank correlation at least {CORRELATION}"
    pairs = [
        (float(np.median(real[area == one])), float(np.median(twin[area == one])))
        for one in np.unique(area[area >= 0])
        if int((area == one).sum()) >= AREA_MIN
    ]
    if len(pairs) < AREAS_MIN:
        found = f"only {len(pairs)} with enough incidents"
        return _line("kecamatan", asked, found, AREAS_MIN - len(pairs), "areas")
    ranks = np.argsort(np.argsort(np.array(pairs), axis=0, kind="stable"), axis=0, kind="stable")
    alike = float(np.asarray(np.corrcoef(ranks.T))[0, 1])
    return _line("kecamatan", asked, f"{alike:.2f} over {len(pairs)}", CORRELATION - alike)


def _change(one: BackTest) -> Criterion:
    """One change: contradicted when the twin's effect is none that reality may have had."""
    asked, name = "inside reality's interval", "a change"
    if one.real is None:
        return _line(name, asked, one.why, 0.0, about=one.about)
    low, high = one.real.low, one.real.high
    return _line(
        name,
        asked,
        f"{one.twin:+.0f} s for {one.real.change:+.0f} s ({low:+.0f} to {high:+.0f}), "
        f"{one.without:+.0f} s without it",
        max(low - one.twin, one.twin - high, 0.0),
        "s",
        one.about,
    )


def _changes(changes: Sequence[BackTest]) -> Criterion:
    """At least one that reality cannot be told without; a twin that knows nothing repeats none."""
    asked = "at least one that the twin repeats, and does not without it"
    if not changes:
        return _line("a past change", asked, "none is noted", 1, "changes")
    repeated = sum(one.is_inside and one.is_clear for one in changes)
    found = f"{repeated} of {len(changes)}"
    return _line("a past change", asked, found, 1 - repeated, "changes")
