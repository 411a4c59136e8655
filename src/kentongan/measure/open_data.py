"""Responses as open data: nobody can be singled out, whoever knows where and when they rang.

Each row says where, at what time of day, what kind and how urgent; every such combination occurs at
least `K` times (k-anonymity). A row that is too rare is told more coarsely, step by step: the ward
becomes the district, the hour a part of the day, then the city and any time; what is still too rare
is suppressed, and how much that was is told. A row whose category is not told, as it would give a
sensitive nature away, is told at the coarsest step only, among rows of every kind: a place and an
hour beside an empty category would say that there somebody is in danger. There is no date beyond
the month, no number, no address, and a response is rounded to whole minutes and cut off at an hour.

No table of totals is published beside it: counts by something else, subtracted, would undo it.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.observations import UNKNOWN, Observations

K: Final = 5
"""Rows that share a combination, at least (opinion 05/2014 of the European data protection
authorities: the size of the smallest group)."""

K_MIN: Final = 3
"""Fewer than so many protect nobody, and are refused."""

MINUTES_MAX: Final = 60
"""Longer responses are told as this: the few longest are the ones that people know of."""

ANY: Final = "*"

PARTS: Final = ("00-05", "06-11", "12-17", "18-23")
"""Of the day, the hours of each included."""

COLUMNS: Final = (
    "month", "kecamatan", "kelurahan", "time_of_day", "category", "priority", "response_minutes",
    "arrived",
)  # fmt: skip


class Level(Struct, frozen=True):
    """How coarsely a row is told: where, when, what and how urgent."""

    name: str
    where: str
    when: str
    what: str = "category"


LEVELS: Final = (
    Level("kelurahan, hour", "kelurahan", "hour"),
    Level("kelurahan, part of day", "kelurahan", "part"),
    Level("kecamatan, hour", "kecamatan", "hour"),
    Level("kecamatan, part of day", "kecamatan", "part"),
    Level("kecamatan, any time", "kecamatan", "any"),
    Level("city, part of day", "city", "part"),
    Level("city, any time", "city", "any"),
    Level("city, any time, any kind", "city", "any", "any"),
)
"""From the finest to the coarsest; a row is told at the first at which it is not too rare."""

Key = tuple[str, str, str, str, str]


class OpenRow(Struct, frozen=True, order=True):
    """One row: kecamatan, kelurahan, time of day, category, priority; minutes, or none where no
    unit arrived."""

    key: Key
    minutes: int | None


class OpenData(Struct, frozen=True, kw_only=True):
    """The rows in an order that tells nothing, how many were told at which level, and how many
    were suppressed; `kindless` of all have no category that may be told."""

    month: str
    k: int
    rows: tuple[OpenRow, ...]
    levels: Mapping[str, int]
    suppressed: int
    kindless: int = 0


def open_data(found: Observations, month: str, k: int = K) -> OpenData:
    """The responses of a month; `ValueError` for a `k` that protects nobody."""
    if k < K_MIN:
        raise ValueError(f"k is at least {K_MIN}")
    labels = {
        label: _names(found, label)
        for label in ("kecamatan", "kelurahan", "hour", "category", "priority")
    }
    left = np.arange(len(found))
    told: dict[str, list[tuple[Key, int]]] = {}
    for level in LEVELS:
        keys = [_key(labels, int(row), level) for row in left]
        counts: dict[Key, int] = {}
        for key in keys:
            counts[key] = counts.get(key, 0) + 1
        told[level.name] = [
            (key, int(row))
            for key, row in zip(keys, left, strict=True)
            if counts[key] >= k and key[3] != UNKNOWN
        ]
        left = np.array(
            [
                row
                for key, row in zip(keys, left, strict=True)
                if counts[key] < k or key[3] == UNKNOWN
            ],
            dtype=np.int64,
        )
    suppressed = len(left) + _withdrawn(told, len(left), k)
    rows = [
        OpenRow(key, _minutes(float(found.seconds[row])))
        for entries in told.values()
        for key, row in entries
    ]
    return OpenData(
        month=month,
        k=k,
        rows=tuple(sorted(rows, key=lambda one: (one.key, one.minutes or -1))),
        levels={name: len(entries) for name, entries in told.items()},
        suppressed=suppressed,
        kindless=sum(one == UNKNOWN for one in labels["category"]),
    )


def _withdrawn(told: dict[str, list[tuple[Key, int]]], left: int, k: int) -> int:
    """One to `k` - 1 suppressed rows would be a group that is too small: the smallest group that
    was told is withdrawn as well. How many rows that were."""
    if not 0 < left < k:
        return 0
    sizes: dict[tuple[str, Key], int] = {}
    for name, entries in told.items():
        for key, _ in entries:
            sizes[name, key] = sizes.get((name, key), 0) + 1
    if not sizes:
        return 0
    name, smallest = min(sizes, key=lambda one: (sizes[one], one))
    told[name] = [entry for entry in told[name] if entry[0] != smallest]
    return sizes[name, smallest]


def _key(labels: Mapping[str, Sequence[str]], row: int, level: Level) -> Key:
    in_city = level.where == "city"
    hour = labels["hour"][row]
    when = {"hour": hour, "part": _part(hour), "any": ANY}[level.when]
    is_any = level.what == "any"
    return (
        ANY if in_city else labels["kecamatan"][row] or UNKNOWN,
        labels["kelurahan"][row] if level.where == "kelurahan" else ANY,
        when,
        ANY if is_any else labels["category"][row],
        ANY if is_any else labels["priority"][row],
    )


def _part(hour: str) -> str:
    return PARTS[int(hour) // 6] if hour.isdigit() else ANY


def _names(found: Observations, label: str) -> list[str]:
    column = found.labels.get(label)
    if column is None:
        return [UNKNOWN] * len(found)
    return [column.names[int(code)] for code in column.codes]


def _minutes(seconds: float) -> int | None:
    """Whole minutes, rounded up: a promise of ten is not kept at 10:30."""
    if np.isnan(seconds):
        return None
    return min(int(-(-seconds // 60)), MINUTES_MAX)


def as_csv(found: OpenData) -> str:
    """The rows as a file; the first lines say nothing that the rows do not."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_cells(found.month, found.rows))
    return text.getvalue()


def _cells(month: str, rows: Iterable[OpenRow]) -> Iterable[tuple[str, ...]]:
    for row in rows:
        arrived = "no" if row.minutes is None else "yes"
        yield (month, *row.key, "" if row.minutes is None else str(row.minutes), arrived)
