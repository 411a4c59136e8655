"""The interview: what is asked next, what opens the fast lane, what is enough to send help.

It proposes an order and never locks it: anything may be told at any time. The city's order asks
the name first; when a danger word was heard the fast lane asks where and what first, because the
seconds before help is on its way are worth more than a name. What is enough to send is one rule
for everybody: a kind of incident, and a point, or a kelurahan marked as uncertain.
"""

import re
from typing import Final

from kentongan.cities.taxonomy import InterviewStep
from kentongan.core.plans import Plans
from kentongan.core.rows import IncidentRow, ReportRow
from kentongan.core.triage import next_question
from kentongan.core.words import Place

NATURE: Final = "nature"
PLACE: Final = "place"

_WORD: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def is_usable(place: Place | None) -> bool:
    """Whether a unit can be sent there: a point, or an uncertain place in a known kelurahan."""
    if place is None:
        return False
    return place.point is not None or (place.uncertain and bool(place.kelurahan))


def missing_to_send(incident: IncidentRow | None) -> tuple[str, ...]:
    """What must still be known before help can be sent: `nature`, `place`, or nothing."""
    if incident is None:
        return (NATURE, PLACE)
    needs = ((NATURE, incident.nature is None), (PLACE, not is_usable(incident.place)))
    return tuple(name for name, is_missing in needs if is_missing)


def enough_to_send(incident: IncidentRow | None) -> bool:
    """Whether help can be sent."""
    return not missing_to_send(incident)


def order(plans: Plans, *, fast_lane: bool) -> tuple[InterviewStep, ...]:
    """The steps in the order in which they are asked."""
    return plans.interview.fast_lane if fast_lane else plans.interview.city


def missing(
    report: ReportRow | None, incident: IncidentRow | None, plans: Plans
) -> tuple[InterviewStep, ...]:
    """The steps without an answer yet, in the order in which they should be asked."""
    steps = order(plans, fast_lane=report is not None and report.fast_lane)
    return tuple(step for step in steps if not _is_answered(step, report, incident, plans))


def _is_answered(
    step: InterviewStep, report: ReportRow | None, incident: IncidentRow | None, plans: Plans
) -> bool:
    match step:
        case InterviewStep.NAME:
            return report is not None and report.name is not None
        case InterviewStep.NUMBER:
            return report is not None and report.number is not None
        case InterviewStep.COMPLAINT:
            return report is not None and report.complaint is not None
        case InterviewStep.PLACE:
            return incident is not None and is_usable(incident.place)
        case InterviewStep.NATURE:
            return incident is not None and incident.nature is not None
        case InterviewStep.TRIAGE:
            return _is_asked_through(incident, plans)
        case InterviewStep.REASSURE:
            return report is not None and bool(report.told)


def _is_asked_through(incident: IncidentRow | None, plans: Plans) -> bool:
    if incident is None or incident.nature is None:
        return False
    return next_question(incident.nature, incident.triage, plans) is None


def danger_word(text: str, plans: Plans) -> str | None:
    """The longest danger word of the city's word lists that was said, or None.

    Whole words only, upper and lower case alike. Misspelling and endings are the business of
    `cities.words`, which proposes while somebody types; this is the plain rule behind it.
    """
    said = f" {' '.join(_WORD.findall(text.casefold()))} "
    heard = [
        word.text
        for nature in plans.natures.values()
        for word in nature.words
        if word.danger and f" {' '.join(_WORD.findall(word.text.casefold()))} " in said
    ]
    return max(heard, key=len) if heard else None
