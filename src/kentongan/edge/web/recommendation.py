"""Puts together what `core.recommend` needs: units, their work, their ways, what they cover.

Nothing is ranked here. Without a fix a unit is taken to be at its post, and the answer says that
its position is unknown; one that brings a patient to a hospital starts from there.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.cities.taxonomy import Nature
from kentongan.core.arrival_words import sentence
from kentongan.core.assignment import find_assignment
from kentongan.core.candidates import Loss, NotOffered, Plan, Ranked, Reason, SoonFree
from kentongan.core.eligibility import leaves
from kentongan.core.recommend import Candidate, Recommendation, Wish, recommend
from kentongan.core.rows import EngagementRow, IncidentRow, UnitRow
from kentongan.core.run_card import asked_for
from kentongan.core.shortage import Alternative, alternatives
from kentongan.core.tasking import as_tasked, is_active
from kentongan.core.travel_times import roads_answer
from kentongan.core.words import Agent, Progress
from kentongan.edge.web.asked_once import AskedOnce
from kentongan.edge.web.bodies_recommendation import (
    AlternativeOffered,
    OfferedUnit,
    PlanProposed,
    RecommendationAnswer,
    Sentence,
    SoonFreeUnit,
    UnitNotOffered,
    UnitPlanned,
    UnitsWanting,
    Why,
)
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.starts import covers, start_of
from kentongan.edge.web.visible import find_visible, list_visible
from kentongan.geography import WITHOUT_MAX, Start

OFFERED_MAX: Final = 50
"""Units listed from the first on; nobody reads more. Who would be there before the first, and who
is in the plan, is listed wherever it ranks."""

SOON_MAX: Final = 10
"""Units listed that are free in a short while."""

NOT_OFFERED_MAX: Final = 200
"""Units listed with the reason why not."""

WEIGHED_MAX: Final = 6
"""Units at the head of the list of which it is asked what they leave uncovered: as many as a
screen shows. Those of the plan are asked about, too."""


class _Standing(NamedTuple):
    """A unit as it stands, and where it would start from."""

    candidate: Candidate
    start: Start


class Recommendations:
    """The ranked units for incidents. Desks that see the same and ask for one incident at the same
    moment share one answer."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._shared = AskedOnce[RecommendationAnswer]()

    async def find(
        self, agent: Agent, incident: IncidentRow, *, is_patient: bool = False
    ) -> RecommendationAnswer:
        """The answer for an incident that has a nature; 409 without. `is_patient`: who asks has
        straight lines already, and waits some seconds for the roads."""
        parts = self._parts
        nature = parts.city.plans.natures.get(incident.nature) if incident.nature else None
        if nature is None:
            raise Problem(409, "not_classified", incident_number=str(incident.number))
        standing = await parts.lanes.reading.run(lambda _store: _standing(parts, agent))
        turn = parts.roads.count(parts.given.clock())
        city = parts.given.geography.city()
        return await self._shared.find(
            (incident, standing, turn, city, parts.city.plans, is_patient),
            lambda: _recommendation(parts, nature, incident, standing, is_patient=is_patient),
        )


async def _recommendation(
    parts: Parts,
    nature: Nature,
    incident: IncidentRow,
    standing: Sequence[_Standing],
    *,
    is_patient: bool,
) -> RecommendationAnswer:
    now = parts.given.clock()
    reading = parts.lanes.reading
    candidates = await _with_travel(parts, standing, incident, now, is_patient=is_patient)
    wish = _wish(parts, nature, incident)
    found = await reading.run(lambda _store: recommend(wish, candidates, now))
    weighed = await _with_losses(parts, candidates, standing, found, now)
    if weighed is not None:
        found = await reading.run(lambda _store: recommend(wish, weighed, now))
    ways = alternatives(found, incident, nature, parts.city.plans)
    plan, free = found.plan, _free(standing, now)
    units = [str(one.unit) for one in plan.units] if plan is not None else []
    together = parts.losses.together(units, free, now)
    is_late = any(one.travel is not None for one in candidates) and not roads_answer(candidates)
    return structs.replace(_answer(parts, found, ways, together), roads_late=is_late)


