"""Holidays of a year that no decree has set yet, worked out: a draft for the city to correct.

    fixed days      presidential decree 8/2024
    Easter          Gregorian reckoning (Meeus, Jones and Butcher): sure
    Islamic days    tabular calendar, 30-year cycle, civil epoch (16 July 622): a day either way,
                    until the month has been seen and the ministers have decreed
    Imlek           second new moon after the month of the winter solstice began, China's time; the
                    third after a winter with a leap month (one in which the sun enters no sign)
    Nyepi           new moon of March, central Indonesian time: a day either way
    Waisak          full moon of May, the later of two, western Indonesian time: a day either way,
                    or a month where Buddhists add one

Moons and sun after J. Meeus, Astronomical Algorithms (1998), chapters 49 and 25: within minutes.
Collective leave follows from nothing: only the decree knows it. Pure.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from msgspec import Struct, structs

from kentongan.cities.calendar import Holiday, HolidayKind
from kentongan.cities.facts import Confidence, Text

YEARS: Final = (1990, 2100)
"""First and last year that is worked out."""

DECREE, EASTER, TABULAR, MOON = "KEPPRES_8_2024", "EASTER", "TABULAR", "MOON"
"""Keys of sources, as the pack lists them."""

CHINA, WIB, WITA = (timedelta(hours=hours) for hours in (8, 7, 8))

FEAST: Final = (-2, 7)
"""Days of the journeys, from the first day of the feast on."""

FIXED: Final = (
    ("ny", 1, 1, "Tahun Baru Masehi", "New Year's Day"),
    ("buruh", 5, 1, "Hari Buruh", "Labour Day"),
    ("pancasila", 6, 1, "Hari Lahir Pancasila", "Pancasila Day"),
    ("merdeka", 8, 17, "Proklamasi Kemerdekaan", "Independence Day"),
    ("natal", 12, 25, "Natal", "Christmas Day"),
)

AFTER_EASTER: Final = (
    ("wafat", -2, "Wafat Yesus Kristus", "Good Friday"),
    ("paskah", 0, "Paskah", "Easter Sunday"),
    ("naik", 39, "Kenaikan Yesus Kristus", "Ascension of Jesus Christ"),
)

ISLAMIC: Final = (
    ("muharam", 1, 1, 1, "Tahun Baru Islam", "Islamic New Year"),
    ("maulid", 3, 12, 1, "Maulid Nabi", "Birthday of the Prophet"),
    ("isra", 7, 27, 1, "Isra Mikraj", "Ascension of the Prophet"),
    ("fitri", 10, 1, 2, "Idulfitri", "Eid al-Fitr"),
    ("adha", 12, 10, 1, "Iduladha", "Eid al-Adha"),
)
"""Key, month, day and how many days."""


class _Moon(Struct, frozen=True):
    """Terms of a phase: a coefficient and its multiples of sun, moon and latitude."""

    terms: tuple[tuple[float, int, int, int], ...]


_NEW: Final = _Moon(
    (
        (-0.40720, 0, 1, 0), (0.17241, 1, 0, 0), (0.01608, 0, 2, 0), (0.01039, 0, 0, 2),
        (0.00739, -1, 1, 0), (-0.00514, 1, 1, 0), (0.00208, 2, 0, 0), (-0.00111, 0, 1, -2),
        (-0.00057, 0, 1, 2), (0.00056, 1, 2, 0), (-0.00042, 0, 3, 0), (0.00042, 1, 0, 2),
        (0.00038, 1, 0, -2), (-0.00024, -1, 2, 0),
    )
)  # fmt: skip
_FULL: Final = _Moon(
    (
        (-0.40614, 0, 1, 0), (0.17302, 1, 0, 0), (0.01614, 0, 2, 0), (0.01043, 0, 0, 2),
        (0.00734, -1, 1, 0), (-0.00515, 1, 1, 0), (0.00209, 2, 0, 0), (-0.00111, 0, 1, -2),
        (-0.00057, 0, 1, 2), (0.00056, 1, 2, 0), (-0.00042, 0, 3, 0), (0.00042, 1, 0, 2),
        (0.00038, 1, 0, -2), (-0.00024, -1, 2, 0),
    )
)  # fmt: skip


def worked_out(year: int) -> tuple[Holiday, ...]:
    """The holidays of a year in order, without collective leave; `ValueError` outside `YEARS`."""
    if not YEARS[0] <= year <= YEARS[1]:
        raise ValueError(f"{year}: {YEARS[0]} to {YEARS[1]}")
    found = [*_fixed(year), *_christian(year), *_islamic(year), *_of_moons(year)]
    found.sort(key=lambda one: (one.first, one.key))
    keys = [one.key for one in found]
    return tuple(  # an Islamic day may come twice in a year
        structs.replace(one, key=f"{one.key}_2") if one.key in keys[:at] else one
        for at, one in enumerate(found)
    )


def as_lines(found: Sequence[Holiday]) -> list[str]:
    """As they stand in `city.yaml`, an entry a line."""
    return [_line(one) for one in found]


def _line(one: Holiday) -> str:
    until = f', until: "{one.until}"' if one.until else ""
    name, english = (f'"{text}"' if "'" in text else text for text in (one.name.id, one.name.en))
    return (
        f'- {{key: {one.key}, day: "{one.day}"{until}, kind: {one.kind.value}, name: '
        f"{{id: {name}, en: {english}}}, source: [{', '.join(one.source)}], "
        f"confidence: {one.confidence.value}}}"
    )


def _fixed(year: int) -> Iterator[Holiday]:
    for key, month, day, name, english in FIXED:
        yield _day(key, date(year, month, day), name, english, DECREE, is_sure=True)


def _christian(year: int) -> Iterator[Holiday]:
    for key, days, name, english in AFTER_EASTER:
        at = easter(year) + timedelta(days=days)
        yield _day(key, at, name, english, EASTER, is_sure=True)


def _islamic(year: int) -> Iterator[Holiday]:
    first = (year - 622) * 33 // 32
    for hijri in range(first - 1, first + 3):
        for key, month, day, days, name, english in ISLAMIC:
            at = islamic(hijri, month, day)
            if at.year == year:
                yield _day(key, at, name, english, TABULAR, days=days)
        fasting, feast = islamic(hijri, 9, 1), islamic(hijri, 10, 1)
        if fasting.year == year:
            days = (feast - fasting).days
            kind = HolidayKind.FASTING
            yield _day("ramadan", fasting, "Ramadan", "Ramadan", TABULAR, days=days, kind=kind)
        if feast.year == year:
            begin, end = (feast + timedelta(days=by) for by in FEAST)
            days = (end - begin).days + 1
            kind = HolidayKind.FEAST
            yield _day("lebaran", begin, "Lebaran", "Lebaran", TABULAR, days=days, kind=kind)


def _of_moons(year: int) -> Iterator[Holiday]:
    yield _day("imlek", imlek(year), "Tahun Baru Imlek", "Chinese New Year", MOON)
    yield _day("nyepi", _last(_NEW, year, 3, WITA), "Hari Suci Nyepi", "Nyepi", MOON)
    yield _day("waisak", _last(_FULL, year, 5, WIB), "Waisak", "Vesak", MOON)


def _day(
    key: str, at: date, name: str, english: str, source: str, *,
    days: int = 1, kind: HolidayKind = HolidayKind.NATIONAL, is_sure: bool = False,
) -> Holiday:  # fmt: skip
    return Holiday(
        key=f"{key}_{at.year}",
        day=at.isoformat(),
        until=(at + timedelta(days=days - 1)).isoformat() if days > 1 else "",
        kind=kind,
        name=Text(id=name, en=english)
        if is_sure
        else Text(id=f"{name} (perkiraan)", en=f"{english} (estimate)"),
        source=(DECREE, source) if source == EASTER else (source,),
        confidence=Confidence.HIGH if is_sure else Confidence.LOW,
    )


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def islamic(year: int, month: int, day: int) -> date:
    """A day of the tabular Islamic calendar (civil epoch, leap years 2, 5, 7, 10, 13, 16, ...)."""
    number = (11 * year + 3) // 30 + 354 * year + 30 * month - (month - 1) // 2 + day + 1_948_055
    return date.fromordinal(number - 1_721_425)


def imlek(year: int) -> date:
    """The first day of the Chinese year that begins in this one.

    Between two months of the winter solstice lie twelve or thirteen; of thirteen the first in which
    the sun enters no sign is the leap month, as at the end of 2033.
    """
    first, last = _eleventh(year - 1), _eleventh(year)
    months = [day for day in _new_moons(year) if first <= day <= last]
    leap = next(
        (
            at
            for at in range(1, 3)
            if len(months) > 13 and _sign(months[at]) == _sign(months[at + 1])
        ),
        None,
    )
    return months[2 if leap is None else 3]


def _eleventh(year: int) -> date:
    """The first day of the Chinese month in which the winter solstice of the year lies."""
    at = datetime(year, 12, 19, tzinfo=UTC)
    while _sun(at) < 270:
        at += timedelta(minutes=10)
    solstice = (at + CHINA).date()
    return max(day for day in _new_moons(year + 1) if day <= solstice)


def _new_moons(year: int) -> list[date]:
    """Their days in China, from November before to the end of the year."""
    first = math.floor((year - 2000) * 12.3685) - 3
    return [(_moon_at(_NEW, number) + CHINA).date() for number in range(first, first + 18)]


def _sign(day: date) -> int:
    """The sign of the zodiac in which the sun stands as this day begins in China."""
    return int(_sun(datetime(day.year, day.month, day.day, tzinfo=UTC) - CHINA) // 30)


def _last(moon: _Moon, year: int, month: int, zone: timedelta) -> date:
    """The last day of that month on which the phase falls, by a clock."""
    days = [(one + zone).date() for one in _moons(moon, year)]
    return max(day for day in days if (day.year, day.month) == (year, month))


def _moons(moon: _Moon, year: int) -> list[datetime]:
    """The phase's moments from December before to June of the year."""
    first = math.floor((year - 2000) * 12.3685) - 2
    half = 0.5 if moon is _FULL else 0.0
    return [_moon_at(moon, number + half) for number in range(first, first + 10)]


