"""Which units take the seats of a run card: as many as can be, the best ranked, the scarce spared.

Theory: lines and units are the two sides of a matching, and the units that can be matched together
form a matroid. Taking units in the order of the recommendation, each one that still can be matched
beside those taken before, therefore gives as many filled lines as there can be, and of all such
sets the one with the best ranks.

The rule of sparing then exchanges, as long as there is one to exchange, a unit that was taken for
one that was not and may sit in its place:

    for a lower one     that lacks a higher capability (advanced life support) the taken one has,
                        and comes in the same minute, sooner, or at most `SPARE_S` later
    for a plainer one   of the same agency that can do nothing more and something less, and comes
                        in the same minute or sooner

and only while no line's work begins later: the first unit that can do what a line asks, of those
present and those sent, arrives in the same minute as before or sooner. So the nearest advanced life
support goes, whatever it is seated for, and the second one stays for the next patient while a basic
ambulance can take its seat. The earliest of the taken is exchanged first and for the earliest,
which spares as many as can be; of one minute the worst ranked is exchanged for the best ranked.

Times are as the order of the recommendation counts them (`recommend.counted_of`): mutual aid is
later by what asking costs, and one whose place nobody knows by a day, so it spares no own unit.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from kentongan.cities.run_cards import RunLine
from kentongan.core.eligibility import SUBSTITUTES, fills
from kentongan.core.rows import UnitRow

SPARE_S: Final = 300.0
"""How much later a lower unit may come than the higher one it spares, seconds: more hands that
come five minutes after the first are still help; later ones are not worth an ambulance spared."""

_MINUTE_S: Final = 60

Taken = dict[int, UnitRow]
"""Who sits where: by the number of the seat."""


class Coming(NamedTuple):
    """A unit that can be sent, and how soon it is there at the latest as the order counts it
    (`recommend.counted_of`: mutual aid is later); infinite if unknown."""

    row: UnitRow
    counted_s: float = math.inf


def seat_all(
    seats: Sequence[RunLine], present: Sequence[UnitRow], offered: Sequence[Coming]
) -> Taken:
    """Who is there already first, then who is offered, best first, then spare the scarce."""
    taken: Taken = {}
    _seat(seats, present, taken)
    there = frozenset(row.key for row in present)
    _seat(seats, [one.row for one in offered], taken)
    return _spare(seats, present, [one for one in offered if one.row.key not in there], taken)


def _seat(seats: Sequence[RunLine], rows: Sequence[UnitRow], taken: Taken) -> None:
    """Seat each row that can be, moving others but never sending them away."""
    hopeless: set[int] = set()  # seats whose holders cannot move: what failed once fails again
    for row in rows:
        if len(taken) == len(seats):
            return
        tried = set(hopeless)
        if not _find_seat(row, seats, taken, tried):
            hopeless = tried


def _find_seat(row: UnitRow, seats: Sequence[RunLine], taken: Taken, tried: set[int]) -> bool:
    """Augmenting path by depth-first search; as deep as there are seats."""
    for seat, line in enumerate(seats):
        if seat in tried or not fills(line, row):
            continue
        tried.add(seat)
        holder = taken.get(seat)
        if holder is None or _find_seat(holder, seats, taken, tried):
            taken[seat] = row
            return True
    return False


# --- sparing -------------------------------------------------------------------------------------


def _spare(
    seats: Sequence[RunLine], present: Sequence[UnitRow], offered: Sequence[Coming], taken: Taken
) -> Taken:
    """Exchange until nobody is left to exchange; each exchange sends something less, so it ends."""
    lines = list(dict.fromkeys(seats))
    able = [one for one in offered if any(fills(line, one.row) for line in lines)]
    soonest = sorted(able, key=lambda one: _minute(one.counted_s))  # of one minute the best ranked
    while (found := _exchange(seats, lines, present, soonest, taken)) is not None:
        taken = found
    return taken


def _exchange(
    seats: Sequence[RunLine],
    lines: Sequence[RunLine],
    present: Sequence[UnitRow],
    soonest: Sequence[Coming],
    taken: Taken,
) -> Taken | None:
    """Who sits where after the first exchange that may be; None when there is none."""
    sitting = {row.key for row in taken.values()}
    sent = [one for one in reversed(soonest) if one.row.key in sitting]
    sent.sort(key=lambda one: _minute(one.counted_s))  # of one minute the worst ranked
    others = _worth_trying([one for one in soonest if one.row.key not in sitting])
    before = _begins(lines, present, sent)
    for one in sent:
        for other in others:
            if not _spares(other, one):
                continue
            after = _begins(lines, present, [other, *(at for at in sent if at != one)])
            if any(late > first for late, first in zip(after, before, strict=True)):
                continue
            rest = {seat: row for seat, row in taken.items() if row.key != one.row.key}
            if _find_seat(other.row, seats, rest, set()):
                return rest
    return None


def _worth_trying(soonest: Sequence[Coming]) -> list[Coming]:
    """Of those that can do the same for the same agency the first, and whoever of its minute is
    there some seconds before all of them that were named: where none of these may go in somebody's
    place, none of the others may. Seconds tell apart who comes just in time, minutes the rest."""
    tried: list[Coming] = []
    last: dict[tuple[str, tuple[str, ...]], float] = {}
    for one in soonest:
        kind = (one.row.agency, one.row.capabilities)
        if kind not in last or one.counted_s < last[kind]:
            last[kind] = one.counted_s
            tried.append(one)
    return tried


def _spares(other: Coming, one: Coming) -> bool:
    """Whether the other one is to be preferred to one that is taken."""
    if is_lower(other.row, one.row):
        return spares_in_time(other.counted_s, one.counted_s)
    return is_plainer(other.row, one.row) and as_soon(other.counted_s, one.counted_s)


def is_lower(other: UnitRow, one: UnitRow) -> bool:
    """Whether the other lacks a higher capability that the one has, and has no other."""
    return _highs(other) < _highs(one)


def is_plainer(other: UnitRow, one: UnitRow) -> bool:
    """Whether the other is of the same agency and can do nothing more and something less."""
    return other.agency == one.agency and set(other.capabilities) < set(one.capabilities)


def _highs(row: UnitRow) -> set[str]:
    return SUBSTITUTES.keys() & set(row.capabilities)


def spares_in_time(other_s: float, one_s: float) -> bool:
    """Whether a lower unit comes early enough for a higher one to be spared. Numbers only: the
    twin compiles this and the next one."""
    return other_s <= one_s + SPARE_S


def as_soon(other_s: float, one_s: float) -> bool:
    """In the same minute or sooner, as far as that is known."""
    return one_s < math.inf and other_s // _MINUTE_S <= one_s // _MINUTE_S


def _begins(
    lines: Sequence[RunLine], present: Iterable[UnitRow], sent: Sequence[Coming]
) -> list[float]:
    """The minute in which each line's work begins at the latest."""
    there = [Coming(row, 0.0) for row in present]
    return [
        min(
            (_minute(one.counted_s) for one in (*there, *sent) if fills(line, one.row)),
            default=math.inf,
        )
        for line in lines
    ]


def _minute(counted_s: float) -> float:
    return counted_s if counted_s == math.inf else counted_s // _MINUTE_S
