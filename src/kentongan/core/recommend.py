"""Which units can help best: ranked, each with its reasons, and why the others are not offered.

It proposes; a dispatcher decides. It knows no map: travel times come in as ranges with their
source. The order is explainable in one sentence: units that can do everything before units that can
do a part, the leading agency before mutual aid, then who arrives first. A supporting agency's
units come last. An old position is warned about, never a reason to hide a unit.

Reasons, warnings and refusals are message keys with parameters; the screen has the words.

    reasons     leads, mutual_aid, supporting, can_do_all, can_do_part, arrives
    warnings    lacks, position_old, position_unknown, travel_unknown, demo
    not offered off_duty, out_of_service, engaged, crew_emergency, lacks_capability,
                other_agency, too_far
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from msgspec import Struct, structs

from kentongan.cities.taxonomy import Nature
from kentongan.core.rows import EngagementRow, UnitRow
from kentongan.core.words import AgencyKey, Fix, Promise, UnitId

POSITION_OLD_S: Final = 120
"""Older positions are warned about; the limit of alarm A-10."""

TOO_FAR_S: Final = 5_400
"""A unit that needs longer (90 min) is across the province and not offered."""

CANDIDATES_MAX: Final = 2_000
"""Units looked at in one go: the product's own limit of a fleet."""

SUBSTITUTES: Final[Mapping[str, str]] = {"als": "bls"}
"""What may stand in for a capability, as a part of the help: basic for advanced life support."""

_KM: Final = 1_000


class Travel(Struct, frozen=True, kw_only=True):
    """How long the road takes, as a range in seconds, and where that figure comes from."""

    seconds_low: float
    seconds_high: float
    distance_m: float
    source: str


class Candidate(Struct, frozen=True, kw_only=True):
    """A unit as it stands now. `turnout_s` is how long the crew needs to get rolling."""

    unit: UnitRow
    engagement: EngagementRow | None = None
    fix: Fix | None = None
    travel: Travel | None = None
    turnout_s: float = 90.0


class Departures(Struct, frozen=True, kw_only=True):
    """Within how many seconds a unit must depart: the city's promise for ambulances, and others."""

    ambulance_s: int = 300
    other_s: int = 90

    def limit_s(self, unit_kind: str) -> int:
        """The limit for that kind of unit."""
        return self.ambulance_s if unit_kind.startswith("ambulance") else self.other_s


class Reason(NamedTuple):
    """A message key and its parameters."""

    key: str
    params: Mapping[str, str]


class Ranked(Struct, frozen=True, kw_only=True):
    """A unit that is offered; `rank` 1 is best. Seconds count from now to the place."""

    rank: int
    unit: UnitId
    label: str
    agency: AgencyKey
    fits: bool
    depart_by: datetime
    depart_by_s: int
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    eta_s_low: float | None = None
    eta_s_high: float | None = None
    distance_m: float | None = None
    position_age_s: float | None = None
    status_age_s: float | None = None
    promise: Promise | None = None


class NotOffered(Struct, frozen=True, kw_only=True):
    """A unit that is not offered, and why."""

    unit: UnitId
    label: str
    reasons: tuple[Reason, ...]


class Recommendation(Struct, frozen=True, kw_only=True):
    """The answer, worked out at `at`."""

    at: datetime
    offered: tuple[Ranked, ...]
    not_offered: tuple[NotOffered, ...]


class _Fit(NamedTuple):
    """How well a unit suits: a smaller tier is better."""

    tier: int
    is_full: bool
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]


