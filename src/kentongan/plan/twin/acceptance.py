"""May the twin be believed? The acceptance test of the design (12.3), every criterion in figures.

Reality and twin had the same calls. All must hold; what cannot be judged does not hold. Until then
every what-if carries `INDICATIVE`.
"""

from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.plan.arrays import Floats, Whole
from kentongan.plan.twin.figures import Difference

INDICATIVE: Final = "twin belum valid: hanya indikatif"

DAYS: Final = 28
RELATIVE: Final = 0.05
SHARE: Final = 0.02
DISTANCE: Final = 0.08
UTILISATION: Final = 0.05
SAME_UNIT: Final = 0.80
CORRELATION: Final = 0.80
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
    """One line: what was asked, what was found, whether it holds."""

    name: str
    asked: str
    found: str
    holds: bool


def accept(
    real: Lived, twin: Lived, limit_s: float, back_test: Difference | None, twin_change: float,
    chance: np.random.Generator,
) -> tuple[Criterion, ...]:  # fmt: skip
    """All criteria. `back_test` is what a change of the past did in reality, with its interval, and
    `twin_change` what the twin says it did; None when no change was tried."""
    both = ~(np.isnan(real.response) | np.isnan(twin.response))
    days = len(np.unique(real.day))
    if int(both.sum()) < AREA_MIN:
        return (_line("span", f"{DAYS} days", f"{int(both.sum())} incidents", holds=False),)
    old, new = real.response[both], twin.response[both]
    return (
        _line("span", f"at least {DAYS} days", f"{days} days", holds=days >= DAYS),
        _quantile("P50", 0.5, old, new, real.day[both], chance),
        _quantile("P90", 0.9, old, new, real.day[both], chance),
        _share(old, new, limit_s),
        _distance(old, new),
        _busy(real.busy, twin.busy),
        _same(real.unit[both], twin.unit[both]),
        _areas(old, new, real.area[both]),
        _back_test(back_test, twin_change),
    )


def is_valid(criteria: tuple[Criterion, ...]) -> bool:
    """Whether all hold."""
    return all(one.holds for one in criteria)


def _line(name: str, asked: str, found: str, *, holds: bool) -> Criterion:
    return Criterion(name=name, asked=asked, found=found, holds=bool(holds))


def _quantile(
    name: str, share: float, real: Floats, twin: Floats, day: Whole, chance: np.random.Generator
) -> Criterion:
    lived, simulated = float(np.quantile(real, share)), float(np.quantile(twin, share))
    low, high = _interval(share, real, day, chance)
    off = simulated / lived - 1 if lived > 0 else float("inf")
    return _line(
        name,
        f"within {RELATIVE:.0%} or inside reality's interval",
        f"{simulated:.0f} s for {lived:.0f} s ({low:.0f}-{high:.0f}), {off:+.1%}",
        holds=abs(off) <= RELATIVE or low <= simulated <= high,
    )


def _interval(
    share: float, values: Floats, day: Whole, chance: np.random.Generator
) -> tuple[float, float]:
    days, which = np.unique(day, return_inverse=True)
    rows = [values[which == n] for n in range(len(days))]
    picks: list[list[int]] = chance.integers(0, len(rows), (RESAMPLES, len(rows))).tolist()
    drawn = [
        float(np.quantile(np.concatenate([rows[n] for n in picked]), share)) for picked in picks
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _share(real: Floats, twin: Floats, limit_s: float) -> Criterion:
    lived, simulated = float((real <= limit_s).mean()), float((twin <= limit_s).mean())
    return _line(
        f"within {limit_s / 60:.0f} min",
        f"within {SHARE * 100:.0f} points",
        f"{simulated:.1%} for {lived:.1%}",
        holds=abs(simulated - lived) <= SHARE,
    )


def _distance(real: Floats, twin: Floats) -> Criterion:
    at = np.sort(np.concatenate((real, twin)))
    far = np.abs(
        np.searchsorted(np.sort(real), at, side="right") / len(real)
        - np.searchsorted(np.sort(twin), at, side="right") / len(twin)
    ).max()
    return _line(
        "Kolmogorov-Smirnov", f"at most {DISTANCE}", f"{far:.3f}", holds=float(far) <= DISTANCE
    )


def _busy(real: Floats, twin: Floats) -> Criterion:
    off = np.abs(real - twin)
    worst = int(np.argmax(off))
    return _line(
        "busy units by the hour",
        f"within {UTILISATION * 100:.0f} points",
        f"{off[worst] * 100:.1f} points off at {worst:02d}.00",
        holds=float(off[worst]) <= UTILISATION,
    )


def _same(real: Whole, twin: Whole) -> Criterion:
    share = float((real == twin).mean())
    return _line(
        "same first unit", f"at least {SAME_UNIT:.0%}", f"{share:.1%}", holds=share >= SAME_UNIT
    )


def _areas(real: Floats, twin: Floats, area: Whole) -> Criterion:
    asked = f"rank correlation at least {CORRELATION}"
    pairs = [
        (float(np.median(real[area == one])), float(np.median(twin[area == one])))
        for one in np.unique(area[area >= 0])
        if int((area == one).sum()) >= AREA_MIN
    ]
    if len(pairs) < AREAS_MIN:
        return _line("kecamatan", asked, f"only {len(pairs)} with enough incidents", holds=False)
    ranks = np.argsort(np.argsort(np.array(pairs), axis=0, kind="stable"), axis=0, kind="stable")
    found = float(np.asarray(np.corrcoef(ranks.T))[0, 1])
    return _line("kecamatan", asked, f"{found:.2f} over {len(pairs)}", holds=found >= CORRELATION)


def _back_test(real: Difference | None, twin: float) -> Criterion:
    asked = "the effect of a past change, inside reality's interval"
    if real is None:
        return _line("a past change", asked, "none was tried (--changed)", holds=False)
    return _line(
        "a past change",
        asked,
        f"{twin:+.0f} s for {real.change:+.0f} s ({real.low:+.0f} to {real.high:+.0f})",
        holds=real.low <= twin <= real.high,
    )
