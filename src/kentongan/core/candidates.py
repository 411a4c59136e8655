"""The values of a recommendation: units as they stand now, and what is said of each.

Values only; `core.recommend` ranks them. Reasons and warnings are message keys with parameters; the
screen has the words. Seconds count from the moment of the recommendation to the place.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import Struct

from kentongan.core.rows import EngagementRow, UnitRow
from kentongan.core.words import AgencyKey, Fix, Promise, UnitId

STRAIGHT_LINE: Final = "straight_line"
"""The source of a figure that no road is in."""

TURNOUT_S: Final = 90.0
"""How long a crew needs to get rolling, seconds; part of every arrival told and of every reach."""


class Travel(Struct, frozen=True, kw_only=True):
    """How long the road takes, as a range in seconds, and where that figure comes from."""

    seconds_low: float
    seconds_high: float
    distance_m: float
    source: str


class Loss(NamedTuple):
    """What nobody reaches in `limit_s` any more when a unit has gone: names of kelurahan, and
    where that is known from (as `Travel.source`)."""

    areas: tuple[str, ...]
    limit_s: float
    source: str


class Candidate(Struct, frozen=True, kw_only=True):
    """A unit as it stands now. `turnout_s` is how long the crew needs to get rolling.

    `walk_m` is on foot at the end of the way; `marks` say what to know about the way
    (`geography.Journey`). `loss` is None while nobody has asked what it would leave uncovered.
    """

    unit: UnitRow
    engagement: EngagementRow | None = None
    fix: Fix | None = None
    travel: Travel | None = None
    turnout_s: float = TURNOUT_S
    walk_m: float = 0.0
    marks: tuple[str, ...] = ()
    loss: Loss | None = None


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
    """A unit that is offered; `rank` 1 is best. `cut_off`: no road leads it there, and it goes
    after everybody whom one does; the warnings say why. `closer`: it would be there before the
    first, and ranks lower for what its reasons and warnings say. `counted_s`: when it is there at
    the latest as the order counts it, mutual aid later; infinite when nobody knows."""

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
    cut_off: bool = False
    closer: bool = False
    counted_s: float = math.inf


class SoonFree(Struct, frozen=True, kw_only=True):
    """A unit at work elsewhere that is expected to be free in `free_s`; the arrival counts the
    waiting, too (`counted_s` as with `Ranked`). It cannot be assigned before it is free: there is
    no second engagement."""

    unit: UnitId
    label: str
    agency: AgencyKey
    fits: bool
    free_s: float
    incident_number: int
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    eta_s_low: float | None = None
    eta_s_high: float | None = None
    distance_m: float | None = None
    cut_off: bool = False
    counted_s: float = math.inf


class NotOffered(Struct, frozen=True, kw_only=True):
    """A unit that is not offered, and why. `closer`: it would be there before the first offered."""

    unit: UnitId
    label: str
    reasons: tuple[Reason, ...]
    eta_s_low: float | None = None
    eta_s_high: float | None = None
    distance_m: float | None = None
    closer: bool = False


class PlannedUnit(Struct, frozen=True, kw_only=True):
    """A unit of the plan and the line of the run card it fills."""

    unit: UnitId
    needs: tuple[str, ...]
    fits: bool


class Wanting(Struct, frozen=True, kw_only=True):
    """What the run card asks for and nobody offered can do: how many, of what, of whom."""

    count: int
    needs: tuple[str, ...]
    agencies: tuple[str, ...] = ()


class Plan(Struct, frozen=True, kw_only=True):
    """A set of units that together do what the run card asks for, as far as there are any.

    `card` is empty when only the sub-category's own needs speak. `present` already work on the
    incident and fill a line; `units` are to be sent, best first.
    """

    card: str
    asked: int
    present: tuple[UnitId, ...] = ()
    units: tuple[PlannedUnit, ...] = ()
    wanting: tuple[Wanting, ...] = ()


class Recommendation(Struct, frozen=True, kw_only=True):
    """The answer, worked out at `at`. `left_out`: units that were too many to be looked at."""

    at: datetime
    offered: tuple[Ranked, ...]
    soon: tuple[SoonFree, ...]
    not_offered: tuple[NotOffered, ...]
    plan: Plan | None = None
    left_out: int = 0
