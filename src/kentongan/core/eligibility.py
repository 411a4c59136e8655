"""What a unit can do for a kind of incident, and whether it is free: the part before ranking.

It decides nothing about order or time. A unit suits when it can do everything the kind of incident
needs, a part of it by a substitute, something else the run card asks for, or when its agency is
asked for support. Whoever cannot be sent says why; whatever one should know of a unit that can is a
warning, never a reason to hide it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from kentongan.cities.run_cards import RunLine
from kentongan.cities.taxonomy import Nature
from kentongan.core.candidates import Candidate, Loss, Reason
from kentongan.core.rows import UnitRow
from kentongan.core.travel_times import POSITION_LOST_S, POSITION_OLD_S, WALK_PROMISED_M
from kentongan.core.words import IncidentId

STATUS_OLD_S: Final = 43_200
"""A state that nobody changed for longer than any shift (12 h) is warned about: perhaps the crew
went home and forgot to say so."""

TOO_FAR_S: Final = 5_400
"""A unit that needs longer (90 min) is across the province and not offered."""

SUBSTITUTES: Final[Mapping[str, str]] = {"als": "bls"}
"""What may stand in for a capability, as a part of the help: basic for advanced life support."""

AREAS_NAMED_MAX: Final = 3
"""Kelurahan named in a warning; the number of the others follows."""

WALK_NAMED_M: Final = 50
"""Shorter walks at the end are not worth a word."""

WARNING_MARKS: Final = (
    "on_closed",
    "off_network",
    "far_snap",
    "not_reached",
    "place_off_network",
)
"""Marks of a journey that a dispatcher should know; `same_edge` is good news."""

_KM: Final = 1_000


class Fit(NamedTuple):
    """How well a unit suits: a smaller tier is better."""

    tier: int
    is_full: bool
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]


def fit(
    nature: Nature, unit: UnitRow, supporting: frozenset[str], lines: Sequence[RunLine]
) -> Fit | None:
    """How well the unit suits, or None when it cannot help with this."""
    lacks = _lacks(nature, unit)
    leads = unit.agency == nature.lead
    who = "leads" if leads else "mutual_aid"
    able = Reason("can_do_all", {"capabilities": ",".join(need.value for need in nature.needs)})
    if not lacks and (leads or nature.needs):
        return Fit(0 if leads else 1, True, (Reason(who, {}), able), ())
    if lacks and all(SUBSTITUTES.get(need) in unit.capabilities for need in lacks):
        part = Reason("can_do_part", {"capabilities": ",".join(unit.capabilities)})
        missing = Reason("lacks", {"capabilities": ",".join(lacks)})
        return Fit(2 if leads else 3, False, (Reason(who, {}), part), (missing,))
    on_card = _on_card(unit, lines)
    if on_card is not None:
        return on_card
    if unit.agency in supporting and not leads:
        return Fit(4, False, (Reason("supporting", {}),), ())
    return None


def _on_card(unit: UnitRow, lines: Sequence[RunLine]) -> Fit | None:
    line = next((line for line in lines if fills(line, unit)), None)
    part = line or next((line for line in lines if stands_in(line, unit)), None)
    if part is None:
        return None
    needs = [need.value for need in part.needs]
    lacks = ",".join(need for need in needs if need not in unit.capabilities)
    missing = (Reason("lacks", {"capabilities": lacks}),) if lacks else ()
    return Fit(4, False, (Reason("on_card", {"capabilities": ",".join(needs)}),), missing)


def fills(line: RunLine, unit: UnitRow) -> bool:
    """Whether the unit can do everything that line of a run card asks for."""
    is_asked = not line.agencies or unit.agency in line.agencies
    return is_asked and all(need.value in unit.capabilities for need in line.needs)


def stands_in(line: RunLine, unit: UnitRow) -> bool:
    """Whether it can do that line's work by substitutes, as a part of the help."""
    is_asked = not line.agencies or unit.agency in line.agencies
    return is_asked and all(
        need.value in unit.capabilities or SUBSTITUTES.get(need.value) in unit.capabilities
        for need in line.needs
    )


