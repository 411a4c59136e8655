"""Ratios of calls: shares that are no interval, each with what it counts and what it is of.

abandoned   calls that hung up before a human answered, of the calls that rang and are over or
            answered
rescued     abandoned calls that were spoken with again within `RESCUE_S` of hanging up, whoever
            rang whom, of the abandoned calls for which that time is over or that were
short       abandoned calls that waited less than `SHORT_S`, of the abandoned calls
by waiting  calls that hung up in a band of waiting time, of the calls that waited until it began

The units' hours are in `measure.unit_hours`. Definitions: EVALUATION sections 3, 6.4 and 6.5.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.clocks import Clock
from kentongan.measure.observations import NEVER
from kentongan.measure.statistics.arrays import Flags, Floats, Whole
from kentongan.measure.statistics.by_days import share_by_days
from kentongan.measure.statistics.quantiles import Estimate
from kentongan.measure.tables import MICRO, Table

RESCUE_S: Final = 180.0
"""Within so long of hanging up a caller must be spoken with again to count as rescued, seconds."""

SHORT_S: Final = 5.0
"""Who hung up sooner did so within the announcement's first words: no desk could have answered."""

BANDS_S: Final = (0.0, SHORT_S, 15.0, 30.0, 60.0, 180.0)
"""Where the bands of waiting time begin, seconds; the last has no end."""

DAY_S: Final = 86_400


class Ratio(Struct, frozen=True, kw_only=True):
    """`count` of `of`. `share` has its interval by whole days; None of nobody. `undecided` are
    those of whom it cannot be said yet; they are in neither."""

    key: str
    count: int
    of: int
    share: Estimate | None
    undecided: int = 0


class Band(Struct, frozen=True, kw_only=True):
    """Who hung up after waiting from `from_s` to under `to_s` (None: without end), of those who
    waited until `from_s`."""

    from_s: float
    to_s: float | None
    count: int
    of: int
    share: Estimate | None


class CallRatios(Struct, frozen=True, kw_only=True):
    """The ratios of calls, and how many hung up by how long they had waited."""

    offered: int
    ratios: tuple[Ratio, ...]
    by_waiting: tuple[Band, ...]


def call_ratios(calls: Table) -> CallRatios | None:
    """The ratios of these calls; None when none rang."""
    ring = calls.moments(Clock.RING)
    calls, ring = calls.where(ring != NEVER), ring[ring != NEVER]
    if not calls.size:
        return None
    answer, hung_up = calls.moments(Clock.ANSWER), calls.moments(Clock.ABANDONED)
    lost = (answer == NEVER) & (hung_up != NEVER)
    over = lost | (answer != NEVER) | calls.over
    days = (ring // MICRO + calls.offset_s) // DAY_S
    waited = _seconds(ring, np.where(lost, hung_up, answer))
    return CallRatios(
        offered=calls.size,
        ratios=(
            _ratio("abandoned", lost, over, days, undecided=int((~over).sum())),
            _rescued(calls, lost, hung_up, days),
            _ratio("short", lost & (waited < SHORT_S), lost, days),
        ),
        by_waiting=tuple(_bands(waited, lost, days)),
    )


def _rescued(calls: Table, lost: Flags, hung_up: Whole, days: Whole) -> Ratio:
    regained = calls.moments(Clock.REGAINED)
    apart = _seconds(hung_up, regained)
    rescued = lost & (regained != NEVER) & (apart <= RESCUE_S)
    waiting = lost & ~rescued & (calls.until - hung_up < RESCUE_S * MICRO)
    return _ratio("rescued", rescued, lost & ~waiting, days, undecided=int(waiting.sum()))


def _bands(waited: Floats, lost: Flags, days: Whole) -> Iterator[Band]:
    """A call that still waits, or was ended by us, has no waiting time and is in no band."""
    for begin, end in zip(BANDS_S, (*BANDS_S[1:], None), strict=True):
        there = waited >= begin
        gone = there & lost & (True if end is None else waited < end)
        found = _ratio("", gone, there, days)
        yield Band(from_s=begin, to_s=end, count=found.count, of=found.of, share=found.share)


def _ratio(key: str, hits: Flags, of: Flags, days: Whole, undecided: int = 0) -> Ratio:
    return Ratio(
        key=key,
        count=int((hits & of).sum()),
        of=int(of.sum()),
        share=share_by_days(hits[of], days[of]),
        undecided=undecided,
    )


def _seconds(begin: Whole, end: Whole) -> Floats:
    """Between two stamps; NaN where one is missing. A clock that went back waited nothing."""
    both = (begin != NEVER) & (end != NEVER)
    apart = (np.where(both, end, 0) - np.where(both, begin, 0)) / MICRO
    return np.where(both, np.maximum(apart, 0.0), np.nan)
