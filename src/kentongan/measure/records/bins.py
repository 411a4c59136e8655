"""Answer times that come as counts by the hour: the share answered in time, with both denominators.

Columns are bins: "answered in 10 to 15 seconds". A share is exact where a bin ends and is not given
elsewhere.
"""

from collections.abc import Iterable

from msgspec import Struct

from kentongan.measure.records.mapping import Bins, Mapping, MappingError
from kentongan.measure.records.reading import Chunk
from kentongan.measure.statistics.quantiles import Estimate, share_estimate


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
    totals = [0] * len(wanted)
    rows, unreadable, unbalanced = 0, list[int](), list[int]()
    for piece in pieces:
        places = [_place(piece.header, column, mapping) for column in wanted]
        for row, number in zip(piece.rows, piece.numbers, strict=True):
            rows += 1
            try:
                counts = [int(float(row[place] or 0)) for place in places]
            except ValueError:
                unreadable.append(number)
                continue
            if sum(counts[:-1]) != counts[-1]:
                unbalanced.append(number)
            totals = [total + count for total, count in zip(totals, counts, strict=True)]
    answered, offered = sum(totals[:-2]), totals[-1]
    shares: list[AnswerShare] = []
    hits = 0
    for one, count in zip(line.bins, totals, strict=False):
        hits += count
        if one.upto_s is not None:
            shares.append(
                AnswerShare(
                    within_s=one.upto_s,
                    of_answered=share_estimate(hits, answered),
                    of_offered=share_estimate(hits, offered),
                )
            )
    return LineAnswers(
        line=line.line,
        offered=offered,
        answered=answered,
        abandoned=totals[-2],
        shares=tuple(shares),
        rows=rows,
        unreadable=tuple(unreadable),
        unbalanced=tuple(unbalanced),
    )


def _place(header: tuple[str, ...], column: str, mapping: Mapping) -> int:
    if column not in header:
        raise MappingError(f"{mapping.id}: no column {column!r} in this file")
    return header.index(column)