def recommend(
    nature: Nature,
    candidates: Sequence[Candidate],
    now: datetime,
    *,
    asked: Sequence[str] = (),
    departures: Departures | None = None,
) -> Recommendation:
    """Rank the candidates for an incident of that nature; `asked` are agencies with a task."""
    departures = departures or Departures()
    offered: list[tuple[tuple[int, float, str], Ranked]] = []
    not_offered: list[NotOffered] = []
    for candidate in candidates[:CANDIDATES_MAX]:
        unit = candidate.unit
        fit = _fit(nature, unit, frozenset((*nature.support, *asked)))
        reason = _unavailable(candidate) or _too_far(candidate)
        if fit is None:
            reason = reason or _lacking(nature, unit)
        if reason is not None or fit is None:
            why = () if reason is None else (reason,)
            not_offered.append(NotOffered(unit=unit.key, label=unit.label, reasons=why))
            continue
        ranked = _ranked(candidate, fit, now, departures)
        latest = float("inf") if ranked.eta_s_high is None else ranked.eta_s_high
        offered.append(((fit.tier, latest, unit.key), ranked))
    offered.sort(key=lambda pair: pair[0])
    return Recommendation(
        at=now,
        offered=tuple(_numbered(rank, one) for rank, (_, one) in enumerate(offered, start=1)),
        not_offered=tuple(not_offered),
    )


# --- what can it do ------------------------------------------------------------------------------


def _fit(nature: Nature, unit: UnitRow, supporting: frozenset[str]) -> _Fit | None:
    """How well the unit suits, or None when it cannot help with this."""
    lacks = _lacks(nature, unit)
    leads = unit.agency == nature.lead
    who = "leads" if leads else "mutual_aid"
    able = Reason("can_do_all", {"capabilities": ",".join(need.value for need in nature.needs)})
    if not lacks and (leads or nature.needs):
        return _Fit(0 if leads else 1, True, (Reason(who, {}), able), ())
    if lacks and all(SUBSTITUTES.get(need) in unit.capabilities for need in lacks):
        part = Reason("can_do_part", {"capabilities": ",".join(unit.capabilities)})
        missing = Reason("lacks", {"capabilities": ",".join(lacks)})
        return _Fit(2 if leads else 3, False, (Reason(who, {}), part), (missing,))
    if unit.agency in supporting and not leads:
        return _Fit(4, False, (Reason("supporting", {}),), ())
    return None


def _lacks(nature: Nature, unit: UnitRow) -> tuple[str, ...]:
    return tuple(need.value for need in nature.needs if need.value not in unit.capabilities)


def _lacking(nature: Nature, unit: UnitRow) -> Reason:
    lacks = _lacks(nature, unit)
    if not lacks:
        return Reason("other_agency", {"agency": unit.agency})
    return Reason("lacks_capability", {"capabilities": ",".join(lacks)})


# --- is it free, and near ------------------------------------------------------------------------


def _unavailable(candidate: Candidate) -> Reason | None:
    unit, engagement = candidate.unit, candidate.engagement
    if engagement is not None:
        params = {"incident_number": str(engagement.number), "progress": engagement.progress.value}
        return Reason("engaged", params)
    if unit.emergency_at is not None:
        return Reason("crew_emergency", {})
    if unit.state == "out_of_service":
        return Reason("out_of_service", {"reason": unit.reason or ""})
    return None if unit.state == "available" else Reason("off_duty", {})


def _too_far(candidate: Candidate) -> Reason | None:
    travel = candidate.travel
    if travel is None or travel.seconds_low <= TOO_FAR_S:
        return None
    return Reason("too_far", {"distance_km": f"{travel.distance_m / _KM:.0f}"})


# --- one line of the list ------------------------------------------------------------------------


def _ranked(candidate: Candidate, fit: _Fit, now: datetime, departures: Departures) -> Ranked:
    unit, travel = candidate.unit, candidate.travel
    low = None if travel is None else candidate.turnout_s + travel.seconds_low
    high = None if travel is None else candidate.turnout_s + travel.seconds_high
    age_s = None if candidate.fix is None else (now - candidate.fix.at).total_seconds()
    limit_s = departures.limit_s(unit.unit_kind)
    if low is not None:  # who is there has departed: never "departs by 14.10, arrives 14.08"
        limit_s = min(limit_s, int(low))
    depart_by = now + timedelta(seconds=limit_s)
    return Ranked(
        rank=0,
        unit=unit.key,
        label=unit.label,
        agency=unit.agency,
        fits=fit.is_full,
        depart_by=depart_by,
        depart_by_s=limit_s,
        reasons=(*fit.reasons, *_arrives(low, high, travel)),
        warnings=(*fit.warnings, *_warnings(candidate, age_s)),
        eta_s_low=low,
        eta_s_high=high,
        distance_m=None if travel is None else travel.distance_m,
        position_age_s=age_s,
        status_age_s=(now - unit.since).total_seconds(),
        promise=_promise(depart_by, now, low, high, travel),
    )


