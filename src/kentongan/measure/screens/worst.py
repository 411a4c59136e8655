"""F7: the slowest tenth, one by one, and what lost most in them (Pareto)."""

from datetime import UTC, datetime
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.ledger import CAUSES, SLOWEST, chain_of
from kentongan.measure.observations import NEVER
from kentongan.measure.screens.frame import Frame
from kentongan.measure.statistics.arrays import Whole
from kentongan.measure.statistics.quantiles import ENOUGH, quantile_of
from kentongan.measure.tables import MICRO, Table

LISTED_MAX: Final = 50
"""Cases listed; the Pareto counts all of the slowest tenth."""

MANUAL: Final = "manual"
"""The step was stamped by a tap that certainly came late: the time is not known, not lost."""


class Cause(Struct, frozen=True, kw_only=True):
    """A bar of the Pareto: cases in which this lost most, and the seconds beyond the median."""

    cause: str
    cases: int
    lost_s: float
    share: float


class Case(Struct, frozen=True, kw_only=True):
    """One of them; `steps` are seconds in the order of the chain. Of a sensitive incident the kind
    is not told."""

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
    """The slowest tenth; None under `ENOUGH` responses, when a tenth of them is nobody."""
    table = frame.table(Subject.INCIDENT, chain=True)
    start = Clock.RING if Clock.RING in table.at else Clock.NOTIFIED
    chain = chain_of(table, start)
    totals = chain.totals
    if len(totals) < ENOUGH:
        return None
    medians = np.median(chain.steps, axis=0)
    least = quantile_of(totals, SLOWEST)
    slow = np.flatnonzero(totals >= least)
    beyond = np.maximum(chain.steps[slow] - medians, 0.0)
    most: Whole = beyond.argmax(axis=1)
    lost = beyond[np.arange(len(slow)), most]
    rows = np.flatnonzero(chain.rows)[slow]
    ended: list[int] = most.tolist()
    manual = [
        bool(table.is_late(chain.clocks[c])[row])
        for c, row in zip(ended, rows.tolist(), strict=True)
    ]
    causes = [
        MANUAL if by_hand else CAUSES[chain.clocks[c]]
        for c, by_hand in zip(ended, manual, strict=True)
    ]
    order: list[int] = np.argsort(-totals[slow], kind="stable")[:LISTED_MAX].tolist()
    return Worst(
        n=len(totals),
        slow_n=len(slow),
        from_s=least,
        clocks=tuple(str(clock) for clock in chain.clocks),
        causes=tuple(CAUSES[clock] for clock in chain.clocks),
        medians=tuple(medians.tolist()),
        pareto=_pareto(causes, lost.tolist()),
        cases=tuple(
            _case(
                table,
                int(rows[i]),
                float(totals[slow[i]]),
                tuple(chain.steps[slow[i]].tolist()),
                causes[i],
                float(lost[i]),
            )
            for i in order
        ),
    )


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
    table: Table, row: int, total_s: float, steps: tuple[float, ...], cause: str, lost_s: float
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
