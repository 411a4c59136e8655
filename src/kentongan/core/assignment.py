"""A unit's work on an incident, from being given it until it is free again.

    assigned - accepted - departed - on_scene - at_patient - transporting - at_hospital
             - handed_over - clear

Steps may be skipped forwards (a crew that forgot to tap), never gone back, except by a correction,
which also forgets the later steps. `clear` from any step ends the work; so does a release, which
names its reason. A cleared unit may be corrected back to work, a released one must be assigned
again. The same step again means nothing, except that a transport may get another destination.

Theory: a tap of the crew is a fact from the road. It is kept even when its position is unreadable,
and what comes too late (a second `clear`, a tap after the release) does no harm. A unit may work on
the same incident twice; then it has two assignments here and only the last one counts.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core import slips
from kentongan.core.checks import check_label, check_promise, readable_fix, split_reason
from kentongan.core.commands.incident import (
    AssignmentCommand,
    AssignUnit,
    BreakDown,
    DeliverAlert,
    EscalateAlert,
    ListedUnit,
    PassedOver,
    ProgressUnit,
    ReleaseUnit,
    RevisePromise,
)
from kentongan.core.context import Context
from kentongan.core.events.incident import (
    AlertDelivered,
    AlertEscalated,
    ArrivalPromised,
    AssignmentEvent,
    UnitAssigned,
    UnitProgressed,
    UnitReleased,
)
from kentongan.core.plans import Plans
from kentongan.core.rows import Assignment
from kentongan.core.words import Meta, Progress, Refused

ASSIGNMENTS_MAX: Final = 1_000
"""Assignments of one incident; twenty times the city's whole fleet of 48."""

REASONS_MAX: Final = 50
"""Reasons, or units passed over or offered, told with one assignment; a screen lists fewer."""

ETA_S_MAX: Final = 86_400.0
"""An arrival later than a day ahead is none."""

BREAKDOWNS: Final = ("broken_down", "crashed", "stuck", "flat_tyre")
"""Why a unit cannot go on: the vehicle, an accident of its own, no way through, a tyre."""

ORDER: Final = {progress: place for place, progress in enumerate(Progress)}


def find_assignment(assignments: Sequence[Assignment], unit: str) -> Assignment | None:
    """The unit's latest assignment, ended or not."""
    return next((one for one in reversed(assignments) if one.unit == unit), None)


def working(assignments: Sequence[Assignment]) -> tuple[Assignment, ...]:
    """The assignments of units that are at work now."""
    return tuple(one for one in assignments if one.open)


