"""The silent test: nobody is put away as a ghost call before they were asked aloud and listened to.

    answered, never asked                        refused silent_test_missing
    asked, and the question is not heard (yet)   refused silent_test_missing
    heard less than `LISTENED_FOR` ago           refused silent_test_runs
    a key was pressed, or a microphone tapped    refused caller_answered
    the caller wrote a line beside the voice     refused caller_wrote
    nobody ever answered                         refused not_rung_back, until it was rung back, or a
                                                 note says why not; a withheld number cannot be
    answered, and the caller hung up             there is nobody left who could be asked

A caller who cannot speak sounds like a telephone in a pocket (CITY.md, section 12: "never close
before the check"). What was written or said counts as any other call and has its own disposition.

Asking is a wish; the switch says when it came true:

    asked ─► heard (the clock runs) ─► listened to: it may be asked again
      ▲        │ cut off: a restart, a page that came anew, hold
      └────────┘ asked again by itself; after some tries, or where no way leads to the caller, the
                 desk is told (`prompt_cut`) and asks with the same key
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.call.state import Call, is_over, is_waiting, must_run, must_take_part, row_of
from kentongan.core.call_rows import CallRow
from kentongan.core.checks import check_label, cut_label
from kentongan.core.commands.call_queue import ConfirmPrompt, CutPrompt, PromptCaller
from kentongan.core.context import Context
from kentongan.core.events.call_queue import CallerPrompted, PromptCut, PromptHeard
from kentongan.core.words import Meta, Refused

SILENT_TEST: Final = "tap_or_5"
"""The prompt that is the test: "press 5 or tap twice"."""

LISTENED_FOR: Final = timedelta(seconds=20)
"""From its first word: said in three languages it takes 16 s, and then the hand needs a moment."""


def decide(
    command: PromptCaller | ConfirmPrompt | CutPrompt, row: CallRow, context: Context
) -> tuple[CallerPrompted | PromptHeard | PromptCut, ...]:
    """What follows; what the switch says of a question that nobody waits for means nothing."""
    match command:
        case PromptCaller(prompt=prompt):
            must_run(row)
            if not is_waiting(row):  # whoever waits belongs to the whole room
                must_take_part(row, context.agent)
            check_label(prompt, "prompt")
            is_asked = row.prompt == prompt and not _is_listened_to(row, context.at)
            to_be_heard = prompt == SILENT_TEST
            return () if is_asked else (CallerPrompted(prompt=prompt, to_be_heard=to_be_heard),)
        case ConfirmPrompt():
            return (PromptHeard(),) if is_unheard(row) else ()
        case CutPrompt(reason=reason, again=again):
            is_open = row.prompt == SILENT_TEST and not is_over(row)
            if not is_open or _is_listened_to(row, context.at) or (again and is_unheard(row)):
                return ()
            return (PromptCut(reason=cut_label(reason), again=again),)
        case _:
            assert_never(command)


def must_be_silent(row: CallRow, at: datetime, *, has_reason: bool = False) -> None:
    """Refuse to call it a ghost call while nobody can know that it is one.

    `has_reason` is whether it is written down why nobody was rung back: a caller whom nobody
    answered is owed that (VOICE.md: nothing leaves the list by itself).
    """
    if row.keys:
        raise Refused("caller_answered", keys=row.keys)
    if row.has_written:
        raise Refused("caller_wrote")
    if row.answered_at is None:
        if not (row.callbacks or row.number is None or has_reason):
            raise Refused("not_rung_back")
        return
    if row.ended_by == "caller" and not row.dropped:
        return
    if row.silent_test_at is None:
        raise Refused("silent_test_missing")
    left = _left(row.silent_test_at, row.ended_at or at)
    if left > timedelta(0):
        raise Refused("silent_test_runs", seconds=str(ceil(left.total_seconds())))


def is_unheard(row: CallRow) -> bool:
    """Whether the question was asked for and is not heard: not yet, or no more."""
    return row.prompt == SILENT_TEST and row.silent_test_at is None and not is_over(row)


def _is_listened_to(row: CallRow, at: datetime) -> bool:
    """Whether the question of the last test has been heard and its answer waited for, in vain or
    not: then there is something to ask again."""
    return row.silent_test_at is not None and _left(row.silent_test_at, at) <= timedelta(0)


def _left(heard_at: datetime, at: datetime) -> timedelta:
    """How long is still to be listened; zero or less when it was long enough."""
    return heard_at + LISTENED_FOR - at


# --- what the events mean ------------------------------------------------------------------------


def _prompted(call: Call, event: CallerPrompted, meta: Meta) -> Call:
    row = structs.replace(row_of(call), prompt=event.prompt, prompt_cut=None)
    if event.prompt == SILENT_TEST:
        row = structs.replace(row, silent_test_at=None if event.to_be_heard else meta.at)
    return structs.replace(call, row=row)


def _heard(call: Call, event: PromptHeard, meta: Meta) -> Call:  # noqa: ARG001
    return structs.replace(call, row=structs.replace(row_of(call), silent_test_at=meta.at))


def _cut(call: Call, event: PromptCut, meta: Meta) -> Call:  # noqa: ARG001
    row = structs.replace(row_of(call), silent_test_at=None)
    if not event.again:
        row = structs.replace(row, prompt=None, prompt_cut=event.reason)
    return structs.replace(call, row=row)


EVOLVE: Final[dict[type[Struct], Callable[..., Call]]] = {
    CallerPrompted: _prompted,
    PromptHeard: _heard,
    PromptCut: _cut,
}
