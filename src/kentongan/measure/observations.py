"""Observations: one interval over many subjects, as columns; what every statistic works on.

`measure.tables.observe` makes them of stamps. A column of labels is codes and names, so that ten
million rows stay small.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from kentongan.measure.intervals import QUALITIES, Quality
from kentongan.measure.lazy import Lazy
from kentongan.measure.statistics.arrays import Flags, Floats, Whole

NEVER: Final = np.iinfo(np.int64).min
"""The start that nobody knows."""

CODE: Final = {quality: code for code, quality in enumerate(QUALITIES)}

LABELS: Final = (
    "day", "month", "weekday", "hour", "line", "agency", "unit", "nature", "category", "priority",
    "kecamatan", "kelurahan", "source", "origin", "outcome",
)  # fmt: skip
"""What figures may be split by, in the journal's own words."""

UNKNOWN: Final = ""
"""The label of what nobody entered."""


class Column(Struct, frozen=True):
    """Labels of many subjects: a code each, and what the codes mean."""

    codes: NDArray[np.int32]
    names: Sequence[str]

    def taken(self, where: Flags | Whole | slice) -> "Column":
        """The labels of some of them."""
        return Column(self.codes[where], self.names)

    @property
    def used(self) -> tuple[str, ...]:
        """The names that occur."""
        return tuple(self.names[code] for code in np.flatnonzero(np.bincount(self.codes)).tolist())


class Observations(Struct, frozen=True, kw_only=True):
    """One interval. `seconds` is NaN without a value, `waited` NaN unless open or cancelled.

    `started` is seconds since 1970 (UTC), `NEVER` when unknown; `offset_s` the city's own clock
    ahead of it. `keys` are rows of the table they come from.
    """

    interval: str
    subject: str
    seconds: Floats
    waited: Floats
    quality: NDArray[np.uint8]
    started: Whole
    labels: Mapping[str, Column]
    keys: Whole
    rounding_s: float = 0.0
    offset_s: int = 0

    def __len__(self) -> int:
        return len(self.quality)

    @property
    def valued(self) -> Flags:
        """Which have a value."""
        return ~np.isnan(self.seconds)

    @property
    def days(self) -> Whole:
        """The city's day each began on, counted from 1970."""
        return (self.started + self.offset_s) // 86_400

    def values(self) -> Floats:
        """The values, sorted."""
        return np.sort(self.seconds[self.valued])

    def count(self, *qualities: Quality) -> int:
        """How many have one of these qualities."""
        return int(np.isin(self.quality, [CODE[quality] for quality in qualities]).sum())

    def where(self, chosen: Flags | Whole) -> "Observations":
        """Some of them."""
        if chosen.dtype == np.bool_ and bool(chosen.all()):
            return self
        return Observations(
            interval=self.interval,
            subject=self.subject,
            seconds=self.seconds[chosen],
            waited=self.waited[chosen],
            quality=self.quality[chosen],
            started=self.started[chosen],
            labels=taken(self.labels, chosen),
            keys=self.keys[chosen],
            rounding_s=self.rounding_s,
            offset_s=self.offset_s,
        )

    def with_seconds(self, seconds: Floats) -> "Observations":
        """The same with other values, one for each."""
        return structs.replace(self, seconds=seconds)

    def mask(self, label: str, names: Iterable[str]) -> Flags:
        """Which carry one of these labels; `KeyError` for a label that is not there."""
        column = self.labels[label]
        wanted = [code for code, name in enumerate(column.names) if name in set(names)]
        return np.isin(column.codes, wanted)

    def split(self, by: Sequence[str]) -> list[tuple[tuple[str, ...], "Observations"]]:
        """Groups by these labels, in the order of their names; `KeyError` for an unknown one."""
        if not by:
            return [((), self)]
        codes = self._codes(by)
        if not len(codes):
            return []
        order = np.argsort(codes, kind="stable")
        distinct, first = np.unique(codes[order], return_index=True)
        found: list[tuple[tuple[str, ...], Observations]] = []
        for code, rows in zip(distinct, np.split(order, first[1:]), strict=True):
            found.append((self._names(int(code), by), self.where(np.sort(rows))))
        return sorted(found, key=lambda group: group[0])

    def groups(self, by: Sequence[str]) -> int:
        """How many groups there are by these labels; `KeyError` for an unknown one."""
        return len(np.unique(self._codes(by)))

    def _codes(self, by: Sequence[str]) -> Whole:
        codes = np.zeros(len(self), dtype=np.int64)
        for label in by:
            column = self.labels[label]
            codes = codes * max(len(column.names), 1) + column.codes
        return codes

    def _names(self, code: int, by: Sequence[str]) -> tuple[str, ...]:
        names: list[str] = []
        for label in reversed(by):
            column = self.labels[label]
            code, here = divmod(code, max(len(column.names), 1))
            names.append(column.names[here])
        return tuple(reversed(names))


def taken(labels: Mapping[str, Column], where: Flags | Whole | slice) -> Mapping[str, Column]:
    """The labels of some subjects, each when it is first asked for."""
    return Lazy({key: partial(_taken, labels, key, where) for key in labels})


def with_label(labels: Mapping[str, Column], name: str, column: Column) -> Mapping[str, Column]:
    """One more label, or another in its place."""
    made = {key: partial(labels.__getitem__, key) for key in labels}
    return Lazy({**made, name: lambda: column})


def _taken(labels: Mapping[str, Column], key: str, where: Flags | Whole | slice) -> Column:
    return labels[key].taken(where)


def column_of(values: Iterable[str]) -> Column:
    """Labels as codes; names are sorted."""
    given = list(values)
    names = tuple(sorted(set(given)))
    code = {name: index for index, name in enumerate(names)}
    return Column(np.fromiter((code[v] for v in given), np.int32, len(given)), names)


def time_labels(started: Whole, offset_s: int | Whole) -> dict[str, Column]:
    """Day, month, weekday (1 is Monday) and hour of a clock so many seconds ahead of UTC."""
    known = started != NEVER
    local = np.where(known, started, 0) + offset_s
    day = local // 86_400
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    weekday = (day + 3) % 7 + 1  # 1970-01-01 was a Thursday
    return {
        "day": _named(day, known, lambda one: str(np.datetime64(one, "D"))),
        "month": _named(month, known, lambda one: str(np.datetime64(one, "M"))),
        "weekday": _named(weekday, known, str),
        "hour": _named((local // 3_600) % 24, known, "{:02d}".format),
    }


def _named(values: Whole, known: Flags, name: Callable[[int], str]) -> Column:
    """Whole numbers as labels, in their order; the unknown first."""
    found, codes = np.unique(np.where(known, values, NEVER), return_inverse=True)
    names = tuple(UNKNOWN if one == NEVER else name(one) for one in found.tolist())
    return Column(codes.astype(np.int32), names)
