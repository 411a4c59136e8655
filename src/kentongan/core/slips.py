"""A promise that will not be kept is told anew, before whoever waits notices. Pure.

A range that was told holds while the unit can still keep it. It is told anew, by rule and by nobody
else, when the latest arrival has gone a minute past the one promised (a queue, a flood, a crew that
has not left), or when all of the range lies before the earliest one promised. What was promised
first stays beside it: the alarm of a late unit and the ledger of promises count from that, so a
promise that moves never makes a delay look like none.

It is told from what is known and not guessed: from a fresh and fine position, by roads where roads
were promised, never of a unit that is cut off or stands at the place already, on whatever side of a
one-way street. Nor is it told from one position alone: two looks from different ones must find the
same (`is_borne_out`), because a receiver between houses errs by a kilometre now and then.

Who was sent without a promise, because no road answered or nobody knew where it was, gets the first
one on its way by the same rules, and only by road from a fresh position of its own.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from msgspec import structs

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.core.arrival import NEAR_M, STANDS_M_S, UNKNOWN_ACCURACY_M, is_coarse
from kentongan.core.candidates import STRAIGHT_LINE, Candidate
from kentongan.core.rows import Assignment
from kentongan.core.travel_times import (
    POSITION_OLD_S,
    position_age_s,
    promise_of,
    roads_answer,
    start_doubt_m,
)
from kentongan.core.words import Fix, Place, Progress, Promise

MOVED: Final = timedelta(minutes=1)
"""A range that moved less is the same: it is told in whole minutes."""

EVERY: Final = timedelta(minutes=2)
"""Not more often: a caller who hears another time each minute believes none of them."""

REVISIONS_MAX: Final = 5
"""Of one unit's way; who slips more often needs another unit, not another time."""

ON_THE_WAY: Final = (Progress.ASSIGNED, Progress.ACCEPTED, Progress.DEPARTED)


class Around(NamedTuple):
    """What is known beside the unit: its incident's place, where it was first seen since it was
    assigned, and `is_shut` as in `travel_times.promise_of`."""

    place: Place | None = None
    began: Point | None = None
    is_shut: bool = False


NOTHING_MORE: Final = Around()


class Slip(NamedTuple):
    """What one look found: the promise that will not be kept, whether the unit is later or sooner,
    and when the position was measured (None: it has no receiver and is taken to be at its post)."""

    promise: Promise | None
    is_later: bool
    fix_at: datetime | None


def is_borne_out(first: Slip | None, second: Slip) -> bool:
    """Whether two looks in a row found the same of the same promise, from different positions. Of
    a unit without a receiver there is no position to err: the second look is enough."""
    if first is None or first[:2] != second[:2]:
        return False
    return second.fix_at is None or first.fix_at != second.fix_at


def may_change(one: Assignment, now: datetime) -> bool:
    """Whether the promise made of a unit may be told anew now, or the first one made."""
    if not one.open or one.progress not in ON_THE_WAY:
        return False
    if one.promise is None:
        return True
    told_at = one.revised_at or one.progress_at.get(Progress.ASSIGNED)
    return one.revisions < REVISIONS_MAX and (told_at is None or now - told_at >= EVERY)


def revised(
    one: Assignment, candidate: Candidate, now: datetime, around: Around = NOTHING_MORE
) -> Promise | None:
    """What is to be told instead of the promise made, or where none was; None while that holds, or
    while nothing better is known."""
    promise = one.promise
    if not may_change(one, now) or is_there(candidate.fix, around.place):
        return None
    if not _is_known(one, promise, candidate, now):
        return None
    again = _again(one, candidate, now, around)
    if again is None or again.arrive_to < again.arrive_from:
        return None
    if promise is None:
        return again
    is_later = again.arrive_to >= promise.arrive_to + MOVED
    is_sooner = again.arrive_to <= promise.arrive_from - MOVED
    return again if is_later or is_sooner else None


def is_there(fix: Fix | None, place: Place | None) -> bool:
    """Whether it may stand at the place already, as the crow flies: the road round a block says
    nothing of that. Wherever the geofence proposes an arrival this is so, too."""
    if fix is None or place is None or place.point is None:
        return False
    known_m = 0.0 if is_coarse(place) else place.radius_m or 0.0
    return distance_m(fix.point, place.point) <= NEAR_M + known_m + _accuracy_m(fix)


def _accuracy_m(fix: Fix) -> float:
    return UNKNOWN_ACCURACY_M if fix.accuracy_m is None else fix.accuracy_m


def _is_known(
    one: Assignment, promise: Promise | None, candidate: Candidate, now: datetime
) -> bool:
    """Whether where it is says more than what was promised."""
    travel, age_s = candidate.travel, position_age_s(candidate, now)
    if travel is None or travel.distance_m <= NEAR_M:
        return False
    by_line = promise is not None and promise.travel_source == STRAIGHT_LINE
    if travel.source == STRAIGHT_LINE and not by_line:
        return False
    if age_s is None:
        is_at_post = promise is not None and promise.at_post
        return is_at_post and one.progress is not Progress.DEPARTED
    return age_s <= POSITION_OLD_S and not start_doubt_m(candidate)


def _again(one: Assignment, candidate: Candidate, now: datetime, around: Around) -> Promise | None:
    before = None if one.promise is None else one.promise.depart_by
    departed_at = one.progress_at.get(Progress.DEPARTED)
    left_s = _turnout_left_s(one, candidate, now)
    if departed_at is None and left_s <= 0 and _has_left(candidate.fix, around.began):
        departed_at = now
    if departed_at is not None:
        rest_s, depart_by = 0.0, min(before or departed_at, departed_at)
    else:  # all of it anew when it is over and nobody left
        rest_s = left_s if left_s > 0 else candidate.turnout_s
        by = now + timedelta(seconds=rest_s)
        depart_by = max(before or by, by)
    rolling = structs.replace(candidate, turnout_s=rest_s)
    by_road = roads_answer([candidate])
    return promise_of(
        rolling, depart_by, now, by_road=by_road, is_shut=around.is_shut, place=around.place
    )


def _turnout_left_s(one: Assignment, candidate: Candidate, now: datetime) -> float:
    """What is left of the time to get rolling; nothing or less when it is over."""
    assigned_at = one.progress_at.get(Progress.ASSIGNED, now)
    return candidate.turnout_s - (now - assigned_at).total_seconds()


def _has_left(fix: Fix | None, began: Point | None) -> bool:
    """Whether its position says what nobody has tapped: it moves, or is well away from where it
    was (it may wait at a crossing)."""
    if fix is None:
        return False
    if fix.speed_m_s is not None and fix.speed_m_s > STANDS_M_S:
        return True
    return began is not None and distance_m(fix.point, began) - _accuracy_m(fix) > NEAR_M