def _wish(parts: Parts, nature: Nature, incident: IncidentRow) -> Wish:
    plans = parts.city.plans
    return Wish(
        nature=as_tasked(nature, incident.tasks),
        asked=tuple(task.agency for task in incident.tasks if is_active(task)),
        card=asked_for(nature, incident.priority, plans),
        incident=incident.key,
        busy_s=plans.busy_s,
        own_first_s=plans.own_first_s,
        roads_shut=parts.roads.is_any_shut(parts.given.clock()),
        place=incident.place,
    )


def _standing(parts: Parts, agent: Agent) -> list[_Standing]:
    """The units that may be seen, as they stand now."""
    now = parts.given.clock()
    units = list_visible(parts, agent, UnitRow, "unit")
    return [_stands(parts, agent, unit, now) for unit in units]


def _stands(parts: Parts, agent: Agent, unit: UnitRow, now: datetime) -> _Standing:
    latest = parts.fixes.find(unit.key)
    candidate = Candidate(
        unit=unit,
        engagement=find_visible(parts, agent, EngagementRow, "engagement", unit.key),
        fix=latest.fix if latest is not None else None,
    )
    start = start_of(unit, candidate.fix, now, instead=_hospital(parts, candidate))
    return _Standing(candidate, start)


def _hospital(parts: Parts, candidate: Candidate) -> Point | None:
    """Where a unit that transports somebody will be free."""
    work = candidate.engagement
    if work is None or work.progress is not Progress.TRANSPORTING:
        return None
    row = parts.live.held.find("incident", work.incident)
    if not isinstance(row, IncidentRow):
        return None
    assignment = find_assignment(row.assignments, candidate.unit.key)
    destination = assignment.destination if assignment is not None else None
    hospital = parts.city.pack.hospital_by_key.get(destination) if destination else None
    return hospital.point if hospital is not None else None


async def _with_travel(
    parts: Parts,
    standing: Sequence[_Standing],
    incident: IncidentRow,
    now: datetime,
    *,
    is_patient: bool,
) -> list[Candidate]:
    """The units with the time that each needs: one question for all of them."""
    goal = incident.place.point if incident.place is not None else None
    if goal is None:
        return [one.candidate for one in standing]
    starts = [one.start for one in standing]
    geography = parts.given.geography
    journeys = await geography.road_journeys(goal, starts, now) if is_patient else None
    if journeys is None:
        journeys = await geography.journeys(goal, starts, now)
    return [
        structs.replace(
            one.candidate, travel=way.travel, walk_m=way.walk_m, marks=tuple(map(str, way.marks))
        )
        for one, way in zip(standing, journeys, strict=True)
    ]


async def _with_losses(
    parts: Parts,
    candidates: list[Candidate],
    standing: Sequence[_Standing],
    found: Recommendation,
    now: datetime,
) -> list[Candidate] | None:
    """The same with what the first ones leave uncovered; None when nobody knows."""
    first = [one.unit for one in found.offered[:WEIGHED_MAX]]
    planned = [one.unit for one in found.plan.units] if found.plan is not None else []
    asked = list(dict.fromkeys(map(str, (*first, *planned))))[:WITHOUT_MAX]
    losses = await parts.losses.find(asked, _free(standing, now), now)
    if not losses:
        return None
    return [structs.replace(one, loss=losses.get(str(one.unit.key))) for one in candidates]


def _free(standing: Sequence[_Standing], now: datetime) -> list[Start]:
    """Where everybody starts who could be sent now from a place that is known, as on the map."""
    return [one.start for one in standing if _is_covering(one.candidate, now)]


