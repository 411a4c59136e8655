"""What never enters the figures, by rule, and how much of it there was.

Scheduled work would fake the percentiles (Semarang's 1,323 homecare rides of 2024), and so would
what a crew begins itself: its response is 0 s. Each exclusion is counted under its reason, since a
figure is only honest together with what it leaves out.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct, structs

from kentongan.cities.taxonomy import FlagCode, Nature
from kentongan.core.words import Outcome
from kentongan.measure.cases import Cases
from kentongan.measure.clocks import Clock
from kentongan.measure.subjects import IncidentCase


class Excluded(Struct, frozen=True):
    """How many incidents a rule left out."""

    reason: str
    count: int


class Selection(Struct, frozen=True):
    """Which calls and incidents are meant: [start_at, end_at), duty or training."""

    start_at: datetime
    end_at: datetime
    training: bool = False

    def has(self, at: datetime | None) -> bool:
        """Whether that moment lies within."""
        return at is not None and self.start_at <= at < self.end_at


class Selected(Struct, frozen=True):
    """The cases that count, and why others do not."""

    cases: Cases
    excluded: tuple[Excluded, ...]


Rule = Callable[[IncidentCase, Nature | None], bool]


def _is_scheduled(_case: IncidentCase, nature: Nature | None) -> bool:
    return nature is not None and nature.appointment


def _is_self_initiated(case: IncidentCase, _nature: Nature | None) -> bool:
    """A unit was assigned before anybody outside had told of it: it came upon the incident."""
    is_told = case.reports or Clock.RING in case.own  # a paper form says when somebody rang
    if is_told or not case.works:
        return False
    first = min(work.stamps[Clock.ASSIGNED].at for work in case.works)
    return not case.tasks and first <= case.own[Clock.OPENED].at


def _is_no_incident(case: IncidentCase, _nature: Nature | None) -> bool:
    return case.outcome in {Outcome.DUPLICATE, Outcome.NO_INCIDENT} and not case.works


RULES: Final[Mapping[str, Rule]] = {
    "merged": lambda case, _nature: case.merged,
    "scheduled": _is_scheduled,
    "self_initiated": _is_self_initiated,
    "no_incident": _is_no_incident,
}
"""Each with its reason, the first that holds counts; in the order in which they are looked at."""


def select(cases: Cases, natures: Mapping[str, Nature], selection: Selection) -> Selected:
    """The calls that rang and the incidents that were opened within, without what a rule excludes.

    Duty and training are two selections; neither counts as excluded from the other.
    """
    counted: Counter[str] = Counter()
    incidents: dict[str, IncidentCase] = {}
    for key, case in cases.incidents.items():
        opened = case.own.get(Clock.OPENED)
        if not selection.has(opened.at if opened else None) or case.training != selection.training:
            continue
        nature = natures.get(case.nature or "")
        reason = next((name for name, rule in RULES.items() if rule(case, nature)), None)
        if reason is None:
            incidents[key] = case
        else:
            counted[reason] += 1
    calls = {
        key: case
        for key, case in cases.calls.items()
        if (ring := case.stamps.get(Clock.RING)) is not None
        and selection.has(ring.at)
        and case.training == selection.training
    }
    chosen = structs.replace(cases, calls=calls, incidents=incidents)
    return Selected(chosen, tuple(Excluded(reason, n) for reason, n in sorted(counted.items())))


def discreet(cases: Cases, natures: Mapping[str, Nature]) -> Cases:
    """Sensitive incidents without their nature and point: they count, and nobody reads what they
    were. Their category stays for the figures unless it would tell (`telling`). One whose place is
    for nobody else (`NOT_FOR_OTHERS`) without its point. For whatever leaves the room: screens of
    figures, reports, open data. Sensitive is what its own record or the pack of today calls so; of
    a nature that the pack has no more not even the category is told."""
    confined = {
        key: structs.replace(case, point=None)
        for key, case in cases.incidents.items()
        if case.is_confined
    }
    told = natures.keys() - telling(natures)
    hidden = {
        key: structs.replace(
            case, nature=None, point=None,
            kept_category=case.category if case.nature in told else "",
        )
        for key, case in cases.incidents.items()
        if _is_sensitive(case, natures)
    }  # fmt: skip
    incidents = {**cases.incidents, **confined, **hidden}
    return structs.replace(cases, incidents=incidents)


def telling(natures: Mapping[str, Nature]) -> frozenset[str]:
    """Sensitive natures of which not even the category is told.

    Those who must not be rung back are in danger from who is beside them. A category mostly of such
    natures (violence against women and children) says so by its name, hence none of it is told,
    not even the abandoned child. And one that is alone with its priority in its category (the P1 of
    the social service is a person out of their mind) would be known from the two together.
    """
    in_danger: Counter[str] = Counter()
    size = Counter(one.category for one in natures.values())
    alike = Counter((one.category, one.priority) for one in natures.values())
    for one in natures.values():
        in_danger[one.category] += FlagCode.NOCALLBACK in one.flags
    return frozenset(
        code
        for code, one in natures.items()
        if FlagCode.SENS in one.flags
        and (
            FlagCode.NOCALLBACK in one.flags
            or 2 * in_danger[one.category] > size[one.category]
            or alike[one.category, one.priority] == 1
        )
    )


def _is_sensitive(case: IncidentCase, natures: Mapping[str, Nature]) -> bool:
    nature = natures.get(case.nature or "")
    return case.is_sensitive or (nature is not None and FlagCode.SENS in nature.flags)
