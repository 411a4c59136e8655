"""The wall's curve: today's calls by the hour beside yesterday's and what is usual."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from measure_story import START, journal

from kentongan.cities.pack import load, packaged
from kentongan.core.events import AnyEvent, CallOffered
from kentongan.measure.cases import Cases, cases_of
from kentongan.measure.day_hours import DayHours, day_hours
from kentongan.measure.report import evaluate

HOUR_S = 3_600.0
DAY_S = 24 * HOUR_S


def _calls(*seconds: float, training: bool = False) -> Iterator[tuple[str, float, AnyEvent]]:
    for second in seconds:
        offered = CallOffered(
            line="112", dialled="112", trunk="t", number_withheld=True, training=training
        )
        yield f"call:{second}{training}", second, offered


def _hours(*seconds: float, training: bool = False) -> DayHours:
    cases = cases_of(journal([*_calls(*seconds), *_calls(10.0, 20.0, training=True)]))
    return day_hours(cases.calls.values(), START, training=training)


def test_each_call_counts_in_the_hour_it_rang() -> None:
    """The first and the last second of the day, yesterday, tomorrow; drills are apart."""
    found = _hours(0.0, HOUR_S - 1, HOUR_S, DAY_S - 1, DAY_S, -1.0, -DAY_S, -DAY_S - 1)
    assert (len(found.calls), len(found.before)) == (24, 24)
    assert (found.calls[0], found.calls[1], found.calls[23], sum(found.calls)) == (2, 1, 1, 4)
    assert (found.before[0], found.before[23], sum(found.before)) == (1, 1, 2)
    assert sum(_hours(0.0, training=True).calls) == 2
    assert {at: n for at, n in enumerate(found.quarters) if n} == {
        0: 1, 95: 1, 96: 1, 99: 1, 100: 1, 191: 1
    }  # fmt: skip
    assert len(found.quarters) == 192


def test_what_is_usual_is_said_of_enough_days_alone() -> None:
    """Nothing of 13 days; of 30 the last 28, and today is not among them."""
    few = _hours(*(-day * DAY_S for day in range(1, 14)))
    assert (few.low, few.high, few.usual_days) == ((), (), 0)
    calls = [-day * DAY_S + n for day in range(1, 31) for n in range(10 if day % 2 else 2)]
    found = _hours(*calls, *range(500))
    assert found.usual_days == 28
    assert (found.low[0], found.high[0]) == (2.0, 10.0)
    assert (found.low[5], found.high[5]) == (0.0, 0.0)


@pytest.mark.parametrize(("days", "has_hours"), [(1, True), (7, False)])
def test_only_the_evaluation_of_one_day_has_hours(days: int, has_hours: bool) -> None:
    """A month by the hour would be another figure."""
    pack = load(packaged())
    cases: Cases = cases_of(journal(_calls(5.0, 6.0)))
    found = evaluate(
        cases, pack.targets, pack.nature_by_code, start_at=START,
        end_at=START + timedelta(days=days), zone=ZoneInfo("Asia/Jakarta"),
    )  # fmt: skip
    assert (found.hours is not None) is has_hours
    if found.hours is not None:
        assert found.hours.calls[0] == found.calls == 2
