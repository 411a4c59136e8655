"""Rain and flood by the hour, out of a CSV file: `hour,mm,flood`.

    hour,mm,flood
    2026-01-31 14.00,12.5,0
    2026-01-31 15.00,40,1

`hour` is the full hour in the city's clock (`2026-01-31 14.00`, `14:00`, `T14:00` or only `14`),
`mm` the rain that fell in it, `flood` 1 while roads stand under water. An empty field is unknown.
Hours may be absent and may lie ahead (a forecast of the weather), in any order, each once.
"""

import csv
import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.plan.arrays import Floats, Whole

BYTES_MAX: Final = 20_000_000
"""Of the file: some eighty years of hours."""

MM_MAX: Final = 500.0
"""Of rain in an hour; no gauge on Earth has shown more, so it is a mistake of writing."""

TOLD_MAX: Final = 20
"""Wrong lines that are named; the rest is counted."""

COLUMNS: Final = ("hour", "mm", "flood")
HOUR: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d)(?:[:.]00(?:[:.]00)?)?")


class WeatherError(ValueError):
    """A file that cannot be meant; its text names each line and why."""


class Weather(Struct, frozen=True, eq=False):
    """Hours since 1970 in the city's clock, in order, with their rain (mm) and flood (0 or 1); NaN
    where nothing is known."""

    hour: Whole
    mm: Floats
    flood: Floats


def read_weather(path: Path) -> Weather:
    """The file's hours; `WeatherError` with every wrong line, `OSError` when there is none."""
    if path.stat().st_size > BYTES_MAX:
        raise WeatherError(f"{path.name}: larger than {BYTES_MAX:,} bytes")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise WeatherError(f"{path.name}: is not UTF-8 text") from None
    return parse_weather(text, path.name)


def parse_weather(text: str, name: str) -> Weather:
    """The hours of such a text; `name` stands before each line that is wrong."""
    lines = csv.reader(text.splitlines())
    head = [one.strip().lower() for one in next(lines, list[str]())]
    if sorted(head) != sorted(COLUMNS):
        raise WeatherError(f"{name}:1: the columns must be {', '.join(COLUMNS)}")
    found: dict[int, tuple[float, float]] = {}
    wrong: list[str] = []
    for row in lines:
        if not "".join(row).strip():
            continue
        try:
            hour, mm, flood = _row(row, head)
            if hour in found:
                raise ValueError("hour: is given twice")
            found[hour] = (mm, flood)
        except ValueError as error:
            wrong.append(f"{name}:{lines.line_num}: {error}")
    if wrong:
        more = [f"{name}: and {len(wrong) - TOLD_MAX} lines more"] if len(wrong) > TOLD_MAX else []
        raise WeatherError("\n".join([*wrong[:TOLD_MAX], *more]))
    if not found:
        raise WeatherError(f"{name}: has no hour")
    order = sorted(found)
    values = np.array([found[hour] for hour in order], dtype=np.float64)
    return Weather(np.array(order, dtype=np.int64), values[:, 0], values[:, 1])


def _row(row: list[str], head: list[str]) -> tuple[int, float, float]:
    if len(row) != len(head):
        raise ValueError(f"has {len(row)} fields, must have {len(head)}")
    given = {name: field.strip() for name, field in zip(head, row, strict=True)}
    if given["flood"] not in {"", "0", "1"}:
        raise ValueError(f"flood: must be 0 or 1, is {given['flood'][:40]!r}")
    return _hour(given["hour"]), _rain(given["mm"]), float(given["flood"] or math.nan)


def _hour(text: str) -> int:
    match = HOUR.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        year, month, day, hour = (int(one) for one in match.groups())
        at = datetime(year, month, day, hour, tzinfo=UTC)
    except ValueError:
        raise ValueError(
            f"hour: must be a full hour such as 2026-01-31 14.00, is {text[:40]!r}"
        ) from None
    return int(at.timestamp()) // 3_600


def _rain(text: str) -> float:
    try:
        mm = float(text) if text else math.nan
    except ValueError:
        raise ValueError(f"mm: must be a number, is {text[:40]!r}") from None
    if text and not 0 <= mm <= MM_MAX:
        raise ValueError(f"mm: must be from 0 to {MM_MAX:g}, is {text[:40]!r}")
    return mm
