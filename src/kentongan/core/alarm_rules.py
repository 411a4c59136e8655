"""The register of alarms (CONSOLE.md §7.9): which stand now, and what is to be written down.

One rule set for everybody. `causes` says what is not as it should be, `standing` which of it has
been so for its limit, `follow_up` what has to be raised, escalated, given back and cleared so that
the board says the same. Screens draw the board's alarms; the clock they count with is their own,
the decision is not.

*Limits* are the city's (`plans.alarms`). *Escalation*: after the plan's `escalate_s`, but never
before twice the limit, because a limit that differs by priority is doubled, not added to. It shows
the alarm to more people; whoever has taken it keeps it.

*Flood*: more than `FLOOD_MAX` new ones within `FLOOD_WITHIN` at one desk is an alarm of its own,
for the supervisor, and its screens group by cause.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kentongan.core.alarm_causes import (
    CODES,
    Cause,
    of_calls,
    of_engagement,
    of_incident,
    of_slips,
    of_unit,
)
from kentongan.core.alarm_rows import GRADES, AlarmGrade, AlarmKind, AlarmRow
from kentongan.core.alarm_zones import uncovered
from kentongan.core.commands.alarm import ClearAlarm, EscalateAlarm, LeaveAlarm, RaiseAlarm
from kentongan.core.plans import Plans
from kentongan.core.rows import (
    AgencyRow,
    CallRow,
    DeskRow,
    EngagementRow,
    IncidentRow,
    ReportRow,
    UnitRow,
)
from kentongan.core.words import AlarmKey, Role

FLOOD_MAX: Final = 10
"""New alarms at one desk within `FLOOD_WITHIN`; with more, one person cannot read them singly."""

FLOOD_WITHIN: Final = timedelta(minutes=10)

STANDING_MAX: Final = 500
"""Alarms that stand at once. More tell nobody anything; the loudest and oldest are kept."""

ABOUT_CHARACTERS_MAX: Final = 110
"""Of what an alarm is about, in its key: two ids of 26 characters and more; the key of a stream has
at most 200, and the ids of the commands to it begin with it."""

DUTY_ENDED: Final = "duty_ended"
"""Why an alarm whose owner went home is everybody's again."""

_ESCALATED_TO: Final[Mapping[str, tuple[Role, ...]]] = {
    "supervisor": (Role.SUPERVISOR,),
    "agency_head": (Role.AGENCY_OFFICER,),
    "agency_duty_officer": (Role.AGENCY_OFFICER,),
    "technical_on_call": (Role.ADMIN,),
}
"""Roles of the people whom the city's plans name."""

_AT_ONCE: Final[Mapping[AlarmKind, tuple[Role, ...]]] = {
    "crew_emergency": (Role.DISPATCHER, Role.SUPERVISOR, Role.AGENCY_OFFICER),
    "call_waiting": (Role.CALL_TAKER,),
    "late": (Role.DISPATCHER, Role.CALL_TAKER),
    "caller_untold": (Role.DISPATCHER, Role.CALL_TAKER),
    "call_dropped": (Role.CALL_TAKER,),
    "system": (Role.SUPERVISOR,),
    "no_free_unit": (Role.DISPATCHER, Role.SUPERVISOR),
    "alarm_flood": (Role.SUPERVISOR,),
}
"""To whom an alarm goes first; what is not named goes to dispatchers. An officer only gets what
concerns the own agency, whatever the kind."""


class Trouble(Struct, frozen=True, kw_only=True):
    """A part of the centre that is not well; `part` names it, `detail` is for an engineer."""

    part: str
    since: datetime
    grade: AlarmGrade = "high"
    detail: str = ""
    node: str = ""


class Recent(Struct, frozen=True, kw_only=True):
    """An alarm that was raised a short while ago."""

    at: datetime
    to: tuple[str, ...]


