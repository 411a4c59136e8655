"""An alarm: raised when a cause has stood too long, somebody's when taken, over with its cause.

             never raised    stands, nobody's     stands, somebody's                 cleared
    raise    stands          nothing              nothing                            stands again
    take     refused unknown taken                own: nothing, other: refused       refused over
    leave    refused unknown nothing              own, or a supervisor: nobody's     refused over
    shelve   refused unknown aside if `medium`    own: aside, other: refused         refused over
    escalate refused unknown higher level         higher level                       nothing
    clear    refused unknown cleared              cleared                            nothing

Theory: two desks that press F7 at once are two commands to one stream, so that one has it and the
other is told who. Nobody can delete an alarm. Taking it changes neither its cause nor its
countdown: an alarm that somebody has still escalates, with their name on it. The same cause again
is the same stream with a new episode, which nobody has.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.alarm_rows import AlarmRow
from kentongan.core.checks import cut_label, split_reason
from kentongan.core.commands.alarm import (
    AlarmCommand,
    ClearAlarm,
    EscalateAlarm,
    LeaveAlarm,
    RaiseAlarm,
    ShelveAlarm,
    TakeAlarm,
)
from kentongan.core.context import Context
from kentongan.core.events.alarm import (
    AlarmCleared,
    AlarmEscalated,
    AlarmEvent,
    AlarmLeft,
    AlarmRaised,
    AlarmShelved,
    AlarmTaken,
)
from kentongan.core.words import Agent, AlarmKey, Meta, Refused, Role

SHELVED_MINUTES_MAX: Final = 15
"""Longest time an alarm may be put aside (CONSOLE.md §7.9)."""


class Alarm(Struct, frozen=True, kw_only=True):
    """An alarm; `row` is None before it is raised and after it is cleared."""

    key: AlarmKey
    row: AlarmRow | None = None
    episodes: int = 0


def decide(command: AlarmCommand, alarm: Alarm, context: Context) -> tuple[AlarmEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    row = alarm.row
    if isinstance(command, RaiseAlarm):
        return () if row is not None else (_raised(command, alarm),)
    if not alarm.episodes:
        raise Refused("unknown_alarm")
    match command:
        case EscalateAlarm(level=level, grade=grade, to=to):
            if row is None or level <= row.level:
                return ()
            return (AlarmEscalated(level=level, grade=grade, to=to),)
        case ClearAlarm():
            return () if row is None else (AlarmCleared(),)
        case TakeAlarm() | LeaveAlarm() | ShelveAlarm():
            if row is None:
                raise Refused("alarm_over")
            return _by_person(command, row, context)
        case _:
            assert_never(command)


def _raised(command: RaiseAlarm, alarm: Alarm) -> AlarmRaised:
    fields = structs.asdict(command)
    del fields["alarm"]
    fields["detail"] = cut_label(command.detail)
    return AlarmRaised(**fields, episode=alarm.episodes + 1)


def _by_person(
    command: TakeAlarm | LeaveAlarm | ShelveAlarm, row: AlarmRow, context: Context
) -> tuple[AlarmEvent, ...]:
    agent = context.agent
    is_other = _is_anothers(row, agent)
    match command:
        case TakeAlarm():
            if is_other:
                raise _has_it(row)
            taken = AlarmTaken(agent=agent.id, agent_name=agent.name, desk=agent.desk)
            return () if row.owner == agent.id else (taken,)
        case LeaveAlarm(reason=reason):
            if is_other and not agent.has(Role.SUPERVISOR, Role.SYSTEM):
                raise _has_it(row)
            key, words = split_reason(reason)
            return () if row.owner is None else (AlarmLeft(reason=key, reason_text=words),)
        case ShelveAlarm():
            if is_other:
                raise _has_it(row)
            return (_shelved(command, row, context),)
        case _:
            assert_never(command)


def _is_anothers(row: AlarmRow, agent: Agent) -> bool:
    return row.owner not in (None, agent.id)


def _has_it(row: AlarmRow) -> Refused:
    """Who has it, and where they sit."""
    if row.owner_desk is None:
        return Refused("alarm_taken_away", by=row.owner_name)
    return Refused("alarm_taken", by=row.owner_name, desk=row.owner_desk)


def _shelved(command: ShelveAlarm, row: AlarmRow, context: Context) -> AlarmShelved:
    if row.grade != "medium":
        raise Refused("alarm_too_urgent")
    if not 1 <= command.minutes <= SHELVED_MINUTES_MAX:
        raise Refused("shelved_too_long", minutes_max=str(SHELVED_MINUTES_MAX))
    key, words = split_reason(command.reason)
    if not key:
        raise Refused("reason_missing")
    until = context.at + timedelta(minutes=command.minutes)
    return AlarmShelved(until=until, reason=key, reason_text=words)


# --- what the events mean ------------------------------------------------------------------------


def _begun(alarm: Alarm, event: AlarmRaised, meta: Meta) -> Alarm:
    fields = structs.asdict(event)
    row = AlarmRow(key=alarm.key, alarm_kind=fields.pop("kind"), raised_at=meta.at, **fields)
    return structs.replace(alarm, row=row, episodes=event.episode)


def _escalated(alarm: Alarm, event: AlarmEscalated, meta: Meta) -> Alarm:
    return _with(alarm, level=event.level, grade=event.grade, to=event.to, escalated_at=meta.at)


def _taken(alarm: Alarm, event: AlarmTaken, meta: Meta) -> Alarm:
    """Whoever takes what was put aside wants it in sight."""
    return _with(
        alarm,
        owner=event.agent,
        owner_name=event.agent_name,
        owner_desk=event.desk,
        taken_at=meta.at,
        shelved_until=None,
        shelved_by="",
        shelve_reason="",
        shelve_reason_text=None,
    )


def _left(alarm: Alarm, event: AlarmLeft, meta: Meta) -> Alarm:  # noqa: ARG001
    return _with(alarm, owner=None, owner_name="", owner_desk=None, taken_at=None)


def _put_aside(alarm: Alarm, event: AlarmShelved, meta: Meta) -> Alarm:
    return _with(
        alarm,
        shelved_until=event.until,
        shelved_by=meta.agent_name,
        shelve_reason=event.reason,
        shelve_reason_text=event.reason_text,
    )


def _cleared(alarm: Alarm, event: AlarmCleared, meta: Meta) -> Alarm:  # noqa: ARG001
    return structs.replace(alarm, row=None)


def _with(alarm: Alarm, **fields: object) -> Alarm:
    assert alarm.row is not None, f"{alarm.key} has an event while it does not stand"  # noqa: S101
    return structs.replace(alarm, row=structs.replace(alarm.row, **fields))


EVOLVE: Final[dict[type[Struct], Callable[..., Alarm]]] = {
    AlarmRaised: _begun,
    AlarmEscalated: _escalated,
    AlarmTaken: _taken,
    AlarmLeft: _left,
    AlarmShelved: _put_aside,
    AlarmCleared: _cleared,
}


def evolve(alarm: Alarm, event: AlarmEvent, meta: Meta) -> Alarm:
    """The alarm after the event."""
    return EVOLVE[type(event)](alarm, event, meta)


def rows(alarm: Alarm) -> tuple[AlarmRow, ...]:
    """What the board shows of it while it stands."""
    return () if alarm.row is None else (alarm.row,)
