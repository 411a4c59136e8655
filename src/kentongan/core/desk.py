"""A desk: a workplace in the room, and who is on duty at it.

    from        free                 on_duty                 paused              wrap_up
    start       on_duty              nothing / desk_taken    nothing / taken     nothing / taken
    start of the same person in another window: its page, or refused on_duty_in_other_window
    pause       refused desk_free    paused                  nothing             paused
    resume      refused desk_free    nothing                 on_duty             on_duty
    wrap up     refused desk_free    wrap_up                 nothing             new time / nothing
    end wrap up nothing              nothing                 nothing             on_duty
    protect     refused desk_free    marked / nothing, whatever the state
    unprotect   nothing              unmarked / nothing, whatever the state
    write hand. refused desk_free    see `core.handover`, whatever the state
    sign hand.  see `core.handover`, whatever the state; unsign, too
    end         nothing              free                    free                free
    force end   nothing              free                    free                free

Theory: one agent works at one desk at a time. The desk holds the claim on its agent, so that the
same person at a second desk is refused by the store, whoever comes first. *Protected* is not a
state: a life-saving script may run in any of them, and it ends with the duty at the latest. That
nobody pauses as the last one of the room is for the door to see (`core.references`).
"""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core import handover
from kentongan.core.call_rows import DeskRow
from kentongan.core.checks import check_label, split_reason
from kentongan.core.commands.desk import (
    DeskCommand,
    EndDuty,
    EndWrapUp,
    ForceEndDuty,
    PauseDuty,
    ProtectDesk,
    ResumeDuty,
    SignHandover,
    StartDuty,
    StartWrapUp,
    UnprotectDesk,
    UnsignHandover,
    WriteHandover,
)
from kentongan.core.context import Claim, Context
from kentongan.core.events.desk import (
    DeskEvent,
    DeskMoved,
    DeskProtected,
    DeskUnprotected,
    DutyEnded,
    DutyForcedOut,
    DutyPaused,
    DutyResumed,
    DutyStarted,
    HandoverSigned,
    HandoverUnsigned,
    HandoverWritten,
    WrapUpEnded,
    WrapUpStarted,
)
from kentongan.core.handover_rows import Handover, Situation
from kentongan.core.words import DeskKey, Meta, Refused, Role

WRAP_UP_MAX: Final = timedelta(minutes=10)
"""Longest time after a call; whoever needs more takes a break, with its reason."""

SKILLS_MAX: Final = 20
"""Skills, and languages, of one desk; more is a mistake of whoever sends them."""


class Desk(Struct, frozen=True, kw_only=True):
    """A desk; `row` is None until somebody worked there for the first time."""

    key: DeskKey
    row: DeskRow | None = None
    read: Situation | None = None  # of the handover signed last: a slip is taken back

    @property
    def state(self) -> str:
        """free, on_duty, paused or wrap_up."""
        return "free" if self.row is None else self.row.state

    @property
    def is_protected(self) -> bool:
        """Whether a life-saving script runs here."""
        return self.row is not None and self.row.protected


