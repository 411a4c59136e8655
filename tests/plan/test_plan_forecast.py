"""How many calls to expect: New York's ten years, forecast 28 days ahead, and what is made up."""

import csv
import gzip
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from kentongan.plan.ahead import forecast
from kentongan.plan.backtest import back_test, noise
from kentongan.plan.forecast import (
    HOURS_OF_WEEK,
    Hours,
    NotEnoughError,
    count_quantile,
    fit,
    mean_of_weeks,
    predict,
)

NEW_YORK = (
    Path(__file__).parents[3] / "shared" / "vectors" / "cad"
    / "nyc_ems_hourly_calls_2010_2019.csv.gz"
)  # fmt: skip
recorded = pytest.mark.skipif(not NEW_YORK.is_file(), reason=f"no recorded volume: {NEW_YORK}")


@cache
def _city() -> Hours:
    with gzip.open(NEW_YORK, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    hours = [
        int(datetime(int(r["year"]), int(r["month"]), int(r["day"]), int(r["hour"]), tzinfo=UTC)
            .timestamp()) // 3_600
        for r in rows
    ]  # fmt: skip
    order = np.argsort(hours)
    return Hours(np.array(hours)[order], np.array([int(r["num_calls"]) for r in rows])[order])


@recorded
def test_new_york_is_forecast_four_weeks_ahead() -> None:
    """The regression's error is at most 8.2 %; the plain mean is a little worse, last week much."""
    assert len(_city().hour) == 87_631
    found = back_test(_city())
    by_fit, by_mean, by_week = (one.wape for one in found.models)
    assert (found.origins, found.ahead_h) == (5, 672)
    assert by_fit <= 0.082, by_fit
    assert by_fit < by_mean <= 0.09
    assert by_week == pytest.approx(0.115, abs=0.01)
    assert 0.80 <= found.model("regression").within_p90 <= 0.97
    assert found.model("last week").within_p90 < 0.80


@recorded
def test_at_semarangs_volume_chance_is_the_floor_and_the_quantile_holds() -> None:
    """Thinned to 3.7 calls an hour nothing does better than Poisson's own noise of about 41 %."""
    city = _city()
    chance = np.random.default_rng(37)
    thin = Hours(city.hour, chance.binomial(city.counts, 3.7 / float(city.counts.mean())))
    found = back_test(thin)
    used = found.model("regression")
    assert used.wape == pytest.approx(0.41, abs=0.02)
    assert found.floor == pytest.approx(used.wape, abs=0.02)
    assert used.wape < found.model("mean of 8 weeks").wape < found.model("last week").wape
    assert 0.88 <= used.within_p90 <= 0.96
    assert 0.78 <= used.within_p80 <= 0.90


def test_a_back_test_knows_only_what_was_known_then() -> None:
    """Calls that double on the day after an origin surprise every forecast made before it."""
    history, true = _made_up(40)
    found = back_test(history, origins=3, ahead_h=HOURS_OF_WEEK)
    assert [one.name for one in found.models] == ["regression", "mean of 8 weeks", "last week"]
    assert found.model("regression").wape < found.model("last week").wape
    assert found.floor == pytest.approx(found.model("regression").wape, abs=0.03)
    assert found.calls_an_hour == pytest.approx(true[-3 * HOURS_OF_WEEK :].mean(), abs=0.3)
    last = np.arange(len(history.hour)) >= len(history.hour) - HOURS_OF_WEEK
    doubled = Hours(history.hour, np.where(last, history.counts * 2, history.counts))
    after = back_test(doubled, origins=1, ahead_h=HOURS_OF_WEEK).model("regression")
    assert after.wape == pytest.approx(0.5, abs=0.05)
    assert after.within_p90 < 0.4


def test_a_back_test_takes_the_origins_that_the_record_has() -> None:
    """Eight weeks before the first of them; else it says what is needed. Absent hours stay so."""
    history, _ = _made_up(11)
    assert back_test(history, origins=5, ahead_h=HOURS_OF_WEEK).origins == 3
    with pytest.raises(NotEnoughError, match=r"1848 hours of calls; .* needs 2016"):
        back_test(history)
    with pytest.raises(NotEnoughError, match="no history"):
        back_test(Hours(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)))
    keep = np.random.default_rng(2).random(len(history.hour)) > 0.1
    holes = Hours(history.hour[keep], history.counts[keep])
    assert len(back_test(holes, 1, HOURS_OF_WEEK).counts) == keep[-HOURS_OF_WEEK:].sum()


