"""What else calls depend on: found where it is planted, left out where it is not, and told why."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from kentongan.cities.pack import load, packaged
from kentongan.main import main
from kentongan.plan.ahead import Judged, forecast
from kentongan.plan.forecast import HOURS_OF_WEEK, Hours
from kentongan.plan.regressors import (
    FASTING,
    OFF,
    YEAR_H,
    Days,
    Group,
    flood,
    holidays,
    rain,
)
from kentongan.plan.weather import Weather, WeatherError, parse_weather
from kentongan.serve.plan_causes import causes_of, estimated_days, estimated_lines, unknown_lines
from kentongan.settings import Settings

WEEKS = 70
FIRST = 450_000


def _city(seed: int = 7) -> tuple[Hours, np.ndarray, np.ndarray]:
    """Calls of seventy weeks, more in wet hours and twice as many with water; rain and water."""
    chance = np.random.default_rng(seed)
    hour = FIRST + np.arange(WEEKS * HOURS_OF_WEEK)
    mm = np.where(chance.random(len(hour)) < 0.06, chance.gamma(1.0, 12.0, len(hour)), 0.0)
    water = (np.convolve(mm, np.ones(6))[: len(mm)] > 40).astype(np.float64)
    mean = (6 + 4 * np.sin(2 * np.pi * hour / 24)) * np.exp(0.25 * np.log1p(mm) + 0.7 * water)
    return Hours(hour, chance.poisson(mean)), mm, water


def _judged(history: Hours, *causes: Group) -> dict[str, Judged]:
    ahead = history.hour[-1] + 1 + np.arange(HOURS_OF_WEEK)
    return {one.name: one for one in forecast(history, ahead, causes).judged}


def test_rain_and_flood_are_used_where_they_bring_calls() -> None:
    """Both planted effects are found, each with its two errors."""
    history, mm, water = _city()
    weather = Weather(history.hour, mm, water)
    found = _judged(history, rain(weather), flood(weather))
    for name in ("rain", "flood"):
        one = found[name]
        assert one.without is not None
        assert one.with_it is not None
        assert (one.state, one.spans, one.acts, one.known) == ("used", 13, 0, 0)
        assert one.with_it < one.without - 0.005


def test_weather_that_brings_no_calls_is_left_out_and_so_is_what_nobody_recorded() -> None:
    """Rain of another town; no file; a single wet hour; two weeks of calls."""
    history, mm, _ = _city()
    elsewhere = Weather(history.hour, np.random.default_rng(1).permutation(mm), mm * 0)
    found = _judged(history, rain(elsewhere), flood(elsewhere))
    assert (found["rain"].state, found["flood"].state) == ("no_gain", "no_data")
    once = Weather(history.hour, np.where(history.hour == FIRST + 9, 9.0, 0.0), mm * 0)
    assert _judged(history, rain(once))["rain"].state == "too_few"
    short = Hours(history.hour[:336], history.counts[:336])
    ahead = forecast(short, short.hour[-1:] + 1, (rain(once),))
    assert not ahead.is_regression
    assert {one.state for one in ahead.judged} == {"too_short"}


def test_hours_ahead_take_the_weather_that_is_foretold_and_else_the_mean() -> None:
    """A night of cloudburst in the file brings more calls; a file that ends is no dry spell."""
    history, mm, _ = _city()
    ahead = history.hour[-1] + 1 + np.arange(24)

    def expected(told: np.ndarray | None) -> float:
        hour = history.hour if told is None else np.concatenate((history.hour, ahead))
        rained = mm if told is None else np.concatenate((mm, told))
        weather = Weather(hour, rained, np.zeros(len(hour)))
        return float(forecast(history, ahead, (rain(weather),)).forecast.mean.sum())

    dry, unknown, wet = expected(np.zeros(24)), expected(None), expected(np.full(24, 30.0))
    assert dry < unknown < wet
    assert wet / dry > 1.8


def test_holidays_are_used_by_kind_and_a_year_without_a_list_is_unknown() -> None:
    """Half the calls on days off, by night alone; a fasting month with a third more."""
    hour = FIRST + np.arange(WEEKS * HOURS_OF_WEEK)
    days = [Days(n, n, OFF) for n in range(FIRST // 24 + 5, int(hour[-1]) // 24, 17)]
    days.append(Days(FIRST // 24 + 200, FIRST // 24 + 229, FASTING))
    group = holidays(days)
    off = np.isin(hour // 24, [one.first for one in days if one.kind == OFF])
    fasting = (hour // 24 >= days[-1].first) & (hour // 24 <= days[-1].last)
    mean = 8.0 * np.where(off, 0.5, 1.0) * np.where(fasting, 1.33, 1.0)
    history = Hours(hour, np.random.default_rng(3).poisson(mean))
    assert _judged(history, group)["holidays"].state == "used"
    ahead = np.arange(days[-2].first * 24, days[-2].first * 24 + 24)
    found = forecast(history, ahead, (group,)).forecast.mean.mean()
    assert found == pytest.approx(4.0, rel=0.12)
    far = int((date(2199, 1, 1) - date(1970, 1, 1)).days) * 24 + np.arange(24)
    assert not group.known(far).any()
    assert group.known(hour[:24]).all()


def test_a_season_needs_a_year_before_the_weeks_it_is_tried_on() -> None:
    """Two years of waves are used; of eleven months no season is claimed."""
    hour = FIRST + np.arange(104 * HOURS_OF_WEEK)
    counts = np.random.default_rng(5).poisson(8 * np.exp(0.4 * np.sin(2 * np.pi * hour / YEAR_H)))
    assert _judged(Hours(hour, counts))["season"].state == "used"
    some = slice(0, 48 * HOURS_OF_WEEK)
    assert _judged(Hours(hour[some], counts[some]))["season"].state == "too_short"


def test_the_packs_calendar_is_a_cause(tmp_path: Path) -> None:
    """Independence Day is known to be off, the first of Ramadan 2026 is, 2028 is not known: a
    forecast into it says so. One into 2027 says which days are estimates."""
    pack = load(packaged())
    group = causes_of(Settings(state_dir=str(tmp_path)), pack)[0]
    days = [date(2026, 8, 17), date(2026, 2, 19), date(2026, 8, 18), date(2028, 1, 1)]
    hours = np.array([(one - date(1970, 1, 1)).days * 24 for one in days])
    assert group.acts(hours).tolist() == [True, True, False, False]
    assert group.known(hours).tolist() == [True, True, True, False]
    ahead = (date(2027, 12, 25) - date(1970, 1, 1)).days * 24 + np.arange(14 * 24)
    assert group.known(ahead).tolist() == [True] * 7 * 24 + [False] * 7 * 24
    judged = forecast(Hours(hours[:1], np.array([3])), ahead, (group,)).judged
    (said,) = unknown_lines(judged, len(ahead), pack)
    assert "of 336 hours ahead the holidays of 168 are not known" in said
    assert "whole years up to 2027" in said
    assert unknown_lines(judged, 168, pack) == []
    (told,) = estimated_lines(estimated_days(date(2027, 2, 1), date(2027, 2, 28), pack))
    assert "Chinese New Year (estimate) 2027-02-06, Ramadan (estimate) 2027-02-08" in told
    assert estimated_lines(estimated_days(date(2026, 12, 1), date(2027, 1, 5), pack)) == []
    easter = {one.key: one.day for one in pack.holidays if one.key.endswith("_2027")}
    assert (easter["wafat_2027"], easter["naik_2027"]) == ("2027-03-26", "2027-05-06")


def test_a_file_of_weather_is_read_or_each_wrong_line_is_named() -> None:
    """Written in any order and in four ways of writing an hour; what is empty is unknown."""
    read = parse_weather(
        "flood,hour,mm\n1,2026-01-31 15.00,40\n\n,2026-01-31T14:00,\n0,2026-01-31 16,0\n", "w.csv"
    )
    assert np.diff(read.hour).tolist() == [1, 1]
    assert np.isnan(read.mm[0])
    assert (read.mm[1], read.flood[1]) == (40.0, 1.0)
    wrong = (
        "hour,mm,flood\n2026-01-31 14.30,1,0\n2026-02-30 14.00,1,0\n2026-01-31 14.00,x,0\n"
        "2026-01-31 15.00,900,0\n2026-01-31 16.00,nan,0\n2026-01-31 17.00,1,2\n"
        "2026-01-31 18.00,1\n2026-01-31 19.00,1,1\n2026-01-31 19.00,1,1\n"
    )
    with pytest.raises(WeatherError) as told:
        parse_weather(wrong, "w.csv")
    lines = str(told.value).split("\n")
    assert [one.split(":")[1] for one in lines] == ["2", "3", "4", "5", "6", "7", "8", "10"]
    assert "w.csv:4: mm: must be a number, is 'x'" in lines
    assert "w.csv:10: hour: is given twice" in lines
    with pytest.raises(WeatherError, match="columns must be hour, mm, flood"):
        parse_weather("time,rain\n", "w.csv")
    with pytest.raises(WeatherError, match="has no hour"):
        parse_weather("hour,mm,flood\n", "w.csv")
    with pytest.raises(WeatherError, match="and 5 lines more"):
        parse_weather("hour,mm,flood\n" + "x,1,0\n" * 25, "w.csv")


def test_weather_is_kept_by_the_command_and_a_wrong_file_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told when nothing is kept, when it is, and by line when it is wrong."""
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path / "state"))
    assert main(["plan", "weather"]) == 0
    assert "no weather is kept" in capsys.readouterr().out
    good = tmp_path / "rain.csv"
    good.write_text("hour,mm,flood\n2026-01-31 14.00,3,0\n2026-01-31 16.00,40,1\n", "utf-8")
    assert main(["plan", "weather", str(good)]) == 0
    kept = "2 hours of weather, 2026-01-31 14.00 to 2026-01-31 16.00 (1 missing between)"
    assert kept in capsys.readouterr().out
    good.write_text("hour,mm,flood\nyesterday,3,0\n", "utf-8")
    assert main(["plan", "weather", str(good)]) == 1
    assert "rain.csv:2: hour: must be a full hour" in capsys.readouterr().err
    assert main(["plan", "weather"]) == 0
    assert kept in capsys.readouterr().out
    assert main(["plan", "weather", str(tmp_path / "none.csv")]) == 1
