"""Clock offset per source: a planted one is estimated, its interval holds it, others are near 0."""

import math

import numpy as np
from msgspec import structs

from kentongan.measure.clock_offsets import clock_offsets
from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.observations import NEVER, column_of
from kentongan.measure.stamps import TRUST, Source
from kentongan.measure.statistics.arrays import Flags, Whole
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


def test_fire_engines_that_turn_out_later_make_no_ambulance_wrong() -> None:
    """Three units with 40 s more, as their clothes take: held against all, 10 of 12 clocks that
    are right were shown off. Each agency against itself, and a single unit against nobody."""
    chance, held, tried = np.random.default_rng(6), 0, 0
    for _ in range(40):
        works = _works(chance, 0.0)
        is_fire = works.labels["unit"].codes < 3
        for one in clock_offsets(_two_kinds(works, is_fire)):
            assert one.offset.low is not None
            assert one.offset.high is not None
            held += one.offset.low <= 0 <= one.offset.high
            tried += 1
    assert tried == 40 * len(UNITS)
    assert held / tried >= 0.93
    works = _works(chance, 0.0)
    alone = works.labels["unit"].codes == 0
    named = {one.unit for one in clock_offsets(_two_kinds(works, alone))}
    assert named == set(UNITS) - {works.labels["unit"].names[0]}


def _two_kinds(works: Table, is_fire: Flags) -> Table:
    late = np.where(is_fire, 40 * MICRO, 0)
    return structs.replace(
        works,
        at={**works.at, Clock.DEPARTED: works.at[Clock.DEPARTED] + late},
        labels={**works.labels, "agency": column_of(np.where(is_fire, "damkar", "psc").tolist())},
    )
