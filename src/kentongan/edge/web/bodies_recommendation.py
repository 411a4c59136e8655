"""The recommendation as screens get it: offered units, soon free ones, the others, and a plan."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.words import Promise


class Sentence(Struct, frozen=True, kw_only=True):
    """What is read to the caller: departs by, arrives between."""

    id: str
    en: str


class Why(Struct, frozen=True, kw_only=True):
    """A message key and its parameters."""

    key: str
    params: dict[str, str]


class OfferedUnit(Struct, frozen=True, kw_only=True):
    """A unit that is offered; `rank` 1 is best. `cut_off`: no road leads it there; those that are
    go last, and the warnings say why. `closer`: it would be there before the first."""

    rank: int
    unit: str
    label: str
    agency: str
    fits: bool
    depart_by_s: int
    reasons: tuple[Why, ...]
    warnings: tuple[Why, ...]
    sentence: Sentence
    eta_s_low: float | None
    eta_s_high: float | None
    distance_m: float | None
    position_age_s: float | None
    status_age_s: float | None
    promise: Promise | None
    cut_off: bool
    closer: bool


class SoonFreeUnit(Struct, frozen=True, kw_only=True):
    """A unit at work elsewhere, expected to be free in `free_s`; the arrival counts the waiting.
    It is shown and cannot be assigned yet."""

    unit: str
    label: str
    agency: str
    fits: bool
    free_s: float
    incident_number: int
    reasons: tuple[Why, ...]
    warnings: tuple[Why, ...]
    eta_s_low: float | None
    eta_s_high: float | None
    distance_m: float | None


class UnitNotOffered(Struct, frozen=True, kw_only=True):
    """A unit that is not offered, and why; `closer` than the first that is."""

    unit: str
    label: str
    reasons: tuple[Why, ...]
    eta_s_low: float | None
    eta_s_high: float | None
    distance_m: float | None
    closer: bool


class UnitPlanned(Struct, frozen=True, kw_only=True):
    """A unit of the plan and what it is for."""

    unit: str
    needs: tuple[str, ...]
    fits: bool


class UnitsWanting(Struct, frozen=True, kw_only=True):
    """What the run card asks for and nobody offered can do; of any agency if none is named."""

    count: int
    needs: tuple[str, ...]
    agencies: tuple[str, ...]


class PlanProposed(Struct, frozen=True, kw_only=True):
    """The set that does what the run card asks for. `card` is its key, empty without one; `asked`
    how many units it wants; `present` those of them that work on the incident already; `warnings`
    say what sending all of them leaves uncovered, once that is known."""

    card: str
    label: Sentence | None
    asked: int
    present: tuple[str, ...]
    units: tuple[UnitPlanned, ...]
    wanting: tuple[UnitsWanting, ...]
    warnings: tuple[Why, ...] = ()


class AlternativeOffered(Struct, frozen=True, kw_only=True):
    """What may be done while no fitting unit is free, the soonest help first."""

    way: str
    unit: str | None
    agency: str | None
    label: str
    eta_s_low: float | None
    eta_s_high: float | None
    reasons: tuple[Why, ...]


class RecommendationAnswer(Struct, frozen=True, kw_only=True):
    """The list as it was at `at`; `frozen_id` names exactly this list. `roads_late`: straight lines
    stand in for roads that did not answer in time; asked with `patient=1` the answer waits for
    them. `left_out`: units, the farthest, that were too many to be looked at."""

    at: datetime
    frozen_id: str
    candidates: tuple[OfferedUnit, ...]
    soon: tuple[SoonFreeUnit, ...]
    not_offered: tuple[UnitNotOffered, ...]
    plan: PlanProposed | None
    alternatives: tuple[AlternativeOffered, ...] = ()
    roads_late: bool = False
    left_out: int = 0
