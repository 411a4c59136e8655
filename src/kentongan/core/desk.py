"""A desk: a workplace in the room, and who is on duty at it.

    from      free                 on_duty                    paused
    start     on_duty              nothing / desk_taken       nothing / desk_taken
    pause     refused desk_free    paused                     nothing
    resume    refused desk_free    nothing                    on_duty
    end       nothing              free                       free

Theory: one agent works at one desk at a time. The desk holds the claim on its agent, so that the
same person at a second desk is refused by the store, whoever comes first.
"""

from collections.abc import Callable
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.checks import split_reason
from kentongan.core.commands.desk import DeskCommand, EndDuty, PauseDuty, ResumeDuty, StartDuty
from kentongan.core.context import Claim, Context
from kentongan.core.events.desk import DeskEvent, DutyEnded, DutyPaused, DutyResumed, DutyStarted
from kentongan.core.rows import DeskRow
from kentongan.core.words import DeskKey, Meta, Refused


class Desk(Struct, frozen=True, kw_only=True):
    """A desk; `row` is None until somebody worked there for the first time."""

    key: DeskKey
    row: DeskRow | None = None

    @property
    def state(self) -> str:
        """free, on_duty or paused."""
        return "free" if self.row is None else self.row.state


def decide(command: DeskCommand, desk: Desk, context: Context) -> tuple[DeskEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    match command:
        case StartDuty():
            return _start(command, desk, context)
        case EndDuty():
            return () if desk.state == "free" else (DutyEnded(),)
        case PauseDuty(reason=reason):
            _must_be_staffed(desk)
            key, words = split_reason(reason)
            paused = DutyPaused(reason=key, reason_text=words)
            return () if desk.state == "paused" else (paused,)
        case ResumeDuty():
            _must_be_staffed(desk)
            return (DutyResumed(),) if desk.state == "paused" else ()
        case _:
            assert_never(command)


def _start(command: StartDuty, desk: Desk, context: Context) -> tuple[DeskEvent, ...]:
    if command.desk not in context.plans.desks:
        raise Refused("unknown_desk", desk=command.desk)
    agent = context.agent
    if desk.row is not None and desk.row.agent is not None:
        if desk.row.agent == agent.id:
            return ()
        raise Refused("desk_taken", by=desk.row.agent_name or "", desk=command.desk)
    return (
        DutyStarted(
            agent=agent.id,
            agent_name=agent.name,
            roles=tuple(role.value for role in agent.roles),
            headset_checked=command.headset_checked,
        ),
    )


def _must_be_staffed(desk: Desk) -> None:
    if desk.state == "free":
        raise Refused("desk_free", desk=desk.key)


def _started(desk: Desk, event: DutyStarted, meta: Meta) -> Desk:
    row = DeskRow(
        key=desk.key,
        state="on_duty",
        agent=event.agent,
        agent_name=event.agent_name,
        roles=event.roles,
        since=meta.at,
    )
    return structs.replace(desk, row=row)


def _ended(desk: Desk, event: DutyEnded, meta: Meta) -> Desk:  # noqa: ARG001
    return structs.replace(desk, row=DeskRow(key=desk.key, state="free", since=meta.at))


def _paused(desk: Desk, event: DutyPaused, meta: Meta) -> Desk:
    row = structs.replace(
        _row(desk),
        state="paused",
        since=meta.at,
        reason=event.reason,
        reason_text=event.reason_text,
    )
    return structs.replace(desk, row=row)


def _resumed(desk: Desk, event: DutyResumed, meta: Meta) -> Desk:  # noqa: ARG001
    row = structs.replace(_row(desk), state="on_duty", since=meta.at, reason=None, reason_text=None)
    return structs.replace(desk, row=row)


def _row(desk: Desk) -> DeskRow:
    return desk.row or DeskRow(key=desk.key, state="free")


EVOLVE: Final[dict[type[Struct], Callable[..., Desk]]] = {
    DutyStarted: _started,
    DutyEnded: _ended,
    DutyPaused: _paused,
    DutyResumed: _resumed,
}


def evolve(desk: Desk, event: DeskEvent, meta: Meta) -> Desk:
    """The desk after the event."""
    return EVOLVE[type(event)](desk, event, meta)


def rows(desk: Desk) -> tuple[DeskRow, ...]:
    """What the board shows of it."""
    return () if desk.row is None else (desk.row,)


def claims(desk: Desk) -> frozenset[Claim]:
    """The agent who works here works nowhere else."""
    if desk.row is None or desk.row.agent is None:
        return frozenset()
    return frozenset({Claim("agent", desk.row.agent)})
