"""Histograms of one second for each cell, which merge exactly.

A cell is (day, line, agency, category, priority, kelurahan, interval). Each holds how many cases
took each whole second, how many had which quality, and beyond `SECONDS_MAX` an overflow with its
sum.
Merging adds counts, so five years are one addition, in any order, and every percentile, share and
interval of them lies within one second of the exact one. A late correction makes its day anew.
"""

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.measure.intervals import QUALITIES
from kentongan.measure.observations import UNKNOWN, Observations
from kentongan.measure.statistics.arrays import Floats, Whole
from kentongan.measure.statistics.quantiles import Estimate, ranks, share_estimate

SECONDS_MAX: Final = 43_200
"""Twelve hours; what took longer is in the overflow, with its sum."""

CELL: Final = ("day", "line", "agency", "category", "priority", "kelurahan", "interval")

OVERFLOW: Final = SECONDS_MAX
"""The second under which the overflow is counted."""

UNVALUED: Final = SECONDS_MAX + 1
"""Beyond this, minus this, is the quality of a case without a value."""


class Histogram(Struct, frozen=True, kw_only=True):
    """Counts by whole second up to the longest, for any number of cells together; beyond
    `SECONDS_MAX` how many, and the sum of their seconds."""

    counts: Whole
    overflow: int
    overflow_s: float
    qualities: Mapping[str, int]

    @property
    def n(self) -> int:
        """Cases with a value."""
        return int(self.counts.sum()) + self.overflow

    def at(self, rank: int) -> float:
        """The value of that rank (from 0), to the second below; infinite within the overflow."""
        place = int(np.searchsorted(np.cumsum(self.counts), rank, side="right"))
        return float(place) if place < len(self.counts) else math.inf

    def quantile(self, share: float) -> Estimate | None:
        """The percentile with its order-statistic interval, both within one second."""
        if self.n == 0:
            return None
        position = share * (self.n - 1)
        below = math.floor(position)
        low, high = self.at(below), self.at(min(below + 1, self.n - 1))
        value = low if low == high else low + (high - low) * (position - below)
        first, last = ranks(self.n, share)
        return Estimate(
            value=value,
            low=None if first is None else self.at(first),
            high=None if last is None else self.at(last),
            n=self.n,
        )

    def within(self, limit_s: int) -> Estimate | None:
        """The share below this whole number of seconds and that second itself at 0."""
        return share_estimate(int(self.counts[:limit_s].sum()), self.n)


class Histograms(Struct, frozen=True, kw_only=True):
    """Many cells. `cells` are codes into `names`, one column for each of `CELL`.

    One entry is a cell, a second (or `OVERFLOW`, or a quality), a count and a sum for the overflow.
    """

    names: tuple[tuple[str, ...], ...]
    cells: Whole
    seconds: Whole
    counts: Whole
    sums: Floats

    def __len__(self) -> int:
        return len(self.seconds)

    def merged(self, **wanted: str) -> Histogram:
        """All cells with these names together; `KeyError` for what is no part of a cell."""
        chosen = np.ones(len(self), dtype=np.bool_)
        for part, name in wanted.items():
            if part not in CELL:
                raise KeyError(part)
            column = CELL.index(part)
            names = self.names[column]
            chosen &= self.cells[:, column] == (names.index(name) if name in names else -1)
        return self._sum(chosen)

    def between(self, first_day: str, last_day: str, interval: str) -> Histogram:
        """One interval over days, both included, as YYYY-MM-DD."""
        days = np.array([first_day <= day <= last_day for day in self.names[0]] or [False])
        names = self.names[CELL.index("interval")]
        code = names.index(interval) if interval in names else -1
        return self._sum(days[self.cells[:, 0]] & (self.cells[:, CELL.index("interval")] == code))

    def _sum(self, chosen: np.ndarray) -> Histogram:
        seconds = self.seconds[chosen]
        over_s = float(self.sums[chosen][seconds == OVERFLOW].sum())
        return added(seconds, self.counts[chosen], over_s)


def added(seconds: NDArray[Any], counts: NDArray[Any], over_s: float) -> Histogram:
    """Entries as one; exact below 2^53 cases of a second."""
    is_valued = seconds < OVERFLOW
    total = np.bincount(seconds[is_valued], weights=counts[is_valued]).astype(np.int64)
    others = seconds[~is_valued].astype(np.int64) - OVERFLOW
    tail = np.bincount(others, weights=counts[~is_valued], minlength=1 + len(QUALITIES)).tolist()
    return Histogram(
        counts=total,
        overflow=int(tail[0]),
        overflow_s=over_s,
        qualities={str(q): int(n) for q, n in zip(QUALITIES, tail[1:], strict=True) if n},
    )