def decide(command: DeskCommand, desk: Desk, context: Context) -> tuple[DeskEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    match command:
        case StartDuty():
            return _start(command, desk, context)
        case EndDuty():
            return () if desk.state == "free" else (DutyEnded(),)
        case ForceEndDuty(reason=reason):
            return _force_end(reason, desk, context)
        case PauseDuty(reason=reason):
            _must_be_staffed(desk)
            key, words = split_reason(reason)
            paused = DutyPaused(reason=key, reason_text=words)
            return () if desk.state == "paused" else (paused,)
        case ResumeDuty():
            _must_be_staffed(desk)
            if desk.state == "wrap_up":
                return (WrapUpEnded(),)
            return (DutyResumed(),) if desk.state == "paused" else ()
        case ProtectDesk(reason=reason):
            _must_be_staffed(desk)
            key, words = split_reason(reason)
            return () if desk.is_protected else (DeskProtected(reason=key, reason_text=words),)
        case UnprotectDesk():
            return (DeskUnprotected(),) if desk.is_protected else ()
        case StartWrapUp():
            return _wrap_up(command, desk, context)
        case EndWrapUp():
            return _end_wrap_up(desk, context)
        case WriteHandover() | SignHandover() | UnsignHandover():
            return _hand_over(command, desk, context)
        case _:
            assert_never(command)


def _hand_over(
    command: WriteHandover | SignHandover | UnsignHandover, desk: Desk, context: Context
) -> tuple[DeskEvent, ...]:
    """Written by who is on duty here; read by whoever comes, at any desk."""
    left = _handover(desk)
    match command:
        case WriteHandover():
            _must_be_staffed(desk)
            return handover.write(command, left, context)
        case SignHandover():
            return handover.sign(command, left, context)
        case UnsignHandover():
            return handover.unsign(command, left, context)


def _start(command: StartDuty, desk: Desk, context: Context) -> tuple[DeskEvent, ...]:
    if command.desk not in context.plans.desks:
        raise Refused("unknown_desk", desk=command.desk)
    agent = context.agent
    if desk.row is not None and desk.row.agent is not None:
        if desk.row.agent == agent.id:
            return _go_on(command, desk.row)
        raise Refused("desk_taken", by=desk.row.agent_name or "", desk=command.desk)
    check_label(command.page or "-", "page")
    return (
        DutyStarted(
            agent=agent.id,
            agent_name=agent.name,
            roles=tuple(role.value for role in agent.roles),
            page=command.page,
            headset_checked=command.headset_checked,
            skills=_keys(command.skills, "skills"),
            languages=_keys(command.languages, "languages"),
        ),
    )


def _go_on(command: StartDuty, row: DeskRow) -> tuple[DeskEvent, ...]:
    """The same person again: one window has the sound, another one says that it takes it."""
    if command.page in {"", row.page}:
        return ()
    check_label(command.page, "page")
    may_take = command.take_over and command.gone in {"", row.page}
    if row.page and not may_take:
        raise Refused("on_duty_in_other_window", desk=row.key)
    return (DeskMoved(page=command.page),)


def _keys(keys: tuple[str, ...], field: str) -> tuple[str, ...]:
    for key in keys:
        check_label(key, field)
    if len(keys) > SKILLS_MAX:
        raise Refused("too_many_skills", skills_max=str(SKILLS_MAX))
    return tuple(dict.fromkeys(keys))


def _force_end(reason: str, desk: Desk, context: Context) -> tuple[DeskEvent, ...]:
    if desk.state == "free":
        return ()
    key, words = split_reason(reason)
    agent = context.agent
    return (DutyForcedOut(reason=key, reason_text=words, agent=agent.id, agent_name=agent.name),)


def _wrap_up(command: StartWrapUp, desk: Desk, context: Context) -> tuple[DeskEvent, ...]:
    _must_be_staffed(desk)
    if command.until.tzinfo is None:
        raise Refused("time_unreadable")
    until = min(command.until.astimezone(UTC), context.at + WRAP_UP_MAX)
    if desk.state == "paused" or until <= context.at:
        return ()
    row = desk.row
    if row is not None and row.state == "wrap_up" and row.wrap_up_call == command.call:
        is_later = row.wrap_up_until is not None and until > row.wrap_up_until
        if not is_later:
            return ()
    return (WrapUpStarted(until=until, call=command.call),)


def _end_wrap_up(desk: Desk, context: Context) -> tuple[DeskEvent, ...]:
    """The timer of an earlier wrap-up does not end the one that runs now."""
    row = desk.row
    if row is None or row.state != "wrap_up":
        return ()
    is_early = row.wrap_up_until is not None and context.at < row.wrap_up_until
    return () if is_early and context.agent.has(Role.SYSTEM) else (WrapUpEnded(),)


def _must_be_staffed(desk: Desk) -> None:
    if desk.state == "free":
        raise Refused("desk_free", desk=desk.key)


# --- what the events mean ------------------------------------------------------------------------


def _started(desk: Desk, event: DutyStarted, meta: Meta) -> Desk:
    row = DeskRow(
        key=desk.key,
        state="on_duty",
        agent=event.agent,
        agent_name=event.agent_name,
        roles=event.roles,
        since=meta.at,
        skills=event.skills,
        languages=event.languages,
        page=event.page,
        handover=_handover(desk),
    )
    return structs.replace(desk, row=row)


def _ended(desk: Desk, event: DutyEnded, meta: Meta) -> Desk:  # noqa: ARG001
    row = DeskRow(key=desk.key, state="free", since=meta.at, handover=_handover(desk))
    return structs.replace(desk, row=row)


def _forced_out(desk: Desk, event: DutyForcedOut, meta: Meta) -> Desk:  # noqa: ARG001
    was_there = None if desk.row is None else desk.row.agent
    row = DeskRow(
        key=desk.key,
        state="free",
        since=meta.at,
        forced_out=was_there,
        handover=_handover(desk),
    )
    return structs.replace(desk, row=row)


def _paused(desk: Desk, event: DutyPaused, meta: Meta) -> Desk:
    row = structs.replace(
        _row(desk),
        state="paused",
        since=meta.at,
        reason=event.reason,
        reason_text=event.reason_text,
        wrap_up_until=None,
        wrap_up_call=None,
    )
    return structs.replace(desk, row=row)


def _ready(desk: Desk, event: DutyResumed | WrapUpEnded, meta: Meta) -> Desk:  # noqa: ARG001
    row = structs.replace(
        _row(desk),
        state="on_duty",
        since=meta.at,
        reason=None,
        reason_text=None,
        wrap_up_until=None,
        wrap_up_call=None,
    )
    return structs.replace(desk, row=row)


def _protected(desk: Desk, event: DeskProtected, meta: Meta) -> Desk:  # noqa: ARG001
    return structs.replace(desk, row=structs.replace(_row(desk), protected=True))


def _unprotected(desk: Desk, event: DeskUnprotected, meta: Meta) -> Desk:  # noqa: ARG001
    return structs.replace(desk, row=structs.replace(_row(desk), protected=False))


def _moved(desk: Desk, event: DeskMoved, meta: Meta) -> Desk:  # noqa: ARG001
    return structs.replace(desk, row=structs.replace(_row(desk), page=event.page))


def _wrapping_up(desk: Desk, event: WrapUpStarted, meta: Meta) -> Desk:
    row = structs.replace(
        _row(desk),
        state="wrap_up",
        since=meta.at,
        wrap_up_until=event.until,
        wrap_up_call=event.call,
    )
    return structs.replace(desk, row=row)


def _handed_over(desk: Desk, event: HandoverWritten, meta: Meta) -> Desk:
    row = structs.replace(_row(desk), handover=handover.written(event, meta))
    return structs.replace(desk, row=row)


def _signed(desk: Desk, event: HandoverSigned, meta: Meta) -> Desk:  # noqa: ARG001
    left = _handover(desk)
    row = structs.replace(_row(desk), handover=handover.signed(left, meta))
    return structs.replace(desk, row=row, read=left and left.situation)


def _unsigned(desk: Desk, event: HandoverUnsigned, meta: Meta) -> Desk:  # noqa: ARG001
    row = structs.replace(_row(desk), handover=handover.unsigned(_handover(desk), desk.read))
    return structs.replace(desk, row=row, read=None)


def _handover(desk: Desk) -> Handover | None:
    return None if desk.row is None else desk.row.handover


def _row(desk: Desk) -> DeskRow:
    return desk.row or DeskRow(key=desk.key, state="free")


EVOLVE: Final[dict[type[Struct], Callable[..., Desk]]] = {
    DutyStarted: _started,
    DutyEnded: _ended,
    DutyForcedOut: _forced_out,
    DutyPaused: _paused,
    DutyResumed: _ready,
    DeskProtected: _protected,
    DeskUnprotected: _unprotected,
    DeskMoved: _moved,
    WrapUpStarted: _wrapping_up,
    WrapUpEnded: _ready,
    HandoverWritten: _handed_over,
    HandoverSigned: _signed,
    HandoverUnsigned: _unsigned,
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
