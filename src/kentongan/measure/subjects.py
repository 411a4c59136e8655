"""What is measured: a call, an incident, an agency's task and a unit's work, each with its stamps.

They come out of the journal (`measure.cases`) or out of another centre's records
(`measure.records`). Task and work stand inside their incident.
"""

from datetime import datetime

from msgspec import Struct, field

from kentongan.cities.facts import Point
from kentongan.core.commands import ListedUnit
from kentongan.core.words import Promise
from kentongan.measure.clocks import Clock
from kentongan.measure.stamps import Stamp, Stamps


class CallCase(Struct, kw_only=True):
    """One call's stamps. `line` is the number that was dialled: legacy lines are counted apart."""

    call: str
    line: str = ""
    training: bool = False
    stamps: Stamps = field(default_factory=dict[Clock, Stamp])

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be stamped."""
        return Clock.ENDED in self.stamps or Clock.ABANDONED in self.stamps


class PartCase(Struct, kw_only=True):
    """An agency's task or a unit's work within an incident. `over` when nothing more comes.

    `gave_up_at` is when it ended without being done: refused, handed over, or released.
    `rank` is the unit's place in the list the dispatcher saw, 1 the best. `promise` is the first
    one made of it, `last_promise` the one that counted at the end: the same if never revised.
    `offered` is the list it was chosen from, `why_not` the reason given for not taking the first of
    it (None: nothing was given), `bound_for` the hospital.
    """

    agency: str
    unit: str | None = None
    kind: str = ""
    over: bool = False
    gave_up_at: datetime | None = None
    reason: str = ""
    rank: int | None = None
    promise: Promise | None = None
    last_promise: Promise | None = None
    offered: tuple[ListedUnit, ...] = ()
    why_not: str | None = None
    bound_for: str | None = None
    stamps: Stamps = field(default_factory=dict[Clock, Stamp])

    def at(self, clock: Clock) -> datetime | None:
        """When that was, or None."""
        stamp = self.stamps.get(clock)
        return stamp.at if stamp else None


class IncidentCase(Struct, kw_only=True):
    """One incident's stamps with its tasks by agency and its assignments in order.

    `own` are the stamps of its own events; `stamps` are those, what its parts did first, and what
    `Cases.finish` found in the calls that tell of it. `told` are promises read to a caller,
    `sent` the units of every agency and when each was given the incident. `is_confined`: its point
    is for nobody who does not handle it. `is_sensitive`: its record said so when it was
    classified, whatever the pack says of its nature today. `kept_category` stands for that of a
    nature taken away.
    """

    incident: str
    number: int = 0
    nature: str | None = None
    priority: str | None = None
    kecamatan: str | None = None
    kelurahan: str | None = None
    point: Point | None = None
    is_confined: bool = False
    is_sensitive: bool = False
    kept_category: str = ""
    line: str = ""
    origin: str = ""
    outcome: str | None = None
    training: bool = False
    merged: bool = False
    reports: list[str] = field(default_factory=list[str])
    own: Stamps = field(default_factory=dict[Clock, Stamp])
    stamps: Stamps = field(default_factory=dict[Clock, Stamp])
    tasks: dict[str, PartCase] = field(default_factory=dict[str, PartCase])
    works: list[PartCase] = field(default_factory=list[PartCase])
    sent: list[tuple[str, datetime]] = field(default_factory=list[tuple[str, datetime]])
    told: list[tuple[str, Promise]] = field(default_factory=list[tuple[str, Promise]])

    @property
    def category(self) -> str:
        """What kind it counts as; empty while nobody knows, or where nobody is told."""
        return self.kept_category or (self.nature or "").partition("-")[0]

    @property
    def is_over(self) -> bool:
        """Whether it was closed."""
        return Clock.CLOSED in self.own

    def work_of(self, unit: str) -> PartCase | None:
        """The unit's latest work on this incident."""
        return next((work for work in reversed(self.works) if work.unit == unit), None)

    def first_arriving(self) -> PartCase | None:
        """The work of the unit that was at the place first."""
        arrived = [work for work in self.works if Clock.ARRIVED in work.stamps]
        return min(arrived, key=lambda work: work.stamps[Clock.ARRIVED].at, default=None)

    def last(self, clock: Clock) -> Stamp | None:
        """The latest stamp of that clock over all units; None unless every unit still due has it.

        A unit that was released before it is not waited for.
        """
        due = [work for work in self.works if clock in work.stamps or work.gave_up_at is None]
        stamps = [work.stamps.get(clock) for work in due]
        known = [stamp for stamp in stamps if stamp is not None]
        if not known or len(known) < len(stamps):
            return None
        return max(known, key=lambda stamp: stamp.at)


class Report(Struct, frozen=True, kw_only=True):
    """How a report came: by a call, or entered without one."""

    call: str | None
    channel: str
