"""What follows from an event without anybody asking: commands, timers, messages to the outside.

    event                          follows
    incident sent                  each agency of the plan is asked, and those the answers added
    .. and taken back              those that this sending led to, and no sooner, are not asked
    classified, triage answered    after sending: agencies newly needed are asked
    report linked                  the report is attached to the incident
    incident merged                its reports are linked to the other incident
    incident taken apart again     they are linked to it again
    agency tasked                  it is notified; unanswered (A-07) it escalates, twice
    unit assigned                  its crew is alerted; unanswered (A-04) the dispatcher is told
    unit pre-alerted               that is over after a while
    wrap-up begun                  it ends by itself
    roads closed for a time        the closure is lifted when it is over
    unit broken down               it is out of service
    place corrected by a crew      an alias: the words it was said under mean that point
    incident becomes sensitive     the aliases that crews led to are undone; new again when it was
                                   a mistake

What follows only for whoever knows the room is in `core.room_policy`.

Nothing here decides to send or to withdraw a unit: that is a person's decision, always. An agency
that was asked once is never asked again by itself, also when it refused, unless somebody took it
back. The names are part of the ids of what follows (`<event id>/<name>`), so the same event never
leads to it twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from msgspec import Struct

from kentongan.core.alias import ACCURACY_MAX_M
from kentongan.core.assignment import BREAKDOWNS
from kentongan.core.closure import EXPIRED, Closure
from kentongan.core.commands import (
    AddAlias,
    AnyCommand,
    AttachReport,
    EndWrapUp,
    EscalateAlert,
    EscalateTask,
    LiftClosure,
    LiftPreAlert,
    LinkReport,
    TakeUnitOutOfService,
    TaskAgency,
    UndoAlias,
    UnlinkReport,
)
from kentongan.core.commands.scene import NoteDanger
from kentongan.core.commands.undo import WithdrawTask
from kentongan.core.desk import Desk
from kentongan.core.events import (
    AgencyTasked,
    AnyEvent,
    ClosureChanged,
    IncidentClassified,
    IncidentMerged,
    IncidentSent,
    IncidentUnmerged,
    PlaceCorrected,
    ReportLinked,
    RoadsClosed,
    TriageAnswered,
    UnitAssigned,
    UnitPreAlerted,
    UnitReleased,
    WrapUpStarted,
)
from kentongan.core.events.undo import IncidentUnsent
from kentongan.core.incident import Incident
from kentongan.core.lanes import wanted_since
from kentongan.core.lifecycle import LocalName
from kentongan.core.plans import Plans
from kentongan.core.pre_alert import EXPIRED as EXPIRED_PRE_ALERT
from kentongan.core.rows import IncidentRow, Task
from kentongan.core.streams import AnyState
from kentongan.core.tasking import ESCALATIONS_MAX, find_task, is_active, plan
from kentongan.core.unit import Unit
from kentongan.core.words import (
    AgencyKey,
    IncidentId,
    Meta,
    ReportId,
    TaskRole,
    TaskState,
    UnitId,
)

TICKETS_ONLY: Final = "tickets"
"""Mode of an agency that gets complaints to answer in days; silence of a minute is no alarm."""


ACCURACY_UNSAID_M: Final = 30
"""How well a point is known when the receiver does not say: a street's width, and a garden."""


class Reaction(NamedTuple):
    """A command that follows at once; `name` is unique among those of one event."""

    name: str
    command: AnyCommand


class Timed(NamedTuple):
    """A command that follows at a time, and does nothing when its reason is gone by then."""

    name: str
    due_at: datetime
    command: AnyCommand


class NotifyAgencyEffect(Struct, frozen=True, kw_only=True, tag="notify_agency"):
    """Tell an agency that it is asked. Its delivery comes back as `NotifyAgency`."""

    incident: IncidentId
    agency: AgencyKey
    training: bool = False


class AlertCrewEffect(Struct, frozen=True, kw_only=True, tag="alert_crew"):
    """Ring a crew. Its delivery comes back as `DeliverAlert`."""

    incident: IncidentId
    unit: UnitId
    training: bool = False


