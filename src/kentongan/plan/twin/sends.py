"""Who can be sent to what, asked of the core itself: its fit, its run cards, its substitutes.

A plan is a kind of incident at a priority. The core's functions are called once for each plan and
unit; the clockwork then only looks up what they said.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct

from kentongan.cities.facts import Capability
from kentongan.cities.run_cards import RunLine
from kentongan.cities.taxonomy import Nature
from kentongan.core.eligibility import fills, fit, stands_in
from kentongan.core.plans import Plans
from kentongan.core.rows import UnitRow
from kentongan.core.run_card import asked_for
from kentongan.core.seating import is_lower, is_plainer
from kentongan.plan.arrays import Whole
from kentongan.plan.twin.city import Sends
from kentongan.plan.twin.rows import FILLS, LOWER, NOBODY, PLAINER, SEATS_MAX, STANDS_IN

CARRIERS = frozenset({Capability.ALS, Capability.BLS, Capability.TRANSPORT})
"""A line that asks for one of these is a line whose unit takes patients to hospital."""


class Asking(Struct, frozen=True, kw_only=True):
    """A kind of incident, and the lines that are to be sent to it."""

    key: str
    nature: Nature
    lines: tuple[RunLine, ...]


def asking_of(natures: Iterable[tuple[Nature, str]], plans: Plans) -> tuple[Asking, ...]:
    """What the run cards send to each kind of incident at that priority, if anything."""
    found = (
        Asking(key=f"{nature.code} {priority}", nature=nature, lines=card.lines)
        for nature, priority in natures
        if (card := asked_for(nature, priority, plans)).lines
    )
    return tuple(found)


def sends_of(asking: Sequence[Asking], units: Sequence[UnitRow]) -> Sends:
    """The tables for these kinds and these units, in their order."""
    lines: list[RunLine] = []
    number: dict[RunLine, int] = {}
    seats: list[int] = []
    first = [0]
    for one in asking:
        for line in one.lines:
            alike = RunLine(needs=line.needs, agencies=line.agencies)
            if alike not in number:
                number[alike] = len(lines)
                lines.append(alike)
            seats += [number[alike]] * line.count
        del seats[first[-1] + SEATS_MAX :]
        first.append(len(seats))
    return Sends(
        plans=tuple(one.key for one in asking),
        first=np.array(first, dtype=np.int64),
        line=np.array(seats, dtype=np.int64),
        carries=np.array([int(bool(CARRIERS & {*line.needs})) for line in lines], dtype=np.int64),
        tier=np.array([[_tier(one, unit) for unit in units] for one in asking], dtype=np.int64),
        fills=_fills(lines, units),
        spares=np.array(
            [[_spares(other, unit) for unit in units] for other in units], dtype=np.int64
        ),
    )


def _tier(one: Asking, unit: UnitRow) -> int:
    found = fit(one.nature, unit, frozenset(one.nature.support), one.lines)
    return NOBODY if found is None else found.tier


def _spares(other: UnitRow, unit: UnitRow) -> int:
    if is_lower(other, unit):
        return LOWER
    return PLAINER if is_plainer(other, unit) else 0


def _fills(lines: Sequence[RunLine], units: Sequence[UnitRow]) -> Whole:
    return np.array(
        [
            [FILLS if fills(line, unit) else STANDS_IN * stands_in(line, unit) for unit in units]
            for line in lines
        ],
        dtype=np.int64,
    )