def decide(
    command: AssignmentCommand, assignments: Sequence[Assignment], context: Context
) -> tuple[AssignmentEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so.

    Whether the incident takes assignments at all is decided by `core.incident` before.
    """
    current = find_assignment(assignments, command.unit)
    if isinstance(command, AssignUnit):
        return _assign(command, current, len(assignments), context.plans)
    if current is None:
        raise Refused("unit_not_assigned", unit=command.unit)
    match command:
        case DeliverAlert(unit=unit, channel=channel):
            check_label(channel, "channel")
            is_known = current.alert_delivered_at is not None
            return () if is_known else (AlertDelivered(unit=unit, channel=channel),)
        case EscalateAlert():
            return _escalate(command, current, context)
        case ProgressUnit():
            return _progress(command, current, context.plans)
        case ReleaseUnit(unit=unit, reason=reason):
            key, words = split_reason(reason)
            released = UnitReleased(unit=unit, reason=key, reason_text=words)
            return (released,) if current.open else ()
        case BreakDown(unit=unit, reason=reason):
            if reason not in BREAKDOWNS:
                raise Refused("unknown_breakdown", cause=reason[:100])
            return (UnitReleased(unit=unit, reason=reason),) if current.open else ()
        case RevisePromise(unit=unit, promise=promise):
            check_promise(promise)
            _must_be_open(current)
            is_news = current.promise != promise and slips.may_change(current, context.at)
            later = current.promise is None
            return (ArrivalPromised(unit=unit, promise=promise, later=later),) if is_news else ()
        case _:
            assert_never(command)


def _assign(
    command: AssignUnit, current: Assignment | None, count: int, plans: Plans
) -> tuple[AssignmentEvent, ...]:
    if current is not None and current.open:
        return ()
    if command.agency not in plans.agencies:
        raise Refused("unknown_agency", agency=command.agency)
    if count >= ASSIGNMENTS_MAX:
        raise Refused("too_many_assignments", assignments_max=str(ASSIGNMENTS_MAX))
    if max(map(len, (command.reasons, command.passed_over, command.offered))) > REASONS_MAX:
        raise Refused("too_many_reasons", reasons_max=str(REASONS_MAX))
    for reason in command.reasons:
        check_label(reason, "reasons")
    assigned = UnitAssigned(
        unit=command.unit,
        agency=command.agency,
        rank=command.rank,
        reasons=command.reasons,
        passed_over=tuple(_passed_over(one) for one in command.passed_over),
        offered=tuple(_offered(one) for one in command.offered),
    )
    if command.promise is None:
        return (assigned,)
    check_promise(command.promise)
    return (assigned, ArrivalPromised(unit=command.unit, promise=command.promise))


def _passed_over(one: PassedOver) -> PassedOver:
    key, words = split_reason(one.reason, "reasons")
    return PassedOver(unit=one.unit, reason=key, reason_text=words)


def _offered(one: ListedUnit) -> ListedUnit:
    """As it was told; a time that no road takes is none."""
    check_label(one.unit, "offered")
    low, high = one.eta_s_low, one.eta_s_high
    if low is None or high is None or not 0 <= low <= high <= ETA_S_MAX:
        return structs.replace(one, eta_s_low=None, eta_s_high=None)
    return one


def _must_be_open(current: Assignment) -> None:
    if not current.open:
        raise Refused("assignment_over", unit=current.unit)


def _escalate(
    command: EscalateAlert, current: Assignment, context: Context
) -> tuple[AssignmentEvent, ...]:
    assigned_at = current.progress_at.get(Progress.ASSIGNED)
    due_s = timedelta(seconds=command.after_s)
    is_due = assigned_at is None or context.at - assigned_at >= due_s
    is_silent = current.open and current.progress is Progress.ASSIGNED
    if not (is_due and is_silent) or current.escalated_at is not None:
        return ()
    return (AlertEscalated(unit=command.unit, after_s=command.after_s),)


def _progress(
    command: ProgressUnit, current: Assignment, plans: Plans
) -> tuple[AssignmentEvent, ...]:
    destination = command.destination
    if destination is not None and destination not in plans.hospitals:
        raise Refused("unknown_hospital", hospital=destination[:100])
    if current.released:
        if command.progress is Progress.CLEAR:
            return ()
        raise Refused("unit_released", unit=command.unit)
    ahead = ORDER[command.progress] - ORDER[current.progress]
    has_new_destination = destination is not None and destination != current.destination
    if ahead == 0 and not (has_new_destination and current.open):
        return ()
    if ahead < 0 and not command.correction:
        raise Refused("progress_backward", unit=command.unit, now=current.progress.value)
    return (
        UnitProgressed(
            unit=command.unit,
            progress=command.progress,
            fix=readable_fix(command.fix),
            destination=destination,
            correction=command.correction,
        ),
    )


# --- what the events mean ------------------------------------------------------------------------

Assignments = tuple[Assignment, ...]


def _assigned(all_: Assignments, event: UnitAssigned, meta: Meta) -> Assignments:
    assignment = Assignment(
        unit=event.unit,
        agency=event.agency,
        progress=Progress.ASSIGNED,
        progress_at={Progress.ASSIGNED: meta.at},
    )
    return (*all_, assignment)


def _changed(all_: Assignments, unit: str, **fields: object) -> Assignments:
    if len(all_) == 1 and all_[0].unit == unit:  # nearly always
        return (structs.replace(all_[0], **fields),)
    for place in range(len(all_) - 1, -1, -1):
        if all_[place].unit == unit:
            changed = structs.replace(all_[place], **fields)
            return (*all_[:place], changed, *all_[place + 1 :])
    return all_


def _delivered(all_: Assignments, event: AlertDelivered, meta: Meta) -> Assignments:
    return _changed(all_, event.unit, alert_delivered_at=meta.at)


def _escalated(all_: Assignments, event: AlertEscalated, meta: Meta) -> Assignments:
    return _changed(all_, event.unit, escalated_at=meta.at)


def _progressed(all_: Assignments, event: UnitProgressed, meta: Meta) -> Assignments:
    current = find_assignment(all_, event.unit)
    if current is None:
        return all_
    if event.progress is current.progress:  # another destination: the step keeps its time
        return _changed(all_, event.unit, destination=event.destination or current.destination)
    progress_at = current.progress_at
    at = meta.at
    if event.correction:
        at = progress_at.get(event.progress, meta.at)  # a step that is taken again keeps its time
        step = ORDER[event.progress]
        progress_at = {one: at for one, at in progress_at.items() if ORDER[one] < step}
    is_clear = event.progress is Progress.CLEAR
    is_before_way = event.correction and ORDER[event.progress] < ORDER[Progress.TRANSPORTING]
    return _changed(
        all_,
        event.unit,
        progress=event.progress,
        progress_at={**progress_at, event.progress: at},
        destination=event.destination or (None if is_before_way else current.destination),
        open=not is_clear,
        ended_at=meta.at if is_clear else None,
        unheard_at=None,  # a tap is a sign of life
    )


def _released(all_: Assignments, event: UnitReleased, meta: Meta) -> Assignments:
    return _changed(
        all_,
        event.unit,
        released=True,
        release_reason=event.reason,
        release_reason_text=event.reason_text,
        open=False,
        ended_at=meta.at,
    )


def _promised(all_: Assignments, event: ArrivalPromised, meta: Meta) -> Assignments:
    current = find_assignment(all_, event.unit)
    if current is None or current.promise is None:
        told_at = meta.at if event.later else None
        return _changed(all_, event.unit, promise=event.promise, revised_at=told_at)
    return _changed(
        all_,
        event.unit,
        promise=event.promise,
        first_promise=current.first_promise or current.promise,
        revised_at=meta.at,
        revisions=current.revisions + 1,
    )


EVOLVE: Final[dict[type[Struct], Callable[..., Assignments]]] = {
    UnitAssigned: _assigned,
    AlertDelivered: _delivered,
    AlertEscalated: _escalated,
    UnitProgressed: _progressed,
    UnitReleased: _released,
    ArrivalPromised: _promised,
}
