"""What may be told of an arrival: turnout, the drive, and the last metres on foot.

Figures come in with their source; no map is known here. While roads answer for anybody, a unit that
only a straight line answers for is cut off: it goes after those that can drive, and nothing is
promised of it. The time on foot is part of every time told; beyond `WALK_PROMISED_M` nothing is
promised, because nobody knows what lies between the last open road and the place: in a flood it is
water. Of a unit far from any road (`FAR_SNAP`) the same is true of its first metres. While the
geography is away straight lines are all there is, and are promised, named so, but not while any
road is shut: a straight line knows nothing of closures and floods. Whoever drives to the middle of
an area still looks for the house there: the range is wider by that, and nothing is promised to a
place known worse than `PLACE_PROMISED_M`.

A promise is as good as the position it starts from. A unit drives as far away in a while as it
needs to come back, so a position that is older than `POSITION_OLD_S` widens the range by its age at
both ends, and the promise says so; one older than `POSITION_LOST_S` is promised nothing from. One
that is known to some hundred metres only counts as a place known so badly does: wider, and beyond
`PLACE_PROMISED_M` nothing. A unit that was never heard of is taken to stand at its post, with the
widest range, and that is said.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from kentongan.core.arrival import PLACE_MAX_M, is_coarse
from kentongan.core.candidates import STRAIGHT_LINE, Candidate, Reason, Travel
from kentongan.core.words import Place, Promise

WALK_M_S: Final = 1.2
"""On foot with a stretcher or a hose, metres per second."""

WALK_PROMISED_M: Final = 300.0
"""Farther on foot nothing is promised, metres: about as deep as a kampung lies behind its street;
what is farther from every open road is more likely water than an alley."""

POSITION_OLD_S: Final = 120
"""Older positions are warned about and widen a promise; the limit of alarm A-10."""

POSITION_LOST_S: Final = 600
"""From a position older than this (10 min) nothing is promised: the range would be wider than 20
minutes and say nothing. Of a unit that was never heard of it is how far the range is widened."""

PLACE_PROMISED_M: Final = 600.0
"""To a place, or from a position, that is known less well nothing is promised, metres: a
kelurahan's middle, a cell. A landmark or street to within some hundred metres is found by asking
the way."""

LOOKING_M_S: Final = 4.0
"""How fast a unit covers what a place is off, looking for it: about 15 km/h, metres per second.
What its own position is off counts the same: it may have to come round blocks that nobody sees."""

CUT_OFF_MARKS: Final = ("on_closed", "off_network", "not_reached", "place_off_network")
"""Marks that say why no road answers for a journey (`geography.Journey`)."""

FAR_SNAP: Final = "far_snap"
"""Mark of a unit that stands farther from every road than may be promised from."""

_KM: Final = 1_000
_MINUTE_S: Final = 60


class Times(NamedTuple):
    """Seconds until it is there, as a range; None while nobody can say."""

    low: float | None
    high: float | None

    @property
    def latest(self) -> float:
        """The high end; infinite while nobody can say."""
        return float("inf") if self.high is None else self.high


def times_of(one: Candidate, wait_s: float = 0.0) -> Times:
    """Waiting, turnout, drive and walk."""
    if one.travel is None:
        return Times(None, None)
    beside_s = wait_s + one.turnout_s + one.walk_m / WALK_M_S
    return Times(beside_s + one.travel.seconds_low, beside_s + one.travel.seconds_high)


def roads_answer(candidates: Sequence[Candidate]) -> bool:
    """Whether roads were asked at all: they answer for somebody, or say why they do not."""
    return any(_is_by_road(one.travel) or _says_why(one) for one in candidates)


def is_cut_off(one: Candidate, *, by_road: bool) -> bool:
    """Whether no road answers for the unit although roads answer (`by_road`)."""
    return by_road and one.travel is not None and not _is_by_road(one.travel)


def no_road(one: Candidate, *, by_road: bool) -> tuple[Reason, ...]:
    """The warning for a unit that is cut off without a mark that says why."""
    if is_cut_off(one, by_road=by_road) and not _says_why(one):
        return (Reason("no_road", {}),)
    return ()


def unasked(one: Candidate, *, by_road: bool, is_shut: bool) -> tuple[Reason, ...]:
    """The warning for a straight line that stands in for roads of which some are shut."""
    if one.travel is None or by_road or not is_shut or _is_by_road(one.travel):
        return ()
    return (Reason("roads_unasked", {}),)


def place_doubt(place: Place | None) -> tuple[Reason, ...]:
    """The warning for a place that is known too badly to arrive at: the promise is wider, or none
    is made."""
    if place is None or not is_coarse(place):
        return ()
    radius_m = place.radius_m or 0.0
    key = "place_coarse" if radius_m > PLACE_PROMISED_M else "place_rough"
    return (Reason(key, {"radius_m": f"{radius_m:.0f}"}),)


def position_age_s(one: Candidate, now: datetime) -> float | None:
    """How old its position is; None when it was never heard of."""
    return None if one.fix is None else (now - one.fix.at).total_seconds()


def start_doubt_m(one: Candidate) -> float:
    """How badly its own position is known, metres: 0 where it is as well as a place to arrive at,
    where its receiver does not say, and of one that was never heard of, which is told apart."""
    accuracy_m = 0.0 if one.fix is None else one.fix.accuracy_m or 0.0
    return accuracy_m if accuracy_m > PLACE_MAX_M else 0.0


def start_doubt(one: Candidate) -> tuple[Reason, ...]:
    """The warning for a unit whose position is known badly: the promise is wider, or none is
    made."""
    doubt_m = start_doubt_m(one)
    return (Reason("position_coarse", {"accuracy_m": f"{doubt_m:.0f}"}),) if doubt_m else ()


def told_times(one: Candidate, now: datetime, place: Place | None = None) -> Times:
    """The times as they may be told: wider the less is known of where it starts from, and of the
    place. The low end may be before now: whoever tells it never lets a unit arrive before it
    departs."""
    times, age_s = times_of(one), position_age_s(one, now)
    if times.low is None or times.high is None:
        return times
    wider_s = POSITION_LOST_S if age_s is None else age_s if age_s > POSITION_OLD_S else 0.0
    if place is not None and is_coarse(place):
        wider_s += (place.radius_m or 0.0) / LOOKING_M_S
    wider_s += start_doubt_m(one) / LOOKING_M_S
    return Times(times.low - wider_s, times.high + wider_s)


def _says_why(one: Candidate) -> bool:
    return not _is_by_road(one.travel) and any(mark in CUT_OFF_MARKS for mark in one.marks)


def _is_by_road(travel: Travel | None) -> bool:
    return travel is not None and travel.source != STRAIGHT_LINE


def promise_of(
    one: Candidate,
    depart_by: datetime,
    now: datetime,
    *,
    by_road: bool,
    is_shut: bool = False,
    place: Place | None = None,
) -> Promise | None:
    """What may be told; None where nobody can say how long it takes to be there. `is_shut`: some
    road of the city is closed or under water; `place`: where to, as well as that is known."""
    times, travel, age_s = told_times(one, now, place), one.travel, position_age_s(one, now)
    if times.low is None or times.high is None or travel is None:
        return None
    is_pathless = one.walk_m > WALK_PROMISED_M or FAR_SNAP in one.marks
    if is_cut_off(one, by_road=by_road) or is_pathless:
        return None
    place_m = 0.0 if place is None else place.radius_m or 0.0
    if max(place_m, start_doubt_m(one)) > PLACE_PROMISED_M:
        return None
    is_lost = age_s is not None and age_s > POSITION_LOST_S
    if is_lost or unasked(one, by_road=by_road, is_shut=is_shut):
        return None
    return Promise(
        depart_by=depart_by,
        arrive_from=max(depart_by, now + timedelta(seconds=times.low)),
        arrive_to=now + timedelta(seconds=times.high),
        travel_source=travel.source,
        position_age_s=age_s if age_s is not None and age_s > POSITION_OLD_S else None,
        at_post=age_s is None,
    )


def arrives(times: Times, travel: Travel | None) -> tuple[Reason, ...]:
    """The range in minutes, the way in km, and the source."""
    if times.low is None or times.high is None or travel is None:
        return ()
    params = {
        "minutes_low": f"{times.low / _MINUTE_S:.0f}",
        "minutes_high": f"{times.high / _MINUTE_S:.0f}",
        "distance_km": f"{travel.distance_m / _KM:.1f}",
        "source": travel.source,
    }
    return (Reason("arrives", params),)
