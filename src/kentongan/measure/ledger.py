"""The ledger of lost seconds: where the time of each response went, and what of it was avoidable.

A response is a chain of steps of the first unit at the place; the steps sum to it exactly. What a
step took beyond its allowance was avoidable. An allowance is what is known to be possible: a named
time for what people do with their hands, and the median of a reference period where there is one
(so that a delay that came over everybody is seen). The road has none: it is judged by the choice of
unit against the best of the list shown then, not by the driver. That no unit was free is not the
dispatcher's time and stands on its own. What comes after the arrival, the alley and the hospital,
stands in the same list, each with whose seconds they are (`measure.ledger_causes`).

The list is ranked by what each change alone would have saved (`Change.saved_s`), with the P90 and
the share within the limit that the same incidents would have had.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.clocks import Clock
from kentongan.measure.ledger_causes import Of, Part, allowances_of, parts_of
from kentongan.measure.ledger_changes import Change, Missing, change_of, days_of
from kentongan.measure.observations import NEVER
from kentongan.measure.shortage import HOSPITAL_HOLD, NO_FREE_UNIT, waits_of
from kentongan.measure.statistics.arrays import Flags, Floats, Whole, numbered
from kentongan.measure.statistics.quantiles import ENOUGH, quantile, quantile_of
from kentongan.measure.tables import MICRO, Table

CHAIN: Final = (
    Clock.RING,
    Clock.ANSWER,
    Clock.OPENED,
    Clock.LOCATION,
    Clock.NOTIFIED,
    Clock.ACK,
    Clock.ASSIGNED,
    Clock.ALERTED,
    Clock.DEPARTED,
    Clock.ARRIVED,
)
"""Each step is named by the clock that ends it."""

ASIDE: Final = frozenset({Clock.LOCATION, Clock.ACK})
"""Steps that nothing but the choice of a unit waits for, and often not even that: the agency is
told before the place is known, a unit is sent before anybody there has acknowledged."""

CAUSES: Final[Mapping[Clock, str]] = {
    Clock.ANSWER: "queue",
    Clock.OPENED: "questions",
    Clock.LOCATION: "place",
    Clock.NOTIFIED: "notification",
    Clock.ACK: "acknowledgement",
    Clock.ASSIGNED: "dispatch",
    Clock.ALERTED: "alert",
    Clock.DEPARTED: "turnout",
    Clock.ARRIVED: "road",
}

ALLOWANCE_S: Final[Mapping[Clock, float]] = {
    Clock.ANSWER: 10.0,  # NFPA 1225: 90 % within 10 s
    Clock.OPENED: 10.0,
    Clock.LOCATION: 20.0,  # EVALUATION section 3: P50 20 s
    Clock.NOTIFIED: 10.0,
    Clock.ACK: 30.0,
    Clock.ASSIGNED: 30.0,
    Clock.ALERTED: 5.0,
    Clock.DEPARTED: 60.0,  # NFPA 1710: 60 s for an ambulance's crew
}
"""What a step may take without anything being lost, seconds."""

REFERENCE: Final = timedelta(days=90)
"""Medians are those of so long before the span, whatever its length (EVALUATION section 6.2)."""

BESIDE: Final = 5
"""Causes that are no step of the chain; they come last."""

SLOWEST: Final = 0.9
"""The slow decile: responses from this percentile on."""


class Step(Struct, frozen=True, kw_only=True):
    """One step over all responses, and over the slow decile (`slow_mean_s`). The two shares reorder
    the priorities: both are shown. In `overlaps` responses it ran beside a later one: 0 s."""

    cause: str
    clock: str
    mean_s: float
    slow_mean_s: float
    p50_s: float
    share_of_mean: float
    share_of_slow_excess: float
    p90_if_median_s: float
    overlaps: int


class Reference(Struct, frozen=True, kw_only=True):
    """What the medians are of: responses of the `REFERENCE` before, and the days they lie on."""

    days: int
    n: int


class Ledger(Struct, frozen=True, kw_only=True):
    """The whole of it. `unmeasured` are incidents without both ends of the chain or with the last
    before the first, `early` measured ones of which a step has a stamp before the chain's start: it
    is not believed. `missing` are causes that the record tells too little of. Without a `reference`
    the allowances are the named ones."""

    n: int
    unmeasured: int
    early: int
    limit_s: float
    p50_s: float
    p90_s: float
    within: float
    steps: tuple[Step, ...]
    changes: tuple[Change, ...]
    missing: tuple[Missing, ...] = ()
    reference: Reference | None = None


class Chain(Struct, frozen=True):
    """Steps of each response, seconds: one row each, in the order of `clocks`. `overlaps` says
    which of them ended when a later one was over already, so that nobody waited for them: 0 s;
    `early` which were stamped before the chain began: such a stamp counts as none."""

    clocks: tuple[Clock, ...]
    steps: Floats
    rows: Flags
    overlaps: Flags
    early: Flags

    @property
    def totals(self) -> Floats:
        """The whole response of each."""
        return self.steps.sum(axis=1)

    def step(self, clock: Clock) -> Floats:
        """The step that a clock ends, in each; 0 s where nobody stamps it."""
        if clock not in self.clocks:
            return np.zeros(len(self.steps))
        return self.steps[:, self.clocks.index(clock)]

    def is_early(self, clock: Clock) -> Flags:
        """Where the stamp of a clock lies before the chain's start."""
        if clock not in self.clocks:
            return np.zeros(len(self.steps), dtype=np.bool_)
        return self.early[:, self.clocks.index(clock)]