def lacking(nature: Nature, unit: UnitRow) -> Reason:
    """Why a unit without a `fit` does not suit."""
    lacks = _lacks(nature, unit)
    if not lacks:
        return Reason("other_agency", {"agency": unit.agency})
    return Reason("lacks_capability", {"capabilities": ",".join(lacks)})


def _lacks(nature: Nature, unit: UnitRow) -> tuple[str, ...]:
    return tuple(need.value for need in nature.needs if need.value not in unit.capabilities)


def unavailable(candidate: Candidate) -> Reason | None:
    """Why the unit cannot be sent now; None when it can."""
    unit, engagement = candidate.unit, candidate.engagement
    if engagement is not None:
        params = {"incident_number": str(engagement.number), "progress": engagement.progress.value}
        return Reason("engaged", params)
    return unfit_for_duty(unit) or too_far(candidate)


def unfit_for_duty(unit: UnitRow) -> Reason | None:
    """Why the unit by itself cannot be sent, whatever it works on."""
    if unit.emergency_at is not None:
        return Reason("crew_emergency", {})
    if unit.state == "out_of_service":
        return Reason("out_of_service", {"reason": unit.reason or ""})
    return None if unit.state == "available" else Reason("off_duty", {})


def too_far(candidate: Candidate) -> Reason | None:
    """Whether it is across the province."""
    travel = candidate.travel
    if travel is None or travel.seconds_low <= TOO_FAR_S:
        return None
    return Reason("too_far", {"distance_km": f"{travel.distance_m / _KM:.0f}"})


def walk(candidate: Candidate) -> tuple[Reason, ...]:
    """The last metres on foot, told apart from driving."""
    if candidate.walk_m < WALK_NAMED_M:
        return ()
    return (Reason("walk", {"walk_m": f"{candidate.walk_m:.0f}"}),)


def warnings(
    candidate: Candidate, position_age_s: float | None, status_age_s: float
) -> tuple[Reason, ...]:
    """What one should know before sending it."""
    found: list[Reason] = []
    if position_age_s is None:
        found.append(Reason("position_unknown", {"post": candidate.unit.post}))
    elif position_age_s > POSITION_OLD_S:
        is_lost = position_age_s > POSITION_LOST_S
        ages = {"age_s": f"{position_age_s:.0f}", "minutes": f"{position_age_s / 60:.0f}"}
        found.append(Reason("position_lost" if is_lost else "position_old", ages))
    if status_age_s > STATUS_OLD_S:
        found.append(Reason("status_old", {"hours": f"{status_age_s / 3600:.0f}"}))
    if candidate.travel is None:
        found.append(Reason("travel_unknown", {}))
    found += [Reason(mark, {}) for mark in WARNING_MARKS if mark in candidate.marks]
    if candidate.walk_m > WALK_PROMISED_M:
        found.append(Reason("walk_far", {"walk_m": f"{candidate.walk_m:.0f}"}))
    found += leaves(candidate.loss)
    if candidate.unit.demo:
        found.append(Reason("demo", {}))
    return tuple(found)


def pre_alerted(
    candidate: Candidate, incident: IncidentId | None, now: datetime
) -> tuple[Reason, ...]:
    """That somebody told it to get ready for another incident: not taken, but spoken for."""
    told = candidate.unit.pre_alert
    if told is None or told.until <= now or (incident is not None and told.incident == incident):
        return ()
    return (Reason("pre_alerted", {"incident_number": str(told.number)}),)


def leaves(loss: Loss | None) -> tuple[Reason, ...]:
    """What is left uncovered, the first kelurahan by name."""
    if loss is None or not loss.areas:
        return ()
    params = {
        "areas": ", ".join(loss.areas[:AREAS_NAMED_MAX]),
        "minutes": f"{loss.limit_s / 60:.0f}",
        "source": loss.source,
    }
    more = len(loss.areas) - AREAS_NAMED_MAX
    if more <= 0:
        return (Reason("uncovers", params),)
    return (Reason("uncovers_more", {**params, "more": str(more)}),)
