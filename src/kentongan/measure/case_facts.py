"""What the events of an incident's stream tell of it, of its agencies' tasks and its units' works.

A crew's tap is confirmed by the geofence when the position sent with it lies at the place
(`NEAR_M` and the place's own radius), and late when it lies farther than `AWAY_M`: pressed at the
hospital, or back at the post.
"""

from typing import Final

from kentongan.cities.distance import distance_m
from kentongan.core.arrival import AWAY_M, NEAR_M, UNKNOWN_ACCURACY_M
from kentongan.core.events import (
    AgencyNotified,
    AgencyTasked,
    AlertDelivered,
    AnyEvent,
    ArrivalPromised,
    IncidentClassified,
    IncidentClosed,
    IncidentLocated,
    IncidentMerged,
    IncidentOpened,
    IncidentReopened,
    LateRecorded,
    PlaceCorrected,
    PrioritySet,
    ReportLinked,
    ReportUnlinked,
    TaskAcknowledged,
    TaskCompleted,
    TaskHandedOver,
    TaskRefused,
    UnitAssigned,
    UnitProgressed,
    UnitReleased,
)
from kentongan.core.events.undo import (
    AnswerTakenBack,
    IncidentUnsent,
    TaskWithdrawn,
    UnitRestored,
)
from kentongan.core.words import NOT_FOR_OTHERS, Meta, Place, TaskState
from kentongan.measure.clocks import TAPPED, WORK_CLOCKS, Clock, clock_of
from kentongan.measure.paper_times import enter_late
from kentongan.measure.stamps import Source, Stamp
from kentongan.measure.subjects import IncidentCase, PartCase

AT_THE_PLACE: Final = frozenset({Clock.ARRIVED, Clock.PATIENT, Clock.LEFT})
"""Steps that are taken where the incident is."""

_OF_PARTS: Final = frozenset(WORK_CLOCKS) | {
    Clock.TASKED, Clock.NOTIFIED, Clock.ACK, Clock.COMPLETED, Clock.RELEASED, Clock.PROMISED,
    Clock.CORRECTED,
}  # fmt: skip


def describe(event: AnyEvent, case: IncidentCase) -> None:
    """What the incident is, as far as figures are split by it."""
    match event:
        case IncidentOpened():
            case.number, case.training = event.number, event.training
        case IncidentClassified():
            case.nature, case.priority = event.nature, event.priority
            case.is_sensitive = event.sensitive
        case PrioritySet():
            case.priority = event.priority
        case IncidentLocated():
            _locate(case, event.place)
        case ReportLinked():
            case.reports.append(event.report)
        case ReportUnlinked():
            case.reports = [report for report in case.reports if report != event.report]
        case IncidentMerged():
            case.merged = True
        case IncidentClosed():
            case.outcome = event.outcome
        case IncidentReopened():
            case.outcome = None
        case LateRecorded():
            enter_late(event, case)
            if event.place is not None:
                _locate(case, event.place)
        case _:
            pass


def take_part(event: AnyEvent, meta: Meta, case: IncidentCase) -> None:
    """Stamp the incident, or the task or the work the event is about."""
    match event:
        case AgencyTasked() | AgencyNotified() | TaskAcknowledged() | TaskCompleted():
            _take_task(event, meta, case)
        case TaskRefused() | TaskHandedOver():
            task = case.tasks.setdefault(event.agency, PartCase(agency=event.agency))
            task.over, task.gave_up_at, task.reason = True, meta.at, event.reason
        case UnitAssigned():
            why_not = next((one.reason for one in event.passed_over), None)
            work = PartCase(
                agency=event.agency, unit=event.unit, rank=event.rank,
                offered=event.offered, why_not=why_not,
            )  # fmt: skip
            case.sent.append((event.unit, meta.at))
            work.stamps[Clock.ASSIGNED] = Stamp(meta.at)
            case.works.append(work)
        case (
            AlertDelivered()
            | UnitProgressed()
            | UnitReleased()
            | ArrivalPromised()
            | PlaceCorrected()
        ):
            work = case.work_of(event.unit)
            if work is not None:
                _take_work(event, meta, case, work)
        case IncidentUnsent() | TaskWithdrawn() | AnswerTakenBack() | UnitRestored():
            _take_away(event, case)
        case IncidentReopened():
            case.own.pop(Clock.CLOSED, None)
            case.own.setdefault(Clock.REOPENED, Stamp(meta.at))
        case _:
            clock = clock_of(event)
            if clock is not None and clock not in _OF_PARTS:
                case.own.setdefault(clock, Stamp(meta.at))