def chain_of(table: Table, start: Clock = Clock.RING) -> Chain:
    """The steps of every response that has both ends; they sum exactly to the whole.

    A stamp that is missing gives its time to the next step. One that came after a later step was
    over, such as an acknowledgement after the departure, kept nobody waiting: its step is 0 and the
    time belongs to what did end first. One before the start (a clock that is off, a
    call that came for what was under way already) ends no step: it is as if it were missing.
    """
    clocks = tuple(c for c in CHAIN[CHAIN.index(start) :] if c in table.at)
    if clocks[:1] != (start,) or clocks[-1:] != (Clock.ARRIVED,):
        none = np.empty((0, 0))
        no_flags = none.astype(np.bool_)
        return Chain((), none, np.zeros(table.size, dtype=np.bool_), no_flags, no_flags)
    first, last = table.moments(clocks[0]), table.moments(clocks[-1])
    rows = (first != NEVER) & (last != NEVER) & (last >= first)
    stamped = np.stack([table.moments(clock)[rows] for clock in clocks], axis=1)
    early = (stamped != NEVER) & (stamped < stamped[:, :1])
    stamped = np.where(early, NEVER, stamped)
    overlaps = _overlaps(clocks, stamped)
    ends = _ends(clocks, np.where(overlaps, NEVER, stamped))
    order = np.argsort(ends, axis=1, kind="stable")
    took = np.diff(np.take_along_axis(ends, order, axis=1), axis=1, prepend=ends[:, :1])
    steps = np.zeros(ends.shape)
    np.put_along_axis(steps, order, took / MICRO, axis=1)
    return Chain(clocks[1:], steps[:, 1:], rows, overlaps[:, 1:], early[:, 1:])


def _overlaps(clocks: tuple[Clock, ...], stamped: Whole) -> Flags:
    """Which steps ended after one that comes later in the chain; of two steps aside neither waits
    for the other, and only what begins with the choice of a unit may have waited for them."""
    found = np.zeros(stamped.shape, dtype=np.bool_)
    for column, clock in enumerate(clocks):
        after = CHAIN.index(Clock.ASSIGNED if clock in ASIDE else clock)
        for later, other in enumerate(clocks[column + 1 :], column + 1):
            if other not in ASIDE and CHAIN.index(other) >= after:
                was = stamped[:, later] != NEVER
                found[:, column] |= was & (stamped[:, column] > stamped[:, later])
    return found & (stamped != NEVER)


def _ends(clocks: tuple[Clock, ...], stamped: Whole) -> Whole:
    """When each step ended; one that has no stamp ends where the one before it did."""
    ends = stamped.copy()
    before = stamped[:, 0]
    for column, clock in enumerate(clocks):
        moment = stamped[:, column]
        ends[:, column] = np.where(moment == NEVER, before, np.maximum(moment, before))
        if clock not in ASIDE:
            before = ends[:, column]
    return ends


