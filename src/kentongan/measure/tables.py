"""Tables: the stamps of many subjects as columns, and what lies between two of them.

One table for each kind of subject, out of the journal's cases (`measure.case_tables`) or out of
another centre's records (`measure.records`). `between` is the only place where two stamps are
subtracted and the result is judged.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final, TypeVar

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from kentongan.measure.clocks import TAPPED, WORK_CLOCKS, Clock
from kentongan.measure.intervals import CALL_CLOCKS, Interval, Quality, Subject
from kentongan.measure.lazy import Lazy
from kentongan.measure.observations import (
    CODE,
    NEVER,
    Column,
    Observations,
    taken,
    with_label,
)
from kentongan.measure.stamps import TRUST, Source
from kentongan.measure.statistics.arrays import Flags, Floats, Whole
from kentongan.measure.texts import NO_TEXTS, Texts

MICRO: Final = 1_000_000

BURST_S: Final = 3.0
"""Two taps of one crew closer than this were pressed together, the first of them late, seconds."""

SKEW_MAX_S: Final = 300.0
"""Clocks of two machines may disagree by so much before it is called something else, seconds."""

Codes = NDArray[np.uint8]

A = TypeVar("A", Whole, Codes, Flags)

_AUTOMATIC, _GEOFENCE = TRUST[Source.AUTOMATIC], TRUST[Source.GEOFENCE]


class Table(Struct, frozen=True, kw_only=True):
    """Subjects of one kind. Moments are microseconds since 1970 (UTC), `NEVER` for none.

    `sources` and `late` hold only clocks for which it is not all automatic and in time. `over`:
    nothing more will be stamped. `gave_up`: when it ended undone; `closed`: when its incident was
    closed, or the last of its units called off, which ends the wait for units only. `by_call`:
    somebody telephoned.
    `offset_s` is the city's clock ahead of UTC, `until` the moment at which it is looked at.
    """

    subject: Subject
    size: int
    at: Mapping[Clock, Whole]
    last: Mapping[Clock, Whole] = {}
    sources: Mapping[Clock, Codes] = {}
    late: Mapping[Clock, Flags] = {}
    over: Flags
    gave_up: Whole
    closed: Whole
    by_call: Flags
    keys: Texts = NO_TEXTS
    labels: Mapping[str, Column]
    precision_s: float = 0.0
    offset_s: int = 0
    until: int

    def moments(self, clock: Clock, *, last: bool = False) -> Whole:
        """The stamps of a clock; all `NEVER` when there is no such column."""
        column = self.last.get(clock) if last else self.at.get(clock)
        return np.full(self.size, NEVER) if column is None else column

    def where(self, chosen: Flags | slice) -> "Table":
        """Some of the subjects; a column of them is made when it is first asked for."""

        def some(columns: Mapping[Clock, A]) -> Mapping[Clock, A]:
            return Lazy({clock: partial(_some, columns, clock, chosen) for clock in columns})

        over = self.over[chosen]
        return structs.replace(
            self,
            size=len(over),
            at=some(self.at),
            last=some(self.last),
            sources=some(self.sources),
            late=some(self.late),
            over=over,
            gave_up=self.gave_up[chosen],
            closed=self.closed[chosen],
            by_call=self.by_call[chosen],
            keys=self.keys.taken(chosen) if self.keys else NO_TEXTS,
            labels=taken(self.labels, chosen),
        )

    def source(self, clock: Clock) -> Codes:
        """How each stamp of that clock is known."""
        column = self.sources.get(clock)
        return np.full(self.size, _AUTOMATIC, dtype=np.uint8) if column is None else column

    def is_late(self, clock: Clock) -> Flags:
        """Which stamps of that clock were certainly written after the fact."""
        column = self.late.get(clock)
        return np.zeros(self.size, dtype=np.bool_) if column is None else column


def _some(columns: Mapping[Clock, A], clock: Clock, chosen: Flags | slice) -> A:
    return columns[clock][chosen]


class Ends(Struct, frozen=True, kw_only=True):
    """Start and end of an interval for every subject, and how both are known."""

    start: Whole
    end: Whole
    start_source: Codes
    end_source: Codes
    late: Flags


def observe(interval: Interval, table: Table) -> Observations:
    """An interval for every subject that has its start or its end; `ValueError` for another's."""
    if interval.subject is not table.subject:
        raise ValueError(f"{interval.key} is counted per {interval.subject}, not {table.subject}")
    return between(interval, table, ends_of(interval, table))


def ends_of(interval: Interval, table: Table) -> Ends:
    """The two stamps that define it."""
    start = table.moments(interval.start)
    end = table.moments(interval.end, last=interval.last)
    end_source, end_late = table.source(interval.end), table.is_late(interval.end)
    if interval.or_end is not None:
        other = table.moments(interval.or_end)
        sooner = (other != NEVER) & ((end == NEVER) | (other < end))
        end = np.where(sooner, other, end)
        end_source = np.where(sooner, table.source(interval.or_end), end_source)
        end_late = np.where(sooner, table.is_late(interval.or_end), end_late)
    if interval.start in CALL_CLOCKS and interval.subject is Subject.INCIDENT:
        # Nobody rang: there is no citizen's clock to start, and nothing is missing.
        end = np.where(table.by_call, end, NEVER)
        start = np.where(table.by_call, start, NEVER)
    return Ends(
        start=start,
        end=end,
        start_source=table.source(interval.start),
        end_source=end_source,
        late=end_late | table.is_late(interval.start),
    )


