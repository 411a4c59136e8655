"""Clock offset per source: a planted one is estimated, its interval holds it, others are near 0."""

import math

import numpy as np

from kentongan.measure.clock_offsets import clock_offsets
from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.observations import NEVER, column_of
from kentongan.measure.stamps import TRUST, Source
from kentongan.measure.statistics.arrays import Whole
from kentongan.measure.tables import MICRO, Table

UNITS = tuple(f"AMB{n:02d}" for n in range(12))


def _works(chance: np.random.Generator, skew_s: float, n: int = 900) -> Table:
    """A month; AMB03's tablet is so far off, and so is the file that AMB04's departures are of."""
    which: Whole = chance.integers(0, len(UNITS), n)
    assigned = np.sort(chance.uniform(0, 30 * 86_400, n))
    departed = assigned + chance.lognormal(math.log(55), 0.4, n)
    departed += np.where(which == 3, skew_s, 0.0)
    at = {Clock.ASSIGNED: assigned, Clock.DEPARTED: departed}
    return Table(
        subject=Subject.WORK,
        size=n,
        at={clock: (seconds * MICRO).astype(np.int64) for clock, seconds in at.items()},
        sources={Clock.DEPARTED: np.where(which == 4, TRUST[Source.IMPORT], TRUST[Source.HAND])
                 .astype(np.uint8)},
        over=np.ones(n, dtype=np.bool_),
        gave_up=np.full(n, NEVER),
        closed=np.full(n, NEVER),
        by_call=np.ones(n, dtype=np.bool_),
        labels={"unit": column_of([UNITS[int(one)] for one in which])},
        until=31 * 86_400 * MICRO,
    )  # fmt: skip


def test_a_planted_offset_is_estimated_with_its_interval() -> None:
    """Three minutes behind, or a quarter of a minute ahead, which nothing impossible betrays."""
    for skew_s in (-180.0, 15.0):
        found = clock_offsets(_works(np.random.default_rng(3), skew_s))
        first = found[0]
        assert (first.unit, first.source) == ("AMB03", "hand")
        assert len(found) == len(UNITS)
        assert first.n == first.offset.n >= 50
        assert first.offset.low is not None
        assert first.offset.high is not None
        assert first.offset.low <= skew_s <= first.offset.high
        assert not first.offset.low <= 0 <= first.offset.high
        assert {one.source for one in found if one.unit == "AMB04"} == {"import"}


def test_the_interval_of_an_offset_holds_the_truth() -> None:
    """Of twelve units that are right, and of one that is not: at least 93 of 100 months. (Where one
    is wrong the others seem 2 s off the other way: it is among those they are held against.)"""
    chance, held, tried = np.random.default_rng(4), 0, 0
    for month in range(200):
        truth = -40.0 if month % 2 else 0.0
        for one in clock_offsets(_works(chance, truth)):
            if truth and one.unit != "AMB03":
                continue
            assert one.offset.low is not None
            assert one.offset.high is not None
            held += one.offset.low <= truth <= one.offset.high
            tried += 1
    assert held / tried >= 0.93


def test_few_departures_and_a_single_unit_say_nothing() -> None:
    """Under twenty there is no line, and one unit has nobody to be held against."""
    assert clock_offsets(_works(np.random.default_rng(5), 0.0, n=60)) == ()
    works = _works(np.random.default_rng(5), 0.0)
    assert clock_offsets(works.where(works.labels["unit"].codes == 0)) == ()
    assert clock_offsets(works.where(np.zeros(works.size, dtype=np.bool_))) == ()