AnyEffect = NotifyAgencyEffect | AlertCrewEffect


def reactions(
    event: AnyEvent,
    meta: Meta,  # noqa: ARG001
    state: AnyState,
    plans: Plans,
) -> tuple[Reaction, ...]:
    """Commands that follow at once; `state` is the stream up to and including the event."""
    row = _incident_row(state)
    if row is None or not isinstance(state, Incident):
        return ()
    match event:
        case IncidentClassified():
            asked = () if row.sent_at is None else _ask_agencies(row, state.added, plans)
            return (*asked, *_local_names(row, state.learnt))
        case IncidentSent():
            return _ask_agencies(row, state.added, plans, again=True)
        case TriageAnswered() if row.sent_at is not None:
            return _ask_agencies(row, state.added, plans)
        case IncidentUnsent():
            return _ask_no_more(row, state.added, plans)
        case ReportLinked(report=report):
            attach = AttachReport(report=report, incident=row.key)
            return (Reaction("attach_report", attach),)
        case IncidentMerged(into=into, reports=reports):
            return _taken_along(row, into, reports)
        case UnitReleased(unit=unit, reason=reason) if reason in BREAKDOWNS:
            out = TakeUnitOutOfService(unit=unit, reason=reason)
            return (Reaction("out_of_service", out),)
        case IncidentUnmerged(into=into, reports=reports):
            return _take_back(row.key, into, reports)
        case PlaceCorrected() if state.learnt and state.learnt[-1].told == event:
            added = _added(row.key, state.learnt[-1])
            return () if added is None else (Reaction("alias", added),)
        case _:
            return ()


def _taken_along(
    row: IncidentRow, into: IncidentId, reports: Sequence[ReportId]
) -> tuple[Reaction, ...]:
    """The reports, and what they say is dangerous: whoever is on the way must know of it. How many
    are hurt stays behind: two callers count the same people."""
    links = (
        Reaction(f"link_{report}", LinkReport(incident=into, report=report)) for report in reports
    )
    dangers = (
        Reaction(f"danger_{danger}", NoteDanger(incident=into, danger=danger))
        for danger in row.dangers
        if danger != "none"
    )
    return (*links, *dangers)


def _take_back(
    incident: IncidentId, into: IncidentId, reports: Sequence[ReportId]
) -> tuple[Reaction, ...]:
    """A report is one incident's at a time: first it leaves the other one."""
    return tuple(
        reaction
        for report in reports
        for reaction in (
            Reaction(f"unlink_{report}", UnlinkReport(incident=into, report=report)),
            Reaction(f"link_{report}", LinkReport(incident=incident, report=report)),
        )
    )


def _added(incident: IncidentId, name: LocalName) -> AddAlias | None:
    """The words under which the place was said, and where the crew found it."""
    told = name.told
    if told.label is None:
        return None
    return AddAlias(
        alias=name.alias,
        phrases=told.phrases,
        label=told.label,
        point=told.fix.point,
        accuracy_m=_whole_metres(told.fix.accuracy_m),
        incident=incident,
        unit=told.unit,
        note=told.words,
        by=name.by,
        doubt=told.doubt,
    )


def _local_names(row: IncidentRow, learnt: Sequence[LocalName]) -> tuple[Reaction, ...]:
    """What crews' words led to ends with an incident that became sensitive, and is back when it is
    not. What stands already changes nothing; what people ended stays ended (`core.alias`)."""
    if row.sensitive:
        return tuple(
            Reaction(f"undo_{one.alias}", UndoAlias(alias=one.alias, sensitive=True))
            for one in learnt
        )
    every = ((one, _added(row.key, one)) for one in learnt)
    return tuple(Reaction(f"add_{one.alias}", added) for one, added in every if added is not None)


def _whole_metres(accuracy_m: float | None) -> int:
    """What a receiver says of itself; nothing when it says nothing that can be true."""
    return min(ACCURACY_MAX_M, max(1, round(accuracy_m))) if accuracy_m else ACCURACY_UNSAID_M


