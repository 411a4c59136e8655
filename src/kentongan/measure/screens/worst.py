"""F7: the slowest tenth, one by one, and what lost most in them (Pareto)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Interval, Subject
from kentongan.measure.ledger import CAUSES, SLOWEST, chain_of
from kentongan.measure.observations import NEVER
from kentongan.measure.screens.frame import Frame
from kentongan.measure.shortage import NO_FREE_UNIT, waited_for, waits_of
from kentongan.measure.statistics.arrays import Flags, Floats, Whole
from kentongan.measure.statistics.quantiles import ENOUGH, quantile_of
from kentongan.measure.statistics.survival import survival_quantile, waiting_curve
from kentongan.measure.tables import MICRO, Table, observe

LISTED_MAX: Final = 50
"""Cases listed; the Pareto counts all of the slowest tenth."""

MANUAL: Final = "manual"
"""The step was stamped by a tap that certainly came late: the time is not known, not lost."""

ADDRESS: Final = "address"
"""The road lost most, and the crew said that the place was really elsewhere."""

NO_UNIT, NEVER_CAME = "no_unit", "never_came"
"""Given up or still waiting without a unit sent, or with one that did not arrive."""

TICKETS: Final = frozenset({"P0", "P4", "P5"})
"""No incident, by appointment, information or complaint: closed without a unit they missed none."""


class Cause(Struct, frozen=True, kw_only=True):
    """A bar of the Pareto: cases in which this lost most, and the seconds beyond the median."""

    cause: str
    cases: int
    lost_s: float
    share: float


class Case(Struct, frozen=True, kw_only=True):
    """One of them; `steps` are seconds in the order of the chain, none where nobody came. Of a
    sensitive incident the kind is not told."""

    incident: str
    number: str
    call: str
    began_at: datetime
    agency: str
    unit: str
    nature: str
    priority: str
    kelurahan: str
    total_s: float
    steps: tuple[float, ...]
    cause: str
    lost_s: float


class Worst(Struct, frozen=True, kw_only=True):
    """F7. `clocks` names the steps; `medians` is what each takes at the median of all."""

    n: int
    slow_n: int
    from_s: float
    clocks: tuple[str, ...]
    causes: tuple[str, ...]
    medians: tuple[float, ...]
    pareto: tuple[Cause, ...]
    cases: tuple[Case, ...]


def worst(frame: Frame) -> Worst | None:
    """The slowest tenth; None under `ENOUGH` responses, when a tenth of them is nobody.

    What nobody came to has waited until it was given up, or until now, and stands among them.
    """
    table = frame.table(Subject.INCIDENT, chain=True)
    start = Clock.RING if Clock.RING in table.at else Clock.NOTIFIED
    chain = chain_of(table, start)
    totals = chain.totals
    if len(totals) < ENOUGH:
        return None
    waiting = _waiting(frame, start)
    medians = np.median(chain.steps, axis=0)
    every = np.concatenate((totals, [one.total_s for one in waiting]))
    least = _slowest_from(every, np.arange(len(every)) < len(totals))
    slow = np.flatnonzero(totals >= least)
    beyond = np.maximum(chain.steps[slow] - medians, 0.0)
    most: Whole = beyond.argmax(axis=1)
    dispatch = chain.step(Clock.ASSIGNED)
    waits = [wait[slow] for wait in waits_of(table, chain.rows, dispatch)]
    lost: list[float] = beyond[np.arange(len(slow)), most].tolist()
    rows: list[int] = np.flatnonzero(chain.rows)[slow].tolist()
    ended: list[int] = most.tolist()
    never = [one for one in waiting if one.total_s >= least]
    found = [
        _case(
            table,
            row,
            float(totals[slow[n]]),
            steps=tuple(chain.steps[slow[n]].tolist()),
            cause=_cause(
                table,
                row,
                chain.clocks[ended[n]],
                float(dispatch[slow[n]]),
                [float(wait[n]) for wait in waits],
            ),
            lost_s=lost[n],
        )
        for n, row in enumerate(rows)
    ]
    found += never
    return Worst(
        n=len(every),
        slow_n=len(found),
        from_s=least,
        clocks=tuple(str(clock) for clock in chain.clocks),
        causes=tuple(CAUSES[clock] for clock in chain.clocks),
        medians=tuple(medians.tolist()),
        pareto=_pareto([one.cause for one in found], [one.lost_s for one in found]),
        cases=tuple(sorted(found, key=lambda one: -one.total_s)[:LISTED_MAX]),
    )


def _cause(
    table: Table, row: int, clock: Clock, dispatch_s: float, waits_s: Sequence[float]
) -> str:
    """Why that step took longest: a tap that came late, a way to another place than was told, no
    unit that was free, or one that a hospital held."""
    if table.is_late(clock)[row]:
        return MANUAL
    if clock is Clock.ARRIVED and table.moments(Clock.CORRECTED)[row] != NEVER:
        return ADDRESS
    if clock is Clock.ASSIGNED:
        return waited_for(dispatch_s, waits_s)
    return CAUSES[clock]


def _waiting(frame: Frame, start: Clock) -> list[Case]:
    """Incidents that no unit came to, with what they waited; all of it is beyond the median, since
    there is no step to compare. A question or a ticket (`TICKETS`) waits for none."""
    table = frame.table(Subject.INCIDENT)
    if not table.size or start not in table.at:
        return []
    seen = observe(Interval("waited", Subject.INCIDENT, start, Clock.ARRIVED), table)
    sent = table.moments(Clock.ASSIGNED) != NEVER
    short = table.moments(Clock.SHORTAGE) != NEVER
    found: list[Case] = []
    priority = table.labels.get("priority")
    for place in np.flatnonzero(~np.isnan(seen.waited)).tolist():
        row, waited_s = int(seen.keys[place]), float(seen.waited[place])
        cause = NEVER_CAME if sent[row] else NO_FREE_UNIT if short[row] else NO_UNIT
        if not sent[row] and priority and priority.names[int(priority.codes[row])] in TICKETS:
            continue
        found.append(_case(table, row, waited_s, steps=(), cause=cause, lost_s=waited_s))
    return found


def _slowest_from(waits: Floats, ended: Flags) -> float:
    """Where the slowest tenth begins: the kept P90 of the sentence (Kaplan-Meier), the percentile
    of what there is where nobody waits or fewer ever had a unit."""
    if ended.all():
        return quantile_of(waits, SLOWEST)
    found = survival_quantile(waiting_curve(waits, ended), SLOWEST)
    return found.value if found else quantile_of(waits, SLOWEST)


def _pareto(causes: list[str], lost: list[float]) -> tuple[Cause, ...]:
    whole = sum(lost) or 1.0
    found = [
        Cause(
            cause=cause,
            cases=causes.count(cause),
            lost_s=sum(s for c, s in zip(causes, lost, strict=True) if c == cause),
            share=sum(s for c, s in zip(causes, lost, strict=True) if c == cause) / whole,
        )
        for cause in set(causes)
    ]
    return tuple(sorted(found, key=lambda one: (-one.lost_s, one.cause)))


def _case(
    table: Table, row: int, total_s: float, *, steps: tuple[float, ...], cause: str, lost_s: float
) -> Case:
    def label(name: str) -> str:
        column = table.labels.get(name)
        return column.names[int(column.codes[row])] if column is not None else ""

    began = min(
        int(table.moments(clock)[row]) for clock in table.at if table.moments(clock)[row] != NEVER
    )
    return Case(
        incident=table.keys[row],
        number=label("number"),
        call=label("call"),
        began_at=datetime.fromtimestamp(began / MICRO, UTC),
        agency=label("agency"),
        unit=label("unit"),
        nature=label("nature"),
        priority=label("priority"),
        kelurahan=label("kelurahan"),
        total_s=total_s,
        steps=steps,
        cause=cause,
        lost_s=lost_s,
    )