class Situation(Struct, frozen=True, kw_only=True):
    """All that the rules look at. Numbers of calls are open; `fixes` say when a unit was seen."""

    calls: Sequence[CallRow] = ()
    reports: Sequence[ReportRow] = ()
    incidents: Sequence[IncidentRow] = ()
    units: Sequence[UnitRow] = ()
    engagements: Sequence[EngagementRow] = ()
    agencies: Sequence[AgencyRow] = ()
    desks: Sequence[DeskRow] = ()
    alarms: Sequence[AlarmRow] = ()
    fixes: Mapping[str, datetime] = {}
    troubles: Sequence[Trouble] = ()
    recent: Sequence[Recent] = ()


class Standing(Struct, frozen=True, kw_only=True):
    """A cause that has stood for its limit: an alarm at this level."""

    cause: Cause
    limit_s: int
    level: int
    grade: AlarmGrade
    to: tuple[str, ...]
    escalated_at: datetime | None

    @property
    def due_at(self) -> datetime:
        """When it became an alarm."""
        return self.cause.since + timedelta(seconds=self.limit_s)


class FollowUp(Struct, frozen=True, kw_only=True):
    """A command of the centre itself, and when its reason began."""

    command: RaiseAlarm | EscalateAlarm | ClearAlarm | LeaveAlarm
    at: datetime


def causes(situation: Situation, plans: Plans, now: datetime) -> Iterator[Cause]:
    """Everything that is not as it should be, however short a time."""
    police = frozenset(row.key for row in situation.agencies if row.agency_kind == "police")
    kinds: dict[str, str] = {row.key: row.unit_kind for row in situation.units}
    ambulances = frozenset(key for key, kind in kinds.items() if kind.startswith("ambulance"))
    for unit in situation.units:
        yield from of_unit(unit)
    yield from of_calls(situation.calls, plans.limit_s("A-08", None) or 0)
    reports: dict[str, ReportRow] = {row.key: row for row in situation.reports}
    for incident in situation.incidents:
        yield from of_incident(incident, police, ambulances)
        yield from of_slips(incident, reports, kinds)
    for engagement in situation.engagements:
        yield of_engagement(engagement, situation.fixes.get(engagement.key))
    for trouble in situation.troubles:
        yield _of_trouble(trouble)
    for zone in uncovered(situation.units, situation.incidents, plans.post_zones):
        yield Cause(
            kind="no_free_unit", about=zone.key, since=zone.since, grade="high", detail=zone.detail
        )
    yield from _floods(situation, now)


def _of_trouble(one: Trouble) -> Cause:
    about = f"{one.part}:{one.node}" if one.node else one.part
    return Cause(
        kind="system",
        about=about,
        since=one.since,
        grade=one.grade,
        detail=one.detail,
        node=one.node,
    )


def _floods(situation: Situation, now: datetime) -> Iterator[Cause]:
    recent = [one for one in situation.recent if now - one.at < FLOOD_WITHIN]
    if len(recent) <= FLOOD_MAX:
        return
    for desk in situation.desks:
        at_desk = sorted(one.at for one in recent if not set(one.to).isdisjoint(desk.roles))
        if len(at_desk) > FLOOD_MAX:
            yield Cause(
                kind="alarm_flood",
                about=desk.key,
                since=at_desk[FLOOD_MAX],
                grade="high",
                desk=desk.key,
                detail=str(len(at_desk)),
            )


def standing(situation: Situation, plans: Plans, now: datetime) -> list[Standing]:
    """The alarms of this moment, the loudest and oldest first, at most `STANDING_MAX`."""
    all_ = (_standing(cause, plans, now) for cause in causes(situation, plans, now))
    found = [one for one in all_ if one is not None]
    found.sort(key=lambda one: (GRADES.index(one.grade), one.cause.since, one.cause.about))
    return found[:STANDING_MAX]


