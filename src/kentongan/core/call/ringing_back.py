"""Ringing back whom nobody spoke with to the end: abandoned and dropped calls, until settled.

    an abandoned or dropped call   open                             disposed of      not over
    offer                          offered / again: nothing         nothing          nothing
    claim                          claimed; another's: refused      refused          refused
    note                           noted / same: nothing            noted            refused

Theory: the list is the rows that are over and open; only a disposition takes one off it. Offering
says whom to ring back first and to which desk it is proposed until it is due; then it is
everybody's. It happens once for each; only that ringing turns out to be dangerous is said
afterwards. Claiming makes somebody its owner. A claim that nobody followed up lapses, and a
supervisor may take it at once, so that no caller waits for somebody who has gone home. The attempt
is a call of its own, placed by a desk with a new id; it is *calling* until the other end answers.
What came of it is noted at the call it was for.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.call.life import RISKS
from kentongan.core.call.state import Call, CallState, is_over, row_of
from kentongan.core.call_rows import CallBackTry, CallRow
from kentongan.core.checks import check_labels, cut_label, same_words
from kentongan.core.commands.call_backs import (
    CallBack,
    CallbackCommand,
    ClaimCallback,
    NoteCallback,
    OfferCallback,
)
from kentongan.core.context import Context
from kentongan.core.events.call_backs import (
    CallbackClaimed,
    CallbackEvent,
    CallbackNoted,
    CallbackOffered,
    CallPlaced,
)
from kentongan.core.words import Meta, Refused, Role

CLAIM_LAPSES_AFTER: Final = timedelta(minutes=5)
"""A claim is another's to take when its owner has not rung back within that time."""

TRIES_MAX: Final = 50
"""Attempts noted at one call; a number that rings in vain is tried two or three times."""


def place(command: CallBack, row: CallRow | None, context: Context) -> tuple[CallbackEvent, ...]:
    """A desk rings somebody; the call is new."""
    if row is not None:
        if (row.direction, row.of, row.desk) == ("out", command.of, command.desk) and same_words(
            row.number, command.number
        ):
            return ()
        raise Refused("call_exists")
    if command.desk not in context.plans.desks:
        raise Refused("unknown_desk", desk=command.desk[:100])
    if not (command.number.ref or (command.number.text or "").strip()):
        raise Refused("number_missing")
    check_labels(
        number=command.number,
        line=command.line,
        trunk=command.trunk,
        of=command.of,
        language=command.language,
    )
    return (
        CallPlaced(
            number=command.number,
            line=command.line,
            trunk=command.trunk,
            desk=command.desk,
            agent=context.agent.id,
            agent_name=context.agent.name,
            of=command.of,
        ),
    )


def decide(command: CallbackCommand, row: CallRow, context: Context) -> tuple[CallbackEvent, ...]:
    """What follows for the call that is to be rung back."""
    match command:
        case CallBack():
            return place(command, row, context)
        case OfferCallback():
            return _offer(command, row)
        case ClaimCallback():
            return _claim(row, context)
        case NoteCallback():
            return _note(command, row)
        case _:
            assert_never(command)


def _offer(command: OfferCallback, row: CallRow) -> tuple[CallbackEvent, ...]:
    """One that comes too late is no mistake. What is not for the voice stays so."""
    if not (is_over(row) and row.open):
        return ()
    voice = command.voice and not row.silent_only
    is_known = row.callback_due_at is not None
    if is_known and voice != row.silent_only:
        return ()
    risk = tuple(key for key in RISKS if key in command.risk and key not in row.risk)
    desk = command.desk if voice else None
    return (CallbackOffered(desk=desk, due_at=command.due_at, voice=voice, risk=risk),)


def _claim(row: CallRow, context: Context) -> tuple[CallbackEvent, ...]:
    if not is_over(row):
        raise Refused("call_not_over")
    if not row.open:
        raise Refused("callback_settled")
    agent = context.agent
    if row.owner == agent.id:
        return ()
    if not (row.owner is None or agent.has(Role.SUPERVISOR) or _has_lapsed(row, context.at)):
        raise Refused("callback_claimed", by=row.owner_name or "")
    return (CallbackClaimed(agent=agent.id, agent_name=agent.name),)


def _has_lapsed(row: CallRow, at: datetime) -> bool:
    """Whether the owner has neither claimed nor rung back lately."""
    last_at = row.callbacks[-1].at if row.callbacks else row.owner_at
    since = max(filter(None, (last_at, row.owner_at)), default=at)
    return at - since >= CLAIM_LAPSES_AFTER


def _note(command: NoteCallback, row: CallRow) -> tuple[CallbackEvent, ...]:
    if not is_over(row):
        raise Refused("call_not_over")
    known = next((one for one in row.callbacks if one.by == command.by), None)
    if known is not None and known.outcome == command.outcome:
        return ()
    if known is None and len(row.callbacks) >= TRIES_MAX:
        raise Refused("too_many_callbacks", callbacks_max=str(TRIES_MAX))
    check_labels(by=command.by)
    return (CallbackNoted(by=command.by, outcome=command.outcome),)


# --- what the events mean ------------------------------------------------------------------------


def _placed(call: Call, event: CallPlaced, meta: Meta) -> Call:
    row = CallRow(
        key=call.key,
        state=CallState.CALLING.value,
        line=cut_label(event.line),
        ring_at=meta.at,
        number=event.number,
        direction="out",
        desk=event.desk,
        agent=event.agent,
        agent_name=event.agent_name,
        of=event.of,
    )
    return structs.replace(call, row=row)


def _offered(call: Call, event: CallbackOffered, meta: Meta) -> Call:
    before = row_of(call)
    row = structs.replace(
        before,
        callback_desk=event.desk,
        callback_due_at=event.due_at or meta.at,
        silent_only=not event.voice,
        risk=tuple(key for key in RISKS if key in before.risk or key in event.risk),
    )
    return structs.replace(call, row=row)


def _claimed(call: Call, event: CallbackClaimed, meta: Meta) -> Call:
    row = structs.replace(
        row_of(call), owner=event.agent, owner_name=event.agent_name, owner_at=meta.at
    )
    return structs.replace(call, row=row)


def _noted(call: Call, event: CallbackNoted, meta: Meta) -> Call:
    before = row_of(call)
    tried = CallBackTry(by=event.by, outcome=event.outcome, at=meta.at, agent_name=meta.agent_name)
    others = tuple(one for one in before.callbacks if one.by != event.by)
    return structs.replace(call, row=structs.replace(before, callbacks=(*others, tried)))


EVOLVE: Final[dict[type[Struct], Callable[..., Call]]] = {
    CallPlaced: _placed,
    CallbackOffered: _offered,
    CallbackClaimed: _claimed,
    CallbackNoted: _noted,
}
