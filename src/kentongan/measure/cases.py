"""Cases: the stamps of calls, incidents, agencies' tasks and units' works, out of the journal.

A call is a case of its own. An incident's case begins at the first ring of the first call that
tells of it: linked duplicates are one incident. Each task and each assignment is a case inside its
incident. Nothing is dropped: what has no stamp is shown as missing.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct, field

from kentongan.core.events import (
    AnyEvent,
    CallbackNoted,
    CallerTold,
    CallOffered,
    ReportOpened,
    UnitPreAlerted,
)
from kentongan.core.words import Channel, Meta
from kentongan.measure.case_facts import describe, take_part
from kentongan.measure.clocks import WORK_CLOCKS, Clock, clock_of
from kentongan.measure.stamps import Stamp, keep_earliest
from kentongan.measure.subjects import CallCase, IncidentCase, Report
from kentongan.measure.unit_hours import UnitDuty

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Cases(Struct, kw_only=True):
    """Everything that was found, by id. `until` is the newest moment anything tells of, `duty` when
    each unit was there."""

    calls: dict[str, CallCase] = field(default_factory=dict[str, CallCase])
    incidents: dict[str, IncidentCase] = field(default_factory=dict[str, IncidentCase])
    reports: dict[str, Report] = field(default_factory=dict[str, Report])
    until: datetime = BEGINNING
    duty: dict[str, UnitDuty] = field(default_factory=dict[str, UnitDuty])

    def add(self, event: AnyEvent, meta: Meta) -> None:
        """Take one event into account; events come in the order of the journal."""
        noun, _, key = meta.stream.partition(":")
        if noun == "call":
            self._add_to_call(event, meta, self.calls.setdefault(key, CallCase(call=key)))
        elif noun == "report":
            self._add_to_report(event, meta, key)
        elif noun == "unit" and isinstance(event, UnitPreAlerted):
            case = self.incidents.get(event.incident)
            if case is not None:
                case.own.setdefault(Clock.PRE_ALERT, Stamp(meta.at))
        elif noun == "incident":
            case = self.incidents.setdefault(key, IncidentCase(incident=key))
            describe(event, case)
            take_part(event, meta, case)
        else:
            if noun == "unit":
                self.duty.setdefault(key, UnitDuty()).add(event, meta.at)
            return
        self.until = max(self.until, meta.at)

    def finish(self) -> None:
        """Give incidents the first ring of the calls linked now and what their parts did first.

        It may be called again after more events: nothing of an earlier answer stays.
        """
        for case in self.incidents.values():
            case.stamps = dict(case.own)
            _take_notification(case)
            _take_first_of_parts(case)
            self._take_calls(case)

    def forget(self, before: datetime) -> None:
        """Drop what rang or was opened before then and is over; for a process that runs on."""
        for key in [key for key, case in self.calls.items() if _is_past(case, before)]:
            del self.calls[key]
        for key in [key for key, case in self.incidents.items() if _is_past(case, before)]:
            for report in self.incidents.pop(key).reports:
                self.reports.pop(report, None)
        for duty in self.duty.values():
            duty.spans = [span for span in duty.spans if span[1] >= before]

    def _add_to_call(self, event: AnyEvent, meta: Meta, case: CallCase) -> None:
        if isinstance(event, CallOffered):
            case.line, case.training = event.line, event.training
        clock = clock_of(event)
        if clock is not None:
            case.stamps.setdefault(clock, Stamp(meta.at))
        if isinstance(event, CallbackNoted) and event.outcome == "reached":
            case.stamps.setdefault(Clock.REGAINED, Stamp(meta.at))

    def _add_to_report(self, event: AnyEvent, meta: Meta, key: str) -> None:
        if isinstance(event, ReportOpened):
            self.reports[key] = Report(call=event.call, channel=event.channel)
        elif isinstance(event, CallerTold):
            case = self.incidents.get(event.incident)
            if case is not None:
                case.own.setdefault(Clock.TOLD, Stamp(meta.at))
                case.told.append((event.unit, event.promise))

    def _take_calls(self, case: IncidentCase) -> None:
        case.line, case.origin = "", ""
        first = datetime.max.replace(tzinfo=UTC)
        for key in case.reports:
            report = self.reports.get(key)
            if report is None:
                continue
            case.origin = case.origin or report.channel
            call = self.calls.get(report.call or "")
            if call is None:
                continue
            case.origin = Channel.CALL
            for clock in (Clock.RING, Clock.ANSWER):
                keep_earliest(case.stamps, clock, call.stamps.get(clock))
            ring = call.stamps.get(Clock.RING)
            if ring is not None and ring.at < first:
                first, case.line = ring.at, call.line


def cases_of(recorded: Iterable[tuple[AnyEvent, Meta]]) -> Cases:
    """The cases of a journal, read from its beginning."""
    cases = Cases()
    for event, meta in recorded:
        cases.add(event, meta)
    cases.finish()
    return cases


def _take_notification(case: IncidentCase) -> None:
    for work in case.works:
        task = case.tasks.get(work.agency)
        if task and Clock.NOTIFIED in task.stamps:
            work.stamps[Clock.NOTIFIED] = task.stamps[Clock.NOTIFIED]


def _take_first_of_parts(case: IncidentCase) -> None:
    """An agency's clocks are its first unit's; the incident's are the first of all."""
    for task in case.tasks.values():
        for clock in WORK_CLOCKS:
            task.stamps.pop(clock, None)
    for work in case.works:
        task = case.tasks.get(work.agency)
        for clock in WORK_CLOCKS:
            stamp = work.stamps.get(clock)
            keep_earliest(case.stamps, clock, stamp)
            if task is not None:
                keep_earliest(task.stamps, clock, stamp)
    for task in case.tasks.values():
        for clock in (Clock.TASKED, Clock.NOTIFIED, Clock.ACK):
            keep_earliest(case.stamps, clock, task.stamps.get(clock))


def _is_past(case: CallCase | IncidentCase, before: datetime) -> bool:
    stamps = case.stamps if isinstance(case, CallCase) else case.own
    return case.is_over and max(stamp.at for stamp in stamps.values()) < before