def _standing(cause: Cause, plans: Plans, now: datetime) -> Standing | None:
    limit_s = _limit_s(cause, plans)
    if limit_s is None or now - cause.since < timedelta(seconds=limit_s):
        return None
    to = _first_to(cause.kind)
    plan = plans.alarm_escalations.get(CODES[cause.kind])
    level, grade, escalated_at = 0, cause.grade, None
    if plan is not None:
        after = timedelta(seconds=max(plan.after_s, 2 * limit_s))
        if now - cause.since >= after:
            level, escalated_at = 1, cause.since + after
            to = (*to, *_ESCALATED_TO.get(plan.to, ()))
            if cause.kind == "call_waiting":
                grade, to = "critical", (*to, Role.DISPATCHER)
    return Standing(
        cause=cause,
        limit_s=limit_s,
        level=level,
        grade=grade,
        to=_names(to),
        escalated_at=escalated_at,
    )


def _limit_s(cause: Cause, plans: Plans) -> int | None:
    """In seconds; None when the plans set none, so that it never is an alarm."""
    if cause.kind in ("alarm_flood", "crew_emergency", "system", "call_dropped"):
        return 0
    limit_s = plans.limit_s(CODES[cause.kind], cause.limit_by)
    is_young = cause.kind in ("caller_untold", "help_wanted")  # than many a pack
    return limit_s or 0 if is_young else limit_s


# --- what has to be written down -----------------------------------------------------------------


def follow_up(
    alarms: Iterable[AlarmRow],
    wanted: Sequence[Standing],
    at_work: Collection[str],
    now: datetime,
) -> Iterator[FollowUp]:
    """What makes the board say what is `wanted`; `at_work` are the agents who are on duty at a desk
    or have a screen: whoever left gives back what they took, or it would be silent for ever.

    An alarm is known by kind and matter: what it is about can be wrong in one way once.
    """
    known = {(row.alarm_kind, row.about): row for row in alarms}
    slots = {(one.cause.kind, one.cause.about) for one in wanted}
    for slot, row in known.items():
        if slot not in slots:
            yield FollowUp(command=ClearAlarm(alarm=row.key), at=now)
        elif row.owner is not None and row.owner not in at_work:
            yield FollowUp(command=LeaveAlarm(alarm=row.key, reason=DUTY_ENDED), at=now)
    for one in wanted:
        row = known.get((one.cause.kind, one.cause.about))
        if row is None:
            yield FollowUp(command=_raise(one), at=min(one.due_at, now))
        elif one.level > row.level:
            yield FollowUp(command=_escalate(row.key, one), at=min(one.escalated_at or now, now))


def key_of(cause: Cause) -> AlarmKey:
    """Kind, matter and beginning: the same cause at another time is another alarm."""
    about = cause.about[:ABOUT_CHARACTERS_MAX]
    return AlarmKey(f"{cause.kind}:{about}:{int(cause.since.timestamp())}")


def _raise(one: Standing) -> RaiseAlarm:
    """As it was in the beginning: what it has become since is an escalation of its own."""
    cause = one.cause
    return RaiseAlarm(
        alarm=key_of(cause),
        kind=cause.kind,
        about=cause.about,
        code=CODES[cause.kind],
        grade=cause.grade,
        to=_names(_first_to(cause.kind)),
        since=cause.since,
        limit_s=one.limit_s,
        number=cause.number,
        incident=cause.incident,
        unit=cause.unit,
        call=cause.call,
        agency=cause.agency,
        desk=cause.desk,
        detail=cause.detail,
        node=cause.node,
        training=cause.training,
    )


def _first_to(kind: AlarmKind) -> tuple[Role, ...]:
    return _AT_ONCE.get(kind, (Role.DISPATCHER,))


def _names(roles: Iterable[Role]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(role.value for role in roles))


def _escalate(key: AlarmKey, one: Standing) -> EscalateAlarm:
    return EscalateAlarm(alarm=key, level=one.level, grade=one.grade, to=one.to)
