"""A supervisor at somebody else's call: listens, whispers, barges in, takes it over.

    from         (none)        listen, whisper, barge
    supervise    supervised    another mode: supervised, the same: nothing
    stop         nothing       ended
    take over    taken over    taken over

Theory: nobody listens in secret. Each of these is a fact in the journal with the supervisor's name,
though the caller never hears it and the desk only when `tone` says so. A call is taken over from
the desk that has it, or from the party it was transferred to; one that waits is answered instead.
Supervision ends with the desk's part in the call.
"""

from collections.abc import Callable
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.call.state import (
    LIVE,
    Call,
    CallState,
    is_waiting,
    must_be_with_desk,
    must_run,
    quiet,
    row_of,
)
from kentongan.core.call_rows import CallRow, Supervisor
from kentongan.core.commands.call_supervision import (
    StopSupervising,
    SuperviseCall,
    SupervisionCommand,
    TakeOver,
)
from kentongan.core.context import Context
from kentongan.core.events.call_supervision import (
    CallSupervised,
    CallTakenOver,
    SupervisionEnded,
    SupervisionEvent,
)
from kentongan.core.words import DeskKey, Meta, Refused

SUPERVISORS_MAX: Final = 4
"""Desks that may hear one call besides its own; a room has one or two supervisors at a time."""


def decide(
    command: SupervisionCommand, row: CallRow, context: Context
) -> tuple[SupervisionEvent, ...]:
    """What follows."""
    match command:
        case SuperviseCall():
            return _supervise(command, row, context)
        case StopSupervising(desk=desk):
            return (SupervisionEnded(desk=desk),) if _find(row, desk) else ()
        case TakeOver():
            return _take_over(command, row, context)
        case _:
            assert_never(command)


def _find(row: CallRow, desk: DeskKey) -> Supervisor | None:
    return next((one for one in row.supervisors if one.desk == desk), None)


def _check_desk(desk: DeskKey, context: Context) -> None:
    if desk not in context.plans.desks:
        raise Refused("unknown_desk", desk=desk[:100])


def _supervise(
    command: SuperviseCall, row: CallRow, context: Context
) -> tuple[SupervisionEvent, ...]:
    must_be_with_desk(row)
    _check_desk(command.desk, context)
    if command.desk == row.desk:
        raise Refused("own_call")
    known, agent = _find(row, command.desk), context.agent
    if known is None and len(row.supervisors) >= SUPERVISORS_MAX:
        raise Refused("too_many_supervisors", supervisors_max=str(SUPERVISORS_MAX))
    wanted = (agent.id, command.mode, command.tone)
    if known is not None and (known.agent, known.mode, known.tone) == wanted:
        return ()
    return (
        CallSupervised(
            desk=command.desk,
            agent=agent.id,
            agent_name=agent.name,
            mode=command.mode,
            tone=command.tone,
        ),
    )


def _take_over(command: TakeOver, row: CallRow, context: Context) -> tuple[SupervisionEvent, ...]:
    must_run(row)
    if row.desk == command.desk:
        return ()
    _check_desk(command.desk, context)
    if is_waiting(row) or row.state == CallState.CALLING:
        raise Refused("call_not_answered")
    return (
        CallTakenOver(
            desk=command.desk,
            agent=context.agent.id,
            agent_name=context.agent.name,
            from_desk=row.desk,
        ),
    )


# --- what the events mean ------------------------------------------------------------------------


def _supervised(call: Call, event: CallSupervised, meta: Meta) -> Call:
    before = row_of(call)
    known = _find(before, event.desk)
    supervisor = Supervisor(
        desk=event.desk,
        agent=event.agent,
        agent_name=event.agent_name,
        mode=event.mode,
        tone=event.tone,
        since=known.since if known else meta.at,
    )
    row = structs.replace(before, supervisors=(*_others(before, event.desk), supervisor))
    return structs.replace(call, row=row)


def _others(row: CallRow, desk: DeskKey) -> tuple[Supervisor, ...]:
    return tuple(one for one in row.supervisors if one.desk != desk)


def _ended(call: Call, event: SupervisionEnded, meta: Meta) -> Call:  # noqa: ARG001
    before = row_of(call)
    row = structs.replace(before, supervisors=_others(before, event.desk))
    return structs.replace(call, row=row)


def _taken_over(call: Call, event: CallTakenOver, meta: Meta) -> Call:
    """Whoever was heard already goes on being heard; another desk has to connect first.

    All supervision was of the desk before: a whisper to it must not reach the new one.
    """
    before = row_of(call)
    own = [one for one in before.parties if one.desk == event.desk and one.state in LIVE]
    is_heard = _find(before, event.desk) is not None or any(one.state == "joined" for one in own)
    row = structs.replace(
        quiet(before),
        state=CallState.ANSWERED.value,
        desk=event.desk,
        agent=event.agent,
        agent_name=event.agent_name,
        supervisors=(),
        parties=tuple(
            structs.replace(one, state="left", ended_at=meta.at, reason="desk")
            if one in own
            else one
            for one in before.parties
        ),
    )
    return structs.replace(call, row=row, connected=is_heard)


EVOLVE: Final[dict[type[Struct], Callable[..., Call]]] = {
    CallSupervised: _supervised,
    SupervisionEnded: _ended,
    CallTakenOver: _taken_over,
}
