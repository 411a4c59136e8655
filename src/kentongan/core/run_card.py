"""Which run card is for an incident, and the set of units that does what it asks for.

A card that names the sub-category goes before one that names its category; without a card one unit
is asked for that can do what the sub-category needs. The plan is a proposal: the dispatcher marks
it with one key and changes it at will.

Only who can get there is proposed; a unit that is cut off is never in a plan, and what nobody else
can do is told as wanting. Who sits where is the matching of `core.seating`, which spares what is
scarce. A substitute (basic for advanced life support) only takes a line that nobody fills in full.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from kentongan.cities.run_cards import RunCard, RunLine, RunStage
from kentongan.cities.taxonomy import Nature
from kentongan.core.candidates import Plan, PlannedUnit, Wanting
from kentongan.core.eligibility import stands_in
from kentongan.core.plans import Plans
from kentongan.core.rows import UnitRow
from kentongan.core.seating import Coming, Taken, seat_all
from kentongan.core.words import UnitId

SEATS_MAX: Final = 100
"""Units one plan asks for; more than two fleets of the city, cut there."""


class Asked(NamedTuple):
    """What is to be sent: the card's key, empty without a card, and its lines."""

    card: str
    lines: tuple[RunLine, ...]


def asked_for(nature: Nature, priority: str | None, plans: Plans) -> Asked:
    """The lines for that kind of incident at that priority; the nature's own if none is set."""
    level = priority or nature.priority.value
    for is_meant in (_names_nature(nature), _names_category(nature)):
        for card in plans.run_cards:
            stage = _stage(card, level) if is_meant(card) else None
            if stage is not None:
                return Asked(card.key, stage.send)
    return Asked("", (RunLine(needs=nature.needs),) if nature.needs else ())


def _names_nature(nature: Nature) -> Callable[[RunCard], bool]:
    return lambda card: nature.code in card.natures


def _names_category(nature: Nature) -> Callable[[RunCard], bool]:
    return lambda card: nature.category in card.categories


def _stage(card: RunCard, level: str) -> RunStage | None:
    return next((stage for stage in card.stages if level in stage.priorities), None)


def plan(asked: Asked, present: Sequence[UnitRow], offered: Sequence[Coming]) -> Plan | None:
    """The set to send, `offered` (who can get there) best first; None when nothing is asked for."""
    seats = [line for line in asked.lines for _ in range(line.count)][:SEATS_MAX]
    if not seats:
        return None
    taken = seat_all(seats, present, offered)
    rows = [one.row for one in offered]
    substitutes = _substitutes(seats, [*present, *rows], taken)
    by_unit = {row.key: seat for seat, row in (taken | substitutes).items()}
    return Plan(
        card=asked.card,
        asked=len(seats),
        present=tuple(row.key for row in present if row.key in by_unit),
        units=tuple(
            _planned(row.key, by_unit[row.key], seats, is_full=by_unit[row.key] in taken)
            for row in rows
            if row.key in by_unit
        ),
        wanting=_wanting(
            [line for seat, line in enumerate(seats) if seat not in taken | substitutes]
        ),
    )


def _planned(unit: UnitId, seat: int, seats: Sequence[RunLine], *, is_full: bool) -> PlannedUnit:
    needs = tuple(need.value for need in seats[seat].needs)
    return PlannedUnit(unit=unit, needs=needs, fits=is_full)


def _substitutes(seats: Sequence[RunLine], rows: Sequence[UnitRow], taken: Taken) -> Taken:
    """Who stands in for a seat that nobody fills in full."""
    busy = {row.key for row in taken.values()}
    found: Taken = {}
    for row in rows:
        free = (n for n in range(len(seats)) if n not in taken and n not in found)
        seat = next((n for n in free if stands_in(seats[n], row)), None)
        if seat is not None and row.key not in busy:
            found[seat] = row
    return found


def _wanting(lines: Sequence[RunLine]) -> tuple[Wanting, ...]:
    counted = Counter((line.needs, line.agencies) for line in lines)
    return tuple(
        Wanting(count=count, needs=tuple(need.value for need in needs), agencies=agencies)
        for (needs, agencies), count in counted.items()
    )