def histograms_of(found: Observations) -> Histograms:
    """One interval's observations as histograms."""
    size = len(found)
    codes = np.zeros((size, len(CELL)), dtype=np.int64)
    names: list[tuple[str, ...]] = []
    for column, part in enumerate(CELL):
        label = found.labels.get(part)
        if part == "interval":
            names.append((found.interval,))
        elif label is None:
            names.append((UNKNOWN,))
        else:
            names.append(tuple(label.names))
            codes[:, column] = label.codes
    valued = found.valued
    whole = np.where(valued, np.minimum(np.nan_to_num(found.seconds), OVERFLOW), 0)
    seconds = np.where(valued, whole.astype(np.int64), UNVALUED + found.quality.astype(np.int64))
    sums = np.where(seconds == OVERFLOW, np.nan_to_num(found.seconds), 0.0)
    every = Histograms(
        names=tuple(names),
        cells=codes,
        seconds=seconds,
        counts=np.ones(size, dtype=np.int64),
        sums=sums,
    )
    marked = valued & (found.quality != 0)  # a value of doubtful quality counts under both
    return merge([every, _marks(every, found, np.flatnonzero(marked))])


def merge(parts: Iterable[Histograms]) -> Histograms:
    """All of them as one: exactly as if they had been counted together."""
    given = [part for part in parts if len(part)]
    if not given:
        return empty()
    names, cells = _together(given)
    seconds = np.concatenate([part.seconds for part in given])
    key = seconds.copy()
    for column in range(len(CELL)):
        if len(names[column]) > 1:
            key *= len(names[column])
            key += cells[:, column]
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    counts = np.bincount(of, weights=np.concatenate([part.counts for part in given]))
    sums = np.bincount(of, weights=np.concatenate([part.sums for part in given]))
    return Histograms(
        names=names,
        cells=cells[first],
        seconds=seconds[first],
        counts=counts.astype(np.int64),
        sums=sums.astype(np.float64),
    )


def empty() -> Histograms:
    """No cell at all."""
    return Histograms(
        names=tuple(() for _ in CELL),
        cells=np.empty((0, len(CELL)), dtype=np.int64),
        seconds=np.empty(0, dtype=np.int64),
        counts=np.empty(0, dtype=np.int64),
        sums=np.empty(0),
    )


def without_day(histograms: Histograms, day: str) -> Histograms:
    """All but one day, which is about to be counted anew."""
    days = histograms.names[0]
    keep = histograms.cells[:, 0] != (days.index(day) if day in days else -1)
    return Histograms(
        names=histograms.names,
        cells=histograms.cells[keep],
        seconds=histograms.seconds[keep],
        counts=histograms.counts[keep],
        sums=histograms.sums[keep],
    )


def to_bytes(histograms: Histograms) -> bytes:
    """As a file (NumPy's npz, no pickles)."""
    file = io.BytesIO()
    names = {f"names_{c}": np.array(histograms.names[c], dtype=np.str_) for c in range(len(CELL))}
    np.savez_compressed(
        file,
        allow_pickle=False,
        cells=histograms.cells,
        seconds=histograms.seconds,
        counts=histograms.counts,
        sums=histograms.sums,
        **names,
    )
    return file.getvalue()


def from_bytes(content: bytes) -> Histograms:
    """Out of a file; `ValueError` when it is none of ours."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            return Histograms(
                names=tuple(
                    tuple(str(name) for name in found[f"names_{c}"]) for c in range(len(CELL))
                ),
                cells=found["cells"],
                seconds=found["seconds"],
                counts=found["counts"],
                sums=found["sums"],
            )
    except (OSError, KeyError, ValueError, EOFError) as error:
        raise ValueError(f"no histograms: {error}") from None


def _marks(every: Histograms, found: Observations, rows: Whole) -> Histograms:
    return Histograms(
        names=every.names,
        cells=every.cells[rows],
        seconds=UNVALUED + found.quality[rows].astype(np.int64),
        counts=np.ones(len(rows), dtype=np.int64),
        sums=np.zeros(len(rows)),
    )


def _together(given: Sequence[Histograms]) -> tuple[tuple[tuple[str, ...], ...], Whole]:
    """The names of all parts, and every cell in their codes.

    Parts of one count share their names, which stay as they are; others are looked up once each.
    """
    lengths = np.array([len(part) for part in given])
    cells = np.concatenate([part.cells for part in given])
    names: list[tuple[str, ...]] = []
    for column in range(len(CELL)):
        own = [part.names[column] for part in given]
        distinct = {id(one): one for one in own}
        if len(distinct) == 1:
            names.append(own[0])
            continue
        wanted = tuple(sorted({name for one in distinct.values() for name in one}))
        place = {name: code for code, name in enumerate(wanted)}
        begin: dict[int, int] = {}
        codes: list[int] = []
        for key, one in distinct.items():
            begin[key] = len(codes)
            codes += [place[name] for name in one]
        offset = np.repeat([begin[id(one)] for one in own], lengths)
        cells[:, column] = np.array(codes, dtype=np.int64)[offset + cells[:, column]]
        names.append(wanted)
    return tuple(names), cells