def _moon_at(moon: _Moon, k: float) -> datetime:
    """Chapter 49; its clock is some 70 s ahead of UTC, which is neglected."""
    t = k / 1236.85
    sun, anomaly, latitude, node = (
        math.radians(a + b * k)
        for a, b in (
            (2.5534, 29.10535670), (201.5643, 385.81693528),
            (160.7108, 390.67050284), (124.7746, -1.56375588),
        )
    )  # fmt: skip
    shrink = 1 - 0.002516 * t
    day = 2_451_550.09766 + 29.530588861 * k + 0.00015437 * t * t - 0.00017 * math.sin(node)
    for value, of_sun, of_moon, of_latitude in moon.terms:
        angle = of_sun * sun + of_moon * anomaly + of_latitude * latitude
        day += value * shrink ** abs(of_sun) * math.sin(angle)
    return datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=day - 2_451_545.0)


def _sun(at: datetime) -> float:
    """The sun's apparent longitude, degrees (chapter 25)."""
    t = (at - datetime(2000, 1, 1, 12, tzinfo=UTC)) / timedelta(days=36_525)
    anomaly = math.radians(357.52911 + 35_999.05029 * t)
    centre = (1.914602 - 0.004817 * t) * math.sin(anomaly) + 0.019993 * math.sin(2 * anomaly)
    node = math.radians(125.04 - 1934.136 * t)
    mean = 280.46646 + 36_000.76983 * t
    return (mean + centre - 0.00569 - 0.00478 * math.sin(node)) % 360