def _is_covering(one: Candidate, now: datetime) -> bool:
    return covers(one.unit, one.engagement, one.fix, now, with_posts=True)


# --- as screens get it ---------------------------------------------------------------------------


def _answer(
    parts: Parts, found: Recommendation, instead: Sequence[Alternative], together: Loss | None
) -> RecommendationAnswer:
    offset = parts.city.plans.time_zone_offset
    planned = set[str]() if found.plan is None else {str(one.unit) for one in found.plan.units}
    offered = tuple(
        _offered(one, Sentence(id=sentence(one, "id", offset), en=sentence(one, "en", offset)))
        for one in found.offered
        if one.rank <= OFFERED_MAX or one.closer or one.unit in planned
    )
    return RecommendationAnswer(
        at=found.at,
        frozen_id=hashlib.sha256(msgspec.json.encode(offered)).hexdigest()[:16],
        candidates=offered,
        soon=tuple(_soon(one) for one in found.soon[:SOON_MAX]),
        not_offered=tuple(_not_offered(one) for one in found.not_offered[:NOT_OFFERED_MAX]),
        plan=None if found.plan is None else _planned(parts, found.plan, together),
        alternatives=tuple(_alternative(one) for one in instead),
        left_out=found.left_out,
    )


def _offered(one: Ranked, said: Sentence) -> OfferedUnit:
    return OfferedUnit(
        rank=one.rank,
        unit=one.unit,
        label=one.label,
        agency=one.agency,
        fits=one.fits,
        depart_by_s=one.depart_by_s,
        reasons=_whys(one.reasons),
        warnings=_whys(one.warnings),
        sentence=said,
        eta_s_low=one.eta_s_low,
        eta_s_high=one.eta_s_high,
        distance_m=one.distance_m,
        position_age_s=one.position_age_s,
        status_age_s=one.status_age_s,
        promise=one.promise,
        cut_off=one.cut_off,
        closer=one.closer,
    )


def _soon(one: SoonFree) -> SoonFreeUnit:
    return SoonFreeUnit(
        unit=one.unit,
        label=one.label,
        agency=one.agency,
        fits=one.fits,
        free_s=one.free_s,
        incident_number=one.incident_number,
        reasons=_whys(one.reasons),
        warnings=_whys(one.warnings),
        eta_s_low=one.eta_s_low,
        eta_s_high=one.eta_s_high,
        distance_m=one.distance_m,
    )


def _alternative(one: Alternative) -> AlternativeOffered:
    return AlternativeOffered(
        way=one.way,
        unit=one.unit,
        agency=one.agency,
        label=one.label,
        eta_s_low=one.eta_s_low,
        eta_s_high=one.eta_s_high,
        reasons=_whys(one.reasons),
    )


def _not_offered(one: NotOffered) -> UnitNotOffered:
    return UnitNotOffered(
        unit=one.unit,
        label=one.label,
        reasons=_whys(one.reasons),
        eta_s_low=one.eta_s_low,
        eta_s_high=one.eta_s_high,
        distance_m=one.distance_m,
        closer=one.closer,
    )


def _planned(parts: Parts, plan: Plan, together: Loss | None) -> PlanProposed:
    card = next((card for card in parts.city.plans.run_cards if card.key == plan.card), None)
    label = None if card is None else Sentence(id=card.label.id, en=card.label.en)
    return PlanProposed(
        card=plan.card,
        label=label,
        asked=plan.asked,
        present=plan.present,
        units=tuple(
            UnitPlanned(unit=one.unit, needs=one.needs, fits=one.fits) for one in plan.units
        ),
        wanting=tuple(
            UnitsWanting(count=one.count, needs=one.needs, agencies=one.agencies)
            for one in plan.wanting
        ),
        warnings=_whys(leaves(together)),
    )


def _whys(reasons: tuple[Reason, ...]) -> tuple[Why, ...]:
    return tuple(Why(key=reason.key, params=dict(reason.params)) for reason in reasons)
