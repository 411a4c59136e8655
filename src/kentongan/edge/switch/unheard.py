"""The desk is told when no sound comes from its caller any more, and when it comes again.

Looked at once a second, against what was told last: so a restart, which finds both in the spool,
tells nothing twice and forgets nothing. A line that comes and goes is told of at most each `PAUSE`,
and so often in one call as `core`'s `unheard` allows.
"""

from datetime import datetime, timedelta
from typing import Final

from kentongan.core.call.unheard import is_listened_to
from kentongan.core.call_rows import CallRow
from kentongan.core.commands.call_unheard import MarkUnheard
from kentongan.core.events.call_unheard import CallerHeard, CallerUnheard
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import SpooledCall

SILENCE: Final = timedelta(seconds=5)
"""Without a sound for so long while somebody listens (VOICE.md, section 5.7)."""

PAUSE: Final = timedelta(seconds=2)
"""Between two changes that are told of one call."""


def look(board: Board, call: SpooledCall, moment: Moment) -> None:
    """Tell of a change, if there is one and the last is not too young."""
    row = board.ledger.row(call.id)
    if call.is_over or not is_listened_to(row):
        return
    since = _unheard_since(call, row, moment.at)
    if (since is None) == (row.unheard_since is None) or _is_too_soon(call, moment.at):
        return
    board.act("unheard", MarkUnheard(call=call.id, since=since), moment)


def _unheard_since(call: SpooledCall, row: CallRow, at: datetime) -> datetime | None:
    """Since when somebody listens in vain, once it is long enough; None while the caller is heard.

    Before the answer a telephone need not send, so that time does not count. Who only types has no
    sound that could stop.
    """
    since = _stopped_at(call)
    if since is None or row.answered_at is None:
        return None
    since = max(since, row.answered_at)
    return since if at - since >= SILENCE else None


def _stopped_at(call: SpooledCall) -> datetime | None:
    if call.page is not None:
        return None if call.page.only_types or call.page.is_connected else call.page.lost_at
    return call.citizen.silent_since if call.is_answered and call.citizen.has_audio else None


def _is_too_soon(call: SpooledCall, at: datetime) -> bool:
    for fact in reversed(call.facts):
        if at - fact.meta.at >= PAUSE:
            return False
        if isinstance(fact.event, CallerUnheard | CallerHeard):
            return True
    return False
