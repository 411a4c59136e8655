"""Which units can help best: ranked, each with its reasons, and why the others are not offered.

It proposes; a dispatcher decides. It knows no map: travel times come in as ranges with their
source. The order is explainable in one sentence: who can drive there before who is cut off, then
units that can do everything before units that can do a part, then who arrives first; a neighbour's
unit (mutual aid) counts as later by a few minutes that the city sets, so that the leading agency's
own goes first unless the neighbour's is plainly sooner, by a fresh position. A unit that is cut off
stays listed, flagged, and is never in the plan. A supporting agency's units and what else the run
card asks for come last. Of two that arrive in the same minute the one that leaves less of the city
uncovered goes first; that is all coverage decides. An old position is warned about, never a reason
to hide a unit.
A unit that is at work elsewhere is never offered: one that will soon be free is named apart, with
the time until then.

Reasons, warnings and refusals are message keys with parameters; the screen has the words.

    reasons     leads, mutual_aid, aid_sooner, supporting, on_card, can_do_all, can_do_part,
                arrives, walk, soon_free
    warnings    lacks, position_old, position_lost, position_unknown, status_old, travel_unknown,
                on_closed, off_network, far_snap, not_reached, place_off_network, no_road,
                roads_unasked, place_rough, place_coarse, position_coarse, pre_alerted, walk_far,
                uncovers, uncovers_more, free_overdue, demo
    not offered off_duty, out_of_service, engaged, crew_emergency, lacks_capability,
                other_agency, too_far
"""

import heapq
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, structs

from kentongan.cities.taxonomy import Nature
from kentongan.core.candidates import (
    Candidate,
    Departures,
    Loss,
    NotOffered,
    Plan,
    PlannedUnit,
    Ranked,
    Reason,
    Recommendation,
    SoonFree,
    Travel,
    Wanting,
)
from kentongan.core.eligibility import (
    Fit,
    fit,
    lacking,
    pre_alerted,
    too_far,
    unavailable,
    unfit_for_duty,
    walk,
    warnings,
)
from kentongan.core.run_card import Asked, Coming, plan
from kentongan.core.travel_times import (
    POSITION_OLD_S,
    Times,
    arrives,
    is_cut_off,
    no_road,
    place_doubt,
    position_age_s,
    promise_of,
    roads_answer,
    start_doubt,
    start_doubt_m,
    times_of,
    unasked,
)
from kentongan.core.words import IncidentId, Place

__all__ = [
    "Candidate",
    "Departures",
    "Loss",
    "NotOffered",
    "Plan",
    "PlannedUnit",
    "Ranked",
    "Reason",
    "Recommendation",
    "SoonFree",
    "Travel",
    "Wanting",
    "Wish",
    "counted_of",
    "minute_of",
    "order_by_minute",
    "order_of",
    "recommend",
]

CANDIDATES_MAX: Final = 5_000
"""Units looked at in one go, as many as positions are kept of; of more the nearest, and the answer
says how many are left out."""

SOON_FREE_MAX_S: Final = 900
"""A unit that needs longer to be free (15 min) is not soon free."""

SOON_FREE_MIN_S: Final = 60
"""Told as the least, when the usual time is over and the unit is still busy."""

APART_S: Final = 120
"""The latest departure is told so much before the earliest arrival, where turnout leaves room for
it: two minutes, because one is rounded up and the other down, and whoever hears it shall hear that
there is a drive between them."""

UNSEEN_AID_S: Final = 86_400.0
"""By how much later (a day) mutual aid counts that nobody knows the place of: it stands behind
every own unit, because "plainly sooner" is not known of it; in its own order it stays."""

_MINUTE_S: Final = 60

_Order = tuple[bool, int, float, float, float, int, str]


class Wish(Struct, frozen=True, kw_only=True):
    """What is asked: the kind of incident and what its plan says.

    `asked` are agencies with a task; `card` what the run card sends; `incident` whose units count
    as present; `busy_s` how long a unit usually stays busy from a step on; `roads_shut` whether any
    road is closed or under water now; `own_first_s` by how much later mutual aid counts; `place`
    where the incident is, as well as it is known.
    """

    nature: Nature
    asked: tuple[str, ...] = ()
    card: Asked = Asked("", ())
    incident: IncidentId | None = None
    busy_s: Mapping[str, int] = {}
    roads_shut: bool = False
    own_first_s: int = 0
    departures: Departures = Departures()
    place: Place | None = None