def _take_away(
    event: IncidentUnsent | TaskWithdrawn | AnswerTakenBack | UnitRestored, case: IncidentCase
) -> None:
    """What was taken back was never waited for, nor done."""
    match event:
        case IncidentUnsent():
            case.own.pop(Clock.SENT, None)
        case TaskWithdrawn(agency=agency):
            case.tasks.pop(agency, None)
        case AnswerTakenBack(agency=agency, state=state):
            task = case.tasks.setdefault(agency, PartCase(agency=agency))
            task.over, task.gave_up_at, task.reason = state is TaskState.ACKNOWLEDGED, None, ""
            task.stamps.pop(Clock.COMPLETED, None)
            if not task.over:
                task.stamps.pop(Clock.ACK, None)
        case UnitRestored(unit=unit):
            work = case.work_of(unit)
            if work is not None:
                work.over, work.gave_up_at, work.reason = False, None, ""
                work.stamps.pop(Clock.RELEASED, None)


def _locate(case: IncidentCase, place: Place) -> None:
    case.kecamatan = place.kecamatan or case.kecamatan
    case.kelurahan = place.kelurahan or case.kelurahan
    if place.point is not None:
        case.point = place.point
        case.is_confined = NOT_FOR_OTHERS in place.cautions


def _take_task(
    event: AgencyTasked | AgencyNotified | TaskAcknowledged | TaskCompleted,
    meta: Meta,
    case: IncidentCase,
) -> None:
    task = case.tasks.setdefault(event.agency, PartCase(agency=event.agency))
    task.over = task.over or isinstance(event, TaskAcknowledged | TaskCompleted)
    clock = clock_of(event)
    if clock is not None:
        task.stamps.setdefault(clock, Stamp(meta.at))


def _take_work(
    event: AlertDelivered | UnitProgressed | UnitReleased | ArrivalPromised | PlaceCorrected,
    meta: Meta,
    case: IncidentCase,
    work: PartCase,
) -> None:
    clock = clock_of(event)
    if clock is None:
        return
    if isinstance(event, UnitReleased):
        work.over, work.gave_up_at, work.reason = True, meta.at, event.reason
    elif isinstance(event, ArrivalPromised):
        work.promise, work.last_promise = work.promise or event.promise, event.promise
    elif isinstance(event, UnitProgressed):
        if event.correction:
            _take_back(work, clock)
        _take_destination(event, meta, work)
        work.over = clock is Clock.CLEAR
    work.stamps.setdefault(clock, _stamp(event, clock, meta, case))


def _take_destination(event: UnitProgressed, meta: Meta, work: PartCase) -> None:
    """Bound for another hospital while the patient is on board: the first one did not take them."""
    if event.destination is None:
        return
    is_underway = Clock.LEFT in work.stamps and Clock.HOSPITAL not in work.stamps
    if work.bound_for not in {None, event.destination} and is_underway:
        work.stamps[Clock.DIVERTED] = Stamp(meta.at, Source.HAND)
    work.bound_for = event.destination


def _take_back(work: PartCase, clock: Clock) -> None:
    """A correction forgets the later steps, as the board does; the step itself keeps its time."""
    for later in WORK_CLOCKS[WORK_CLOCKS.index(clock) + 1 :]:
        work.stamps.pop(later, None)


def _stamp(event: AnyEvent, clock: Clock, meta: Meta, case: IncidentCase) -> Stamp:
    if not isinstance(event, UnitProgressed) or clock not in TAPPED:
        return Stamp(meta.at)
    fix, place = event.fix, case.point
    if clock not in AT_THE_PLACE or fix is None or place is None:
        return Stamp(meta.at, Source.HAND, is_late=event.correction)
    apart = distance_m(fix.point, place)
    accuracy = fix.accuracy_m if fix.accuracy_m is not None else UNKNOWN_ACCURACY_M
    if apart + accuracy <= NEAR_M + UNKNOWN_ACCURACY_M:
        return Stamp(meta.at, Source.GEOFENCE, is_late=event.correction)
    return Stamp(meta.at, Source.HAND, is_late=event.correction or apart - accuracy > AWAY_M)
