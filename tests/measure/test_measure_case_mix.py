"""The same mix of cases and Simpson's paradox: simulated data whose truth is known."""

import os

import numpy as np
import pytest
from measure_story import observed
from msgspec import structs

from kentongan.measure.case_mix import Named, paradox_between
from kentongan.measure.comparing import Comparison
from kentongan.measure.comparing_sheet import comparison_lines
from kentongan.measure.observations import Observations
from kentongan.measure.statistics.mix import Direction, Stratum, paradox, same_mix

TIMES = 10 if os.environ.get("EXPLORE") else 1
NOMINAL = 0.93


def _drawn(
    chance: np.random.Generator, true: dict[str, float], sizes: list[int], parts: int = 1
) -> dict[tuple[str, ...], Stratum]:
    """Cases of each kind, spread at random over so many parts of the town."""
    found: dict[tuple[str, ...], Stratum] = {}
    for (kind, share), size in zip(true.items(), sizes, strict=True):
        spread: list[int] = chance.multinomial(size, [1 / parts] * parts).tolist()
        for part, n in enumerate(spread):
            found[kind, str(part)] = Stratum(n, int(chance.binomial(n, share)))
    return found


def test_the_same_mix_covers_the_change_within_kinds() -> None:
    """Nothing changes within any kind, one of them is new: thin strata and a mix that moved."""
    chance = np.random.default_rng(2)
    true = {"a": 0.95, "b": 0.85, "c": 0.6, "d": 0.2}
    repetitions, covered, raw, total, refused = 600 * TIMES, 0, 0, 0.0, 0
    for _ in range(repetitions):
        before = _drawn(chance, true, [200, 120, 60, 0], 16)
        after = _drawn(chance, true, [100, 120, 140, 20], 16)
        found = same_mix(before, after)
        assert found is not None
        if found.change is None:  # by chance fewer than nine tenths are alike: rightly refused
            refused += 1
            continue
        covered += (found.low or 0) <= 0 <= (found.high or 0)
        raw += found.raw_after > found.raw_before
        total += found.change
        assert 0.9 <= found.covered <= 360 / 380
    assert refused <= repetitions / 1_000
    assert covered / (repetitions - refused) >= NOMINAL
    assert abs(total / (repetitions - refused)) < 0.005
    assert raw == 0  # the raw share falls every time, for the mix alone


def test_two_different_mixes_are_not_compared() -> None:
    """Under nine tenths of common cases on a side nothing is said; days widen what is."""
    a, b = {("a",): Stratum(100, 90)}, {("a",): Stratum(100, 80), ("b",): Stratum(20, 2)}
    apart = same_mix(a, b)
    assert apart is not None
    assert apart.covered == pytest.approx(100 / 120)
    assert (apart.before, apart.change, apart.low) == (None, None, None)
    assert same_mix({}, a) is None
    narrow, wide = (same_mix(a, a, effect=effect) for effect in (1.0, 4.0))
    assert narrow is not None
    assert wide is not None
    assert wide.high == pytest.approx(2 * (narrow.high or 0))


def test_simpsons_paradox_is_named_and_only_then() -> None:
    """Every kind improved and the total got worse, for there were more of the slow kind."""
    before = {("medical",): Stratum(800, 720), ("fire",): Stratum(200, 100)}
    after = {("medical",): Stratum(400, 368), ("fire",): Stratum(600, 330)}
    found = paradox(before, after)
    assert found is not None
    assert (found.total, found.strata) == (Direction.WORSE, Direction.BETTER)
    assert found.raw_change < 0 < found.standardised_change
    assert set(found.moved) == {"medical", "fire"}
    assert not found.is_clear  # 2.5 points better, but as many as 7 or none by chance
    many = [
        {key: Stratum(9 * s.n, 9 * s.hits) for key, s in one.items()} for one in (before, after)
    ]
    clear = paradox(many[0], many[1])
    assert clear is not None
    assert clear.is_clear
    for one, said in (
        (found, "by kind it seems better (unclear)"),
        (clear, "by kind it is better"),
    ):
        lines = comparison_lines([_group(Named(by=("kind",), found=one))], (), None, "")
        assert f"paradox all: the total is worse, {said}" in "\n".join(lines)
    better = {("medical",): Stratum(800, 750), ("fire",): Stratum(200, 120)}
    assert paradox(before, better) is None
    assert paradox(before, before) is None
    assert paradox(before, {}) is None


def _group(named: Named) -> Comparison:
    return Comparison(group=(), n_before=1_000, n_after=1_000, paradox=named)


@pytest.mark.parametrize("planted", [True, False])
def test_a_paradox_of_one_label_is_found_among_many(planted: bool) -> None:
    """1,100 cases a side over two kinds, four parts of the day and sixteen kecamatan."""
    chance = np.random.default_rng(14)

    def month(fires: float, gain: float) -> Observations:
        n = 1_100
        is_fire = chance.random(n) < fires
        inside = chance.random(n) < np.where(is_fire, 0.4, 0.85) + gain
        labels = {
            "category": np.where(is_fire, "KBK", "MED").tolist(),
            "kecamatan": [f"33.74.{one:02d}" for one in chance.integers(1, 17, n)],
        }
        found = observed(np.where(inside, 300.0, 900.0), labels)
        return structs.replace(found, started=chance.integers(0, 60 * 86_400, n))

    named = 0
    for _ in range(30 * TIMES):
        after = month(0.6, 0.08) if planted else month(0.2, 0.0)
        found = paradox_between(month(0.2, 0.0), after, 600)
        named += found is not None
        assert found is None or not planted or "category" in found.by
    if planted:
        assert named >= 27 * TIMES
    else:
        assert named <= TIMES
