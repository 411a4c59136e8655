"""What the forecast of calls may use: the pack's holidays, and the weather that was handed in.

`kentongan plan weather FILE.csv` checks a file and keeps it beside the record; the plans of the
screens and of the terminal read that copy.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.cities.calendar import Holiday, HolidayKind
from kentongan.cities.facts import Confidence, Text
from kentongan.cities.pack import CityPack
from kentongan.plan.ahead import Judged
from kentongan.plan.regressors import FASTING, FEAST, OFF, Days, Group, flood, holidays, rain
from kentongan.plan.weather import Weather, WeatherError, parse_weather, read_weather
from kentongan.settings import Settings

FILE: Final = "weather.csv"
"""Of the state folder: the last file that was handed in."""

KINDS: Final = {
    HolidayKind.NATIONAL: OFF,
    HolidayKind.LEAVE: OFF,
    HolidayKind.FASTING: FASTING,
    HolidayKind.FEAST: FEAST,
}

WHY: Final = {
    "used": "used",
    "no_gain": "not used: forecasts are no better with it",
    "no_data": "not used: nothing of it is on record",
    "too_short": "not used: the record is too short to try it",
    "too_few": "not used: too few hours of it to try it",
}

NOTHING: Final = Weather(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))


def causes_of(settings: Settings, pack: CityPack) -> tuple[Group, ...]:
    """Holidays, rain and flood; without a file of weather the latter two know nothing.
    `WeatherError` when the kept file cannot be meant."""
    path = settings.state_path / FILE
    weather = read_weather(path) if path.is_file() else NOTHING
    return (holidays(_days(pack.holidays)), rain(weather), flood(weather))


def run_weather(settings: Settings, path: Path | None) -> int:
    """Keep that file, or without one tell what is kept; 1 when the file cannot be meant."""
    kept = settings.state_path / FILE
    try:
        if path is not None:
            read_weather(path)
            text = path.read_text("utf-8-sig")
            kept.parent.mkdir(parents=True, exist_ok=True)
            written = kept.with_suffix(".new")
            written.write_text(text, "utf-8")
            written.replace(kept)
        elif not kept.is_file():
            print("no weather is kept: kentongan plan weather FILE.csv (hour,mm,flood)")
            return 0
        found = parse_weather(kept.read_text("utf-8"), FILE)
    except (WeatherError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(told(found))
    return 0


def told(weather: Weather) -> str:
    """A line: how many hours, from when until when, and how many were wet."""
    first, last = (
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=int(hour))).strftime("%Y-%m-%d %H.00")
        for hour in (weather.hour[0], weather.hour[-1])
    )
    wet, water = int((weather.mm > 0).sum()), int((weather.flood > 0).sum())
    missing = int(weather.hour[-1] - weather.hour[0]) + 1 - len(weather.hour)
    return (
        f"{len(weather.hour):,} hours of weather, {first} to {last} ({missing:,} missing between): "
        f"{wet:,} with rain, {water:,} with flood"
    )


def judged_rows(judged: Sequence[Judged]) -> list[tuple[str, ...]]:
    """Each cause with its two errors and what became of it, as rows of a table."""
    return [
        (one.name, "", _share(one.without), _share(one.with_it), WHY[one.state]) for one in judged
    ]


def unknown_lines(judged: Sequence[Judged], hours: int, pack: CityPack) -> list[str]:
    """A warning where the hours ahead reach into a year whose holidays are not all listed."""
    found = next((one for one in judged if one.name == "holidays"), None)
    if found is None or found.known >= hours or not pack.holidays:
        return []
    kinds = {KINDS[one.kind] for one in pack.holidays}
    years = [
        year
        for year in sorted({one.first.year for one in pack.holidays})
        if {KINDS[one.kind] for one in pack.holidays if year in {one.first.year, one.last.year}}
        == kinds
    ]
    until = f"whole years up to {years[-1]}" if years else "no whole year"
    told = (
        f"WARNING: of {hours:,} hours ahead the holidays of {hours - found.known:,} are not known. "
        f"The city pack lists {until}; of a later year leave, Ramadan and Lebaran are not in this "
        "forecast. Add them when the decree is out (city.yaml, holidays)."
    )
    return [told]


class EstimatedDay(Struct, frozen=True, kw_only=True):
    """A holiday that is worked out and that nobody has decreed yet; dates as 2027-02-08."""

    name: Text
    day: str
    until: str


def estimated_days(first: date, last: date, pack: CityPack) -> tuple[EstimatedDay, ...]:
    """Holidays that touch these days, both counted, and are estimates."""
    return tuple(
        EstimatedDay(name=one.name, day=one.day, until=one.until)
        for one in pack.holidays
        if one.confidence is Confidence.LOW and one.first <= last and first <= one.last
    )


def estimated_lines(found: Sequence[EstimatedDay]) -> list[str]:
    """A note of these, or nothing."""
    if not found:
        return []
    named = ", ".join(f"{one.name.en} {one.day}" for one in found)
    told = (
        f"NOTE: worked out and not decreed yet, a day either way: {named}. Collective leave of "
        "such a year is not in this forecast. Put the decree's days in their place (city.yaml, "
        "holidays)."
    )
    return [told]


JUDGED_HEAD: Final = ("cause", "", "WAPE without", "with it", "")


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def _days(listed: Sequence[Holiday]) -> list[Days]:
    return [Days(_number(one.first), _number(one.last), KINDS[one.kind]) for one in listed]


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days
