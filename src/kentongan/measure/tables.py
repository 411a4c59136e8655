"""Tables: the stamps of many subjects as columns, and what lies between two of them.

One table for each kind of subject, out of the journal's cases (`measure.case_tables`) or out of
another centre's records (`measure.records`). `between` is the only place where two stamps are
subtracted and the result is judged.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from kentongan.measure.clocks import TAPPED, WORK_CLOCKS, Clock
from kentongan.measure.intervals import CALL_CLOCKS, Interval, Quality, Subject
from kentongan.measure.observations import CODE, NEVER, Column, Observations
from kentongan.measure.stamps import TRUST, Source
from kentongan.measure.statistics.arrays import Flags, Floats, Whole

MICRO: Final = 1_000_000

BURST_S: Final = 3.0
"""Two taps of one crew closer than this were pressed together, the first of them late, seconds."""

SKEW_MAX_S: Final = 300.0
"""Clocks of two machines may disagree by so much before it is called something else, seconds."""

Codes = NDArray[np.uint8]

_AUTOMATIC, _GEOFENCE = TRUST[Source.AUTOMATIC], TRUST[Source.GEOFENCE]


class Table(Struct, frozen=True, kw_only=True):
    """Subjects of one kind. Moments are microseconds since 1970 (UTC), `NEVER` for none.

    `sources` and `late` hold only clocks for which it is not all automatic and in time. `over`:
    nothing more will be stamped. `gave_up`: when it ended undone; `closed`: when its incident was,
    which ends the wait for units only. `by_call`: somebody telephoned.
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
    keys: tuple[str, ...] = ()
    labels: Mapping[str, Column]
    precision_s: float = 0.0
    offset_s: int = 0
    until: int

    def moments(self, clock: Clock, *, last: bool = False) -> Whole:
        """The stamps of a clock; all `NEVER` when there is no such column."""
        column = self.last.get(clock) if last else self.at.get(clock)
        return np.full(self.size, NEVER) if column is None else column

    def where(self, chosen: Flags) -> "Table":
        """Some of the subjects."""

        def some(columns: Mapping[Clock, Any]) -> dict[Clock, Any]:
            return {clock: column[chosen] for clock, column in columns.items()}

        keys = tuple(key for key, kept in zip(self.keys, chosen.tolist(), strict=True) if kept)
        return structs.replace(
            self,
            size=int(chosen.sum()),
            at=some(self.at),
            last=some(self.last),
            sources=some(self.sources),
            late=some(self.late),
            over=self.over[chosen],
            gave_up=self.gave_up[chosen],
            closed=self.closed[chosen],
            by_call=self.by_call[chosen],
            keys=keys,
            labels={label: column.taken(chosen) for label, column in self.labels.items()},
        )

    def source(self, clock: Clock) -> Codes:
        """How each stamp of that clock is known."""
        column = self.sources.get(clock)
        return np.full(self.size, _AUTOMATIC, dtype=np.uint8) if column is None else column

    def is_late(self, clock: Clock) -> Flags:
        """Which stamps of that clock were certainly written after the fact."""
        column = self.late.get(clock)
        return np.zeros(self.size, dtype=np.bool_) if column is None else column


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

    So are those that rightly never reached the end of an optional interval.
    """
    has_start, has_end = ends.start != NEVER, ends.end != NEVER
    both = has_start & has_end
    micros = np.where(both, ends.end, 0) - np.where(both, ends.start, 0)
    quality = _with_both(interval, table, ends, micros / MICRO)
    waited = np.full(table.size, np.nan)
    went_on = _went_on(interval, table)
    unfinished = has_start & ~has_end & ~(table.over & went_on)
    is_open = unfinished & ~table.over
    gave_up = table.gave_up
    if interval.end in WORK_CLOCKS:
        gave_up = np.where(gave_up == NEVER, table.closed, gave_up)
    given_up = unfinished & table.over & (gave_up != NEVER)
    missing = ~both & ~is_open & ~given_up
    for flags, code in (
        (missing, Quality.MISSING),
        (is_open, Quality.OPEN),
        (given_up, Quality.CANCELLED),
    ):
        quality[flags] = CODE[code]
    waited[is_open] = (table.until - ends.start[is_open]) / MICRO
    waited[given_up] = (gave_up[given_up] - ends.start[given_up]) / MICRO
    kept = (both | is_open) if interval.optional else (has_start | has_end)
    return _observations(interval, table, ends, quality, np.maximum(waited, 0.0), micros).where(
        kept
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


def _went_on(interval: Interval, table: Table) -> Flags:
    """Whose unit is known to have taken a later step, so that the end was reached, not stamped."""
    went_on = np.zeros(table.size, dtype=np.bool_)
    if interval.end in WORK_CLOCKS:
        for later in WORK_CLOCKS[WORK_CLOCKS.index(interval.end) + 1 :]:
            went_on |= table.moments(later) != NEVER
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
        labels={**table.labels, "source": Column(source.astype(np.int32), names)},
        keys=np.arange(table.size),
        rounding_s=table.precision_s if table.precision_s > 1 else 0.0,
        offset_s=table.offset_s,
    )
