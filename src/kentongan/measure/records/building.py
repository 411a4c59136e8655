"""A table of stamps out of pieces of a file, in memory that does not grow with its rows.

Every row that is looked at is told of in the report; only rows that count enter the table.
"""

from collections.abc import Mapping as Labels
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.observations import NEVER, Column, time_labels
from kentongan.measure.records.growing import (
    Growing,
    GrowingLabels,
    GrowingTexts,
    TooManyNamesError,
)
from kentongan.measure.records.mapping import Mapping, MappingError
from kentongan.measure.records.moments import MICRO, Grid, offsets_of
from kentongan.measure.stamps import TRUST, Source
from kentongan.measure.statistics.arrays import Flags, Whole
from kentongan.measure.tables import Table

Moments = dict[Clock, Whole]

IMPORT: Final = np.uint8(TRUST[Source.IMPORT])

_LATEST: Final = np.iinfo(np.int64).max


class Building:
    """The table while a file is read."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._at: dict[Clock, Growing] = {}
        self._labels: dict[str, GrowingLabels] = {}
        self._times: dict[str, GrowingLabels] = {}
        self._ended: dict[str, Growing] = {}
        self._by_call = Growing(np.bool_)
        self._keys = GrowingTexts()
        self._grids: dict[Clock, Grid] = {}
        self._offset_s: int | None = None
        self._until = 0
        self._size = 0

    def add_moments(self, at: Moments, counts: Flags) -> Whole:
        """Stamps of some rows; returns from the first to the last of each, microseconds."""
        began, ended = span_of(at)
        for clock, moments in at.items():
            self._at.setdefault(clock, Growing(np.int64)).add(moments[counts])
            self._grids.setdefault(clock, Grid()).add(moments)
        for name, moments in (
            ("gave_up", _gave_up(at, self._mapping.row)),
            ("closed", _closed(at, self._mapping.endings)),
        ):
            if moments is not None:
                self._ended.setdefault(name, Growing(np.int64)).add(moments[counts])
        offsets = offsets_of(began, self._mapping.zone)
        if self._offset_s is None:
            self._offset_s = int(offsets[0])
        for label, column in time_labels(began[counts] // MICRO, offsets[counts]).items():
            self._times.setdefault(label, GrowingLabels()).add_column(column)
        self._until = max(self._until, int(ended.max()))
        self._size += int(counts.sum())
        return ended - began

    def add_label(self, label: str, names: list[str]) -> None:
        """What some rows carry; `MappingError` when it is no label."""
        try:
            self._labels.setdefault(label, GrowingLabels()).add(names)
        except TooManyNamesError as error:
            raise MappingError(f"{self._mapping.id}: {label}: {error}") from None

    def add_keys(self, keys: list[str], by_call: Flags) -> int:
        """What some rows are called, and who telephoned; returns how many keys were cut off."""
        self._by_call.add(by_call)
        return self._keys.add(keys)

    @property
    def precision_s(self) -> float:
        """The grid of the coarsest column that starts or ends something; 1 s is as good as none."""
        found = max((grid.seconds for grid in self._grids.values()), default=1)
        return self._mapping.precision_s or float(found)

    def table(self) -> Table:
        """Everything."""
        size = self._size
        at = {clock: column.whole() for clock, column in self._at.items()}
        return Table(
            subject=self._mapping.row,
            size=size,
            at=at,
            last={clock: at[clock] for clock in (Clock.ARRIVED, Clock.CLEAR) if clock in at},
            sources={clock: _same(IMPORT, size) for clock in Clock},
            over=_same(np.bool_(self._mapping.rows_are_over), size),
            gave_up=self._end("gave_up"),
            closed=self._end("closed"),
            by_call=self._by_call.whole(),
            keys=self._keys.texts(),
            labels=self._columns(),
            precision_s=self.precision_s,
            offset_s=self._offset_s or 0,
            until=self._until,
        )

    def _end(self, name: str) -> Whole:
        found = self._ended.get(name)
        return found.whole() if found else _same(np.int64(NEVER), self._size)

    def _columns(self) -> Labels[str, Column]:
        if not self._size:
            nobody = np.empty(0, dtype=np.int64)
            return time_labels(nobody, nobody)
        both = {**self._times, **self._labels}
        return {label: found.column() for label, found in both.items() if found.size == self._size}


def span_of(at: Moments) -> tuple[Whole, Whole]:
    """The first and the last stamp of each row, of which it has at least one."""
    size = len(next(iter(at.values())))
    began, ended = np.full(size, _LATEST), np.full(size, NEVER)
    for moments in at.values():
        began = np.where(moments == NEVER, began, np.minimum(began, moments))
        ended = np.maximum(ended, moments)
    return began, ended


def _gave_up(at: Moments, row: Subject) -> Whole | None:
    """When each caller was gone before anybody answered; None where no column can tell it."""
    can_tell = {Clock.ABANDONED, *([Clock.ENDED] if row is Subject.CALL else [])}
    gone = _first([at[clock] for clock in can_tell & at.keys()])
    if gone is None or Clock.ANSWER not in at:
        return gone if Clock.ABANDONED in at else None
    return np.where(at[Clock.ANSWER] == NEVER, gone, NEVER)


def _closed(at: Moments, endings: Sequence[Clock]) -> Whole | None:
    """When the wait for a unit ended in each row that none arrived for; None without a column of
    that, and in a file that does not tell who arrived.

    A closing in the second in which the unit was clear is that of a case that was served.
    """
    ended = _first([_ending(at, clock) for clock in endings if clock in at])
    if ended is None or Clock.ARRIVED not in at:
        return None
    return np.where(at[Clock.ARRIVED] == NEVER, ended, NEVER)


def _ending(at: Moments, clock: Clock) -> Whole:
    ended = at[clock]
    if clock is not Clock.CLOSED or Clock.CLEAR not in at:
        return ended
    return np.where(at[Clock.CLEAR] == ended, NEVER, ended)


def _first(known: Sequence[Whole]) -> Whole | None:
    """The earliest of each row; None of no column."""
    if not known:
        return None
    first = np.min(np.stack([np.where(one == NEVER, _LATEST, one) for one in known]), axis=0)
    return np.where(first == _LATEST, NEVER, first)


def _same(value: Any, size: int) -> NDArray[Any]:
    """A column in which one value stands everywhere, in the memory of one."""
    return np.broadcast_to(value, size)