def _incident_row(state: AnyState) -> IncidentRow | None:
    return state.row if isinstance(state, Incident) else None


def _ask_agencies(
    row: IncidentRow, added: Sequence[str], plans: Plans, *, again: bool = False
) -> tuple[Reaction, ...]:
    """With `again` also those whose task was withdrawn: a sending that was taken back is given."""
    nature = plans.natures.get(row.nature) if row.nature is not None else None
    return tuple(
        Reaction(
            f"task_{agency}",
            TaskAgency(incident=row.key, agency=agency, lead=role is TaskRole.LEAD),
        )
        for agency, role in plan(nature, plans, added)
        if _may_ask(find_task(row.tasks, agency), again=again)
    )


def _may_ask(task: Task | None, *, again: bool) -> bool:
    return task is None or (again and task.state is TaskState.WITHDRAWN)


def _ask_no_more(row: IncidentRow, added: Sequence[str], plans: Plans) -> tuple[Reaction, ...]:
    """Whom the sending will have asked by the time this is done: its own reactions come first."""
    nature = plans.natures.get(row.nature) if row.nature is not None else None
    return tuple(
        Reaction(f"withdraw_{agency}", WithdrawTask(incident=row.key, agency=agency))
        for agency, _ in plan(nature, plans, added)
        if not is_active(find_task(row.tasks, agency))
    )


def timers(event: AnyEvent, meta: Meta, state: AnyState, plans: Plans) -> tuple[Timed, ...]:
    """Commands that follow later unless somebody acts before."""
    if isinstance(event, WrapUpStarted) and isinstance(state, Desk):
        return (Timed("end_wrap_up", event.until, EndWrapUp(desk=state.key)),)
    if isinstance(event, UnitPreAlerted) and isinstance(state, Unit):
        lift = LiftPreAlert(unit=state.key, reason=EXPIRED_PRE_ALERT)
        return (Timed("lift_pre_alert", event.until, lift),)
    if isinstance(event, RoadsClosed | ClosureChanged) and isinstance(state, Closure):
        return _lift_later(event, state)
    row = _incident_row(state)
    if row is None:
        return ()
    match event:
        case AgencyTasked(agency=agency):
            return _agency_silent(row, agency, wanted_since(row, meta.at), plans)
        case UnitAssigned(unit=unit):
            limit_s = plans.limit_s("A-04", row.priority)
            if limit_s is None:
                return ()
            escalate = EscalateAlert(incident=row.key, unit=unit, after_s=limit_s)
            return (Timed("escalate_alert", meta.at + timedelta(seconds=limit_s), escalate),)
        case _:
            return ()


def _lift_later(event: RoadsClosed | ClosureChanged, closure: Closure) -> tuple[Timed, ...]:
    if event.until_at is None:
        return ()
    return (Timed("lift", event.until_at, LiftClosure(closure=closure.key, reason=EXPIRED)),)


def _agency_silent(
    row: IncidentRow, agency: AgencyKey, asked_at: datetime, plans: Plans
) -> tuple[Timed, ...]:
    limit_s = plans.limit_s("A-07", row.priority)
    if limit_s is None or plans.agency_modes.get(agency) == TICKETS_ONLY:
        return ()
    return tuple(
        Timed(
            f"escalate_task_{level}",
            asked_at + timedelta(seconds=level * limit_s),
            EscalateTask(incident=row.key, agency=agency),
        )
        for level in range(1, ESCALATIONS_MAX + 1)
    )


def effects(
    event: AnyEvent,
    meta: Meta,  # noqa: ARG001
    state: AnyState,
    plans: Plans,  # noqa: ARG001
) -> tuple[AnyEffect, ...]:
    """Messages to the outside."""
    row = _incident_row(state)
    if row is None:
        return ()
    match event:
        case AgencyTasked(agency=agency):
            return (NotifyAgencyEffect(incident=row.key, agency=agency, training=row.training),)
        case UnitAssigned(unit=unit):
            return (AlertCrewEffect(incident=row.key, unit=unit, training=row.training),)
        case _:
            return ()