def ledger(
    table: Table,
    *,
    limit_s: float = 600.0,
    reference: Table | None = None,
    start: Clock = Clock.RING,
    chain: Chain | None = None,
) -> Ledger | None:
    """The ledger of these responses; None under `ENOUGH`, when nothing may be concluded.

    `chain` is theirs, where it is known already.
    """
    chain = chain or chain_of(table, start)
    totals = chain.totals
    if len(totals) < ENOUGH:
        return None
    ordered = np.sort(totals)
    parts = _parts(table, chain, start)
    past = _past(reference, start)
    allowances = _allowances(reference, past, start)
    worth = [one for one in parts if int(one.known.sum()) >= ENOUGH]
    changes = [
        change_of(table, chain.rows, one, allowances[one.cause], limit_s)
        for one in worth
        if one.cause in allowances
    ]
    return Ledger(
        n=len(totals),
        unmeasured=int((~chain.rows).sum()),
        early=int(chain.early.any(axis=1).sum()),
        limit_s=limit_s,
        p50_s=quantile(ordered, 0.5),
        p90_s=quantile(ordered, 0.9),
        within=float((totals <= limit_s).mean()),
        steps=tuple(_steps(chain)),
        changes=tuple(sorted(changes, key=lambda change: -change.saved_s)),
        missing=tuple(
            Missing(cause=one.cause, n=int(one.known.sum()), due=int(one.due.sum()))
            for one in parts
            if one.cause in allowances and one not in worth and not _is_unheard_of(one)
        ),
        reference=_reference(reference, past),
    )


def _is_unheard_of(part: Part) -> bool:
    """That no unit was free is written down only when it happens: of nothing written nothing is
    missing."""
    return part.cause in {NO_FREE_UNIT, HOSPITAL_HOLD} and not part.due.any()


def _parts(table: Table, chain: Chain, start: Clock) -> tuple[Part, ...]:
    """Every cause in every response; a step whose end was not stamped is not known."""
    totals = chain.totals
    dispatch = chain.step(Clock.ASSIGNED)
    decided = dispatch - sum(waits_of(table, chain.rows, dispatch))
    found: list[Part] = []
    for clock in CHAIN[CHAIN.index(start) + 1 :]:
        known = (table.moments(clock)[chain.rows] != NEVER) & ~chain.is_early(clock)
        taken = decided if clock is Clock.ASSIGNED else chain.step(clock)
        found.append(
            Part(
                cause=CAUSES[clock],
                clock=clock,
                of=Of.ARRIVAL,
                seconds=np.where(known, taken, np.nan),
                due=np.ones(len(totals), dtype=np.bool_),
                whole=totals,
            )
        )
    road = chain.step(Clock.ARRIVED)
    return (*found, *parts_of(table, chain.rows, totals, road, dispatch))


def _past(reference: Table | None, start: Clock) -> Chain | None:
    """The responses before; None under `ENOUGH` of them, whose median proves nothing."""
    chain = None if reference is None else chain_of(reference, start)
    return chain if chain is not None and len(chain.totals) >= ENOUGH else None


def _reference(table: Table | None, past: Chain | None) -> Reference | None:
    if table is None or past is None:
        return None
    days = days_of(table.moments(Clock.ARRIVED)[past.rows], table.offset_s)
    return Reference(days=numbered(days)[1], n=len(days))


def _allowances(reference: Table | None, past: Chain | None, start: Clock) -> dict[str, float]:
    """By cause; the road has none."""
    known = {CAUSES[clock]: limit for clock, limit in ALLOWANCE_S.items()}
    if reference is None or past is None:
        return known | allowances_of(None)
    for clock, median in zip(past.clocks, np.median(past.steps, axis=0), strict=True):
        if clock in ALLOWANCE_S:
            known[CAUSES[clock]] = min(ALLOWANCE_S[clock], float(median))
    return known | allowances_of(_parts(reference, past, start)[-BESIDE:])


def _steps(chain: Chain) -> Iterable[Step]:
    totals = chain.totals
    slow = totals >= quantile_of(totals, SLOWEST)
    for column in range(len(chain.clocks)):
        yield _step(chain, column, totals, slow)


def _step(chain: Chain, column: int, totals: Floats, slow: Flags) -> Step:
    step, mean = chain.steps[:, column], float(totals.mean())
    excess = float(totals[slow].mean()) - mean
    own = float(step[slow].mean() - step.mean())
    median = float(np.median(step))
    capped = totals - step + np.minimum(step, median)
    return Step(
        cause=CAUSES[chain.clocks[column]],
        clock=chain.clocks[column],
        mean_s=float(step.mean()),
        slow_mean_s=float(step[slow].mean()),
        p50_s=median,
        share_of_mean=float(step.mean()) / mean if mean else math.nan,
        share_of_slow_excess=own / excess if excess else math.nan,
        p90_if_median_s=quantile_of(capped, 0.9),
        overlaps=int(chain.overlaps[:, column].sum()),
    )