def test_the_noise_of_counting_is_that_of_draws() -> None:
    """De Moivre's mean absolute deviation against a hundred thousand counts."""
    chance = np.random.default_rng(9)
    for mean in (0.2, 1.0, 3.7, 60.0):
        drawn = chance.poisson(mean, 100_000)
        found = float(noise(np.array([mean]))[0])
        assert found == pytest.approx(float(np.abs(drawn - mean).mean()), rel=0.02)


def _made_up(weeks: int, seed: int = 1, spread: float = 0.0) -> tuple[Hours, np.ndarray]:
    chance = np.random.default_rng(seed)
    hour = np.arange(weeks * HOURS_OF_WEEK) + 400_000
    true = 6 + 4 * np.sin(2 * np.pi * hour / 24) + (hour % HOURS_OF_WEEK > 140)
    mean = true * (chance.gamma(1 / spread, spread, len(hour)) if spread else 1.0)
    return Hours(hour, chance.poisson(mean)), true


def test_the_shape_of_a_week_is_found_and_absent_hours_are_not_zero() -> None:
    """A tenth of the hours lost changes the level by no more than chance."""
    history, true = _made_up(52)
    fitted = predict(fit(history), history.hour).mean
    assert float(np.abs(fitted / true - 1).mean()) < 0.06
    keep = np.random.default_rng(2).random(len(history.hour)) > 0.1
    holes = predict(fit(Hours(history.hour[keep], history.counts[keep])), history.hour).mean
    assert float(holes.mean() / fitted.mean()) == pytest.approx(1, abs=0.01)


def test_a_flood_known_beforehand_is_a_regressor() -> None:
    """Calls doubled in 40 hours of flood; the next flood is expected with its calls."""
    history, _ = _made_up(52)
    flood = (history.hour % 5_000 < 40).astype(np.float64)
    counts = np.where(flood > 0, history.counts * 2, history.counts)
    fitted = fit(Hours(history.hour, counts, flood[:, None]))
    ahead = history.hour[-1] + 1 + np.arange(2 * HOURS_OF_WEEK)
    dry, wet = (predict(fitted, ahead, np.full((len(ahead), 1), x)) for x in (0.0, 1.0))
    assert float((wet.mean / dry.mean).mean()) == pytest.approx(2, abs=0.1)
    with pytest.raises(ValueError, match="columns for a fit of"):
        predict(fitted, ahead)


def test_quantiles_hold_when_calls_come_in_waves() -> None:
    """Over-dispersed calls: the negative binomial holds what Poisson would not."""
    history, _ = _made_up(60, seed=3, spread=0.3)
    past = Hours(history.hour[: 52 * HOURS_OF_WEEK], history.counts[: 52 * HOURS_OF_WEEK])
    hour, actual = history.hour[52 * HOURS_OF_WEEK :], history.counts[52 * HOURS_OF_WEEK :]
    found = forecast(past, hour).forecast
    assert found.dispersion == pytest.approx(0.3, abs=0.05)
    assert float((actual <= found.quantile(0.9)).mean()) == pytest.approx(0.91, abs=0.025)
    assert float((actual <= count_quantile(found.mean, 0.0, 0.9)).mean()) < 0.87


def test_counts_have_exact_quantiles() -> None:
    """Against sums of the probabilities in plain whole numbers."""
    import math

    for mean in (0.3, 3.7, 40.0, 900.0):
        total, k = math.exp(-mean), 0
        term = total
        while total < 0.9 and mean < 700:
            k += 1
            term *= mean / k
            total += term
        found = int(count_quantile(np.array([mean]), 0.0, 0.9)[0])
        assert (
            found == k if mean < 700 else found == pytest.approx(mean + 1.2816 * mean**0.5, abs=1)
        )
    with pytest.raises(ValueError, match="no quantile"):
        count_quantile(np.array([1.0]), 0.0, 1.0)


def test_a_new_city_starts_with_the_mean_and_nothing_is_an_error() -> None:
    """Under eight weeks there is no regression; without any history no forecast at all."""
    history, _ = _made_up(4)
    ahead = history.hour[-1] + 1 + np.arange(24)
    found = forecast(history, ahead).forecast
    assert found.mean == pytest.approx(mean_of_weeks(history, ahead).mean)
    with pytest.raises(NotEnoughError, match="a regression needs"):
        fit(history)
    nothing = Hours(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    with pytest.raises(NotEnoughError, match="no history"):
        forecast(nothing, ahead)
    for wrong, told in (
        (Hours(np.array([2, 1]), np.array([1, 1])), "in order"),
        (Hours(np.array([1, 2]), np.array([1, -1])), "below 0"),
        (Hours(np.array([1, 2]), np.array([1])), "as many hours"),
    ):
        with pytest.raises(ValueError, match=told):
            mean_of_weeks(wrong, ahead)
    with pytest.raises(ValueError, match="days ahead"):
        forecast(history, np.arange(10_000))
