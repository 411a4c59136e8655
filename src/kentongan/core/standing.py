"""What the board knows of a waiting caller's number. Pure: earlier calls in, a standing out.

*Repeat of P1*: an earlier call of the number belongs to an incident of the highest priority that is
still open. *Returning*: an earlier call was abandoned or dropped a short time ago and nobody has
spoken with them since. *Nuisance*: several pranks or empty calls lately and not one that was meant;
a suspicion that orders the queue (CITY.md, section 12), never a reason to refuse anybody, and one
call that was meant clears it. A withheld number has no earlier calls and no standing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from kentongan.core.call_rows import CallRow
from kentongan.core.queue import Standing
from kentongan.core.words import CallId, Disposition

RETURNS_WITHIN: Final = timedelta(minutes=30)
"""A dropped caller who rings again so soon is taken to ring about the same thing."""

NUISANCE_WITHIN: Final = timedelta(hours=24)
"""A night of pranks; older ones say nothing about this call."""

NUISANCE_CALLS_MIN: Final = 3
"""So many pranks or empty calls, and not one that was meant."""

_EMPTY: Final = frozenset({Disposition.PRANK, Disposition.GHOST})
_MEANT: Final = frozenset({Disposition.INCIDENT, Disposition.INFORMATION, Disposition.CALLED_BACK})


def standing_of(
    row: CallRow, others: Sequence[CallRow], of_open_p1: Collection[CallId], now: datetime
) -> Standing:
    """Of a waiting call, given the other calls of its number and those of open P1 incidents."""
    earlier = [other for other in others if other.key != row.key and other.ring_at <= row.ring_at]
    return Standing(
        repeat_of_p1=any(other.key in of_open_p1 for other in earlier),
        returning=_returns(earlier, now),
        nuisance=_is_nuisance(earlier, now),
    )


def _returns(earlier: Sequence[CallRow], now: datetime) -> bool:
    recent = [other for other in earlier if now - other.ring_at <= RETURNS_WITHIN]
    if not recent:
        return False
    last = max(recent, key=lambda other: other.ring_at)
    return last.open and (last.state == "abandoned" or last.dropped)


def _is_nuisance(earlier: Sequence[CallRow], now: datetime) -> bool:
    recent = [other for other in earlier if now - other.ring_at <= NUISANCE_WITHIN]
    empty = sum(other.disposition in _EMPTY for other in recent)
    return empty >= NUISANCE_CALLS_MIN and not any(other.disposition in _MEANT for other in recent)