def recommend(wish: Wish, candidates: Sequence[Candidate], now: datetime) -> Recommendation:
    """Rank the candidates, name the soon free, explain the others, and propose a set."""
    looked_at = _nearest(candidates, wish)
    present = [one for one in looked_at if _is_present(one, wish)]
    supporting = frozenset((*wish.nature.support, *wish.asked))
    by_road = roads_answer(looked_at)
    ranked: list[tuple[_Order, Ranked]] = []
    soon: list[tuple[tuple[bool, bool, float, str], SoonFree]] = []
    others: list[tuple[Candidate, Reason]] = []
    for one in (one for one in looked_at if not _is_present(one, wish)):
        found = fit(wish.nature, one.unit, supporting, wish.card.lines)
        why = unavailable(one)
        if found is not None and why is None:
            order = _order(one, found, wish, now, by_road=by_road)
            ranked.append((order, _ranked(one, found, wish, now, by_road=by_road)))
            continue
        free = None if found is None else _soon_free(one, found, wish, now, by_road=by_road)
        if free is not None:
            soon.append(((free.cut_off, not free.fits, free.counted_s, one.unit.key), free))
        else:
            others.append((one, why or lacking(wish.nature, one.unit)))
    ranked.sort(key=lambda pair: pair[0])
    soon.sort(key=lambda pair: pair[0])
    first_s = _first_s([one for _, one in ranked])
    offered = tuple(
        structs.replace(one, rank=n, closer=_is_before(one.eta_s_high, first_s) and not one.cut_off)
        for n, one in enumerate(_with_sooner_aid(ranked), start=1)
    )
    rows = {one.unit.key: one.unit for one in looked_at}
    can_come = [Coming(rows[one.unit], one.counted_s) for one in offered if not one.cut_off]
    return Recommendation(
        at=now,
        offered=offered,
        soon=tuple(free for _, free in soon),
        not_offered=_explained(others, first_s, by_road=by_road),
        plan=plan(wish.card, [one.unit for one in present], can_come),
        left_out=len(candidates) - len(looked_at),
    )


def _nearest(candidates: Sequence[Candidate], wish: Wish) -> Sequence[Candidate]:
    """As many as are looked at: who is there already, then who could be there first."""
    if len(candidates) <= CANDIDATES_MAX:
        return candidates
    by_road = roads_answer(candidates)

    def order(one: Candidate) -> tuple[bool, bool, float]:
        is_cut = is_cut_off(one, by_road=by_road)
        return not _is_present(one, wish), is_cut, times_of(one).latest

    return heapq.nsmallest(CANDIDATES_MAX, candidates, key=order)


def _is_present(one: Candidate, wish: Wish) -> bool:
    return one.engagement is not None and one.engagement.incident == wish.incident


def _order(one: Candidate, found: Fit, wish: Wish, now: datetime, *, by_road: bool) -> _Order:
    """Can drive there, suits better, an earlier minute, leaves less uncovered, arrives earlier."""
    uncovered = math.inf if one.loss is None else float(len(one.loss.areas))
    is_cut = is_cut_off(one, by_road=by_road)
    latest_s, own_first_s = times_of(one).latest, _own_first_s(one, wish, now)
    return (*order_of(found.tier, is_cut, latest_s, uncovered, own_first_s), one.unit.key)


def _own_first_s(one: Candidate, wish: Wish, now: datetime) -> float:
    """By how much later it counts where it is mutual aid."""
    age_s = position_age_s(one, now)
    is_seen = age_s is not None and age_s <= POSITION_OLD_S and not start_doubt_m(one)
    return float(wish.own_first_s) if is_seen else UNSEEN_AID_S


def order_of(
    tier: int, is_cut: bool, latest_s: float, uncovered: float, own_first_s: float
) -> tuple[bool, int, float, float, float, int]:
    """The rule itself, smaller is better. The twin compiles its parts: numbers only."""
    counted_s = counted_of(tier, latest_s, own_first_s)
    return order_by_minute(tier, is_cut, minute_of(counted_s), uncovered, counted_s)


