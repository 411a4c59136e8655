"""Answer times that come as counts by the hour: the share answered in time, with both denominators.

Columns are bins: "answered in 10 to 15 seconds". A share is exact where a bin ends and is not given
elsewhere. Its interval is by whole days: the calls of one short shift are answered late together.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.observations import NEVER
from kentongan.measure.records.mapping import Bins, Mapping, MappingError
from kentongan.measure.records.moments import offsets_of, read_stamps
from kentongan.measure.records.reading import Chunk
from kentongan.measure.statistics.arrays import Whole
from kentongan.measure.statistics.by_days import common_effect, share_of_days
from kentongan.measure.statistics.quantiles import Estimate
from kentongan.measure.tables import MICRO

DAY_S: Final = 86_400


class AnswerShare(Struct, frozen=True, kw_only=True):
    """Answered within so many seconds, of those answered and of those offered."""

    within_s: float
    of_answered: Estimate | None
    of_offered: Estimate | None


class LineAnswers(Struct, frozen=True, kw_only=True):
    """One line. `unbalanced` are rows in which answered and abandoned are not what was offered."""

    line: str
    offered: int
    answered: int
    abandoned: int
    shares: tuple[AnswerShare, ...]
    rows: int
    unreadable: tuple[int, ...]
    unbalanced: tuple[int, ...]


def answers(pieces: Iterable[Chunk], mapping: Mapping) -> tuple[LineAnswers, ...]:
    """Each line of the mapping; `MappingError` for a column that is not in the file."""
    found = list(pieces)
    return tuple(_line(found, line, mapping) for line in mapping.lines)


def _line(pieces: list[Chunk], line: Bins, mapping: Mapping) -> LineAnswers:
    wanted = [*(one.column for one in line.bins), line.abandoned, line.offered]
    of_days: defaultdict[int, list[int]] = defaultdict(lambda: [0] * len(wanted))
    rows, unreadable, unbalanced = 0, list[int](), list[int]()
    for piece in pieces:
        places = [_place(piece.header, column, mapping) for column in wanted]
        days = _days(piece, line, mapping)
        for row, number, day in zip(piece.rows, piece.numbers, days, strict=True):
            rows += 1
            try:
                counts = [int(float(row[place] or 0)) for place in places]
            except (ValueError, OverflowError):
                unreadable.append(number)
                continue
            if day is None:
                unreadable.append(number)
                continue
            if sum(counts[:-1]) != counts[-1]:
                unbalanced.append(number)
            of_days[day] = [a + b for a, b in zip(of_days[day], counts, strict=True)]
    counted = np.array(list(of_days.values()), dtype=np.int64).reshape(-1, len(wanted))
    answered = counted[:, :-2].sum(axis=1)
    return LineAnswers(
        line=line.line,
        offered=int(counted[:, -1].sum()),
        answered=int(answered.sum()),
        abandoned=int(counted[:, -2].sum()),
        shares=tuple(_shares(counted, answered, line)),
        rows=rows,
        unreadable=tuple(unreadable),
        unbalanced=tuple(unbalanced),
    )


def _shares(counted: Whole, answered: Whole, line: Bins) -> Iterator[AnswerShare]:
    """At the end of each bin, of a row a day. What is nearly all or nearly none has days as alike
    as the bins at which more are on both sides."""
    until = counted[:, :-2].cumsum(axis=1)
    wholes = (answered, counted[:, -1])
    least = [
        max((common_effect(until[:, at], whole) for at in range(until.shape[1])), default=1.0)
        for whole in wholes
    ]
    for at, one in enumerate(line.bins):
        if one.upto_s is None:
            continue
        of_answered, of_offered = (
            share_of_days(until[:, at], whole, effect) if line.when else _bare(until[:, at], whole)
            for whole, effect in zip(wholes, least, strict=True)
        )
        yield AnswerShare(within_s=one.upto_s, of_answered=of_answered, of_offered=of_offered)


def _bare(hits: Whole, whole: Whole) -> Estimate | None:
    """Without a day for each row nobody can say how sure a share is."""
    n = int(whole.sum())
    return Estimate(value=int(hits.sum()) / n, low=None, high=None, n=n) if n else None


def _days(piece: Chunk, line: Bins, mapping: Mapping) -> list[int | None]:
    """The day of each row, None where it cannot be read; all one where no column tells it."""
    if not line.when:
        return [0] * len(piece.numbers)
    place = _place(piece.header, line.when, mapping)
    read = read_stamps([row[place] for row in piece.rows], mapping.formats, mapping.zone)
    known = read.at != NEVER
    local = np.where(known, read.at, 0)
    local += offsets_of(local, mapping.zone) * MICRO
    days = (local // (DAY_S * MICRO)).tolist()
    return [day if is_known else None for day, is_known in zip(days, known.tolist(), strict=True)]


def _place(header: tuple[str, ...], column: str, mapping: Mapping) -> int:
    if column not in header:
        raise MappingError(f"{mapping.id}: no column {column!r} in this file")
    return header.index(column)
