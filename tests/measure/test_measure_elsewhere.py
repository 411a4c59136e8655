"""What changed in one kecamatan beyond all others: planted, common to all, or too few to say."""

import math
import os

import numpy as np
import pytest
from msgspec import structs

from kentongan.measure.comparing import beyond
from kentongan.measure.observations import Observations, column_of
from kentongan.measure.screens.elsewhere import elsewhere, shares_beyond
from kentongan.measure.statistics.change import Difference, Side

TIMES = 10 if os.environ.get("EXPLORE") else 1
DAY_S = 86_400
HERE = "33.74.16"


def _cases(
    days: int, each: int, seed: int, *, everywhere_s: float = 0.0, here_s: float = 0.0
) -> Observations:
    """So many responses a day, a third of them here, some nowhere known."""
    chance = np.random.default_rng(seed)
    n = days * each
    places = chance.choice([HERE, "33.74.01", "33.74.02", ""], n, p=[0.33, 0.32, 0.32, 0.03])
    seconds = np.exp(chance.normal(np.log(420), 0.4, n)) + everywhere_s
    seconds[places == HERE] += here_s
    return Observations(
        interval="citizen_response",
        subject="incident",
        seconds=seconds,
        waited=np.full(n, np.nan),
        quality=np.zeros(n, dtype=np.uint8),
        started=np.repeat(np.arange(days), each) * DAY_S + DAY_S // 2,
        labels={"kecamatan": column_of(places.tolist())},
        keys=np.arange(n),
    )


def test_what_was_done_here_is_told_from_what_changed_everywhere() -> None:
    """A minute slower everywhere, two minutes faster here: the difference of differences says two
    minutes, with its interval; cases of no known kecamatan are on neither side."""
    before, after = _cases(60, 40, 1), _cases(60, 40, 2, everywhere_s=60, here_s=-120)
    found = elsewhere(before, after, HERE, 600.0)
    assert found is not None
    counted = found.n_here_after + found.n_there_after
    assert counted == int((~after.mask("kecamatan", [""])).sum()) < len(after)
    p90, share = found.measures
    assert (p90.what, share.what) == ("p90", "share")
    assert _holds(p90.there, 60)
    assert _holds(p90.here, -60)
    assert _holds(p90.beyond, -120)
    assert p90.beyond.is_clear
    assert (p90.beyond.before, p90.beyond.after) == (p90.there.change, p90.here.change)
    assert share.beyond.is_clear
    assert share.beyond.change > 0
    same = beyond(before, after, "kecamatan", HERE, np.random.default_rng(112))
    assert same is not None
    assert same.change == pytest.approx(p90.beyond.change)
    assert (same.low, same.high) == (
        pytest.approx(p90.beyond.low, abs=15),
        pytest.approx(p90.beyond.high, abs=15),
    )


def test_a_change_common_to_all_is_no_change_here() -> None:
    """Rain for everybody is nobody's success."""
    found = elsewhere(_cases(60, 40, 3), _cases(60, 40, 4, everywhere_s=90), HERE, 600.0)
    assert found is not None
    assert found.measures[0].here.is_clear
    assert not found.measures[0].beyond.is_clear


@pytest.mark.parametrize(
    ("days", "here", "alike", "shares"),
    [
        (14, 3, 0, (0.99, 0.95, 0.98, 0.96)),
        (30, 3, 12, (0.98, 0.94, 0.97, 0.97)),
        (30, 7, 12, (0.85, 0.75, 0.85, 0.85)),
    ],
)
def test_what_a_share_changed_beyond_elsewhere_is_covered_where_few_are_late(
    days: int, here: int, alike: int, shares: tuple[float, ...]
) -> None:
    """Three cases a day here, thirty there: resamples of days held 90 and 92 of 100 of the first
    two."""
    chance = np.random.default_rng(41)
    repetitions, covered = 300 * TIMES, 0
    truth = (shares[1] - shares[0]) - (shares[3] - shares[2])
    for _ in range(repetitions):
        sides = [
            _hits(chance, share, (days, each), alike)
            for share, each in zip(shares, (here, here, 30, 30), strict=True)
        ]
        covered += _holds(shares_beyond(sides, chance).beyond, truth)
    assert covered / repetitions >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / repetitions)


def _hits(chance: np.random.Generator, share: float, cases: tuple[int, int], alike: int) -> Side:
    days, each = cases
    of_day = np.full(days, share)
    if alike:
        of_day = chance.beta(share * alike, (1 - share) * alike, days)
    of = np.repeat(np.arange(days), each)
    return Side((chance.random(len(of)) < of_day[of]).astype(np.float64), of)


def test_too_few_cases_have_numbers_and_no_figure() -> None:
    """Under thirty in any of the four there are the four numbers alone; too few days no limits."""
    found = elsewhere(_cases(40, 2, 5), _cases(60, 40, 6), HERE, 600.0)
    assert found is not None
    assert found.n_here_before < 30 < found.n_here_after
    assert found.measures == ()
    short = elsewhere(_cases(13, 40, 7), _cases(60, 40, 8), HERE, 600.0)
    assert short is not None
    assert [(one.beyond.low, one.there.low) for one in short.measures] == [(None, None)] * 2
    assert elsewhere(_cases(40, 2, 5), _cases(60, 40, 6), "", 600.0) is None


def _holds(found: Difference, truth: float) -> bool:
    return found.low is not None and found.high is not None and found.low < truth < found.high


def test_a_time_without_any_case_counts_none() -> None:
    """The record may begin after the day that was chosen: then nothing carries a label."""
    after = _cases(60, 40, 6)
    none = structs.replace(after.where(np.zeros(len(after.seconds), bool)), labels={})
    found = elsewhere(none, after, HERE, 600.0)
    assert found is not None
    assert (found.n_here_before, found.n_there_before) == (0, 0)
    assert found.n_here_after > 0 < found.n_there_after
    assert found.measures == ()
