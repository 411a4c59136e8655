"""Whether any fitting unit is free, why not, and what may be done then. Pure.

CITY.md, section 13: no unit is a workflow. A *fitting* unit can do everything the kind of incident
needs. That none is free does not depend on roads, so it is known at once, before any way is looked
up. The alternatives are in the order in which help is there: what can do a part now and who is soon
free by their times, then agencies that send their own people, the neighbouring centre, somebody who
drives with guidance, and a supervisor's word to wait.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from kentongan.cities.taxonomy import Nature
from kentongan.core.assignment import working
from kentongan.core.candidates import Candidate, Reason, Recommendation
from kentongan.core.commands.scene import RecordShortage
from kentongan.core.eligibility import fit, unavailable
from kentongan.core.plans import Plans
from kentongan.core.rows import EngagementRow, IncidentRow, UnitRow
from kentongan.core.run_card import asked_for
from kentongan.core.scene import is_short
from kentongan.core.scene_words import ShortageWay
from kentongan.core.words import AgencyKey, Priority, Progress, UnitId

URGENT: Final = (Priority.P1, Priority.P2, Priority.P3)
"""What is less urgent waits for its appointment, not for a unit."""

PARTS_MAX: Final = 2
"""Units of each kind among the alternatives; nobody reads more while somebody waits."""

AGENCIES_MAX: Final = 4
"""Agencies among the alternatives."""

NEIGHBOUR: Final = "neighbour"
MEDICAL: Final = "medical"
OWN_PEOPLE: Final = "desk"
"""Kinds of agencies, and the mode of one that is told and sends its own people."""


class Alternative(Struct, frozen=True, kw_only=True):
    """Something that may be done while no fitting unit is free. Seconds from now to the place."""

    way: ShortageWay
    unit: UnitId | None = None
    agency: AgencyKey | None = None
    label: str = ""
    eta_s_low: float | None = None
    eta_s_high: float | None = None
    reasons: tuple[Reason, ...] = ()


def shortages(
    incidents: Iterable[IncidentRow],
    units: Sequence[UnitRow],
    engagements: Iterable[EngagementRow],
    plans: Plans,
) -> tuple[RecordShortage, ...]:
    """Incidents for which no fitting unit is free and nobody has said so yet."""
    engaged = {row.key: row for row in engagements}
    found: list[RecordShortage] = []
    for row in incidents:
        nature = plans.natures.get(row.nature) if row.nature is not None else None
        if nature is None or not _waits(row, nature):
            continue
        reasons = lacking(row, nature, units, engaged, plans)
        if reasons is not None:
            found.append(RecordShortage(incident=row.key, reasons=reasons))
    return tuple(found)


def _waits(row: IncidentRow, nature: Nature) -> bool:
    """Sent, urgent, nobody on the way, nobody was there, and not known yet."""
    return (
        row.state == "open"
        and row.priority in URGENT
        and bool(nature.needs)
        and not nature.appointment
        and row.appointment is None
        and not is_short(row)
        and not working(row.assignments)
        and not any(Progress.CLEAR in one.progress_at for one in row.assignments)
    )


def lacking(
    row: IncidentRow,
    nature: Nature,
    units: Sequence[UnitRow],
    engaged: Mapping[UnitId, EngagementRow],
    plans: Plans,
) -> tuple[str, ...] | None:
    """Why no fitting unit is free, as `reason:count`; None when one is."""
    supporting = frozenset((*nature.support, *(task.agency for task in row.tasks)))
    lines = asked_for(nature, row.priority, plans).lines
    why: Counter[str] = Counter()
    for unit in units:
        suits = fit(nature, unit, supporting, lines)
        if suits is None or not suits.is_full:
            continue
        reason = unavailable(Candidate(unit=unit, engagement=engaged.get(unit.key)))
        if reason is None:
            return None
        why[reason.key] += 1
    if not why:
        return ("lacks_capability:0",)
    return tuple(f"{key}:{count}" for key, count in why.most_common())


def alternatives(
    found: Recommendation, row: IncidentRow, nature: Nature, plans: Plans
) -> tuple[Alternative, ...]:
    """What may be done, the soonest help first, mutual aid counted later as in the list; nothing
    while a fitting unit can come. One that is cut off cannot: it is neither a reason to look no
    further nor a help that is there soon."""
    if any(one.fits and not one.cut_off for one in found.offered):
        return ()
    parts = [
        Alternative(
            way="part",
            unit=one.unit,
            agency=one.agency,
            label=one.label,
            eta_s_low=one.eta_s_low,
            eta_s_high=one.eta_s_high,
            reasons=one.warnings[:1],
        )
        for one in found.offered
        if not one.cut_off and any(reason.key == "can_do_part" for reason in one.reasons)
    ][:PARTS_MAX]
    soon = [
        Alternative(
            way="soon_free",
            unit=one.unit,
            agency=one.agency,
            label=one.label,
            eta_s_low=one.eta_s_low,
            eta_s_high=one.eta_s_high,
            reasons=one.reasons[:1],
        )
        for one in found.soon
        if one.fits and not one.cut_off
    ][:PARTS_MAX]
    counted_s: dict[UnitId | None, float] = {
        one.unit: one.counted_s for one in (*found.offered, *found.soon)
    }
    by_time = sorted((*parts, *soon), key=lambda one: counted_s[one.unit])
    kind = plans.agency_kinds.get(nature.lead, "")
    others = _agencies(row, nature, kind, plans)
    own = (Alternative(way="own_transport"),) if kind == MEDICAL else ()
    return (*by_time, *others, *own, Alternative(way="wait"))


def _agencies(row: IncidentRow, nature: Nature, kind: str, plans: Plans) -> tuple[Alternative, ...]:
    """Those that send their own people, the plan's own first, and then the neighbours."""
    asked: Collection[str] = {task.agency for task in row.tasks}
    same_kind = [key for key, other in plans.agency_kinds.items() if other == kind]
    names = dict.fromkeys((*nature.support, *same_kind))
    own = [
        AgencyKey(key)
        for key in names
        if key not in asked and key != nature.lead and plans.agency_modes.get(key) == OWN_PEOPLE
    ]
    neighbours = [AgencyKey(key) for key, other in plans.agency_kinds.items() if other == NEIGHBOUR]
    return (
        *(Alternative(way="other_agency", agency=key) for key in own[:AGENCIES_MAX]),
        *(Alternative(way="neighbour", agency=key) for key in neighbours if key not in asked),
    )