def _promise(
    depart_by: datetime,
    now: datetime,
    low: float | None,
    high: float | None,
    travel: Travel | None,
) -> Promise | None:
    """What may be told; None while nobody can say how long the road takes."""
    if low is None or high is None or travel is None:
        return None
    return Promise(
        depart_by=depart_by,
        arrive_from=now + timedelta(seconds=low),
        arrive_to=now + timedelta(seconds=high),
        travel_source=travel.source,
    )


def _arrives(low: float | None, high: float | None, travel: Travel | None) -> tuple[Reason, ...]:
    if low is None or high is None or travel is None:
        return ()
    params = {
        "minutes_low": f"{low / 60:.0f}",
        "minutes_high": f"{high / 60:.0f}",
        "distance_km": f"{travel.distance_m / _KM:.1f}",
        "source": travel.source,
    }
    return (Reason("arrives", params),)


def _warnings(candidate: Candidate, age_s: float | None) -> tuple[Reason, ...]:
    found: list[Reason] = []
    if age_s is None:
        found.append(Reason("position_unknown", {"post": candidate.unit.post}))
    elif age_s > POSITION_OLD_S:
        found.append(Reason("position_old", {"age_s": f"{age_s:.0f}"}))
    if candidate.travel is None:
        found.append(Reason("travel_unknown", {}))
    if candidate.unit.demo:
        found.append(Reason("demo", {}))
    return tuple(found)


def _numbered(rank: int, one: Ranked) -> Ranked:
    return structs.replace(one, rank=rank)


# --- what is said to the caller ------------------------------------------------------------------


def sentence(ranked: Ranked, language: Literal["id", "en"], offset: timedelta) -> str:
    """The one sentence to read aloud; `offset` is the city's from UTC. Never a time alone."""
    if ranked.promise is None:
        by = _clock(ranked.depart_by, offset, language, is_late=True)
        if language == "id":
            return f"{ranked.label} berangkat paling lambat {by}, waktu tiba belum diketahui."
        return f"{ranked.label} departs by {by}; its arrival is not known yet."
    return promise_sentence(ranked.label, ranked.promise, language, offset)


def promise_sentence(
    label: str, promise: Promise, language: Literal["id", "en"], offset: timedelta
) -> str:
    """The sentence for a promise already given, for example after a revision."""
    start = _clock(promise.arrive_from, offset, language, is_late=False)
    by = _clock(promise.depart_by, offset, language, is_late=True)
    if _whole_minute(promise.depart_by, is_late=True) > _whole_minute(promise.arrive_from):
        by = start  # rounded up, a departure would be told after an arrival rounded down
    end = _clock(promise.arrive_to, offset, language, is_late=True)
    if language == "id":
        return f"{label} berangkat paling lambat {by}, tiba antara {start} dan {end}."
    return f"{label} departs by {by} and arrives between {start} and {end}."


def _clock(at: datetime, offset: timedelta, language: str, *, is_late: bool) -> str:
    """A time of day in whole minutes; a latest time is rounded up, an earliest one down."""
    whole = _whole_minute(at + offset, is_late=is_late)
    return f"{whole:%H.%M}" if language == "id" else f"{whole:%H:%M}"


def _whole_minute(at: datetime, *, is_late: bool = False) -> datetime:
    whole = at.replace(second=0, microsecond=0)
    return whole + timedelta(minutes=1) if is_late and whole < at else whole
