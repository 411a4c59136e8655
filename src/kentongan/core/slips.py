"""A promise that will not be kept is told anew, before whoever waits notices. Pure.

A range that was told holds while the unit can still keep it. It is told anew, by rule and by nobody
else, when the latest arrival has gone a minute past the one promised (a queue, a flood, a crew that
has not left), or when all of the range lies before the earliest one promised. What was promised
first stays beside it: the alarm of a late unit and the ledger of promises count from that, so a
promise that moves never makes a delay look like none.

It is told from what is known and not guessed: from a fresh position, by roads where roads were
promised, never of a unit that is cut off or stands at the place already.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from kentongan.core.arrival import NEAR_M
from kentongan.core.candidates import STRAIGHT_LINE, Candidate
from kentongan.core.rows import Assignment
from kentongan.core.travel_times import POSITION_OLD_S, position_age_s, promise_of, roads_answer
from kentongan.core.words import Progress, Promise

MOVED: Final = timedelta(minutes=1)
"""A range that moved less is the same: it is told in whole minutes."""

EVERY: Final = timedelta(minutes=2)
"""Not more often: a caller who hears another time each minute believes none of them."""

REVISIONS_MAX: Final = 5
"""Of one unit's way; who slips more often needs another unit, not another time."""

ON_THE_WAY: Final = (Progress.ASSIGNED, Progress.ACCEPTED, Progress.DEPARTED)


def may_change(one: Assignment, now: datetime) -> bool:
    """Whether the promise made of a unit may be told anew now."""
    if not one.open or one.promise is None or one.progress not in ON_THE_WAY:
        return False
    told_at = one.revised_at or one.progress_at.get(Progress.ASSIGNED)
    return one.revisions < REVISIONS_MAX and (told_at is None or now - told_at >= EVERY)


def revised(
    one: Assignment, candidate: Candidate, now: datetime, *, is_shut: bool = False
) -> Promise | None:
    """What is to be told instead of the promise made; None while that holds, or while nothing
    better is known. `is_shut` as in `travel_times.promise_of`."""
    promise = one.promise
    if promise is None or not may_change(one, now) or not _is_known(one, promise, candidate, now):
        return None
    again = _again(one, promise, candidate, now, is_shut=is_shut)
    if again is None or again.arrive_to < again.arrive_from:
        return None
    is_later = again.arrive_to >= promise.arrive_to + MOVED
    is_sooner = again.arrive_to <= promise.arrive_from - MOVED
    return again if is_later or is_sooner else None


def _is_known(one: Assignment, promise: Promise, candidate: Candidate, now: datetime) -> bool:
    """Whether where it is says more than what was promised."""
    travel, age_s = candidate.travel, position_age_s(candidate, now)
    if travel is None or travel.distance_m <= NEAR_M:
        return False
    if travel.source == STRAIGHT_LINE != promise.travel_source:
        return False
    if age_s is None:
        return promise.at_post and one.progress is not Progress.DEPARTED
    return age_s <= POSITION_OLD_S


def _again(
    one: Assignment, promise: Promise, candidate: Candidate, now: datetime, *, is_shut: bool
) -> Promise | None:
    departed_at = one.progress_at.get(Progress.DEPARTED)
    if departed_at is not None:
        rest_s, depart_by = 0.0, min(promise.depart_by, departed_at)
    else:
        rest_s = _turnout_left_s(one, candidate, now)
        depart_by = max(promise.depart_by, now + timedelta(seconds=rest_s))
    rolling = structs.replace(candidate, turnout_s=rest_s)
    by_road = roads_answer([candidate])
    return promise_of(rolling, depart_by, now, by_road=by_road, is_shut=is_shut)


def _turnout_left_s(one: Assignment, candidate: Candidate, now: datetime) -> float:
    """What is left of the time to get rolling; all of it anew when it is over and nobody left."""
    assigned_at = one.progress_at.get(Progress.ASSIGNED, now)
    left_s = candidate.turnout_s - (now - assigned_at).total_seconds()
    return left_s if left_s > 0 else candidate.turnout_s