def order_by_minute(
    tier: int, is_cut: bool, minute: float, uncovered: float, counted_s: float
) -> tuple[bool, int, float, float, float, int]:
    """The same where the minute of the counted time is known already."""
    return (is_cut, tier // 2, minute, uncovered, counted_s, tier)


def counted_of(tier: int, latest_s: float, own_first_s: float) -> float:
    """When it is there at the latest, as it counts. Tiers come in pairs, own and mutual aid
    (`eligibility.fit`): of a pair mutual aid counts as later by `own_first_s`."""
    return latest_s + own_first_s if tier % 2 == 1 else latest_s


def minute_of(latest_s: float) -> float:
    """The whole minute in which it is there at the latest: units of one minute are as good."""
    return latest_s if latest_s == math.inf else latest_s // _MINUTE_S


def _with_sooner_aid(ranked: Sequence[tuple[_Order, Ranked]]) -> list[Ranked]:
    """In their order; mutual aid that goes before own units says by how much it is sooner."""
    own_s: dict[int, float] = {}
    found: list[Ranked] = []
    for (is_cut, grade, *_, tier, _), one in reversed(ranked):
        latest_s = Times(one.eta_s_low, one.eta_s_high).latest
        is_own = tier % 2 == 0
        if is_own and not is_cut:
            own_s[grade] = latest_s
        sooner_s = 0.0 if is_own or is_cut else own_s.get(grade, 0.0) - latest_s
        if _MINUTE_S <= sooner_s < math.inf:
            minutes = {"minutes": f"{sooner_s // _MINUTE_S:.0f}"}
            why = (*one.reasons[:1], Reason("aid_sooner", minutes), *one.reasons[1:])
            found.append(structs.replace(one, reasons=why))
        else:
            found.append(one)
    return found[::-1]


def _status_age_s(one: Candidate, now: datetime) -> float:
    """Another thing than the age of its position; the two are never mixed."""
    return (now - one.unit.since).total_seconds()


def _warned(one: Candidate, wish: Wish, now: datetime, *, by_road: bool) -> tuple[Reason, ...]:
    return (
        *no_road(one, by_road=by_road),
        *unasked(one, by_road=by_road, is_shut=wish.roads_shut),
        *place_doubt(wish.place),
        *start_doubt(one),
        *pre_alerted(one, wish.incident, now),
        *warnings(one, position_age_s(one, now), _status_age_s(one, now)),
    )


def _ranked(one: Candidate, found: Fit, wish: Wish, now: datetime, *, by_road: bool) -> Ranked:
    unit, times = one.unit, times_of(one)
    limit_s = wish.departures.limit_s(unit.unit_kind)
    if times.low is not None:  # never "departs by 14.10, arrives 14.08", nor 14.10 if it can be
        limit_s = min(limit_s, max(int(one.turnout_s), int(times.low) - APART_S))
    depart_by = now + timedelta(seconds=limit_s)
    return Ranked(
        rank=0,
        unit=unit.key,
        label=unit.label,
        agency=unit.agency,
        fits=found.is_full,
        depart_by=depart_by,
        depart_by_s=limit_s,
        reasons=(*found.reasons, *arrives(times, one.travel), *walk(one)),
        warnings=(*found.warnings, *_warned(one, wish, now, by_road=by_road)),
        eta_s_low=times.low,
        eta_s_high=times.high,
        distance_m=None if one.travel is None else one.travel.distance_m,
        position_age_s=position_age_s(one, now),
        status_age_s=_status_age_s(one, now),
        promise=promise_of(
            one, depart_by, now, by_road=by_road, is_shut=wish.roads_shut, place=wish.place
        ),
        cut_off=is_cut_off(one, by_road=by_road),
        counted_s=counted_of(found.tier, times.latest, _own_first_s(one, wish, now)),
    )


def _soon_free(
    one: Candidate, found: Fit, wish: Wish, now: datetime, *, by_road: bool
) -> SoonFree | None:
    """The unit as one that is free in a short while, or None."""
    engagement = one.engagement
    if engagement is None or unfit_for_duty(one.unit) is not None or too_far(one) is not None:
        return None
    typical_s = wish.busy_s.get(engagement.progress.value)
    if typical_s is None:
        return None
    left_s = typical_s - (now - engagement.since).total_seconds()
    if left_s > SOON_FREE_MAX_S:
        return None
    free_s = max(left_s, float(SOON_FREE_MIN_S))
    times = times_of(one, free_s)
    overdue = (Reason("free_overdue", {}),) if left_s < 0 else ()
    soon = {"minutes": f"{free_s / _MINUTE_S:.0f}", "incident_number": str(engagement.number)}
    return SoonFree(
        unit=one.unit.key,
        label=one.unit.label,
        agency=one.unit.agency,
        fits=found.is_full,
        free_s=free_s,
        incident_number=engagement.number,
        reasons=(Reason("soon_free", soon), *found.reasons, *walk(one)),
        warnings=(*overdue, *found.warnings, *_warned(one, wish, now, by_road=by_road)),
        eta_s_low=times.low,
        eta_s_high=times.high,
        distance_m=None if one.travel is None else one.travel.distance_m,
        cut_off=is_cut_off(one, by_road=by_road),
        counted_s=counted_of(found.tier, times.latest, _own_first_s(one, wish, now)),
    )


def _first_s(offered: Sequence[Ranked]) -> float:
    """When the first of them that can come is there; infinite when nobody can or nobody knows."""
    times = (one.eta_s_high for one in offered if not one.cut_off)
    return next((high for high in times if high is not None), math.inf)


def _is_before(high: float | None, first_s: float) -> bool:
    return high is not None and high < first_s


def _explained(
    others: Sequence[tuple[Candidate, Reason]], first_s: float, *, by_road: bool
) -> tuple[NotOffered, ...]:
    """Who is not offered, the nearest first."""
    nearest = sorted(
        others,
        key=lambda pair: (
            is_cut_off(pair[0], by_road=by_road),
            times_of(pair[0]).latest,
            pair[0].unit.key,
        ),
    )
    return tuple(_not_offered(one, why, first_s, by_road=by_road) for one, why in nearest)


def _not_offered(one: Candidate, why: Reason, first_s: float, *, by_road: bool) -> NotOffered:
    times = times_of(one)
    is_closer = _is_before(times.high, first_s) and not is_cut_off(one, by_road=by_road)
    return NotOffered(
        unit=one.unit.key,
        label=one.unit.label,
        reasons=(why,),
        eta_s_low=times.low,
        eta_s_high=times.high,
        distance_m=None if one.travel is None else one.travel.distance_m,
        closer=is_closer,
    )
