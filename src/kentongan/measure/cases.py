"""Cases: the stamps of a call, an incident, an agency's task and a unit's work, out of the journal.

A call is a case of its own. An incident's case begins at the first ring of the first call that
tells of it: linked duplicates are one incident. Each task and each assignment is a case inside
its incident. Nothing is dropped: what has no stamp is shown as missing.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct, field

from kentongan.core.events import (
    AgencyNotified,
    AgencyTasked,
    AlertDelivered,
    AnyEvent,
    CallOffered,
    IncidentClassified,
    IncidentLocated,
    IncidentMerged,
    IncidentOpened,
    PrioritySet,
    ReportLinked,
    ReportOpened,
    ReportUnlinked,
    TaskAcknowledged,
    TaskHandedOver,
    TaskRefused,
    UnitAssigned,
    UnitProgressed,
    UnitReleased,
)
from kentongan.core.words import Meta, Progress
from kentongan.measure.clocks import Clock, clock_of

Stamps = dict[Clock, datetime]


class CallCase(Struct, kw_only=True):
    """One call's stamps. `line` is the number that was dialled: legacy lines are counted apart."""

    call: str
    line: str = ""
    training: bool = False
    stamps: Stamps = field(default_factory=dict[Clock, datetime])

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be stamped."""
        return Clock.ENDED in self.stamps or Clock.ABANDONED in self.stamps


class PartCase(Struct, kw_only=True):
    """An agency's task or a unit's work within an incident. `over` when nothing more comes."""

    agency: str
    unit: str | None = None
    over: bool = False
    stamps: Stamps = field(default_factory=dict[Clock, datetime])


class IncidentCase(Struct, kw_only=True):
    """One incident's stamps with its tasks by agency and its assignments in order.

    `own` are the stamps of its own events; `stamps` are those and what `Cases.finish` found in
    the calls that tell of it.
    """

    incident: str
    number: int = 0
    nature: str | None = None
    priority: str | None = None
    kecamatan: str | None = None
    training: bool = False
    merged: bool = False
    reports: list[str] = field(default_factory=list[str])
    own: Stamps = field(default_factory=dict[Clock, datetime])
    stamps: Stamps = field(default_factory=dict[Clock, datetime])
    tasks: dict[str, PartCase] = field(default_factory=dict[str, PartCase])
    works: list[PartCase] = field(default_factory=list[PartCase])

    @property
    def is_over(self) -> bool:
        """Whether it was closed."""
        return Clock.CLOSED in self.own

    def work_of(self, unit: str) -> PartCase | None:
        """The unit's latest work on this incident."""
        return next((work for work in reversed(self.works) if work.unit == unit), None)


class Cases(Struct, kw_only=True):
    """Everything that was found, by id; `reports` maps a report to its call."""

    calls: dict[str, CallCase] = field(default_factory=dict[str, CallCase])
    incidents: dict[str, IncidentCase] = field(default_factory=dict[str, IncidentCase])
    reports: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, event: AnyEvent, meta: Meta) -> None:
        """Take one event into account; events come in the order of the journal."""
        noun, _, key = meta.stream.partition(":")
        if noun == "call":
            self._add_to_call(event, meta, self.calls.setdefault(key, CallCase(call=key)))
        elif noun == "report" and isinstance(event, ReportOpened) and event.call is not None:
            self.reports[key] = event.call
        elif noun == "incident":
            case = self.incidents.setdefault(key, IncidentCase(incident=key))
            _describe(event, case)
            _stamp_parts(event, meta, case)
            _stamp(case.own, clock_of(event), meta.at)

    def finish(self) -> None:
        """Give incidents the first ring of the calls linked now, works their notification.

        It may be called again after more events: nothing of an earlier answer stays.
        """
        for case in self.incidents.values():
            case.stamps = dict(case.own)
            for work in case.works:
                task = case.tasks.get(work.agency)
                if task and Clock.NOTIFIED in task.stamps:
                    work.stamps[Clock.NOTIFIED] = task.stamps[Clock.NOTIFIED]
            for report in case.reports:
                call = self.calls.get(self.reports.get(report, ""))
                if call is None:
                    continue
                for clock in (Clock.RING, Clock.ANSWER):
                    _stamp_earliest(case.stamps, clock, call.stamps.get(clock))

    def forget(self, before: datetime) -> None:
        """Drop what rang or was opened before then and is over; for a process that runs on."""
        for key in [key for key, case in self.calls.items() if _is_past(case, before)]:
            del self.calls[key]
        for key in [key for key, case in self.incidents.items() if _is_past(case, before)]:
            for report in self.incidents.pop(key).reports:
                self.reports.pop(report, None)

    def _add_to_call(self, event: AnyEvent, meta: Meta, case: CallCase) -> None:
        if isinstance(event, CallOffered):
            case.line, case.training = event.line, event.training
        _stamp(case.stamps, clock_of(event), meta.at)


def cases_of(recorded: Iterable[tuple[AnyEvent, Meta]]) -> Cases:
    """The cases of a journal, read from its beginning."""
    cases = Cases()
    for event, meta in recorded:
        cases.add(event, meta)
    cases.finish()
    return cases


def _is_past(case: CallCase | IncidentCase, before: datetime) -> bool:
    stamps = case.stamps if isinstance(case, CallCase) else case.own
    return case.is_over and max(stamps.values()) < before


def _stamp(stamps: Stamps, clock: Clock | None, at: datetime) -> None:
    if clock is not None:
        stamps.setdefault(clock, at)


def _stamp_earliest(stamps: Stamps, clock: Clock, at: datetime | None) -> None:
    if at is not None and at < stamps.get(clock, at.max.replace(tzinfo=at.tzinfo)):
        stamps[clock] = at


def _describe(event: AnyEvent, case: IncidentCase) -> None:
    match event:
        case IncidentOpened():
            case.number, case.training = event.number, event.training
        case IncidentClassified():
            case.nature, case.priority = event.nature, event.priority
        case PrioritySet():
            case.priority = event.priority
        case IncidentLocated():
            case.kecamatan = event.place.kecamatan or case.kecamatan
        case ReportLinked():
            case.reports.append(event.report)
        case ReportUnlinked():
            case.reports = [report for report in case.reports if report != event.report]
        case IncidentMerged():
            case.merged = True
        case _:
            pass


def _stamp_parts(event: AnyEvent, meta: Meta, case: IncidentCase) -> None:
    match event:
        case AgencyTasked():
            case.tasks.setdefault(event.agency, PartCase(agency=event.agency))
        case AgencyNotified() | TaskAcknowledged() | TaskRefused() | TaskHandedOver():
            task = case.tasks.setdefault(event.agency, PartCase(agency=event.agency))
            task.over = not isinstance(event, AgencyNotified)
            _stamp(task.stamps, clock_of(event), meta.at)
        case UnitAssigned():
            work = PartCase(agency=event.agency, unit=event.unit)
            _stamp(work.stamps, Clock.ASSIGNED, meta.at)
            case.works.append(work)
        case AlertDelivered() | UnitProgressed() | UnitReleased():
            work = case.work_of(event.unit)
            if work is not None:
                _stamp(work.stamps, clock_of(event), meta.at)
                released = isinstance(event, UnitReleased)
                clear = isinstance(event, UnitProgressed) and event.progress is Progress.CLEAR
                work.over = work.over or released or clear
        case _:
            pass
