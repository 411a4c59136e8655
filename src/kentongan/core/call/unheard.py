"""The caller's sound stops while somebody of ours should hear it: a telephone that vanished.

    unheard since T    unheard; nothing while it is so already, while nobody speaks with the
                       caller, of a call of text alone, and beyond `UNHEARD_MAX`
    heard again        heard; nothing while nobody said otherwise

Nobody is hung up for it; it is shown (VOICE.md, section 5.7). What waits, and what is over, is not
unheard: nobody listens. A call that waits anew begins anew when somebody answers.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

from kentongan.core.call.state import Call, CallState, is_over, is_waiting, row_of
from kentongan.core.call_rows import CallRow
from kentongan.core.commands.call_unheard import HearingCommand
from kentongan.core.context import Context
from kentongan.core.events.call_unheard import CallerHeard, CallerUnheard, HearingEvent
from kentongan.core.words import Meta

UNHEARD_MAX: Final = 200
"""So often in one call; a line that comes and goes more often says nothing new by it."""


def is_listened_to(row: CallRow) -> bool:
    """Whether somebody of ours should hear the caller now."""
    is_silent_by_nature = "text_only" in row.remarks or row.duty is not None
    if is_silent_by_nature or row.state == CallState.CALLING:
        return False
    return not (is_over(row) or is_waiting(row))


def decide(
    command: HearingCommand, call: Call, row: CallRow, context: Context
) -> tuple[HearingEvent, ...]:
    """What follows; a time that lies ahead counts as now."""
    if command.since is None:
        return () if row.unheard_since is None else (CallerHeard(),)
    is_told = row.unheard_since is not None or call.times_unheard >= UNHEARD_MAX
    if is_told or not is_listened_to(row):
        return ()
    return (CallerUnheard(since=min(command.since, context.at)),)


# --- what the events mean ------------------------------------------------------------------------


def _unheard(call: Call, event: CallerUnheard, meta: Meta) -> Call:  # noqa: ARG001
    row = structs.replace(row_of(call), unheard_since=event.since)
    return structs.replace(call, row=row, times_unheard=call.times_unheard + 1)


def _heard(call: Call, event: CallerHeard, meta: Meta) -> Call:  # noqa: ARG001
    return structs.replace(call, row=structs.replace(row_of(call), unheard_since=None))


EVOLVE: Final[dict[type[Struct], Callable[..., Call]]] = {
    CallerUnheard: _unheard,
    CallerHeard: _heard,
}