def between(interval: Interval, table: Table, ends: Ends) -> Observations:
    """What lies between the ends, judged; subjects with neither end are left out.

    So are those that rightly never reached the end of an optional interval, and those that never
    began one whose end is everybody's.
    """
    seen = _seen(interval, table, ends)
    waited = np.full(table.size, np.nan)
    is_open, given_up, gave_up = seen.is_open, seen.given_up, seen.gave_up
    waited[is_open] = (table.until - ends.start[is_open]) / MICRO
    waited[given_up] = (gave_up[given_up] - ends.start[given_up]) / MICRO
    waited = np.maximum(waited, 0.0)
    found = _observations(interval, table, ends, seen.quality, waited, seen.micros)
    return found.where(seen.kept)


def qualities(interval: Interval, table: Table) -> Codes:
    """The quality alone of each that `observe` would give, in half the time."""
    seen = _seen(interval, table, ends_of(interval, table))
    return seen.quality[seen.kept]


class _Seen(Struct, frozen=True, kw_only=True):
    """What became of an interval for every subject; `micros` is 0 unless both ends are known."""

    quality: Codes
    micros: Whole
    is_open: Flags
    given_up: Flags
    gave_up: Whole
    kept: Flags


def _seen(interval: Interval, table: Table, ends: Ends) -> _Seen:
    has_start, has_end = ends.start != NEVER, ends.end != NEVER
    both = has_start & has_end
    micros = np.where(both, ends.end, 0) - np.where(both, ends.start, 0)
    quality = _with_both(interval, table, ends, micros / MICRO)
    gave_up = table.gave_up
    if interval.end in WORK_CLOCKS:
        gave_up = _first_from(ends.start, table.gave_up, table.closed)
    went_on = _went_on(interval, table, gave_up)
    unfinished = has_start & ~has_end & ~(table.over & went_on)
    is_open = unfinished & ~table.over
    given_up = unfinished & table.over & (gave_up != NEVER)
    missing = ~both & ~is_open & ~given_up
    for flags, code in (
        (missing, Quality.MISSING),
        (is_open, Quality.OPEN),
        (given_up, Quality.CANCELLED),
    ):
        quality[flags] = CODE[code]
    return _Seen(
        quality=quality,
        micros=micros,
        is_open=is_open,
        given_up=given_up,
        gave_up=gave_up,
        kept=(both | is_open)
        if interval.optional
        else has_start | (has_end & ~np.bool_(interval.common_end)),
    )


def _with_both(interval: Interval, table: Table, ends: Ends, seconds: Floats) -> Codes:
    """The quality of each that has both stamps, the gravest last."""
    rounded = table.precision_s > 1
    quality = np.full(table.size, CODE[Quality.ROUNDED if rounded else Quality.OK], dtype=np.uint8)
    quality[seconds > interval.plausible_s] = CODE[Quality.OUTLIER]
    late = ends.late
    if {interval.start, interval.end} <= TAPPED and not rounded:
        by_hand = (ends.start_source >= _GEOFENCE) & (ends.end_source >= _GEOFENCE)
        by_crews = by_hand & (ends.end_source != TRUST[Source.IMPORT])
        late = late | (by_crews & (seconds < BURST_S))
    quality[late] = CODE[Quality.MANUAL_LATE]
    negative = seconds < 0
    if interval.may_overlap:
        quality[negative] = CODE[Quality.OVERLAP]
        return quality
    other_clock = (ends.start_source != ends.end_source) & (seconds >= -SKEW_MAX_S)
    quality[negative] = CODE[Quality.NEGATIVE]
    quality[negative & other_clock] = CODE[Quality.SKEW]
    return quality


def _first_from(start: Whole, one: Whole, other: Whole) -> Whole:
    """Whichever end came first after the wait began; the known one where only one did, or none."""
    wanted = (other != NEVER) & (other >= start)
    better = wanted & ((one == NEVER) | (one < start) | (other < one))
    return np.where(better | (one == NEVER), other, one)


def _went_on(interval: Interval, table: Table, gave_up: Whole) -> Flags:
    """Whose unit is known to have taken a later step, so that the end was reached, not stamped.

    One that was called off is free as well, often in the same second: to be clear at the end of the
    wait or after it proves nothing.
    """
    went_on = np.zeros(table.size, dtype=np.bool_)
    if interval.end in WORK_CLOCKS:
        for later in WORK_CLOCKS[WORK_CLOCKS.index(interval.end) + 1 :]:
            moments = table.moments(later)
            proves = (gave_up == NEVER) | (moments < gave_up) if later is Clock.CLEAR else True
            went_on |= (moments != NEVER) & proves
    return went_on


def _observations(
    interval: Interval,
    table: Table,
    ends: Ends,
    quality: Codes,
    waited: Floats,
    micros: Whole,
) -> Observations:
    valued = quality < CODE[Quality.SKEW]
    seconds = np.where(valued, np.maximum(micros, 0) / MICRO, np.nan)
    source = np.maximum(ends.start_source, ends.end_source)
    started = np.where(ends.start == NEVER, NEVER, ends.start // MICRO)
    names = tuple(str(one) for one in Source)
    return Observations(
        interval=interval.key,
        subject=str(interval.subject),
        seconds=seconds,
        waited=waited,
        quality=quality,
        started=started,
        labels=with_label(table.labels, "source", Column(source.astype(np.int32), names)),
        keys=np.arange(table.size),
        rounding_s=table.precision_s if table.precision_s > 1 else 0.0,
        offset_s=table.offset_s,
    )
