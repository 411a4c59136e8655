"""Puts together what `core.recommend` needs: units, their work, their fixes and travel times.

Nothing is ranked here. Without a fix a unit is taken to be at its post, and the answer says that
its position is unknown.
"""

import hashlib
from datetime import datetime
from typing import Final

import msgspec
from msgspec import structs

from kentongan.cities.taxonomy import Nature
from kentongan.core.recommend import (
    Candidate,
    NotOffered,
    Ranked,
    Reason,
    recommend,
    sentence,
)
from kentongan.core.rows import EngagementRow, IncidentRow, UnitRow
from kentongan.core.words import Agent
from kentongan.edge.web.bodies import (
    OfferedUnit,
    RecommendationAnswer,
    Sentence,
    UnitNotOffered,
    Why,
)
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.visible import find_visible, list_visible
from kentongan.geography import Start

OFFERED_MAX: Final = 50
"""Units listed; nobody reads more."""

NOT_OFFERED_MAX: Final = 200
"""Units listed with the reason why not."""


async def recommendation(parts: Parts, agent: Agent, incident: IncidentRow) -> RecommendationAnswer:
    """The ranked units for an incident that has a nature."""
    nature = parts.given.plans.natures.get(incident.nature) if incident.nature else None
    if nature is None:
        raise Problem(409, "not_classified", incident_number=str(incident.number))
    now = parts.given.clock()
    reading = parts.lanes.reading
    standing = await reading.run(lambda _store: _candidates(parts, agent))
    candidates = await _with_travel(parts, standing, incident, now)
    return await reading.run(lambda _store: _answer(parts, nature, candidates, incident, now))


def _candidates(parts: Parts, agent: Agent) -> list[Candidate]:
    """The units that may be seen, as they stand now."""
    return [_candidate(parts, agent, unit) for unit in list_visible(parts, agent, UnitRow, "unit")]


def _candidate(parts: Parts, agent: Agent, unit: UnitRow) -> Candidate:
    latest = parts.fixes.find(unit.key)
    return Candidate(
        unit=unit,
        engagement=find_visible(parts, agent, EngagementRow, "engagement", unit.key),
        fix=latest.fix if latest is not None else None,
    )


async def _with_travel(
    parts: Parts, candidates: list[Candidate], incident: IncidentRow, now: datetime
) -> list[Candidate]:
    """The same with the time that each needs: one question for all of them."""
    goal = incident.place.point if incident.place is not None else None
    if goal is None:
        return candidates
    journeys = await parts.given.geography.journeys(goal, [_start(one) for one in candidates], now)
    return [
        structs.replace(one, travel=journey.travel)
        for one, journey in zip(candidates, journeys, strict=True)
    ]


def _start(one: Candidate) -> Start:
    fix = one.fix
    return Start(
        unit=str(one.unit.key),
        unit_kind=one.unit.unit_kind,
        point=fix.point if fix is not None else one.unit.home,
        heading_deg=fix.heading_deg if fix is not None else None,
    )


def _answer(
    parts: Parts,
    nature: Nature,
    candidates: list[Candidate],
    incident: IncidentRow,
    now: datetime,
) -> RecommendationAnswer:
    asked = tuple(task.agency for task in incident.tasks)
    found = recommend(nature, candidates, now, asked=asked)
    offset = parts.given.plans.time_zone_offset
    offered = tuple(
        _offered(one, Sentence(id=sentence(one, "id", offset), en=sentence(one, "en", offset)))
        for one in found.offered[:OFFERED_MAX]
    )
    return RecommendationAnswer(
        at=now,
        frozen_id=hashlib.sha256(msgspec.json.encode(offered)).hexdigest()[:16],
        candidates=offered,
        not_offered=tuple(_not_offered(one) for one in found.not_offered[:NOT_OFFERED_MAX]),
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
    )


def _not_offered(one: NotOffered) -> UnitNotOffered:
    return UnitNotOffered(unit=one.unit, label=one.label, reasons=_whys(one.reasons))


def _whys(reasons: tuple[Reason, ...]) -> tuple[Why, ...]:
    return tuple(Why(key=reason.key, params=dict(reason.params)) for reason in reasons)
